//! Why a call is not made at all.

use crate::catalog::{Api, EndpointId, Kind};

/// A call that does not fit its endpoint or its credential. Nothing was sent. No value is ever repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The endpoint has no parameter of this name.
    #[error("{endpoint} has no parameter {name:?}")]
    UnknownParameter {
        /// The endpoint.
        endpoint: EndpointId,
        /// The name.
        name: String,
    },
    /// A parameter that Duo demands is missing.
    #[error("{endpoint} needs the parameter {name}")]
    MissingParameter {
        /// The endpoint.
        endpoint: EndpointId,
        /// The name.
        name: String,
    },
    /// A parameter holds a value of another kind.
    #[error("the parameter {name} of {endpoint} takes {}", kind_words(*.kind))]
    WrongKind {
        /// The endpoint.
        endpoint: EndpointId,
        /// The name.
        name: String,
        /// What it takes.
        kind: Kind,
    },
    /// A value that would change the path: empty, `.` or `..`.
    #[error("the parameter {name} of {endpoint} cannot stand in a path")]
    PathValue {
        /// The endpoint.
        endpoint: EndpointId,
        /// The name.
        name: String,
    },
    /// The parameters name another account than the one that is called.
    #[error("account_id names another account than the one that is called")]
    OtherAccount,
    /// The keys are those of another kind of application.
    #[error("{endpoint} is signed with {} keys, not with {} keys", .wants.title(), .got.title())]
    WrongApi {
        /// The endpoint.
        endpoint: EndpointId,
        /// Which keys it takes.
        wants: Api,
        /// Which keys were opened.
        got: Api,
    },
    /// The endpoint works inside a child account and none was named.
    #[error("{endpoint} needs a child account")]
    NeedsChild {
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// A child account was named for an endpoint that has none.
    #[error("{endpoint} takes no child account")]
    TakesNoChild {
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// The endpoint does not page, or not in this way.
    #[error("this is not a cursor of {endpoint}")]
    Cursor {
        /// The endpoint.
        endpoint: EndpointId,
    },
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Enum => "text",
        Kind::Integer => "a whole number",
        Kind::Boolean => "true or false",
        Kind::Array => "a list",
        Kind::Object => "an object",
        Kind::JsonString => "a JSON value",
    }
}
