//! `clients`: what to paste into each AI client.

use std::fmt::Write as _;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use super::desk::settings;
use super::global::Global;
use super::report::Report;
use crate::clients::{CLIENTS, Client, Endpoint, Piece, recipes};

#[derive(Debug, Args)]
pub(super) struct ClientsArgs {
    /// Which client; left out, all of them
    client: Option<String>,
    /// The address that clients are given, such as https://mcp.example.com/mcp; left out, the one of the settings
    #[arg(long)]
    url: Option<String>,
    /// The address for clients with a key; left out, that of the settings, or the same
    #[arg(long, value_name = "URL")]
    keys_url: Option<String>,
    /// What the client calls the gateway
    #[arg(long, default_value = "duo")]
    name: String,
}

pub(super) fn run(global: &Global, args: &ClientsArgs) -> anyhow::Result<Report> {
    let url = match &args.url {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => url.clone(),
        Some(url) => bail!("`{url}` is no address: it begins with https:// (or http:// on this machine)"),
        None => format!("{}/mcp", settings(global)?.server.public.origin()),
    };
    let is_plain = |each: char| each.is_ascii_alphanumeric() || each == '-' || each == '_';
    if args.name.is_empty() || !args.name.chars().all(is_plain) {
        bail!("`{}` is no name: letters, digits, `-` and `_`", args.name);
    }
    let keys_url = match (&args.keys_url, &args.url) {
        (Some(keys_url), _) => keys_url.clone(),
        (None, Some(_)) => url.clone(),
        (None, None) => settings(global)?.server.keys.origin().map_or(url.clone(), |origin| format!("{origin}/mcp")),
    };
    let at = Endpoint { name: args.name.clone(), ..Endpoint::new(&url, &keys_url) };
    let chosen: Vec<&Client> = match &args.client {
        None => CLIENTS.iter().collect(),
        Some(id) => CLIENTS.iter().filter(|client| client.id == id).collect(),
    };
    if chosen.is_empty() {
        let known: Vec<&str> = CLIENTS.iter().map(|client| client.id).collect();
        bail!("there is no client `{}`; there are: {}", args.client.as_deref().unwrap_or_default(), known.join(", "));
    }
    Report::new(text(&chosen, &at), &document(&chosen, &at))
}

fn document(chosen: &[&Client], at: &Endpoint) -> Value {
    let clients: Vec<Value> = chosen
        .iter()
        .map(|client| {
            json!({"id": client.id, "title": client.title, "note": client.note, "is_hosted": client.is_hosted,
                   "sign_in": client.sign_in(at), "key": client.key(at)})
        })
        .collect();
    let round = if at.is_loopback() { recipes(at) } else { Vec::new() };
    json!({"url": at.url, "keys_url": at.keys_url, "clients": clients, "loopback": round})
}

fn text(chosen: &[&Client], at: &Endpoint) -> String {
    let mut page = String::new();
    for client in chosen {
        let _ = writeln!(page, "{}\n{}", client.title, plain(client.note));
        if client.is_hosted && at.is_loopback() {
            let _ = writeln!(page, "It cannot reach {}; see the bridge and the tunnel below.", at.url);
        }
        let key = client.key(at);
        if key.is_some() {
            page.push_str("\n  By signing in\n");
        }
        steps(&mut page, &client.sign_in(at).steps);
        if let Some(key) = key {
            page.push_str("\n  By an API key\n");
            steps(&mut page, &key.steps);
        }
        page.push('\n');
    }
    if at.is_loopback() {
        for recipe in recipes(at) {
            let _ = writeln!(page, "{}\n{}", recipe.title, plain(recipe.note));
            steps(&mut page, &recipe.steps);
            page.push('\n');
        }
    }
    page
}

fn steps(page: &mut String, steps: &[Piece]) {
    for step in steps {
        let _ = match step {
            Piece::Do { text } => writeln!(page, "\n    {}", plain(text)),
            Piece::Command { text } => writeln!(page, "\n    $ {text}"),
            Piece::File { path, text, .. } => {
                writeln!(page, "\n    {path}:\n\n      {}", text.replace('\n', "\n      "))
            }
            Piece::Link { label, href } => writeln!(page, "\n    {label}: {href}"),
        };
    }
}

/// Without the marks that a terminal does not show.
fn plain(text: &str) -> String {
    text.replace(['*', '`'], "")
}
