//! Audit rows of reads, in batches, so that no read waits for the database.
//!
//! The loss rule: a crash loses the rows that were not written yet, at most those of one batch's time. When the database
//! is away, rows wait in a bounded queue; what does not fit any more is counted and logged, never dropped in silence.
//! With the strict setting each row is written before its read is answered, and a read whose row cannot be written fails.
//! Changes never come this way: their rows are written in the transaction of what they record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::config::AuditSettings;
use crate::domain::audit::AuditEvent;
use crate::store::{AuditLog, MOST_ROWS, StoreError};

/// How many rows wait at most.
const QUEUE: usize = 4096;
/// How long the writer waits before it tries a batch again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How often a batch is tried at shutdown before it is given up.
const LAST_TRIES: u32 = 3;

/// A row could not be written, and the settings say that nothing happens without its row.
#[derive(Debug, thiserror::Error)]
#[error("the audit row cannot be written")]
pub struct NotRecorded(#[from] StoreError);

/// Takes audit rows; cheap to clone.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    log: AuditLog,
    strict: bool,
    queue: Sender<Note>,
    lost: AtomicU64,
    writer: Mutex<Option<JoinHandle<()>>>,
    stopping: CancellationToken,
}

enum Note {
    Row(Box<AuditEvent>),
    Flush(oneshot::Sender<()>),
}

impl Recorder {
    /// Starts the writer. It belongs to the runtime that this is called on.
    pub fn start(log: AuditLog, settings: &AuditSettings) -> Self {
        let (queue, notes) = channel(QUEUE);
        let stopping = CancellationToken::new();
        let every = settings.reads_batch_ms.duration();
        let writer = Writer { log: log.clone(), notes, every, stopping: stopping.clone() };
        let writer = Mutex::new(Some(tokio::spawn(writer.run())));
        Self(Arc::new(Inner { log, strict: settings.strict, queue, lost: AtomicU64::new(0), writer, stopping }))
    }

    /// Takes a row. It is only waited for, and only fails, when the settings are strict.
    pub async fn record(&self, event: AuditEvent) -> Result<(), NotRecorded> {
        if self.0.strict {
            return Ok(self.0.log.append(&[event]).await?);
        }
        match self.0.queue.try_send(Note::Row(Box::new(event))) {
            Ok(()) => {}
            Err(TrySendError::Full(note) | TrySendError::Closed(note)) => {
                let lost = self.0.lost.fetch_add(1, Ordering::Relaxed) + 1;
                if let Note::Row(event) = note {
                    tracing::error!(
                        audit.id = %event.id, tool.name = event.action, lost,
                        "an audit row of a read is lost: the database is away and the queue is full"
                    );
                }
            }
        }
        Ok(())
    }

    /// How many rows were lost since the start.
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Waits until what was recorded so far is written, or given up at shutdown.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.0.queue.send(Note::Flush(done)).await.is_ok() {
            // An error means that the writer has ended, and with it whatever it held.
            let _ = written.await;
        }
    }

    /// Writes what is left and ends the writer. A database that is away is tried a few times only.
    pub async fn stop(&self) {
        let Some(writer) = self.0.writer.lock().await.take() else { return };
        self.0.stopping.cancel();
        if writer.await.is_err() {
            tracing::error!("the writer of audit rows ended badly");
        }
    }
}

struct Writer {
    log: AuditLog,
    notes: Receiver<Note>,
    every: Duration,
    stopping: CancellationToken,
}

impl Writer {
    async fn run(mut self) {
        let stopping = self.stopping.clone();
        loop {
            let first = tokio::select! {
                biased;
                note = self.notes.recv() => note,
                () = stopping.cancelled() => None,
            };
            let Some(first) = first else { break };
            let (rows, waiting) = self.gather(first).await;
            self.write(rows).await;
            for done in waiting {
                // Whoever asked may have left.
                let _ = done.send(());
            }
        }
        self.notes.close();
    }

    /// One batch: what comes within its time, up to the size of one statement.
    async fn gather(&mut self, first: Note) -> (Vec<AuditEvent>, Vec<oneshot::Sender<()>>) {
        let (mut rows, mut waiting) = (Vec::with_capacity(MOST_ROWS), Vec::new());
        let mut until = Instant::now() + self.every;
        let mut next = Some(first);
        while let Some(note) = next {
            match note {
                Note::Row(event) => rows.push(*event),
                Note::Flush(done) => waiting.push(done),
            }
            if rows.len() == MOST_ROWS || !waiting.is_empty() {
                break;
            }
            if self.stopping.is_cancelled() {
                until = Instant::now();
            }
            next = timeout_at(until, self.notes.recv()).await.ok().flatten();
        }
        (rows, waiting)
    }

    /// Writes one batch, however long the database is away, until the gateway stops; rows wait in the queue meanwhile.
    async fn write(&self, rows: Vec<AuditEvent>) {
        let (mut wait, mut last_tries) = (RETRY.0, LAST_TRIES);
        while !rows.is_empty() {
            let Err(error) = self.log.append(&rows).await else { return };
            tracing::error!(%error, rows = rows.len(), "audit rows of reads cannot be written yet");
            if self.stopping.is_cancelled() {
                last_tries -= 1;
                if last_tries == 0 {
                    tracing::error!(rows = rows.len(), "audit rows of reads are lost at shutdown");
                    return;
                }
                tokio::time::sleep(RETRY.0).await;
            } else {
                // Ends early when the gateway stops; how it ended is asked for at the next failure.
                let _ = timeout(wait, self.stopping.cancelled()).await;
            }
            wait = (wait * 2).min(RETRY.1);
        }
    }
}
