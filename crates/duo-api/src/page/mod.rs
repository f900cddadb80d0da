//! Lists that come in pages, whatever their style, as one kind of page and one stream.

mod cursor;
mod read;
mod stream;

pub use cursor::Cursor;
pub use read::Page;
