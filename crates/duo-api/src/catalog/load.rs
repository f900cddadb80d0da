//! Reads the compiled-in catalogue once and finds records in it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::endpoint::{Endpoint, EndpointId};

/// One file per family, in the order in which a reader meets them.
const FAMILIES: &[(&str, &str)] = &[
    ("auth", include_str!("../../catalog/auth.json")),
    ("accounts", include_str!("../../catalog/accounts.json")),
    ("billing", include_str!("../../catalog/billing.json")),
    ("users", include_str!("../../catalog/users.json")),
    ("identity_verification", include_str!("../../catalog/identity_verification.json")),
    ("bulk", include_str!("../../catalog/bulk.json")),
    ("groups", include_str!("../../catalog/groups.json")),
    ("phones", include_str!("../../catalog/phones.json")),
    ("tokens", include_str!("../../catalog/tokens.json")),
    ("webauthn", include_str!("../../catalog/webauthn.json")),
    ("desktop", include_str!("../../catalog/desktop.json")),
    ("devices", include_str!("../../catalog/devices.json")),
    ("bypass_codes", include_str!("../../catalog/bypass_codes.json")),
    ("integrations", include_str!("../../catalog/integrations.json")),
    ("policies", include_str!("../../catalog/policies.json")),
    ("endpoints", include_str!("../../catalog/endpoints.json")),
    ("passport", include_str!("../../catalog/passport.json")),
    ("admins", include_str!("../../catalog/admins.json")),
    ("admin_units", include_str!("../../catalog/admin_units.json")),
    ("logs", include_str!("../../catalog/logs.json")),
    ("settings", include_str!("../../catalog/settings.json")),
    ("branding", include_str!("../../catalog/branding.json")),
    ("info", include_str!("../../catalog/info.json")),
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the text is compiled in, and a test of this file parses every family of it"
    )]
    Catalog::parse(FAMILIES).expect("the compiled-in catalogue parses")
});

/// The catalogue of this build.
pub fn catalog() -> &'static Catalog {
    &CATALOG
}

/// Every endpoint that this build knows.
#[derive(Debug)]
pub struct Catalog {
    endpoints: Vec<Endpoint>,
    families: Vec<(&'static str, std::ops::Range<usize>)>,
    by_id: HashMap<&'static str, usize>,
}

impl Catalog {
    fn parse(families: &[(&'static str, &'static str)]) -> Result<Self, serde_json::Error> {
        let mut catalog = Self { endpoints: Vec::new(), families: Vec::new(), by_id: HashMap::new() };
        for (name, text) in families {
            let start = catalog.endpoints.len();
            catalog.endpoints.extend(serde_json::from_str::<Vec<Endpoint>>(text)?);
            catalog.families.push((name, start..catalog.endpoints.len()));
        }
        catalog.by_id = catalog.endpoints.iter().enumerate().map(|(at, endpoint)| (endpoint.id.0, at)).collect();
        Ok(catalog)
    }

    /// The endpoint of this id.
    pub fn get(&self, id: &str) -> Option<&Endpoint> {
        self.by_id.get(id).and_then(|at| self.endpoints.get(*at))
    }

    /// The endpoint of this id.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.get(id.0)
    }

    /// All endpoints, family by family.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The families and their endpoints.
    pub fn families(&self) -> impl Iterator<Item = (&'static str, &[Endpoint])> {
        self.families.iter().map(|(name, range)| (*name, self.endpoints.get(range.clone()).unwrap_or_default()))
    }
}

impl EndpointId {
    /// The id of a catalogued endpoint by its text.
    pub fn find(text: &str) -> Option<Self> {
        catalog().get(text).map(|endpoint| endpoint.id)
    }

    /// The record of this endpoint; `None` if the catalogue has no such id.
    pub fn endpoint(self) -> Option<&'static Endpoint> {
        catalog().get(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::{Api, Kind, Location, Method, Paging, SignatureRule};
    use super::*;

    #[test]
    fn every_family_parses_and_ids_are_unique() {
        let parsed = Catalog::parse(FAMILIES).unwrap();
        assert_eq!(parsed.endpoints.len(), 166);
        assert_eq!(parsed.by_id.len(), parsed.endpoints.len());
        assert_eq!(parsed.families().map(|(_, endpoints)| endpoints.len()).sum::<usize>(), 166);
        assert_eq!(EndpointId::find("users_list"), Some(EndpointId("users_list")));
        assert_eq!(EndpointId::find("trust_monitor_events"), None);
    }

    #[test]
    fn no_two_endpoints_share_a_method_and_path() {
        let routes: HashSet<_> = catalog().endpoints().iter().map(|e| (e.method.as_str(), &e.path)).collect();
        assert_eq!(routes.len(), catalog().endpoints().len());
    }

    #[test]
    fn placeholders_and_path_parameters_are_the_same_names() {
        for endpoint in catalog().endpoints() {
            let holes: HashSet<&str> =
                endpoint.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            let names: HashSet<&str> = endpoint.path_parameters().map(|p| p.name.as_str()).collect();
            assert_eq!(holes, names, "{}", endpoint.id);
            assert!(endpoint.path_parameters().all(|p| p.required), "{}", endpoint.id);
        }
    }

    #[test]
    fn parameters_travel_where_the_method_puts_them() {
        for endpoint in catalog().endpoints() {
            let here = if endpoint.method.has_body() { Location::Body } else { Location::Query };
            for parameter in &endpoint.parameters {
                assert!([Location::Path, here].contains(&parameter.location), "{} {}", endpoint.id, parameter.name);
                assert_eq!(parameter.kind == Kind::Enum, !parameter.enum_values.is_empty(), "{}", endpoint.id);
                let is_object = parameter.kind == Kind::Object;
                assert!(!is_object || endpoint.signature == SignatureRule::V5Only, "{}", endpoint.id);
            }
        }
    }

    #[test]
    fn grants_belong_to_the_admin_api_and_pages_have_a_size() {
        for endpoint in catalog().endpoints() {
            assert_eq!(endpoint.grant.is_some(), endpoint.api == Api::Admin, "{}", endpoint.id);
            assert!(endpoint.paging != Paging::Offset || endpoint.max_page_size.is_some(), "{}", endpoint.id);
            assert!(endpoint.paging == Paging::None || endpoint.method == Method::Get, "{}", endpoint.id);
        }
    }
}
