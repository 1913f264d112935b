//! Decides what is removed for good: files whose time is up, with what was rendered from them, and the key that makes
//! pseudonyms linkable. Nothing is removed that was not named first: without `--yes` both commands only tell.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::output;
use super::progress::Voice;
use super::{Failure, Outcome, key, result};
use crate::report::FORMATS;

#[derive(clap::Args)]
pub struct PurgeArgs {
    /// Files and folders; a folder is looked through to its depths, links are not followed.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Remove them. Without it they are only listed.
    #[arg(long)]
    yes: bool,
}

#[derive(clap::Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    what: KeyCommand,
}

#[derive(clap::Subcommand)]
enum KeyCommand {
    /// Make every report that was made with the key unlinkable: overwrite it and remove it.
    ///
    /// The pseudonyms of old reports stay as they are, but nobody can compute them again: no guess at an address can be
    /// tested, and no later audit gives the same ids. There is no way back.
    Destroy {
        /// The key file; its usual place if not given.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Destroy it. Without it the command only tells which.
        #[arg(long)]
        yes: bool,
    },
}

/// A larger file is no result of this program, and reading it whole would be a trap.
const MOST: u64 = 2_000_000_000;

/// `mailglean purge`.
///
/// # Errors
/// If a path is not there, or a file cannot be removed; what could be removed is gone then.
pub fn purge(args: &PurgeArgs, voice: Voice) -> Result<Outcome, Failure> {
    let today = result::today();
    let mut expired = BTreeSet::new();
    for path in &args.paths {
        if path.symlink_metadata().is_err() {
            return Err(Failure::new(Outcome::NoInput, format!("there is no '{}'", path.display())));
        }
        collect(path, &today, &mut expired);
    }
    let mut told = String::new();
    let mut failed = None;
    for path in &expired {
        let removed = if args.yes { fs::remove_file(path) } else { Ok(()) };
        match removed {
            Ok(()) => told.push_str(&format!("{}\n", path.display())),
            Err(error) => {
                let what = format!("cannot remove '{}': {}", path.display(), error.kind());
                failed.get_or_insert(Failure::new(Outcome::NoOutput, what));
            }
        }
    }
    output::to_stdout(told.as_bytes())?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    if !voice.quiet() {
        let count = expired.len();
        match (count, args.yes) {
            (0, _) => eprintln!("nothing there is past its date"),
            (_, true) => eprintln!("removed: {count}"),
            (_, false) => eprintln!("past their date: {count}; nothing was removed, --yes removes them"),
        }
    }
    Ok(Outcome::Done)
}

/// Adds what lies at or below a path and is past its date.
fn collect(path: &Path, today: &str, expired: &mut BTreeSet<PathBuf>) {
    let Ok(about) = path.symlink_metadata() else { return };
    if about.is_dir() {
        // A folder that cannot be read holds nothing that could be removed.
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), today, expired);
        }
    } else if about.is_file() && about.len() <= MOST && expiry(path).is_some_and(|day| day.as_str() < today) {
        expired.insert(path.to_owned());
        if path.extension().is_some_and(|extension| extension == "json") {
            expired.extend(companions(path));
        }
    }
}

/// The day on which a file of this program is to be deleted, as the file itself says.
fn expiry(path: &Path) -> Option<String> {
    let mut file = fs::File::open(path).ok()?;
    match path.extension()?.to_str()? {
        "json" => {
            #[derive(serde::Deserialize)]
            struct Head {
                program: Program,
                expires: Option<String>,
            }
            #[derive(serde::Deserialize)]
            struct Program {
                name: String,
            }
            let mut bytes = Vec::new();
            file.take(MOST).read_to_end(&mut bytes).ok()?;
            let head: Head = serde_json::from_slice(&bytes).ok()?;
            head.expires.filter(|_| head.program.name == "mailglean")
        }
        "html" => {
            // Pages say it in their head, before any text of a mailbox.
            let mut start = vec![0; 1_024];
            let read = file.read(&mut start).ok()?;
            let start = String::from_utf8_lossy(start.get(..read)?).into_owned();
            let (_, rest) = start.split_once("<meta name=\"mailglean-expires\" content=\"")?;
            rest.split('"').next().map(str::to_owned)
        }
        _ => None,
    }
    .filter(|day| day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
}

/// What was rendered from a result beside it, as `audit` names it, and its signature.
fn companions(result: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = FORMATS.iter().map(|format| result.with_extension(format.extension)).collect();
    let mut signature = result.as_os_str().to_owned();
    signature.push(".sig");
    all.push(signature.into());
    all.retain(|path| path != result && path.symlink_metadata().is_ok_and(|about| about.is_file()));
    all
}

/// `mailglean key`.
///
/// # Errors
/// If there is no key, or it cannot be removed.
pub fn key(args: &KeyArgs) -> Result<Outcome, Failure> {
    let KeyCommand::Destroy { key: path, yes } = &args.what;
    let path = key::place(path.as_deref())?;
    if !path.is_file() {
        return Err(Failure::new(Outcome::NoInput, format!("there is no key '{}'", path.display())));
    }
    if !yes {
        eprintln!("the key is '{}'; nothing was destroyed, --yes destroys it", path.display());
        return Ok(Outcome::Done);
    }
    let failed = |error: std::io::Error| {
        Failure::new(Outcome::NoOutput, format!("cannot destroy the key '{}': {}", path.display(), error.kind()))
    };
    key::destroy(&path).map_err(failed)?;
    eprintln!("destroyed: '{}'; copies and backups of it are not known here", path.display());
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn found(folder: &Path) -> Vec<String> {
        let mut expired = BTreeSet::new();
        collect(folder, "2026-06-01", &mut expired);
        expired.iter().map(|path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_is_past_its_date_is_found_with_its_renderings_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let result = |day: &str| format!("{{\"program\":{{\"name\":\"mailglean\"}},\"expires\":\"{day}\"}}");
        write(folder, "old/result.json", &result("2026-05-31"));
        for beside in ["result.html", "result.csv", "result.dpia.md", "result.json.sig", "notes.md", "result.png"] {
            write(folder, &format!("old/{beside}"), "text");
        }
        write(folder, "new/result.json", &result("2026-06-01"));
        write(folder, "new/result.html", "text");
        write(folder, "other.json", "{\"expires\":\"2020-01-01\"}");
        write(folder, "broken.json", "{\"expires\":");
        let page = |day: &str| format!("<head><meta name=\"mailglean-expires\" content=\"{day}\"></head>");
        write(folder, "sent.html", &page("2025-01-01"));
        write(folder, "kept.html", &page("2027-01-01"));
        write(folder, "odd.html", &page("0000"));
        assert_eq!(
            found(folder),
            [
                "old/result.csv",
                "old/result.dpia.md",
                "old/result.html",
                "old/result.json",
                "old/result.json.sig",
                "sent.html"
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        write(elsewhere.path(), "result.json", "{\"program\":{\"name\":\"mailglean\"},\"expires\":\"2020-01-01\"}");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("result.json"), folder.path().join("result.json")).unwrap();
        assert_eq!(found(folder.path()), [""; 0]);
    }
}
