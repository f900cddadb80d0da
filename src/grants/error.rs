//! Why a client, a code or a refresh token is refused.

use crate::domain::random::NoRandomness;
use crate::store::StoreError;

/// Why a client is not known here.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No client has this id, or none any more.
    #[error("this client is not known")]
    Unknown,
    /// The settings do not admit clients of this kind.
    #[error("this gateway does not take clients of this kind")]
    NotTaken,
    /// The id is no address of a document that may be fetched.
    #[error("the client id is no address of a client's document: {0}")]
    BadAddress(&'static str),
    /// The document says something that does not do.
    #[error("the client's document does not do: {0}")]
    BadDocument(&'static str),
    /// The document cannot be had now.
    #[error("the client's document cannot be fetched now")]
    Unreachable,
    /// What was to be registered does not do.
    #[error("{0}")]
    BadMetadata(&'static str),
    /// None of its addresses will do, or one of them means ill.
    #[error("{0}")]
    BadRedirects(&'static str),
    /// Too many different clients were registered from this address, or at all.
    #[error("too many new clients are registered at present")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no random bytes for an id.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The client is not known: it has to register again.
    #[error("this client is not known")]
    UnknownClient,
    /// The code or token is unknown, over, used before, or another client's.
    #[error("{0}")]
    InvalidGrant(&'static str),
    /// More is asked for than was granted.
    #[error("the scope is wider than what was granted")]
    InvalidScope,
    /// It is asked for another resource.
    #[error("the resource is not this gateway's")]
    InvalidTarget,
    /// Too many requests are under way.
    #[error("too many requests are under way")]
    TooMany,
    /// The request was answered before, or is over, or belongs to another browser.
    #[error("this request is over")]
    Over,
    /// Nothing was ticked, or nothing of it is in the member's reach.
    #[error("nothing was granted")]
    Nothing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}
