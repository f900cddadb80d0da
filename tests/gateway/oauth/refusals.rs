//! What is refused is written down where it is known whose it was.

use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::audit::{AuditEvent, AuditOutcome};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::tokens::{Kind, make};

use super::person::{App, Browser, LOOPBACK, Landed, csrf, owner};
use crate::support::gateway::Gateway;

async fn on_both() -> [Gateway; 2] {
    [Gateway::start(|_| {}).await, Gateway::on_postgres(|_| {}).await]
}

async fn all(gateway: &Gateway) -> Vec<AuditEvent> {
    gateway.parts.store.audit.list(None, None, 1_000).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_members_no_to_a_client_says_who_to_which_and_a_strangers_leaves_nothing() {
    for gateway in on_both().await {
        let (app, key) = (App::registered(&gateway, LOOPBACK).await, owner(&gateway).await);
        let olivia = gateway.parts.acts.find_member(&gateway.tenant.id, "Olivia Owner").await.unwrap();
        let mut browser = Browser::new(&gateway);
        let path = browser.begin(&app, None).await;
        assert_eq!(browser.sign_in(&path, &key).await.status, 303);
        let page = browser.get(&path).await;
        let token = csrf(&page);
        // Sent twice, it is one no.
        for _ in 0..2 {
            let landed = Landed::of(&browser.post(&format!("{path}/deny"), &[("csrf", &token)]).await);
            assert_eq!(landed.one("error"), Some("access_denied"));
        }
        let rows: Vec<_> = all(&gateway).await.into_iter().filter(|row| row.action == "grant.deny").collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        let by = Actor::Member { member: olivia.id, person: "Olivia Owner".into() };
        assert_eq!((&rows[0].tenant, &rows[0].actor), (&Some(gateway.tenant.id.clone()), &by));
        assert_eq!(rows[0].objects, [app.id.as_str(), "http://127.0.0.1:53123"]);
        assert!(browser.get("/connect/manage").await.text.contains("grant.deny"));

        let before = all(&gateway).await.len();
        let mut stranger = Browser::new(&gateway);
        let path = stranger.begin(&app, None).await;
        let page = stranger.get(&path).await;
        let landed = Landed::of(&stranger.post(&format!("{path}/deny"), &[("csrf", &csrf(&page))]).await);
        assert_eq!(landed.one("error"), Some("access_denied"));
        assert_eq!(all(&gateway).await.len(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_suspended_tenant_is_written_down_once_and_a_guess_is_not() {
    for gateway in on_both().await {
        let key = owner(&gateway).await;
        gateway.parts.acts.suspend_tenant(&gateway.tenant.id, &Actor::Console).await.unwrap();
        let before = all(&gateway).await.len();
        let mut browser = Browser::new(&gateway);
        for _ in 0..3 {
            let refused = browser.sign_in("/connect", &key).await;
            assert!(refused.status == 403 && refused.text.contains("suspended"), "{}", refused.text);
            let guess = make(Kind::OwnerKey, &Random::system()).unwrap();
            assert_eq!(browser.sign_in("/connect", guess.expose()).await.status, 403);
        }
        let rows = all(&gateway).await;
        assert_eq!(rows.len(), before + 1);
        assert_eq!((rows[0].action.as_str(), rows[0].outcome), ("member.sign_in", AuditOutcome::Denied));
        assert_eq!(
            (rows[0].code.as_deref(), &rows[0].tenant),
            (Some("tenant_suspended"), &Some(gateway.tenant.id.clone()))
        );
    }
}
