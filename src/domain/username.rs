//! How a name becomes a Duo username: a text with a few places to fill.
//!
//! `{{name}}` is the name, `{{local}}` what is before its `@` (the whole name, when there is none) and `{{domain}}` what
//! is after it. A blank format leaves the name as it is. `{username}`, which was the only place once, is read as
//! `{{name}}`.

use serde::{Deserialize, Serialize};

/// What a format is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name,
    Local,
    Domain,
}

/// A format, checked when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsernameFormat {
    text: String,
    parts: Vec<Part>,
}

/// A text that is no format, with the place that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFormat {
    /// A place that nothing fills.
    #[error(
        "`{{{{{what}}}}}` at character {at} of `username_format` is not known: there are {{{{name}}}}, {{{{local}}}} and {{{{domain}}}}"
    )]
    Unknown {
        /// What stands between the braces.
        what: String,
        /// Where it begins, counted from 1.
        at: usize,
    },
    /// A brace without its partner.
    #[error("the brace at character {at} of `username_format` has no partner: places are written {{{{name}}}}")]
    Brace {
        /// Where it stands, counted from 1.
        at: usize,
    },
    /// Every name would become the same username.
    #[error("`username_format` has {{{{name}}}} or {{{{local}}}} in it, as in {{{{name}}}}@example.com")]
    NoName,
    /// Longer than anything that is a username.
    #[error("`username_format` has at most 200 characters")]
    Long,
}

/// A name that the format cannot fill: it has no `@`, and the format wants what is after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name has no @, and the format of usernames wants what is after it")]
pub struct NoDomain;

impl UsernameFormat {
    /// The format that this text is.
    pub fn parse(text: &str) -> Result<Self, BadFormat> {
        if text.len() > 200 {
            return Err(BadFormat::Long);
        }
        let whole = text.trim().replace("{username}", "{{name}}").replace("{{{name}}}", "{{name}}");
        let mut parts = Vec::new();
        let mut rest = whole.as_str();
        let at = |rest: &str| whole[..whole.len() - rest.len()].chars().count() + 1;
        while !rest.is_empty() {
            let Some(brace) = rest.find(['{', '}']) else {
                parts.push(Part::Text(rest.to_owned()));
                break;
            };
            if brace > 0 {
                parts.push(Part::Text(rest[..brace].to_owned()));
            }
            rest = &rest[brace..];
            let inner = rest.strip_prefix("{{").ok_or_else(|| BadFormat::Brace { at: at(rest) })?;
            let (what, after) = inner.split_once("}}").ok_or_else(|| BadFormat::Brace { at: at(rest) })?;
            parts.push(match what.trim() {
                "name" => Part::Name,
                "local" => Part::Local,
                "domain" => Part::Domain,
                other => return Err(BadFormat::Unknown { what: other.chars().take(40).collect(), at: at(rest) }),
            });
            rest = after;
        }
        if !parts.is_empty() && !parts.iter().any(|part| matches!(part, Part::Name | Part::Local)) {
            return Err(BadFormat::NoName);
        }
        Ok(Self { text: text.trim().to_owned(), parts })
    }

    /// The Duo username of this name.
    pub fn apply(&self, name: &str) -> Result<String, NoDomain> {
        if self.parts.is_empty() {
            return Ok(name.to_owned());
        }
        let (local, domain) = name.split_once('@').map_or((name, None), |(local, domain)| (local, Some(domain)));
        let mut out = String::new();
        for part in &self.parts {
            out.push_str(match part {
                Part::Text(text) => text,
                Part::Name => name,
                Part::Local => local,
                Part::Domain => domain.ok_or(NoDomain)?,
            });
        }
        Ok(out)
    }

    /// Whether it puts a domain of its own behind every name.
    fn adds_a_domain(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('@')))
            && self.parts.contains(&Part::Name)
    }

    /// The Duo username of a name that a call gives. One that has a domain already, or that the format cannot fill, is
    /// taken as it is.
    pub fn apply_to_given(&self, name: &str) -> String {
        if name.contains('@') && self.adds_a_domain() {
            return name.to_owned();
        }
        self.apply(name).unwrap_or_else(|NoDomain| name.to_owned())
    }
}

impl TryFrom<String> for UsernameFormat {
    type Error = BadFormat;
    fn try_from(text: String) -> Result<Self, BadFormat> {
        Self::parse(&text)
    }
}

impl From<UsernameFormat> for String {
    fn from(format: UsernameFormat) -> String {
        format.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(format: &str, name: &str) -> Result<String, NoDomain> {
        UsernameFormat::parse(format).unwrap().apply(name)
    }

    #[test]
    fn each_place_is_filled() {
        assert_eq!(apply("", "jdoe").unwrap(), "jdoe");
        assert_eq!(apply("  ", "jdoe").unwrap(), "jdoe");
        assert_eq!(apply("{{name}}@corp.example", "jdoe").unwrap(), "jdoe@corp.example");
        assert_eq!(apply("corp-{{ local }}", "jdoe@corp.example").unwrap(), "corp-jdoe");
        assert_eq!(apply("{{local}}", "jdoe").unwrap(), "jdoe");
        assert_eq!(apply("{{domain}}\\{{local}}", "jdoe@corp.example").unwrap(), "corp.example\\jdoe");
        assert_eq!(apply("{{domain}}\\{{local}}", "jdoe"), Err(NoDomain));
        assert_eq!(apply("{username}@example.com", "jdoe").unwrap(), "jdoe@example.com");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let bad = |format: &str| UsernameFormat::parse(format).unwrap_err();
        assert_eq!(bad("é-{{nme}}"), BadFormat::Unknown { what: "nme".into(), at: 3 });
        assert_eq!(bad("a{{name"), BadFormat::Brace { at: 2 });
        assert_eq!(bad("a{name}"), BadFormat::Brace { at: 2 });
        assert_eq!(bad("{{name}}}"), BadFormat::Brace { at: 9 });
        assert_eq!(bad("jdoe"), BadFormat::NoName);
        assert_eq!(bad("{{domain}}"), BadFormat::NoName);
        assert_eq!(bad(&"x".repeat(201)), BadFormat::Long);
        let text = bad("{{user}}").to_string();
        assert!(text.contains("`{{user}}` at character 1") && text.contains("{{local}}"), "{text}");
    }

    #[test]
    fn a_name_that_a_call_gives_gets_a_domain_once() {
        let given = |format: &str, name: &str| UsernameFormat::parse(format).unwrap().apply_to_given(name);
        assert_eq!(given("{{name}}@example.com", "jdoe"), "jdoe@example.com");
        assert_eq!(given("{{name}}@example.com", "jdoe@example.com"), "jdoe@example.com");
        assert_eq!(given("{{local}}", "jdoe@example.com"), "jdoe");
        assert_eq!(given("{{local}}@new.example", "jdoe@old.example"), "jdoe@new.example");
        assert_eq!(given("{{local}}.{{domain}}", "jdoe"), "jdoe");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_kept_reads_back(format in "[a{}@ne|m ]{0,30}", name in ".{0,40}") {
            if let Ok(parsed) = UsernameFormat::parse(&format) {
                let _ = parsed.apply(&name);
                let again = UsernameFormat::parse(&String::from(parsed.clone())).unwrap();
                prop_assert_eq!(again.apply_to_given(&name), parsed.apply_to_given(&name));
            }
        }
    }
}
