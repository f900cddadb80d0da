//! One kept-alive connection of a client.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::answer::Wanted;
use super::question::Question;

/// One kept-alive connection of a client.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // What breaks it is seen by the next request.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends a request and checks its answer.
    pub async fn ask(&mut self, question: &Question, headers: HeaderMap, id: u64) -> anyhow::Result<()> {
        let (status, body) = self.send(Method::POST, Uri::from_static("/mcp"), headers, question.body(id)).await?;
        question.wanted.check(id, status, &body)
    }

    /// Sends any request; the status and the body of its answer.
    pub async fn send(
        &mut self,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<(http::StatusCode, Bytes)> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    /// Asks a question of one's own on a connection of one's own.
    pub async fn once(address: SocketAddr, key: Option<&str>, questions: &[Question]) -> anyhow::Result<()> {
        let mut connection = Self::open(address).await?;
        for (id, question) in (1..).zip(questions) {
            connection.ask(question, question.headers(address, key)?, id).await?;
        }
        Ok(())
    }
}

impl Wanted {
    /// Nothing but that it was taken.
    pub const TAKEN: Self = Self::Status(202);
}
