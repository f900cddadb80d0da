//! `admin`: the operators of this installation.

use anyhow::bail;
use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::facts;
use crate::admin::view::OperatorView;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make the first operator key; it is shown once, and only if there is no operator yet
    Bootstrap {
        /// The operator's name, which the audit log says
        #[arg(long, default_value = "operator")]
        name: String,
    },
}

pub(super) async fn run(desk: &Desk, command: AdminCommand) -> anyhow::Result<Report> {
    let AdminCommand::Bootstrap { name } = command;
    let Some((token, operator)) = desk.parts.operators.bootstrap(&name).await? else {
        bail!("there is an operator already; its key was shown when it was made");
    };
    let text = facts(&[
        ("operator key", Some(token.expose().to_owned())),
        ("name", Some(operator.name.clone())),
        ("id", Some(operator.id.to_string())),
        ("expires", Some(operator.expires_at.to_string())),
    ]);
    let about = OperatorView::from(&operator);
    let json = serde_json::json!({"operator_key": token.expose(), "operator": about});
    Report::new(format!("{text}\nThe key is shown this once; keep it where secrets are kept."), &json)
}
