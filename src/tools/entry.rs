//! A declared tool with its types erased: schemas, card, and a function to run.

use std::future::Future;
use std::pin::Pin;

use duo_api::{Api, EndpointId};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::declare::{Answer, Change, House, Read};
use super::duo::Duo;
use super::error::ToolError;
use super::house::ChangeAnswer;
use crate::domain::card::Card;
use crate::domain::plan::Plan;
use crate::domain::policy::Needs;
use crate::domain::scope::Scope;

/// What a tool answered, before the account and the time are put to it.
#[derive(Debug)]
pub struct Answered {
    /// One line.
    pub summary: String,
    /// The fields.
    pub fields: Map<String, Value>,
}

impl Answered {
    /// The answer with its type erased.
    pub fn of<A: Answer>(answer: &A) -> Self {
        let fields = match serde_json::to_value(answer) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        Self { summary: answer.summary(), fields }
    }
}

type Work<T> = Pin<Box<dyn Future<Output = Result<T, ToolError>> + Send>>;

/// How a tool does its work.
#[derive(Clone, Copy)]
pub enum Kind {
    /// It looks, and is done.
    Read(fn(Value, Duo) -> Work<Answered>),
    /// It says what is to be sent; others send it.
    Change(fn(Value, Duo) -> Work<Plan>),
    /// The house does it.
    House,
    /// It talks with its client; no tool of the product does.
    #[cfg(feature = "conformance")]
    Talk(super::talk::Run),
}

/// A tool as the catalog holds it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What only a person can know of it.
    pub card: Card,
    /// The endpoints that it may call.
    pub parts: &'static [EndpointId],
    /// How it does its work.
    pub kind: Kind,
    /// The schema of its arguments.
    pub input: fn() -> Map<String, Value>,
    /// The schema of its answer.
    pub output: fn() -> Map<String, Value>,
    /// A further scope that these arguments ask for; also checks the arguments.
    pub check: fn(&Value) -> Result<Option<Scope>, ToolError>,
}

impl Entry {
    /// A tool that looks.
    pub const fn read<T: Read>() -> Self {
        Self {
            card: T::CARD,
            parts: T::PARTS,
            kind: Kind::Read(run_read::<T>),
            input: input_schema::<T>,
            output: output_schema::<T::Output>,
            check: |arguments| Ok(parse_ref::<T>(arguments)?.also_needs()),
        }
    }

    /// A tool that changes.
    pub const fn change<T: Change>() -> Self {
        Self {
            card: T::CARD,
            parts: T::PARTS,
            kind: Kind::Change(run_plan::<T>),
            input: input_schema::<T>,
            output: output_schema::<ChangeAnswer>,
            check: check::<T>,
        }
    }

    /// A tool of the house.
    pub const fn house<T: House>() -> Self {
        Self {
            card: T::CARD,
            parts: T::PARTS,
            kind: Kind::House,
            input: input_schema::<T>,
            output: output_schema::<T::Output>,
            check: check::<T>,
        }
    }

    /// A fixture that talks with its client.
    #[cfg(feature = "conformance")]
    pub const fn talk<T: DeserializeOwned + JsonSchema>(card: Card, run: super::talk::Run) -> Self {
        Self {
            card,
            parts: &[],
            kind: Kind::Talk(run),
            input: input_schema::<T>,
            // It answers with content alone, which has no schema.
            output: Map::new,
            check: check::<T>,
        }
    }

    /// The description: the doc comment of its arguments.
    pub fn description(&self) -> String {
        let schema = (self.input)();
        schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The APIs it can work with; any one suffices. A child's Admin API is opened by the parent's Accounts key.
    pub fn needs(&self) -> Needs {
        let has = |api: Api| self.parts.iter().filter_map(|id| id.endpoint()).any(|endpoint| endpoint.api == api);
        match (has(Api::Auth), has(Api::Admin), has(Api::Accounts)) {
            (true, _, _) => &[Api::Auth],
            (false, true, _) => &[Api::Admin, Api::Accounts],
            (false, false, true) => &[Api::Accounts],
            (false, false, false) => &[],
        }
    }
}

/// Arguments as their type, with an error that names the place.
pub fn parse<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    serde_json::from_value(arguments).map_err(|error| ToolError::Arguments(error.to_string()))
}

fn parse_ref<T: DeserializeOwned>(arguments: &Value) -> Result<T, ToolError> {
    T::deserialize(arguments).map_err(|error| ToolError::Arguments(error.to_string()))
}

fn check<T: DeserializeOwned>(arguments: &Value) -> Result<Option<Scope>, ToolError> {
    parse_ref::<T>(arguments).map(|_| None)
}

fn run_read<T: Read>(arguments: Value, duo: Duo) -> Work<Answered> {
    Box::pin(async move { Ok(Answered::of(&parse::<T>(arguments)?.run(duo).await?)) })
}

fn run_plan<T: Change>(arguments: Value, duo: Duo) -> Work<Plan> {
    Box::pin(async move { parse::<T>(arguments)?.plan(duo).await })
}

fn schema_of<T: JsonSchema>(of_answer: bool) -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.contract =
            if of_answer { schemars::generate::Contract::Serialize } else { schemars::generate::Contract::Deserialize };
    });
    let schema = settings.into_generator().into_root_schema_for::<T>();
    match schema.to_value() {
        Value::Object(mut fields) => {
            fields.remove("title");
            // The protocol's default dialect, so that it need not be said for each tool.
            fields.remove("$schema");
            fields
        }
        _ => Map::new(),
    }
}

fn input_schema<T: JsonSchema>() -> Map<String, Value> {
    schema_of::<T>(false)
}

/// The answer's schema with what every answer has: the account first, and the time.
fn output_schema<T: JsonSchema>() -> Map<String, Value> {
    let mut schema = schema_of::<T>(true);
    schema.remove("description");
    let mut properties = Map::new();
    properties.insert("account".into(), json!({ "type": "string", "description": "The Duo account." }));
    properties.insert("as_of".into(), json!({ "type": "string", "description": "The time of the answer." }));
    if let Some(Value::Object(own)) = schema.remove("properties") {
        properties.extend(own);
    }
    let mut required = vec![json!("account"), json!("as_of")];
    if let Some(Value::Array(own)) = schema.remove("required") {
        required.extend(own);
    }
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("required".into(), Value::Array(required));
    let mut schema = Value::Object(schema);
    forget_words(&mut schema);
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// Takes the prose out of an answer's schema: names and types are what a client checks by, and every listed tool's
/// words take room in the model's context.
fn forget_words(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    for word in ["description", "default", "format", "minimum", "title"] {
        // A property may be called so; only a keyword, which is no schema, is prose.
        if fields.get(word).is_some_and(|value| !value.is_object()) {
            fields.remove(word);
        }
    }
    if let Some(each) = fields.get("oneOf").and_then(Value::as_array) {
        let words: Vec<Value> = each.iter().filter_map(|one| one.get("const").cloned()).collect();
        if words.len() == each.len() {
            fields.remove("oneOf");
            fields.insert("enum".into(), Value::Array(words));
        }
    }
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(forget_words),
            (_, value @ Value::Object(_)) => forget_words(value),
            _ => {}
        }
    }
}
