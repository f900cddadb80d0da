//! OAuth clients: programs that ask members for leave to act.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::redirect::RedirectUri;

/// The longest name of a client.
pub const LONGEST_NAME: usize = 100;
/// The most addresses that a client may have.
pub const MOST_REDIRECTS: usize = 10;

/// How a client came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSource {
    /// Its id is the address of a document that describes it.
    Document,
    /// It registered itself.
    Registered,
}

impl ClientSource {
    /// The source as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Registered => "registered",
        }
    }

    /// The source that this text names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Document, Self::Registered].into_iter().find(|source| source.as_str() == text)
    }
}

/// What a client says of itself, as far as it counts here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What it calls itself; proves nothing.
    pub name: String,
    /// Where browsers may be sent back to.
    pub redirects: Vec<RedirectUri>,
    /// Whether it asks for refresh tokens.
    pub refreshes: bool,
}

impl ClientMetadata {
    /// Whether a browser may be sent to this address.
    pub fn admits(&self, asked: &RedirectUri) -> bool {
        self.redirects.iter().any(|own| own.admits(asked))
    }
}

/// A client as the house knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClient {
    /// Its id in OAuth: an address, or a name that was given to it.
    pub id: String,
    /// How it came to be known.
    pub source: ClientSource,
    /// What it says of itself.
    pub metadata: ClientMetadata,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// Until when its document need not be fetched again; for one that registered, always.
    pub fresh_until: Timestamp,
    /// When somebody last consented to it.
    pub last_used_at: Option<Timestamp>,
}
