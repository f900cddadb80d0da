//! Adding many rows at once: a few constant texts for any number of rows.

use crate::store::db::{Dialect, Tx};
use crate::store::error::StoreError;
use crate::store::value::Value;

/// Powers of two up to the most rows of one statement.
const POWERS: usize = 10;
/// The most rows of one statement. With 14 columns its values stay below what either database takes.
pub const MOST_ROWS: usize = 1 << (POWERS - 1);

/// An `INSERT` of 1, 2, 4 … rows, in the words of either database, made once: any number of rows is a few statements,
/// and the database knows all of them.
pub(super) struct Batch {
    columns: usize,
    postgres: [String; POWERS],
    sqlite: [String; POWERS],
}

impl Batch {
    /// For `INSERT INTO table (columns)` with this many columns.
    pub(super) fn new(insert: &str, columns: usize) -> Self {
        Self {
            columns,
            postgres: std::array::from_fn(|power| text(insert, 1 << power, columns, |place| format!("${place}"))),
            // SQLite takes `$1` for a name, and sqlx asks for the name of each place, which SQLite looks up from the
            // start of its list: with 7,000 of them that takes longer than all else. A bare `?` has none.
            sqlite: std::array::from_fn(|power| text(insert, 1 << power, columns, |_| "?".to_owned())),
        }
    }

    /// Adds rows, whose values come one row after the other.
    pub(super) async fn add(&'static self, tx: &mut Tx, mut values: Vec<Value>) -> Result<(), StoreError> {
        let texts = match tx.dialect() {
            Dialect::Postgres => &self.postgres,
            Dialect::Sqlite => &self.sqlite,
        };
        while !values.is_empty() {
            let power = (values.len() / self.columns).clamp(1, MOST_ROWS).ilog2();
            let rest = values.split_off((self.columns << power).min(values.len()));
            tx.execute(&texts[power as usize], values).await?;
            values = rest;
        }
        Ok(())
    }
}

fn text(insert: &str, rows: usize, columns: usize, place: impl Fn(usize) -> String) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|column| place(row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("{insert} VALUES {}", rows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_a_place_for_each_value() {
        let batch = Batch::new("INSERT INTO t (a, b, c)", 3);
        assert_eq!(batch.postgres[1], "INSERT INTO t (a, b, c) VALUES ($1, $2, $3), ($4, $5, $6)");
        assert_eq!(batch.sqlite[0], "INSERT INTO t (a, b, c) VALUES (?, ?, ?)");
        assert!(batch.postgres[POWERS - 1].ends_with(&format!("${})", MOST_ROWS * 3)));
        assert_eq!(batch.sqlite[POWERS - 1].matches('?').count(), MOST_ROWS * 3);
    }
}
