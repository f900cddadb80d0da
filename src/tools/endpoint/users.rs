//! The users family, and what hangs on a user.

use duo_api::EndpointId;
use duo_api::model::{BypassCode, User};
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::tools::duo::Endpoint;

/// Users, a page at a time, or the one with this name or address.
#[derive(Debug, Default, Serialize)]
pub struct UsersList {
    /// Exact username or alias.
    pub username: Option<String>,
    /// Exact e-mail address.
    pub email: Option<String>,
    /// Up to 100 usernames as JSON text; without paging.
    pub username_list: Option<String>,
    /// Up to 100 ids as JSON text; without paging.
    pub user_id_list: Option<String>,
    /// Page size, 300 at most.
    pub limit: Option<u32>,
    /// Where the page begins.
    pub offset: Option<u64>,
}

impl Endpoint for UsersList {
    const ID: EndpointId = EndpointId("users_list");
    type Answer = Vec<User>;
}

/// One user.
#[derive(Debug, Serialize)]
pub struct UsersGet {
    /// Duo's id.
    pub user_id: String,
}

impl Endpoint for UsersGet {
    const ID: EndpointId = EndpointId("users_get");
    type Answer = User;
}

/// The bypass codes of a user: how many there are, never the codes.
#[derive(Debug, Serialize)]
pub struct UsersBypassCodes {
    /// Duo's id of the user.
    pub user_id: String,
    /// Page size.
    pub limit: Option<u32>,
}

impl Endpoint for UsersBypassCodes {
    const ID: EndpointId = EndpointId("users_bypass_codes_list");
    type Answer = Vec<BypassCode>;
}

/// The endpoint that makes one user.
pub const CREATE: EndpointId = EndpointId("users_create");
/// The endpoint that makes up to 100 users.
pub const BULK_CREATE: EndpointId = EndpointId("users_bulk_create");
/// The endpoint that changes a user.
pub const MODIFY: EndpointId = EndpointId("users_modify");
/// The endpoint that sends users to the trash.
pub const TRASH: EndpointId = EndpointId("users_bulk_send_to_trash");
/// The endpoint that takes users out of the trash.
pub const RESTORE: EndpointId = EndpointId("users_bulk_restore");

/// An answer that says nothing we rely on.
pub type Opaque = IgnoredAny;
