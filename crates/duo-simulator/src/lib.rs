//! A faithful stand-in for Duo, seen from the outside.
