//! The few whom everybody knows by name, each with a story to ask about.

use super::people::{add_phone, add_token, join, sync};
use crate::clock::DAY_MS;
use crate::random::Random;
use crate::world::account::Account;
use crate::world::user::{Status, User};

/// Username, real name, devices, groups, status.
type Person = (&'static str, &'static str, &'static [&'static str], &'static [&'static str], Status);

const PEOPLE: &[Person] = &[
    ("jdoe", "Jane Doe", &["push"], &["Finance"], Status::Active),
    ("asmith", "Alice Smith", &["push"], &["Sales"], Status::Bypass),
    ("mrossi", "Marco Rossi", &["push"], &["Engineering"], Status::Active),
    ("lking", "Laura King", &["push"], &["Support"], Status::Active),
    ("jsmith", "John Smith", &["push", "token"], &["contractors"], Status::Active),
    ("narroway", "Nora Arroway", &["push"], &["Engineering"], Status::Active),
    ("bglass", "Emergency Account", &["token"], &["Break glass"], Status::Active),
    ("dsync", "Dora Syncwell", &["push"], &["Sales"], Status::Active),
    ("pnew", "Pia New", &[], &["contractors"], Status::Active),
];

/// Adds them to the parent account.
pub(super) fn add_named_people(account: &mut Account, random: &mut Random, now_ms: i64) {
    for &(username, realname, devices, groups, status) in PEOPLE {
        let mut user = User::new(random.id("DU"), username, now_ms - 500 * DAY_MS);
        realname.clone_into(&mut user.realname);
        if let Some((first, last)) = realname.split_once(' ') {
            first.clone_into(&mut user.firstname);
            last.clone_into(&mut user.lastname);
        }
        user.email = format!("{username}@example.com");
        user.status = status;
        if username == "narroway" {
            "narroway@example.com".clone_into(&mut user.aliases[0]);
        }
        if username == "asmith" {
            "In bypass since her phone broke; ticket 4711".clone_into(&mut user.notes);
        }
        user.last_login_ms = (!devices.is_empty()).then_some(now_ms - 2 * DAY_MS);
        let user_id = user.user_id.clone();
        account.insert_user(user);
        for device in devices {
            match *device {
                "token" => add_token(account, random, &user_id),
                kind => add_phone(account, random, &user_id, kind, now_ms),
            }
        }
        for name in groups {
            let group = account.groups.values().find(|group| group.name == *name).map(|group| group.group_id.clone());
            if let Some(group) = group {
                join(account, &user_id, &group);
            }
        }
        if username == "dsync" {
            let directory = random.id("DS");
            sync(account, random, &user_id, &directory, now_ms);
        }
    }
}
