//! SCRAM-SHA-256 (RFC 5802, RFC 7677): a login in which the server learns no password and has to prove that it knows
//! whose it is; with channel binding (`-PLUS`, RFC 9266), that nobody sits on the line between.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// Fewer rounds than RFC 7677 asks for protect nothing; many more would keep us busy at a server's word.
const ROUNDS: std::ops::RangeInclusive<u32> = 4_096..=1_000_000;

/// How an exchange is tied to the connection that it runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// Not at all: there is no TLS, or one that gives nothing to tie it to.
    None,
    /// It could be and the server does not offer it. One that would have offered it sees that somebody struck it out.
    NotOffered,
    /// To what only the two ends of this TLS connection know (`tls-exporter`).
    Exporter([u8; 32]),
}

/// One exchange.
pub(super) struct Scram {
    password: SecretString,
    /// `n,a=other,`: how it is bound, and whose mailbox is meant.
    header: String,
    /// What it is bound to.
    channel: Vec<u8>,
    first: String,
    /// What the server has to answer in the end.
    proof: Option<[u8; 32]>,
}

impl Scram {
    /// An exchange with a nonce of 18 random bytes. `None` if this machine has no random numbers.
    pub(super) fn new(user: &str, authzid: Option<&str>, password: &SecretString, binding: Binding) -> Option<Self> {
        let mut random = [0; 18];
        getrandom::fill(&mut random).ok()?;
        Some(Self::with_nonce(user, authzid, password, binding, &STANDARD.encode(random)))
    }

    fn with_nonce(user: &str, authzid: Option<&str>, password: &SecretString, binding: Binding, nonce: &str) -> Self {
        let name = |text: &str| text.nfkc().collect::<String>().replace('=', "=3D").replace(',', "=2C");
        let (bound, channel) = match binding {
            Binding::None => ("n", Vec::new()),
            Binding::NotOffered => ("y", Vec::new()),
            Binding::Exporter(bytes) => ("p=tls-exporter", bytes.to_vec()),
        };
        let other = authzid.map_or_else(String::new, |other| format!("a={}", name(other)));
        let header = format!("{bound},{other},");
        let first = format!("n={},r={nonce}", name(user));
        Self { password: password.clone(), header, channel, first, proof: None }
    }

    /// The message that begins it.
    pub(super) fn begin(&self) -> String {
        format!("{}{}", self.header, self.first)
    }

    /// The answer to the server's question. `None` if the question is none that can be answered safely.
    pub(super) fn answer(&mut self, question: &[u8]) -> Option<Zeroizing<String>> {
        let question = std::str::from_utf8(question).ok()?;
        let mut parts = question.split(',');
        let nonce = parts.next()?.strip_prefix("r=")?;
        let salt = STANDARD.decode(parts.next()?.strip_prefix("s=")?).ok()?;
        let rounds: u32 = parts.next()?.strip_prefix("i=")?.parse().ok()?;
        let (_, ours) = self.first.split_once(",r=")?;
        // The server's nonce goes on from ours; else it answers somebody else.
        if nonce.len() <= ours.len() || !nonce.starts_with(ours) || !ROUNDS.contains(&rounds) {
            return None;
        }
        let password: Zeroizing<String> = Zeroizing::new(self.password.expose_secret().nfkc().collect());
        let mut salted = Zeroizing::new([0; 32]);
        let rounds = NonZeroU32::new(rounds)?;
        let algorithm = ring::pbkdf2::PBKDF2_HMAC_SHA256;
        ring::pbkdf2::derive(algorithm, rounds, &salt, password.as_bytes(), salted.as_mut());
        let client_key = mac(salted.as_ref(), b"Client Key")?;
        let stored_key: [u8; 32] = Sha256::digest(client_key).into();
        let without_proof =
            format!("c={},r={nonce}", STANDARD.encode([self.header.as_bytes(), &self.channel].concat()));
        let signed = format!("{},{question},{without_proof}", self.first);
        let signature = mac(&stored_key, signed.as_bytes())?;
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, sign)| key ^ sign).collect();
        let server_key = mac(salted.as_ref(), b"Server Key")?;
        self.proof = Some(mac(&server_key, signed.as_bytes())?);
        Some(Zeroizing::new(format!("{without_proof},p={}", STANDARD.encode(proof))))
    }

    /// Whether the server's last word shows that it knows the password.
    pub(super) fn is_proven(&self, last: &[u8]) -> bool {
        let given = last.strip_prefix(b"v=").and_then(|given| STANDARD.decode(given).ok());
        match (&self.proof, given) {
            (Some(proof), Some(given)) => given == proof,
            _ => false,
        }
    }
}

fn mac(key: &[u8], text: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &[u8] = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn example() -> Scram {
        Scram::with_nonce("user", None, &"pencil".to_owned().into(), Binding::None, "rOprNGfwEbeRWgbNEkqO")
    }

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        // RFC 7677, 3.
        let mut scram = example();
        assert_eq!(scram.begin(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let answer = scram.answer(QUESTION).unwrap();
        assert_eq!(
            *answer,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(scram.is_proven(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(!scram.is_proven(b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(!scram.is_proven(b"v=") && !scram.is_proven(b"") && !example().is_proven(b"v="));
    }

    #[test]
    fn a_question_that_is_not_ours_or_not_safe_gets_no_answer() {
        let text = std::str::from_utf8(QUESTION).unwrap();
        for wrong in [
            text.replace("rOprNGfw", "xOprNGfw"),
            text.replace("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", ""),
            text.replace("i=4096", "i=1"),
            text.replace("i=4096", "i=4294967295"),
            text.replace("i=4096", "i=-1"),
            text.replace("s=W22", "s=*"),
            "m=ext,".to_owned() + text,
            String::new(),
        ] {
            assert!(example().answer(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn names_with_signs_of_the_protocol_are_written_around_them() {
        let scram = Scram::with_nonce("a=b,c", Some("o,p"), &"x".to_owned().into(), Binding::None, "n");
        assert_eq!(scram.begin(), "n,a=o=2Cp,n=a=3Db=2Cc,r=n");
    }

    #[test]
    fn what_the_connection_gives_is_part_of_the_answer() {
        let answer = |binding| {
            let mut scram =
                Scram::with_nonce("user", None, &"pencil".to_owned().into(), binding, "rOprNGfwEbeRWgbNEkqO");
            let first = scram.begin();
            let answer = scram.answer(QUESTION).unwrap();
            let (bound, _) = answer.split_once(",r=").unwrap();
            (
                first,
                STANDARD.decode(bound.strip_prefix("c=").unwrap()).unwrap(),
                answer.split_once(",p=").unwrap().1.to_owned(),
            )
        };
        let (first, bound, proof) = answer(Binding::Exporter([7; 32]));
        assert_eq!(first, "p=tls-exporter,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        assert_eq!(bound, [b"p=tls-exporter,,".as_slice(), &[7; 32]].concat());
        let (first, bound, other) = answer(Binding::NotOffered);
        assert_eq!((first.as_str(), &bound[..]), ("y,,n=user,r=rOprNGfwEbeRWgbNEkqO", &b"y,,"[..]));
        assert_ne!(proof, other, "the proof covers what it is bound to");
    }
}
