//! Finding operations, and reading their rows.

use crate::domain::card::Level;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Sealed;
use crate::domain::ids::{OperationId, TenantId};
use crate::domain::operation::{Operation, OperationState};

use crate::store::db::{Db, Reason};
use crate::store::error::StoreError;
use crate::store::row::Row;
use crate::store::value::values;

/// The columns of an operation, in every statement that gives one.
macro_rules! columns {
    () => {
        "id, tenant_id, tool, level, account, caller, title, objects, digest, payload, state, decided_by, results, \
         created_at, expires_at, decided_at, finished_at"
    };
}
pub(super) use columns;

pub(super) const FIND: &str = concat!("SELECT ", columns!(), " FROM operations WHERE tenant_id = $1 AND id = $2");
const FIND_ANYWHERE: &str = concat!("SELECT ", columns!(), " FROM operations WHERE id = $1");
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM operations WHERE tenant_id = $1 AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR caller_key = $3) \
     AND ($4 IS NULL OR (created_at, id) < (SELECT a.created_at, a.id FROM operations a \
     WHERE a.tenant_id = $1 AND a.id = $4)) ORDER BY created_at DESC, id DESC LIMIT $5"
);
const DECIDED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM operations WHERE decided_at IS NOT NULL ORDER BY decided_at DESC, id DESC LIMIT $1"
);
const WAITING: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM operations WHERE state = 'waiting' AND expires_at > $1 \
     AND ($2 IS NULL OR (created_at, id) > (SELECT a.created_at, a.id FROM operations a WHERE a.id = $2)) \
     ORDER BY created_at, id LIMIT $3"
);

/// The tenants' operations.
#[derive(Clone)]
pub struct Operations {
    pub(super) db: Db,
}

/// Which operations of a tenant are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOperations<'a> {
    /// Only those in this state.
    pub state: Option<OperationState>,
    /// Only those of this caller, by [`Actor::key_text`](crate::domain::actor::Actor::key_text).
    pub caller: Option<&'a str>,
    /// Only those that come after this one.
    pub after: Option<&'a OperationId>,
    /// The most of them.
    pub limit: i64,
}

impl Operations {
    pub(in crate::store) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// The tenant's operation with this id.
    pub async fn find(&self, tenant: &TenantId, operation: &OperationId) -> Result<Option<Operation>, StoreError> {
        let scope = self.db.tenant(tenant);
        scope.fetch_optional(FIND, values![tenant, operation]).await?.as_ref().map(read).transpose()
    }

    /// The operation with this id, whosever it is; for operators.
    pub async fn find_anywhere(&self, operation: &OperationId) -> Result<Option<Operation>, StoreError> {
        let scope = self.db.across(Reason::Operator);
        scope.fetch_optional(FIND_ANYWHERE, values![operation]).await?.as_ref().map(read).transpose()
    }

    /// The tenant's operations, newest first.
    pub async fn list(&self, tenant: &TenantId, which: ListOperations<'_>) -> Result<Vec<Operation>, StoreError> {
        let state = which.state.map(OperationState::as_str);
        let values = values![tenant, state, which.caller, which.after, which.limit];
        self.db.tenant(tenant).fetch_all(LIST, values).await?.iter().map(read).collect()
    }

    /// What somebody said yes or no to, of all tenants, the latest first.
    pub async fn decided(&self, limit: i64) -> Result<Vec<Operation>, StoreError> {
        self.db.across(Reason::Operator).fetch_all(DECIDED, values![limit]).await?.iter().map(read).collect()
    }

    /// What waits for an approval and has not run out, of all tenants, oldest first; what comes after `after`.
    pub async fn waiting(
        &self,
        after: Option<&OperationId>,
        limit: i64,
        now: Timestamp,
    ) -> Result<Vec<Operation>, StoreError> {
        let scope = self.db.across(Reason::Operator);
        scope.fetch_all(WAITING, values![now, after, limit]).await?.iter().map(read).collect()
    }
}

/// The operation in a row.
pub(super) fn read(row: &Row) -> Result<Operation, StoreError> {
    let row = row.of("operations");
    Ok(Operation {
        id: row.parse("id", |text| OperationId::parse(text).ok())?,
        tenant: row.parse("tenant_id", |text| TenantId::parse(text).ok())?,
        tool: row.text("tool")?,
        level: row.parse("level", Level::parse)?,
        account: row.text("account")?,
        caller: row.json("caller")?,
        title: row.text("title")?,
        objects: row.int("objects")?,
        digest: row.text("digest")?,
        payload: row.text_opt("payload")?.map(Sealed),
        state: row.parse("state", OperationState::parse)?,
        decided_by: row.json_opt("decided_by")?,
        results: row.json("results")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        decided_at: row.time_opt("decided_at")?,
        finished_at: row.time_opt("finished_at")?,
    })
}
