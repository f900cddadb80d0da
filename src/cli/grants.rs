//! `grants`: what members let AI clients do, and which clients; listed, ended.

use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::table;
use crate::admin::view::{ClientView, GrantView};
use crate::domain::actor::Actor;
use crate::domain::client::OAuthClient;
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
    /// List the clients that members of any tenant let in
    Clients,
    /// Expel a client: it is forgotten, and what members of any tenant granted it ends within two seconds
    Expel {
        /// The client's id, as the list of clients shows it
        client: String,
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
        GrantsCommand::Clients => clients(desk).await,
        GrantsCommand::Expel { client } => {
            let ended = desk.parts.acts.expel_client(&client, &Actor::Console).await?;
            let json = serde_json::json!({"client": client, "grants_ended": ended});
            Report::new(format!("Expelled {client}; {ended} of its grants ended."), &json)
        }
    }
}

async fn clients(desk: &Desk) -> anyhow::Result<Report> {
    let mut found: Vec<(OAuthClient, i64)> = Vec::new();
    loop {
        let after = found.last().map(|(client, _)| client.id.as_str());
        let page = desk.parts.acts.oauth_clients(after, 200).await?;
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    let views: Vec<_> = found.iter().map(ClientView::from).collect();
    let row = |view: &ClientView| {
        let used = view.last_used_at.clone().unwrap_or_default();
        vec![view.id.clone(), view.name.clone(), view.source.clone(), view.grants.to_string(), used]
    };
    let rows: Vec<_> = views.iter().map(row).collect();
    let head = ["id", "client", "source", "grants", "last let in"];
    Report::new(table(&head, &rows, "No clients yet: nobody has let one in."), &views)
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
