//! How AI clients are let in by a person's consent, and how people sign in for it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Seconds;
use crate::domain::scope::Scope;

/// Sign-in by OAuth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OauthSettings {
    /// Whether people may let AI clients in. Switched off, the public listener takes API keys alone and names no
    /// sign-in.
    pub enabled: bool,
    /// Which clients may come with a document of their own (client id metadata documents): `any`, only those that are
    /// well `known`, or none (`off`).
    pub documents: ClientDocuments,
    /// Whether clients may register themselves (dynamic client registration). Cursor and older clients need it.
    pub registration: bool,
    /// Different clients that may register from one address in an hour; the same one again is never counted.
    #[schemars(range(min = 1, max = 10_000))]
    pub registrations_per_hour: u32,
    /// How long an access token works, in seconds.
    #[schemars(range(min = 300, max = 86_400))]
    pub access_token_seconds: Seconds,
    /// Clients whose access tokens work for another time, each a table with `client` and `access_token_seconds`.
    #[schemars(example = example_lifetime())]
    pub client_lifetimes: Vec<ClientLifetime>,
    /// How long a connection lasts that is not used, in days.
    #[schemars(range(min = 1, max = 365))]
    pub idle_days: u32,
    /// How long a connection lasts at most, however much it is used, in days.
    #[schemars(range(min = 1, max = 365))]
    pub longest_days: u32,
    /// How long a refresh token that was used is answered with the same pair again, in seconds, for clients that lost
    /// the answer or asked twice at once. 0 answers again only while the new pair is unused.
    #[schemars(range(min = 0, max = 300))]
    pub refresh_leeway_seconds: Seconds,
    /// Identity providers whose access tokens are taken beside our own, each a table with `issuer` and `jwks_url`, and as
    /// needed `claim` (whose values are linked to members; `sub`), `scopes` (the provider's words for ours) and
    /// `any_type`. None as long as the list is empty.
    #[schemars(example = example_provider())]
    pub identity_providers: Vec<IdentityProvider>,
}

/// Which clients may come with a document of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the setting's own description says what they mean")]
pub enum ClientDocuments {
    Any,
    Known,
    Off,
}

/// An identity provider whose access tokens (JWTs) are taken at `/mcp`. A token opens what an operator linked: its
/// issuer and the value of one claim stand for a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// Its issuer, letter for letter as its tokens name it.
    pub issuer: String,
    /// Where its keys lie: an https address of a JWK set, with a name and no number as its host.
    pub jwks_url: String,
    /// The claim whose values are linked to members. Take all links of this issuer back before another is named here: a
    /// link keeps the value and not which claim it was of.
    #[serde(default = "subject")]
    pub claim: String,
    /// What the provider calls our scopes: its word and ours. Empty, its tokens say our words.
    #[serde(default)]
    pub scopes: BTreeMap<String, Scope>,
    /// Whether tokens of another type than `at+jwt` are taken, for providers that set none. Their ID tokens are not made
    /// for us, so the audience still has to be this gateway.
    #[serde(default)]
    pub any_type: bool,
}

fn subject() -> String {
    "sub".to_owned()
}

/// One client and how long its access tokens work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientLifetime {
    /// The client's id.
    pub client: String,
    /// How long its access tokens work, in seconds.
    pub access_token_seconds: Seconds,
}

impl Default for OauthSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            documents: ClientDocuments::Any,
            registration: true,
            registrations_per_hour: 30,
            access_token_seconds: Seconds(3_600),
            client_lifetimes: Vec::new(),
            idle_days: 30,
            longest_days: 90,
            refresh_leeway_seconds: Seconds(30),
            identity_providers: Vec::new(),
        }
    }
}

impl OauthSettings {
    /// How long the access tokens of this client work.
    pub fn access_token_seconds(&self, client: &str) -> i64 {
        let own = self.client_lifetimes.iter().find(|lifetime| lifetime.client == client);
        let Seconds(seconds) = own.map_or(self.access_token_seconds, |own| own.access_token_seconds);
        i64::try_from(seconds).unwrap_or(3_600)
    }
}

/// The hosted Claude does not always refresh while a conversation goes on; tokens that can be taken back may live longer.
fn example_lifetime() -> Vec<ClientLifetime> {
    vec![ClientLifetime {
        client: "https://claude.ai/oauth/mcp-oauth-client-metadata".into(),
        access_token_seconds: Seconds(28_800),
    }]
}

fn example_provider() -> Vec<IdentityProvider> {
    vec![IdentityProvider {
        issuer: "https://id.example.com".into(),
        jwks_url: "https://id.example.com/keys".into(),
        claim: "sub".into(),
        scopes: [("Duo.Read".to_owned(), Scope::Read)].into(),
        any_type: false,
    }]
}

/// Signing in on the pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignInSettings {
    /// By an OpenID provider of the operator's.
    pub oidc: OidcSettings,
}

/// By an OpenID provider of the operator's. Off while all of it is left out. It signs in members whom an operator linked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OidcSettings {
    /// What people call the provider: the pages say "Sign in with" and this name.
    #[schemars(example = "Example ID")]
    pub name: Option<String>,
    /// The provider's issuer, letter for letter; its description is fetched from
    /// `ISSUER/.well-known/openid-configuration`.
    #[schemars(example = "https://id.example.com")]
    pub issuer: Option<String>,
    /// What the provider calls this gateway. Register it there as a confidential web client that is sent back to
    /// `/connect/oidc/callback` under the origin of `server.public.url`.
    #[schemars(example = "duo-mcp-gateway")]
    pub client_id: Option<String>,
    /// Path of a file with the client's secret, mode 0600 or narrower. The secret itself never stands in the settings.
    #[schemars(example = "/run/secrets/oidc-client-secret")]
    pub client_secret_file: Option<PathBuf>,
    /// Name of an environment variable with the client's secret, in the place of a file. Other processes of the same user
    /// can read it.
    #[schemars(example = &"OIDC_CLIENT_SECRET")]
    pub client_secret_env: Option<String>,
    /// The claim of the ID token whose values are linked to members. Choose one that the provider never gives to another
    /// person; an e-mail address is none. Take all links of this issuer back before another is named here: a link keeps
    /// the value and not which claim it was of, so who may choose a value of the new claim could be whom it was linked to.
    pub claim: String,
    /// What is asked for; `openid` is one of it. A claim other than `sub` may need more.
    pub scopes: Vec<String>,
}

impl Default for OidcSettings {
    fn default() -> Self {
        Self {
            name: None,
            issuer: None,
            client_id: None,
            client_secret_file: None,
            client_secret_env: None,
            claim: "sub".to_owned(),
            scopes: vec!["openid".to_owned()],
        }
    }
}

impl OidcSettings {
    /// Whether anything of it is set. The settings are refused where something is and something else is not.
    pub fn is_on(&self) -> bool {
        *self != Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirk_8_the_hosted_claude_can_have_a_longer_token() {
        let settings = OauthSettings { client_lifetimes: example_lifetime(), ..OauthSettings::default() };
        assert_eq!(settings.access_token_seconds("https://claude.ai/oauth/mcp-oauth-client-metadata"), 28_800);
        assert_eq!(settings.access_token_seconds("https://other.example/client.json"), 3_600);
    }
}
