//! `migrate`: the database's tables, brought up to date.

use super::desk::{quiet_log, settings};
use super::global::Global;
use super::report::Report;
use crate::server::migrate;

/// Migrates as the owner of the tables, and gives the role that serves its rights.
pub(super) async fn run(global: &Global) -> anyhow::Result<Report> {
    let settings = settings(global)?;
    quiet_log(&settings)?;
    migrate(&settings).await?;
    Report::new("The tables are up to date.", &serde_json::json!({"schema": "current"}))
}
