//! Members sign in by the operator's OpenID provider.

mod hostile;
mod provider;
mod trouble;
mod ways;
