//! One endpoint of Duo's APIs and the words that describe it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::parameter::{Location, Parameter};

/// The name of an endpoint, for example `EndpointId("users_list")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EndpointId(pub &'static str);

impl EndpointId {
    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Which kind of Duo application a call is signed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// Authenticating people: pre-authentication, pushes, passcodes.
    Auth,
    /// Users, devices, policies, logs and settings of one account.
    Admin,
    /// The child accounts of a parent, and everything of the Admin API inside a child.
    Accounts,
}

impl Api {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Auth, Self::Admin, Self::Accounts];

    /// The word in data and settings: `auth`, `admin`, `accounts`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Admin => "admin",
            Self::Accounts => "accounts",
        }
    }

    /// What the Admin Panel calls an application of this kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::Auth => "Auth API",
            Self::Admin => "Admin API",
            Self::Accounts => "Accounts API",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The HTTP methods that Duo uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads; parameters in the query.
    Get,
    /// Changes, and some reads; parameters in the body.
    Post,
    /// Replaces; parameters in the body.
    Put,
    /// Deletes; parameters in the query.
    Delete,
}

impl Method {
    /// The upper-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether parameters travel in the body.
    pub fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a list goes on after its first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// One answer holds everything.
    None,
    /// `limit` and `offset`; `metadata.next_offset` beside `response`.
    Offset,
    /// `next_offset` of the `metadata` inside `response`, between two times in milliseconds.
    LogCursor,
    /// The thousand oldest events from `mintime` in seconds; the next window starts one second after the last.
    TimeWindow,
}

/// Which signatures an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureRule {
    /// The five-line text or the seven-line text.
    #[serde(rename = "v2_or_v5")]
    V2OrV5,
    /// The seven-line text with a JSON body only.
    #[serde(rename = "v5_only")]
    V5Only,
    /// None; a signature is ignored.
    Unsigned,
}

/// What a call can do to the account or to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Changes nothing.
    Read,
    /// A reversible change.
    Write,
    /// Loses data, access or secrets, or is hard to undo.
    Destructive,
    /// Reaches a person by push, SMS, call or email; may cost credits.
    SendsNotification,
    /// Moves plan or credits between parent and child.
    ChangesMoney,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'static"))]
pub struct Endpoint {
    /// Its name in this catalogue.
    pub id: EndpointId,
    /// Which application signs it.
    pub api: Api,
    /// The verb.
    pub method: Method,
    /// The path, with `{placeholders}`.
    pub path: String,
    /// Which grant the application needs; `None` outside the Admin API proper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    /// What is needed where no grant can be ticked, for a person to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// Which signatures it takes.
    pub signature: SignatureRule,
    /// What it can do.
    pub risk: Risk,
    /// How it pages.
    pub paging: Paging,
    /// The most rows of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u32>,
    /// Its parameters; `account_id` of a child is implied for every Admin API endpoint.
    pub parameters: Vec<Parameter>,
    /// The shape of `response`, for a person to read.
    pub response_shape: String,
    /// The fields of `response`, for a person to read.
    pub response_fields: Vec<String>,
    /// The fields of `response` that are secrets; `response` itself if all of it is one.
    pub secret_response_fields: Vec<String>,
    /// Whether parts of this record have never been seen at work: treat the answer as opaque and read back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// What is known of its rate limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    /// What surprises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The document and section of Duo's reference.
    pub reference: String,
}

impl Endpoint {
    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The parameters that fill the path, in no particular order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.location == Location::Path)
    }

    /// Whether the call changes nothing, so that nobody has to wonder what a lost one did.
    pub fn is_read(&self) -> bool {
        self.is_repeatable() || self.risk == Risk::Read
    }

    /// Whether the call may be sent again after it may have arrived: only what HTTP itself calls safe.
    pub fn is_repeatable(&self) -> bool {
        self.method == Method::Get
    }
}
