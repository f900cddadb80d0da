//! Sealing and opening Duo credentials, whose secret keys are read here.

use duo_api::{ApiHost, Credential, IntegrationKey, SecretKey};

use super::data_key::DataKey;
use super::envelope::Place;
use super::error::VaultError;
use super::house::HouseKeys;
use super::keyed_hash::{hex, keyed_hash};
use super::seal::Vault;
use crate::domain::connection::{Sealed, SealedCredential};
use crate::domain::ids::CredentialId;

const IKEY: &str = "ikey";
const SKEY: &str = "skey";
const WHAT: &str = "a stored Duo credential";

/// A credential's two keys, sealed for one version of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKeys {
    /// The integration key.
    pub ikey: Sealed,
    /// The secret key.
    pub skey: Sealed,
}

impl Vault {
    /// Seals both keys for this version of the credential's row.
    pub fn seal_credential(
        &self,
        key: &DataKey,
        id: &CredentialId,
        version: i64,
        ikey: &IntegrationKey,
        skey: &SecretKey,
    ) -> Result<SealedKeys, VaultError> {
        let place = |field| Place { tenant: key.tenant(), owner: id.as_str(), field, version };
        Ok(SealedKeys {
            ikey: self.seal(key, place(IKEY), ikey.as_str().as_bytes())?,
            skey: self.seal(key, place(SKEY), skey.expose_for_sealing().as_bytes())?,
        })
    }

    /// Opens a stored credential, for as long as it takes to sign with it.
    pub fn open_credential(&self, sealed: &SealedCredential, key: &DataKey) -> Result<Credential, VaultError> {
        let place = |field| Place { tenant: &sealed.tenant, owner: sealed.id.as_str(), field, version: sealed.version };
        let refused = || VaultError::DoesNotOpen { what: WHAT };
        let ikey = self.open(key, place(IKEY), &sealed.ikey).map_err(|_| refused())?;
        let skey = self.open(key, place(SKEY), &sealed.skey).map_err(|_| refused())?;
        let ikey = std::str::from_utf8(&ikey).ok().and_then(|text| IntegrationKey::parse(text).ok());
        let skey = std::str::from_utf8(&skey).ok().and_then(|text| SecretKey::parse(text).ok());
        Ok(Credential {
            api: sealed.api,
            host: sealed.host.clone(),
            key: ikey.ok_or_else(refused)?,
            secret: skey.ok_or_else(refused)?,
            signature: sealed.signature,
        })
    }
}

/// Twelve characters that are the same for the same credential. They are keyed, so nobody can test a guess on them.
pub fn fingerprint(house: &HouseKeys, host: &ApiHost, ikey: &IntegrationKey, skey: &SecretKey) -> String {
    let parts = [host.as_str().as_bytes(), ikey.as_str().as_bytes(), skey.expose_for_sealing().as_bytes()];
    let mut text = hex(&keyed_hash(house.fingerprints(), &parts));
    text.truncate(12);
    text
}

#[cfg(test)]
mod tests {
    use duo_api::{Api, SignatureVersion};

    use super::super::ring::Ring;
    use super::*;
    use crate::domain::connection::CredentialStatus;
    use crate::domain::ids::{ConnectionId, TenantId};
    use crate::domain::random::Random;

    const IKEY_TEXT: &str = "DIFAKE0000000000TEST";
    const SKEY_TEXT: &str = "canaryskeycanaryskeycanaryskeycanary0001";

    struct Case {
        vault: Vault,
        key: DataKey,
        sealed: SealedCredential,
        random: Random,
    }

    fn case() -> Case {
        let random = Random::seeded(5);
        let vault = Vault::new(Ring::fixed("k1", [9; 32]), random.clone());
        let tenant = TenantId::new(&random).unwrap();
        let (key, _) = vault.new_data_key(&tenant, 1).unwrap();
        let id = CredentialId::new(&random).unwrap();
        let (ikey, skey) = (IntegrationKey::parse(IKEY_TEXT).unwrap(), SecretKey::parse(SKEY_TEXT).unwrap());
        let keys = vault.seal_credential(&key, &id, 3, &ikey, &skey).unwrap();
        let sealed = SealedCredential {
            id,
            tenant,
            connection: ConnectionId::new(&random).unwrap(),
            api: Api::Auth,
            host: ApiHost::parse("api-1.duosecurity.com").unwrap(),
            ikey: keys.ikey,
            skey: keys.skey,
            ikey_last4: "TEST".into(),
            fingerprint: String::new(),
            signature: SignatureVersion::V5,
            version: 3,
            status: CredentialStatus::Verified,
            grants: vec![],
            verified_at: None,
        };
        Case { vault, key, sealed, random }
    }

    #[test]
    fn it_opens_where_it_was_sealed() {
        let Case { vault, key, sealed, .. } = case();
        let open = vault.open_credential(&sealed, &key).unwrap();
        assert_eq!(open.key.as_str(), IKEY_TEXT);
        assert_eq!(open.secret.expose_for_sealing(), SKEY_TEXT);
        assert_eq!(open.host, sealed.host);
    }

    #[test]
    fn it_opens_nowhere_else() {
        let Case { vault, key, sealed, random } = case();
        let moved = [
            SealedCredential { tenant: TenantId::new(&random).unwrap(), ..sealed.clone() },
            SealedCredential { id: CredentialId::new(&random).unwrap(), ..sealed.clone() },
            SealedCredential { version: 4, ..sealed.clone() },
            SealedCredential { version: 2, ..sealed.clone() },
            SealedCredential { ikey: sealed.skey.clone(), skey: sealed.ikey.clone(), ..sealed.clone() },
            SealedCredential { skey: sealed.ikey.clone(), ..sealed.clone() },
        ];
        for wrong in &moved {
            assert!(matches!(vault.open_credential(wrong, &key), Err(VaultError::DoesNotOpen { .. })), "{wrong:?}");
        }
        // Another tenant's key, and another key of the same tenant under the same number.
        for tenant in [TenantId::new(&random).unwrap(), sealed.tenant.clone()] {
            let (other, _) = vault.new_data_key(&tenant, 1).unwrap();
            assert!(vault.open_credential(&sealed, &other).is_err());
        }
    }

    #[test]
    fn nothing_that_can_be_printed_holds_a_key() {
        let Case { vault, key, sealed, .. } = case();
        let error = vault.open_credential(&SealedCredential { version: 9, ..sealed.clone() }, &key);
        let error = error.map(|_| ()).unwrap_err();
        let printed = format!("{vault:?} {key:?} {sealed:?} {error:?} {error}");
        assert!(!printed.contains("canaryskey") && !printed.contains(IKEY_TEXT), "{printed}");
        // The bytes of the data key and of the key-encryption key, as a derived Debug would print them.
        assert!(!printed.contains("9, 9"), "{printed}");
        assert!(!printed.contains(&format!("{:?}", key.key.as_slice()).trim_matches(['[', ']'])[..12]), "{printed}");
    }

    #[test]
    fn a_fingerprint_tells_same_from_other_and_hangs_on_the_house() {
        let house = |root: u8| {
            let ring = Ring::fixed("k1", [root; 32]);
            let vault = Vault::new(ring, Random::seeded(u64::from(root)));
            vault.house_keys(&vault.new_root().unwrap()).unwrap()
        };
        let host = ApiHost::parse("api-1.duosecurity.com").unwrap();
        let ikey = IntegrationKey::parse(IKEY_TEXT).unwrap();
        let (skey, other) = (SecretKey::parse(SKEY_TEXT).unwrap(), SecretKey::parse(&"b".repeat(40)).unwrap());
        let (one, two) = (house(1), house(2));
        assert_eq!(fingerprint(&one, &host, &ikey, &skey), fingerprint(&one, &host, &ikey, &skey));
        assert_ne!(fingerprint(&one, &host, &ikey, &skey), fingerprint(&one, &host, &ikey, &other));
        assert_ne!(fingerprint(&one, &host, &ikey, &skey), fingerprint(&two, &host, &ikey, &skey));
        assert_eq!(fingerprint(&one, &host, &ikey, &skey).len(), 12);
    }
}
