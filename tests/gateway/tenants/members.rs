//! Members over their life: rights, invites, owner keys, and their end.

use std::time::Duration;

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::audit::{AuditEvent, AuditOutcome};
use duo_mcp_gateway::domain::connection::AuthDefaults;
use duo_mcp_gateway::domain::member::{Member, MemberKind, Role};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::scope::{Scope, Scopes};
use duo_mcp_gateway::domain::tenant::Tenant;
use duo_mcp_gateway::tenants::{
    At, Holder, MemberEdit, NewApiKey, NewMember, Refused, Registry, TenantError, Unwelcome, Why,
};
use duo_mcp_gateway::tokens::{self, Kind, Token};

use super::house::{House, for_each_house, within};

const TWO_SECONDS: Duration = Duration::from_secs(2);

async fn member(house: &House, tenant: &Tenant, name: &str, role: Role) -> Member {
    let new = NewMember { name: name.into(), role, ..NewMember::default() };
    house.acts.create_member(&tenant.id, &new, &Actor::Console).await.unwrap()
}

fn in_browser(member: &Member) -> Actor {
    Actor::Member { member: member.id.clone(), person: member.name.clone() }
}

async fn key(house: &House, member: &Member, scopes: Scopes) -> Result<Token, TenantError> {
    let holder = Holder::Member(member.id.clone());
    let new = NewApiKey { name: "laptop".into(), holder, scopes, ..NewApiKey::default() };
    house.acts.create_key(&member.tenant, &new, &Actor::Console).await.map(|(_, token)| token)
}

async fn may(registry: &Registry, key: &Token, scope: Scope) -> bool {
    registry.caller(key.expose()).await.unwrap().0.scopes().has(scope)
}

async fn rows(house: &House, tenant: &Tenant, action: &str) -> Vec<AuditEvent> {
    let mut rows = house.store.audit.list(Some(&tenant.id), None, 200).await.unwrap();
    rows.retain(|row| row.action == action);
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrower_role_and_a_removal_hold_on_every_replica_within_two_seconds() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let ann = member(house, &tenant, "Ann", Role::Administrator).await;
        let token = key(house, &ann, Scopes::all()).await.unwrap();
        let replicas = [house.replica().await, house.replica().await];
        for (registry, _) in &replicas {
            let (caller, _) = registry.caller(token.expose()).await.unwrap();
            assert_eq!(
                (caller.person(), caller.member.id.clone(), caller.scopes()),
                ("Ann", ann.id.clone(), Scopes::all())
            );
            assert_eq!(caller.actor().member(), Some(&ann.id));
        }
        let edit = MemberEdit { role: Some(Role::HelpDesk), ..MemberEdit::default() };
        house.acts.change_member(&tenant.id, &ann.id, &edit, &Actor::Console).await.unwrap();
        for (registry, _) in &replicas {
            within(TWO_SECONDS, || async { !may(registry, &token, Scope::Destroy).await }).await;
            assert!(may(registry, &token, Scope::Write).await);
            assert!(!may(registry, &token, Scope::Logs).await);
        }
        let edit = MemberEdit { scopes: Some(Scopes::read_only()), ..MemberEdit::default() };
        house.acts.change_member(&tenant.id, &ann.id, &edit, &Actor::Console).await.unwrap();
        for (registry, _) in &replicas {
            within(TWO_SECONDS, || async { !may(registry, &token, Scope::Write).await }).await;
        }
        house.acts.remove_member(&tenant.id, &ann.id, &Actor::Console).await.unwrap();
        for (registry, _) in &replicas {
            within(TWO_SECONDS, || async {
                matches!(registry.caller(token.expose()).await, Err(Refused::Unauthorized(Why::Revoked)))
            })
            .await;
        }
        assert!(matches!(key(house, &ann, Scopes::read_only()).await, Err(TenantError::NoSuchMember)));
        assert_eq!(rows(house, &tenant, "member.remove").await[0].objects, vec![ann.id.to_string()]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_neither_undoes_the_other() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        for round in 0..10 {
            let ann = member(house, &tenant, &format!("Ann {round}"), Role::Administrator).await;
            let narrower = MemberEdit { role: Some(Role::ReadOnly), ..MemberEdit::default() };
            let known = MemberEdit { duo_username: Some(format!("ann{round}")), ..MemberEdit::default() };
            let (one, two) = tokio::join!(
                house.acts.change_member(&tenant.id, &ann.id, &narrower, &Actor::Console),
                house.acts.change_member(&tenant.id, &ann.id, &known, &Actor::Console),
            );
            assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
            let after = house.acts.member(&tenant.id, &ann.id).await.unwrap();
            assert_eq!((after.role, after.duo_username), (Role::ReadOnly, Some(format!("ann{round}"))));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_not_made_for_more_than_its_member_may() {
    for_each_house(async |house| {
        let (tenant, other) = (house.tenant("one").await, house.tenant("two").await);
        let help = member(house, &tenant, "Hedy", Role::HelpDesk).await;
        let refused = key(house, &help, Scopes::all()).await.err().unwrap();
        assert!(matches!(refused, TenantError::BeyondMember { .. }), "{refused}");
        assert!(refused.to_string().contains("Hedy may have at most duo:read duo:auth duo:write"), "{refused}");
        key(house, &help, Scopes::read_only()).await.unwrap();
        let stranger = Member { tenant: other.id.clone(), ..help };
        assert!(matches!(key(house, &stranger, Scopes::read_only()).await, Err(TenantError::NoSuchMember)));
        // As before there were members: a name, whose role narrows nothing.
        let named = Holder::Person("Petra".into());
        let new = NewApiKey { name: "k".into(), holder: named, scopes: Scopes::all(), ..NewApiKey::default() };
        let (first, _) = house.acts.create_key(&tenant.id, &new, &Actor::Console).await.unwrap();
        let (second, _) = house.acts.create_key(&tenant.id, &new, &Actor::Console).await.unwrap();
        assert_eq!(first.member, second.member);
        let petra = house.acts.find_member(&tenant.id, "Petra").await.unwrap();
        assert_eq!((petra.id, petra.role), (first.member, Role::Administrator));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_in_a_browser_manage_and_the_last_one_stays() {
    for_each_house(async |house| {
        let (tenant, other) = (house.tenant("one").await, house.tenant("two").await);
        let owner = member(house, &tenant, "Olga", Role::Owner).await;
        let admin = member(house, &tenant, "Adam", Role::Administrator).await;
        let foreign = member(house, &other, "Olga", Role::Owner).await;
        let service =
            NewMember { name: "nightly".into(), kind: MemberKind::Service, role: Role::Owner, ..Default::default() };
        let service = house.acts.create_member(&tenant.id, &service, &Actor::Console).await.unwrap();
        let key_of_owner = Actor::Key {
            key: house
                .acts
                .create_key(
                    &tenant.id,
                    &NewApiKey {
                        name: "k".into(),
                        holder: Holder::Member(owner.id.clone()),
                        scopes: Scopes::all(),
                        ..NewApiKey::default()
                    },
                    &Actor::Console,
                )
                .await
                .unwrap()
                .0
                .id,
            member: Some(owner.id.clone()),
            person: "Olga".into(),
        };
        let new = NewMember { name: "Eve".into(), ..NewMember::default() };
        for by in [in_browser(&admin), in_browser(&foreign), in_browser(&service), key_of_owner] {
            let acts = &house.acts;
            let not_an_owner =
                |error: TenantError| assert!(matches!(error, TenantError::NotAnOwner), "{by:?}: {error}");
            not_an_owner(acts.create_member(&tenant.id, &new, &by).await.unwrap_err());
            not_an_owner(acts.remove_member(&tenant.id, &admin.id, &by).await.unwrap_err());
            not_an_owner(acts.create_invite(Some(&tenant.id), Role::Owner, Scopes::all(), &by).await.err().unwrap());
            not_an_owner(acts.create_invite(None, Role::Owner, Scopes::all(), &by).await.err().unwrap());
            not_an_owner(acts.require_push(&tenant.id, true, &by).await.unwrap_err());
            not_an_owner(acts.make_owner_key(&tenant.id, &owner.id, &by).await.err().unwrap());
        }
        let eve = house.acts.create_member(&tenant.id, &new, &in_browser(&owner)).await.unwrap();
        let made = rows(house, &tenant, "member.create").await;
        let made = made.iter().find(|row| row.objects == [eve.id.to_string()]).unwrap();
        assert_eq!(made.actor, in_browser(&owner));
        let demoted = MemberEdit { role: Some(Role::ReadOnly), ..MemberEdit::default() };
        let refused = house.acts.change_member(&tenant.id, &owner.id, &demoted, &in_browser(&owner)).await.unwrap_err();
        assert!(matches!(refused, TenantError::LastOwner), "{refused}");
        let refused = house.acts.remove_member(&tenant.id, &owner.id, &Actor::Console).await.unwrap_err();
        assert!(matches!(refused, TenantError::LastOwner), "{refused}");
        let raised = MemberEdit { role: Some(Role::Owner), ..MemberEdit::default() };
        house.acts.change_member(&tenant.id, &eve.id, &raised, &in_browser(&owner)).await.unwrap();
        house.acts.remove_member(&tenant.id, &owner.id, &in_browser(&eve)).await.unwrap();
        // Who was removed manages nothing any more.
        let refused = house.acts.remove_member(&tenant.id, &eve.id, &in_browser(&owner)).await.unwrap_err();
        assert!(matches!(refused, TenantError::NotAnOwner), "{refused}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_key_signs_in_until_it_is_made_anew() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let owner = member(house, &tenant, "Olga", Role::Owner).await;
        let (_, first) = house.acts.make_owner_key(&tenant.id, &owner.id, &Actor::Console).await.unwrap();
        let (session, cookie) = house.acts.sign_in(first.expose()).await.unwrap().unwrap();
        assert_eq!((&session.member, session.authenticated_at), (&owner, house.clock.now()));
        let (_, again) = house.acts.sign_in(first.expose()).await.unwrap().unwrap();
        assert_ne!(cookie.expose(), again.expose(), "each sign-in is a session of its own");
        assert_eq!(house.acts.session(cookie.expose()).await.unwrap(), Some(session.clone()));
        house.acts.sign_out(again.expose()).await.unwrap();
        assert_eq!(house.acts.session(again.expose()).await.unwrap(), None);
        assert!(house.acts.is_fresh(&session, 600));
        house.clock.advance_ms(600_000);
        assert!(!house.acts.is_fresh(&session, 600));

        // A member makes its own key anew; that ends the old key and the sessions which it may have opened.
        let (_, second) = house.acts.make_owner_key(&tenant.id, &owner.id, &in_browser(&owner)).await.unwrap();
        assert!(house.acts.sign_in(first.expose()).await.unwrap().is_none());
        assert_eq!(house.acts.session(cookie.expose()).await.unwrap(), None);
        let (_, cookie) = house.acts.sign_in(second.expose()).await.unwrap().unwrap();
        house.clock.advance_ms(8 * 3600 * 1000);
        assert_eq!(house.acts.session(cookie.expose()).await.unwrap(), None, "a session ends after a working day");
        // Nothing else signs in, and an owner key opens nothing else.
        let api_key = key(house, &owner, Scopes::all()).await.unwrap();
        assert!(house.acts.sign_in(api_key.expose()).await.unwrap().is_none());
        let (registry, _stop) = house.replica().await;
        let refused = registry.caller(second.expose()).await.unwrap_err();
        assert!(matches!(refused, Refused::Unauthorized(Why::OtherKind)), "{refused}");
        house.acts.suspend_tenant(&tenant.id, &Actor::Console).await.unwrap();
        let refused = house.acts.sign_in(second.expose()).await.err().unwrap();
        assert!(matches!(refused, TenantError::WrongStatus(_)), "{refused}");
        let mut signed_in = rows(house, &tenant, "member.sign_in").await;
        signed_in.retain(|row| row.outcome == AuditOutcome::Ok);
        assert_eq!(signed_in.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_key_that_is_known_and_opens_nothing_is_written_down_once_a_minute() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let owner = member(house, &tenant, "Olga", Role::Owner).await;
        let (_, key) = house.acts.make_owner_key(&tenant.id, &owner.id, &Actor::Console).await.unwrap();
        house.acts.suspend_tenant(&tenant.id, &Actor::Console).await.unwrap();
        for n in 0..20 {
            let refused = house.acts.sign_in(key.expose()).await.err().unwrap();
            assert!(matches!(refused, TenantError::WrongStatus(_)), "{refused}");
            house.clock.advance_ms(if n == 9 { 60_000 } else { 0 });
        }
        house.acts.resume_tenant(&tenant.id, &Actor::Console).await.unwrap();
        house.clock.advance_ms(365 * 24 * 3600 * 1000);
        for _ in 0..3 {
            assert!(house.acts.sign_in(key.expose()).await.unwrap().is_none(), "it ran out");
        }
        // What is nobody's has no tenant, and leaves nothing.
        let before = house.store.audit.list(None, None, 200).await.unwrap().len();
        let unknown = tokens::make(Kind::OwnerKey, &Random::system()).unwrap();
        assert!(house.acts.sign_in(unknown.expose()).await.unwrap().is_none());
        assert_eq!(house.store.audit.list(None, None, 200).await.unwrap().len(), before);
        let noted = rows(house, &tenant, "member.sign_in").await;
        let codes: Vec<_> = noted.iter().filter_map(|row| row.code.as_deref()).collect();
        assert_eq!(codes, ["owner_key_expired", "tenant_suspended", "tenant_suspended"]);
        for row in noted {
            assert_eq!((row.outcome, row.actor), (AuditOutcome::Denied, Actor::House));
            assert_eq!(row.objects, [owner.id.to_string()]);
        }
    })
    .await;
}

/// Threat 61: whoever steals an invite has it for three days at most and can use it once; a second use is seen.
#[tokio::test(flavor = "multi_thread")]
async fn threat_61_an_invite_used_twice_fails_and_is_audited() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let scopes: Scopes = [Scope::Read, Scope::Write].into_iter().collect();
        let made = house.acts.create_invite(Some(&tenant.id), Role::UserManager, scopes, &Actor::Console).await;
        let (invite, token) = made.unwrap();
        assert_eq!(house.acts.open_invite(token.expose()).await.unwrap(), invite);
        let ann = house.acts.join(token.expose(), "Ann", Some("ann")).await.unwrap().member;
        assert_eq!((ann.role, ann.ceiling(), ann.duo_username.as_deref()), (Role::UserManager, scopes, Some("ann")));
        // Written down once a minute, however often it is shown.
        for n in 0..20 {
            let refused = house.acts.join(token.expose(), "Eve", None).await.err().unwrap();
            assert!(matches!(refused, TenantError::BadInvite), "{refused}");
            house.clock.advance_ms(if n == 9 { 60_000 } else { 0 });
        }
        let refused = rows(house, &tenant, "invite.refused").await;
        assert_eq!(refused.len(), 2);
        assert_eq!((refused[0].outcome, refused[0].code.as_deref()), (AuditOutcome::Denied, Some("invite_used")));
        assert_eq!(refused[0].objects, vec![invite.id.to_string()]);
        let joined = &rows(house, &tenant, "member.join").await[0];
        assert_eq!(joined.objects, vec![invite.id.to_string(), ann.id.to_string()]);

        let taken_back = house.acts.create_invite(Some(&tenant.id), Role::Owner, Scopes::all(), &Actor::Console).await;
        let (invite, token) = taken_back.unwrap();
        house.acts.revoke_invite(Some(&tenant.id), &invite.id, &Actor::Console).await.unwrap();
        assert!(matches!(house.acts.join(token.expose(), "Eve", None).await, Err(TenantError::BadInvite)));
        let late = house.acts.create_invite(Some(&tenant.id), Role::Owner, Scopes::all(), &Actor::Console).await;
        let (_, token) = late.unwrap();
        house.clock.advance_ms(72 * 3600 * 1000);
        assert!(matches!(house.acts.join(token.expose(), "Eve", None).await, Err(TenantError::BadInvite)));
        let mut codes: Vec<_> =
            rows(house, &tenant, "invite.refused").await.into_iter().filter_map(|row| row.code).collect();
        codes.sort();
        assert_eq!(codes, ["invite_expired", "invite_revoked", "invite_used", "invite_used"]);
        assert_eq!(house.acts.members(&tenant.id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_in_by_an_invite_is_nobody_in_duo_until_somebody_else_says_who() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let made = house.acts.create_invite(Some(&tenant.id), Role::HelpDesk, Scopes::all(), &Actor::Console).await;
        let joined = house.acts.join(made.unwrap().1.expose(), "ceo", None).await.unwrap();
        let in_duo = |member: &Member| AuthDefaults::default().username_of(member);
        assert_eq!(in_duo(&joined.member), None, "the name is what an invitee typed");
        let renamed = MemberEdit { role: Some(Role::ReadOnly), ..MemberEdit::default() };
        let change = async |edit: &MemberEdit| {
            house.acts.change_member(&tenant.id, &joined.member.id, edit, &Actor::Console).await.unwrap()
        };
        assert_eq!(in_duo(&change(&renamed).await), None);
        let known = MemberEdit { duo_username: Some("jdoe".into()), ..MemberEdit::default() };
        assert_eq!(in_duo(&change(&known).await).as_deref(), Some("jdoe"));
        let by_name = MemberEdit { duo_username: Some(String::new()), ..MemberEdit::default() };
        assert_eq!(in_duo(&change(&by_name).await).as_deref(), Some("ceo"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_of_the_house_makes_a_tenant_and_opens_none_that_exists() {
    for_each_house(async |house| {
        let tenant = house.tenant("one").await;
        let (_, token) = house.acts.create_invite(None, Role::Owner, Scopes::all(), &Actor::Console).await.unwrap();
        assert!(matches!(house.acts.join(token.expose(), "Eve", None).await, Err(TenantError::BadInvite)));
        let founded = house.welcome(Some(token.expose())).await.unwrap();
        assert!(founded.owner.manages() && founded.tenant.id != tenant.id);
        let (session, _) = house.acts.sign_in(founded.owner_key.expose()).await.unwrap().unwrap();
        assert_eq!(session.member, founded.owner);
        let is_invite = |refused: Unwelcome| matches!(refused, Unwelcome::Mistakes(all) if all[0].at == At::Invite);
        assert!(is_invite(house.welcome(Some(token.expose())).await.unwrap_err()), "used");
        // Nothing of it is in the tenant that was there, and a tenant's own invite makes no tenant.
        assert_eq!(house.acts.members(&tenant.id).await.unwrap(), vec![]);
        let (_, inner) =
            house.acts.create_invite(Some(&tenant.id), Role::Owner, Scopes::all(), &Actor::Console).await.unwrap();
        assert!(is_invite(house.welcome(Some(inner.expose())).await.unwrap_err()));
    })
    .await;
}
