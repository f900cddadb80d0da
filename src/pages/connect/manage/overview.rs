//! The manage page: all of it for an owner, one's own part for another member.

use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::super::super::view::OperationView;
use super::super::error::ConnectError;
use super::super::state::ConnectState;
use super::super::typed::Typed;
use super::super::view::{PresetView, meaning, title};
use super::super::visitor::Visitor;
use super::page::{ManagePage, RulesView};
use super::view::{AuditView, ConnectionView, GrantView, InviteView, KeyView, MemberView, PasskeyView};
use crate::domain::member::{Member, Role};
use crate::domain::operation::OperationState;
use crate::domain::preset::Preset;
use crate::domain::text::visible;
use crate::store::ListOperations;

/// Rows of the audit log on the page.
const AUDIT: i64 = 15;
/// Waiting operations on the page.
const WAITING: i64 = 50;

/// What was just done.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<String>,
}

impl After {
    fn notice(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "checked" => "Duo was asked: what it said stands below.",
            "disconnected" => "Disconnected. It stops working within two seconds.",
            "revoked" => "The key was taken back. It stops working within two seconds.",
            "removed" => "The member was removed, with all that it had granted.",
            "passkey" => "The passkey is kept. It signs you in from now on.",
            "passkey_removed" => "The passkey was removed; it signs nobody in any more.",
            "invite_revoked" => "The invite was taken back.",
            "changed" => "Changed. It holds within two seconds.",
            "kept" => "Duo took the keys, and they are sealed and kept.",
            _ => return None,
        })
    }
}

/// The page.
pub(super) async fn show(
    State(state): State<ConnectState>,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Result<Response, ConnectError> {
    let visitor = Visitor::of(&state, &headers).await?;
    page(&state, &visitor, StatusCode::OK, after.notice(), Typed::default()).await
}

/// The page, with what is to be said on it.
pub(super) async fn page(
    state: &ConnectState,
    visitor: &Visitor,
    status: StatusCode,
    notice: Option<&'static str>,
    typed: Typed,
) -> Result<Response, ConnectError> {
    let member = visitor.signed_in()?;
    let context = state.registry.context(&member.tenant).await?;
    let (now, is_owner) = (state.clock.now(), member.manages());
    let grants = state.acts.grants(&member.tenant).await?;
    let grants = grants.iter().filter(|(grant, _)| grant.revoked_at.is_none() && now < grant.expires_at);
    let grants = grants.filter(|(grant, _)| is_owner || grant.member == member.id);
    let passkeys = state.acts.passkeys(&member.tenant, (!is_owner).then_some(&member.id)).await?;
    let mut page = ManagePage {
        csrf: visitor.csrf(state),
        member: visible(&member.name),
        role: member.role.as_str(),
        tenant: visible(&context.tenant.name),
        is_owner,
        is_fresh: visitor.is_fresh(state),
        notice,
        typed,
        connections: context.connections.iter().map(|connection| ConnectionView::new(connection)).collect(),
        grants: grants.map(|(grant, name)| GrantView::new(grant, name)).collect(),
        is_approver: member.may_approve(),
        passkeys: passkeys.iter().map(|passkey| PasskeyView::new(passkey, member)).collect(),
        without_passkeys: (!state.acts.has_passkeys()).then(|| state.origin.to_string()),
        roles: Role::ALL.map(Role::as_str).to_vec(),
        ..ManagePage::default()
    };
    if page.is_approver {
        page.waiting = waiting(state, member, &page.tenant).await?;
    }
    if is_owner {
        let (chosen, form) = (context.tenant.preset, page.typed.form("rules"));
        let view = |preset: Preset| PresetView {
            word: preset.as_str(),
            title: title(preset),
            meaning: meaning(preset),
            is_chosen: form.chose("preset", preset.as_str(), preset == chosen),
        };
        let presets = Preset::ALL.map(view).into();
        let require_push = form.chose("require_push", "yes", context.tenant.require_push);
        page.rules = RulesView { presets, require_push };
        fill(state, member, &mut page).await?;
    }
    Ok(visitor.answer(state, status, &page))
}

/// What waits for a yes.
async fn waiting(state: &ConnectState, approver: &Member, tenant: &str) -> Result<Vec<OperationView>, ConnectError> {
    let now = state.clock.now();
    let wanted = ListOperations { state: Some(OperationState::Waiting), limit: WAITING, ..ListOperations::default() };
    let found = state.store.operations.list(&approver.tenant, wanted).await?;
    let open = found.iter().filter(|operation| now < operation.expires_at);
    Ok(open.map(|operation| OperationView::new(operation, tenant.to_owned(), now)).collect())
}

/// What owners see besides.
async fn fill(state: &ConnectState, owner: &Member, page: &mut ManagePage) -> Result<(), ConnectError> {
    let (now, tenant) = (state.clock.now(), &owner.tenant);
    let members = state.acts.members(tenant).await?;
    for passkey in &mut page.passkeys {
        passkey.is_of(&members);
    }
    page.members = members
        .iter()
        .filter(|member| member.removed_at.is_none())
        .map(|member| MemberView::new(member, member.id == owner.id))
        .collect();
    let invites = state.acts.invites(Some(tenant)).await?;
    page.invites = invites.iter().filter(|invite| invite.is_open(now)).map(InviteView::new).collect();
    let keys = state.acts.keys(tenant).await?;
    page.keys = keys.iter().filter(|key| key.revoked_at.is_none() && now < key.expires_at).map(KeyView::new).collect();
    page.audit = state.store.audit.list(Some(tenant), None, AUDIT).await?.iter().map(AuditView::new).collect();
    Ok(())
}
