//! What happened before the world began: a month of logins, two of them odd.

use serde_json::json;

use crate::clock::DAY_MS;
use crate::world::account::World;
use crate::world::application::ApplicationKind;
use crate::world::history::{AuthRow, OFFICE, Place, auth_row};
use crate::world::logbook::{Change, LogRow};
use crate::world::user::Status;

/// Who did what an administrator did before the world began.
const HELP_DESK: &str = "Hugo Lindqvist";
const HOUR_MS: i64 = 3_600_000;

/// Far from the office, on a system that nobody there uses.
const ABROAD: Place = Place {
    ip: "203.0.113.77",
    city: "Reykjavik",
    state: "Capital Region",
    country: "Iceland",
    browser: "Firefox",
    os: "Linux",
};

const APPLICATIONS: &[&str] = &["VPN", "Payroll", "Wiki", "Mail"];

/// Writes the authentication log of the last thirty days.
pub(super) fn write_history(world: &mut World, now_ms: i64) {
    let midnight = now_ms - now_ms.rem_euclid(DAY_MS);
    let ikeys: Vec<String> = APPLICATIONS.iter().map(|_| world.random.id("DI")).collect();
    let parent_id = world.parent_id.clone();
    for account_id in world.accounts.keys().cloned().collect::<Vec<_>>() {
        let Some(account) = world.accounts.get_mut(&account_id) else { continue };
        let random = &mut world.random;
        let mut rows: Vec<LogRow> = Vec::new();
        for user in account.users.values().filter(|user| user.username != "jdoe").take(5000) {
            let Some(last) = user.last_login_ms.filter(|at| *at > now_ms - 30 * DAY_MS) else { continue };
            for back in 0..random.between(1, 5) {
                let which = random.below(APPLICATIONS.len());
                let denied = back > 0 && random.percent(12);
                let reason = if denied {
                    random.pick(&["no_response", "user_mistake", "invalid_passcode"])
                } else {
                    "user_approved"
                };
                let at_ms = last - back * random.between(DAY_MS / 2, 2 * DAY_MS);
                let row = AuthRow {
                    txid: random.uuid(),
                    user_id: user.user_id.clone(),
                    at_ms,
                    factor: "duo_push",
                    result: if denied { "denied" } else { "success" },
                    reason: reason_of(reason),
                    ikey: ikeys[which].clone(),
                    application: APPLICATIONS[which].to_owned(),
                    ip: OFFICE.ip.to_owned(),
                    hostname: String::new(),
                    place: OFFICE,
                    device: String::new(),
                };
                rows.extend(auth_row(account, &row));
            }
        }
        if account_id == parent_id {
            let story = story_of_jdoe(random, &ikeys[0], midnight, now_ms);
            if let Some(user_id) = account.user_named("jdoe").map(|user| user.user_id.clone()) {
                let last = story.iter().filter(|row| row.result == "success").map(|row| row.at_ms).max();
                rows.extend(
                    story.into_iter().filter_map(|row| auth_row(account, &AuthRow { user_id: user_id.clone(), ..row })),
                );
                if let Some(user) = account.users.get_mut(&user_id) {
                    user.last_login_ms = last;
                }
            }
        }
        rows.sort_by_key(|row| row.at_ms);
        account.logs.authentication = rows;
    }
}

fn reason_of(word: &str) -> &'static str {
    match word {
        "no_response" => "no_response",
        "user_mistake" => "user_mistake",
        "invalid_passcode" => "invalid_passcode",
        _ => "user_approved",
    }
}

/// Writes since when each user in bypass has been so, for a month and a half back.
pub(super) fn write_bypasses(world: &mut World, now_ms: i64) {
    let Some(mut by) = world.applications.iter().find(|app| app.kind == ApplicationKind::Admin).cloned() else {
        return;
    };
    HELP_DESK.clone_into(&mut by.name);
    for account_id in world.accounts.keys().cloned().collect::<Vec<_>>() {
        let Some(account) = world.accounts.get(&account_id) else { continue };
        let bypassed = account.users.values().filter(|user| user.status == Status::Bypass);
        let mut since: Vec<(i64, String, String)> = bypassed
            .map(|user| (world.random.between(2, 45), user.user_id.clone(), user.username.clone()))
            .map(|(days, id, name)| (now_ms - days * DAY_MS, id, name))
            .collect();
        since.sort();
        for (at_ms, id, name) in since {
            let details = json!({"status": "bypass"});
            let change = Change { action: "user_update", kind: "user", id: &id, name: &name, details };
            world.log_change(&account_id, &by, &change, at_ms);
        }
    }
}

/// Ten ordinary mornings, a denial yesterday evening, and a login far away at night.
fn story_of_jdoe(random: &mut crate::random::Random, ikey: &str, midnight: i64, now_ms: i64) -> Vec<AuthRow> {
    let mut row = |at_ms, result, reason, place: Place| AuthRow {
        txid: random.uuid(),
        user_id: String::new(),
        at_ms,
        factor: "duo_push",
        result,
        reason,
        ikey: ikey.to_owned(),
        application: "VPN".to_owned(),
        ip: place.ip.to_owned(),
        hostname: String::new(),
        place,
        device: String::new(),
    };
    let mut rows: Vec<AuthRow> = (2..12)
        .map(|day| row(midnight - day * DAY_MS + 13 * HOUR_MS + day * 120_000, "success", "user_approved", OFFICE))
        .collect();
    rows.push(row(midnight - DAY_MS + 19 * HOUR_MS + 40 * 60_000, "denied", "no_response", OFFICE));
    // Last night at fourteen past three, or an hour ago if that is still to come.
    let night = midnight + 3 * HOUR_MS + 14 * 60_000;
    let odd = if night < now_ms - HOUR_MS { night } else { now_ms - HOUR_MS };
    rows.push(row(odd, "success", "user_approved", ABROAD));
    rows
}
