//! What holds for every tool, so that no author has to remember it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::catalog::{TOOLS, find};
use super::duo::Endpoint;
use super::endpoint::{accounts, auth, info, logs, users};
use super::entry::Kind;
use crate::domain::card::Level;

#[test]
fn names_are_sorted_plain_and_found() {
    let names: Vec<&str> = TOOLS.iter().map(|entry| entry.card.name).collect();
    assert!(names.is_sorted(), "find() searches by halves: {names:?}");
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for name in names {
        assert!(name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert!(name.contains('_') || matches!(name, "auth" | "preauth"), "{name} reads as a verb and a noun");
        assert_eq!(find(name).unwrap().card.name, name);
    }
    assert!(find("no_such_tool").is_none());
}

#[test]
fn the_eighteen_public_names_are_there() {
    let public = "auth auth_status bulk_create_users check_auth create_account create_user delete_account \
        get_billing_edition get_telephony_credits list_accounts list_users modify_user ping_auth preauth \
        restore_users set_billing_edition set_telephony_credits trash_users";
    assert_eq!(public.split_whitespace().count(), 18);
    for name in public.split_whitespace() {
        assert!(find(name).unwrap().card.by_default, "{name}");
    }
}

#[test]
fn titles_and_descriptions_fit() {
    for entry in TOOLS {
        let name = entry.card.name;
        assert!((3..=40).contains(&entry.card.title.chars().count()), "{name}");
        let description = entry.description();
        let sentences = description.matches(['.', '?', '!']).count();
        assert!((1..=3).contains(&sentences), "{name}: {description}");
        assert!(description.len() < 300, "{name}");
    }
}

#[test]
fn arguments_refuse_what_they_do_not_know() {
    for entry in TOOLS {
        let schema = (entry.input)();
        let name = entry.card.name;
        assert_eq!(schema.get("type"), Some(&json!("object")), "{name}");
        assert_eq!(schema.get("additionalProperties"), Some(&json!(false)), "{name}");
        assert!((entry.check)(&json!({ "surely_not_known": 1 })).is_err(), "{name}");
        for (argument, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            assert!(property.get("description").is_some(), "{name}.{argument} says what it is");
        }
    }
}

#[test]
fn every_answer_is_an_object_that_begins_with_the_account() {
    for entry in TOOLS {
        let schema = (entry.output)();
        let name = entry.card.name;
        assert_eq!(schema.get("type"), Some(&json!("object")), "{name}");
        let first = schema["properties"].as_object().unwrap().keys().next().unwrap();
        assert_eq!(first, "account", "{name}");
        let text = Value::Object(schema).to_string();
        assert!(!text.contains("$ref"), "{name}: a client may not follow references");
    }
}

#[test]
fn parts_are_catalogued_and_reads_only_read() {
    for entry in TOOLS {
        for part in entry.parts {
            let endpoint = part.endpoint().unwrap_or_else(|| panic!("{} calls {part}", entry.card.name));
            if matches!(entry.kind, Kind::Read(_)) {
                assert!(endpoint.is_read(), "{} calls {part}", entry.card.name);
                assert_eq!(entry.card.level, Level::L0);
            }
        }
        if let Kind::Change(_) = entry.kind {
            assert!(entry.card.level > Level::L0, "{}", entry.card.name);
            assert!(entry.parts.iter().filter_map(|part| part.endpoint()).any(|endpoint| !endpoint.is_read()));
        }
    }
}

/// The fields of a declared endpoint are parameters of its record, and every required one is among them.
fn holds<E: Endpoint>(full: &E) {
    let record = E::ID.endpoint().unwrap();
    let fields = serde_json::to_value(full).unwrap();
    let fields = fields.as_object().unwrap();
    for name in fields.keys() {
        assert!(record.parameter(name).is_some(), "{} has no parameter {name}", E::ID);
    }
    for parameter in record.parameters.iter().filter(|parameter| parameter.required) {
        assert!(fields.contains_key(&*parameter.name), "{} needs {}", E::ID, parameter.name);
    }
}

#[test]
fn declared_endpoints_agree_with_their_records() {
    let id = || "DU00000000000000000A".to_owned();
    holds(&users::UsersList::default());
    holds(&users::UsersGet { user_id: id() });
    holds(&users::UsersBypassCodes { user_id: id(), limit: None });
    holds(&auth::Ping {});
    holds(&auth::Check {});
    holds(&auth::Preauth::default());
    holds(&auth::Status { txid: id() });
    holds(&accounts::AccountsList {});
    holds(&accounts::GetEdition { account_id: id() });
    holds(&accounts::GetCredits { account_id: id() });
    holds(&info::Summary {});
    holds(&logs::Authentication { mintime: 0, maxtime: 1, limit: None, sort: None, users: None });
}

#[test]
fn every_declaration_stands_in_the_catalog() {
    // A declaration that nobody lists would be code that nobody can reach.
    let declared: usize = [
        include_str!("house.rs"),
        include_str!("read/get_billing.rs"),
        include_str!("read/get_user.rs"),
        include_str!("read/list_users.rs"),
        include_str!("read/ping_auth.rs"),
        include_str!("read/preauth.rs"),
        include_str!("change/accounts.rs"),
        include_str!("change/auth.rs"),
        include_str!("change/billing.rs"),
        include_str!("change/bulk_create_users.rs"),
        include_str!("change/create_user.rs"),
        include_str!("change/modify_user.rs"),
        include_str!("change/restore_users.rs"),
        include_str!("change/trash_users.rs"),
    ]
    .iter()
    .map(|source| source.matches("const CARD: Card").count())
    .sum();
    assert_eq!(declared, TOOLS.len());
}
