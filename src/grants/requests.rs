//! A client's request on its way through a browser: begun, looked at, answered.

use std::sync::Arc;

use super::error::GrantError;
use crate::config::OauthSettings;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditEvent;
use crate::domain::authorization::{AuthorizationRequest, Consent, Transaction};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::ids::EventId;
use crate::domain::member::Member;
use crate::domain::random::Random;
use crate::domain::scope::Scopes;
use crate::store::Authorizations;
use crate::tokens::{Kind, Token, TokenHash, derive};
use crate::vault::{HouseKeys, hex, keyed_hash};

/// How long a person may take to answer.
const OPEN_SECONDS: i64 = 10 * 60;
/// How long a code works.
const CODE_SECONDS: i64 = 60;
const DAY_SECONDS: i64 = 24 * 3600;

/// What a browser holds of a request: its id, from the address, and the browser's own secret, from a cookie.
#[derive(Clone, Copy)]
pub struct Ticket<'a> {
    /// The request's id.
    pub request: &'a str,
    /// The browser's secret.
    pub browser: &'a str,
}

/// A person's yes.
#[derive(Clone, Copy, Debug)]
pub struct Yes {
    /// What is granted; of this what the member may have.
    pub scopes: Scopes,
    /// For how many days; the settings bound it.
    pub days: u32,
}

/// Requests under way; cheap to clone.
#[derive(Clone)]
pub struct Requests {
    store: Authorizations,
    house: Arc<HouseKeys>,
    clock: Clock,
    random: Random,
    settings: OauthSettings,
}

impl Requests {
    /// Requests kept in this store.
    pub fn new(
        store: Authorizations,
        house: Arc<HouseKeys>,
        clock: Clock,
        random: Random,
        settings: OauthSettings,
    ) -> Self {
        Self { store, house, clock, random, settings }
    }

    /// Keeps a validated request for the browser with this secret; the request's id.
    pub async fn begin(&self, request: &AuthorizationRequest, browser: &str) -> Result<String, GrantError> {
        let id = self.random.base62::<30>()?;
        let now = self.clock.now();
        let ends = now.plus_seconds(OPEN_SECONDS);
        let is_kept = self.store.begin(&self.hash(&id), &self.hash(browser), request, now, ends).await?;
        if is_kept { Ok(id) } else { Err(GrantError::TooMany) }
    }

    /// The request, while it is open or remembered as answered, for the browser that began it.
    pub async fn find(&self, ticket: Ticket<'_>) -> Result<Transaction, GrantError> {
        let found = self.store.find(&self.hash(ticket.request), &self.hash(ticket.browser)).await?;
        let now = self.clock.now();
        match found {
            Some(found) if found.decided.is_some() || now < found.expires_at => Ok(found),
            _ => Err(GrantError::Over),
        }
    }

    /// Says yes for this member: the code. The same form sent twice gets the same code, until that is redeemed.
    pub async fn consent(
        &self,
        ticket: Ticket<'_>,
        member: &Member,
        yes: Yes,
    ) -> Result<(Token, Transaction), GrantError> {
        let open = self.find(ticket).await?;
        let scopes = member.rights(yes.scopes);
        if scopes.is_empty() {
            return Err(GrantError::Nothing);
        }
        let (now, days) = (self.clock.now(), yes.days.clamp(1, self.settings.longest_days));
        let consent = Consent {
            tenant: member.tenant.clone(),
            member: member.id.clone(),
            request: AuthorizationRequest { scopes, ..open.request.clone() },
            ends_at: now.plus_seconds(i64::from(days) * DAY_SECONDS),
            expires_at: now.plus_seconds(CODE_SECONDS),
            redeemed: None,
        };
        let code = derive(Kind::AuthorizationCode, self.house.rotation(), ticket.request);
        let keys = (&self.hash(ticket.request), &self.hash(ticket.browser));
        if open.decided.is_none() && self.store.consent(keys, &code.hash(), &consent, now).await? {
            return Ok((code, open));
        }
        let again = self.find(ticket).await?;
        let kept = self.store.find_code(&code.hash()).await?;
        let is_same = again.decided.is_some_and(|decided| decided.yes)
            && kept.is_some_and(|kept| kept.redeemed.is_none() && kept.member == member.id && now < kept.expires_at);
        if is_same { Ok((code, again)) } else { Err(GrantError::Over) }
    }

    /// Says no. A member's no is written down with it; somebody who is not signed in has no tenant whose log has it.
    pub async fn deny(&self, ticket: Ticket<'_>, member: Option<&Member>) -> Result<Transaction, GrantError> {
        let open = self.find(ticket).await?;
        if open.decided.is_some_and(|decided| !decided.yes) {
            return Ok(open);
        }
        let now = self.clock.now();
        let event = member.map(|member| self.denial(member, &open.request, now)).transpose()?;
        let keys = (&self.hash(ticket.request), &self.hash(ticket.browser));
        if self.store.deny(keys, now, event.as_ref()).await? { Ok(open) } else { Err(GrantError::Over) }
    }

    fn denial(&self, member: &Member, request: &AuthorizationRequest, at: Timestamp) -> Result<AuditEvent, GrantError> {
        Ok(AuditEvent {
            tenant: Some(member.tenant.clone()),
            objects: vec![request.client.clone(), request.redirect.origin()],
            ..AuditEvent::done(
                EventId::new(&self.random)?,
                at,
                Actor::Member { member: member.id.clone(), person: member.name.clone() },
                "grant.deny",
            )
        })
    }

    /// What a proof of this member for this request is known by: nobody else's, and no other request's.
    pub fn purpose(&self, ticket: Ticket<'_>, member: &Member) -> String {
        self.proof(&[ticket.request, ticket.browser, member.id.as_str()])
    }

    /// What a proof of this member is known by that no client asked for: nobody else's, and no other session's.
    pub fn purpose_of_session(&self, session: &str, member: &Member) -> String {
        self.proof(&[session, member.id.as_str()])
    }

    fn proof(&self, parts: &[&str]) -> String {
        let parts: Vec<&[u8]> =
            [b"proof".as_slice()].into_iter().chain(parts.iter().map(|part| part.as_bytes())).collect();
        format!("connect:{}", hex(&keyed_hash(self.house.rotation(), &parts)))
    }

    /// The longest time that may be granted, in days.
    pub fn longest_days(&self) -> u32 {
        self.settings.longest_days
    }

    /// What is stored of an id or a browser's secret.
    fn hash(&self, text: &str) -> TokenHash {
        keyed_hash(self.house.rotation(), &[b"authorization", text.as_bytes()])
    }
}
