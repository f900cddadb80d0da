//! The permission to use the REST API: an operator key in the request.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;

use super::error::AdminError;
use super::state::AdminState;
use crate::domain::actor::{self, Actor};
use crate::tokens::{self, Kind};
use crate::web::bearer::{self, BearerError};
use crate::web::proxy::client_address;

/// An operator whose key was shown with this request. A handler without it in its arguments stands out.
pub(super) struct Operator(pub(super) actor::Operator);

impl Operator {
    /// The operator as an audit row names it.
    pub(super) fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl FromRequestParts<AdminState> for Operator {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, admin: &AdminState) -> Result<Self, AdminError> {
        match recognise(parts, admin).await {
            Ok(operator) => Ok(Self(operator)),
            Err(error @ (AdminError::NotAuthenticated | AdminError::WrongKey { .. })) => {
                Err(counted(parts, admin, error))
            }
            Err(error) => Err(error),
        }
    }
}

async fn recognise(parts: &Parts, admin: &AdminState) -> Result<actor::Operator, AdminError> {
    let presented = bearer::presented(&parts.headers).map_err(|error| match error {
        BearerError::Missing => AdminError::NotAuthenticated,
        BearerError::Ambiguous | BearerError::Malformed => AdminError::BadCredential(error),
    })?;
    // Shape and checksum are looked at first, so that guesses do not reach the database.
    let (kind, hash) =
        tokens::parse(presented.expose()).map_err(|error| AdminError::WrongKey { why: error.to_string() })?;
    if kind != Kind::OperatorKey {
        let why = "this is not an operator key; operator keys begin with dga_".to_owned();
        return Err(AdminError::WrongKey { why });
    }
    let now = admin.clock.now();
    let found = admin.store.operators.find_by_hash(&hash).await?;
    found
        .filter(|operator| operator.revoked_at.is_none() && now < operator.expires_at)
        .ok_or_else(|| AdminError::WrongKey { why: "this operator key is unknown, revoked or expired".to_owned() })
}

/// Counts a failure for the address that it came from; the sixth within a minute is told to wait.
fn counted(parts: &Parts, admin: &AdminState, error: AdminError) -> AdminError {
    let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else { return error };
    let address = client_address(*peer, &parts.headers, &admin.trusted_proxies);
    match admin.failures.check(address, admin.clock.now()) {
        Ok(()) => error,
        Err(wait) => {
            tracing::warn!(client.address = %address, "Many failed authentications on the admin listener");
            AdminError::TooManyFailures { retry_after_seconds: wait.retry_after_seconds }
        }
    }
}
