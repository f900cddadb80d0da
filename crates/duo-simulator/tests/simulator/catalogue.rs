//! Every endpoint served is one that Duo is known to have.

use duo_api::catalog::catalog;
use duo_simulator::served_endpoints;

/// Served for older clients or for those of third parties, and left out of the catalogue.
const BESIDE: &[(&str, &str)] = &[
    ("GET", "/admin/v2/users"),
    ("GET", "/admin/v1/groups/{group_id}"),
    ("GET", "/admin/v1/users/{user_id}/u2ftokens"),
    ("GET", "/admin/v1/logs/authentication"),
    ("GET", "/admin/v1/logs/telephony"),
];

#[test]
fn every_endpoint_is_in_the_catalogue() {
    let known = catalog().endpoints();
    let served = served_endpoints();
    assert!(served.len() > 60);
    for (method, path) in served {
        let listed = known.iter().any(|endpoint| endpoint.method.as_str() == method && endpoint.path == path);
        assert!(listed != BESIDE.contains(&(method, path)), "{method} {path}: listed is {listed}");
    }
}
