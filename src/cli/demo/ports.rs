//! The five ports of the demo.

use anyhow::bail;

/// What moves every port, for the message about one that is taken.
pub(super) const FLAG: &str = "--port-base (0 takes free ports)";

/// The five ports; 0 takes a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DemoPorts {
    pub(super) public: u16,
    pub(super) keys: u16,
    pub(super) admin: u16,
    pub(super) simulator_http: u16,
    pub(super) simulator_https: u16,
}

impl DemoPorts {
    /// The ports that follow from the first.
    pub(super) fn from_base(base: u16) -> anyhow::Result<Self> {
        let at = |offset: u16| if base == 0 { Some(0) } else { base.checked_add(offset) };
        match (at(0), at(1), at(2), at(10), at(11)) {
            (Some(public), Some(keys), Some(admin), Some(simulator_http), Some(simulator_https)) => {
                Ok(Self { public, keys, admin, simulator_http, simulator_https })
            }
            _ => bail!("--port-base is 0 or at most 65524, so that eleven more ports follow"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ports_move_together() {
        let ports = DemoPorts::from_base(9000).unwrap();
        let all = [ports.public, ports.keys, ports.admin, ports.simulator_http, ports.simulator_https];
        assert_eq!(all, [9000, 9001, 9002, 9010, 9011]);
        assert_eq!(DemoPorts::from_base(0).unwrap().simulator_https, 0);
        assert!(DemoPorts::from_base(65530).is_err());
    }
}
