//! Source files as the checks see them: with comments and literals blanked out.

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file of the project.
pub(crate) struct Source {
    /// Its path from the project's root, with `/` between the parts.
    pub(crate) path: String,
    /// What stands in it.
    pub(crate) text: String,
    /// The same, with every comment, string and character literal turned into spaces: same length, same lines.
    pub(super) code: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: blank(text) }
    }

    /// Every Rust file below these folders, in the order of their paths.
    pub(crate) fn below(folders: &[&str]) -> Vec<Self> {
        let root = root();
        let mut paths = Vec::new();
        for folder in folders {
            collect(&root.join(folder), &mut paths);
        }
        paths.sort();
        paths
            .iter()
            .map(|path| {
                let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let inside = path.strip_prefix(&root).expect("the path was found below the root");
                Self::new(&inside.to_string_lossy().replace('\\', "/"), &text)
            })
            .collect()
    }

    /// The line, counted from 1, on which this byte of the text stands.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at].split(|b| *b == b'\n').count()
    }
}

/// The folder of the root package.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a folder that can be listed").path()) {
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                collect(&path, into);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Whether this byte can be part of a name.
pub(super) fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The name that starts at this byte; empty when none does.
pub(super) fn name_at(code: &str, at: usize) -> &str {
    let rest = &code[at..];
    let end = rest.bytes().position(|b| !in_name(b)).unwrap_or(rest.len());
    &rest[..end]
}

/// Where the bracket that opens at `open` is closed.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Turns comments and literals into spaces, byte for byte.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = skip(bytes, at);
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = if end == at { at + 1 } else { end };
    }
    String::from_utf8(out).expect("whole characters were blanked")
}

/// Where the comment or literal that starts here ends; `at` itself when none starts here.
fn skip(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let fresh = at == 0 || !in_name(bytes[at - 1]);
    if rest.starts_with(b"//") {
        return rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n);
    }
    if rest.starts_with(b"/*") {
        return after_block_comment(bytes, at);
    }
    if rest[0] == b'"' {
        return after_string(bytes, at + 1);
    }
    if fresh && let Some(end) = after_prefixed(bytes, at) {
        return end;
    }
    if rest[0] == b'\'' { after_character(bytes, at) } else { at }
}

fn after_block_comment(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn after_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Raw and byte strings: `r"…"`, `r#"…"#`, `br"…"`, `b"…"`, `c"…"`.
fn after_prefixed(bytes: &[u8], at: usize) -> Option<usize> {
    let letters = bytes[at..].iter().take_while(|b| b"rbc".contains(b)).count();
    if letters == 0 || letters > 2 {
        return None;
    }
    let raw = bytes[at..at + letters].contains(&b'r');
    let hashes = bytes[at + letters..].iter().take_while(|b| **b == b'#').count();
    let quote = at + letters + hashes;
    if bytes.get(quote) != Some(&b'"') || (hashes > 0 && !raw) {
        return None;
    }
    if !raw {
        return Some(after_string(bytes, quote + 1));
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let found = bytes[quote + 1..].windows(close.len()).position(|w| w == close);
    Some(found.map_or(bytes.len(), |n| quote + 1 + n + close.len()))
}

/// A character literal; a lifetime is left as it is.
fn after_character(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        let from = at + 3;
        return bytes[from.min(bytes.len())..].iter().position(|b| *b == b'\'').map_or(at, |n| from + n + 1);
    }
    // One character of up to four bytes, then the closing quote.
    let width = bytes.get(at + 1).map_or(1, |first| first.leading_ones().max(1) as usize);
    if bytes.get(at + 1 + width) == Some(&b'\'') { at + width + 2 } else { at }
}

mod tests {
    use super::{Source, closing, name_at};

    #[test]
    fn comments_and_literals_are_blanked_and_code_is_kept() {
        let text = "fn a<'x>(s: &'x str) { let q = '\"'; let b = '\\''; /* { /* n */ } */ f(\"}\", r#\"\"}\"#, b\"{\"); } // }\nfn é() {}";
        let source = Source::new("src/a.rs", text);
        assert_eq!(source.code.len(), text.len());
        assert_eq!(source.code.matches('{').count(), 2, "{}", source.code);
        assert_eq!(source.code.matches('}').count(), 2, "{}", source.code);
        assert!(source.code.contains("fn a<'x>(s: &'x str)"));
        assert_eq!(source.line(text.find('é').expect("it is there")), 2);
    }

    #[test]
    fn a_name_that_ends_in_r_does_not_open_a_raw_string() {
        assert_eq!(Source::new("a.rs", "for\"{\" br\"{\" bar # x").code.trim_end(), "for          bar # x");
    }

    #[test]
    fn brackets_are_matched_and_names_are_cut() {
        assert_eq!(closing("a{b(c)}d", 1), Some(6));
        assert_eq!(closing("a{b(c)", 1), None);
        assert_eq!(name_at("crate::store::X", 7), "store");
    }
}
