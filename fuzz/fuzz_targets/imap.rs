//! See `imap` in the library of this package.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailglean_fuzz::imap(data));
