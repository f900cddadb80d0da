//! A PostgreSQL database of its own, and what its server counts.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

/// The key-encryption key that the settings name.
const KEY: &str = "kek";

/// A PostgreSQL database of its own.
pub struct Database {
    name: String,
    server: String,
}

impl Database {
    /// Makes one on the server that this URL, of a superuser, names; with `pg_stat_statements` in it.
    pub async fn new(server: &str, name: &str) -> anyhow::Result<Self> {
        let database = Self { name: name.to_owned(), server: server.to_owned() };
        let mut connection = PgConnection::connect(server).await?;
        for statement in [
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("DROP ROLE IF EXISTS {name}_owner"),
            format!("DROP ROLE IF EXISTS {name}_app"),
            format!("CREATE ROLE {name}_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{name}'"),
            format!("CREATE ROLE {name}_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{name}'"),
            format!("CREATE DATABASE {name} OWNER {name}_owner"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        let extension = sqlx::raw_sql("CREATE EXTENSION pg_stat_statements");
        extension.execute(&mut database.superuser().await?).await.context("pg_stat_statements")?;
        database.count().await.context(
            "the server does not count statements: start it with shared_preload_libraries=pg_stat_statements",
        )?;
        Ok(database)
    }

    /// How many statements this database has run so far, those that begin and end transactions included.
    pub async fn count(&self) -> anyhow::Result<f64> {
        // What the bench itself asks is counted too; it asks as another role.
        let query = "SELECT coalesce(sum(calls), 0)::float8 FROM pg_stat_statements s \
                     JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid \
                     WHERE d.datname = current_database() AND r.rolname = current_database() || '_app'";
        Ok(sqlx::query_scalar(query).fetch_one(&mut self.superuser().await?).await?)
    }

    /// The statements that were run most often, for the curious.
    pub async fn most(&self, rows: i64) -> anyhow::Result<Vec<(f64, String)>> {
        let query = "SELECT s.calls::float8, left(regexp_replace(s.query, '\\s+', ' ', 'g'), 70) \
                     FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid \
                     WHERE d.datname = current_database() AND r.rolname = current_database() || '_app' \
                     ORDER BY s.calls DESC LIMIT $1";
        Ok(sqlx::query_as(query).bind(rows).fetch_all(&mut self.superuser().await?).await?)
    }

    async fn superuser(&self) -> anyhow::Result<PgConnection> {
        let options: PgConnectOptions = self.server.parse()?;
        Ok(options.database(&self.name).connect().await?)
    }

    /// Settings of a gateway on this database.
    pub(crate) fn settings(&self, folder: &Path) -> String {
        let (name, key) = (&self.name, folder.join(KEY).display().to_string());
        let at = |role: &str| place(&self.server, &format!("{name}_{role}:{name}"), name).unwrap_or_default();
        format!(
            "[database]\nurl = {:?}\nowner_url = {:?}\napp_role = \"{name}_app\"\n\
             [keys]\nring = [{{ id = \"bench\", source = \"file\", path = \"{key}\" }}]\n",
            at("app"),
            at("owner"),
        )
    }

    /// Puts the key that the settings name into the folder.
    pub(crate) fn prepare(folder: &Path) -> anyhow::Result<()> {
        // It protects what the bench made up itself.
        let key: Vec<u8> = (0..32).map(|n| n * 7 + 1).collect();
        let path = folder.join(KEY);
        let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(file.write_all(STANDARD.encode(key).as_bytes())?)
    }
}

/// The same server's URL for another user and database.
fn place(server: &str, login: &str, name: &str) -> Option<String> {
    let (scheme, rest) = server.split_once("://")?;
    let (authority, rest) = rest.split_once('/')?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let query = rest.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    Some(format!("{scheme}://{login}@{host}/{name}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_user_reaches_the_same_server() {
        let server = "postgres://root:x@localhost:5432/postgres?host=/tmp/a";
        assert_eq!(place(server, "me:pw", "mine").as_deref(), Some("postgres://me:pw@localhost:5432/mine?host=/tmp/a"));
        assert_eq!(place("postgres://h/d", "me", "mine").as_deref(), Some("postgres://me@h/mine"));
    }
}
