//! The goals, and which measurement answers which.

use super::bench::Bench;
use super::{counts, idle, refused, speed, tenants};
use crate::report::Finding;

/// A figure to reach.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Its id.
    pub id: &'static str,
    /// What is measured.
    pub what: &'static str,
    /// What is to be reached now.
    pub now: f64,
    /// What is to be reached then.
    pub then: f64,
    /// Of what the figure is a number, or a multiple.
    pub unit: &'static str,
}

const fn goal(id: &'static str, what: &'static str, now: f64, then: f64, unit: &'static str) -> Goal {
    Goal { id, what, now, then, unit }
}

/// The goals that are measured here.
pub const GOALS: &[Goal] = &[
    goal("P1", "CPU per `list_users` of 10 users, 16 connections", 1.0, 0.6, "× floor"),
    goal("P2", "CPU per `ping_auth` at 2,000 calls/s", 1.0, 0.7, "× floor"),
    goal("P3", "p99 at 2,000 calls/s", 1.1, 1.0, "× floor"),
    goal("P4", "calls/s at 256 connections, Duo taking 50 ms", 0.9, 0.95, "of 5,120/s"),
    goal("P6", "memory per idle client", 0.0, 0.0, "KB"),
    goal("P7", "memory for 10 → 10,000 tenants, all used", 10.0, 5.0, "MB"),
    goal("P8", "database statements per warm read", 0.02, 0.01, "each"),
    goal("P10", "CPU per refused call", 0.3, 0.2, "× floor"),
    goal("P12", "new connections to Duo per 1,000 warm calls", 1.0, 1.0, "each"),
];

impl Goal {
    /// The goal of this id.
    pub fn named(id: &str) -> Option<&'static Self> {
        GOALS.iter().find(|goal| goal.id == id)
    }

    /// A line of the table. More is better for P4 alone.
    pub fn finding(&'static self, about: &str, value: f64, figure: String, note: String) -> Finding {
        let more_is_better = self.id == "P4";
        let sign = if more_is_better { "≥" } else { "≤" };
        let reached = if more_is_better { value >= self.now } else { value <= self.now };
        let goal = if self.now.abs() < f64::EPSILON {
            format!("0 {}", self.unit)
        } else {
            format!("{sign} {} {}, then {sign} {}", self.now, self.unit, self.then)
        };
        Finding { id: self.id, what: format!("{}, {about}", self.what), goal, figure, reached: Some(reached), note }
    }
}

/// Measures what was asked for, in the order in which it disturbs least.
pub async fn measure(bench: &mut Bench, ids: &[String]) -> anyhow::Result<Vec<Finding>> {
    let wants = |id: &str| ids.is_empty() || ids.iter().any(|wanted| wanted.eq_ignore_ascii_case(id));
    let mut findings = Vec::new();
    if wants("P1") {
        findings.extend(speed::cpu_of_lists(bench).await?);
    }
    if wants("P2") || wants("P3") {
        findings.extend(speed::pings_at_a_rate(bench).await?);
    }
    if wants("P4") {
        findings.extend(speed::slow_duo(bench).await?);
    }
    if wants("P10") {
        findings.extend(refused::refused_calls(bench).await?);
    }
    if wants("P12") {
        findings.extend(counts::connections(bench).await?);
    }
    if wants("P6") {
        findings.extend(idle::idle_clients(bench).await?);
    }
    if wants("P8") {
        findings.extend(counts::statements(bench).await?);
    }
    if wants("P7") {
        findings.extend(tenants::many_tenants(bench).await?);
    }
    findings.sort_by_key(|finding| GOALS.iter().position(|goal| goal.id == finding.id));
    Ok(findings)
}
