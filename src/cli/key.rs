//! Decides where the key of the pseudonyms lies: a file of its own, apart from every result, for its user alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Failure, Outcome};

/// 256 random bits; HMAC-SHA256 takes them whole.
pub type Key = Zeroizing<[u8; 32]>;

/// The key at `path`, or at its usual place; made there if it is not there yet.
///
/// # Errors
/// A [`Failure`] if the file cannot be read or made, is not a key, or (Unix) others may read it.
pub fn load_or_make(path: Option<&Path>) -> Result<Key, Failure> {
    let path = place(path)?;
    let failed = |what: &str, error: &io::Error| {
        Failure::new(Outcome::Config, format!("cannot {what} the key '{}': {}", path.display(), error.kind()))
    };
    match read(&path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                fs::create_dir_all(folder).map_err(|error| failed("make", &error))?;
            }
            match make(&path) {
                Ok(key) => Ok(key),
                // Another run was faster: its key is the key.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    read(&path).map_err(|error| failed("read", &error))
                }
                Err(error) => Err(failed("make", &error)),
            }
        }
        Err(error) => Err(failed("read", &error)
            .hint("a key is 64 hexadecimal digits in a file that nobody else may read (chmod 600)")),
    }
}

/// Where the key lies: where the user says, or at its usual place.
pub fn place(path: Option<&Path>) -> Result<PathBuf, Failure> {
    path.map_or_else(usual_place, |path| Ok(path.to_owned()))
}

/// Overwrites a key and removes it. Where a disk keeps old blocks, the encryption of the disk is what counts.
pub fn destroy(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0).min(1_024);
    file.write_all(&vec![b'0'; length])?;
    file.sync_all()?;
    drop(file);
    fs::remove_file(path)
}

fn usual_place() -> Result<PathBuf, Failure> {
    data_folder().map(|folder| folder.join("pseudonym.key")).map_err(|failure| failure.hint("name a file with --key"))
}

/// `$XDG_DATA_HOME/mailglean`, or below `~/.local/share`, or `%LOCALAPPDATA%`.
pub fn data_folder() -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = variable("XDG_DATA_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .or_else(|| variable("LOCALAPPDATA"));
    data.map(|data| data.join("mailglean"))
        .ok_or_else(|| Failure::new(Outcome::Config, "no home folder, and so no place for mailglean's own files"))
}

fn read(path: &Path) -> io::Result<Key> {
    let file = fs::File::open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    let mut text = Zeroizing::new(String::new());
    file.take(100).read_to_string(&mut text)?;
    let text = text.trim();
    let mut key = Key::default();
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    if text.len() != 64 || !text.is_ascii() {
        return Err(wrong());
    }
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        let digits = text.get(at..at + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(key)
}

fn make(path: &Path) -> io::Result<Key> {
    let mut key = Key::default();
    getrandom::fill(key.as_mut()).map_err(|_| io::Error::from(io::ErrorKind::Other))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let digits: Zeroizing<String> = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
    file.write_all(digits.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/place/pseudonym.key");
        let made = load_or_make(Some(&path)).unwrap();
        assert_eq!(*made, *load_or_make(Some(&path)).unwrap());
        assert_ne!(*made, [0; 32]);
    }

    #[test]
    fn a_destroyed_key_does_not_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pseudonym.key");
        let made = load_or_make(Some(&path)).unwrap();
        destroy(&path).unwrap();
        assert!(!path.exists());
        assert_ne!(*made, *load_or_make(Some(&path)).unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pseudonym.key");
        make(&path).unwrap();
        fs::write(&path, "not a key").unwrap();
        assert_eq!(load_or_make(Some(&path)).unwrap_err().outcome, Outcome::Config);
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pseudonym.key");
        make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(load_or_make(Some(&path)).unwrap_err().outcome, Outcome::Config);
    }
}
