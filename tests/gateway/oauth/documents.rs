//! Clients with a document: fetched under guard, kept, believed for a while.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use duo_mcp_gateway::config::{ClientDocuments, ClientLifetime, OauthSettings, Seconds};
use duo_mcp_gateway::domain::clock::{Clock, Timestamp};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::grants::{ClientError, ClientParts, Clients, overridden};
use serde_json::{Value, json};

use super::person::{App, Browser, owner};
use super::server::{Answer, DocumentServer, NAME};
use crate::support::gateway::Gateway;

const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const REDIRECT: &str = "http://127.0.0.1:40000/callback";

fn id(path: &str) -> String {
    format!("https://{NAME}{path}")
}

fn document(path: &str) -> Value {
    json!({
        "client_id": id(path),
        "client_name": "Documented client",
        // Without a port, as Claude Code writes it.
        "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "token_endpoint_auth_method": "none",
    })
}

/// Clients of a gateway's store, under a clock of the test's own, that find the server under its name.
fn clients(gateway: &Gateway, server: &DocumentServer, clock: &Clock) -> Clients {
    clients_by(gateway, server, clock, OauthSettings::default())
}

fn clients_by(gateway: &Gateway, server: &DocumentServer, clock: &Clock, settings: OauthSettings) -> Clients {
    let ca = std::fs::read_to_string(&server.ca_file).unwrap();
    Clients::new(ClientParts {
        store: gateway.parts.store.oauth_clients.clone(),
        house: Arc::clone(&gateway.parts.keyring.house),
        clock: clock.clone(),
        random: Random::system(),
        settings,
        origins: vec!["https://mcp.example.com".into()],
        overrides: vec![overridden(NAME, server.address, Some(ca))],
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_document_is_let_in() {
    let folder = std::env::temp_dir();
    let server = DocumentServer::start(&folder).await;
    server.say("/oauth/client.json", Answer::json(&document("/oauth/client.json")));
    let app = App::of(&id("/oauth/client.json"), REDIRECT);
    let gateway = Gateway::start(|settings| {
        settings.net.connect_override.push(server.connect_override());
        // Quirk 8: a client that does not refresh while a conversation goes on can be given more time.
        let lifetime = ClientLifetime { client: app.id.clone(), access_token_seconds: Seconds(28_800) };
        settings.oauth.client_lifetimes.push(lifetime);
    })
    .await;
    let key = owner(&gateway).await;
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    browser.sign_in(&path, &key).await;
    let page = browser.get(&path).await;
    for said in ["Documented client", NAME, "127.0.0.1", "It runs on this computer", "not known to the gateway"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let tokens = app.connected(&mut browser, &key, "look").await;
    assert_eq!(tokens["expires_in"], 28_800);
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    assert_eq!(client.call("get_context", json!({})).await.structured()["person"], "Olivia Owner");
    assert_eq!(server.asked(), 1, "what was fetched is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_10_a_document_that_cannot_be_fetched_is_believed_for_a_week() {
    let gateway = Gateway::start(|_| {}).await;
    let server = DocumentServer::start(&gateway.ground.folder).await;
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let first = clients(&gateway, &server, &clock);
    server.say("/c.json", Answer::json(&document("/c.json")));
    assert_eq!(first.find(&id("/c.json"), SOMEBODY).await.unwrap().metadata.name, "Documented client");
    first.find(&id("/c.json"), SOMEBODY).await.unwrap();
    assert_eq!(server.asked(), 1);
    server.say("/c.json", Answer { status: "503 Service Unavailable", ..Answer::json(&"{}") });
    clock.advance_ms(2 * 3_600_000);
    // A replica that has not failed yet asks; it is believed what it said, and not asked again for a minute.
    let other = clients(&gateway, &server, &clock);
    for _ in 0..3 {
        assert!(other.find(&id("/c.json"), SOMEBODY).await.is_ok());
    }
    assert_eq!(server.asked(), 2);
    clock.advance_ms(8 * 24 * 3_600_000);
    assert!(matches!(
        clients(&gateway, &server, &clock).find(&id("/c.json"), SOMEBODY).await,
        Err(ClientError::Unreachable)
    ));
    // What its server refuses is not believed any longer than it is fresh.
    server.say("/c.json", Answer { status: "404 Not Found", ..Answer::json(&"{}") });
    assert!(matches!(
        clients(&gateway, &server, &clock).find(&id("/c.json"), SOMEBODY).await,
        Err(ClientError::BadDocument(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_members_use_is_fetched_whatever_a_stranger_asks_for() {
    let server = DocumentServer::start(&std::env::temp_dir()).await;
    server.say("/used.json", Answer::json(&document("/used.json")));
    let gateway = Gateway::start(|settings| settings.net.connect_override.push(server.connect_override())).await;
    let app = App::of(&id("/used.json"), REDIRECT);
    app.connected(&mut Browser::new(&gateway), &owner(&gateway).await, "look").await;
    assert_eq!(server.asked(), 1);
    // Long after, when what was kept is not believed any more. A machine that has much to do may be too slow for a fetch,
    // so it is tried thrice, each time with nothing left for this address.
    let long_after = Clock::fixed(gateway.parts.clock.now().plus_seconds(30 * 86_400));
    let mut found = Vec::new();
    for _ in 0..3 {
        let (clients, before) = (clients(&gateway, &server, &long_after), server.asked());
        for n in 0..30 {
            assert!(clients.find(&id(&format!("/made-up-{n}.json")), SOMEBODY).await.is_err());
        }
        assert!(server.asked() - before < 30, "an address has a share");
        found.push(clients.find(&id("/used.json"), SOMEBODY).await.map(|client| client.metadata.name));
    }
    assert!(found.iter().flatten().any(|name| name == "Documented client"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_the_settings_admit_no_more_gets_no_tokens_either() {
    let gateway = Gateway::start(|_| {}).await;
    let server = DocumentServer::start(&gateway.ground.folder).await;
    let (stranger, known) = (id("/c.json"), "https://claude.ai/oauth/mcp-oauth-client-metadata");
    for (documents, takes) in [
        (ClientDocuments::Any, [true, true]),
        (ClientDocuments::Known, [false, true]),
        (ClientDocuments::Off, [false; 2]),
    ] {
        let settings = OauthSettings { documents, ..OauthSettings::default() };
        let clients = clients_by(&gateway, &server, &gateway.parts.clock, settings);
        for (id, takes) in [stranger.as_str(), known].into_iter().zip(takes) {
            assert_eq!(clients.still_has(id).await.unwrap(), takes, "{documents:?} {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_ask_at_once_make_one_fetch() {
    let gateway = Gateway::start(|_| {}).await;
    let server = DocumentServer::start(&gateway.ground.folder).await;
    server.say("/c.json", Answer::json(&document("/c.json")));
    let clients = clients(&gateway, &server, &Clock::fixed(Timestamp(1_800_000_000_000)));
    let all = (0..40).map(|_| {
        let clients = clients.clone();
        tokio::spawn(async move { clients.find(&id("/c.json"), SOMEBODY).await.map(|client| client.id) })
    });
    for found in futures_util::future::join_all(all).await {
        assert_eq!(found.unwrap().unwrap(), id("/c.json"));
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_21_a_document_leads_nowhere_and_costs_little() {
    let gateway = Gateway::start(|_| {}).await;
    let server = DocumentServer::start(&gateway.ground.folder).await;
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let clients = clients(&gateway, &server, &clock);
    // Where the guard looks before it connects: this machine, its networks, ourselves, other ways to write them.
    for bad in [
        "https://localhost/c.json",
        "https://127.0.0.1/c.json",
        "https://[::ffff:127.0.0.1]/c.json",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f000001/c.json",
        "https://mcp.example.com/c.json",
        "https://client.example.com:8443/c.json",
        "http://client.example.com/c.json",
        "https://client.example.com/a/../c.json",
        "https://client.example.com/",
    ] {
        let error = clients.find(bad, SOMEBODY).await.unwrap_err();
        assert!(matches!(error, ClientError::BadAddress(_) | ClientError::Unreachable), "{bad}: {error:?}");
    }
    assert_eq!(server.asked(), 0);
    // What a hostile server answers.
    let refused = async |path: &str, answer: Answer| {
        server.say(path, answer);
        clients.find(&id(path), SOMEBODY).await.unwrap_err()
    };
    let elsewhere = Answer {
        status: "302 Found",
        headers: "location: https://client.example.com/good.json\r\n".into(),
        body: String::new(),
        drip: None,
    };
    server.say("/good.json", Answer::json(&document("/good.json")));
    assert!(matches!(refused("/302.json", elsewhere).await, ClientError::BadDocument(_)));
    assert_eq!(server.asked(), 1, "the redirect was not followed");
    let mut long = document("/long.json");
    long["padding"] = "x".repeat(5 * 1024).into();
    assert!(matches!(refused("/long.json", Answer::json(&long)).await, ClientError::BadDocument(_)));
    let html = Answer { headers: "content-type: text/html\r\n".into(), ..Answer::json(&document("/html")) };
    assert!(matches!(refused("/html", html).await, ClientError::BadDocument(_)));
    let other = Answer::json(&document("/another.json"));
    assert!(matches!(refused("/other.json", other).await, ClientError::BadDocument(_)));
    let slow = Answer { drip: Some(Duration::from_millis(200)), ..Answer::json(&document("/slow.json")) };
    let began = tokio::time::Instant::now();
    assert!(matches!(refused("/slow.json", slow).await, ClientError::Unreachable));
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}
