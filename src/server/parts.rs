//! The parts of the house, put together once and dealt out.

use std::sync::Arc;

use axum::Router;
use duo_api::DuoClient;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::corridor::{self, Materials};
use super::database;
use super::duo;
use super::error::BootError;
use super::operators::OperatorKeys;
use crate::admin::{self, AdminState};
use crate::audit::Recorder;
use crate::calls::Calls;
use crate::config::{Settings, environment};
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::grants::Providers;
use crate::mcp::McpState;
use crate::operations::Approvals;
use crate::pages::{self, PagesState};
use crate::store::Store;
use crate::tenants::{Acts, Keyring, Registry};
use crate::web::csrf::Csrf;

/// Everything but the listeners. The commands use it beside a running gateway; nothing runs in the background except the
/// writer of audit rows.
pub struct Parts {
    /// What the time is.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// The key-encryption keys, checked, and what follows from them.
    pub keyring: Keyring,
    /// The client of Duo's.
    pub duo: DuoClient,
    /// What can be done to tenants.
    pub acts: Acts,
    /// From an API key to its tenant.
    pub registry: Registry,
    /// The operator's part of operations.
    pub approvals: Arc<Approvals>,
    /// Makes operator keys.
    pub operators: OperatorKeys,
    /// Takes audit rows of reads.
    pub recorder: Recorder,
    /// Told after each approval.
    pub wake: Arc<Notify>,
    pub(super) random: Random,
}

impl Parts {
    /// Opens the database and the keys, and makes the rest. Safe to try again until it works.
    pub async fn open(settings: &Settings) -> Result<Self, BootError> {
        database::check_keys(settings)?;
        let (clock, random) = (Clock::system(), Random::system());
        let store = database::open(settings).await?;
        let own_key_in = settings.database.url.is_none().then_some(settings.data_dir.as_path());
        let keyring = Keyring::open(&store, &settings.keys, own_key_in, &environment::secret, &random).await?;
        let duo = duo::client(settings, &clock, &random)?;
        let wake = Arc::new(Notify::new());
        let vault = Arc::clone(&keyring.vault);
        let house = Arc::clone(&keyring.house);
        let acts = Acts::new(store.clone(), Arc::clone(&vault), house, duo.clone(), clock.clone(), random.clone())
            .with_passkeys(&settings.server.public.origin());
        let approvals = Approvals::new(store.clone(), vault, clock.clone(), random.clone(), Arc::clone(&wake));
        Ok(Self {
            acts,
            registry: Registry::new(store.clone(), Arc::clone(&keyring.vault), clock.clone()),
            approvals: Arc::new(approvals),
            operators: OperatorKeys::new(store.clone(), clock.clone(), random.clone()),
            recorder: Recorder::start(store.audit.clone(), &settings.audit),
            clock,
            store,
            keyring,
            duo,
            wake,
            random,
        })
    }

    /// The corridor of this process. A gateway has one; the commands need none.
    pub(super) fn calls(&self, settings: &Settings, cut: CancellationToken) -> Result<Calls, BootError> {
        let materials = Materials {
            store: self.store.clone(),
            keyring: self.keyring.clone(),
            client: self.duo.clone(),
            registry: self.registry.clone(),
            recorder: self.recorder.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            wake: Arc::clone(&self.wake),
            cut,
        };
        corridor::calls(materials, settings)
    }

    /// `/mcp`, behind the door that takes keys alone.
    pub(super) fn mcp(
        &self,
        calls: Calls,
        settings: &Settings,
        stop: CancellationToken,
    ) -> Result<McpState, BootError> {
        let limits = corridor::mcp_limits(settings);
        let proxies = settings.server.trusted_proxies.clone();
        let known = settings.oauth.identity_providers.clone();
        let providers = Providers::new(known, duo::documents(settings)?, self.clock.clone())?;
        Ok(McpState::new(calls, self.registry.clone(), providers, self.clock.clone(), limits, proxies, stop))
    }

    /// The REST API.
    pub(super) fn rest(&self, settings: &Settings) -> Router {
        admin::router(AdminState::new(
            self.store.clone(),
            self.acts.clone(),
            Arc::clone(&self.approvals),
            self.clock.clone(),
            settings.server.trusted_proxies.clone(),
        ))
    }

    /// The approval pages.
    pub(super) fn pages(&self, settings: &Settings) -> Router {
        pages::router(PagesState::new(
            self.store.clone(),
            Arc::clone(&self.approvals),
            self.clock.clone(),
            self.random.clone(),
            Csrf::new(*self.keyring.house.csrf()),
            settings.server.trusted_proxies.clone(),
            settings.server.admin.is_https(),
        ))
    }

    /// Writes what is left to write, and lets go of the database.
    pub async fn close(&self) {
        self.recorder.stop().await;
        self.store.close().await;
    }
}
