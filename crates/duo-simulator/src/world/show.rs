//! How accounts, users and devices look in answers.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::bypass::BypassCode;
use super::device::{DesktopAuthenticator, Phone, SecurityKey, Token};
use super::group::Group;
use super::user::User;
use crate::clock::{iso, secs};

impl Account {
    /// What the Accounts API shows of a child.
    pub(crate) fn show(&self) -> Value {
        json!({"account_id": self.account_id, "name": self.name, "api_hostname": self.host})
    }

    /// A user with everything that hangs on one.
    pub(crate) fn show_user(&self, user: &User) -> Value {
        let mut shown = show_user_alone(user);
        let groups: Vec<Value> = user.groups.iter().filter_map(|id| self.groups.get(id)).map(Group::show).collect();
        let phones: Vec<Value> = user.phones.iter().filter_map(|id| self.phones.get(id)).map(Phone::show).collect();
        let tokens: Vec<Value> = user.tokens.iter().filter_map(|id| self.tokens.get(id)).map(Token::show).collect();
        let keys: Vec<Value> =
            user.webauthn.iter().filter_map(|id| self.webauthn.get(id)).map(SecurityKey::show).collect();
        let desktops: Vec<Value> =
            user.desktop.iter().filter_map(|id| self.desktop.get(id)).map(DesktopAuthenticator::show).collect();
        shown.insert("groups".into(), groups.into());
        shown.insert("phones".into(), phones.into());
        shown.insert("tokens".into(), tokens.into());
        shown.insert("u2ftokens".into(), Value::Array(Vec::new()));
        shown.insert("webauthncredentials".into(), keys.into());
        shown.insert("desktop_authenticators".into(), desktops.into());
        Value::Object(shown)
    }

    /// A phone with the users it belongs to.
    pub(crate) fn show_phone(&self, phone: &Phone) -> Value {
        with_users(phone.show(), self.brief_users(&phone.users))
    }

    /// A token with the users it belongs to.
    pub(crate) fn show_token(&self, token: &Token) -> Value {
        let mut shown = with_users(token.show(), self.brief_users(&token.users));
        shown["admins"] = Value::Array(Vec::new());
        shown
    }

    /// A bypass code without the code, with whose it is.
    pub(crate) fn show_bypass_code(&self, code: &BypassCode) -> Value {
        let mut shown = code.show();
        shown["user"] = self.users.get(&code.user_id).map_or(Value::Null, |user| Value::Object(show_user_alone(user)));
        shown
    }

    fn brief_users(&self, ids: &[String]) -> Vec<Value> {
        ids.iter().filter_map(|id| self.users.get(id)).map(|user| Value::Object(show_user_alone(user))).collect()
    }
}

fn with_users(mut shown: Value, users: Vec<Value>) -> Value {
    shown["users"] = Value::Array(users);
    shown
}

fn show_user_alone(user: &User) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |key: &str, value: Value| {
        shown.insert(key.to_owned(), value);
    };
    put("user_id", user.user_id.as_str().into());
    put("username", user.username.as_str().into());
    let mut aliases = Map::new();
    for (index, alias) in user.aliases.iter().enumerate() {
        let name = format!("alias{}", index + 1);
        if index < 4 {
            put(&name, if alias.is_empty() { Value::Null } else { alias.as_str().into() });
        }
        if !alias.is_empty() {
            aliases.insert(name, alias.as_str().into());
        }
    }
    put("aliases", Value::Object(aliases));
    put("realname", user.realname.as_str().into());
    put("firstname", user.firstname.as_str().into());
    put("lastname", user.lastname.as_str().into());
    put("email", user.email.as_str().into());
    put("status", user.status.word().into());
    put("notes", user.notes.as_str().into());
    put("created", secs(user.created_ms).into());
    put("last_login", user.last_login_ms.map(secs).into());
    put("last_directory_sync", user.last_directory_sync_ms.map(secs).into());
    put("directory_key", user.directory_key.clone().into());
    put("external_id", user.external_id.clone().into());
    put("is_enrolled", user.is_enrolled.into());
    put("lockout_reason", user.lockout_reason.clone().into());
    put("enable_auto_prompt", user.enable_auto_prompt.into());
    put("custom_attributes", Value::Object(user.custom_attributes.clone()));
    shown
}

impl Group {
    pub(crate) fn show(&self) -> Value {
        json!({
            "group_id": self.group_id,
            "name": self.name,
            "desc": self.desc,
            "status": self.status.word(),
            "push_enabled": true,
            "sms_enabled": true,
            "voice_enabled": true,
            "mobile_otp_enabled": true,
        })
    }
}

impl Phone {
    pub(crate) fn show(&self) -> Value {
        let known = |word: &str| if self.activated { word.to_owned() } else { String::new() };
        json!({
            "phone_id": self.phone_id,
            "number": self.number,
            "name": self.name,
            "extension": self.extension,
            "predelay": self.predelay,
            "postdelay": self.postdelay,
            "type": self.kind_title(),
            "platform": self.platform_title(),
            "model": self.model,
            "activated": self.activated,
            "capabilities": self.capabilities(),
            "sms_passcodes_sent": self.sms_passcodes_sent,
            "last_seen": self.last_seen_ms.map(iso).unwrap_or_default(),
            "encrypted": known("Encrypted"),
            "fingerprint": known("Configured"),
            "screenlock": known("Locked"),
            "tampered": known("Not tampered"),
        })
    }
}

impl Token {
    pub(crate) fn show(&self) -> Value {
        json!({"token_id": self.token_id, "type": self.kind, "serial": self.serial, "totp_step": self.totp_step})
    }
}

impl SecurityKey {
    pub(crate) fn show(&self) -> Value {
        json!({
            "webauthnkey": self.webauthnkey,
            "credential_name": self.name,
            "label": "Security key",
            "date_added": secs(self.added_ms),
            "passwordless_authorized": false,
            "uv_capable": true,
        })
    }
}

impl DesktopAuthenticator {
    pub(crate) fn show(&self) -> Value {
        json!({
            "dakey": self.dakey,
            "daid": self.daid,
            "device_name": self.device_name,
            "os_family": self.os_family,
            "os_version": self.os_version,
            "duo_desktop_version": "7.2.0.0",
            "type": "desktop",
        })
    }
}

impl BypassCode {
    pub(crate) fn show(&self) -> Value {
        json!({
            "bypass_code_id": self.bypass_code_id,
            "created": secs(self.created_ms),
            "expiration": self.expires_ms.map(secs),
            "reuse_count": self.uses,
            "admin_email": self.admin_email,
        })
    }
}
