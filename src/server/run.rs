//! A running gateway: its listeners, what answers on them, and an orderly end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::boot;
use super::error::{BootError, ListenError};
use super::health::{Health, Phase};
use super::listen::{Listener, Slot, serve};
use super::parts::Parts;
use super::shutdown::{Asked, asked_to_stop};
use super::{admin, keys, oauth, public};
use crate::calls::{Calls, Worker};
use crate::config::Settings;
use crate::domain::ids::RequestId;
use crate::domain::random::Random;
use crate::mcp;
use crate::tenants::follow;
use crate::web::request_id::MakeId;

/// How long before the end of draining what is still open is cut, so that its client is told.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The addresses of a gateway, bound and not served on yet.
pub struct Listeners {
    public: Listener,
    keys: Option<Listener>,
    admin: Listener,
}

impl Listeners {
    /// Binds the addresses of the public, the admin and the keys listener, and writes the real ones into the settings,
    /// where a port may have been 0.
    pub async fn bind(settings: &mut Settings, flags: [&'static str; 3]) -> Result<Self, ListenError> {
        let public = Listener::bind(settings.server.public.listen, flags[0]).await?;
        let admin = Listener::bind(settings.server.admin.listen, flags[1]).await?;
        let keys = match settings.server.keys.listen {
            Some(address) => Some(Listener::bind(address, flags[2]).await?),
            None => None,
        };
        settings.server.public.listen = public.address();
        settings.server.keys.listen = keys.as_ref().map(Listener::address);
        settings.server.admin.listen = admin.address();
        Ok(Self { public, keys, admin })
    }
}

/// A running gateway.
pub struct Server {
    settings: Arc<Settings>,
    health: Health,
    slots: [Slot; 3],
    make_id: MakeId,
    stop: CancellationToken,
    /// Ends what is still open when the time to drain is nearly over; calls in hand get that time.
    cut: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    /// Ends the poll of the database; until then keys can be checked, so it comes after the last call.
    poll_stop: CancellationToken,
    poll: Option<JoinHandle<()>>,
    parts: Option<Arc<Parts>>,
    calls: Option<Calls>,
}

impl Server {
    /// Begins to answer on all addresses: that it is alive, and not ready yet.
    pub fn start(settings: Settings, listeners: Listeners) -> Self {
        let health = Health::new();
        let make_id = request_ids();
        let limits = settings.server.limits.clone();
        let drain = settings.server.shutdown_drain_seconds.duration();
        let (stop, cut) = (CancellationToken::new(), CancellationToken::new());
        let slots = [
            Slot::new(public::waiting(&settings.server, &health, Arc::clone(&make_id))),
            Slot::new(admin::waiting(&settings.server, &health, Arc::clone(&make_id))),
            Slot::new(keys::waiting(&settings.server, &health, Arc::clone(&make_id))),
        ];
        let all = [Some(listeners.public), Some(listeners.admin), listeners.keys].into_iter().zip(&slots);
        let tasks = all
            .filter_map(|(listener, slot)| Some((listener?, slot)))
            .map(|(listener, slot)| {
                tracing::info!(address = %listener.address(), "Listening");
                tokio::spawn(serve(listener, slot.clone(), limits.clone(), stop.clone(), drain))
            })
            .collect();
        Self {
            settings: Arc::new(settings),
            health,
            slots,
            make_id,
            stop,
            cut,
            tasks,
            poll_stop: CancellationToken::new(),
            poll: None,
            parts: None,
            calls: None,
        }
    }

    /// Opens the database and the keys, however long they take to come, and then serves.
    pub async fn ready(&mut self) -> Result<Arc<Parts>, BootError> {
        let parts = Arc::new(boot::until_open(&self.settings, &self.health).await?);
        self.parts = Some(Arc::clone(&parts));
        self.poll = Some(tokio::spawn(follow(parts.registry.clone(), self.poll_stop.clone())));
        let calls = parts.calls(&self.settings, self.cut.clone())?;
        let drain = self.settings.server.shutdown_drain_seconds.duration();
        self.tasks.push(tokio::spawn(Worker::new(calls.clone()).run(self.stop.clone(), drain)));
        self.calls = Some(calls.clone());
        let sign_in = oauth::sign_in(&parts, &calls, &self.settings)?;
        let mcp = parts.mcp(calls, &self.settings, self.cut.clone())?;
        let server = &self.settings.server;
        let [public_slot, admin_slot, keys_slot] = &self.slots;
        let served = public::Served {
            mcp: mcp::router(mcp.behind(oauth::door(&self.settings))),
            landing: oauth::landing(&self.settings),
            open: sign_in.as_ref().map(|sign_in| sign_in.open.clone()).unwrap_or_default(),
            pages: sign_in.map(|sign_in| sign_in.pages).unwrap_or_default(),
        };
        public_slot.put(public::serving(server, &self.health, Arc::clone(&self.make_id), served));
        keys_slot.put(keys::serving(server, &self.health, Arc::clone(&self.make_id), mcp::router(mcp)));
        let (api, pages) = (parts.rest(&self.settings), parts.pages(&self.settings));
        admin_slot.put(admin::serving(server, &self.health, Arc::clone(&self.make_id), api, pages));
        let registry = parts.registry.clone();
        self.health.watch(Arc::new(move || registry.is_current()));
        self.health.set(Phase::Ready);
        tracing::info!("Ready");
        Ok(parts)
    }

    /// Serves until `stop`, then ends in order. A start that can never succeed is an error.
    pub async fn run_until(mut self, stop: impl Future<Output = Asked>) -> Result<(), BootError> {
        let mut stop = std::pin::pin!(stop);
        let started = tokio::select! {
            started = self.ready() => started.map(drop),
            _ = &mut stop => {
                self.stop().await;
                return Ok(());
            }
        };
        if started.is_ok() && stop.await == Asked::WithNotice {
            self.give_notice().await;
        }
        self.stop().await;
        started
    }

    /// Says that it is not ready and goes on answering, until a load balancer that asks now and then has noticed: a request
    /// that is sent at the very moment at which the listener closes would be lost. Whoever asks again does not want to wait.
    async fn give_notice(&self) {
        let notice = self.settings.server.shutdown_notice_seconds.duration();
        self.health.set(Phase::Stopping);
        tracing::info!(seconds = notice.as_secs(), "Not ready any more; still answering");
        tokio::select! {
            () = tokio::time::sleep(notice) => {}
            _ = asked_to_stop() => tracing::info!("Asked again: the notice ends here"),
        }
    }

    /// Says that it is not ready, stops accepting, lets running requests end, writes what is left to write.
    pub async fn stop(mut self) {
        self.health.set(Phase::Stopping);
        self.stop.cancel();
        // One end for all of it: what drains for its full time may have to be waited for a moment longer.
        let drain = self.settings.server.shutdown_drain_seconds.duration();
        let end = Instant::now() + drain + Duration::from_millis(250);
        let cut = self.cut.clone();
        let cut_after = drain.saturating_sub((drain / 2).min(LAST_WORDS));
        tokio::spawn(async move {
            tokio::time::sleep(cut_after).await;
            cut.cancel();
        });
        for task in self.tasks.drain(..) {
            if timeout_at(end, task).await.is_err() {
                tracing::warn!("A task did not end in time");
            }
        }
        if let Some(calls) = self.calls.take() {
            calls.drain(end.saturating_duration_since(Instant::now())).await;
        }
        self.poll_stop.cancel();
        if let Some(poll) = self.poll.take()
            && timeout_at(end, poll).await.is_err()
        {
            tracing::warn!("The poll of the database did not end in time");
        }
        if let Some(parts) = self.parts.take() {
            parts.close().await;
        }
        tracing::info!("Stopped");
    }
}

/// Ids for requests, in the form that the audit log has them in.
fn request_ids() -> MakeId {
    let random = Random::system();
    Arc::new(move || RequestId::new(&random).map_or_else(|_| "req_unknown".to_owned(), String::from))
}
