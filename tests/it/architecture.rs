//! The rules that cannot be seen by reading any one file: read off the source tree.

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up. A module may use those of earlier rows; those of one row do not know each other.
const FLOORS: &[&[&str]] = &[
    &["address", "net", "sandbox"],
    &["message"],
    &["observe"],
    // An address book is a source too, and its entries are observations.
    &["source"],
    &["profile"],
    &["people"],
    &["classify"],
    &["assess"],
    &["report"],
    &["audit"],
    &["config"],
    &["demo", "serve"],
    &["cli"],
];

/// No network, file, environment, clock, terminal or task.
const CORE: &[&str] = &["address", "message", "observe", "profile", "people", "classify", "assess"];

fn floor(module: &str) -> usize {
    let found = FLOORS.iter().position(|row| row.contains(&module));
    found.unwrap_or_else(|| panic!("src/{module} has no floor: give it one here and in docs/ARCHITECTURE.md"))
}

/// The modules that lie directly below src, with their files.
fn modules() -> Vec<(String, Vec<PathBuf>)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = vec![];
    for entry in fs::read_dir(src).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name != "lib" && name != "main" {
            modules.push((name, files(&path)));
        }
    }
    modules.sort();
    assert!(modules.len() > 5, "the source tree was not found");
    modules
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        // A file of tests alone is part of the file above it.
        let code = path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs");
        return if code { vec![path.to_owned()] } else { vec![] };
    }
    let mut found: Vec<_> = fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect();
    found.sort();
    found
}

/// The code of a file: without comments and without its tests, which come last.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that a piece of code names, as `crate::name` or `use crate::{one::.., two::..}`.
fn named(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = vec![];
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => found.push(word(after)),
            Some(group) => {
                let mut depth = 0_i32;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    if start && depth == 0 && c.is_alphabetic() {
                        found.push(word(&group[at..]));
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

#[test]
fn names_are_found_in_groups_too() {
    let code =
        "use crate::message::{Folder, Line};\nuse crate::{cli::Outcome, report::{A, B}, net};\ncrate::demo::sample()";
    assert_eq!(named(code), ["message", "cli", "report", "net", "demo"]);
}

#[test]
fn imports_go_down() {
    let mut wrong = vec![];
    for (module, files) in modules() {
        for file in files {
            for used in named(&code(&file)) {
                // A capital is a type of the crate's root, of which there is none.
                if used != module && floor(&used) >= floor(&module) {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_touches_nothing() {
    const OUTSIDE: &[&str] = &[
        "std::fs",
        "TcpStream",
        "UdpSocket",
        "ToSocketAddrs",
        "std::env",
        "std::process",
        "std::thread",
        "std::time::Instant",
        "SystemTime",
        "Instant::now",
        "Zoned::now",
        "Timestamp::now",
        "Utc::now",
        "tokio::",
        "async fn",
        "stdin(",
        "stdout(",
        "stderr(",
        "println!",
        "eprintln!",
        "print!(",
        "dbg!",
        "File::open",
        "getrandom",
    ];
    let mut wrong = vec![];
    for (module, files) in modules() {
        if CORE.contains(&module.as_str()) {
            for file in files {
                let code = code(&file);
                wrong.extend(
                    OUTSIDE
                        .iter()
                        .filter(|word| code.contains(**word))
                        // A pure function over the parts of a slice; its threads end before it does.
                        .filter(|word| **word != "std::thread" || !file.ends_with("people/parts.rs"))
                        .map(|word| format!("{}: {word}", file.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_place_connects_and_no_crate_can_fetch() {
    let mut places = vec![];
    for (_, files) in modules() {
        for file in files {
            let code = code(&file);
            if ["TcpStream::connect", "UdpSocket::", "TcpSocket::", "UnixStream::connect"]
                .iter()
                .any(|word| code.contains(word))
            {
                places.push(file.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert!(places.len() <= 1, "connections are made in {places:?}; one place must know of all");
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    for fetcher in
        ["reqwest", "hyper", "ureq", "curl", "isahc", "attohttpc", "minreq", "surf", "sentry", "hickory-resolver"]
    {
        assert!(!lock.contains(&format!("name = \"{fetcher}\"")), "{fetcher} is in Cargo.lock");
    }
}

#[test]
fn what_order_matters_for_has_an_order() {
    let mut wrong = vec![];
    for (module, files) in modules() {
        if ["assess", "report"].contains(&module.as_str()) {
            wrong.extend(files.into_iter().filter(|file| code(file).contains("std::collections::HashMap")));
        }
    }
    assert!(wrong.is_empty(), "a HashMap has no order: {wrong:?}");
}

#[test]
fn no_format_sees_a_person() {
    // A format writes what a report holds; the types that carry people's data are not known to it.
    const PEOPLE: &[&str] = &["crate::people", "crate::observe", "crate::message", "crate::address", "crate::source"];
    let report = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
    let formats = files(&report).into_iter().filter(|file| !file.ends_with("mod.rs"));
    let mut wrong = vec![];
    for file in formats {
        let code = code(&file);
        let writes = code.contains("io::Write") || code.contains("fmt::Write");
        if writes {
            wrong.extend(
                PEOPLE.iter().filter(|word| code.contains(**word)).map(|word| format!("{}: {word}", file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_decides() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests", "benches"] {
        for file in files(&src.join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//! "), "{} does not begin with `//!`", file.display());
        }
    }
}
