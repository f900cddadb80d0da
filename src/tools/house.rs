//! Tools of the house: their cards and shapes; a floor above does the work.

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arguments::{Name, Text};
use super::declare::{Answer, House};
use crate::domain::card::{Card, Toolset};
use crate::domain::member::Role;
use crate::domain::operation::{ItemResult, OperationState};
use crate::domain::scope::Scope;

/// Shows who you act for, which Duo accounts you can reach, and what you may do. A good first call.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetContext {}

/// Who acts, where, and with which rights.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Context {
    /// The subscriber.
    pub tenant: String,
    /// The member whose key or client this is; the phone and the audit log say this name.
    pub person: String,
    /// The member's id.
    pub member: String,
    /// The member's role.
    pub role: Role,
    /// The key's or the client's name.
    pub key: String,
    /// What the key or client may be used for, within the member's role.
    pub scopes: Vec<Scope>,
    /// The Duo accounts that are connected.
    pub connections: Vec<ConnectionRow>,
    /// The families of tools; choose with `/mcp?toolsets=a,b` or look only with `/mcp?readonly=true`.
    pub toolsets: Vec<String>,
    /// What waits for a person, by id.
    pub waiting_operations: Vec<String>,
    /// Where a person approves what waits.
    pub approvals_url: String,
}

/// A connected Duo account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionRow {
    /// What `account` calls it.
    pub name: String,
    /// Its API hostname.
    pub host: String,
    /// The APIs that verified credentials open.
    pub apis: Vec<String>,
    /// What is amiss, when something is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
}

impl Answer for Context {
    fn summary(&self) -> String {
        let names: Vec<&str> = self.connections.iter().map(|one| one.name.as_str()).collect();
        format!("You act for {} of {}; connected: {}.", self.person, self.tenant, names.join(", "))
    }
}

impl House for GetContext {
    const CARD: Card = Card::read("get_context", "Show who you act for", Toolset::Context).by_default();
    const PARTS: &'static [EndpointId] = &[];
    type Output = Context;
}

/// Lists the Duo accounts that `account` can name: the connected ones and their child accounts.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {
    /// Only the child accounts of this connection, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
}

/// The accounts that can be named.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Accounts {
    /// How many this answer holds.
    pub returned: usize,
    /// How many there are in all.
    pub total: usize,
    /// Whether some were left out.
    pub truncated: bool,
    /// The accounts.
    pub accounts: Vec<AccountRow>,
    /// The connections whose child accounts could not be read, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// An account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountRow {
    /// Its name, for `account`.
    pub name: String,
    /// Duo's id of a child account, for `account`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account_id: String,
    /// connection, or child.
    pub kind: String,
    /// The connection that it is reached through.
    pub connection: String,
    /// Its API hostname.
    pub host: String,
}

impl Answer for Accounts {
    fn summary(&self) -> String {
        let children = self.accounts.iter().filter(|one| one.kind == "child").count();
        format!("{} accounts, {children} of them child accounts.", self.total)
    }
}

impl House for ListAccounts {
    const CARD: Card = Card::read("list_accounts", "List accounts", Toolset::Context).by_default();
    const PARTS: &'static [EndpointId] = &[];
    type Output = Accounts;
}

/// Checks every stored Duo credential with Duo: whether it is valid, what it is granted, how it signs, how the clocks differ.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAuth {
    /// Only the credentials of this connection, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub account: Option<Name>,
}

/// What Duo says of the stored credentials.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CredentialChecks {
    /// Whether every stored credential is valid.
    pub all_valid: bool,
    /// A row for each.
    pub credentials: Vec<CredentialCheck>,
}

/// What Duo says of a credential.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CredentialCheck {
    /// The connection.
    pub connection: String,
    /// auth, admin or accounts.
    pub api: String,
    /// Whether Duo accepts it.
    pub valid: bool,
    /// What it is granted, by the words of the Admin Panel, as far as reading shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// How requests are signed.
    pub signature: String,
    /// How far this gateway's clock is ahead of Duo's, in seconds.
    pub clock_ahead_s: i64,
    /// What is amiss and what to do, when something is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problem: String,
}

impl Answer for CredentialChecks {
    fn summary(&self) -> String {
        let valid = self.credentials.iter().filter(|one| one.valid).count();
        format!("{valid} of {} stored credentials are valid.", self.credentials.len())
    }
}

impl House for CheckAuth {
    const CARD: Card = Card::read("check_auth", "Check the Duo keys", Toolset::Auth).by_default();
    const PARTS: &'static [EndpointId] = &[];
    type Output = CredentialChecks;
}

/// Tells how an authentication that auth started stands, or how it ended.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthStatus {
    /// The txid that auth answered.
    pub txid: Text<8, 100>,
}

/// How an authentication stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuthState {
    /// The transaction.
    pub txid: String,
    /// waiting, allow, deny, fraud, timeout, sent, or unknown. Only allow means that the person is who they say.
    pub result: String,
    /// Who was asked.
    pub username: String,
    /// How.
    pub factor: String,
    /// What Duo says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status_msg: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finished_at: String,
    /// When to ask again, in seconds, while it is waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub ask_again_in_s: Option<u32>,
}

impl Answer for AuthState {
    fn summary(&self) -> String {
        match self.result.as_str() {
            "allow" => format!("{} approved.", self.username),
            "waiting" => format!("{} has not answered yet.", self.username),
            "fraud" => format!("{} reported the request as fraud.", self.username),
            "deny" => format!("{} did not approve.", self.username),
            "sent" => format!("New passcodes were sent to {}; nobody was authenticated.", self.username),
            other => format!("{}: {other}.", self.username),
        }
    }
}

impl House for AuthStatus {
    const CARD: Card = Card::read("auth_status", "See how an authentication ended", Toolset::Auth).by_default();
    const PARTS: &'static [EndpointId] = &[EndpointId("auth_auth_status")];
    type Output = AuthState;
}

/// Shows a change: whether it waits for a person, ran, or was refused, and what came of each object.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOperation {
    /// The operation_id that a change answered.
    pub operation_id: Text<5, 64>,
}

/// What became of a change; every change answers with this.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeAnswer {
    /// The change, for get_operation; left out when nothing had to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub operation_id: Option<String>,
    /// The tool.
    pub tool: String,
    /// Where it stands.
    pub state: OperationState,
    /// What it is, in a sentence.
    pub title: String,
    /// What came of each object.
    pub results: Vec<ItemResult>,
    /// The transaction of an authentication, for auth_status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub txid: Option<String>,
    /// When to ask again, in seconds, while it is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub ask_again_in_s: Option<u32>,
    /// Whether this is the answer of an earlier, identical call that is not over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// The member who asked.
    pub asked_by: String,
    /// Who said yes or no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub decided_by: Option<String>,
    /// Where a person approves it, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub approve_at: Option<String>,
    /// Until when, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub expires_at: Option<String>,
    /// What to know next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Answer for ChangeAnswer {
    fn summary(&self) -> String {
        // A push that was sent is no push that was approved, and a hasty reader takes "done" for a yes.
        if self.txid.is_some() {
            return format!("{}: under way, and nobody is verified yet. Ask auth_status with the txid.", self.title);
        }
        format!("{}: {}.", self.title, self.state.as_str().replace('_', " "))
    }
}

impl House for GetOperation {
    const CARD: Card = Card::read("get_operation", "Show a change", Toolset::Operations).by_default();
    const PARTS: &'static [EndpointId] = &[];
    type Output = ChangeAnswer;
}
