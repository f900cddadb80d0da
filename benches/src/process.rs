//! Servers as processes: started, looked at through /proc, stopped by their id.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Linux counts a process's time in hundredths of a second, on every machine that this runs on.
const TICK_US: u64 = 10_000;

/// A running server; killed when it is dropped.
pub struct Server {
    child: Child,
    pid: u32,
    /// Where it takes calls.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a program whose first line says where it listens.
    pub async fn speaking(program: &Path, arguments: &[&str], log: &Path) -> anyhow::Result<Self> {
        let mut child = command(program, arguments, log)?.stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("the server has no standard output")?;
        let line = BufReader::new(out).lines().next_line().await?.context("the server said nothing")?;
        let address = line.parse().with_context(|| format!("the server said `{line}`"))?;
        Self::of(child, address)
    }

    /// Starts a program that was told where to listen.
    pub fn told(program: &Path, arguments: &[&str], log: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        Self::of(command(program, arguments, log)?.stdout(Stdio::null()).spawn()?, address)
    }

    fn of(child: Child, address: SocketAddr) -> anyhow::Result<Self> {
        let pid = child.id().context("the server has ended")?;
        Ok(Self { child, pid, address })
    }

    /// Processor time so far, the system's included, in microseconds.
    pub fn cpu_us(&self) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The program's name is in brackets and may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')').context("an odd stat")?.1.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).context("an odd stat");
        Ok((ticks(11)? + ticks(12)?) * TICK_US)
    }

    /// Resident memory in KB.
    pub fn rss_kb(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("an odd status")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    /// The resident memory once it has been the same for a while: allocators give back what is free with some delay.
    pub async fn settled_rss_kb(&self) -> anyhow::Result<u64> {
        let (mut last, mut same) = (self.rss_kb()?, 0);
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let now = self.rss_kb()?;
            same = if now.abs_diff(last) <= 16 { same + 1 } else { 0 };
            last = now;
            if same == 6 {
                break;
            }
        }
        Ok(last)
    }

    /// Asks it to end, and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill").arg(self.pid.to_string()).status().await?;
        ensure!(asked.success(), "process {} could not be asked to end", self.pid);
        tokio::time::timeout(Duration::from_secs(40), self.child.wait()).await.context("it does not end")??;
        Ok(())
    }
}

/// What a program said, if it ended well.
pub async fn said(program: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().await?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} {} failed: {error}", program.display(), arguments.join(" "));
    Ok(output.stdout)
}

fn command(program: &Path, arguments: &[&str], log: &Path) -> anyhow::Result<Command> {
    let log = File::options().create(true).append(true).open(log)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(log).kill_on_drop(true);
    Ok(command)
}
