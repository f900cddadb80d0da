//! What the corridor works with, in one place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use duo_api::DuoClient;
use rmcp::model::RequestStateCodec;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::Recorder;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::ids::{CredentialId, ReplicaId};
use crate::domain::push::PushCaps;
use crate::domain::random::Random;
use crate::store::{Lease, Store};
use crate::tenants::{Children, Keyring, Registry, TenantContext};

/// Times and addresses that calls go by.
#[derive(Clone, Debug)]
pub struct CallSettings {
    /// How long a call may take before it answers; a change goes on behind it.
    pub call: Duration,
    /// Within what time one request of a change has to start; it covers connecting anew and waiting for Duo's limits.
    pub send: Duration,
    /// How long one request may be under way once it has started. Giving up on it does not stop Duo.
    pub attempt: Duration,
    /// How long a form waits.
    pub form: Duration,
    /// How long an approval is waited for.
    pub approval: Duration,
    /// How many changes of one key may wait for a person.
    pub open_per_key: i64,
    /// How long a replica holds what it works on without renewing.
    pub lease: Duration,
    /// How often the worker looks for work.
    pub every: Duration,
    /// How many pushes are allowed.
    pub caps: PushCaps,
    /// Where a person approves what waits.
    pub approvals: ApprovalPages,
}

/// Where a person approves what waits.
#[derive(Clone, Debug)]
pub struct ApprovalPages {
    /// An operator does.
    pub operators: String,
    /// A member does, where members sign in.
    pub members: Option<String>,
}

impl ApprovalPages {
    /// Where what waits for this tenant is approved: by its own people, if some of them approve, else by operators.
    pub fn of(&self, context: &TenantContext) -> &str {
        self.members.as_deref().filter(|_| context.has_approver).unwrap_or(&self.operators)
    }
}

/// The parts that the corridor is built from.
pub struct Parts {
    /// The rows.
    pub store: Store,
    /// The vault and the house's own keys.
    pub keyring: Keyring,
    /// Speaks to Duo.
    pub client: DuoClient,
    /// The child accounts, as Duo lists them.
    pub children: Children,
    /// From ids to tenants.
    pub registry: Registry,
    /// Takes the audit rows of reads.
    pub recorder: Recorder,
    /// The time.
    pub clock: Clock,
    /// Random bytes.
    pub random: Random,
    /// This process.
    pub replica: ReplicaId,
    /// Wakes the worker.
    pub wake: Arc<Notify>,
    /// Cancelled when the gateway stops and what is still open is cut.
    pub cut: CancellationToken,
    /// Times and addresses.
    pub settings: CallSettings,
}

/// The corridor; cheap to clone.
#[derive(Clone)]
pub struct Calls(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) parts: Parts,
    pub(super) forms: RequestStateCodec,
    pub(super) cursors: RequestStateCodec,
    /// Changes that are being carried out behind a call.
    pub(super) underway: TaskTracker,
    /// Credentials that Duo refused lately, and when.
    pub(super) doubted: Mutex<HashMap<CredentialId, Timestamp>>,
}

impl Calls {
    /// The corridor of these parts.
    pub fn new(parts: Parts) -> Self {
        // Unchecked, because the type says what the check would: the house's keys are 32 bytes each.
        let forms = RequestStateCodec::new_unchecked(parts.keyring.house.request_state().to_vec());
        let cursors = RequestStateCodec::new_unchecked(parts.keyring.house.cursors().to_vec());
        Self(Arc::new(Inner { parts, forms, cursors, underway: TaskTracker::new(), doubted: Mutex::default() }))
    }

    /// Waits until every change that was begun is over, for as long as `grace` lasts. What is left then is finished by
    /// another replica, or by this one after its next start.
    pub async fn drain(&self, grace: Duration) {
        self.0.underway.close();
        let _ = tokio::time::timeout(grace, self.0.underway.wait()).await;
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts().clock.now()
    }

    pub(super) fn settings(&self) -> &CallSettings {
        &self.parts().settings
    }

    /// A lease of this replica from now on.
    pub(super) fn lease(&self) -> Lease {
        Lease { replica: self.parts().replica.clone(), until: self.now().plus_ms(millis(self.settings().lease)) }
    }
}

/// A duration in whole milliseconds.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
