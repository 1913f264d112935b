//! Decides what a command that reads mail may still reach: what it was given, where it writes, and nothing else.

use std::path::{Path, PathBuf};

use super::progress::Voice;
use crate::sandbox;

/// The walls of a run, not yet closed.
pub struct Walls {
    walls: sandbox::Walls,
    /// The user wants none.
    off: bool,
}

impl Walls {
    /// Walls around a run that writes these files, each beside others of its folder.
    pub fn writing<'a>(files: impl IntoIterator<Item = &'a Path>, off: bool) -> Self {
        let mut write: Vec<PathBuf> = files.into_iter().map(|file| super::output::folder_of(file).to_owned()).collect();
        write.sort();
        write.dedup();
        // Where OpenSSL's own variables move the authorities to.
        let read = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
        Self { walls: sandbox::Walls { read: read.collect(), write, ports: Vec::new() }, off }
    }

    /// Lets a file, or a folder with all that is in it, be read.
    #[must_use]
    pub fn reading(mut self, path: impl Into<PathBuf>) -> Self {
        self.walls.read.push(path.into());
        self
    }

    /// Lets this TCP port be connected to.
    #[must_use]
    pub fn connecting(mut self, port: u16) -> Self {
        self.walls.ports.push(port);
        self
    }

    /// Closes them around this thread and all that it will start.
    pub fn close(self, voice: Voice) {
        if self.off {
            return;
        }
        let held = sandbox::enter(&self.walls);
        if cfg!(all(target_os = "linux", feature = "sandbox")) && !held.all() && !voice.quiet() {
            let part = |held: bool, what: &'static str| (!held).then_some(what);
            let open =
                [part(held.files, "files"), part(held.network, "network ports"), part(held.calls, "system calls")];
            let open: Vec<_> = open.into_iter().flatten().collect();
            eprintln!("note: this kernel cannot confine: {} (see docs/security.md)", open.join(", "));
        }
    }
}
