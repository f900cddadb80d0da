//! What was typed comes back, secrets do not, and each mistake is at its field.

use duo_mcp_gateway::config::Settings;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::Role;
use duo_mcp_gateway::domain::scope::Scopes;
use serde_json::json;

use super::super::person::{App, Browser, LOOPBACK, csrf, member, owner};
use super::manage::{HOME, act, signed_in};
use super::subscriber::{send, shown};
use crate::support::authenticator::Authenticator;
use crate::support::client::Reply;
use crate::support::gateway::{CONNECTION, Gateway};
use crate::support::markup::{Markup, Mistaken};

/// The page tells of a mistake, and with this status.
#[track_caller]
fn mistaken(reply: &Reply, status: u16) -> Mistaken<'_> {
    assert_eq!((reply.status, reply.header("www-authenticate")), (status, ""), "{}", reply.text);
    Mistaken::of(&reply.text)
}

/// What is changed in the form, where it is told, and a word of it.
type Case<'a> = (&'a [(&'static str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn keys_that_duo_refuses_leave_the_rest_of_the_form_as_it_was() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let (auth, admin) = (gateway.duo().application("Auth API"), gateway.duo().application("Admin API"));
    let wrong_secret = "x".repeat(40);
    let usual = [
        ("connection", "second"),
        ("host", admin.host.as_str()),
        ("api", "admin"),
        ("ikey", admin.ikey.as_str()),
        ("skey", admin.skey.as_str()),
    ];
    let cases: [Case<'_>; 9] = [
        (&[("connection", "No Name")], "connection", "short name"),
        (&[("host", "evil.example.com")], "host", "Not an API hostname"),
        (&[("host", "")], "host", "empty"),
        (&[("ikey", "DIXXXXXXXXXXXXXXXXXX")], "ikey", "does not know this integration key"),
        (&[("ikey", &admin.skey)], "ikey", "looks like a secret key"),
        (&[("skey", &wrong_secret)], "skey", "does not belong"),
        (&[("skey", &admin.ikey)], "skey", "looks like an integration key"),
        (&[("api", "auth")], "api", "another kind of application"),
        (&[("ikey", &auth.ikey), ("skey", &auth.skey)], "api", "another kind of application"),
    ];
    for (changes, at, words) in cases {
        let of = |name: &str| changes.iter().chain(&usual).find(|(own, _)| *own == name).unwrap().1;
        let fields = usual.map(|(name, _)| (name, of(name)));
        let page = act(&mut browser, "credentials", &fields).await;
        let told = mistaken(&page, 422).at(at, words).hides(&admin.skey).hides(&auth.skey).hides(&wrong_secret);
        let ikey = if of("ikey") == admin.skey { "" } else { of("ikey") };
        told.keeps("connection", of("connection"))
            .keeps("host", of("host"))
            .keeps("api", of("api"))
            .keeps("ikey", ikey);
        let known = gateway.parts.acts.connection(&gateway.tenant.id, "second").await;
        assert!(known.is_err(), "{at}: nothing is kept of it");
    }
    // Swapped, the one that would be shown is a secret.
    let swapped = [("connection", CONNECTION), ("api", "auth"), ("ikey", &auth.skey), ("skey", &auth.ikey)];
    let page = act(&mut browser, "credentials", &swapped).await;
    mistaken(&page, 422).at("ikey", "swapped").keeps("ikey", "").keeps("api", "auth").hides(&auth.skey);
    let kept = act(&mut browser, "credentials", &usual).await;
    assert_eq!(kept.header("location"), "/connect/manage?done=kept", "{}", kept.text);
}

#[tokio::test]
async fn a_member_that_cannot_be_changed_so_keeps_what_was_asked_and_no_other_does() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let (anton, _) = member(&gateway, &gateway.tenant, "Anton \"A\" <b>", Role::Administrator).await;
    let (hannah, _) = member(&gateway, &gateway.tenant, "Hannah Help", Role::HelpDesk).await;
    let change = async |browser: &mut Browser<'_>, username: &str| {
        let fields = [("member", anton.id.as_str()), ("role", "user_manager"), ("duo_username", username)];
        let all: Vec<_> = fields.into_iter().chain([("is_person", "yes"), ("approves", "yes")]).collect();
        act(browser, "members/change", &all).await
    };
    let field = |name: &str| format!("{name}-{}", anton.id);
    let long = "y".repeat(101);
    for (username, words) in [("hannah help", "Another member is"), ("a\u{202e}b", "characters"), (&long, "characters")]
    {
        let page = change(&mut browser, username).await;
        let told = mistaken(&page, 422).at(&field("duo_username"), words).keeps(&field("duo_username"), username);
        let told = told.keeps(&field("role"), "user_manager").keeps(&field("approves"), "yes");
        let other = |name: &str| format!("{name}-{}", hannah.id);
        let told = told.keeps(&other("role"), "help_desk").keeps(&other("approves"), "").keeps("role", "read_only");
        told.keeps(&other("duo_username"), "");
    }
    // A secret in the wrong field is still a secret.
    let (_, key) = member(&gateway, &gateway.tenant, "Otto", Role::ReadOnly).await;
    let page = change(&mut browser, &format!("{key} \u{202e}")).await;
    assert_eq!(page.status, 422);
    let page = act(&mut browser, "delete", &[("name", &key)]).await;
    mistaken(&page, 422).at("name", "Nothing was deleted").keeps("name", "").hides(&key);
    assert_eq!(gateway.parts.acts.member(&gateway.tenant.id, &anton.id).await.unwrap().role, Role::Administrator);
}

#[tokio::test]
async fn what_nobody_typed_is_told_where_its_button_is_and_of_what_is_gone_on_the_page() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let good = browser.get(HOME).await;
    assert_eq!(Markup::of(&good.text).faults(), [""; 0]);
    gateway.duo().fault(json!({"kind": "status", "status": 403, "path": "/auth/v2/check", "times": 1})).await;
    let page = act(&mut browser, "check", &[("connection", CONNECTION)]).await;
    mistaken(&page, 422).at_form("/connect/manage/check", "does not allow this application");
    let (anton, _) = member(&gateway, &gateway.tenant, "Anton", Role::Administrator).await;
    gateway.parts.acts.remove_member(&gateway.tenant.id, &anton.id, &Actor::Console).await.unwrap();
    let fields = [("member", anton.id.as_str()), ("role", "owner")];
    for form in ["members/change", "members/key", "members/remove"] {
        mistaken(&act(&mut browser, form, &fields).await, 422).at_page("no such member");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_made_leaves_its_name_preset_and_days() {
    let gateway = Gateway::start(|_| {}).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let make = async |browser: &mut Browser<'_>, name: &str, days: &str| {
        let token = csrf(&browser.get("/connect/done").await);
        let fields = [("csrf", token.as_str()), ("name", name), ("preset", "security"), ("days", days)];
        browser.post("/connect/done/key", &fields).await
    };
    let long = "n".repeat(101);
    for name in ["", "  ", "a\u{202e}b", &long] {
        let page = make(&mut browser, name, "365").await;
        mistaken(&page, 422)
            .at("name", "characters")
            .keeps("name", name)
            .keeps("preset", "security")
            .keeps("days", "365");
    }
    let page = make(&mut browser, "Codex", "4000").await;
    mistaken(&page, 422).at("days", "3650 days").keeps("name", "Codex").keeps("preset", "security");
    assert_eq!(make(&mut browser, "Codex", "7").await.header("location"), "/connect/key");
}

#[tokio::test]
async fn who_is_not_let_in_reads_why_at_the_field_with_a_client_and_without() {
    let gateway = Gateway::start(|_| {}).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let (_, key) = member(&gateway, &gateway.tenant, "Olivia Owner", Role::Owner).await;
    let acts = &gateway.parts.acts;
    let made = acts.create_invite(Some(&gateway.tenant.id), Role::HelpDesk, Scopes::all(), &Actor::Console).await;
    let invite = made.unwrap().1.expose().to_owned();
    let mut browser = Browser::new(&gateway);
    let asked = browser.begin(&app, None).await;
    for base in ["/connect", asked.as_str()] {
        let page = browser.get(base).await;
        assert_eq!(Markup::of(&page.text).faults(), [""; 0]);
        let wrong = browser.sign_in(base, "dgo_nonsense").await;
        mistaken(&wrong, 403).at("key", "not an owner key that works here").hides("dgo_nonsense");
        let token = csrf(&browser.get(base).await);
        let join = async |browser: &mut Browser<'_>, invite: &str, name: &str| {
            browser.post(&format!("{base}/join"), &[("csrf", &token), ("invite", invite), ("name", name)]).await
        };
        let page = join(&mut browser, "dgi_nonsense", "Eve \"E\"").await;
        mistaken(&page, 403).at("invite", "does not work any more").keeps("name", "Eve \"E\"").hides("dgi_nonsense");
        // The invite is right, and not used up by a name that does not do.
        for (name, words) in [("Olivia Owner", "Another member is"), ("a\u{202e}b", "characters")] {
            let page = join(&mut browser, &invite, name).await;
            mistaken(&page, 422).at("name", words).keeps("name", name).hides(&invite);
        }
    }
    let led = send_invite(&mut browser, &invite).await;
    assert!(shown(&mut browser, &led).await.starts_with("dgo_"));
    let mut browser = signed_in(&gateway, &key).await;
    let again = send(&mut browser, "/connect/again", &[("key".to_owned(), "dgo_nonsense".to_owned())]).await;
    mistaken(&again, 403).at("key", "not an owner key that works here").hides("dgo_nonsense");
}

async fn send_invite(browser: &mut Browser<'_>, invite: &str) -> Reply {
    let token = csrf(&browser.get("/connect").await);
    browser.post("/connect/join", &[("csrf", &token), ("invite", invite), ("name", "Hannah Help")]).await
}

#[tokio::test]
async fn a_passkeys_name_is_told_at_its_field_and_what_the_browser_made_at_the_button() {
    const ORIGIN: &str = "http://localhost:8080";
    const NEW: &str = "/connect/manage/passkeys/new";
    let named = |settings: &mut Settings| settings.server.public.url = Some(ORIGIN.to_owned());
    let gateway = Gateway::start(named).await;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let page = browser.get(NEW).await;
    assert_eq!(Markup::of(&page.text).faults(), [""; 0]);
    let (options, state) = super::passkeys::question(&page);
    let answer = Authenticator::at(ORIGIN).make(&options);
    let token = csrf(&page);
    let give = async |browser: &mut Browser<'_>, answer: &str, name: &str| {
        let fields = [("csrf", token.as_str()), ("state", &state), ("answer", answer), ("name", name)];
        browser.post(NEW, &fields).await
    };
    let page = give(&mut browser, "{}", "My \"laptop\"").await;
    mistaken(&page, 422).at_form(NEW, "cannot be kept").keeps("name", "My \"laptop\"");
    let page = give(&mut browser, &answer, "a\u{202e}b").await;
    mistaken(&page, 422).at("name", "characters").keeps("name", "a\u{202e}b");
}
