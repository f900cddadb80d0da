//! Members, owner keys and invites as answers show them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::actor::Actor;
use crate::domain::clock::Timestamp;
use crate::domain::invite::Invite;
use crate::domain::member::{Member, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::domain::standing::StandingApproval;
use crate::store::OwnerKeyRow;

/// A member of a tenant.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MemberView {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A person or a service.
    pub kind: MemberKind,
    /// Its username in Duo, where it is not what the connection's format makes of the name. Empty for a member that came
    /// in by an invite, until an operator or an owner sets or clears it: nobody else has said who that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duo_username: Option<String>,
    /// Its role.
    pub role: Role,
    /// What its keys and grants may be used for at most: the role's scopes, and of those the member's own.
    pub scopes: Scopes,
    /// What was approved in advance, for all its keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<StandingApproval>,
    /// Whether it says yes or no to what waits; owners always may.
    pub approves: bool,
    /// When it was made.
    pub created_at: String,
    /// When it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<String>,
}

impl From<&Member> for MemberView {
    fn from(member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name.clone(),
            kind: member.kind,
            duo_username: member.duo_username.clone(),
            role: member.role,
            scopes: member.ceiling(),
            standing: member.standing.clone(),
            approves: member.may_approve(),
            created_at: member.created_at.to_string(),
            removed_at: member.removed_at.map(|at| at.to_string()),
        }
    }
}

/// An owner key: everything but the key.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OwnerKeyView {
    /// Whom it signs in.
    pub member: String,
    /// The end of the key.
    pub last4: String,
    /// When it was made.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: String,
}

impl From<&OwnerKeyRow> for OwnerKeyView {
    fn from(key: &OwnerKeyRow) -> Self {
        Self {
            member: key.member.to_string(),
            last4: key.last4.clone(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
        }
    }
}

/// An owner key that was just made. This is the only answer that ever holds one.
#[derive(Clone, Serialize, JsonSchema)]
pub struct NewOwnerKeyView {
    /// The key itself, shown this once.
    pub owner_key: String,
    /// Everything else about it.
    #[serde(flatten)]
    pub about: OwnerKeyView,
}

/// An invite: everything but the invite.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InviteView {
    /// Its identifier.
    pub id: String,
    /// The tenant that it leads into; left out: whoever has it may make a tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What the new member will be.
    pub role: Role,
    /// What the new member will have at most within the role.
    pub scopes: Scopes,
    /// The end of the invite.
    pub last4: String,
    /// Whether it still works, or what ended it.
    pub state: InviteState,
    /// Who made it.
    pub made_by: Actor,
    /// When it was made.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: String,
    /// The member that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

/// Whether an invite still works, or what ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InviteState {
    /// It works.
    Open,
    /// It made its member.
    Used,
    /// It was taken back.
    Revoked,
    /// Nobody used it in time.
    Expired,
}

impl InviteState {
    /// The state as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl InviteView {
    /// An invite as it stands at `now`.
    pub fn new(invite: &Invite, now: Timestamp) -> Self {
        let state = match (invite.used_at, invite.revoked_at) {
            (Some(_), _) => InviteState::Used,
            (None, Some(_)) => InviteState::Revoked,
            (None, None) if now < invite.expires_at => InviteState::Open,
            (None, None) => InviteState::Expired,
        };
        Self {
            id: invite.id.to_string(),
            tenant: invite.tenant.as_ref().map(ToString::to_string),
            role: invite.role,
            scopes: invite.role.ceiling().and(invite.scopes),
            last4: invite.last4.clone(),
            state,
            made_by: invite.made_by.clone(),
            created_at: invite.created_at.to_string(),
            expires_at: invite.expires_at.to_string(),
            used_by: invite.used_by.as_ref().map(ToString::to_string),
        }
    }
}

/// An invite that was just made. This is the only answer that ever holds one.
#[derive(Clone, Serialize, JsonSchema)]
pub struct NewInviteView {
    /// The invite itself, shown this once.
    pub invite: String,
    /// Everything else about it.
    #[serde(flatten)]
    pub about: InviteView,
}
