//! Why a call did not do what was asked.

use duo_api::Api;

use crate::audit::NotRecorded;
use crate::domain::card::Toolset;
use crate::domain::clock::Timestamp;
use crate::domain::ids::OperationId;
use crate::domain::push::PushRefused;
use crate::domain::random::NoRandomness;
use crate::domain::scope::Scope;
use crate::operations::ApprovalError;
use crate::store::StoreError;
use crate::tenants::TenantError;
use crate::tools::error::ToolError;
use crate::vault::VaultError;

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no such tool for this caller.
    #[error("unknown tool")]
    UnknownTool,
    /// The tool exists, and these arguments ask for a further scope.
    #[error("the scope {0} is needed")]
    Scope(Scope),
    /// The tool exists, and the client's address leaves it out.
    #[error("the tool is not among those that the address chooses")]
    NotChosen {
        /// Where it belongs.
        toolset: Toolset,
        /// Whether it is left out because the address is for looking only.
        looks_only: bool,
    },
    /// The tool failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The tenant or the account cannot be used.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// It waits for somebody's yes.
    #[error("the change waits for an approval")]
    Pending {
        /// The change.
        operation: OperationId,
        /// Until when.
        until: Timestamp,
        /// Where a person approves it.
        approve_at: String,
        /// Whether this is an earlier, identical call's wait.
        replayed: bool,
        /// What was asked for and will not be done, also when it is approved.
        left_out: Vec<String>,
    },
    /// As many changes of this key as may wait for a person wait already.
    #[error("{most} changes of this key wait for a person already")]
    TooManyWaiting {
        /// How many may wait.
        most: i64,
    },
    /// The person said no in the client's form.
    #[error("declined in the form")]
    Declined,
    /// The form is too old or was used.
    #[error("the form is not valid any more")]
    StaleForm,
    /// The form's state is not ours, not this caller's, or not for these arguments.
    #[error("the state of the request is not ours, or of another request")]
    ForeignState,
    /// The client cannot be asked for what a fixture needs.
    #[cfg(feature = "conformance")]
    #[error("the client lacks what the tool needs")]
    ClientLacks(crate::tools::talk::Means),
    /// A push was not sent, so that a person is not pestered.
    #[error("the push was not sent")]
    PushRefused(PushRefused),
    /// There is no push of this transaction.
    #[error("no such authentication")]
    NoSuchAuthentication,
    /// There is no operation of this id.
    #[error("no such operation")]
    NoSuchOperation,
    /// The cursor is not ours, or of another question.
    #[error("the cursor is not valid for this question")]
    BadCursor,
    /// The account has no verified credential for this API.
    #[error("no {} credential", .0.title())]
    NoCredential(Api),
    /// The database is away or a row is corrupt.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// An audit row cannot be written, and the settings say that nothing happens without.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The operation's plan cannot be had.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// Another replica holds the operation now.
    #[error("another replica holds the operation now")]
    LostLease,
    /// A bug: the work ended without an answer.
    #[error("the work ended without an answer")]
    Broken,
}

impl CallError {
    /// The stable word that an audit row and an answer give for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownTool => "unknown_tool",
            Self::Scope(_) => "scope_required",
            Self::NotChosen { .. } => "tool_not_chosen",
            Self::Tool(error) => error.code(),
            Self::Tenant(_) => "account_unavailable",
            Self::Pending { .. } => "approval_pending",
            Self::TooManyWaiting { .. } => "too_many_waiting",
            Self::Declined => "declined",
            Self::StaleForm => "form_expired",
            Self::ForeignState => "foreign_state",
            #[cfg(feature = "conformance")]
            Self::ClientLacks(_) => "client_lacks",
            Self::PushRefused(PushRefused::OneIsWaiting) => "push_already_waiting",
            Self::PushRefused(PushRefused::CoolDown { .. }) => "push_cool_down",
            Self::PushRefused(PushRefused::Person { .. } | PushRefused::Tenant { .. }) => "push_limit",
            Self::NoSuchAuthentication => "txid_not_found",
            Self::NoSuchOperation => "operation_not_found",
            Self::BadCursor => "bad_cursor",
            Self::NoCredential(_) => "no_credential",
            Self::Store(_)
            | Self::Vault(_)
            | Self::NotRecorded(_)
            | Self::Random(_)
            | Self::Approval(_)
            | Self::LostLease
            | Self::Broken => "internal",
        }
    }

    /// Whether it was a refusal, as an audit row tells it from a failure.
    pub fn is_denial(&self) -> bool {
        matches!(
            self,
            Self::UnknownTool
                | Self::Scope(_)
                | Self::NotChosen { .. }
                | Self::TooManyWaiting { .. }
                | Self::PushRefused(_)
                | Self::StaleForm
                | Self::ForeignState
                | Self::Declined
        )
    }
}
