//! Faces: a `mod.rs` names and re-exports; `lib.rs` lists the rooms in order.

use super::arrows::Table;
use super::source::{Source, closing};

/// A face of this many lines does more than it should.
const FACE_LINES: usize = 40;

/// What is wrong with a `mod.rs`; nothing for any other file.
pub(super) fn check(source: &Source) -> Vec<String> {
    if !source.path.ends_with("/mod.rs") {
        return Vec::new();
    }
    let mut out = Vec::new();
    let lines = source.text.lines().count();
    if lines >= FACE_LINES {
        out.push(format!("{}: {lines} lines; a face stays under {FACE_LINES}", source.path));
    }
    for statement in statements(&source.code) {
        let bare = without_visibility(&statement);
        if !bare.starts_with("mod ") && !bare.starts_with("use ") {
            out.push(format!("{}: a face holds no logic, this one has `{}`", source.path, first_words(&statement)));
        }
    }
    out
}

/// What is wrong with `src/lib.rs`: it lists public modules, bottom floor first, and does nothing else.
pub(super) fn check_root(source: &Source, table: &Table) -> Vec<String> {
    let mut out = Vec::new();
    let mut reached = 0;
    for statement in statements(&source.code) {
        let Some(name) = statement.strip_prefix("pub mod ") else {
            out.push(format!("{}: `{}` is no public module", source.path, first_words(&statement)));
            continue;
        };
        match table.floor(name.trim()) {
            None => out.push(format!("{}: {name} has no floor in docs/ARCHITECTURE.md", source.path)),
            Some(floor) if floor < reached => out.push(format!("{}: {name} stands above its floor", source.path)),
            Some(floor) => reached = floor,
        }
    }
    out
}

/// The statements of a file that has only those that end in a semicolon; a block counts as the end of one.
fn statements(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = without_attributes(code);
    while let Some(at) = rest.find([';', '{']) {
        let is_use = without_visibility(rest[..at].trim()).starts_with("use ");
        let mut end = at;
        if rest.as_bytes()[at] == b'{' {
            end = closing(&rest, at).unwrap_or(rest.len() - 1);
            if is_use {
                end += rest[end..].find(';').unwrap_or(0);
            }
        }
        let head = rest[..at].trim();
        out.push(if rest.as_bytes()[at] == b'{' && !is_use { format!("{head} {{") } else { head.to_owned() });
        rest = rest[end + 1..].to_owned();
    }
    out.into_iter().map(|s| if s.ends_with('{') && s.contains("mod ") { format!("inline {s}") } else { s }).collect()
}

/// `#[…]` and `#![…]` taken out.
fn without_attributes(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(at) = out.find('#') {
        let Some(end) = out[at..].find('[').and_then(|n| closing(&out, at + n)) else { break };
        out.replace_range(at..=end, "");
    }
    out
}

fn without_visibility(statement: &str) -> &str {
    let Some(rest) = statement.strip_prefix("pub") else { return statement };
    let rest = rest.trim_start();
    rest.strip_prefix('(').and_then(|r| r.split_once(')')).map_or(rest, |(_, r)| r).trim_start()
}

fn first_words(statement: &str) -> String {
    statement.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
}

mod tests {
    use super::{check, check_root};
    use crate::floors::arrows::Table;
    use crate::floors::source::Source;

    fn face(text: &str) -> Vec<String> {
        check(&Source::new("src/store/mod.rs", text))
    }

    fn root(text: &str) -> Vec<String> {
        let table =
            Table::read("| 1 | `domain` | nothing |\n| 2 | `config`, `tools` | nothing |\n| 3 | `store` | nothing |");
        check_root(&Source::new("src/lib.rs", text), &table)
    }

    #[test]
    fn a_face_names_its_files_and_re_exports() {
        let text = "//! The room.\n\nmod db;\npub mod rows;\npub(crate) mod keys;\n#[cfg(test)]\nmod tests;\n\n\
            pub use db::{Db, Reason};\npub(super) use rows::Row;\n";
        assert_eq!(face(text), Vec::<String>::new());
    }

    #[test]
    fn logic_in_a_face_is_found() {
        for text in [
            "pub fn f() { g() }",
            "mod a;\nstruct A;\n",
            "const A: u8 = 1;",
            "impl A { fn b() {} }",
            "pub mod a { pub fn f() {} }",
            "macro_rules! a { () => {} }",
            "pub enum A { B, C }",
        ] {
            assert_eq!(face(text).len(), 1, "{text}: {:?}", face(text));
        }
        assert_eq!(face(&format!("mod a;\n{}", "\n".repeat(39))).len(), 1);
    }

    #[test]
    fn the_root_lists_the_rooms_bottom_floor_first() {
        assert_eq!(
            root("//! Rooms.\n\n#![forbid(a)]\npub mod domain;\npub mod tools;\npub mod config;\npub mod store;\n"),
            Vec::<String>::new()
        );
        assert_eq!(root("pub mod store;\npub mod domain;\n").len(), 1);
        assert_eq!(root("pub mod attic;\n").len(), 1);
        assert_eq!(root("pub mod domain;\npub use domain::Id;\n").len(), 1);
        assert_eq!(root("mod domain;\n").len(), 1);
    }
}
