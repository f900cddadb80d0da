//! What strangers and loops make grow has an end.

use duo_mcp_gateway::domain::client::{ClientMetadata, ClientSource, OAuthClient};

use super::grants::{LEEWAY, code, consent, granted, pair, request};
use super::samples::{Acme, NOW, hash};
use crate::support::databases::for_each_database;

#[tokio::test]
async fn a_request_that_nobody_answers_goes_at_its_end_and_an_answered_one_later() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (left, answered, browser) = (hash(), hash(), hash());
        let ends = NOW.plus_seconds(600);
        for request_hash in [&left, &answered] {
            assert!(store.authorizations.begin(request_hash, &browser, &request(), NOW, ends).await.unwrap());
        }
        assert!(store.authorizations.consent((&answered, &browser), &hash(), &consent(&acme), NOW).await.unwrap());
        let begin_at = async |now| {
            let begun = store.authorizations.begin(&hash(), &hash(), &request(), now, now.plus_seconds(600)).await;
            assert!(begun.unwrap());
        };
        let there = async |hash| store.authorizations.find(hash, &browser).await.unwrap().is_some();
        begin_at(ends).await;
        assert!(there(&left).await && there(&answered).await);
        begin_at(ends.plus_ms(1)).await;
        assert!(!there(&left).await && there(&answered).await, "the page says that it was answered");
        begin_at(ends.plus_seconds(3_601)).await;
        assert!(!there(&answered).await);
    })
    .await;
}

#[tokio::test]
async fn of_documents_that_nobody_consented_to_the_newest_are_kept() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let put = async |id: &str, after_seconds: i64| {
            let at = NOW.plus_seconds(after_seconds);
            let client = OAuthClient {
                id: id.to_owned(),
                source: ClientSource::Document,
                metadata: ClientMetadata { name: id.to_owned(), redirects: vec![request().redirect], refreshes: true },
                created_at: at,
                fresh_until: at.plus_seconds(3_600),
                last_used_at: None,
            };
            store.oauth_clients.put_document(&client, 3).await.unwrap();
        };
        // The client of the samples, to which somebody consents.
        put(&request().client, 0).await;
        code(&store, &acme).await;
        for n in 1..10 {
            put(&format!("https://a{n}.example/c.json"), n).await;
        }
        let there = async |id: &str| store.oauth_clients.find(id).await.unwrap().is_some();
        assert!(there(&request().client).await, "it is in use");
        for n in 1..10 {
            // Three others, and the one that was put last.
            assert_eq!(there(&format!("https://a{n}.example/c.json")).await, n > 5, "{n}");
        }
        put("https://late.example/c.json", 25 * 3_600).await;
        assert!(!there("https://a9.example/c.json").await && there(&request().client).await, "a day later");
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_of_long_ago_are_forgotten_and_open_nothing() {
    for_each_database(async |database| {
        let store = database.open().await;
        let acme = Acme::register(&store, "acme").await;
        let (_, first) = granted(&store, &acme).await;
        let mut shown = first.refresh.unwrap();
        let mut all = vec![shown];
        for _ in 0..501 {
            let next = pair(NOW);
            let found = store.grants.find_by_refresh(&shown).await.unwrap().unwrap();
            store.grants.refresh(&found, &next, LEEWAY, NOW, &acme.event()).await.unwrap();
            shown = next.refresh.unwrap();
            all.push(shown);
        }
        let known = async |n: usize| store.grants.find_by_refresh(&all[n]).await.unwrap().map(|one| one.generation);
        assert_eq!((known(0).await, known(1).await, known(2).await), (None, None, Some(3)));
        assert_eq!(known(501).await, Some(502));
    })
    .await;
}
