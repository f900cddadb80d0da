//! The templates of the connect pages.

use askama::Template;

use super::view::{AskedView, PresetView, ScopeView};

/// Where a member signs in, or comes in by an invite.
#[derive(Template)]
#[template(path = "connect_sign_in.html", config = "src/pages/askama.toml")]
pub(super) struct SignInPage {
    pub(super) id: String,
    pub(super) csrf: String,
    pub(super) asked: AskedView,
    pub(super) key_problem: Option<&'static str>,
    pub(super) invite_problem: Option<String>,
    pub(super) name: String,
}

/// The push that the tenant asks for before anything is connected.
#[derive(Template)]
#[template(path = "connect_push.html", config = "src/pages/askama.toml")]
pub(super) struct PushPage {
    pub(super) id: String,
    pub(super) csrf: String,
    pub(super) asked: AskedView,
    pub(super) tenant: String,
    pub(super) username: String,
    pub(super) account: String,
    pub(super) uses_passcodes: bool,
    pub(super) is_waiting: bool,
    pub(super) problem: Option<String>,
}

/// What is asked, in plain words, and the answer.
#[derive(Template)]
#[template(path = "connect_consent.html", config = "src/pages/askama.toml")]
pub(super) struct ConsentPage {
    pub(super) id: String,
    pub(super) csrf: String,
    pub(super) asked: AskedView,
    pub(super) member: String,
    pub(super) role: &'static str,
    pub(super) tenant: String,
    pub(super) accounts: Vec<String>,
    pub(super) presets: Vec<PresetView>,
    pub(super) own_choice: bool,
    pub(super) scopes: Vec<ScopeView>,
    pub(super) days: Vec<(u32, bool)>,
    pub(super) problem: Option<&'static str>,
}

/// That there is nothing to go on with, and why.
#[derive(Template)]
#[template(path = "connect_over.html", config = "src/pages/askama.toml")]
pub(super) struct OverPage {
    pub(super) title: &'static str,
    pub(super) message: &'static str,
}
