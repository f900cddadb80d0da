//! `connections`: one for each Duo account of a tenant.

use clap::{Args, Subcommand};

use super::desk::Desk;
use super::report::Report;
use super::table::{facts, table};
use crate::admin::view::ConnectionView;
use crate::domain::actor::Actor;
use crate::domain::connection::AuthDefaults;
use crate::tenants::NewConnection;

#[derive(Debug, Subcommand)]
pub(super) enum ConnectionsCommand {
    /// Register or change a connection
    Put(PutArgs),
    /// List a tenant's connections
    List {
        /// The tenant's short name or id
        tenant: String,
    },
    /// Delete a connection, with its credentials
    Delete {
        /// The tenant's short name or id
        tenant: String,
        /// The connection's name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct PutArgs {
    /// The tenant's short name or id
    tenant: String,
    /// The connection's name, which tools know it by
    name: String,
    /// The API hostname, such as api-1234abcd.duosecurity.com
    #[arg(long)]
    host: String,
    /// A longer name for people
    #[arg(long)]
    label: Option<String>,
    /// How a name becomes a Duo username, such as {{name}}@example.com
    #[arg(long, value_name = "FORMAT")]
    username_format: Option<String>,
    /// What phones show with every push: key=value&key=value
    #[arg(long, value_name = "PAIRS")]
    push_info: Option<String>,
    /// Remind of the passcode in answers about authentication
    #[arg(long)]
    use_passcode: bool,
}

pub(super) async fn run(desk: &Desk, command: ConnectionsCommand) -> anyhow::Result<Report> {
    match command {
        ConnectionsCommand::Put(args) => put(desk, args).await,
        ConnectionsCommand::List { tenant } => {
            let tenant = desk.tenant(&tenant).await?;
            let found = desk.parts.store.connections.list(&tenant.id).await?;
            let rows: Vec<_> = found
                .iter()
                .map(|c| vec![c.name.to_string(), c.host.as_str().to_owned(), c.label.clone().unwrap_or_default()])
                .collect();
            let views: Vec<_> = found.iter().map(ConnectionView::from).collect();
            Report::new(
                table(&["name", "host", "label"], &rows, "No connections yet; `connections put` makes one."),
                &views,
            )
        }
        ConnectionsCommand::Delete { tenant, name } => {
            let tenant = desk.tenant(&tenant).await?;
            desk.parts.acts.delete_connection(&tenant.id, &name, &Actor::Console).await?;
            let json = serde_json::json!({"name": name, "deleted": true});
            Report::new(format!("Deleted the connection {name} and its credentials."), &json)
        }
    }
}

async fn put(desk: &Desk, args: PutArgs) -> anyhow::Result<Report> {
    let tenant = desk.tenant(&args.tenant).await?;
    let defaults = AuthDefaults {
        username_format: args.username_format,
        push_info: args.push_info,
        use_passcode: args.use_passcode,
    };
    let new = NewConnection { name: args.name, label: args.label, host: args.host, defaults };
    let stored = desk.parts.acts.put_connection(&tenant.id, &new, &Actor::Console).await?;
    let text = facts(&[
        ("connection", Some(stored.name.to_string())),
        ("tenant", Some(tenant.slug.to_string())),
        ("host", Some(stored.host.as_str().to_owned())),
        ("label", stored.label.clone()),
        ("id", Some(stored.id.to_string())),
    ]);
    let next = format!("Now store its keys: credentials put {} {} admin --ikey …", tenant.slug, stored.name);
    Report::new(format!("{text}\n{next}"), &ConnectionView::from(&stored))
}
