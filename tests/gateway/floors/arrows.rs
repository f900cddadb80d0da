//! Who may import whom: the table of the architecture page against the source.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, closing, in_name, name_at};

/// The table under "Who may import whom": floors, and for each folder what it may import.
pub(super) struct Table {
    floors: BTreeMap<String, usize>,
    allowed: BTreeMap<String, BTreeSet<String>>,
}

/// Our own crates: a folder names them with `use duo_api::…`.
const CRATES: [&str; 2] = ["duo-api", "duo-simulator"];

impl Table {
    /// Reads the table from the page. A row is: floor, folders, what they may import, each name between backticks;
    /// the words "everything below" stand for every folder on a lower floor.
    pub(super) fn read(page: &str) -> Self {
        let mut rows = Vec::new();
        for line in page.lines() {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            if let [floor, folders, imports] = cells[..]
                && let Ok(floor) = floor.parse::<usize>()
            {
                rows.push((floor, quoted(folders), imports));
            }
        }
        let floors: BTreeMap<String, usize> =
            rows.iter().flat_map(|(floor, folders, _)| folders.iter().map(|f| (f.clone(), *floor))).collect();
        let mut allowed = BTreeMap::new();
        for (floor, folders, imports) in &rows {
            let mut names: BTreeSet<String> = quoted(imports).into_iter().collect();
            if imports.contains("everything below") {
                names.extend(floors.iter().filter(|(_, at)| *at < floor).map(|(name, _)| name.clone()));
            }
            allowed.extend(folders.iter().map(|folder| (folder.clone(), names.clone())));
        }
        Self { floors, allowed }
    }

    /// What is wrong with the table itself.
    pub(super) fn complaints(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (folder, names) in &self.allowed {
            for name in names {
                match (self.floors.get(name), self.floors[folder]) {
                    (None, _) => out.push(format!("the table lets {folder} import {name}, which has no floor")),
                    (Some(below), own) if *below >= own => {
                        out.push(format!("the table lets {folder} import {name}, which is no floor below"));
                    }
                    _ => {}
                }
            }
        }
        out
    }

    /// The floor of a folder of `src/`.
    pub(super) fn floor(&self, folder: &str) -> Option<usize> {
        self.floors.get(folder).copied()
    }

    /// What this file imports and may not.
    pub(super) fn check(&self, source: &Source) -> Vec<String> {
        let Some(room) = room(&source.path) else { return Vec::new() };
        let Some(allowed) = self.allowed.get(room) else {
            return vec![format!("{}: the folder {room} has no floor in docs/ARCHITECTURE.md", source.path)];
        };
        let mut out = Vec::new();
        for (at, name) in imports(&source.code) {
            let line = source.line(at);
            if CRATES.contains(&name.as_str()) || self.floors.contains_key(&name) {
                if name != room && !allowed.contains(&name) && !is_demo(&source.path, &name) {
                    out.push(format!("{}:{line}: {room} may not import {name}", source.path));
                }
            } else {
                out.push(format!("{}:{line}: crate::{name} is imported from the crate root", source.path));
            }
        }
        out.extend(
            climbs(source).into_iter().map(|at| {
                format!("{}:{}: this chain of super:: climbs to the crate root", source.path, source.line(at))
            }),
        );
        out
    }
}

/// The demo is the one place of the program that starts the simulator.
fn is_demo(path: &str, name: &str) -> bool {
    name == "duo-simulator" && (path == "src/cli/demo.rs" || path.starts_with("src/cli/demo/"))
}

/// The folder of `src/` in which a file stands; `None` for `main.rs`, `lib.rs` and whatever is not in `src/`.
pub(super) fn room(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The first name after each `crate::`, and our own crates wherever a path starts with one.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for at in words(code, "crate") {
        if let Some(after) = code[at + 5..].trim_start().strip_prefix("::") {
            let from = code.len() - after.trim_start().len();
            out.extend(heads(code, from).into_iter().map(|name| (at, name)));
        }
    }
    for name in CRATES {
        let word = name.replace('-', "_");
        out.extend(
            words(code, &word).into_iter().filter(|at| starts_a_path(code, *at)).map(|at| (at, name.to_owned())),
        );
    }
    out.sort();
    out
}

/// Where this word stands as a whole word.
fn words(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || !in_name(bytes[at - 1]))
        .filter(|at| bytes.get(at + word.len()).is_none_or(|b| !in_name(*b)))
        .collect()
}

/// Whether the word at this byte is the start of a path, not its middle and not a field's or an argument's name.
fn starts_a_path(code: &str, at: usize) -> bool {
    let before = code[..at].trim_end();
    let after = code[at..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
    let is_middle = before.strip_suffix("::").map(str::trim_end).is_some_and(|path| {
        path.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '>') && !path.ends_with("use")
    });
    !is_middle && (after.starts_with("::") || before.ends_with("use"))
}

/// The first names of a path or of a group of paths, `{a::b, c::{d, e}}`.
fn heads(code: &str, from: usize) -> Vec<String> {
    if !code[from..].starts_with('{') {
        let name = name_at(code, from);
        return vec![if name.is_empty() { "*".to_owned() } else { name.to_owned() }];
    }
    let end = closing(code, from).unwrap_or(code.len());
    let mut out = Vec::new();
    let mut at = from + 1;
    while at < end {
        let byte = code.as_bytes()[at];
        if byte.is_ascii_whitespace() || byte == b',' {
            at += 1;
            continue;
        }
        out.extend(heads(code, at));
        while at < end && code.as_bytes()[at] != b',' {
            at = if code.as_bytes()[at] == b'{' { closing(code, at).unwrap_or(end) + 1 } else { at + 1 };
        }
    }
    out
}

/// Chains of `super::` that reach the crate root, which would be a way round the table.
fn climbs(source: &Source) -> Vec<usize> {
    let path = source.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = path.split('/').count();
    let mut out = Vec::new();
    for at in words(&source.code, "super") {
        if source.code[..at].trim_end().ends_with("::") {
            continue;
        }
        let chain: String = source.code[at..].chars().filter(|c| !c.is_whitespace()).take(400).collect();
        let length = std::iter::successors(Some(chain.as_str()), |rest| rest.strip_prefix("super::")).count() - 1;
        if length >= depth + inline_modules(&source.code[..at]) {
            out.push(at);
        }
    }
    out
}

/// How many inline modules are open at the end of this code.
fn inline_modules(code: &str) -> usize {
    words(code, "mod")
        .into_iter()
        .filter_map(|at| code[at..].find(['{', ';']).map(|n| at + n))
        .filter(|open| code.as_bytes()[*open] == b'{' && closing(code, *open).is_none())
        .count()
}

mod tests {
    use super::{Table, imports};
    use crate::floors::source::Source;

    const PAGE: &str = "| 0 | `crates/duo-api` | nothing |\n| 0 | `duo-api` | nothing |\n| 1 | `domain` | `duo-api` |\n\
        | 2 | `tools` | `domain` |\n| 3 | `store` | `domain` |\n| 9 | `cli` | everything below |";

    fn complaints(path: &str, text: &str) -> Vec<String> {
        Table::read(PAGE).check(&Source::new(path, text))
    }

    #[test]
    fn what_the_table_allows_passes() {
        let text = "use crate::{domain::{ids::Id, tenant}, store::db};\nuse super::db::Db;\npub(crate) fn f() {}";
        assert_eq!(complaints("src/store/rows.rs", text), Vec::<String>::new());
        assert_eq!(
            complaints("src/cli/serve.rs", "use crate::tools::catalog; use duo_api::Host;"),
            Vec::<String>::new()
        );
        assert_eq!(complaints("src/cli/demo.rs", "use duo_simulator::World;"), Vec::<String>::new());
        assert_eq!(complaints("src/main.rs", "use duo_mcp_gateway::cli;"), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_to_a_floor_above_or_beside_is_found_in_every_spelling() {
        for text in [
            "use crate::tools::Entry;",
            "use crate::{domain::ids, tools::{Entry, Card}};",
            "use crate::{\n    domain::ids::{A, B},\n    tools,\n};",
            "fn f() -> crate::tools::Entry { todo!() }",
            "use crate :: tools;",
            "use duo_api::Host;",
            "use duo_api as duo;",
            "fn f(x: &duo_api::Host) {}",
            "fn f(x: ::duo_api::Host) {}",
            "use ::duo_api::Host;",
            "use duo_simulator::World;",
        ] {
            assert_eq!(complaints("src/store/rows.rs", text).len(), 1, "{text}");
        }
        assert_eq!(complaints("src/cli/serve.rs", "use duo_simulator::World;").len(), 1);
    }

    #[test]
    fn names_in_comments_and_strings_are_no_imports() {
        let text = "//! See crate::tools.\nconst S: &str = \"crate::tools::x duo_api::y\"; struct A { duo_api: u8 }";
        assert_eq!(complaints("src/store/rows.rs", text), Vec::<String>::new());
    }

    #[test]
    fn the_crate_root_is_no_way_round() {
        for text in
            ["use crate::Store;", "use crate::*;", "use crate::{Store, domain::ids};", "use super::super::tools::X;"]
        {
            assert_eq!(complaints("src/store/rows.rs", text).len(), 1, "{text}");
        }
        let nested = "mod tests {\n use super::super::db;\n use super::*;\n}";
        assert_eq!(complaints("src/store/rows.rs", nested), Vec::<String>::new());
        assert_eq!(complaints("src/store/mod.rs", "use super::tools;").len(), 1);
    }

    #[test]
    fn a_folder_without_a_floor_is_named() {
        assert_eq!(complaints("src/attic/box.rs", "").len(), 1);
    }

    #[test]
    fn a_table_that_points_upward_is_refused() {
        let page = format!("{PAGE}\n| 4 | `vault` | `cli`, `nowhere` |");
        assert_eq!(Table::read(&page).complaints().len(), 2);
        assert_eq!(Table::read(PAGE).complaints(), Vec::<String>::new());
    }

    #[test]
    fn the_first_name_of_each_path_is_found() {
        let found: Vec<String> =
            imports("use crate::{a::{b, c}, d};\nuse crate::e::*;").into_iter().map(|(_, n)| n).collect();
        assert_eq!(found, ["a", "d", "e"]);
    }
}
