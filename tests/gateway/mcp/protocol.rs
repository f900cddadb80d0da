//! Both eras of the protocol, word by word, and the shape of every answer.

use duo_mcp_gateway::domain::scope::Scopes;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Client, Era, Reply};
use crate::support::gateway::Gateway;
use crate::support::schema::misfits;
use crate::support::tour::{EIGHTEEN, OWN, tour};

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

async fn listed(client: &Client) -> Vec<Value> {
    let reply = client.rpc("tools/list", json!({})).await.json();
    reply["result"]["tools"].as_array().unwrap_or_else(|| panic!("{reply:#}")).clone()
}

fn names(tools: &[Value]) -> Vec<&str> {
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_older_era_initializes_lists_and_calls() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.legacy();
    let hello = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "by-hand", "version": "1" }
    });
    let reply = client.rpc("initialize", hello).await;
    let result = &reply.json()["result"];
    assert_eq!(result["protocolVersion"], "2025-11-25");
    assert_eq!(result["serverInfo"]["name"], "duo-mcp-gateway");
    assert!(result["serverInfo"]["title"].is_string() && result["serverInfo"]["icons"][0]["src"].is_string());
    assert!(result["instructions"].as_str().unwrap().contains("get_context"));
    assert!(result["capabilities"]["tools"].is_object());
    assert_eq!(reply.header("mcp-session-id"), "", "there are no sessions");
    let said = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(Reply::of(client.prepare(&said)).await.status, 202);
    let tools = listed(&client).await;
    let names = names(&tools);
    for name in EIGHTEEN.iter().chain(&OWN) {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    for tool in &tools {
        assert!(tool["title"].is_string() && tool["description"].is_string(), "{tool:#}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool:#}");
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{hint} of {tool:#}");
        }
    }
    let answer = client.call("get_context", json!({})).await;
    assert_eq!(answer.structured()["tenant"], "Acme Corp");
    let text = answer.0["content"][0]["text"].as_str().unwrap();
    let (summary, copy) = text.split_once('\n').unwrap();
    assert!(summary.contains("Ada Admin"), "{summary}");
    assert_eq!(&serde_json::from_str::<Value>(copy).unwrap(), answer.structured());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newer_era_discovers_and_every_result_names_the_server() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.modern();
    let found = client.rpc("server/discover", json!({})).await.json()["result"].clone();
    let versions = found["supportedVersions"].as_array().unwrap();
    for version in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        assert!(versions.contains(&json!(version)), "{found:#}");
    }
    assert!(found["instructions"].is_string(), "{found:#}");
    let list = client.rpc("tools/list", json!({})).await.json()["result"].clone();
    assert_eq!(list["cacheScope"], "private", "the list depends on the key");
    let good = client.call("get_context", json!({})).await.0;
    let bad = client.call("get_user", json!({ "user": "nobody-of-this-name" })).await.0;
    let form = client.call("trash_users", json!({ "users": ["jdoe", "mrossi"] })).await.0;
    assert_eq!(bad["isError"], true);
    assert_eq!(form["resultType"], "input_required");
    for result in [&found, &list, &good, &bad, &form] {
        assert_eq!(result["_meta"][SERVER_INFO]["name"], "duo-mcp-gateway", "{result:#}");
    }
    assert!(found["_meta"][SERVER_INFO]["icons"][0]["src"].is_string(), "{found:#}");
    let cursor = client.rpc("tools/list", json!({ "cursor": "abc" })).await.json();
    assert_eq!(cursor["error"]["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_say_other_than_the_body_are_refused_and_nothing_is_sent() {
    let gateway = Gateway::start(|_| {}).await;
    let client = gateway.modern();
    gateway.duo().forget().await;
    let trash = client.message("tools/call", json!({ "name": "trash_users", "arguments": { "users": ["jdoe"] } }));
    let post = |headers: &[(&str, &str)]| {
        let request = client.bare(Method::POST).bearer_auth(&client.key).json(&trash);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let version = ("MCP-Protocol-Version", "2026-07-28");
    let (method, name) = (("Mcp-Method", "tools/call"), ("Mcp-Name", "trash_users"));
    for headers in [
        vec![version, method, ("Mcp-Name", "list_users")],
        vec![version, ("Mcp-Method", "tools/list"), name],
        vec![version, method],
        vec![version, name],
        vec![("MCP-Protocol-Version", "2025-11-25"), method, name],
        vec![method, name],
    ] {
        let reply = Reply::of(post(&headers)).await;
        assert_eq!(reply.status, 400, "{headers:?}: {}", reply.text);
    }
    assert!(gateway.duo().record().await.is_empty());
    assert_eq!(gateway.duo().user("jdoe").await["status"], "active");
    assert_eq!(Reply::of(post(&[version, method, name])).await.status, 200, "and rightly said it is done");
    assert_eq!(gateway.duo().user("jdoe").await["status"], "pending deletion");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_client_accepts_it_gets_json() {
    let gateway = Gateway::start(|_| {}).await;
    for client in [gateway.legacy(), gateway.modern()] {
        let message = client.message("tools/list", json!({}));
        for accept in ["*/*", "application/json", "text/event-stream, application/json", "application/*"] {
            let mut request = client.prepare(&message).build().unwrap();
            request.headers_mut().insert("accept", accept.parse().unwrap());
            let answer = client.http.execute(request).await.unwrap();
            assert_eq!(answer.status(), 200, "{accept}");
            assert_eq!(answer.headers()["content-type"], "application/json", "{accept}");
        }
        let mut none = client.prepare(&message).build().unwrap();
        none.headers_mut().remove("accept");
        assert_eq!(client.http.execute(none).await.unwrap().status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_tools_and_unfit_arguments_are_told_apart_and_nothing_is_sent() {
    let gateway = Gateway::start(|_| {}).await;
    let reader = gateway.new_key(&gateway.tenant, "Rea Der", Scopes::read_only(), vec![]).await.1;
    gateway.duo().forget().await;
    for client in [gateway.modern(), gateway.legacy()] {
        let absent = async |client: &Client, tool: &str, arguments: Value| {
            let reply = client.rpc("tools/call", json!({ "name": tool, "arguments": arguments })).await;
            reply.json()["error"].clone()
        };
        let unknown = absent(&client, "drop_everything", json!({})).await;
        assert_eq!(unknown["code"], -32602, "{unknown:#}");
        // A tool that the key may not use is not told from one that does not exist.
        let hidden = absent(&client.with_key(&reader), "trash_users", json!({ "users": ["jdoe"] })).await;
        assert_eq!(hidden, unknown);
        assert!(!names(&listed(&client.with_key(&reader)).await).contains(&"trash_users"));
        for (tool, arguments) in [
            ("list_users", json!({ "limt": 5 })),
            ("list_users", json!({ "limit": 101 })),
            ("list_users", json!({ "limit": 0 })),
            ("list_users", json!({ "limit": "5" })),
            ("list_users", json!({ "fields": ["password"] })),
            ("list_users", json!({ "status": "sleeping" })),
            ("get_user", json!({})),
            ("get_user", json!({ "user": "" })),
            ("get_user", json!({ "user": "x".repeat(257) })),
            ("trash_users", json!({ "users": [] })),
            ("trash_users", json!({ "users": vec!["x"; 101] })),
            ("modify_user", json!({ "user": "jdoe" })),
            ("modify_user", json!({ "user": "jdoe", "status": "admin" })),
            ("auth", json!({ "username": "jdoe", "factor": "passcode" })),
            ("auth", json!({ "username": "jdoe", "factor": "smoke" })),
            ("set_telephony_credits", json!({ "account": "Acme", "credits": -1 })),
            ("set_billing_edition", json!({ "account": "Acme", "edition": "FREE" })),
        ] {
            let failure = client.call(tool, arguments.clone()).await.failure();
            assert_eq!(failure["code"], "bad_arguments", "{tool} {arguments}: {failure:#}");
            assert!(failure["message"].as_str().unwrap().chars().count() <= 300);
            assert!(!failure["fix"].as_str().unwrap().is_empty());
        }
    }
    let sent = gateway.duo().record().await;
    // To find a child account by its name, its parent is asked for the list.
    assert!(sent.iter().all(|one| one["path"] == "/accounts/v1/account/list"), "{sent:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_chooses_tools_is_obeyed_by_the_list_and_by_calls() {
    let gateway = Gateway::start(|_| {}).await;
    let duo = gateway.duo();
    duo.forget().await;
    let trash = json!({ "users": ["jdoe"] });
    for query in ["readonly=true", "toolsets=all&readonly=true", "readonly=1&toolsets=users"] {
        let client = gateway.legacy().with_query(query);
        let tools = listed(&client).await;
        assert!(!tools.is_empty() && tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true), "{query}");
        let refused = client.call("trash_users", trash.clone()).await.failure();
        assert_eq!(refused["code"], "tool_not_chosen", "{query}: {refused:#}");
        assert!(refused["message"].as_str().unwrap().contains("looking only"), "{refused:#}");
        client.call("list_users", json!({ "limit": 1 })).await.structured();
    }
    let accounts = gateway.modern().with_query("toolsets=accounts,context");
    let tools = listed(&accounts).await;
    assert!(names(&tools).contains(&"set_billing_edition") && !names(&tools).contains(&"trash_users"), "{tools:?}");
    let refused = accounts.call("trash_users", trash).await.failure();
    assert_eq!(refused["code"], "tool_not_chosen");
    assert!(refused["fix"].as_str().unwrap().contains("toolsets=default,users"), "{refused:#}");
    assert!(duo.changes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_versions_and_methods_are_answered_as_the_protocol_says() {
    let gateway = Gateway::start(|_| {}).await;
    let (modern, legacy) = (gateway.modern(), gateway.legacy());
    // Before there was a header for it, a client said nothing of its version.
    let message = legacy.message("tools/list", json!({}));
    let silent = legacy.bare(Method::POST).bearer_auth(&legacy.key).json(&message);
    assert_eq!(Reply::of(silent.header("Accept", "*/*")).await.status, 200);
    for (version, status) in [("2025-03-26", 200), ("2025-06-18", 200), ("1999-01-01", 400)] {
        let request = legacy.bare(Method::POST).bearer_auth(&legacy.key).json(&message);
        let reply = Reply::of(request.header("MCP-Protocol-Version", version)).await;
        assert_eq!(reply.status, status, "{version}: {}", reply.text);
    }
    let mut message = modern.message("tools/list", json!({}));
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let mut request = modern.prepare(&message).build().unwrap();
    request.headers_mut().insert("mcp-protocol-version", "2099-01-01".parse().unwrap());
    let answer = modern.http.execute(request).await.unwrap();
    assert_eq!(answer.status(), 400);
    let error: Value = answer.json().await.unwrap();
    assert_eq!(error["error"]["code"], -32022, "{error:#}");
    let unknown = modern.rpc("tools/uninstall", json!({})).await;
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!(-32601)), "{}", unknown.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_answers_in_the_shape_that_it_advertises() {
    for era in [Era::Modern { forms: true }, Era::Legacy] {
        let gateway = Gateway::start(|_| {}).await;
        let key = gateway.unattended_key(&EIGHTEEN).await;
        let client = gateway.modern().in_era(era).with_key(&key);
        let tools = listed(&client).await;
        let answers = tour(&client, gateway.duo()).await;
        for name in EIGHTEEN.iter().chain(&OWN) {
            assert!(answers.iter().any(|(tool, _)| tool == name), "{name} is on the tour");
        }
        for (name, answer) in &answers {
            let tool = tools.iter().find(|tool| tool["name"] == *name).unwrap();
            let misfits = misfits(&tool["outputSchema"], answer);
            assert!(misfits.is_empty(), "{name}: {misfits:#?}\n{answer:#}");
            assert!(answer["account"].is_string() && answer["as_of"].is_string(), "{name}: {answer:#}");
        }
    }
}
