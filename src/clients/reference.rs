//! The page that says how each client is set up: docs/clients.md.

use std::fmt::Write as _;

use super::endpoint::Endpoint;
use super::loopback::recipes;
use super::piece::{Piece, Way};
use super::table::CLIENTS;

const HEAD: &str = "# Connect a client

This page is written by `duo-mcp-gateway export clients`; a test compares it with what the program would write. The command
`duo-mcp-gateway clients` says the same with the addresses of your gateway in it.

A client comes in one of two ways:

- **By signing in.** It is given the address alone, opens a page in the browser, and a member says what it may do and for
  how long. Nothing secret is pasted anywhere.
- **By an API key** (`dgk_…`), for scripts, for clients that do not sign in, and for machines without a browser. Some clients
  drop a key where they find a sign-in, so the gateway has a second address for keys alone; `DUO_MCP_KEY` stands for a
  variable that holds the key.

The formats are those that the clients' makers published by November 2026. What this project's own tests run is in
[clients-tested.md](clients-tested.md); the rest is written from documentation.

In these lines `https://mcp.example.com` is the gateway's address, and `https://keys.example.com` the one for keys.
";

/// The page.
pub fn markdown() -> String {
    let at = Endpoint::new("https://mcp.example.com/mcp", "https://keys.example.com/mcp");
    let mut page = HEAD.to_owned();
    for client in &CLIENTS {
        let _ = write!(page, "\n## {}\n\n{}\n", client.title, client.note);
        way(&mut page, "By signing in", &client.sign_in(&at));
        if let Some(key) = client.key(&at) {
            way(&mut page, "By an API key", &key);
        }
    }
    page.push_str(
        "\n## A gateway on this machine\n\nFor clients that call from elsewhere, or that only start programs.\n",
    );
    let here = Endpoint::new("http://127.0.0.1:8080/mcp", "http://127.0.0.1:8081/mcp");
    for recipe in recipes(&here) {
        let _ = write!(page, "\n### {}\n\n{}\n", recipe.title, recipe.note);
        steps(&mut page, &recipe.steps);
    }
    page
}

fn way(page: &mut String, title: &str, way: &Way) {
    let _ = write!(page, "\n**{title}**, with `{}`\n", way.url);
    steps(page, &way.steps);
}

fn steps(page: &mut String, steps: &[Piece]) {
    for step in steps {
        let _ = match step {
            Piece::Do { text } => write!(page, "\n{text}\n"),
            Piece::Command { text } => write!(page, "\n```sh\n{text}\n```\n"),
            Piece::File { path, language, text } => write!(page, "\nIn `{path}`:\n\n```{language}\n{text}\n```\n"),
            // Sites that render markdown drop links of other schemes, so it is shown to be copied.
            Piece::Link { label, href } => write!(page, "\n{label}, as a link to open:\n\n```text\n{href}\n```\n"),
        };
    }
}
