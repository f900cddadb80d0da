//! What is put on the wire, and that nothing is when it must not be.

use duo_api::sign::{SignedParts, authorization};
use duo_api::{
    Api, CallError, Credential, DuoError, IntegrationKey, Keys, KeysUnavailable, SecretKey, SignatureVersion, Unreached,
};
use serde_json::json;

use crate::listener::{Listener, Seen, ok, reply};
use crate::support::{HOST, IKEY, SKEY, TestKeys, admin, call, child, client, settings};

fn expected(version: SignatureVersion, host: &str, path: &str, params: &[(&str, &str)], seen: &Seen) -> String {
    let params: Vec<(String, String)> =
        params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let parts = SignedParts {
        date: seen.header("date"),
        method: &seen.method,
        host,
        path,
        params: &params,
        body: seen.body.as_bytes(),
        headers: &[],
    };
    let (key, secret) = (IntegrationKey::parse(IKEY).unwrap(), SecretKey::parse(SKEY).unwrap());
    authorization(version, &parts, &key, &secret).to_string()
}

#[tokio::test]
async fn a_read_goes_to_the_overridden_port_under_duos_name() {
    let listener = Listener::start([ok(r#"[{"user_id":"DU1"}]"#)]).await;
    let call = call("users_list", json!({"username": "jörg+x@example.com", "limit": 5, "email": null}));
    let answer = client(&listener).send(&admin(), &call).await.unwrap();
    assert_eq!(answer.response.get(), r#"[{"user_id":"DU1"}]"#);
    let seen = listener.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.header("host")), ("GET", HOST));
    assert_eq!(seen.target, "/admin/v1/users?limit=5&username=j%C3%B6rg%2Bx%40example.com");
    assert_eq!(seen.header("date"), "Sat, 21 Nov 2026 09:08:07 -0000");
    assert_eq!(seen.header("user-agent"), "duo-mcp-gateway");
    let params = [("username", "jörg+x@example.com"), ("limit", "5")];
    let header = expected(SignatureVersion::V5, HOST, "/admin/v1/users", &params, &seen);
    assert_eq!(seen.header("authorization"), header);
}

#[tokio::test]
async fn a_change_travels_as_json_or_as_a_form() {
    let listener = Listener::start([ok("{}"), ok("{}"), ok("{}")]).await;
    let client = client(&listener);
    let modify = call("users_modify", json!({"user_id": "DU 1", "status": "bypass", "notes": "a b"}));
    client.send(&admin(), &modify).await.unwrap();
    client.send(&TestKeys(Api::Admin, SignatureVersion::V2Sha1), &modify).await.unwrap();
    let policy = call("policies_create", json!({"policy_name": "p", "sections": {"b": 1}}));
    client.send(&TestKeys(Api::Admin, SignatureVersion::V2Sha1), &policy).await.unwrap();
    let [v5, v2, v5_only] = listener.seen().try_into().unwrap();
    assert_eq!(
        (v5.body.as_str(), v5.header("content-type")),
        (r#"{"notes":"a b","status":"bypass"}"#, "application/json")
    );
    let header = expected(SignatureVersion::V5, HOST, "/admin/v1/users/DU%201", &[], &v5);
    assert_eq!((v5.target.as_str(), v5.header("authorization")), ("/admin/v1/users/DU%201", header.as_str()));
    let form = "application/x-www-form-urlencoded";
    assert_eq!((v2.body.as_str(), v2.header("content-type")), ("notes=a+b&status=bypass", form));
    let params = [("notes", "a b"), ("status", "bypass")];
    let header = expected(SignatureVersion::V2Sha1, HOST, "/admin/v1/users/DU%201", &params, &v2);
    assert_eq!(v2.header("authorization"), header);
    assert_eq!(v5_only.body, r#"{"policy_name":"p","sections":{"b":1}}"#);
    assert_eq!(
        v5_only.header("authorization"),
        expected(SignatureVersion::V5, HOST, "/admin/v2/policies", &[], &v5_only)
    );
}

#[tokio::test]
async fn a_child_is_called_on_its_own_host_with_the_parents_keys() {
    let listener = Listener::start([ok("[]"), ok("\"\"")]).await;
    let (client, keys) = (client(&listener), TestKeys(Api::Accounts, SignatureVersion::V5));
    let mut list = call("users_list", json!({}));
    list.account = Some(child());
    client.send(&keys, &list).await.unwrap();
    let mut credits = call("billing_set_telephony_credits", json!({"credits": 10}));
    credits.account = Some(child());
    client.send(&keys, &credits).await.unwrap();
    let [read, change] = listener.seen().try_into().unwrap();
    assert_eq!(read.header("host"), "api-c1.duosecurity.com");
    assert_eq!(read.target, "/admin/v1/users?account_id=DA0000000000000000C1");
    let params = [("account_id", "DA0000000000000000C1")];
    let header = expected(SignatureVersion::V5, "api-c1.duosecurity.com", "/admin/v1/users", &params, &read);
    assert_eq!(read.header("authorization"), header);
    assert_eq!(change.body, r#"{"account_id":"DA0000000000000000C1","credits":10}"#);
}

#[tokio::test]
async fn ping_is_not_signed_and_an_image_is_carried() {
    let listener = Listener::start([ok(r#"{"time":1}"#), reply(200, "Content-Type: image/png\r\n", "PNG")]).await;
    let (client, keys) = (client(&listener), TestKeys(Api::Auth, SignatureVersion::V5));
    client.send(&keys, &call("auth_ping", json!({}))).await.unwrap();
    let image = client.send(&keys, &call("auth_logo", json!({}))).await.unwrap();
    assert_eq!(image.response.get(), r#"{"content_type":"image/png","base64":"UE5H"}"#);
    assert_eq!(listener.seen()[0].header("authorization"), "");
    assert_eq!(listener.seen()[0].target, "/auth/v2/ping");
}

#[tokio::test]
async fn nothing_is_sent_for_a_call_that_does_not_fit() {
    struct Sealed;
    impl Keys for Sealed {
        fn open(&self) -> Result<Credential, KeysUnavailable> {
            Err(KeysUnavailable::new("the ring has no such key"))
        }
    }
    let listener = Listener::start([ok("{}")]).await;
    let client = client(&listener);
    let sealed = client.send(&Sealed, &call("users_list", json!({}))).await.unwrap_err();
    assert_eq!(sealed, DuoError::KeysUnavailable(KeysUnavailable::new("the ring has no such key")));
    let unknown = client.send(&admin(), &call("users_list", json!({"nonsense": 1}))).await.unwrap_err();
    assert!(matches!(unknown, DuoError::InvalidCall(CallError::UnknownParameter { .. })));
    let wrong = client.send(&admin(), &call("auth_check", json!({}))).await.unwrap_err();
    assert_eq!(wrong.to_string(), "auth_check is signed with Auth API keys, not with Admin API keys");
    let account = json!({"account_id": "DA0000000000000000C1"});
    let keys = TestKeys(Api::Accounts, SignatureVersion::V5);
    let childless = client.send(&keys, &call("billing_get_edition", account)).await.unwrap_err();
    assert!(matches!(childless, DuoError::InvalidCall(CallError::NeedsChild { .. })));
    assert!(listener.seen().is_empty());
}

#[tokio::test]
async fn what_keeps_a_connection_from_standing_is_told_apart() {
    let listener = Listener::start([]).await;
    let why = async |settings| match duo_api::DuoClient::new(settings)
        .unwrap()
        .send(&admin(), &call("users_create", json!({"username": "a"})))
        .await
    {
        Err(DuoError::Unreachable { host, why }) => {
            assert_eq!(host.as_str(), HOST);
            why
        }
        other => panic!("{other:?}"),
    };
    let mut untrusted = settings(&listener);
    untrusted.overrides[0].ca_pem = None;
    assert_eq!(why(untrusted).await, Unreached::Tls);

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut nobody = settings(&listener);
    nobody.overrides[0].addr = closed.local_addr().unwrap();
    drop(closed);
    assert_eq!(why(nobody).await, Unreached::Connection);

    // Accepts connections and never answers the handshake.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut slow = settings(&listener);
    slow.overrides[0].addr = silent.local_addr().unwrap();
    slow.timeouts.connect = std::time::Duration::from_millis(50);
    assert_eq!(why(slow).await, Unreached::Timeout);
    assert!(listener.seen().is_empty());
}
