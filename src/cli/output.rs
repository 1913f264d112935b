//! Decides how a result reaches a file or a pipe: atomically, readable by the user alone, never over something else.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{Failure, Outcome};

/// Whether an existing file may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Keep,
    Replace,
}

/// Writes to stdout. A reader that went away (`| head`) is no error.
pub fn to_stdout(bytes: &[u8]) -> Result<Outcome, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Done),
        Err(error) => Err(Failure::new(Outcome::OutputBroken, format!("cannot write to stdout: {}", error.kind()))),
    }
}

/// Whether stdout is a terminal that wants emphasis (`NO_COLOR`, `TERM=dumb`).
pub fn colour() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !dumb && !refused
}

/// Refuses early, before hours of reading, what [`to_file`] would refuse at the end.
pub fn may_write(path: &Path, existing: Existing) -> Result<(), Failure> {
    if existing == Existing::Keep && path.symlink_metadata().is_ok() {
        return Err(Failure::new(Outcome::NoOutput, format!("'{}' exists already", path.display()))
            .hint("choose another name with --out, or replace it with --overwrite"));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(Failure::new(Outcome::NoOutput, format!("there is no folder '{}'", folder.display())));
    }
    Ok(())
}

/// Writes a file under another name, flushes it, and only then gives it its own: nobody ever sees half a result.
pub fn to_file(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Failure> {
    may_write(path, existing)?;
    let half = half_name(path);
    let written = write_new(&half, bytes).and_then(|()| match existing {
        Existing::Replace => fs::rename(&half, path),
        // A hard link fails where the name was taken in the meantime; a rename would not.
        Existing::Keep => fs::hard_link(&half, path).and_then(|()| fs::remove_file(&half)),
    });
    written.map_err(|error| {
        // Best effort: the error that is told is the first one.
        let _ = fs::remove_file(&half);
        Failure::new(Outcome::NoOutput, format!("cannot write '{}': {}", path.display(), error.kind()))
    })
}

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn half_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_unasked_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        to_file(&path, b"one", Existing::Keep).unwrap();
        let refused = to_file(&path, b"two", Existing::Keep).unwrap_err();
        assert_eq!(refused.outcome, Outcome::NoOutput);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        to_file(&path, b"three", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_result_is_for_its_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        to_file(&path, b"one", Existing::Keep).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
