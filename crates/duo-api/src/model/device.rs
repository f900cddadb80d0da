//! Phones, tokens, security keys, desktops, and what is known of bypass codes.

use serde::Deserialize;

use super::lenient::{number, or_default, text};

/// A phone.
#[derive(Clone, Debug, Deserialize)]
pub struct Phone {
    /// Twenty characters, `DP` first.
    pub phone_id: String,
    /// The number.
    pub number: Option<String>,
    /// The name that its owner gave it.
    pub name: Option<String>,
    /// The extension.
    #[serde(default, deserialize_with = "text")]
    pub extension: Option<String>,
    /// `Mobile`, `Landline`, ...
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `Apple iOS`, `Google Android`, ...
    pub platform: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Whether Duo Mobile is active on it.
    #[serde(default, deserialize_with = "or_default")]
    pub activated: bool,
    /// What it can do.
    #[serde(default, deserialize_with = "or_default")]
    pub capabilities: Vec<String>,
    /// Whether SMS passcodes were sent.
    pub sms_passcodes_sent: Option<bool>,
    /// When Duo Mobile was last seen, as Duo writes it.
    #[serde(default, deserialize_with = "text")]
    pub last_seen: Option<String>,
    /// Whether its storage is encrypted, in Duo's words.
    pub encrypted: Option<String>,
    /// Whether it is locked by a fingerprint, in Duo's words.
    pub fingerprint: Option<String>,
    /// Whether its screen is locked, in Duo's words.
    pub screenlock: Option<String>,
    /// Whether it was tampered with, in Duo's words.
    pub tampered: Option<String>,
}

/// A hardware token.
#[derive(Clone, Debug, Deserialize)]
pub struct Token {
    /// Twenty characters, `DH` first.
    pub token_id: String,
    /// `t6`, `t8`, `h6`, `h8`, `yk`, `d1`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The serial number.
    #[serde(default, deserialize_with = "text")]
    pub serial: Option<String>,
    /// The step of a time-based token in seconds.
    #[serde(default, deserialize_with = "number")]
    pub totp_step: Option<i64>,
}

/// A security key or a passkey.
#[derive(Clone, Debug, Deserialize)]
pub struct WebAuthn {
    /// Its id.
    pub webauthnkey: String,
    /// The name that its owner gave it.
    pub credential_name: Option<String>,
    /// What it is: `Security Key`, `Touch ID`, ...
    pub label: Option<String>,
    /// When added, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub date_added: Option<i64>,
    /// Whether it may be used without a password.
    pub passwordless_authorized: Option<bool>,
    /// Whether it verifies the person.
    pub uv_capable: Option<bool>,
}

/// A desktop with Duo Desktop that authenticates.
#[derive(Clone, Debug, Deserialize)]
pub struct DesktopAuthenticator {
    /// Its id.
    pub dakey: String,
    /// The id of the device.
    pub daid: Option<String>,
    /// The name of the device.
    pub device_name: Option<String>,
    /// The operating system.
    pub os_family: Option<String>,
    /// Its version.
    pub os_version: Option<String>,
    /// The version of Duo Desktop.
    pub duo_desktop_version: Option<String>,
}

/// What Duo tells of a bypass code: never the code.
#[derive(Clone, Debug, Deserialize)]
pub struct BypassCode {
    /// Twenty characters.
    pub bypass_code_id: String,
    /// When made, Unix seconds.
    #[serde(default, deserialize_with = "number")]
    pub created: Option<i64>,
    /// When it ends, Unix seconds; `None` is never.
    #[serde(default, deserialize_with = "number")]
    pub expiration: Option<i64>,
    /// How often it can still be used; `None` is without limit.
    #[serde(default, deserialize_with = "number")]
    pub reuse_count: Option<i64>,
    /// Who made it.
    pub admin_email: Option<String>,
}
