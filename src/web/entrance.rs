//! The entrance of a listener: id and span, then Host and Origin, then the body.
//!
//! One layer and not three: each costs every request a few allocations and copies of all that lies inside of it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::hosts::{self, HostRules};
use super::limits::{self, BodyLimits};
use super::request_id::{self, MakeId};

/// What every request of a listener goes through.
pub struct Entrance {
    /// Makes the ids of requests.
    pub make_id: MakeId,
    /// Which Hosts and Origins are taken.
    pub hosts: Arc<HostRules>,
    /// The bounds on a body.
    pub limits: BodyLimits,
}

/// Lets a request in, or refuses it. To be used with
/// `axum::middleware::from_fn_with_state(Arc::new(Entrance { .. }), entrance::pass)`, outside of everything else.
pub async fn pass(State(entrance): State<Arc<Entrance>>, request: Request, next: Next) -> Response {
    let rest = async |request: Request| {
        if let Some(refusal) = hosts::refusal(&entrance.hosts, &request) {
            return refusal;
        }
        match limits::read(entrance.limits, request).await {
            Ok(request) => next.run(request).await,
            Err(refusal) => *refusal,
        }
    };
    request_id::assign(&entrance.make_id, request, rest).await
}
