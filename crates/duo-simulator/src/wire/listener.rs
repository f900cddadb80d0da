//! Accepting connections, plain and TLS, and serving what comes over them.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::connect::open_tunnel;
use super::exchange::serve;
use super::stream::{Connection, ResetFlag};
use crate::engine::Engine;
use crate::error::SimulatorError;

/// Takes an address.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, SimulatorError> {
    TcpListener::bind(address).await.map_err(|source| SimulatorError::Bind { address, source })
}

/// Serves every connection of a listener until the task is dropped, and its connections with it.
pub(crate) async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, engine: Arc<Engine>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // What cannot be accepted now may be accepted in a moment.
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    continue;
                };
                // Without it small answers may wait for an acknowledgement; with an error they just do.
                let _ = stream.set_nodelay(true);
                connections.spawn(attend(Connection::new(stream), tls.clone(), Arc::clone(&engine)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn attend(mut connection: Connection, tls: Option<TlsAcceptor>, engine: Arc<Engine>) {
    let reset = connection.reset_flag();
    let Some(tls) = tls else {
        converse(connection, reset, "http", engine).await;
        return;
    };
    match open_tunnel(&mut connection).await {
        Ok(true) => {}
        Ok(false) | Err(_) => return,
    }
    match tls.accept(connection).await {
        Ok(stream) => converse(stream, reset, "https", engine).await,
        Err(error) => tracing::debug!(%error, "TLS handshake failed"),
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    reset: ResetFlag,
    listener: &'static str,
    engine: Arc<Engine>,
) {
    let service = service_fn(move |request| serve(Arc::clone(&engine), listener, Arc::clone(&reset), request));
    let served = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended");
    }
}
