//! A person with a browser, and a client by hand.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use duo_mcp_gateway::domain::actor::Actor;
use duo_mcp_gateway::domain::member::{Member, Role};
use duo_mcp_gateway::domain::random::Random;
use duo_mcp_gateway::domain::tenant::Tenant;
use duo_mcp_gateway::tenants::NewMember;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::support::client::Reply;
use crate::support::gateway::Gateway;

pub(crate) const LOOPBACK: &str = "http://127.0.0.1:53123/callback";

/// What people and clients reach: a gateway, or several behind one address.
pub(crate) trait Site: Sync {
    fn http(&self) -> &reqwest::Client;

    /// Where this path is reached.
    fn url(&self, path: &str) -> String;

    /// The origin that people type, which is the issuer.
    fn issuer(&self) -> String;

    /// What a browser takes for the origin of its pages.
    fn page_origin(&self) -> String {
        self.url("")
    }
}

impl Site for Gateway {
    fn http(&self) -> &reqwest::Client {
        Gateway::http(self)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.settings.server.public.listen)
    }

    fn issuer(&self) -> String {
        self.settings.server.public.origin()
    }
}

/// What a browser keeps between two requests.
pub(crate) struct Browser<'a> {
    pub(crate) site: &'a dyn Site,
    pub(crate) cookies: Vec<(String, String)>,
}

/// A client as a program would be it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) redirect: String,
    pub(crate) verifier: String,
}

/// Where a request led: its parameters at the client's address.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) at: String,
    pub(crate) query: Vec<(String, String)>,
}

impl Landed {
    pub(crate) fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status, 303, "{}", reply.text);
        let url = Url::parse(reply.header("location")).unwrap();
        let query = url.query_pairs().into_owned().collect();
        Self { at: url[..url::Position::AfterPath].to_owned(), query }
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let found: Vec<_> = self.query.iter().filter(|(own, _)| own == name).collect();
        assert!(found.len() <= 1, "{name} is there {} times", found.len());
        found.first().map(|(_, value)| value.as_str())
    }
}

impl<'a> Browser<'a> {
    pub(crate) fn new(site: &'a dyn Site) -> Self {
        Self { site, cookies: Vec::new() }
    }

    /// The same browser at another replica.
    pub(crate) fn at<'b>(&self, site: &'b dyn Site) -> Browser<'b> {
        Browser { site, cookies: self.cookies.clone() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        let request = self.site.http().get(self.site.url(path)).header("cookie", self.cookie());
        let reply = Reply::of(request).await;
        self.keep(&reply);
        reply
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self.site.http().post(self.site.url(path)).header("cookie", self.cookie());
        let request = request.header("origin", self.site.page_origin()).header("sec-fetch-site", "same-origin");
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let reply = Reply::of(request).await;
        self.keep(&reply);
        reply
    }

    pub(crate) fn cookie_of(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The cookies as it sends them.
    pub(crate) fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, reply: &Reply) {
        // RFC 9110, 15.5.2: a 401 would have to name a scheme, and people show who they are in a form.
        assert_ne!(reply.status, 401, "a page: {}", reply.text);
        for cookie in reply.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), rest.split(';').next().unwrap().to_owned()));
        }
    }

    /// Begins the client's request; the path of the page that it leads to.
    pub(crate) async fn begin(&mut self, app: &App, scope: Option<&str>) -> String {
        let reply = self.get(&app.authorize(self.site, scope)).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        let path = reply.header("location").to_owned();
        assert!(path.starts_with("/connect/"), "{path}");
        path
    }

    /// Signs in on the page of a request; what came of it.
    pub(crate) async fn sign_in(&mut self, path: &str, key: &str) -> Reply {
        let page = self.get(path).await;
        self.post(&format!("{path}/sign-in"), &[("csrf", &csrf(&page)), ("key", key)]).await
    }

    /// Says yes on the page of a request.
    pub(crate) async fn approve(&mut self, path: &str, preset: &str) -> Reply {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        self.post(&format!("{path}/approve"), &[("csrf", &csrf(&page)), ("preset", preset), ("days", "30")]).await
    }

    /// All of it, by an owner key: where the browser lands.
    pub(crate) async fn let_in(&mut self, app: &App, key: &str, preset: &str) -> Landed {
        let path = self.begin(app, None).await;
        if self.cookie_of("duo_mcp_member").is_none() {
            assert_eq!(self.sign_in(&path, key).await.status, 303);
        }
        Landed::of(&self.approve(&path, preset).await)
    }
}

impl App {
    /// A client that registered with one address.
    pub(crate) async fn registered(site: &dyn Site, redirect: &str) -> Self {
        let said = json!({
            "client_name": "Test client",
            "redirect_uris": [redirect],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        });
        let reply = register(site, &said).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        Self::of(reply.json()["client_id"].as_str().unwrap(), redirect)
    }

    pub(crate) fn of(id: &str, redirect: &str) -> Self {
        let verifier = Random::system().base62::<64>().unwrap();
        Self { id: id.to_owned(), redirect: redirect.to_owned(), verifier }
    }

    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// The parameters of a request that is in order.
    pub(crate) fn request(&self, site: &dyn Site) -> Vec<(&'static str, String)> {
        vec![
            ("client_id", self.id.clone()),
            ("redirect_uri", self.redirect.clone()),
            ("response_type", "code".into()),
            ("code_challenge", self.challenge()),
            ("code_challenge_method", "S256".into()),
            ("resource", format!("{}/mcp", site.issuer())),
            ("state", "a state & more".into()),
        ]
    }

    fn authorize(&self, site: &dyn Site, scope: Option<&str>) -> String {
        let mut request = self.request(site);
        request.extend(scope.map(|scope| ("scope", scope.to_owned())));
        query("/authorize", &request)
    }

    /// Brings a code.
    pub(crate) async fn redeem(&self, site: &dyn Site, code: &str) -> Reply {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.id),
            ("code", code),
            ("redirect_uri", &self.redirect),
            ("code_verifier", &self.verifier),
        ];
        token(site, &fields).await
    }

    /// Brings a refresh token.
    pub(crate) async fn refresh(&self, site: &dyn Site, refresh: &str) -> Reply {
        let fields = [("grant_type", "refresh_token"), ("client_id", &self.id), ("refresh_token", refresh)];
        token(site, &fields).await
    }

    /// Is let in and has its tokens.
    pub(crate) async fn connected(&self, browser: &mut Browser<'_>, key: &str, preset: &str) -> Value {
        let landed = browser.let_in(self, key, preset).await;
        let reply = self.redeem(browser.site, landed.one("code").unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }
}

pub(crate) fn query(path: &str, parameters: &[(&str, String)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

pub(crate) async fn register(site: &dyn Site, said: &Value) -> Reply {
    Reply::of(site.http().post(site.url("/register")).json(said)).await
}

pub(crate) async fn token(site: &dyn Site, fields: &[(&str, &str)]) -> Reply {
    form(site, "/token", fields).await
}

pub(crate) async fn form(site: &dyn Site, path: &str, fields: &[(&str, &str)]) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = site.http().post(site.url(path)).header("content-type", "application/x-www-form-urlencoded");
    Reply::of(request.body(body)).await
}

/// The proof in the first form of a page.
pub(crate) fn csrf(page: &Reply) -> String {
    let after = page.text.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {}", page.text));
    after.split('"').next().unwrap().to_owned()
}

/// A member of the tenant who can sign in, and the key for it.
pub(crate) async fn member(gateway: &Gateway, tenant: &Tenant, name: &str, role: Role) -> (Member, String) {
    let new = NewMember { name: name.into(), role, ..NewMember::default() };
    let member = gateway.parts.acts.create_member(&tenant.id, &new, &Actor::Console).await.unwrap();
    let (_, key) = gateway.parts.acts.make_owner_key(&tenant.id, &member.id, &Actor::Console).await.unwrap();
    (member, key.expose().to_owned())
}

/// The owner of the gateway's tenant.
pub(crate) async fn owner(gateway: &Gateway) -> String {
    member(gateway, &gateway.tenant, "Olivia Owner", Role::Owner).await.1
}
