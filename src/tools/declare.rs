//! The traits that every tool implements.

use std::future::Future;

use duo_api::EndpointId;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::duo::Duo;
use super::error::ToolError;
use crate::domain::card::Card;
use crate::domain::plan::Plan;
use crate::domain::scope::Scope;

/// A tool that only looks. The struct is its arguments, the struct's doc comment its description.
pub trait Read: DeserializeOwned + JsonSchema + Send + 'static {
    /// What only a person can know of it.
    const CARD: Card;
    /// The endpoints that it may call.
    const PARTS: &'static [EndpointId];
    /// What it answers, beside the account and the time.
    type Output: Answer;
    /// A further scope that these arguments ask for.
    fn also_needs(&self) -> Option<Scope> {
        None
    }
    /// Does the work.
    fn run(self, duo: Duo) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;
}

/// A tool that changes something: it resolves the change by reading Duo, and others carry it out.
pub trait Change: DeserializeOwned + JsonSchema + Send + 'static {
    /// What only a person can know of it; `level` is the highest that any call has.
    const CARD: Card;
    /// The endpoints that it may call, for reading and for the change.
    const PARTS: &'static [EndpointId];
    /// Says what exactly will be sent, at which level, and what is refused beforehand.
    fn plan(self, duo: Duo) -> impl Future<Output = Result<Plan, ToolError>> + Send;
}

/// A tool whose work is done by the house, which has what a tool has not: the tenant's rows.
pub trait House: DeserializeOwned + JsonSchema + Send + 'static {
    /// What only a person can know of it.
    const CARD: Card;
    /// The endpoints that it may call.
    const PARTS: &'static [EndpointId];
    /// What it answers.
    type Output: Answer;
}

/// What a tool answers: an object with a summary in a line.
pub trait Answer: Serialize + JsonSchema + Send {
    /// One line for a reader who reads nothing else.
    fn summary(&self) -> String;
}
