//! Members behind the calls: their rights, their names, and who `me` is.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::card::Level;
use duo_mcp_gateway::domain::connection::AuthDefaults;
use duo_mcp_gateway::domain::member::{Member, MemberKind, Role};
use duo_mcp_gateway::domain::standing::NewStanding;
use duo_mcp_gateway::tenants::{Holder, MemberEdit, NewApiKey, NewConnection, NewMember};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::client::{Client, Era};
use crate::support::gateway::{CONNECTION, Gateway};

async fn member(gateway: &Gateway, new: NewMember) -> Member {
    gateway.parts.acts.create_member(&gateway.tenant.id, &new, &Actor::Console).await.unwrap()
}

/// A client with a key of this member's, with all that the member may have.
async fn client_of(gateway: &Gateway, member: &Member) -> Client {
    let holder = Holder::Member(member.id.clone());
    let new = NewApiKey { name: "laptop".into(), holder, scopes: member.ceiling(), ..NewApiKey::default() };
    let (_, token) = gateway.parts.acts.create_key(&gateway.tenant.id, &new, &Actor::Console).await.unwrap();
    gateway.modern().with_key(token.expose())
}

async fn defaults(gateway: &Gateway, defaults: AuthDefaults) {
    let host = gateway.duo().application("Admin API").host;
    let new = NewConnection { name: CONNECTION.into(), host, label: None, defaults };
    gateway.parts.acts.put_connection(&gateway.tenant.id, &new, &Actor::Console).await.unwrap();
    let until = Instant::now() + Duration::from_secs(5);
    let known = async || {
        let context = gateway.parts.registry.context(&gateway.tenant.id).await.unwrap();
        context.connections[0].connection.defaults == new.defaults
    };
    while !known().await {
        assert!(Instant::now() < until, "the gateway learns of it");
        sleep(Duration::from_millis(25)).await;
    }
}

/// The names of the tools that this client sees.
async fn names(client: &Client) -> Vec<String> {
    let reply = client.rpc("tools/list", json!({})).await.json();
    let tools = reply["result"]["tools"].as_array().unwrap_or_else(|| panic!("{reply:#}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

fn format(text: &str) -> AuthDefaults {
    AuthDefaults { username_format: Some(text.into()), ..AuthDefaults::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_bounds_what_is_listed_and_what_is_called() {
    let gateway = Gateway::on_postgres(|_| {}).await;
    let ann =
        member(&gateway, NewMember { name: "Ann".into(), role: Role::Administrator, ..NewMember::default() }).await;
    let client = client_of(&gateway, &ann).await;
    assert!(names(&client).await.contains(&"create_account".to_owned()));
    let context = client.call("get_context", json!({})).await;
    assert_eq!(
        (&context.structured()["person"], &context.structured()["role"]),
        (&json!("Ann"), &json!("administrator"))
    );
    assert_eq!(context.structured()["member"], ann.id.as_str());
    let other = gateway.replica().await;
    let there = Client { url: other.modern().url, ..client.clone() };
    assert!(names(&there).await.contains(&"create_account".to_owned()));

    let edit = MemberEdit { role: Some(Role::HelpDesk), ..MemberEdit::default() };
    gateway.parts.acts.change_member(&gateway.tenant.id, &ann.id, &edit, &Actor::Console).await.unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    for client in [&client, &there] {
        while names(client).await.contains(&"create_account".to_owned()) {
            assert!(Instant::now() < until, "a narrower role holds on every replica within two seconds");
            sleep(Duration::from_millis(25)).await;
        }
        assert!(names(client).await.contains(&"create_user".to_owned()));
        let reply = client.rpc("tools/call", json!({ "name": "create_account", "arguments": { "name": "x" } })).await;
        assert_eq!(reply.json()["error"]["code"], -32602, "{}", reply.text);
    }
    let context = client.call("get_context", json!({})).await;
    assert_eq!(context.structured()["scopes"], json!(["duo:read", "duo:auth", "duo:write"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn me_is_the_members_own_duo_username_or_what_the_format_makes_of_the_name() {
    let gateway = Gateway::start(|_| {}).await;
    let known = NewMember { name: "Rossi".into(), duo_username: Some("mrossi".into()), ..NewMember::default() };
    let known = member(&gateway, NewMember { role: Role::HelpDesk, ..known }).await;
    let client = client_of(&gateway, &known).await;
    // The format is for names; a member's own username is taken as it is.
    defaults(&gateway, format("{{name}}.nobody")).await;
    let found = client.call("get_user", json!({ "user": "me" })).await;
    assert_eq!(found.structured()["user"]["username"], "mrossi");
    let found = client.call("preauth", json!({ "username": "Me" })).await;
    assert_eq!(found.structured()["result"], "auth");
    client.call("modify_user", json!({ "user": "me", "notes": "written by herself" })).await.done();
    assert_eq!(gateway.duo().user("mrossi").await["notes"], "written by herself");
    gateway.duo().script("mrossi", "approve").await;
    let asked = client.call("auth", json!({ "username": "me", "factor": "push" })).await;
    assert!(asked.done()["title"].as_str().unwrap().contains("mrossi"), "{:#}", asked.0);
    let txid = asked.done()["txid"].as_str().unwrap().to_owned();
    assert_eq!(client.outcome_of(&txid).await, "allow");

    let by_name = member(&gateway, NewMember { name: "narroway@corp.example".into(), ..NewMember::default() }).await;
    let by_name = client_of(&gateway, &by_name).await;
    defaults(&gateway, format("{{local}}")).await;
    let found = by_name.call("get_user", json!({ "user": "me" })).await;
    assert_eq!(found.structured()["user"]["username"], "narroway");

    let service = NewMember { name: "nightly".into(), kind: MemberKind::Service, ..NewMember::default() };
    let service = client_of(&gateway, &member(&gateway, service).await).await;
    let failure = service.call("get_user", json!({ "user": "me" })).await.failure();
    assert_eq!(failure["code"], "me_unknown", "a service is nobody in Duo: {failure:#}");
    defaults(&gateway, format("{{domain}}-{{local}}")).await;
    let nobody = by_name.call("get_user", json!({ "user": "me" })).await;
    assert_eq!(nobody.code(), "user_not_found", "its name gives a username that nobody has");
    // The key that the gateway was made with belongs to a member whose name has no domain.
    assert_eq!(gateway.modern().call("get_user", json!({ "user": "me" })).await.code(), "me_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_wants_passcodes_reminds_of_them() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.modern();
    let plain = client.call("preauth", json!({ "username": "narroway" })).await;
    assert!(plain.structured().get("reminder").is_none(), "{:#}", plain.0);
    defaults(&gateway, AuthDefaults { use_passcode: true, ..AuthDefaults::default() }).await;
    let told = client.call("preauth", json!({ "username": "narroway" })).await;
    assert!(told.structured()["reminder"].as_str().unwrap().contains("passcode"), "{:#}", told.0);
    gateway.duo().script("narroway", "approve").await;
    let asked = client.call("auth", json!({ "username": "narroway" })).await;
    let notes = asked.done()["notes"].to_string();
    assert!(notes.contains("wants passcodes"), "{notes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_for_a_member_holds_for_all_its_keys_and_is_counted_over_them() {
    let gateway = Gateway::start(|_| {}).await;
    let ann =
        member(&gateway, NewMember { name: "Ann".into(), role: Role::Administrator, ..NewMember::default() }).await;
    let standing = NewStanding {
        tools: vec!["trash_users".into(), "restore_users".into()],
        accounts: vec![CONNECTION.into()],
        up_to: Level::L2,
        max_objects: 5,
        per_hour: 2,
        expires_at: gateway.parts.clock.now().plus_seconds(3600),
    };
    let edit = MemberEdit { standing: Some(vec![standing]), ..MemberEdit::default() };
    gateway.parts.acts.change_member(&gateway.tenant.id, &ann.id, &edit, &Actor::Console).await.unwrap();
    let clients = [client_of(&gateway, &ann).await, client_of(&gateway, &ann).await];
    let clients = clients.map(|client| client.in_era(Era::Modern { forms: false }));
    let two = json!({ "users": ["narroway", "mrossi"] });
    clients[0].call("trash_users", two.clone()).await.done();
    let restored = clients[1].call("restore_users", two.clone()).await;
    assert_eq!(restored.done()["asked_by"], "Ann");
    // Two in an hour, over both keys.
    assert_eq!(clients[0].call("trash_users", two).await.code(), "approval_pending");
    let rows = gateway.parts.store.audit.list(Some(&gateway.tenant.id), None, 200).await.unwrap();
    let row = rows.iter().find(|row| row.action == "trash_users").unwrap();
    assert_eq!(row.actor.member(), Some(&ann.id), "{row:?}");
}
