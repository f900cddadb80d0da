//! Digests of arguments: the same for the same call, and no use for guessing.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::ids::TenantId;
use crate::vault::{HouseKeys, hex, keyed_hash};

/// Thirty-two characters for what was asked of `what` (a tool, an act) with these arguments.
///
/// A plain hash would give away a passcode of six digits to whoever tries them all; this one is keyed. The tenant is
/// part of it, so that the rows of two tenants cannot be compared either.
pub fn digest(house: &HouseKeys, tenant: &TenantId, what: &str, arguments: &Value) -> String {
    // Values that came from JSON go back to it.
    let text = serde_json::to_vec(&canonical(arguments)).unwrap_or_default();
    let parts: [&[u8]; 3] = [tenant.as_str().as_bytes(), what.as_bytes(), &text];
    let mut out = hex(&keyed_hash(house.audit(), &parts));
    out.truncate(32);
    out
}

/// A value with its names in order, whatever order the map behind it keeps.
#[derive(Serialize)]
#[serde(untagged)]
enum Canonical<'a> {
    Scalar(&'a Value),
    List(Vec<Canonical<'a>>),
    Object(BTreeMap<&'a str, Canonical<'a>>),
}

fn canonical(value: &Value) -> Canonical<'_> {
    match value {
        Value::Array(items) => Canonical::List(items.iter().map(canonical).collect()),
        Value::Object(fields) => {
            Canonical::Object(fields.iter().map(|(name, value)| (name.as_str(), canonical(value))).collect())
        }
        scalar => Canonical::Scalar(scalar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, json};

    use super::*;
    use crate::domain::random::Random;
    use crate::vault::{Ring, Vault};

    fn house(seed: u64) -> HouseKeys {
        let vault = Vault::new(Ring::fixed("k", [3; 32]), Random::seeded(seed));
        vault.house_keys(&vault.new_root().unwrap()).unwrap()
    }

    #[test]
    fn the_order_of_names_does_not_matter_and_all_else_does() {
        let (house, tenant) = (house(1), TenantId::new(&Random::seeded(9)).unwrap());
        let of = |text: &str| digest(&house, &tenant, "auth", &from_str(text).unwrap());
        assert_eq!(of(r#"{"a":1,"b":{"c":2,"d":[3]}}"#), of(r#"{"b":{"d":[3],"c":2},"a":1}"#));
        assert_ne!(of(r#"{"a":[1,2]}"#), of(r#"{"a":[2,1]}"#));
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":"1"}"#));
        assert_eq!(of("{}").len(), 32);
    }

    #[test]
    fn it_hangs_on_the_house_the_tenant_and_the_tool() {
        let (one, two) = (house(1), house(2));
        let random = Random::seeded(9);
        let (a, b) = (TenantId::new(&random).unwrap(), TenantId::new(&random).unwrap());
        let passcode = json!({"passcode": "123456"});
        let all = [
            digest(&one, &a, "auth", &passcode),
            digest(&two, &a, "auth", &passcode),
            digest(&one, &b, "auth", &passcode),
            digest(&one, &a, "preauth", &passcode),
        ];
        for (n, each) in all.iter().enumerate() {
            assert!(!all[n + 1..].contains(each));
        }
    }
}
