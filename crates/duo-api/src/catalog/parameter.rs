//! One parameter of an endpoint: where it travels and what it may hold.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// A `{name}` in the path.
    Path,
    /// The query, as with every GET and DELETE.
    Query,
    /// The body: JSON under signature v5, a form under v2.
    Body,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Free text.
    String,
    /// A whole number.
    Integer,
    /// A truth value; Duo also takes `1`/`0` and `true`/`false` as text.
    Boolean,
    /// One of the texts that the record lists.
    Enum,
    /// A JSON array in a body, a repeated name in a query.
    Array,
    /// A JSON object; only v5 bodies carry one.
    Object,
    /// A JSON value that is serialised to text and sent as one string.
    JsonString,
}

/// One parameter of an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where it travels.
    #[serde(rename = "in")]
    pub location: Location,
    /// What it holds.
    pub kind: Kind,
    /// Whether Duo refuses the call without it.
    #[serde(default)]
    pub required: bool,
    /// What Duo assumes when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The least value of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest value of a number, the longest text, or the most elements of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The words of an [`Kind::Enum`]. Duo may know more: they guide, they do not refuse.
    #[serde(default, rename = "values", skip_serializing_if = "Vec::is_empty")]
    pub enum_values: Vec<String>,
    /// What it means, in one line.
    pub description: String,
}
