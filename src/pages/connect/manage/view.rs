//! What the manage page shows, made ready so that the template decides nothing.

use super::super::super::view::moment;
use crate::domain::actor::ApiKey;
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::connection::{Api, CredentialStatus, SealedCredential};
use crate::domain::grant::Grant;
use crate::domain::invite::Invite;
use crate::domain::member::{Member, MemberKind};
use crate::domain::passkey::Passkey;
use crate::domain::text::visible;
use crate::tenants::ConnectionContext;

/// A Duo account and how its keys stand.
pub(super) struct ConnectionView {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) host: String,
    pub(super) credentials: Vec<CredentialView>,
}

/// The keys of one application.
pub(super) struct CredentialView {
    pub(super) title: &'static str,
    pub(super) last4: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) since: String,
    pub(super) grants: String,
}

impl ConnectionView {
    pub(super) fn new(context: &ConnectionContext) -> Self {
        let connection = &context.connection;
        let of = |api: Api| context.credentials.iter().find(|credential| credential.api == api);
        Self {
            name: connection.name.to_string(),
            label: connection.label.as_deref().map(visible).unwrap_or_default(),
            host: connection.host.as_str().to_owned(),
            credentials: Api::ALL.into_iter().filter_map(of).map(|found| CredentialView::new(found)).collect(),
        }
    }
}

impl CredentialView {
    fn new(credential: &SealedCredential) -> Self {
        let (state, tone) = match credential.status {
            CredentialStatus::Verified => ("works", "good"),
            CredentialStatus::Unverified => ("not checked yet", "warn"),
            CredentialStatus::Rejected => ("refused by Duo", "bad"),
        };
        Self {
            title: credential.api.title(),
            last4: credential.ikey_last4.clone(),
            state,
            tone,
            since: credential.verified_at.map(moment).unwrap_or_default(),
            grants: credential.grants.join(", "),
        }
    }
}

/// A passkey.
pub(super) struct PasskeyView {
    pub(super) id: String,
    pub(super) name: String,
    holder: String,
    pub(super) member: String,
    pub(super) made: String,
    pub(super) used: String,
}

impl PasskeyView {
    /// A passkey as its holder sees it.
    pub(super) fn new(passkey: &Passkey, holder: &Member) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: visible(&passkey.name),
            holder: passkey.member.to_string(),
            member: visible(&holder.name),
            made: moment(passkey.created_at),
            used: passkey.last_used_at.map(moment).unwrap_or_default(),
        }
    }

    /// Says whose it is, where it may be anybody's.
    pub(super) fn is_of(&mut self, members: &[Member]) {
        let holder = members.iter().find(|member| member.id.as_str() == self.holder);
        self.member = holder.map(|holder| visible(&holder.name)).unwrap_or_default();
    }
}

/// A member.
pub(super) struct MemberView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: &'static str,
    /// Its own username in Duo; `None` as long as nobody but the member has said who that is.
    pub(super) duo_username: Option<String>,
    pub(super) since: String,
    pub(super) is_self: bool,
    pub(super) is_person: bool,
    /// By what it says yes or no to what waits; empty for who does not.
    pub(super) approves_as: &'static str,
}

impl MemberView {
    pub(super) fn new(member: &Member, is_self: bool) -> Self {
        Self {
            id: member.id.to_string(),
            name: visible(&member.name),
            role: member.role.as_str(),
            duo_username: member.is_vouched_for().then(|| visible(member.duo_username.as_deref().unwrap_or_default())),
            since: moment(member.created_at),
            is_self,
            is_person: member.kind == MemberKind::Person,
            approves_as: match (member.manages(), member.may_approve()) {
                (true, _) => "owner",
                (false, true) => "approver",
                (false, false) => "",
            },
        }
    }
}

/// An invite that is still open.
pub(super) struct InviteView {
    pub(super) id: String,
    pub(super) role: &'static str,
    pub(super) last4: String,
    pub(super) until: String,
}

impl InviteView {
    pub(super) fn new(invite: &Invite) -> Self {
        let (id, role, last4) = (invite.id.to_string(), invite.role.as_str(), invite.last4.clone());
        Self { id, role, last4, until: moment(invite.expires_at) }
    }
}

/// A client that a member let in.
pub(super) struct GrantView {
    pub(super) id: String,
    pub(super) client: String,
    pub(super) leads_to: String,
    pub(super) member: String,
    pub(super) scopes: String,
    pub(super) used: String,
    pub(super) until: String,
}

impl GrantView {
    pub(super) fn new(grant: &Grant, member: &str) -> Self {
        Self {
            id: grant.id.to_string(),
            client: visible(&grant.client_name),
            leads_to: visible(&grant.redirect_origin),
            member: visible(member),
            scopes: grant.scopes.to_string(),
            used: grant.last_used_at.map(moment).unwrap_or_default(),
            until: moment(grant.expires_at),
        }
    }
}

/// An API key, without the key.
pub(super) struct KeyView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) last4: String,
    pub(super) member: String,
    pub(super) scopes: String,
    pub(super) used: String,
    pub(super) until: String,
}

impl KeyView {
    pub(super) fn new(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: visible(&key.name),
            last4: key.last4.clone(),
            member: visible(&key.person),
            scopes: key.scopes.to_string(),
            used: key.last_used_at.map(moment).unwrap_or_default(),
            until: moment(key.expires_at),
        }
    }
}

/// A row of the audit log.
pub(super) struct AuditView {
    pub(super) at: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) account: String,
    pub(super) outcome: &'static str,
    pub(super) tone: &'static str,
}

impl AuditView {
    pub(super) fn new(event: &AuditEvent) -> Self {
        let tone = match event.outcome {
            AuditOutcome::Ok => "good",
            AuditOutcome::Denied | AuditOutcome::Failed => "bad",
            AuditOutcome::Intent | AuditOutcome::Held | AuditOutcome::Unknown => "warn",
        };
        Self {
            at: moment(event.at),
            who: visible(event.actor.person()),
            what: visible(&event.action),
            account: event.account.as_deref().map(visible).unwrap_or_default(),
            outcome: event.outcome.as_str(),
            tone,
        }
    }
}
