//! Starting and stopping a simulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::Engine;
use crate::error::SimulatorError;
use crate::routes;
use crate::settings::SimulatorSettings;
use crate::wire::{Authority, bind, listen};
use crate::world::{Application, read_world, write_world};

/// How often time is let do its work.
const TICK: Duration = Duration::from_millis(250);
/// The world is saved no more often than this.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// A running Duo of one's own; dropping it ends it without saving the last second.
#[derive(Debug)]
pub struct Simulator {
    engine: Arc<Engine>,
    http: SocketAddr,
    https: SocketAddr,
    ca_pem: String,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    saver: JoinHandle<Result<(), SimulatorError>>,
}

/// Method and path pattern of every endpoint that is served.
pub fn served_endpoints() -> Vec<(&'static str, &'static str)> {
    routes::patterns().collect()
}

impl Simulator {
    /// Starts with a new world, or goes on with the one that the state file holds.
    pub async fn start(settings: SimulatorSettings) -> Result<Self, SimulatorError> {
        let kept = match &settings.state_file {
            Some(path) => read_world(path).map_err(|source| SimulatorError::File { path: path.clone(), source })?,
            None => None,
        };
        let authority = Authority::open(settings.ca_dir.as_deref())?;
        let http = bind(SocketAddr::new(settings.bind, settings.http_port)).await?;
        let https = bind(SocketAddr::new(settings.bind, settings.https_port)).await?;
        let address = |listener: &tokio::net::TcpListener, port| {
            let wanted = SocketAddr::new(settings.bind, port);
            listener.local_addr().map_err(|source| SimulatorError::Bind { address: wanted, source })
        };
        let (plain, secure) = (address(&http, settings.http_port)?, address(&https, settings.https_port)?);
        let engine = Arc::new(Engine::new(settings, kept));
        let (stop, stopped) = watch::channel(false);
        let tasks = vec![
            tokio::spawn(listen(http, None, Arc::clone(&engine))),
            tokio::spawn(listen(https, Some(authority.acceptor), Arc::clone(&engine))),
            tokio::spawn(tick(Arc::clone(&engine))),
        ];
        let saver = tokio::spawn(save(Arc::clone(&engine), stopped));
        Ok(Self { engine, http: plain, https: secure, ca_pem: authority.pem, tasks, stop, saver })
    }

    /// Where plain HTTP is served.
    pub fn http_addr(&self) -> SocketAddr {
        self.http
    }

    /// Where HTTPS is served, and CONNECT answered.
    pub fn https_addr(&self) -> SocketAddr {
        self.https
    }

    /// The base of plain HTTP.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// The base of HTTPS, by a name that the certificate has.
    pub fn https_url(&self) -> String {
        format!("https://localhost:{}", self.https.port())
    }

    /// The certificate that clients must trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The base of the control endpoints.
    pub fn control_url(&self) -> String {
        format!("{}/_control", self.http_url())
    }

    /// The page on which pushes are answered.
    pub fn phone_url(&self) -> String {
        format!("{}/phone", self.http_url())
    }

    /// The applications that were there from the beginning: Auth, Admin, Accounts, and two that lack rights.
    pub fn applications(&self) -> Vec<Application> {
        self.engine.world().applications.clone()
    }

    /// Ends every connection and saves the world.
    pub async fn shutdown(mut self) -> Result<(), SimulatorError> {
        for task in self.tasks.drain(..) {
            task.abort();
            // It was told to end; that it did is all there is to know.
            let _ = task.await;
        }
        // Nobody listens only if the saver has ended already, which its result tells.
        let _ = self.stop.send(true);
        match (&mut self.saver).await {
            Ok(saved) => saved,
            Err(ended) => Err(SimulatorError::Authority(format!("the saving task ended: {ended}"))),
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.saver.abort();
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn tick(engine: Arc<Engine>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        engine.tick();
    }
}

async fn save(engine: Arc<Engine>, mut stopped: watch::Receiver<bool>) -> Result<(), SimulatorError> {
    let Some(path) = engine.settings.state_file.clone() else { return Ok(()) };
    let mut pause = SAVE_EVERY;
    loop {
        // The sender lives as long as the simulator; without it this is the last round.
        let last = tokio::time::timeout(pause, stopped.changed()).await.is_ok();
        let began = tokio::time::Instant::now();
        let (engine, file) = (Arc::clone(&engine), path.clone());
        let saved = tokio::task::spawn_blocking(move || match engine.unsaved() {
            Some(text) => write_world(&file, &text),
            None => Ok(()),
        });
        let saved = saved.await.unwrap_or_else(|ended| Err(std::io::Error::other(ended)));
        saved.map_err(|source| SimulatorError::File { path: path.clone(), source })?;
        // A very large world is saved less often, so that it is not always busy with that.
        pause = SAVE_EVERY.max(began.elapsed() * 10);
        if last {
            return Ok(());
        }
    }
}
