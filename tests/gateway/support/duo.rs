//! A simulated Duo for one test, and what it was asked.

use duo_simulator::{Application, Simulator, SimulatorSettings};
use serde_json::{Value, json};

use super::client::http;

/// Calls that read though they are sent by POST.
const READ_BY_POST: [&str; 2] = ["/auth/v2/preauth", "/accounts/v1/account/list"];

/// A simulated Duo that ends with the test.
pub(crate) struct Duo {
    pub(crate) simulator: Simulator,
    http: reqwest::Client,
}

impl Duo {
    /// One with a small world.
    pub(crate) async fn start() -> Self {
        let settings = SimulatorSettings { users: 20, ..SimulatorSettings::default() };
        Self { simulator: Simulator::start(settings).await.unwrap(), http: http() }
    }

    /// The application of this name.
    pub(crate) fn application(&self, name: &str) -> Application {
        self.simulator.applications().into_iter().find(|application| application.name == name).unwrap()
    }

    /// Asks the control side; whatever it refuses fails the test.
    pub(crate) async fn control(&self, method: &str, name: &str, body: Option<Value>) -> Value {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}/{name}", self.simulator.control_url()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{name}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// A user as the world has it.
    pub(crate) async fn user(&self, name: &str) -> Value {
        self.control("GET", &format!("users/{name}"), None).await
    }

    /// The next calls that fit go wrong in this way.
    pub(crate) async fn fault(&self, fault: Value) {
        self.control("POST", "faults", Some(fault)).await;
    }

    /// What this person does with logins from now on: `approve`, `deny`, `fraud`, `wait`.
    pub(crate) async fn script(&self, user: &str, outcome: &str) {
        self.control("DELETE", "scripts", None).await;
        self.control("POST", "scripts", Some(json!({ "user": user, "outcome": outcome }))).await;
    }

    /// Presses a button on this person's phone.
    pub(crate) async fn press(&self, user: &str, action: &str) {
        self.control("POST", "press", Some(json!({ "user": user, "action": action }))).await;
    }

    /// Forgets what was asked so far.
    pub(crate) async fn forget(&self) {
        self.control("DELETE", "record", None).await;
    }

    /// What was asked by this method at this path; a path may end with `*`.
    pub(crate) async fn asked(&self, method: &str, path: &str) -> Vec<Value> {
        let answer = self.control("GET", &format!("record?method={method}&path={path}"), None).await;
        answer["requests"].as_array().unwrap().clone()
    }

    /// Everything that was asked.
    pub(crate) async fn record(&self) -> Vec<Value> {
        let answer = self.control("GET", "record", None).await;
        answer["requests"].as_array().unwrap().clone()
    }

    /// What was asked that changes something or reaches somebody.
    pub(crate) async fn changes(&self) -> Vec<Value> {
        let mut record = self.record().await;
        record.retain(|one| one["method"] != "GET" && !READ_BY_POST.iter().any(|path| one["path"] == *path));
        record
    }

    /// The one change that was asked for since the last `forget`.
    pub(crate) async fn only_change(&self) -> Value {
        let mut changes = self.changes().await;
        assert_eq!(changes.len(), 1, "{changes:#?}");
        changes.remove(0)
    }
}
