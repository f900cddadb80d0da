//! On what it was measured.

use std::fs::read_to_string;

use crate::process::said;

/// The machine and the compiler, in lines for the page.
pub async fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(|| "unknown".to_owned(), |kb| format!("{} GB", kb.div_ceil(1 << 20)));
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let compiler = said("rustc".as_ref(), &["--version"]).await.unwrap_or_default();
    let compiler = String::from_utf8_lossy(&compiler).trim().to_owned();
    let busy = read_to_string("/proc/loadavg").unwrap_or_default();
    let busy = busy.split(' ').next().unwrap_or_default().to_owned();
    format!(
        "- machine: {cores} cores of {cpu}, {memory} of memory, Linux {}\n- compiler: {compiler}\n\
         - load average when it began: {busy}",
        kernel.trim()
    )
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
