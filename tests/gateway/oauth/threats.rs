//! What somebody who means ill tries, by its number in the threat list.

use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::tokens::{Kind, make};
use reqwest::Method;
use serde_json::json;

use super::person::{App, Browser, LOOPBACK, Landed, Site, csrf, form, owner, query, register, token};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

#[tokio::test(flavor = "multi_thread")]
async fn threat_13_a_token_of_elsewhere_opens_nothing_and_none_goes_on_to_duo() {
    let (gateway, other) = (Gateway::start(|_| {}).await, Gateway::start(|_| {}).await);
    let (app, key) = (App::registered(&other, LOOPBACK).await, owner(&other).await);
    let foreign = app.connected(&mut Browser::new(&other), &key, "look").await;
    let foreign = foreign["access_token"].as_str().unwrap();
    let reply = gateway.modern().with_key(foreign).rpc("tools/list", json!({})).await;
    assert_eq!(reply.status, 401);
    assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
    let own = App::registered(&gateway, LOOPBACK).await;
    let tokens = own.connected(&mut Browser::new(&gateway), &owner(&gateway).await, "look").await;
    let access = tokens["access_token"].as_str().unwrap();
    gateway.duo().forget().await;
    gateway.modern().with_key(access).call("list_users", json!({})).await;
    let heard = gateway.duo().record().await;
    assert!(!heard.is_empty() && !json!(heard).to_string().contains(access), "{heard:?}");
    // The wrong kinds.
    for kind in [Kind::RefreshToken, Kind::AuthorizationCode, Kind::OwnerKey, Kind::MemberSession] {
        let wrong = make(kind, &Random::system()).unwrap();
        assert_eq!(gateway.modern().with_key(wrong.expose()).rpc("tools/list", json!({})).await.status, 401);
    }
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(gateway.modern().with_key(refresh).rpc("tools/list", json!({})).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_14_who_is_signed_in_is_asked_for_every_client() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    app.connected(&mut browser, &key, "everything").await;
    let evil = App::registered(&gateway, "https://evil.example/cb").await;
    for asking in [&evil, &app] {
        let path = browser.begin(asking, Some("duo:read")).await;
        let page = browser.get(&path).await;
        assert_eq!((page.status, page.header("location")), (200, ""));
        assert!(page.text.contains("not known to the gateway") && page.text.contains("Do not allow"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_15_a_session_and_a_request_belong_to_one_browser() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    let planted = make(Kind::MemberSession, &Random::system()).unwrap().expose().to_owned();
    browser.cookies.push(("duo_mcp_member".into(), planted.clone()));
    assert_eq!(browser.sign_in(&path, &key).await.status, 303);
    let session = browser.cookie_of("duo_mcp_member").unwrap().to_owned();
    assert_ne!(session, planted);
    // The same person in another browser: the request is not there.
    let mut other = Browser::new(&gateway);
    assert_eq!(other.get(&path).await.status, 410);
    let own = other.begin(&app, None).await;
    other.sign_in(&own, &key).await;
    assert_eq!(other.get(&path).await.status, 410);
    assert_ne!(other.cookie_of("duo_mcp_member").unwrap(), session);
    // Signing in again makes another session, and ends the one before.
    browser.sign_in(&path, &key).await;
    let after = browser.cookie_of("duo_mcp_member").unwrap().to_owned();
    assert_ne!(after, session);
    browser.cookies.retain(|(name, _)| name != "duo_mcp_member");
    browser.cookies.push(("duo_mcp_member".into(), session));
    assert!(browser.get(&path).await.text.contains("Owner key"), "signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_16_a_session_id_is_nothing() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let client = gateway.legacy().with_key(tokens["access_token"].as_str().unwrap());
    let message = client.message("tools/list", json!({}));
    let reply = Reply::of(client.prepare(&message).header("Mcp-Session-Id", "somebody-elses")).await;
    assert_eq!((reply.status, reply.header("mcp-session-id")), (200, ""));
    let nobody = Reply::of(client.bare(Method::POST).header("Mcp-Session-Id", "somebody-elses").json(&message)).await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_22_registrations_are_bounded_and_the_same_one_is_not_counted() {
    let gateway = Gateway::start(|settings| settings.oauth.registrations_per_hour = 5).await;
    let said = |n: usize| json!({ "client_name": format!("Client {n}"), "redirect_uris": [LOOPBACK] });
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let reply = register(&gateway, &said(0)).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        ids.insert(reply.json()["client_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 1, "the same metadata are the same client");
    let mut taken = 0;
    for n in 1..50 {
        let reply = register(&gateway, &said(n)).await;
        assert!(reply.status == 201 || reply.status == 429, "{}", reply.text);
        taken += usize::from(reply.status == 201);
    }
    assert_eq!(taken, 4, "five different ones in an hour");
    assert_eq!(register(&gateway, &said(0)).await.status, 201, "the one that is known");
    for uri in ["javascript:alert(1)", "data:text/html,x", "https://a.example/cb#x", "http://a.example/cb"] {
        let reply = register(&gateway, &json!({ "redirect_uris": [uri] })).await;
        assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_redirect_uri")), "{uri}");
    }
    for junk in ["[]", "1", "{", &"[".repeat(100)] {
        let reply = Reply::of(gateway.http().post(gateway.url("/register")).body(junk.to_owned())).await;
        assert_eq!(reply.status, 400, "{junk}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_23_nobody_is_sent_to_an_address_that_is_not_registered() {
    let gateway = Gateway::start(|_| {}).await;
    let app = App::registered(&gateway, "https://claude.ai/api/mcp/auth_callback").await;
    for bad in [
        "https://claude.ai.evil.example/api/mcp/auth_callback",
        "https://claude.ai:8443/api/mcp/auth_callback",
        "https://claude.ai/api/mcp/auth_callback?x=1",
        "https://claude.ai/api/mcp/auth_callback#x",
        "http://claude.ai/api/mcp/auth_callback",
        "javascript:alert(1)",
        "//evil.example",
    ] {
        let asking = App { redirect: bad.into(), ..app.clone() };
        // Whatever else is wrong with it, too.
        let mut request = asking.request(&gateway);
        request.retain(|(name, _)| *name != "code_challenge");
        for parameters in [&asking.request(&gateway), &request] {
            let reply = gateway.get(&query("/authorize", parameters)).await;
            assert_eq!((reply.status, reply.header("location")), (400, ""), "{bad}");
            assert!(reply.header("content-type").starts_with("text/html"));
            assert!(!reply.text.contains("evil"), "what was sent is not shown: {}", reply.text);
        }
    }
    let unknown = App::of("dcr_unknownunknownunknown", "https://claude.ai/api/mcp/auth_callback");
    let reply = gateway.get(&query("/authorize", &unknown.request(&gateway))).await;
    assert_eq!((reply.status, reply.header("location")), (400, ""));
    let twice = format!("{}&client_id=x", query("/authorize", &app.request(&gateway)));
    assert_eq!(gateway.get(&twice).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_24_a_code_is_of_use_to_its_client_once() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    for (left_out, put) in
        [("code_challenge", None), ("code_challenge_method", None), ("code_challenge_method", Some("plain"))]
    {
        let mut request = app.request(&gateway);
        request.retain(|(name, _)| *name != left_out);
        request.extend(put.map(|put| (left_out, put.to_owned())));
        let landed = Landed::of(&browser.get(&query("/authorize", &request)).await);
        assert_eq!(landed.one("error"), Some("invalid_request"));
    }
    let landed = browser.let_in(&app, &key, "look").await;
    let code = landed.one("code").unwrap();
    // Mistakes and strangers do not use it up.
    let stranger = App::registered(&gateway, "https://evil.example/cb").await;
    for wrong in [
        App { verifier: "x".repeat(64), ..app.clone() },
        App { redirect: "http://127.0.0.1:53124/callback".into(), ..app.clone() },
        App { verifier: app.verifier.clone(), redirect: app.redirect.clone(), ..stranger },
    ] {
        let reply = wrong.redeem(&gateway, code).await;
        assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_grant")), "{}", reply.text);
    }
    let tokens = app.redeem(&gateway, code).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let tokens = tokens.json();
    let client = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    assert_eq!(client.rpc("tools/list", json!({})).await.status, 200);
    // It comes again: somebody has it who should not, so what came of it ends.
    assert_eq!(app.redeem(&gateway, code).await.json()["error"], "invalid_grant");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(app.refresh(&gateway, refresh).await.json()["error"], "invalid_grant");
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(2);
    while client.rpc("tools/list", json!({})).await.status != 401 {
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_25_every_answer_says_who_answers() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let issuer = gateway.url("");
    let mut browser = Browser::new(&gateway);
    let mut seen = vec![browser.let_in(&app, &key, "look").await];
    let path = browser.begin(&app, None).await;
    let page = browser.get(&path).await;
    seen.push(Landed::of(&browser.post(&format!("{path}/deny"), &[("csrf", &csrf(&page))]).await));
    assert_eq!(seen[1].one("error"), Some("access_denied"));
    for (name, value) in [
        ("response_type", "token"),
        ("scope", "duo:everything"),
        ("resource", "https://x.example/"),
        ("code_challenge", "x"),
    ] {
        let mut request = app.request(&gateway);
        request.retain(|(own, _)| *own != name);
        request.push((name, value.to_owned()));
        let landed = Landed::of(&browser.get(&query("/authorize", &request)).await);
        assert!(landed.one("error").is_some() && landed.one("code").is_none());
        seen.push(landed);
    }
    for landed in seen {
        assert_eq!(landed.one("iss"), Some(issuer.as_str()), "{landed:?}");
        assert_eq!(landed.one("state"), Some("a state & more"), "{landed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_26_a_refresh_token_that_was_replaced_ends_the_connection() {
    let gateway = Gateway::start(|settings| settings.oauth.refresh_leeway_seconds.0 = 0).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let tokens = app.connected(&mut Browser::new(&gateway), &key, "look").await;
    let first = tokens["refresh_token"].as_str().unwrap().to_owned();
    // Wider than was granted, and another client's: refused before anything is written.
    let wider = [
        ("grant_type", "refresh_token"),
        ("client_id", &app.id),
        ("refresh_token", &first),
        ("scope", "duo:read duo:write"),
    ];
    assert_eq!(token(&gateway, &wider).await.json()["error"], "invalid_scope");
    let stranger = App::registered(&gateway, "https://evil.example/cb").await;
    assert_eq!(stranger.refresh(&gateway, &first).await.json()["error"], "invalid_grant");
    let revoked = [("token", first.as_str()), ("client_id", stranger.id.as_str())];
    assert_eq!(form(&gateway, "/revoke", &revoked).await.status, 200);
    let second = app.refresh(&gateway, &first).await.json();
    let second = second["refresh_token"].as_str().unwrap().to_owned();
    let third = app.refresh(&gateway, &second).await.json();
    assert_eq!(app.refresh(&gateway, &first).await.json()["error"], "invalid_grant", "two generations old");
    let third = third["refresh_token"].as_str().unwrap();
    assert_eq!(app.refresh(&gateway, third).await.json()["error"], "invalid_grant", "the whole family ended");
    let grants = gateway.parts.store.grants.list(&gateway.tenant.id).await.unwrap();
    assert_eq!(grants[0].revoked_why.as_deref(), Some("refresh_reuse"));
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_27_a_form_of_elsewhere_grants_nothing() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let (one, two) = (browser.begin(&app, None).await, browser.begin(&app, None).await);
    browser.sign_in(&one, &key).await;
    let of_other = csrf(&browser.get(&two).await);
    for proof in ["", "x", &of_other] {
        let reply = browser.post(&format!("{one}/approve"), &[("csrf", proof), ("preset", "everything")]).await;
        assert_eq!((reply.status, reply.header("location")), (403, ""), "{proof}");
    }
    // The proof of before the sign-in is none after it.
    let mut fresh = Browser::new(&gateway);
    let path = fresh.begin(&app, None).await;
    let before = csrf(&fresh.get(&path).await);
    fresh.sign_in(&path, &key).await;
    assert_eq!(fresh.post(&format!("{path}/approve"), &[("csrf", &before), ("preset", "look")]).await.status, 403);
    // A page of elsewhere is turned away by its Origin alone, one of another program on this computer, too.
    let proof = csrf(&browser.get(&one).await);
    for origin in ["https://evil.example", "http://127.0.0.1:1", "null"] {
        let request = gateway.http().post(gateway.url(&format!("{one}/approve"))).header("origin", origin);
        let request = request.header("cookie", browser.cookie());
        let body = format!("csrf={proof}&preset=look&days=30");
        let reply = Reply::of(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await;
        assert_eq!(reply.status, 403, "{origin}");
    }
    assert!(gateway.parts.store.grants.list(&gateway.tenant.id).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_28_no_page_is_framed_scripted_or_kept() {
    let gateway = Gateway::start(|_| {}).await;
    let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
    let mut browser = Browser::new(&gateway);
    let path = browser.begin(&app, None).await;
    let sign_in = browser.get(&path).await;
    browser.sign_in(&path, &key).await;
    let consent = browser.get(&path).await;
    let refused = gateway.get("/authorize?client_id=x").await;
    let over = gateway.get("/connect/nothing").await;
    for page in [&sign_in, &consent, &refused, &over] {
        assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{page:?}");
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"));
        assert!(!page.text.contains("<script") && !page.text.contains("javascript:"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threat_29_and_30_a_strangers_name_is_text_and_what_it_is_is_said() {
    let gateway = Gateway::start(|_| {}).await;
    let key = owner(&gateway).await;
    let mut consent = String::new();
    for name in ["\"><script>alert(1)</script>\u{202e}edualC".to_owned(), format!("<b>{}", "W".repeat(10_000))] {
        let said = json!({ "client_name": name, "redirect_uris": [LOOPBACK] });
        let app = App::of(register(&gateway, &said).await.json()["client_id"].as_str().unwrap(), LOOPBACK);
        let mut browser = Browser::new(&gateway);
        let path = browser.begin(&app, None).await;
        let sign_in = browser.get(&path).await;
        browser.sign_in(&path, &key).await;
        consent = browser.get(&path).await.text;
        for page in [&sign_in.text, &consent] {
            assert!(!page.contains("<script") && !page.contains("<b>W") && !page.contains('\u{202e}'), "{page}");
            assert!(!page.contains(&"W".repeat(200)), "{page}");
        }
        assert!(consent.contains("alert(1)") || consent.contains("&#60;b&#62;W"), "it is shown as text: {consent}");
    }
    let seen = consent.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "<strong>It runs on this computer.</strong> Any program on this computer could receive the connection. Go on only \
         if you have just started it yourself.",
        "<strong>This application is not known to the gateway.</strong> Its name is what it calls itself. Go on only if you \
         came here from it, and trust <code>127.0.0.1</code>.",
    ] {
        assert!(seen.contains(said), "{seen}");
    }
}
