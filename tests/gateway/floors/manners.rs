//! Captions, sizes and names: what every Rust file of the project keeps to.

use super::source::{Source, closing, in_name, name_at};

/// A file of this many lines is divided.
const FILE_LINES: usize = 400;
/// A function of this many lines is divided.
const FUNCTION_LINES: usize = 60;
/// The longest caption.
const CAPTION_CHARACTERS: usize = 80;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 11] =
    ["util", "utils", "helper", "helpers", "common", "core", "manager", "service", "services", "types", "impl"];

/// Whatever is wrong with one file.
pub(super) fn check(source: &Source) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(wrong) = caption(&source.text) {
        out.push(format!("{}:1: {wrong}", source.path));
    }
    let lines = source.text.lines().count();
    if lines >= FILE_LINES {
        out.push(format!("{}: {lines} lines; a file stays under {FILE_LINES}", source.path));
    }
    for (line, name, length) in long_functions(source) {
        out.push(format!("{}:{line}: fn {name} has {length} lines; it stays under {FUNCTION_LINES}", source.path));
    }
    for part in source.path.trim_end_matches(".rs").split('/') {
        if EMPTY_NAMES.contains(&part) {
            out.push(format!("{}: \"{part}\" does not say what is inside", source.path));
        }
    }
    out
}

/// The first line is one plain sentence; what follows it stands after an empty line.
fn caption(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let Some(sentence) = first.strip_prefix("//! ") else {
        return Some("the first line is a //! caption".to_owned());
    };
    let length = sentence.chars().count();
    if length > CAPTION_CHARACTERS {
        return Some(format!("the caption has {length} characters; {CAPTION_CHARACTERS} at most"));
    }
    if !sentence.ends_with(['.', '?', '!']) {
        return Some("the caption is a whole sentence on one line".to_owned());
    }
    let second = lines.next().unwrap_or_default();
    second.starts_with("//! ").then(|| "an empty line stands between the caption and what follows".to_owned())
}

/// Functions that are too long: line, name, length. Those in modules of tests are left out: a test may tell a story.
fn long_functions(source: &Source) -> Vec<(usize, String, usize)> {
    let code = &source.code;
    let tests = test_modules(code);
    let mut out = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let is_word = at == 0 || !in_name(code.as_bytes()[at - 1]);
        if !is_word || tests.iter().any(|(from, to)| (from..to).contains(&&at)) {
            continue;
        }
        let Some(open) = body(code, at) else { continue };
        let end = closing(code, open).unwrap_or(code.len());
        let length = source.line(end.min(code.len())) - source.line(at) + 1;
        if length >= FUNCTION_LINES {
            out.push((source.line(at), name_at(code, at + 3).to_owned(), length));
        }
    }
    out
}

/// Where a function's body opens; `None` for a declaration without one and for the type `fn(…)`.
fn body(code: &str, at: usize) -> Option<usize> {
    if name_at(code, at + 3).is_empty() {
        return None;
    }
    let mut here = at + 3;
    loop {
        match code.as_bytes().get(here)? {
            b'{' => return Some(here),
            b';' | b'}' => return None,
            b'(' | b'[' => here = closing(code, here)? + 1,
            _ => here += 1,
        }
    }
}

/// The bodies of `mod tests { … }` and of whatever module stands under `#[cfg(test)]`.
fn test_modules(code: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices("mod ") {
        let name = name_at(code, at + 4);
        let is_test = name == "tests" || code[..at].trim_end().ends_with("#[cfg(test)]");
        let Some(open) = code[at..].find(['{', ';']).map(|n| at + n) else { continue };
        if is_test && code.as_bytes()[open] == b'{' {
            out.push((open, closing(code, open).unwrap_or(code.len())));
        }
    }
    out
}

mod tests {
    use super::check;
    use crate::floors::source::Source;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        check(&Source::new(path, text))
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    f(\"}\");\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_with_manners_passes() {
        let text = format!("//! What it is for.\n//!\n//! More of it.\n\n{}", function(59));
        assert_eq!(complaints("src/store/rows.rs", &text), Vec::<String>::new());
    }

    #[test]
    fn a_missing_overlong_or_running_caption_is_found() {
        let overlong = format!("//! {}.\n", "x".repeat(80));
        for text in
            ["", "use std::fs;\n", "// Not a caption.\n", "//! No full stop\n", "//! One.\n//! Two.\n", &overlong]
        {
            assert_eq!(complaints("src/store/rows.rs", text).len(), 1, "{text}");
        }
        assert!(complaints("a.rs", &format!("//! {}.\n", "é".repeat(79))).is_empty());
    }

    #[test]
    fn a_long_file_is_found() {
        let lines = |n: usize| format!("//! Long.\n{}", "\n".repeat(n - 1));
        assert_eq!(complaints("a.rs", &lines(400)).len(), 1);
        assert!(complaints("a.rs", &lines(399)).is_empty());
    }

    #[test]
    fn a_long_function_is_found_wherever_it_stands() {
        let free = format!("//! Long.\n{}", function(60));
        let inside = format!("//! Long.\nimpl A {{\n    pub async {}}}\n", function(60));
        let with_bound = format!("//! Long.\n{}", function(59).replace("fn long()", "fn long(a: [u8; 3])\nwhere A: B"));
        for text in [&free, &inside, &with_bound] {
            assert_eq!(complaints("a.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_test_may_be_long_and_a_declaration_has_no_length() {
        let test = format!("//! Test.\n#[cfg(test)]\nmod story {{\n{}}}\n", function(90));
        let declared =
            format!("//! Test.\ntrait A {{ fn a(&self) -> fn(u8); }}\n{}struct B {{ c: u8 }}\n", "\n".repeat(90));
        assert!(complaints("a.rs", &test).is_empty());
        assert!(complaints("a.rs", &declared).is_empty());
    }

    #[test]
    fn an_empty_name_is_found() {
        for path in ["src/utils/a.rs", "src/store/helpers.rs", "crates/x/src/core/mod.rs", "src/store/types.rs"] {
            assert_eq!(complaints(path, "//! A.\n").len(), 1, "{path}");
        }
        assert!(complaints("src/store/core_banking.rs", "//! A.\n").is_empty());
    }
}
