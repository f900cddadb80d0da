//! Who this gateway is to an authenticator: the host of its public origin.

use serde_json::{Value, json};
use url::{Host, Url};
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::vault::hex;

/// What an authenticator shows as the name of this place.
const NAME: &str = "duo-mcp-gateway";

/// The relying party.
pub struct RelyingParty {
    webauthn: Webauthn,
}

/// A signature that was checked.
pub(super) struct Signed {
    /// What the next one is checked by.
    pub(super) credential: String,
    /// How often its authenticator has signed.
    pub(super) counter: i64,
}

/// A passkey that was made.
pub(super) struct Made {
    /// By which its authenticator names it, in hexadecimal.
    pub(super) id: String,
    /// What its signatures are checked by.
    pub(super) credential: String,
    /// How often its authenticator has signed.
    pub(super) counter: i64,
}

/// Why an answer is not taken.
#[derive(Debug)]
pub(super) enum Unproven {
    /// It counts fewer signatures than before: there are two of it.
    Copied,
    /// Whatever else is wrong with it.
    Wrong,
}

impl RelyingParty {
    /// The relying party of this origin; `None` where browsers have no passkeys: at an address that is no name, and
    /// without TLS anywhere but at `localhost`.
    pub fn of(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let Some(Host::Domain(name)) = url.host() else { return None };
        if url.scheme() != "https" && name != "localhost" {
            return None;
        }
        let webauthn = WebauthnBuilder::new(name, &url).ok()?.rp_name(NAME).build().ok()?;
        Some(Self { webauthn })
    }

    /// Asks for a new passkey that its authenticator finds by itself, and none of those that the member has: what the
    /// browser is told, and what has to be known when it answers.
    pub(super) fn ask_new(
        &self,
        handle: Uuid,
        (name, display): (&str, &str),
        has: Vec<Vec<u8>>,
    ) -> Result<(Value, String), WebauthnError> {
        let (asked, state) = self.webauthn.start_passkey_registration(handle, name, display, Some(has))?;
        let mut options = json!(asked.public_key);
        // Nobody types a name to sign in, so the authenticator has to know which passkeys it has for this place.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok((options, serde_json::to_string(&state)?))
    }

    /// Takes a new passkey.
    pub(super) fn take_new(&self, state: &str, answer: &str) -> Result<Made, WebauthnError> {
        let state: PasskeyRegistration = serde_json::from_str(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer)?;
        let passkey = self.webauthn.finish_passkey_registration(&answer, &state)?;
        let (id, credential) = (hex(passkey.cred_id()), serde_json::to_string(&passkey)?);
        let counter = i64::from(Credential::from(passkey).counter);
        Ok(Made { id, credential, counter })
    }

    /// Asks for a signature of whichever passkey there is.
    pub(super) fn ask_any(&self) -> Result<(Value, String), WebauthnError> {
        let (asked, state) = self.webauthn.start_discoverable_authentication()?;
        Ok((json!(asked.public_key), serde_json::to_string(&state)?))
    }

    /// Which passkey signed, by its authenticator's name for it, and for whom it says to have been made.
    pub(super) fn names(&self, answer: &str) -> Option<(String, Uuid, PublicKeyCredential)> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        let (handle, id) = self.webauthn.identify_discoverable_authentication(&answer).ok()?;
        Some((hex(id), handle, answer))
    }

    /// Checks a signature.
    pub(super) fn check(&self, state: &str, answer: &PublicKeyCredential, known: &str) -> Result<Signed, Unproven> {
        let state: DiscoverableAuthentication = serde_json::from_str(state).map_err(|_| Unproven::Wrong)?;
        let mut passkey: Passkey = serde_json::from_str(known).map_err(|_| Unproven::Wrong)?;
        let outcome = self.webauthn.finish_discoverable_authentication_v2(answer, state, &passkey);
        let proven = outcome.map_err(|error| match error {
            WebauthnError::CredentialPossibleCompromise => Unproven::Copied,
            error => {
                tracing::debug!(error = %error, "A passkey's signature was refused");
                Unproven::Wrong
            }
        })?;
        passkey.update_credential(&proven);
        let credential = serde_json::to_string(&passkey).map_err(|_| Unproven::Wrong)?;
        Ok(Signed { credential, counter: i64::from(proven.counter()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_over_tls_and_localhost_have_passkeys() {
        for origin in ["https://mcp.example.com", "https://mcp.example.com:8443", "http://localhost:8080"] {
            assert!(RelyingParty::of(origin).is_some(), "{origin}");
        }
        for origin in
            ["http://127.0.0.1:8080", "https://192.0.2.7", "http://[::1]:8080", "http://mcp.example.com", "no origin"]
        {
            assert!(RelyingParty::of(origin).is_none(), "{origin}");
        }
    }

    #[test]
    fn a_person_is_verified_and_types_no_name() {
        let party = RelyingParty::of("https://mcp.example.com").unwrap();
        let (asked, _) = party.ask_new(Uuid::from_bytes([7; 16]), ("ann", "Ann"), vec![vec![1, 2]]).unwrap();
        assert_eq!(asked["rp"]["id"], "mcp.example.com");
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(asked["excludeCredentials"][0]["id"], "AQI");
        let (asked, _) = party.ask_any().unwrap();
        assert_eq!((&asked["rpId"], &asked["userVerification"]), (&json!("mcp.example.com"), &json!("required")));
        assert_eq!(asked["allowCredentials"], json!([]));
    }
}
