//! An operation as answers show it, with what exactly will happen.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::actor::Actor;
use crate::domain::card::Level;
use crate::domain::operation::{ItemResult, Operation, OperationState};
use crate::domain::plan::{Plan, Refusal};
use crate::domain::preview::Preview;

/// An operation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OperationView {
    /// Its identifier.
    pub id: String,
    /// Whose accounts it changes.
    pub tenant: String,
    /// The tool that was called.
    pub tool: String,
    /// The level of the call.
    pub level: Level,
    /// The name of the account.
    pub account: String,
    /// Who asked.
    pub caller: Actor,
    /// What will happen, in a sentence.
    pub title: String,
    /// How many objects it touches.
    pub objects: i64,
    /// Where it stands.
    pub state: OperationState,
    /// Who said yes or no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Actor>,
    /// What came of each object, once known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ItemResult>,
    /// When it was made.
    pub created_at: String,
    /// When the question runs out.
    pub expires_at: String,
    /// When somebody said yes or no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// What exactly will happen; gone once it is over, and left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanView>,
}

impl From<&Operation> for OperationView {
    fn from(operation: &Operation) -> Self {
        Self {
            id: operation.id.to_string(),
            tenant: operation.tenant.to_string(),
            tool: operation.tool.clone(),
            level: operation.level,
            account: operation.account.clone(),
            caller: operation.caller.clone(),
            title: operation.title.clone(),
            objects: operation.objects,
            state: operation.state,
            decided_by: operation.decided_by.clone(),
            results: operation.results.clone(),
            created_at: operation.created_at.to_string(),
            expires_at: operation.expires_at.to_string(),
            decided_at: operation.decided_at.map(|at| at.to_string()),
            finished_at: operation.finished_at.map(|at| at.to_string()),
            plan: None,
        }
    }
}

impl OperationView {
    /// The same, with what exactly will happen.
    #[must_use]
    pub fn with_plan(self, plan: Option<&Plan>) -> Self {
        Self { plan: plan.map(PlanView::from), ..self }
    }
}

/// What exactly will happen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanView {
    /// What follows from it, a sentence each.
    pub effects: Vec<String>,
    /// The requests that will be sent, in order.
    pub requests: Vec<RequestView>,
    /// What was asked for and will not be done.
    pub refused: Vec<Refusal>,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        let requests = plan.steps.iter().map(|step| {
            let subjects = step.subjects.iter().map(|subject| match subject.id.as_str() {
                "" => subject.name.clone(),
                id => format!("{} ({id})", subject.name),
            });
            RequestView::new(step.preview(), &step.endpoint, subjects.collect())
        });
        Self { effects: plan.effects.clone(), requests: requests.collect(), refused: plan.refused.clone() }
    }
}

/// A request that will be sent to Duo.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequestView {
    /// The verb.
    pub method: String,
    /// The path.
    pub path: String,
    /// The endpoint's id in the catalogue.
    pub endpoint: String,
    /// The other parameters, exactly as they will be sent.
    pub params: Map<String, Value>,
    /// The objects that it changes, by name and id.
    pub objects: Vec<String>,
}

impl RequestView {
    fn new(preview: Preview, endpoint: &str, objects: Vec<String>) -> Self {
        Self {
            method: preview.method.to_owned(),
            path: preview.path,
            endpoint: endpoint.to_owned(),
            params: preview.params.into_iter().collect(),
            objects,
        }
    }
}
