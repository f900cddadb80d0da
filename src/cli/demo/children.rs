//! The parent's child accounts, as the simulated Duo lists them.

use anyhow::Context;
use duo_api::model::ChildAccount;
use duo_api::{
    Api, ApiHost, Budget, Call, Credential, EndpointId, IntegrationKey, Keys, KeysUnavailable, Params, SecretKey,
    SignatureVersion,
};
use duo_simulator::Application;

use crate::server::Parts;

/// The simulator's Accounts keys, which are no secret.
struct SimulatorKeys<'a>(&'a Application);

impl Keys for SimulatorKeys<'_> {
    fn open(&self) -> Result<Credential, KeysUnavailable> {
        let odd = |_| KeysUnavailable::new("the simulator's keys have an odd shape");
        Ok(Credential {
            api: Api::Accounts,
            host: ApiHost::parse(&self.0.host).map_err(|_| KeysUnavailable::new("the simulator's host is odd"))?,
            key: IntegrationKey::parse(&self.0.ikey).map_err(odd)?,
            secret: SecretKey::parse(&self.0.skey).map_err(odd)?,
            signature: SignatureVersion::V5,
        })
    }
}

/// Name and id of every child account.
pub(super) async fn names_and_ids(parts: &Parts, accounts: &Application) -> anyhow::Result<Vec<String>> {
    let endpoint = EndpointId("accounts_list").endpoint().context("the catalogue has no accounts_list")?;
    let call = Call { endpoint, params: Params::default(), account: None, budget: Budget::ORDINARY };
    let answer = parts.duo.send(&SimulatorKeys(accounts), &call).await?;
    let children: Vec<ChildAccount> = answer.parse()?;
    Ok(children.into_iter().flat_map(|child| [child.name, child.account_id]).collect())
}
