//! Lists in pages: `limit` and `cursor` in, `next_cursor` out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AdminError;

/// The rows of a page when nobody says.
const USUAL: u32 = 50;
/// The most rows of a page.
const MOST: u32 = 200;

/// Which page is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// How many rows: 1 to 200.
    pub(super) limit: Option<u32>,
    /// Where to go on, as the answer before gave it.
    pub(super) cursor: Option<String>,
}

impl Page {
    /// How many rows to answer with.
    pub(super) fn limit(&self) -> Result<i64, AdminError> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(i64::from(limit)),
            _ => Err(AdminError::BadParameter { name: "limit", expected: "a whole number from 1 to 200" }),
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rows<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where to go on; left out after the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Rows<T> {
    /// Everything there is.
    pub(super) fn all(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// A page out of rows of which one more than `limit` was asked for, to see whether there are more.
    pub(super) fn page<R>(mut rows: Vec<R>, limit: i64, cursor: impl Fn(&R) -> String) -> Self
    where
        T: for<'r> From<&'r R>,
    {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if is_more { rows.last().map(cursor) } else { None };
        Self { items: rows.iter().map(T::from).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_given_while_there_is_more() {
        let page = |rows: &[&str]| -> Rows<String> {
            Rows::page(rows.iter().map(ToString::to_string).collect(), 2, String::clone)
        };
        let first = page(&["a", "b", "c"]);
        assert_eq!((first.items.len(), first.next_cursor.as_deref()), (2, Some("b")));
        assert_eq!(page(&["a", "b"]).next_cursor, None);
    }
}
