//! How near reading over IMAP comes to what the line allows, and how it compares with the usual ways.
//!
//! `cargo bench --bench imap` prints all of it, `-- simulated` or `-- dovecot` a part. Only ratios are to be compared:
//! both sides of one run on the same machine in the same minutes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run stops")]

mod simulated;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mailglean::source::imap::{ImapSource, Login, Settings, Tls, Trust};
use mailglean::source::{Arrival, Source as _, Wanted};
use simulated::Simulated;

fn main() {
    if let Ok(how) = std::env::var("MAILGLEAN_BENCH_READ") {
        return read_and_tell(how == "compress");
    }
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|word| word == part);
    if wants("simulated") {
        say("simulated server, no TLS");
        second_audit();
        million();
    }
    if wants("dovecot") {
        dovecot();
    }
}

#[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}

/// The second audit of 100,000 messages of which 50 are new, 30 ms away.
fn second_audit() {
    let dir = tempfile::tempdir().unwrap();
    let server = Simulated::start(100_000, Duration::from_millis(30));
    let audit = || {
        let turns = server.turns.load(Ordering::Relaxed);
        let (time, memory) = audit(dir.path(), server.port, &["--state", "s"]);
        (time, memory, server.turns.load(Ordering::Relaxed) - turns)
    };
    let (first, _, turns) = audit();
    let size = fs::metadata(dir.path().join("s")).unwrap().len();
    say(&format!(
        "  first audit of 100,000     {:8.2} s  {turns:4} round trips  state {:.1} MB",
        first.as_secs_f64(),
        size as f64 / 1e6
    ));
    server.messages.store(100_050, Ordering::Relaxed);
    let (second, memory, turns) = audit();
    let bound = Duration::from_millis(60 * 30) + Duration::from_secs(1);
    say(&format!(
        "  second, 50 of them new     {:8.2} s  {turns:4} round trips  {memory} MiB  (bound: 60 round trips + 1 s = {:.1} s)",
        second.as_secs_f64(),
        bound.as_secs_f64()
    ));
    let (third, _, turns) = audit();
    say(&format!("  third, nothing new         {:8.2} s  {turns:4} round trips", third.as_secs_f64()));
}

/// A million messages: memory of the reading alone, and of the whole audit.
fn million() {
    let server = Simulated::start(1_000_000, Duration::ZERO);
    let before = memory("self", "VmRSS").unwrap_or(0);
    let login = Login::Password("secret".to_owned().into());
    let mut settings = Settings::new("127.0.0.1", server.port, Tls::PlainLoopback, "ada", login);
    settings.trust = Trust::System;
    let begun = Instant::now();
    let (read, peak) = runtime().block_on(async {
        let (out, mut arrivals) = tokio::sync::mpsc::channel(4);
        let mut source = ImapSource::new(settings);
        let count = async {
            let (mut read, mut peak) = (0_u64, 0);
            while let Some(arrival) = arrivals.recv().await {
                if matches!(arrival, Arrival::Message(_)) {
                    read += 1;
                    if read % 10_000 == 0 {
                        peak = peak.max(memory("self", "VmRSS").unwrap_or(0));
                    }
                }
            }
            (read, peak)
        };
        let reading = async {
            let wanted = Wanted::default();
            let done = source.read(&wanted, &out).await;
            drop(out);
            done.unwrap();
        };
        tokio::join!(count, reading).0
    });
    let time = begun.elapsed().as_secs_f64();
    say(&format!(
        "  reading {read} messages {time:8.2} s  {:6.0} messages/s  {} MiB above idle (bound: 200 MB)",
        read as f64 / time,
        peak.saturating_sub(before)
    ));
    let dir = tempfile::tempdir().unwrap();
    let (time, memory) = audit(dir.path(), server.port, &[]);
    say(&format!(
        "  the whole audit of them    {:8.2} s  {memory} MiB at most, with 20,000 people",
        time.as_secs_f64()
    ));
}

/// Run by this very program on the server's side of the link: reads everything, and tells bytes and time.
fn read_and_tell(compress: bool) {
    let arguments: Vec<String> = std::env::args().collect();
    let login = Login::Password("alice-pw".to_owned().into());
    let mut settings = Settings::new("localhost", arguments[1].parse().unwrap(), Tls::Implicit, "alice", login);
    settings.trust = Trust::File(PathBuf::from(&arguments[2]));
    settings.compress = compress;
    let begun = Instant::now();
    let (received, needed) = runtime().block_on(async {
        let (out, mut arrivals) = tokio::sync::mpsc::channel(4);
        let mut source = ImapSource::new(settings);
        let count = async {
            let mut needed = 0;
            while let Some(arrival) = arrivals.recv().await {
                if let Arrival::Message(raw) = arrival {
                    needed += raw.bytes.len() as u64;
                }
            }
            needed
        };
        let reading = async {
            let wanted = Wanted::default();
            let done = source.read(&wanted, &out).await;
            drop(out);
            done.unwrap();
            source.received()
        };
        let (needed, received) = tokio::join!(count, reading);
        (received, needed)
    });
    say(&format!("{received} {needed} {}", begun.elapsed().as_millis()));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// MiB of a process, as Linux tells; `None` elsewhere.
fn memory(process: &str, what: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(what))?;
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Audits a simulated server: the time, and the most memory seen (MiB).
fn audit(dir: &Path, port: u16, more: &[&str]) -> (Duration, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailglean"));
    command.args(["--quiet", "audit", &format!("imap://ada@127.0.0.1:{port}"), "--plain-loopback", "--overwrite"]);
    command.args(["--evidence", "counts", "--owner", "ada@corp.example"]).args(more);
    command.env("MAILGLEAN_PASSWORD", "secret").env("HOME", dir).current_dir(dir).stdout(Stdio::null());
    watch(command)
}

fn watch(mut command: Command) -> (Duration, u64) {
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut most = 0;
    loop {
        most = most.max(memory(&child.id().to_string(), "VmHWM").unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}: {status}");
            return (begun.elapsed(), most);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A real server with a mailbox of whole mail, its attachments included, and what others take to read it.
fn dovecot() {
    let Some(mail) = std::env::var_os("MAILGLEAN_BENCH_MAILDIR").map(PathBuf::from) else {
        return say(
            "skipped: Dovecot (name a Maildir in MAILGLEAN_BENCH_MAILDIR; ../shared/imap/mail/genmail.py makes one)",
        );
    };
    let messages = ["cur", "new"].iter().filter_map(|folder| fs::read_dir(mail.join(folder)).ok()).flatten();
    let (mut count, mut size) = (0_u64, 0);
    for entry in messages {
        count += 1;
        size += entry.unwrap().metadata().unwrap().len();
    }
    say(&format!("\nDovecot, TLS, {count} messages, {:.0} MB", size as f64 / 1e6));
    let slow = Slow::start();
    let server = Dovecot::start(&mail, slow.as_ref());
    // Once to warm the server's index, for whoever comes first.
    server.read(None, true);
    let (plain, needed, time) = server.read(None, false);
    let (squeezed, _, faster) = server.read(None, true);
    let mb = |bytes: u64| bytes as f64 / 1e6;
    say(&format!("  header fields + needed text parts  {:8.2} MB", mb(needed)));
    say(&format!(
        "  on the wire, plain                 {:8.2} MB  ratio {:.3}  (bound: 1.15)   {:.2} s",
        mb(plain),
        plain as f64 / needed as f64,
        time.as_secs_f64()
    ));
    say(&format!(
        "  on the wire, COMPRESS              {:8.2} MB  ratio {:.3}                  {:.2} s",
        mb(squeezed),
        squeezed as f64 / needed as f64,
        faster.as_secs_f64()
    ));
    let ours = server.audit(None);
    say(&format!("  loopback: mailglean, whole audit   {:8.2} s", ours.as_secs_f64()));
    for (name, script, bound) in PEERS {
        match server.peer(script) {
            Some(theirs) => say(&format!(
                "  loopback: {name:24} {:8.2} s  {:6.1} times as long  (bound: {bound})",
                theirs.as_secs_f64(),
                theirs.as_secs_f64() / ours.as_secs_f64()
            )),
            None => say(&format!("  skipped: {name}: not installed for MAILGLEAN_BENCH_PYTHON")),
        }
    }
    match &slow {
        None => say("  skipped: the slow link (root and ../shared/imap/slowlink.sh are needed)"),
        Some(slow) => {
            for (name, compress) in [("plain", false), ("COMPRESS", true)] {
                let (bytes, _, time) = server.read(Some(slow), compress);
                let line = bytes as f64 * 8.0 / 50e6;
                say(&format!(
                    "  30 ms, 50 Mbit/s: reading {name:8} {:8.2} s  to move its bytes alone: {line:.2} s  ratio {:.2}  (bound: 1.25)",
                    time.as_secs_f64(),
                    time.as_secs_f64() / line
                ));
            }
            let time = server.audit(Some(slow));
            say(&format!("  30 ms, 50 Mbit/s: whole audit      {:8.2} s", time.as_secs_f64()));
        }
    }
}

/// The usual loops, each over the whole mailbox.
const PEERS: [(&str, &str, f64); 3] = [
    (
        "imaplib, 100 a time",
        "import imaplib, ssl, sys
m = imaplib.IMAP4_SSL('localhost', int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2]))
m.login('alice', 'alice-pw'); m.select('INBOX', readonly=True)
uids = m.uid('SEARCH', 'ALL')[1][0].split()
for at in range(0, len(uids), 100): m.uid('FETCH', b','.join(uids[at:at+100]).decode(), '(BODY.PEEK[])')",
        3.0,
    ),
    (
        "imap-tools, 100 a time",
        "import imap_tools, ssl, sys
with imap_tools.MailBox('localhost', int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2])).login('alice', 'alice-pw') as box:
    for message in box.fetch(mark_seen=False, bulk=100): message.from_, message.to, message.text",
        20.0,
    ),
    (
        "imap-tools, one a time",
        "import imap_tools, ssl, sys
with imap_tools.MailBox('localhost', int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2])).login('alice', 'alice-pw') as box:
    for message in box.fetch(mark_seen=False): message.from_, message.to, message.text",
        20.0,
    ),
];

/// Two network namespaces with a slow link between them.
struct Slow {
    dir: tempfile::TempDir,
    script: PathBuf,
}

impl Slow {
    const NAMES: [&str; 2] = ["mailglean-cli", "mailglean-srv"];

    fn start() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/imap/slowlink.sh");
        let slow = Self { dir: tempfile::tempdir().unwrap(), script };
        // What `localhost` is to whoever is on the client's side.
        let hosts = Path::new("/etc/netns").join(Self::NAMES[0]);
        fs::create_dir_all(&hosts).ok()?;
        fs::write(hosts.join("hosts"), "10.77.0.2 localhost\n").ok()?;
        slow.run("start").then_some(slow)
    }

    fn run(&self, what: &str) -> bool {
        let mut command = Command::new("sh");
        command.arg(&self.script).arg(what).env("DIR", self.dir.path()).env("NS_CLI", Self::NAMES[0]);
        command.env("NS_SRV", Self::NAMES[1]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.run("stop");
        let _ = fs::remove_dir_all(Path::new("/etc/netns").join(Self::NAMES[0]));
    }
}

struct Dovecot {
    dir: tempfile::TempDir,
    script: PathBuf,
    ports: [String; 3],
    slow: bool,
}

impl Dovecot {
    fn start(mail: &Path, slow: Option<&Slow>) -> Self {
        let dir = tempfile::Builder::new().prefix("mailglean-bench").tempdir().unwrap();
        let ports = [(); 3].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = ports.map(|listener| listener.local_addr().unwrap().port().to_string());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/dovecot.sh");
        let server = Self { dir, script, ports, slow: slow.is_some() };
        assert!(server.run("start", Some(mail)), "Dovecot does not start");
        server
    }

    fn run(&self, what: &str, mail: Option<&Path>) -> bool {
        let mut command = if self.slow {
            // Its own loopback and the slow link, both: the first for everything but the last figure.
            let mut command = Command::new("ip");
            command.args(["netns", "exec", Slow::NAMES[1], "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.arg(&self.script).arg(what).env("DIR", self.dir.path());
        if self.slow {
            command.env("BIND", "127.0.0.1, 10.77.0.2");
        }
        let [plain, tls, oauth] = &self.ports;
        command.env("PORT_PLAIN", plain).env("PORT_TLS", tls).env("PORT_OAUTH", oauth).stdout(Stdio::null());
        if let Some(mail) = mail {
            command.env("MAILDIR", mail);
        }
        command.status().unwrap().success()
    }

    /// A program beside the server, or on the other side of the slow link.
    fn beside(&self, slow: Option<&Slow>, program: &str) -> Command {
        if !self.slow {
            return Command::new(program);
        }
        let mut command = Command::new("ip");
        command.args(["netns", "exec", Slow::NAMES[usize::from(slow.is_none())], program]);
        command
    }

    /// Reads everything and keeps nothing: bytes on the wire, bytes handed on, time.
    fn read(&self, slow: Option<&Slow>, compress: bool) -> (u64, u64, Duration) {
        let mut command = self.beside(slow, std::env::current_exe().unwrap().to_str().unwrap());
        command.args([&self.ports[1], &self.dir.path().join("ca.pem").display().to_string()]);
        command.env("MAILGLEAN_BENCH_READ", if compress { "compress" } else { "plain" });
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> = text.split_ascii_whitespace().map(|word| word.parse().unwrap()).collect();
        (numbers[0], numbers[1], Duration::from_millis(numbers[2]))
    }

    fn audit(&self, slow: Option<&Slow>) -> Duration {
        let home = tempfile::tempdir().unwrap();
        let mut command = self.beside(slow, env!("CARGO_BIN_EXE_mailglean"));
        command.args(["--quiet", "audit", &format!("imaps://alice@localhost:{}", self.ports[1]), "--ca"]);
        command.arg(self.dir.path().join("ca.pem")).args(["--evidence", "counts"]);
        command.env("MAILGLEAN_PASSWORD", "alice-pw").env("HOME", home.path()).current_dir(home.path());
        watch({
            command.stdout(Stdio::null());
            command
        })
        .0
    }

    fn peer(&self, script: &str) -> Option<Duration> {
        let python = std::env::var("MAILGLEAN_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = self.beside(None, &python);
        command.args(["-c", script, &self.ports[1]]).arg(self.dir.path().join("ca.pem"));
        let begun = Instant::now();
        command.stderr(Stdio::null()).status().unwrap().success().then(|| begun.elapsed())
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.run("stop", None);
    }
}
