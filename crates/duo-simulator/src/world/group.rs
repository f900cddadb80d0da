//! A group; its status, if it is not `active`, overrides that of its members.

use serde::{Deserialize, Serialize};

use super::user::Status;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) group_id: String,
    pub(crate) name: String,
    pub(crate) desc: String,
    pub(crate) status: Status,
}
