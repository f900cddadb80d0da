//! Checking the signatures of identity providers' tokens, with ring.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature;
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

/// The algorithms that tokens may be signed with. None of them has a secret on our side, so a public key can never be
/// taken for one.
pub(super) const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: |algorithm, key| verifier(*algorithm, key),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Tells the library to check signatures in this way.
pub(super) fn install() {
    // A second time changes nothing.
    let _ = PROVIDER.install_default();
}

/// One public key and what it verifies.
enum Verifier {
    Rsa(&'static RsaParameters, RsaPublicKeyComponents<Vec<u8>>, Algorithm),
    Other(&'static dyn VerificationAlgorithm, Vec<u8>, Algorithm),
}

fn verifier(algorithm: Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let found = match (algorithm, key.kind()) {
        (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            let key = RsaPublicKeyComponents { n: n.clone(), e: e.clone() };
            Verifier::Rsa(&RSA_PKCS1_2048_8192_SHA256, key, algorithm)
        }
        (Algorithm::PS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            let key = RsaPublicKeyComponents { n: n.clone(), e: e.clone() };
            Verifier::Rsa(&RSA_PSS_2048_8192_SHA256, key, algorithm)
        }
        (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
            Verifier::Other(&ECDSA_P256_SHA256_FIXED, point.clone(), algorithm)
        }
        (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(point)) => Verifier::Other(&ED25519, point.clone(), algorithm),
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(Box::new(found))
}

impl signature::Verifier<Vec<u8>> for Verifier {
    fn verify(&self, message: &[u8], shown: &Vec<u8>) -> Result<(), signature::Error> {
        let checked = match self {
            Self::Rsa(parameters, key, _) => key.verify(parameters, message, shown),
            Self::Other(algorithm, key, _) => UnparsedPublicKey::new(*algorithm, key).verify(message, shown),
        };
        checked.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Verifier {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_, _, algorithm) | Self::Other(_, _, algorithm) => *algorithm,
        }
    }
}
