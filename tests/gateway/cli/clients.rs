//! `clients`: what it says for this gateway's addresses.

use super::program::Program;

const URL: &str = "https://mcp.example.org/mcp";

#[test]
fn every_client_is_told_the_address_that_was_given() {
    let program = Program::new();
    let ran = program.run(&["clients", "--url", URL, "--keys-url", "https://keys.example.org/mcp", "--json"]);
    let said = ran.json();
    let clients = said["clients"].as_array().unwrap();
    let ids: Vec<&str> = clients.iter().map(|client| client["id"].as_str().unwrap()).collect();
    let all = ["claude", "claude-desktop", "claude-code", "cursor", "vscode", "codex", "copilot-cli", "inspector"];
    assert_eq!(ids, all);
    for client in clients {
        assert_eq!(client["sign_in"]["url"], URL, "{client}");
        assert!(client["sign_in"]["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{client}");
        if !client["key"].is_null() {
            assert_eq!(client["key"]["url"], "https://keys.example.org/mcp", "{client}");
        }
    }
    assert_eq!(said["loopback"], serde_json::json!([]));
}

#[test]
fn the_address_of_the_settings_is_taken_and_loopback_gets_a_bridge_and_a_tunnel() {
    let program = Program::new();
    let here = program.run(&["clients", "--set", "server.public.listen=127.0.0.1:9191"]);
    assert_eq!(here.code, 0, "{here:?}");
    for part in ["http://127.0.0.1:9191/mcp", "mcp-remote", "cloudflared tunnel --url http://127.0.0.1:9191\n"] {
        assert!(here.out.contains(part), "{part}: {}", here.out);
    }
    let public = program.run(&["clients", "claude-code", "--set", "server.public.url=https://mcp.example.org"]);
    assert!(public.out.contains("duo https://mcp.example.org/mcp\n"), "{public:?}");
    assert!(!public.out.contains("mcp-remote") && !public.out.contains("Cursor"), "{public:?}");
}

#[test]
fn what_would_be_no_command_is_refused() {
    let program = Program::new();
    for (arguments, told) in [
        (&["clients", "netscape"][..], "claude-code"),
        (&["clients", "--url", "mcp.example.org"], "https://"),
        (&["clients", "--url", URL, "--name", "duo; rm -rf ~"], "letters"),
    ] {
        let ran = program.run(arguments);
        assert!(ran.code == 1 && ran.err.contains(told), "{ran:?}");
    }
}
