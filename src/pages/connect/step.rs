//! Where a person stands: which request, which browser, signed in or not.

use http::HeaderMap;
use zeroize::Zeroizing;

use super::error::ConnectError;
use super::state::ConnectState;
use crate::domain::authorization::Transaction;
use crate::domain::member::Member;
use crate::grants::Ticket;
use crate::tenants::TenantError;
use crate::web::form::Fields;

/// A member who is signed in.
pub(super) struct SignedIn {
    pub(super) member: Member,
    token: Zeroizing<String>,
}

/// A person on the way.
pub(super) struct Step {
    pub(super) id: String,
    browser: Zeroizing<String>,
    pub(super) open: Transaction,
    pub(super) signed_in: Option<SignedIn>,
}

impl Step {
    /// The step of this request in this browser. One that was begun in another browser is over here.
    pub(super) async fn of(state: &ConnectState, id: &str, headers: &HeaderMap) -> Result<Self, ConnectError> {
        let browser = state.browser.read(headers).ok_or(ConnectError::Over)?.to_owned();
        let open = state.requests.find(Ticket { request: id, browser: &browser }).await?;
        let signed_in = signed_in(state, headers).await?;
        Ok(Self { id: id.to_owned(), browser: Zeroizing::new(browser), open, signed_in })
    }

    /// The step of a form that a page of it sent, and the form. One that comes from elsewhere is refused.
    pub(super) async fn posted(
        state: &ConnectState,
        id: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(Self, Fields), ConnectError> {
        let step = Self::of(state, id, headers).await?;
        let fields = Fields::parse(body);
        if state.csrf.is_valid(&step.bound(), fields.text("csrf")) {
            Ok((step, fields))
        } else {
            Err(ConnectError::ForeignForm)
        }
    }

    /// Where this request's pages are.
    pub(super) fn path(&self) -> String {
        format!("/connect/{}", self.id)
    }

    pub(super) fn ticket(&self) -> Ticket<'_> {
        Ticket { request: &self.id, browser: &self.browser }
    }

    /// The proof for the forms of this page: bound to the request, the browser and the session.
    pub(super) fn csrf(&self, state: &ConnectState) -> String {
        state.csrf.token(&self.bound())
    }

    fn bound(&self) -> Zeroizing<String> {
        let session = self.signed_in.as_ref().map_or("", |signed_in| signed_in.token.as_str());
        Zeroizing::new(format!("connect|{}|{}|{session}", self.id, *self.browser))
    }
}

async fn signed_in(state: &ConnectState, headers: &HeaderMap) -> Result<Option<SignedIn>, ConnectError> {
    let Some(token) = state.session.read(headers) else { return Ok(None) };
    let session = match state.acts.session(token).await {
        // Of a tenant that is suspended: another key of somebody's may do, and a no always does.
        Err(TenantError::WrongStatus(_)) => None,
        session => session?,
    };
    Ok(session.map(|session| SignedIn { member: session.member, token: Zeroizing::new(token.to_owned()) }))
}
