//! `credentials`: Duo's keys go in, are checked, and never come out.

use std::fmt::Write as _;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use duo_api::{Api, SignatureVersion};
use zeroize::Zeroizing;

use super::desk::Desk;
use super::report::{Report, warn};
use super::table::{facts, table};
use crate::admin::view::CredentialView;
use crate::domain::actor::Actor;
use crate::tenants::{NewCredential, StoredCredential, Verify};

#[derive(Debug, Subcommand)]
pub(super) enum CredentialsCommand {
    /// Store a credential; its secret key is asked for, or read from a file or the standard input
    Put(PutArgs),
    /// Check a stored credential against Duo now
    Verify(Which),
    /// List a tenant's credentials; keys are not shown
    List {
        /// The tenant's short name or id
        tenant: String,
    },
    /// Delete a credential
    Delete(Which),
}

/// Names one credential.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The tenant's short name or id
    tenant: String,
    /// The connection's name
    connection: String,
    /// Which of Duo's APIs it opens: auth, admin or accounts
    #[arg(value_parser = api)]
    api: Api,
}

#[derive(Debug, Args)]
pub(super) struct PutArgs {
    #[command(flatten)]
    which: Which,
    /// The integration key (client id)
    #[arg(long)]
    ikey: String,
    /// File with the secret key; left out, it is asked for, or read from the standard input when that is no terminal
    #[arg(long, value_name = "FILE")]
    skey_file: Option<PathBuf>,
    /// How requests are signed: v5, v2_sha512 or v2_sha1
    #[arg(long, default_value = "v5", value_parser = signature)]
    signature: SignatureVersion,
    /// Store it without asking Duo; it is of no use until it is verified
    #[arg(long)]
    verify_later: bool,
}

pub(super) async fn run(desk: &Desk, command: CredentialsCommand) -> anyhow::Result<Report> {
    let acts = &desk.parts.acts;
    match command {
        CredentialsCommand::Put(args) => put(desk, args).await,
        CredentialsCommand::Verify(which) => {
            let tenant = desk.tenant(&which.tenant).await?;
            told(acts.verify_credential(&tenant.id, &which.connection, which.api, &Actor::Console).await?)
        }
        CredentialsCommand::List { tenant } => list(desk, &tenant).await,
        CredentialsCommand::Delete(which) => {
            let tenant = desk.tenant(&which.tenant).await?;
            acts.delete_credential(&tenant.id, &which.connection, which.api, &Actor::Console).await?;
            let json = serde_json::json!({"api": which.api.as_str(), "deleted": true});
            Report::new(format!("Deleted the {} credential of {}.", which.api.title(), which.connection), &json)
        }
    }
}

async fn put(desk: &Desk, args: PutArgs) -> anyhow::Result<Report> {
    let tenant = desk.tenant(&args.which.tenant).await?;
    let skey = secret_key(args.skey_file.as_deref())?;
    let (api, ikey, signature) = (args.which.api, args.ikey.as_str(), args.signature);
    let verify = if args.verify_later { Verify::Later } else { Verify::Now };
    let new = NewCredential { api, ikey, skey: &skey, signature, verify };
    told(desk.parts.acts.put_credential(&tenant.id, &args.which.connection, new, &Actor::Console).await?)
}

async fn list(desk: &Desk, tenant: &str) -> anyhow::Result<Report> {
    let tenant = desk.tenant(tenant).await?;
    let connections = desk.parts.store.connections.list(&tenant.id).await?;
    let found = desk.parts.store.credentials.list(&tenant.id).await?;
    let rows: Vec<_> = found
        .iter()
        .map(|credential| {
            let connection = connections.iter().find(|connection| connection.id == credential.connection);
            vec![
                connection.map(|connection| connection.name.to_string()).unwrap_or_default(),
                credential.api.as_str().to_owned(),
                format!("…{}", credential.ikey_last4),
                credential.status.as_str().to_owned(),
                credential.grants.join(", "),
                credential.verified_at.map(|at| at.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let views: Vec<_> = found.iter().map(CredentialView::from).collect();
    let head = ["connection", "api", "ikey", "status", "grants", "verified at"];
    Report::new(table(&head, &rows, "No credentials yet; `credentials put` stores one."), &views)
}

fn told(stored: StoredCredential) -> anyhow::Result<Report> {
    let credential = &stored.credential;
    let mut text = facts(&[
        ("credential", Some(credential.api.title().to_owned())),
        ("host", Some(credential.host.as_str().to_owned())),
        ("integration key", Some(format!("…{}", credential.ikey_last4))),
        ("fingerprint", Some(credential.fingerprint.clone())),
        ("signature", Some(credential.signature.as_str().to_owned())),
        ("status", Some(credential.status.as_str().to_owned())),
        ("grants", Some(credential.grants.join(", ")).filter(|grants| !grants.is_empty())),
        ("verified at", credential.verified_at.map(|at| at.to_string())),
    ]);
    for notice in &stored.notices {
        let _ = write!(text, "\n{notice}");
    }
    Report::new(text, &CredentialView::from(stored))
}

/// The secret key, from wherever it does not show in a list of processes or in a shell's history.
fn secret_key(file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    match file {
        Some(path) => {
            std::fs::File::open(path)
                .and_then(|file| file.take(4096).read_to_string(&mut text))
                .with_context(|| format!("{} cannot be read", path.display()))?;
        }
        None if std::io::stdin().is_terminal() => {
            text = prompt()?;
        }
        None => {
            std::io::stdin().take(4096).read_to_string(&mut text).context("the standard input cannot be read")?;
        }
    }
    if text.trim().is_empty() {
        bail!("no secret key was given: type it, pipe it in, or name a file with --skey-file");
    }
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Asks at the terminal, without showing what is typed where the terminal can be told so.
fn prompt() -> anyhow::Result<Zeroizing<String>> {
    warn("Secret key (it is not shown):");
    let hide = |how: &str| std::process::Command::new("stty").arg(how).status().is_ok_and(|status| status.success());
    let is_hidden = hide("-echo");
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().read_line(&mut text);
    if is_hidden {
        hide("echo");
    }
    read.context("the terminal cannot be read")?;
    Ok(text)
}

fn api(text: &str) -> Result<Api, anyhow::Error> {
    Api::ALL.into_iter().find(|api| api.as_str() == text).ok_or_else(|| anyhow!("it is auth, admin or accounts"))
}

fn signature(text: &str) -> Result<SignatureVersion, anyhow::Error> {
    SignatureVersion::parse(text).ok_or_else(|| anyhow!("it is v5, v2_sha512 or v2_sha1"))
}
