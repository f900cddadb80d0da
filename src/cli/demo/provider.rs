//! The demo with an identity provider: switched on, and one of its people linked.

use std::net::SocketAddr;

use super::people::OWNER;
use crate::config::{ConnectOverride, IdentityProvider, OidcSettings, Settings};
use crate::domain::actor::Actor;
use crate::domain::ids::TenantId;
use crate::domain::scope::Scopes;
use crate::server::Parts;
use crate::tenants::{NewIdentity, TenantError};

/// The provider's name; the address that it is found at is given to the command.
const HOST: &str = "id.example.com";
/// Who of it is the demo's owner.
const SUBJECT: &str = "demo-person";

fn issuer() -> String {
    format!("https://{HOST}")
}

/// Takes the provider's tokens, and signs its people in where there is a client's secret.
pub(super) fn switch_on(settings: &mut Settings, address: SocketAddr) {
    let ca_file = Some(settings.data_dir.join("identity-provider.pem"));
    settings.net.connect_override.push(ConnectOverride { host: HOST.to_owned(), address, ca_file });
    settings.oauth.identity_providers.push(IdentityProvider {
        issuer: issuer(),
        jwks_url: format!("https://{HOST}/jwks"),
        claim: "sub".to_owned(),
        scopes: std::collections::BTreeMap::new(),
        any_type: false,
    });
    let secret = settings.data_dir.join("identity-provider.secret");
    if secret.exists() {
        settings.sign_in.oidc = OidcSettings {
            name: Some("Example ID".to_owned()),
            issuer: Some(issuer()),
            client_id: Some("duo-mcp-gateway".to_owned()),
            client_secret_file: Some(secret),
            ..OidcSettings::default()
        };
    }
}

/// Links its person to the demo's owner; an earlier start may have done so.
pub(super) async fn link(parts: &Parts, tenant: &TenantId) -> anyhow::Result<()> {
    let owner = parts.acts.find_member(tenant, OWNER).await?;
    let new = NewIdentity { issuer: issuer(), value: SUBJECT.to_owned(), scopes: Scopes::all(), days: None };
    match parts.acts.link_identity(tenant, &owner.id, &new, &Actor::Console).await {
        Ok(_) | Err(TenantError::IdentityTaken) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
