//! The forms of the manage page: what comes back, and where a mistake is told.

use axum::response::Response;
use http::StatusCode;

use super::super::error::ConnectError;
use super::super::mistakes::{Said, sentence};
use super::super::state::ConnectState;
use super::super::typed::Form;
use super::super::visitor::Visitor;
use super::overview;
use crate::tenants::TenantError;
use crate::web::form::Fields;

pub(super) const CREDENTIALS: Form = Form::new("credentials", &["connection", "host", "api", "ikey"]);
pub(super) const CHECK: Form = Form::of_each("check", "connection", &[]);
pub(super) const REVOKE_GRANT: Form = Form::of_each("grants/revoke", "grant", &[]);
pub(super) const REVOKE_KEY: Form = Form::of_each("keys/revoke", "key", &[]);
pub(super) const REMOVE_PASSKEY: Form = Form::of_each("passkeys/remove", "passkey", &[]);
pub(super) const REMOVE_MEMBER: Form = Form::of_each("members/remove", "member", &[]);
pub(super) const KEY_FOR_MEMBER: Form = Form::of_each("members/key", "member", &[]);
pub(super) const CHANGE_MEMBER: Form = Form::of_each("members/change", "member", &["role", "duo_username", "approves"]);
pub(super) const RULES: Form = Form::new("rules", &["preset", "require_push"]);
pub(super) const INVITE: Form = Form::new("invites", &["role"]);
pub(super) const REVOKE_INVITE: Form = Form::of_each("invites/revoke", "invite", &[]);
pub(super) const OWN_KEY: Form = Form::new("owner-key", &[]);
pub(super) const DELETE: Form = Form::new("delete", &["name"]);

/// The page again, with the form as it was sent and what stood in its way.
pub(super) async fn back(
    state: &ConnectState,
    visitor: &Visitor,
    (form, fields): (&Form, &Fields),
    said: Said,
) -> Result<Response, ConnectError> {
    overview::page(state, visitor, StatusCode::UNPROCESSABLE_ENTITY, None, form.back(fields, said)).await
}

/// What is said of an error, at its field if the form has it. What nobody's typing mends goes on as an error.
pub(super) fn said(form: &Form, error: TenantError) -> Result<Said, ConnectError> {
    let field = match &error {
        TenantError::Store(_)
        | TenantError::Vault(_)
        | TenantError::NoRandomness(_)
        | TenantError::Unknown
        | TenantError::NotAnOwner => return Err(error.into()),
        TenantError::BadSlug(_) => "connection",
        TenantError::BadHost(_) | TenantError::HostInUse(_) => "host",
        TenantError::BadText { .. } | TenantError::DuoUsernameTaken(_) | TenantError::ServiceInDuo => "duo_username",
        TenantError::LastOwner => "role",
        TenantError::ServiceApproves => "approves",
        _ => "",
    };
    let said = sentence(&error.to_string());
    Ok(if form.keeps(field) { Said::field(field, said) } else { Said::form(said) })
}
