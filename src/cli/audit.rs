//! `audit`: what happened.

use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::table;
use crate::admin::view::EventView;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List what happened, newest first
    List {
        /// Only this tenant's rows: its short name or id
        #[arg(long)]
        tenant: Option<String>,
        /// How many rows
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
}

pub(super) async fn run(desk: &Desk, command: AuditCommand) -> anyhow::Result<Report> {
    let AuditCommand::List { tenant, limit } = command;
    let tenant = match tenant {
        Some(text) => Some(desk.tenant(&text).await?),
        None => None,
    };
    let events = desk.parts.store.audit.list(tenant.as_ref().map(|t| &t.id), None, i64::from(limit)).await?;
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            vec![
                event.at.to_string(),
                event.actor.person().to_owned(),
                event.action.clone(),
                event.account.clone().unwrap_or_default(),
                event.level.map(|level| level.to_string()).unwrap_or_default(),
                event.outcome.as_str().to_owned(),
                event.code.clone().unwrap_or_default(),
                event.objects.join(" "),
            ]
        })
        .collect();
    let views: Vec<_> = events.iter().map(EventView::from).collect();
    let head = ["at", "who", "what", "account", "level", "outcome", "code", "objects"];
    Report::new(table(&head, &rows, "Nothing happened yet."), &views)
}
