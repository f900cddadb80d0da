//! What the templates show, made ready so that they decide nothing.

use serde_json::Value;

use crate::domain::actor::Actor;
use crate::domain::card::Level;
use crate::domain::clock::Timestamp;
use crate::domain::operation::{ItemResult, Operation, OperationState, Outcome};
use crate::domain::plan::{Plan, Refusal, Subject};
use crate::domain::preview::{Preview, plain};
use crate::domain::text::visible;

/// Who looks at the page, and the proof that a form came from it.
pub(super) struct Viewer {
    pub(super) name: String,
    pub(super) csrf: String,
}

/// An operation in a list or at the head of its own page.
pub(super) struct OperationView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) tool: String,
    pub(super) level: &'static str,
    pub(super) level_meaning: &'static str,
    pub(super) tenant: String,
    pub(super) account: String,
    pub(super) caller: String,
    pub(super) caller_key: Option<String>,
    pub(super) objects: i64,
    pub(super) asked: String,
    pub(super) until: String,
    pub(super) left: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) is_waiting: bool,
    pub(super) is_under_way: bool,
    pub(super) decided_by: Option<String>,
    pub(super) decided_at: Option<String>,
    pub(super) finished_at: Option<String>,
}

impl OperationView {
    /// An operation as it stands at `now`, under the name of its tenant.
    pub(super) fn new(operation: &Operation, tenant: String, now: Timestamp) -> Self {
        let is_waiting = operation.state == OperationState::Waiting && now < operation.expires_at;
        let is_late = operation.state == OperationState::Waiting && !is_waiting;
        let (state, tone) = state_words(if is_late { OperationState::Expired } else { operation.state });
        Self {
            id: operation.id.to_string(),
            title: visible(&operation.title),
            tool: operation.tool.clone(),
            level: operation.level.as_str(),
            level_meaning: level_meaning(operation.level),
            tenant,
            account: visible(&operation.account),
            caller: visible(operation.caller.person()),
            caller_key: match &operation.caller {
                Actor::Key { key, .. } => Some(format!("key {key}")),
                Actor::Grant { client, .. } => Some(format!("client {}", visible(client))),
                Actor::Member { .. } | Actor::Operator { .. } | Actor::Console | Actor::House => None,
            },
            objects: operation.objects,
            asked: moment(operation.created_at),
            until: moment(operation.expires_at),
            left: if is_waiting { left(operation.expires_at, now) } else { String::new() },
            state,
            tone,
            is_waiting,
            is_under_way: matches!(operation.state, OperationState::Approved | OperationState::Running),
            decided_by: operation.decided_by.as_ref().map(|actor| visible(actor.person())),
            decided_at: operation.decided_at.map(moment),
            finished_at: operation.finished_at.map(moment),
        }
    }
}

/// A decision in the list of those made lately.
pub(super) struct DecidedView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) tenant: String,
    pub(super) account: String,
    pub(super) decided_by: String,
    pub(super) decided_at: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
}

impl DecidedView {
    /// A decided operation under the name of its tenant.
    pub(super) fn new(operation: &Operation, tenant: String) -> Self {
        let (state, tone) = state_words(operation.state);
        Self {
            id: operation.id.to_string(),
            title: visible(&operation.title),
            tenant,
            account: visible(&operation.account),
            decided_by: operation.decided_by.as_ref().map(|actor| visible(actor.person())).unwrap_or_default(),
            decided_at: operation.decided_at.map(moment).unwrap_or_default(),
            state,
            tone,
        }
    }
}

/// What exactly will happen.
pub(super) struct PlanView {
    pub(super) effects: Vec<String>,
    pub(super) subjects: Vec<Subject>,
    pub(super) refused: Vec<Refusal>,
    pub(super) requests: Vec<RequestView>,
}

/// A request that will be sent.
pub(super) struct RequestView {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) params: Vec<ParamView>,
}

/// A parameter of a request.
pub(super) struct ParamView {
    pub(super) name: String,
    pub(super) value: String,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        let requests = plan.previews().into_iter().map(RequestView::from).collect();
        let subjects = plan.steps.into_iter().flat_map(|step| step.subjects);
        let subjects = subjects.map(|subject| Subject {
            id: visible(&subject.id),
            name: visible(&subject.name),
            before: subject.before.as_deref().map(visible),
        });
        let refused = plan.refused.into_iter().map(|refusal| Refusal {
            name: visible(&refusal.name),
            message: visible(&refusal.message),
            ..refusal
        });
        Self {
            effects: plan.effects.iter().map(|effect| visible(effect)).collect(),
            subjects: subjects.collect(),
            refused: refused.collect(),
            requests,
        }
    }
}

impl From<Preview> for RequestView {
    fn from(preview: Preview) -> Self {
        let params = preview
            .params
            .iter()
            .map(|(name, value)| ParamView { name: visible(name), value: readable(value) })
            .collect();
        Self { method: preview.method, path: visible(&preview.path), params }
    }
}

/// A value as a person reads it, also when Duo takes it as a text: a list with a line for each item, an object with one for
/// each field.
fn readable(value: &Value) -> String {
    let inner = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    match inner.as_ref().unwrap_or(value) {
        // The line breaks are ours: those of a text inside are escaped by JSON.
        Value::Array(items) if !items.is_empty() => {
            let lines: Vec<String> = items.iter().map(|item| format!("  {}", visible(&item.to_string()))).collect();
            format!("[\n{}\n]", lines.join(",\n"))
        }
        structure @ (Value::Array(_) | Value::Object(_)) => {
            format!("{structure:#}").lines().map(visible).collect::<Vec<_>>().join("\n")
        }
        _ => visible(&plain(value)),
    }
}

/// What came of one object.
pub(super) struct ResultView {
    pub(super) name: String,
    pub(super) outcome: &'static str,
    pub(super) tone: &'static str,
    pub(super) message: String,
}

impl From<&ItemResult> for ResultView {
    fn from(result: &ItemResult) -> Self {
        let (outcome, tone) = match result.outcome {
            Outcome::Done => ("done", "good"),
            Outcome::Already => ("was so already", "good"),
            Outcome::Refused => ("not done", "warn"),
            Outcome::Failed => ("failed", "bad"),
            Outcome::Unknown => ("not known", "warn"),
        };
        let name = match &result.id {
            Some(id) if *id != result.name => format!("{} ({id})", result.name),
            _ => result.name.clone(),
        };
        let message = result.message.as_deref().map(visible).unwrap_or_default();
        Self { name: visible(&name), outcome, tone, message }
    }
}

fn state_words(state: OperationState) -> (&'static str, &'static str) {
    match state {
        OperationState::Asking => ("being asked in the client", "warn"),
        OperationState::Waiting => ("waiting", "warn"),
        OperationState::Approved => ("approved", "good"),
        OperationState::Running => ("running", "good"),
        OperationState::Done => ("done", "good"),
        OperationState::Failed => ("failed", "bad"),
        OperationState::Denied => ("denied", "bad"),
        OperationState::Expired => ("expired", "calm"),
        OperationState::Cancelled => ("taken back", "calm"),
        OperationState::OutcomeUnknown => ("outcome not known", "warn"),
    }
}

fn level_meaning(level: Level) -> &'static str {
    match level {
        Level::L0 => "reads",
        Level::L1 => "a reversible change to one object",
        Level::L2 => "sensitive, or several objects at once",
        Level::L3 => "irreversible, weakens a factor, moves money, or concerns everybody",
    }
}

/// A moment as a person reads it; UTC, because those who decide may sit anywhere.
pub(super) fn moment(at: Timestamp) -> String {
    match jiff::Timestamp::from_second(at.seconds()) {
        Ok(moment) => moment.strftime("%-d %b %Y, %H:%M UTC").to_string(),
        Err(_) => at.to_string(),
    }
}

/// How long is left, roughly.
fn left(until: Timestamp, now: Timestamp) -> String {
    let minutes = (until.seconds() - now.seconds()).max(0) / 60;
    match minutes {
        0 => "(less than a minute left)".to_owned(),
        1 => "(1 minute left)".to_owned(),
        2..=119 => format!("({minutes} minutes left)"),
        _ => format!("({} hours left)", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_structure_is_laid_out_and_odd_characters_are_seen() {
        assert_eq!(readable(&Value::from(r#"["a"]"#)), "[\n  \"a\"\n]");
        assert_eq!(readable(&json!([{"a": 1}, {"a": 2}])), "[\n  {\"a\":1},\n  {\"a\":2}\n]");
        assert_eq!(readable(&json!(["a\nb\u{202e}"])), "[\n  \"a\\nb\u{fffd}\"\n]");
        assert_eq!(readable(&Value::from("active")), "active");
        assert_eq!(readable(&json!("a\u{202e}b\n")), "a\u{fffd}b\u{fffd}");
        assert_eq!(readable(&json!({"a": "b\u{200b}c"})), "{\n  \"a\": \"b\u{fffd}c\"\n}");
    }

    #[test]
    fn no_text_of_a_plan_or_a_result_hides_anything() {
        let odd = "a\u{202e}b";
        let plan: Plan = serde_json::from_value(json!({
            "account": {"connection": "cn_0123456789abcdefghijAB", "name": odd}, "level": "L1", "title": odd,
            "effects": [odd], "refused": [{"name": odd, "code": "x", "message": odd}], "phrase": odd, "reaches": null,
            "steps": [{"endpoint": "users_modify", "params": {"user_id": odd, "notes": odd},
                "subjects": [{"id": odd, "name": odd, "before": odd}], "read_back": {"kind": "unseen"}}],
        }))
        .unwrap();
        let view = PlanView::from(plan);
        let (request, subject, refused) = (&view.requests[0], &view.subjects[0], &view.refused[0]);
        let result = ItemResult {
            id: Some(odd.into()),
            name: odd.repeat(2),
            outcome: Outcome::Failed,
            message: Some(odd.into()),
            now: None,
        };
        let result = ResultView::from(&result);
        let shown = [
            &view.effects[0],
            &request.path,
            &request.params[0].value,
            &subject.id,
            &subject.name,
            subject.before.as_ref().unwrap(),
            &refused.name,
            &refused.message,
            &result.name,
            &result.message,
        ];
        for text in shown {
            assert!(text.contains('\u{fffd}') && !text.contains('\u{202e}'), "{text:?}");
        }
    }

    #[test]
    fn moments_read_well() {
        assert_eq!(moment(Timestamp(1_700_000_000_000)), "14 Nov 2023, 22:13 UTC");
        assert_eq!(left(Timestamp(61_000), Timestamp(0)), "(1 minute left)");
        assert_eq!(left(Timestamp(86_400_000), Timestamp(0)), "(24 hours left)");
    }
}
