//! The control endpoints, one by one.

use http::Response;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::requests::{ClockRequest, LoadRequest, PressRequest};
use super::state;
use crate::answer::Incoming;
use crate::engine::{Engine, Options};
use crate::fault::Fault;
use crate::verify::decode_pairs;
use crate::wire::{Body, json as respond};
use crate::world::{Script, load_users};

type Answered = Result<Value, (u16, String)>;

/// Answers a call to `/_control/...`.
pub(crate) fn serve(engine: &Engine, incoming: &Incoming) -> Response<Body> {
    let name = incoming.path.trim_start_matches("/_control/").trim_end_matches('/');
    let query = |key: &str| {
        let pairs = decode_pairs(&incoming.query);
        pairs.into_iter().find(|(k, _)| k == key.as_bytes()).map(|(_, v)| String::from_utf8_lossy(&v).into_owned())
    };
    let answered = match (incoming.method.as_str(), name) {
        ("POST", "reset") => {
            engine.reset();
            Ok(json!({"reset": true}))
        }
        ("GET", "record") => Ok(record(engine, &query)),
        ("DELETE", "record") => {
            engine.bench().record.clear();
            Ok(json!({"cleared": true}))
        }
        ("POST", "faults") => body::<Fault>(incoming).map(|fault| {
            engine.bench().faults.waiting.push(fault);
            json!({"waiting": engine.bench().faults.waiting})
        }),
        ("GET", "faults") => Ok(json!({"waiting": engine.bench().faults.waiting})),
        ("DELETE", "faults") => {
            engine.bench().faults.waiting.clear();
            Ok(json!({"waiting": []}))
        }
        ("POST", "scripts") => body::<Script>(incoming).map(|script| {
            engine.world().scripts.push(script);
            json!({"scripts": engine.world().scripts})
        }),
        ("GET", "scripts") => Ok(json!({"scripts": engine.world().scripts})),
        ("DELETE", "scripts") => {
            engine.world().scripts.clear();
            Ok(json!({"scripts": []}))
        }
        ("GET", "options") => Ok(json!(engine.options())),
        ("POST", "options") => options(engine, incoming),
        ("GET", "clock") => Ok(clock(engine)),
        ("POST", "clock") => body::<ClockRequest>(incoming).map(|request| set_clock(engine, &request)),
        ("POST", "press") => body::<PressRequest>(incoming).and_then(|request| press(engine, &request)),
        ("POST", "load") => body::<LoadRequest>(incoming).and_then(|request| load(engine, &request)),
        ("GET", "applications") => Ok(json!(engine.world().applications)),
        ("GET", asked) => state::read(engine, asked, &query),
        _ => Err((404, "no such control endpoint".to_owned())),
    };
    match answered {
        Ok(value) => respond(200, &value),
        Err((status, message)) => respond(status, &json!({"error": message})),
    }
}

fn body<T: DeserializeOwned>(incoming: &Incoming) -> Result<T, (u16, String)> {
    serde_json::from_slice(&incoming.body).map_err(|error| (400, error.to_string()))
}

/// `?since=SEQ&method=POST&path=/admin/v1/users&outcome=200`; a path that ends with `*` is a beginning.
fn record(engine: &Engine, query: &impl Fn(&str) -> Option<String>) -> Value {
    let since = query("since").and_then(|text| text.parse().ok()).unwrap_or(0);
    let (method, path, outcome) = (query("method"), query("path"), query("outcome"));
    let bench = engine.bench();
    let entries: Vec<_> = bench
        .record
        .since(since)
        .filter(|entry| method.as_ref().is_none_or(|wanted| entry.method.eq_ignore_ascii_case(wanted)))
        .filter(|entry| {
            path.as_ref().is_none_or(|wanted| match wanted.strip_suffix('*') {
                Some(start) => entry.path.starts_with(start),
                None => entry.path == *wanted,
            })
        })
        .filter(|entry| outcome.as_ref().is_none_or(|wanted| entry.outcome.is_some_and(|c| c.to_string() == *wanted)))
        .collect();
    json!({"requests": entries})
}

fn options(engine: &Engine, incoming: &Incoming) -> Answered {
    let given: Map<String, Value> = body(incoming)?;
    let mut bench = engine.bench();
    let mut merged = serde_json::to_value(&bench.options).map_err(|error| (500, error.to_string()))?;
    for (name, value) in given {
        merged[name] = value;
    }
    let options: Options = serde_json::from_value(merged).map_err(|error| (400, error.to_string()))?;
    bench.options = options;
    Ok(json!(bench.options))
}

fn clock(engine: &Engine) -> Value {
    json!({"now_ms": engine.clock.now_ms(), "offset_ms": engine.clock.offset_ms()})
}

fn set_clock(engine: &Engine, request: &ClockRequest) -> Value {
    if let Some(offset) = request.offset_ms {
        engine.clock.set_offset_ms(offset);
    }
    if let Some(by) = request.advance_ms {
        engine.clock.advance_ms(by);
    }
    engine.tick();
    engine.touch();
    clock(engine)
}

fn press(engine: &Engine, request: &PressRequest) -> Answered {
    let now_ms = engine.clock.now_ms();
    let mut world = engine.world();
    let txid = match (&request.txid, &request.user) {
        (Some(txid), _) => Some(txid.clone()),
        (None, Some(user)) => state::waiting(&world, Some(user)).first().map(|login| login.txid.clone()),
        (None, None) => return Err((400, "name a txid or a user".to_owned())),
    };
    let pressed = txid.as_ref().is_some_and(|txid| world.press(txid, request.action, now_ms));
    drop(world);
    engine.touch();
    if pressed { Ok(json!({"txid": txid})) } else { Err((409, "nothing waits for that".to_owned())) }
}

fn load(engine: &Engine, request: &LoadRequest) -> Answered {
    let now_ms = engine.clock.now_ms();
    let mut world = engine.world();
    let account_id = request.account_id.clone().unwrap_or_else(|| world.parent_id.clone());
    if !load_users(&mut world, &account_id, request.users, now_ms) {
        return Err((404, "no such account".to_owned()));
    }
    let total = world.account(&account_id).map(|account| account.users.len());
    drop(world);
    engine.touch();
    Ok(json!({"account_id": account_id, "users": total}))
}
