//! A gateway as a process that is killed and started again on the same ports.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::http::request;

/// One of several gateways on the same database.
pub(super) struct Replica {
    pub(super) public: SocketAddr,
    pub(super) admin: SocketAddr,
    config: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

impl Replica {
    /// Starts one with these settings; `name` tells the logs apart.
    pub(super) async fn start(name: &str, config: &Path) -> Self {
        let log = config.with_file_name(format!("{name}.log"));
        let mut replica = Self { public: free_port(), admin: free_port(), config: config.to_owned(), log, child: None };
        replica.start_again();
        replica.until_ready().await;
        replica
    }

    /// Starts the process, which is not ready when this returns.
    pub(super) fn start_again(&mut self) {
        assert!(self.child.is_none(), "it is running");
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_duo-mcp-gateway"))
            .arg("serve")
            .arg("--config")
            .arg(&self.config)
            .args(["--set", &format!("server.public.listen={}", self.public)])
            .args(["--set", &format!("server.admin.listen={}", self.admin)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// Waits until it serves.
    pub(super) async fn until_ready(&mut self) {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            if matches!(request(self.public, "GET /readyz", &[], None).await, Ok((200, _))) {
                return;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "it does not serve: {}", self.log_text());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL: nothing of it goes on from here.
    pub(super) async fn kill(&mut self) {
        let mut child = self.child.take().expect("it is running");
        child.start_kill().unwrap();
        child.wait().await.unwrap();
    }

    /// Asks it to stop, as an orchestrator does.
    pub(super) fn terminate(&self) {
        let id = self.child.as_ref().and_then(Child::id).expect("it is running").to_string();
        let sent = std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it is running");
        timeout(Duration::from_secs(40), child.wait()).await.expect("it ends in time").unwrap()
    }

    pub(super) fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A port that nobody has now; the process takes it in a moment, and again each time that it is started.
fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
