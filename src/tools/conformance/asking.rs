//! Fixtures that ask their client: for forms, a word of the model's, its folders.

use serde_json::{Value, json};

use crate::tools::content::Content;
use crate::tools::talk::{Question, Talk, Turn};

/// A form with one field.
fn form(message: &str, field: &str, kind: &str) -> Question {
    let schema = json!({ "type": "object", "properties": { field: { "type": kind } }, "required": [field] });
    Question::Form { message: message.to_owned(), schema }
}

fn said(text: impl Into<String>) -> Turn {
    Turn::Said(vec![Content::text(text)])
}

fn ask(name: &'static str, question: Question, keep: Option<&'static str>) -> Turn {
    Turn::Ask { questions: vec![(name, question)], keep }
}

pub(super) fn elicitation(_: &Value, talk: &Talk) -> Turn {
    match talk.typed("user_name", "name") {
        Some(name) => said(format!("Hello, {name}!")),
        None => ask("user_name", form("What is your name?", "name", "string"), None),
    }
}

pub(super) fn sampling(_: &Value, talk: &Talk) -> Turn {
    if let Some(text) = talk.answers.get("capital_question").and_then(|answer| answer.pointer("/content/text")) {
        return said(format!("The model said: {text}"));
    }
    let question = Question::Model { prompt: "What is the capital of France?", most_tokens: 100 };
    ask("capital_question", question, None)
}

pub(super) fn list_roots(_: &Value, talk: &Talk) -> Turn {
    match talk.answers.get("client_roots").and_then(|answer| answer.get("roots")).and_then(Value::as_array) {
        Some(roots) => said(format!("Roots: {}", Value::Array(roots.clone()))),
        None => ask("client_roots", Question::Roots, None),
    }
}

/// Also the fixture of a tampered state: what is kept was proven to be ours before this is called.
pub(super) fn request_state(_: &Value, talk: &Talk) -> Turn {
    match (talk.kept.as_deref(), talk.answers.contains_key("confirm")) {
        (Some("asked"), true) => said("state-ok"),
        _ => ask("confirm", form("Please confirm", "ok", "boolean"), Some("asked")),
    }
}

pub(super) fn multiple_inputs(_: &Value, talk: &Talk) -> Turn {
    let names = ["user_name", "greeting", "client_roots"];
    if talk.kept.as_deref() == Some("three") && names.iter().all(|name| talk.answers.contains_key(*name)) {
        return said("All three were answered.");
    }
    let questions = [
        form("What is your name?", "name", "string"),
        Question::Model { prompt: "Generate a greeting", most_tokens: 50 },
        Question::Roots,
    ];
    Turn::Ask { questions: names.into_iter().zip(questions).collect(), keep: Some("three") }
}

pub(super) fn multi_round(_: &Value, talk: &Talk) -> Turn {
    let (name, color) = (talk.typed("step1", "name"), talk.typed("step2", "color"));
    match (talk.kept.as_deref(), name, color) {
        (Some("second"), _, Some(color)) => said(format!("Your colour is {color}.")),
        (Some("first"), Some(_), _) | (Some("second"), ..) => {
            ask("step2", form("Step 2: What is your favorite color?", "color", "string"), Some("second"))
        }
        _ => ask("step1", form("Step 1: What is your name?", "name", "string"), Some("first")),
    }
}

/// Asks for what the client can give, and for nothing else.
pub(super) fn capabilities(_: &Value, talk: &Talk) -> Turn {
    let all = [
        ("user_name", form("What is your name?", "name", "string")),
        ("capital_question", Question::Model { prompt: "What is the capital of France?", most_tokens: 100 }),
    ];
    let can = |question: &Question| talk.means.lacks(question.needs()) == crate::tools::talk::Means::default();
    let questions: Vec<_> = all.into_iter().filter(|(_, question)| can(question)).collect();
    if questions.is_empty() || questions.iter().any(|(name, _)| talk.answers.contains_key(*name)) {
        return said("There is nothing more to ask.");
    }
    Turn::Ask { questions, keep: None }
}

pub(super) fn test_sampling(_: &Value, talk: &Talk) -> Turn {
    if talk.answers.contains_key("sampled") {
        return said("LLM response received.");
    }
    ask("sampled", Question::Model { prompt: "Test prompt for sampling", most_tokens: 100 }, None)
}

pub(super) fn test_elicitation(arguments: &Value, talk: &Talk) -> Turn {
    let message = arguments.get("message").and_then(Value::as_str).unwrap_or_default();
    let text = json!({ "type": "string" });
    fields(talk, message, &json!({ "username": text, "email": text }))
}

pub(super) fn test_elicitation_sep1034_defaults(_: &Value, talk: &Talk) -> Turn {
    let properties = json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
        "verified": { "type": "boolean", "default": true }
    });
    fields(talk, "Please review and update the form fields with defaults", &properties)
}

pub(super) fn test_elicitation_sep1330_enums(_: &Value, talk: &Talk) -> Turn {
    let plain = json!(["option1", "option2", "option3"]);
    let titled = json!([{ "const": "value1", "title": "First" }, { "const": "value2", "title": "Second" }]);
    let properties = json!({
        "untitledSingle": { "type": "string", "enum": plain },
        "titledSingle": { "type": "string", "oneOf": titled },
        "untitledMulti": { "type": "array", "items": { "type": "string", "enum": plain } },
        "titledMulti": { "type": "array", "items": { "anyOf": titled } }
    });
    fields(talk, "Please select options", &properties)
}

/// A form of these fields, of which none is required.
fn fields(talk: &Talk, message: &str, properties: &Value) -> Turn {
    if let Some(answer) = talk.answers.get("fields") {
        return said(format!("User response: {answer}"));
    }
    let schema = json!({ "type": "object", "properties": properties });
    ask("fields", Question::Form { message: message.to_owned(), schema }, None)
}
