//! Step-up: a call that needs more than was granted is told so beforehand.
//!
//! A handler of the protocol cannot set a status, so the body is looked at here, and only for a grant that lacks
//! something its member may have.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::authenticate::Visitor;
use crate::domain::actor::Means;
use crate::domain::policy::permitted;
use crate::domain::scope::Scopes;
use crate::tools::catalog::find;

#[derive(Deserialize)]
struct Message<'a> {
    method: Option<String>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    arguments: serde_json::Value,
}

/// The scopes that the person has to allow for this message to pass; `None` when nothing is missing, or nothing that
/// could be had.
pub(super) fn missing(visitor: &Visitor, body: &[u8]) -> Option<Scopes> {
    let caller = &visitor.caller;
    if !matches!(caller.by, Means::Grant(_)) {
        return None;
    }
    let (granted, within_reach) = (caller.scopes(), caller.reach());
    let opens = visitor.context.as_ref()?.opens();
    if granted == within_reach {
        return None;
    }
    let message: Message<'_> = serde_json::from_slice(body).ok()?;
    if message.method.as_deref() != Some("tools/call") {
        return None;
    }
    let call: Call = serde_json::from_str(message.params?.get()).ok()?;
    let entry = find(&call.name).filter(|entry| visitor.choice.has(entry))?;
    permitted(&entry.card, entry.needs(), within_reach, opens).ok()?;
    let of_card = [Some(entry.card.scope), entry.card.also].into_iter().flatten();
    let of_arguments = (entry.check)(&call.arguments).ok().flatten();
    let needed: Scopes = of_card.chain(of_arguments).collect();
    if granted.holds(needed) || !within_reach.holds(needed) {
        return None;
    }
    Some(granted.iter().chain(needed.iter()).collect())
}
