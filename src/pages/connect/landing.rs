//! `/`: what this is, for a person who pasted the address into a browser.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{Method, StatusCode};

use super::super::page::answer;
use super::super::router::style;
use super::clients::{ClientView, RecipeView, Route};
use super::page::LandingPage;
use crate::clients::Endpoint;
use crate::config::SelfService;
use crate::web::headers;

/// What the landing page says.
#[derive(Clone)]
pub struct Landing {
    /// Where clients find the gateway.
    pub endpoint: Endpoint,
    /// Whether people can let clients in here; without that, clients have keys.
    pub sign_in: bool,
    /// Whether somebody new may bring a Duo account.
    pub self_service: SelfService,
}

/// The landing page and the style sheet of all pages of this listener.
pub fn landing(landing: Landing) -> Router {
    let show = move || std::future::ready(page(&landing));
    Router::new().route("/", get(show)).route("/assets/style.css", get(style)).layer(from_fn(headers::pages))
}

fn page(landing: &Landing) -> Response {
    let route = if landing.sign_in { Route::SignIn } else { Route::Key };
    let endpoint = &landing.endpoint;
    let page = LandingPage {
        url: if landing.sign_in { endpoint.url.clone() } else { endpoint.keys_url.clone() },
        sign_in: landing.sign_in,
        newcomers: landing.sign_in && landing.self_service != SelfService::Off,
        clients: ClientView::all(endpoint, route),
        recipes: RecipeView::all(endpoint),
    };
    answer(StatusCode::OK, &page)
}

/// Leads a browser from `/mcp` to the landing page: a person typed the address, no client asks for HTML.
pub async fn browsers_go_home(request: Request, next: Next) -> Response {
    let is_browser = request.method() == Method::GET
        && !request.headers().contains_key(AUTHORIZATION)
        && request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(wants_html);
    if is_browser { Redirect::to("/").into_response() } else { next.run(request).await }
}

fn wants_html(accept: &str) -> bool {
    let named = |wanted: &str| {
        accept.split(',').any(|each| each.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted))
    };
    named("text/html") && !named("text/event-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_from_a_client() {
        assert!(wants_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        for client in
            ["text/event-stream", "application/json, text/event-stream", "*/*", "", "text/html, text/event-stream"]
        {
            assert!(!wants_html(client), "{client}");
        }
    }
}
