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
pub(crate) struct Replica {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    config: PathBuf,
    besides: Vec<String>,
    log: PathBuf,
    child: Option<Child>,
}

impl Replica {
    /// Starts one with the settings of this file and these besides; `name` tells the logs apart.
    pub(crate) async fn start(name: &str, config: &Path, besides: &[String]) -> Self {
        let log = config.with_file_name(format!("{name}.log"));
        let (public, admin, besides) = (free_port(), free_port(), besides.to_vec());
        let mut replica = Self { public, admin, config: config.to_owned(), besides, log, child: None };
        replica.start_again();
        replica.until_ready().await;
        replica
    }

    /// Starts the process, which is not ready when this returns.
    pub(crate) fn start_again(&mut self) {
        assert!(self.child.is_none(), "it is running");
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_duo-mcp-gateway"))
            .arg("serve")
            .arg("--config")
            .arg(&self.config)
            .args(["--set", &format!("server.public.listen={}", self.public)])
            .args(["--set", &format!("server.admin.listen={}", self.admin)])
            .args(self.besides.iter().flat_map(|setting| ["--set", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// Waits until it serves.
    pub(crate) async fn until_ready(&mut self) {
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
    pub(crate) async fn kill(&mut self) {
        let mut child = self.child.take().expect("it is running");
        child.start_kill().unwrap();
        child.wait().await.unwrap();
    }

    /// Asks it to stop, as an orchestrator does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.as_ref().and_then(Child::id).expect("it is running").to_string();
        let sent = std::process::Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it is running");
        timeout(Duration::from_secs(40), child.wait()).await.expect("it ends in time").unwrap()
    }

    /// Whether it says that it could not ask its database in time, as on a machine that has too much to do.
    pub(crate) fn was_late(&self) -> bool {
        self.times_late() > 0
    }

    /// How often it has said so since it was started first; once for each time that it had to wait.
    pub(crate) fn times_late(&self) -> usize {
        let late = ["the database cannot be polled", "the database answered the poll too late"];
        self.log_text().lines().filter(|line| late.iter().any(|words| line.contains(words))).count()
    }

    pub(crate) fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A port that nobody has now; the process takes it in a moment, and again each time that it is started.
pub(crate) fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
