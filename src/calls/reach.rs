//! Reaching people: caps before a push, who asks, and the row that follows it.

use serde_json::Value;

use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::domain::audit::AuditOutcome;
use crate::domain::ids::PushId;
use crate::domain::member::Member;
use crate::domain::operation::{Operation, Outcome};
use crate::domain::plan::Plan;
use crate::domain::push::{Push, PushState};
use crate::tools::change::{PUSHINFO, push_info};
use crate::tools::duo::Duo;
use crate::tools::shape::clean_text;

impl Calls {
    /// Writes onto the phone who asks. The name is the caller's, never a text of the model's.
    pub(super) fn sign_push(call: &CallRequest, plan: &mut Plan, duo: &Duo) {
        for step in &mut plan.steps {
            if let Some(info) = step.params.get_mut(PUSHINFO) {
                let reason = clean_text(info.as_str().unwrap_or_default(), 120);
                let asker = asker(&call.caller.member);
                *info = push_info(&asker, &reason, duo.defaults().push_info.as_deref());
            }
        }
    }

    /// Counts a push against the caps, over all replicas, before it is sent.
    pub(super) async fn reserve_push(
        &self,
        call: &CallRequest,
        plan: &Plan,
        operation: &Operation,
    ) -> Result<Option<Push>, CallError> {
        let Some(reach) = &plan.reaches else { return Ok(None) };
        let now = self.now();
        let push = Push {
            id: PushId::new(&self.parts().random)?,
            tenant: call.caller.tenant.clone(),
            connection: plan.account.connection.clone(),
            caller: call.caller.id_text().to_owned(),
            user_id: reach.user_id.clone(),
            username: reach.username.clone(),
            factor: reach.factor.clone(),
            txid: None,
            state: PushState::Reserved,
            status: None,
            status_msg: None,
            created_at: now,
            finished_at: None,
        };
        let mut event = self.event_of(operation, &operation.caller, AuditOutcome::Held, None)?;
        event.action = "push.reserve".into();
        event.objects = vec![push.id.to_string()];
        match self.parts().store.pushes.reserve(&push, &self.settings().caps, now, &event).await? {
            None => Ok(Some(push)),
            Some(refused) => Err(CallError::PushRefused(refused)),
        }
    }

    /// Notes what became of the request for a push: its transaction, or that nothing was sent.
    pub(super) async fn note_push(&self, push: &Push, operation: &Operation) -> Result<(), CallError> {
        let result = operation.results.first();
        let txid =
            result.and_then(|result| result.now.as_ref()).and_then(|now| now.get("txid")).and_then(Value::as_str);
        let pushes = &self.parts().store.pushes;
        match (txid, result.map(|result| result.outcome)) {
            (Some(txid), _) => {
                pushes.sent(&push.tenant, &push.id, txid).await?;
                self.parts().wake.notify_waiters();
            }
            (None, Some(Outcome::Failed | Outcome::Refused)) => {
                let message = result.and_then(|result| result.message.as_deref());
                pushes.finish(&push.tenant, &push.id, PushState::NotSent, None, message, self.now()).await?;
            }
            (None, _) => {
                pushes.finish(&push.tenant, &push.id, PushState::Unknown, None, None, self.now()).await?;
            }
        }
        Ok(())
    }
}

/// How a phone names who asks. A name that its bearer chose, and that nobody vouches for, is shown as one.
fn asker(member: &Member) -> String {
    let name = clean_text(&member.name, 80);
    if member.is_vouched_for() { name } else { format!("{name} (unconfirmed)") }
}

/// What an answer says of a push: the state in the words of `auth_status`.
pub(super) fn result_word(state: PushState) -> &'static str {
    match state {
        PushState::Reserved | PushState::Waiting => "waiting",
        PushState::Allow => "allow",
        PushState::Deny => "deny",
        PushState::Fraud => "fraud",
        PushState::Timeout => "timeout",
        PushState::Sent => "sent",
        PushState::NotSent => "not_sent",
        PushState::Unknown => "unknown",
    }
}

/// The state that Duo's answer means; `None` while it waits.
pub(super) fn state_of(result: &str, status: &str) -> Option<PushState> {
    match (result, status) {
        ("waiting", _) => None,
        ("allow", _) => Some(PushState::Allow),
        (_, "timeout") => Some(PushState::Timeout),
        (_, "fraud") => Some(PushState::Fraud),
        (_, "sent") => Some(PushState::Sent),
        _ => Some(PushState::Deny),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TenantId;
    use crate::domain::member::Role;
    use crate::domain::member::tests::member;
    use crate::domain::random::Random;

    #[test]
    fn a_phone_is_told_whom_nobody_vouches_for() {
        let tenant = TenantId::new(&Random::seeded(1)).unwrap();
        let known = Member { name: "Ann".into(), ..member(&tenant, Role::HelpDesk) };
        assert_eq!(asker(&known), "Ann");
        let guest = Member { name: "IT Security".into(), duo_username: Some(String::new()), ..known };
        assert_eq!(asker(&guest), "IT Security (unconfirmed)");
    }

    #[test]
    fn only_allow_is_a_yes() {
        assert_eq!(state_of("allow", "bypass"), Some(PushState::Allow));
        assert_eq!(state_of("waiting", "pushed"), None);
        assert_eq!(state_of("deny", "fraud"), Some(PushState::Fraud));
        assert_eq!(state_of("deny", "something new"), Some(PushState::Deny));
        assert_eq!(state_of("something new", ""), Some(PushState::Deny));
    }
}
