//! The JSON body of a v5 request, byte for byte as Duo's own client writes it.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::Formatter;

/// Names sorted at every level, no spaces, everything outside printable ASCII escaped.
///
/// Duo hashes the bytes that it receives, so any JSON would do; one exact form makes a signature reproducible.
pub fn json_body<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Value)>) -> String {
    let mut out = Vec::with_capacity(128);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Ascii);
    // Neither a Value nor a Vec can fail to serialise.
    let _ = sorted_object(fields).serialize(&mut serializer);
    String::from_utf8(out).unwrap_or_default()
}

/// A value with its names in order, however the map behind it keeps them.
#[derive(Serialize)]
#[serde(untagged)]
enum Sorted<'a> {
    Scalar(&'a Value),
    List(Vec<Sorted<'a>>),
    Object(BTreeMap<&'a str, Sorted<'a>>),
}

fn sorted(value: &Value) -> Sorted<'_> {
    match value {
        Value::Array(items) => Sorted::List(items.iter().map(sorted).collect()),
        Value::Object(fields) => sorted_object(fields),
        scalar => Sorted::Scalar(scalar),
    }
}

fn sorted_object<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Sorted<'a> {
    Sorted::Object(fields.into_iter().map(|(name, value)| (name.as_str(), sorted(value))).collect())
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for character in fragment.chars() {
            if matches!(character, ' '..='~') {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_names_and_escapes_what_is_not_ascii() {
        let Value::Object(fields) = serde_json::json!({"z": {"b": 1, "a": [true, null]}, "a": "é\u{1f600}\n\"\u{7f}"})
        else {
            panic!("an object");
        };
        let text = r#"{"a":"\u00e9\ud83d\ude00\n\"\u007f","z":{"a":[true,null],"b":1}}"#;
        assert_eq!(json_body(&fields), text);
        assert_eq!(json_body(&serde_json::Map::new()), "{}");
    }
}
