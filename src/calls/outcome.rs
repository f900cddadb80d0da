//! From what was seen to what is answered.

use serde_json::Value;

use super::parts::Calls;
use crate::domain::operation::{ItemResult, Operation, OperationState, Outcome};
use crate::domain::plan::{Plan, Step, Subject};
use crate::tenants::TenantContext;
use crate::tools::entry::Answered;
use crate::tools::error::ToolError;
use crate::tools::house::ChangeAnswer;
use crate::tools::read::TRASH_DAYS;
use crate::tools::read_back::Seen;

use super::answer::Reply;

/// When a change that runs behind the call is worth asking about again.
const ASK_AGAIN_S: u32 = 5;

impl Calls {
    /// An operation as every change and `get_operation` answer it.
    pub(super) fn change_answer(&self, operation: &Operation, context: &TenantContext) -> ChangeAnswer {
        let waits = matches!(operation.state, OperationState::Waiting | OperationState::Asking);
        let txid = operation.results.iter().find_map(|result| {
            result.now.as_ref().and_then(|now| now.get("txid")).and_then(|txid| txid.as_str()).map(str::to_owned)
        });
        ChangeAnswer {
            operation_id: Some(operation.id.to_string()),
            tool: operation.tool.clone(),
            state: operation.state,
            title: operation.title.clone(),
            results: operation.results.clone(),
            ask_again_in_s: (txid.is_some() || !operation.state.is_final()).then_some(ASK_AGAIN_S),
            txid,
            replayed: false,
            asked_by: operation.caller.person().to_owned(),
            decided_by: operation.decided_by.as_ref().map(|actor| actor.person().to_owned()),
            approve_at: (operation.state == OperationState::Waiting)
                .then(|| format!("{}/{}", self.settings().approvals.of(context), operation.id)),
            expires_at: waits.then(|| operation.expires_at.to_string()),
            notes: notes(operation),
        }
    }

    /// The answer of a change; its audit rows were written with it.
    pub(super) fn change_reply(&self, account: &str, answer: &ChangeAnswer) -> Reply {
        let reply = self.reply(account, Answered::of(answer));
        if answer.operation_id.is_some() { reply.recorded() } else { reply }
    }
}

fn notes(operation: &Operation) -> Vec<String> {
    let mut notes = Vec::new();
    if operation.state == OperationState::OutcomeUnknown {
        notes.push("Whether it happened cannot be seen. Look before doing anything, and do not send it again.".into());
    }
    if let ("trash_users", OperationState::Done, Some(at)) =
        (operation.tool.as_str(), operation.state, operation.finished_at)
    {
        let purge = at.plus_seconds(TRASH_DAYS * 86_400);
        notes.push(format!(
            "Deleted for good on about {purge} unless restored before; the account's settings may say another number of days."
        ));
    }
    if operation.tool == "restore_users" && operation.state == OperationState::Done {
        notes.push("Restored users stay disabled until modify_user sets another status.".into());
    }
    if operation.tool == "auth" && operation.state == OperationState::Done {
        notes.push("Ask auth_status with the txid. Only its result allow means that the person approved.".into());
    }
    notes
}

/// The state that an operation ends in, by what came of its objects.
pub(super) fn end_state(results: &[ItemResult]) -> OperationState {
    let any = |outcome: Outcome| results.iter().any(|result| result.outcome == outcome);
    if any(Outcome::Unknown) {
        OperationState::OutcomeUnknown
    } else if any(Outcome::Done) {
        OperationState::Done
    } else if any(Outcome::Failed) || any(Outcome::Refused) {
        OperationState::Failed
    } else {
        OperationState::Done
    }
}

/// What was refused beforehand, or is so already.
pub(super) fn refused_results(plan: &Plan) -> Vec<ItemResult> {
    plan.refused
        .iter()
        .map(|refusal| ItemResult {
            id: None,
            name: refusal.name.clone(),
            outcome: if refusal.code == "already" { Outcome::Already } else { Outcome::Refused },
            message: Some(refusal.message.clone()),
            now: None,
        })
        .collect()
}

/// The same outcome for every object of a step.
pub(super) fn all(subjects: &[Subject], outcome: Outcome, message: &str) -> Vec<ItemResult> {
    subjects
        .iter()
        .map(|subject| ItemResult {
            id: Some(subject.id.clone()).filter(|id| !id.is_empty()),
            name: subject.name.clone(),
            outcome,
            message: Some(message.to_owned()),
            now: None,
        })
        .collect()
}

/// What was seen after Duo accepted a request.
pub(super) fn after_acceptance(seen: Vec<Seen>) -> Vec<ItemResult> {
    let judge = |seen: Seen| {
        let (outcome, message) = match seen.happened {
            Some(true) | None => (Outcome::Done, None),
            Some(false) => (
                Outcome::Failed,
                Some("Duo accepted the request, but reading shows no change for this object.".to_owned()),
            ),
        };
        ItemResult { id: seen.id, name: seen.name, outcome, message, now: seen.now }
    };
    seen.into_iter().map(judge).collect()
}

/// What follows for a step that waited, when it is looked at right before it is sent; `None` if it is still to be sent.
///
/// It may have happened by other hands, or its object may be another than the one that was approved.
pub(super) fn overtaken(step: &Step, seen: Result<Vec<Seen>, ToolError>) -> Option<Vec<ItemResult>> {
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            let message = format!("It could not be looked at before sending, so nothing was sent: {error}.");
            return Some(all(&step.subjects, Outcome::Failed, &message));
        }
    };
    if !seen.is_empty() && seen.iter().all(|one| one.happened == Some(true)) {
        return Some(all(&step.subjects, Outcome::Already, "It was so already when it was to be sent."));
    }
    let moved = step.subjects.iter().zip(&seen).find_map(|(subject, seen)| {
        let (before, now) = (subject.before.as_deref()?, state_in(seen.now.as_ref()?)?);
        (before != now).then(|| (subject.name.clone(), before.to_owned(), now))
    });
    let (name, before, now) = moved?;
    let message =
        format!("{name} was {before} when this was asked for and is {now} now, so nothing was sent; ask anew.");
    Some(all(&step.subjects, Outcome::Failed, &message))
}

/// The state of an object as a plan remembers it: a user's status, an account's edition or credits.
fn state_in(now: &Value) -> Option<String> {
    let state = ["status", "edition", "credits"].into_iter().find_map(|field| now.get(field))?;
    Some(state.as_str().map_or_else(|| state.to_string(), str::to_owned))
}

/// What was seen after a request whose answer was lost; `None` if it provably did not happen to any object.
pub(super) fn after_loss(seen: Vec<Seen>) -> Option<Vec<ItemResult>> {
    if seen.iter().all(|one| one.happened == Some(false)) {
        return None;
    }
    let judge = |seen: Seen| {
        let (outcome, message) = match seen.happened {
            Some(true) => (Outcome::Done, None),
            Some(false) => {
                (Outcome::Failed, Some("The answer was lost; reading shows no change for this object.".to_owned()))
            }
            None => (Outcome::Unknown, Some("The answer was lost, and whether it happened cannot be seen.".to_owned())),
        };
        ItemResult { id: seen.id, name: seen.name, outcome, message, now: seen.now }
    };
    Some(seen.into_iter().map(judge).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(happened: Option<bool>) -> Seen {
        Seen { id: None, name: "x".into(), happened, now: None }
    }

    #[test]
    fn a_lost_request_is_sent_again_only_when_it_provably_did_not_happen() {
        assert_eq!(after_loss(vec![seen(Some(false)), seen(Some(false))]), None);
        let mixed = after_loss(vec![seen(Some(true)), seen(Some(false))]).unwrap();
        assert_eq!(mixed[1].outcome, Outcome::Failed);
        assert_eq!(after_loss(vec![seen(None)]).unwrap()[0].outcome, Outcome::Unknown);
    }

    #[test]
    fn what_was_overtaken_is_not_sent() {
        let step = |before: &str| Step {
            endpoint: "billing_set_telephony_credits".into(),
            params: serde_json::Map::new(),
            subjects: vec![Subject { id: "DA1".into(), name: "Acme".into(), before: Some(before.into()) }],
            read_back: crate::domain::plan::ReadBack::Credits { credits: 500 },
        };
        let is = |credits: i64| Seen {
            happened: Some(credits == 500),
            now: Some(serde_json::json!({ "credits": credits })),
            ..seen(None)
        };
        assert_eq!(overtaken(&step("100"), Ok(vec![is(100)])), None);
        assert_eq!(overtaken(&step("100"), Ok(vec![is(500)])).unwrap()[0].outcome, Outcome::Already);
        let moved = overtaken(&step("100"), Ok(vec![is(2000)])).unwrap();
        assert_eq!(moved[0].outcome, Outcome::Failed);
        assert!(moved[0].message.as_ref().unwrap().contains("was 100"), "{moved:?}");
        assert!(overtaken(&step("100"), Err(ToolError::OutOfTime)).is_some());
    }

    #[test]
    fn an_operation_ends_as_its_objects_did() {
        let of = |outcomes: &[Outcome]| {
            let results: Vec<ItemResult> = outcomes
                .iter()
                .map(|outcome| ItemResult { id: None, name: "x".into(), outcome: *outcome, message: None, now: None })
                .collect();
            end_state(&results)
        };
        assert_eq!(of(&[Outcome::Done, Outcome::Refused]), OperationState::Done);
        assert_eq!(of(&[Outcome::Failed, Outcome::Refused]), OperationState::Failed);
        assert_eq!(of(&[Outcome::Done, Outcome::Unknown]), OperationState::OutcomeUnknown);
        assert_eq!(of(&[Outcome::Already]), OperationState::Done);
    }
}
