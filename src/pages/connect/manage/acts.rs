//! One form each: check a connection, take something back, invite, recover, delete.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;
use zeroize::Zeroizing;

use super::super::arrive;
use super::super::error::ConnectError;
use super::super::mistakes::Said;
use super::super::once::{Envelope, Once, What};
use super::super::push::{CONFIRM, is_owed};
use super::super::state::ConnectState;
use super::super::typed::Form;
use super::super::visitor::{Visitor, actor};
use super::forms;
use crate::domain::connection::Api;
use crate::domain::ids::{GrantId, InviteId, KeyId, MemberId, PasskeyId};
use crate::domain::member::Role;
use crate::domain::preset::Preset;
use crate::domain::scope::Scopes;
use crate::domain::text::visible;
use crate::tenants::{MemberEdit, TenantError};
use crate::tokens::Token;
use crate::web::form::Fields;

const HOME: &str = "/connect/manage";

/// A form of a member's, which came from our page.
struct Sent {
    form: &'static Form,
    visitor: Visitor,
    fields: Fields,
}

impl Sent {
    async fn of(
        state: &ConnectState,
        form: &'static Form,
        (headers, body): (&HeaderMap, &[u8]),
    ) -> Result<Self, ConnectError> {
        let (visitor, fields) = (Visitor::of(state, headers).await?, Fields::parse(body));
        visitor.signed_in()?;
        visitor.check(state, &fields)?;
        Ok(Self { form, visitor, fields })
    }

    fn field(&self, name: &str) -> &str {
        self.fields.text(name)
    }

    fn id<T, E>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, ConnectError> {
        parse(self.field(name)).map_err(|_| ConnectError::NotFound)
    }
}

/// The page again, with what was done; or with what stood in the way.
async fn told(
    state: &ConnectState,
    sent: &Sent,
    outcome: Result<(), TenantError>,
    done: &str,
) -> Result<Response, ConnectError> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{HOME}?done={done}")).into_response()),
        Err(error) => {
            let said = forms::said(sent.form, error)?;
            forms::back(state, &sent.visitor, (sent.form, &sent.fields), said).await
        }
    }
}

/// Asks Duo whether the keys of a connection still work.
pub(super) async fn check(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::CHECK, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    let (connection, by) = (sent.field("connection"), actor(owner));
    let mut outcome = Ok(());
    for api in Api::ALL {
        match state.acts.verify_credential(&owner.tenant, connection, api, &by).await {
            Ok(_) | Err(TenantError::NoCredential { .. }) => {}
            Err(error) => outcome = Err(error),
        }
    }
    told(&state, &sent, outcome, "checked").await
}

/// Ends what a member let a client do.
pub(super) async fn revoke_grant(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::REVOKE_GRANT, (&headers, &body)).await?;
    let member = sent.visitor.signed_in()?;
    let grant = sent.id("grant", GrantId::parse)?;
    let outcome = state.acts.revoke_grant(&member.tenant, &grant, &actor(member)).await;
    told(&state, &sent, outcome, "disconnected").await
}

/// Takes an API key back.
pub(super) async fn revoke_key(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::REVOKE_KEY, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    let key = sent.id("key", KeyId::parse)?;
    let outcome = state.acts.revoke_key(&owner.tenant, &key, &actor(owner)).await;
    told(&state, &sent, outcome, "revoked").await
}

/// Removes a passkey; the sessions that it opened end, and this may be one of them.
pub(super) async fn remove_passkey(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::REMOVE_PASSKEY, (&headers, &body)).await?;
    let member = sent.visitor.signed_in()?;
    let passkey = sent.id("passkey", PasskeyId::parse)?;
    let outcome = state.acts.remove_passkey(&member.tenant, &passkey, &actor(member)).await;
    told(&state, &sent, outcome, "passkey_removed").await
}

/// Removes a member, with all that it granted.
pub(super) async fn remove_member(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::REMOVE_MEMBER, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    sent.visitor.fresh(&state)?;
    let member = sent.id("member", MemberId::parse)?;
    let outcome = state.acts.remove_member(&owner.tenant, &member, &actor(owner)).await;
    told(&state, &sent, outcome, "removed").await
}

/// Changes what a member is here and in Duo. An empty username clears it, which vouches for the name as it is.
pub(super) async fn change_member(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::CHANGE_MEMBER, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    sent.visitor.fresh(&state)?;
    let member = sent.id("member", MemberId::parse)?;
    // Nor whose phone it is.
    let before = state.acts.member(&owner.tenant, &member).await.ok().and_then(|member| member.duo_username);
    let is_other = before.unwrap_or_default() != sent.field("duo_username").trim();
    if is_other && member == owner.id && is_owed(&state, &sent.visitor, owner).await? {
        return Ok(Redirect::to(CONFIRM).into_response());
    }
    let edit = MemberEdit {
        role: Some(sent.id("role", str::parse::<Role>)?),
        // A service has none, and its form does not ask.
        duo_username: sent.fields.has("is_person", "yes").then(|| sent.field("duo_username").to_owned()),
        approves: sent.fields.has("is_person", "yes").then(|| sent.fields.has("approves", "yes")),
        ..MemberEdit::default()
    };
    let outcome = state.acts.change_member(&owner.tenant, &member, &edit, &actor(owner)).await;
    told(&state, &sent, outcome.map(drop), "changed").await
}

/// Bounds what anybody's keys and clients may do, and says whether a push is asked for.
pub(super) async fn rules(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::RULES, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    sent.visitor.fresh(&state)?;
    let (by, before) = (actor(owner), state.acts.tenant(&owner.tenant).await?);
    let (preset, push) = (sent.id("preset", str::parse::<Preset>)?, sent.fields.has("require_push", "yes"));
    // Who has nothing but the key cannot take the push out of the way.
    if before.require_push && !push && is_owed(&state, &sent.visitor, owner).await? {
        return Ok(Redirect::to(CONFIRM).into_response());
    }
    let mut outcome = Ok(());
    if preset != before.preset {
        outcome = state.acts.set_preset(&owner.tenant, preset, &by).await.map(drop);
    }
    if push != before.require_push && outcome.is_ok() {
        outcome = state.acts.require_push(&owner.tenant, push, &by).await.map(drop);
    }
    told(&state, &sent, outcome, "changed").await
}

/// Makes an invite and shows it.
pub(super) async fn invite(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::INVITE, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    sent.visitor.fresh(&state)?;
    let role = sent.id("role", str::parse::<Role>)?;
    let envelope = Envelope::of(&state, owner).await?;
    match state.acts.create_invite(Some(&owner.tenant), role, Scopes::all(), &actor(owner)).await {
        Ok((_, token)) => lead(envelope, What::Invite, &token),
        Err(error) => told(&state, &sent, Err(error), "").await,
    }
}

/// Takes an invite back.
pub(super) async fn revoke_invite(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::REVOKE_INVITE, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    let invite = sent.id("invite", InviteId::parse)?;
    let outcome = state.acts.revoke_invite(Some(&owner.tenant), &invite, &actor(owner)).await;
    told(&state, &sent, outcome, "invite_revoked").await
}

/// Makes the member's own key anew. The old one and its sessions end, so this browser gets a new session.
pub(super) async fn own_key(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::OWN_KEY, (&headers, &body)).await?;
    sent.visitor.fresh(&state)?;
    arrive::renewed(&state, sent.visitor.sitting()?, &headers, HOME).await
}

/// Makes another member's key anew, for one who has lost it.
pub(super) async fn key_for_member(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::KEY_FOR_MEMBER, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    sent.visitor.fresh(&state)?;
    let member = sent.id("member", MemberId::parse)?;
    if member == owner.id {
        return arrive::renewed(&state, sent.visitor.sitting()?, &headers, HOME).await;
    }
    let envelope = Envelope::of(&state, owner).await?;
    match state.acts.make_owner_key(&owner.tenant, &member, &actor(owner)).await {
        Ok((_, token)) => lead(envelope, What::MemberKey, &token),
        Err(error) => told(&state, &sent, Err(error), "").await,
    }
}

/// Ends the subscription: keys, grants, credentials, operations. The name has to be typed.
pub(super) async fn delete(
    State(state): State<ConnectState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectError> {
    let sent = Sent::of(&state, &forms::DELETE, (&headers, &body)).await?;
    let owner = sent.visitor.owner()?;
    sent.visitor.fresh(&state)?;
    let tenant = state.acts.tenant(&owner.tenant).await?;
    if sent.field("name").trim() != tenant.name {
        let said = format!("Nothing was deleted: type the name exactly, “{}”.", visible(&tenant.name));
        let said = Said::field("name", said);
        return forms::back(&state, &sent.visitor, (sent.form, &sent.fields), said).await;
    }
    state.acts.delete_tenant(&owner.tenant, &actor(owner)).await?;
    let mut response = Redirect::to("/").into_response();
    if let Some(cookie) = state.session.clear() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn lead(envelope: Envelope<'_>, what: What, token: &Token) -> Result<Response, ConnectError> {
    let secret = Zeroizing::new(token.expose().to_owned());
    envelope.lead(Once { what, secret, notices: vec![], next: HOME.to_owned() })
}
