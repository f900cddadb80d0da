//! The tools as clients see them: schemas, annotations, titles; made once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use rmcp::model::{Tool, ToolAnnotations};

use crate::domain::card::Level;
use crate::tools::catalog;
use crate::tools::entry::Entry;

/// Every tool, by name.
static LISTED: LazyLock<HashMap<&'static str, Tool>> =
    LazyLock::new(|| catalog::all().map(|entry| (entry.card.name, tool(entry))).collect());

/// The tool of this name, as clients see it.
pub(super) fn listed(name: &str) -> Option<Tool> {
    LISTED.get(name).cloned()
}

fn tool(entry: &Entry) -> Tool {
    let card = &entry.card;
    let annotations = ToolAnnotations::with_title(card.title)
        .read_only(card.level == Level::L0)
        .destructive(card.level >= Level::L2)
        .idempotent(card.idempotent)
        .open_world(card.reaches_people);
    let mut input = (entry.input)();
    // The description stands beside the schema; twice would cost the model's room.
    input.remove("description");
    let mut tool =
        Tool::new(card.name, entry.description(), Arc::new(input)).with_title(card.title).with_annotations(annotations);
    let output = (entry.output)();
    tool.output_schema = (!output.is_empty()).then(|| Arc::new(output));
    tool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_stays_inside_its_budget() {
        let size = |wanted: &dyn Fn(&Entry) -> bool| {
            let tools: Vec<Tool> = catalog::TOOLS.iter().filter(|entry| wanted(entry)).map(tool).collect();
            (tools.len(), serde_json::to_vec(&tools).unwrap().len() / 4)
        };
        let (count, tokens) = size(&|entry| entry.card.by_default);
        assert!(count <= 30 && tokens <= 10_000, "{count} tools, {tokens} tokens");
        let (count, tokens) = size(&|entry| entry.card.by_default && entry.card.level == Level::L0);
        assert!(count <= 20 && tokens <= 7_000, "{count} tools, {tokens} tokens read-only");
    }
}
