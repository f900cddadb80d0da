//! The seam between SQL and the two databases: above it, nothing knows which.
//!
//! There are two ways to a connection and no other. `tenant` opens a transaction that sees one tenant's rows; `across`
//! opens one that sees everybody's, and says why. PostgreSQL enforces it by policies on a setting that lives as long as
//! the transaction; on SQLite the same calls are plain transactions.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::{Database, Encode, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction, Type};

use crate::domain::clock::Timestamp;
use crate::domain::ids::TenantId;

use super::error::{StoreError, is_lost};
use super::row::Row;
use super::value::Value;

/// Why a transaction crosses tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A key is shown, and whose it is is not known yet.
    KeyLookup,
    /// Marks of use, for keys of several tenants at once.
    KeyUse,
    /// Rows that belong to the house: its counter, its root, its operators.
    House,
    /// An operator looks at the installation.
    Operator,
    /// Audit rows of several tenants, or of the house.
    Audit,
    /// A worker looks for the next operation or push, whosever it is.
    Work,
}

/// What `gw.tenant` is set to by a transaction that crosses tenants; no tenant's id is this.
const EVERYBODY: &str = "*";

const OPEN: &str = "SELECT set_config('gw.tenant', $1, true), set_config('statement_timeout', $2, true), \
    current_setting('transaction_read_only') AS read_only";

/// The pools of one database; cheap to clone.
#[derive(Clone)]
pub(crate) struct Db(Arc<Pools>);

/// One of the two databases.
pub(crate) enum Pools {
    Postgres {
        pool: PgPool,
        /// In milliseconds, as text.
        statement_timeout: String,
    },
    /// One connection writes, so that writers queue in the pool and never meet in the file; the others read.
    Sqlite { readers: SqlitePool, writer: SqlitePool },
}

impl Db {
    pub(crate) fn new(pools: Pools) -> Self {
        Self(Arc::new(pools))
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.0
    }

    /// The rows of one tenant.
    pub(crate) fn tenant<'a>(&'a self, tenant: &'a TenantId) -> Scope<'a> {
        Scope { db: self, setting: tenant.as_str() }
    }

    /// The rows of all tenants, for a reason.
    pub(crate) fn across(&self, reason: Reason) -> Scope<'_> {
        tracing::trace!(?reason, "a transaction crosses tenants");
        Scope { db: self, setting: EVERYBODY }
    }

    /// The same database over one connection that nobody else uses, so that whoever asks here never waits for the others.
    /// (A file has none to spare, and its readers do not wait for its writer.)
    pub(crate) fn reserved(&self) -> Self {
        match self.pools() {
            Pools::Postgres { pool, statement_timeout } => {
                let options = pool.options().clone().max_connections(1);
                let pool = options.connect_lazy_with(pool.connect_options().as_ref().clone());
                Self::new(Pools::Postgres { pool, statement_timeout: statement_timeout.clone() })
            }
            Pools::Sqlite { .. } => self.clone(),
        }
    }

    /// The house's counter and the database's time; `None` while the house has no row.
    pub(crate) async fn counter_and_time(&self) -> Result<Option<(i64, Timestamp)>, StoreError> {
        const POSTGRES: &str = "SELECT counter, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now \
            FROM house WHERE id = 1";
        const SQLITE: &str = "SELECT counter, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now \
            FROM house WHERE id = 1";
        let sql = match self.pools() {
            Pools::Postgres { .. } => POSTGRES,
            Pools::Sqlite { .. } => SQLITE,
        };
        let row = self.across(Reason::House).fetch_optional(sql, Vec::new()).await?;
        row.map(|row| Ok((row.get("counter")?, Timestamp(row.get("now")?)))).transpose()
    }

    /// The name of the role that the connections have, if the row-level policies do not hold for it.
    pub(crate) async fn role_past_policies(&self) -> Result<Option<String>, StoreError> {
        const BYPASSES: &str = "SELECT CAST(rolname AS TEXT) AS role FROM pg_roles \
            WHERE rolname = current_user AND (rolsuper OR rolbypassrls)";
        if let Pools::Sqlite { .. } = self.pools() {
            return Ok(None);
        }
        let row = self.across(Reason::House).fetch_optional(BYPASSES, Vec::new()).await?;
        row.map(|row| row.get("role")).transpose()
    }

    /// Ends all connections, once they are idle.
    pub(crate) async fn close(&self) {
        match self.pools() {
            Pools::Postgres { pool, .. } => pool.close().await,
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// The way to the rows of one tenant, or of all. Each call is a transaction of its own.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    db: &'a Db,
    setting: &'a str,
}

impl Scope<'_> {
    /// The first row that a query finds. Only for queries that change nothing: it is asked again on a new connection
    /// when the one it was asked on is gone.
    pub(crate) async fn fetch_optional(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        match self.read_optional(sql, &values).await {
            Err(error) if is_lost(&error) => Ok(self.read_optional(sql, &values).await?),
            other => Ok(other?),
        }
    }

    /// All rows that a query finds; the same holds.
    pub(crate) async fn fetch_all(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match self.read_all(sql, &values).await {
            Err(error) if is_lost(&error) => Ok(self.read_all(sql, &values).await?),
            other => Ok(other?),
        }
    }

    /// Changes rows; how many.
    pub(crate) async fn execute(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let rows = tx.execute(sql, values).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Opens a transaction that changes rows. It is undone unless it is committed.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        let open = match self.db.pools() {
            Pools::Postgres { pool, statement_timeout } => {
                Open::Postgres(begin(pool, self.setting, statement_timeout).await?)
            }
            Pools::Sqlite { writer, .. } => Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
        };
        Ok(Tx { open, setting: self.setting.to_owned() })
    }

    async fn read_optional(&self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, sqlx::Error> {
        match self.db.pools() {
            Pools::Postgres { pool, statement_timeout } => {
                let mut tx = begin(pool, self.setting, statement_timeout).await?;
                let row = query::<Postgres>(sql, values).fetch_optional(&mut *tx).await?;
                tx.commit().await?;
                Ok(row.map(Row::Postgres))
            }
            Pools::Sqlite { readers, .. } => {
                Ok(query::<Sqlite>(sql, values).fetch_optional(readers).await?.map(Row::Sqlite))
            }
        }
    }

    async fn read_all(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, sqlx::Error> {
        match self.db.pools() {
            Pools::Postgres { pool, statement_timeout } => {
                let mut tx = begin(pool, self.setting, statement_timeout).await?;
                let rows = query::<Postgres>(sql, values).fetch_all(&mut *tx).await?;
                tx.commit().await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            Pools::Sqlite { readers, .. } => {
                Ok(query::<Sqlite>(sql, values).fetch_all(readers).await?.into_iter().map(Row::Sqlite).collect())
            }
        }
    }
}

/// An open transaction.
pub(crate) struct Tx {
    open: Open,
    setting: String,
}

/// How places for values are written; to be asked for in `audit/batch.rs` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `$1`
    Postgres,
    /// `?`
    Sqlite,
}

enum Open {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    /// Whether rows of this tenant (of the house: `None`) may be written here; PostgreSQL would refuse others.
    pub(crate) fn is_for(&self, tenant: Option<&TenantId>) -> bool {
        self.setting == EVERYBODY || tenant.is_some_and(|tenant| tenant.as_str() == self.setting)
    }

    /// How places for values are written.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.open {
            Open::Postgres(_) => Dialect::Postgres,
            Open::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// The first row that a statement gives.
    pub(crate) async fn fetch_optional(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(match &mut self.open {
            Open::Postgres(tx) => query::<Postgres>(sql, &values).fetch_optional(&mut **tx).await?.map(Row::Postgres),
            Open::Sqlite(tx) => query::<Sqlite>(sql, &values).fetch_optional(&mut **tx).await?.map(Row::Sqlite),
        })
    }

    /// All rows that a statement gives.
    pub(crate) async fn fetch_all(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        Ok(match &mut self.open {
            Open::Postgres(tx) => {
                query::<Postgres>(sql, &values).fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect()
            }
            Open::Sqlite(tx) => {
                query::<Sqlite>(sql, &values).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect()
            }
        })
    }

    /// Changes rows; how many.
    pub(crate) async fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        Ok(match &mut self.open {
            Open::Postgres(tx) => query::<Postgres>(sql, &values).execute(&mut **tx).await?.rows_affected(),
            Open::Sqlite(tx) => query::<Sqlite>(sql, &values).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Makes it hold.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.open {
            Open::Postgres(tx) => tx.commit().await?,
            Open::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Opens a transaction and sets whose rows it sees. Nothing is under way yet, so a connection that turns out to be dead
/// is passed over for the next: after a failover the pool may hold as many of them as it has connections.
async fn begin(pool: &PgPool, setting: &str, timeout: &str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut left = pool.options().get_max_connections();
    let opened = async {
        loop {
            match begin_once(pool, setting, timeout).await {
                Err(error) if left > 0 && is_lost(&error) => left -= 1,
                other => return other,
            }
        }
    };
    // A server that swallows what it is sent is as good as none.
    let patience = pool.options().get_acquire_timeout() * 2;
    tokio::time::timeout(patience, opened).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

async fn begin_once(
    pool: &PgPool,
    setting: &str,
    timeout: &str,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query(OPEN).bind(setting).bind(timeout).fetch_one(&mut *tx).await?;
    if row.try_get::<&str, _>("read_only")? == "on" {
        // The server was the primary and is none any more. Its end of the connection is ended, so that the pool
        // drops ours; that this statement fails is its success.
        let _ = sqlx::query("SELECT pg_terminate_backend(pg_backend_pid())").execute(&mut *tx).await;
        return Err(sqlx::Error::Io(std::io::Error::other("the server only reads")));
    }
    Ok(tx)
}

/// A statement with its values.
fn query<'v, DB>(sql: &'static str, values: &'v [Value]) -> Query<'static, DB, DB::Arguments>
where
    DB: Database,
    Option<&'v str>: Encode<'v, DB> + Type<DB>,
    Option<i64>: Encode<'v, DB> + Type<DB>,
    bool: Encode<'v, DB> + Type<DB>,
{
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Int(number) => query.bind(*number),
        Value::Flag(flag) => query.bind(*flag),
    })
}
