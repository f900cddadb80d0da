//! A tool that asks its client and tells it things; only conformance fixtures do.
//!
//! The product asks for one thing, a confirmation (`calls/form.rs`), and never for a model's or a folder's help. What a
//! fixture has its client keep is sealed and opened by the very code that seals and opens the product's forms.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Map, Value};
use tokio::sync::mpsc::UnboundedSender;

use super::content::Content;

/// What the client brought along, and what it can do.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// What it answered, by the name of the question.
    pub answers: Map<String, Value>,
    /// What it was given to keep, proven to be ours.
    pub kept: Option<String>,
    /// What it can be asked for.
    pub means: Means,
    /// Takes what is said while the tool works.
    pub tell: Option<UnboundedSender<Remark>>,
}

/// What a client can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// A form.
    pub form: bool,
    /// A word of its model's.
    pub model: bool,
    /// The folders that it works in.
    pub roots: bool,
}

/// A question to a client.
#[derive(Clone, Debug)]
pub enum Question {
    /// A form for the person.
    Form {
        /// What it says.
        message: String,
        /// The schema of its fields.
        schema: Value,
    },
    /// A sentence for the model.
    Model {
        /// The sentence.
        prompt: &'static str,
        /// How long its answer may be.
        most_tokens: u32,
    },
    /// Which folders it works in.
    Roots,
}

/// What a tool comes to.
#[derive(Clone, Debug)]
pub enum Turn {
    /// It is done.
    Said(Vec<Content>),
    /// It has to ask first.
    Ask {
        /// The questions, by name.
        questions: Vec<(&'static str, Question)>,
        /// What the client keeps until it answers.
        keep: Option<&'static str>,
    },
}

/// Something said while a tool works.
#[derive(Clone, Copy, Debug)]
pub enum Remark {
    /// How far it is, of a hundred.
    Progress(u32),
    /// A line of its log.
    Log(&'static str),
    /// The list of tools is another now.
    ToolsChanged,
    /// The list of prompts is another now.
    PromptsChanged,
}

/// How such a tool does its work.
#[derive(Clone, Copy)]
pub enum Run {
    /// At once.
    AtOnce(fn(&Value, &Talk) -> Turn),
    /// In its own time.
    InTime(fn(Talk) -> Pin<Box<dyn Future<Output = Turn> + Send>>),
}

impl Question {
    /// What a client needs to answer it.
    pub fn needs(&self) -> Means {
        match self {
            Self::Form { .. } => Means { form: true, ..Means::default() },
            Self::Model { .. } => Means { model: true, ..Means::default() },
            Self::Roots => Means { roots: true, ..Means::default() },
        }
    }
}

impl Means {
    /// What of `needed` is not here.
    #[must_use]
    pub fn lacks(self, needed: Self) -> Self {
        Self { form: needed.form && !self.form, model: needed.model && !self.model, roots: needed.roots && !self.roots }
    }
}

impl Talk {
    /// What the person typed into a field of the form of this name.
    pub fn typed(&self, question: &str, field: &str) -> Option<&str> {
        let answer = self.answers.get(question)?;
        if answer.get("action")?.as_str()? != "accept" {
            return None;
        }
        answer.get("content")?.get(field)?.as_str()
    }

    /// Tells the client, if it listens.
    pub fn say(&self, remark: Remark) {
        if let Some(tell) = &self.tell {
            // Nobody listens any more when the client has gone.
            let _ = tell.send(remark);
        }
    }
}
