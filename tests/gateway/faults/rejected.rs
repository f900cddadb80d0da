//! A credential whose secret was reset in Duo: marked once Duo has said so twice.

use std::time::Duration;

use duo_api::{Api, SignatureVersion};
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::connection::CredentialStatus;
use duo_mcp_gateway::tenants::{NewCredential, Verify};
use duo_simulator::ApplicationKind;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::bench::Bench;
use crate::support::databases::Whose;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_that_duo_refuses_in_calls_is_marked_and_left_alone() {
    let bench = Bench::start().await;
    let replica = bench.replica("a").await;
    reset_the_secret(&bench).await;
    let refused = refused_or_none(&bench, replica.public).await;
    assert_eq!(refused, "duo_keys_rejected");
    let end = Instant::now() + Duration::from_secs(15);
    loop {
        let context = bench.ask(replica.public, &bench.key, "get_context", json!({})).await;
        let connection = &context["connections"][0];
        if connection["notice"].as_str().unwrap_or_default().contains("Admin API credential is rejected") {
            assert_eq!(connection["apis"], json!(["accounts", "auth"]), "{context}");
            break;
        }
        assert!(Instant::now() < end, "{context}");
        sleep(Duration::from_millis(200)).await;
    }
    let asked = requests(&bench).await;
    for _ in 0..5 {
        assert_eq!(refused_or_none(&bench, replica.public).await, "no_credential");
    }
    assert_eq!(requests(&bench).await, asked, "Duo is not asked with it any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_that_was_put_right_before_duo_is_asked_again_stays() {
    let bench = Bench::start().await;
    let replica = bench.replica("a").await;
    reset_the_secret(&bench).await;
    assert_eq!(refused_or_none(&bench, replica.public).await, "duo_keys_rejected");
    // Put right before Duo is asked again: another version, of which nothing is known to be wrong.
    let admin = bench.simulator.applications().into_iter().find(|one| one.kind == ApplicationKind::Admin).unwrap();
    put(&bench, &admin.ikey, &admin.skey, Verify::Now).await;
    sleep(Duration::from_secs(5)).await;
    let stored = bench.parts.store.credentials.list(&bench.tenant).await.unwrap();
    assert!(stored.iter().all(|credential| credential.status == CredentialStatus::Verified), "{stored:?}");
}

/// A secret that is not the application's any more, in a row that says it works.
async fn reset_the_secret(bench: &Bench) {
    let admin = bench.simulator.applications().into_iter().find(|one| one.kind == ApplicationKind::Admin).unwrap();
    put(bench, &admin.ikey, &"y".repeat(40), Verify::Later).await;
    let pool = bench.database.pool(Whose::Superuser).await;
    let done = sqlx::query("UPDATE credentials SET status = 'verified'").execute(&pool).await.unwrap();
    assert_eq!(done.rows_affected(), 3);
    // Every gateway sees it within two seconds.
    sleep(Duration::from_millis(2_500)).await;
}

async fn put(bench: &Bench, ikey: &str, skey: &str, verify: Verify) {
    let new = NewCredential { api: Api::Admin, ikey, skey, signature: SignatureVersion::default(), verify };
    bench.parts.acts.put_credential(&bench.tenant, "main", new, &Actor::Console).await.unwrap();
}

/// What a read that needs the Admin API is told.
async fn refused_or_none(bench: &Bench, to: std::net::SocketAddr) -> String {
    let told = bench.ask(to, &bench.key, "get_user", json!({ "user": "jdoe" })).await;
    told["code"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
}

async fn requests(bench: &Bench) -> usize {
    bench.control("GET record?path=/admin/*", None).await["requests"].as_array().unwrap().len()
}
