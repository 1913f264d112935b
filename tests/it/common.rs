//! What several tests need: a server at work, a client that knows nothing of the program's own, and the program.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailglean::demo::{Certificate, Mailbox, Running, Script, Server};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A server on its own threads, so that a test may wait for the program without stopping it.
pub struct Served {
    pub running: Running,
    pub runtime: tokio::runtime::Runtime,
    pub dir: tempfile::TempDir,
}

impl Served {
    pub fn new(mailbox: Mailbox) -> Self {
        Self::start(Server::new(mailbox))
    }

    pub fn scripted(mailbox: Mailbox, script: Script) -> Self {
        Self::start(Server::new(mailbox).script(script))
    }

    /// A server that has one name for all copies of a message (OBJECTID).
    pub fn naming_copies(mailbox: Mailbox) -> Self {
        Self::start(Server::new(mailbox).naming_copies())
    }

    pub fn with_certificate(mailbox: Mailbox, certificate: Certificate) -> Self {
        Self::start(Server::new(mailbox).certificate(certificate))
    }

    fn start(server: Server) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(server.start()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), &running.ca_pem).unwrap();
        Self { running, runtime, dir }
    }

    /// A raw TLS connection with its greeting read.
    pub fn connect(&self) -> Client<'_> {
        let stream = self.runtime.block_on(tls(self.running.tls, &self.running.ca_pem));
        let mut client = Client { served: self, stream: Box::new(stream), number: 0 };
        assert!(client.read_until(b"\r\n").starts_with(b"* OK "));
        client
    }

    /// A raw connection that is logged in.
    pub fn log_in(&self) -> Client<'_> {
        let mut client = self.connect();
        let answer = client.say(&format!("LOGIN {} {}", self.running.user, self.running.password));
        assert!(answer.contains("\r\nT1 OK ") || answer.starts_with("T1 OK "), "{answer}");
        client
    }
}

pub async fn tls(address: SocketAddr, ca_pem: &str) -> TlsStream<TcpStream> {
    try_tls(address, ca_pem).await.unwrap()
}

pub async fn over_tls(stream: TcpStream, ca_pem: &str) -> TlsStream<TcpStream> {
    handshake(stream, ca_pem).await.unwrap()
}

pub async fn try_tls(address: SocketAddr, ca_pem: &str) -> io::Result<TlsStream<TcpStream>> {
    handshake(TcpStream::connect(address).await?, ca_pem).await
}

async fn handshake(stream: TcpStream, ca_pem: &str) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// A client that sends what it is told to and reads up to the tagged answer.
pub struct Client<'a> {
    served: &'a Served,
    stream: Box<TlsStream<TcpStream>>,
    number: u32,
}

impl Client<'_> {
    /// Sends a command and returns all up to its tagged line, with it.
    pub fn say(&mut self, command: &str) -> String {
        String::from_utf8_lossy(&self.say_bytes(command.as_bytes())).into_owned()
    }

    pub fn say_bytes(&mut self, command: &[u8]) -> Vec<u8> {
        self.number += 1;
        let tag = format!("T{}", self.number);
        self.send(&[tag.as_bytes(), b" ", command, b"\r\n"].concat());
        let mut answer = vec![];
        loop {
            let line = self.read_until(b"\r\n");
            let last = line.is_empty() || line.starts_with(format!("{tag} ").as_bytes());
            answer.extend(line);
            if last {
                return answer;
            }
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.served.runtime.block_on(async {
            self.stream.write_all(bytes).await.unwrap();
            self.stream.flush().await.unwrap();
        });
    }

    /// Reads to the end mark; what comes before the end of the connection if there is none.
    pub fn read_until(&mut self, mark: &[u8]) -> Vec<u8> {
        self.served.runtime.block_on(async {
            let mut read = vec![];
            while !read.ends_with(mark) {
                match self.stream.read_u8().await {
                    Ok(byte) => read.push(byte),
                    Err(_) => break,
                }
            }
            read
        })
    }
}

/// The folder that Cargo.toml lies in.
pub fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Says, where it is seen even though the test passes, what was not tested.
pub fn skipped(what: &str) {
    // Not eprintln!: the test harness swallows that.
    let _ = writeln!(io::stderr(), "skipped: {what}");
}

/// The program, in a home of its own and without the environment of whoever runs the tests.
pub struct Program {
    pub dir: tempfile::TempDir,
}

/// What came of a run.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// `result.json`, if it was written.
    pub result: Option<Value>,
}

impl Program {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A command that can still be given an environment or a time limit.
    pub fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_mailglean"));
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.dir.path())
            .env("RUST_BACKTRACE", "1")
            // The moment that counts as now: 2025-07-01.
            .env("SOURCE_DATE_EPOCH", "1751328000")
            .current_dir(self.dir.path())
            // Against a hang alone: a loaded machine and a debug build take their time.
            .timeout(Duration::from_secs(600))
            .args(arguments);
        command
    }

    /// Runs the program to its end. A result of an earlier run is removed first.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let result = self.path("result.json");
        let _ = fs::remove_file(&result);
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            result: fs::read(&result).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap()),
        };
        assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
        run
    }

    /// Audits with names shown.
    pub fn audit(&self, arguments: &[&str]) -> Run {
        self.run(&[&["audit", "--evidence", "clear", "--reveal", "a test", "--owner", OWNER], arguments].concat())
    }

    /// Audits an embedded server over TLS, with names shown.
    pub fn audit_server(&self, served: &Served, arguments: &[&str]) -> Run {
        let url = format!("imaps://{}@localhost:{}", urlencoded(&served.running.user), served.running.tls.port());
        let ca = served.dir.path().join("ca.pem");
        let password = format!("printf %s {}", served.running.password);
        let way = [&url, "--ca", ca.to_str().unwrap(), "--password-command", &password];
        self.audit(&[&way, arguments].concat())
    }
}

/// The owner of every mailbox that the tests make.
pub const OWNER: &str = "demo@firma.example";

fn urlencoded(user: &str) -> String {
    user.replace('@', "%40")
}

impl Run {
    /// The result of a run that must have written one.
    pub fn report(&self) -> &Value {
        self.result.as_ref().unwrap_or_else(|| panic!("no result, exit {}: {}", self.code, self.stderr))
    }

    pub fn contacts(&self) -> &Value {
        &self.report()["contacts"]
    }

    /// The contact with this address.
    pub fn contact(&self, email: &str) -> &Value {
        let contacts = self.contacts().as_array().unwrap();
        let found = contacts.iter().find(|contact| contact["emails"].as_array().unwrap().iter().any(|e| e == email));
        found.unwrap_or_else(|| panic!("no contact {email} among {}", contacts.len()))
    }

    /// How many problems of this kind were counted.
    pub fn problems(&self, kind: &str) -> u64 {
        self.report()["coverage"]["problems"][kind].as_u64().unwrap_or(0)
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// That nothing was written, that it is said why, and what the user can do.
    #[track_caller]
    pub fn refused(self, code: i32) -> Self {
        let run = self.exits(code);
        assert!(run.result.is_none(), "there is a result");
        assert!(run.stderr.starts_with("error: ") || run.stderr.contains("\nerror: "), "{}", run.stderr);
        assert!(run.stderr.contains("\nhint: "), "no hint: {}", run.stderr);
        run
    }
}

/// The commands that may go over the wire. Kept here apart from the program's own list, to be compared with it.
const ALLOWED: &[&str] = &[
    "CAPABILITY",
    "ID",
    "NOOP",
    "STARTTLS",
    "AUTHENTICATE",
    "LOGIN",
    "ENABLE",
    "COMPRESS",
    "NAMESPACE",
    "LIST",
    "STATUS",
    "EXAMINE",
    "MYRIGHTS",
    "UID SEARCH",
    "UID FETCH",
    "UNSELECT",
    "IDLE",
    "DONE",
    "LOGOUT",
];

/// Whether a command (without its tag) could change a mailbox, or is not known not to.
pub fn forbidden(line: &str) -> bool {
    let line = line.trim_end().to_ascii_uppercase();
    let mut words = line.split(' ');
    let verb = match words.next().unwrap_or_default() {
        "UID" => format!("UID {}", words.next().unwrap_or_default()),
        verb => verb.to_owned(),
    };
    let marks = line.replace("BODY.PEEK[", "").replace("BINARY.PEEK[", "").replace("RFC822.SIZE", "");
    let marks = ["BODY[", "BINARY[", "RFC822"].iter().any(|item| marks.contains(item));
    !ALLOWED.contains(&verb.as_str()) || (verb == "UID FETCH" && marks)
}

/// A port that nobody listens on, and that no other test was given.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return port;
        }
    }
}
