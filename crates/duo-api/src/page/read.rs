//! Reads one page of a call.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::cursor::{Cursor, Style, chunk, log_cursor};
use crate::call::{Call, CallError};
use crate::client::{Answer, DuoClient, lenient_count};
use crate::credential::Keys;
use crate::error::DuoError;

/// How many events Duo puts into one window of a log of version 1.
const WINDOW_EVENTS: usize = 1000;

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The rows as they came. Lists move while they are read: a row may come twice or be missed.
    pub rows: Vec<Box<RawValue>>,
    /// How many objects there are in all, if Duo says so.
    pub total_objects: Option<u64>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
    /// Duo's time in Unix milliseconds.
    pub server_date: Option<i64>,
}

/// The inside of a log of version 2.
#[derive(Deserialize)]
struct Log {
    #[serde(alias = "authlogs")]
    items: Vec<Box<RawValue>>,
    #[serde(default)]
    metadata: LogMetadata,
}

#[derive(Default, Deserialize)]
struct LogMetadata {
    next_offset: Option<Value>,
    #[serde(default, deserialize_with = "lenient_count")]
    total_objects: Option<u64>,
}

#[derive(Deserialize)]
struct Event {
    timestamp: i64,
}

impl DuoClient {
    /// Reads one page, from the start or from where an earlier one ended. `page_size` is cut to what Duo gives.
    pub async fn page(
        &self,
        keys: &dyn Keys,
        call: &Call,
        page_size: u32,
        from: Option<&Cursor>,
    ) -> Result<Page, DuoError> {
        let style = Style::of(call);
        let mut call = call.clone();
        let limit = page_size.clamp(1, call.endpoint.max_page_size.unwrap_or(u32::MAX));
        let mut chunk_next = None;
        match (&style, from) {
            (Style::Whole | Style::Window, None) => {}
            // There is nothing after the first page, so no such cursor was ever given out.
            (Style::Whole, Some(_)) => return Err(CallError::Cursor { endpoint: call.endpoint.id }.into()),
            (Style::Window, Some(cursor)) => call.params.set("mintime", cursor.number(&call)?),
            (Style::Offset, from) => {
                let offset = from.map(|cursor| cursor.number(&call)).transpose()?;
                call.params.set("limit", limit);
                call.params.set("offset", offset.unwrap_or(0));
            }
            (Style::Ids { name, ids }, from) => {
                let start = from.map(|cursor| cursor.number(&call)).transpose()?;
                let (ids, next) = chunk(ids, start.unwrap_or(0));
                call.params.set(name, Value::from(ids));
                chunk_next = next;
            }
            (Style::Log, from) => {
                call.params.set("limit", limit);
                if let Some(cursor) = from {
                    call.params.set("next_offset", cursor.as_str());
                }
            }
        }
        let answer = self.send(keys, &call).await?;
        let mut page = read(&style, &answer, from)?;
        page.next = page.next.or(chunk_next);
        Ok(page)
    }
}

fn read(style: &Style, answer: &Answer, from: Option<&Cursor>) -> Result<Page, DuoError> {
    let server_date = answer.server_date;
    let listed = |next| -> Result<Page, DuoError> {
        let total_objects = answer.metadata.as_ref().and_then(|metadata| metadata.total_objects);
        Ok(Page { rows: answer.parse()?, total_objects, next, server_date })
    };
    match style {
        Style::Whole | Style::Ids { .. } => listed(None),
        Style::Offset => {
            let next = answer.metadata.as_ref().and_then(|metadata| metadata.next_offset);
            let before = from.and_then(|cursor| cursor.as_str().parse().ok()).unwrap_or(0);
            match next {
                Some(next) if next <= before => Err(not_growing(answer.status)),
                next => listed(next.map(Cursor::at)),
            }
        }
        Style::Log => {
            let Log { items, metadata } = answer.parse()?;
            let next = log_cursor(metadata.next_offset.as_ref());
            if next.is_some() && next.as_ref() == from {
                return Err(not_growing(answer.status));
            }
            Ok(Page { rows: items, total_objects: metadata.total_objects, next, server_date })
        }
        Style::Window => {
            let mut page = listed(None)?;
            if page.rows.len() >= WINDOW_EVENTS {
                page.next = page.rows.last().and_then(|row| after(row));
            }
            Ok(page)
        }
    }
}

/// The second after an event: a log of version 1 goes on there.
fn after(row: &RawValue) -> Option<Cursor> {
    let event: Event = serde_json::from_str(row.get()).ok()?;
    u64::try_from(event.timestamp + 1).ok().map(Cursor::at)
}

/// Going on would read the same page for ever.
fn not_growing(status: u16) -> DuoError {
    DuoError::Unreadable { status, why: "the list does not go on" }
}
