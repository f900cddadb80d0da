//! The fixture tools, as rows of the catalog.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::reading::{CustomHeader, ErrorHandling, Schema2020, SimpleText, schema_2020};
use super::{asking, contents, live};
use crate::domain::card::{Card, Toolset};
use crate::tools::entry::Entry;
use crate::tools::talk::Run::{AtOnce, InTime};
use crate::tools::talk::{Talk, Turn};

#[cfg(not(debug_assertions))]
compile_error!("the conformance fixtures are for debug builds: leave the feature `conformance` out");

/// A fixture of the conformance suite; its scenario says what it does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fixture {}

/// A fixture of the conformance suite that takes a text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the arguments are read as JSON; this is their schema")]
struct Worded {
    /// What to ask.
    #[serde(default)]
    message: String,
    /// What to ask.
    #[serde(default)]
    prompt: String,
}

/// The card of a fixture: listed, and open to every key that may read.
pub(super) const fn card(name: &'static str, title: &'static str) -> Card {
    Card::read(name, title, Toolset::Context).by_default()
}

const fn at_once(name: &'static str, run: fn(&Value, &Talk) -> Turn) -> Entry {
    Entry::talk::<Fixture>(card(name, "Fixture"), AtOnce(run))
}

/// Every fixture tool.
pub static FIXTURES: &[Entry] = &[
    Entry { input: schema_2020, ..Entry::read::<Schema2020>() },
    at_once("test_audio_content", contents::test_audio_content),
    Entry::read::<CustomHeader>(),
    Entry::talk::<Worded>(card("test_elicitation", "Fixture"), AtOnce(asking::test_elicitation)),
    at_once("test_elicitation_sep1034_defaults", asking::test_elicitation_sep1034_defaults),
    at_once("test_elicitation_sep1330_enums", asking::test_elicitation_sep1330_enums),
    at_once("test_embedded_resource", contents::test_embedded_resource),
    Entry::read::<ErrorHandling>(),
    at_once("test_image_content", contents::test_image_content),
    at_once("test_input_required_result_capabilities", asking::capabilities),
    at_once("test_input_required_result_elicitation", asking::elicitation),
    at_once("test_input_required_result_list_roots", asking::list_roots),
    at_once("test_input_required_result_multi_round", asking::multi_round),
    at_once("test_input_required_result_multiple_inputs", asking::multiple_inputs),
    at_once("test_input_required_result_request_state", asking::request_state),
    at_once("test_input_required_result_sampling", asking::sampling),
    at_once("test_input_required_result_tampered_state", asking::request_state),
    Entry::talk::<Fixture>(card("test_logging_tool", "Fixture"), InTime(live::test_tool_with_logging)),
    at_once("test_missing_capability", asking::sampling),
    at_once("test_multiple_content_types", contents::test_multiple_content_types),
    Entry::talk::<Worded>(card("test_sampling", "Fixture"), AtOnce(asking::test_sampling)),
    Entry::read::<SimpleText>(),
    at_once("test_streaming_elicitation", asking::elicitation),
    Entry::talk::<Fixture>(card("test_tool_with_logging", "Fixture"), InTime(live::test_tool_with_logging)),
    Entry::talk::<Fixture>(card("test_tool_with_progress", "Fixture"), InTime(live::test_tool_with_progress)),
    Entry::talk::<Fixture>(card("test_trigger_prompt_change", "Fixture"), InTime(live::test_trigger_prompt_change)),
    Entry::talk::<Fixture>(card("test_trigger_tool_change", "Fixture"), InTime(live::test_trigger_tool_change)),
];
