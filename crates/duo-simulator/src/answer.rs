//! From a call to its answer: found, let in, counted and done.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use crate::engine::Engine;
use crate::gate::{Admitted, admit};
use crate::reply::{Outcome, Refusal};
use crate::routes::{Call, Handler, Match, Need, Params, Route, auth_status, find, start_auth, wait_for_end};
use crate::verify::{SignedRequest, credentials};
use crate::world::{Application, ApplicationKind};

/// A call as it came over the wire.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// `http` or `https`.
    pub(crate) listener: &'static str,
    pub(crate) method: String,
    /// In lower case, without its port.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What became of a call.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) outcome: Outcome,
    /// Whether the endpoint is one that only third parties know.
    pub(crate) compatibility: bool,
}

/// Answers a call to one of Duo's paths; what is learnt of it on the way goes into the record under `seq`.
pub(crate) async fn answer(engine: &Arc<Engine>, incoming: &Incoming, seq: u64) -> Answered {
    let (route, path) = match find(&incoming.method, &incoming.path) {
        Match::Found(route, path) => (route, path),
        Match::WrongMethod => return Answered { outcome: Err(Refusal::method()), compatibility: false },
        Match::Unknown => return Answered { outcome: Err(Refusal::not_found()), compatibility: false },
    };
    let outcome = match prepare(engine, incoming, route, seq) {
        Ok((admitted, params)) => act(engine, route, admitted, params, path).await,
        Err(refusal) => Err(refusal),
    };
    Answered { outcome, compatibility: route.compatibility }
}

fn prepare(engine: &Engine, incoming: &Incoming, route: &Route, seq: u64) -> Result<(Admitted, Params), Refusal> {
    let params = Params::read(&incoming.query, &incoming.headers, &incoming.body);
    let shown = credentials(&incoming.headers).ok();
    engine.bench().record.update(seq, |entry| {
        entry.ikey = shown.map(|shown| shown.ikey);
        if let Ok(params) = &params {
            entry.params = params.to_json();
        }
    });
    if route.need == Need::Nothing {
        return Ok((nobody(engine), params?));
    }
    let request = SignedRequest {
        method: &incoming.method,
        host: &incoming.host,
        path: &incoming.path,
        query: &incoming.query,
        headers: &incoming.headers,
        body: &incoming.body,
    };
    let now_ms = engine.clock.now_ms();
    let admitted = admit(&engine.world(), route, &request, &params, now_ms)?;
    let mut bench = engine.bench();
    bench.record.update(seq, |entry| {
        entry.signature = Some(admitted.version);
        entry.account_id = Some(admitted.account_id.clone());
    });
    if bench.options.rate_limits && !bench.limiter.admit(&admitted.application.ikey, route.class, now_ms) {
        return Err(Refusal::too_many());
    }
    drop(bench);
    Ok((admitted, params?))
}

/// Stands in for a caller where none is asked for.
fn nobody(engine: &Engine) -> Admitted {
    let account_id = engine.world().parent_id.clone();
    let application = Application {
        kind: ApplicationKind::Auth,
        name: String::new(),
        host: String::new(),
        ikey: String::new(),
        skey: String::new(),
        account_id: account_id.clone(),
        billing: false,
        grants: Vec::new(),
    };
    Admitted { application, account_id, version: crate::verify::Version::Five }
}

async fn act(engine: &Engine, route: &Route, admitted: Admitted, params: Params, path: Vec<String>) -> Outcome {
    let options = engine.options();
    let account_id = admitted.account_id.clone();
    if let Handler::AuthStatus = route.handler {
        let txid = params.required("txid")?;
        return auth_status(engine, &account_id, &txid).await;
    }
    let started = {
        let mut world = engine.world();
        let mut call = Call {
            world: &mut world,
            account_id: admitted.account_id,
            application: admitted.application,
            params,
            path,
            now_ms: engine.clock.now_ms(),
            log_delay_ms: options.log_delay_ms,
            login_timeout_ms: options.login_timeout_ms,
        };
        match route.handler {
            Handler::Now(run) => {
                let outcome = run(&mut call);
                drop(world);
                if route.method != "GET" {
                    engine.touch();
                }
                return outcome;
            }
            Handler::Auth | Handler::AuthStatus => start_auth(&mut call),
        }
    };
    engine.touch();
    let (txid, waits) = started?;
    if waits {
        wait_for_end(engine, &account_id, &txid).await
    } else {
        Ok(crate::reply::Answer::Json(serde_json::json!({"txid": txid})))
    }
}
