//! Sign-ins that let nobody in, written down where it is known whose way in it was.

use std::fmt::Display;

use super::super::acts::Acts;
use super::super::error::TenantError;
use crate::domain::actor::Actor;
use crate::domain::audit::AuditOutcome;
use crate::domain::member::Member;

impl Acts {
    /// Writes down that somebody showed what is this member's and opens nothing: an owner key that ran out, a passkey
    /// that does not verify, a link that is over. Who it was is not known. Once a minute for each member and reason, so that whoever goes on
    /// trying does not fill the log; a guess of what is nobody's has no tenant and leaves no row.
    pub(in crate::tenants) async fn note_refused_sign_in(
        &self,
        member: &Member,
        shown: Option<&(dyn Display + Sync)>,
        code: &'static str,
    ) -> Result<(), TenantError> {
        if !self.refused_sign_ins.is_news(&(member.id.clone(), code), self.clock.now()) {
            return Ok(());
        }
        let objects = [Some(member.id.to_string()), shown.map(ToString::to_string)].into_iter().flatten().collect();
        let mut event = self.event("member.sign_in", &Actor::House, Some(&member.tenant), objects)?;
        event.outcome = AuditOutcome::Denied;
        event.code = Some(code.to_owned());
        Ok(self.store.audit.append(&[event]).await?)
    }
}
