//! A login in progress: its states, its end, and what the end does to the user.

use serde::{Deserialize, Serialize};

use super::account::World;
use super::history::{AuthRow, auth_row};
use super::script::ScriptOutcome;
use super::user::Status;
use crate::rule::{Rule, broken};

/// How somebody proves themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Factor {
    Push,
    Phone,
    Sms,
    Passcode,
}

/// How a login ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FinalState {
    Allow,
    Bypass,
    Deny,
    WrongPasscode,
    Timeout,
    Fraud,
    LockedOut,
    Sent,
}

/// Where a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Pushed,
    PushFailed,
    Calling,
    Answered,
    Final(FinalState),
}

/// What a person presses on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Press {
    Approve,
    Deny,
    Fraud,
}

/// What the caller said about the login.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LoginRequest {
    pub(crate) ikey: String,
    pub(crate) application: String,
    pub(crate) kind: String,
    pub(crate) display_username: String,
    pub(crate) pushinfo: String,
    pub(crate) ipaddr: String,
    pub(crate) hostname: String,
}

/// One call of `auth`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) txid: String,
    pub(crate) user_id: String,
    pub(crate) username: String,
    pub(crate) factor: Factor,
    pub(crate) device_id: Option<String>,
    pub(crate) device_name: String,
    pub(crate) request: LoginRequest,
    pub(crate) created_ms: i64,
    pub(crate) deadline_ms: i64,
    pub(crate) finished_ms: Option<i64>,
    pub(crate) state: State,
    /// Counts the changes of state; a poll is answered when it has not seen the last.
    pub(crate) version: u32,
    pub(crate) reported: u32,
    /// What a script has the person do, and when.
    pub(crate) plan: Option<(i64, ScriptOutcome)>,
    /// When somebody picks up a ringing phone.
    pub(crate) answer_ms: Option<i64>,
}

/// How long the final answer is repeated before the transaction is forgotten.
pub(crate) const FINAL_KEPT_MS: i64 = 120_000;
/// Failed logins in a row after which Duo locks a user out, unless the settings say otherwise.
const LOCKOUT_THRESHOLD: i64 = 10;

impl Login {
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.state, State::Final(_))
    }

    /// `result`, `status` and `status_msg` of Duo's answer.
    pub(crate) fn words(&self) -> (&'static str, &'static str, String) {
        let (result, status, text) = match self.state {
            State::Pushed => ("waiting", "pushed", "Pushed a login request to your device..."),
            State::PushFailed => ("waiting", "push_failed", "We were unable to send a push to your device."),
            State::Calling => return ("waiting", "calling", format!("Dialing {}...", self.device_name)),
            State::Answered => ("waiting", "answered", "Answered. Press any key on your phone to log in."),
            State::Final(FinalState::Allow) => ("allow", "allow", "Success. Logging you in..."),
            State::Final(FinalState::Bypass) => ("allow", "bypass", "Success. Logging you in..."),
            State::Final(FinalState::Deny) if self.factor == Factor::Phone => ("deny", "deny", "No keypress detected."),
            State::Final(FinalState::Deny) => ("deny", "deny", "Login request denied."),
            State::Final(FinalState::WrongPasscode) => ("deny", "deny", "Incorrect passcode. Please try again."),
            State::Final(FinalState::Timeout) => ("deny", "timeout", "Login timed out."),
            State::Final(FinalState::Fraud) => ("deny", "fraud", "Login request reported as fraudulent."),
            State::Final(FinalState::LockedOut) => {
                ("deny", "locked_out", "Your account has been locked out due to excessive authentication failures.")
            }
            State::Final(FinalState::Sent) if broken(Rule::SmsNeverAllows) => ("allow", "allow", "Success."),
            State::Final(FinalState::Sent) => ("deny", "sent", "New SMS passcodes sent."),
        };
        (result, status, text.to_owned())
    }

    fn change(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.version += 1;
        }
    }

    /// When this login next changes without anybody doing anything.
    pub(crate) fn next_due_ms(&self) -> i64 {
        let planned = self.plan.map_or(i64::MAX, |(at, _)| at);
        self.deadline_ms.min(planned).min(self.answer_ms.unwrap_or(i64::MAX))
    }
}

impl World {
    /// Lets time do its work on every login; true if any changed.
    pub(crate) fn advance_logins(&mut self, now_ms: i64) -> bool {
        let mut changed = false;
        for account_id in self.accounts.keys().cloned().collect::<Vec<_>>() {
            let Some(account) = self.accounts.get_mut(&account_id) else { continue };
            let kept = |at: i64| at + FINAL_KEPT_MS > now_ms || broken(Rule::EndForgotten);
            account.logins.retain(|_, login| login.finished_ms.is_none_or(kept));
            let due: Vec<String> = account
                .logins
                .values()
                .filter(|login| !login.is_final() && login.next_due_ms() <= now_ms)
                .map(|login| login.txid.clone())
                .collect();
            for txid in due {
                changed |= self.advance_login(&account_id, &txid, now_ms);
            }
        }
        changed
    }

    fn advance_login(&mut self, account_id: &str, txid: &str, now_ms: i64) -> bool {
        let Some(login) = self.accounts.get_mut(account_id).and_then(|a| a.logins.get_mut(txid)) else { return false };
        if login.answer_ms.is_some_and(|at| at <= now_ms) {
            login.answer_ms = None;
            login.change(State::Answered);
        }
        let planned = login.plan.filter(|(at, _)| *at <= now_ms).map(|(_, outcome)| outcome);
        let expired = login.deadline_ms <= now_ms;
        if planned.is_some() {
            login.plan = None;
        }
        let end = match planned {
            Some(ScriptOutcome::Approve) => Some(FinalState::Allow),
            Some(ScriptOutcome::Deny) => Some(FinalState::Deny),
            Some(ScriptOutcome::Fraud) => Some(FinalState::Fraud),
            Some(ScriptOutcome::Lockout) => Some(FinalState::LockedOut),
            Some(ScriptOutcome::PushFailed) => {
                login.change(State::PushFailed);
                None
            }
            Some(ScriptOutcome::Timeout | ScriptOutcome::Wait) | None => None,
        };
        let unanswered = if broken(Rule::PushTimesOut) { FinalState::Deny } else { FinalState::Timeout };
        match end.or_else(|| expired.then_some(unanswered)) {
            Some(end) => self.finish_login(account_id, txid, end, now_ms),
            None => true,
        }
    }

    /// A person presses a button; false if there is nothing to press any more.
    pub(crate) fn press(&mut self, txid: &str, press: Press, now_ms: i64) -> bool {
        let holder = self.accounts.values().find(|a| a.logins.contains_key(txid)).map(|a| a.account_id.clone());
        let Some(account_id) = holder else { return false };
        let end = match press {
            Press::Approve => FinalState::Allow,
            Press::Deny => FinalState::Deny,
            Press::Fraud if broken(Rule::FraudTold) => FinalState::Deny,
            Press::Fraud => FinalState::Fraud,
        };
        self.finish_login(&account_id, txid, end, now_ms)
    }

    /// Ends a login: its last state, the user's counters, the log row.
    pub(crate) fn finish_login(&mut self, account_id: &str, txid: &str, end: FinalState, now_ms: i64) -> bool {
        let Some(account) = self.accounts.get_mut(account_id) else { return false };
        let threshold = account.settings.get("lockout_threshold").and_then(serde_json::Value::as_i64);
        let Some(login) = account.logins.get_mut(txid).filter(|login| !login.is_final()) else { return false };
        let mut end = end;
        if let Some(user) = account.users.get_mut(&login.user_id) {
            match end {
                FinalState::Allow | FinalState::Bypass => {
                    user.failures = 0;
                    user.last_login_ms = Some(now_ms);
                }
                FinalState::Sent => {}
                FinalState::LockedOut => user.status = Status::LockedOut,
                _ => {
                    user.failures += 1;
                    let last = i64::from(user.failures) >= threshold.unwrap_or(LOCKOUT_THRESHOLD);
                    if last && !broken(Rule::LockedAfterTen) {
                        user.status = Status::LockedOut;
                        end = FinalState::LockedOut;
                    }
                }
            }
            if user.status == Status::LockedOut {
                user.lockout_reason = Some("Failed Attempts".to_owned());
            }
        }
        login.change(State::Final(end));
        login.finished_ms = Some(now_ms);
        let row = AuthRow::of_login(login, end, now_ms);
        if let Some(row) = auth_row(account, &row) {
            account.logs.authentication.push(row);
        }
        true
    }
}
