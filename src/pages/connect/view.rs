//! What the connect templates show, made ready so that they decide nothing.

use url::Url;

use crate::domain::authorization::AuthorizationRequest;
use crate::domain::preset::Preset;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::text::visible;
use crate::grants::is_known;

/// Who asks, as far as anything proves it.
pub(super) struct AskedView {
    pub(super) client: String,
    /// Where the client's own description lies; empty for one that registered itself.
    pub(super) client_host: String,
    pub(super) redirect_host: String,
    pub(super) is_loopback: bool,
    pub(super) is_private_scheme: bool,
    pub(super) is_known: bool,
}

impl AskedView {
    pub(super) fn new(request: &AuthorizationRequest) -> Self {
        let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
        let is_document = request.client.contains("://");
        Self {
            client: visible(&request.client_name),
            client_host: if is_document { host(&request.client).unwrap_or_default() } else { String::new() },
            redirect_host: request.redirect.host(),
            is_loopback: request.redirect.is_loopback(),
            is_private_scheme: !request.redirect.as_str().starts_with("http"),
            is_known: is_known(&request.client),
        }
    }
}

pub(super) fn title(preset: Preset) -> &'static str {
    match preset {
        Preset::Look => "Look",
        Preset::HelpDesk => "Help desk",
        Preset::Security => "Security",
        Preset::Everything => "Everything",
    }
}

pub(super) fn meaning(preset: Preset) -> &'static str {
    match preset {
        Preset::Look => "See users, devices and accounts. Change nothing, reach nobody.",
        Preset::HelpDesk => "Look, change users and their devices, and send pushes to verify a caller.",
        Preset::Security => "What the help desk does, and read the logs.",
        Preset::Everything => "All that you may do yourself, deletions included.",
    }
}

/// A preset to choose.
pub(super) struct PresetView {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    pub(super) is_chosen: bool,
}

/// The presets that differ for this member, narrowest first, and whether the choice is none of them.
pub(super) fn presets(ceiling: Scopes, chosen: Scopes) -> (Vec<PresetView>, bool) {
    let mut seen: Vec<Scopes> = Vec::new();
    let mut views = Vec::new();
    for preset in Preset::ALL {
        let scopes = preset.scopes().and(ceiling);
        if scopes.is_empty() || seen.contains(&scopes) {
            continue;
        }
        seen.push(scopes);
        let (word, title, meaning) = (preset.as_str(), title(preset), meaning(preset));
        views.push(PresetView { word, title, meaning, is_chosen: scopes == chosen });
    }
    let is_own = !views.iter().any(|view| view.is_chosen);
    (views, is_own)
}

/// A scope to tick.
pub(super) struct ScopeView {
    pub(super) word: &'static str,
    pub(super) meaning: &'static str,
    pub(super) is_grave: bool,
    pub(super) is_ticked: bool,
}

/// The scopes that the member may give, in plain words.
pub(super) fn scopes(ceiling: Scopes, chosen: Scopes) -> Vec<ScopeView> {
    let view = |scope: Scope| ScopeView {
        word: scope.as_str(),
        meaning: match scope {
            Scope::Read => "See users, groups, phones, devices and accounts",
            Scope::Logs => "Read the logs: who signed in when and from where",
            Scope::Auth => "Reach people: send pushes, text messages and calls",
            Scope::Write => "Make and change users, groups and devices",
            Scope::Destroy => "Delete for good, weaken or add factors",
            Scope::Accounts => "Make, delete and bill child accounts",
        },
        is_grave: scope == Scope::Destroy,
        is_ticked: chosen.has(scope),
    };
    ceiling.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::member::Role;

    #[test]
    fn presets_that_give_a_member_the_same_are_shown_once() {
        let words = |role: Role| {
            let (views, _) = presets(role.ceiling(), Scopes::read_only());
            views.iter().map(|view| view.word).collect::<Vec<_>>()
        };
        assert_eq!(words(Role::Owner), ["look", "helpdesk", "security", "everything"]);
        assert_eq!(words(Role::HelpDesk), ["look", "helpdesk"]);
        assert_eq!(words(Role::ReadOnly), ["look", "security"]);
        let (_, is_own) = presets(Scopes::all(), [Scope::Read, Scope::Logs].into_iter().collect());
        assert!(is_own);
    }
}
