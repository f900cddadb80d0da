//! The approval pages: signing in, forms that are ours, one decision.

use super::house::House;
use super::wire::Reply;
use crate::support::markup::Mistaken;

/// What a browser keeps between two requests.
struct Browser<'a> {
    house: &'a House,
    cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    fn new(house: &'a House) -> Self {
        Self { house, cookies: Vec::new() }
    }

    async fn get(&mut self, path: &str) -> Reply {
        let reply = self.house.ask("GET", path).header("cookie", &self.cookie()).send().await;
        self.keep(&reply);
        reply
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = self.house.ask("POST", path).header("cookie", &self.cookie()).form(fields).send().await;
        self.keep(&reply);
        reply
    }

    async fn sign_in(&mut self, key: &str) -> Reply {
        let form = self.get("/approvals/sign-in").await;
        self.post("/approvals/sign-in", &[("csrf", &csrf(&form)), ("key", key)]).await
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn session(&self) -> Option<&str> {
        self.cookies.iter().find(|(name, _)| name == "duo_mcp_session").map(|(_, value)| value.as_str())
    }

    fn keep(&mut self, reply: &Reply) {
        for cookie in reply.all("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !cookie.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// The proof in the first form of a page.
fn csrf(page: &Reply) -> String {
    let after = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {page:?}"));
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_is_made_at_sign_in_and_ended_at_sign_out() {
    let house = House::start().await;
    let mut browser = Browser::new(&house);
    assert_eq!(browser.get("/").await.header("location"), "/approvals");
    assert_eq!(browser.get("/approvals").await.header("location"), "/approvals/sign-in");
    let wrong = browser.sign_in("dga_nonsense").await;
    assert_eq!(wrong.status, 403);
    Mistaken::of(&wrong.body).at("key", "not an operator key").hides("dga_nonsense");
    assert!(browser.session().is_none());

    // Somebody may have planted a session in this browser: it is not taken over.
    let planted = "dgs_000000000000000000000000000000_000000";
    browser.cookies.push(("duo_mcp_session".to_owned(), planted.to_owned()));
    let signed_in = browser.sign_in(&house.operator_key).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/approvals"));
    let cookie = signed_in.all("set-cookie").into_iter().find(|cookie| cookie.starts_with("duo_mcp_session=")).unwrap();
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let first = browser.session().unwrap().to_owned();
    assert!(first.starts_with("dgs_") && first != planted);

    let page = browser.get("/approvals").await;
    assert!(page.status == 200 && page.body.contains("Olga"), "{page:?}");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"));
    assert!(!page.body.contains("<script") && !page.body.contains(" style="), "{page:?}");
    assert!(!page.body.contains(&house.operator_key));

    let out = browser.post("/approvals/sign-out", &[("csrf", &csrf(&page))]).await;
    assert_eq!(out.header("location"), "/approvals/sign-in?told=out");
    browser.cookies = vec![("duo_mcp_session".to_owned(), first)];
    let over = browser.get("/approvals").await;
    assert_eq!(
        over.header("location"),
        "/approvals/sign-in?told=ended",
        "the session is over, whoever kept its cookie"
    );
    house.stop().await;
}

#[tokio::test]
async fn a_form_that_is_not_ours_decides_nothing() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let id = house.waiting(&key).await;
    let approve = format!("/approvals/{id}/approve");
    let mut browser = Browser::new(&house);
    // Without a session, and from there to the operation after signing in.
    let unasked = browser.post(&approve, &[("csrf", "x")]).await;
    assert_eq!(unasked.header("location"), format!("/approvals/sign-in?operation={id}&told=undecided"));
    assert!(browser.get(unasked.header("location")).await.body.contains("Nothing was decided"));
    let to = browser.get(&format!("/approvals/{id}")).await;
    assert_eq!(to.header("location"), format!("/approvals/sign-in?operation={id}"));
    browser.sign_in(&house.operator_key).await;
    let own = csrf(&browser.get("/approvals").await);
    let mut other = Browser::new(&house);
    other.sign_in(&house.operator_key).await;
    let foreign = csrf(&other.get("/approvals").await);
    assert_ne!(own, foreign);
    for proof in ["", "x", foreign.as_str()] {
        assert_eq!(browser.post(&approve, &[("csrf", proof)]).await.status, 403, "{proof}");
    }
    assert_eq!(browser.get(&approve).await.status, 404, "a link approves nothing");
    let cross = house.ask("POST", &approve).header("cookie", &browser.cookie()).header("origin", "http://evil.example");
    assert_eq!(cross.form(&[("csrf", &own)]).send().await.status, 403);
    assert_eq!(house.rest("GET", &format!("/operations/{id}"), None).await.json()["state"], "waiting");
    // A link from elsewhere comes without our cookie; one step on our own site shows the page.
    let elsewhere = house.ask("GET", &format!("/approvals/{id}")).header("sec-fetch-site", "cross-site").send().await;
    assert!(elsewhere.status == 200 && elsewhere.body.contains("http-equiv=\"refresh\""), "{elsewhere:?}");
    house.stop().await;
}

#[tokio::test]
async fn an_operation_is_shown_exactly_and_decided_once() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let id = house.waiting(&key).await;
    let mut browser = Browser::new(&house);
    browser.sign_in(&house.operator_key).await;
    let list = browser.get("/approvals").await;
    assert!(list.body.contains(&id) && list.body.contains("Petra") && list.body.contains("Acme"), "{list:?}");
    let page = browser.get(&format!("/approvals/{id}")).await;
    for part in ["jsmith", "lking", "POST", "/admin/v1/users/bulk_send_to_trash", "user_id_list", ">Approve<", ">Deny<"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let proof = csrf(&page);
    let denied = browser.post(&format!("/approvals/{id}/deny"), &[("csrf", &proof)]).await;
    assert_eq!(denied.header("location"), format!("/approvals/{id}?done=denied"));
    let late = browser.post(&format!("/approvals/{id}/approve"), &[("csrf", &proof)]).await;
    assert_eq!(late.header("location"), format!("/approvals/{id}?done=late"));
    let after = browser.get(&format!("/approvals/{id}")).await;
    assert!(after.body.contains("denied") && !after.body.contains(">Approve<"), "{after:?}");
    assert!(browser.get("/approvals").await.body.contains("Decided lately"));
    assert_eq!(browser.get("/approvals/op_nonsense").await.status, 404);
    assert_eq!(browser.get("/assets/style.css").await.header("content-type"), "text/css; charset=utf-8");
    house.stop().await;
}

#[tokio::test]
async fn a_strangers_name_is_text_and_nothing_else() {
    let house = House::start().await;
    house.tenant().await;
    let key = house.api_key().await;
    let name = "<script>alert(1)</script>";
    let users = serde_json::json!({"users": [{"username": "plain"}, {"username": name}]});
    house.call(&key, "bulk_create_users", users).await;
    let waiting = house.rest("GET", "/operations", None).await.json();
    let id = waiting["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{waiting}")).to_owned();
    let mut browser = Browser::new(&house);
    browser.sign_in(&house.operator_key).await;
    for path in ["/approvals".to_owned(), format!("/approvals/{id}")] {
        let page = browser.get(&path).await;
        assert!(page.status == 200 && !page.body.contains("<script"), "{page:?}");
    }
    house.stop().await;
}
