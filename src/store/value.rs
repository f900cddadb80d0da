//! What is bound to a statement, each value with its type even when null.

use crate::domain::clock::Timestamp;
use crate::domain::ids::{
    ConnectionId, CredentialId, EventId, GrantId, InviteId, KeyId, MemberId, OperationId, OperatorId, PasskeyId,
    PushId, ReplicaId, RequestId, TenantId,
};

use super::error::StoreError;

/// A value of a statement. `None` is a null of that type: PostgreSQL wants to know.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Flag(bool),
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        // PostgreSQL refuses NUL in a text and SQLite does not, so neither is given one.
        Self::Text(text.map(|text| if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Some(text).into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Some(text).into()
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        match text {
            Some(text) if text.contains('\0') => Some(text.as_str()).into(),
            own => Self::Text(own),
        }
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        Self::Int(Some(moment.0))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(moment: Option<Timestamp>) -> Self {
        Self::Int(moment.map(|moment| moment.0))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

macro_rules! from_ids {
    ($($id:ident),*) => {$(
        impl From<&$id> for Value {
            fn from(id: &$id) -> Self {
                id.as_str().into()
            }
        }

        impl From<Option<&$id>> for Value {
            fn from(id: Option<&$id>) -> Self {
                id.map($id::as_str).into()
            }
        }
    )*};
}

from_ids!(
    ConnectionId,
    CredentialId,
    EventId,
    GrantId,
    InviteId,
    KeyId,
    MemberId,
    OperationId,
    OperatorId,
    PasskeyId,
    PushId,
    ReplicaId,
    RequestId,
    TenantId
);

/// The values of a statement, in the order of `$1…$n`.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::value::Value::from($value)),*]
    };
}
pub(crate) use values;

/// A value kept as JSON.
pub(crate) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(sqlx::Error::Encode(Box::new(error))))
}

/// The hash of a token as it is kept: 64 hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_replaced_and_a_null_keeps_its_type() {
        assert!(matches!(Value::from("a\0b"), Value::Text(Some(text)) if text == "a\u{fffd}b"));
        assert!(matches!(Value::from(None::<&str>), Value::Text(None)));
        assert!(matches!(Value::from(None::<Timestamp>), Value::Int(None)));
    }

    #[test]
    fn a_hash_is_64_digits() {
        let mut hash = [0; 32];
        hash[0] = 0x0f;
        hash[31] = 0xa0;
        assert_eq!(hex(&hash), format!("0f{}a0", "00".repeat(30)));
    }
}
