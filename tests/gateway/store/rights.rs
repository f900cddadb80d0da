//! Who acts is looked at again when the tenant is held.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::audit::AuditEvent;
use duo_mcp_gateway::domain::connection::CredentialStatus;
use duo_mcp_gateway::domain::grant::Grant;
use duo_mcp_gateway::domain::ids::{GrantId, TenantId};
use duo_mcp_gateway::domain::invite::Invite;
use duo_mcp_gateway::domain::member::{Member, MemberDiff, Role};
use duo_mcp_gateway::domain::operation::OperationState;
use duo_mcp_gateway::domain::passkey::Passkey;
use duo_mcp_gateway::domain::preset::Preset;
use duo_mcp_gateway::store::{Decided, MemberChange, Store, StoreError};

use super::grants::granted;
use super::samples::{Acme, NOW, api_key, connection, event, hash, id as drawn, member, owner_key_of, signed_in};
use crate::support::databases::for_each_database;

type Outcome = (&'static str, Result<bool, StoreError>);

fn in_browser(member: &Member) -> Actor {
    Actor::Member { member: member.id.clone(), person: member.name.clone() }
}

fn by(actor: &Actor, tenant: &TenantId) -> AuditEvent {
    AuditEvent { actor: actor.clone(), ..event(tenant) }
}

async fn added(store: &Store, acme: &Acme, name: &str, role: Role) -> Member {
    let new = member(acme.id(), name, role);
    store.members.create(&new, &acme.event()).await.unwrap();
    new
}

async fn demote(store: &Store, acme: &Acme, whom: &Member, approves: bool) {
    let diff = MemberDiff { role: Some(Role::Administrator), approves: Some(approves), ..MemberDiff::default() };
    let changed = store.members.change(acme.id(), &whom.id, &diff, &acme.event()).await.unwrap();
    assert_eq!(changed, MemberChange::Done);
}

/// What there is to act on: everything another member's, so that only the right to manage opens it.
struct Ground {
    acme: Acme,
    other: Member,
    grant: Grant,
    passkey: Passkey,
    invite: Invite,
}

impl Ground {
    async fn of(store: &Store) -> Self {
        let acme = Acme::register(store, "acme").await;
        let other = added(store, &acme, "Otto Other", Role::HelpDesk).await;
        let (grant, _) = granted(store, &acme).await;
        let passkey = acme.add_passkey(store, "aa").await;
        let invite = acme.invite();
        store.invites.create(&invite, &hash(), &acme.event()).await.unwrap();
        store.credentials.put(&acme.credential(1), &acme.event()).await.unwrap();
        store.connections.put(&connection(acme.id(), "spare"), &acme.event()).await.unwrap();
        Self { acme, other, grant, passkey, invite }
    }

    /// Everything that an owner does on the pages, by this one; in an order in which each can be done.
    async fn acts(&self, store: &Store, actor: &Actor) -> Vec<Outcome> {
        let mut outcomes = self.on_members(store, actor).await;
        outcomes.extend(self.on_accounts(store, actor).await);
        outcomes.extend(self.on_what_opens(store, actor).await);
        let (id, event) = (self.acme.id(), by(actor, self.acme.id()));
        let removed = store.members.remove(id, &self.other.id, NOW, &event).await;
        outcomes.push(("a member is removed", removed.map(|done| done == MemberChange::Done)));
        outcomes.push(("all is deleted", store.tenants.delete(id, &by(actor, id)).await));
        outcomes
    }

    async fn on_members(&self, store: &Store, actor: &Actor) -> Vec<Outcome> {
        let (id, event) = (self.acme.id(), || by(actor, self.acme.id()));
        let raise = MemberDiff { role: Some(Role::Owner), ..MemberDiff::default() };
        let new = member(id, "New", Role::Owner);
        vec![
            ("a member is made", store.members.create(&new, &event()).await.map(|()| true)),
            (
                "a member is changed",
                store.members.change(id, &self.other.id, &raise, &event()).await.map(|done| done == MemberChange::Done),
            ),
            ("the push", store.tenants.require_push(id, true, &event()).await.map(|found| found.is_some())),
            ("the preset", store.tenants.set_preset(id, Preset::Look, &event()).await.map(|found| found.is_some())),
        ]
    }

    async fn on_accounts(&self, store: &Store, actor: &Actor) -> Vec<Outcome> {
        let (id, event) = (self.acme.id(), || by(actor, self.acme.id()));
        let (main, spare) = (&self.acme.connection, connection(id, "spare"));
        let second = self.acme.credential(2);
        let verified = CredentialStatus::Verified;
        vec![
            ("an account is kept", store.connections.put(&spare, &event()).await.map(|_| true)),
            ("keys are kept", store.credentials.put(&second, &event()).await.map(|()| true)),
            ("keys are checked", store.credentials.checked(id, &second.id, 2, verified, &[], NOW, &event()).await),
            ("keys are removed", store.credentials.delete(id, &main.id, second.api, &event()).await),
            ("an account is removed", store.connections.delete(id, &spare.name, &event()).await),
        ]
    }

    async fn on_what_opens(&self, store: &Store, actor: &Actor) -> Vec<Outcome> {
        let (id, event) = (self.acme.id(), || by(actor, self.acme.id()));
        let link = Grant { id: drawn(GrantId::new), resource: String::new(), ..self.grant.clone() };
        let made = Invite { made_by: actor.clone(), ..self.acme.invite() };
        vec![
            ("a key is made", store.keys.create(&api_key(&self.other), &hash(), &event()).await),
            ("a key is revoked", store.keys.revoke(id, &self.acme.key.id, NOW, &event()).await),
            ("a grant is revoked", store.grants.revoke(id, &self.grant.id, "revoked", NOW, &event()).await),
            ("an identity is linked", store.grants.link(&link, &hash(), &event()).await),
            ("a link is revoked", store.grants.revoke(id, &self.linked(store, &link).await, "x", NOW, &event()).await),
            ("a passkey is removed", store.passkeys.remove(id, &self.passkey.id, &event()).await),
            ("an invite is made", store.invites.create(&made, &hash(), &event()).await.map(|()| true)),
            ("an invite is revoked", store.invites.revoke(Some(id), &self.invite.id, NOW, &event()).await),
            (
                "another's owner key is made",
                store.sign_in.put_owner_key(&owner_key_of(&self.other), &hash(), &event()).await,
            ),
        ]
    }

    /// The link that was made, or one that there was.
    async fn linked(&self, store: &Store, link: &Grant) -> GrantId {
        let made = store.grants.find(self.acme.id(), &link.id).await.unwrap();
        made.map_or(self.grant.id.clone(), |made| made.id)
    }
}

#[tokio::test]
async fn who_manages_no_more_does_nothing_that_was_let_pass_before() {
    for_each_database(async |database| {
        let store = database.open().await;
        let ground = Ground::of(&store).await;
        let acme = &ground.acme;
        let olga = added(&store, acme, "Olga", Role::Owner).await;
        let dora = added(&store, acme, "Dora", Role::Owner).await;
        let rita = added(&store, acme, "Rita", Role::Owner).await;
        demote(&store, acme, &dora, true).await;
        store.members.remove(acme.id(), &rita.id, NOW, &acme.event()).await.unwrap();
        let before = store.audit.list(Some(acme.id()), None, 200).await.unwrap();
        let client = Actor::Grant {
            grant: ground.grant.id.clone(),
            client: "Test".into(),
            member: olga.id.clone(),
            person: "Olga".into(),
        };
        let foreign = Acme::register(&store, "other").await;
        for (who, actor) in [
            ("demoted", in_browser(&dora)),
            ("removed", in_browser(&rita)),
            ("another tenant's owner", in_browser(&foreign.member)),
            ("an owner's key", acme.actor()),
            ("an owner's client", client),
        ] {
            for (what, outcome) in ground.acts(&store, &actor).await {
                assert!(matches!(outcome, Err(StoreError::Conflict("manager"))), "{who}: {what}: {outcome:?}");
            }
        }
        assert_eq!(store.audit.list(Some(acme.id()), None, 200).await.unwrap(), before, "nothing is written down");
        // Each of it is refused for who asks alone.
        for (what, outcome) in ground.acts(&store, &in_browser(&olga)).await {
            assert!(outcome.as_ref().is_ok_and(|done| *done), "{what}: {outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_a_members_own_stays_so_whatever_its_role() {
    for_each_database(async |database| {
        let store = database.open().await;
        let Ground { acme, grant, passkey, .. } = Ground::of(&store).await;
        let olga = added(&store, &acme, "Olga", Role::Owner).await;
        demote(&store, &acme, &acme.member, false).await;
        let (id, own) = (acme.id(), in_browser(&acme.member));
        assert!(store.grants.revoke(id, &grant.id, "taken_back", NOW, &by(&own, id)).await.unwrap());
        assert!(store.passkeys.remove(id, &passkey.id, &by(&own, id)).await.unwrap());
        let key = acme.owner_key();
        let session = signed_in(&store, &acme.member).await;
        assert!(store.sign_in.renew_owner_key(&key, &hash(), &session, &by(&own, id)).await.unwrap());
        // The session ended with it, and what was asked in it comes too late; so does what was asked in another's.
        let (kept, others) = (hash(), signed_in(&store, &acme.member).await);
        assert!(store.sign_in.put_owner_key(&key, &kept, &acme.event()).await.unwrap());
        let olga = signed_in(&store, &olga).await;
        for session in [session, others, olga] {
            assert!(!store.sign_in.renew_owner_key(&key, &hash(), &session, &by(&own, id)).await.unwrap());
        }
        assert!(store.sign_in.by_owner_key(&kept).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn of_two_owners_who_demote_each_other_at_once_one_stays_an_owner() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        for round in 0..5 {
            let ann = added(&store, &acme, &format!("Ann {round}"), Role::Owner).await;
            let bob = added(&store, &acme, &format!("Bob {round}"), Role::Owner).await;
            let diff = MemberDiff { role: Some(Role::ReadOnly), ..MemberDiff::default() };
            let (anns, bobs) = (by(&in_browser(&ann), acme.id()), by(&in_browser(&bob), acme.id()));
            let (a, b) = tokio::join!(
                store.members.change(acme.id(), &bob.id, &diff, &anns),
                store.members.change(acme.id(), &ann.id, &diff, &bobs),
            );
            // Jane is an owner as well, so neither is kept from it by being the last one.
            let (done, refused) = if a.is_ok() { (a, b) } else { (b, a) };
            assert_eq!(done.unwrap(), MemberChange::Done);
            assert!(matches!(refused, Err(StoreError::Conflict("manager"))), "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_approves_no_more_decides_nothing() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let olga = added(&store, &acme, "Olga", Role::Owner).await;
        let dora = added(&store, &acme, "Dora", Role::Owner).await;
        // Jane asked for it by her key. She and Dora are owners no more, and Jane an approver.
        demote(&store, &acme, &dora, false).await;
        demote(&store, &acme, &acme.member, true).await;
        let operation = acme.begun(&store, OperationState::Waiting).await;
        let decide = async |who: &Member, yes: bool| {
            let actor = in_browser(who);
            store.operations.decide(acme.id(), &operation.id, yes, &actor, NOW, &by(&actor, acme.id())).await
        };
        for yes in [true, false] {
            let refused = decide(&dora, yes).await;
            assert!(matches!(refused, Err(StoreError::Conflict("approver"))), "{refused:?}");
        }
        let refused = decide(&acme.member, true).await;
        assert!(matches!(refused, Err(StoreError::Conflict("own request"))), "{refused:?}");
        let waits = store.operations.find(acme.id(), &operation.id).await.unwrap().unwrap();
        assert_eq!((waits.state, waits.decided_by), (OperationState::Waiting, None));
        assert!(matches!(decide(&olga, true).await, Ok(Decided::Done(_))));
        // She may take it back, though.
        let own = acme.begun(&store, OperationState::Waiting).await;
        let jane = in_browser(&acme.member);
        let denied = store.operations.decide(acme.id(), &own.id, false, &jane, NOW, &by(&jane, acme.id())).await;
        assert!(matches!(denied, Ok(Decided::Done(_))), "{denied:?}");
    })
    .await;
}
