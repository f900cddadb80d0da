//! Invites: each makes one member of a tenant, or one tenant, once.

use super::actor::Actor;
use super::clock::Timestamp;
use super::ids::{InviteId, MemberId, TenantId};
use super::member::Role;
use super::scope::Scopes;

/// An invite as the house knows it: everything but the invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Its identifier.
    pub id: InviteId,
    /// The tenant that it leads into; `None`: whoever has it may make a tenant, and becomes its owner.
    pub tenant: Option<TenantId>,
    /// What the new member will be.
    pub role: Role,
    /// What the new member may grant to a client or a key of its own at most.
    pub scopes: Scopes,
    /// The end of the invite, for people.
    pub last4: String,
    /// Who made it.
    pub made_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// The member that it made.
    pub used_by: Option<MemberId>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Invite {
    /// Whether it still makes somebody a member.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}
