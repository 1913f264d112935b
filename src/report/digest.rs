//! Decides how a result file shows that it is as it was written: it bears the digest of its own bytes, taken with
//! zeros in the digest's place.

use sha2::{Digest, Sha256};

/// What stands in a file while its digest is taken; as long as one.
pub(super) const BLANK: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const KEY: &[u8] = b"\"digest\": \"";

/// Where the digits of the digest stand: in the first key of that name, which comes before any text of a mailbox.
fn place(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let start = memchr::memmem::find(bytes, KEY)? + KEY.len();
    let end = start + BLANK.len();
    let digits = bytes.get(start..end)?;
    (digits.iter().all(u8::is_ascii_hexdigit) && bytes.get(end) == Some(&b'"')).then_some(start..end)
}

/// Puts the digest into a file that was written with [`BLANK`] in its place.
pub(super) fn seal(bytes: &mut [u8]) {
    let digest = hex(bytes);
    if let Some(digits) = place(bytes).and_then(|place| bytes.get_mut(place)) {
        digits.copy_from_slice(digest.as_bytes());
    }
}

/// Whether a result file is byte for byte as it was written. `None`: it bears no digest.
///
/// This finds accidents and clumsy changes; whoever changes a file on purpose can also make a new digest. Against that
/// stands the signature.
pub fn intact(bytes: &[u8]) -> Option<bool> {
    let place = place(bytes)?;
    let said = bytes.get(place.clone())?.to_vec();
    let mut blank = bytes.to_vec();
    blank.get_mut(place)?.copy_from_slice(BLANK.as_bytes());
    Some(hex(&blank).as_bytes() == said)
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_file_is_intact_until_a_byte_changes() {
        let mut file = format!("{{\n \"schema\": 1,\n \"digest\": \"{BLANK}\",\n \"n\": 5\n}}\n").into_bytes();
        assert_eq!(intact(&file), Some(false));
        seal(&mut file);
        assert_eq!(intact(&file), Some(true));
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert_ne!(intact(&changed), Some(true), "byte {at}");
        }
        assert_eq!(intact(b"{}"), None);
    }
}
