//! Strangers in crowds: what they cost members, what they leave behind, and what their guesses ask of the database.

mod guesses;
mod members;
mod registrations;
mod rows;
mod strangers;
