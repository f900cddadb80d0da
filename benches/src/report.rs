//! What is said while it runs, and the table at the end.

use std::fmt::Write as _;
use std::io::Write;

/// A line on the standard output.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody is left to be told when this fails.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The goal's id.
    pub id: &'static str,
    /// What was measured, with which allocator or database.
    pub what: String,
    /// The goal in words.
    pub goal: String,
    /// The figure, with its range.
    pub figure: String,
    /// Whether the goal is reached; `None` for what is told for comparison only.
    pub reached: Option<bool>,
    /// Absolute figures and whatever else one should know.
    pub note: String,
}

/// The findings as a table in Markdown.
pub fn table(findings: &[Finding]) -> String {
    let mut out =
        String::from("| id | what | goal | figure | reached | context |\n| --- | --- | --- | --- | --- | --- |\n");
    for finding in findings {
        let reached = match finding.reached {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let Finding { id, what, goal, figure, note, .. } = finding;
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {id} | {what} | {goal} | {figure} | {reached} | {note} |");
    }
    out
}

/// Where the last table stands in the page.
const BEGIN: &str = "<!-- the last run: scripts/bench --write -->";
const END: &str = "<!-- end of the last run -->";

/// The page with its last run replaced.
pub fn replaced(page: &str, run: &str) -> anyhow::Result<String> {
    let cut = |mark: &str| page.split_once(mark).ok_or_else(|| anyhow::anyhow!("the page lacks the line {mark}"));
    let (before, after) = (cut(BEGIN)?.0, cut(END)?.1);
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", run.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_run_is_replaced() {
        let page = format!("# A\n\n{BEGIN}\nold\n{END}\n\nlimits\n");
        let new = replaced(&page, "new\n").unwrap();
        assert_eq!(new, format!("# A\n\n{BEGIN}\n\nnew\n\n{END}\n\nlimits\n"));
        assert_eq!(replaced(&new, "new").unwrap(), new);
        assert!(replaced("nothing", "new").is_err());
    }
}
