//! The page itself: one card for each request that waits.

use std::fmt::Write as _;

use crate::verify::decode_pairs;
use crate::world::{Factor, Login};

const STYLE: &str = include_str!("phone.css");

/// Looks for other requests every second without taking a button from under a finger.
const SCRIPT: &str = include_str!("phone.js");

/// What a card shows.
#[derive(Debug)]
pub(super) struct Card {
    txid: String,
    username: String,
    application: String,
    kind: String,
    device: String,
    call: bool,
    details: Vec<(String, String)>,
    seconds_left: i64,
    seconds_of: i64,
}

impl Card {
    pub(super) fn of(login: &Login, now_ms: i64) -> Self {
        let request = &login.request;
        let shown = if request.display_username.is_empty() { &login.username } else { &request.display_username };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let mut details: Vec<(String, String)> =
            decode_pairs(&request.pushinfo).into_iter().map(|(key, value)| (text(key), text(value))).collect();
        let given = [("IP address", &request.ipaddr), ("Host", &request.hostname)];
        details.extend(given.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| ((*k).to_owned(), (*v).clone())));
        Self {
            txid: login.txid.clone(),
            username: shown.clone(),
            application: request.application.clone(),
            kind: match login.factor {
                _ if !request.kind.is_empty() => request.kind.clone(),
                Factor::Phone => "Phone call".to_owned(),
                _ => "Login request".to_owned(),
            },
            device: login.device_name.clone(),
            call: login.factor == Factor::Phone,
            details,
            seconds_left: (login.deadline_ms - now_ms).max(0) / 1000,
            seconds_of: ((login.deadline_ms - login.created_ms) / 1000).max(1),
        }
    }
}

/// The whole page. It looks for new requests by itself, with a script or without one.
pub(super) fn page(cards: &[Card], user: Option<&str>, done: Option<&str>) -> String {
    let again =
        user.map_or_else(|| "/phone".to_owned(), |u| format!("/phone?user={}", crate::verify::encode_component(u)));
    let mut body = String::new();
    if let Some(line) = done.and_then(said) {
        let _ = write!(body, "<p class=\"toast\" role=\"status\">{line}</p>");
    }
    for card in cards {
        show(&mut body, card, user);
    }
    if cards.is_empty() {
        let whom = user.map_or_else(String::new, |u| format!(" for <b>{}</b>", escape(u)));
        let _ = write!(
            body,
            "<section class=\"empty\"><div class=\"tick\" aria-hidden=\"true\">&#10003;</div>\
             <h2>No requests</h2><p>Nothing is waiting{whom}. A push shows up here by itself.</p></section>"
        );
    }
    let owner = user.map_or_else(|| "All phones".to_owned(), |u| format!("Phone of {}", escape(u)));
    let all = if user.is_some() { "<a href=\"/phone\">Show all phones</a>" } else { "" };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <noscript><meta http-equiv=\"refresh\" content=\"3; url={again}\"></noscript><title>Simulated phone</title>\
         <style>{STYLE}</style></head><body><main class=\"phone\"><header><span class=\"dot\"></span>\
         <h1>{owner}</h1><span class=\"count\" aria-live=\"polite\">{count}</span></header><div class=\"screen\">{body}</div>\
         <footer>A simulated phone. Nothing here is Duo. {all}</footer></main><script>{SCRIPT}</script></body></html>",
        again = escape(&again),
        count = match cards.len() {
            0 => String::new(),
            1 => "1 waiting".to_owned(),
            n => format!("{n} waiting"),
        },
    )
}

fn said(done: &str) -> Option<&'static str> {
    match done {
        "approved" => Some("Approved."),
        "denied" => Some("Denied."),
        "reported" => Some("Reported as fraud."),
        "gone" => Some("That request is no longer waiting."),
        _ => None,
    }
}

fn show(out: &mut String, card: &Card, user: Option<&str>) {
    let percent = (card.seconds_left * 100 / card.seconds_of).clamp(0, 100);
    let question = if card.call { "Duo is calling. Is this you?" } else { "Are you logging in?" };
    let _ = write!(
        out,
        "<article class=\"card\" aria-label=\"{kind}, {user}\"><p class=\"kind\">{kind}</p><h2>{question}</h2><dl>\
         <div><dt>User</dt><dd>{user}</dd></div><div><dt>Application</dt><dd>{application}</dd></div>",
        kind = escape(&card.kind),
        user = escape(&card.username),
        application = escape(&card.application),
    );
    for (name, value) in &card.details {
        let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    }
    if !card.device.is_empty() {
        let _ = write!(out, "<div><dt>Sent to</dt><dd>{}</dd></div>", escape(&card.device));
    }
    let _ = write!(
        out,
        "</dl><div class=\"time\"><div class=\"bar\"><i style=\"width:{percent}%\"></i></div><span>{left} s left</span></div>\
         <form method=\"post\" action=\"/phone/press\"><input type=\"hidden\" name=\"txid\" value=\"{txid}\">\
         <input type=\"hidden\" name=\"user\" value=\"{whom}\">\
         <button class=\"deny\" name=\"action\" value=\"deny\">Deny</button>\
         <button class=\"approve\" name=\"action\" value=\"approve\">Approve</button>\
         <button class=\"fraud\" name=\"action\" value=\"fraud\">It wasn't me</button></form></article>",
        left = card.seconds_left,
        txid = escape(&card.txid),
        whom = escape(user.unwrap_or_default()),
    );
}

/// Makes text that strangers wrote safe to stand in the page, attributes included.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Nothing that would turn the reading direction or hide itself.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
