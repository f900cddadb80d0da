//! A tenant and an operator as answers show them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::actor::Operator;
use crate::domain::preset::Preset;
use crate::domain::tenant::{Tenant, TenantStatus};

/// A tenant.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TenantView {
    /// Its identifier.
    pub id: String,
    /// Its short name.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Whether it is served.
    pub status: TenantStatus,
    /// Whether a member who connects a client has to answer a Duo push as well.
    pub require_push: bool,
    /// The most that any key or client may do here, whatever its member may.
    pub preset: Preset,
    /// When it was registered.
    pub created_at: String,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            slug: tenant.slug.to_string(),
            name: tenant.name.clone(),
            status: tenant.status,
            require_push: tenant.require_push,
            preset: tenant.preset,
            created_at: tenant.created_at.to_string(),
        }
    }
}

/// An operator.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OperatorView {
    /// The operator key's identifier.
    pub id: String,
    /// The operator's name.
    pub name: String,
    /// When the key was made.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: String,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

impl From<&Operator> for OperatorView {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id.to_string(),
            name: operator.name.clone(),
            created_at: operator.created_at.to_string(),
            expires_at: operator.expires_at.to_string(),
            revoked_at: operator.revoked_at.map(|at| at.to_string()),
        }
    }
}
