//! What several tests need: a server at work, a client that knows nothing of the program's own, and the program.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use mailglean::demo::{Certificate, Mailbox, Running, Script, Server};
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
