//! An authenticator in software: makes passkeys and signs by them, or badly.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use duo_mcp_gateway::domain::random::Random;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const ATTESTED: u8 = 1 << 6;

/// A passkey on a device, and the browser around it, which says what it likes.
#[derive(Clone)]
pub(crate) struct Authenticator {
    pub(crate) key: SigningKey,
    pub(crate) id: Vec<u8>,
    /// For whom it was made.
    pub(crate) handle: Vec<u8>,
    /// Where the browser says to be.
    pub(crate) origin: String,
    /// For which place it signs; `None`: for the one that asks.
    pub(crate) place: Option<String>,
    /// How often it has signed; `None`: it does not count.
    pub(crate) counter: Option<u32>,
    /// Whether it looked who touches it.
    pub(crate) verifies: bool,
}

impl Authenticator {
    /// One that has no passkey yet, in a browser at this origin.
    pub(crate) fn at(origin: &str) -> Self {
        let random = Random::system();
        let secret: [u8; 32] = random.bytes().unwrap();
        let id: [u8; 32] = random.bytes().unwrap();
        Self {
            key: SigningKey::from_slice(&secret).unwrap(),
            id: id.to_vec(),
            handle: Vec::new(),
            origin: origin.to_owned(),
            place: None,
            counter: Some(0),
            verifies: true,
        }
    }

    /// Makes a passkey, as it is asked to.
    pub(crate) fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.handle = BASE64.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let point = self.key.verifying_key().to_sec1_point(false);
        // {1: EC2, 3: ES256, -1: P-256, -2: x, -3: y}
        let mut key = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
        key.extend_from_slice(point.x().unwrap());
        key.extend_from_slice(&[0x22, 0x58, 32]);
        key.extend_from_slice(point.y().unwrap());
        let mut said = self.said(options["rp"]["id"].as_str().unwrap(), ATTESTED);
        said.extend_from_slice(&[0; 16]);
        said.extend_from_slice(&u16::try_from(self.id.len()).unwrap().to_be_bytes());
        said.extend_from_slice(&self.id);
        said.extend_from_slice(&key);
        // {"fmt": "none", "attStmt": {}, "authData": said}
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(said.len()).unwrap());
        object.extend_from_slice(&said);
        let client = self.client("webauthn.create", &options);
        let response = json!({"attestationObject": BASE64.encode(object), "clientDataJSON": BASE64.encode(client)});
        self.credential(&response)
    }

    /// Signs, as it is asked to.
    pub(crate) fn sign(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.counter = self.counter.map(|counter| counter + 1);
        let said = self.said(options["rpId"].as_str().unwrap(), 0);
        let client = self.client("webauthn.get", &options);
        let signed = [said.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "authenticatorData": BASE64.encode(said),
            "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signature.to_der().as_bytes()),
            "userHandle": BASE64.encode(&self.handle),
        });
        self.credential(&response)
    }

    fn said(&self, place: &str, more: u8) -> Vec<u8> {
        let mut said = Sha256::digest(self.place.as_deref().unwrap_or(place)).to_vec();
        said.push(PRESENT | more | if self.verifies { VERIFIED } else { 0 });
        said.extend_from_slice(&self.counter.unwrap_or(0).to_be_bytes());
        said
    }

    fn client(&self, what: &str, options: &Value) -> Vec<u8> {
        let said =
            json!({"type": what, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false});
        said.to_string().into_bytes()
    }

    fn credential(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }
}
