//! Bypass codes: shown once, kept as a digest, used up and expiring.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::account::Account;
use crate::rule::{Rule, broken};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BypassCode {
    pub(crate) bypass_code_id: String,
    pub(crate) user_id: String,
    pub(crate) digest: String,
    pub(crate) created_ms: i64,
    /// Never, if absent.
    pub(crate) expires_ms: Option<i64>,
    /// Uses left; without end, if absent.
    pub(crate) uses: Option<i64>,
    pub(crate) admin_email: String,
}

/// How a bypass code is kept.
pub(crate) fn digest(code: &str) -> String {
    crate::verify::hex(&Sha256::digest(code.as_bytes()))
}

fn holds(code: &BypassCode, now_ms: i64) -> bool {
    code.expires_ms.is_none_or(|at| at > now_ms) || broken(Rule::CodeExpires)
}

impl Account {
    /// Uses a bypass code up, if this is one of the user's that still holds.
    pub(crate) fn consume_bypass_code(&mut self, user_id: &str, code: &str, now_ms: i64) -> bool {
        let wanted = digest(code);
        let found = self
            .bypass_codes
            .values_mut()
            .find(|kept| kept.user_id == user_id && kept.digest == wanted && holds(kept, now_ms));
        let Some(kept) = found else { return false };
        if let Some(uses) = &mut kept.uses {
            *uses -= 1;
            if *uses <= 0 && !broken(Rule::CodeUsedUp) {
                let id = kept.bypass_code_id.clone();
                self.bypass_codes.remove(&id);
            }
        }
        true
    }

    /// Forgets codes whose time is over.
    pub(crate) fn expire_bypass_codes(&mut self, now_ms: i64) {
        self.bypass_codes.retain(|_, code| holds(code, now_ms));
    }
}
