//! Rows to begin with: a tenant and what it has.

use duo_mcp_gateway::domain::actor::{Actor, ApiKey, Operator};
use duo_mcp_gateway::domain::audit::{AuditEvent, AuditOutcome};
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::clock::Timestamp;
use duo_mcp_gateway::domain::connection::{
    Api, ApiHost, AuthDefaults, Connection, CredentialStatus, Sealed, SealedCredential, SignatureVersion,
};
use duo_mcp_gateway::domain::ids::{
    ConnectionId, CredentialId, EventId, InviteId, KeyId, MemberId, OperationId, OperatorId, PasskeyId, PushId,
    ReplicaId, TenantId,
};
use duo_mcp_gateway::domain::invite::Invite;
use duo_mcp_gateway::domain::member::{Member, MemberKind, Role};
use duo_mcp_gateway::domain::operation::{ItemResult, Operation, OperationState, Outcome};
use duo_mcp_gateway::domain::passkey::Passkey;
use duo_mcp_gateway::domain::preset::Preset;
use duo_mcp_gateway::domain::push::{Push, PushState};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::tenant::{Slug, Tenant, TenantStatus};
use duo_mcp_gateway::store::passkeys::{Added, NewPasskey, Question};
use duo_mcp_gateway::store::{DataKeyRow, Lease, NewOperation, NewSession, OwnerKeyRow, ShownBy, Store};

/// The moment at which the tests begin.
pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub(crate) fn id<T>(make: impl Fn(&Random) -> Result<T, duo_mcp_gateway::domain::random::NoRandomness>) -> T {
    make(&Random::system()).unwrap()
}

/// A hash of nobody's token.
pub(crate) fn hash() -> [u8; 32] {
    Random::system().bytes().unwrap()
}

/// A tenant with one connection, one owner and one key, registered.
pub(crate) struct Acme {
    pub(crate) tenant: Tenant,
    pub(crate) connection: Connection,
    pub(crate) member: Member,
    pub(crate) key: ApiKey,
    pub(crate) hash: [u8; 32],
}

impl Acme {
    pub(crate) async fn register(store: &Store, slug: &str) -> Self {
        let tenant = tenant(slug);
        let tenant = store.tenants.register(&tenant, &data_key(&tenant.id), &event(&tenant.id)).await.unwrap();
        let connection = connection(&tenant.id, "main");
        let connection = store.connections.put(&connection, &event(&tenant.id)).await.unwrap();
        let member = member(&tenant.id, "Jane Doe", Role::Owner);
        store.members.create(&member, &event(&tenant.id)).await.unwrap();
        let (key, hash) = (api_key(&member), Random::system().bytes().unwrap());
        assert!(store.keys.create(&key, &hash, &event(&tenant.id)).await.unwrap());
        Self { tenant, connection, member, key, hash }
    }

    pub(crate) fn id(&self) -> &TenantId {
        &self.tenant.id
    }

    pub(crate) fn event(&self) -> AuditEvent {
        event(self.id())
    }

    pub(crate) fn credential(&self, version: i64) -> SealedCredential {
        credential(self.id(), &self.connection.id, version)
    }

    /// An operation in this state, of this tenant's key.
    pub(crate) fn operation(&self, state: OperationState) -> Operation {
        Operation {
            id: id(OperationId::new),
            tenant: self.id().clone(),
            tool: "trash_users".into(),
            level: Level::L2,
            account: "main".into(),
            caller: self.actor(),
            title: "Trash 1 user".into(),
            objects: 1,
            digest: id(EventId::new).to_string(),
            payload: Some(Sealed("sealed-plan".into())),
            state,
            decided_by: None,
            results: vec![],
            created_at: NOW,
            expires_at: NOW.plus_seconds(600),
            decided_at: None,
            finished_at: None,
        }
    }

    pub(crate) fn actor(&self) -> Actor {
        let member = Some(self.member.id.clone());
        Actor::Key { key: self.key.id.clone(), member, person: self.member.name.clone() }
    }

    /// The same, begun.
    pub(crate) async fn begun(&self, store: &Store, state: OperationState) -> Operation {
        let operation = self.operation(state);
        store.operations.begin(new(&operation), &[self.event()]).await.unwrap();
        operation
    }

    /// Keeps a passkey of the owner's, which its authenticator knows by this name.
    pub(crate) async fn add_passkey(&self, store: &Store, credential_id: &str) -> Passkey {
        let (tenant, member) = (self.id().clone(), self.member.id.clone());
        let name = "Laptop".to_owned();
        let passkey = Passkey { id: id(PasskeyId::new), tenant, member, name, created_at: NOW, last_used_at: None };
        let question = Question { hash: hash(), expires_at: NOW.plus_seconds(600) };
        let session = &signed_in(store, &self.member).await;
        let new =
            NewPasskey { passkey: &passkey, credential_id, credential: "{}", counter: 0, question, session, most: 10 };
        assert_eq!(store.passkeys.add(new, &self.event()).await.unwrap(), Added::Done);
        passkey
    }

    /// An owner key of its member.
    pub(crate) fn owner_key(&self) -> OwnerKeyRow {
        owner_key_of(&self.member)
    }

    /// An invite into the tenant.
    pub(crate) fn invite(&self) -> Invite {
        Invite {
            id: id(InviteId::new),
            tenant: Some(self.id().clone()),
            role: Role::HelpDesk,
            scopes: Scopes::read_only(),
            last4: "stuv".into(),
            made_by: Actor::Console,
            created_at: NOW,
            expires_at: NOW.plus_seconds(3600),
            used_at: None,
            used_by: None,
            revoked_at: None,
        }
    }

    pub(crate) fn push(&self, user: &str) -> Push {
        Push {
            id: id(PushId::new),
            tenant: self.id().clone(),
            connection: self.connection.id.clone(),
            caller: self.key.id.to_string(),
            user_id: user.into(),
            username: "jdoe".into(),
            factor: "push".into(),
            txid: None,
            state: PushState::Reserved,
            status: None,
            status_msg: None,
            created_at: NOW,
            finished_at: None,
        }
    }
}

pub(crate) fn tenant(slug: &str) -> Tenant {
    Tenant {
        id: id(TenantId::new),
        slug: Slug::parse(slug).unwrap(),
        name: "Acme".into(),
        status: TenantStatus::Active,
        revision: 0,
        created_at: NOW,
        require_push: false,
        preset: Preset::Everything,
    }
}

pub(crate) fn data_key(tenant: &TenantId) -> DataKeyRow {
    DataKeyRow {
        tenant: tenant.clone(),
        version: 1,
        kek_id: "kek-1".into(),
        wrapped: Sealed("wrapped-data-key".into()),
    }
}

pub(crate) fn connection(tenant: &TenantId, name: &str) -> Connection {
    Connection {
        id: id(ConnectionId::new),
        tenant: tenant.clone(),
        name: Slug::parse(name).unwrap(),
        label: Some("Acme, main account".into()),
        host: ApiHost::parse("api-12345678.duosecurity.com").unwrap(),
        defaults: AuthDefaults { username_format: Some("{username}@example.com".into()), ..AuthDefaults::default() },
        created_at: NOW,
    }
}

pub(crate) fn credential(tenant: &TenantId, connection: &ConnectionId, version: i64) -> SealedCredential {
    SealedCredential {
        id: id(CredentialId::new),
        tenant: tenant.clone(),
        connection: connection.clone(),
        api: Api::Admin,
        host: ApiHost::parse("api-12345678.duosecurity.com").unwrap(),
        ikey: Sealed("sealed-ikey".into()),
        skey: Sealed("sealed-skey".into()),
        ikey_last4: "WXYZ".into(),
        fingerprint: "fp".into(),
        signature: SignatureVersion::V5,
        version,
        status: CredentialStatus::Unverified,
        grants: vec![],
        verified_at: None,
    }
}

pub(crate) fn member(tenant: &TenantId, name: &str, role: Role) -> Member {
    Member {
        id: id(MemberId::new),
        tenant: tenant.clone(),
        name: name.into(),
        kind: MemberKind::Person,
        duo_username: None,
        role,
        scopes: Scopes::all(),
        standing: vec![],
        approves: false,
        created_at: NOW,
        removed_at: None,
    }
}

pub(crate) fn api_key(member: &Member) -> ApiKey {
    ApiKey {
        id: id(KeyId::new),
        tenant: member.tenant.clone(),
        name: "laptop".into(),
        member: member.id.clone(),
        person: member.name.clone(),
        scopes: Scopes::all(),
        standing: vec![],
        last4: "abcd".into(),
        created_at: NOW,
        expires_at: NOW.plus_seconds(3600),
        last_used_at: None,
        revoked_at: None,
    }
}

pub(crate) fn operator(name: &str) -> Operator {
    Operator {
        id: id(OperatorId::new),
        name: name.into(),
        created_at: NOW,
        expires_at: NOW.plus_seconds(3600),
        revoked_at: None,
    }
}

/// An audit event of this tenant.
pub(crate) fn event(tenant: &TenantId) -> AuditEvent {
    AuditEvent { tenant: Some(tenant.clone()), ..house_event() }
}

/// An audit event of the house.
pub(crate) fn house_event() -> AuditEvent {
    AuditEvent {
        id: id(EventId::new),
        tenant: None,
        at: NOW,
        actor: Actor::Console,
        action: "test".into(),
        account: None,
        digest: None,
        level: Some(Level::L1),
        outcome: AuditOutcome::Ok,
        code: None,
        objects: vec!["a".into()],
        operation: None,
        request: None,
        duration_ms: Some(3),
    }
}

pub(crate) fn new(operation: &Operation) -> NewOperation<'_> {
    NewOperation { operation, steps: 2, lease: None, repeats_since: None, standing: None, most_open: None }
}

/// The same, answered with the first one when it is a repeat.
pub(crate) fn repeatable(operation: &Operation) -> NewOperation<'_> {
    NewOperation { repeats_since: Some(operation.created_at), ..new(operation) }
}

/// A lease of a replica of its own.
pub(crate) fn lease(until: Timestamp) -> Lease {
    Lease { replica: id(ReplicaId::new), until }
}

pub(crate) fn done() -> ItemResult {
    ItemResult { id: Some("DU1".into()), name: "jdoe".into(), outcome: Outcome::Done, message: None, now: None }
}

/// Joins by this invite, with an owner key that nobody else has; false when it is not open.
pub(crate) async fn join(store: &Store, invite: &[u8; 32], member: &Member, at: Timestamp) -> bool {
    let (key, event) = (owner_key_of(member), event(&member.tenant));
    store.invites.join(invite, member, (&key, &hash()), at, &event).await.unwrap()
}

/// An owner key of this member.
pub(crate) fn owner_key_of(member: &Member) -> OwnerKeyRow {
    OwnerKeyRow {
        tenant: member.tenant.clone(),
        member: member.id.clone(),
        last4: "wxyz".into(),
        created_at: NOW,
        expires_at: NOW.plus_seconds(3600),
    }
}

/// Has the member sign in with a new owner key; the hash of the session.
pub(crate) async fn signed_in(store: &Store, member: &Member) -> [u8; 32] {
    let (key, session, until) = (hash(), hash(), NOW.plus_seconds(60));
    let made = store.sign_in.put_owner_key(&owner_key_of(member), &key, &event(&member.tenant)).await;
    assert!(made.unwrap());
    let new = session_of(&session, &key, &member.tenant, &member.id, until);
    assert!(store.sign_in.open_session(new, None).await.unwrap());
    session
}

/// A session of this member by the owner key of this hash.
pub(crate) fn session_of<'a>(
    hash: &'a [u8; 32],
    key: &'a [u8; 32],
    tenant: &'a TenantId,
    member: &'a MemberId,
    expires_at: Timestamp,
) -> NewSession<'a> {
    NewSession { hash, tenant, member, by: ShownBy::OwnerKey(key), now: NOW, authenticated_at: NOW, expires_at }
}
