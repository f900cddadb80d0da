//! A question to an authenticator on its way through a browser and back.
//!
//! A page carries what has to be known when the answer comes, under the house's seal, so that looking at a page keeps
//! nothing. The seal holds for the browser that was asked and no other, and runs out; that a question is answered once
//! is kept with the answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::domain::clock::Timestamp;
use crate::store::passkeys::Question;
use crate::vault::{HouseKeys, keyed_hash};

/// How long somebody may take to touch a key: as long as a client's request is open.
const SECONDS: i64 = 10 * 60;

/// A question, for the page that puts it.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// What the browser hands to the authenticator, as JSON.
    pub options: String,
    /// What the form brings back with the answer.
    pub state: String,
}

/// What is asked for. A question of one kind is no question of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    Register,
    SignIn,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    purpose: Purpose,
    expires_at: Timestamp,
    state: String,
}

/// Who was asked: a secret that only this browser has, and who is signed in there, if anybody is.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) browser: &'a str,
    pub(super) member: &'a str,
}

/// A question that came back: what is known of it, and what it is taken once by.
pub(super) struct Returned {
    pub(super) state: String,
    pub(super) question: Question,
}

/// Seals a question.
pub(super) fn seal(house: &HouseKeys, asked: Asked<'_>, purpose: Purpose, state: String, now: Timestamp) -> String {
    let kept = Kept { purpose, expires_at: now.plus_seconds(SECONDS), state };
    // Plain text and numbers: nothing that JSON refuses.
    let kept = serde_json::to_vec(&kept).unwrap_or_default();
    let seal = mac(house, asked, &kept);
    format!("{}.{}", URL_SAFE_NO_PAD.encode(&kept), URL_SAFE_NO_PAD.encode(seal))
}

/// Opens it again; `None` when it was put to another browser or for another purpose, is no question of ours, or ran out.
pub(super) fn open(
    house: &HouseKeys,
    asked: Asked<'_>,
    purpose: Purpose,
    sealed: &str,
    now: Timestamp,
) -> Option<Returned> {
    let (kept, seal) = sealed.split_once('.')?;
    let (kept, seal) = (URL_SAFE_NO_PAD.decode(kept).ok()?, URL_SAFE_NO_PAD.decode(seal).ok()?);
    let expected = mac(house, asked, &kept);
    if !bool::from(expected.as_slice().ct_eq(&seal)) {
        return None;
    }
    let Kept { purpose: of, expires_at, state } = serde_json::from_slice(&kept).ok()?;
    if of != purpose || now >= expires_at {
        return None;
    }
    Some(Returned { state, question: Question { hash: expected, expires_at } })
}

fn mac(house: &HouseKeys, asked: Asked<'_>, kept: &[u8]) -> [u8; 32] {
    keyed_hash(house.passkeys(), &[b"question", asked.browser.as_bytes(), asked.member.as_bytes(), kept])
}
