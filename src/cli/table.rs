//! Texts in columns, for a person at a terminal.

use std::fmt::Write as _;

use crate::domain::text::visible;

/// Rows under a head, in columns as wide as they must be. Without rows it says so instead.
pub(super) fn table(head: &[&str], rows: &[Vec<String>], none: &str) -> String {
    if rows.is_empty() {
        return none.to_owned();
    }
    let head: Vec<String> = head.iter().map(|name| name.to_uppercase()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let all = || std::iter::once(&head).chain(&rows);
    let width = |column: usize| {
        all().filter_map(|row: &Vec<String>| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = String::new();
    for row in all() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Names and values, one pair a line; a pair without a value is left out.
pub(super) fn facts(pairs: &[(&str, Option<String>)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in pairs {
        if let Some(value) = value {
            let _ = writeln!(out, "{name:width$}  {}", one_line(value));
        }
    }
    out
}

/// A text that stays in its line and does not play with the terminal: names come from strangers.
pub(super) fn one_line(text: &str) -> String {
    visible(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![vec!["acme".into(), "Acme".into()], vec!["b".into(), "Böb\u{1b}[2J".into()]];
        assert_eq!(table(&["slug", "name"], &rows, "none"), "SLUG  NAME\nacme  Acme\nb     Böb\u{fffd}[2J\n");
        assert_eq!(table(&["slug"], &[], "No tenants."), "No tenants.");
    }

    #[test]
    fn what_has_no_value_is_left_out() {
        assert_eq!(facts(&[("id", Some("x".into())), ("label", None)]), "id     x\n");
    }
}
