//! Passkeys: made by who is signed in, signed in by, refused, removed.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::audit::AuditOutcome;
use duo_mcp_gateway::domain::member::{Member, MemberSession, Role};
use duo_mcp_gateway::domain::passkey::Passkey;
use duo_mcp_gateway::domain::tenant::{Tenant, TenantStatus};
use duo_mcp_gateway::tenants::{Acts, NewMember, TenantError};
use duo_mcp_gateway::tokens::Token;

use super::house::{House, for_each_house};
use crate::support::authenticator::Authenticator;

const ORIGIN: &str = "https://mcp.example.com";
const BROWSER: &str = "a secret of this browser";

fn acts(house: &House) -> Acts {
    house.acts.clone().with_passkeys(ORIGIN)
}

async fn member(house: &House, tenant: &Tenant, name: &str, role: Role) -> Member {
    let new = NewMember { name: name.into(), role, ..NewMember::default() };
    house.acts.create_member(&tenant.id, &new, &Actor::Console).await.unwrap()
}

async fn signed_in(house: &House, member: &Member) -> MemberSession {
    by_key(house, member).await.0
}

async fn by_key(house: &House, member: &Member) -> (MemberSession, Token) {
    let (_, key) = house.acts.make_owner_key(&member.tenant, &member.id, &Actor::Console).await.unwrap();
    house.acts.open_session(member, &key).await.unwrap()
}

/// Adds a passkey of this authenticator's for who sits there.
async fn add(
    acts: &Acts,
    session: &MemberSession,
    authenticator: &mut Authenticator,
    name: &str,
) -> Result<Passkey, TenantError> {
    let asked = acts.start_passkey(session, BROWSER).await?;
    let answer = authenticator.make(&asked.options);
    acts.finish_passkey(session, BROWSER, (&asked.state, &answer), name).await
}

/// A member with a passkey, and the device that it is on.
async fn with_passkey(house: &House, tenant: &Tenant, name: &str, role: Role) -> (Member, Authenticator, Passkey) {
    let member = member(house, tenant, name, role).await;
    let mut device = Authenticator::at(ORIGIN);
    let passkey = add(&acts(house), &signed_in(house, &member).await, &mut device, "Laptop").await.unwrap();
    (member, device, passkey)
}

async fn sign_in(acts: &Acts, device: &mut Authenticator) -> Result<Option<(MemberSession, Token)>, TenantError> {
    let asked = acts.ask_for_passkey(BROWSER).unwrap().unwrap();
    acts.sign_in_by_passkey(BROWSER, (&asked.state, &device.sign(&asked.options))).await
}

/// What the audit log says of an action, each time that it was done or tried.
async fn written(house: &House, tenant: &Tenant, action: &str) -> Vec<(AuditOutcome, Vec<String>)> {
    let rows = house.store.audit.list(Some(&tenant.id), None, 200).await.unwrap().into_iter();
    rows.filter(|row| row.action == action).map(|row| (row.outcome, row.objects)).collect()
}

fn in_browser(member: &Member) -> Actor {
    Actor::Member { member: member.id.clone(), person: member.name.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_adds_a_passkey_and_signs_in_by_it() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let ann = member(house, &tenant, "Ann", Role::HelpDesk).await;
        let session = signed_in(house, &ann).await;
        let mut device = Authenticator::at(ORIGIN);
        let passkey = add(&acts, &session, &mut device, " Ann's laptop ").await.unwrap();
        assert_eq!((passkey.name.as_str(), &passkey.member, passkey.last_used_at), ("Ann's laptop", &ann.id, None));
        let objects = vec![ann.id.to_string(), passkey.id.to_string()];
        assert_eq!(written(house, &tenant, "passkey.create").await, [(AuditOutcome::Ok, objects.clone())]);

        house.clock.advance_ms(60_000);
        let (opened, token) = sign_in(&acts, &mut device).await.unwrap().unwrap();
        assert_eq!((&opened.member, opened.authenticated_at), (&ann, house.clock.now()));
        assert_eq!(acts.session(token.expose()).await.unwrap().unwrap(), opened);
        assert_eq!(written(house, &tenant, "member.sign_in").await, [(AuditOutcome::Ok, objects)]);
        let kept = acts.passkeys(&tenant.id, Some(&ann.id)).await.unwrap();
        assert_eq!(kept, [Passkey { last_used_at: Some(house.clock.now()), ..passkey }]);
        // Again and again, and by a device that does not count as well.
        assert!(sign_in(&acts, &mut device).await.unwrap().is_some());
        let mut phone = Authenticator { counter: None, ..Authenticator::at(ORIGIN) };
        let unnamed = add(&acts, &opened, &mut phone, "").await.unwrap();
        assert!(unnamed.name.starts_with("Passkey of 2"), "{}", unnamed.name);
        for _ in 0..2 {
            assert_eq!(sign_in(&acts, &mut phone).await.unwrap().unwrap().0.member, ann);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_elsewhere_or_by_nobody_is_refused() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (ann, device, passkey) = with_passkey(house, &tenant, "Ann", Role::Owner).await;
        let session = signed_in(house, &ann).await;
        let elsewhere = [
            Authenticator { origin: "https://mcp.example.com.evil.example".into(), ..device.clone() },
            Authenticator { origin: "http://mcp.example.com".into(), ..device.clone() },
            Authenticator { origin: "https://mcp.example.com:8443".into(), ..device.clone() },
            Authenticator { place: Some("example.com".into()), ..device.clone() },
            Authenticator { verifies: false, ..device.clone() },
        ];
        for mut wrong in elsewhere {
            let what = (wrong.origin.clone(), wrong.place.clone(), wrong.verifies);
            assert!(sign_in(&acts, &mut wrong).await.unwrap().is_none(), "{what:?}");
            let mut new = Authenticator { id: vec![9; 32], ..wrong };
            let refused = add(&acts, &session, &mut new, "").await;
            assert!(matches!(refused, Err(TenantError::BadPasskey(_))), "{what:?} {refused:?}");
        }
        // By another key, under the same name; and one that nobody made here.
        let mut forged =
            Authenticator { id: device.id.clone(), handle: device.handle.clone(), ..Authenticator::at(ORIGIN) };
        assert!(sign_in(&acts, &mut forged).await.unwrap().is_none());
        let mut unknown = Authenticator { handle: device.handle.clone(), ..Authenticator::at(ORIGIN) };
        assert!(sign_in(&acts, &mut unknown).await.unwrap().is_none());
        let asked = acts.ask_for_passkey(BROWSER).unwrap().unwrap();
        for answer in ["", "{}", "[[[[", &asked.options] {
            assert!(acts.sign_in_by_passkey(BROWSER, (&asked.state, answer)).await.unwrap().is_none(), "{answer}");
        }
        assert_eq!(acts.passkeys(&tenant.id, None).await.unwrap().len(), 1);
        // Whose it would be is known of all but the last ones, and written down once a minute; those leave nothing.
        let refused = (AuditOutcome::Denied, vec![ann.id.to_string(), passkey.id.to_string()]);
        assert_eq!(written(house, &tenant, "member.sign_in").await, std::slice::from_ref(&refused));
        house.clock.advance_ms(60_000);
        assert!(sign_in(&acts, &mut forged).await.unwrap().is_none());
        assert!(sign_in(&acts, &mut unknown).await.unwrap().is_none());
        assert_eq!(written(house, &tenant, "member.sign_in").await, [refused.clone(), refused]);
        assert!(sign_in(&acts, &mut device.clone()).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_once_in_time_and_where_it_was_put() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (ann, mut device, _) = with_passkey(house, &tenant, "Ann", Role::Owner).await;
        let stale = |outcome| matches!(outcome, Err(TenantError::StalePasskey));
        let ask = || acts.ask_for_passkey(BROWSER).unwrap().unwrap();

        let asked = ask();
        let answer = device.sign(&asked.options);
        assert!(stale(acts.sign_in_by_passkey("another browser", (&asked.state, &answer)).await));
        assert!(acts.sign_in_by_passkey(BROWSER, (&asked.state, &answer)).await.unwrap().is_some());
        assert!(stale(acts.sign_in_by_passkey(BROWSER, (&asked.state, &answer)).await));
        // The answer to one question is none to another.
        let other = ask();
        assert!(acts.sign_in_by_passkey(BROWSER, (&other.state, &answer)).await.unwrap().is_none());

        let asked = ask();
        let answer = device.sign(&asked.options);
        let edited = asked.state.replacen(|letter: char| letter.is_ascii_lowercase(), "A", 1);
        assert!(stale(acts.sign_in_by_passkey(BROWSER, (&edited, &answer)).await));
        assert!(stale(acts.sign_in_by_passkey(BROWSER, ("", &answer)).await));
        house.clock.advance_ms(10 * 60 * 1000);
        assert!(stale(acts.sign_in_by_passkey(BROWSER, (&asked.state, &answer)).await));

        // So it is with a new passkey.
        let session = signed_in(house, &ann).await;
        let asked = acts.start_passkey(&session, BROWSER).await.unwrap();
        let answer = Authenticator::at(ORIGIN).make(&asked.options);
        let finish = async |session: &MemberSession, browser: &str| {
            acts.finish_passkey(session, browser, (&asked.state, &answer), "").await.map(|_| ())
        };
        let bob = member(house, &tenant, "Bob", Role::Owner).await;
        assert!(matches!(finish(&session, "another browser").await, Err(TenantError::StalePasskey)));
        assert!(matches!(finish(&signed_in(house, &bob).await, BROWSER).await, Err(TenantError::StalePasskey)));
        assert!(stale(acts.sign_in_by_passkey(BROWSER, (&asked.state, &answer)).await));
        finish(&session, BROWSER).await.unwrap();
        assert!(matches!(finish(&session, BROWSER).await, Err(TenantError::StalePasskey)));
        house.clock.advance_ms(10 * 60 * 1000);
        assert!(matches!(finish(&session, BROWSER).await, Err(TenantError::SignInAgain)));
        assert!(matches!(acts.start_passkey(&session, BROWSER).await, Err(TenantError::SignInAgain)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_answer_sent_many_times_at_once_one_session_comes() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (_, mut device, _) = with_passkey(house, &tenant, "Ann", Role::Owner).await;
        let asked = acts.ask_for_passkey(BROWSER).unwrap().unwrap();
        let answer = device.sign(&asked.options);
        // A device that does not count would not betray the second.
        let tries = (0..8).map(|_| acts.sign_in_by_passkey(BROWSER, (&asked.state, &answer)));
        let outcomes = futures_util::future::join_all(tries).await;
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Some(_)))).count(), 1);
        let others = outcomes.iter().filter(|outcome| !matches!(outcome, Ok(Some(_))));
        for other in others {
            assert!(matches!(other, Err(TenantError::StalePasskey) | Ok(None)), "{:?}", other.as_ref().err());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_opens_its_own_tenant_and_member_alone() {
    for_each_house(async |house| {
        let (one, two, acts) = (house.tenant("one").await, house.tenant("two").await, acts(house));
        let (ann, mut hers, _) = with_passkey(house, &one, "Ann", Role::Owner).await;
        let (bob, mut his, passkey) = with_passkey(house, &two, "Bob", Role::Owner).await;
        assert_eq!(sign_in(&acts, &mut hers).await.unwrap().unwrap().0.member, ann);
        assert_eq!(sign_in(&acts, &mut his).await.unwrap().unwrap().0.member, bob);
        // Who says to be somebody else, or names somebody else's passkey, is nobody.
        let mut posing = Authenticator { handle: hers.handle.clone(), ..his.clone() };
        assert!(sign_in(&acts, &mut posing).await.unwrap().is_none());
        let mut naming = Authenticator { id: hers.id.clone(), ..his.clone() };
        assert!(sign_in(&acts, &mut naming).await.unwrap().is_none());
        // Neither is it another's to see, to keep or to remove.
        assert_eq!(acts.passkeys(&one.id, None).await.unwrap().len(), 1);
        for by in [in_browser(&ann), Actor::Console] {
            let refused = acts.remove_passkey(&one.id, &passkey.id, &by).await;
            assert!(matches!(refused, Err(TenantError::NoSuchPasskey)), "{refused:?}");
        }
        let taken = add(&acts, &signed_in(house, &ann).await, &mut his.clone(), "").await;
        assert!(matches!(taken, Err(TenantError::PasskeyTaken)), "{taken:?}");
        assert_eq!(sign_in(&acts, &mut his).await.unwrap().unwrap().0.member, bob);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_passkey_is_refused_and_written_down() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (ann, mut device, passkey) = with_passkey(house, &tenant, "Ann", Role::Owner).await;
        let mut copy = device.clone();
        for _ in 0..2 {
            assert!(sign_in(&acts, &mut device).await.unwrap().is_some());
        }
        assert!(sign_in(&acts, &mut copy).await.unwrap().is_none());
        let objects = vec![ann.id.to_string(), passkey.id.to_string()];
        assert_eq!(written(house, &tenant, "passkey.refused").await, [(AuditOutcome::Denied, objects)]);
        let mut counts_no_more = Authenticator { counter: None, ..device.clone() };
        assert!(sign_in(&acts, &mut counts_no_more).await.unwrap().is_none());
        assert!(sign_in(&acts, &mut device).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_passkey_signs_nobody_in_and_its_sessions_end() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (ann, mut device, passkey) = with_passkey(house, &tenant, "Ann", Role::HelpDesk).await;
        let bob = member(house, &tenant, "Bob", Role::Administrator).await;
        let (_, by_key) = by_key(house, &ann).await;
        let (_, by_passkey) = sign_in(&acts, &mut device).await.unwrap().unwrap();
        // Neither another member nor a key of hers removes it; she does, and so does an owner.
        let id = "key_0000000000000000000000".parse().unwrap();
        let key = Actor::Key { key: id, member: Some(ann.id.clone()), person: "Ann".into() };
        for by in [in_browser(&bob), key] {
            let refused = acts.remove_passkey(&tenant.id, &passkey.id, &by).await;
            assert!(matches!(refused, Err(TenantError::NotAnOwner)), "{refused:?}");
        }
        acts.remove_passkey(&tenant.id, &passkey.id, &in_browser(&ann)).await.unwrap();
        assert!(sign_in(&acts, &mut device).await.unwrap().is_none());
        assert!(acts.session(by_passkey.expose()).await.unwrap().is_none());
        assert!(acts.session(by_key.expose()).await.unwrap().is_some());
        let objects = vec![ann.id.to_string(), passkey.id.to_string()];
        assert_eq!(written(house, &tenant, "passkey.remove").await, [(AuditOutcome::Ok, objects)]);
        let again = acts.remove_passkey(&tenant.id, &passkey.id, &Actor::Console).await;
        assert!(matches!(again, Err(TenantError::NoSuchPasskey)), "{again:?}");

        let olga = member(house, &tenant, "Olga", Role::Owner).await;
        let mut other = Authenticator::at(ORIGIN);
        let second = add(&acts, &signed_in(house, &ann).await, &mut other, "Phone").await.unwrap();
        acts.remove_passkey(&tenant.id, &second.id, &in_browser(&olga)).await.unwrap();
        assert!(sign_in(&acts, &mut other).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_or_of_a_tenant_that_is_not_served_does_not_come_in() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (ann, mut device, _) = with_passkey(house, &tenant, "Ann", Role::HelpDesk).await;
        let (_, mut his, _) = with_passkey(house, &tenant, "Bob", Role::HelpDesk).await;
        acts.suspend_tenant(&tenant.id, &Actor::Console).await.unwrap();
        let refused = sign_in(&acts, &mut device).await;
        assert!(matches!(refused, Err(TenantError::WrongStatus(TenantStatus::Suspended))), "{:?}", refused.err());
        acts.resume_tenant(&tenant.id, &Actor::Console).await.unwrap();
        let (session, token) = sign_in(&acts, &mut device).await.unwrap().unwrap();
        acts.remove_member(&tenant.id, &ann.id, &Actor::Console).await.unwrap();
        assert!(sign_in(&acts, &mut device).await.unwrap().is_none());
        assert!(acts.session(token.expose()).await.unwrap().is_none());
        let added = add(&acts, &session, &mut Authenticator::at(ORIGIN), "").await;
        assert!(matches!(added, Err(TenantError::SignInAgain)), "{added:?}");
        assert_eq!(acts.passkeys(&tenant.id, None).await.unwrap().len(), 1);
        acts.delete_tenant(&tenant.id, &Actor::Console).await.unwrap();
        assert!(sign_in(&acts, &mut his).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_ten_passkeys_at_most_and_each_device_one() {
    for_each_house(async |house| {
        let (tenant, acts) = (house.tenant("one").await, acts(house));
        let (ann, device, _) = with_passkey(house, &tenant, "Ann", Role::HelpDesk).await;
        let session = signed_in(house, &ann).await;
        let again = add(&acts, &session, &mut device.clone(), "").await;
        assert!(matches!(again, Err(TenantError::BadPasskey(_))), "{again:?}");
        // Asked before, and answered when there are ten.
        let early = acts.start_passkey(&session, BROWSER).await.unwrap();
        for n in 2..=10 {
            add(&acts, &session, &mut Authenticator::at(ORIGIN), &format!("Device {n}")).await.unwrap();
        }
        let full = acts.start_passkey(&session, BROWSER).await;
        assert!(matches!(full, Err(TenantError::TooManyPasskeys { most: 10 })), "{full:?}");
        let answer = Authenticator::at(ORIGIN).make(&early.options);
        let late = acts.finish_passkey(&session, BROWSER, (&early.state, &answer), "").await;
        assert!(matches!(late, Err(TenantError::TooManyPasskeys { most: 10 })), "{late:?}");
        let bad = "x".repeat(101);
        let bob = signed_in(house, &member(house, &tenant, "Bob", Role::HelpDesk).await).await;
        let named = add(&acts, &bob, &mut Authenticator::at(ORIGIN), &bad).await;
        assert!(matches!(named, Err(TenantError::BadText { .. })), "{named:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_gateway_has_no_name_there_are_no_passkeys() {
    let house = House::start().await;
    let tenant = house.tenant("one").await;
    let (ann, mut device, _) = with_passkey(&house, &tenant, "Ann", Role::Owner).await;
    let asked = acts(&house).ask_for_passkey(BROWSER).unwrap().unwrap();
    let nameless = house.acts.clone().with_passkeys("http://127.0.0.1:8080");
    assert!(!nameless.has_passkeys());
    assert!(nameless.ask_for_passkey(BROWSER).unwrap().is_none());
    let session = signed_in(&house, &ann).await;
    assert!(matches!(nameless.start_passkey(&session, BROWSER).await, Err(TenantError::NoPasskeys)));
    let answer = device.sign(&asked.options);
    let refused = nameless.sign_in_by_passkey(BROWSER, (&asked.state, &answer)).await;
    assert!(matches!(refused, Err(TenantError::NoPasskeys)));
    // Those that were made under a name stay, and can be removed.
    let kept = nameless.passkeys(&tenant.id, None).await.unwrap();
    nameless.remove_passkey(&tenant.id, &kept[0].id, &Actor::Console).await.unwrap();
}
