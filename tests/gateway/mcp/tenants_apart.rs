//! Two tenants, two gateways, one database: nothing of one works for the other.

use serde_json::json;

use crate::support::databases::Whose;
use crate::support::gateway::Gateway;

#[tokio::test(flavor = "multi_thread")]
async fn no_id_cursor_txid_or_form_of_one_tenant_works_for_another() {
    let one = Gateway::on_postgres(|_| {}).await;
    let two = one.replica().await;
    let (_, their_key) = one.another_tenant("other").await;
    let duo = one.duo();
    duo.script("lking", "wait").await;
    let ours = one.modern();
    let operation = ours.call("modify_user", json!({ "user": "jdoe", "status": "bypass" })).await.pending();
    let txid = ours.call("auth", json!({ "username": "lking" })).await.done()["txid"].clone();
    let page = json!({ "limit": 2 });
    let cursor = ours.call("list_users", page.clone()).await.structured()["next_cursor"].clone();
    let trash = json!({ "users": ["mrossi", "jsmith"] });
    let form = ours.call("trash_users", trash.clone()).await.form();
    let next = json!({ "limit": 2, "cursor": cursor });
    duo.forget().await;
    for gateway in [&one, &two] {
        let theirs = gateway.modern().with_key(&their_key);
        let asked = json!({ "operation_id": operation });
        assert_eq!(theirs.call("get_operation", asked).await.code(), "operation_not_found");
        assert_eq!(theirs.call("auth_status", json!({ "txid": txid })).await.code(), "txid_not_found");
        assert_eq!(theirs.call("list_users", next.clone()).await.code(), "bad_cursor");
        theirs.foreign_form("trash_users", trash.clone(), &form.state, "2").await;
        let context = theirs.call("get_context", json!({})).await;
        assert_eq!(context.structured()["tenant"], "Another");
        assert_eq!(context.structured()["waiting_operations"], json!([]));
    }
    assert!(duo.changes().await.is_empty());
    // All of them are good on either gateway for whom they belong to.
    let ours = two.modern();
    let shown = ours.call("get_operation", json!({ "operation_id": operation })).await;
    assert_eq!(shown.structured()["state"], "waiting");
    assert_eq!(ours.call("list_users", next).await.structured()["returned"], 2);
    let wrong_question = json!({ "limit": 2, "status": "active", "cursor": cursor });
    assert_eq!(ours.call("list_users", wrong_question).await.code(), "bad_cursor");
    duo.press("lking", "approve").await;
    assert_eq!(ours.outcome_of(txid.as_str().unwrap()).await, "allow");
    ours.answer_form("trash_users", trash, &form.state, "2").await.done();
    assert_eq!(duo.user("mrossi").await["status"], "pending deletion");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ciphertext_in_another_row_does_not_open_and_nothing_is_sent() {
    let one = Gateway::on_postgres(|_| {}).await;
    let (other, their_key) = one.another_tenant("other").await;
    let pool = one.ground.database.as_ref().unwrap().pool(Whose::Superuser).await;
    let copy = "UPDATE credentials AS c SET ikey = o.ikey, skey = o.skey FROM credentials AS o \
        WHERE c.tenant_id = $1 AND o.tenant_id = $2 AND c.api = $3 AND o.api = $4";
    // From another tenant's row, and from another row of the same tenant's.
    for (from, api, of) in [(&one.tenant, "admin", "admin"), (&other, "auth", "accounts")] {
        let query = sqlx::query(copy).bind(other.id.as_str()).bind(from.id.as_str()).bind(api).bind(of);
        assert_eq!(query.execute(&pool).await.unwrap().rows_affected(), 1);
    }
    // It has seen none of the rows before.
    let two = one.replica().await;
    let theirs = two.legacy().with_key(&their_key);
    one.duo().forget().await;
    for (tool, arguments) in [
        ("list_users", json!({ "limit": 1 })),
        ("create_user", json!({ "username": "nnew" })),
        ("preauth", json!({ "username": "lking" })),
        ("auth", json!({ "username": "lking" })),
    ] {
        let failure = theirs.call(tool, arguments).await.failure();
        assert_eq!(failure["code"], "keys_unavailable", "{tool}: {failure:#}");
    }
    let checks = theirs.call("check_auth", json!({})).await;
    let valid = checks.structured()["credentials"].as_array().unwrap().iter().filter(|one| one["valid"] == true);
    assert_eq!(valid.map(|one| &one["api"]).collect::<Vec<_>>(), ["accounts"], "{checks:?}");
    let record = one.duo().record().await;
    assert!(record.iter().all(|call| call["path"] == "/accounts/v1/account/list"), "{record:#?}");
    two.legacy().call("list_users", json!({ "limit": 1 })).await.structured();
}
