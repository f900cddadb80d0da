//! `export`: reference pages out of the program, so that they say what it does.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::report::Report;

use crate::admin::openapi;
use crate::clients::reference as clients;
use crate::config::reference as settings;
use crate::tools::reference as tools;

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Which pages
    what: What,
    /// The folder under which `docs` and `config` stand
    #[arg(long, default_value = ".", value_name = "DIR")]
    to: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// docs/tools.md
    Tools,
    /// docs/clients.md
    Clients,
    /// docs/settings.md and config/gateway.example.toml
    Settings,
    /// docs/openapi.json
    Openapi,
    /// All of them
    All,
}

/// A file and what it holds.
type Page = (&'static str, String);

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Report> {
    let mut written = Vec::new();
    for (name, text) in pages(args.what) {
        write(&args.to.join(name), &text)?;
        written.push(name);
    }
    Report::new(format!("Written: {}", written.join(", ")), &serde_json::json!({"written": written}))
}

fn pages(what: What) -> Vec<Page> {
    let all = [
        (What::Tools, ("docs/tools.md", tools::markdown())),
        (What::Clients, ("docs/clients.md", clients::markdown())),
        (What::Settings, ("docs/settings.md", settings::markdown())),
        (What::Settings, ("config/gateway.example.toml", settings::example())),
        (What::Openapi, ("docs/openapi.json", openapi::document())),
    ];
    all.into_iter().filter(|(kind, _)| what == What::All || what == *kind).map(|(_, page)| page).collect()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    written.with_context(|| format!("{} cannot be written", path.display()))
}
