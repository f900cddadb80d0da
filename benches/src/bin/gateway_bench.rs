//! Measures, and prints the table; called by scripts/bench.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Parser;
use gateway_bench::machine;
use gateway_bench::measure::{Bench, GOALS, Goal, Length, measure};
use gateway_bench::report::{replaced, say, table};

/// Measures the gateway against a bare MCP server that makes the same call.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the servers' binaries
    #[arg(long)]
    programs: PathBuf,
    /// Fewer and shorter rounds: to see that it works
    #[arg(long)]
    quick: bool,
    /// URL of a PostgreSQL superuser, for what is counted there
    #[arg(long)]
    postgres: Option<String>,
    /// Page in which the last run is replaced
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// How it was called, for the page
    #[arg(long, default_value = "gateway-bench")]
    command: String,
    /// The goals to measure; left out, all
    goals: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().context("no runtime");
    match runtime.and_then(|runtime| runtime.block_on(bench(&arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn bench(arguments: &Arguments) -> anyhow::Result<()> {
    for id in &arguments.goals {
        let known: Vec<&str> = GOALS.iter().map(|goal| goal.id).collect();
        ensure!(Goal::named(&id.to_uppercase()).is_some(), "{id} is not measured here: {}", known.join(", "));
    }
    let length = if arguments.quick { Length::QUICK } else { Length::FULL };
    let about = machine::description().await;
    let folder = std::env::temp_dir().join(format!("gateway-bench-{}", std::process::id()));
    let mut bench = Bench::new(arguments.programs.clone(), folder.clone(), arguments.postgres.clone(), length).await?;
    let measured = measure(&mut bench, &arguments.goals).await;
    drop(bench);
    let measured = measured.with_context(|| format!("the servers' logs are in {}", folder.display()))?;
    std::fs::remove_dir_all(&folder)?;
    let rounds = format!("{} rounds of {:.1} s in turn", length.rounds, length.time.as_secs_f64());
    let today = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let run = format!("`{}` on {today}, {rounds}.\n\n{about}\n\n{}", arguments.command, table(&measured));
    say(&format!("\n{run}"));
    if let Some(page) = &arguments.write {
        std::fs::write(page, replaced(&std::fs::read_to_string(page)?, &run)?)?;
    }
    Ok(())
}
