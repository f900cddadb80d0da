//! Paging by offset and limit, as most of Duo's lists do it.

use serde_json::{Map, Value};

use super::params::Params;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};

/// What lists give without a `limit`.
const DEFAULT_LIMIT: usize = 100;

/// Answers one page of `total` things, of which `show` writes those from the iterator.
///
/// A limit above the most is lowered to it, because official clients ask for 1000 everywhere.
pub(crate) fn page<T>(
    params: &Params,
    most: usize,
    total: usize,
    all: impl Iterator<Item = T>,
    show: impl Fn(T) -> Value,
) -> Outcome {
    let highest = if broken(Rule::LimitLowered) { usize::MAX } else { most };
    let limit = match params.number("limit")? {
        Some(limit) if limit < 1 => return Err(Refusal::invalid("limit")),
        Some(limit) => usize::try_from(limit).unwrap_or(most).min(highest),
        None if broken(Rule::HundredByDefault) => most,
        None => DEFAULT_LIMIT.min(most),
    };
    let offset = match params.number("offset")? {
        Some(offset) => usize::try_from(offset).map_err(|_| Refusal::invalid("offset"))?,
        None => 0,
    };
    let shown: Vec<Value> = all.skip(offset).take(limit).map(show).collect();
    let mut metadata = Map::new();
    let told = if broken(Rule::TotalOfAll) { shown.len() } else { total };
    metadata.insert("total_objects".into(), told.into());
    let next = offset.saturating_add(limit);
    if next < total || (next == total && broken(Rule::PagesEnd)) {
        metadata.insert("next_offset".into(), next.into());
    }
    if offset > 0 {
        metadata.insert("prev_offset".into(), offset.saturating_sub(limit).into());
    }
    Ok(Answer::Page(Value::Array(shown), Value::Object(metadata)))
}
