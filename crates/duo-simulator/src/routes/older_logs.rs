//! Logs in their first version, which older clients and the examples of Duo read.

use serde_json::{Value, json};

use super::call::Call;
use crate::clock::secs;
use crate::reply::{Answer, Outcome};
use crate::world::{LogRow, Logbook};

const MOST: usize = 1000;

/// Changes that administrators made.
pub(super) fn administrator(call: &mut Call<'_>) -> Outcome {
    oldest(call, |logs| &logs.administrator, |row| row.row.clone())
}

pub(super) fn authentication(call: &mut Call<'_>) -> Outcome {
    oldest(
        call,
        |logs| &logs.authentication,
        |row| {
            let at = |pointer: &str| row.row.pointer(pointer).cloned().unwrap_or_default();
            let result = match row.row["result"].as_str() {
                Some("success") => "SUCCESS",
                Some("fraud") => "FRAUD",
                _ => "FAILURE",
            };
            json!({
                "timestamp": secs(row.at_ms),
                "isotimestamp": at("/isotimestamp"),
                "username": at("/user/name"),
                "factor": at("/factor"),
                "result": result,
                "reason": at("/reason"),
                "ip": at("/access_device/ip"),
                "integration": at("/application/name"),
                "device": at("/auth_device/name"),
                "location": at("/access_device/location"),
                "new_enrollment": false,
            })
        },
    )
}

/// Calls and messages that cost credits.
pub(super) fn telephony(call: &mut Call<'_>) -> Outcome {
    oldest(
        call,
        |logs| &logs.telephony,
        |row| {
            let at = |name: &str| row.row[name].clone();
            json!({
                "timestamp": secs(row.at_ms),
                "isotimestamp": at("ts"),
                "context": at("context"),
                "type": at("type"),
                "phone": at("phone"),
                "credits": at("credits"),
            })
        },
    )
}

/// The thousand oldest since `mintime`, which is in seconds here.
fn oldest(call: &Call<'_>, of: impl Fn(&Logbook) -> &Vec<LogRow>, show: impl Fn(&LogRow) -> Value) -> Outcome {
    let since = call.params.number("mintime")?.unwrap_or(0);
    let newest = call.now_ms - call.log_delay_ms;
    let rows = of(&call.account()?.logs).iter();
    let rows = rows.filter(|row| secs(row.at_ms) >= since && row.at_ms <= newest).take(MOST);
    Ok(Answer::Json(rows.map(show).collect()))
}
