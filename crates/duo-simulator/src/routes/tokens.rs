//! Hardware tokens.

use super::call::Call;
use super::page::page;
use crate::reply::{Answer, Outcome, Refusal};
use crate::world::Token;

const MOST: usize = 500;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let (kind, serial) = (call.params.filled("type"), call.params.filled("serial"));
    match (&kind, &serial) {
        (Some(_), None) => return Err(Refusal::missing("serial")),
        (None, Some(_)) => return Err(Refusal::missing("type")),
        _ => {}
    }
    let fits = |token: &&Token| {
        kind.as_ref().is_none_or(|wanted| token.kind == *wanted)
            && serial.as_ref().is_none_or(|wanted| token.serial == *wanted)
    };
    let found: Vec<&Token> = account.tokens.values().filter(fits).collect();
    page(&call.params, MOST, found.len(), found.into_iter(), |token| account.show_token(token))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let account = call.account()?;
    let token = account.tokens.get(&call.place(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::Json(account.show_token(token)))
}
