//! The many: made-up people with devices, groups and every status.

use super::words::{AREAS, FIRST, LAST, PHONES};
use crate::clock::DAY_MS;
use crate::random::Random;
use crate::world::account::Account;
use crate::world::device::{DesktopAuthenticator, Phone, SecurityKey, Token};
use crate::world::user::{Status, User};

/// Fills the account up to so many people.
pub(super) fn add_people(account: &mut Account, random: &mut Random, wanted: usize, now_ms: i64) {
    let directory = random.id("DS");
    let groups: Vec<String> = account.groups.keys().cloned().collect();
    let mut index = account.users.len();
    while account.users.len() < wanted {
        index += 1;
        let user_id = add_person(account, random, now_ms);
        equip(account, random, &user_id, now_ms);
        if index % 10 < 3 {
            sync(account, random, &user_id, &directory, now_ms);
        }
        if let Some(group) = groups.get(random.below(groups.len() * 2)) {
            join(account, &user_id, group);
        }
        set_status(account, &user_id, index, now_ms);
    }
}

/// An active person under a name that is still free.
pub(super) fn add_person(account: &mut Account, random: &mut Random, now_ms: i64) -> String {
    let (first, last) = (random.pick(FIRST), random.pick(LAST));
    let stem = format!("{}{}", &first[..1], last).to_lowercase();
    let mut username = stem.clone();
    let mut number = 1;
    while account.names.find(&username).is_some() {
        number += 1;
        username = format!("{stem}{number}");
    }
    let mut user = User::new(random.id("DU"), &username, now_ms - random.between(30, 900) * DAY_MS);
    user.realname = format!("{first} {last}");
    first.clone_into(&mut user.firstname);
    last.clone_into(&mut user.lastname);
    user.email = format!("{username}@example.com");
    let user_id = user.user_id.clone();
    account.insert_user(user);
    user_id
}

fn equip(account: &mut Account, random: &mut Random, user_id: &str, now_ms: i64) {
    match random.below(100) {
        // Nobody of these is enrolled.
        0..=7 => return,
        // A telephone that only rings.
        8..=13 => add_phone(account, random, user_id, "landline", now_ms),
        // A mobile on which Duo Mobile was never activated.
        14..=19 => add_phone(account, random, user_id, "sms", now_ms),
        20..=24 => add_token(account, random, user_id),
        _ => add_phone(account, random, user_id, "push", now_ms),
    }
    if random.percent(8) {
        add_token(account, random, user_id);
    }
    if random.percent(12) {
        add_security_key(account, random, user_id, now_ms);
    }
    if random.percent(6) {
        add_desktop(account, random, user_id);
    }
    if let Some(user) = account.users.get_mut(user_id) {
        let ago = if random.percent(15) { random.between(45, 200) } else { random.between(0, 20) };
        user.last_login_ms = (!random.percent(5)).then_some(now_ms - ago * DAY_MS - random.between(0, DAY_MS));
    }
}

/// Gives a user a phone: `push`, `sms` (not activated) or `landline`.
pub(super) fn add_phone(account: &mut Account, random: &mut Random, user_id: &str, kind: &str, now_ms: i64) {
    let mut phone = Phone::new(random.id("DP"));
    let count = account.phones.len();
    let area = AREAS.get(count / 100).copied().unwrap_or_else(|| random.pick(AREAS));
    phone.number = format!("+1{area}55501{:02}", count % 100);
    if kind == "landline" {
        "landline".clone_into(&mut phone.kind);
    } else {
        let (platform, model) = PHONES[random.below(PHONES.len())];
        "mobile".clone_into(&mut phone.kind);
        platform.clone_into(&mut phone.platform);
        model.clone_into(&mut phone.model);
        phone.activated = kind == "push";
        phone.last_seen_ms = phone.activated.then(|| now_ms - random.between(0, 9 * DAY_MS));
    }
    let phone_id = phone.phone_id.clone();
    account.phones.insert(phone_id.clone(), phone);
    account.link_phone(user_id, &phone_id);
}

pub(super) fn add_token(account: &mut Account, random: &mut Random, user_id: &str) {
    let token = Token {
        token_id: random.id("DH"),
        kind: random.pick(&["h6", "t6", "yk"]).to_owned(),
        serial: random.digits(8),
        totp_step: None,
        users: Vec::new(),
    };
    let token_id = token.token_id.clone();
    account.tokens.insert(token_id.clone(), token);
    account.link_token(user_id, &token_id);
}

pub(super) fn add_security_key(account: &mut Account, random: &mut Random, user_id: &str, now_ms: i64) {
    let Some(user) = account.users.get_mut(user_id) else { return };
    let key = SecurityKey {
        webauthnkey: random.id("WA"),
        name: random.pick(&["Touch ID", "YubiKey 5C", "Windows Hello", "Titan key"]).to_owned(),
        added_ms: now_ms - random.between(1, 300) * DAY_MS,
        user_id: user_id.to_owned(),
    };
    user.webauthn.push(key.webauthnkey.clone());
    user.is_enrolled = true;
    account.webauthn.insert(key.webauthnkey.clone(), key);
}

fn add_desktop(account: &mut Account, random: &mut Random, user_id: &str) {
    let Some(user) = account.users.get_mut(user_id) else { return };
    let desktop = DesktopAuthenticator {
        dakey: random.id("DK"),
        daid: random.uuid(),
        device_name: format!("{}-LAPTOP", user.username.to_uppercase()),
        os_family: random.pick(&["Windows", "macOS"]).to_owned(),
        os_version: "14".to_owned(),
        user_id: user_id.to_owned(),
    };
    user.desktop.push(desktop.dakey.clone());
    account.desktop.insert(desktop.dakey.clone(), desktop);
}

/// Makes a user one that a directory sync manages.
pub(super) fn sync(account: &mut Account, random: &mut Random, user_id: &str, directory: &str, now_ms: i64) {
    if let Some(user) = account.users.get_mut(user_id) {
        user.directory_key = Some(directory.to_owned());
        user.external_id = Some(random.uuid());
        user.last_directory_sync_ms = Some(now_ms - random.between(0, DAY_MS));
    }
}

pub(super) fn join(account: &mut Account, user_id: &str, group_id: &str) {
    if let Some(user) = account.users.get_mut(user_id)
        && !user.groups.iter().any(|id| id == group_id)
    {
        user.groups.push(group_id.to_owned());
    }
}

/// Every status comes up, at a fixed rhythm so that small worlds have them too.
fn set_status(account: &mut Account, user_id: &str, index: usize, now_ms: i64) {
    let trashed = account.users.values().filter(|user| user.trashed_ms.is_some()).count();
    let Some(user) = account.users.get_mut(user_id) else { return };
    match index % 25 {
        4 | 16 => user.status = Status::Bypass,
        9 if user.directory_key.is_none() => user.status = Status::Disabled,
        14 => {
            user.status = Status::LockedOut;
            user.lockout_reason = Some("Failed Attempts".to_owned());
        }
        19 if trashed < 3 && user.directory_key.is_none() => {
            user.status = Status::PendingDeletion;
            user.trashed_ms = Some(now_ms - DAY_MS * i64::try_from(trashed + 1).unwrap_or(1));
        }
        _ => {}
    }
}
