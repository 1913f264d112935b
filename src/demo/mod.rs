//! Decides what `demo` runs on: an invented mailbox, and a server on the loopback interface that shows it over IMAP.
//!
//! The same server, with a [`Script`], serves the tests.

mod mailbox;
mod mime;
mod script;
mod server;
mod view;

pub use mailbox::{Folder, Mailbox, Stored};
pub use script::{Act, Heard, Script, Transcript};
pub use server::{Certificate, Running, Server, StartError};

use crate::message::FolderKind;

/// A folder of the sample: name, use, messages.
type Sample = (&'static str, FolderKind, &'static [u8]);

const SAMPLE: &[Sample] = &[
    ("INBOX", FolderKind::Inbox, include_bytes!("../../samples/demo/INBOX.mbox")),
    ("Sent", FolderKind::Sent, include_bytes!("../../samples/demo/Sent.mbox")),
    ("Privat", FolderKind::Other, include_bytes!("../../samples/demo/Privat.mbox")),
    ("Newsletter", FolderKind::Other, include_bytes!("../../samples/demo/Newsletter.mbox")),
    ("Kunden/UK", FolderKind::Other, include_bytes!("../../samples/demo/Kunden%2FUK.mbox")),
    ("Archiv/2022", FolderKind::Other, include_bytes!("../../samples/demo/Archiv%2F2022.mbox")),
    ("Archiv/2023", FolderKind::Other, include_bytes!("../../samples/demo/Archiv%2F2023.mbox")),
    ("Archiv/2024", FolderKind::Other, include_bytes!("../../samples/demo/Archiv%2F2024.mbox")),
];

/// Whose mailbox the sample is.
pub const OWNER: &str = "wiebke.tammen@ammerholt-play.example";

/// The address book that belongs to the sample mailbox.
pub const ADDRESS_BOOK: &[u8] = include_bytes!("../../samples/demo/addressbook.vcf");

/// Starts the server over the sample mailbox.
///
/// # Errors
/// If there is no loopback interface, or no certificate can be made.
pub async fn start() -> Result<Running, StartError> {
    Server::new(sample()).user(OWNER).start().await
}

/// The sample mailbox: invented people on reserved domains.
pub fn sample() -> Mailbox {
    let mut mailbox = Mailbox::default();
    for (name, kind, mbox) in SAMPLE {
        mailbox.add_mbox(name, *kind, mbox);
    }
    mailbox
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_sample_is_in_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/demo");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str().unwrap().strip_suffix(".mbox").map(str::to_owned))
            .collect();
        files.sort();
        let mut names: Vec<String> = SAMPLE.iter().map(|(name, ..)| name.replace('/', "%2F")).collect();
        names.sort();
        assert_eq!(files, names);
    }

    #[test]
    fn every_message_of_the_sample_has_a_sender_and_a_date() {
        for folder in sample().folders {
            assert!(!folder.messages.is_empty(), "{}", folder.name);
            for message in &folder.messages {
                let (headers, _) = mailparse::parse_headers(&message.bytes).unwrap();
                assert!(headers.iter().any(|header| header.get_key_ref().eq_ignore_ascii_case("from")));
                assert!(message.internal_date > 0, "{} {}", folder.name, message.uid);
            }
        }
    }
}
