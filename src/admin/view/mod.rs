//! What answers show of things; no secret has a field here.

mod client;
mod connection;
mod credential;
mod event;
mod grant;
mod key;
mod member;
mod operation;
mod passkey;
mod tenant;

pub use client::ClientView;
pub use connection::ConnectionView;
pub use credential::CredentialView;
pub use event::EventView;
pub use grant::{GrantState, GrantView};
pub use key::{KeyView, NewKeyView};
pub use member::{InviteState, InviteView, MemberView, NewInviteView, NewOwnerKeyView, OwnerKeyView};
pub use operation::{OperationView, PlanView, RequestView};
pub use passkey::PasskeyView;
pub use tenant::{OperatorView, TenantView};
