//! Holds the source against the floors and manners of the architecture page.

mod arrows;
mod faces;
mod house;
mod manners;
mod rights;
mod source;

pub(crate) use source::{Source, root};
