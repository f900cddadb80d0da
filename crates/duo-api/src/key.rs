//! Integration keys, secret keys and account ids, checked when they are made.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The public half of an application's credential: twenty characters, `DI` first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntegrationKey(String);

/// The secret half. It cannot be copied, printed or serialised, and is wiped when dropped.
pub struct SecretKey(Zeroizing<String>);

/// The id of an account: twenty characters, `DA` first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// Why a pair of texts is not a credential. It never holds what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyPairError {
    /// The two were pasted into each other's place.
    #[error("the integration key and the secret key are swapped")]
    Swapped,
    /// The integration key has another shape.
    #[error("an integration key has 20 characters, starts with DI and holds only capital letters and digits")]
    IntegrationKey,
    /// A secret key was given as the integration key.
    #[error("this looks like a secret key where the integration key belongs")]
    IntegrationKeyIsSecret,
    /// The secret key has another shape.
    #[error("a secret key holds only letters and digits, normally 40 of them")]
    SecretKey,
    /// An integration key was given as the secret key.
    #[error("this looks like an integration key where the secret key belongs")]
    SecretKeyIsIntegrationKey,
}

/// A text that is not an account id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account id has 20 characters, starts with DA and holds only capital letters and digits")]
pub struct AccountIdError;

/// Checks a pair as an operator pastes it, and names the mistake of swapping the two.
pub fn parse_pair(ikey: &str, skey: &str) -> Result<(IntegrationKey, SecretKey), KeyPairError> {
    let (first, second) = (ikey.trim(), skey.trim());
    if is_integration_key(second) && !is_integration_key(first) && is_secret_key(first) {
        return Err(KeyPairError::Swapped);
    }
    Ok((IntegrationKey::parse(first)?, SecretKey::parse(second)?))
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.len() == 20
        && text.starts_with(prefix)
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_integration_key(text: &str) -> bool {
    is_id(text, "DI")
}

/// Forty is usual; whether Duo makes others is not known, so a little more or less is taken.
fn is_secret_key(text: &str) -> bool {
    (20..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl IntegrationKey {
    /// Trims surrounding white space and checks.
    pub fn parse(text: &str) -> Result<Self, KeyPairError> {
        let text = text.trim();
        if is_integration_key(text) {
            Ok(Self(text.to_owned()))
        } else if text.len() == 40 && is_secret_key(text) {
            Err(KeyPairError::IntegrationKeyIsSecret)
        } else {
            Err(KeyPairError::IntegrationKey)
        }
    }

    /// The whole key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters, which is what a person is shown.
    pub fn last4(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default()
    }
}

impl fmt::Debug for IntegrationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IntegrationKey(..{})", self.last4())
    }
}

impl SecretKey {
    /// Trims surrounding white space and checks.
    pub fn parse(text: &str) -> Result<Self, KeyPairError> {
        let text = text.trim();
        if is_integration_key(text) {
            Err(KeyPairError::SecretKeyIsIntegrationKey)
        } else if is_secret_key(text) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(KeyPairError::SecretKey)
        }
    }

    /// Whether it has another length than every secret key seen so far: worth a warning, not a refusal.
    pub fn is_unusual(&self) -> bool {
        self.0.len() != 40
    }

    /// For the signer: the characters themselves are the HMAC key, they are never decoded.
    pub(crate) fn signing_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// For the envelope that encrypts it, and for nothing else.
    pub fn expose_for_sealing(&self) -> &str {
        &self.0
    }
}

impl AccountId {
    /// Trims surrounding white space and checks.
    pub fn parse(text: &str) -> Result<Self, AccountIdError> {
        let text = text.trim();
        if is_id(text, "DA") { Ok(Self(text.to_owned())) } else { Err(AccountIdError) }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AccountId {
    type Error = AccountIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IKEY: &str = "DIFAKE0000000000TEST";
    const SKEY: &str = "fakeSKEYfakeSKEYfakeSKEYfakeSKEYfake0001";

    fn error(ikey: &str, skey: &str) -> KeyPairError {
        parse_pair(ikey, skey).map(|_| ()).unwrap_err()
    }

    #[test]
    fn takes_a_pair_with_white_space_around_it() {
        let (ikey, skey) = parse_pair(&format!(" {IKEY}\n"), &format!("\t{SKEY} ")).unwrap();
        assert_eq!(ikey.as_str(), IKEY);
        assert_eq!(ikey.last4(), "TEST");
        assert_eq!(format!("{ikey:?}"), "IntegrationKey(..TEST)");
        assert_eq!(skey.expose_for_sealing(), SKEY);
        assert!(!skey.is_unusual());
    }

    #[test]
    fn names_the_swap() {
        assert_eq!(error(SKEY, IKEY), KeyPairError::Swapped);
        assert_eq!(error(IKEY, IKEY), KeyPairError::SecretKeyIsIntegrationKey);
        assert_eq!(error(SKEY, SKEY), KeyPairError::IntegrationKeyIsSecret);
    }

    #[test]
    fn refuses_other_shapes_without_repeating_them() {
        assert_eq!(error("DIfake0000000000TEST", SKEY), KeyPairError::IntegrationKey);
        assert_eq!(error("DAFAKE0000000000TEST", SKEY), KeyPairError::IntegrationKey);
        assert_eq!(error("", SKEY), KeyPairError::IntegrationKey);
        for skey in ["", "short", "fakeSKEYfakeSKEY-fakeSKEYfakeSKEYfake000", &"a".repeat(65)] {
            let error = error(IKEY, skey);
            assert_eq!(error, KeyPairError::SecretKey);
            assert!(skey.is_empty() || !error.to_string().contains(skey));
        }
    }

    #[test]
    fn warns_of_an_unusual_length() {
        assert!(SecretKey::parse(&"a1".repeat(16)).unwrap().is_unusual());
    }

    #[test]
    fn account_ids_start_with_da() {
        assert_eq!(AccountId::parse(" DA0000000000000000C1 ").unwrap().as_str(), "DA0000000000000000C1");
        assert_eq!(AccountId::parse(IKEY), Err(AccountIdError));
        assert!(serde_json::from_str::<AccountId>("\"DA/../x\"").is_err());
    }
}
