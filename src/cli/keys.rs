//! `keys`: API keys, made, listed and revoked.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::desk::Desk;
use super::members;
use super::report::Report;
use super::table::{facts, table};
use crate::admin::check_tools;
use crate::admin::view::{KeyView, NewKeyView};
use crate::domain::actor::Actor;
use crate::domain::ids::KeyId;
use crate::domain::scope::Scopes;
use crate::domain::standing::NewStanding;
use crate::tenants::{Holder, NewApiKey};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key; it is shown once
    Create(CreateArgs),
    /// List a tenant's keys
    List {
        /// The tenant's short name or id
        tenant: String,
    },
    /// Revoke a key: it stops working within two seconds
    Revoke {
        /// The tenant's short name or id
        tenant: String,
        /// The key's id (key_…), as the list shows it
        key: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The tenant's short name or id
    tenant: String,
    /// What the key is for
    #[arg(long)]
    name: String,
    /// The member that it belongs to, by name or id
    #[arg(long, required_unless_present = "person")]
    member: Option<String>,
    /// In the place of --member, as before there were members: a name; a member is made when nobody has it
    #[arg(long, conflicts_with = "member")]
    person: Option<String>,
    /// What it may be used for, parted by spaces: duo:read duo:logs duo:auth duo:write duo:destroy duo:accounts
    #[arg(long, default_value = "duo:read")]
    scopes: Scopes,
    /// When it stops working, in days
    #[arg(long, default_value_t = 365, value_name = "DAYS")]
    expires_in_days: i64,
    /// File with a JSON list of standing approvals
    #[arg(long, value_name = "FILE")]
    standing_file: Option<PathBuf>,
}

pub(super) async fn run(desk: &Desk, command: KeysCommand) -> anyhow::Result<Report> {
    match command {
        KeysCommand::Create(args) => create(desk, args).await,
        KeysCommand::List { tenant } => list(desk, &tenant).await,
        KeysCommand::Revoke { tenant, key } => {
            let tenant = desk.tenant(&tenant).await?;
            desk.parts.acts.revoke_key(&tenant.id, &KeyId::parse(&key)?, &Actor::Console).await?;
            let json = serde_json::json!({"id": key, "revoked": true});
            Report::new(format!("Revoked {key}: it stops working within two seconds."), &json)
        }
    }
}

async fn create(desk: &Desk, args: CreateArgs) -> anyhow::Result<Report> {
    let tenant = desk.tenant(&args.tenant).await?;
    let standing: Vec<NewStanding> = match &args.standing_file {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            serde_json::from_str(&text)
                .with_context(|| format!("{} is no list of standing approvals", path.display()))?
        }
    };
    check_tools(&standing)?;
    let holder = match args.member {
        Some(member) => Holder::Member(members::find(desk, &tenant.id, &member).await?.id),
        None => Holder::Person(args.person.unwrap_or_default()),
    };
    let new = NewApiKey { name: args.name, holder, scopes: args.scopes, standing, days: Some(args.expires_in_days) };
    let (key, token) = desk.parts.acts.create_key(&tenant.id, &new, &Actor::Console).await?;
    let text = facts(&[
        ("API key", Some(token.expose().to_owned())),
        ("id", Some(key.id.to_string())),
        ("member", Some(key.person.clone())),
        ("scopes", Some(key.scopes.to_string())),
        ("expires", Some(key.expires_at.to_string())),
    ]);
    let json = NewKeyView { api_key: token.expose().to_owned(), about: KeyView::from(&key) };
    Report::new(format!("{text}\nThe key is shown this once; keep it where secrets are kept."), &json)
}

async fn list(desk: &Desk, tenant: &str) -> anyhow::Result<Report> {
    let tenant = desk.tenant(tenant).await?;
    let found = desk.parts.acts.keys(&tenant.id).await?;
    let now = desk.parts.clock.now();
    let rows: Vec<_> = found
        .iter()
        .map(|key| {
            let state = match key.revoked_at {
                Some(_) => "revoked",
                None if now >= key.expires_at => "expired",
                None => "works",
            };
            vec![
                key.id.to_string(),
                key.name.clone(),
                key.person.clone(),
                format!("…{}", key.last4),
                key.scopes.to_string(),
                state.to_owned(),
                key.last_used_at.map(|at| at.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let views: Vec<_> = found.iter().map(KeyView::from).collect();
    let head = ["id", "name", "member", "key", "scopes", "state", "last used"];
    Report::new(table(&head, &rows, "No keys yet; `keys create` makes one."), &views)
}
