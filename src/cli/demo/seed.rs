//! The demo's tenant, registered by the same acts as a real one.

use std::path::Path;

use anyhow::Context;
use duo_api::{Api, SignatureVersion};
use duo_simulator::Application;

use super::children::names_and_ids;
use super::facts::Applications;
use super::kept::Kept;
use super::people;
use crate::domain::actor::Actor;
use crate::domain::card::Level;
use crate::domain::connection::AuthDefaults;
use crate::domain::ids::TenantId;
use crate::domain::member::Member;
use crate::domain::scope::Scopes;
use crate::domain::standing::NewStanding;
use crate::server::Parts;
use crate::tenants::{Holder, NewApiKey, NewConnection, NewCredential, TenantError, Verify};

/// The public names that users of existing Duo tool servers know.
const EIGHTEEN: [&str; 18] = [
    "auth",
    "auth_status",
    "bulk_create_users",
    "check_auth",
    "create_account",
    "create_user",
    "delete_account",
    "get_billing_edition",
    "get_telephony_credits",
    "list_accounts",
    "list_users",
    "modify_user",
    "ping_auth",
    "preauth",
    "restore_users",
    "set_billing_edition",
    "set_telephony_credits",
    "trash_users",
];
/// Ten years: a demo that is started again should not find its keys run out.
const DAYS: i64 = 3650;
/// What the `account` argument calls the parent account.
const CONNECTION: &str = "main";

/// The keys of an earlier start, or a tenant and keys made now.
pub(super) async fn seed(parts: &Parts, dir: &Path, duo: &Applications) -> anyhow::Result<Kept> {
    if let Some(mut kept) = Kept::read(dir)?
        && parts.store.tenants.find(&kept.tenant_id).await?.is_some()
    {
        if people::bring_up_to_date(parts, &mut kept).await? {
            kept.write(dir)?;
        }
        return Ok(kept);
    }
    let tenant = tenant(parts).await?;
    let connection = NewConnection {
        name: CONNECTION.to_owned(),
        label: Some("Demo parent account".to_owned()),
        host: duo.admin.host.clone(),
        defaults: AuthDefaults::default(),
    };
    parts.acts.put_connection(&tenant, &connection, &Actor::Console).await?;
    for (api, application) in [(Api::Auth, &duo.auth), (Api::Admin, &duo.admin), (Api::Accounts, &duo.accounts)] {
        put_credential(parts, &tenant, api, application).await?;
    }
    let kept = keys(parts, tenant, standing(parts, &duo.accounts).await?).await?;
    kept.write(dir)?;
    Ok(kept)
}

/// The tenant; an earlier start may have been interrupted after making it.
async fn tenant(parts: &Parts) -> anyhow::Result<TenantId> {
    match parts.acts.find_tenant("demo").await {
        Err(TenantError::Unknown) => Ok(parts.acts.register_tenant("demo", "Demo", &Actor::Console).await?.id),
        found => Ok(found?.id),
    }
}

async fn put_credential(parts: &Parts, tenant: &TenantId, api: Api, application: &Application) -> anyhow::Result<()> {
    let (ikey, skey, signature) = (&application.ikey, &application.skey, SignatureVersion::default());
    let new = NewCredential { api, ikey, skey, signature, verify: Verify::Now };
    let stored = parts.acts.put_credential(tenant, CONNECTION, new, &Actor::Console).await;
    stored.with_context(|| format!("the simulated Duo does not take its own {} keys", api.title()))?;
    Ok(())
}

/// A yes in advance for the eighteen tools, on the parent and its children.
async fn standing(parts: &Parts, accounts: &Application) -> anyhow::Result<NewStanding> {
    let children = names_and_ids(parts, accounts).await?;
    Ok(NewStanding {
        tools: EIGHTEEN.map(str::to_owned).to_vec(),
        accounts: std::iter::once(CONNECTION.to_owned()).chain(children).collect(),
        up_to: Level::L3,
        max_objects: 100,
        per_hour: 10_000,
        expires_at: parts.clock.now().plus_seconds(DAYS * 86_400),
    })
}

async fn keys(parts: &Parts, tenant_id: TenantId, standing: NewStanding) -> anyhow::Result<Kept> {
    let people = people::people(parts, &tenant_id).await?;
    let make = async |name: &str, member: &Member, scopes: Scopes, standing: Vec<NewStanding>| {
        let (name, holder) = (name.to_owned(), Holder::Member(member.id.clone()));
        let new = NewApiKey { name, holder, scopes, standing, days: Some(DAYS) };
        let made = parts.acts.create_key(&tenant_id, &new, &Actor::Console).await;
        made.map(|(_, token)| token.expose().to_owned())
    };
    Ok(Kept {
        api_key: make("demo", &people.owner, Scopes::all(), Vec::new()).await?,
        unattended_api_key: make("unattended", &people.agent, Scopes::all(), vec![standing]).await?,
        read_only_api_key: make("read-only", &people.help_desk, Scopes::read_only(), Vec::new()).await?,
        owner_key: people::owner_key(parts, &people.owner).await?,
        invite: people::invite(parts, &tenant_id).await?,
        operator_key: parts.operators.create("Demo operator").await?.0.expose().to_owned(),
        tenant_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::catalog;

    #[test]
    fn each_of_the_eighteen_is_a_tool() {
        for name in EIGHTEEN {
            assert!(catalog::find(name).is_some(), "{name}");
        }
    }
}
