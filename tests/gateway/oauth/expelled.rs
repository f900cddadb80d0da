//! An operator expels a client: what anybody granted it ends, and others go on.

use std::process::Command;
use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::tenants::TenantError;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::person::{App, Browser, LOOPBACK, member, owner};
use super::server::{Answer, DocumentServer, NAME};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

async fn operate(gateway: &Gateway, operator: &str, method: Method, path: &str) -> Reply {
    let request = gateway.http().request(method, gateway.admin_url(&format!("/admin/v1/clients{path}")));
    Reply::of(request.bearer_auth(operator)).await
}

async fn works(gateway: &Gateway, tokens: &Value) -> bool {
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    client.rpc("tools/list", json!({})).await.status == 200
}

async fn until_gone(gateway: &Gateway, tokens: &Value) {
    let until = Instant::now() + Duration::from_secs(2);
    while works(gateway, tokens).await {
        assert!(Instant::now() < until, "what was granted ends within two seconds");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_expelled_loses_what_every_tenant_granted_it() {
    let gateway = Gateway::start(|_| {}).await;
    let operator = gateway.parts.operators.create("Olga").await.unwrap().0.expose().to_owned();
    let (bad, good) =
        (App::registered(&gateway, LOOPBACK).await, App::registered(&gateway, "http://127.0.0.1/other").await);
    let (other, _) = gateway.another_tenant("other").await;
    let (ours, theirs) = (owner(&gateway).await, member(&gateway, &other, "Tess", Role::Owner).await.1);
    let (mut here, mut there) = (Browser::new(&gateway), Browser::new(&gateway));
    let mut lost = Vec::new();
    for (browser, key) in [(&mut here, &ours), (&mut there, &theirs)] {
        lost.push(bad.connected(browser, key, "look").await);
    }
    let kept = good.connected(&mut here, &ours, "look").await;
    assert!(works(&gateway, &lost[0]).await && works(&gateway, &lost[1]).await && works(&gateway, &kept).await);
    let first = operate(&gateway, &operator, Method::GET, "?limit=1").await.json();
    let next = format!("?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = operate(&gateway, &operator, Method::GET, &next).await.json();
    assert!(second.get("next_cursor").is_none(), "{second}");
    let mut counted: Vec<_> = [&first, &second]
        .map(|page| (page["items"][0]["id"].as_str().unwrap().to_owned(), page["items"][0]["grants"].as_i64().unwrap()))
        .into();
    counted.sort_by_key(|(_, grants)| *grants);
    assert_eq!(counted, [(good.id.clone(), 1), (bad.id.clone(), 2)]);
    // Not for members, whose client it is not.
    let (owner, _) = member(&gateway, &gateway.tenant, "Otto", Role::Owner).await;
    let by = Actor::Member { member: owner.id, person: owner.name };
    let refused = gateway.parts.acts.expel_client(&bad.id, &by).await.unwrap_err();
    assert!(matches!(refused, TenantError::NotAnOwner), "{refused}");

    let path = format!("/{}", bad.id);
    assert_eq!(operate(&gateway, &operator, Method::DELETE, &path).await.status, 204);
    for tokens in &lost {
        until_gone(&gateway, tokens).await;
        let refused = bad.refresh(&gateway, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!((refused.status, refused.json()["error"].as_str()), (401, Some("invalid_client")));
    }
    assert!(works(&gateway, &kept).await, "another client's grant stays");
    assert_eq!(operate(&gateway, &operator, Method::DELETE, &path).await.status, 404);
    for tenant in [&gateway.tenant, &other] {
        let grants = gateway.parts.store.grants.list(&tenant.id).await.unwrap();
        let ended = grants.iter().find(|grant| grant.client == bad.id).unwrap();
        assert_eq!(ended.revoked_why.as_deref(), Some("client_expelled"));
        let rows = gateway.parts.store.audit.list(Some(&tenant.id), None, 200).await.unwrap();
        assert!(rows.iter().any(|row| row.code.as_deref() == Some("client_expelled")), "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_document_is_expelled_by_its_address() {
    let server = DocumentServer::start(&std::env::temp_dir()).await;
    let id = format!("https://{NAME}/oauth/client.json");
    let document = json!({ "client_id": id, "client_name": "Documented", "redirect_uris": [LOOPBACK] });
    server.say("/oauth/client.json", Answer::json(&document));
    let gateway = Gateway::start(|settings| settings.net.connect_override.push(server.connect_override())).await;
    let operator = gateway.parts.operators.create("Olga").await.unwrap().0.expose().to_owned();
    let (app, key) = (App::of(&id, LOOPBACK), owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let over_rest = app.connected(&mut browser, &key, "look").await;
    let encoded = format!("/{}", id.replace(':', "%3A").replace('/', "%2F"));
    assert_eq!(operate(&gateway, &operator, Method::DELETE, &encoded).await.status, 204);
    until_gone(&gateway, &over_rest).await;
    // It may ask again, and then a person answers; by command it is gone once more.
    let by_command = app.connected(&mut browser, &key, "look").await;
    let command = |arguments: &[&str]| -> Value {
        let mut program = Command::new(env!("CARGO_BIN_EXE_duo-mcp-gateway"));
        program.args(arguments).arg("--json").arg("--data-dir").arg(&gateway.settings.data_dir).env_clear();
        let ran = program.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).unwrap()
    };
    let listed = command(&["grants", "clients"]);
    assert_eq!(
        (&listed[0]["id"], &listed[0]["source"], &listed[0]["grants"]),
        (&json!(id), &json!("document"), &json!(1))
    );
    assert_eq!(command(&["grants", "expel", &id])["grants_ended"], 1);
    until_gone(&gateway, &by_command).await;
}
