//! A hundred thousand guesses of everything that opens something.

use std::time::Duration;

use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::tokens::{Kind, make};
use reqwest::RequestBuilder;
use serde_json::json;
use tokio::time::Instant;
use url::form_urlencoded;

use super::members::{Members, Waits};
use super::registrations::behind_a_proxy;
use super::rows::{Behind, Counter, grown};
use super::strangers::{AT_ONCE, Answered, address, as_fast_as_it_goes, at_a_pace, from, nobody, rounds};
use crate::faults::killed::given;
use crate::oauth::person::{App, Browser, LOOPBACK, Site as _, csrf};
use crate::support::gateway::Gateway;

/// How many the everyday test has; `scripts/floods` asks for more.
const USUAL: usize = 1_400;
/// Statements of one request to a page that look whose it is, before what was typed is looked at.
const OF_A_PAGE: usize = 2;
/// A door, and what is guessed there.
#[derive(Clone, Copy, Debug)]
enum Door {
    Key,
    AccessToken,
    RefreshToken,
    Code,
    OwnerKey,
    Invite,
    OperatorKey,
}

impl Door {
    /// How many failures of one address are answered as such: at once, and in a minute from then on. What has a typo costs
    /// so little at the endpoint itself that nobody has to wait for it.
    fn failures(self, is_mistyped: bool) -> Option<[usize; 2]> {
        match self {
            Self::Key | Self::AccessToken => (!is_mistyped).then_some([120, 120]),
            Self::RefreshToken | Self::Code => Some([300, 300]),
            Self::OwnerKey | Self::Invite => Some([10, 5]),
            Self::OperatorKey => Some([5, 5]),
        }
    }

    /// Statements that look for one guess in order: the client and the token, or the key.
    fn statements(self) -> usize {
        if matches!(self, Self::RefreshToken | Self::Code) { 2 } else { 1 }
    }
}

const DOORS: [Door; 7] =
    [Door::Key, Door::AccessToken, Door::RefreshToken, Door::Code, Door::OwnerKey, Door::Invite, Door::OperatorKey];

/// Where strangers guess: a gateway, and a sign-in page that is open in their browser.
struct Target<'a> {
    gateway: &'a Gateway,
    app: App,
    page: String,
    cookie: String,
    csrf: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threat_35_guesses_find_nothing_leave_nothing_and_soon_have_to_wait() {
    let count = given("DUO_MCP_FLOOD_GUESSES");
    let gateway = Gateway::on_postgres(behind_a_proxy).await;
    let (members, behind) = (Members::of(&gateway).await, Behind::of(&gateway).await);
    let app = App::registered(&gateway, LOOPBACK).await;
    let mut browser = Browser::new(&gateway);
    let page = browser.begin(&app, None).await;
    let csrf = csrf(&browser.get(&page).await);
    let target = Target { gateway: &gateway, app, page, cookie: browser.cookie(), csrf };
    let mut counter = Counter::start(&behind).await;
    assert!(count.is_none() || counter.is_some(), "the long form is for a server with pg_stat_statements");
    // What the members called to begin with is written down in a batch.
    gateway.parts.recorder.flush().await;
    let before = behind.rows().await;

    let each = count.unwrap_or(USUAL) / (2 * DOORS.len());
    for door in DOORS {
        for is_mistyped in [true, false] {
            // Each kind from an address of its own, so that none waits for another's sake.
            let from = address(2 * door as usize + usize::from(is_mistyped));
            let began = Instant::now();
            let answered = as_fast_as_it_goes(each, |_| target.guess(door, is_mistyped, &from)).await;
            let statements = match &mut counter {
                Some(counter) => Some(counter.since().await.values().sum()),
                None => None,
            };
            eprintln!(
                "{door:?}{}: {answered:?}, statements: {statements:?}",
                if is_mistyped { ", mistyped" } else { "" }
            );
            check((door, is_mistyped), each, began.elapsed(), &answered, statements);
        }
    }
    let more = grown(&before, &behind.rows().await);
    eprintln!("rows more: {more:?}");
    assert!(more.is_empty(), "{more:?}");
    assert_eq!(gateway.modern().rpc("tools/list", json!({})).await.status, 200, "what is known is known still");
    from_many(&target, &members, each).await;
}

/// Each from an address of its own, at a pace: none has to wait, all are looked up, and members are not to feel it.
async fn from_many(target: &Target<'_>, members: &Members, count: usize) {
    let (mut quiet, mut beside, mut waits) = (Waits::default(), Waits::default(), Waits::default());
    let idle = |_| target.gateway.http().get(target.gateway.url("/healthz"));
    for (round, slice) in rounds(count) {
        members.during(&mut quiet, nobody(slice)).await;
        members.during(&mut beside, at_a_pace(slice, idle)).await;
        let guess = |n| target.guess(Door::AccessToken, false, &address(100 + round * slice + n));
        let answered = members.during(&mut waits, at_a_pace(slice, guess)).await;
        assert_eq!(answered.of(401) + answered.of(503), slice, "{answered:?}");
    }
    eprintln!("nobody: {quiet}\n{count} × /healthz: {beside}\n{count} guesses from each another address: {waits}");
    eprintln!(
        "p99 beside that of as many requests for /healthz: {:.2}; beside nobody's: {:.2} and {:.2}",
        waits.beside(&beside, 99),
        beside.beside(&quiet, 99),
        waits.beside(&quiet, 99),
    );
}

fn check(
    (door, is_mistyped): (Door, bool),
    count: usize,
    took: Duration,
    answered: &Answered,
    statements: Option<i64>,
) {
    let wrong = answered.of(match door {
        Door::RefreshToken | Door::Code => 400,
        Door::OwnerKey | Door::Invite => 403,
        Door::Key | Door::AccessToken | Door::OperatorKey => 401,
    });
    assert_eq!(wrong + answered.of(429), count, "{door:?}: {answered:?}");
    match door.failures(is_mistyped) {
        None => assert_eq!(answered.of(429), 0, "{door:?}: {answered:?}"),
        Some([at_once, per_minute]) => {
            let seconds = usize::try_from(took.as_secs()).unwrap() + 1;
            let most = at_once + per_minute * seconds / 60 + AT_ONCE;
            assert!(wrong <= most, "{door:?}: {answered:?}, {most} at the most in {took:?}");
        }
    }
    let Some(statements) = statements else { return };
    let asked = match door {
        _ if is_mistyped => 0,
        // Refused or not: whoever reaches the admin listener and has a good key does not wait for others' wrong ones.
        Door::OperatorKey => count,
        _ => wrong * door.statements(),
    };
    let is_page = matches!(door, Door::OwnerKey | Door::Invite);
    let most = asked + if is_page { count * OF_A_PAGE } else { 0 };
    assert!(usize::try_from(statements).unwrap() <= most, "{door:?}: {statements} statements, {most} at the most");
}

impl Target<'_> {
    fn guess(&self, door: Door, is_mistyped: bool, address: &str) -> RequestBuilder {
        let token = |kind| if is_mistyped { mistyped(&unknown(kind)) } else { unknown(kind) };
        let gateway = self.gateway;
        let request = match door {
            Door::Key => self.call(&token(Kind::ApiKey)),
            Door::AccessToken => self.call(&token(Kind::AccessToken)),
            Door::RefreshToken => self.token("refresh_token", "refresh_token", &token(Kind::RefreshToken)),
            Door::Code => self.token("authorization_code", "code", &token(Kind::AuthorizationCode)),
            Door::OwnerKey => self.form("sign-in", "key", &token(Kind::OwnerKey)),
            Door::Invite => self.form("join", "invite", &token(Kind::Invite)),
            Door::OperatorKey => {
                gateway.http().get(gateway.admin_url("/admin/v1/tenants")).bearer_auth(token(Kind::OperatorKey))
            }
        };
        from(address, request)
    }

    fn call(&self, key: &str) -> RequestBuilder {
        let client = self.gateway.modern().with_key(key);
        client.prepare(&client.message("tools/list", json!({})))
    }

    fn token(&self, grant: &str, name: &str, guess: &str) -> RequestBuilder {
        let (client, redirect, verifier) = (&self.app.id, &self.app.redirect, &self.app.verifier);
        let fields = [("grant_type", grant), ("client_id", client), (name, guess), ("redirect_uri", redirect)];
        self.post("/token", &[&fields[..], &[("code_verifier", verifier)]].concat())
    }

    fn form(&self, action: &str, name: &str, guess: &str) -> RequestBuilder {
        let fields = [("csrf", self.csrf.as_str()), (name, guess), ("name", "Eve")];
        let request = self.post(&format!("{}/{action}", self.page), &fields).header("cookie", &self.cookie);
        request.header("origin", self.gateway.url("")).header("sec-fetch-site", "same-origin")
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.gateway.http().post(self.gateway.url(path));
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }
}

/// A token of this kind that nobody was given.
fn unknown(kind: Kind) -> String {
    make(kind, &Random::system()).unwrap().expose().to_owned()
}

/// The same with another letter, so that its checksum does not fit.
fn mistyped(token: &str) -> String {
    let letter = if token.as_bytes()[10] == b'x' { "y" } else { "x" };
    format!("{}{letter}{}", &token[..10], &token[11..])
}
