//! The templates, and how one becomes a response.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::domain::ids::OperationId;

use super::view::{DecidedView, OperationView, PlanView, ResultView, Viewer};

/// Where an operator signs in.
#[derive(Template)]
#[template(path = "sign_in.html", config = "src/pages/askama.toml")]
pub(super) struct SignInPage {
    pub(super) csrf: String,
    pub(super) operation: Option<OperationId>,
    pub(super) notice: Option<&'static str>,
    pub(super) problem: Option<&'static str>,
}

/// One step from a link on another site to our own page.
#[derive(Template)]
#[template(path = "go_on.html", config = "src/pages/askama.toml")]
pub(super) struct GoOnPage {
    pub(super) path: String,
}

/// What waits, and what was decided lately.
#[derive(Template)]
#[template(path = "list.html", config = "src/pages/askama.toml")]
pub(super) struct ListPage {
    pub(super) viewer: Viewer,
    pub(super) waiting: Vec<OperationView>,
    pub(super) is_first: bool,
    pub(super) next: Option<OperationId>,
    pub(super) decided: Vec<DecidedView>,
}

/// One operation, with what exactly will happen.
#[derive(Template)]
#[template(path = "show.html", config = "src/pages/askama.toml")]
pub(super) struct ShowPage {
    pub(super) base: &'static str,
    pub(super) viewer: Viewer,
    pub(super) notice: Option<&'static str>,
    pub(super) item: OperationView,
    pub(super) plan: Option<PlanView>,
    pub(super) no_plan: &'static str,
    pub(super) results: Vec<ResultView>,
}

/// What went wrong.
#[derive(Template)]
#[template(path = "trouble.html", config = "src/pages/askama.toml")]
pub(super) struct TroublePage {
    pub(super) title: &'static str,
    pub(super) message: &'static str,
    pub(super) request: Option<String>,
}

/// A page as a response.
pub(super) fn answer(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "A page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
