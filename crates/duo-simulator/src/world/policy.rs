//! A policy: its name and the sections that it settles.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) policy_key: String,
    pub(crate) policy_name: String,
    pub(crate) is_global: bool,
    pub(crate) sections: Map<String, Value>,
}

impl Policy {
    /// The policy that every account has from the beginning.
    pub(crate) fn global(account_id: &str) -> Self {
        Self {
            policy_key: format!("PO{}", account_id.trim_start_matches("DA")),
            policy_name: "Global Policy".to_owned(),
            is_global: true,
            sections: Map::new(),
        }
    }

    /// Whether this is the policy of that key; the global one is also called `global`.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.policy_key == key || (self.is_global && key == "global")
    }

    /// Takes sections over and drops others; what neither names stays.
    pub(crate) fn change(&mut self, sections: &Map<String, Value>, dropped: &[String]) {
        self.sections.extend(sections.clone());
        for name in dropped {
            self.sections.remove(name);
        }
    }

    pub(crate) fn show(&self) -> Value {
        json!({
            "policy_key": self.policy_key,
            "policy_name": self.policy_name,
            "is_global_policy": self.is_global,
            "sections": self.sections,
        })
    }
}
