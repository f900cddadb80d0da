//! Why an operation was not shown or decided.

use crate::domain::operation::Operation;
use crate::domain::random::NoRandomness;
use crate::store::StoreError;
use crate::vault::VaultError;

/// Why an operation was not shown or decided.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// There is none of this id.
    #[error("there is no such operation")]
    Unknown,
    /// It was decided before, or nobody decided in time.
    #[error("the operation does not wait any more: it is {}", .operation.state.as_str())]
    NotWaiting {
        /// The operation as it stands.
        operation: Box<Operation>,
    },
    /// What it would send is not to be read, so nobody can say yes to it.
    #[error("what the operation would send cannot be read, so it cannot be approved")]
    Unreadable,
    /// The plan does not seal or open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no random bytes for an event's id.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}
