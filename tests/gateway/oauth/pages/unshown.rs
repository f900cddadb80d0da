//! A key that was kept and cannot be shown: what there is by now is said.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::tenants::NewMember;

use super::super::person::{Browser, csrf, owner};
use super::manage::{act, signed_in};
use super::subscriber::{ALL_THREE, open, send, shown, typed};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

/// Lets no session be opened any more, or lets it again: whatever was kept before the session stays.
async fn without_sessions(gateway: &Gateway, is_without: bool) {
    let [postgres, sqlite] = if is_without {
        [
            "ALTER TABLE member_sessions ADD CONSTRAINT away CHECK (false) NOT VALID",
            "CREATE TRIGGER away BEFORE INSERT ON member_sessions BEGIN SELECT RAISE(ABORT, 'away'); END",
        ]
    } else {
        ["ALTER TABLE member_sessions DROP CONSTRAINT away", "DROP TRIGGER away"]
    };
    gateway.behind(if gateway.ground.database.is_some() { postgres } else { sqlite }).await;
}

async fn on_both() -> [Gateway; 2] {
    [Gateway::start(open).await, Gateway::on_postgres(open).await]
}

/// A page that says what there is, and not that there is nothing.
fn says(page: &Reply, title: &str, whom: &str) {
    assert_eq!(page.status, 500, "{}", page.text);
    assert!(page.text.contains(title) && page.text.contains(whom), "{}", page.text);
    assert!(!page.text.contains("Nothing was granted") && !page.text.contains("dgo_"), "{}", page.text);
    assert!(page.headers.get("set-cookie").is_none(), "{:?}", page.headers);
}

async fn join(browser: &mut Browser<'_>, invite: &str) -> Reply {
    let token = csrf(&browser.get("/connect").await);
    browser.post("/connect/join", &[("csrf", &token), ("invite", invite), ("name", "Hannah Help")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joined_and_saw_no_key_is_a_member_whom_an_owner_gives_another() {
    for gateway in on_both().await {
        let (acts, tenant) = (&gateway.parts.acts, &gateway.tenant.id);
        let mut boss = signed_in(&gateway, &owner(&gateway).await).await;
        let made = acts.create_invite(Some(tenant), Role::HelpDesk, Scopes::all(), &Actor::Console).await;
        let invite = made.unwrap().1.expose().to_owned();
        without_sessions(&gateway, true).await;
        let mut browser = Browser::new(&gateway);
        says(&join(&mut browser, &invite).await, "You are a member", "ask an owner");
        let hannah = acts.find_member(tenant, "Hannah Help").await.unwrap();
        let keys = acts.owner_keys(tenant).await.unwrap();
        assert!(keys.iter().any(|key| key.member == hannah.id), "the key was kept with the member");
        let again = join(&mut browser, &invite).await;
        assert_eq!(again.status, 403);
        Mistaken::of(&again.text).at("invite", "you are a member already");
        without_sessions(&gateway, false).await;
        let led = act(&mut boss, "members/key", &[("member", hannah.id.as_str())]).await;
        let key = shown(&mut boss, &led).await;
        assert_eq!(browser.sign_in("/connect", &key).await.status, 303);
        assert!(browser.get("/connect/done").await.text.contains("Hannah Help"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_founded_a_tenant_and_saw_no_key_is_its_owner_whom_the_operator_gives_another() {
    for gateway in on_both().await {
        without_sessions(&gateway, true).await;
        let mut browser = Browser::new(&gateway);
        let page = send(&mut browser, "/connect/new", &typed(&gateway, &ALL_THREE)).await;
        says(&page, "Your subscription exists", "ask the operator");
        without_sessions(&gateway, false).await;
        let tenants = gateway.parts.store.tenants.list(None, 10).await.unwrap();
        let founded = tenants.into_iter().find(|tenant| tenant.name == "Newcomers Ltd").unwrap();
        let acts = &gateway.parts.acts;
        let nora = acts.find_member(&founded.id, "Nora New").await.unwrap();
        let (_, key) = acts.make_owner_key(&founded.id, &nora.id, &Actor::Console).await.unwrap();
        assert_eq!(browser.sign_in("/connect", key.expose()).await.status, 303);
        assert_eq!(browser.get("/connect/manage").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_made_a_new_key_and_did_not_see_it_is_told_that_the_old_one_is_gone() {
    for gateway in on_both().await {
        let old = owner(&gateway).await;
        let mut browser = signed_in(&gateway, &old).await;
        without_sessions(&gateway, true).await;
        let page = act(&mut browser, "owner-key", &[]).await;
        says(&page, "Your new key cannot be shown", "The old key and your sessions have ended");
        without_sessions(&gateway, false).await;
        assert_eq!(browser.get("/connect/manage").await.header("location"), "/connect");
        assert_eq!(Browser::new(&gateway).sign_in("/connect", &old).await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_shown_is_not_made() {
    for gateway in on_both().await {
        let (acts, tenant) = (&gateway.parts.acts, &gateway.tenant.id);
        let mut boss = signed_in(&gateway, &owner(&gateway).await).await;
        let new = NewMember { name: "Hannah Help".into(), role: Role::HelpDesk, ..NewMember::default() };
        let hannah = acts.create_member(tenant, &new, &Actor::Console).await.unwrap();
        let made = async || {
            let invites = acts.invites(Some(tenant)).await.unwrap().len();
            (invites, acts.owner_keys(tenant).await.unwrap(), acts.keys(tenant).await.unwrap().len())
        };
        let before = made().await;
        let token = csrf(&boss.get("/connect/again").await);
        // What a secret is carried in needs the tenant's own key.
        gateway.behind("ALTER TABLE data_keys RENAME TO data_keys_away").await;
        for (path, fields) in
            [("invites", vec![("role", "help_desk")]), ("members/key", vec![("member", hannah.id.as_str())])]
        {
            let fields = [&[("csrf", token.as_str())], fields.as_slice()].concat();
            let page = boss.post(&format!("/connect/manage/{path}"), &fields).await;
            assert_eq!(page.status, 500, "{path}: {}", page.text);
        }
        gateway.behind("ALTER TABLE data_keys_away RENAME TO data_keys").await;
        assert_eq!(made().await, before, "nothing was made");
        let led = act(&mut boss, "invites", &[("role", "help_desk")]).await;
        assert!(shown(&mut boss, &led).await.starts_with("dgi_"));
    }
}
