//! Showing the page and taking the buttons that were pressed on it.

use http::{HeaderValue, Response, StatusCode, header};

use super::page::{Card, page};
use crate::answer::Incoming;
use crate::engine::Engine;
use crate::verify::decode_pairs;
use crate::wire::{Body, html, text};
use crate::world::Press;

/// Answers `/phone` and `/phone/press`.
pub(crate) fn serve(engine: &Engine, incoming: &Incoming) -> Response<Body> {
    match (incoming.method.as_str(), incoming.path.as_str()) {
        ("GET" | "HEAD", "/phone") => show(engine, &incoming.query),
        ("POST", "/phone/press") => press(engine, incoming),
        _ => text(404, "There is nothing here but /phone.\n".to_owned()),
    }
}

fn field(wire: &str, name: &str) -> Option<String> {
    let found = decode_pairs(wire).into_iter().find(|(key, _)| key == name.as_bytes());
    found.map(|(_, value)| String::from_utf8_lossy(&value).into_owned()).filter(|value| !value.is_empty())
}

fn show(engine: &Engine, query: &str) -> Response<Body> {
    let user = field(query, "user");
    let now_ms = engine.clock.now_ms();
    let mut world = engine.world();
    world.advance_logins(now_ms);
    let cards: Vec<Card> =
        crate::control::waiting(&world, user.as_deref()).into_iter().map(|login| Card::of(login, now_ms)).collect();
    drop(world);
    let mut response = html(200, page(&cards, user.as_deref(), field(query, "done").as_deref()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn press(engine: &Engine, incoming: &Incoming) -> Response<Body> {
    let form = String::from_utf8_lossy(&incoming.body);
    let (txid, action) = (field(&form, "txid"), field(&form, "action"));
    let chosen = action.as_deref().and_then(|word| match word {
        "approve" => Some(Press::Approve),
        "deny" => Some(Press::Deny),
        "fraud" => Some(Press::Fraud),
        _ => None,
    });
    let (Some(txid), Some(chosen)) = (txid, chosen) else {
        return text(400, "Which button of which request?\n".to_owned());
    };
    let pressed = engine.world().press(&txid, chosen, engine.clock.now_ms());
    engine.touch();
    let done = match (pressed, chosen) {
        (false, _) => "gone",
        (true, Press::Approve) => "approved",
        (true, Press::Deny) => "denied",
        (true, Press::Fraud) => "reported",
    };
    let back = match field(&form, "user") {
        Some(user) => format!("/phone?done={done}&user={}", crate::verify::encode_component(&user)),
        None => format!("/phone?done={done}"),
    };
    let mut response = text(303, "See the phone page.\n".to_owned());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(&back) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
