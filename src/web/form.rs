//! Fields of a query or a form; one that comes twice is told from one.

/// A field that is there more than once, where one was wanted (RFC 6749, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a field is there more than once")]
pub struct Repeated;

/// Names and values in the order in which they came. It cannot be printed: a value may be a token.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a text in the form of `a=1&b=2`.
    pub fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of this name, if it is there and not empty; empty counts as left out.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() { Err(Repeated) } else { Ok(first) }
    }

    /// The value of this name, or nothing: so too where it is left out or there twice, which no page of ours sends.
    pub fn text(&self, name: &str) -> &str {
        self.one(name).ok().flatten().unwrap_or_default()
    }

    /// All values of this name that are not empty.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let found = self.0.iter().filter(|(own, value)| own == name && !value.is_empty());
        // Gathered, so that the name need not live as long.
        found.map(|(_, value)| value.as_str()).collect::<Vec<_>>().into_iter()
    }

    /// Whether a field of this name and value is there, as a ticked box sends it.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(own, sent)| own == name && sent == value)
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            zeroize::Zeroize::zeroize(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_is_refused_and_what_is_empty_is_not_there() {
        let fields = Fields::parse(b"a=1&b=&c=x+y%26&a=2&d=on");
        assert_eq!(fields.one("a"), Err(Repeated));
        assert_eq!(fields.one("b"), Ok(None));
        assert_eq!(fields.one("c"), Ok(Some("x y&")));
        assert_eq!(fields.one("e"), Ok(None));
        assert_eq!(["a", "b", "c", "e"].map(|name| fields.text(name)), ["", "", "x y&", ""]);
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert!(fields.has("d", "on") && !fields.has("d", "off"));
    }
}
