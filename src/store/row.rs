//! A row of either database, read by the names of its columns.

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use crate::domain::clock::Timestamp;

use super::error::StoreError;

/// A row.
pub(crate) enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl Row {
    /// The value of a column: a text, a number or a flag, or an `Option` of one.
    pub(crate) fn get<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>,
    {
        Ok(match self {
            Self::Postgres(row) => row.try_get(column)?,
            Self::Sqlite(row) => row.try_get(column)?,
        })
    }

    /// The row, read as one of this table: what cannot be read is told with the table and the row.
    pub(crate) fn of(&self, table: &'static str) -> Record<'_> {
        Record { row: self, table }
    }
}

/// A row of a named table.
#[derive(Clone, Copy)]
pub(crate) struct Record<'r> {
    row: &'r Row,
    table: &'static str,
}

impl Record<'_> {
    /// A text as it stands.
    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.row.get(column)
    }

    /// A text as it stands, if there is one.
    pub(crate) fn text_opt(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.row.get(column)
    }

    /// A flag.
    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        self.row.get(column)
    }

    /// A number.
    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.row.get(column)
    }

    /// A number, if there is one.
    pub(crate) fn int_opt(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.row.get(column)
    }

    /// A moment.
    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.row.get(column).map(Timestamp)
    }

    /// A moment, if there is one.
    pub(crate) fn time_opt(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.row.get::<Option<i64>>(column).map(|moment| moment.map(Timestamp))
    }

    /// What a text names.
    pub(crate) fn parse<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or_else(|| self.corrupt(column))
    }

    /// What a text names, if there is one.
    pub(crate) fn parse_opt<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        self.text_opt(column)?.map(|text| parse(&text).ok_or_else(|| self.corrupt(column))).transpose()
    }

    /// What a text says in JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        self.parse(column, |text| serde_json::from_str(text).ok())
    }

    /// What a text says in JSON, if there is one.
    pub(crate) fn json_opt<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        self.parse_opt(column, |text| serde_json::from_str(text).ok())
    }

    fn corrupt(&self, what: &'static str) -> StoreError {
        let id = ["id", "operation_id", "tenant_id"].into_iter().find_map(|column| self.row.get(column).ok());
        StoreError::Corrupt { table: self.table, id: id.unwrap_or_default(), what }
    }
}
