//! Prompts: texts that a person starts from in a client. There are none yet.
//!
//! While the table is empty the gateway does not advertise prompts, and answers as if it had never heard of them.

use serde_json::{Map, Value};

#[cfg(feature = "conformance")]
pub use super::conformance::PROMPTS;
use super::content::Content;
#[cfg(feature = "conformance")]
use super::talk::{Talk, Turn};

/// Every prompt.
#[cfg(not(feature = "conformance"))]
pub static PROMPTS: &[Prompt] = &[];

/// A prompt.
#[derive(Clone, Copy)]
pub struct Prompt {
    /// Its name, as clients ask for it.
    pub name: &'static str,
    /// What a person reads in a list.
    pub title: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it takes.
    pub arguments: &'static [Argument],
    /// What it says.
    pub words: Words,
}

/// Something that a prompt takes; always text.
#[derive(Clone, Copy)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Whether the prompt cannot do without.
    pub is_required: bool,
    /// What a client may offer while a person types; anything else may be typed as well.
    pub offers: &'static [&'static str],
}

/// How a prompt finds its words, each piece as if the user had said it.
#[derive(Clone, Copy)]
pub enum Words {
    /// They follow from the arguments.
    Given(fn(&Map<String, Value>) -> Vec<Content>),
    /// They also follow from what the client answers.
    #[cfg(feature = "conformance")]
    Asked(fn(&Talk) -> Turn),
}

/// The prompt of this name.
pub fn find(name: &str) -> Option<&'static Prompt> {
    PROMPTS.iter().find(|prompt| prompt.name == name)
}

impl Prompt {
    /// What is amiss with these arguments, in a sentence.
    pub fn complaint(&self, given: &Map<String, Value>) -> Option<String> {
        let missing = self.arguments.iter().find(|argument| argument.is_required && !given.contains_key(argument.name));
        let odd = given.iter().find(|(name, value)| !value.is_string() || !self.takes(name));
        match (missing, odd) {
            (Some(argument), _) => Some(format!("`{}` is missing.", argument.name)),
            (None, Some((name, _))) if self.takes(name) => Some(format!("`{name}` is a text.")),
            (None, Some(_)) => {
                let known: Vec<&str> = self.arguments.iter().map(|argument| argument.name).collect();
                Some(format!("The prompt takes only: {}.", known.join(", ")))
            }
            (None, None) => None,
        }
    }

    /// What to offer for this argument, given what was typed so far.
    pub fn offers(&self, argument: &str, typed: &str) -> Vec<String> {
        let found = self.arguments.iter().find(|one| one.name == argument);
        let offers = found.map(|one| one.offers).unwrap_or_default();
        offers.iter().filter(|offer| offer.starts_with(typed)).map(|offer| (*offer).to_owned()).collect()
    }

    fn takes(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.name == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARGUMENT: Argument = Argument { name: "city", description: "", is_required: true, offers: &["Paris", "Pau"] };
    const PROMPT: Prompt =
        Prompt { name: "p", title: "P", description: "", arguments: &[ARGUMENT], words: Words::Given(|_| Vec::new()) };

    #[test]
    fn arguments_are_texts_that_the_prompt_takes() {
        let complaint = |given: Value| PROMPT.complaint(given.as_object().unwrap());
        assert_eq!(complaint(json!({ "city": "Lyon" })), None);
        assert_eq!(complaint(json!({})).unwrap(), "`city` is missing.");
        assert_eq!(complaint(json!({ "city": 1 })).unwrap(), "`city` is a text.");
        assert_eq!(complaint(json!({ "city": "Lyon", "town": "x" })).unwrap(), "The prompt takes only: city.");
    }

    #[test]
    fn offers_begin_with_what_was_typed() {
        assert_eq!(PROMPT.offers("city", "Pa"), ["Paris", "Pau"]);
        assert_eq!(PROMPT.offers("city", "Par"), ["Paris"]);
        assert!(PROMPT.offers("city", "Lyon").is_empty() && PROMPT.offers("town", "").is_empty());
    }
}
