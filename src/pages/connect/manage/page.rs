//! The templates of the manage pages.

use askama::Template;

use super::super::super::view::{OperationView, PlanView, ResultView, Viewer};
use super::super::typed::Typed;
use super::super::view::PresetView;
use super::view::{AuditView, ConnectionView, GrantView, InviteView, KeyView, MemberView, PasskeyView};

/// All that a subscriber has here.
#[derive(Template, Default)]
#[template(path = "manage.html", config = "src/pages/askama.toml")]
pub(super) struct ManagePage {
    pub(super) csrf: String,
    pub(super) member: String,
    pub(super) role: &'static str,
    pub(super) tenant: String,
    pub(super) is_owner: bool,
    pub(super) is_approver: bool,
    pub(super) is_fresh: bool,
    pub(super) notice: Option<&'static str>,
    pub(super) typed: Typed,
    pub(super) connections: Vec<ConnectionView>,
    pub(super) grants: Vec<GrantView>,
    pub(super) keys: Vec<KeyView>,
    pub(super) members: Vec<MemberView>,
    pub(super) passkeys: Vec<PasskeyView>,
    /// The address at which there are no passkeys.
    pub(super) without_passkeys: Option<String>,
    pub(super) invites: Vec<InviteView>,
    pub(super) waiting: Vec<OperationView>,
    pub(super) audit: Vec<AuditView>,
    pub(super) roles: Vec<&'static str>,
    pub(super) rules: RulesView,
}

impl ManagePage {
    /// The account whose keys are replaced unless another is named.
    fn first_account(&self) -> &str {
        self.connections.first().map_or("", |connection| connection.name.as_str())
    }
}

/// What holds for everybody of the tenant.
#[derive(Default)]
pub(super) struct RulesView {
    pub(super) presets: Vec<PresetView>,
    pub(super) require_push: bool,
}

/// One operation, for an approver.
#[derive(Template)]
#[template(path = "connect_operation.html", config = "src/pages/askama.toml")]
pub(super) struct OperationPage {
    pub(super) base: &'static str,
    pub(super) viewer: Viewer,
    pub(super) notice: Option<&'static str>,
    pub(super) item: OperationView,
    pub(super) plan: Option<PlanView>,
    pub(super) no_plan: &'static str,
    pub(super) results: Vec<ResultView>,
}
