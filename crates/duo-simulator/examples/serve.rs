//! Runs a simulator by itself and prints where it is as one line of JSON.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use duo_simulator::{Simulator, SimulatorSettings, served_endpoints};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = SimulatorSettings { banner: true, ..SimulatorSettings::default() };
    let mut ca_dir = std::env::temp_dir().join(format!("duo-simulator-{}", std::process::id()));
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--http-port" => settings.http_port = value.parse()?,
            "--https-port" => settings.https_port = value.parse()?,
            "--seed" => settings.seed = value.parse()?,
            "--users" => settings.users = value.parse()?,
            "--state-file" => settings.state_file = Some(PathBuf::from(value)),
            "--ca-dir" => ca_dir = PathBuf::from(value),
            #[cfg(feature = "mutations")]
            "--break" if duo_simulator::break_rule(&value) => {}
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    settings.ca_dir = Some(ca_dir.clone());
    let simulator = Simulator::start(settings).await?;
    let facts = serde_json::json!({
        "http_url": simulator.http_url(),
        "https_url": simulator.https_url(),
        "ca_file": ca_dir.join("ca.pem"),
        "control_url": simulator.control_url(),
        "phone_url": simulator.phone_url(),
        "applications": simulator.applications(),
        "endpoints": served_endpoints(),
        "trials": trials(),
    });
    let mut out = std::io::stdout();
    writeln!(out, "{facts}")?;
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    simulator.shutdown().await?;
    Ok(())
}

/// Which rules can be broken here, and which one is.
#[cfg(feature = "mutations")]
fn trials() -> serde_json::Value {
    serde_json::json!({
        "rules": duo_simulator::rules().collect::<Vec<_>>(),
        "broken": duo_simulator::broken_rule(),
    })
}

#[cfg(not(feature = "mutations"))]
fn trials() -> Option<serde_json::Value> {
    None
}
