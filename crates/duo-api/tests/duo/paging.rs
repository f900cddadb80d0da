//! Lists in every style, read to their end.

use duo_api::{Cursor, DuoError, Page};
use futures_util::TryStreamExt;
use serde_json::json;

use crate::listener::{Listener, Step, json as json_reply, ok};
use crate::support::{admin, call, client};

fn page(rows: &str, metadata: &str) -> Step {
    json_reply(200, &format!(r#"{{"stat":"OK","response":{rows},"metadata":{metadata}}}"#))
}

async fn all(listener: &Listener, call: &duo_api::Call, size: u32) -> Result<Vec<Page>, DuoError> {
    client(listener).pages(&admin(), call, size).try_collect().await
}

fn targets(listener: &Listener) -> Vec<String> {
    listener.seen().iter().map(|seen| seen.target.clone()).collect()
}

#[tokio::test]
async fn offsets_are_followed_until_there_is_none() {
    let listener = Listener::start([
        page("[1,2]", r#"{"total_objects":5,"next_offset":2}"#),
        page("[3, 4]", r#"{"total_objects":5,"next_offset":4,"prev_offset":0}"#),
        page("[5]", r#"{"total_objects":5,"prev_offset":2}"#),
    ])
    .await;
    let pages = all(&listener, &call("users_list", json!({})), 2).await.unwrap();
    let rows: Vec<&str> = pages.iter().flat_map(|page| &page.rows).map(|row| row.get()).collect();
    assert_eq!(rows, ["1", "2", "3", "4", "5"]);
    assert_eq!(pages[0].total_objects, Some(5));
    let expected = ["limit=2&offset=0", "limit=2&offset=2", "limit=2&offset=4"].map(|q| format!("/admin/v1/users?{q}"));
    assert_eq!(targets(&listener), expected);
}

#[tokio::test]
async fn a_page_size_is_cut_and_an_offset_must_grow() {
    let listener = Listener::start([page("[1]", r#"{"next_offset":0}"#)]).await;
    let error = all(&listener, &call("users_list", json!({})), 9999).await.unwrap_err();
    assert_eq!(error, DuoError::Unreadable { status: 200, why: "the list does not go on" });
    assert_eq!(targets(&listener), ["/admin/v1/users?limit=300&offset=0"]);
}

#[tokio::test]
async fn ids_are_asked_for_in_hundreds_without_paging() {
    let listener = Listener::start([ok("[1]"), ok("[2]"), ok("[3]")]).await;
    let ids: Vec<String> = (0..250).map(|number| format!("DU{number}")).collect();
    let pages = all(&listener, &call("users_list", json!({"user_id_list": ids})), 100).await.unwrap();
    assert_eq!(pages.len(), 3);
    let counts: Vec<usize> = targets(&listener).iter().map(|target| target.matches("DU").count()).collect();
    assert_eq!(counts, [100, 100, 50]);
    assert!(targets(&listener).iter().all(|target| !target.contains("offset")));
}

#[tokio::test]
async fn a_log_goes_on_with_either_shape_of_cursor() {
    let listener = Listener::start([
        ok(r#"{"authlogs":[{"txid":"a"}],"metadata":{"next_offset":["1700000000000","id-1"],"total_objects":2}}"#),
        ok(r#"{"items":[{"txid":"b"}],"metadata":{"next_offset":"1700000000001,id-2","total_objects":{"relation":"eq","value":2}}}"#),
        ok(r#"{"authlogs":[],"metadata":{"next_offset":null,"total_objects":2}}"#),
    ])
    .await;
    let logs = call("logs_authentication", json!({"mintime": 1, "maxtime": 2}));
    let pages = all(&listener, &logs, 10).await.unwrap();
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), [1, 1, 0]);
    assert_eq!(pages[1].total_objects, Some(2));
    assert_eq!(pages[0].next.as_ref().unwrap().as_str(), "1700000000000,id-1");
    assert!(targets(&listener)[2].contains("next_offset=1700000000001%2Cid-2"));
}

#[tokio::test]
async fn an_old_log_goes_on_after_its_last_second() {
    let full: Vec<String> = (0..1000).map(|second| format!(r#"{{"timestamp":{second}}}"#)).collect();
    let listener = Listener::start([ok(&format!("[{}]", full.join(","))), ok(r#"[{"timestamp":1000}]"#)]).await;
    let pages = all(&listener, &call("logs_administrator", json!({"mintime": 0})), 1000).await.unwrap();
    assert_eq!(pages.len(), 2);
    assert_eq!(targets(&listener)[1], "/admin/v1/logs/administrator?mintime=1000");
}

#[tokio::test]
async fn one_page_is_read_from_a_cursor_and_a_foreign_cursor_is_refused() {
    let listener = Listener::start([page("[3]", "{}"), ok("[1]")]).await;
    let client = client(&listener);
    let users = call("users_list", json!({}));
    let cursor = Cursor::from_text("200");
    let last = client.page(&admin(), &users, 100, Some(&cursor)).await.unwrap();
    assert_eq!((last.rows.len(), last.next), (1, None));
    assert_eq!(targets(&listener), ["/admin/v1/users?limit=100&offset=200"]);
    let foreign = client.page(&admin(), &users, 100, Some(&Cursor::from_text("x"))).await.unwrap_err();
    assert_eq!(foreign.to_string(), "this is not a cursor of users_list");
}
