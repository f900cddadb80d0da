//! Starts the simulator and the gateway; ends them with Ctrl-C.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use duo_simulator::{Simulator, SimulatorError, SimulatorSettings};

use super::args::DemoArgs;
use super::banner::banner;
use super::facts::{Applications, Facts, ca_file};
use super::kept::{forget, take, write_private};
use super::ports::{DemoPorts, FLAG};
use super::provider;
use super::seed::seed;
use crate::cli::global::Global;
use crate::cli::report::say;
use crate::config::{ConnectOverride, LogLevel, Millis, Seconds, SelfService, Settings, Sources, environment, load};
use crate::server::{Listeners, Server, asked_to_stop};
use crate::telemetry;

/// How long the simulator may take to save its world at the end; the gateway takes at most a second before.
const LAST_SAVE: Duration = Duration::from_millis(500);

/// Runs the demo until it is asked to stop.
pub(in crate::cli) async fn run(global: &Global, args: DemoArgs) -> anyhow::Result<()> {
    let ports = DemoPorts::from_base(args.port_base)?;
    let mut settings = settings(global, ports)?;
    if let Some(address) = args.identity_provider {
        provider::switch_on(&mut settings, address);
    }
    telemetry::install(&settings.log)?;
    let _taken = take(&settings.data_dir)?;
    if let Some(path) = &args.facts {
        // Whoever waits for the file should not find that of an earlier start.
        forget(path)?;
    }
    let listeners = Listeners::bind(&mut settings, [FLAG; 3]).await?;
    let simulator = start_simulator(&settings, ports).await?;
    // Exact names that were set go before the star: a server of client documents may be one.
    let simulated =
        ConnectOverride { host: "*".to_owned(), address: simulator.https_addr(), ca_file: Some(ca_file(&settings)) };
    settings.net.connect_override.push(simulated);
    let mut server = Server::start(settings.clone(), listeners);
    let stop = std::pin::pin!(asked_to_stop());
    let outcome = tokio::select! {
        outcome = serve(&mut server, &settings, &simulator, &args) => outcome,
        _ = stop => Ok(()),
    };
    server.stop().await;
    match tokio::time::timeout(LAST_SAVE, simulator.shutdown()).await {
        Ok(saved) => saved.context("the simulated world could not be saved")?,
        Err(_) => anyhow::bail!("the simulated world was not saved in time"),
    }
    outcome
}

/// Gets everything ready, tells about it, and goes on for ever.
async fn serve(server: &mut Server, settings: &Settings, simulator: &Simulator, args: &DemoArgs) -> anyhow::Result<()> {
    let parts = server.ready().await?;
    let applications = Applications::of(simulator)?;
    let kept = seed(&parts, &settings.data_dir, &applications).await?;
    if args.identity_provider.is_some() {
        provider::link(&parts, &kept.tenant_id).await?;
    }
    let facts = Facts::new(settings, simulator, kept, &applications);
    if let Some(path) = &args.facts {
        write_private(path, &serde_json::to_string_pretty(&facts)?)?;
    }
    say(&banner(&facts))?;
    std::future::pending().await
}

async fn start_simulator(settings: &Settings, ports: DemoPorts) -> anyhow::Result<Simulator> {
    let started = Simulator::start(SimulatorSettings {
        http_port: ports.simulator_http,
        https_port: ports.simulator_https,
        state_file: Some(settings.data_dir.join("simulator").join("world.json")),
        ca_dir: Some(settings.data_dir.join("simulator")),
        ..SimulatorSettings::default()
    });
    started.await.map_err(|error| match error {
        SimulatorError::Bind { address, source } => {
            anyhow::anyhow!("{address} cannot be listened on ({source}); choose another with {FLAG}")
        }
        other => other.into(),
    })
}

/// What the demo sets by itself: loopback addresses, SQLite, a quick worker, a short drain. No file is read.
fn settings(global: &Global, ports: DemoPorts) -> anyhow::Result<Settings> {
    // A real gateway's folder is not the demo's: neither should find the other's tables or keys.
    let usual = || environment::user_data_dir().map(|dir| dir.join("demo"));
    let user_data_dir = global.data_dir.clone().or_else(usual);
    let sources = Sources { flags: global.set.clone(), user_data_dir, ..Sources::default() };
    let mut settings = load(&sources)?;
    if let Some(dir) = &global.data_dir {
        settings.data_dir.clone_from(dir);
    }
    settings.data_dir = std::path::absolute(&settings.data_dir).context("the data folder has no absolute path")?;
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    settings.server.public.listen = local(ports.public);
    settings.server.keys.listen = Some(local(ports.keys));
    settings.server.admin.listen = local(ports.admin);
    settings.server.shutdown_drain_seconds = Seconds(1);
    settings.operations.worker_interval_ms = Millis(250);
    settings.database.url = None;
    // Nothing here is anybody's: who tries the pages for newcomers should get through.
    if !global.set.iter().any(|flag| flag.starts_with("self_service=")) {
        settings.self_service = SelfService::Open;
    }
    if !global.set.iter().any(|flag| flag.starts_with("log.level=")) {
        settings.log.level = LogLevel::Warn;
    }
    Ok(settings)
}
