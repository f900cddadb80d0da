//! The bodies of the tools of the house: what needs the tenant's rows.

mod auth_status;
mod check_auth;
mod dispatch;
mod get_context;
mod get_operation;
mod list_accounts;
