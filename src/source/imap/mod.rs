//! Connecting to an IMAP server, strictly read-only.
