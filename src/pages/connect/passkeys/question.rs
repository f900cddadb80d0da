//! A question to an authenticator in a form, and leave for the script to put it.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use super::super::state::ConnectState;
use crate::tenants::Ceremony;
use crate::web::headers::POLICY;

/// The only script there is: it hands a form's question to the browser, and the answer to the form.
const SCRIPT: &str = include_str!("../../templates/passkeys.js");

/// A question, as the form carries it.
pub(in crate::pages::connect) struct QuestionView {
    pub(in crate::pages::connect) options: String,
    pub(in crate::pages::connect) state: String,
}

impl From<Ceremony> for QuestionView {
    fn from(ceremony: Ceremony) -> Self {
        Self { options: ceremony.options, state: ceremony.state }
    }
}

/// Asks this browser for a passkey, where there are any. A page that cannot ask has its other ways in.
pub(in crate::pages::connect) fn ask(state: &ConnectState, browser: &str) -> Option<QuestionView> {
    match state.acts.ask_for_passkey(browser) {
        Ok(asked) => asked.map(QuestionView::from),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "No passkey can be asked for");
            None
        }
    }
}

/// A page that puts a question: the one script of ours may run there, and nothing besides.
pub(in crate::pages::connect) fn scripted(mut page: Response, question: bool) -> Response {
    if question {
        let policy = page.headers().get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
        let policy = format!("{}; script-src 'self'", policy.unwrap_or(POLICY));
        if let Ok(policy) = HeaderValue::try_from(policy) {
            page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
    }
    page
}

/// The script.
pub(super) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")], SCRIPT)
}
