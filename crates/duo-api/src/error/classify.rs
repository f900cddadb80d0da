//! Sorts Duo's refusals into errors.

use super::duo::{DuoError, Forbidden, Lost, Unauthorized};
use super::refusal::Refusal;
use crate::call::Call;

/// The error behind a refusal of this call. Rate limits are told apart before, because they are waited for.
pub(crate) fn refused(call: &Call, refusal: Refusal) -> DuoError {
    match refusal.status {
        401 => DuoError::Unauthorized { why: unauthorized(refusal.code), refusal },
        403 => {
            DuoError::Forbidden { why: forbidden(&refusal), api: call.signed_as(), grant: call.endpoint.grant, refusal }
        }
        404 => DuoError::NotFound(refusal),
        400..=499 => DuoError::Rejected(refusal),
        _ if call.endpoint.is_read() => DuoError::ServerFault(refusal),
        _ => DuoError::OutcomeUnknown(Lost::ServerFault(refusal)),
    }
}

fn unauthorized(code: u32) -> Unauthorized {
    match code {
        40102 => Unauthorized::IntegrationKey,
        40103 => Unauthorized::Signature,
        40104 | 40105 => Unauthorized::Timestamp,
        _ => Unauthorized::Other,
    }
}

fn forbidden(refusal: &Refusal) -> Forbidden {
    let names_type = |text: &str| text.to_ascii_lowercase().contains("wrong integration type");
    if names_type(&refusal.message) || refusal.detail.as_deref().is_some_and(names_type) {
        Forbidden::WrongApplication
    } else {
        Forbidden::Access
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::call::Budget;
    use crate::catalog::catalog;

    fn refusal(status: u16, code: u32, detail: Option<&str>) -> Refusal {
        Refusal { status, code, message: "no".to_owned(), detail: detail.map(str::to_owned) }
    }

    fn call(id: &str, arguments: &[(&str, &str)]) -> Call {
        let arguments: Map<_, _> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Call { endpoint: catalog().get(id).unwrap(), params: arguments.into(), account: None, budget: Budget::ORDINARY }
    }

    #[test]
    fn every_kind_of_refusal_is_told_apart() {
        let (read, write) = (call("users_list", &[]), call("users_create", &[("username", "a")]));
        for (code, why) in
            [(40102, Unauthorized::IntegrationKey), (40103, Unauthorized::Signature), (40105, Unauthorized::Timestamp)]
        {
            let error = refused(&read, refusal(401, code, None));
            assert!(matches!(error, DuoError::Unauthorized { why: got, .. } if got == why));
        }
        let wrong = refused(&read, refusal(403, 40301, Some("Wrong integration type for this API.")));
        assert!(wrong.to_string().starts_with("these are not the keys of an Admin API application"));
        let grant = refused(&write, refusal(403, 40301, None)).to_string();
        assert!(grant.contains("Grant resource - Write"), "{grant}");
        assert!(matches!(refused(&read, refusal(404, 40401, None)), DuoError::NotFound(_)));
        assert!(matches!(refused(&write, refusal(400, 40003, None)), DuoError::Rejected(_)));
        assert!(refused(&read, refusal(500, 50001, None)).retryable());
        let lost = refused(&write, refusal(500, 50001, None));
        assert!(matches!(lost, DuoError::OutcomeUnknown(Lost::ServerFault(_))) && !lost.retryable());
    }
}
