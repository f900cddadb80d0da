//! The date line of a signature, and the date of a reply.

use jiff::{Timestamp, fmt::rfc2822};

/// The date as Duo's clients write it: `Tue, 21 Aug 2012 17:29:18 -0000`.
///
/// A time outside the years that a timestamp can hold is written as the start of 1970, which Duo refuses as too old.
pub fn http_date(unix_ms: i64) -> String {
    let time = Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    rfc2822::DateTimePrinter::new()
        .timestamp_to_string(&time)
        .unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 -0000".to_owned())
}

/// Reads a date with any zone, `GMT` included; the result is in Unix milliseconds.
pub fn read_http_date(text: &str) -> Option<i64> {
    let zoned = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()?;
    Some(zoned.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_the_same_instant() {
        assert_eq!(http_date(1_345_570_158_000), "Tue, 21 Aug 2012 17:29:18 -0000");
        for text in
            ["Tue, 21 Aug 2012 17:29:18 -0000", "Tue, 21 Aug 2012 17:29:18 GMT", "Tue, 21 Aug 2012 19:29:18 +0200"]
        {
            assert_eq!(read_http_date(text), Some(1_345_570_158_000), "{text}");
        }
        assert_eq!(read_http_date("yesterday"), None);
    }

    #[test]
    fn an_impossible_time_is_still_a_date() {
        assert!(http_date(i64::MAX).contains("1970"));
    }
}
