//! `invites`: into a tenant, or to make one.

use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::{facts, table};
use crate::admin::view::{InviteView, NewInviteView};
use crate::domain::actor::Actor;
use crate::domain::ids::{InviteId, TenantId};
use crate::domain::member::Role;
use crate::domain::scope::Scopes;

#[derive(Debug, Subcommand)]
pub(super) enum InvitesCommand {
    /// Make an invite: it works once, for three days
    Create {
        /// The tenant's short name or id; left out, an invite to make a tenant
        tenant: Option<String>,
        /// owner, administrator, user_manager, help_desk or read_only
        #[arg(long, default_value = "read_only", requires = "tenant")]
        role: Role,
        /// What the new member may do at most within the role, parted by spaces; left out, all of it
        #[arg(long, requires = "tenant")]
        scopes: Option<Scopes>,
    },
    /// List invites, used ones too
    List {
        /// The tenant's short name or id; left out, the invites to make a tenant
        tenant: Option<String>,
    },
    /// Take an invite back
    Revoke {
        /// The invite's id (inv_…), as the list shows it
        invite: String,
        /// The tenant's short name or id; left out for an invite to make a tenant
        #[arg(long)]
        tenant: Option<String>,
    },
}

pub(super) async fn run(desk: &Desk, command: InvitesCommand) -> anyhow::Result<Report> {
    let acts = &desk.parts.acts;
    match command {
        InvitesCommand::Create { tenant, role, scopes } => {
            let tenant = named(desk, tenant.as_deref()).await?;
            let role = if tenant.is_some() { role } else { Role::Owner };
            let scopes = scopes.unwrap_or_else(Scopes::all);
            let (invite, token) = acts.create_invite(tenant.as_ref(), role, scopes, &Actor::Console).await?;
            let makes = if tenant.is_some() { format!("a member: {role}") } else { "a tenant".to_owned() };
            let text = facts(&[
                ("invite", Some(token.expose().to_owned())),
                ("id", Some(invite.id.to_string())),
                ("makes", Some(makes)),
                ("expires", Some(invite.expires_at.to_string())),
            ]);
            let about = InviteView::new(&invite, desk.parts.clock.now());
            let json = NewInviteView { invite: token.expose().to_owned(), about };
            Report::new(format!("{text}\nThe invite is shown this once, and works once."), &json)
        }
        InvitesCommand::List { tenant } => list(desk, named(desk, tenant.as_deref()).await?).await,
        InvitesCommand::Revoke { invite, tenant } => {
            let tenant = named(desk, tenant.as_deref()).await?;
            acts.revoke_invite(tenant.as_ref(), &InviteId::parse(&invite)?, &Actor::Console).await?;
            let json = serde_json::json!({"id": invite, "revoked": true});
            Report::new(format!("Took {invite} back: it makes nobody a member."), &json)
        }
    }
}

async fn named(desk: &Desk, tenant: Option<&str>) -> anyhow::Result<Option<TenantId>> {
    match tenant {
        Some(tenant) => Ok(Some(desk.tenant(tenant).await?.id)),
        None => Ok(None),
    }
}

async fn list(desk: &Desk, tenant: Option<TenantId>) -> anyhow::Result<Report> {
    let (found, now) = (desk.parts.acts.invites(tenant.as_ref()).await?, desk.parts.clock.now());
    let views: Vec<_> = found.iter().map(|invite| InviteView::new(invite, now)).collect();
    let rows: Vec<_> = views
        .iter()
        .map(|view| {
            vec![
                view.id.clone(),
                format!("…{}", view.last4),
                view.role.to_string(),
                view.state.as_str().to_owned(),
                view.expires_at.clone(),
                view.made_by.person().to_owned(),
            ]
        })
        .collect();
    let head = ["id", "invite", "role", "state", "expires", "made by"];
    Report::new(table(&head, &rows, "No invites yet; `invites create` makes one."), &views)
}
