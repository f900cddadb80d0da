//! Fixtures that talk: a client is asked for what it said it can, under our seal.

use serde_json::Value;

use super::answer::Reply;
use super::corridor::CallRequest;
use super::error::CallError;
use super::parts::Calls;
use crate::tools::talk::{Means, Run, Talk, Turn};

impl Calls {
    /// Runs it with what the client answered.
    pub(super) async fn talk(&self, call: &CallRequest, run: Run) -> Result<Reply, CallError> {
        let talk = self.opened(call)?;
        let means = talk.means;
        let turn = match run {
            Run::AtOnce(run) => run(&Value::Object(call.arguments.clone()), &talk),
            Run::InTime(run) => run(talk).await,
        };
        self.turned(call, means, turn)
    }

    /// Lets a prompt say its words, with what the client answered.
    pub(super) fn asked(&self, call: &CallRequest, words: fn(&Talk) -> Turn) -> Result<Reply, CallError> {
        let talk = self.opened(call)?;
        self.turned(call, talk.means, words(&talk))
    }

    fn opened(&self, call: &CallRequest) -> Result<Talk, CallError> {
        let mut talk = call.talk.clone();
        if let Some(form) = &call.form {
            talk.kept = String::from_utf8(self.open_state(call, &form.state)?).ok();
        }
        Ok(talk)
    }

    fn turned(&self, call: &CallRequest, means: Means, turn: Turn) -> Result<Reply, CallError> {
        match turn {
            Turn::Said(contents) => Ok(Reply::Said(contents)),
            Turn::Ask { questions, keep } => {
                let lacking = questions.iter().map(|(_, question)| means.lacks(question.needs()));
                if let Some(lacks) = lacking.into_iter().find(|lacks| *lacks != Means::default()) {
                    return Err(CallError::ClientLacks(lacks));
                }
                let state = keep.map(|keep| self.seal_state(call, keep.as_bytes(), self.settings().form));
                Ok(Reply::Questions { questions, state })
            }
        }
    }
}
