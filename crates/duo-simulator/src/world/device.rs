//! Phones, tokens, security keys and desktop authenticators.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Phone {
    pub(crate) phone_id: String,
    /// E.164, or empty for a tablet.
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) extension: String,
    pub(crate) predelay: String,
    pub(crate) postdelay: String,
    /// As a caller writes it: `mobile`, `landline`, `unknown`.
    pub(crate) kind: String,
    /// As a caller writes it: `apple ios`, `google android`, ...
    pub(crate) platform: String,
    pub(crate) model: String,
    /// Whether Duo Mobile on it was activated; only then can it get a push.
    pub(crate) activated: bool,
    pub(crate) sms_passcodes_sent: bool,
    pub(crate) last_seen_ms: Option<i64>,
    /// Ids of the users it belongs to.
    pub(crate) users: Vec<String>,
}

impl Phone {
    pub(crate) fn new(phone_id: String) -> Self {
        Self {
            phone_id,
            number: String::new(),
            name: String::new(),
            extension: String::new(),
            predelay: String::new(),
            postdelay: String::new(),
            kind: "unknown".to_owned(),
            platform: "unknown".to_owned(),
            model: String::new(),
            activated: false,
            sms_passcodes_sent: false,
            last_seen_ms: None,
            users: Vec::new(),
        }
    }

    /// What can be done with it, in Duo's words.
    pub(crate) fn capabilities(&self) -> Vec<&'static str> {
        let mut can = Vec::new();
        if self.activated {
            can.extend(["auto", "push"]);
        }
        if !self.number.is_empty() {
            if self.kind == "mobile" {
                can.push("sms");
            }
            can.push("phone");
        }
        if self.activated {
            can.push("mobile_otp");
        }
        can
    }

    pub(crate) fn can(&self, capability: &str) -> bool {
        self.capabilities().contains(&capability)
    }

    /// The number as Duo shows it to someone who is not signed in yet.
    pub(crate) fn masked(&self) -> String {
        let tail: String = self.number.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        if tail.is_empty() { String::new() } else { format!("XXX-XXX-{tail}") }
    }

    /// The platform as answers spell it.
    pub(crate) fn platform_title(&self) -> &'static str {
        match self.platform.as_str() {
            "google android" => "Google Android",
            "apple ios" => "Apple iOS",
            "windows phone" => "Windows Phone",
            "rim blackberry" => "RIM Blackberry",
            "java j2me" => "Java J2ME",
            "palm webos" => "Palm WebOS",
            "symbian os" => "Symbian OS",
            "windows mobile" => "Windows Mobile",
            "generic smartphone" => "Generic Smartphone",
            _ => "Unknown",
        }
    }

    /// The kind as answers spell it.
    pub(crate) fn kind_title(&self) -> &'static str {
        match self.kind.as_str() {
            "mobile" => "Mobile",
            "landline" => "Landline",
            _ => "Unknown",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) token_id: String,
    /// `h6`, `t6`, `yk`, ...
    pub(crate) kind: String,
    pub(crate) serial: String,
    pub(crate) totp_step: Option<i64>,
    pub(crate) users: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityKey {
    pub(crate) webauthnkey: String,
    pub(crate) name: String,
    pub(crate) added_ms: i64,
    pub(crate) user_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DesktopAuthenticator {
    pub(crate) dakey: String,
    pub(crate) daid: String,
    pub(crate) device_name: String,
    pub(crate) os_family: String,
    pub(crate) os_version: String,
    pub(crate) user_id: String,
}
