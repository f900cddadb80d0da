//! The error of a call.

use std::time::Duration;

use super::refusal::Refusal;
use crate::call::CallError;
use crate::catalog::{Api, Grant};
use crate::credential::KeysUnavailable;
use crate::host::ApiHost;

/// Why a call brought no answer. No variant holds a key, a signature, or more of the answer than Duo's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DuoError {
    /// No connection was made: nothing was sent.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The host.
        host: ApiHost,
        /// What failed.
        why: Unreached,
    },
    /// Duo refused because of its limits, longer than the call's budget allows to wait.
    #[error("Duo limits the rate of these calls; try again in {} s", .retry_after.as_secs().max(1))]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// Duo does not accept the keys.
    #[error("{why}: Duo says {refusal}")]
    Unauthorized {
        /// Which part.
        why: Unauthorized,
        /// Duo's words.
        refusal: Refusal,
    },
    /// The keys are right and may not do this.
    #[error("{}: Duo says {refusal}", .why.words(*.api, *.grant))]
    Forbidden {
        /// Which reason Duo gives.
        why: Forbidden,
        /// The kind of application that was used.
        api: Api,
        /// The grant that the endpoint needs.
        grant: Option<Grant>,
        /// Duo's words.
        refusal: Refusal,
    },
    /// There is no such object.
    #[error("not found: Duo says {0}")]
    NotFound(Refusal),
    /// Duo refused the arguments.
    #[error("refused: Duo says {0}")]
    Rejected(Refusal),
    /// Duo failed to answer a read.
    #[error("Duo failed: {0}")]
    ServerFault(Refusal),
    /// A change may or may not have happened. Never sent again; read back to know.
    #[error("it is not known whether the change was made: {0}")]
    OutcomeUnknown(Lost),
    /// The answer to a read is not one of Duo's.
    #[error("the answer (status {status}) cannot be read: {why}")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The answer is longer than allowed.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The credential could not be opened: nothing was sent.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
    /// The call does not fit its endpoint: nothing was sent.
    #[error(transparent)]
    InvalidCall(#[from] CallError),
    /// A read took too long.
    #[error("Duo did not answer in time")]
    TimedOut,
    /// The connection broke under a read.
    #[error("the connection to Duo broke")]
    Interrupted,
}

/// What failed before anything was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The name does not resolve.
    #[error("its name does not resolve")]
    Name,
    /// The name resolves to addresses that are not on the internet.
    #[error("its name leads to a private address")]
    PrivateAddress,
    /// No secure connection: another certificate, another protocol.
    #[error("no secure connection")]
    Tls,
    /// No connection in time.
    #[error("no connection in time")]
    Timeout,
    /// No connection.
    #[error("no connection")]
    Connection,
}

/// Which part of the authorization Duo does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// 40102: unknown here. The ikey is wrong, or belongs to another host.
    #[error("the integration key is not known at this host")]
    IntegrationKey,
    /// 40103: the skey is wrong or was changed.
    #[error("the secret key does not belong to this integration key")]
    Signature,
    /// 40104 and 40105: the clocks differ, even after correction by Duo's own.
    #[error("the time of the request was not accepted")]
    Timestamp,
    /// Any other 401.
    #[error("the request was not accepted")]
    Other,
}

/// Why the keys may not do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// The keys are those of another kind of application.
    WrongApplication,
    /// The application lacks the grant, is limited to other networks, or billing is not enabled for it.
    Access,
}

impl Forbidden {
    fn words(self, api: Api, grant: Option<Grant>) -> String {
        match (self, grant) {
            (Self::WrongApplication, _) => format!("these are not the keys of an {} application", api.title()),
            (Self::Access, Some(grant)) => format!("the application needs \"{grant}\", from an allowed network"),
            (Self::Access, None) => "the application is not allowed to do this".to_owned(),
        }
    }
}

/// How the answer to a change was lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke.
    #[error("the connection broke")]
    Interrupted,
    /// Duo failed while it worked on it.
    #[error("Duo failed: {0}")]
    ServerFault(Refusal),
    /// The answer cannot be read.
    #[error("the answer (status {status}) cannot be read: {why}")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl DuoError {
    /// Whether the same call may succeed later and does no harm if it is made again.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::RateLimited { .. }
            | Self::ServerFault(_)
            | Self::TimedOut
            | Self::Interrupted => true,
            Self::Unreadable { status, .. } => *status >= 500,
            Self::Unauthorized { why, .. } => *why == Unauthorized::Timestamp,
            Self::Forbidden { .. }
            | Self::NotFound(_)
            | Self::Rejected(_)
            | Self::OutcomeUnknown(_)
            | Self::TooLarge { .. }
            | Self::KeysUnavailable(_)
            | Self::InvalidCall(_) => false,
        }
    }

    /// Whether Duo says that there is no such object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    /// Duo's own words, if it gave any.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Unauthorized { refusal, .. }
            | Self::Forbidden { refusal, .. }
            | Self::NotFound(refusal)
            | Self::Rejected(refusal)
            | Self::ServerFault(refusal)
            | Self::OutcomeUnknown(Lost::ServerFault(refusal)) => Some(refusal),
            _ => None,
        }
    }
}
