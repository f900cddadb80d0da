//! The date of a request: which header counts, and how far off it may be.

use http::HeaderMap;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::reply::Refusal;
use crate::rule::{Rule, broken};

/// How far a request's date may be from the server's, either way.
const WINDOW_MS: i64 = 300_000;

static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// The date line of a request: `X-Duo-Date` if it is there, else `Date`.
pub(super) fn date_line(headers: &HeaderMap) -> Option<&str> {
    ["x-duo-date", "date"].iter().find_map(|name| headers.get(*name)).and_then(|value| value.to_str().ok())
}

/// Refuses a request without a date, or whose date is not within five minutes of `now_ms`.
pub(crate) fn check_date(headers: &HeaderMap, now_ms: i64) -> Result<(), Refusal> {
    let line = date_line(headers).ok_or_else(Refusal::missing_date)?;
    let sent = PARSER.parse_timestamp(line).map_err(|_| Refusal::bad_date())?.as_millisecond();
    if (now_ms - sent).abs() > WINDOW_MS && !broken(Rule::DateWithinWindow) { Err(Refusal::bad_date()) } else { Ok(()) }
}
