//! Where the database is, and that its tables are the right ones.

use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use super::error::BootError;
use crate::config::Settings;
use crate::store::{Place, PoolSettings, Schema, Store};

/// What the SQLite file in the data folder is called.
const FILE: &str = "gateway.sqlite";

/// Refuses settings without which a hosted gateway could never serve.
pub fn check_keys(settings: &Settings) -> Result<(), BootError> {
    if settings.database.url.is_some() && settings.keys.ring.is_empty() {
        return Err(BootError::NoRing);
    }
    Ok(())
}

/// Opens the database for serving. One in the data folder is brought up to date, because there is nobody else to do it;
/// a hosted one is refused while it is older than the program.
pub(super) async fn open(settings: &Settings) -> Result<Store, BootError> {
    let pool = PoolSettings::from(&settings.database);
    let Some(url) = &settings.database.url else {
        let store = Store::open(&in_data_dir(settings)?, &pool).await?;
        store.migrate(None).await?;
        return Ok(store);
    };
    let store = Store::open(&Place::Postgres { url: url.expose().to_owned() }, &pool).await?;
    match store.schema().await? {
        Schema::Current | Schema::Ahead => Ok(store),
        Schema::Behind => Err(BootError::SchemaBehind),
    }
}

/// Brings the tables up to date, as their owner.
pub async fn migrate(settings: &Settings) -> Result<(), BootError> {
    let pool = PoolSettings::from(&settings.database);
    let database = &settings.database;
    let (place, role) = match database.owner_url.as_ref().or(database.url.as_ref()) {
        Some(url) => (Place::Postgres { url: url.expose().to_owned() }, Some(database.app_role.as_str())),
        None => (in_data_dir(settings)?, None),
    };
    let store = Store::open_as_owner(&place, &pool).await?;
    let migrated = store.migrate(role).await;
    store.close().await;
    Ok(migrated?)
}

/// The file in the data folder; both are made so that only their owner can look into them.
fn in_data_dir(settings: &Settings) -> Result<Place, BootError> {
    let path = &settings.data_dir;
    let failed = |source| BootError::DataDir { path: path.clone(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    // SQLite gives its other files the mode of this one. The folder may be older than the gateway, and open.
    let file = path.join(FILE);
    OpenOptions::new().append(true).create(true).mode(0o600).open(&file).map_err(failed)?;
    Ok(Place::Sqlite(file))
}
