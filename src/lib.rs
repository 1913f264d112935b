//! mailglean reads a mailbox without leaving a trace, works out what a contact-sharing plug-in would have
//! taken from it, and reports how many private or third-party people would have been given away.
//!
//! Everything is one function of the mailbox and the address book:
//!
//! ```text
//! source ──▶ message ──▶ observe ──▶ profile ──▶ people ──▶ classify ──▶ assess ──▶ report
//! ```
//!
//! Data travels to the right, imports go to the left; `docs/ARCHITECTURE.md` has the words and the rules.

#![forbid(unsafe_code)]

pub mod address;
pub mod assess;
pub mod audit;
pub mod classify;
pub mod cli;
pub mod config;
pub mod demo;
pub mod message;
pub mod net;
pub mod observe;
pub mod people;
pub mod profile;
pub mod report;
pub mod sandbox;
pub mod serve;
pub mod source;
