//! What keeps the gateway from serving is told, tried again, and changes nothing.

use std::path::Path;
use std::time::Duration;

use duo_mcp_gateway::config::{KeySettings, RingKey, Settings};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::server::{Listeners, Server};
use duo_mcp_gateway::vault::make_key_file;

use super::house::{House, folder, settings};
use super::wire::{Ask, Reply};

// A name with a hyphen, which no request id contains.
fn ring(path: &Path) -> KeySettings {
    KeySettings { active: None, ring: vec![RingKey::File { id: "kek-1".into(), path: path.to_owned() }] }
}

async fn until(address: std::net::SocketAddr, wanted: impl Fn(&Reply) -> bool) -> Reply {
    let mut last = None;
    for _ in 0..200 {
        let reply = Ask::new(address, "GET", "/readyz").send().await;
        if wanted(&reply) {
            return reply;
        }
        last = Some(reply);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{last:?}");
}

async fn start(settings: &mut Settings) -> Server {
    let listeners = Listeners::bind(settings, ["public", "admin", "keys"]).await.unwrap();
    Server::start(settings.clone(), listeners)
}

#[tokio::test]
async fn a_wrong_key_encryption_key_is_named_and_mended_without_a_restart() {
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    let (random, path) = (Random::system(), folder.join("kek"));
    make_key_file("kek-1", &path, &random).unwrap();
    let mut first = Settings { keys: ring(&path), ..settings(&folder) };
    let mut server = start(&mut first).await;
    let parts = server.ready().await.unwrap();
    parts.acts.register_tenant("acme", "Acme", &Actor::Console).await.unwrap();
    server.stop().await;

    let right = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    make_key_file("kek-1", &path, &random).unwrap();
    let mut second = Settings { keys: ring(&path), ..settings(&folder) };
    let mut server = start(&mut second).await;
    let (public, admin) = (second.server.public.listen, second.server.admin.listen);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let parts = server.ready().await.unwrap();
        let _ = stopped.await;
        let found = parts.acts.find_tenant("acme").await.map(|tenant| tenant.name);
        server.stop().await;
        found
    });
    let held = until(admin, |reply| reply.status == 503 && reply.body.contains("kek-1")).await;
    assert_eq!(held.json()["code"], "held", "{held:?}");
    let outside = until(public, |reply| reply.status == 503).await;
    assert!(!outside.body.contains("kek-1"), "the public listener does not say why: {outside:?}");
    assert_eq!(Ask::new(public, "POST", "/mcp").send().await.status, 503, "503 and not 401: nobody can tell yet");
    assert_eq!(Ask::new(public, "GET", "/healthz").send().await.status, 200);

    std::fs::write(&path, right).unwrap();
    until(admin, |reply| reply.status == 200).await;
    stop.send(()).unwrap();
    assert_eq!(running.await.unwrap().unwrap(), "Acme");
    let _ = std::fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn the_public_listener_has_a_page_and_real_404s() {
    let house = House::start().await;
    let page = Ask::new(house.public, "GET", "/").send().await;
    assert!(page.status == 200 && page.body.contains("/mcp"), "{page:?}");
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    for path in ["/approvals", "/.well-known/openid-configuration", "/introspect", "/console"] {
        let reply = Ask::new(house.public, "GET", path).send().await;
        assert_eq!((reply.status, reply.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    assert_eq!(Ask::new(house.public, "GET", "/readyz").send().await.json()["status"], "ready");
    house.stop().await;
}

#[tokio::test]
async fn a_call_in_hand_is_answered_before_the_end() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    house.delay_duo(700).await;
    let public = house.public;
    let asked = tokio::spawn(super::house::call(public, key, "list_users", serde_json::json!({"limit": 1})));
    tokio::time::sleep(Duration::from_millis(300)).await;
    house.stop().await;
    let answer = asked.await.unwrap();
    assert!(answer.contains("\"returned\":1"), "{answer}");
    let refused = tokio::net::TcpStream::connect(public).await;
    assert!(refused.is_err(), "nobody listens any more");
}
