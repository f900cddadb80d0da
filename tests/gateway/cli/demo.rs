//! `demo`: what it prints and writes, started twice, and on a port that is taken.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::{Program, Ran, Running};

const KEYS: [&str; 19] = [
    "mcp_url",
    "keys_mcp_url",
    "issuer",
    "api_key",
    "unattended_api_key",
    "read_only_api_key",
    "admin_url",
    "operator_key",
    "owner_key",
    "invite",
    "approvals_url",
    "simulator_url",
    "simulator_https_url",
    "simulator_ca_file",
    "simulator_control_url",
    "phone_url",
    "data_dir",
    "tenant_id",
    "duo",
];

/// A demo that is running.
struct Demo {
    child: Running,
    printed: String,
    facts: Value,
}

impl Demo {
    /// Starts it and waits for the last line that it prints.
    fn start(program: &Program) -> Self {
        let path = program.folder().join("facts.json");
        let arguments = ["demo", "--port-base", "0", "--facts", path.to_str().unwrap()];
        let mut child = Running(program.command(&arguments).spawn().unwrap());
        let mut printed = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            printed.push_str(&line);
            printed.push('\n');
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let facts = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            let mut told = String::new();
            let _ = child.kill();
            let _ = child.stderr.take().unwrap().read_to_string(&mut told);
            panic!("the demo did not start: {told}")
        });
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        Self { child, printed, facts: serde_json::from_str(&facts).unwrap() }
    }

    /// Presses Ctrl-C, and says how long it took to end.
    fn stop(mut self) -> Duration {
        let pressed = Instant::now();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        pressed.elapsed()
    }
}

#[test]
fn it_tells_everything_ends_quickly_and_goes_on_with_the_same_keys() {
    let program = Program::new();
    let first = Demo::start(&program);
    let facts = first.facts.as_object().unwrap();
    assert_eq!(facts.len(), KEYS.len(), "{facts:?}");
    for name in KEYS {
        assert!(facts.contains_key(name), "{name}");
    }
    for api in ["auth", "admin", "accounts"] {
        let duo = &facts["duo"][api];
        assert!(["host", "ikey", "skey"].iter().all(|name| duo[*name].is_string()), "{duo}");
    }
    for name in ["mcp_url", "keys_mcp_url", "api_key", "owner_key", "approvals_url", "operator_key", "phone_url"] {
        assert!(first.printed.contains(facts[name].as_str().unwrap()), "{name}: {}", first.printed);
    }
    for part in ["claude mcp add --transport http", "Cursor", "VS Code", "inspector", "Claude on the web"] {
        assert!(first.printed.contains(part), "{part}: {}", first.printed);
    }
    assert!(facts["mcp_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let before = first.facts.clone();
    assert!(first.stop() < Duration::from_secs(2), "Ctrl-C ends it within two seconds");

    let second = Demo::start(&program);
    for name in [
        "api_key",
        "unattended_api_key",
        "read_only_api_key",
        "operator_key",
        "owner_key",
        "invite",
        "tenant_id",
        "duo",
    ] {
        assert_eq!(second.facts[name], before[name], "{name}");
    }
    let same_folder: Ran = program.command(&["demo", "--port-base", "0"]).output().unwrap().into();
    assert!(same_folder.code == 1 && same_folder.err.contains("another demo is running"), "{same_folder:?}");
    second.stop();
}

#[test]
fn a_port_that_is_taken_is_named_with_the_flag_that_moves_it() {
    let program = Program::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ran = program.run(&["demo", "--port-base", &port.to_string()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains(&port.to_string()) && ran.err.contains("--port-base"), "{ran:?}");
    assert_eq!(program.run(&["demo", "--port-base", "65530"]).code, 1);
}
