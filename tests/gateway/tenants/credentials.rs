//! Credentials are checked with Duo first, and what is wrong is told apart.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use duo_api::client::HostPattern;
use duo_api::key::KeyPairError;
use duo_api::{Api, ClientSettings, ConnectOverride, DuoClient, DuoError};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::clock::Clock;
use duo_mcp_gateway::domain::connection::CredentialStatus;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::store::Place;
use duo_mcp_gateway::tenants::{Acts, Children, NewConnection, NewCredential, Refuted, TenantError, Verify, resolve};
use duo_simulator::ApplicationKind;
use sqlx::sqlite::SqlitePool;

use super::house::{House, credential};

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_checked_and_its_grants_are_found() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    assert!(house.put(&tenant, "main", Api::Auth).await.unwrap().is_empty());
    assert!(house.put(&tenant, "main", Api::Accounts).await.unwrap().is_empty());
    let notices = house.put(&tenant, "main", Api::Admin).await.unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("Unknown until used: \"Grant resource - Write\""), "{notices:?}");
    let stored = house.store.credentials.list(&tenant.id).await.unwrap();
    assert!(stored.iter().all(|each| each.status == CredentialStatus::Verified && each.verified_at.is_some()));
    let admin = stored.iter().find(|each| each.api == Api::Admin).unwrap();
    for grant in [
        "Grant read information",
        "Grant resource - Read",
        "Grant administrators - Read",
        "Grant read log",
        "Grant settings",
    ] {
        assert!(admin.grants.iter().any(|each| each == grant), "{grant} in {:?}", admin.grants);
    }
    // One cheap call for each grant, and nothing that changes anything.
    assert_eq!(house.asked().await.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_grants_are_a_notice_and_the_credential_is_stored() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    let weak = house.simulator.applications().into_iter().find(|each| each.name == "Admin API (read only)").unwrap();
    let new = credential(Api::Admin, &weak.ikey, &weak.skey);
    let stored = house.acts.put_credential(&tenant.id, "main", new, &Actor::Console).await.unwrap();
    assert_eq!(stored.credential.grants, ["Grant resource - Read"]);
    assert!(stored.notices.iter().any(|each| each.contains("lacks \"Grant read log\"")), "{:?}", stored.notices);
    assert_eq!(stored.credential.status, CredentialStatus::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_apart_and_nothing_is_stored() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    let (auth, admin) = (house.application(ApplicationKind::Auth), house.application(ApplicationKind::Admin));
    let refuse = async |api, ikey: &str, skey: &str| {
        house.acts.put_credential(&tenant.id, "main", credential(api, ikey, skey), &Actor::Console).await.unwrap_err()
    };
    let wrong_secret = "x".repeat(40);
    let error = refuse(Api::Auth, &auth.ikey, &wrong_secret).await;
    assert!(matches!(error, TenantError::Refuted(Refuted::SecretKey)), "{error}");
    assert!(!format!("{error:?} {error}").contains(&wrong_secret));
    let error = refuse(Api::Auth, "DINOBODYKNOWSTHISONE", &auth.skey).await;
    assert!(matches!(error, TenantError::Refuted(Refuted::IntegrationKey)), "{error}");
    let error = refuse(Api::Auth, &admin.ikey, &admin.skey).await;
    assert!(matches!(error, TenantError::Refuted(Refuted::WrongApplication(Api::Auth))), "{error}");
    let error = refuse(Api::Admin, &auth.ikey, &auth.skey).await;
    assert!(matches!(error, TenantError::Refuted(Refuted::WrongApplication(Api::Admin))), "{error}");
    let before = house.asked().await.len();
    let error = refuse(Api::Auth, &auth.skey, &auth.ikey).await;
    assert!(matches!(error, TenantError::BadKeys(KeyPairError::Swapped)), "{error}");
    assert_eq!(house.asked().await.len(), before, "a swap is seen without asking Duo");
    assert!(house.store.credentials.list(&tenant.id).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_36_the_sixth_wrong_attempt_does_not_reach_duo() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    let auth = house.application(ApplicationKind::Auth);
    let wrong = "y".repeat(40);
    for _ in 0..5 {
        let new = credential(Api::Auth, &auth.ikey, &wrong);
        house.acts.put_credential(&tenant.id, "main", new, &Actor::Console).await.unwrap_err();
    }
    let before = house.asked().await.len();
    // The right secret would now be accepted, if Duo were asked: that is the oracle.
    let error = house.put(&tenant, "main", Api::Auth).await.unwrap_err();
    assert!(matches!(error, TenantError::TooManyAttempts { .. }), "{error}");
    assert_eq!(house.asked().await.len(), before);
    house.clock.advance_ms(15 * 60 * 1000);
    house.put(&tenant, "main", Api::Auth).await.unwrap();
}

/// Whoever holds one Duo key of a subscriber gets a tenant of their own by it, and nothing of the subscriber's.
#[tokio::test(flavor = "multi_thread")]
async fn threat_62_a_known_duo_key_opens_no_tenant_that_exists() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    for api in [Api::Auth, Api::Admin] {
        house.put(&tenant, "main", api).await.unwrap();
    }
    let before = house.store.credentials.list(&tenant.id).await.unwrap().len();
    let (_, invite) = house.acts.create_invite(None, Role::Owner, Scopes::all(), &Actor::Console).await.unwrap();
    let founded = house.welcome(Some(invite.expose())).await.unwrap();
    assert_ne!(founded.tenant.id, tenant.id);
    let (session, _) = house.acts.sign_in(founded.owner_key.expose()).await.unwrap().unwrap();
    assert_eq!(session.member.tenant, founded.tenant.id);
    assert_eq!(house.store.credentials.list(&founded.tenant.id).await.unwrap().len(), 1, "what was entered, no more");
    assert_eq!(house.store.credentials.list(&tenant.id).await.unwrap().len(), before);
    assert!(house.acts.members(&tenant.id).await.unwrap().iter().all(|member| member.id != founded.owner.id));
    // Nor may the stranger act there.
    let by = Actor::Member { member: founded.owner.id.clone(), person: founded.owner.name.clone() };
    let connection = NewConnection { name: "main".into(), ..NewConnection::default() };
    let refused = house.acts.put_connection(&tenant.id, &connection, &by).await.unwrap_err();
    assert!(matches!(refused, TenantError::NotAnOwner), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host_is_not_stored_unless_it_is_to_be_verified_later() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    let closed = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let (vault, keys) = (Arc::clone(&house.keyring.vault), Arc::clone(&house.keyring.house));
    let away = |addr: SocketAddr| {
        let mut settings = ClientSettings::new(Arc::new(Clock::system()), Arc::new(|most| most / 2));
        settings.overrides = vec![ConnectOverride { host: HostPattern::Any, addr, ca_pem: None }];
        DuoClient::new(settings).unwrap()
    };
    let acts = Acts::new(house.store.clone(), vault, keys, away(closed), house.clock.clone(), Random::system());
    let auth = house.application(ApplicationKind::Auth);
    let new = || credential(Api::Auth, &auth.ikey, &auth.skey);
    let error = acts.put_credential(&tenant.id, "main", new(), &Actor::Console).await.unwrap_err();
    assert!(matches!(error, TenantError::Refuted(Refuted::Unreachable { .. })), "{error}");
    assert!(house.store.credentials.list(&tenant.id).await.unwrap().is_empty());

    let later = NewCredential { verify: Verify::Later, ..new() };
    acts.put_credential(&tenant.id, "main", later, &Actor::Console).await.unwrap();
    let (registry, _stop) = house.replica().await;
    let context = registry.context(&tenant.id).await.unwrap();
    assert!(!context.opens().auth, "what is not verified is of no use");
    let account = resolve(&Children::new(house.client.clone()), &context, None).await.unwrap();
    assert!(matches!(account.keys(Api::Auth), Err(TenantError::NotVerified { status: "unverified", .. })));
    // Still away: what is stored stays as it is.
    acts.verify_credential(&tenant.id, "main", Api::Auth, &Actor::Console).await.unwrap_err();
    let stored = house.store.credentials.list(&tenant.id).await.unwrap();
    assert_eq!(stored[0].status, CredentialStatus::Unverified);
    // Back again.
    house.acts.verify_credential(&tenant.id, "main", Api::Auth, &Actor::Console).await.unwrap();
    let stored = house.store.credentials.list(&tenant.id).await.unwrap();
    assert_eq!(stored[0].status, CredentialStatus::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ciphertext_that_was_moved_does_not_open_and_nothing_is_sent() {
    let house = House::start().await;
    let (one, two) = (house.tenant("one").await, house.tenant("two").await);
    house.put(&one, "main", Api::Auth).await.unwrap();
    house.put(&two, "main", Api::Auth).await.unwrap();
    let Place::Sqlite(file) = &house.place else { panic!("a file") };
    let pool = SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let copied = sqlx::query(
        "UPDATE credentials SET skey = (SELECT skey FROM credentials WHERE tenant_id = $1), \
         ikey = (SELECT ikey FROM credentials WHERE tenant_id = $1) WHERE tenant_id = $2",
    );
    copied.bind(one.id.as_str()).bind(two.id.as_str()).execute(&pool).await.unwrap();
    let before = house.asked().await.len();
    let (registry, _stop) = house.replica().await;
    let context = registry.context(&two.id).await.unwrap();
    let account = resolve(&Children::new(house.client.clone()), &context, None).await.unwrap();
    let keys = account.keys(Api::Auth).unwrap();
    let endpoint = duo_api::EndpointId("auth_check").endpoint().unwrap();
    let call = duo_api::Call {
        endpoint,
        params: serde_json::Map::new().into(),
        account: None,
        budget: duo_api::Budget::ORDINARY,
    };
    let error = house.client.send(&keys, &call).await.unwrap_err();
    assert!(matches!(error, DuoError::KeysUnavailable(_)), "{error}");
    let error = house.acts.verify_credential(&two.id, "main", Api::Auth, &Actor::Console).await.unwrap_err();
    assert!(matches!(error, TenantError::Vault(_)), "{error}");
    assert_eq!(house.asked().await.len(), before, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_credential_has_another_version_and_the_host_stays() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    house.put(&tenant, "main", Api::Auth).await.unwrap();
    let first = house.store.credentials.list(&tenant.id).await.unwrap().remove(0);
    house.put(&tenant, "main", Api::Auth).await.unwrap();
    let second = house.store.credentials.list(&tenant.id).await.unwrap().remove(0);
    assert_eq!((first.version, second.version, &first.id), (1, 2, &second.id));
    assert_eq!(first.fingerprint, second.fingerprint);
    assert_ne!(first.skey, second.skey);
    let host = "api-00000001.duosecurity.com".to_owned();
    let moved = NewConnection { name: "main".into(), host, ..NewConnection::default() };
    let error = house.acts.put_connection(&tenant.id, &moved, &Actor::Console).await.unwrap_err();
    assert!(matches!(error, TenantError::HostInUse(_)), "{error}");
    house.acts.delete_credential(&tenant.id, "main", Api::Auth, &Actor::Console).await.unwrap();
    house.acts.put_connection(&tenant.id, &moved, &Actor::Console).await.unwrap();
    // Every act left its row.
    let rows = house.store.audit.list(Some(&tenant.id), None, 100).await.unwrap();
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    for action in ["tenant.register", "connection.put", "credential.put", "credential.delete"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
}
