//! Grants: what a member lets an OAuth client do.

use super::clock::Timestamp;
use super::ids::{GrantId, MemberId, TenantId};
use super::scope::Scopes;

/// A member's leave for a client to act, from consent to its end. Its tokens come and go; it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its identifier.
    pub id: GrantId,
    /// Whose accounts it may reach.
    pub tenant: TenantId,
    /// Who gave it.
    pub member: MemberId,
    /// The client, as it names itself in OAuth.
    pub client: String,
    /// What people call the client.
    pub client_name: String,
    /// Where its browser was sent back to: scheme, host and port.
    pub redirect_origin: String,
    /// What was consented to.
    pub scopes: Scopes,
    /// What its tokens are for, canonical.
    pub resource: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it ends, however often it is refreshed.
    pub expires_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// Why, in one word.
    pub revoked_why: Option<String>,
}
