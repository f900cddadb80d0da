//! Duo's own world: hosts, keys, signing, sending and the endpoint catalogue.
