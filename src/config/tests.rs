//! Settings load in order, mistakes are named, the written files are current.

use std::path::{Path, PathBuf};

use super::schema::{self, Kind};
use super::*;

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn file(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("duo-mcp-config-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("gateway.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn sources() -> Sources {
    Sources { user_data_dir: Some("/data".into()), ..Sources::default() }
}

fn with_variable(name: &str, value: &str) -> Result<Settings, ConfigError> {
    load(&Sources { variables: vec![(name.into(), value.into())], ..sources() })
}

fn with_flag(flag: &str) -> Result<Settings, ConfigError> {
    load(&Sources { flags: vec![flag.into()], ..sources() })
}

fn message(result: Result<Settings, ConfigError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn without_any_source_the_defaults_hold() {
    let settings = load(&sources()).unwrap();
    assert_eq!(settings, Settings { data_dir: "/data".into(), ..Settings::default() });
    assert_eq!(settings.server.public.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.limits.body_bytes, 262_144);
    assert!(matches!(load(&Sources::default()), Err(ConfigError::NoDataDir)));
}

#[test]
fn a_flag_comes_before_a_variable_before_a_file() {
    let path = file("order", "[pushes]\nper_person = 4\nper_tenant_hour = 40\ncool_down_minutes = 44\n");
    let settings = load(&Sources {
        file: Some(path),
        variables: vec![
            ("DUO_MCP__PUSHES__PER_TENANT_HOUR".into(), "50".into()),
            ("DUO_MCP__PUSHES__COOL_DOWN_MINUTES".into(), "55".into()),
        ],
        flags: vec!["pushes.cool_down_minutes=60".into()],
        ..sources()
    })
    .unwrap();
    assert_eq!(settings.pushes.per_person, 4);
    assert_eq!(settings.pushes.per_tenant_hour, 50);
    assert_eq!(settings.pushes.cool_down_minutes, Minutes(60));
    assert_eq!(settings.pushes.per_person_minutes, Minutes(10));
}

#[test]
fn a_text_is_read_as_its_key_wants_it() {
    assert!(with_variable("DUO_MCP__AUDIT__STRICT", "true").unwrap().audit.strict);
    assert_eq!(with_variable("DUO_MCP__LOG__FORMAT", "json").unwrap().log.format, LogFormat::Json);
    assert_eq!(with_variable("DUO_MCP__DATA_DIR", "12").unwrap().data_dir, PathBuf::from("12"));
    let hosts = with_variable("DUO_MCP__SERVER__PUBLIC__ALLOWED_HOSTS", r#"["a.example", "b.example:8443"]"#).unwrap();
    assert_eq!(hosts.server.public.allowed_hosts, ["a.example", "b.example:8443"]);
    let ring = with_flag(r#"keys.ring=[{ id = "a", source = "file", path = "/run/a" }]"#).unwrap();
    assert_eq!(ring.keys.active_id(), Some("a"));
}

#[test]
fn an_empty_variable_leaves_out_what_may_be_left_out() {
    assert_eq!(with_variable("DUO_MCP__DATABASE__URL", "").unwrap().database.url, None);
    assert!(with_variable("DUO_MCP__LOG__LEVEL", "").is_err());
}

#[test]
fn an_unknown_key_is_named_with_its_nearest() {
    let path = file("unknown", "[database]\nurll = \"x\"\n");
    let shown = path.display().to_string();
    let in_file = message(load(&Sources { file: Some(path), ..sources() }));
    assert_eq!(in_file, format!("unknown key `database.urll` in {shown}; did you mean `database.url`?"));
    assert_eq!(
        message(with_variable("DUO_MCP__SERVER__PUBLIC__LISTN", "x")),
        "unknown key `server.public.listn` in the environment variable DUO_MCP__SERVER__PUBLIC__LISTN; \
         did you mean `server.public.listen`?"
    );
    assert!(message(with_flag("audit.stric=true")).ends_with("did you mean `audit.strict`?"));
    let in_table = message(with_flag(r#"keys.ring=[{ id = "a", source = "file", pth = "/run/a" }]"#));
    assert!(in_table.starts_with("unknown key `keys.ring[].pth`"), "{in_table}");
    assert!(in_table.ends_with("did you mean `keys.ring[].path`?"), "{in_table}");
}

#[test]
fn a_bad_value_is_named_with_what_was_expected() {
    assert_eq!(
        message(with_flag("pushes.per_person=many")),
        "`pushes.per_person` in the flag `--set pushes.per_person` is \"many\"; expected a whole number from 1 to 100"
    );
    for (flag, expected) in [
        ("pushes.per_person=0", "a whole number from 1 to 100"),
        ("pushes.per_person=-1", "a whole number from 1 to 100"),
        ("duo.connect_timeout_seconds=61", "a whole number from 1 to 60"),
        ("audit.strict=yes", "true or false"),
        ("log.level=loud", "one of error, warn, info, debug, trace"),
        ("server.public.listen=8080", "an address and a port, such as 127.0.0.1:8080"),
        ("server.trusted_proxies=[\"10.0.0.0/40\"]", "a list of IP addresses or networks"),
        ("server.public.allowed_hosts=a.example", "a list of texts"),
        ("keys.ring=[{ id = \"a\", source = \"vault\" }]", "a list of tables"),
        ("server.public.url=http://mcp.example.com", "an origin without a path"),
        ("server.public.url=https://mcp.example.com/mcp", "an origin without a path"),
        ("server.public.allowed_hosts=[\"*.example.com\"]", "a host name"),
        ("server.admin.listen=127.0.0.1:8080", "another address or port"),
        ("operations.lease_seconds=0", "a whole number from 5 to 600"),
        ("operations.lease_seconds=20", "more than `duo.call_timeout_seconds` has"),
        ("duo.call_timeout_seconds=30", "more than `duo.call_timeout_seconds` has"),
        ("keys.active=a", "the id of a key in `keys.ring`"),
        ("database.app_role=app; DROP", "1 to 63 small letters"),
    ] {
        let message = message(with_flag(flag));
        assert!(message.contains(&format!("expected {expected}")), "{flag}: {message}");
    }
    assert!(message(with_flag("audit.strict")).contains("not of the form"));
    assert!(message(with_flag("audit=true")).starts_with("unknown key `audit`"));
}

#[test]
fn a_password_in_a_url_is_not_repeated() {
    let wrong = message(with_flag("database.url=mysql://app:canary@db/duo"));
    assert!(wrong.contains("(hidden)") && !wrong.contains("canary"), "{wrong}");
    let path = file("syntax", "[database]\nurl = \"postgres://app:canary@db\n");
    let wrong = message(load(&Sources { file: Some(path), ..sources() }));
    assert!(wrong.contains("line 2") && !wrong.contains("canary"), "{wrong}");
}

#[test]
fn a_ring_names_its_active_key() {
    let two = r#"[{ id = "a", source = "env", var = "KEK_A" }, { id = "b", source = "command", argv = ["kek", "b"] }]"#;
    let ring = |active: &[&str]| {
        let mut flags = vec![format!("keys.ring={two}")];
        flags.extend(active.iter().map(|id| format!("keys.active={id}")));
        load(&Sources { flags, ..sources() })
    };
    assert_eq!(ring(&["b"]).unwrap().keys.active_id(), Some("b"));
    assert!(message(ring(&[])).contains("which has several"));
    assert!(message(ring(&["c"])).contains("the id of a key in `keys.ring`"));
    assert!(message(with_flag(r#"keys.ring=[{ id = "a b", source = "env", var = "K" }]"#)).contains("ids of 1 to 32"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_loading_panic_and_what_loads_is_in_range(key in 0..64_usize, value in ".{0,40}", tail in ".{0,8}") {
        let known = &schema::keys()[key % schema::keys().len()].path;
        let _ = with_flag(&format!("{known}{tail}={value}"));
        let _ = load(&Sources { file: Some(file("any", &format!("{tail}\n{known} = {value}"))), ..sources() });
        if let Ok(settings) = with_flag(&format!("pushes.per_person={value}")) {
            proptest::prop_assert!((1..=100).contains(&settings.pushes.per_person));
        }
    }
}

#[test]
fn every_key_says_what_it_does() {
    for key in schema::keys() {
        assert!(key.description.ends_with('.'), "{}: {}", key.path, key.description);
        if let Kind::Whole { least, most } = key.kind {
            assert!(least < most && most < u64::MAX, "{} has no range", key.path);
        }
        let has_sample = key.default.is_some() || key.example.is_some();
        assert!(has_sample, "{} has neither default nor example", key.path);
    }
}

#[test]
fn the_example_file_names_every_key_at_its_default() {
    let written = std::fs::read_to_string(in_repository("config/gateway.example.toml")).unwrap();
    assert_eq!(written, reference::example(), "run scripts/generate");
    let as_it_is = load(&Sources { file: Some(in_repository("config/gateway.example.toml")), ..sources() }).unwrap();
    assert_eq!(as_it_is, load(&sources()).unwrap());

    let is_setting = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let taken_in: Vec<&str> =
        written.lines().map(|line| line.strip_prefix('#').filter(|rest| is_setting(rest)).unwrap_or(line)).collect();
    let table: toml::Table = taken_in.join("\n").parse().unwrap();
    let mut stated = 0;
    for key in schema::keys() {
        let mut parts = key.path.split('.');
        let first = table.get(parts.next().unwrap());
        let value = parts.fold(first, |value, part| value.and_then(|value| value.get(part)));
        assert!(value.is_some(), "{} is not in the example file", key.path);
        if key.default.is_some() {
            assert_eq!(value, key.default.as_ref(), "{}", key.path);
        }
        stated += 1;
    }
    assert_eq!(taken_in.iter().filter(|line| is_setting(line)).count(), stated);
    let parsed: Settings = table.try_into().unwrap();
    assert_eq!(parsed.duo, DuoSettings::default());
}

#[test]
fn the_demo_file_loads() {
    let demo = load(&Sources { file: Some(in_repository("config/gateway.demo.toml")), ..sources() }).unwrap();
    assert!(demo.net.override_for("api-12345678.duosecurity.com").is_some());
    assert!(demo.server.public.listen.ip().is_loopback() && demo.server.admin.listen.ip().is_loopback());
}

#[test]
fn the_reference_page_is_current() {
    let written = std::fs::read_to_string(in_repository("docs/settings.md")).unwrap();
    assert_eq!(written, reference::markdown(), "run scripts/generate");
}

#[test]
fn a_provider_that_is_named_by_half_is_refused_with_what_is_missing() {
    let whole = [
        "sign_in.oidc.name=Example ID",
        "sign_in.oidc.issuer=https://id.example.com/realm",
        "sign_in.oidc.client_id=gateway",
        "sign_in.oidc.client_secret_file=/run/secrets/oidc",
    ];
    let with =
        |flags: &[&str]| load(&Sources { flags: flags.iter().map(|flag| (*flag).to_owned()).collect(), ..sources() });
    let oidc = with(&whole).unwrap().sign_in.oidc;
    assert!(oidc.is_on() && oidc.claim == "sub" && oidc.scopes == ["openid"]);
    assert!(!Settings::default().sign_in.oidc.is_on());
    for (left_out, key) in whole.iter().zip(["name", "issuer", "client_id", "client_secret_file"]) {
        let half: Vec<&str> = whole.iter().filter(|flag| *flag != left_out).copied().collect();
        let said = message(with(&half));
        assert!(said.contains(&format!("`sign_in.oidc.{key}`")) && said.contains("expected "), "{said}");
    }
    for (more, key) in [
        ("sign_in.oidc.name=a\u{202e}b", "sign_in.oidc.name"),
        ("sign_in.oidc.issuer=http://id.example.com", "sign_in.oidc.issuer"),
        ("sign_in.oidc.issuer=https://id.example.com?a", "sign_in.oidc.issuer"),
        ("sign_in.oidc.issuer=https://id.example.com#a", "sign_in.oidc.issuer"),
        ("sign_in.oidc.issuer=https://a@id.example.com", "sign_in.oidc.issuer"),
        ("sign_in.oidc.issuer=https://192.0.2.1/realm", "sign_in.oidc.issuer"),
        ("sign_in.oidc.client_secret_env=SECRET", "sign_in.oidc.client_secret_env"),
        ("sign_in.oidc.claim=", "sign_in.oidc.claim"),
        ("sign_in.oidc.scopes=[\"profile\"]", "sign_in.oidc.scopes"),
        ("oauth.enabled=false", "oauth.enabled"),
    ] {
        let flags: Vec<&str> = whole.iter().copied().chain([more]).collect();
        let said = message(with(&flags));
        assert!(said.contains(&format!("`{key}`")), "{more}: {said}");
    }
    let said = message(with_flag("sign_in.oidc.isuer=https://id.example.com"));
    assert!(said.contains("did you mean `sign_in.oidc.issuer`"), "{said}");
    // A link says issuer and value, and not of which claim the value is.
    let provider = "oauth.identity_providers=[{ issuer = \"https://id.example.com/realm\", claim = \"oid\", \
                    jwks_url = \"https://id.example.com/keys\" }]";
    let flags: Vec<&str> = whole.iter().copied().chain([provider]).collect();
    assert!(message(with(&flags)).contains("`sign_in.oidc.claim`"));
    let flags: Vec<&str> = flags.into_iter().chain(["sign_in.oidc.claim=oid"]).collect();
    assert!(with(&flags).is_ok());
}

#[test]
fn keys_of_an_identity_provider_lie_at_a_name_and_not_at_a_number() {
    for address in
        ["https://10.0.0.1/keys", "https://[::1]/keys", "http://id.example.com/keys", "https://a@id.example.com/"]
    {
        let said = message(with_flag(&format!(
            "oauth.identity_providers=[{{ issuer = \"https://id.example.com\", jwks_url = \"{address}\" }}]"
        )));
        assert!(said.contains("`oauth.identity_providers`") && said.contains(address), "{said}");
        assert!(said.contains("an https address with a name and no number as its host"), "{said}");
    }
}
