//! Characters by which a text from a stranger could mislead its reader.

/// Whether a character is a control character (line breaks and tabs too) or cannot be seen: marks that turn the
/// direction around, separators of lines, zero-width, filler and tag characters.
pub fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether nothing in a text can mislead, seen at a glance: it is printable ASCII, as most texts are. `false` says nothing.
pub fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The text with a sign in the place of each such character, so that a person sees that something was there.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_misleading(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_misleads_and_writing_does_not() {
        for c in ['\n', '\t', '\u{1b}', '\u{9b}', '\u{202e}', '\u{2028}', '\u{200b}', '\u{feff}', '\u{e0041}'] {
            assert!(is_misleading(c), "{c:?}");
        }
        assert!(!"Zoë Ångström, 東京 – “ok” 🙂".chars().any(is_misleading));
        for c in ('\0'..='\u{2ff}').filter(|c| is_plain(c.to_string().as_bytes())) {
            assert!(!is_misleading(c), "{c:?}");
        }
        assert!(is_plain(b"user@example.com") && !is_plain("Zoë".as_bytes()) && !is_plain(b"a\tb"));
        assert_eq!(visible("a\u{202e}b\n"), "a\u{fffd}b\u{fffd}");
    }
}
