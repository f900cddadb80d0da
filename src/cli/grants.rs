//! `grants`: what members let AI clients do, listed and taken back.

use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::table;
use crate::admin::view::GrantView;
use crate::domain::actor::Actor;
use crate::domain::ids::GrantId;

#[derive(Debug, Subcommand)]
pub(super) enum GrantsCommand {
    /// List what a tenant's members granted, what ended too
    List {
        /// The tenant's short name or id
        tenant: String,
    },
    /// Take a grant back: its tokens stop working within two seconds
    Revoke {
        /// The tenant's short name or id
        tenant: String,
        /// The grant's id (grt_…), as the list shows it
        grant: String,
    },
}

pub(super) async fn run(desk: &Desk, command: GrantsCommand) -> anyhow::Result<Report> {
    match command {
        GrantsCommand::List { tenant } => list(desk, &tenant).await,
        GrantsCommand::Revoke { tenant, grant } => {
            let tenant = desk.tenant(&tenant).await?;
            desk.parts.acts.revoke_grant(&tenant.id, &GrantId::parse(&grant)?, &Actor::Console).await?;
            let json = serde_json::json!({"id": grant, "revoked": true});
            Report::new(format!("Took {grant} back: its tokens stop working within two seconds."), &json)
        }
    }
}

async fn list(desk: &Desk, tenant: &str) -> anyhow::Result<Report> {
    let tenant = desk.tenant(tenant).await?;
    let (found, now) = (desk.parts.acts.grants(&tenant.id).await?, desk.parts.clock.now());
    let views: Vec<_> = found.iter().map(|(grant, person)| GrantView::new(grant, person, now)).collect();
    let rows: Vec<_> = views
        .iter()
        .map(|view| {
            vec![
                view.id.clone(),
                view.client_name.clone(),
                view.person.clone(),
                view.scopes.to_string(),
                view.state.as_str().to_owned(),
                view.expires_at.clone(),
                view.last_used_at.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let head = ["id", "client", "member", "scopes", "state", "ends", "last used"];
    Report::new(table(&head, &rows, "No grants yet: nobody has let a client in."), &views)
}
