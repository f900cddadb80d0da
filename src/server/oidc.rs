//! The door by the operator's OpenID provider, made from the settings.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::duo;
use super::error::BootError;
use super::parts::Parts;
use crate::config::{OidcSettings, Settings, environment};
use crate::grants::oidc::{Door, DoorParts};

/// More than any client's secret: what is longer is none.
const LONGEST: u64 = 4 * 1024;

/// The door, if the settings have one.
pub(super) fn door(parts: &Parts, settings: &Settings) -> Result<Option<Door>, BootError> {
    let oidc = &settings.sign_in.oidc;
    // Loading refuses settings that have some of it.
    let (Some(name), Some(issuer), Some(client)) = (&oidc.name, &oidc.issuer, &oidc.client_id) else {
        return Ok(None);
    };
    Ok(Some(Door::new(DoorParts {
        name: name.trim().to_owned(),
        issuer: issuer.clone(),
        client: client.clone(),
        secret: secret(oidc)?,
        claim: oidc.claim.clone(),
        scopes: oidc.scopes.clone(),
        redirect: format!("{}/connect/oidc/callback", settings.server.public.origin()),
        overrides: duo::documents(settings)?,
        house: std::sync::Arc::clone(&parts.keyring.house),
        clock: parts.clock.clone(),
        random: parts.random.clone(),
    })?))
}

fn secret(oidc: &OidcSettings) -> Result<Zeroizing<String>, BootError> {
    let found = match (&oidc.client_secret_file, &oidc.client_secret_env) {
        (Some(path), _) => from_file(path)?,
        (None, Some(variable)) => environment::secret(variable).ok_or_else(|| {
            BootError::ClientSecret(format!(
                "the variable {variable}, which should have the client's secret, is not set"
            ))
        })?,
        (None, None) => return Err(BootError::ClientSecret("no client's secret is given".to_owned())),
    };
    let secret = Zeroizing::new(found.trim().to_owned());
    if secret.is_empty() || secret.chars().any(char::is_control) {
        return Err(BootError::ClientSecret("the client's secret is empty or has several lines".to_owned()));
    }
    Ok(secret)
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, BootError> {
    let failed = |source| BootError::File { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o177 != 0 {
        let path = path.display();
        return Err(BootError::ClientSecret(format!(
            "{path} has mode {mode:o}, and only its owner may read it: chmod 600"
        )));
    }
    let mut text = Zeroizing::new(String::with_capacity(512));
    // One byte more than there may be: a secret that was cut would only be refused by the provider, much later.
    let read = file.take(LONGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if read as u64 > LONGEST {
        let path = path.display();
        return Err(BootError::ClientSecret(format!(
            "{path} has more than {LONGEST} bytes, which no client's secret has"
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::Random;

    fn said(found: Result<Zeroizing<String>, BootError>) -> String {
        found.unwrap_err().to_string()
    }

    #[test]
    fn the_secret_is_read_from_a_file_that_nobody_else_reads() {
        let path = std::env::temp_dir().join(format!("oidc-secret-{}", Random::system().base62::<8>().unwrap()));
        let oidc = OidcSettings { client_secret_file: Some(path.clone()), ..OidcSettings::default() };
        assert!(said(secret(&oidc)).contains("cannot be read"));
        std::fs::write(&path, "canary secret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        assert!(said(secret(&oidc)).contains("chmod 600"));
        mode(0o400);
        assert_eq!(*secret(&oidc).unwrap(), "canary secret");
        mode(0o600);
        for bad in ["", "\n", "two\nlines\n"] {
            std::fs::write(&path, bad).unwrap();
            assert!(said(secret(&oidc)).contains("empty or has several lines"));
        }
        std::fs::write(&path, "s".repeat(4_096)).unwrap();
        assert_eq!(secret(&oidc).unwrap().len(), 4_096);
        std::fs::write(&path, "s".repeat(4_097)).unwrap();
        assert!(said(secret(&oidc)).contains("more than 4096 bytes"));
        std::fs::remove_file(&path).unwrap();
        let variable = Some("NO_SUCH_VARIABLE_HERE".to_owned());
        let oidc = OidcSettings { client_secret_env: variable, ..OidcSettings::default() };
        assert!(said(secret(&oidc)).contains("NO_SUCH_VARIABLE_HERE"));
    }
}
