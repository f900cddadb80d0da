//! A form that comes back: what was typed, and what is wrong at which field.
//!
//! A page is shown with one of these. Where nothing came back it is empty, and every field has what it usually has. In the
//! page a field's id is its name, with whose form it is where there are several; `templates/field.html` ties the words to it.

use duo_api::IntegrationKey;
use duo_api::key::KeyPairError;

use super::mistakes::Said;
use crate::tokens;
use crate::web::form::Fields;

/// A form, and what of it is shown again: a field that is not named here, such as a secret, never is.
pub(super) struct Form {
    name: &'static str,
    /// The hidden field that says whose it is; empty where a page has the form once.
    whose: &'static str,
    kept: &'static [&'static str],
}

impl Form {
    /// One that a page has once.
    pub(super) const fn new(name: &'static str, kept: &'static [&'static str]) -> Self {
        Self { name, whose: "", kept }
    }

    /// One that a page has several times; this hidden field tells them apart.
    pub(super) const fn of_each(name: &'static str, whose: &'static str, kept: &'static [&'static str]) -> Self {
        Self { name, whose, kept }
    }

    /// Whether it has this field, and the field comes back.
    pub(super) fn keeps(&self, field: &str) -> bool {
        self.kept.contains(&field)
    }

    /// Sends it back with what was typed.
    pub(super) fn back(&self, fields: &Fields, said: Said) -> Typed {
        let shown = |name: &&'static str| (*name, fields.text(name));
        let kept = self.kept.iter().map(shown).filter(|(name, text)| may_be_shown(name, text));
        Typed {
            form: self.name,
            whose: fields.text(self.whose).to_owned(),
            kept: kept.map(|(name, text)| (name, text.to_owned())).collect(),
            said,
        }
    }

    /// Sends it back empty.
    pub(super) fn empty(&self, said: Said) -> Typed {
        Typed { form: self.name, said, ..Typed::default() }
    }
}

/// Whether this is no secret that was pasted into the wrong field. What belongs into the field of an integration key has its
/// shape or is not shown at all.
fn may_be_shown(name: &str, text: &str) -> bool {
    let parsed = IntegrationKey::parse(text);
    if name.ends_with("ikey") {
        return parsed.is_ok();
    }
    !matches!(parsed, Err(KeyPairError::IntegrationKeyIsSecret)) && tokens::parse(text.trim()).is_err()
}

/// What came back to a page; by default nothing.
#[derive(Default)]
pub(super) struct Typed {
    form: &'static str,
    whose: String,
    kept: Vec<(&'static str, String)>,
    said: Said,
}

impl Typed {
    /// The form of this name.
    pub(super) fn form<'a>(&'a self, name: &str) -> TypedForm<'a> {
        self.form_of(name, "")
    }

    /// The form of this name that is of this.
    pub(super) fn form_of<'a>(&'a self, name: &str, whose: &'a str) -> TypedForm<'a> {
        let is_back = self.form == name && self.whose == whose;
        TypedForm { back: is_back.then_some(self), whose }
    }

    /// Whether something is wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.said.form.is_some() || self.said.count() > 0
    }

    /// What is wrong at no field.
    pub(super) fn problem(&self) -> Option<&str> {
        self.said.form.as_deref()
    }

    /// How many fields are wrong.
    pub(super) fn count(&self) -> usize {
        self.said.count()
    }

    /// The id of the first field that is wrong.
    pub(super) fn first(&self) -> Option<String> {
        self.said.first().map(|field| id(field, &self.whose))
    }
}

/// One form of a page, whether it came back or not.
pub(super) struct TypedForm<'a> {
    back: Option<&'a Typed>,
    whose: &'a str,
}

impl TypedForm<'_> {
    /// Whether this is the form that came back.
    pub(super) fn is_back(&self) -> bool {
        self.back.is_some()
    }

    /// What is wrong with it at no field.
    pub(super) fn problem(&self) -> Option<&str> {
        self.back?.problem()
    }

    /// What is wrong at this field.
    pub(super) fn at(&self, field: &str) -> Option<&str> {
        self.back?.said.at(field)
    }

    /// The id of this field.
    pub(super) fn id(&self, field: &str) -> String {
        id(field, self.whose)
    }

    /// What the field shows: what was typed, or else what it usually has.
    pub(super) fn text<'b>(&'b self, field: &str, usual: &'b str) -> &'b str {
        let Some(back) = self.back else { return usual };
        back.kept.iter().find(|(own, _)| *own == field).map_or("", |(_, text)| text)
    }

    /// Whether this value of the field is chosen: because it was, or else because it usually is.
    pub(super) fn chose(&self, field: &str, value: &str, usual: bool) -> bool {
        if self.is_back() { self.text(field, "") == value } else { usual }
    }
}

fn id(field: &str, whose: &str) -> String {
    if whose.is_empty() { field.to_owned() } else { format!("{field}-{whose}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Form = Form::new("keys", &["host", "ikey"]);
    const MEMBER: Form = Form::of_each("member", "member", &["role", "approves"]);

    #[test]
    fn what_was_typed_comes_back_and_a_secret_does_not_wherever_it_was_pasted() {
        let secret = "x".repeat(40);
        let said = || Said::field("host", "Wrong.".to_owned());
        for (sent, host, ikey) in [
            ("host=evil%22&ikey=DIXXXXXXXXXXXXXXXXXX&skey=s".to_owned(), "evil\"", "DIXXXXXXXXXXXXXXXXXX"),
            (format!("host={secret}&ikey={secret}"), "", ""),
            ("host=h&ikey=nonsense".to_owned(), "h", ""),
        ] {
            let typed = KEYS.back(&Fields::parse(sent.as_bytes()), said());
            let form = typed.form("keys");
            assert_eq!((form.text("host", "usual"), form.text("ikey", ""), form.text("skey", "")), (host, ikey, ""));
            assert_eq!(
                (form.at("host"), form.at("ikey"), typed.first().as_deref()),
                (Some("Wrong."), None, Some("host"))
            );
        }
        let random = crate::domain::random::Random::system();
        let key = tokens::make(tokens::Kind::OwnerKey, &random).unwrap();
        let typed = KEYS.back(&Fields::parse(format!("host=+{}", key.expose()).as_bytes()), said());
        assert_eq!(typed.form("keys").text("host", "usual"), "");
    }

    #[test]
    fn a_form_that_did_not_come_back_has_what_it_usually_has() {
        let fields = Fields::parse(b"member=mem_1&role=owner");
        let typed = MEMBER.back(&fields, Said::field("role", "The last.".to_owned()));
        let (own, other) = (typed.form_of("member", "mem_1"), typed.form_of("member", "mem_2"));
        assert!(own.is_back() && own.chose("role", "owner", false) && !own.chose("role", "read_only", true));
        assert!(!own.chose("approves", "yes", true), "a box that was not ticked comes back so");
        assert!(!other.is_back() && other.chose("role", "read_only", true) && other.at("role").is_none());
        assert_eq!((typed.first().as_deref(), other.id("role").as_str()), (Some("role-mem_1"), "role-mem_2"));
        assert!(Typed::default().form("").at("role").is_none() && !Typed::default().is_wrong());
    }
}
