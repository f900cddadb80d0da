//! Resources: documents that a client reads by address. There are none yet.
//!
//! While the tables are empty the gateway does not advertise resources, and answers as if it had never heard of them.

#[cfg(feature = "conformance")]
pub use super::conformance::{RESOURCES, TEMPLATES};
use super::content::{Body, Document};

/// Every resource.
#[cfg(not(feature = "conformance"))]
pub static RESOURCES: &[Resource] = &[];

/// Every family of resources.
#[cfg(not(feature = "conformance"))]
pub static TEMPLATES: &[Template] = &[];

/// A document with a fixed address.
#[derive(Clone, Copy)]
pub struct Resource {
    /// Its address.
    pub uri: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Its media type.
    pub mime: &'static str,
    /// What stands in it.
    pub body: fn() -> Body,
}

/// A family of documents, whose addresses differ in one place.
#[derive(Clone, Copy)]
pub struct Template {
    /// Their address, with the place that differs between braces.
    pub uri: &'static str,
    /// Their name.
    pub name: &'static str,
    /// What they are.
    pub description: &'static str,
    /// Their media type.
    pub mime: &'static str,
    /// What stands in the one with this word in that place; `None` where there is none.
    pub body: fn(&str) -> Option<Body>,
}

/// Whether there is nothing to read.
pub fn are_none() -> bool {
    RESOURCES.is_empty() && TEMPLATES.is_empty()
}

/// The document at this address.
pub fn read(uri: &str) -> Option<Document> {
    let document = |mime, body| Document { uri: uri.to_owned(), mime, body };
    if let Some(found) = RESOURCES.iter().find(|resource| resource.uri == uri) {
        return Some(document(found.mime, (found.body)()));
    }
    TEMPLATES.iter().find_map(|template| Some(document(template.mime, (template.body)(template.word_of(uri)?)?)))
}

impl Template {
    /// The word that stands in the place that differs, if the address is one of this family.
    fn word_of<'a>(&self, uri: &'a str) -> Option<&'a str> {
        let (before, rest) = self.uri.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        let word = uri.strip_prefix(before)?.strip_suffix(after)?;
        (!word.is_empty() && !word.contains('/')).then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: Template =
        Template { uri: "x://note/{id}/text", name: "note", description: "", mime: "text/plain", body: |_| None };

    #[test]
    fn one_word_stands_where_the_braces_are() {
        assert_eq!(NOTE.word_of("x://note/12/text"), Some("12"));
        for other in ["x://note//text", "x://note/1/2/text", "x://note/12", "y://note/12/text", "x://note/text"] {
            assert_eq!(NOTE.word_of(other), None, "{other}");
        }
    }
}
