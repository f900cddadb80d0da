//! Gateways from the outside, over MCP, in front of a simulated Duo.

mod approved;
mod audited;
mod authentication;
mod canaries;
mod changes;
mod faults;
mod forms;
mod hung_up;
mod members;
mod protocol;
mod pushes;
mod tenants_apart;
