//! Identifiers: each a type of its own, with its own prefix in text.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::random::{NoRandomness, Random};

/// A text that is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {0}: it starts with `{1}` and goes on with 22 letters and digits")]
pub struct NotAnId(&'static str, &'static str);

/// How many letters and digits are drawn for an identifier.
const DRAWN: usize = 22;

/// An identifier is held in place and not on the heap: every request, row and cache copies many of them.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name([u8; $prefix.len() + DRAWN]);

        impl $name {
            /// How the identifier begins.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh identifier, drawn from `random`.
            pub fn new(random: &Random) -> Result<Self, NoRandomness> {
                Ok(Self::drawn(&random.letters::<DRAWN>()?))
            }

            /// The identifier that this text is.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                match text.strip_prefix($prefix).map(|rest| <&[u8; DRAWN]>::try_from(rest.as_bytes())) {
                    Some(Ok(rest)) if rest.iter().all(u8::is_ascii_alphanumeric) => Ok(Self::drawn(rest)),
                    _ => Err(NotAnId($what, $prefix)),
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                // It was made of ASCII.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }

            fn drawn(drawn: &[u8; DRAWN]) -> Self {
                let mut whole = [0; $prefix.len() + DRAWN];
                whole[..$prefix.len()].copy_from_slice($prefix.as_bytes());
                whole[$prefix.len()..].copy_from_slice(drawn);
                Self(whole)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                Self::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }
    };
}

id!(
    /// A tenant: one subscriber of the gateway.
    TenantId, "tn_", "a tenant id"
);
id!(
    /// A connection: one Duo account of a tenant.
    ConnectionId, "cn_", "a connection id"
);
id!(
    /// A stored Duo credential.
    CredentialId, "cr_", "a credential id"
);
id!(
    /// An API key, as it is spoken of (never the key itself).
    KeyId, "key_", "a key id"
);
id!(
    /// A member of a tenant: a person, or a service.
    MemberId, "mem_", "a member id"
);
id!(
    /// What a member granted to an OAuth client.
    GrantId, "grt_", "a grant id"
);
id!(
    /// An invite, as it is spoken of (never the invite itself).
    InviteId, "inv_", "an invite id"
);
id!(
    /// A passkey of a member.
    PasskeyId, "psk_", "a passkey id"
);
id!(
    /// An operator key, as it is spoken of.
    OperatorId, "opr_", "an operator id"
);
id!(
    /// A change: one operation.
    OperationId, "op_", "an operation id"
);
id!(
    /// A push, text message or call that was sent to a person.
    PushId, "psh_", "a push id"
);
id!(
    /// One request to the gateway.
    RequestId, "req_", "a request id"
);
id!(
    /// A running gateway process, for leases.
    ReplicaId, "rep_", "a replica id"
);
id!(
    /// A row of the audit log.
    EventId, "ev_", "an event id"
);

impl EventId {
    /// The identifier of the one row that the house writes about an operation when no randomness is to be had.
    pub fn from_operation(operation: &OperationId) -> Self {
        let mut drawn = [0; DRAWN];
        drawn.copy_from_slice(&operation.0[OperationId::PREFIX.len()..]);
        Self::drawn(&drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_no_other_kind_does() {
        let random = Random::seeded(7);
        let id = TenantId::new(&random).unwrap();
        assert_eq!(TenantId::parse(id.as_str()), Ok(id.clone()));
        assert!(ConnectionId::parse(id.as_str()).is_err());
        assert!(TenantId::parse("tn_short").is_err());
        assert!(TenantId::parse("tn_aaaaaaaaaaaaaaaaaaaaa'").is_err());
        assert!(TenantId::parse("tn_aaaaaaaaaaaaaaaaaaaaé").is_err());
        assert_eq!(format!("{id:?} {id}"), format!("TenantId(\"{0}\") {0}", id.as_str()));
        let operation = OperationId::new(&random).unwrap();
        assert_eq!(EventId::from_operation(&operation).as_str()[3..], operation.as_str()[3..]);
    }
}
