//! What prompts and resources hold: text, pictures, sound, other resources.

/// What stands in a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Text.
    Text(String),
    /// Bytes, as base64.
    Base64(String),
}

/// A resource as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its address.
    pub uri: String,
    /// Its media type.
    pub mime: &'static str,
    /// What stands in it.
    pub body: Body,
}

/// A piece of what is shown or said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text(String),
    /// A picture.
    Image {
        /// The bytes, as base64.
        base64: String,
        /// Their media type.
        mime: &'static str,
    },
    /// Sound.
    Audio {
        /// The bytes, as base64.
        base64: String,
        /// Their media type.
        mime: &'static str,
    },
    /// A resource, whole.
    Document(Document),
}

impl Content {
    /// A piece of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}
