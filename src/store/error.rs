//! What can go wrong with the store, by what a caller can do about it.

use sqlx::Error as SqlError;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or is too busy; the same act may succeed in a while.
    #[error("the database is not available")]
    Unavailable(#[source] SqlError),
    /// Something else took this name, or changed it first.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// A row that nothing can be made of.
    #[error("{table} row `{id}`: {what} is not readable")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// The column.
        what: &'static str,
    },
    /// The tables are not what this program was made for.
    #[error("the database's tables do not fit: {0}")]
    Schema(String),
    /// The database's role would see past the row-level policies.
    #[error(
        "the PostgreSQL role `{0}` is a superuser or bypasses row-level security, so the policies that keep tenants apart \
         would not hold: serve as a role that is neither (CREATE ROLE … NOSUPERUSER NOBYPASSRLS), and run `migrate` with \
         its name so that it gets its rights"
    )]
    Role(String),
    /// The place of the database cannot be used as it was given.
    #[error("the database's place is not usable: {0}")]
    Place(String),
    /// The database refused a statement; a mistake of ours.
    #[error("the database refused a statement")]
    Refused(#[source] SqlError),
}

impl StoreError {
    /// A conflict over `what`, if that is why the statement failed: only the statement knows which constraint it is,
    /// because SQLite does not name it.
    pub(crate) fn conflict(self, what: &'static str) -> Self {
        match &self {
            Self::Refused(SqlError::Database(error)) if error.is_unique_violation() => Self::Conflict(what),
            _ => self,
        }
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        let passes = match &error {
            SqlError::Io(_)
            | SqlError::Tls(_)
            | SqlError::Protocol(_)
            | SqlError::PoolTimedOut
            | SqlError::PoolClosed
            | SqlError::WorkerCrashed
            | SqlError::BeginFailed => true,
            SqlError::Database(error) => error.code().is_some_and(|code| passes(&code)),
            _ => false,
        };
        if passes { Self::Unavailable(error) } else { Self::Refused(error) }
    }
}

/// Whether this code of the database is about its state, not about the statement.
fn passes(code: &str) -> bool {
    // PostgreSQL's have five characters (classes 08 connection, 28 sign-in, 53 resources, 57 operator, 58 system; lost
    // races and timeouts); SQLite's are shorter numbers, of which the lowest byte counts (busy, locked, I/O, full).
    if code.len() == 5 {
        return ["08", "28", "53", "57", "58"].contains(&&code[..2])
            || ["25006", "3D000", "40001", "40P01", "55P03"].contains(&code);
    }
    code.parse::<u32>().is_ok_and(|number| matches!(number & 0xff, 5 | 6 | 7 | 10 | 13 | 14))
}

/// Whether the connection is of no more use: the server went away, or only reads since a failover.
pub(crate) fn is_lost(error: &SqlError) -> bool {
    match error {
        SqlError::Io(_) | SqlError::Protocol(_) | SqlError::BeginFailed => true,
        SqlError::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || ["57P01", "57P02", "57P03", "25006"].contains(&code.as_ref())
        }),
        _ => false,
    }
}
