//! A Duo push by which a member proves that it is there.

use std::sync::Arc;

use duo_api::{Api, DuoError};
use serde_json::{Map, Value, json};

use super::error::CallError;
use super::parts::{Calls, millis};
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::card::Level;
use crate::domain::ids::{EventId, PushId, TenantId};
use crate::domain::member::Member;
use crate::domain::plan::{AccountRef, Plan};
use crate::domain::push::{Push, PushState};
use crate::tenants::{ConnectionContext, TenantContext};
use crate::tools::change::{Auth, PUSHINFO, push_info};
use crate::tools::declare::Change;
use crate::tools::duo::Duo;
use crate::tools::endpoint::auth::AUTH;
use crate::tools::error::ToolError;
use crate::tools::shape::clean_text;

/// How long a proof holds, from when its push was sent.
const HOLDS_MS: i64 = 10 * 60 * 1000;

/// A member who is to prove that it is there.
#[derive(Clone)]
pub struct Proof {
    /// Who.
    pub member: Member,
    /// The member's tenant.
    pub context: Arc<TenantContext>,
    /// What it is for, as nobody could guess it; by this the push is found again.
    pub purpose: String,
    /// What it is for, as the phone shows it.
    pub reason: String,
}

/// Where a member is asked, and under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The connection.
    pub account: String,
    /// The member's username there; `None` when it has none.
    pub username: Option<String>,
    /// Whether people of this account are to give passcodes otherwise.
    pub uses_passcodes: bool,
}

impl Calls {
    /// Where the member would be asked: in the connection that was the tenant's first with keys for it, so that an
    /// account which is added later cannot answer in its place.
    pub fn asked_where(context: &TenantContext, member: &Member) -> Option<Asked> {
        let own = &first(context)?.connection;
        Some(Asked {
            account: own.name.to_string(),
            username: own.defaults.username_of(member),
            uses_passcodes: own.defaults.use_passcode,
        })
    }

    /// The last push for this purpose, if there was one that may still count.
    pub async fn proof(&self, tenant: &TenantId, purpose: &str) -> Result<Option<Push>, CallError> {
        let since = self.now().plus_ms(-HOLDS_MS);
        Ok(self.parts().store.pushes.find_by_caller(tenant, purpose, since).await?)
    }

    /// Sends the push. It counts against the caps like every other, and it is followed to its end behind the answer.
    pub async fn ask_for_proof(&self, proof: &Proof) -> Result<(), CallError> {
        let asked = self.try_to_ask(proof).await;
        if let Err(error) = &asked {
            let outcome = if error.is_denial() { AuditOutcome::Denied } else { AuditOutcome::Failed };
            let mut event = self.proof_event(proof, outcome, None)?;
            event.code = Some(error.code().to_owned());
            self.parts().recorder.record(event).await?;
        }
        asked
    }

    async fn try_to_ask(&self, proof: &Proof) -> Result<(), CallError> {
        let own = first(&proof.context).ok_or(CallError::NoCredential(Api::Auth))?;
        let (id, name) = (own.connection.id.clone(), own.connection.name.to_string());
        let account = self.account_of(&proof.context, &AccountRef { connection: id, name, child: None })?;
        let me = account.defaults().username_of(&proof.member);
        let duo = self.duo_until(account, self.now().plus_ms(millis(self.settings().call))).called_by(me);
        if !duo.has(Api::Auth) {
            return Err(CallError::NoCredential(Api::Auth));
        }
        let plan = plan(proof, &duo).await?;
        let push = self.reserve_proof(proof, &plan).await?;
        let params = plan.steps.into_iter().next().map(|step| step.params).ok_or(CallError::Broken)?;
        // In a task of its own: a browser that hangs up leaves no push that nobody follows.
        let calls = self.clone();
        let sent = self.0.underway.spawn(async move { calls.send_proof(&duo, &push, params).await });
        sent.await.map_err(|_| CallError::Broken)?
    }

    async fn reserve_proof(&self, proof: &Proof, plan: &Plan) -> Result<Push, CallError> {
        let reach = plan.reaches.as_ref().ok_or(CallError::Broken)?;
        let now = self.now();
        let push = Push {
            id: PushId::new(&self.parts().random)?,
            tenant: proof.member.tenant.clone(),
            connection: plan.account.connection.clone(),
            caller: proof.purpose.clone(),
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
        let mut event = self.proof_event(proof, AuditOutcome::Intent, Some(plan.account.name.clone()))?;
        event.objects = vec![push.id.to_string()];
        match self.parts().store.pushes.reserve(&push, &self.settings().caps, now, &event).await? {
            None => Ok(push),
            Some(refused) => Err(CallError::PushRefused(refused)),
        }
    }

    async fn send_proof(&self, duo: &Duo, push: &Push, params: Map<String, Value>) -> Result<(), CallError> {
        let pushes = &self.parts().store.pushes;
        let answer = duo.send(AUTH, params).await.and_then(|answer| Ok(answer.parse::<Value>()?));
        let (state, error) = match answer {
            Ok(answer) => match answer["txid"].as_str() {
                Some(txid) => {
                    pushes.sent(&push.tenant, &push.id, txid).await?;
                    self.parts().wake.notify_waiters();
                    return Ok(());
                }
                None => (PushState::Unknown, CallError::Broken),
            },
            Err(error @ ToolError::Duo(DuoError::OutcomeUnknown(_))) => (PushState::Unknown, error.into()),
            Err(error) => (PushState::NotSent, error.into()),
        };
        let said = error.to_string();
        pushes.finish(&push.tenant, &push.id, state, None, Some(&said), self.now()).await?;
        Err(error)
    }

    fn proof_event(
        &self,
        proof: &Proof,
        outcome: AuditOutcome,
        account: Option<String>,
    ) -> Result<AuditEvent, CallError> {
        let member = &proof.member;
        Ok(AuditEvent {
            tenant: Some(member.tenant.clone()),
            account,
            level: Some(Level::L1),
            outcome,
            ..AuditEvent::done(
                EventId::new(&self.parts().random)?,
                self.now(),
                Actor::Member { member: member.id.clone(), person: member.name.clone() },
                "member.prove",
            )
        })
    }
}

/// What the tool `auth` would send the member, with words of the gateway's own on the phone.
async fn plan(proof: &Proof, duo: &Duo) -> Result<Plan, CallError> {
    let asked = json!({ "username": "me", "factor": "push" });
    let auth = serde_json::from_value::<Auth>(asked).map_err(|_| CallError::Broken)?;
    let mut plan = auth.plan(duo.clone()).await?;
    let (asker, reason) = (clean_text(&proof.member.name, 80), clean_text(&proof.reason, 120));
    for step in &mut plan.steps {
        step.params.insert("type".into(), json!("Connect an application"));
        step.params.insert(PUSHINFO.into(), push_info(&asker, &reason, duo.defaults().push_info.as_deref()));
    }
    Ok(plan)
}

fn first(context: &TenantContext) -> Option<&Arc<ConnectionContext>> {
    let has_keys = |each: &&Arc<ConnectionContext>| each.credentials.iter().any(|key| key.api == Api::Auth);
    let age = |each: &&Arc<ConnectionContext>| (each.connection.created_at, each.connection.id.clone());
    context.connections.iter().filter(has_keys).min_by_key(age)
}
