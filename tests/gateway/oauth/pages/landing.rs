//! `/` and `/mcp` in a browser.

use std::net::SocketAddr;

use reqwest::Method;

use crate::support::client::Reply;
use crate::support::gateway::Gateway;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_person_who_pastes_the_address_into_a_browser_is_told_what_it_is() {
    let gateway =
        Gateway::start(|settings| settings.server.keys.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
    let page = gateway.get("/").await;
    let address = format!("{}/mcp", gateway.settings.server.public.origin());
    let keys = format!("{}/mcp", gateway.settings.server.keys.origin().unwrap());
    assert_eq!(page.status, 200);
    for part in
        [&address, "href=\"/connect\"", "cursor://anysphere.cursor-deeplink/", "vscode:mcp/install?", "claude mcp add"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    // One address for each client: here they sign in. (The bridge below them has a variant with a key.)
    let (clients, _) = page.text.split_once("A bridge, for a gateway").unwrap();
    assert!(!clients.contains(&keys), "{clients}");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(page.header("x-frame-options"), "DENY");
    // With an invite at most, unless the settings say otherwise.
    assert_eq!(gateway.get("/assets/style.css").await.status, 200);

    let mcp = |url: String| gateway.http().get(url).header("accept", BROWSER);
    let led = Reply::of(mcp(address.clone())).await;
    assert_eq!((led.status, led.header("location")), (303, "/"));
    // A client gets its challenge, whatever it accepts; so does who shows something, and who comes to the other door.
    for accept in ["text/event-stream", "application/json, text/event-stream", "*/*"] {
        assert_eq!(Reply::of(gateway.http().get(&address).header("accept", accept)).await.status, 401, "{accept}");
    }
    assert_eq!(Reply::of(mcp(address.clone()).header("authorization", "Bearer dgk_x")).await.status, 401);
    assert_eq!(Reply::of(mcp(keys)).await.status, 401);
    assert_eq!(Reply::of(gateway.http().request(Method::HEAD, &address).header("accept", "*/*")).await.status, 401);
}

#[tokio::test]
async fn without_a_sign_in_the_page_speaks_of_keys_alone() {
    let gateway = Gateway::start(|settings| settings.oauth.enabled = false).await;
    let page = gateway.get("/").await;
    assert!(
        page.text.contains("Authorization: Bearer dgk_") && !page.text.contains("href=\"/connect"),
        "{}",
        page.text
    );
    assert_eq!(gateway.get("/connect").await.status, 404);
}
