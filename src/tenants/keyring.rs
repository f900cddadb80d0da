//! The boot check of the keys: the right ring, and everything in use opens.

use std::path::Path;
use std::sync::Arc;

use crate::config::{KeySettings, RingKey};
use crate::domain::random::Random;
use crate::store::{Store, StoreError, WrappedKey};
use crate::vault::{Environment, HouseKeys, Ring, RingError, Vault, VaultError, Wrapped, make_key_file};

/// What the key file of a data directory is called, and the key in it.
const OWN_KEY: &str = "kek-1";

/// The keys, checked against the database.
#[derive(Clone, Debug)]
pub struct Keyring {
    /// Seals and opens.
    pub vault: Arc<Vault>,
    /// The house's own keys.
    pub house: Arc<HouseKeys>,
}

/// Why the gateway cannot serve with the keys that it was given. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The ring itself is not usable.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// Something in the database is wrapped under a key that the ring lacks.
    #[error("the database uses the key-encryption key `{0}`, which is not on the ring")]
    MissingKek(String),
    /// A key has the right name and other bytes than before.
    #[error("the key-encryption key `{0}` is not the one that the database knows by this name")]
    WrongKek(String),
    /// What the ring should open does not open.
    #[error(transparent)]
    Vault(VaultError),
    /// The database cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VaultError> for NotReady {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::UnknownKey(id) => Self::MissingKek(id),
            VaultError::Ring(error) => Self::Ring(error),
            other => Self::Vault(other),
        }
    }
}

impl Keyring {
    /// Loads the ring, holds it against the database, and opens the root secret (or makes it, at the first start).
    ///
    /// `data_dir` is given where the gateway keeps its own key: an installation on SQLite without a configured ring
    /// makes a key file there at its first start. Safe to try again until it works.
    pub async fn open(
        store: &Store,
        settings: &KeySettings,
        data_dir: Option<&Path>,
        environment: Environment<'_>,
        random: &Random,
    ) -> Result<Self, NotReady> {
        let ring = match data_dir {
            Some(folder) if settings.ring.is_empty() => own_ring(store, folder, environment, random).await?,
            _ => Ring::load(settings, environment).await?,
        };
        check(store, &ring).await?;
        let vault = Vault::new(ring, random.clone());
        let house = house_keys(store, &vault).await?;
        Ok(Self { vault: Arc::new(vault), house: Arc::new(house) })
    }
}

/// The ring of a data directory: one key in one file, made at the first start and never again.
async fn own_ring(
    store: &Store,
    folder: &Path,
    environment: Environment<'_>,
    random: &Random,
) -> Result<Ring, NotReady> {
    let path = folder.join(OWN_KEY);
    if !path.exists() {
        // A database that knows a key has lost its file: a new one would open nothing of what is in it.
        if let Some(known) = store.house.kek_values().await?.into_iter().next() {
            return Err(NotReady::MissingKek(known.id));
        }
        make_key_file(OWN_KEY, &path, random)?;
        tracing::info!(path = %path.display(), "made a key-encryption key; without this file nothing sealed opens again");
    }
    let key = RingKey::File { id: OWN_KEY.to_owned(), path };
    Ok(Ring::load(&KeySettings { active: None, ring: vec![key] }, environment).await?)
}

/// All checks come before the first write, so that a wrong ring changes nothing.
async fn check(store: &Store, ring: &Ring) -> Result<(), NotReady> {
    let known = store.house.kek_values().await?;
    let values = ring.check_values();
    for (id, value) in &values {
        if known.iter().any(|row| row.id == *id && row.check_value != *value) {
            return Err(NotReady::WrongKek(id.clone()));
        }
    }
    for id in store.house.kek_ids_in_use().await? {
        if !ring.ids().any(|known| known == id) {
            return Err(NotReady::MissingKek(id));
        }
    }
    for (id, value) in values {
        // Another replica may see the same name for the first time at the same moment.
        if store.house.remember_kek(&id, &value).await?.check_value != value {
            return Err(NotReady::WrongKek(id));
        }
    }
    Ok(())
}

async fn house_keys(store: &Store, vault: &Vault) -> Result<HouseKeys, NotReady> {
    let root = if let Some(root) = store.house.root().await? {
        root
    } else {
        let Wrapped { kek_id, wrapped } = vault.new_root()?;
        store.house.set_root_once(&WrappedKey { kek_id, wrapped }).await?
    };
    Ok(vault.house_keys(&Wrapped { kek_id: root.kek_id, wrapped: root.wrapped })?)
}
