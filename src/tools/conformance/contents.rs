//! Fixtures that answer with pictures, sound and documents.

use serde_json::Value;

use crate::tools::content::{Body, Content, Document};
use crate::tools::talk::{Talk, Turn};

/// One red point.
pub(super) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A sound of no length.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

pub(super) fn image() -> Content {
    Content::Image { base64: PNG.into(), mime: "image/png" }
}

pub(super) fn text_document(uri: &str, mime: &'static str, text: &str) -> Content {
    Content::Document(Document { uri: uri.to_owned(), mime, body: Body::Text(text.to_owned()) })
}

pub(super) fn test_image_content(_: &Value, _: &Talk) -> Turn {
    Turn::Said(vec![image()])
}

pub(super) fn test_audio_content(_: &Value, _: &Talk) -> Turn {
    Turn::Said(vec![Content::Audio { base64: WAV.into(), mime: "audio/wav" }])
}

pub(super) fn test_embedded_resource(_: &Value, _: &Talk) -> Turn {
    let text = "This is an embedded resource content.";
    Turn::Said(vec![text_document("test://embedded-resource", "text/plain", text)])
}

pub(super) fn test_multiple_content_types(_: &Value, _: &Talk) -> Turn {
    let text = r#"{"test":"data","value":123}"#;
    let document = text_document("test://mixed-content-resource", "application/json", text);
    Turn::Said(vec![Content::text("Multiple content types test:"), image(), document])
}
