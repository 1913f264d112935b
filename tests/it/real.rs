//! Real servers, each private, on loopback, and stopped when it is dropped: Dovecot, Cyrus, Courier and GNU imap4d.
//!
//! `tests/run` installs what they need. Where one cannot be had, `start` says so, loudly, and returns `None`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mailglean::demo::Mailbox;

use crate::common::{Program, Run, free_port, manifest, skipped};
use crate::mail::write_maildir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Dovecot,
    Cyrus,
    Courier,
    Imap4d,
}

pub struct Real {
    pub kind: Kind,
    pub plain: u16,
    pub tls: u16,
    dir: tempfile::TempDir,
}

/// What logs alice in, on all of them.
pub const PASSWORD: [&str; 2] = ["--password-command", "printf %s alice-pw"];

/// What a server's script exits with where there is no such server to be had.
const NONE_HERE: i32 = 69;

impl Real {
    /// Starts a server over this Maildir of alice's.
    pub fn start(kind: Kind, maildir: &Path) -> Option<Self> {
        Self::start_with(kind, maildir, &[])
    }

    /// Starts a server that does not compress, so that its log of commands can be read.
    pub fn legible(kind: Kind, mailbox: &Mailbox) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        write_maildir(mailbox, dir.path());
        Self::start_with(kind, dir.path(), &[("NO_COMPRESS", "1")])
    }

    fn start_with(kind: Kind, maildir: &Path, settings: &[(&str, &str)]) -> Option<Self> {
        let name = format!("{kind:?}").to_lowercase();
        if kind == Kind::Dovecot && !Path::new("/usr/sbin/dovecot").exists() {
            skipped("no dovecot");
            return None;
        }
        if Command::new("id").arg("-u").output().unwrap().stdout.trim_ascii() != b"0" {
            skipped(&format!("no {name}: only root can start it"));
            return None;
        }
        let server = Self { kind, plain: free_port(), tls: free_port(), dir: tempfile::tempdir().unwrap() };
        let status = server.script("start").env("MAILDIR", maildir).envs(settings.iter().copied()).status().unwrap();
        if status.code() == Some(NONE_HERE) {
            skipped(&format!("no {name}: {}", server.said().trim_end()));
            return None;
        }
        assert!(status.success(), "{}", server.said());
        if kind == Kind::Cyrus {
            server.load(maildir);
        }
        Some(server)
    }

    /// Starts a server over a mailbox.
    pub fn over(kind: Kind, mailbox: &Mailbox) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        write_maildir(mailbox, dir.path());
        Self::start(kind, dir.path())
    }

    fn script(&self, what: &str) -> Command {
        let name = format!("{:?}.sh", self.kind).to_lowercase();
        let mut command = Command::new("sh");
        command
            .arg(manifest().join("tests/servers").join(name))
            .arg(what)
            .env("DIR", self.dir.path())
            .env("PKG", Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{:?}", self.kind).to_lowercase()))
            .env("PORT_PLAIN", self.plain.to_string())
            .env("PORT_TLS", self.tls.to_string())
            .env("PORT_OAUTH", free_port().to_string())
            // A daemon that keeps a pipe open would keep this process waiting.
            .stdout(Stdio::null())
            .stderr(fs::File::options().create(true).append(true).open(self.file("script.log")).unwrap());
        command
    }

    fn said(&self) -> String {
        fs::read_to_string(self.file("script.log")).unwrap()
    }

    /// Appends a Maildir's messages over IMAP, for a server whose store cannot be filled with files.
    fn load(&self, maildir: &Path) {
        let mut folders = vec![("INBOX".to_owned(), maildir.to_owned())];
        for entry in fs::read_dir(maildir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if let Some(name) = name.strip_prefix('.') {
                folders.push((name.replace('.', "/"), path));
            }
        }
        for (name, path) in folders {
            let mut command = Command::new("python3");
            command.arg(manifest().join("tests/servers/load.py"));
            command
                .args(["localhost", &self.tls.to_string(), "alice", "alice-pw"])
                .arg(path)
                .arg(name)
                .arg(self.file("ca.pem"));
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn audit(&self, program: &Program, url: &str, arguments: &[&str]) -> Run {
        let ca = self.file("ca.pem");
        program.audit(&[&[url, "--ca", ca.to_str().unwrap()], arguments].concat())
    }

    pub fn imaps(&self) -> String {
        // One of them knows its users by domain.
        let user = if self.kind == Kind::Imap4d { "alice%40mail.example" } else { "alice" };
        format!("imaps://{user}@localhost:{}", self.tls)
    }

    /// STARTTLS, at the address for which Dovecot takes no login before it.
    pub fn starttls(&self) -> String {
        format!("imap://alice@127.0.0.2:{}", self.plain)
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.script("stop").status();
    }
}

impl Real {
    fn doveadm(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("/usr/bin/doveadm");
        let output = command.arg("-c").arg(self.file("dovecot.conf")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Everything that a client could change: file names, sizes and times, flags, and the numbers of each folder.
    pub fn state(&self) -> String {
        let fields = "uid flags modseq guid date.received date.saved";
        let numbers = "messages recent uidnext uidvalidity unseen highestmodseq";
        let told = self.doveadm(&["mailbox", "status", "-u", "alice", numbers, "*"])
            + &self.doveadm(&["fetch", "-u", "alice", fields, "mailbox", "*", "all"]);
        let mut files = vec![];
        let mut folders = vec![self.file("home/alice/Maildir")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let entry = entry.unwrap();
                let meta = entry.metadata().unwrap();
                let name = entry.file_name().into_string().unwrap();
                if meta.is_dir() {
                    folders.push(entry.path());
                } else if !name.starts_with("dovecot") && name != "subscriptions" {
                    // Its own indexes a server keeps as it likes.
                    files.push(format!("{:?} {} {:?}\n", entry.path(), meta.len(), meta.modified().unwrap()));
                }
            }
        }
        files.sort();
        files.concat() + &told
    }

    /// The commands that were heard since the server was started, after login.
    pub fn heard(&self) -> Vec<String> {
        let mut heard = vec![];
        for entry in fs::read_dir(self.file("rawlog")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "in") {
                let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
                // A moment, the tag, the command.
                let command = |line: &str| line.splitn(3, ' ').nth(2).map(str::to_owned);
                heard.extend(text.lines().filter_map(command));
            }
        }
        heard
    }
}
