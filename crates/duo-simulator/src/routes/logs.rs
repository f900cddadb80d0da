//! The logs in their second version, with cursors.

use serde_json::{Value, json};

use super::call::Call;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::LogRow;

const MOST: usize = 1000;
const DEFAULT_LIMIT: usize = 100;

/// A page of a v2 log: the rows, the cursor of the next page, and how many there are.
struct Page<'a> {
    rows: Vec<&'a LogRow>,
    next: Option<(String, String)>,
    total: usize,
}

pub(super) fn authentication(call: &mut Call<'_>) -> Outcome {
    let rows = &call.account()?.logs.authentication;
    let filters = [
        ("users", "/user/key"),
        ("applications", "/application/key"),
        ("results", "/result"),
        ("reasons", "/reason"),
        ("factors", "/factor"),
        ("event_types", "/event_type"),
    ];
    let wanted: Vec<(Vec<String>, &str)> = filters
        .iter()
        .map(|(name, at)| (call.params.split(name), *at))
        .filter(|(values, _)| !values.is_empty())
        .collect();
    let groups = call.params.split("groups");
    let fits = |row: &LogRow| {
        let in_group = |text: &str| groups.iter().any(|id| text.contains(id.as_str()));
        let of = row.row.pointer("/user/groups").and_then(Value::as_array);
        wanted.iter().all(|(values, at)| {
            let has = row.row.pointer(at).and_then(Value::as_str).unwrap_or_default();
            values.iter().any(|value| value == has)
        }) && (groups.is_empty() || of.is_some_and(|all| all.iter().filter_map(Value::as_str).any(in_group)))
    };
    let page = cut(call, rows, fits)?;
    let shown: Vec<&Value> = page.rows.iter().map(|row| &row.row).collect();
    let next = page.next.map(|(at, id)| json!([at, id]));
    Ok(Answer::Json(json!({"authlogs": shown, "metadata": {"next_offset": next, "total_objects": page.total}})))
}

pub(super) fn activity(call: &mut Call<'_>) -> Outcome {
    items(call, &call.account()?.logs.activity)
}

/// Calls and messages that cost credits.
pub(super) fn telephony(call: &mut Call<'_>) -> Outcome {
    items(call, &call.account()?.logs.telephony)
}

fn items(call: &Call<'_>, all: &[LogRow]) -> Outcome {
    let page = cut(call, all, |_| true)?;
    let shown: Vec<&Value> = page.rows.iter().map(|row| &row.row).collect();
    let next = page.next.map(|(at, id)| format!("{at},{id}"));
    let total = json!({"relation": "eq", "value": page.total});
    Ok(Answer::Json(json!({"items": shown, "metadata": {"next_offset": next, "total_objects": total}})))
}

/// Cuts a page out of a v2 log; all times are milliseconds here.
fn cut<'a>(call: &Call<'_>, all: &'a [LogRow], fits: impl Fn(&LogRow) -> bool) -> Result<Page<'a>, Refusal> {
    let params = &call.params;
    let time = |name: &str| {
        params.required(name)?;
        params.number(name)?.ok_or_else(|| Refusal::missing(name))
    };
    let (oldest, newest) = (time("mintime")?, time("maxtime")?);
    if oldest >= newest {
        return Err(Refusal::invalid("mintime"));
    }
    let limit = match params.number("limit")? {
        Some(limit) if limit < 1 => return Err(Refusal::invalid("limit")),
        Some(limit) => usize::try_from(limit).unwrap_or(MOST).min(MOST),
        None => DEFAULT_LIMIT,
    };
    let ascending = match params.filled("sort").as_deref() {
        None | Some("ts:desc") => false,
        Some("ts:asc") => true,
        Some(_) => return Err(Refusal::invalid("sort")),
    };
    let newest = if broken(Rule::LogsHeldBack) { newest } else { newest.min(call.now_ms - call.log_delay_ms) };
    let mut rows: Vec<&LogRow> =
        all.iter().filter(|row| row.at_ms >= oldest && row.at_ms <= newest && fits(row)).collect();
    rows.sort_by(|a, b| (a.at_ms, &a.id).cmp(&(b.at_ms, &b.id)));
    if !ascending {
        rows.reverse();
    }
    let total = rows.len();
    let skip = match params.split("next_offset").as_slice() {
        [] => 0,
        [at, id] => {
            let at: i64 = at.parse().map_err(|_| Refusal::invalid("next_offset"))?;
            let found = rows.iter().position(|row| row.at_ms == at && row.id == *id);
            found
                .map(|index| index + usize::from(!broken(Rule::CursorAfterRow)))
                .ok_or_else(|| Refusal::invalid("next_offset"))?
        }
        _ => return Err(Refusal::invalid("next_offset")),
    };
    let page: Vec<&LogRow> = rows.iter().skip(skip).take(limit).copied().collect();
    let more = skip + page.len() < total;
    let next = page.last().filter(|_| more).map(|row| (row.at_ms.to_string(), row.id.clone()));
    Ok(Page { rows: page, next, total })
}
