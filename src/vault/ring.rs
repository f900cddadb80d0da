//! The ring of key-encryption keys: one is active and wraps, all of them open.

use std::fmt;

use zeroize::Zeroizing;

use super::data_key::Wrapped;
use super::envelope;
use super::error::{RingError, VaultError};
use super::key_source::{Environment, fetch};
use super::keyed_hash::{hex, keyed_hash};
use crate::config::{KeySettings, RingKey};
use crate::domain::connection::Sealed;
use crate::domain::random::Random;

struct Kek {
    id: String,
    key: Zeroizing<[u8; 32]>,
}

/// The key-encryption keys of this process. It cannot be printed beyond the keys' names.
pub struct Ring {
    active: usize,
    keys: Vec<Kek>,
}

impl Ring {
    /// Fetches every key of the ring.
    pub async fn load(settings: &KeySettings, environment: Environment<'_>) -> Result<Self, RingError> {
        let active = check(settings)?;
        let mut keys = Vec::with_capacity(settings.ring.len());
        for key in &settings.ring {
            keys.push(Kek { id: key.id().to_owned(), key: fetch(key, environment).await? });
        }
        Ok(Self { active, keys })
    }

    /// A ring of one given key, for tests.
    #[cfg(test)]
    pub(crate) fn fixed(id: &str, key: [u8; 32]) -> Self {
        Self { active: 0, keys: vec![Kek { id: id.to_owned(), key: Zeroizing::new(key) }] }
    }

    /// The names of the keys, in the order of the settings.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|kek| kek.id.as_str())
    }

    /// The name of the key that wraps.
    pub fn active_id(&self) -> &str {
        &self.keys[self.active].id
    }

    /// Name and check value of every key. The value tells whether a key is the one that it was, and nothing else.
    pub fn check_values(&self) -> Vec<(String, String)> {
        self.keys.iter().map(|kek| (kek.id.clone(), check_value(&kek.key))).collect()
    }

    /// Wraps a key of 32 bytes under the active key. `bound` is made from the active key's id.
    pub(super) fn wrap(
        &self,
        bound: impl Fn(&str) -> Vec<u8>,
        plain: &[u8; 32],
        random: &Random,
    ) -> Result<Wrapped, VaultError> {
        let kek = &self.keys[self.active];
        let wrapped = envelope::seal(&kek.key, &kek.id, &bound(&kek.id), plain, random)?;
        Ok(Wrapped { kek_id: kek.id.clone(), wrapped })
    }

    /// Opens what `wrap` made, on whichever ring that has the key.
    pub(super) fn unwrap(
        &self,
        kek_id: &str,
        bound: &[u8],
        wrapped: &Sealed,
        what: &'static str,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let kek = self.keys.iter().find(|kek| kek.id == kek_id);
        let kek = kek.ok_or_else(|| VaultError::UnknownKey(kek_id.to_owned()))?;
        let plain = envelope::open(&kek.key, &kek.id, bound, wrapped, what)?;
        let key = plain.as_slice().try_into().map_err(|_| VaultError::DoesNotOpen { what })?;
        Ok(Zeroizing::new(key))
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("active", &self.active_id()).field("ids", &self.ids().collect::<Vec<_>>()).finish()
    }
}

/// Checks the names before anything is fetched, and finds the active one.
fn check(settings: &KeySettings) -> Result<usize, RingError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let ids: Vec<&str> = settings.ring.iter().map(RingKey::id).collect();
    for (n, id) in ids.iter().enumerate() {
        // The name stands in sealed texts, whose parts are divided by dots.
        if !(1..=32).contains(&id.len()) || !id.bytes().all(plain) {
            return Err(RingError::BadId((*id).to_owned()));
        }
        if ids[..n].contains(id) {
            return Err(RingError::Duplicate((*id).to_owned()));
        }
    }
    let active = match settings.active_id() {
        _ if ids.is_empty() => return Err(RingError::Empty),
        None => return Err(RingError::NoneActive),
        Some(id) => id,
    };
    ids.iter().position(|id| *id == active).ok_or_else(|| RingError::ActiveMissing(active.to_owned()))
}

/// Eight bytes of a keyed hash: enough to notice the wrong key under the right name, too few to look for the key.
fn check_value(key: &[u8; 32]) -> String {
    let digest = keyed_hash(key, &[b"duo-mcp-gateway/kcv/v1"]);
    hex(&digest[..8])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::super::data_key::bound;
    use super::super::key_file::make_key_file;
    use super::super::seal::Vault;
    use super::*;
    use crate::domain::ids::TenantId;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    fn folder(name: &str) -> PathBuf {
        let id = Random::system().base62::<8>().unwrap();
        let folder = std::env::temp_dir().join(format!("vault-ring-{name}-{id}"));
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn env(id: &str) -> RingKey {
        RingKey::Env { id: id.into(), var: "KEY".into() }
    }

    fn command(id: &str, line: &[&str]) -> RingKey {
        RingKey::Command { id: id.into(), argv: line.iter().map(|&word| word.to_owned()).collect() }
    }

    async fn load(ring: &[RingKey], active: Option<&str>) -> Result<Ring, RingError> {
        let settings = KeySettings { active: active.map(Into::into), ring: ring.to_vec() };
        Ring::load(&settings, &|var| (var == "KEY").then(|| Zeroizing::new(KEY.to_owned()))).await
    }

    #[tokio::test]
    async fn every_source_gives_the_same_key() {
        let folder = folder("sources");
        let path = folder.join("kek");
        fs::write(&path, format!("{KEY}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        let file = RingKey::File { id: "file".into(), path };
        let ring = load(&[file, env("env"), command("command", &["printf", KEY])], Some("env")).await.unwrap();
        let values = ring.check_values();
        assert_eq!(values[0].1, values[1].1);
        assert_eq!(values[0].1, values[2].1);
        assert_eq!(values[0].1.len(), 16);
        assert_eq!(ring.active_id(), "env");
        assert!(!format!("{ring:?}").contains("MDEy") && !format!("{ring:?}").contains("48, 49"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused_by_name() {
        let folder = folder("mode");
        let path = folder.join("kek");
        make_key_file("k1", &path, &Random::system()).unwrap();
        let source = RingKey::File { id: "k1".into(), path: path.clone() };
        assert!(load(std::slice::from_ref(&source), None).await.is_ok());
        for mode in [0o640, 0o604, 0o644, 0o700, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load(std::slice::from_ref(&source), None).await.unwrap_err();
            assert!(matches!(error, RingError::TooOpen { mode: found, .. } if found == mode), "{error}");
        }
        // A second one in its place would lose the first.
        assert!(make_key_file("k1", &path, &Random::system()).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_ring_that_says_too_little_or_too_much_is_refused() {
        assert!(matches!(load(&[], None).await, Err(RingError::Empty)));
        assert!(matches!(load(&[env("a"), env("a")], Some("a")).await, Err(RingError::Duplicate(_))));
        assert!(matches!(load(&[env("a"), env("b")], None).await, Err(RingError::NoneActive)));
        assert!(matches!(load(&[env("a")], Some("b")).await, Err(RingError::ActiveMissing(_))));
        assert!(matches!(load(&[env("a.b")], None).await, Err(RingError::BadId(_))));
        let unset = RingKey::Env { id: "a".into(), var: "NO".into() };
        assert!(matches!(load(&[unset], None).await, Err(RingError::NoVariable { .. })));
    }

    #[tokio::test]
    async fn a_command_that_gives_no_key_is_told_without_its_words() {
        let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let failing = load(&[command("a", &["sh", "-c", "echo canary; echo canary >&2; exit 3"])], None).await;
        let failing = failing.unwrap_err();
        assert!(matches!(failing, RingError::Command { .. }));
        assert!(!format!("{failing:?} {failing}").contains("canary"));
        assert!(matches!(load(&[command("a", &[])], None).await, Err(RingError::Command { .. })));
        assert!(matches!(load(&[command("a", &["/no/such/file"])], None).await, Err(RingError::Command { .. })));
        assert!(matches!(load(&[command("a", &["echo", "short"])], None).await, Err(RingError::NotAKey { .. })));
        assert!(matches!(load(&[command("a", &["echo", zero])], None).await, Err(RingError::Placeholder { .. })));
        // No shell: the argument is one word, whatever is in it.
        let quoted = load(&[command("a", &["echo", "$KEY; exit 0"])], None).await;
        assert!(matches!(quoted, Err(RingError::NotAKey { .. })));
    }

    #[test]
    fn a_wrapped_key_opens_for_its_tenant_version_and_ring_only() {
        let random = Random::seeded(2);
        let (tenant, other) = (TenantId::new(&random).unwrap(), TenantId::new(&random).unwrap());
        let vault = Vault::new(Ring::fixed("k1", [9; 32]), random.clone());
        let (key, row) = vault.new_data_key(&tenant, 1).unwrap();
        assert_eq!(*vault.unwrap_data_key(&tenant, &row).unwrap().key, *key.key);
        assert!(vault.unwrap_data_key(&other, &row).is_err());
        assert!(vault.unwrap_data_key(&tenant, &super::super::WrappedDataKey { version: 2, ..row.clone() }).is_err());
        let renamed = Vault::new(Ring::fixed("k2", [9; 32]), random.clone());
        assert!(matches!(renamed.unwrap_data_key(&tenant, &row), Err(VaultError::UnknownKey(id)) if id == "k1"));
        let wrong = Vault::new(Ring::fixed("k1", [8; 32]), random);
        assert!(matches!(wrong.unwrap_data_key(&tenant, &row), Err(VaultError::DoesNotOpen { .. })));
        assert_ne!(bound(&tenant, 1, "k1"), bound(&tenant, 1, "k2"));
    }
}
