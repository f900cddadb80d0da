//! Fixtures that speak while they work: progress, log lines, changed lists.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::tools::content::Content;
use crate::tools::talk::{Remark, Talk, Turn};

/// How long the scenarios want a step to take.
const STEP: Duration = Duration::from_millis(50);

type Said = Pin<Box<dyn Future<Output = Turn> + Send>>;

pub(super) fn test_tool_with_progress(talk: Talk) -> Said {
    in_steps(talk, [Remark::Progress(0), Remark::Progress(50), Remark::Progress(100)])
}

pub(super) fn test_tool_with_logging(talk: Talk) -> Said {
    let lines = ["Tool execution started", "Tool processing data", "Tool execution completed"];
    in_steps(talk, lines.map(Remark::Log))
}

pub(super) fn test_trigger_tool_change(talk: Talk) -> Said {
    in_steps(talk, [Remark::ToolsChanged])
}

pub(super) fn test_trigger_prompt_change(talk: Talk) -> Said {
    in_steps(talk, [Remark::PromptsChanged])
}

fn in_steps<const N: usize>(talk: Talk, remarks: [Remark; N]) -> Said {
    Box::pin(async move {
        for (step, remark) in remarks.into_iter().enumerate() {
            if step > 0 {
                sleep(STEP).await;
            }
            talk.say(remark);
        }
        Turn::Said(vec![Content::text("Done.")])
    })
}
