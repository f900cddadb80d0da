//! Why a provider proves nobody.

use crate::domain::random::NoRandomness;

/// Why nobody is signed in by the provider. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// It cannot be reached, or is in trouble, or too slow.
    #[error("the identity provider cannot be reached now")]
    Away,
    /// What it says of itself, or answers, is not what an OpenID provider says. An operator has to look.
    #[error("the identity provider does not do: {0}")]
    Unusable(&'static str),
    /// It did not let the person in, or the person did not want to come in.
    #[error("the identity provider let nobody in")]
    Declined,
    /// What came back through the browser is not what the provider gave for this sign-in.
    #[error("the sign-in is not taken: {0}")]
    Untrusted(&'static str),
    /// There are no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}
