//! Two gateways on one PostgreSQL behind HAProxy, as an operator runs them.

mod access;
mod killed;
mod load;
mod operators;
mod proxy;
mod refreshes;
mod rolling;
mod shared;
mod spread;
mod stand;
