//! The tables: one series for both databases, a second for PostgreSQL alone.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr as _};

use super::db::{Db, Pools, Reason};
use super::error::StoreError;
use super::value::values;

/// How the tables of the database stand to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// They are what it was made for.
    Current,
    /// Migrations are missing: run `migrate`.
    Behind,
    /// A newer program migrated them; what this one needs is still there.
    Ahead,
}

/// A series and the table in which it keeps what was applied.
struct Series {
    table: &'static str,
    applied: &'static str,
    migrations: &'static [(i64, &'static str, &'static str)],
}

const BOTH: Series = Series {
    table: "_sqlx_migrations",
    applied: "SELECT version, checksum FROM _sqlx_migrations ORDER BY version",
    migrations: &[
        (1, "house", include_str!("../../migrations/0001_house.sql")),
        (2, "tenants", include_str!("../../migrations/0002_tenants.sql")),
        (3, "operations", include_str!("../../migrations/0003_operations.sql")),
        (4, "audit", include_str!("../../migrations/0004_audit.sql")),
        (5, "members", include_str!("../../migrations/0005_members.sql")),
        (6, "grants", include_str!("../../migrations/0006_grants.sql")),
        (7, "passkeys", include_str!("../../migrations/0007_passkeys.sql")),
        (8, "presets", include_str!("../../migrations/0008_presets.sql")),
    ],
};

const POSTGRES: Series = Series {
    table: "_sqlx_migrations_postgres",
    applied: "SELECT version, checksum FROM _sqlx_migrations_postgres ORDER BY version",
    migrations: &[
        (1, "row level security", include_str!("../../migrations/postgres/0001_row_level_security.sql")),
        (2, "members", include_str!("../../migrations/postgres/0002_members.sql")),
        (3, "grants", include_str!("../../migrations/postgres/0003_grants.sql")),
        (4, "passkeys", include_str!("../../migrations/postgres/0004_passkeys.sql")),
    ],
};

/// One migrating process at a time; the number names this program among all users of advisory locks.
const LOCK: i64 = 0x6475_6f5f_6d63_7001;
const LOCK_TRIES: u32 = 300;
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// What the role that serves may do. Written without its name, which is appended, quoted.
const GRANTS: [&str; 6] = [
    "GRANT SELECT, UPDATE ON house TO",
    "GRANT SELECT, INSERT, UPDATE ON tenants, keks TO",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON data_keys, connections, credentials, api_keys, operators, \
     operator_sessions, operations, steps, pushes, members, owner_keys, invites, member_sessions, oauth_clients, authorizations, \
     authorization_codes, grants, access_tokens, refresh_tokens, passkeys, passkey_answers TO",
    "REVOKE ALL ON audit FROM",
    "GRANT SELECT, INSERT ON audit TO",
    "GRANT SELECT ON _sqlx_migrations, _sqlx_migrations_postgres TO",
];

impl Series {
    fn migrator(&self) -> Migrator {
        let migrations = self.migrations.iter().map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
        });
        let mut migrator = Migrator::with_migrations(migrations.collect());
        migrator.dangerous_set_table_name(self.table);
        // A newer program's migrations are none of ours to judge, and the lock is taken around both series.
        migrator.set_ignore_missing(true).set_locking(false);
        migrator
    }

    async fn apply<C: Migrate>(&self, connection: &mut C) -> Result<(), StoreError> {
        self.migrator().run_direct(None, connection, false).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(source) => source.into(),
            other => StoreError::Schema(describe(&other)),
        })
    }

    /// What was applied: versions and checksums.
    async fn applied(&self, db: &Db) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        const IN_POSTGRES: &str = "SELECT CAST(to_regclass($1) AS TEXT) AS name";
        const IN_SQLITE: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1";
        let exists = match db.pools() {
            Pools::Postgres { .. } => IN_POSTGRES,
            Pools::Sqlite { .. } => IN_SQLITE,
        };
        let scope = db.across(Reason::House);
        let row = scope.fetch_optional(exists, values![self.table]).await?;
        if row.map(|row| row.get::<Option<String>>("name")).transpose()?.flatten().is_none() {
            return Ok(Vec::new());
        }
        let rows = scope.fetch_all(self.applied, Vec::new()).await.map_err(without_rights)?;
        rows.iter().map(|row| Ok((row.get("version")?, row.get("checksum")?))).collect()
    }

    /// How what was applied stands to what is known; an applied migration of other contents is an error.
    fn compare(&self, applied: &[(i64, Vec<u8>)]) -> Result<Schema, StoreError> {
        let migrator = self.migrator();
        for migration in migrator.iter() {
            let found = applied.iter().find(|(version, _)| *version == migration.version);
            if found.is_some_and(|(_, checksum)| checksum[..] != migration.checksum[..]) {
                let (table, version) = (self.table, migration.version);
                return Err(StoreError::Schema(format!(
                    "migration {version} in {table} was applied with other contents"
                )));
            }
        }
        let known: BTreeSet<i64> = migrator.iter().map(|migration| migration.version).collect();
        let applied: BTreeSet<i64> = applied.iter().map(|(version, _)| *version).collect();
        Ok(match (known.is_subset(&applied), applied.is_subset(&known)) {
            (false, _) => Schema::Behind,
            (true, false) => Schema::Ahead,
            (true, true) => Schema::Current,
        })
    }
}

/// The error with its sources, which say which statement failed and why.
fn describe(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

/// Brings the tables up to date and gives the role that serves its rights.
pub(super) async fn migrate(db: &Db, app_role: Option<&str>) -> Result<(), StoreError> {
    match db.pools() {
        Pools::Sqlite { writer, .. } => {
            // One transaction around the whole series: a second process waits, and finds nothing left to do.
            let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
            BOTH.apply(&mut *tx).await?;
            Ok(tx.commit().await?)
        }
        Pools::Postgres { pool, .. } => {
            // A connection of its own: the settings and the lock below last as long as it does.
            let options = pool.connect_options();
            let mut connection = PgConnection::connect_with(&options).await?;
            let outcome = migrate_postgres(&mut connection, app_role).await;
            connection.close().await?;
            outcome
        }
    }
}

async fn migrate_postgres(connection: &mut PgConnection, app_role: Option<&str>) -> Result<(), StoreError> {
    // A migration that has to wait for a busy table gives up early rather than hold up everybody behind it, and one
    // that moves rows sees those of all tenants.
    sqlx::raw_sql("SET lock_timeout = '3s'; SET statement_timeout = 0; SET gw.tenant = '*'")
        .execute(&mut *connection)
        .await?;
    take_lock(connection).await?;
    BOTH.apply(&mut *connection).await?;
    POSTGRES.apply(&mut *connection).await?;
    let Some(role) = app_role else { return Ok(()) };
    let role = quoted(role)?;
    for grant in GRANTS {
        sqlx::raw_sql(AssertSqlSafe(format!("{grant} {role}"))).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Tries again and again, because a session that waits inside the database for the lock would hold back an index that
/// the other one builds concurrently.
async fn take_lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    for _ in 0..LOCK_TRIES {
        let taken: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut *connection).await?;
        if taken {
            return Ok(());
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Err(StoreError::Schema("another process has been migrating for a minute; try again when it is done".to_owned()))
}

/// A role's name as an identifier, whatever is in it.
fn quoted(role: &str) -> Result<String, StoreError> {
    if role.is_empty() || role.len() > 63 || role.contains('\0') {
        return Err(StoreError::Place("a role's name has 1 to 63 characters".to_owned()));
    }
    Ok(format!("\"{}\"", role.replace('"', "\"\"")))
}

/// How the tables stand to this program.
pub(super) async fn schema(db: &Db) -> Result<Schema, StoreError> {
    let both = BOTH.compare(&BOTH.applied(db).await?)?;
    let postgres = match db.pools() {
        Pools::Sqlite { .. } => Schema::Current,
        Pools::Postgres { .. } => POSTGRES.compare(&POSTGRES.applied(db).await?)?,
    };
    let is = |state| both == state || postgres == state;
    Ok(if is(Schema::Behind) {
        Schema::Behind
    } else if is(Schema::Ahead) {
        Schema::Ahead
    } else {
        Schema::Current
    })
}

/// A role that `migrate` gave no rights is told what to do.
fn without_rights(error: StoreError) -> StoreError {
    match &error {
        StoreError::Refused(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("42501") => {
            StoreError::Schema("the role has no rights on the tables; run `migrate` with its name".to_owned())
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_quoted_whatever_is_in_it() {
        assert_eq!(quoted("gw\"; DROP TABLE x").unwrap(), "\"gw\"\"; DROP TABLE x\"");
        assert!(quoted("").is_err() && quoted("a\0").is_err());
    }

    #[test]
    fn a_series_is_current_behind_ahead_or_of_other_contents() {
        let all: Vec<(i64, Vec<u8>)> = BOTH.migrator().iter().map(|m| (m.version, m.checksum.to_vec())).collect();
        assert_eq!(BOTH.compare(&all).unwrap(), Schema::Current);
        assert_eq!(BOTH.compare(&all[1..]).unwrap(), Schema::Behind);
        let ahead = [&all[..], &[(9999, vec![0])]].concat();
        assert_eq!(BOTH.compare(&ahead).unwrap(), Schema::Ahead);
        let mut other = all;
        other[0].1[0] ^= 1;
        assert!(matches!(BOTH.compare(&other), Err(StoreError::Schema(_))));
    }
}
