//! `operations`: what waits for a person, what exactly it would do, yes or no.

use std::fmt::Write as _;

use clap::Subcommand;

use super::desk::Desk;
use super::report::Report;
use super::table::{facts, one_line, table};
use crate::admin::view::OperationView;
use crate::domain::actor::Actor;
use crate::domain::ids::OperationId;
use crate::domain::operation::Operation;
use crate::domain::plan::Plan;
use crate::domain::preview::plain;
use crate::operations::{ApprovalError, Verdict};

/// How many operations are read at a time.
const PAGE: u8 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum OperationsCommand {
    /// List the operations that wait, of all tenants
    List,
    /// Show exactly what an operation will do
    Show {
        /// The operation's id (op_…)
        operation: String,
    },
    /// Approve an operation: it is carried out once, exactly as shown
    Approve {
        /// The operation's id (op_…)
        operation: String,
    },
    /// Deny an operation: nothing is sent to Duo
    Deny {
        /// The operation's id (op_…)
        operation: String,
    },
}

pub(super) async fn run(desk: &Desk, command: OperationsCommand) -> anyhow::Result<Report> {
    match command {
        OperationsCommand::List => list(desk).await,
        OperationsCommand::Show { operation } => {
            let id = OperationId::parse(&operation)?;
            let shown = desk.parts.approvals.show(&id).await?.ok_or(ApprovalError::Unknown)?;
            let json = OperationView::from(&shown.operation).with_plan(shown.plan.as_ref());
            Report::new(text(&shown.operation, shown.plan.as_ref()), &json)
        }
        OperationsCommand::Approve { operation } => decide(desk, &operation, Verdict::Approve).await,
        OperationsCommand::Deny { operation } => decide(desk, &operation, Verdict::Deny).await,
    }
}

async fn list(desk: &Desk) -> anyhow::Result<Report> {
    let mut waiting: Vec<Operation> = Vec::new();
    loop {
        let after = waiting.last().map(|operation| operation.id.clone());
        let page = desk.parts.approvals.list_waiting(after.as_ref(), PAGE.into()).await?;
        let is_last = page.len() < usize::from(PAGE);
        waiting.extend(page);
        if is_last {
            break;
        }
    }
    let rows: Vec<_> = waiting
        .iter()
        .map(|operation| {
            vec![
                operation.id.to_string(),
                operation.level.to_string(),
                operation.caller.person().to_owned(),
                operation.account.clone(),
                operation.title.clone(),
                operation.expires_at.to_string(),
            ]
        })
        .collect();
    let views: Vec<_> = waiting.iter().map(OperationView::from).collect();
    let head = ["id", "level", "asked by", "account", "what", "until"];
    Report::new(table(&head, &rows, "Nothing waits for a person."), &views)
}

async fn decide(desk: &Desk, id: &str, verdict: Verdict) -> anyhow::Result<Report> {
    let operation = desk.parts.approvals.decide(&OperationId::parse(id)?, verdict, &Actor::Console).await?;
    let said = match verdict {
        Verdict::Approve => "Approved; a serving gateway carries it out now.",
        Verdict::Deny => "Denied; nothing is sent to Duo.",
    };
    Report::new(format!("{said}\n\n{}", text(&operation, None)), &OperationView::from(&operation))
}

fn text(operation: &Operation, plan: Option<&Plan>) -> String {
    let mut out = format!("{}\n\n", one_line(&operation.title));
    out.push_str(&facts(&[
        ("operation", Some(operation.id.to_string())),
        ("state", Some(operation.state.as_str().to_owned())),
        ("asked by", Some(operation.caller.person().to_owned())),
        ("tenant", Some(operation.tenant.to_string())),
        ("account", Some(operation.account.clone())),
        ("tool", Some(operation.tool.clone())),
        ("level", Some(operation.level.to_string())),
        ("objects", Some(operation.objects.to_string())),
        ("until", Some(operation.expires_at.to_string())),
        ("decided by", operation.decided_by.as_ref().map(|actor| actor.person().to_owned())),
    ]));
    if let Some(plan) = plan {
        plan_text(&mut out, plan);
    }
    for result in &operation.results {
        let message = result.message.as_deref().unwrap_or_default();
        let _ = writeln!(out, "\n{}: {:?} {}", one_line(&result.name), result.outcome, one_line(message));
    }
    out
}

fn plan_text(out: &mut String, plan: &Plan) {
    if !plan.effects.is_empty() {
        out.push_str("\nWhat follows\n");
    }
    for effect in &plan.effects {
        let _ = writeln!(out, "  - {}", one_line(effect));
    }
    out.push_str("\nWhat will be sent to Duo\n");
    for (step, preview) in plan.steps.iter().zip(plan.previews()) {
        let _ = writeln!(out, "  {preview}");
        for (name, value) in &preview.params {
            let _ = writeln!(out, "      {name} = {}", one_line(&plain(value)));
        }
        for subject in &step.subjects {
            let _ = writeln!(out, "      on {} {}", one_line(&subject.name), one_line(&subject.id));
        }
    }
    if !plan.refused.is_empty() {
        out.push_str("\nAsked for, and will not be done\n");
    }
    for refusal in &plan.refused {
        let _ = writeln!(out, "  - {}: {}", one_line(&refusal.name), one_line(&refusal.message));
    }
}
