//! The way to the provider and back: authorization code with PKCE.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::super::fetch::{Fetcher, NoDocument, Override};
use super::super::signatures;
use super::attempt::{self, Attempt, Bound};
use super::discovery::{Description, Discovery};
use super::error::NotProved;
use super::id_token::{self, Proved, Wanted};
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::vault::HouseKeys;

/// The most bytes of what a provider answers.
const MOST_BYTES: usize = 128 * 1024;

/// What a door is made of.
pub struct DoorParts {
    /// What people call the provider.
    pub name: String,
    /// Its issuer, letter for letter.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// The secret that we share with it.
    pub secret: Zeroizing<String>,
    /// The claim whose values are linked to members.
    pub claim: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Where it sends people back to.
    pub redirect: String,
    /// Names that lead elsewhere.
    pub overrides: Vec<Override>,
    /// The house's keys.
    pub house: Arc<HouseKeys>,
    /// The time.
    pub clock: Clock,
    /// Random texts.
    pub random: Random,
}

/// A door through which members come in by the operator's OpenID provider; cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    parts: DoorParts,
    discovery: Discovery,
    fetcher: Fetcher,
}

/// A sign-in that began.
pub struct Begun {
    /// Where the browser goes.
    pub address: Url,
    /// What it carries meanwhile, in a cookie.
    pub carried: String,
    /// For how long.
    pub seconds: u64,
}

/// What a browser brings back from the provider.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The code.
    pub code: Option<String>,
    /// The state.
    pub state: String,
    /// Who answers (RFC 9207).
    pub issuer: Option<String>,
    /// What went wrong there.
    pub error: Option<String>,
}

/// What the token endpoint answers; access and refresh tokens are not even looked at.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Door {
    /// The door to this provider. Nothing is fetched before somebody wants to go through.
    pub fn new(mut parts: DoorParts) -> Result<Self, duo_api::client::SettingsError> {
        signatures::install();
        let fetcher = Fetcher::new(std::mem::take(&mut parts.overrides), MOST_BYTES)?;
        Ok(Self(Arc::new(Inner { discovery: Discovery::new(&parts.issuer), fetcher, parts })))
    }

    /// What people call the provider.
    pub fn name(&self) -> &str {
        &self.0.parts.name
    }

    /// Begins a sign-in from the page at `base`; `anew` asks the person there once more, whoever is signed in there.
    pub async fn begin(&self, browser: &str, base: &str, anew: bool) -> Result<Begun, NotProved> {
        let Inner { parts, discovery, fetcher } = &*self.0;
        let description = discovery.get(fetcher).await?;
        let attempt = Attempt::begin(base, parts.clock.now(), &parts.random)?;
        let bound = self.bound(browser);
        let mut address = description.authorization.clone();
        let mut query = address.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &parts.client)
            .append_pair("redirect_uri", &parts.redirect)
            .append_pair("scope", &parts.scopes.join(" "))
            .append_pair("state", &attempt.state(bound))
            .append_pair("nonce", &attempt.nonce(bound))
            .append_pair("code_challenge", &attempt.challenge(bound))
            .append_pair("code_challenge_method", "S256");
        if anew {
            query.append_pair("prompt", "login").append_pair("max_age", "0");
        }
        drop(query);
        Ok(Begun { address, carried: attempt.carried(), seconds: attempt::seconds() })
    }

    /// The sign-in of this browser that this answer is to; `None` when it is to none, which is not asked any further.
    pub fn recognize(&self, browser: &str, carried: &str, answer: &Answer) -> Option<Attempt> {
        Attempt::recognize(carried, &answer.state, self.bound(browser), self.0.parts.clock.now())
    }

    /// Whom the answer proves.
    pub async fn finish(
        &self,
        attempt: &Attempt,
        browser: &str,
        answer: &Answer,
        anew: bool,
    ) -> Result<Proved, NotProved> {
        let Inner { parts, discovery, fetcher } = &*self.0;
        let description = discovery.get(fetcher).await?;
        match &answer.issuer {
            Some(issuer) if *issuer != parts.issuer => return Err(NotProved::Untrusted("another issuer answers")),
            None if description.names_itself => return Err(NotProved::Untrusted("nobody says who answers")),
            _ => {}
        }
        if let Some(error) = &answer.error {
            return Err(declined(error));
        }
        let code = answer.code.as_deref().ok_or(NotProved::Untrusted("there is no code"))?;
        let bound = self.bound(browser);
        let token = self.redeem(&description, code, &attempt.verifier(bound)).await?;
        let wanted = Wanted {
            issuer: &parts.issuer,
            client: &parts.client,
            nonce: &attempt.nonce(bound),
            claim: &parts.claim,
            since: anew.then(|| attempt.began()),
            now: parts.clock.now(),
        };
        id_token::check(&token, &description.keys, fetcher, &wanted).await
    }

    /// Exchanges the code for an ID token.
    async fn redeem(
        &self,
        description: &Description,
        code: &str,
        verifier: &str,
    ) -> Result<Zeroizing<String>, NotProved> {
        let fetcher = &self.0.fetcher;
        let (form, authorization) = self.request(description, code, verifier)?;
        let sent = fetcher.post(&description.token, form, authorization).await;
        let (status, body) = sent.map_err(|error| match error {
            NoDocument::Now | NoDocument::Busy => NotProved::Away,
            NoDocument::Refused(why) => NotProved::Unusable(why),
        })?;
        let body = Zeroizing::new(body);
        match status {
            StatusCode::OK => {}
            StatusCode::BAD_REQUEST if error_of(&body) == "invalid_grant" => {
                return Err(NotProved::Untrusted("the provider does not take the code"));
            }
            StatusCode::TOO_MANY_REQUESTS => return Err(NotProved::Away),
            status if status.is_server_error() => return Err(NotProved::Away),
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                return Err(NotProved::Unusable("it does not take this gateway for its client"));
            }
            _ => return Err(NotProved::Unusable("its token endpoint answers with something else")),
        }
        let tokens: Tokens =
            serde_json::from_slice(&body).map_err(|_| NotProved::Unusable("its token endpoint gives no ID token"))?;
        Ok(Zeroizing::new(tokens.id_token))
    }

    /// The form that exchanges the code, and the header with the client's secret where it does not stand in the form.
    fn request(
        &self,
        description: &Description,
        code: &str,
        verifier: &str,
    ) -> Result<(String, Option<HeaderValue>), NotProved> {
        let parts = &self.0.parts;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("code", code);
        form.append_pair("redirect_uri", &parts.redirect).append_pair("code_verifier", verifier);
        if description.takes_secret_in_form {
            form.append_pair("client_id", &parts.client).append_pair("client_secret", &parts.secret);
            return Ok((form.finish(), None));
        }
        let header =
            basic(&parts.client, &parts.secret).ok_or(NotProved::Unusable("the client's secret is no text"))?;
        Ok((form.finish(), Some(header)))
    }

    fn bound<'a>(&'a self, browser: &'a str) -> Bound<'a> {
        let parts = &self.0.parts;
        Bound { key: parts.house.sign_in(), browser, issuer: &parts.issuer }
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Door").field(&self.0.parts.issuer).finish()
    }
}

/// What an error of the provider means; what it says of itself reaches nobody.
fn declined(error: &str) -> NotProved {
    match error {
        "server_error" | "temporarily_unavailable" => NotProved::Away,
        "unauthorized_client"
        | "invalid_request"
        | "invalid_scope"
        | "unsupported_response_type"
        | "invalid_client" => NotProved::Unusable("it does not take this gateway's request"),
        _ => NotProved::Declined,
    }
}

fn error_of(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        error: String,
    }
    serde_json::from_slice::<Said>(body).map(|said| said.error).unwrap_or_default()
}

/// Both are encoded as in a form before they are put together (RFC 6749, section 2.3.1).
fn basic(client: &str, secret: &str) -> Option<HeaderValue> {
    let encoded = |text: &str| Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
    let both = Zeroizing::new(format!("{}:{}", *encoded(client), *encoded(secret)));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(both.as_bytes()))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_carries_what_a_form_would() {
        let value = basic("a b:c", "s%cret é").unwrap();
        let text = STANDARD.decode(value.to_str().unwrap().strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "a+b%3Ac:s%25cret+%C3%A9");
        assert!(value.is_sensitive());
    }

    #[test]
    fn a_person_s_no_is_told_from_trouble() {
        assert!(matches!(declined("access_denied"), NotProved::Declined));
        assert!(matches!(declined("login_required"), NotProved::Declined));
        assert!(matches!(declined("temporarily_unavailable"), NotProved::Away));
        assert!(matches!(declined("invalid_scope"), NotProved::Unusable(_)));
    }
}
