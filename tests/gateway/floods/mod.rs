//! Strangers in crowds: what they cost members, what they leave, what they find.

mod guesses;
mod members;
mod registrations;
mod rows;
mod strangers;
