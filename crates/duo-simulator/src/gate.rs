//! Who may pass: the checks of a call, in Duo's order.

use crate::reply::Refusal;
use crate::routes::{Need, Params, Route};
use crate::rule::{Rule, broken};
use crate::verify::{SignedRequest, Version, check_date, credentials, verify};
use crate::world::{Account, Application, ApplicationKind, World};

/// A call that passed.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) application: Application,
    /// The account that the call concerns.
    pub(crate) account_id: String,
    pub(crate) version: Version,
}

/// Checks a signed call. Parameters are read by the caller, because the host rule looks at `account_id`;
/// what is wrong with them is told only once key and date are right.
pub(crate) fn admit(
    world: &World,
    route: &Route,
    request: &SignedRequest<'_>,
    params: &Result<Params, Refusal>,
    now_ms: i64,
) -> Result<Admitted, Refusal> {
    let shown = credentials(request.headers)?;
    let application = world.application(&shown.ikey).ok_or_else(Refusal::unknown_key)?;
    let loopback = is_loopback(request.host);
    if !loopback && !known_at(world, application, request.host) && !broken(Rule::KeyKnownAtHost) {
        return Err(Refusal::unknown_key());
    }
    check_date(request.headers, now_ms)?;
    let params = params.as_ref().map_err(Clone::clone)?;
    let version = verify(request, &shown.signature, &application.skey)?;
    if route.v5_only && version != Version::Five && !broken(Rule::VersionFiveOnly) {
        return Err(Refusal::bad_signature());
    }
    // The Accounts API's own calls are the parent's, also when they are about a child.
    let child = if matches!(route.need, Need::Accounts) { None } else { child_of(world, application, params) };
    if let Some(child) = child
        && !loopback
        && !child.host.eq_ignore_ascii_case(request.host)
        && !broken(Rule::ChildAtItsHost)
    {
        return Err(Refusal::forbidden());
    }
    check_kind(application, route.need, child.is_some())?;
    if child.is_none() && !loopback && !application.host.eq_ignore_ascii_case(request.host) {
        return Err(Refusal::forbidden());
    }
    let account_id = child.map_or_else(|| application.account_id.clone(), |child| child.account_id.clone());
    Ok(Admitted { application: application.clone(), account_id, version })
}

/// A host under which everything is served, because no name of Duo's can be had there.
pub(crate) fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1")
}

/// A key is known at its account's host; an Accounts key also at those of the children.
fn known_at(world: &World, application: &Application, host: &str) -> bool {
    let children = application.kind == ApplicationKind::Accounts;
    application.host.eq_ignore_ascii_case(host)
        || (children && world.account_at(host).is_some_and(|account| account.account_id != world.parent_id))
}

/// The child that an Accounts key names with `account_id`.
fn child_of<'a>(world: &'a World, application: &Application, params: &Params) -> Option<&'a Account> {
    if application.kind != ApplicationKind::Accounts {
        return None;
    }
    let account_id = params.filled("account_id")?;
    world.account(&account_id).filter(|account| account.account_id != world.parent_id)
}

fn check_kind(application: &Application, need: Need, child: bool) -> Result<(), Refusal> {
    let right = match need {
        Need::Nothing => true,
        Need::Auth => application.kind == ApplicationKind::Auth,
        Need::Accounts => application.kind == ApplicationKind::Accounts,
        Need::Billing | Need::Admin(_) if application.kind == ApplicationKind::Accounts => {
            return match need {
                Need::Billing if !(application.billing || broken(Rule::BillingEnabled)) || !child => {
                    Err(Refusal::forbidden())
                }
                _ if !child => Err(Refusal::wrong_type()),
                _ => Ok(()),
            };
        }
        Need::Billing => false,
        Need::Admin(_) => application.kind == ApplicationKind::Admin,
    };
    if !right && !broken(Rule::KindOfKey) {
        return Err(Refusal::wrong_type());
    }
    match need {
        Need::Admin(grant) if !application.may(grant) => Err(Refusal::forbidden()),
        _ => Ok(()),
    }
}
