//! The client's form: bound to its call and its caller, and taken once.

use duo_mcp_gateway::domain::scope::Scopes;
use serde_json::json;

use crate::support::gateway::Gateway;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_phrase_asks_again_and_the_right_one_counts_once() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.modern(), gateway.duo());
    let two = json!({ "users": ["jdoe", "mrossi"] });
    duo.forget().await;
    let form = client.call("trash_users", two.clone()).await.form();
    assert!(form.message.contains("To go on, type: 2"), "{}", form.message);
    for wrong in ["yes", "3", "jdoe"] {
        let again = client.answer_form("trash_users", two.clone(), &form.state, wrong).await.form();
        assert_eq!(again.message, form.message);
    }
    // A client that comes back without an answer has shown nothing to anybody.
    let silent = json!({ "name": "trash_users", "arguments": two, "requestState": form.state });
    let again = client.call("trash_users", json!({ "users": ["lking", "jsmith"] })).await.form();
    assert!(duo.changes().await.is_empty());
    client.answer_form("trash_users", two.clone(), &form.state, " 2 ").await.done();
    assert_eq!(duo.only_change().await["path"], "/admin/v1/users/bulk_send_to_trash");
    assert_eq!(duo.user("mrossi").await["status"], "pending deletion");
    for _ in 0..2 {
        let replayed = client.answer_form("trash_users", two.clone(), &form.state, "2").await;
        assert_eq!(replayed.code(), "form_expired");
    }
    assert_eq!(client.tool(silent).await.code(), "form_expired");
    assert_eq!(duo.changes().await.len(), 1);

    let declined = json!({
        "name": "trash_users", "arguments": { "users": ["lking", "jsmith"] }, "requestState": again.state,
        "inputResponses": { "confirmation": { "action": "decline" } }
    });
    assert_eq!(client.tool(declined.clone()).await.code(), "declined");
    assert_eq!(client.tool(declined).await.code(), "form_expired");
    assert_eq!(duo.user("lking").await["status"], "active");
    assert_eq!(duo.changes().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_at_once_carry_it_out_once() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.modern(), gateway.duo());
    let two = json!({ "users": ["jdoe", "mrossi"] });
    let form = client.call("trash_users", two.clone()).await.form();
    duo.forget().await;
    let answer = || client.answer_form("trash_users", two.clone(), &form.state, "2");
    let answers: [_; 4] = tokio::join!(answer(), answer(), answer(), answer()).into();
    let done = answers.iter().filter(|answer| answer.0["isError"] != true).count();
    assert_eq!(done, 1, "{answers:#?}");
    duo.only_change().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_opens_for_its_own_call_and_caller_only() {
    let gateway = Gateway::start(|_| {}).await;
    let (client, duo) = (gateway.modern(), gateway.duo());
    let (_, their_key) = gateway.another_tenant("other").await;
    let colleague = gateway.new_key(&gateway.tenant, "Carl Colleague", Scopes::all(), vec![]).await.1;
    let two = json!({ "users": ["jdoe", "mrossi"] });
    let form = client.call("trash_users", two.clone()).await.form();
    duo.forget().await;
    let more = json!({ "users": ["jdoe", "mrossi", "lking"] });
    let fewer = json!({ "users": ["mrossi", "jdoe"] });
    for arguments in [more, fewer] {
        client.foreign_form("trash_users", arguments, &form.state, "2").await;
    }
    client.foreign_form("restore_users", two.clone(), &form.state, "2").await;
    for key in [&colleague, &their_key] {
        client.with_key(key).foreign_form("trash_users", two.clone(), &form.state, "2").await;
    }
    let middle = form.state.len() / 2;
    let swapped = if form.state.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let tampered = format!("{}{swapped}{}", &form.state[..middle], &form.state[middle + 1..]);
    for state in [&tampered, &form.state[..middle], "", "e30"] {
        client.foreign_form("trash_users", two.clone(), state, "2").await;
    }
    assert!(duo.changes().await.is_empty());
    client.answer_form("trash_users", two, &form.state, "2").await.done();
    duo.only_change().await;
}
