//! The HTTPS port as a proxy: a plain CONNECT is answered with a tunnel to itself.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::stream::Connection;

/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;
/// A CONNECT request is one line and a few headers.
const LONGEST_HEAD: usize = 16 * 1024;

/// Makes the connection ready for TLS: at once, or after a CONNECT. False if it asked for something else.
pub(super) async fn open_tunnel(connection: &mut Connection) -> io::Result<bool> {
    if connection.first_byte().await? == HANDSHAKE {
        return Ok(true);
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        head.push(connection.read_u8().await?);
    }
    if head.starts_with(b"CONNECT ") {
        connection.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        connection.flush().await?;
        return Ok(true);
    }
    let text = "This port speaks HTTPS, and CONNECT for clients that want a proxy.\n";
    let length = text.len();
    let refusal = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
    connection.write_all(refusal.as_bytes()).await?;
    connection.flush().await?;
    Ok(false)
}
