//! Accepting connections: bounds on the head, an orderly end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::error::ListenError;
use crate::config::Limits;

/// How long accepting pauses when the system has no file descriptor left for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// How long a client whose connection stands has to send its request once no more connections are taken.
const LAST_REQUESTS: Duration = Duration::from_millis(250);

/// A bound address that nobody is served on yet.
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds the address. `flag` is what an operator gives when the port is taken.
    pub async fn bind(address: SocketAddr, flag: &'static str) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address, flag, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The address that was bound; its port is real, also where any free one was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// What a listener answers with. It can be exchanged while requests are running: a gateway that is not ready yet answers
/// differently from one that is.
#[derive(Clone)]
pub(super) struct Slot(Arc<RwLock<Router>>);

impl Slot {
    pub(super) fn new(router: Router) -> Self {
        Self(Arc::new(RwLock::new(router)))
    }

    pub(super) fn put(&self, router: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = router;
    }

    fn current(&self) -> Router {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves until `stop`, then lets running requests end for as long as `drain`.
pub(super) async fn serve(listener: Listener, slot: Slot, limits: Limits, stop: CancellationToken, drain: Duration) {
    let connections = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout_seconds.duration())
        .max_buf_size(limits.header_bytes);
    let attend = |stream: TcpStream, peer: SocketAddr| {
        let connection =
            connections.watch(server.serve_connection(TokioIo::new(prepared(stream)), answers(&slot, peer)));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, client.address = %peer, "A connection ended early");
            }
        });
    };
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "A connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
        };
        attend(stream, peer);
    }
    for (stream, peer) in made_already(listener) {
        attend(stream, peer);
    }
    // A connection on which nothing has come yet is closed at once from here on, so what is on its way is let come.
    let wait = LAST_REQUESTS.min(drain);
    if connections.count() > 0 {
        tokio::time::sleep(wait).await;
    }
    let mut ended = pin!(connections.shutdown());
    if tokio::time::timeout(drain.saturating_sub(wait), &mut ended).await.is_err() {
        tracing::warn!("Requests were still running when the time to drain was over");
    }
}

/// Closes the listener, and gives the connections that the system had made by then: their clients may have sent a request
/// already and would see it break, where one that comes later is refused and tried elsewhere.
fn made_already(listener: Listener) -> Vec<(TcpStream, SocketAddr)> {
    let mut made = Vec::new();
    let Ok(listener) = listener.listener.into_std() else { return made };
    // The listener does not block: there is an error as soon as nobody waits.
    while let Ok((stream, peer)) = listener.accept() {
        if stream.set_nonblocking(true).is_ok()
            && let Ok(stream) = TcpStream::from_std(stream)
        {
            made.push((stream, peer));
        }
    }
    made
}

fn prepared(stream: TcpStream) -> TcpStream {
    // Answers are written in one piece; waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    stream
}

/// The service of one connection: whatever the slot holds when a request comes.
fn answers(
    slot: &Slot,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = Response,
    Error = Infallible,
    Future = impl Future<Output = Result<Response, Infallible>> + Send + use<>,
> + use<> {
    let slot = slot.clone();
    service_fn(move |request: http::Request<Incoming>| {
        let router = slot.current();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.oneshot(request)
    })
}
