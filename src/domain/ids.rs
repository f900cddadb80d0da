//! Identifiers: each a type of its own, with its own prefix in text.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::random::{NoRandomness, Random};

/// A text that is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {0}: it starts with `{1}` and goes on with 22 letters and digits")]
pub struct NotAnId(&'static str, &'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// How the identifier begins.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh identifier, drawn from `random`.
            pub fn new(random: &Random) -> Result<Self, NoRandomness> {
                Ok(Self(format!("{}{}", $prefix, random.base62::<22>()?)))
            }

            /// The identifier that this text is.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                match text.strip_prefix($prefix) {
                    Some(rest) if rest.len() == 22 && rest.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                        Ok(Self(text.to_owned()))
                    }
                    _ => Err(NotAnId($what, $prefix)),
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
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
                id.0
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
        Self(format!("{}{}", Self::PREFIX, &operation.as_str()[OperationId::PREFIX.len()..]))
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
    }
}
