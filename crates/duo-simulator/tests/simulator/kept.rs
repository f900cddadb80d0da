//! What is kept between runs: the world and the authority.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use duo_simulator::ApplicationKind::{Admin, Auth};
use duo_simulator::{Simulator, SimulatorError, SimulatorSettings};
use serde_json::json;

use super::caller::Duo;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("duo-simulator-test-{}-{name}", std::process::id()));
    // What an earlier run with the same process id left behind.
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[tokio::test]
async fn the_same_world_goes_on_after_a_restart() {
    let folder = folder("world");
    let settings = SimulatorSettings {
        users: 40,
        state_file: Some(folder.join("world.json")),
        ca_dir: Some(folder.join("ca")),
        ..SimulatorSettings::default()
    };
    let duo = Duo::with(settings.clone()).await;
    let (keys, pem) = (duo.keys(Admin), duo.simulator.ca_pem().to_owned());
    let made = duo.post(Admin, "/admin/v1/users", &json!({"username": "kept.one"})).await.json();
    let push = json!({"username": "mrossi", "factor": "push", "device": "auto", "async": "1"});
    let txid = duo.post(Auth, "/auth/v2/auth", &push).await.json()["response"]["txid"].clone();
    let began = Instant::now();
    duo.simulator.shutdown().await.expect("saved");
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(std::fs::read_to_string(folder.join("ca/ca.pem")).unwrap(), pem);

    let duo = Duo::with(settings).await;
    assert_eq!((duo.keys(Admin).skey, duo.simulator.ca_pem()), (keys.skey, pem.as_str()));
    let found = duo.get(Admin, "/admin/v1/users", "username=KEPT.ONE").await.json();
    assert_eq!(found["response"][0]["user_id"], made["response"]["user_id"], "found by name, in any case");
    let again = duo.post(Admin, "/admin/v1/users", &json!({"username": "kept.one"})).await;
    assert_eq!(again.code(), 40003);
    let other = duo.post(Admin, "/admin/v1/users", &json!({"username": "kept.two"})).await.json();
    assert_ne!(other["response"]["user_id"], made["response"]["user_id"], "the ids go on, they do not start again");
    duo.control("POST", "press", &json!({"txid": txid, "action": "approve"})).await;
    duo.simulator.shutdown().await.expect("saved");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn changes_are_saved_while_it_runs() {
    let folder = folder("saving");
    let file = folder.join("world.json");
    let settings = SimulatorSettings { users: 20, state_file: Some(file.clone()), ..SimulatorSettings::default() };
    let duo = Duo::with(settings).await;
    duo.post(Admin, "/admin/v1/users", &json!({"username": "soon.saved"})).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while !std::fs::read_to_string(&file).unwrap_or_default().contains("soon.saved") {
        assert!(Instant::now() < deadline, "nothing was saved");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(duo);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_and_a_broken_file_are_told() {
    let duo = Duo::start().await;
    let settings = SimulatorSettings { http_port: duo.simulator.http_addr().port(), ..SimulatorSettings::default() };
    assert!(matches!(Simulator::start(settings).await, Err(SimulatorError::Bind { .. })));
    let folder = folder("broken");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("world.json");
    std::fs::write(&file, "not a world").unwrap();
    let settings = SimulatorSettings { state_file: Some(file.clone()), ..SimulatorSettings::default() };
    assert!(matches!(Simulator::start(settings).await, Err(SimulatorError::File { path, .. }) if path == file));
    std::fs::remove_dir_all(folder).unwrap();
}
