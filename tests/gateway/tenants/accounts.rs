//! The `account` argument means one account, or is an error that lists them.

use std::fs;

use duo_api::Api;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::tenants::{Account, Children, NewConnection, TenantError, resolve};
use duo_simulator::{Simulator, SimulatorSettings};

use super::house::{Folder, House, control, settings};

#[tokio::test(flavor = "multi_thread")]
async fn names_and_ids_find_connections_and_children() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    house.put(&tenant, "main", Api::Admin).await.unwrap();
    house.put(&tenant, "main", Api::Accounts).await.unwrap();
    let (registry, _stop) = house.replica().await;
    let (context, children) = (registry.context(&tenant.id).await.unwrap(), Children::new(house.client.clone()));
    assert!(context.opens().admin && context.opens().accounts && !context.opens().auth);

    let own = resolve(&children, &context, None).await.unwrap();
    assert_eq!((own.reference.name.as_str(), own.reference.child.is_none()), ("main", true));
    assert_eq!(house.asked().await.iter().filter(|path| path.ends_with("/account/list")).count(), 1, "the probe's");

    let acme = resolve(&children, &context, Some(" aCmE ")).await.unwrap();
    assert_eq!(acme.reference.name, "Acme");
    let child = acme.child.clone().unwrap();
    assert_eq!(acme.keys(Api::Admin).unwrap().sealed().api, Api::Accounts, "signed with the parent's keys");
    assert!(matches!(acme.keys(Api::Auth), Err(TenantError::NotForChildren { .. })));
    assert_eq!(acme.reference.child.as_ref().unwrap().id, child.id);
    let by_id = resolve(&children, &context, Some(child.id.as_str())).await.unwrap();
    assert_eq!(by_id.reference, acme.reference);
    let by_connection = resolve(&children, &context, Some("MAIN")).await.unwrap();
    assert_eq!(by_connection.reference, own.reference);
    let connection = own.connection.connection.id.as_str();
    assert_eq!(resolve(&children, &context, Some(connection)).await.unwrap().reference, own.reference);
    assert_eq!(house.asked().await.iter().filter(|path| path.ends_with("/account/list")).count(), 2, "then remembered");
    assert_eq!(Account::reopen(&context, &acme.reference).unwrap().child, acme.child);

    let error = resolve(&children, &context, Some("Acm")).await.unwrap_err();
    assert!(
        matches!(&error, TenantError::NoSuchAccount { known, .. } if known.contains(&"Acme".to_owned())),
        "{error}"
    );
    assert_eq!(
        house.asked().await.iter().filter(|path| path.ends_with("/account/list")).count(),
        3,
        "looked once more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_connections_must_be_named_and_a_shared_name_is_ambiguous() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    house.connect(&tenant, "acme").await;
    house.put(&tenant, "main", Api::Accounts).await.unwrap();
    let (registry, _stop) = house.replica().await;
    let (context, children) = (registry.context(&tenant.id).await.unwrap(), Children::new(house.client.clone()));
    let error = resolve(&children, &context, None).await.unwrap_err();
    assert!(matches!(&error, TenantError::AccountNeeded(names) if names == &["acme", "main"]), "{error}");
    let error = resolve(&children, &context, Some("acme")).await.unwrap_err();
    let TenantError::AmbiguousAccount { ids, .. } = &error else { panic!("{error}") };
    assert!(ids[0].starts_with("cn_") && ids[1].starts_with("DA"), "{ids:?}");
    for id in ids {
        resolve(&children, &context, Some(id)).await.unwrap();
    }

    // Duo's trouble with one account does not close the others, but hides what only Duo could tell.
    let children = Children::new(house.client.clone());
    let fault = r#"{"kind": "status", "status": 500, "path": "/accounts/v1/account/list", "times": 20}"#;
    control(&house.simulator, "POST", "faults", fault).await;
    assert_eq!(resolve(&children, &context, Some("main")).await.unwrap().reference.name, "main");
    let error = resolve(&children, &context, Some("Nobody")).await.unwrap_err();
    assert!(matches!(error, TenantError::Duo(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_connections_is_told_so() {
    let house = House::start().await;
    let tenant = house.acts.register_tenant("empty", "Empty", &Actor::Console).await.unwrap();
    let (registry, _stop) = house.replica().await;
    let context = registry.context(&tenant.id).await.unwrap();
    let error = resolve(&Children::new(house.client.clone()), &context, None).await.unwrap_err();
    assert!(matches!(error, TenantError::NothingConnected), "{error}");
    let bad = NewConnection { name: "x1".into(), host: "127.0.0.1".into(), ..NewConnection::default() };
    let error = house.acts.put_connection(&tenant.id, &bad, &Actor::Console).await.unwrap_err();
    assert!(matches!(error, TenantError::BadHost(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_host_that_is_none_of_duos_is_never_used() {
    let folder = Folder::new();
    let file = folder.path().join("world.json");
    let kept = || SimulatorSettings { state_file: Some(file.clone()), ..settings() };
    let simulator = Simulator::start(kept()).await.unwrap();
    let accounts = control(&simulator, "GET", "accounts", "").await;
    let host = accounts["children"].as_array().unwrap().iter().find(|child| child["name"] == "Acme").unwrap();
    let host = host["api_hostname"].as_str().unwrap().to_owned();
    simulator.shutdown().await.unwrap();
    let world = fs::read_to_string(&file).unwrap();
    assert!(world.contains(&host));
    fs::write(&file, world.replace(&host, "api-1.evil.example")).unwrap();

    let house = House::over(Simulator::start(kept()).await.unwrap()).await;
    let tenant = house.tenant("one").await;
    house.put(&tenant, "main", Api::Accounts).await.unwrap();
    let (registry, _stop) = house.replica().await;
    let (context, children) = (registry.context(&tenant.id).await.unwrap(), Children::new(house.client.clone()));
    let error = resolve(&children, &context, Some("Acme")).await.unwrap_err();
    assert!(matches!(&error, TenantError::BadChildHost { account } if account == "Acme"), "{error}");
    let listed = children.list(&context, &context.connections[0]).await.unwrap();
    assert_eq!(listed.iter().filter(|child| child.host.is_none()).count(), 1);
    assert!(listed.len() > 1, "the others are reached as before");
}
