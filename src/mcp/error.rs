//! Failures as a model can act on them: a stable code, what happened, what to do.

use duo_api::{DuoError, Forbidden};
use rmcp::model::ErrorData;
use serde::Serialize;

use crate::calls::CallError;
use crate::domain::card::Toolset;
use crate::domain::push::PushRefused;
use crate::tenants::TenantError;
use crate::tools::error::{ToolError, duo_code};
use crate::tools::shape::clean_text;

/// The longest message.
const LONGEST: usize = 300;

/// What a model is told of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// A stable word.
    pub code: &'static str,
    /// What happened, in at most 300 characters.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// When, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// What to do.
    pub fix: String,
    /// The tool to use next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_tool: Option<&'static str>,
    /// The change that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
}

impl Advice {
    fn new(code: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            code,
            message: clean_text(&message.into(), LONGEST),
            retryable: false,
            retry_after_s: None,
            fix: clean_text(&fix.into(), LONGEST),
            next_tool: None,
            operation_id: None,
        }
    }

    fn again(self, seconds: Option<u64>) -> Self {
        Self { retryable: true, retry_after_s: seconds, ..self }
    }

    fn then(self, tool: &'static str) -> Self {
        Self { next_tool: Some(tool), ..self }
    }
}

/// The tenant is suspended: an answer, because a 401 would start a sign-in loop.
pub(super) fn suspended() -> Advice {
    let message = "This subscriber of the gateway is suspended; nothing was done.";
    Advice::new("tenant_suspended", message, "Ask the operator of the gateway.")
}

/// What is said of a state that was not handed out for this request.
const FOREIGN_STATE: &str = "requestState was not given out for this request; nothing was changed by this.";

/// The protocol's own error, for what a client and not a model has to mend.
pub(super) fn refused(error: &CallError) -> Option<ErrorData> {
    match error {
        CallError::UnknownTool => Some(ErrorData::invalid_params("Unknown tool", None)),
        CallError::ForeignState => Some(ErrorData::invalid_params(FOREIGN_STATE, None)),
        #[cfg(feature = "conformance")]
        CallError::ClientLacks(means) => Some(super::talk::lacks(*means)),
        _ => None,
    }
}

/// A failure where the protocol has no other place for one than an error: prompts and resources.
pub(super) fn refusal(error: &CallError, method: &str) -> ErrorData {
    refused(error).unwrap_or_else(|| {
        let advice = advice(error, method, "");
        let message = format!("{} {}", advice.message, advice.fix);
        match advice.code {
            "internal" => ErrorData::internal_error(message, None),
            _ => ErrorData::invalid_params(message, None),
        }
    })
}

/// What a failure of the corridor says to a model.
pub fn advice(error: &CallError, tool: &str, request: &str) -> Advice {
    match error {
        CallError::Tool(error) => of_tool(error, tool),
        CallError::Tenant(error) => of_tenant(error, request),
        CallError::Scope(scope) => {
            let message = format!("The key lacks the scope {scope}, which these arguments need.");
            Advice::new("scope_required", message, "Leave that part out, or ask the operator for a key with the scope.")
        }
        CallError::NotChosen { toolset, looks_only } => not_chosen(tool, *toolset, *looks_only),
        CallError::Pending { operation, until, approve_at, replayed, left_out } => {
            let again = if *replayed { "The same change waits already. " } else { "" };
            let message = format!(
                "{again}Nothing was changed yet: it waits until {until} for a person's approval at {approve_at}{}",
                left(left_out)
            );
            let fix = "Tell the person where to approve it, then look with get_operation. Do not send it again.";
            let mut advice = Advice::new("approval_pending", message, fix).then("get_operation");
            advice.operation_id = Some(operation.to_string());
            advice
        }
        CallError::TooManyWaiting { most } => too_many_waiting(*most),
        CallError::Declined => Advice::new(
            "declined",
            "The person declined in the form; nothing was changed.",
            "Ask the person what to do instead.",
        ),
        CallError::StaleForm => stale_form(),
        CallError::ForeignState => foreign_state(),
        #[cfg(feature = "conformance")]
        CallError::ClientLacks(_) => Advice::new("client_lacks", error.to_string(), "Use another client."),
        CallError::PushRefused(refused) => of_push(*refused),
        CallError::NoSuchAuthentication => {
            let message = "No authentication of this txid was started through this gateway for this subscriber.";
            Advice::new("txid_not_found", message, "Use the txid that auth answered, or start one with auth.")
                .then("auth")
        }
        CallError::NoSuchOperation => {
            let message = "There is no operation of this id.";
            Advice::new("operation_not_found", message, "Use the operation_id that a change answered.")
        }
        CallError::BadCursor => {
            let message = "The cursor is too old, or of another question.";
            Advice::new("bad_cursor", message, "Begin again without cursor, or use it with the same filter.")
        }
        CallError::NoCredential(api) => no_credential(api.title()),
        CallError::UnknownTool => Advice::new("unknown_tool", "There is no such tool.", "Use a tool of the list."),
        CallError::Store(_) | CallError::NotRecorded(_) => internal(request).again(Some(5)),
        CallError::Vault(_)
        | CallError::Random(_)
        | CallError::Approval(_)
        | CallError::LostLease
        | CallError::Broken => {
            tracing::error!(request.id = request, %error, "a call failed inside the gateway");
            internal(request)
        }
    }
}

fn stale_form() -> Advice {
    let message = "The form is too old or was used before; nothing was changed by this.";
    Advice::new("form_expired", message, "Look whether it was done before, then make the call anew.")
}

fn foreign_state() -> Advice {
    Advice::new("foreign_state", FOREIGN_STATE, "Make the call anew, without requestState.")
}

fn too_many_waiting(most: i64) -> Advice {
    let message = format!("{most} changes of this key wait for a person already; this one was not taken up.");
    let fix = "Ask the person to approve or deny what waits first, then make the call again.";
    Advice::new("too_many_waiting", message, fix).again(None)
}

/// What an approval will not do, in a few words.
fn left(out: &[String]) -> String {
    match out {
        [] => String::new(),
        some if some.len() <= 3 => format!(" It leaves out {}, which cannot be done.", some.join(", ")),
        many => format!(" It leaves out {} objects that cannot be done.", many.len()),
    }
}

fn not_chosen(tool: &str, toolset: Toolset, looks_only: bool) -> Advice {
    let (message, fix) = if looks_only {
        let why = "This client is connected for looking only (readonly=true in its address); nothing was done.";
        (why.to_owned(), "Tell the person; a client connected without readonly=true can do it.".to_owned())
    } else {
        let why = format!("The toolsets in this client's address leave {tool} out; nothing was done.");
        (why, format!("Tell the person to connect to /mcp?toolsets=default,{}.", toolset.as_str()))
    };
    Advice::new("tool_not_chosen", message, fix)
}

fn internal(request: &str) -> Advice {
    let message = format!(
        "The gateway failed inside (request {request}). A change that was begun is finished or shown by get_operation."
    );
    Advice::new(
        "internal",
        message,
        "Look before sending a change again; if it goes on, tell the operator the request id.",
    )
}

fn no_credential(api: &str) -> Advice {
    let message = format!("No verified {api} credential is stored for this account, and this needs one.");
    Advice::new("no_credential", message, format!("Ask the operator to store a {api} application's keys for it."))
        .then("get_context")
}

fn of_push(refused: PushRefused) -> Advice {
    let (code, message, fix) = match refused {
        PushRefused::OneIsWaiting => (
            "push_already_waiting",
            "A request is on its way to this person already; nothing was sent.".to_owned(),
            "Wait for the answer with auth_status.",
        ),
        PushRefused::Person { retry_at } => (
            "push_limit",
            format!(
                "This person had as many requests as are allowed in ten minutes; the next is allowed at {retry_at}."
            ),
            "Wait, and ask the person by other means meanwhile.",
        ),
        PushRefused::Tenant { retry_at } => (
            "push_limit",
            format!("As many requests were sent as are allowed in an hour; the next is allowed at {retry_at}."),
            "Wait.",
        ),
        PushRefused::CoolDown { retry_at } => (
            "push_cool_down",
            format!("This person denied a request or reported it as fraud; none is sent before {retry_at}."),
            "Do not try other factors. Ask the person, and tell the security team if it was not them.",
        ),
    };
    Advice::new(code, message, fix)
}

fn of_tenant(error: &TenantError, request: &str) -> Advice {
    let text = error.to_string();
    match error {
        TenantError::AccountNeeded(names) => {
            let message = format!("Several accounts are connected: {}.", names.join(", "));
            Advice::new("account_required", message, "Name one of them with `account`.").then("list_accounts")
        }
        TenantError::NoSuchAccount { .. } | TenantError::NoSuchConnection { .. } => {
            Advice::new("account_not_found", text, "Use a name or id that list_accounts shows.").then("list_accounts")
        }
        TenantError::AmbiguousAccount { .. } => {
            Advice::new("account_ambiguous", text, "Give the id instead of the name.").then("list_accounts")
        }
        TenantError::NothingConnected => Advice::new("not_connected", text, "Ask the operator to store the Duo keys."),
        TenantError::NoCredential { .. } | TenantError::NotVerified { .. } | TenantError::NotForChildren { .. } => {
            Advice::new("no_credential", text, "Ask the operator to store and verify the keys.").then("get_context")
        }
        TenantError::BadChildHost { .. } => Advice::new("bad_child_host", text, "Tell the operator; nothing was sent."),
        TenantError::Duo(error) => of_duo(error),
        other => {
            tracing::error!(request.id = request, error = %other, "a tenant could not be reached");
            internal(request)
        }
    }
}

fn of_tool(error: &ToolError, tool: &str) -> Advice {
    match error {
        ToolError::Arguments(text) => Advice::new(
            "bad_arguments",
            format!("The arguments do not fit: {text}."),
            format!("Correct them by the schema of {tool}."),
        ),
        ToolError::NoCredential(api) => no_credential(api.title()),
        ToolError::NotOne { code, message, fix } | ToolError::Rule { code, message, fix } => {
            let advice = Advice::new(code, message, fix);
            match *code {
                "user_exists" => advice.then("modify_user"),
                "user_in_trash" => advice.then("restore_users"),
                "user_not_found" | "user_ambiguous" => advice.then("list_users"),
                "no_capable_device" => advice.then("preauth"),
                "account_not_found" | "child_account_required" => advice.then("list_accounts"),
                _ => advice,
            }
        }
        ToolError::OutOfTime => {
            let message = "The account has too many users to sort within one call.";
            Advice::new("out_of_time", message, "Leave out sort, or narrow the list, and go on with next_cursor.")
        }
        ToolError::Duo(error) => of_duo(error),
    }
}

fn of_duo(error: &DuoError) -> Advice {
    let advice = Advice::new(duo_code(error), error.to_string(), duo_fix(error));
    match error {
        DuoError::RateLimited { retry_after } => advice.again(Some(retry_after.as_secs().max(1))),
        other if other.retryable() => advice.again(Some(10)),
        _ => advice,
    }
}

fn duo_fix(error: &DuoError) -> &'static str {
    match error {
        DuoError::Unreachable { .. } | DuoError::TimedOut | DuoError::Interrupted | DuoError::ServerFault(_) => {
            "Nothing is known to be wrong with the request; try again in a moment."
        }
        DuoError::RateLimited { .. } => "Wait as long as it says, then go on more slowly.",
        DuoError::Unauthorized { .. } => "Check the keys with check_auth; the operator replaces them.",
        DuoError::Forbidden { why: Forbidden::WrongApplication, .. } => {
            "The keys are of another kind of Duo application; the operator stores the right ones."
        }
        DuoError::Forbidden { .. } => {
            "In the Duo Admin Panel, open the application and tick the permission that the message names."
        }
        DuoError::NotFound(_) => "Look the object up again; it may be gone.",
        DuoError::Rejected(_) => "Correct what Duo names and try again.",
        DuoError::OutcomeUnknown(_) => "Look whether it happened; do not send it again.",
        DuoError::Unreadable { .. } | DuoError::TooLarge { .. } => {
            "Ask for less at a time; if it goes on, tell the operator."
        }
        DuoError::KeysUnavailable(_) => "Tell the operator: a stored secret does not open.",
        DuoError::InvalidCall(_) => "Correct the arguments by the tool's schema.",
    }
}
