//! A client that reaches a scripted listener, and calls for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use duo_api::client::{Backoff, HostPattern, Timeouts};
use duo_api::{
    Api, ApiHost, Budget, Call, Child, ClientSettings, Clock, ConnectOverride, Credential, DuoClient, EndpointId,
    IntegrationKey, Keys, KeysUnavailable, SecretKey, SignatureVersion,
};
use serde_json::Value;

use crate::listener::Listener;

pub(crate) const IKEY: &str = "DIFAKE0000000000TEST";
pub(crate) const SKEY: &str = "fakeSKEYfakeSKEYfakeSKEYfakeSKEYfake0001";
pub(crate) const HOST: &str = "api-5e1f0001.duosecurity.com";

/// 21 November 2026, 09:08:07 UTC; each look is a second later, so that every signature has its own date.
pub(crate) const START_MS: i64 = 1_795_252_087_000;

struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1000, Ordering::Relaxed)
    }
}

/// Keys of one application.
pub(crate) struct TestKeys(pub(crate) Api, pub(crate) SignatureVersion);

impl Keys for TestKeys {
    fn open(&self) -> Result<Credential, KeysUnavailable> {
        Ok(Credential {
            api: self.0,
            host: ApiHost::parse(HOST).unwrap(),
            key: IntegrationKey::parse(IKEY).unwrap(),
            secret: SecretKey::parse(SKEY).unwrap(),
            signature: self.1,
        })
    }
}

pub(crate) fn admin() -> TestKeys {
    TestKeys(Api::Admin, SignatureVersion::V5)
}

pub(crate) fn settings(listener: &Listener) -> ClientSettings {
    let mut settings = ClientSettings::new(Arc::new(Ticking(AtomicI64::new(START_MS))), Arc::new(|_| Duration::ZERO));
    settings.overrides =
        vec![ConnectOverride { host: HostPattern::Any, addr: listener.addr, ca_pem: Some(listener.ca_pem.clone()) }];
    settings.timeouts = Timeouts { connect: Duration::from_secs(10), ..Timeouts::default() };
    settings.backoff = Backoff {
        rate_limited: vec![Duration::from_millis(5); 6],
        failed: vec![Duration::from_millis(5); 2],
        ..Backoff::default()
    };
    settings
}

pub(crate) fn client(listener: &Listener) -> DuoClient {
    DuoClient::new(settings(listener)).unwrap()
}

pub(crate) fn call(id: &'static str, arguments: Value) -> Call {
    let Value::Object(arguments) = arguments else { panic!("an object") };
    let endpoint = EndpointId(id).endpoint().unwrap();
    Call { endpoint, params: arguments.into(), account: None, budget: Budget::ORDINARY }
}

pub(crate) fn child() -> Child {
    Child {
        account_id: duo_api::AccountId::parse("DA0000000000000000C1").unwrap(),
        host: ApiHost::parse("api-c1.duosecurity.com").unwrap(),
    }
}
