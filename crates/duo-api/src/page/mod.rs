//! Lists in every style of paging, as one kind of page and one stream.

mod cursor;
mod read;
mod stream;

pub use cursor::Cursor;
pub use read::Page;
