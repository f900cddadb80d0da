//! The one table of clients, behind the page, the command and docs/clients.md.

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::links;
use super::piece::{Piece, Way};

/// An AI client, and how it is told of the gateway.
pub struct Client {
    /// The word for it.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What a person should know first.
    pub note: &'static str,
    /// Whether it calls from its maker's servers, which cannot reach an address of this machine.
    pub is_hosted: bool,
    sign_in: fn(&Endpoint) -> Vec<Piece>,
    key: Option<fn(&Endpoint) -> Vec<Piece>>,
}

impl Client {
    /// By signing in: the client is given the address alone.
    pub fn sign_in(&self, at: &Endpoint) -> Way {
        Way { url: at.url.clone(), steps: (self.sign_in)(at) }
    }

    /// By an API key, if the client takes one.
    pub fn key(&self, at: &Endpoint) -> Option<Way> {
        self.key.map(|key| Way { url: at.keys_url.clone(), steps: key(at) })
    }
}

/// All clients.
pub static CLIENTS: [Client; 8] = [
    Client {
        id: "claude",
        title: "Claude on the web and on phones",
        note: "Claude calls from Anthropic's servers, so the gateway needs a public https address. It signs in; it takes no \
               key. In a Team or Enterprise organization an owner adds the connector first, and each person connects it.",
        is_hosted: true,
        sign_in: claude,
        key: None,
    },
    Client {
        id: "claude-desktop",
        title: "Claude Desktop",
        note: "Its connectors are those of the web: they call from Anthropic's servers. A gateway that only this machine \
               reaches takes a bridge.",
        is_hosted: true,
        sign_in: claude,
        key: None,
    },
    Client {
        id: "claude-code",
        title: "Claude Code",
        note: "`--scope user` makes it known in every project.",
        is_hosted: false,
        sign_in: claude_code,
        key: Some(claude_code_key),
    },
    Client {
        id: "cursor",
        title: "Cursor",
        note: "The file may also stand in a project, as .cursor/mcp.json.",
        is_hosted: false,
        sign_in: cursor,
        key: Some(cursor_key),
    },
    Client {
        id: "vscode",
        title: "VS Code",
        note: "For every workspace, the command `MCP: Open User Configuration` opens a file of the same shape.",
        is_hosted: false,
        sign_in: vs_code,
        key: Some(vs_code_key),
    },
    Client {
        id: "codex",
        title: "Codex",
        note: "The command line, the extension and the app share the file.",
        is_hosted: false,
        sign_in: codex,
        key: Some(codex_key),
    },
    Client {
        id: "copilot-cli",
        title: "GitHub Copilot CLI",
        note: "Inside a session, `/mcp` shows whether it is connected.",
        is_hosted: false,
        sign_in: copilot,
        key: Some(copilot_key),
    },
    Client {
        id: "inspector",
        title: "MCP inspector",
        note: "For looking at what a client would see; it needs Node.js 22.19 or newer.",
        is_hosted: false,
        sign_in: inspector,
        key: Some(inspector_key),
    },
];

fn claude(at: &Endpoint) -> Vec<Piece> {
    vec![
        Piece::act("Open the settings, then *Connectors*, then *Add custom connector*."),
        Piece::act(format!(
            "Name: `{}`. Remote MCP server URL: `{}`. Leave the advanced settings empty.",
            at.name, at.url
        )),
        Piece::act("Choose *Connect*, sign in on the page that opens, and say what Claude may do."),
    ]
}

fn claude_code(at: &Endpoint) -> Vec<Piece> {
    vec![
        Piece::command(format!("claude mcp add --transport http --scope user {} {}", at.name, at.url)),
        Piece::act(format!("In Claude Code type `/mcp`, choose `{}`, then *Authenticate*.", at.name)),
    ]
}

fn claude_code_key(at: &Endpoint) -> Vec<Piece> {
    let command = format!(
        "claude mcp add --transport http --scope user {} {} --header \"Authorization: Bearer {}\"",
        at.name, at.keys_url, at.key
    );
    vec![Piece::command(command)]
}

fn cursor(at: &Endpoint) -> Vec<Piece> {
    let server = json!({"url": at.url});
    vec![
        Piece::Link { label: "Add to Cursor", href: links::cursor(&at.name, &server) },
        Piece::json("~/.cursor/mcp.json", &servers("mcpServers", &at.name, &server)),
        Piece::act("Cursor then asks to sign in, in its list of MCP servers."),
    ]
}

fn cursor_key(at: &Endpoint) -> Vec<Piece> {
    let server = |key: &str| json!({"url": at.keys_url, "headers": {"Authorization": format!("Bearer {key}")}});
    let from_variable = server(&format!("${{env:{}}}", Endpoint::VARIABLE));
    vec![
        Piece::Link { label: "Add to Cursor", href: links::cursor(&at.name, &from_variable) },
        Piece::act(format!("The link has no key in it: Cursor takes it from the variable {}.", Endpoint::VARIABLE)),
        Piece::json("~/.cursor/mcp.json", &servers("mcpServers", &at.name, &server(&at.key))),
    ]
}

fn vs_code(at: &Endpoint) -> Vec<Piece> {
    let server = json!({"type": "http", "url": at.url});
    vec![
        Piece::Link { label: "Add to VS Code", href: links::vs_code(&named(&at.name, &server)) },
        Piece::json(".vscode/mcp.json", &servers("servers", &at.name, &server)),
        Piece::act("VS Code asks to sign in when it starts the server."),
    ]
}

fn vs_code_key(at: &Endpoint) -> Vec<Piece> {
    let authorization = "Bearer ${input:duo-mcp-key}";
    let server = json!({"type": "http", "url": at.keys_url, "headers": {"Authorization": authorization}});
    let input = json!([{
        "type": "promptString", "id": "duo-mcp-key", "description": "API key of the Duo gateway", "password": true,
    }]);
    let mut link = named(&at.name, &server);
    let mut file = servers("servers", &at.name, &server);
    link["inputs"] = input.clone();
    file["inputs"] = input;
    vec![
        Piece::Link { label: "Add to VS Code", href: links::vs_code(&link) },
        Piece::json(".vscode/mcp.json", &file),
        Piece::act("VS Code asks for the key once, and keeps it out of the file."),
    ]
}

fn codex(at: &Endpoint) -> Vec<Piece> {
    vec![
        Piece::command(format!("codex mcp add {} --url {}", at.name, at.url)),
        Piece::command(format!("codex mcp login {}", at.name)),
    ]
}

fn codex_key(at: &Endpoint) -> Vec<Piece> {
    let (name, url, variable) = (&at.name, &at.keys_url, Endpoint::VARIABLE);
    let text = format!("[mcp_servers.{name}]\nurl = \"{url}\"\nbearer_token_env_var = \"{variable}\"");
    vec![
        Piece::command(format!("codex mcp add {name} --url {url} --bearer-token-env-var {variable}")),
        Piece::File { path: "~/.codex/config.toml", language: "toml", text },
        Piece::act(format!(
            "Codex takes the key from the variable {variable}; it refuses one that stands in the file."
        )),
    ]
}

fn copilot(at: &Endpoint) -> Vec<Piece> {
    let server = json!({"type": "http", "url": at.url, "tools": ["*"]});
    vec![
        Piece::command(format!("copilot mcp add --transport http {} {}", at.name, at.url)),
        Piece::json("~/.copilot/mcp-config.json", &servers("mcpServers", &at.name, &server)),
    ]
}

fn copilot_key(at: &Endpoint) -> Vec<Piece> {
    let authorization = format!("Bearer {}", at.key);
    let server =
        json!({"type": "http", "url": at.keys_url, "headers": {"Authorization": authorization}, "tools": ["*"]});
    vec![
        Piece::command(format!(
            "copilot mcp add --transport http --header \"Authorization: {authorization}\" {} {}",
            at.name, at.keys_url
        )),
        Piece::json("~/.copilot/mcp-config.json", &servers("mcpServers", &at.name, &server)),
    ]
}

const INSPECTOR: &str = "npx @modelcontextprotocol/inspector";

fn inspector(at: &Endpoint) -> Vec<Piece> {
    vec![
        Piece::command(format!("{INSPECTOR} --web --transport http --server-url {}", at.url)),
        Piece::act("Open the address that it prints and turn on the switch of the server."),
    ]
}

fn inspector_key(at: &Endpoint) -> Vec<Piece> {
    let (url, header) = (&at.keys_url, format!("--header \"Authorization: Bearer {}\"", at.key));
    vec![
        Piece::command(format!("{INSPECTOR} --cli {url} --transport http {header} --method tools/list")),
        Piece::command(format!("{INSPECTOR} --web --transport http --server-url {url} {header}")),
    ]
}

fn servers(root: &str, name: &str, server: &Value) -> Value {
    json!({root: {name: server}})
}

/// A server's settings with its name first, as a link has them.
fn named(name: &str, server: &Value) -> Value {
    let mut all = json!({"name": name});
    if let (Value::Object(all), Value::Object(server)) = (&mut all, server) {
        all.extend(server.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_text(way: &Way) -> String {
        serde_json::to_string(way).unwrap()
    }

    #[test]
    fn each_client_is_shown_one_address_and_no_other() {
        let at = Endpoint::new("https://mcp.example.com/mcp", "https://keys.example.com/mcp").with_key("dgk_secret");
        for client in &CLIENTS {
            let (sign_in, key) = (client.sign_in(&at), client.key(&at));
            assert_eq!(sign_in.url, at.url);
            assert!(!all_text(&sign_in).contains("dgk_secret"), "{}", client.id);
            assert!(!all_text(&sign_in).contains("keys.example.com"), "{}", client.id);
            if let Some(key) = key {
                assert_eq!(key.url, at.keys_url);
                assert!(!all_text(&key).contains("mcp.example.com/mcp"), "{}", client.id);
            }
        }
    }

    #[test]
    fn no_link_has_a_key_in_it() {
        let at = Endpoint::new("https://a.example/mcp", "https://a.example/mcp").with_key("dgk_secret");
        let ways = CLIENTS.iter().flat_map(|client| std::iter::once(client.sign_in(&at)).chain(client.key(&at)));
        let mut links = 0;
        for step in ways.flat_map(|way| way.steps) {
            if let Piece::Link { href, .. } = step {
                links += 1;
                // Cursor's is in base64; "dgk_secret" at any offset would differ, so the decoded text is looked at.
                let config = href.split("config=").nth(1).unwrap_or_default().replace("%3D", "=");
                let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, config).unwrap();
                assert!(!href.contains("dgk_") && !String::from_utf8(decoded).unwrap().contains("dgk_"), "{href}");
            }
        }
        assert_eq!(links, 4);
    }

    #[test]
    fn files_are_what_they_say() {
        let at = Endpoint::new("https://a.example/mcp", "https://a.example/mcp");
        let mut files = 0;
        for client in &CLIENTS {
            let ways = std::iter::once(client.sign_in(&at)).chain(client.key(&at));
            for step in ways.flat_map(|way| way.steps) {
                if let Piece::File { language, text, .. } = step {
                    files += 1;
                    match language {
                        "json" => drop(serde_json::from_str::<Value>(&text).unwrap()),
                        "toml" => drop(text.parse::<toml::Table>().unwrap()),
                        other => panic!("{other}"),
                    }
                }
            }
        }
        assert_eq!(files, 7);
    }
}
