//! The OpenAPI document against the file and against the router.

use duo_mcp_gateway::admin::openapi;

use super::house::House;

#[test]
fn the_file_is_what_the_program_would_write() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let written = std::fs::read_to_string(path).expect("docs/openapi.json");
    assert!(written == openapi::document(), "docs/openapi.json is not current: run scripts/generate");
}

#[tokio::test]
async fn every_operation_of_the_document_has_a_route_that_asks_for_a_key() {
    let house = House::start().await;
    for (method, path) in openapi::operations() {
        let path = path.replace(['{', '}'], "");
        let reply = house.ask(&method.to_uppercase(), &format!("/admin/v1{path}")).send().await;
        // The first five failures of an address are answered with 401, later ones with 429; 404 and 405 would be a route
        // that is missing.
        assert!([401, 429].contains(&reply.status), "{method} {path}: {reply:?}");
    }
    house.stop().await;
}
