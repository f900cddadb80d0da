//! Properties of the canonical text that hold for every request.

use duo_api::sign::{SignatureVersion, SignedParts, canonical_text, form_text, percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;

type Params = Vec<(String, String)>;

fn parts<'a>(host: &'a str, params: &'a [(String, String)]) -> SignedParts<'a> {
    SignedParts {
        date: "Tue, 21 Aug 2012 17:29:18 -0000",
        method: "GET",
        host,
        path: "/admin/v1/users",
        params,
        body: b"",
        headers: &[],
    }
}

fn line(text: &str, number: usize) -> &str {
    text.split('\n').nth(number).unwrap()
}

fn params() -> impl Strategy<Value = Params> {
    vec((any::<String>(), any::<String>()), 0..8)
}

/// What a server does with a query: split, turn `+` into a space, undo the escapes.
fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #[test]
    fn the_order_of_parameters_does_not_matter(
        (given, shuffled) in params().prop_flat_map(|given| (Just(given.clone()), Just(given).prop_shuffle()))
    ) {
        for version in SignatureVersion::ALL {
            let text = canonical_text(version, &parts("api-1.duosecurity.com", &given));
            prop_assert_eq!(&text, &canonical_text(version, &parts("api-1.duosecurity.com", &shuffled)));
            prop_assert_eq!(text.split('\n').count(), if version == SignatureVersion::V5 { 7 } else { 5 });
        }
    }

    #[test]
    fn only_unreserved_characters_and_upper_case_escapes_are_signed(text in any::<String>()) {
        let encoded = percent_encode(&text);
        let mut bytes = encoded.bytes();
        while let Some(byte) = bytes.next() {
            if byte == b'%' {
                for digit in [bytes.next().unwrap(), bytes.next().unwrap()] {
                    prop_assert!(matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
                }
            } else {
                prop_assert!(byte.is_ascii_alphanumeric() || b"_.~-".contains(&byte));
            }
        }
        prop_assert_eq!(decode(&encoded), text);
    }

    #[test]
    fn the_host_is_signed_in_lower_case_without_its_port(
        label in "[0-9a-zA-Z]{1,16}", port in proptest::option::of(any::<u16>())
    ) {
        let host = format!("API-{label}.DuoSecurity.com{}", port.map(|port| format!(":{port}")).unwrap_or_default());
        let text = canonical_text(SignatureVersion::V5, &parts(&host, &[]));
        prop_assert_eq!(line(&text, 2), format!("api-{}.duosecurity.com", label.to_ascii_lowercase()));
    }

    #[test]
    fn repeated_names_and_equal_pairs_are_all_kept(given in params(), name in any::<String>(), value in any::<String>()) {
        let mut twice = given.clone();
        twice.extend([(name.clone(), value.clone()), (name.clone(), value.clone())]);
        let text = canonical_text(SignatureVersion::V2Sha1, &parts("api-1.duosecurity.com", &twice));
        let pairs: Vec<&str> = line(&text, 4).split('&').collect();
        prop_assert_eq!(pairs.len(), twice.len());
        let pair = format!("{}={}", percent_encode(&name), percent_encode(&value));
        prop_assert!(pairs.iter().filter(|given| **given == pair).count() >= 2);
        prop_assert!(pairs.iter().all(|given| given.split('=').count() == 2));
    }

    #[test]
    fn a_server_that_decodes_the_wire_signs_the_same_text(given in params()) {
        let wire = form_text(&given);
        let decoded: Params = wire
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        prop_assert_eq!(&decoded, &given);
        let text = canonical_text(SignatureVersion::V5, &parts("api-1.duosecurity.com", &decoded));
        prop_assert_eq!(text, canonical_text(SignatureVersion::V5, &parts("api-1.duosecurity.com", &given)));
    }
}
