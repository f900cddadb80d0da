//! A client's request for leave to act, on its way through a browser.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::{GrantId, MemberId, TenantId};
use super::redirect::RedirectUri;
use super::scope::Scopes;

/// What a client asks for, validated: from here on a refusal may be sent to its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks, by its id in OAuth.
    pub client: String,
    /// What the client calls itself.
    pub client_name: String,
    /// Where the browser is sent back to.
    pub redirect: RedirectUri,
    /// What the client's verifier will have to hash to (PKCE, S256).
    pub challenge: String,
    /// What its tokens are to be for, canonical.
    pub resource: String,
    /// What it asks for; empty when it leaves that to the person.
    pub scopes: Scopes,
    /// Whether it is given a refresh token.
    pub refreshes: bool,
    /// What it wants back unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// A request under way in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// What is asked.
    pub request: AuthorizationRequest,
    /// How it was answered, if it was.
    pub decided: Option<Decided>,
    /// When it ends unanswered.
    pub expires_at: Timestamp,
}

/// How a person answered, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Yes or no.
    pub yes: bool,
    /// When.
    pub at: Timestamp,
}

/// What a code stands for; all of it is fixed at consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Whose accounts.
    pub tenant: TenantId,
    /// Who consented.
    pub member: MemberId,
    /// The request that was consented to, with the scopes that were given.
    pub request: AuthorizationRequest,
    /// When the grant ends, however often it is refreshed.
    pub ends_at: Timestamp,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// The grant that it was redeemed for, if it was.
    pub redeemed: Option<GrantId>,
}
