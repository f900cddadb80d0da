//! What can go wrong with a tenant, its accounts and its keys.

use duo_api::host::HostError;
use duo_api::key::KeyPairError;
use duo_api::{Api, DuoError};

use super::credentials::Refuted;
use crate::domain::connection::BadDefaults;
use crate::domain::random::NoRandomness;
use crate::domain::scope::Scopes;
use crate::domain::standing::BadStanding;
use crate::domain::tenant::{BadSlug, TenantStatus};
use crate::store::StoreError;
use crate::vault::VaultError;

/// Why an act on a tenant, or the way to one of its accounts, ended.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// There is no such tenant, or none any more.
    #[error("there is no such tenant")]
    Unknown,
    /// Another tenant has this short name.
    #[error("another tenant is called `{0}`")]
    SlugTaken(String),
    /// The tenant is in another state than the act needs.
    #[error("the tenant is {}", .0.as_str())]
    WrongStatus(TenantStatus),
    /// No connection has this name.
    #[error("there is no connection `{name}`; there are: {}", list(.known))]
    NoSuchConnection {
        /// The name that was given.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A connection's host is part of what its credentials were checked for.
    #[error("connection `{0}` has credentials for another host: delete them first, or make another connection")]
    HostInUse(String),
    /// No credential of this kind is stored.
    #[error("connection `{connection}` has no {} credential", .api.title())]
    NoCredential {
        /// The connection.
        connection: String,
        /// The kind.
        api: Api,
    },
    /// A credential of this kind is stored and was not accepted by Duo yet, or not any more.
    #[error("the {} credential of connection `{connection}` is {status}: it must be verified first", .api.title())]
    NotVerified {
        /// The connection.
        connection: String,
        /// The kind.
        api: Api,
        /// `unverified` or `rejected`.
        status: &'static str,
    },
    /// Nothing is connected.
    #[error("the tenant has no Duo account connected yet")]
    NothingConnected,
    /// Several accounts are connected and none was named.
    #[error("name the account: there are {}", list(.0))]
    AccountNeeded(Vec<String>),
    /// No account has this name or id.
    #[error("there is no account `{given}`; there are: {}", list(.known))]
    NoSuchAccount {
        /// What was given.
        given: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Several accounts have this name.
    #[error("several accounts are called `{name}`; give the id instead: {}", list(.ids))]
    AmbiguousAccount {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// Duo gave a host for a child account that is none of Duo's.
    #[error("Duo gave a host for account `{account}` that is not one of Duo's API hosts, so nothing is sent there")]
    BadChildHost {
        /// The account.
        account: String,
    },
    /// A child account cannot be called with this API.
    #[error("account `{account}` is a child account: the {} does not reach it", .api.title())]
    NotForChildren {
        /// The account.
        account: String,
        /// The kind.
        api: Api,
    },
    /// There is no such member, or none any more.
    #[error("there is no such member")]
    NoSuchMember,
    /// A tenant without an owner would be managed by nobody.
    #[error("this is the tenant's last owner: make another member an owner first")]
    LastOwner,
    /// Only owners manage a tenant, and only in a browser.
    #[error("only an owner of the tenant may do this")]
    NotAnOwner,
    /// A service is nobody in Duo.
    #[error("a service has no Duo username: it cannot answer a push")]
    ServiceInDuo,
    /// A service cannot look at what it would approve.
    #[error("a service does not approve anything: name a person")]
    ServiceApproves,
    /// A service calls by keys and does not sign in.
    #[error("a service does not sign in: make an API key for it")]
    ServiceSignsIn,
    /// More than the member may have.
    #[error("{name} may have at most {ceiling}")]
    BeyondMember {
        /// The member's name.
        name: String,
        /// What the member may have.
        ceiling: Scopes,
    },
    /// Not an invite that works, whatever is wrong with it.
    #[error("this invite does not work: it may have a typo, be used, taken back or too old")]
    BadInvite,
    /// Nobody let such a client in.
    #[error("no client of this id was let in by anybody")]
    NoSuchClient,
    /// There is no such grant, or it ended before.
    #[error("there is no such grant, or it ended already")]
    NoSuchGrant,
    /// There is no such invite, or it was used or taken back before.
    #[error("there is no such invite, or it was used or taken back already")]
    NoSuchInvite,
    /// Another member has this name.
    #[error("another member is called `{0}`")]
    MemberNameTaken(String),
    /// Another member has this Duo username.
    #[error("another member is `{0}` in Duo")]
    DuoUsernameTaken(String),
    /// The identity is linked already, here or in another tenant.
    #[error("this identity is linked to a member already; take that grant back first")]
    IdentityTaken,
    /// Browsers have no passkeys for the address of this gateway.
    #[error("there are no passkeys here: the gateway is reached by an address and not by a name")]
    NoPasskeys,
    /// The member has as many as may be.
    #[error("a member has at most {most} passkeys: remove one first")]
    TooManyPasskeys {
        /// How many.
        most: i64,
    },
    /// The question ran out, was answered before, or was put to another browser.
    #[error("this took too long, or was sent twice: try the passkey again")]
    StalePasskey,
    /// What a browser says it made is no passkey that can be kept.
    #[error("this passkey cannot be kept: {0}")]
    BadPasskey(String),
    /// Somebody has this passkey already.
    #[error("this passkey is kept already")]
    PasskeyTaken,
    /// There is no such passkey, or none any more.
    #[error("there is no such passkey, or it was removed already")]
    NoSuchPasskey,
    /// The member signed in too long ago for this.
    #[error("sign in once more first")]
    SignInAgain,
    /// There is no such API key, or it was revoked before.
    #[error("there is no such API key, or it is revoked already")]
    NoSuchKey,
    /// A text that a name cannot be.
    #[error("{what} has 1 to {longest} characters and no control characters")]
    BadText {
        /// What it was to name.
        what: &'static str,
        /// How long it may be.
        longest: usize,
    },
    /// A short name of another shape.
    #[error(transparent)]
    BadSlug(#[from] BadSlug),
    /// A host that is none of Duo's.
    #[error(transparent)]
    BadHost(#[from] HostError),
    /// Defaults of a connection that mean nothing.
    #[error(transparent)]
    BadDefaults(#[from] BadDefaults),
    /// Keys of another shape, or swapped.
    #[error(transparent)]
    BadKeys(#[from] KeyPairError),
    /// An API key without scopes would open nothing.
    #[error("an API key needs at least one scope")]
    NoScopes,
    /// An API key that lives too short or too long.
    #[error("an API key lives 1 to {longest} days")]
    BadLifetime {
        /// The most days.
        longest: i64,
    },
    /// A standing approval that says too little or too much.
    #[error(transparent)]
    BadStanding(#[from] BadStanding),
    /// Duo did not confirm the credential; it is not stored.
    #[error(transparent)]
    Refuted(#[from] Refuted),
    /// Too many wrong attempts with this integration key; Duo was not asked.
    #[error("too many wrong attempts with this integration key: try again in {} minutes", (.retry_after_seconds + 59) / 60)]
    TooManyAttempts {
        /// When the next attempt is taken.
        retry_after_seconds: i64,
    },
    /// Somebody else changed it at the same moment.
    #[error("somebody else changed this at the same moment: look at it and try again")]
    Changed,
    /// Duo was asked for the child accounts and gave none.
    #[error("the child accounts cannot be listed: {0}")]
    Duo(#[from] DuoError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// Something does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl From<StoreError> for TenantError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict("the tenant is gone") => Self::Unknown,
            StoreError::Conflict("manager") => Self::NotAnOwner,
            StoreError::Conflict(_) => Self::Changed,
            other => Self::Store(other),
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
