//! HAProxy's access log, line by line: who answered, when, how often it was tried.

/// A request that is over, as `option httplog` writes it down.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) frontend: String,
    /// `a`, `b`, or `<NOSRV>` when there was none.
    pub(super) server: String,
    /// How long it took to be connected to the server, in milliseconds; refused attempts and the waits after them count.
    pub(super) connect_ms: i64,
    /// How long it took in all, in milliseconds.
    pub(super) total_ms: i64,
    /// -1 when the client got no answer.
    pub(super) status: i64,
    /// `--` when nothing was out of order; else who ended it, and in which phase: `SH` is the server, before its answer.
    pub(super) end: String,
    /// How often another connection was tried.
    pub(super) retries: u32,
    /// Whether the last try was at another server.
    pub(super) redispatched: bool,
    /// The gateway's id of the request; empty without an answer of a gateway.
    pub(super) request_id: String,
}

impl Line {
    /// Reads a line; `None` for those that are about something else.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (head, _request) = line.split_once(" \"")?;
        let fields: Vec<&str> = head.split(' ').collect();
        let [_client, _date, frontend, place, times, status, _bytes, _, _, end, connections, _queues, captured] =
            fields[..]
        else {
            return None;
        };
        let (_, server) = place.split_once('/')?;
        let times: Vec<i64> =
            times.split('/').map(|time| time.trim_start_matches('+').parse().ok()).collect::<Option<_>>()?;
        let retries = connections.rsplit('/').next()?;
        Some(Self {
            frontend: frontend.trim_end_matches('~').to_owned(),
            server: server.to_owned(),
            connect_ms: *times.get(2)?,
            total_ms: *times.get(4)?,
            status: status.parse().ok()?,
            end: end.get(..2)?.to_owned(),
            retries: retries.trim_start_matches('+').parse().ok()?,
            redispatched: retries.starts_with('+'),
            request_id: captured.trim_matches(['{', '}']).to_owned(),
        })
    }
}

#[test]
fn a_line_is_read_and_the_news_of_a_server_is_none() {
    let line = "127.0.0.1:50432 [22/Nov/2026:01:02:03.123] mcp~ gateways/b 0/0/1/12/13 200 512 - - ---- 2/1/0/0/+1 0/0 \
                {req_4f} \"POST https://mcp.example.com/mcp HTTP/1.1\"";
    let read = Line::parse(line).unwrap();
    assert_eq!((read.frontend.as_str(), read.server.as_str(), read.status), ("mcp", "b", 200));
    assert_eq!((read.connect_ms, read.total_ms, read.end.as_str()), (1, 13, "--"));
    assert_eq!((read.retries, read.redispatched, read.request_id.as_str()), (1, true, "req_4f"));
    assert!(Line::parse("Server gateways/a is DOWN, reason: Layer7 wrong status, code: 503, info: \"x\"").is_none());
}
