//! Tokens that follow from another: the same one always gives the same.
//!
//! An answer that got lost can then be given again, although only hashes are stored.

use zeroize::Zeroizing;

use super::kind::Kind;
use super::token::{RANDOM, Token, assemble};
use crate::vault::keyed_hash;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The token of this kind that follows from a secret text, under a key that serves nothing else.
pub fn derive(kind: Kind, key: &[u8; 32], secret: &str) -> Token {
    let mut drawn = Zeroizing::new(String::with_capacity(RANDOM));
    let mut block = 0_u32;
    while drawn.len() < RANDOM {
        let parts: [&[u8]; 3] = [kind.prefix().as_bytes(), secret.as_bytes(), &block.to_be_bytes()];
        for byte in *Zeroizing::new(keyed_hash(key, &parts)) {
            // 248 is the largest multiple of 62 that fits: what lies above would favour the first letters.
            if byte < 248 && drawn.len() < RANDOM {
                drawn.push(char::from(ALPHABET[usize::from(byte % 62)]));
            }
        }
        block += 1;
    }
    assemble(kind, &drawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::parse;

    #[test]
    fn it_hangs_on_the_kind_the_key_and_the_secret_and_on_nothing_else() {
        let one = derive(Kind::AccessToken, &[1; 32], "secret");
        assert_eq!(one.expose(), derive(Kind::AccessToken, &[1; 32], "secret").expose());
        assert_eq!(parse(one.expose()), Ok((Kind::AccessToken, one.hash())));
        for other in [
            derive(Kind::RefreshToken, &[1; 32], "secret"),
            derive(Kind::AccessToken, &[2; 32], "secret"),
            derive(Kind::AccessToken, &[1; 32], "secret2"),
        ] {
            assert_ne!(one.expose()[4..34], other.expose()[4..34]);
        }
    }
}
