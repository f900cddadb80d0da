//! A browser at a page that no client's request led to.

use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::super::page::answer;
use super::error::ConnectError;
use super::state::ConnectState;
use crate::domain::actor::Actor;
use crate::domain::member::{Member, MemberSession};
use crate::tenants::TenantError;
use crate::web::form::Fields;

/// How long a browser keeps its secret while nobody is signed in.
const BROWSER_SECONDS: u64 = 60 * 60;
/// How long after a sign-in grave things may be done without another.
pub(in crate::pages) const FRESH_SECONDS: i64 = 10 * 60;

/// A browser, and who is signed in there.
pub(in crate::pages) struct Visitor {
    browser: Zeroizing<String>,
    is_new: bool,
    session: Option<(MemberSession, Zeroizing<String>)>,
}

impl Visitor {
    /// The browser that sent these headers. One that is new here is given a secret with the answer.
    pub(in crate::pages) async fn of(state: &ConnectState, headers: &HeaderMap) -> Result<Self, ConnectError> {
        let known = state.browser.read(headers).filter(|text| text.len() == 32);
        let is_new = known.is_none();
        let browser = match known {
            Some(known) => known.to_owned(),
            None => state.random.base62::<32>()?,
        };
        let session = match state.session.read(headers) {
            None => None,
            Some(token) => {
                let session = match state.acts.session(token).await {
                    // Of a tenant that is suspended: another key of somebody's may do, and signing out always does.
                    Err(TenantError::WrongStatus(_)) => None,
                    session => session?,
                };
                session.map(|session| (session, Zeroizing::new(token.to_owned())))
            }
        };
        Ok(Self { browser: Zeroizing::new(browser), is_new, session })
    }

    /// The browser that sent a form of a page of ours, and the form.
    pub(in crate::pages) async fn posted(
        state: &ConnectState,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(Self, Fields), ConnectError> {
        let (visitor, fields) = (Self::of(state, headers).await?, Fields::parse(body));
        visitor.check(state, &fields)?;
        Ok((visitor, fields))
    }

    /// What only this browser has.
    pub(in crate::pages) fn browser(&self) -> &str {
        &self.browser
    }

    /// Who is signed in, and since when.
    pub(in crate::pages) fn sitting(&self) -> Result<&MemberSession, ConnectError> {
        self.session.as_ref().map(|(session, _)| session).ok_or(ConnectError::SignedOut)
    }

    /// Who is signed in.
    pub(in crate::pages) fn member(&self) -> Option<&Member> {
        self.session.as_ref().map(|(session, _)| &session.member)
    }

    /// Who is signed in; whoever is not is led to the sign-in.
    pub(in crate::pages) fn signed_in(&self) -> Result<&Member, ConnectError> {
        self.member().ok_or(ConnectError::SignedOut)
    }

    /// The session that a member has here.
    pub(in crate::pages) fn session(&self) -> Option<&str> {
        self.session.as_ref().map(|(_, token)| token.as_str())
    }

    /// The owner who is signed in.
    pub(in crate::pages) fn owner(&self) -> Result<&Member, ConnectError> {
        let member = self.signed_in()?;
        if member.manages() { Ok(member) } else { Err(ConnectError::NotAnOwner) }
    }

    /// The member who is signed in and says yes or no to what waits.
    pub(in crate::pages) fn approver(&self) -> Result<&Member, ConnectError> {
        let member = self.signed_in()?;
        if member.may_approve() { Ok(member) } else { Err(ConnectError::NotAnApprover) }
    }

    /// Whether the member has just shown who it is.
    pub(in crate::pages) fn is_fresh(&self, state: &ConnectState) -> bool {
        self.session.as_ref().is_some_and(|(session, _)| state.acts.is_fresh(session, FRESH_SECONDS))
    }

    /// Asks for the key again before something grave.
    pub(in crate::pages) fn fresh(&self, state: &ConnectState) -> Result<(), ConnectError> {
        if self.is_fresh(state) { Ok(()) } else { Err(ConnectError::Stale) }
    }

    /// The proof for the forms of a page.
    pub(in crate::pages) fn csrf(&self, state: &ConnectState) -> String {
        state.csrf.token(&self.bound())
    }

    /// Refuses a form that did not come from a page of ours in this browser and session.
    pub(in crate::pages) fn check(&self, state: &ConnectState, fields: &Fields) -> Result<(), ConnectError> {
        let is_ours = !self.is_new && state.csrf.is_valid(&self.bound(), fields.text("csrf"));
        if is_ours { Ok(()) } else { Err(ConnectError::ForeignForm) }
    }

    /// A page for this browser.
    pub(in crate::pages) fn answer(
        &self,
        state: &ConnectState,
        status: StatusCode,
        page: &impl askama::Template,
    ) -> Response {
        let mut response = answer(status, page);
        if self.is_new
            && let Some(cookie) = state.browser.set(&self.browser, BROWSER_SECONDS)
        {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    fn bound(&self) -> Zeroizing<String> {
        let session = self.session().unwrap_or_default();
        Zeroizing::new(format!("visitor|{}|{session}", *self.browser))
    }
}

/// The member as the audit log names who acts in a browser.
pub(in crate::pages) fn actor(member: &Member) -> Actor {
    Actor::Member { member: member.id.clone(), person: member.name.clone() }
}
