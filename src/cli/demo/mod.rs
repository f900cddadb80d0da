//! `demo`: a simulated Duo and a gateway in front of it, in one process.

mod args;
mod banner;
mod children;
mod facts;
mod kept;
mod people;
mod ports;
mod provider;
mod run;
mod seed;

pub(super) use args::DemoArgs;
pub(super) use run::run;
