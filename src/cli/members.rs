//! `members`: the people and services of a tenant, and their owner keys.

use anyhow::bail;
use clap::{Args, Subcommand};

use super::desk::Desk;
use super::report::Report;
use super::table::{facts, table};
use crate::admin::view::{GrantView, MemberView, NewOwnerKeyView, OwnerKeyView};
use crate::domain::actor::Actor;
use crate::domain::ids::TenantId;
use crate::domain::member::{Member, MemberKind, Role};
use crate::domain::scope::Scopes;
use crate::tenants::{MemberEdit, NewIdentity, NewMember, TenantError};

const ROLES: &str = "owner, administrator, user_manager, help_desk or read_only";

#[derive(Debug, Subcommand)]
pub(super) enum MembersCommand {
    /// Make a member
    Create(CreateArgs),
    /// List a tenant's members, removed ones too
    List {
        /// The tenant's short name or id
        tenant: String,
    },
    /// Change a member; what is not named stays as it is
    Change(ChangeArgs),
    /// Remove a member: its keys, its owner key and its sessions end
    Remove {
        /// The tenant's short name or id
        tenant: String,
        /// The member's name or id
        member: String,
    },
    /// Link an identity at an identity provider: its access tokens then open what the member may do, and where `sign_in.oidc` is that provider, it signs the member in on the pages
    Link(LinkArgs),
    /// Make an owner key, which signs the member in at the pages; one that it had works no longer
    OwnerKey {
        /// The tenant's short name or id
        tenant: String,
        /// The member's name or id
        member: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The tenant's short name or id
    tenant: String,
    /// Its name; phones, approvals and the audit log say it
    name: String,
    /// owner, administrator, user_manager, help_desk or read_only
    #[arg(long, help = ROLES)]
    role: Role,
    /// A program that calls by keys alone
    #[arg(long)]
    service: bool,
    /// Its username in Duo, where it is not what the connection's format makes of the name
    #[arg(long, value_name = "USERNAME")]
    duo_username: Option<String>,
    /// What it may do at most within the role, parted by spaces; left out, all of it
    #[arg(long)]
    scopes: Option<Scopes>,
}

#[derive(Debug, Args)]
pub(super) struct LinkArgs {
    /// The tenant's short name or id
    tenant: String,
    /// The member's name or id
    member: String,
    /// The provider's issuer, letter for letter as its tokens name it
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// The value of the provider's claim (`sub`, unless the settings name another), letter for letter
    #[arg(long)]
    value: String,
    /// What its access tokens may be used for at most, parted by spaces; left out, all that the member may do. On the pages, where `sign_in.oidc` is that provider, it does not bound anything: there the person is the member with the whole role
    #[arg(long)]
    scopes: Option<Scopes>,
    /// How many days the link lasts; a year when left out
    #[arg(long)]
    days: Option<i64>,
}

#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// The tenant's short name or id
    tenant: String,
    /// The member's name or id
    member: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another role
    #[arg(long, help = ROLES)]
    role: Option<Role>,
    /// Another Duo username; empty for what the connection's format makes of the name, which vouches for who was invited
    #[arg(long, value_name = "USERNAME")]
    duo_username: Option<String>,
    /// Other bounds within the role
    #[arg(long)]
    scopes: Option<Scopes>,
    /// on or off: whether it says yes or no to what waits, though it is no owner
    #[arg(long, value_name = "ON", value_parser = clap::builder::BoolishValueParser::new())]
    approves: Option<bool>,
}

pub(super) async fn run(desk: &Desk, command: MembersCommand) -> anyhow::Result<Report> {
    let acts = &desk.parts.acts;
    match command {
        MembersCommand::Create(args) => create(desk, args).await,
        MembersCommand::List { tenant } => list(desk, &tenant).await,
        MembersCommand::Change(args) => change(desk, args).await,
        MembersCommand::Link(args) => link(desk, args).await,
        MembersCommand::Remove { tenant, member } => {
            let tenant = desk.tenant(&tenant).await?;
            let member = find(desk, &tenant.id, &member).await?;
            acts.remove_member(&tenant.id, &member.id, &Actor::Console).await?;
            let json = serde_json::json!({"id": member.id, "removed": true});
            Report::new(format!("Removed {}: its keys and sessions end within two seconds.", member.name), &json)
        }
        MembersCommand::OwnerKey { tenant, member } => {
            let tenant = desk.tenant(&tenant).await?;
            let member = find(desk, &tenant.id, &member).await?;
            let (row, token) = acts.make_owner_key(&tenant.id, &member.id, &Actor::Console).await?;
            let text = facts(&[
                ("owner key", Some(token.expose().to_owned())),
                ("member", Some(member.name.clone())),
                ("expires", Some(row.expires_at.to_string())),
            ]);
            let json = NewOwnerKeyView { owner_key: token.expose().to_owned(), about: OwnerKeyView::from(&row) };
            Report::new(format!("{text}\nThe key is shown this once; keep it where secrets are kept."), &json)
        }
    }
}

async fn link(desk: &Desk, args: LinkArgs) -> anyhow::Result<Report> {
    let tenant = desk.tenant(&args.tenant).await?;
    let member = find(desk, &tenant.id, &args.member).await?;
    let scopes = args.scopes.unwrap_or_else(Scopes::all);
    let new = NewIdentity { issuer: args.issuer, value: args.value, scopes, days: args.days };
    let grant = desk.parts.acts.link_identity(&tenant.id, &member.id, &new, &Actor::Console).await?;
    let json = GrantView::new(&grant, &member.name, desk.parts.clock.now());
    let text = format!(
        "Linked: access tokens of {issuer} for `{value}` open what {member} may do within the scopes {scopes}. Where \
         `sign_in.oidc` is that provider, whoever is `{value}` there also signs in on the pages as {member}, with the whole \
         role whatever the scopes are. It is the grant {grant}, and is taken back as one.",
        issuer = new.issuer,
        value = new.value,
        member = member.name,
        scopes = grant.scopes,
        grant = grant.id,
    );
    Report::new(text, &json)
}

/// The member of this name or id.
pub(super) async fn find(desk: &Desk, tenant: &TenantId, text: &str) -> anyhow::Result<Member> {
    match desk.parts.acts.find_member(tenant, text).await {
        Err(TenantError::NoSuchMember) => bail!("there is no member `{text}`; `members list` shows them"),
        other => Ok(other?),
    }
}

async fn create(desk: &Desk, args: CreateArgs) -> anyhow::Result<Report> {
    let tenant = desk.tenant(&args.tenant).await?;
    let new = NewMember {
        name: args.name,
        kind: if args.service { MemberKind::Service } else { MemberKind::Person },
        duo_username: args.duo_username,
        role: args.role,
        scopes: args.scopes.unwrap_or_else(Scopes::all),
    };
    told(&desk.parts.acts.create_member(&tenant.id, &new, &Actor::Console).await?)
}

async fn change(desk: &Desk, args: ChangeArgs) -> anyhow::Result<Report> {
    let tenant = desk.tenant(&args.tenant).await?;
    let member = find(desk, &tenant.id, &args.member).await?;
    let ChangeArgs { name, role, duo_username, scopes, approves, .. } = args;
    let edit = MemberEdit { name, duo_username, role, scopes, standing: None, approves };
    told(&desk.parts.acts.change_member(&tenant.id, &member.id, &edit, &Actor::Console).await?)
}

async fn list(desk: &Desk, tenant: &str) -> anyhow::Result<Report> {
    let tenant = desk.tenant(tenant).await?;
    let found = desk.parts.acts.members(&tenant.id).await?;
    let rows: Vec<_> = found
        .iter()
        .map(|member| {
            vec![
                member.id.to_string(),
                member.name.clone(),
                member.kind.as_str().to_owned(),
                member.role.to_string(),
                in_duo(member).unwrap_or_default(),
                if member.removed_at.is_some() { "removed".to_owned() } else { member.ceiling().to_string() },
            ]
        })
        .collect();
    let views: Vec<_> = found.iter().map(MemberView::from).collect();
    let head = ["id", "name", "kind", "role", "in Duo", "may"];
    Report::new(table(&head, &rows, "No members yet; `members create` makes one."), &views)
}

/// Its own username in Duo, or that nobody vouches for whom the member says to be.
fn in_duo(member: &Member) -> Option<String> {
    if member.is_vouched_for() { member.duo_username.clone() } else { Some("unconfirmed".to_owned()) }
}

fn told(member: &Member) -> anyhow::Result<Report> {
    let text = facts(&[
        ("member", Some(member.name.clone())),
        ("id", Some(member.id.to_string())),
        ("kind", Some(member.kind.as_str().to_owned())),
        ("role", Some(member.role.to_string())),
        ("in Duo", in_duo(member)),
        ("may", Some(member.ceiling().to_string())),
        ("approves", member.may_approve().then(|| "what waits".to_owned())),
    ]);
    Report::new(text, &MemberView::from(member))
}
