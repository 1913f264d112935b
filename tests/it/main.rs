//! The tests that need the whole program: the built binary, the embedded server, real servers, and the source tree.
//!
//! One binary, because each would be linked with everything.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod common;
mod imap;
mod server;
