//! Arguments that check themselves: what a schema advertises is what is enforced.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::domain::text::is_misleading;

/// A text of `MIN` to `MAX` characters, without surrounding white space and without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let text = text.trim();
        let length = text.chars().count();
        if !(MIN..=MAX).contains(&length) {
            return Err(de::Error::custom(format!(
                "a text of {MIN} to {MAX} characters is wanted, not one of {length}"
            )));
        }
        // Cleaning it quietly would act on another name than the one that was meant.
        if text.chars().any(is_misleading) {
            return Err(de::Error::custom("a text must hold no control, bidirectional or invisible characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MIN: usize, const MAX: usize> JsonSchema for Text<MIN, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MIN}To{MAX}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        if MIN == 0 {
            json_schema!({ "type": "string", "maxLength": MAX })
        } else {
            json_schema!({ "type": "string", "minLength": MIN, "maxLength": MAX })
        }
    }
}

/// A name by which a user, an account or a group is named.
pub type Name = Text<1, 256>;
/// A text that may be empty, which clears the field.
pub type Line = Text<0, 256>;
/// A longer text that may be empty.
pub type Notes = Text<0, 1000>;

/// A whole number from 1 to `MAX`, `DEFAULT` when left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Limit<const DEFAULT: u32, const MAX: u32>(pub u32);

impl<const DEFAULT: u32, const MAX: u32> Default for Limit<DEFAULT, MAX> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<'de, const DEFAULT: u32, const MAX: u32> Deserialize<'de> for Limit<DEFAULT, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(from)?;
        match u32::try_from(number) {
            Ok(number) if (1..=MAX).contains(&number) => Ok(Self(number)),
            _ => Err(de::Error::custom(format!("a whole number from 1 to {MAX} is wanted, not {number}"))),
        }
    }
}

impl<const DEFAULT: u32, const MAX: u32> JsonSchema for Limit<DEFAULT, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Limit{MAX}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MAX, "default": DEFAULT })
    }
}

/// A list of 1 to `MAX` entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Several<T, const MAX: usize>(pub Vec<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Several<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let list = Vec::<T>::deserialize(from)?;
        if list.is_empty() || list.len() > MAX {
            return Err(de::Error::custom(format!("1 to {MAX} entries are wanted, not {}", list.len())));
        }
        Ok(Self(list))
    }
}

impl<T: JsonSchema, const MAX: usize> JsonSchema for Several<T, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Several{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "minItems": 1, "maxItems": MAX, "items": items })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advertised_is_enforced() {
        type Ten = Limit<5, 10>;
        assert_eq!(serde_json::from_str::<Ten>("10").unwrap().0, 10);
        assert!(serde_json::from_str::<Ten>("11").is_err() && serde_json::from_str::<Ten>("0").is_err());
        assert_eq!(serde_json::from_str::<Name>("\" jdoe \"").unwrap().as_str(), "jdoe");
        assert!(serde_json::from_str::<Name>("\"\"").is_err());
        assert!(serde_json::from_str::<Name>("\"a\\u0007b\"").is_err());
        assert!(serde_json::from_str::<Name>("\"a\\u202eb\"").is_err());
        assert!(serde_json::from_str::<Several<Name, 2>>("[]").is_err());
        assert!(serde_json::from_str::<Several<Name, 2>>(r#"["a","b","c"]"#).is_err());
    }
}
