//! A bridge and a tunnel: for a gateway that only this machine reaches.

use serde::Serialize;
use serde_json::json;

use super::endpoint::Endpoint;
use super::piece::Piece;

/// A way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// What it is called.
    pub title: &'static str,
    /// When it helps, and what it costs.
    pub note: &'static str,
    /// The steps.
    pub steps: Vec<Piece>,
}

/// The ways round, simplest first.
pub fn recipes(at: &Endpoint) -> Vec<Recipe> {
    vec![bridge(at), tunnel(at)]
}

fn bridge(at: &Endpoint) -> Recipe {
    let signs_in = json!({"command": "npx", "args": ["-y", "mcp-remote", at.url]});
    let with_key = json!({
        "command": "npx",
        // Claude Desktop on Windows does not quote a space in an argument, so the space stands in the variable.
        "args": ["-y", "mcp-remote", at.keys_url, "--header", "Authorization:${AUTH_HEADER}"],
        "env": {"AUTH_HEADER": format!("Bearer {}", at.key)},
    });
    let file = |server| Piece::json("claude_desktop_config.json", &json!({"mcpServers": {at.name.as_str(): server}}));
    Recipe {
        title: "A bridge",
        note: "Claude Desktop also starts programs of this machine. One such program, mcp-remote (needs Node.js), hands \
               on what it is told to an address on this machine; nothing is opened to the network. The file is opened \
               from the settings, *Developer*, *Edit Config*.",
        steps: vec![
            Piece::act("With a sign-in, which opens in the browser:"),
            file(signs_in),
            Piece::act("Or with a key:"),
            file(with_key),
        ],
    }
}

fn tunnel(at: &Endpoint) -> Recipe {
    let origin = at.origin();
    Recipe {
        title: "A tunnel",
        note: "A tunnel gives the gateway a public https address, so that Claude on the web reaches it. Whoever knows the \
               address can then try it: for a demo with simulated people that is fine, for real accounts put the \
               gateway behind an address of your own.",
        steps: vec![
            Piece::command(format!("cloudflared tunnel --url {origin}")),
            Piece::act("It prints an address. Start the gateway with that address as its own:"),
            Piece::command("duo-mcp-gateway demo --set server.public.url=https://NAME.trycloudflare.com"),
            Piece::act("Paste `https://NAME.trycloudflare.com/mcp` into the client."),
        ],
    }
}
