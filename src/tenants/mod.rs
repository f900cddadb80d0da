//! Tenants: from a presented key to a context, and the acts on tenants.

mod accounts;
mod acts;
mod api_keys;
mod cache;
mod children;
mod connections;
mod context;
mod credentials;
mod error;
mod grants;
mod identities;
mod invites;
mod keyring;
mod members;
mod misplaced;
mod newcomer;
mod poll;
mod registry;
mod sign_in;

pub use accounts::{Account, resolve};
pub use acts::Acts;
pub use api_keys::{Holder, NewApiKey};
pub use children::{Child, Children};
pub use connections::NewConnection;
pub use context::{ConnectionContext, Opener, TenantContext};
pub use credentials::{NewCredential, Probed, Refuted, StoredCredential, Verify, probe};
pub use error::TenantError;
pub use identities::NewIdentity;
pub use invites::Joined;
pub use keyring::{Keyring, NotReady};
pub use members::{MemberEdit, NewMember};
pub use newcomer::{At, Mistake, Newcomer, PastedKeys, Unwelcome, Welcomed};
pub use poll::follow;
pub use registry::{Refused, Registry, Why};
pub use sign_in::{Ceremony, RelyingParty, SESSION_SECONDS};
