//! `admin`: the operators of this installation.

use anyhow::bail;
use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::{facts, table};
use crate::admin::view::OperatorView;
use crate::domain::actor::Operator;
use crate::domain::ids::OperatorId;
use crate::tokens::Token;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make the first operator key; it is shown once, and only if there is no operator yet
    Bootstrap {
        /// The operator's name, which the audit log says
        #[arg(long, default_value = "operator")]
        name: String,
    },
    /// Further operators: made, listed, revoked
    #[command(subcommand)]
    Operators(OperatorsCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum OperatorsCommand {
    /// Make another operator key; it is shown once
    Create {
        /// The operator's name, which the audit log says
        #[arg(long)]
        name: String,
    },
    /// List the operators, revoked ones too
    List,
    /// Revoke an operator's key and end its sessions
    Revoke {
        /// The operator's id (opr_…), as the list shows it
        operator: String,
    },
}

pub(super) async fn run(desk: &Desk, command: AdminCommand) -> anyhow::Result<Report> {
    let operators = &desk.parts.operators;
    match command {
        AdminCommand::Bootstrap { name } => {
            let Some((token, operator)) = operators.bootstrap(&name).await? else {
                bail!("there is an operator already; `admin operators create` makes another key");
            };
            made(&token, &operator)
        }
        AdminCommand::Operators(OperatorsCommand::Create { name }) => {
            let (token, operator) = operators.create(&name).await?;
            made(&token, &operator)
        }
        AdminCommand::Operators(OperatorsCommand::List) => list(desk).await,
        AdminCommand::Operators(OperatorsCommand::Revoke { operator }) => {
            if !operators.revoke(&OperatorId::parse(&operator)?).await? {
                bail!("there is no operator `{operator}`, or its key is revoked already");
            }
            let json = serde_json::json!({"id": operator, "revoked": true});
            Report::new(
                format!("Revoked {operator}: its key opens nothing any more, and its sessions are over."),
                &json,
            )
        }
    }
}

fn made(token: &Token, operator: &Operator) -> anyhow::Result<Report> {
    let text = facts(&[
        ("operator key", Some(token.expose().to_owned())),
        ("name", Some(operator.name.clone())),
        ("id", Some(operator.id.to_string())),
        ("expires", Some(operator.expires_at.to_string())),
    ]);
    let about = OperatorView::from(operator);
    let json = serde_json::json!({"operator_key": token.expose(), "operator": about});
    Report::new(format!("{text}\nThe key is shown this once; keep it where secrets are kept."), &json)
}

async fn list(desk: &Desk) -> anyhow::Result<Report> {
    let found = desk.parts.store.operators.list().await?;
    let now = desk.parts.clock.now();
    let rows: Vec<_> = found
        .iter()
        .map(|operator| {
            let state = match operator.revoked_at {
                Some(_) => "revoked",
                None if now >= operator.expires_at => "expired",
                None => "works",
            };
            let (made, ends) = (operator.created_at.to_string(), operator.expires_at.to_string());
            vec![operator.id.to_string(), operator.name.clone(), state.to_owned(), made, ends]
        })
        .collect();
    let views: Vec<_> = found.iter().map(OperatorView::from).collect();
    let head = ["id", "name", "state", "made", "expires"];
    Report::new(table(&head, &rows, "No operators yet; `admin bootstrap` makes the first."), &views)
}
