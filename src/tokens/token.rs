//! A token: 178 random bits between a prefix and a checksum, stored as its SHA-256.
//!
//! A fast hash is enough, because there is nothing to guess: the random part is drawn, not chosen. For the same reason
//! the look-up by hash need not take constant time: whoever presents a token cannot steer the bytes of its hash, so how
//! far a comparison got tells nothing about a token that exists.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::checksum::{self, checksum};
use super::kind::Kind;
use crate::domain::random::{NoRandomness, Random};

/// How many random characters a token has.
pub(super) const RANDOM: usize = 30;

/// What is stored of a token and what it is looked up by.
pub type TokenHash = [u8; 32];

/// A fresh token. It has neither `Debug` nor `Display`, so that it is shown only where somebody meant to, and is wiped
/// when dropped.
pub struct Token {
    text: Zeroizing<String>,
    kind: Kind,
}

impl Token {
    /// What it is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The token itself, to be handed over once.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The last four characters, which is what people are shown afterwards.
    pub fn last4(&self) -> &str {
        // Tokens are ASCII and longer than four characters.
        self.text.get(self.text.len().saturating_sub(4)..).unwrap_or_default()
    }

    /// What is stored of it.
    pub fn hash(&self) -> TokenHash {
        hash(&self.text)
    }
}

/// A text that is no token of ours. It never holds what was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not begin like one.
    #[error("not a token of this gateway")]
    Unknown,
    /// It begins like one, but has another length or other characters.
    #[error("this token is cut off or has other characters in it")]
    Shape,
    /// It has a typo.
    #[error("this token has a typo: its checksum does not fit")]
    Checksum,
}

/// Draws a token.
pub fn make(kind: Kind, random: &Random) -> Result<Token, NoRandomness> {
    let drawn = Zeroizing::new(random.base62::<RANDOM>()?);
    Ok(assemble(kind, &drawn))
}

/// The token of this kind around these letters and digits.
pub(super) fn assemble(kind: Kind, drawn: &str) -> Token {
    let mut text = Zeroizing::new(String::with_capacity(kind.prefix().len() + RANDOM + 1 + checksum::LENGTH));
    text.push_str(kind.prefix());
    text.push_str(drawn);
    let check = checksum(&text);
    text.push('_');
    text.push_str(&check);
    Token { text, kind }
}

/// Recognises a token by its shape and checksum alone, without asking any database, and gives what it is looked up by.
pub fn parse(text: &str) -> Result<(Kind, TokenHash), TokenError> {
    let kind = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix())).ok_or(TokenError::Unknown)?;
    let rest = &text[kind.prefix().len()..];
    let (drawn, check) = rest.split_once('_').ok_or(TokenError::Shape)?;
    let plain = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain(drawn, RANDOM) || !plain(check, checksum::LENGTH) {
        return Err(TokenError::Shape);
    }
    if checksum(&text[..kind.prefix().len() + RANDOM]) != check {
        return Err(TokenError::Checksum);
    }
    Ok((kind, hash(text)))
}

fn hash(text: &str) -> TokenHash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_reads_back_as_its_kind(seed in any::<u64>(), which in 0usize..Kind::ALL.len()) {
            let kind = Kind::ALL[which];
            let token = make(kind, &Random::seeded(seed)).unwrap();
            prop_assert_eq!(parse(token.expose()), Ok((kind, token.hash())));
            prop_assert_eq!(token.expose().len(), 41);
            prop_assert!(token.expose().ends_with(token.last4()) && token.last4().len() == 4);
        }

        #[test]
        fn whatever_else_is_refused_without_a_panic(text in ".{0,60}", prefix in "dg[kasomitrc]_") {
            prop_assert!(parse(&text).is_err());
            let prefixed = prefix + &text;
            prop_assert!(parse(&prefixed).is_err());
        }
    }

    #[test]
    fn every_mistyped_character_is_refused() {
        let token = make(Kind::ApiKey, &Random::seeded(4)).unwrap();
        for place in 0..token.expose().len() {
            for typo in ('0'..='9').chain('A'..='Z').chain('a'..='z').chain(['_', ' ', '-']) {
                let mut text: Vec<char> = token.expose().chars().collect();
                if text[place] == typo {
                    continue;
                }
                text[place] = typo;
                let text: String = text.into_iter().collect();
                assert!(parse(&text).is_err(), "{place} {typo}");
            }
        }
    }

    #[test]
    fn it_says_what_is_wrong() {
        let token = make(Kind::OperatorKey, &Random::seeded(5)).unwrap();
        let text = token.expose();
        assert_eq!(parse(""), Err(TokenError::Unknown));
        assert_eq!(parse("Bearer x"), Err(TokenError::Unknown));
        assert_eq!(parse(&text[..40]), Err(TokenError::Shape));
        assert_eq!(parse(&format!("{text} ")), Err(TokenError::Shape));
        let (first, last) = (text.as_bytes()[4], text.as_bytes()[5]);
        let swapped = format!("dga_{}{}{}", char::from(last), char::from(first), &text[6..]);
        assert_eq!(parse(&swapped), Err(TokenError::Checksum));
        assert_eq!(parse(&text.replace("dga_", "dgk_")), Err(TokenError::Checksum));
    }

    #[test]
    fn two_tokens_differ() {
        let random = Random::system();
        let (one, two) = (make(Kind::ApiKey, &random).unwrap(), make(Kind::ApiKey, &random).unwrap());
        assert_ne!(one.expose(), two.expose());
        assert_ne!(one.hash(), two.hash());
    }
}
