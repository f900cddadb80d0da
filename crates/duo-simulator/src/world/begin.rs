//! The start of a login: who may, with which device, and what happens at once.

use super::account::{Account, World};
use super::device::Phone;
use super::logbook::Dialled;
use super::login::{Factor, FinalState, Login, LoginRequest, State};
use super::script::{ScriptOutcome, take_script};
use super::user::{Status, User};
use crate::reply::Refusal;
use crate::rule::{Rule, broken};

/// What the caller of `auth` asked for.
#[derive(Debug, Clone)]
pub(crate) struct Begin {
    pub(crate) user_id: String,
    /// `auto`, `push`, `phone`, `sms` or `passcode`.
    pub(crate) factor: String,
    /// A device id or `auto`.
    pub(crate) device: String,
    pub(crate) passcode: String,
    pub(crate) request: LoginRequest,
    /// How long a person has.
    pub(crate) timeout_ms: i64,
}

/// How long a called phone rings before it is picked up.
const RINGING_MS: i64 = 400;

impl World {
    /// Starts a login and gives its transaction id.
    pub(crate) fn begin_login(&mut self, account_id: &str, begin: &Begin, now_ms: i64) -> Result<String, Refusal> {
        let txid = self.random.uuid();
        let codes: Vec<String> = (0..10).map(|_| self.random.digits(7)).collect();
        let account = self.accounts.get_mut(account_id).ok_or_else(Refusal::not_found)?;
        let user = account.users.get(&begin.user_id).ok_or_else(|| Refusal::invalid("username"))?;
        let at_once = match account.effective_status(user) {
            Status::Bypass => Some(FinalState::Bypass),
            Status::Disabled if broken(Rule::DisabledDenied) => None,
            Status::Disabled | Status::PendingDeletion => Some(FinalState::Deny),
            Status::LockedOut => Some(FinalState::LockedOut),
            Status::Active => None,
        };
        let (factor, phone) = match at_once {
            Some(_) => (wanted_factor(&begin.factor), None),
            None => choose(account, user, begin)?,
        };
        let mut login = new_login(txid.clone(), user, factor, phone.as_ref(), begin, now_ms);
        let names: Vec<&str> = user.names().chain([user.user_id.as_str()]).collect();
        let interactive = at_once.is_none() && matches!(factor, Factor::Push | Factor::Phone);
        if interactive {
            let device = login.device_id.clone().unwrap_or_default();
            let word = if factor == Factor::Push { "push" } else { "phone" };
            login.plan = take_script(&mut self.scripts, &names, &device, word).map(|(o, after)| (now_ms + after, o));
            if matches!(login.plan, Some((_, ScriptOutcome::Wait))) {
                login.plan = None;
            }
        }
        account.logins.insert(txid.clone(), login);
        let end = at_once.or_else(|| match factor {
            Factor::Passcode => Some(account.try_passcode(&begin.user_id, &begin.passcode, now_ms)),
            Factor::Sms => Some(account.send_passcodes(&begin.user_id, codes.clone())),
            Factor::Push | Factor::Phone => None,
        });
        let number = phone.map(|p| p.number).unwrap_or_default();
        let kind = match factor {
            Factor::Sms => Some("sms"),
            Factor::Phone => Some("phone"),
            Factor::Push | Factor::Passcode => None,
        };
        if let Some(kind) = kind.filter(|_| at_once.is_none()) {
            let dialled = Dialled { kind, context: "authentication", number: &number, txid: Some(&txid) };
            self.log_dialled(account_id, dialled, now_ms);
        }
        if factor == Factor::Sms && end == Some(FinalState::Sent) {
            self.sent.push(serde_json::json!({"kind": "sms_passcodes", "to": number, "codes": codes, "at_ms": now_ms}));
        }
        if let Some(end) = end {
            self.finish_login(account_id, &txid, end, now_ms);
        }
        // A script without delay has its effect at once, yet after the "pushed" that a caller may see first.
        Ok(txid)
    }
}

fn wanted_factor(word: &str) -> Factor {
    match word {
        "phone" => Factor::Phone,
        "sms" => Factor::Sms,
        "passcode" => Factor::Passcode,
        _ => Factor::Push,
    }
}

fn choose(account: &Account, user: &User, begin: &Begin) -> Result<(Factor, Option<Phone>), Refusal> {
    let phones: Vec<&Phone> = user.phones.iter().filter_map(|id| account.phones.get(id)).collect();
    let usable = |capability: &str| {
        phones.iter().find(|p| (begin.device == "auto" || p.phone_id == begin.device) && p.can(capability)).copied()
    };
    if begin.device != "auto" && begin.factor != "passcode" && !phones.iter().any(|p| p.phone_id == begin.device) {
        return Err(Refusal::invalid("device"));
    }
    let none = || Refusal::invalid("no capable device");
    match begin.factor.as_str() {
        "passcode" => Ok((Factor::Passcode, None)),
        "push" => usable("push").map(|p| (Factor::Push, Some(p.clone()))).ok_or_else(none),
        "phone" => usable("phone").map(|p| (Factor::Phone, Some(p.clone()))).ok_or_else(none),
        "sms" => usable("sms").map(|p| (Factor::Sms, Some(p.clone()))).ok_or_else(none),
        "auto" => usable("push")
            .map(|p| (Factor::Push, Some(p.clone())))
            .or_else(|| usable("phone").map(|p| (Factor::Phone, Some(p.clone()))))
            .ok_or_else(none),
        _ => Err(Refusal::invalid("factor")),
    }
}

fn new_login(txid: String, user: &User, factor: Factor, phone: Option<&Phone>, begin: &Begin, now_ms: i64) -> Login {
    Login {
        txid,
        user_id: user.user_id.clone(),
        username: user.username.clone(),
        factor,
        device_id: phone.map(|p| p.phone_id.clone()),
        device_name: phone.map(|p| if p.number.is_empty() { p.name.clone() } else { p.masked() }).unwrap_or_default(),
        request: begin.request.clone(),
        created_ms: now_ms,
        deadline_ms: now_ms + begin.timeout_ms,
        finished_ms: None,
        state: if factor == Factor::Phone { State::Calling } else { State::Pushed },
        version: 1,
        reported: 0,
        plan: None,
        answer_ms: (factor == Factor::Phone).then_some(now_ms + RINGING_MS),
    }
}

impl Account {
    fn try_passcode(&mut self, user_id: &str, passcode: &str, now_ms: i64) -> FinalState {
        if self.consume_bypass_code(user_id, passcode, now_ms) {
            return FinalState::Allow;
        }
        let Some(user) = self.users.get_mut(user_id) else { return FinalState::WrongPasscode };
        let before = user.sms_passcodes.len();
        user.sms_passcodes.retain(|code| code != passcode);
        if user.sms_passcodes.len() < before || broken(Rule::WrongPasscodeDenied) {
            FinalState::Allow
        } else {
            FinalState::WrongPasscode
        }
    }

    fn send_passcodes(&mut self, user_id: &str, codes: Vec<String>) -> FinalState {
        self.credits -= i64::from(self.credits > 0);
        if let Some(user) = self.users.get_mut(user_id) {
            user.sms_passcodes = codes;
        }
        FinalState::Sent
    }
}
