//! Where names lead: overrides first, then DNS, and never to a private address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::public_address::is_public;

/// Every address of a name is private.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to a private address")]
pub(super) struct PrivateAddress;

/// The address that stands in for a name, if one does.
type StandIn = dyn Fn(&str) -> Option<SocketAddr> + Send + Sync;

/// Resolves at connect time, so a name that changes its mind later is checked again.
pub(super) struct Resolver {
    own: Arc<StandIn>,
}

impl Resolver {
    pub(super) fn new(own: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        Self { own: Arc::new(own) }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let own = (self.own)(name.as_str());
        Box::pin(async move {
            if let Some(address) = own {
                // The connector uses this port because our URLs name none.
                return Ok(Box::new(std::iter::once(address)) as Addrs);
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(only_public(found.map(|address| address.ip()))?.into_iter()) as Addrs)
        })
    }
}

fn only_public(found: impl Iterator<Item = IpAddr>) -> Result<Vec<SocketAddr>, PrivateAddress> {
    let found: Vec<IpAddr> = found.collect();
    let public: Vec<SocketAddr> =
        found.iter().filter(|address| is_public(**address)).map(|address| SocketAddr::new(*address, 0)).collect();
    if public.is_empty() && !found.is_empty() { Err(PrivateAddress) } else { Ok(public) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_dropped_and_only_private_ones_refused() {
        let [private, public]: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "3.211.0.1".parse().unwrap()];
        assert_eq!(only_public([private, public].into_iter()).unwrap(), [SocketAddr::new(public, 0)]);
        assert!(only_public([private].into_iter()).is_err());
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused() {
        let name: Name = "localhost".parse().unwrap();
        let error = Resolver::new(|_| None).resolve(name).await.err().unwrap();
        assert!(error.is::<PrivateAddress>());
    }
}
