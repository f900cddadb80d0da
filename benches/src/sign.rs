//! Duo's signature, version 5, as short as it can be made: the floor's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha512};

/// An application of Duo's.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The integration key.
    pub ikey: String,
    /// The secret key.
    pub skey: String,
    /// The host.
    pub host: String,
}

impl Keys {
    /// The keys of the application with this number; the upstream takes any.
    pub fn numbered(number: usize, host: String) -> Self {
        Self { ikey: format!("DI{number:018}"), skey: format!("{number:040}"), host }
    }

    /// The `Authorization` header of a GET.
    pub fn authorization(&self, date: &str, path: &str, query: &str) -> String {
        let nothing = hex(&Sha512::digest(b""));
        let text = [date, "GET", &self.host, path, query, &nothing, &nothing].join("\n");
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(self.skey.as_bytes()) else { return String::new() };
        mac.update(text.as_bytes());
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.ikey, hex(&mac.finalize().into_bytes()))))
    }
}

/// Now, as Duo's clients write it.
pub fn date() -> String {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_string(&jiff::Timestamp::now()).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_as_the_gateway_does() {
        let keys = Keys::numbered(7, "api-bench7.duosecurity.com".into());
        let date = "Tue, 21 Aug 2012 17:29:18 -0000";
        let parts = duo_api::sign::SignedParts {
            date,
            method: "GET",
            host: &keys.host,
            path: "/admin/v1/users",
            params: &[("limit".into(), "10".into()), ("offset".into(), "0".into())],
            body: b"",
            headers: &[],
        };
        let (ikey, skey) = duo_api::key::parse_pair(&keys.ikey, &keys.skey).unwrap();
        let theirs = duo_api::sign::authorization(duo_api::SignatureVersion::V5, &parts, &ikey, &skey);
        assert_eq!(keys.authorization(date, "/admin/v1/users", "limit=10&offset=0"), *theirs);
    }
}
