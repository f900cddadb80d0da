//! Answers of Duo's, as full and as bare as they come.

use duo_api::model::{
    AuthLog, AuthResult, AuthStatus, ChildAccount, InfoSummary, PreauthAnswer, TelephonyCredits, User, UserStatus,
};
use serde_json::json;

#[test]
fn a_user_may_be_bare_or_full_of_nulls() {
    let bare: User = serde_json::from_value(json!({"user_id": "DU1", "username": "jdoe"})).unwrap();
    assert!(bare.status.as_str().is_empty() && bare.phones.is_empty());
    let full: User = serde_json::from_value(json!({
        "user_id": "DU1", "username": "jdoe", "status": "locked out", "aliases": {"alias1": "j", "alias2": null},
        "groups": null, "last_login": null, "created": 1_489_612_729, "is_enrolled": true, "future": {"x": 1},
        "phones": [{"phone_id": "DP1", "type": "Mobile", "extension": "", "capabilities": ["push"], "last_seen": "2026-11-20T10:00:00"}],
        "tokens": [{"token_id": "DH1", "type": "h6", "serial": 123, "totp_step": null}],
        "webauthncredentials": [{"webauthnkey": "WA1", "date_added": "1550674764"}],
        "desktop_authenticators": [{"dakey": "DA1"}], "u2ftokens": []
    }))
    .unwrap();
    assert_eq!(full.status, UserStatus::LockedOut);
    assert_eq!(full.aliases["alias1"].as_deref(), Some("j"));
    assert_eq!(full.tokens[0].serial.as_deref(), Some("123"));
    assert_eq!(full.webauthncredentials[0].date_added, Some(1_550_674_764));
}

#[test]
fn words_that_duo_adds_are_kept() {
    let status: UserStatus = serde_json::from_value(json!("hibernating")).unwrap();
    assert_eq!(status, UserStatus::Other("hibernating".to_owned()));
    assert_eq!(serde_json::to_value(UserStatus::PendingDeletion).unwrap(), "pending deletion");
}

#[test]
fn a_token_has_no_capabilities_and_portal_links_are_not_printed() {
    let answer: PreauthAnswer = serde_json::from_value(json!({
        "result": "enroll", "status_msg": "Enroll", "enroll_portal_url": "https://secret.example/portal?code=1",
        "devices": [{"device": "DH1", "type": "token", "name": "0"}]
    }))
    .unwrap();
    assert_eq!(answer.result, "enroll");
    assert!(answer.devices[0].capabilities.is_empty());
    assert!(!format!("{answer:?}").contains("secret.example"));
    assert!(answer.enroll_portal_url.unwrap().expose().contains("code=1"));
}

#[test]
fn a_push_is_waited_for_by_its_result() {
    let waiting: AuthStatus = serde_json::from_value(json!({"result": "waiting", "status": "pushed"})).unwrap();
    assert_eq!(waiting.result, AuthResult::Waiting);
}

#[test]
fn a_child_is_called_only_on_a_host_of_duos() {
    let child = |host: &str| {
        let account = json!({"account_id": "DA0000000000000000C1", "name": "Acme", "api_hostname": host});
        serde_json::from_value::<ChildAccount>(account).unwrap().child()
    };
    assert_eq!(child("API-c1.duosecurity.com").unwrap().host.as_str(), "api-c1.duosecurity.com");
    assert_eq!(child("api-c1.duosecurity.com.evil.example"), None);
    assert_eq!(child("169.254.169.254"), None);
}

#[test]
fn counts_come_as_numbers_or_text() {
    let credits: TelephonyCredits = serde_json::from_value(json!({"credits": "100"})).unwrap();
    assert_eq!(credits.credits, 100);
    assert!(serde_json::from_value::<TelephonyCredits>(json!({})).is_err());
    let summary: InfoSummary = serde_json::from_value(json!({"user_count": 250})).unwrap();
    assert_eq!((summary.user_count, summary.admin_count), (Some(250), None));
}

#[test]
fn a_log_event_is_read_as_far_as_it_goes() {
    let event: AuthLog = serde_json::from_value(json!({
        "txid": "t", "timestamp": 1_700_000_000, "result": "denied", "reason": "no_response", "factor": "duo_push",
        "user": {"key": "DU1", "name": "jdoe", "groups": null},
        "access_device": {"ip": "203.0.113.9", "location": {"city": "Ann Arbor", "country": null}},
        "auth_device": null, "application": {"key": "DI1", "name": "Portal"}, "adaptive_trust_assessments": {}
    }))
    .unwrap();
    assert_eq!(event.user.unwrap().name.as_deref(), Some("jdoe"));
    assert!(event.auth_device.is_none());
}
