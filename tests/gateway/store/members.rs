//! Members, how they come in, and what goes with one that is removed.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::invite::Invite;
use duo_mcp_gateway::domain::member::{Member, MemberDiff, MemberKind, Role};
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::tenant::TenantStatus;
use duo_mcp_gateway::store::{MemberChange, NewTenant, OwnerKeyRow, StoreError};

use super::grants::granted;
use super::samples::{
    Acme, NOW, api_key, connection, credential, data_key, event, hash, house_event, join, member, owner_key_of,
    session_of, tenant,
};
use crate::support::databases::for_each_database;

#[tokio::test]
async fn a_member_reads_back_and_shares_neither_name_nor_duo_username() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let known = Some("jdoe".to_owned());
        let ann =
            Member { duo_username: known, scopes: Scopes::read_only(), ..member(acme.id(), "Ann", Role::HelpDesk) };
        store.members.create(&ann, &acme.event()).await.unwrap();
        assert_eq!(store.members.find(acme.id(), &ann.id).await.unwrap(), Some(ann.clone()));
        assert_eq!(store.members.find_by_name(acme.id(), "Ann").await.unwrap(), Some(ann.clone()));
        assert_eq!(store.members.list(acme.id()).await.unwrap().len(), 2);
        let refused = store.members.create(&member(acme.id(), "Ann", Role::Owner), &acme.event()).await;
        assert!(matches!(refused, Err(StoreError::Conflict("name"))), "{refused:?}");
        let twin = Member { duo_username: Some("JDoe".into()), ..member(acme.id(), "Bob", Role::Owner) };
        let refused = store.members.create(&twin, &acme.event()).await;
        assert!(matches!(refused, Err(StoreError::Conflict("duo username"))), "{refused:?}");
        // Another tenant's members are nobody's business, and the names of who is removed are free again.
        let other = Acme::register(&store, "other").await;
        store.members.create(&Member { tenant: other.id().clone(), ..twin.clone() }, &other.event()).await.unwrap();
        assert_eq!(store.members.remove(acme.id(), &ann.id, NOW, &acme.event()).await.unwrap(), MemberChange::Done);
        let again = Member { duo_username: Some("jdoe".into()), ..member(acme.id(), "Ann", Role::Owner) };
        store.members.create(&again, &acme.event()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_change_moves_the_pulse_and_the_last_owner_stays() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let service = Member { kind: MemberKind::Service, ..member(acme.id(), "nightly", Role::Owner) };
        store.members.create(&service, &acme.event()).await.unwrap();
        let before = store.house.pulse(0).await.unwrap().counter;
        // A service that is an owner by role manages nothing, so it does not count.
        let demote = MemberDiff { role: Some(Role::Administrator), ..MemberDiff::default() };
        let change =
            async |diff: &MemberDiff| store.members.change(acme.id(), &acme.member.id, diff, &acme.event()).await;
        assert_eq!(change(&demote).await.unwrap(), MemberChange::LastOwner);
        let gone = store.members.remove(acme.id(), &acme.member.id, NOW, &acme.event()).await.unwrap();
        assert_eq!(gone, MemberChange::LastOwner);
        assert_eq!(store.house.pulse(before).await.unwrap().changed, vec![]);

        let second = member(acme.id(), "Bob", Role::Owner);
        store.members.create(&second, &acme.event()).await.unwrap();
        let before = store.house.pulse(0).await.unwrap().counter;
        assert_eq!(change(&demote).await.unwrap(), MemberChange::Done);
        assert_eq!(store.house.pulse(before).await.unwrap().changed, vec![acme.id().clone()]);
        let demoted = Member { role: Role::Administrator, ..acme.member.clone() };
        assert_eq!(store.members.find(acme.id(), &demoted.id).await.unwrap(), Some(demoted));
        let refused = change(&MemberDiff { name: Some("Bob".into()), ..MemberDiff::default() }).await;
        assert!(matches!(refused, Err(StoreError::Conflict("name"))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn two_members_are_never_one_person_in_duo() {
    for_each_database(async |database| {
        let store = database.open().await;
        // Its connection makes usernames by {username}@example.com.
        let acme = Acme::register(&store, "acme").await;
        let create = async |name: &str, username: Option<&str>| {
            let new = Member { duo_username: username.map(str::to_owned), ..member(acme.id(), name, Role::HelpDesk) };
            store.members.create(&new, &acme.event()).await.map(|()| new)
        };
        let ann = create("Ann", None).await.unwrap();
        create("Ørn", Some("orn")).await.unwrap();
        for (name, username) in [
            ("x", Some("ANN@example.com")),
            ("x", Some("ann")),
            ("ANN", None),
            ("x", Some("Orn")),
            ("ørn@example.com", Some("ORN")),
        ] {
            let refused = create(name, username).await;
            assert!(matches!(refused, Err(StoreError::Conflict("duo username"))), "{name} {username:?}: {refused:?}");
        }
        let bob = create("Bob", Some("bob-in-duo")).await.unwrap();
        let rename = MemberDiff { duo_username: Some("Ann".into()), ..MemberDiff::default() };
        let refused = store.members.change(acme.id(), &bob.id, &rename, &acme.event()).await;
        assert!(matches!(refused, Err(StoreError::Conflict("duo username"))), "{refused:?}");
        // A service is nobody in Duo, and who is removed is nobody any more.
        let service = Member { kind: MemberKind::Service, ..member(acme.id(), "ANN@example.com", Role::HelpDesk) };
        store.members.create(&service, &acme.event()).await.unwrap();
        store.members.remove(acme.id(), &ann.id, NOW, &acme.event()).await.unwrap();
        create("ann", None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_an_owner_invited_to_ends_with_the_right_to_invite() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let owners = [member(acme.id(), "Olga", Role::Owner), member(acme.id(), "Otto", Role::Owner)];
        let mut codes = Vec::new();
        for owner in &owners {
            store.members.create(owner, &acme.event()).await.unwrap();
            let made_by = Actor::Member { member: owner.id.clone(), person: owner.name.clone() };
            codes.push(hash());
            let invite = Invite { made_by, role: Role::Owner, ..acme.invite() };
            store.invites.create(&invite, codes.last().unwrap(), &acme.event()).await.unwrap();
        }
        codes.push(hash());
        store.invites.create(&acme.invite(), &codes[2], &acme.event()).await.unwrap();
        let demote = MemberDiff { role: Some(Role::Administrator), ..MemberDiff::default() };
        assert_eq!(
            store.members.change(acme.id(), &owners[0].id, &demote, &acme.event()).await.unwrap(),
            MemberChange::Done
        );
        let removed = store.members.remove(acme.id(), &owners[1].id, NOW, &acme.event()).await.unwrap();
        assert_eq!(removed, MemberChange::Done);
        for code in &codes[..2] {
            let back = member(acme.id(), "Back", Role::Owner);
            assert!(!join(&store, code, &back, NOW).await);
            assert_eq!(store.invites.find_by_hash(code).await.unwrap().unwrap().revoked_at, Some(NOW));
        }
        let joining = member(acme.id(), "New", Role::HelpDesk);
        assert!(join(&store, &codes[2], &joining, NOW).await, "another's invite");
    })
    .await;
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_at_once_one_stays() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let second = member(acme.id(), "Bob", Role::Owner);
        store.members.create(&second, &acme.event()).await.unwrap();
        let (one, two) = (acme.event(), acme.event());
        let (a, b) = tokio::join!(
            store.members.remove(acme.id(), &acme.member.id, NOW, &one),
            store.members.remove(acme.id(), &second.id, NOW, &two),
        );
        let mut outcomes = [a.unwrap(), b.unwrap()];
        outcomes.sort_by_key(|outcome| *outcome == MemberChange::LastOwner);
        assert_eq!(outcomes, [MemberChange::Done, MemberChange::LastOwner]);
    })
    .await;
}

#[tokio::test]
async fn a_member_is_removed_while_the_uses_of_what_it_granted_are_noted() {
    for_each_database(async |database| {
        let store = database.open().await;
        for round in 0..4 {
            let acme = Acme::register(&store, &format!("acme-{round}")).await;
            let second = member(acme.id(), "Second Owner", Role::Owner);
            store.members.create(&second, &acme.event()).await.unwrap();
            let mut used = Vec::new();
            for _ in 0..20 {
                let (grant, _) = granted(&store, &acme).await;
                used.push((acme.id().clone(), grant.id, 1));
            }
            let event = acme.event();
            let (noted, removed) = tokio::join!(
                store.grants.touch(&used, NOW),
                store.members.remove(acme.id(), &acme.member.id, NOW, &event),
            );
            // Neither waits for the other in a circle, which the database would end by an error.
            noted.unwrap();
            assert_eq!(removed.unwrap(), MemberChange::Done);
            let grants = store.grants.list(acme.id()).await.unwrap();
            assert!(grants.iter().all(|grant| grant.revoked_at == Some(NOW)) && grants.len() == 20);
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_member_came_in_by_ends_with_the_member() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let ann = member(acme.id(), "Ann", Role::Administrator);
        store.members.create(&ann, &acme.event()).await.unwrap();
        let (api_key, api_hash) = (api_key(&ann), hash());
        assert!(store.keys.create(&api_key, &api_hash, &acme.event()).await.unwrap());
        let key = OwnerKeyRow { member: ann.id.clone(), ..acme.owner_key() };
        let (first, second, session) = (hash(), hash(), hash());
        let until = NOW.plus_seconds(60);
        assert!(store.sign_in.put_owner_key(&key, &first, &acme.event()).await.unwrap());
        assert!(
            store.sign_in.open_session(session_of(&session, &first, acme.id(), &ann.id, until), None).await.unwrap()
        );
        // A new owner key takes the old one's place, and ends the sessions that the old one may have opened.
        assert!(store.sign_in.put_owner_key(&key, &second, &acme.event()).await.unwrap());
        assert_eq!(store.sign_in.by_owner_key(&first).await.unwrap(), None);
        assert_eq!(store.sign_in.session(&session, NOW).await.unwrap(), None);
        let found = store.sign_in.by_owner_key(&second).await.unwrap();
        assert_eq!(found, Some((ann.clone(), key.expires_at, TenantStatus::Active)));
        assert_eq!(store.sign_in.owner_keys(acme.id()).await.unwrap(), vec![key.clone()]);

        assert!(
            store.sign_in.open_session(session_of(&session, &second, acme.id(), &ann.id, until), None).await.unwrap()
        );
        let (open, _) = store.sign_in.session(&session, NOW).await.unwrap().unwrap();
        assert_eq!((open.member, open.authenticated_at, open.expires_at), (ann.clone(), NOW, until));
        assert_eq!(store.sign_in.session(&session, until).await.unwrap(), None);
        assert_eq!(store.members.remove(acme.id(), &ann.id, NOW, &acme.event()).await.unwrap(), MemberChange::Done);
        assert_eq!(store.members.remove(acme.id(), &ann.id, NOW, &acme.event()).await.unwrap(), MemberChange::Missing);
        assert_eq!(store.sign_in.session(&session, NOW).await.unwrap(), None);
        assert_eq!(store.sign_in.by_owner_key(&second).await.unwrap(), None);
        let (key, whose, _) = store.keys.find_by_hash(&api_hash).await.unwrap().unwrap();
        assert_eq!((key.revoked_at, whose.removed_at), (Some(NOW), Some(NOW)));
        assert!(!store.keys.create(&super::samples::api_key(&ann), &hash(), &acme.event()).await.unwrap());
        assert!(
            !store.sign_in.open_session(session_of(&hash(), &second, acme.id(), &ann.id, until), None).await.unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn an_invite_makes_one_member_once() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (invite, code) = (acme.invite(), hash());
        store.invites.create(&invite, &code, &acme.event()).await.unwrap();
        assert_eq!(store.invites.find_by_hash(&code).await.unwrap(), Some(invite.clone()));
        let [ann, bob] = ["Ann", "Bob"].map(|name| member(acme.id(), name, invite.role));
        assert!(!join(&store, &code, &ann, invite.expires_at).await, "too late");
        let (a, b) = tokio::join!(join(&store, &code, &ann, NOW), join(&store, &code, &bob, NOW));
        assert!(a ^ b, "one of two at once");
        let joined = if a { &ann } else { &bob };
        let used = Invite { used_at: Some(NOW), used_by: Some(joined.id.clone()), ..invite.clone() };
        assert_eq!(store.invites.list(Some(acme.id())).await.unwrap(), vec![used]);
        assert_eq!(store.members.list(acme.id()).await.unwrap().len(), 2);
        assert!(!store.invites.revoke(Some(acme.id()), &invite.id, NOW, &acme.event()).await.unwrap(), "it is used");

        let (taken_back, code) = (acme.invite(), hash());
        store.invites.create(&taken_back, &code, &acme.event()).await.unwrap();
        assert!(store.invites.revoke(Some(acme.id()), &taken_back.id, NOW, &acme.event()).await.unwrap());
        let third = member(acme.id(), "Cid", Role::HelpDesk);
        assert!(!join(&store, &code, &third, NOW).await);
        // With the member goes its owner key, in one: a key that cannot be kept uses nothing up.
        let (invite, code, key) = (acme.invite(), hash(), hash());
        store.invites.create(&invite, &code, &acme.event()).await.unwrap();
        assert!(store.sign_in.put_owner_key(&acme.owner_key(), &key, &acme.event()).await.unwrap());
        let row = owner_key_of(&third);
        let refused = store.invites.join(&code, &third, (&row, &key), NOW, &acme.event()).await;
        assert!(matches!(refused, Err(StoreError::Conflict("owner key"))), "{refused:?}");
        assert_eq!(store.invites.find_by_hash(&code).await.unwrap(), Some(invite));
        assert_eq!(store.members.find(acme.id(), &third.id).await.unwrap(), None);
        let own = hash();
        assert!(store.invites.join(&code, &third, (&row, &own), NOW, &acme.event()).await.unwrap());
        assert_eq!(store.sign_in.by_owner_key(&own).await.unwrap().unwrap().0, third);
        // It leads into its own tenant and no other.
        let (other, code) = (Acme::register(&store, "other").await, hash());
        store.invites.create(&acme.invite(), &code, &acme.event()).await.unwrap();
        let stranger = member(other.id(), "Cid", Role::HelpDesk);
        assert!(!join(&store, &code, &stranger, NOW).await);
    })
    .await;
}

#[tokio::test]
async fn an_invite_of_the_house_makes_one_tenant_with_its_owner() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (invite, code) = (Invite { tenant: None, role: Role::Owner, ..acme.invite() }, hash());
        store.invites.create(&invite, &code, &house_event()).await.unwrap();
        assert_eq!(store.invites.list(None).await.unwrap(), vec![invite.clone()]);
        assert_eq!(store.invites.list(Some(acme.id())).await.unwrap(), vec![]);
        let joining = member(acme.id(), "Eve", Role::Owner);
        assert!(!join(&store, &code, &joining, NOW).await, "it opens no tenant there is");

        let enroll = async |slug: &str, invite: Option<&[u8; 32]>| {
            let new = tenant(slug);
            let owner = member(&new.id, "Olga", Role::Owner);
            let key = OwnerKeyRow { tenant: new.id.clone(), member: owner.id.clone(), ..acme.owner_key() };
            let hash = hash();
            let connection = connection(&new.id, "main");
            let credentials = [credential(&new.id, &connection.id, 1)];
            let (data_key, events) = (data_key(&new.id), [event(&new.id)]);
            let kept = NewTenant {
                tenant: &new,
                data_key: &data_key,
                owner: &owner,
                key: &key,
                hash: &hash,
                connection: &connection,
                credentials: &credentials,
                events: &events,
            };
            let made = store.invites.enroll_tenant(invite, &kept).await;
            made.map(|made| made.then_some((new, owner, hash)))
        };
        let taken = enroll("acme", Some(&code)).await;
        assert!(matches!(taken, Err(StoreError::Conflict("slug"))), "{taken:?}");
        let (made, owner, key) = enroll("new", Some(&code)).await.unwrap().expect("a refused name used nothing up");
        let kept = store.tenants.find(&made.id).await.unwrap().unwrap();
        assert!(kept.revision > acme.tenant.revision);
        assert_eq!(store.connections.list(&made.id).await.unwrap().len(), 1);
        assert_eq!(store.credentials.list(&made.id).await.unwrap().len(), 1);
        assert_eq!(store.sign_in.by_owner_key(&key).await.unwrap().unwrap().0, owner);
        assert_eq!(enroll("newer", Some(&code)).await.unwrap(), None, "it is used");
        assert!(enroll("open", None).await.unwrap().is_some());
        // A tenant's invite makes no tenant.
        let inner = hash();
        store.invites.create(&acme.invite(), &inner, &acme.event()).await.unwrap();
        assert_eq!(enroll("inner", Some(&inner)).await.unwrap(), None);
    })
    .await;
}
