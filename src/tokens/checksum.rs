//! The checksum at a token's end, which tells a typo from a key that was revoked.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many characters a checksum has: the fewest base62 digits that hold 32 bits.
pub(super) const LENGTH: usize = 6;

/// CRC-32 of the text in base62. It finds every mistake within 32 neighbouring bits, so every mistyped character.
pub(super) fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut out = [b'0'; LENGTH];
    for place in out.iter_mut().rev() {
        *place = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    out.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_crc_32_in_base62() {
        // 0xCBF43926 is the check value of CRC-32: 3 421 780 262 in base62.
        assert_eq!(crc32fast::hash(b"123456789"), 0xCBF4_3926);
        let value = checksum("123456789")
            .bytes()
            .fold(0u64, |sum, byte| sum * 62 + ALPHABET.iter().position(|&letter| letter == byte).unwrap() as u64);
        assert_eq!(value, 0xCBF4_3926);
    }
}
