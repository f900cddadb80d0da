//! What an owner decides for everybody, and who else says yes.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::clock::Clock;
use duo_mcp_gateway::domain::ids::{EventId, InviteId, OperationId};
use duo_mcp_gateway::domain::invite::Invite;
use duo_mcp_gateway::domain::member::{MemberKind, Role};
use duo_mcp_gateway::domain::operation::OperationState;
use duo_mcp_gateway::domain::preset::Preset;
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::Scopes;
use duo_mcp_gateway::store::{NewSession, ShownBy, StoreError};
use duo_mcp_gateway::tenants::{MemberEdit, NewIdentity, NewMember, TenantError};
use duo_mcp_gateway::tokens;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::super::person::{App, Browser, LOOPBACK, csrf, member, owner};
use super::manage::{HOME, act, signed_in};
use super::subscriber::shown;
use crate::support::client::{Client, Reply};
use crate::support::gateway::Gateway;
use crate::support::markup::Mistaken;

async fn may_trash(client: &Client) -> bool {
    let listed = client.rpc("tools/list", json!({})).await.json();
    let tools = listed["result"]["tools"].as_array().unwrap_or_else(|| panic!("{listed}"));
    tools.iter().any(|tool| tool["name"] == "trash_users")
}

/// Waits until it is so: two seconds at most, as the page says.
async fn within_two_seconds(what: &str, is_so: impl AsyncFn() -> bool) {
    let until = Instant::now() + Duration::from_secs(2);
    while !is_so().await {
        assert!(Instant::now() < until, "not within two seconds: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn decide(browser: &mut Browser<'_>, operation: &str, verdict: &str) -> Reply {
    let token = csrf(&browser.get(HOME).await);
    browser.post(&format!("/connect/operations/{operation}/{verdict}"), &[("csrf", &token)]).await
}

/// A change that waits, asked for by this client.
async fn held(client: &Client, credits: u32) -> String {
    client.call("set_telephony_credits", json!({"account": "Acme", "credits": credits})).await.pending()
}

#[tokio::test]
async fn what_is_chosen_for_everybody_bounds_every_key_and_every_client() {
    let gateway = Gateway::start(|_| {}).await;
    let key = owner(&gateway).await;
    let mut browser = signed_in(&gateway, &key).await;
    let app = App::registered(&gateway, LOOPBACK).await;
    let wide = app.connected(&mut browser, &key, "everything").await;
    let (by_key, client) = (gateway.modern(), gateway.modern().with_key(wide["access_token"].as_str().unwrap()));
    assert!(may_trash(&by_key).await && may_trash(&client).await);
    let waiting = held(&by_key, 400).await;
    let saved = act(&mut browser, "rules", &[("preset", "look")]).await;
    assert_eq!(saved.header("location"), "/connect/manage?done=changed", "{}", saved.text);
    within_two_seconds("the key is bounded", async || !may_trash(&by_key).await).await;
    within_two_seconds("the client is bounded", async || !may_trash(&client).await).await;
    assert_eq!(by_key.call("list_users", json!({"limit": 1})).await.structured()["returned"], 1);
    // What was asked for before and is approved now is not carried out.
    assert_eq!(decide(&mut browser, &waiting, "approve").await.status, 303);
    let id = OperationId::parse(&waiting).unwrap();
    within_two_seconds("it is cancelled", async || {
        let found = gateway.parts.store.operations.find_anywhere(&id).await.unwrap().unwrap();
        found.state == OperationState::Cancelled
    })
    .await;
    assert!(gateway.duo().asked("POST", "/admin/v1/billing/telephony_credits").await.is_empty());
    // Consent offers no more.
    let path = browser.begin(&app, None).await;
    let page = browser.get(&path).await;
    assert!(page.text.contains("value=\"look\"") && !page.text.contains("value=\"everything\""), "{}", page.text);
    // Nobody but an owner says so, and no word but a preset's is taken.
    let (_, help) = member(&gateway, &gateway.tenant, "Hannah Help", Role::HelpDesk).await;
    let mut other = signed_in(&gateway, &help).await;
    assert_eq!(act(&mut other, "rules", &[("preset", "everything")]).await.status, 403);
    assert_eq!(act(&mut browser, "rules", &[("preset", "all")]).await.status, 404);
    assert_eq!(gateway.parts.acts.tenant(&gateway.tenant.id).await.unwrap().preset, Preset::Look);
    act(&mut browser, "rules", &[("preset", "everything")]).await;
    within_two_seconds("it is wide again", async || may_trash(&by_key).await).await;
}

#[tokio::test]
async fn an_approver_decides_what_others_asked_for_and_nothing_else() {
    let gateway = Gateway::start(|_| {}).await;
    let mut boss = signed_in(&gateway, &owner(&gateway).await).await;
    let (anton, key) = member(&gateway, &gateway.tenant, "Anton Approver", Role::Administrator).await;
    let mut browser = signed_in(&gateway, &key).await;
    let others = held(&gateway.modern(), 400).await;
    assert_eq!(browser.get(&format!("/connect/operations/{others}")).await.status, 403, "nobody made him one");
    assert_eq!(decide(&mut browser, &others, "approve").await.status, 403);
    let fields = [("member", anton.id.as_str()), ("role", "administrator"), ("is_person", "yes"), ("duo_username", "")];
    let yes: Vec<_> = fields.into_iter().chain([("approves", "yes")]).collect();
    assert_eq!(act(&mut boss, "members/change", &yes).await.header("location"), "/connect/manage?done=changed");
    let page = browser.get(HOME).await;
    assert!(page.text.contains(&others) && !page.text.contains("Delete everything"), "{}", page.text);
    assert_eq!(decide(&mut browser, &others, "approve").await.status, 303);
    assert_eq!(gateway.modern().ended(&others).await["state"], "done");
    // What his own client asks for, somebody else approves; he may take it back.
    let app = App::registered(&gateway, LOOPBACK).await;
    let tokens = app.connected(&mut browser, &key, "everything").await;
    let own = gateway.modern().with_key(tokens["access_token"].as_str().unwrap());
    let asked = held(&own, 500).await;
    let refused = decide(&mut browser, &asked, "approve").await;
    assert!(refused.status == 403 && refused.text.contains("Somebody else has to say yes"), "{}", refused.text);
    assert_eq!(decide(&mut browser, &asked, "deny").await.status, 303);
    assert_eq!(own.ended(&asked).await["state"], "denied");
    // He is one no more.
    act(&mut boss, "members/change", &fields).await;
    let others = held(&gateway.modern(), 600).await;
    assert_eq!(decide(&mut browser, &others, "approve").await.status, 403);
    // A stranger's approver has no part in it.
    let (tenant, _) = gateway.another_tenant("other").await;
    let (_, foreign) = member(&gateway, &tenant, "Frida Foreign", Role::Owner).await;
    let mut stranger = signed_in(&gateway, &foreign).await;
    assert_eq!(decide(&mut stranger, &others, "approve").await.status, 404);
    assert_eq!(act(&mut stranger, "members/change", &yes).await.status, 422);
}

#[tokio::test]
async fn who_is_led_to_a_change_signs_in_and_is_back_at_it() {
    let gateway = Gateway::start(|_| {}).await;
    let (asked, path) = (json!({"account": "Acme", "credits": 400}), "/connect/operations/");
    // Nobody of the tenant could open the page of its own.
    let failure = gateway.modern().call("set_telephony_credits", asked.clone()).await.failure();
    assert!(failure["message"].as_str().unwrap().contains(&gateway.admin_url("/approvals/")), "{failure}");
    let key = owner(&gateway).await;
    let operation = failure["operation_id"].as_str().unwrap();
    within_two_seconds("the owner is known", async || {
        let again = gateway.modern().call("set_telephony_credits", asked.clone()).await.failure();
        again["message"].as_str().unwrap().contains(&format!("{path}{operation}"))
    })
    .await;
    let mut browser = Browser::new(&gateway);
    assert_eq!(browser.get(&format!("{path}{operation}")).await.header("location"), "/connect");
    let signed_in = browser.sign_in("/connect", &key).await;
    assert_eq!(signed_in.header("location"), format!("{path}{operation}"), "{}", signed_in.text);
    assert!(browser.get(&format!("{path}{operation}")).await.text.contains("Your decision"));
    assert_eq!(browser.cookie_of("duo_mcp_after"), Some(""), "it is remembered once");
    // Nothing but an operation is remembered.
    let mut other = Browser::new(&gateway);
    other.get(&format!("{path}https:%2F%2Fevil.example")).await;
    assert_eq!(other.sign_in("/connect", &key).await.header("location"), "/connect/done");
}

#[tokio::test]
async fn an_owner_says_who_somebody_is_and_stays_one_when_there_is_no_other() {
    let gateway = Gateway::start(|_| {}).await;
    let acts = &gateway.parts.acts;
    let mut browser = signed_in(&gateway, &owner(&gateway).await).await;
    let led = act(&mut browser, "invites", &[("role", "help_desk")]).await;
    let invite = shown(&mut browser, &led).await;
    let joined = acts.join(&invite, "mrossi", None).await.unwrap();
    assert!(!joined.member.is_vouched_for());
    assert!(browser.get(HOME).await.text.contains("not confirmed"));
    let change = async |browser: &mut Browser<'_>, member: &str, role: &str, username: &str| {
        let fields = [("member", member), ("role", role), ("is_person", "yes"), ("duo_username", username)];
        act(browser, "members/change", &fields).await
    };
    let id = joined.member.id.as_str();
    assert_eq!(change(&mut browser, id, "user_manager", "jdoe").await.status, 303);
    let known = acts.member(&gateway.tenant.id, &joined.member.id).await.unwrap();
    assert_eq!((known.role, known.duo_username.as_deref()), (Role::UserManager, Some("jdoe")));
    assert!(browser.get(HOME).await.text.contains("jdoe"));
    // Two members are never one person, and the last owner stays one.
    let olivia = acts.find_member(&gateway.tenant.id, "Olivia Owner").await.unwrap();
    let twin = change(&mut browser, olivia.id.as_str(), "owner", "JDoe").await;
    assert_eq!(twin.status, 422);
    let field = |name: &str| format!("{name}-{}", olivia.id);
    Mistaken::of(&twin.text).at(&field("duo_username"), "JDoe").keeps(&field("duo_username"), "JDoe");
    let last = change(&mut browser, olivia.id.as_str(), "read_only", "").await;
    assert_eq!(last.status, 422);
    Mistaken::of(&last.text).at(&field("role"), "last owner").keeps(&field("role"), "read_only");
    // A service is nobody who could say yes.
    let new = NewMember { name: "Robot".into(), kind: MemberKind::Service, ..NewMember::default() };
    let robot = acts.create_member(&gateway.tenant.id, &new, &Actor::Console).await.unwrap();
    let edit = MemberEdit { approves: Some(true), ..MemberEdit::default() };
    let refused = acts.change_member(&gateway.tenant.id, &robot.id, &edit, &Actor::Console).await.unwrap_err();
    assert!(matches!(refused, TenantError::ServiceApproves), "{refused}");
}

#[tokio::test]
async fn whoever_manages_no_more_leaves_no_way_back_in() {
    let gateway = Gateway::start(|_| {}).await;
    let (acts, tenant) = (&gateway.parts.acts, &gateway.tenant.id);
    owner(&gateway).await;
    let (bob, key) = member(&gateway, &gateway.tenant, "Bob", Role::Owner).await;
    let by = Actor::Member { member: bob.id.clone(), person: "Bob".into() };
    let edit = MemberEdit { role: Some(Role::ReadOnly), ..MemberEdit::default() };
    acts.change_member(tenant, &bob.id, &edit, &Actor::Console).await.unwrap();
    // As a request that was let pass before the change, and reaches the store after it.
    let store = &gateway.parts.store;
    let olivia = acts.find_member(tenant, "Olivia Owner").await.unwrap();
    let invite = acts.create_invite(Some(tenant), Role::Owner, Scopes::all(), &Actor::Console).await.unwrap().0;
    let late = Invite { id: InviteId::new(&Random::system()).unwrap(), made_by: by.clone(), ..invite };
    let mut event = store.audit.list(Some(tenant), None, 1).await.unwrap().remove(0);
    (event.id, event.actor) = (EventId::new(&Random::system()).unwrap(), by);
    let refused = store.invites.create(&late, &[7; 32], &event).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict("manager")), "{refused}");
    // Which is told as what it is.
    assert!(matches!(TenantError::from(refused), TenantError::NotAnOwner));
    let others = store.sign_in.owner_keys(tenant).await.unwrap();
    let others = others.into_iter().find(|key| key.member == olivia.id).unwrap();
    let refused = store.sign_in.put_owner_key(&others, &[8; 32], &event).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict("manager")), "{refused}");
    // An owner key that was replaced between its look-up and the session opens none.
    let old = tokens::parse(&key).unwrap().1;
    acts.make_owner_key(tenant, &bob.id, &Actor::Console).await.unwrap();
    let new = NewSession {
        hash: &[9; 32],
        tenant,
        member: &bob.id,
        by: ShownBy::OwnerKey(&old),
        now: Clock::system().now(),
        authenticated_at: Clock::system().now(),
        expires_at: Clock::system().now().plus_seconds(60),
    };
    assert!(!store.sign_in.open_session(new, None).await.unwrap());
    // Nor does a link that was taken back meanwhile.
    let identity =
        NewIdentity { issuer: "https://id.example.com".into(), value: "bob".into(), scopes: Scopes::all(), days: None };
    let link = acts.link_identity(tenant, &bob.id, &identity, &Actor::Console).await.unwrap();
    let linked = NewSession { hash: &[10; 32], by: ShownBy::Link(&link.id), ..new };
    assert!(store.sign_in.open_session(linked, None).await.unwrap());
    acts.revoke_grant(tenant, &link.id, &Actor::Console).await.unwrap();
    assert!(!store.sign_in.open_session(NewSession { hash: &[11; 32], ..linked }, None).await.unwrap());
}
