//! A connection that can be reset instead of closed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Set when the connection shall end with a reset.
pub(super) type ResetFlag = Arc<AtomicBool>;

/// A TCP connection that looks at its flag when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    reset: ResetFlag,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, reset: ResetFlag::default() }
    }

    pub(super) fn reset_flag(&self) -> ResetFlag {
        Arc::clone(&self.reset)
    }

    /// The first byte that came, left where it is.
    pub(super) async fn first_byte(&self) -> io::Result<u8> {
        let mut byte = [0];
        self.stream.peek(&mut byte).await?;
        Ok(byte[0])
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Acquire) {
            // Closing without lingering makes the system send a reset; if it will not, a close must do.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.reset.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
