//! The table of endpoints, and finding the one that a call means.

use super::call::Call;
use super::{accounts, admins, applications, auth, billing, bypass_codes, groups, logs, older_logs, overview};
use super::{phones, policies, tokens, user_bulk, user_enroll, user_links, users};
use crate::reply::Outcome;
use crate::verify::decode_component;
use crate::world::Grant;

/// What a caller must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Not even a signature.
    Nothing,
    Auth,
    Accounts,
    /// An Accounts application for which Duo has enabled billing, and a child.
    Billing,
    Admin(Grant),
}

/// How often a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    Free,
    Get,
    Modify,
    List,
    Bulk,
    Log,
}

/// What is done with an admitted call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    Now(fn(&mut Call<'_>) -> Outcome),
    Auth,
    AuthStatus,
}

/// One endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) need: Need,
    pub(crate) class: Class,
    /// Whether Duo takes nothing but version 5 signatures here.
    pub(crate) v5_only: bool,
    /// In no client of Duo's; served for clients of third parties.
    pub(crate) compatibility: bool,
    pub(crate) handler: Handler,
}

/// What a path means.
#[derive(Debug)]
pub(crate) enum Match {
    Found(&'static Route, Vec<String>),
    WrongMethod,
    Unknown,
}

const READ: Need = Need::Admin(Grant::ReadResource);
const WRITE: Need = Need::Admin(Grant::WriteResource);
const LOG: Need = Need::Admin(Grant::ReadLog);

const fn route(
    method: &'static str,
    pattern: &'static str,
    need: Need,
    class: Class,
    run: fn(&mut Call<'_>) -> Outcome,
) -> Route {
    Route { method, pattern, need, class, v5_only: false, compatibility: false, handler: Handler::Now(run) }
}

const fn get(pattern: &'static str, need: Need, run: fn(&mut Call<'_>) -> Outcome) -> Route {
    route("GET", pattern, need, Class::Get, run)
}

const fn list(pattern: &'static str, need: Need, run: fn(&mut Call<'_>) -> Outcome) -> Route {
    route("GET", pattern, need, Class::List, run)
}

const fn post(pattern: &'static str, need: Need, run: fn(&mut Call<'_>) -> Outcome) -> Route {
    route("POST", pattern, need, Class::Modify, run)
}

const fn bulk(pattern: &'static str, run: fn(&mut Call<'_>) -> Outcome) -> Route {
    route("POST", pattern, WRITE, Class::Bulk, run)
}

const fn delete(pattern: &'static str, run: fn(&mut Call<'_>) -> Outcome) -> Route {
    route("DELETE", pattern, WRITE, Class::Modify, run)
}

const fn free(method: &'static str, pattern: &'static str, need: Need, handler: Handler) -> Route {
    Route { method, pattern, need, class: Class::Free, v5_only: false, compatibility: false, handler }
}

/// The same, for version 5 signatures only.
const fn five(route: Route) -> Route {
    Route { v5_only: true, ..route }
}

/// Literal paths stand before those with variable places that would fit them too.
static ROUTES: &[Route] = &[
    free("GET", "/auth/v2/ping", Need::Nothing, Handler::Now(auth::time)),
    free("GET", "/auth/v2/check", Need::Auth, Handler::Now(auth::time)),
    free("GET", "/auth/v2/logo", Need::Auth, Handler::Now(auth::logo)),
    free("POST", "/auth/v2/enroll", Need::Auth, Handler::Now(auth::enroll)),
    free("POST", "/auth/v2/enroll_status", Need::Auth, Handler::Now(auth::enroll_status)),
    free("POST", "/auth/v2/preauth", Need::Auth, Handler::Now(auth::preauth)),
    free("POST", "/auth/v2/auth", Need::Auth, Handler::Auth),
    free("GET", "/auth/v2/auth_status", Need::Auth, Handler::AuthStatus),
    post("/accounts/v1/account/list", Need::Accounts, accounts::list),
    post("/accounts/v1/account/create", Need::Accounts, accounts::create),
    post("/accounts/v1/account/delete", Need::Accounts, accounts::delete),
    get("/admin/v1/billing/edition", Need::Billing, billing::get_edition),
    post("/admin/v1/billing/edition", Need::Billing, billing::set_edition),
    get("/admin/v1/billing/telephony_credits", Need::Billing, billing::get_credits),
    post("/admin/v1/billing/telephony_credits", Need::Billing, billing::set_credits),
    list("/admin/v1/users", READ, users::list),
    Route { compatibility: true, ..list("/admin/v2/users", READ, users::list_compatible) },
    post("/admin/v1/users", WRITE, users::create),
    bulk("/admin/v1/users/bulk_create", user_bulk::create),
    bulk("/admin/v1/users/bulk_send_to_trash", user_bulk::trash),
    bulk("/admin/v1/users/bulk_restore", user_bulk::restore),
    post("/admin/v1/users/enroll", WRITE, user_enroll::enroll),
    get("/admin/v1/users/{user_id}", READ, users::get),
    post("/admin/v1/users/{user_id}", WRITE, users::modify),
    delete("/admin/v1/users/{user_id}", users::delete),
    list("/admin/v1/users/{user_id}/bypass_codes", READ, bypass_codes::of_user),
    post("/admin/v1/users/{user_id}/bypass_codes", WRITE, bypass_codes::create),
    list("/admin/v1/users/{user_id}/groups", READ, user_links::groups),
    post("/admin/v1/users/{user_id}/groups", WRITE, user_links::add_group),
    delete("/admin/v1/users/{user_id}/groups/{group_id}", user_links::remove_group),
    list("/admin/v1/users/{user_id}/phones", READ, user_links::phones),
    post("/admin/v1/users/{user_id}/phones", WRITE, user_links::add_phone),
    delete("/admin/v1/users/{user_id}/phones/{phone_id}", user_links::remove_phone),
    list("/admin/v1/users/{user_id}/tokens", READ, user_links::tokens),
    post("/admin/v1/users/{user_id}/tokens", WRITE, user_links::add_token),
    delete("/admin/v1/users/{user_id}/tokens/{token_id}", user_links::remove_token),
    list("/admin/v1/users/{user_id}/webauthncredentials", READ, user_links::webauthn),
    list("/admin/v1/users/{user_id}/desktopauthenticators", READ, user_links::desktops),
    list("/admin/v1/users/{user_id}/u2ftokens", READ, user_links::u2f),
    list("/admin/v1/groups", READ, groups::list),
    post("/admin/v1/groups", WRITE, groups::create),
    get("/admin/v1/groups/{group_id}", READ, groups::get_with_members),
    get("/admin/v2/groups/{group_id}", READ, groups::get),
    list("/admin/v2/groups/{group_id}/users", READ, groups::users),
    post("/admin/v1/groups/{group_id}", WRITE, groups::modify),
    delete("/admin/v1/groups/{group_id}", groups::delete),
    list("/admin/v1/phones", READ, phones::list),
    post("/admin/v1/phones", WRITE, phones::create),
    get("/admin/v1/phones/{phone_id}", READ, phones::get),
    post("/admin/v1/phones/{phone_id}", WRITE, phones::modify),
    delete("/admin/v1/phones/{phone_id}", phones::delete),
    post("/admin/v1/phones/{phone_id}/activation_url", WRITE, phones::activation_url),
    post("/admin/v1/phones/{phone_id}/send_sms_activation", WRITE, phones::send_activation),
    post("/admin/v1/phones/{phone_id}/send_sms_installation", WRITE, phones::send_installation),
    post("/admin/v1/phones/{phone_id}/send_sms_passcodes", WRITE, phones::send_passcodes),
    list("/admin/v1/tokens", READ, tokens::list),
    get("/admin/v1/tokens/{token_id}", READ, tokens::get),
    list("/admin/v1/bypass_codes", READ, bypass_codes::list),
    get("/admin/v1/bypass_codes/{bypass_code_id}", READ, bypass_codes::get),
    delete("/admin/v1/bypass_codes/{bypass_code_id}", bypass_codes::delete),
    route("GET", "/admin/v2/logs/authentication", LOG, Class::Log, logs::authentication),
    route("GET", "/admin/v2/logs/activity", LOG, Class::Log, logs::activity),
    route("GET", "/admin/v2/logs/telephony", LOG, Class::Log, logs::telephony),
    route("GET", "/admin/v1/logs/administrator", LOG, Class::Log, older_logs::administrator),
    route("GET", "/admin/v1/logs/authentication", LOG, Class::Log, older_logs::authentication),
    route("GET", "/admin/v1/logs/telephony", LOG, Class::Log, older_logs::telephony),
    get("/admin/v1/info/summary", Need::Admin(Grant::ReadInformation), overview::summary),
    get("/admin/v1/settings", Need::Admin(Grant::Settings), overview::settings),
    five(list("/admin/v3/integrations", READ, applications::list)),
    five(post("/admin/v3/integrations", Need::Admin(Grant::Applications), applications::create)),
    list("/admin/v1/admins", Need::Admin(Grant::ReadAdministrators), admins::list),
    post("/admin/v1/admins", Need::Admin(Grant::WriteAdministrators), admins::create),
    post("/admin/v1/admins/{admin_id}", Need::Admin(Grant::WriteAdministrators), admins::modify),
    five(list("/admin/v2/policies", READ, policies::list)),
    five(post("/admin/v2/policies", WRITE, policies::create)),
    five(post("/admin/v2/policies/copy", WRITE, policies::copy)),
    five(route("PUT", "/admin/v2/policies/update", WRITE, Class::Modify, policies::modify_many)),
    five(get("/admin/v2/policies/{policy_key}", READ, policies::get)),
    five(route("PUT", "/admin/v2/policies/{policy_key}", WRITE, Class::Modify, policies::modify)),
    five(delete("/admin/v2/policies/{policy_key}", policies::delete)),
];

/// Every endpoint's method and path pattern.
pub(crate) fn patterns() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method, route.pattern))
}

/// Finds the endpoint of a method and a path as it was sent.
pub(crate) fn find(method: &str, path: &str) -> Match {
    let mut known = false;
    for route in ROUTES {
        let Some(places) = fits(route.pattern, path) else { continue };
        if route.method.eq_ignore_ascii_case(method) {
            return Match::Found(route, places);
        }
        known = true;
    }
    if known { Match::WrongMethod } else { Match::Unknown }
}

fn fits(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut places = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(places),
            (Some(literal), Some(segment)) if literal == segment => {}
            (Some(place), Some(segment)) if place.starts_with('{') && !segment.is_empty() => {
                places.push(decode_component(segment));
            }
            _ => return None,
        }
    }
}
