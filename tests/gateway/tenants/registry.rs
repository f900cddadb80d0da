//! A key works until it is revoked, expired or its tenant suspended.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::{Actor, ApiKey, Operator};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::domain::tenant::Tenant;
use duo_mcp_gateway::tenants::{Holder, NewApiKey, Refused, TenantError, Why};
use duo_mcp_gateway::tokens::{Kind, Token, make};

use super::house::{House, for_each_house, within};
use crate::store::samples;

async fn key(house: &House, tenant: &Tenant) -> (ApiKey, Token) {
    let new = NewApiKey {
        name: "laptop".into(),
        holder: Holder::Person("Ann".into()),
        scopes: Scopes::all(),
        ..NewApiKey::default()
    };
    house.acts.create_key(&tenant.id, &new, &Actor::Console).await.unwrap()
}

fn why(refused: Refused) -> Why {
    match refused {
        Refused::Unauthorized(why) => why,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_its_own_tenant_and_a_wrong_one_nothing() {
    for_each_house(async |house| {
        let (one, two) = (house.tenant("one").await, house.tenant("two").await);
        let ((first, token), (_, other)) = (key(house, &one).await, key(house, &two).await);
        let (registry, _stop) = house.replica().await;
        let (caller, context) = registry.caller(token.expose()).await.unwrap();
        assert_eq!((&caller.tenant, &context.tenant.id, caller.id_text()), (&one.id, &one.id, first.id.as_str()));
        let (caller, context) = registry.caller(other.expose()).await.unwrap();
        assert_eq!((&caller.tenant, &context.tenant.id), (&two.id, &two.id));
        let random = Random::system();
        let stranger = make(Kind::ApiKey, &random).unwrap();
        for told in [Why::Unknown, Why::StillUnknown] {
            assert_eq!(why(registry.caller(stranger.expose()).await.unwrap_err()), told);
        }
        let operator = make(Kind::OperatorKey, &random).unwrap();
        assert_eq!(why(registry.caller(operator.expose()).await.unwrap_err()), Why::OtherKind);
        // One that works elsewhere is an alarm; one that somebody made up is none.
        let olga = Operator { expires_at: house.clock.now().plus_seconds(60), ..samples::operator("Olga") };
        let misplaced = make(Kind::OperatorKey, &random).unwrap();
        house.store.operators.create(&olga, &misplaced.hash(), &samples::house_event()).await.unwrap();
        house.clock.advance_ms(1_000);
        for _ in 0..3 {
            assert_eq!(why(registry.caller(misplaced.expose()).await.unwrap_err()), Why::OtherKind);
        }
        let rows = house.store.audit.list(None, None, 200).await.unwrap();
        let alarms: Vec<_> = rows.iter().filter(|row| row.action == "operator_key.misplaced").collect();
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert_eq!((&alarms[0].actor, alarms[0].objects[0].as_str()), (&olga.actor(), olga.id.as_str()));
        let typo = format!("{}x", &token.expose()[..40]);
        assert!(matches!(why(registry.caller(&typo).await.unwrap_err()), Why::Malformed(_)));
        house.clock.advance_ms(366 * 24 * 60 * 60 * 1000);
        assert_eq!(why(registry.caller(token.expose()).await.unwrap_err()), Why::Expired);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_ends_on_every_replica_within_two_seconds() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let (first, token) = key(house, &tenant).await;
        let (_, second) = key(house, &tenant).await;
        let replicas = [house.replica().await, house.replica().await];
        for (registry, _) in &replicas {
            registry.caller(token.expose()).await.unwrap();
        }
        house.acts.revoke_key(&tenant.id, &first.id, &Actor::Console).await.unwrap();
        for (registry, _) in &replicas {
            within(Duration::from_secs(2), || async {
                matches!(registry.caller(token.expose()).await, Err(Refused::Unauthorized(Why::Revoked)))
            })
            .await;
            registry.caller(second.expose()).await.unwrap();
        }
        let error = house.acts.revoke_key(&tenant.id, &first.id, &Actor::Console).await.unwrap_err();
        assert!(matches!(error, TenantError::NoSuchKey), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_told_so_and_a_deleted_one_is_unknown() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let (_, token) = key(house, &tenant).await;
        let (registry, _stop) = house.replica().await;
        registry.caller(token.expose()).await.unwrap();
        let outcome = async || registry.caller(token.expose()).await;
        house.acts.suspend_tenant(&tenant.id, &Actor::Console).await.unwrap();
        within(Duration::from_secs(2), || async { matches!(outcome().await, Err(Refused::Suspended(_))) }).await;
        let error = registry.context(&tenant.id).await.unwrap_err();
        assert!(matches!(error, TenantError::WrongStatus(_)), "{error}");
        let error = house.acts.suspend_tenant(&tenant.id, &Actor::Console).await.unwrap_err();
        assert!(matches!(error, TenantError::WrongStatus(_)), "{error}");
        house.acts.resume_tenant(&tenant.id, &Actor::Console).await.unwrap();
        within(Duration::from_secs(2), || async { outcome().await.is_ok() }).await;
        house.acts.delete_tenant(&tenant.id, &Actor::Console).await.unwrap();
        within(Duration::from_secs(2), || async {
            matches!(outcome().await, Err(Refused::Unauthorized(Why::Unknown | Why::StillUnknown)))
        })
        .await;
        let error = house.acts.tenant(&tenant.id).await.unwrap_err();
        assert!(matches!(error, TenantError::Unknown), "{error}");
        // Its short name is free again.
        house.acts.register_tenant("one", "Another", &Actor::Console).await.unwrap();
        let error = house.acts.register_tenant("one", "A third", &Actor::Console).await.unwrap_err();
        assert!(matches!(error, TenantError::SlugTaken(_)), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_nobody_is_let_in_and_nobody_is_sent_away() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let (_, token) = key(house, &tenant).await;
        let (registry, _stop) = house.replica().await;
        registry.caller(token.expose()).await.unwrap();
        house.store.close().await;
        within(Duration::from_secs(3), || async {
            matches!(registry.caller(token.expose()).await, Err(Refused::CannotCheck(_)))
        })
        .await;
        assert!(!registry.is_current());
        // What can be told without the database is still told.
        assert!(matches!(why(registry.caller("dgk_x").await.unwrap_err()), Why::Malformed(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_written_once_a_minute() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let (made, token) = key(house, &tenant).await;
        let (registry, _stop) = house.replica().await;
        let start = house.clock.now();
        let last_use = async || house.store.keys.find(&tenant.id, &made.id).await.unwrap().unwrap().last_used_at;
        for _ in 0..3 {
            registry.caller(token.expose()).await.unwrap();
        }
        within(Duration::from_secs(3), || async { last_use().await == Some(start) }).await;
        house.clock.advance_ms(59_000);
        registry.caller(token.expose()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(last_use().await, Some(start));
        house.clock.advance_ms(1000);
        registry.caller(token.expose()).await.unwrap();
        within(Duration::from_secs(3), || async { last_use().await == Some(start.plus_seconds(60)) }).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_says_what_it_is_for_and_lives_for_a_while() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let good = NewApiKey {
            name: "k".into(),
            holder: Holder::Person("Ann".into()),
            scopes: Scopes::all(),
            ..NewApiKey::default()
        };
        let refuse = async |new: NewApiKey| house.acts.create_key(&tenant.id, &new, &Actor::Console).await.map(|_| ());
        assert!(matches!(
            refuse(NewApiKey { scopes: Scopes::default(), ..good.clone() }).await,
            Err(TenantError::NoScopes)
        ));
        for days in [0, -1, 3651] {
            let new = NewApiKey { days: Some(days), ..good.clone() };
            assert!(matches!(refuse(new).await, Err(TenantError::BadLifetime { .. })));
        }
        assert!(matches!(
            refuse(NewApiKey { holder: Holder::Person(" ".into()), ..good.clone() }).await,
            Err(TenantError::BadText { .. })
        ));
        let (made, token) = house.acts.create_key(&tenant.id, &good, &Actor::Console).await.unwrap();
        assert_eq!(made.expires_at.0 - made.created_at.0, 365 * 24 * 60 * 60 * 1000);
        assert!(token.expose().ends_with(&made.last4));
        assert_eq!(house.acts.keys(&tenant.id).await.unwrap(), [made]);
    })
    .await;
}
