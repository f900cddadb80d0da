//! `passkeys`: by which members sign in; listed and removed, made in a browser.

use clap::Subcommand;

use super::desk::Desk;
use super::members::find;
use super::report::Report;
use super::table::table;
use crate::admin::view::PasskeyView;
use crate::domain::actor::Actor;
use crate::domain::ids::PasskeyId;

#[derive(Debug, Subcommand)]
pub(super) enum PasskeysCommand {
    /// List the passkeys of a tenant's members
    List {
        /// The tenant's short name or id
        tenant: String,
        /// Only those of this member, by name or id
        #[arg(long)]
        member: Option<String>,
    },
    /// Remove a passkey: it signs nobody in any more, and the sessions that it opened end
    Remove {
        /// The tenant's short name or id
        tenant: String,
        /// The passkey's id (psk_…), as the list shows it
        passkey: String,
    },
}

pub(super) async fn run(desk: &Desk, command: PasskeysCommand) -> anyhow::Result<Report> {
    match command {
        PasskeysCommand::List { tenant, member } => list(desk, &tenant, member.as_deref()).await,
        PasskeysCommand::Remove { tenant, passkey } => {
            let tenant = desk.tenant(&tenant).await?;
            let id = PasskeyId::parse(&passkey)?;
            desk.parts.acts.remove_passkey(&tenant.id, &id, &Actor::Console).await?;
            let json = serde_json::json!({"id": passkey, "removed": true});
            Report::new(format!("Removed {passkey}: the sessions that it opened have ended."), &json)
        }
    }
}

async fn list(desk: &Desk, tenant: &str, member: Option<&str>) -> anyhow::Result<Report> {
    let (tenant, acts) = (desk.tenant(tenant).await?, &desk.parts.acts);
    let member = match member {
        Some(text) => Some(find(desk, &tenant.id, text).await?.id),
        None => None,
    };
    let found = acts.passkeys(&tenant.id, member.as_ref()).await?;
    let members = acts.members(&tenant.id).await?;
    let rows: Vec<_> = found
        .iter()
        .map(|passkey| {
            let holder = members.iter().find(|member| member.id == passkey.member);
            vec![
                passkey.id.to_string(),
                holder.map(|holder| holder.name.clone()).unwrap_or_default(),
                passkey.name.clone(),
                passkey.created_at.to_string(),
                passkey.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
            ]
        })
        .collect();
    let views: Vec<_> = found.iter().map(PasskeyView::from).collect();
    let head = ["id", "member", "name", "made", "last used"];
    Report::new(table(&head, &rows, "No passkeys; a member adds one on the manage page."), &views)
}
