//! Fingerprints of what decides a result, so that two results can say whether the program between them changed: a
//! development build keeps its version while its rules move.

use std::fs;
use std::path::{Path, PathBuf};

/// What a part decides, and where it lies.
const PARTS: [(&str, &[&str]); 5] = [
    // What a state holds of a message depends on all of this, and on how other crates read it.
    (
        "STORED",
        &["src/address.rs", "src/audit.rs", "src/audit", "src/message", "src/observe", "src/people", "Cargo.lock"],
    ),
    ("READING", &["src/message", "src/observe", "src/source"]),
    ("RULES", &["src/people", "src/classify"]),
    ("SIMULATION", &["src/profile/mod.rs", "src/profile/read.rs", "src/profile/freemail.rs", "src/assess"]),
    ("LISTS", &["src/profile/lists"]),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (name, places) in PARTS {
        let mut files = Vec::new();
        for place in places {
            println!("cargo::rerun-if-changed={place}");
            collect(Path::new(place), &mut files);
        }
        files.sort();
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        for file in files {
            hash.add(file.to_string_lossy().replace('\\', "/").as_bytes());
            hash.add(&fs::read(&file).unwrap_or_default());
        }
        println!("cargo::rustc-env=MAILGLEAN_{name}={:016x}", hash.0);
    }
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    if place.is_file() {
        files.push(place.to_owned());
    }
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        collect(&entry.path(), files);
    }
}

/// FNV-1a: not against forgery, only to tell two builds apart. Line ends do not count.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes.iter().filter(|byte| **byte != b'\r') {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
