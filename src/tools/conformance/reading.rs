//! Fixtures that are reads like the product's: text, a failure, schemas.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::rows::card;
use crate::domain::card::Card;
use crate::tools::declare::{Answer, Read};
use crate::tools::duo::Duo;
use crate::tools::error::ToolError;

/// A text.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Text {
    /// The text.
    text: String,
}

impl Answer for Text {
    fn summary(&self) -> String {
        self.text.clone()
    }
}

/// Answers with text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SimpleText {}

impl Read for SimpleText {
    const CARD: Card = card("test_simple_text", "Simple text");
    const PARTS: &'static [EndpointId] = &[];
    type Output = Text;

    async fn run(self, _: Duo) -> Result<Text, ToolError> {
        Ok(Text { text: "This is a simple text response for testing.".into() })
    }
}

/// Fails.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorHandling {}

impl Read for ErrorHandling {
    const CARD: Card = card("test_error_handling", "Error handling");
    const PARTS: &'static [EndpointId] = &[];
    type Output = Text;

    async fn run(self, _: Duo) -> Result<Text, ToolError> {
        Err(ToolError::Arguments("This tool intentionally returns an error for testing".into()))
    }
}

/// Takes an argument that clients repeat in a header.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomHeader {
    /// Any text.
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

impl Read for CustomHeader {
    const CARD: Card = card("test_custom_header", "Custom header");
    const PARTS: &'static [EndpointId] = &[];
    type Output = Text;

    async fn run(self, _: Duo) -> Result<Text, ToolError> {
        Ok(Text { text: self.region })
    }
}

/// Tool with JSON Schema 2020-12 features
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "the scenario looks at the schema and sends nothing")]
pub(super) struct Schema2020 {
    name: Option<String>,
    address: Option<Map<String, Value>>,
    contact_method: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

impl Read for Schema2020 {
    const CARD: Card = card("json_schema_2020_12_tool", "JSON Schema 2020-12");
    const PARTS: &'static [EndpointId] = &[];
    type Output = Text;

    async fn run(self, _: Duo) -> Result<Text, ToolError> {
        Ok(Text { text: "Taken.".into() })
    }
}

/// The schema that has to arrive at the client as it stands here.
pub(super) fn schema_2020() -> Map<String, Value> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "Tool with JSON Schema 2020-12 features",
        "type": "object",
        "$defs": { "address": { "$anchor": "addressDef", "type": "object",
            "properties": { "street": { "type": "string" }, "city": { "type": "string" } } } },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false
    });
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}
