//! Decides how mail in files is found and read: Maildir, mbox, folders of `.eml` files, a single message.
//!
//! Everything is opened for reading alone and read in pieces: memory holds one message, however large the file.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memchr;
use tokio::sync::mpsc;

use super::{Arrival, FolderFilter, Reading, Source, SourceError, Wanted, folder};
use crate::message::{self, Folder, FolderKind, Locator, Problem, ProblemKind, RawMessage};

/// Folders within folders.
const NESTING: usize = 32;
/// Bytes of a message that are handed on; one more, so that its reader can tell that there was more.
const MESSAGE: usize = message::MESSAGE + 1;
/// Bytes of a header that are looked at for its date.
const HEADER: usize = 64 << 10;
/// Bytes of consecutive base64 lines that are handed on: more than any text that is read, less than a film.
const ENCODED: usize = 12 << 20;

/// Mail in files.
pub struct FileSource {
    places: Vec<Place>,
}

/// A folder, and where its messages are.
#[derive(Clone)]
struct Place {
    folder: Arc<Folder>,
    store: Store,
}

#[derive(Clone)]
enum Store {
    /// The directory that holds `cur` and `new`.
    Maildir(PathBuf),
    Mbox(PathBuf),
    /// Files of one message each.
    Messages(Vec<PathBuf>),
    /// A directory that could not be listed.
    Unreadable,
}

impl FileSource {
    /// Finds the folders of a Maildir (`Maildir++` or nested), an mbox, a directory of such, or a message.
    ///
    /// # Errors
    /// If the path cannot be read, or holds no mail.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let shown = || path.display().to_string();
        let unreadable = |cause| SourceError::Unreadable { path: shown(), cause };
        let mut found = Vec::new();
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            fs::read_dir(path).map_err(unreadable)?;
            find(path, "", 0, &mut found);
        } else {
            let name = folder_name(path);
            match sniff(path).map_err(unreadable)? {
                Content::Mbox => found.push((name, Store::Mbox(path.to_owned()))),
                Content::Message => found.push((name, Store::Messages(vec![path.to_owned()]))),
                Content::Other => {}
            }
        }
        if found.is_empty() {
            return Err(SourceError::NotMail { path: shown() });
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let alias = |n: usize| format!("f{:02}", n + 1);
        let place = |(n, (name, store)): (usize, (String, Store))| {
            let kind = if name == "INBOX" { FolderKind::Inbox } else { folder::kind(&name) };
            Place { folder: Arc::new(Folder { alias: alias(n), name, kind }), store }
        };
        Ok(Self { places: found.into_iter().enumerate().map(place).collect() })
    }

    /// The folders, in the order of their aliases.
    pub fn folders(&self) -> impl Iterator<Item = &Arc<Folder>> {
        self.places.iter().map(|place| &place.folder)
    }
}

impl Source for FileSource {
    async fn read(&mut self, wanted: &Wanted, out: &mpsc::Sender<Arrival>) -> Result<Reading, SourceError> {
        let filter = wanted.filter()?;
        let (places, since, out) = (self.places.clone(), wanted.since, out.clone());
        // Files block; the reader sits on a thread that may.
        let done = tokio::task::spawn_blocking(move || read_all(&places, &filter, since, &out)).await;
        if let Err(panic) = done.map_err(tokio::task::JoinError::try_into_panic) {
            panic.map_or_else(|_| (), |panic| std::panic::resume_unwind(panic));
        }
        Ok(Reading::default())
    }
}

/// Whoever listens has stopped to.
struct Deaf;

fn read_all(places: &[Place], filter: &FolderFilter, since: Option<i32>, out: &mpsc::Sender<Arrival>) {
    for place in places {
        let folder = Arc::clone(&place.folder);
        let arrival = if filter.takes(&folder.name) {
            let messages = place.count(since);
            Arrival::Folder { folder, messages }
        } else {
            Arrival::NotOpened { folder, messages: None }
        };
        let wanted = matches!(arrival, Arrival::Folder { .. });
        if out.blocking_send(arrival).is_err() || wanted && place.read(since, out).is_err() {
            return;
        }
    }
}

impl Place {
    /// How many messages are wanted. Of an mbox this takes a pass over the file, which is much faster than reading it.
    fn count(&self, since: Option<i32>) -> u64 {
        let mut count = 0;
        let keep = if since.is_some() { HEADER } else { 0 };
        let _: Result<(), Deaf> = self.each(keep, &mut |_, message| {
            count += u64::from(message.is_ok_and(|bytes| is_since(&bytes, since)));
            Ok(())
        });
        count
    }

    fn read(&self, since: Option<i32>, out: &mpsc::Sender<Arrival>) -> Result<(), Deaf> {
        self.each(MESSAGE, &mut |number, message| {
            let at = Locator { folder: Arc::clone(&self.folder), number };
            let arrival = match message {
                Ok(bytes) if is_since(&bytes, since) => Arrival::Message(RawMessage { at, bytes }),
                Ok(_) => return Ok(()),
                Err(what) => Arrival::Problem(Problem { at, what }),
            };
            out.blocking_send(arrival).map_err(|_| Deaf)
        })
    }

    /// Shows each message, up to `keep` bytes of it, with its number.
    fn each(&self, keep: usize, show: &mut Show) -> Result<(), Deaf> {
        match &self.store {
            Store::Unreadable => show(0, Err(ProblemKind::Folder)),
            Store::Maildir(path) => match maildir_files(path) {
                Ok(files) => each_file(&files, keep, show),
                Err(_) => show(0, Err(ProblemKind::Folder)),
            },
            Store::Messages(files) => each_file(files, keep, show),
            Store::Mbox(path) => match File::open(path) {
                Ok(file) => Mbox::new(file, keep).each(show),
                Err(_) => show(0, Err(ProblemKind::Folder)),
            },
        }
    }
}

type Show<'s> = dyn FnMut(u64, Result<Vec<u8>, ProblemKind>) -> Result<(), Deaf> + 's;

fn is_since(bytes: &[u8], since: Option<i32>) -> bool {
    // A message without a date may be new.
    since.is_none_or(|since| message::sent(bytes).is_none_or(|date| date.day() >= since))
}

fn each_file(files: &[PathBuf], keep: usize, show: &mut Show) -> Result<(), Deaf> {
    for (number, path) in (1..).zip(files) {
        if keep == 0 {
            // Counting alone: whether it can be read shows when it is read.
            show(number, Ok(Vec::new()))?;
            continue;
        }
        let bytes = File::open(path).and_then(|file| whole(file, keep));
        show(number, bytes.map_err(|_| ProblemKind::Unreadable))?;
    }
    Ok(())
}

/// Reads a message, without what lies behind the limit or in the depth of an attachment.
fn whole(file: File, keep: usize) -> io::Result<Vec<u8>> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    if size <= ENCODED {
        let mut bytes = Vec::with_capacity(size.min(keep));
        file.take(u64::try_from(keep).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let mut pieces = Pieces::new(file);
    let mut message = Kept::new(keep);
    while let Some(piece) = pieces.next()? {
        if message.is_full() {
            break;
        }
        message.take(&piece);
    }
    Ok(message.bytes)
}

/// A line, or a part of one that is very long.
struct Piece<'b> {
    bytes: &'b [u8],
    starts: bool,
    ends: bool,
}

/// Lines of a file, in pieces of bounded size.
struct Pieces {
    reader: BufReader<File>,
    used: usize,
    starts: bool,
}

impl Pieces {
    fn new(file: File) -> Self {
        Self { reader: BufReader::with_capacity(256 << 10, file), used: 0, starts: true }
    }

    fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.reader.consume(std::mem::take(&mut self.used));
        let starts = self.starts;
        let buffer = self.reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let (length, ends) = memchr(b'\n', buffer).map_or((buffer.len(), false), |end| (end + 1, true));
        self.used = length;
        self.starts = ends;
        Ok(Some(Piece { bytes: self.reader.buffer().get(..length).unwrap_or_default(), starts, ends }))
    }
}

/// A message as far as it is kept.
struct Kept {
    bytes: Vec<u8>,
    limit: usize,
    /// Bytes of base64 lines in a row.
    encoded: usize,
    /// The line that is being read is left out.
    skip: bool,
}

impl Kept {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, encoded: 0, skip: false }
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= self.limit
    }

    fn take(&mut self, piece: &Piece) {
        let text = piece.bytes.trim_ascii_end();
        // Long attachments are not handed on; their first lines are, and show what they were.
        let is_part = !piece.starts || !piece.ends;
        let is_base64 =
            (text.len() >= 40 || is_part) && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
        self.encoded = if is_base64 { self.encoded.saturating_add(piece.bytes.len()) } else { 0 };
        if piece.starts {
            self.skip = self.encoded > ENCODED;
        }
        if !self.skip {
            let room = self.limit.saturating_sub(self.bytes.len());
            self.bytes.extend_from_slice(piece.bytes.get(..room).unwrap_or(piece.bytes));
        }
    }
}

/// Takes an mbox apart. A message starts at a line `From ... date` after an empty one; `Content-Length` is not
/// believed. `>From ` loses its mark (mboxo), and so does `>>From ` (mboxrd).
struct Mbox {
    pieces: Pieces,
    keep: usize,
}

impl Mbox {
    fn new(file: File, keep: usize) -> Self {
        Self { pieces: Pieces::new(file), keep }
    }

    fn each(mut self, show: &mut Show) -> Result<(), Deaf> {
        let mut message = Kept::new(self.keep);
        let mut number = 0;
        let mut blank = true;
        loop {
            let piece = match self.pieces.next() {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(_) => return show(number + 1, Err(ProblemKind::Unreadable)),
            };
            if piece.starts && blank && (number == 0 && piece.bytes.starts_with(b"From ") || is_postmark(piece.bytes)) {
                // The postmark is no part of the message; if its line is long, neither is the rest of it.
                let mut ends = piece.ends;
                if number > 0 {
                    hand_on(number, &mut message, show)?;
                }
                number += 1;
                blank = false;
                message.encoded = 0;
                while !ends {
                    match self.pieces.next() {
                        Ok(Some(more)) => ends = more.ends,
                        _ => break,
                    }
                }
                continue;
            }
            let marks = piece.bytes.iter().take_while(|b| **b == b'>').count();
            let quoted = piece.starts && marks > 0 && piece.bytes.get(marks..).is_some_and(|r| r.starts_with(b"From "));
            blank = piece.starts && piece.bytes.trim_ascii_end().is_empty();
            if number > 0 && !message.is_full() {
                let bytes = if quoted { piece.bytes.get(1..).unwrap_or_default() } else { piece.bytes };
                message.take(&Piece { bytes, ..piece });
            }
        }
        if number > 0 {
            hand_on(number, &mut message, show)?;
        }
        Ok(())
    }
}

fn hand_on(number: u64, message: &mut Kept, show: &mut Show) -> Result<(), Deaf> {
    let mut bytes = std::mem::take(&mut message.bytes);
    // The empty line before the next postmark belongs to the mbox.
    if bytes.ends_with(b"\n\n") || bytes.ends_with(b"\n\r\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    show(number, Ok(bytes))
}

/// `From somebody Mon Jan  1 12:00:00 2024`: a line that starts a message, rather than a sentence.
fn is_postmark(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = rest.get(..512).unwrap_or(rest);
    let time = rest.windows(4).any(|w| matches!(w, [a, b':', c, d] if [a, c, d].iter().all(|b| b.is_ascii_digit())));
    let digits = |word: &[u8]| word.len() == 4 && word.iter().all(u8::is_ascii_digit);
    let year = rest.split(|b| b.is_ascii_whitespace()).any(digits);
    const MONTHS: &[&[u8]] =
        &[b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let month = rest.split(|b| b.is_ascii_whitespace()).any(|word| MONTHS.contains(&word));
    time && year && month
}

/// The files of a Maildir folder, in the order of their names, which is the order of arrival.
fn maildir_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut missing = 0;
    for sub in ["cur", "new"] {
        match fs::read_dir(path.join(sub)) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry?;
                    let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                    if !hidden && !entry.file_type()?.is_dir() {
                        files.push(entry.path());
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && missing == 0 => missing += 1,
            Err(error) => return Err(error),
        }
    }
    files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(files)
}

fn is_maildir(path: &Path) -> bool {
    path.join("cur").is_dir() && (path.join("new").is_dir() || path.join("tmp").is_dir())
}

/// Finds the folders below a directory.
fn find(path: &Path, name: &str, depth: usize, found: &mut Vec<(String, Store)>) {
    let own = || if name.is_empty() { "INBOX".to_owned() } else { name.to_owned() };
    let maildir = is_maildir(path);
    if maildir {
        found.push((own(), Store::Maildir(path.to_owned())));
    }
    let Ok(entries) = fs::read_dir(path) else {
        found.push((own(), Store::Unreadable));
        return;
    };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    let mut messages = Vec::new();
    for entry in entries {
        let Some(file) = entry.file_name().map(|file| file.to_string_lossy().into_owned()) else { continue };
        let is_link = fs::symlink_metadata(&entry).is_ok_and(|meta| meta.is_symlink());
        if entry.is_dir() {
            let own_part = maildir && matches!(file.as_str(), "cur" | "new" | "tmp");
            // A link to a directory may lead round in a circle.
            if own_part || is_link || depth >= NESTING {
                continue;
            }
            match file.strip_prefix('.') {
                // Maildir++: one level of directories, dots between the levels of the name.
                Some(levels) if is_maildir(&entry) => {
                    let levels = decoded(levels).replace('.', "/");
                    find(&entry, &join(name, &levels), depth + 1, found);
                }
                Some(_) => {}
                None => {
                    let level = file.strip_suffix(".sbd").or(file.strip_suffix(".mbox")).unwrap_or(&file);
                    find(&entry, &join(name, &decoded(level)), depth + 1, found);
                }
            }
        } else if !maildir && !file.starts_with('.') {
            let kind = entry.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
            match kind.as_str() {
                "eml" | "emlx" | "mai" => messages.push(entry),
                // Indexes and settings of mail programs, pictures, archives ...
                "" | "mbox" | "mbx" | "txt" | "msg" | "mail" if is_file(&entry) => match sniff(&entry) {
                    Ok(Content::Mbox) => {
                        let stem =
                            if file == "mbox" && !name.is_empty() { own() } else { join(name, &folder_name(&entry)) };
                        found.push((stem, Store::Mbox(entry)));
                    }
                    Ok(Content::Message) if kind != "txt" => messages.push(entry),
                    _ => {}
                },
                _ => {}
            }
        }
    }
    if !messages.is_empty() {
        found.push((own(), Store::Messages(messages)));
    }
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file())
}

fn join(name: &str, level: &str) -> String {
    if name.is_empty() { level.to_owned() } else { format!("{name}/{level}") }
}

fn decoded(name: &str) -> String {
    let decoded = if name.is_ascii() { folder::modified_utf7(name) } else { None };
    let name = decoded.unwrap_or_else(|| name.to_owned());
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The folder that a file stands for: `Sent.mbox` is `Sent`.
fn folder_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = ["mbox", "mbx", "eml", "emlx", "txt"].iter().find_map(|end| name.strip_suffix(end)?.strip_suffix('.'));
    match stem.unwrap_or(&name) {
        "mbox" | "inbox" | "Inbox" | "INBOX" => "INBOX".to_owned(),
        stem => decoded(stem),
    }
}

enum Content {
    Mbox,
    Message,
    Other,
}

/// What a file holds, by its first bytes.
fn sniff(path: &Path) -> io::Result<Content> {
    let mut start = Vec::new();
    File::open(path)?.take(16 << 10).read_to_end(&mut start)?;
    if start.starts_with(b"From ") {
        let end = memchr(b'\n', &start).unwrap_or(start.len());
        let (postmark, message) = start.split_at_checked(end + 1).unwrap_or((&start, &[]));
        let mbox = is_postmark(postmark) || message::looks_like_one(message);
        return Ok(if mbox { Content::Mbox } else { Content::Other });
    }
    Ok(if message::looks_like_one(&start) { Content::Message } else { Content::Other })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a place as `folder kind/number: subject`, one line each, problems and unopened folders among them.
    fn read(path: &Path, wanted: &Wanted) -> Vec<String> {
        let mut source = FileSource::open(path).map_err(|error| error.to_string()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (out, mut arrivals) = mpsc::channel(1000);
            source.read(wanted, &out).await.unwrap();
            drop(out);
            let mut lines = Vec::new();
            while let Some(arrival) = arrivals.recv().await {
                lines.push(match arrival {
                    Arrival::Folder { folder, messages } => {
                        format!("{} {} {:?} {messages}", folder.alias, folder.name, folder.kind)
                    }
                    Arrival::Resumed(_) | Arrival::CopiesFollow | Arrival::Copy { .. } => {
                        "files are read as a whole".to_owned()
                    }
                    Arrival::NotOpened { folder, .. } => format!("{} {} not opened", folder.alias, folder.name),
                    Arrival::Problem(problem) => format!("{}: {:?}", problem.at.number, problem.what),
                    Arrival::Message(raw) => {
                        let text = String::from_utf8_lossy(&raw.bytes).into_owned();
                        format!("{}: {}", raw.at.number, text.replace('\n', "/"))
                    }
                });
            }
            lines
        })
    }

    fn write(dir: &Path, files: &[(&str, &str)]) {
        for (name, content) in files {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    #[test]
    fn maildir_with_subfolders() {
        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            &[
                ("cur/1:2,S", "From: a\n"),
                ("new/2", "From: b\n"),
                ("tmp/3", "From: unfinished\n"),
                (".Sent/cur/1:2,S", "From: c\n"),
                (".Sent/new/.hidden", ""),
                (".Archive.2024/cur/1", "From: d\n"),
                (".Archive.2024/new/2", "From: e\n"),
                (".Entw&APw-rfe/cur/1", "From: f\n"),
                (".Entw&APw-rfe/tmp/x", ""),
                ("dovecot.index.log", "x"),
                (".git/config", "From: not mail\n"),
            ],
        );
        let wanted = Wanted { exclude: vec!["Entw*".into()], ..Wanted::default() };
        let want = [
            "f01 Archive/2024 Other 2",
            "1: From: d/",
            "2: From: e/",
            "f02 Entwürfe not opened",
            "f03 INBOX Inbox 2",
            "1: From: a/",
            "2: From: b/",
            "f04 Sent Sent 1",
            "1: From: c/",
        ];
        assert_eq!(read(dir.path(), &wanted), want);
    }

    #[test]
    fn mbox_in_both_dialects() {
        let dir = tempfile::tempdir().unwrap();
        let text = "From ann@firm.example Tue Mar  4 08:12:00 2025\nFrom: a\nContent-Length: 9999\n\n>From here\n\
            >>From there\n\nFrom what I hear, it is 2025.\n> From x\n\n\
            From - Tue Mar  4 08:12:00 2025\r\nFrom: b\r\n\r\nlast\r\n\r\n";
        write(dir.path(), &[("Gesendete Objekte.mbox", text)]);
        let want = [
            "f01 Gesendete Objekte Sent 2",
            "1: From: a/Content-Length: 9999//From here/>From there//From what I hear, it is 2025./> From x/",
            "2: From: b\r/\r/last\r/",
        ];
        assert_eq!(read(&dir.path().join("Gesendete Objekte.mbox"), &Wanted::default()), want);
    }

    #[test]
    fn folders_of_messages_and_mboxes() {
        let dir = tempfile::tempdir().unwrap();
        let mbox = "From - Tue Mar  4 08:12:00 2025\nFrom: m\n";
        write(
            dir.path(),
            &[
                ("b.eml", "From: b\n"),
                ("a.EML", "From: a\n"),
                ("notes.txt", "From here on\n"),
                ("Sent/1.eml", "From: s\n"),
                ("Sent.msf", "From: index\n"),
                ("Kunden", mbox),
                ("Kunden.sbd/Alt", mbox),
                ("Apple.mbox/mbox", mbox),
            ],
        );
        let want = [
            "f01 Apple Other 1",
            "1: From: m/",
            "f02 INBOX Inbox 2",
            "1: From: a/",
            "2: From: b/",
            "f03 Kunden Other 1",
            "1: From: m/",
            "f04 Kunden/Alt Other 1",
            "1: From: m/",
            "f05 Sent Sent 1",
            "1: From: s/",
        ];
        assert_eq!(read(dir.path(), &Wanted::default()), want);
    }

    #[test]
    fn since_counts_by_the_date_of_the_message() {
        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            &[
                ("1.eml", "Date: Tue, 4 Mar 2025 00:12:00 +0100\n"),
                ("2.eml", "Date: Mon, 3 Mar 2025 23:12:00 +0100\n"),
                ("3.eml", "Date: whenever\n"),
            ],
        );
        let wanted = Wanted { since: Some(20_151), ..Wanted::default() };
        let want = ["f01 INBOX Inbox 2", "1: Date: Tue, 4 Mar 2025 00:12:00 +0100/", "3: Date: whenever/"];
        assert_eq!(read(dir.path(), &wanted), want);
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_and_what_is_no_mail_an_error() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("sub/1.eml", "From: a\n"), ("notes.txt", "hello\n"), ("empty", "")]);
        std::os::unix::fs::symlink(dir.path().join("gone"), dir.path().join("sub/2.eml")).unwrap();
        assert_eq!(
            read(&dir.path().join("sub"), &Wanted::default()),
            ["f01 INBOX Inbox 2", "1: From: a/", "2: Unreadable"]
        );
        for name in ["notes.txt", "empty"] {
            assert!(matches!(FileSource::open(&dir.path().join(name)), Err(SourceError::NotMail { .. })), "{name}");
        }
        assert!(matches!(FileSource::open(&dir.path().join("nothing")), Err(SourceError::Unreadable { .. })));
    }

    #[test]
    fn long_attachments_are_not_handed_on() {
        let dir = tempfile::tempdir().unwrap();
        let film = format!("{}\n", "QUJD".repeat(19)).repeat(400_000);
        write(dir.path(), &[("1.eml", &format!("From: a\n\nbefore\n{film}--after\n"))]);
        let read = read(dir.path(), &Wanted::default());
        let message = read.last().unwrap();
        assert!(message.len() < ENCODED + 100 && message.ends_with("/--after/"), "{}", message.len());
    }
}
