//! `tenants`: register, look at, suspend, resume, delete.

use anyhow::{Context, bail};
use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::{facts, table};
use crate::admin::view::TenantView;
use crate::domain::actor::Actor;
use crate::domain::preset::Preset;
use crate::domain::tenant::Tenant;

#[derive(Debug, Subcommand)]
pub(super) enum TenantsCommand {
    /// Register a tenant
    Create {
        /// A short name: lower-case letters, digits and hyphens
        slug: String,
        /// Its name for people; left out, the short name
        #[arg(long)]
        name: Option<String>,
    },
    /// List tenants
    List,
    /// Show a tenant
    Show {
        /// Its short name or id
        tenant: String,
    },
    /// Say whether members who connect a client have to answer a Duo push as well
    RequirePush {
        /// Its short name or id
        tenant: String,
        /// on or off
        #[arg(action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new())]
        require: bool,
    },
    /// Bound what any key or client may do here, whatever its member may
    Preset {
        /// Its short name or id
        tenant: String,
        /// look, helpdesk, security or everything
        preset: Preset,
    },
    /// Suspend a tenant: its keys stop working, its data is kept
    Suspend {
        /// Its short name or id
        tenant: String,
    },
    /// Resume a suspended tenant
    Resume {
        /// Its short name or id
        tenant: String,
    },
    /// Delete a tenant: its secrets, keys and operations are erased, its audit rows stay
    Delete {
        /// Its short name or id
        tenant: String,
        /// Its short name again, to show that it is meant
        #[arg(long, value_name = "SLUG")]
        confirm: String,
    },
}

pub(super) async fn run(desk: &Desk, command: TenantsCommand) -> anyhow::Result<Report> {
    let acts = &desk.parts.acts;
    match command {
        TenantsCommand::Create { slug, name } => {
            let name = name.as_deref().unwrap_or(&slug);
            told("Registered.", &acts.register_tenant(&slug, name, &Actor::Console).await?)
        }
        TenantsCommand::List => list(desk).await,
        TenantsCommand::Show { tenant } => told("", &desk.tenant(&tenant).await?),
        TenantsCommand::RequirePush { tenant, require } => {
            let tenant = desk.tenant(&tenant).await?;
            told("", &acts.require_push(&tenant.id, require, &Actor::Console).await?)
        }
        TenantsCommand::Preset { tenant, preset } => {
            let tenant = desk.tenant(&tenant).await?;
            told("It holds within two seconds.", &acts.set_preset(&tenant.id, preset, &Actor::Console).await?)
        }
        TenantsCommand::Suspend { tenant } => {
            let tenant = desk.tenant(&tenant).await?;
            told(
                "Suspended: its keys stop working within two seconds.",
                &acts.suspend_tenant(&tenant.id, &Actor::Console).await?,
            )
        }
        TenantsCommand::Resume { tenant } => {
            let tenant = desk.tenant(&tenant).await?;
            told("Served again.", &acts.resume_tenant(&tenant.id, &Actor::Console).await?)
        }
        TenantsCommand::Delete { tenant, confirm } => {
            let tenant = desk.tenant(&tenant).await?;
            if confirm != tenant.slug.as_str() {
                bail!("--confirm must repeat the tenant's short name, `{}`", tenant.slug);
            }
            acts.delete_tenant(&tenant.id, &Actor::Console).await?;
            let json = serde_json::json!({"id": tenant.id, "deleted": true});
            Report::new(format!("Deleted {}: its secrets, keys and operations are gone.", tenant.slug), &json)
        }
    }
}

async fn list(desk: &Desk) -> anyhow::Result<Report> {
    let mut tenants: Vec<Tenant> = Vec::new();
    loop {
        let after = tenants.last().map(|tenant| tenant.id.clone());
        let page = desk.parts.store.tenants.list(after.as_ref(), 200).await.context("the tenants cannot be read")?;
        if page.is_empty() {
            break;
        }
        tenants.extend(page);
    }
    let rows: Vec<_> = tenants
        .iter()
        .map(|t| vec![t.slug.to_string(), t.name.clone(), t.status.as_str().to_owned(), t.id.to_string()])
        .collect();
    let views: Vec<_> = tenants.iter().map(TenantView::from).collect();
    Report::new(table(&["slug", "name", "status", "id"], &rows, "No tenants yet; `tenants create` makes one."), &views)
}

fn told(word: &str, tenant: &Tenant) -> anyhow::Result<Report> {
    let about = facts(&[
        ("tenant", Some(tenant.slug.to_string())),
        ("name", Some(tenant.name.clone())),
        ("status", Some(tenant.status.as_str().to_owned())),
        ("push", tenant.require_push.then(|| "asked for when a client is connected".to_owned())),
        ("at most", Some(tenant.preset.to_string())),
        ("id", Some(tenant.id.to_string())),
        ("since", Some(tenant.created_at.to_string())),
    ]);
    let text = if word.is_empty() { about } else { format!("{word}\n\n{about}") };
    Report::new(text, &TenantView::from(tenant))
}
