//! What stands in the database: rows of each table, statements that were run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use crate::support::databases::Whose;
use crate::support::gateway::Gateway;

const TABLES: &str = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table'";
const STATEMENTS: &str = "SELECT s.query, s.calls FROM pg_stat_statements s \
    JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid \
    WHERE d.datname = current_database() AND r.rolname = current_database() || '_app'";
/// Longer than the longest pause of what a gateway does by itself, twice over.
const IDLE: Duration = Duration::from_secs(5);

/// The database behind a gateway, for whoever may see everything.
pub(super) enum Behind {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Behind {
    pub(super) async fn of(gateway: &Gateway) -> Self {
        if let Some(database) = &gateway.ground.database {
            return Self::Postgres(database.pool(Whose::Superuser).await);
        }
        let file = gateway.settings.data_dir.join("gateway.sqlite");
        Self::Sqlite(SqlitePool::connect(file.to_str().unwrap()).await.unwrap())
    }

    pub(super) async fn run(&self, statement: &str) {
        let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        match self {
            Self::Postgres(pool) => drop(statement.execute(pool).await.unwrap()),
            Self::Sqlite(pool) => drop(statement.execute(pool).await.unwrap()),
        }
    }

    /// How many rows each table has.
    pub(super) async fn rows(&self) -> BTreeMap<String, i64> {
        let tables: Vec<String> = match self {
            Self::Postgres(pool) => sqlx::query_scalar(TABLES).fetch_all(pool).await.unwrap(),
            Self::Sqlite(pool) => sqlx::query_scalar(SQLITE_TABLES).fetch_all(pool).await.unwrap(),
        };
        let mut rows = BTreeMap::new();
        for table in tables {
            let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let many = match self {
                Self::Postgres(pool) => sqlx::query_scalar(count).fetch_one(pool).await.unwrap(),
                Self::Sqlite(pool) => sqlx::query_scalar(count).fetch_one(pool).await.unwrap(),
            };
            rows.insert(table, many);
        }
        rows
    }

    async fn statements(&self) -> Option<BTreeMap<String, i64>> {
        let Self::Postgres(pool) = self else { return None };
        let rows: Vec<(String, i64)> = sqlx::query_as(STATEMENTS).fetch_all(pool).await.ok()?;
        let mut statements = BTreeMap::new();
        for (query, calls) in rows {
            *statements.entry(query).or_default() += calls;
        }
        Some(statements)
    }
}

/// The tables that have more rows than before, and how many more.
pub(super) fn grown(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let more = after.iter().map(|(table, rows)| (table.clone(), rows - before.get(table).copied().unwrap_or_default()));
    more.filter(|(_, more)| *more > 0).collect()
}

/// Counts the statements that requests run, and not those that a gateway runs by itself.
pub(super) struct Counter<'a> {
    behind: &'a Behind,
    /// What is run without any request.
    own: BTreeSet<String>,
    last: BTreeMap<String, i64>,
}

impl<'a> Counter<'a> {
    /// `None` where the database counts no statements: with SQLite, or on a server without `pg_stat_statements`.
    pub(super) async fn start(behind: &'a Behind) -> Option<Self> {
        if let Behind::Postgres(pool) = behind {
            // Fails where the server was not started with it, and then reading fails, too.
            let _ = sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(pool).await;
        }
        let before = behind.statements().await?;
        tokio::time::sleep(IDLE).await;
        let last = behind.statements().await?;
        let own = grown(&before, &last).into_keys().collect();
        Some(Self { behind, own, last })
    }

    /// How often each was run since it was last asked.
    pub(super) async fn since(&mut self) -> BTreeMap<String, i64> {
        let now = self.behind.statements().await.unwrap();
        let run = grown(&self.last, &now);
        self.last = now;
        run.into_iter().filter(|(query, _)| !self.own.contains(query)).collect()
    }
}
