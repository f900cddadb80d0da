//! What the provider says of itself: fetched, held against the settings, kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::super::fetch::{Fetcher, NoDocument};
use super::super::key_set::KeySet;
use super::error::NotProved;
use crate::domain::address::fetched_from;

/// How long it is believed without asking.
const FRESH: Duration = Duration::from_mins(10);
/// How soon it is asked for again after it could not be had.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the last good one is believed while the provider is away.
const KEPT: Duration = Duration::from_hours(24);

/// What is needed of it.
pub(super) struct Description {
    /// Where a person is sent.
    pub(super) authorization: Url,
    /// Where a code is exchanged.
    pub(super) token: Url,
    /// Its keys, and where they lie.
    pub(super) keys: Arc<KeySet>,
    keys_at: Url,
    /// Whether the client's secret stands in the form and not in a header.
    pub(super) takes_secret_in_form: bool,
    /// Whether it names itself in every answer (RFC 9207).
    pub(super) names_itself: bool,
}

/// The document, of which the rest is not looked at.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// The description of one provider.
pub(super) struct Discovery {
    issuer: String,
    address: Option<Url>,
    known: Mutex<Known>,
    /// One fetch at a time; whoever else wants it waits for that one.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    last: Option<(Instant, Arc<Description>)>,
    failed: Option<(Instant, Trouble)>,
}

#[derive(Clone, Copy)]
enum Trouble {
    Away,
    Unusable(&'static str),
}

impl Discovery {
    pub(super) fn new(issuer: &str) -> Self {
        let text = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let (address, issuer) = (fetched_from(&text), issuer.to_owned());
        Self { issuer, address, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// What the provider says, or last said.
    pub(super) async fn get(&self, fetcher: &Fetcher) -> Result<Arc<Description>, NotProved> {
        if let Some(fresh) = self.lock().fresh() {
            return Ok(fresh);
        }
        let _turn = self.turn.lock().await;
        // Somebody else may have asked while this one waited.
        if let Some(fresh) = self.lock().fresh() {
            return Ok(fresh);
        }
        if self.lock().may_ask() {
            let answer = self.ask(fetcher).await;
            self.lock().learn(answer);
        }
        self.lock().told()
    }

    async fn ask(&self, fetcher: &Fetcher) -> Result<Description, Trouble> {
        let address = self.address.as_ref().ok_or(Trouble::Unusable("its issuer is no name on the internet"))?;
        let fetched = fetcher.fetch(address, None).await.map_err(|error| match error {
            NoDocument::Now | NoDocument::Busy => Trouble::Away,
            NoDocument::Refused(why) => Trouble::Unusable(why),
        })?;
        let document: Document =
            serde_json::from_slice(&fetched.body).map_err(|_| Trouble::Unusable("its description cannot be read"))?;
        let before = self.lock().last.as_ref().map(|(_, last)| Arc::clone(last));
        document.describe(&self.issuer, before.as_deref())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn within(&self, age: Duration) -> Option<Arc<Description>> {
        self.last.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, last)| Arc::clone(last))
    }

    fn fresh(&self) -> Option<Arc<Description>> {
        self.within(FRESH)
    }

    fn may_ask(&self) -> bool {
        self.failed.is_none_or(|(at, _)| at.elapsed() >= PAUSE)
    }

    fn learn(&mut self, answer: Result<Description, Trouble>) {
        match answer {
            Ok(description) => {
                self.last = Some((Instant::now(), Arc::new(description)));
                self.failed = None;
            }
            Err(trouble) => {
                let error = NotProved::from(trouble);
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "No description of the provider of the sign-in"
                );
                self.failed = Some((Instant::now(), trouble));
            }
        }
    }

    fn told(&self) -> Result<Arc<Description>, NotProved> {
        match (self.within(KEPT), self.failed) {
            (Some(last), _) => Ok(last),
            (None, Some((_, trouble))) => Err(trouble.into()),
            (None, None) => Err(NotProved::Away),
        }
    }
}

impl From<Trouble> for NotProved {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Away => Self::Away,
            Trouble::Unusable(why) => Self::Unusable(why),
        }
    }
}

impl Document {
    /// Its addresses, if it is of this issuer and they are such that may be asked.
    fn describe(self, issuer: &str, before: Option<&Description>) -> Result<Description, Trouble> {
        if self.issuer != issuer {
            return Err(Trouble::Unusable("its description is of another issuer"));
        }
        let methods = self.token_endpoint_auth_methods_supported.unwrap_or_default();
        let takes = |method: &str| methods.iter().any(|each| each == method);
        // Left out, it is the header (OpenID Connect Discovery, section 3).
        let takes_header = methods.is_empty() || takes("client_secret_basic");
        if !takes_header && !takes("client_secret_post") {
            return Err(Trouble::Unusable("it takes no client's secret"));
        }
        let address = |text: &str| fetched_from(text).ok_or(Trouble::Unusable("its addresses are none to be asked"));
        let keys_at = address(&self.jwks_uri)?;
        let kept = before.filter(|before| before.keys_at == keys_at).map(|before| Arc::clone(&before.keys));
        Ok(Description {
            authorization: address(&self.authorization_endpoint)?,
            token: address(&self.token_endpoint)?,
            keys: kept.unwrap_or_else(|| Arc::new(KeySet::new(keys_at.clone()))),
            keys_at,
            takes_secret_in_form: !takes_header,
            names_itself: self.authorization_response_iss_parameter_supported,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example.com";

    fn said() -> Value {
        json!({
            "issuer": ISSUER, "authorization_endpoint": "https://id.example.com/auth",
            "token_endpoint": "https://tokens.example.com/token", "jwks_uri": "https://id.example.com/keys",
        })
    }

    fn described(said: Value) -> Result<Description, Trouble> {
        serde_json::from_value::<Document>(said).unwrap().describe(ISSUER, None)
    }

    #[test]
    fn a_description_is_of_its_issuer_and_leads_to_names_over_https() {
        let good = described(said()).ok().unwrap();
        assert!(!good.takes_secret_in_form && !good.names_itself);
        for (name, value) in [
            ("issuer", "https://id.example.com/"),
            ("issuer", "https://evil.example"),
            ("token_endpoint", "http://id.example.com/token"),
            ("token_endpoint", "https://127.0.0.1/token"),
            ("token_endpoint", "https://[::1]/token"),
            ("token_endpoint", "https://169.254.169.254/token"),
            ("token_endpoint", "https://2130706433/token"),
            ("token_endpoint", "https://user@id.example.com/token"),
            ("jwks_uri", "file:///etc/passwd"),
            ("jwks_uri", "https://10.0.0.1/keys"),
            ("authorization_endpoint", "javascript:alert(1)"),
            ("authorization_endpoint", "http://id.example.com/auth"),
        ] {
            let mut bad = said();
            bad[name] = json!(value);
            assert!(described(bad).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn the_secret_goes_the_way_that_the_provider_takes() {
        let with = |methods: Value| {
            let mut said = said();
            said["token_endpoint_auth_methods_supported"] = methods;
            described(said).map(|description| description.takes_secret_in_form)
        };
        assert!(matches!(with(json!(["client_secret_basic", "client_secret_post"])), Ok(false)));
        assert!(matches!(with(json!(["client_secret_post"])), Ok(true)));
        assert!(with(json!(["private_key_jwt"])).is_err());
    }

    #[test]
    fn keys_stay_known_while_they_lie_where_they_lay() {
        let first = described(said()).ok().unwrap();
        let document = |said: Value| serde_json::from_value::<Document>(said).unwrap();
        let again = document(said()).describe(ISSUER, Some(&first)).ok().unwrap();
        assert!(Arc::ptr_eq(&first.keys, &again.keys));
        let mut moved = said();
        moved["jwks_uri"] = json!("https://id.example.com/keys2");
        let moved = document(moved).describe(ISSUER, Some(&first)).ok().unwrap();
        assert!(!Arc::ptr_eq(&first.keys, &moved.keys));
    }
}
