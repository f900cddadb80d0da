//! What was wrong with what was typed, in words, at its field.

use duo_api::Api;
use duo_api::key::KeyPairError;

use crate::tenants::{At, Mistake, Refuted, TenantError};

/// What is said at which field.
#[derive(Default)]
pub(super) struct Said {
    /// At no field.
    pub(super) form: Option<String>,
    at: Vec<(&'static str, String)>,
}

impl Said {
    /// What is said of these mistakes; `egress` are the addresses that an application has to admit, and `field` knows what
    /// a place is called in the form, if the form has it.
    pub(super) fn of(
        mistakes: &[Mistake],
        egress: &[String],
        field: impl Fn(&Mistake) -> Option<&'static str>,
    ) -> Self {
        let mut said = Self::default();
        for mistake in mistakes {
            let text = words(mistake, egress);
            match field(mistake) {
                Some(field) => said.at.push((field, text)),
                None => said.form = Some(text),
            }
        }
        said
    }

    /// Something at one field.
    pub(super) fn field(field: &'static str, text: String) -> Self {
        Self { form: None, at: vec![(field, text)] }
    }

    pub(super) fn no_keys() -> Self {
        Self::form("Fill in the two keys of at least one application.".to_owned())
    }

    pub(super) fn too_many(seconds: i64) -> Self {
        let minutes = (seconds + 59) / 60;
        Self::form(format!("Too many wrong keys came from here. Duo was not asked; try again in {minutes} minutes."))
    }

    /// Something at no field.
    pub(super) fn form(text: String) -> Self {
        Self { form: Some(text), at: Vec::new() }
    }

    pub(super) fn at(&self, field: &str) -> Option<&str> {
        self.at.iter().find(|(own, _)| *own == field).map(|(_, text)| text.as_str())
    }

    /// The first field that is wrong.
    pub(super) fn first(&self) -> Option<&'static str> {
        self.at.first().map(|(field, _)| *field)
    }

    /// How many fields are wrong.
    pub(super) fn count(&self) -> usize {
        self.at.len()
    }
}

fn words(mistake: &Mistake, egress: &[String]) -> String {
    match (&mistake.why, mistake.at) {
        (TenantError::BadInvite, _) => {
            "This invite does not work. It may have a typo, be used, be older than three days, or be one into a \
             subscription that exists: for that, go back and use it to sign in. If you used it yourself and saw no key, \
             the subscription exists: the operator of this gateway can make you a new owner key."
                .to_owned()
        }
        (TenantError::BadKeys(why), _) => pair(*why).to_owned(),
        (TenantError::Refuted(why), At::Application(api)) => at_application(why, api, egress),
        (TenantError::Refuted(Refuted::IntegrationKey), _) => {
            "Duo does not know this integration key at this API hostname. Copy both from the page of the same application."
                .to_owned()
        }
        (TenantError::Refuted(Refuted::SecretKey), _) => {
            "This secret key does not belong to the integration key, or it was reset in Duo since.".to_owned()
        }
        (TenantError::Refuted(Refuted::Unreachable { .. }), _) => {
            "Nothing answers at this hostname. Compare it with the one in Duo, character by character.".to_owned()
        }
        (other, _) => sentence(&other.to_string()),
    }
}

fn pair(why: KeyPairError) -> &'static str {
    match why {
        KeyPairError::Swapped => {
            "The two keys are swapped: the integration key is the short one that begins with DI, the secret key the long \
             one."
        }
        KeyPairError::IntegrationKey => {
            "An integration key has 20 characters, begins with DI, and holds only capital letters and digits."
        }
        KeyPairError::IntegrationKeyIsSecret => "This looks like a secret key. It belongs in the field below.",
        KeyPairError::SecretKey => "A secret key holds only letters and digits, normally 40 of them.",
        KeyPairError::SecretKeyIsIntegrationKey => "This looks like an integration key. It belongs in the field above.",
    }
}

fn at_application(why: &Refuted, api: Api, egress: &[String]) -> String {
    let own = api.title();
    match why {
        Refuted::WrongApplication(_) => {
            format!("These are the keys of another kind of application. Here belong those of an “{own}” application.")
        }
        Refuted::Forbidden => {
            let grants =
                if api == Api::Admin { " In its settings tick at least “Grant resource - Read”." } else { "" };
            let networks = if egress.is_empty() {
                "If it admits only some networks (“Networks for API access”), the operator of this gateway can say which \
                 addresses it calls from."
                    .to_owned()
            } else {
                let all = egress.join(", ");
                format!("If it admits only some networks (“Networks for API access”), add the gateway's: {all}.")
            };
            format!("Duo knows these keys and allows them nothing.{grants} {networks}")
        }
        Refuted::Clock => "Duo does not accept the time of the request: the gateway's clock is wrong.".to_owned(),
        other => sentence(&other.to_string()),
    }
}

/// With a capital letter and a full stop.
pub(in crate::pages) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_to_admit_are_named_where_they_are_known() {
        let mistake = |api| [Mistake { at: At::Application(api), why: Refuted::Forbidden.into() }];
        let field = |mistake: &Mistake| (mistake.at == At::Application(Api::Admin)).then_some("admin");
        let known = Said::of(&mistake(Api::Admin), &["203.0.113.7".into(), "2001:db8::/64".into()], field);
        let text = known.at("admin").unwrap();
        assert!(text.contains("203.0.113.7, 2001:db8::/64") && text.contains("Grant resource - Read"), "{text}");
        assert_eq!((known.first(), known.count(), known.form.as_ref()), (Some("admin"), 1, None));
        // At no field of the form: it is said all the same.
        let unknown = Said::of(&mistake(Api::Auth), &[], field);
        let text = unknown.form.as_ref().unwrap();
        assert!(text.contains("operator") && !text.contains("Grant"), "{text}");
        assert_eq!((unknown.at("admin"), unknown.count()), (None, 0));
    }
}
