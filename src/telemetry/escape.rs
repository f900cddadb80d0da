//! A writer that lets no control character through.
//!
//! What a client sends may end up in a log line. A line break in it would forge a second line, an escape sequence would
//! play with the terminal of whoever reads the log.

use std::fmt::Write as _;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::domain::text::{is_misleading, is_plain};

/// Wraps what makes writers; each formatted event arrives as one `write_all` that ends in a line break.
#[derive(Debug, Clone)]
pub(super) struct Escaped<M>(pub(super) M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Escaped<M> {
    type Writer = EscapedWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapedWriter(self.0.make_writer())
    }
}

pub(super) struct EscapedWriter<W>(W);

impl<W: Write> Write for EscapedWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match line.split_last() {
            Some((b'\n', text)) if is_plain(text) => self.0.write_all(line)?,
            _ => self.0.write_all(escape(&String::from_utf8_lossy(line)).as_bytes())?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The line with control, invisible and direction-changing characters as `\u` escapes, which JSON reads too; the line break at the
/// end stays.
fn escape(line: &str) -> String {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    let mut out = String::with_capacity(line.len());
    for character in text.chars() {
        if is_misleading(character) {
            // Beyond the first 65,536 characters JSON wants two escapes.
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out.push_str(end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_line_break_stays() {
        assert_eq!(escape("a\nb\x1b[31m\tc\u{9b}\u{202e}\n"), "a\\u000ab\\u001b[31m\\u0009c\\u009b\\u202e\n");
        assert_eq!(escape("a\u{200b}\u{e0041}b"), "a\\u200b\\udb40\\udc41b");
        assert_eq!(escape("Zoë 東京"), "Zoë 東京");
    }
}
