//! Addresses and keys of a running demo, for programs.

use std::path::PathBuf;

use duo_simulator::{Application, ApplicationKind, Simulator};
use serde::Serialize;

use super::kept::Kept;
use crate::config::Settings;

/// Addresses and keys of a running demo.
#[derive(Serialize)]
pub(super) struct Facts {
    pub(super) mcp_url: String,
    /// The same with API keys alone, for clients that would drop one where they find a sign-in.
    pub(super) keys_mcp_url: String,
    pub(super) issuer: String,
    pub(super) api_key: String,
    pub(super) unattended_api_key: String,
    pub(super) read_only_api_key: String,
    pub(super) admin_url: String,
    pub(super) operator_key: String,
    pub(super) owner_key: String,
    pub(super) invite: String,
    pub(super) approvals_url: String,
    pub(super) simulator_url: String,
    pub(super) simulator_https_url: String,
    pub(super) simulator_ca_file: PathBuf,
    pub(super) simulator_control_url: String,
    pub(super) phone_url: String,
    pub(super) data_dir: PathBuf,
    pub(super) tenant_id: String,
    pub(super) duo: DuoFacts,
}

/// The simulated Duo's applications, with keys that open nothing else.
#[derive(Serialize)]
pub(super) struct DuoFacts {
    auth: ApplicationFacts,
    admin: ApplicationFacts,
    accounts: ApplicationFacts,
}

#[derive(Serialize)]
struct ApplicationFacts {
    host: String,
    ikey: String,
    skey: String,
}

/// The three applications of the parent account that the demo's tenant holds.
pub(super) struct Applications {
    pub(super) auth: Application,
    pub(super) admin: Application,
    pub(super) accounts: Application,
}

impl Applications {
    /// The first of each kind: the simulator lists those with full rights before those that lack some.
    pub(super) fn of(simulator: &Simulator) -> anyhow::Result<Self> {
        let all = simulator.applications();
        let first = |kind| {
            let found = all.iter().find(|application| application.kind == kind).cloned();
            found.ok_or_else(|| anyhow::anyhow!("the simulator has no application of kind {kind:?}"))
        };
        Ok(Self {
            auth: first(ApplicationKind::Auth)?,
            admin: first(ApplicationKind::Admin)?,
            accounts: first(ApplicationKind::Accounts)?,
        })
    }
}

impl Facts {
    pub(super) fn new(settings: &Settings, simulator: &Simulator, kept: Kept, duo: &Applications) -> Self {
        let admin_url = format!("http://{}", settings.server.admin.listen);
        let of = |application: &Application| ApplicationFacts {
            host: application.host.clone(),
            ikey: application.ikey.clone(),
            skey: application.skey.clone(),
        };
        Self {
            mcp_url: format!("{}/mcp", settings.server.public.origin()),
            keys_mcp_url: settings.server.keys.origin().map(|origin| format!("{origin}/mcp")).unwrap_or_default(),
            issuer: settings.server.public.origin(),
            api_key: kept.api_key,
            unattended_api_key: kept.unattended_api_key,
            read_only_api_key: kept.read_only_api_key,
            approvals_url: format!("{admin_url}/approvals"),
            admin_url,
            operator_key: kept.operator_key,
            owner_key: kept.owner_key,
            invite: kept.invite,
            simulator_url: simulator.http_url(),
            simulator_https_url: simulator.https_url(),
            simulator_ca_file: ca_file(settings),
            simulator_control_url: simulator.control_url(),
            phone_url: simulator.phone_url(),
            data_dir: settings.data_dir.clone(),
            tenant_id: kept.tenant_id.to_string(),
            duo: DuoFacts { auth: of(&duo.auth), admin: of(&duo.admin), accounts: of(&duo.accounts) },
        }
    }
}

/// The certificate authority that the simulator writes.
pub(super) fn ca_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("simulator").join("ca.pem")
}
