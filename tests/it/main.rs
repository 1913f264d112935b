//! The tests that need the whole program: the built binary, the embedded server, real servers, and the source tree.
//!
//! One binary, because each would be linked with everything.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod audit;
mod bad_input;
mod bad_server;
mod baseline;
mod browser;
mod carddav;
mod common;
mod compare;
mod dovecot;
mod exits;
mod extensions;
mod hostile;
mod imap;
mod keyring;
mod languages;
mod mail;
mod merge;
#[cfg(feature = "oauth")]
mod oauth;
#[cfg(feature = "pdf")]
mod pdf;
mod privacy;
mod proof;
mod providers;
mod real;
mod review;
#[cfg(all(target_os = "linux", feature = "sandbox"))]
mod sandbox;
mod server;
mod state;
mod time;
mod verify;
mod what_if;
