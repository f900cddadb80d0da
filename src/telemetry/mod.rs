//! What the gateway tells about itself: the log.

mod escape;
mod logs;

pub use logs::{LogError, install, subscriber};
