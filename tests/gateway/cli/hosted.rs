//! A hosted gateway: on PostgreSQL, with two roles and a ring of its own.

use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::{Duration, Instant};

use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::store::Place;
use duo_mcp_gateway::vault::make_key_file;

use super::program::{Program, Ran, Running};
use crate::admin::wire::Ask;
use crate::support::databases::{Database, empty_postgres};

/// The program, a database without tables, and a key file.
struct Hosted {
    program: Program,
    settings: Vec<String>,
    _database: Database,
}

impl Hosted {
    async fn new() -> Self {
        let (program, database) = (Program::new(), empty_postgres().await);
        let kek = program.folder().join("kek");
        make_key_file("k1", &kek, &Random::system()).unwrap();
        let url = |place: &Place| match place {
            Place::Postgres { url } => url.clone(),
            Place::Sqlite(_) => unreachable!("a PostgreSQL database"),
        };
        let settings = vec![
            format!("database.url={}", url(&database.place)),
            format!("database.owner_url={}", url(&database.owner)),
            format!("database.app_role={}", database.app_role.clone().unwrap()),
            format!("keys.ring=[{{ id = \"k1\", source = \"file\", path = \"{}\" }}]", kek.display()),
            "server.public.listen=127.0.0.1:0".to_owned(),
            "server.admin.listen=127.0.0.1:0".to_owned(),
            "server.shutdown_notice_seconds=1".to_owned(),
        ];
        Self { program, settings, _database: database }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program.command(arguments);
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// A serving gateway and the address of its admin listener, out of its log.
    fn serve(&self) -> (Running, std::net::SocketAddr) {
        let mut child = Running(self.command(&["serve"]).spawn().unwrap());
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut address = || {
            let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains("Listening")).expect("a listener");
            line.rsplit("address=").next().unwrap().trim().parse().unwrap()
        };
        let (_public, admin): (std::net::SocketAddr, _) = (address(), address());
        // What else it says must go somewhere, or it would wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        (child, admin)
    }
}

#[tokio::test]
async fn it_is_migrated_by_the_owner_and_served_by_the_other_role() {
    let hosted = Hosted::new().await;
    let early = hosted.run(&["serve"]);
    assert!(early.code == 1 && early.err.contains("duo-mcp-gateway migrate"), "{early:?}");
    for _ in 0..2 {
        let migrated = hosted.run(&["migrate"]);
        assert_eq!((migrated.code, migrated.out.as_str()), (0, "The tables are up to date.\n"), "{migrated:?}");
    }
    assert_eq!(hosted.run(&["tenants", "create", "acme"]).code, 0);
    let (mut child, admin) = hosted.serve();
    let started = Instant::now();
    while Ask::new(admin, "GET", "/readyz").send().await.status != 200 {
        assert!(started.elapsed() < Duration::from_secs(10), "it becomes ready");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pressed = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    while Ask::new(admin, "GET", "/readyz").send().await.status == 200 {
        assert!(pressed.elapsed() < Duration::from_millis(900), "it says at once that it is about to stop");
    }
    let noticed = Ask::new(admin, "GET", "/readyz").send().await;
    assert_eq!(noticed.json()["code"], "stopping", "{noticed:?}");
    assert_eq!(Ask::new(admin, "GET", "/healthz").send().await.status, 200, "and goes on answering");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(pressed.elapsed() > Duration::from_secs(1), "{:?}", pressed.elapsed());
    assert!(pressed.elapsed() < Duration::from_secs(5), "nothing was running, so nothing is waited for");
}

#[tokio::test]
async fn a_second_signal_ends_the_notice_at_once() {
    for second in ["-TERM", "-INT"] {
        let mut hosted = Hosted::new().await;
        hosted.settings.retain(|setting| !setting.starts_with("server.shutdown_notice_seconds"));
        hosted.settings.push("server.shutdown_notice_seconds=60".to_owned());
        assert_eq!(hosted.run(&["migrate"]).code, 0);
        let (mut child, admin) = hosted.serve();
        let started = Instant::now();
        while Ask::new(admin, "GET", "/readyz").send().await.status != 200 {
            assert!(started.elapsed() < Duration::from_secs(10), "it becomes ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        while Ask::new(admin, "GET", "/readyz").send().await.status == 200 {
            assert!(started.elapsed() < Duration::from_secs(20), "it says that it is about to stop");
        }
        assert!(child.try_wait().unwrap().is_none(), "the notice goes on");
        let again = Instant::now();
        assert!(Command::new("kill").args([second, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(again.elapsed() < Duration::from_secs(30), "{:?}", again.elapsed());
    }
}

#[tokio::test]
async fn a_ring_without_the_key_in_use_is_refused_and_changes_nothing() {
    let mut hosted = Hosted::new().await;
    hosted.run(&["migrate"]);
    assert_eq!(hosted.run(&["tenants", "create", "acme"]).code, 0);
    let other = hosted.program.folder().join("other");
    make_key_file("k2", &other, &Random::system()).unwrap();
    let right = hosted.settings[3].clone();
    hosted.settings[3] = format!("keys.ring=[{{ id = \"k2\", source = \"file\", path = \"{}\" }}]", other.display());
    let refused = hosted.run(&["tenants", "create", "other"]);
    assert!(refused.code == 78 && refused.err.contains("`k1`"), "{refused:?}");
    let (mut child, admin) = hosted.serve();
    let held = Ask::new(admin, "GET", "/readyz").send().await;
    assert_eq!(held.status, 503, "{held:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    hosted.settings[3] = right;
    let listed = hosted.run(&["tenants", "list", "--json"]).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
}

#[tokio::test]
async fn a_database_that_is_away_is_waited_for() {
    let mut hosted = Hosted::new().await;
    // Nothing listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    hosted.settings[0] = format!("database.url=postgres://app:canary@127.0.0.1:{port}/duo");
    let (mut child, admin) = hosted.serve();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = Ask::new(admin, "GET", "/readyz").send().await;
    assert_eq!(waiting.status, 503, "{waiting:?}");
    assert!(!waiting.body.contains("canary"), "{waiting:?}");
    assert!(child.try_wait().unwrap().is_none(), "it goes on trying");
    child.kill().unwrap();
    child.wait().unwrap();
    let command = hosted.run(&["tenants", "list"]);
    assert!(command.code == 1 && !command.err.contains("canary"), "{command:?}");
}
