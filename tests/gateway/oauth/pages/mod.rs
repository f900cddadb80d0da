//! The pages for people beside consent: landing, new here, shown once, manage.

mod landing;
mod manage;
mod newcomer;
mod once;
mod passkeys;
mod rules;
mod subscriber;
mod typed;
mod unshown;
