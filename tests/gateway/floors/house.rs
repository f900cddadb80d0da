//! The checks, made on the project as it stands.

use std::fs;

use super::arrows::{Table, room};
use super::source::{Source, root};
use super::{faces, manners, rights};

fn table() -> Table {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let section = page.split("\n## Who may import whom\n").nth(1).expect("the section with the table");
    Table::read(section.split("\n## ").next().expect("a section"))
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_table_points_downward_only() {
    let table = table();
    assert_eq!(table.floor("domain"), Some(1), "the table was found and read");
    none(&table.complaints());
}

#[test]
fn every_import_follows_the_table() {
    let (table, sources) = (table(), Source::below(&["src"]));
    none(&sources.iter().flat_map(|source| table.check(source)).collect::<Vec<_>>());
}

#[test]
fn every_file_is_in_a_room() {
    let stray: Vec<String> = Source::below(&["src"])
        .into_iter()
        .map(|source| source.path)
        .filter(|path| room(path).is_none() && path != "src/lib.rs" && path != "src/main.rs")
        .collect();
    none(&stray);
}

#[test]
fn captions_sizes_and_names_are_kept() {
    let sources = Source::below(&["src", "crates", "tests", "benches"]);
    assert!(sources.len() > 4, "the files were found");
    none(&sources.iter().flat_map(manners::check).collect::<Vec<_>>());
}

#[test]
fn faces_hold_no_logic() {
    let sources = Source::below(&["src", "crates", "tests"]);
    none(&sources.iter().flat_map(faces::check).collect::<Vec<_>>());
}

#[test]
fn acts_look_again_who_acts() {
    let sources = Source::below(&["src/store"]);
    none(&sources.iter().flat_map(rights::check).collect::<Vec<_>>());
}

#[test]
fn the_rooms_are_listed_bottom_floor_first() {
    let sources = Source::below(&["src"]);
    let lib = sources.iter().find(|source| source.path == "src/lib.rs").expect("src/lib.rs");
    none(&faces::check_root(lib, &table()));
}
