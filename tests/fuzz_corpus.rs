//! Every input that the fuzz targets start from, or that fuzzing has found, passes.

#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod targets;

use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Ok(data) = std::fs::read(entry.path()) {
            // Cut anywhere, a message is still one that may arrive.
            (0..=data.len()).for_each(|end| run(&data[..end]));
            cases += 1;
        }
    }
    assert!(cases > 1, "no corpus for {target}");
}

#[test]
fn message() {
    replay("message", targets::message);
}

#[test]
fn html() {
    replay("html", targets::html);
}

#[test]
fn addresses() {
    replay("addresses", targets::addresses);
}

#[test]
fn contacts() {
    replay("contacts", targets::contacts);
}

#[test]
fn observe() {
    replay("observe", targets::observe);
}

#[test]
fn profiles() {
    replay("profiles", targets::profiles);
}

#[test]
fn zones() {
    replay("zones", targets::zones);
}

#[test]
fn imap() {
    replay("imap", targets::imap);
}

#[test]
fn result() {
    replay("result", targets::result);
}
