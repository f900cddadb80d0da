//! The one integration program: the library is linked once, for all of it.

// `cfg(test)` is always true here; it tells clippy that helpers beside the tests are tests too.
#[cfg(test)]
mod admin;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod containers;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod floors;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
