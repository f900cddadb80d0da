//! All pages of a call, one after the other.

use futures_util::stream::{Stream, try_unfold};

use super::cursor::Cursor;
use super::read::Page;
use crate::call::Call;
use crate::client::DuoClient;
use crate::credential::Keys;
use crate::error::DuoError;

/// What the stream does next.
enum From {
    Start,
    Cursor(Cursor),
    End,
}

impl DuoClient {
    /// The pages of a call in order. Each is asked for when the one before has been taken, under a budget of its own.
    ///
    /// It ends after the last page and after the first error.
    pub fn pages<'a>(
        &'a self,
        keys: &'a dyn Keys,
        call: &'a Call,
        page_size: u32,
    ) -> impl Stream<Item = Result<Page, DuoError>> + Send + 'a {
        try_unfold(From::Start, move |from| async move {
            let cursor = match from {
                From::Start => None,
                From::Cursor(cursor) => Some(cursor),
                From::End => return Ok(None),
            };
            let page = self.page(keys, call, page_size, cursor.as_ref()).await?;
            let next = page.next.clone().map_or(From::End, From::Cursor);
            Ok(Some((page, next)))
        })
    }
}
