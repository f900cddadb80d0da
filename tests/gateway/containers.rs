//! The container files, read as the engine would read them: nothing here runs them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use duo_mcp_gateway::config::{Sources, load};
use serde_json::Value;

use crate::floors::{Source, root};

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn compose() -> Value {
    serde_saphyr::from_str(&read("docker-compose.yml")).expect("docker-compose.yml is YAML")
}

/// The texts of a list, or none where there is no list.
fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The settings that a service of the compose file is given, as the environment gives them.
fn variables(service: &Value) -> Vec<(String, String)> {
    let environment = service["environment"].as_object().expect("an environment");
    environment
        .iter()
        .filter(|(name, _)| name.starts_with("DUO_MCP__"))
        .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()))
        .collect()
}

/// Each instruction of the Dockerfile with its arguments; continued lines are joined.
fn instructions() -> Vec<(String, String)> {
    read("Dockerfile")
        .replace("\\\n", " ")
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            (name.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn the_image_is_built_in_one_stage_and_runs_in_another_as_nobody() {
    let all = instructions();
    let stages: Vec<usize> = (0..all.len()).filter(|i| all[*i].0 == "FROM").collect();
    assert_eq!(stages.len(), 2, "{all:?}");
    let (build, run) = all.split_at(stages[1]);
    let compiled = build.iter().find(|(name, _)| name == "RUN").expect("a build");
    assert!(compiled.1.contains("cargo build --profile dist --no-default-features --locked"), "{compiled:?}");
    for (_, image) in all.iter().filter(|(name, _)| name == "FROM") {
        let tag = image.split_whitespace().next().and_then(|i| i.split_once(':')).map(|(_, tag)| tag);
        assert!(tag.is_some_and(|tag| tag != "latest"), "{image} has no tag of its own");
    }
    let value = |name: &str| run.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(value("USER"), Some("10001:10001"), "a number that is not root's");
    assert!(!run.iter().any(|(name, _)| name == "RUN" || name == "ADD"), "nothing is fetched into what is shipped");
    assert!(value("ENTRYPOINT").is_some_and(|v| v.starts_with('[')), "started without a shell");
    assert_eq!(value("CMD"), Some(r#"["serve"]"#));
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml");
    assert!(manifest["profile"].get("dist").is_some(), "the profile of the build exists");
    assert!(root().join("Cargo.lock").exists(), "what --locked holds to");
}

#[test]
fn the_rust_of_the_image_is_new_enough() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml");
    let needed = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version").to_owned();
    let first = instructions().into_iter().find(|(name, _)| name == "FROM").expect("a stage").1;
    let has = first.trim_start_matches("rust:").split('-').next().expect("a version").to_owned();
    let number = |version: &str| version.split('.').map(|n| n.parse().expect("a number")).collect::<Vec<u32>>();
    assert!(number(&has) >= number(&needed), "the image has Rust {has}, the manifest asks for {needed}");
}

#[test]
fn the_build_context_has_what_the_build_reads_and_no_more() {
    let ignore = read(".dockerignore");
    let mut lines = ignore.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    assert_eq!(lines.next(), Some("*"), "everything is left out but for what follows");
    let kept: Vec<&str> = lines.map(|line| line.strip_prefix('!').expect("an exception")).collect();
    for name in &kept {
        assert!(root().join(name).exists(), "{name} is gone");
    }
    let needed = ["Cargo.toml", "Cargo.lock", "src", "migrations"].map(str::to_owned);
    for name in needed.into_iter().chain(named_in_the_manifest()) {
        let is_kept = kept.iter().any(|kept| Path::new(&name).starts_with(kept));
        assert!(is_kept, "{name} is needed for the build");
    }
    for name in ["secrets", ".env", ".git", "target", "tests"] {
        assert!(!kept.contains(&name), "{name} has no place in an image");
    }
    for source in Source::below(&["src", "crates"]) {
        let folder = Path::new(&source.path).parent().expect("a folder");
        for included in ["include_str!(\"", "include_bytes!(\""].iter().flat_map(|call| source.text.split(call).skip(1))
        {
            let path = resolved(&folder.join(included.split('"').next().expect("a path")));
            assert!(kept.iter().any(|name| path.starts_with(name)), "{} includes {}", source.path, path.display());
        }
    }
}

/// What cargo looks for before it builds anything: the workspace's members and the files of the targets.
fn named_in_the_manifest() -> Vec<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml");
    let members = manifest["workspace"]["members"].as_array().expect("members").clone();
    let targets = ["bin", "test", "bench", "example"].iter().filter_map(|kind| manifest.get(*kind)?.as_array());
    let paths = targets.flatten().filter_map(|target| target.get("path")).cloned();
    members.into_iter().chain(paths).map(|path| path.as_str().expect("a path").to_owned()).collect()
}

/// The path without `..`, as the compiler would find it.
fn resolved(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[test]
fn every_service_runs_as_a_number_that_is_not_root() {
    let compose = compose();
    for name in ["migrate", "gateway"] {
        let service = &compose["services"][name];
        let user = service["user"].as_str().expect("a user");
        assert_eq!(user, "${GATEWAY_UID:-10001}:${GATEWAY_GID:-10001}", "{name}");
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
    }
}

#[test]
fn the_gateway_starts_after_one_migration_and_is_published_on_loopback_only() {
    let compose = compose();
    let services = compose["services"].as_object().expect("services");
    assert_eq!(services.len(), 3);
    assert!(services["database"]["image"].as_str().expect("an image").starts_with("postgres:16"));
    assert_eq!(texts(&services["migrate"]["command"]), ["migrate"]);
    assert_eq!(services["migrate"]["depends_on"]["database"]["condition"], "service_healthy");
    assert_eq!(texts(&services["gateway"]["command"]), ["serve"]);
    assert_eq!(services["gateway"]["depends_on"]["migrate"]["condition"], "service_completed_successfully");
    for (name, service) in services {
        for port in texts(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name} publishes {port} to everybody");
        }
    }
}

#[test]
fn the_settings_of_the_services_are_settings() {
    let compose = compose();
    for name in ["migrate", "gateway"] {
        let variables = variables(&compose["services"][name]);
        let settings = load(&Sources { variables, ..Sources::default() }).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(settings.keys.active_id(), Some("compose"));
        let url = settings.database.url.expect("a database");
        assert_eq!(url.expose(), "postgres://duo_mcp_app@database:5432/duo_mcp", "without a password");
        let owner = settings.database.owner_url.expect("an owner");
        assert_eq!(owner.expose(), "postgres://duo_mcp_owner@database:5432/duo_mcp", "without a password");
        for (listen, published) in [(settings.server.public.listen, 8080), (settings.server.admin.listen, 8082)] {
            assert_eq!(listen.port(), published);
            let ports = texts(&compose["services"]["gateway"]["ports"]).join(" ");
            assert!(ports.contains(&format!("127.0.0.1:{published}:{published}")), "{ports}");
        }
    }
}

#[test]
fn the_script_makes_every_secret_that_the_services_read_once() {
    let folder = std::env::temp_dir().join(format!("gw-secrets-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let make = || {
        let done = Command::new(root().join("scripts/compose-secrets")).arg(&folder).output().expect("the script runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let mode =
        |path: &Path| fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).permissions().mode();
    make();
    assert_eq!(mode(&folder.join("secrets")) & 0o777, 0o700);

    let compose = compose();
    let secrets = compose["secrets"].as_object().expect("secrets");
    let mut contents = Vec::new();
    for (name, secret) in secrets {
        let path = folder.join(secret["file"].as_str().expect("a file"));
        assert_eq!(mode(&path) & 0o777, 0o600, "{name}");
        contents.push((path.clone(), fs::read(&path).expect("a secret")));
    }
    let kek = fs::read_to_string(folder.join("secrets/kek")).expect("a key");
    assert_eq!(kek.trim().len(), 44, "32 bytes in base64");

    // The roles that the database makes are those that the password files name, with the same passwords.
    let roles = fs::read_to_string(folder.join("secrets/database_roles.sql")).expect("the roles");
    for (file, role) in [("owner_pgpass", "duo_mcp_owner"), ("app_pgpass", "duo_mcp_app")] {
        let line = fs::read_to_string(folder.join("secrets").join(file)).expect("a password file");
        let password = line.trim().strip_prefix(&format!("database:5432:duo_mcp:{role}:")).expect("this role's line");
        assert!(password.len() >= 32);
        assert!(roles.contains(&format!("CREATE ROLE {role} LOGIN PASSWORD '{password}';")));
    }

    make();
    for (path, before) in contents {
        assert_eq!(fs::read(&path).expect("a secret"), before, "{} is kept", path.display());
    }
    fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn every_secret_that_a_service_names_is_declared_and_ignored_by_git() {
    let compose = compose();
    let declared = compose["secrets"].as_object().expect("secrets");
    for (name, service) in compose["services"].as_object().expect("services") {
        for secret in service["secrets"].as_array().into_iter().flatten() {
            let source = secret.as_str().or_else(|| secret["source"].as_str()).expect("a name");
            assert!(declared.contains_key(source), "{name} reads {source}, which nobody declares");
        }
        let settings = service["environment"].to_string();
        assert!(
            !settings.contains("PASSWORD\":") && !settings.contains("PGPASSWORD"),
            "{name}: a password in {settings}"
        );
    }
    let ignored = read(".gitignore");
    assert!(ignored.lines().any(|line| line == "/secrets/") && ignored.lines().any(|line| line == "/.env"));
}
