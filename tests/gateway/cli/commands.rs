//! Commands beside the database, and what is no command.

use super::program::Program;

const IKEY: &str = "DIAAAAAAAAAAAAAAAAAA";
const SKEY: &str = "canaryCANARYcanaryCANARYcanaryCANARY1234";

#[test]
fn the_life_of_a_tenant() {
    let program = Program::new();
    assert_eq!(program.run(&["tenants", "list"]).out, "No tenants yet; `tenants create` makes one.\n");
    let made = program.run(&["tenants", "create", "acme", "--name", "Acme Ltd"]);
    assert!(made.code == 0 && made.out.contains("Registered.") && made.out.contains("Acme Ltd"), "{made:?}");
    let listed = program.run(&["tenants", "list", "--json"]).json();
    assert_eq!((listed[0]["slug"].as_str(), listed[0]["status"].as_str()), (Some("acme"), Some("active")));
    assert_eq!(program.run(&["tenants", "suspend", "acme", "--json"]).json()["status"], "suspended");
    assert_eq!(program.run(&["tenants", "resume", "acme", "--json"]).json()["status"], "active");
    let unmeant = program.run(&["tenants", "delete", "acme", "--confirm", "other"]);
    assert!(unmeant.code == 1 && unmeant.err.contains("`acme`"), "{unmeant:?}");
    assert_eq!(program.run(&["tenants", "delete", "acme", "--confirm", "acme"]).code, 0);
    let gone = program.run(&["tenants", "show", "acme"]);
    assert!(gone.code == 1 && gone.err.contains("there is no tenant `acme`"), "{gone:?}");
    let audit = program.run(&["audit", "list", "--json"]).json();
    assert_eq!(audit[0]["action"], "tenant.delete");
    assert_eq!(audit[0]["actor"]["kind"], "console");
}

#[test]
fn a_secret_key_goes_in_by_the_standard_input_or_a_file_and_never_comes_out() {
    let program = Program::new();
    program.run(&["tenants", "create", "acme"]);
    let host = ["connections", "put", "acme", "main", "--host", "api-12345678.duosecurity.com"];
    assert_eq!(program.run(&host).code, 0);
    let put = ["credentials", "put", "acme", "main", "admin", "--ikey", IKEY, "--verify-later"];
    let stored = program.run_with(&put, &format!("{SKEY}\n"));
    assert!(stored.code == 0 && stored.out.contains("unverified"), "{stored:?}");
    let file = program.folder().join("skey");
    std::fs::write(&file, SKEY).unwrap();
    let from_file = program.run(&[&put[..], &["--skey-file", file.to_str().unwrap()]].concat());
    assert_eq!(from_file.code, 0, "{from_file:?}");
    let none = program.run(&put);
    assert!(none.code == 1 && none.err.contains("no secret key was given"), "{none:?}");
    let swapped = ["credentials", "put", "acme", "main", "admin", "--ikey", SKEY, "--verify-later"];
    let swapped = program.run_with(&swapped, IKEY);
    assert_eq!(swapped.code, 1, "{swapped:?}");
    let argument = program.run(&[&put[..], &["--skey", SKEY]].concat());
    assert_eq!(argument.code, 2, "there is no flag that would show a secret in the list of processes");
    let listed = program.run(&["credentials", "list", "acme"]);
    assert!(listed.out.contains("unverified") && listed.out.contains("…AAAA"), "{listed:?}");
    for ran in [stored, from_file, none, swapped, listed, program.run(&["audit", "list"])] {
        assert!(!ran.out.contains(SKEY) && !ran.err.contains(SKEY), "{ran:?}");
    }
}

#[test]
fn keys_are_shown_once() {
    let program = Program::new();
    program.run(&["tenants", "create", "acme"]);
    let create = ["keys", "create", "acme", "--name", "laptop", "--person", "Petra", "--scopes", "duo:read duo:write"];
    let made = program.run(&[&create[..], &["--json"]].concat()).json();
    let (key, id) = (made["api_key"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert!(key.starts_with("dgk_"), "{made}");
    let listed = program.run(&["keys", "list", "acme"]);
    assert!(listed.out.contains("Petra") && listed.out.contains("works") && !listed.out.contains(key), "{listed:?}");
    assert_eq!(program.run(&["keys", "revoke", "acme", id]).code, 0);
    assert!(program.run(&["keys", "list", "acme"]).out.contains("revoked"));
    assert_eq!(program.run(&["keys", "revoke", "acme", id]).code, 1);

    let first = program.run(&["admin", "bootstrap", "--name", "Olga"]);
    assert!(first.code == 0 && first.out.contains("dga_"), "{first:?}");
    let second = program.run(&["admin", "bootstrap"]);
    assert!(second.code == 1 && second.out.is_empty() && second.err.contains("already"), "{second:?}");
    let another = program.run(&["admin", "operators", "create", "--name", "Otto", "--json"]).json();
    let (otto, key) = (another["operator"]["id"].as_str().unwrap(), another["operator_key"].as_str().unwrap());
    assert!(key.starts_with("dga_"), "{another}");
    assert_eq!(program.run(&["admin", "operators", "revoke", otto]).code, 0);
    let again = program.run(&["admin", "operators", "revoke", otto]);
    assert!(again.code == 1 && again.err.contains(otto), "{again:?}");
    let listed = program.run(&["admin", "operators", "list"]);
    assert!(!listed.out.contains("dga_"), "{listed:?}");
    let state = |name: &str| listed.out.lines().find(|line| line.contains(name)).map(|line| line.contains("revoked"));
    assert_eq!((state("Olga"), state("Otto")), (Some(false), Some(true)), "{listed:?}");
    let rows = program.run(&["audit", "list", "--json"]).json();
    for action in ["operator.bootstrap", "operator.create", "operator.revoke"] {
        let row = rows.as_array().unwrap().iter().find(|row| row["action"] == action);
        assert!(row.is_some_and(|row| row["actor"]["kind"] == "console"), "{action}: {rows}");
    }
    assert_eq!(program.run(&["operations", "list"]).out, "Nothing waits for a person.\n");
}

#[test]
fn exit_codes_tell_what_to_mend() {
    let program = Program::new();
    for usage in [&["nothing"][..], &["tenants"], &["tenants", "create"], &["serve", "--port", "1"]] {
        let ran = program.run(usage);
        assert!(ran.code == 2 && ran.out.is_empty() && !ran.err.is_empty(), "{ran:?}");
    }
    for (setting, told) in [
        ("server.public.lisen=127.0.0.1:1", "did you mean `server.public.listen`"),
        ("operations.approval_hours=0", "operations.approval_hours"),
    ] {
        let ran = program.run(&["serve", "--set", setting]);
        assert!(ran.code == 78 && ran.err.contains(told), "{ran:?}");
    }
    let hosted = program.run(&["serve", "--set", "database.url=postgres://app:canary@127.0.0.1:1/duo"]);
    assert!(hosted.code == 78 && hosted.err.contains("keys.ring"), "{hosted:?}");
    assert!(!hosted.err.contains("canary"), "{hosted:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = program.run(&["serve", "--set", &format!("server.public.listen={address}")]);
    assert!(busy.code == 1 && busy.err.contains(&address) && busy.err.contains("server.public.listen"), "{busy:?}");
    let help = program.run(&["--help"]);
    assert!(help.code == 0 && help.out.contains("demo") && help.err.is_empty(), "{help:?}");
    assert!(program.run(&["--version"]).out.starts_with("duo-mcp-gateway "));
}

#[test]
fn what_is_committed_is_what_export_writes() {
    let program = Program::new();
    let to = program.folder().join("out");
    let ran = program.run(&["export", "all", "--to", to.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for name in
        ["docs/tools.md", "docs/clients.md", "docs/settings.md", "docs/openapi.json", "config/gateway.example.toml"]
    {
        let committed = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        let written = std::fs::read_to_string(to.join(name)).unwrap();
        assert!(written == committed, "{name} is not current: run scripts/generate");
    }
}

#[test]
fn members_and_invites_come_and_go() {
    let program = Program::new();
    program.run(&["tenants", "create", "acme"]);
    let made =
        program.run(&["members", "create", "acme", "Olga", "--role", "owner", "--duo-username", "olga", "--json"]);
    assert_eq!(made.json()["role"], "owner", "{made:?}");
    let service = program.run(&["members", "create", "acme", "nightly", "--role", "read_only", "--service", "--json"]);
    assert_eq!(service.json()["kind"], "service", "{service:?}");
    let key = ["keys", "create", "acme", "--name", "k", "--member", "nightly", "--scopes", "duo:read duo:write"];
    let beyond = program.run(&key);
    assert!(beyond.code == 1 && beyond.err.contains("nightly may have at most duo:read duo:logs"), "{beyond:?}");
    assert_eq!(program.run(&["members", "change", "acme", "nightly", "--role", "help_desk"]).code, 0);
    assert_eq!(program.run(&key).code, 0);
    let nobody = program.run(&["keys", "create", "acme", "--name", "k"]);
    assert!(nobody.code == 2 && nobody.err.contains("--member"), "{nobody:?}");

    let owner_key = program.run(&["members", "owner-key", "acme", "Olga", "--json"]).json();
    let owner_key = owner_key["owner_key"].as_str().unwrap().to_owned();
    // Browsers make them; the pages' own tests do.
    assert!(program.run(&["passkeys", "list", "acme", "--member", "Olga"]).out.contains("No passkeys"));
    let nobody = program.run(&["passkeys", "remove", "acme", "psk_0000000000000000000000"]);
    assert!(nobody.code == 1 && nobody.err.contains("no such passkey"), "{nobody:?}");
    let invite = program.run(&["invites", "create", "acme", "--role", "help_desk", "--json"]).json();
    let (code, id) = (invite["invite"].as_str().unwrap(), invite["id"].as_str().unwrap());
    assert!(owner_key.starts_with("dgo_") && code.starts_with("dgi_"), "{invite}");
    assert!(program.run(&["invites", "create", "--json"]).json()["tenant"].is_null());
    let listed = program.run(&["invites", "list", "acme"]);
    assert!(listed.out.contains("open") && !listed.out.contains(code), "{listed:?}");
    assert_eq!(program.run(&["invites", "revoke", id, "--tenant", "acme"]).code, 0);
    assert_eq!(program.run(&["invites", "revoke", id, "--tenant", "acme"]).code, 1);
    assert!(program.run(&["invites", "list", "acme"]).out.contains("revoked"));

    let last = program.run(&["members", "remove", "acme", "Olga"]);
    assert!(last.code == 1 && last.err.contains("last owner"), "{last:?}");
    assert_eq!(program.run(&["members", "remove", "acme", "nightly"]).code, 0);
    assert!(program.run(&["members", "list", "acme"]).out.contains("removed"));
    assert!(program.run(&["keys", "list", "acme"]).out.contains("revoked"));
    let push = program.run(&["tenants", "require-push", "acme", "on", "--json"]);
    assert_eq!(push.json()["require_push"], true, "{push:?}");
    assert!(!program.run(&["audit", "list", "--json"]).out.contains(&owner_key));
}
