//! `auth` and `auth_status`: starting a login, and waiting for what comes of it.

use std::time::Duration;

use serde_json::json;

use super::auth::named_user;
use super::call::Call;
use crate::engine::Engine;
use crate::reply::{Answer, Outcome, Refusal};
use crate::rule::{Rule, broken};
use crate::world::{Begin, Login, LoginRequest, World};

/// Starts a login. Says its id and whether the caller wants to wait for the end.
pub(crate) fn start_auth(call: &mut Call<'_>) -> Result<(String, bool), Refusal> {
    let factor = call.params.required("factor")?;
    if !["auto", "push", "passcode", "sms", "phone"].contains(&factor.as_str()) {
        return Err(Refusal::invalid("factor"));
    }
    let text = |name: &str| call.params.text(name).unwrap_or_default();
    if factor == "passcode" {
        call.params.required("passcode")?;
    } else if call.params.filled("device").is_none() {
        return Err(Refusal::missing("device"));
    }
    if text("pushinfo").len() >= 20_000 {
        return Err(Refusal::invalid("pushinfo"));
    }
    let waits = !call.params.flag("async")?.unwrap_or(false);
    let user_id = named_user(call)?.map(|user| user.user_id.clone()).ok_or_else(|| Refusal::invalid("username"))?;
    let begin = Begin {
        user_id,
        factor,
        device: text("device"),
        passcode: text("passcode"),
        request: LoginRequest {
            ikey: call.application.ikey.clone(),
            application: call.application.name.clone(),
            kind: text("type"),
            display_username: text("display_username"),
            pushinfo: text("pushinfo"),
            ipaddr: text("ipaddr"),
            hostname: text("hostname"),
        },
        timeout_ms: call.login_timeout_ms,
    };
    let txid = call.world.begin_login(&call.account_id, &begin, call.now_ms)?;
    Ok((txid, waits))
}

/// Waits until the login is over: the answer of a call of `auth` that is not asynchronous.
pub(crate) async fn wait_for_end(engine: &Engine, account_id: &str, txid: &str) -> Outcome {
    loop {
        let changed = engine.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let wait_ms = {
            let now_ms = engine.clock.now_ms();
            let mut world = engine.world();
            world.advance_logins(now_ms);
            let login = find(&mut world, account_id, txid)?;
            if login.is_final() {
                login.reported = login.version;
                return Ok(show(login));
            }
            login.next_due_ms() - now_ms
        };
        wait(changed, wait_ms).await;
    }
}

/// Answers with the next change that no poll has seen, waiting for it if need be.
pub(crate) async fn auth_status(engine: &Engine, account_id: &str, txid: &str) -> Outcome {
    let options = engine.options();
    let until_ms = engine.clock.now_ms() + options.poll_ms;
    loop {
        let changed = engine.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let wait_ms = {
            let now_ms = engine.clock.now_ms();
            let mut world = engine.world();
            world.advance_logins(now_ms);
            let login = find(&mut world, account_id, txid)?;
            if login.version > login.reported || login.is_final() || broken(Rule::PollWaits) {
                login.reported = login.version;
                return Ok(show(login));
            }
            if now_ms >= until_ms {
                return if options.poll_refuses { Err(Refusal::invalid("txid")) } else { Ok(show(login)) };
            }
            login.next_due_ms().min(until_ms) - now_ms
        };
        wait(changed, wait_ms).await;
    }
}

async fn wait(changed: std::pin::Pin<&mut tokio::sync::futures::Notified<'_>>, wait_ms: i64) {
    let most = Duration::from_millis(u64::try_from(wait_ms.clamp(1, 60_000)).unwrap_or(1));
    // Either way the caller looks again.
    let _ = tokio::time::timeout(most, changed).await;
}

fn find<'a>(world: &'a mut World, account_id: &str, txid: &str) -> Result<&'a mut Login, Refusal> {
    let account = world.account_mut(account_id).ok_or_else(Refusal::not_found)?;
    account.logins.get_mut(txid).ok_or_else(|| Refusal::invalid("txid"))
}

fn show(login: &Login) -> Answer {
    let (result, status, text) = login.words();
    Answer::Json(json!({"result": result, "status": status, "status_msg": text}))
}
