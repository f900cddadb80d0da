//! Ten thousand clients that nobody asked for register.

use std::collections::BTreeMap;
use std::time::Duration;

use duo_mcp_gateway::config::Settings;
use reqwest::RequestBuilder;
use serde_json::json;
use tokio::time::Instant;

use super::members::{Members, Waits};
use super::rows::{Behind, grown};
use super::strangers::{Answered, address, at_a_pace, from, nobody, rounds};
use crate::faults::killed::given;
use crate::oauth::person::{LOOPBACK, Site as _};
use crate::support::client::Reply;
use crate::support::gateway::Gateway;

/// How many the everyday test has; `scripts/floods` asks for more.
const USUAL: usize = 120;
/// What the gateway keeps of clients that wait for their first consent, and takes in an hour from one address.
const KEPT: usize = 1_000;
const HOURLY: usize = 30;
/// Every so many is the registration of a hosted client, which is the same for each of its users.
const HOSTED: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threat_22_a_flood_of_registrations_is_capped_while_members_call() {
    let count = given("DUO_MCP_FLOOD_REGISTRATIONS").unwrap_or(USUAL);
    for gateway in [Gateway::start(behind_a_proxy).await, Gateway::on_postgres(behind_a_proxy).await] {
        eprintln!("on {}", if gateway.ground.database.is_some() { "PostgreSQL" } else { "SQLite" });
        flood(&gateway, count).await;
    }
}

/// Of this very machine, so that one may come from any address.
pub(super) fn behind_a_proxy(settings: &mut Settings) {
    settings.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
}

async fn flood(gateway: &Gateway, count: usize) {
    let (members, behind) = (Members::of(gateway).await, Behind::of(gateway).await);
    let hosted = Reply::of(register(gateway, "hosted", &address(0))).await;
    assert_eq!(hosted.status, 201, "{}", hosted.text);
    let (before, began) = (behind.rows().await, Instant::now());
    let (mut waits, mut one, mut many): ([Waits; 4], _, _) = Default::default();
    for (round, slice) in rounds(count) {
        members.during(&mut waits[0], nobody(slice)).await;
        let idle = |_| from(&address(0), gateway.http().get(gateway.url("/healthz")));
        let answered = members.during(&mut waits[1], at_a_pace(slice, idle)).await;
        assert_eq!(answered.of(200), slice, "{answered:?}");
        let number = |n| round * slice + n;
        let of_one = |n| mixed(gateway, "one", number(n), &address(1));
        Answered::and(&mut one, &members.during(&mut waits[2], at_a_pace(slice, of_one)).await);
        let of_many = |n| mixed(gateway, "many", number(n), &address(10 + number(n)));
        Answered::and(&mut many, &members.during(&mut waits[3], at_a_pace(slice, of_many)).await);
    }
    tell(&waits, [&one, &many]);
    let again = Reply::of(register(gateway, "hosted", &address(0))).await;
    assert_eq!(again.json()["client_id"], hosted.json()["client_id"]);
    let more = grown(&before, &behind.rows().await);
    eprintln!("rows more: {more:?}");
    left(&more);
    let same = count.div_ceil(HOSTED);
    let [taken_of_one, taken] = [&one, &many].map(|answered| answered.of(201) - same);
    assert_eq!(taken_of_one, HOURLY.min(count - same), "{one:?}");
    // One is the hosted client.
    assert!(taken >= (KEPT - 1 - HOURLY).min(count - same), "{many:?}");
    // After a while, the oldest give way to as many.
    let is_early = began.elapsed() < Duration::from_mins(15);
    assert!(!is_early || taken_of_one + taken < KEPT, "{one:?} {many:?}");
    over(gateway, &behind).await;
}

/// The registration of this number, each another; now and then that of the hosted client.
fn mixed(gateway: &Gateway, name: &str, n: usize, address_of_it: &str) -> RequestBuilder {
    match n % HOSTED {
        0 => register(gateway, "hosted", &address(0)),
        _ => register(gateway, &format!("{name} {n}"), address_of_it),
    }
}

fn tell([quiet, beside, from_one, from_many]: &[Waits; 4], answered: [&Answered; 2]) {
    for (who, waits) in
        [("nobody", quiet), ("/healthz", beside), ("from one address", from_one), ("from each another", from_many)]
    {
        let [p50, p99] = [50, 99].map(|percent| waits.beside(quiet, percent));
        eprintln!("{who}: {waits}; beside nobody's {p50:.2} and {p99:.2}");
    }
    let [one, many] = [from_one, from_many].map(|waits| waits.beside(beside, 99));
    eprintln!("p99 beside that of as many requests for /healthz: {one:.2} from one address, {many:.2} from many");
    for answered in answered {
        assert!(answered.0.keys().all(|status| [201, 429].contains(status)), "{answered:?}");
    }
    eprintln!("{answered:?}");
}

fn register(gateway: &Gateway, name: &str, address: &str) -> RequestBuilder {
    let said = json!({ "client_name": name, "redirect_uris": [LOOPBACK], "token_endpoint_auth_method": "none" });
    from(address, gateway.http().post(gateway.url("/register"))).json(&said)
}

/// Strangers leave clients behind and nothing else; members' calls are in the audit log.
fn left(more: &BTreeMap<String, i64>) {
    let expected = ["audit", "oauth_clients"];
    assert!(more.keys().all(|table| expected.contains(&table.as_str())), "{more:?}");
    assert!(usize::try_from(more["oauth_clients"]).unwrap() < KEPT, "{more:?}");
}

/// After a day none of them is left but who comes then.
async fn over(gateway: &Gateway, behind: &Behind) {
    behind.run("UPDATE oauth_clients SET created_at = created_at - 90000000").await;
    let late = Reply::of(register(gateway, "late", &address(2))).await;
    assert_eq!(late.status, 201, "{}", late.text);
    assert_eq!(behind.rows().await["oauth_clients"], 1);
}
