//! What happened: rows of reads, written in batches, and digests that tell nothing.

mod digest;
mod recorder;

pub use digest::digest;
pub use recorder::{NotRecorded, Recorder};
