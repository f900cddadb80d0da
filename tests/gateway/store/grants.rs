//! Codes are used once, and a family of refresh tokens has one newest pair.

use duo_mcp_gateway::domain::authorization::{AuthorizationRequest, Consent};
use duo_mcp_gateway::domain::client::{ClientMetadata, ClientSource, OAuthClient};
use duo_mcp_gateway::domain::clock::Timestamp;
use duo_mcp_gateway::domain::grant::Grant;
use duo_mcp_gateway::domain::ids::GrantId;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::redirect::RedirectUri;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::store::{MemberChange, Pair, Refreshed, Registered, Registration, Store};

use super::samples::{Acme, NOW, hash, id, member};
use crate::support::databases::for_each_database;

pub(crate) const LEEWAY: i64 = 30_000;

pub(crate) fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client: "dcr_test".into(),
        client_name: "Test".into(),
        redirect: RedirectUri::parse("http://127.0.0.1/cb").unwrap(),
        challenge: "x".repeat(43),
        resource: "https://mcp.example.com/mcp".into(),
        scopes: Scopes::read_only(),
        refreshes: true,
        state: None,
    }
}

pub(crate) fn consent(acme: &Acme) -> Consent {
    Consent {
        tenant: acme.id().clone(),
        member: acme.member.id.clone(),
        request: request(),
        ends_at: NOW.plus_seconds(90 * 86_400),
        expires_at: NOW.plus_seconds(60),
        redeemed: None,
    }
}

fn grant(acme: &Acme) -> Grant {
    let request = request();
    Grant {
        id: id(GrantId::new),
        tenant: acme.id().clone(),
        member: acme.member.id.clone(),
        client: request.client,
        client_name: request.client_name,
        redirect_origin: request.redirect.origin(),
        scopes: request.scopes,
        resource: request.resource,
        created_at: NOW,
        expires_at: NOW.plus_seconds(90 * 86_400),
        last_used_at: None,
        revoked_at: None,
        revoked_why: None,
    }
}

pub(crate) fn pair(now: Timestamp) -> Pair {
    Pair {
        access: hash(),
        refresh: Some(hash()),
        scopes: Scopes::read_only(),
        expires_at: now.plus_seconds(3_600),
        idle_until: now.plus_seconds(30 * 86_400),
    }
}

/// A code of a request that was consented to.
pub(crate) async fn code(store: &Store, acme: &Acme) -> [u8; 32] {
    let (request_hash, browser, code) = (hash(), hash(), hash());
    store.authorizations.begin(&request_hash, &browser, &request(), NOW, NOW.plus_seconds(600)).await.unwrap();
    let keys = (&request_hash, &browser);
    assert!(!store.authorizations.consent((&request_hash, &hash()), &hash(), &consent(acme), NOW).await.unwrap());
    assert!(store.authorizations.consent(keys, &code, &consent(acme), NOW).await.unwrap());
    assert!(!store.authorizations.consent(keys, &hash(), &consent(acme), NOW).await.unwrap(), "answered before");
    assert!(!store.authorizations.deny(keys, NOW, Some(&acme.event())).await.unwrap());
    code
}

/// A grant with its first pair.
pub(crate) async fn granted(store: &Store, acme: &Acme) -> (Grant, Pair) {
    let (code, grant, first) = (code(store, acme).await, grant(acme), pair(NOW));
    assert!(store.grants.redeem(&code, &grant, &first, &acme.event()).await.unwrap());
    (grant, first)
}

async fn refresh(store: &Store, acme: &Acme, shown: [u8; 32], next: &Pair, now: Timestamp) -> Refreshed {
    let found = store.grants.find_by_refresh(&shown).await.unwrap().unwrap();
    store.grants.refresh(&found, next, LEEWAY, now, &acme.event()).await.unwrap()
}

#[tokio::test]
async fn a_no_is_written_down_with_it_or_neither_is() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let rows = async || store.audit.list(None, None, 200).await.unwrap().len();
        let (hashes, browser, ends) = ([hash(), hash(), hash()], hash(), NOW.plus_seconds(600));
        for each in &hashes {
            store.authorizations.begin(each, &browser, &request(), NOW, ends).await.unwrap();
        }
        let [of_member, of_nobody, late] = &hashes;
        let (before, event) = (rows().await, acme.event());
        assert!(!store.authorizations.deny((of_member, &hash()), NOW, Some(&event)).await.unwrap(), "another browser");
        assert!(!store.authorizations.deny((late, &browser), ends, Some(&event)).await.unwrap(), "too late");
        assert_eq!(rows().await, before);
        assert!(store.authorizations.deny((of_member, &browser), NOW, Some(&event)).await.unwrap());
        assert!(!store.authorizations.deny((of_member, &browser), NOW, Some(&acme.event())).await.unwrap(), "once");
        let own = store.audit.list(Some(acme.id()), None, 200).await.unwrap();
        assert!(own.iter().any(|row| row.id == event.id), "in the tenant's log");
        assert!(store.authorizations.deny((of_nobody, &browser), NOW, None).await.unwrap());
        assert_eq!(rows().await, before + 1);
    })
    .await;
}

#[tokio::test]
async fn a_code_makes_one_grant() {
    for_each_database(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let acme = Acme::register(&one, "acme").await;
        let code = code(&one, &acme).await;
        let late = Grant { created_at: NOW.plus_seconds(60), ..grant(&acme) };
        assert!(!one.grants.redeem(&code, &late, &pair(NOW), &acme.event()).await.unwrap(), "its minute is over");
        let tries = (0..20).map(|n| {
            let (store, grant, event) =
                (if n % 2 == 0 { one.clone() } else { two.clone() }, grant(&acme), acme.event());
            tokio::spawn(async move { store.grants.redeem(&code, &grant, &pair(NOW), &event).await.unwrap() })
        });
        let won = futures_util::future::join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 1);
        assert_eq!(one.grants.list(acme.id()).await.unwrap().len(), 1);
        assert!(one.authorizations.find_code(&code).await.unwrap().unwrap().redeemed.is_some());
    })
    .await;
}

#[tokio::test]
async fn threat_26_fifty_refreshes_at_once_make_one_pair() {
    for_each_database(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let acme = Acme::register(&one, "acme").await;
        let (_, first) = granted(&one, &acme).await;
        let (shown, next) = (first.refresh.unwrap(), pair(NOW));
        let tries = (0..50).map(|n| {
            let (store, event) = (if n % 2 == 0 { one.clone() } else { two.clone() }, acme.event());
            tokio::spawn(async move {
                let found = store.grants.find_by_refresh(&shown).await.unwrap().unwrap();
                store.grants.refresh(&found, &next, LEEWAY, NOW, &event).await.unwrap()
            })
        });
        for answer in futures_util::future::join_all(tries).await {
            assert_eq!(answer.unwrap(), Refreshed::Pair(next.expires_at, next.scopes));
        }
        let newest = one.grants.find_by_refresh(&next.refresh.unwrap()).await.unwrap().unwrap();
        assert_eq!(newest.generation, 2, "one rotation, not fifty");
        assert!(matches!(refresh(&two, &acme, next.refresh.unwrap(), &pair(NOW), NOW).await, Refreshed::Pair(..)));
    })
    .await;
}

#[tokio::test]
async fn threat_26_the_three_rules() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (grant, first) = granted(&store, &acme).await;
        let (second, third) = (pair(NOW), pair(NOW));
        let shown = first.refresh.unwrap();
        assert!(matches!(refresh(&store, &acme, shown, &second, NOW).await, Refreshed::Pair(..)));
        // Long after, and nobody has used what was answered: the same pair, whose access token begins anew.
        let later = NOW.plus_seconds(7_200);
        let renewed = Pair { expires_at: later.plus_seconds(3_600), ..second };
        let again = refresh(&store, &acme, shown, &renewed, later).await;
        assert_eq!(again, Refreshed::Pair(later.plus_seconds(3_600), second.scopes));
        assert_eq!(store.grants.find_by_access(&second.access).await.unwrap().unwrap().expires_at, renewed.expires_at);
        // It was used: the one before is over after the leeway, and whoever shows it ends the grant.
        store.grants.touch(&[(acme.id().clone(), grant.id.clone(), 2)], later).await.unwrap();
        let before = store.grants.find(acme.id(), &grant.id).await.unwrap().unwrap();
        assert_eq!((before.last_used_at, before.revoked_at), (Some(later), None));
        assert_eq!(refresh(&store, &acme, shown, &renewed, later).await, Refreshed::Reused);
        let after = store.grants.find(acme.id(), &grant.id).await.unwrap().unwrap();
        assert_eq!(after.revoked_why.as_deref(), Some("refresh_reuse"));
        assert_eq!(refresh(&store, &acme, second.refresh.unwrap(), &third, later).await, Refreshed::Over);
        assert!(store.grants.find_by_access(&second.access).await.unwrap().unwrap().grant.revoked_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_grant_ends_with_its_member_and_with_its_tenant() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (grant, first) = granted(&store, &acme).await;
        let before = store.tenants.find(acme.id()).await.unwrap().unwrap().revision;
        assert!(store.grants.revoke(acme.id(), &grant.id, "asked", NOW, &acme.event()).await.unwrap());
        assert!(!store.grants.revoke(acme.id(), &grant.id, "asked", NOW, &acme.event()).await.unwrap());
        assert!(store.tenants.find(acme.id()).await.unwrap().unwrap().revision > before, "replicas are told");
        let (second, access) = granted(&store, &acme).await;
        let other = member(acme.id(), "Second Owner", Role::Owner);
        store.members.create(&other, &acme.event()).await.unwrap();
        let removed = store.members.remove(acme.id(), &acme.member.id, NOW, &acme.event()).await.unwrap();
        assert_eq!(removed, MemberChange::Done);
        let ended = store.grants.find(acme.id(), &second.id).await.unwrap().unwrap();
        assert_eq!(ended.revoked_why.as_deref(), Some("member_removed"));
        let answer = refresh(&store, &acme, access.refresh.unwrap(), &pair(NOW), NOW).await;
        assert_eq!(answer, Refreshed::Over);
        assert!(store.tenants.delete(acme.id(), &acme.event()).await.unwrap());
        assert!(store.grants.find_by_refresh(&first.refresh.unwrap()).await.unwrap().is_none());
        assert!(store.grants.find_by_access(&first.access).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn threat_22_where_many_wait_for_a_first_consent_the_oldest_gives_way() {
    for_each_database(async |database| {
        let store = database.open().await;
        let register = async |n: u8, at: Timestamp| {
            let client = OAuthClient {
                id: format!("dcr_{n}"),
                source: ClientSource::Registered,
                metadata: ClientMetadata { name: format!("{n}"), redirects: vec![request().redirect], refreshes: true },
                created_at: at,
                fresh_until: Timestamp(i64::MAX),
                last_used_at: None,
            };
            let digest = [n; 32];
            let registrant = format!("address {n}");
            let new = Registration { client: &client, digest: &digest, registrant: &registrant, hourly: 5, unused: 3 };
            matches!(store.oauth_clients.register(new).await.unwrap(), Registered::Client(_))
        };
        for n in 0..3 {
            assert!(register(n, NOW.plus_seconds(i64::from(n))).await);
        }
        assert!(!register(3, NOW.plus_seconds(60)).await, "a person may still be reading");
        assert!(register(2, NOW.plus_seconds(60)).await, "the same again");
        assert!(register(3, NOW.plus_seconds(901)).await);
        let there = async |n: u8| store.oauth_clients.find(&format!("dcr_{n}")).await.unwrap().is_some();
        assert!(!there(0).await && there(1).await && there(2).await && there(3).await);
    })
    .await;
}
