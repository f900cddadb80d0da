//! The templates of the connect pages.

use askama::Template;

use duo_api::Api;

use super::clients::{ClientView, RecipeView};
use super::newcomer::name;
use super::once::What;
use super::passkeys::QuestionView;
use super::typed::Typed;
use super::view::{AskedView, PresetView, ScopeView};
use crate::config::SelfService;

/// Where a member signs in, or comes in by an invite.
#[derive(Template)]
#[template(path = "connect_sign_in.html", config = "src/pages/askama.toml")]
pub(super) struct SignInPage {
    pub(super) base: String,
    pub(super) csrf: String,
    pub(super) asked: Option<AskedView>,
    pub(super) self_service: SelfService,
    pub(super) provider: Option<String>,
    pub(super) passkey: Option<QuestionView>,
    pub(super) typed: Typed,
}

/// Where a browser goes on to the operator's identity provider.
#[derive(Template)]
#[template(path = "connect_going.html", config = "src/pages/askama.toml")]
pub(super) struct GoingPage {
    pub(super) name: String,
    pub(super) host: String,
    pub(super) address: String,
}

/// That the provider's word is for nobody here, and what to tell the operator.
#[derive(Template)]
#[template(path = "connect_not_linked.html", config = "src/pages/askama.toml")]
pub(super) struct NotLinkedPage {
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) value: String,
    pub(super) base: String,
}

/// The push that the tenant asks for before anything is connected.
#[derive(Template)]
#[template(path = "connect_push.html", config = "src/pages/askama.toml")]
pub(super) struct PushPage {
    pub(super) base: String,
    pub(super) csrf: String,
    pub(super) what: String,
    pub(super) is_asked: bool,
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

/// What this is.
#[derive(Template)]
#[template(path = "landing.html", config = "src/pages/askama.toml")]
pub(super) struct LandingPage {
    pub(super) url: String,
    pub(super) sign_in: bool,
    pub(super) newcomers: bool,
    pub(super) clients: Vec<ClientView>,
    pub(super) recipes: Vec<RecipeView>,
}

/// Where somebody new brings a Duo account.
#[derive(Template)]
#[template(path = "connect_new.html", config = "src/pages/askama.toml")]
pub(super) struct NewPage {
    pub(super) base: String,
    pub(super) csrf: String,
    pub(super) needs_invite: bool,
    pub(super) typed: Typed,
    pub(super) applications: [ApplicationView; 3],
    pub(super) egress: Vec<String>,
}

/// One application's two keys on the form.
pub(super) struct ApplicationView {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) opens: &'static str,
    /// The names of the two fields.
    pub(super) ikey: &'static str,
    pub(super) skey: &'static str,
}

impl ApplicationView {
    pub(super) fn new(api: Api) -> Self {
        Self {
            word: api.as_str(),
            title: api.title(),
            opens: match api {
                Api::Auth => "Verifies people: pushes, passcodes, calls.",
                Api::Admin => "Users, groups, devices, logs, settings.",
                Api::Accounts => "Child accounts, for managed service providers.",
            },
            ikey: name(api, "ikey"),
            skey: name(api, "skey"),
        }
    }
}

/// A secret, once.
#[derive(Template)]
#[template(path = "connect_key.html", config = "src/pages/askama.toml")]
pub(super) struct KeyPage<'a> {
    pub(super) what: What,
    pub(super) secret: &'a str,
    pub(super) notices: &'a [String],
    pub(super) url: &'a str,
    pub(super) origin: &'a str,
    pub(super) clients: Vec<ClientView>,
    pub(super) next: &'a str,
}

/// That it was shown before.
#[derive(Template)]
#[template(path = "connect_gone.html", config = "src/pages/askama.toml")]
pub(super) struct GonePage {}

/// The key once more, before something grave.
#[derive(Template)]
#[template(path = "connect_again.html", config = "src/pages/askama.toml")]
pub(super) struct AgainPage {
    pub(super) base: &'static str,
    pub(super) csrf: String,
    pub(super) provider: Option<String>,
    pub(super) passkey: Option<QuestionView>,
    pub(super) typed: Typed,
}

/// What to do in each client.
#[derive(Template)]
#[template(path = "connect_done.html", config = "src/pages/askama.toml")]
pub(super) struct DonePage {
    pub(super) csrf: String,
    pub(super) member: String,
    pub(super) tenant: String,
    pub(super) accounts: Vec<String>,
    pub(super) url: String,
    pub(super) clients: Vec<ClientView>,
    pub(super) recipes: Vec<RecipeView>,
    /// Where a passkey is added.
    pub(super) passkeys: Option<&'static str>,
    pub(super) may_make_keys: bool,
    pub(super) owes_push: bool,
    pub(super) is_fresh: bool,
    pub(super) presets: Vec<PresetView>,
    pub(super) days: Vec<(String, bool)>,
    pub(super) typed: Typed,
}
