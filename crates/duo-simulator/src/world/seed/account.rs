//! The accounts of a new world and the applications that open them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::lore::{write_bypasses, write_history};
use super::named::add_named_people;
use super::people::add_people;
use super::words::GROUPS;
use crate::clock::{DAY_MS, secs};
use crate::random::Random;
use crate::world::account::{Account, World};
use crate::world::application::{Application, ApplicationKind, Grant};
use crate::world::group::Group;
use crate::world::logbook::Logbook;
use crate::world::names::Names;
use crate::world::policy::Policy;
use crate::world::user::Status;

/// Name, edition, credits and number of people of the children.
const CHILDREN: &[(&str, &str, i64, usize)] = &[
    ("Acme", "PLATFORM", 340, 24),
    ("Bluebird Dental", "ENTERPRISE", 75, 12),
    ("Cedar Logistics", "BEYOND", 1200, 18),
];

/// Makes the world of a seed, with so many people in the parent account.
pub(crate) fn new_world(seed: u64, users: usize, now_ms: i64) -> World {
    let mut random = Random::new(seed);
    let mut parent = new_account(&mut random, "Northwind Trust", now_ms);
    "BEYOND".clone_into(&mut parent.edition);
    parent.credits = 5000;
    let parent_id = parent.account_id.clone();
    let applications = applications(&mut random, &parent);
    let mut accounts = BTreeMap::from([(parent_id.clone(), parent)]);
    for &(name, edition, credits, _) in CHILDREN {
        let mut child = new_account(&mut random, name, now_ms);
        edition.clone_into(&mut child.edition);
        child.credits = credits;
        accounts.insert(child.account_id.clone(), child);
    }
    let mut world =
        World { seed, random, parent_id: parent_id.clone(), accounts, applications, scripts: vec![], sent: vec![] };
    let mut random = world.random.clone();
    for account in world.accounts.values_mut() {
        add_groups(account, &mut random);
        let wanted = CHILDREN.iter().find(|child| child.0 == account.name).map(|child| child.3);
        if wanted.is_none() {
            add_named_people(account, &mut random, now_ms);
        }
        add_people(account, &mut random, wanted.unwrap_or(users), now_ms);
    }
    world.random = random;
    write_history(&mut world, now_ms);
    write_bypasses(&mut world, now_ms);
    world
}

/// An empty account with a host of its own.
pub(crate) fn new_account(random: &mut Random, name: &str, now_ms: i64) -> Account {
    let account_id = random.id("DA");
    Account {
        policies: vec![Policy::global(&account_id)],
        account_id,
        name: name.to_owned(),
        host: format!("api-{}.duosecurity.com", random.hex(8)),
        edition: "PERSONAL".to_owned(),
        credits: 0,
        users: BTreeMap::new(),
        groups: BTreeMap::new(),
        phones: BTreeMap::new(),
        tokens: BTreeMap::new(),
        webauthn: BTreeMap::new(),
        desktop: BTreeMap::new(),
        bypass_codes: BTreeMap::new(),
        logins: BTreeMap::new(),
        admins: admins(random, name, now_ms),
        integrations: Vec::new(),
        settings: settings(name),
        logs: Logbook::default(),
        names: Names::default(),
    }
}

fn applications(random: &mut Random, parent: &Account) -> Vec<Application> {
    let mut make = |kind, name: &str, billing, grants: &[Grant]| Application {
        kind,
        name: name.to_owned(),
        host: parent.host.clone(),
        ikey: random.id("DI"),
        skey: random.secret_key(),
        account_id: parent.account_id.clone(),
        billing,
        grants: grants.to_vec(),
    };
    vec![
        make(ApplicationKind::Auth, "Auth API", false, &[]),
        make(ApplicationKind::Admin, "Admin API", false, &Grant::ALL),
        make(ApplicationKind::Accounts, "Accounts API", true, &[]),
        make(ApplicationKind::Admin, "Admin API (read only)", false, &[Grant::ReadResource]),
        make(ApplicationKind::Accounts, "Accounts API (no billing)", false, &[]),
    ]
}

fn add_groups(account: &mut Account, random: &mut Random) {
    for &(name, desc, status) in GROUPS {
        let group_id = random.id("DG");
        let status = Status::settable(status).unwrap_or(Status::Active);
        let group = Group { group_id: group_id.clone(), name: name.to_owned(), desc: desc.to_owned(), status };
        account.groups.insert(group_id, group);
    }
}

fn admins(random: &mut Random, account: &str, now_ms: i64) -> Vec<Value> {
    let people = [
        ("Olga Brandt", "owner@example.com", "Owner"),
        ("Samir Nasser", "samir@example.com", "Owner"),
        ("Ruth Calder", "ruth@example.com", "Administrator"),
        ("Hugo Lindqvist", "helpdesk@example.com", "Help Desk"),
        ("Ivy Tran", "auditor@example.com", "Read-only"),
    ];
    let shown = if account == "Northwind Trust" { &people[..] } else { &people[..1] };
    shown
        .iter()
        .enumerate()
        .map(|(index, (name, email, role))| {
            json!({
                "admin_id": random.id("DE"),
                "name": name,
                "email": email,
                "phone": format!("+173455501{index:02}"),
                "role": role,
                "status": "Active",
                "created": secs(now_ms - 400 * DAY_MS),
                "last_login": secs(now_ms - DAY_MS * i64::try_from(index * 9 + 1).unwrap_or(1)),
                "hardtoken": Value::Null,
                "restricted_by_admin_units": false,
                "password_change_required": false,
                "directory_key": Value::Null,
                "subaccount_role": Value::Null,
            })
        })
        .collect()
}

fn settings(name: &str) -> Map<String, Value> {
    let all = json!({
        "caller_id": "+17345550100", "duo_mobile_otp_type": "totp", "email_activity_notification_enabled": true,
        "enrollment_universal_prompt_enabled": true, "fraud_email": "security@example.com", "fraud_email_enabled": true,
        "global_ssp_policy_enforced": true, "helpdesk_bypass": "limit", "helpdesk_bypass_expiration": 60,
        "helpdesk_can_send_enroll_email": true, "helpdesk_message": "Call extension 100.",
        "inactive_user_expiration": 90, "keypress_confirm": "#", "keypress_fraud": "*", "language": "EN",
        "lockout_expire_duration": Value::Null, "lockout_threshold": 10, "log_retention_days": 180,
        "minimum_password_length": 12, "name": name, "password_requires_lower_alpha": true,
        "password_requires_numeric": true, "password_requires_special": false, "password_requires_upper_alpha": true,
        "pending_deletion_days": 7, "push_activity_notification_enabled": true, "security_checkup_enabled": true,
        "sms_batch": 10, "sms_expiration": Value::Null, "sms_message": "SMS passcodes", "sms_refresh": true,
        "telephony_warning_min": 100, "timezone": "UTC", "unenrolled_user_lockout_threshold": Value::Null,
        "user_managers_can_put_users_in_bypass": true, "user_telephony_cost_max": 20.0,
    });
    match all {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
