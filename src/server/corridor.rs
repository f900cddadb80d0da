//! The corridor of every tool call, made from parts and settings.

use std::sync::Arc;

use duo_api::DuoClient;
use tokio_util::sync::CancellationToken;

use super::error::BootError;
use crate::audit::Recorder;
use crate::calls::{self, ApprovalPages, CallSettings, Calls};
use crate::config::Settings;
use crate::domain::clock::Clock;
use crate::domain::ids::ReplicaId;
use crate::domain::push::PushCaps;
use crate::domain::random::Random;
use crate::mcp::McpLimits;
use crate::store::Store;
use crate::tenants::{Children, Keyring, Registry};

/// What the corridor is made of, besides the settings.
pub(super) struct Materials {
    pub(super) store: Store,
    pub(super) keyring: Keyring,
    pub(super) client: DuoClient,
    pub(super) registry: Registry,
    pub(super) recorder: Recorder,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) wake: Arc<tokio::sync::Notify>,
    pub(super) cut: CancellationToken,
}

/// The corridor of this process, which is a replica with an id of its own from now on.
pub(super) fn calls(materials: Materials, settings: &Settings) -> Result<Calls, BootError> {
    let Materials { store, keyring, client, registry, recorder, clock, random, wake, cut } = materials;
    Ok(Calls::new(calls::Parts {
        children: Children::new(client.clone()),
        replica: ReplicaId::new(&random)?,
        settings: call_settings(settings),
        store,
        keyring,
        client,
        registry,
        recorder,
        clock,
        random,
        wake,
        cut,
    }))
}

fn call_settings(settings: &Settings) -> CallSettings {
    let (operations, pushes) = (&settings.operations, &settings.pushes);
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    CallSettings {
        call: settings.duo.call_timeout_seconds.duration(),
        send: settings.duo.call_timeout_seconds.duration(),
        attempt: settings.duo.call_timeout_seconds.duration(),
        form: operations.form_minutes.duration(),
        approval: operations.approval_hours.duration(),
        open_per_key: i64::from(operations.open_per_key),
        lease: operations.lease_seconds.duration(),
        every: operations.worker_interval_ms.duration(),
        caps: PushCaps {
            per_person: i64::from(pushes.per_person),
            passcodes_per_person: i64::from(pushes.passcodes_per_person),
            person_window_ms: whole(pushes.per_person_minutes.0) * 60_000,
            per_tenant_hour: i64::from(pushes.per_tenant_hour),
            cool_down_ms: whole(pushes.cool_down_minutes.0) * 60_000,
        },
        approvals: ApprovalPages {
            operators: format!("{}/approvals", settings.server.admin.origin()),
            members: settings.oauth.enabled.then(|| format!("{}/connect/operations", settings.server.public.origin())),
        },
    }
}

/// The bounds of the MCP transport.
pub(super) fn mcp_limits(settings: &Settings) -> McpLimits {
    let limits = &settings.server.limits;
    McpLimits {
        body_bytes: limits.body_bytes,
        json_depth: limits.json_depth,
        tenant_concurrency: limits.tenant_concurrency,
        per_minute: limits.key_rate_per_minute,
    }
}
