//! Sets up the log: text or JSON on the standard error stream.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

use super::escape::Escaped;
use crate::config::{LogFormat, LogLevel, LogSettings};

/// Libraries that print message bodies, headers or SQL at their lower levels, and with them secrets. They stay at `warn`
/// whatever the settings say; matched by the beginning of a target's name, so `hyper` covers `hyper_util`.
const HELD_AT_WARN: [&str; 10] =
    ["rmcp", "hyper", "h2", "rustls", "tokio_rustls", "reqwest", "sqlx", "tower", "axum", "webauthn_rs"];

/// A log is set up already.
#[derive(Debug, thiserror::Error)]
#[error("a log is set up already")]
pub struct LogError;

/// Sets up the log of this process, once.
pub fn install(settings: &LogSettings) -> Result<(), LogError> {
    tracing::subscriber::set_global_default(subscriber(settings, std::io::stderr)).map_err(|_| LogError)
}

/// A log that writes elsewhere, with the same format, levels and escapes; for tests that read what was logged.
pub fn subscriber<W>(settings: &LogSettings, writer: W) -> impl Subscriber + Send + Sync + 'static
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Colours would be escape sequences, which the writer takes out.
    let lines = fmt::layer::<Registry>().with_ansi(false);
    let layer = match settings.format {
        LogFormat::Text => lines.with_writer(Escaped(writer)).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).with_writer(Escaped(writer)).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter(settings.level)))
}

fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let held = level.min(LevelFilter::WARN);
    Targets::new().with_default(level).with_targets(HELD_AT_WARN.map(|target| (target, held)))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: LogLevel, log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        with_default(subscriber(&LogSettings { format, level }, move || writer.clone()), log);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn trace_does_not_lift_the_libraries_that_print_bodies() {
        let log = logged(LogFormat::Text, LogLevel::Trace, || {
            tracing::trace!("ours");
            tracing::debug!(target: "rmcp::service", "held rmcp");
            tracing::trace!(target: "hyper::proto::h1", "held hyper");
            tracing::debug!(target: "hyper_util::client", "held hyper_util");
            tracing::debug!(target: "h2::codec", "held h2");
            tracing::debug!(target: "rustls::client", "held rustls");
            tracing::info!(target: "reqwest::connect", "held reqwest");
            tracing::info!(target: "sqlx::query", "held sqlx");
            tracing::warn!(target: "sqlx::query", "slow statement");
        });
        assert!(log.contains("ours") && log.contains("slow statement"), "{log}");
        assert!(!log.contains("held"), "{log}");
    }

    #[test]
    fn a_stricter_level_holds_for_the_libraries_too() {
        let log = logged(LogFormat::Text, LogLevel::Error, || {
            tracing::warn!("ours");
            tracing::warn!(target: "sqlx::query", "slow statement");
        });
        assert_eq!(log, "");
    }

    #[test]
    fn a_line_break_in_a_value_forges_no_line() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let log = logged(format, LogLevel::Info, || {
                tracing::info!(user.name = %"eve\n2026-01-01 INFO all is well\x1b[2J", "Called");
            });
            assert_eq!(log.lines().count(), 1, "{log}");
            assert!(!log.contains('\x1b'), "{log}");
        }
    }

    #[test]
    fn json_has_dotted_fields_at_its_root() {
        let log = logged(LogFormat::Json, LogLevel::Info, || {
            let span = tracing::info_span!("request", request.id = "r1");
            span.in_scope(|| tracing::info!(tool.name = "list_users", duration_ms = 12, "Called"));
        });
        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["message"], "Called");
        assert_eq!(line["tool.name"], "list_users");
        assert_eq!(line["duration_ms"], 12);
        assert_eq!(line["span"]["request.id"], "r1");
    }
}
