//! When the process is asked to stop, and how.

use tokio::signal::unix::{SignalKind, signal};

/// How a process is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// By a person in front of it: at once.
    AtOnce,
    /// By what runs it for others: whoever sends it requests is given notice first.
    WithNotice,
}

/// Waits for SIGTERM or SIGINT (Ctrl-C).
pub async fn asked_to_stop() -> Asked {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("Signals cannot be listened for; the process ends only when it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {
            tracing::info!("Asked to stop by SIGTERM");
            Asked::WithNotice
        }
        _ = interrupt.recv() => {
            tracing::info!("Asked to stop by SIGINT");
            Asked::AtOnce
        }
    }
}
