//! What servers offer beyond the basics: told together, in UTF-8, several connections at once, copies by name, and a
//! login that is bound to its connection.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mailglean::source::SourceError;
use mailglean::source::Wanted;
use mailglean::source::imap::{Login, Settings, Tls, Trust, check};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};

use crate::common::{Program, Run};

/// A server that makes its mail up as it is asked for it, in clear and on this machine alone.
struct Made {
    /// What it says it can after login.
    can: &'static str,
    /// Name, attributes, and for each message what it is called in all folders.
    folders: Vec<(&'static str, &'static str, Vec<u32>)>,
    /// More connections than this are sent away.
    most: usize,
    open: AtomicUsize,
    /// Every command, without its tag, with the connection's number.
    heard: Mutex<Vec<(usize, String)>>,
    connections: AtomicUsize,
}

impl Made {
    fn new(can: &'static str, folders: Vec<(&'static str, &'static str, Vec<u32>)>, most: usize) -> Arc<Self> {
        let (open, connections) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { can, folders, most, open, heard: Mutex::default(), connections })
    }

    fn start(self: &Arc<Self>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::clone(self);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let server = Arc::clone(&server);
                std::thread::spawn(move || {
                    let number = server.connections.fetch_add(1, Ordering::SeqCst);
                    let welcome = server.open.fetch_add(1, Ordering::SeqCst) < server.most;
                    let _ = server.serve(stream.unwrap(), number, welcome);
                    server.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        port
    }

    fn commands(&self, verb: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(_, line)| line.starts_with(verb)).map(|(_, line)| line.clone()).collect()
    }

    fn status(&self, at: usize) -> String {
        let (name, _, messages) = &self.folders[at];
        let (count, next) = (messages.len(), messages.len() + 1);
        format!(
            "* STATUS \"{name}\" (MESSAGES {count} UIDNEXT {next} UIDVALIDITY {} UNSEEN 0 HIGHESTMODSEQ 9)\r\n",
            at + 1
        )
    }

    fn serve(&self, stream: TcpStream, number: usize, welcome: bool) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?);
        let mut out = BufWriter::new(stream);
        if !welcome {
            out.write_all(b"* BYE [LIMIT] too many connections\r\n").ok()?;
            return out.flush().ok();
        }
        out.write_all(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n").ok()?;
        let mut folder = 0;
        loop {
            out.flush().ok()?;
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let (tag, command) = line.trim_end().split_once(' ')?;
            let secret = command.starts_with("AUTHENTICATE");
            self.heard
                .lock()
                .unwrap()
                .push((number, if secret { "AUTHENTICATE".to_owned() } else { command.to_owned() }));
            let verb = command.split(' ').next()?;
            match verb {
                "AUTHENTICATE" => {
                    write!(out, "{tag} OK [CAPABILITY IMAP4rev1 {}] in\r\n", self.can).ok()?;
                    continue;
                }
                "ID" => out.write_all(b"* ID NIL\r\n").ok()?,
                "ENABLE" => write!(out, "* ENABLED {}\r\n", command.split_once(' ')?.1).ok()?,
                "LIST" => {
                    for (at, (name, attributes, _)) in self.folders.iter().enumerate() {
                        write!(out, "* LIST ({attributes}) \"/\" \"{name}\"\r\n").ok()?;
                        if command.contains("STATUS") {
                            out.write_all(self.status(at).as_bytes()).ok()?;
                        }
                    }
                }
                "STATUS" | "EXAMINE" => {
                    let name = command.split('"').nth(1)?;
                    folder = self.folders.iter().position(|(known, ..)| *known == name)?;
                    if verb == "STATUS" {
                        out.write_all(self.status(folder).as_bytes()).ok()?;
                    } else {
                        let count = self.folders[folder].2.len();
                        let (next, validity) = (count + 1, folder + 1);
                        write!(
                            out,
                            "* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {next}] x\r\n"
                        )
                        .ok()?;
                        write!(out, "{tag} OK [READ-ONLY] x\r\n").ok()?;
                        continue;
                    }
                }
                "UID" if command.starts_with("UID FETCH ") => {
                    for range in command.split(' ').nth(2)?.split(',') {
                        let (first, last) = range.split_once(':').unwrap_or((range, range));
                        for uid in first.parse().ok()?..=last.parse().ok()? {
                            self.message(&mut out, folder, uid, command).ok()?;
                        }
                    }
                }
                _ => {}
            }
            write!(out, "{tag} OK done\r\n").ok()?;
            if verb == "LOGOUT" {
                return out.flush().ok();
            }
        }
    }

    fn message(&self, out: &mut impl Write, folder: usize, uid: u32, command: &str) -> std::io::Result<()> {
        let id = self.folders[folder].2[uid as usize - 1];
        let person = id % 37;
        write!(out, "* {uid} FETCH (UID {uid} X-GM-MSGID {}", 1_000_000 + id)?;
        let text = format!("Hello,\r\n\r\nsee below.\r\n\r\n-- \r\nPetra Probst{person}\r\nFirm {person} Ltd\r\n");
        if command.contains("HEADER.FIELDS (FROM") {
            let head = format!(
                "From: Petra Probst{person} <p{person}@firm{}.example>\r\nTo: Ada <demo@firma.example>\r\nSubject: {id}\r\n\
                 Date: {} Jun 2025 10:00:00 +0000\r\nMessage-ID: <{id}@x.example>\r\n\r\n",
                person % 5,
                id % 28 + 1
            );
            write!(out, " FLAGS (\\Seen) BODY[HEADER.FIELDS (FROM)] {{{}}}\r\n{head}", head.len())?;
            let size = text.len();
            write!(out, " BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" {size} 6)")?;
        } else if command.contains("BODY.PEEK[1]") {
            write!(out, " BODY[1] {{{}}}\r\n{text}", text.len())?;
        }
        out.write_all(b")\r\n")
    }
}

/// Two audits by one program have one key, so that their people can be compared.
fn audit(program: &Program, port: u16, more: &[&str]) -> Run {
    let url = format!("imap://ada@127.0.0.1:{port}");
    let way = ["--plain-loopback", "--password-command", "printf secret"];
    program.audit(&[&[url.as_str()], &way[..], more].concat())
}

/// The messages whose header fields were asked for, by folder (its UIDVALIDITY), each as often as it was.
fn headers(server: &Made) -> Vec<(usize, u32)> {
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    let mut asked = Vec::new();
    for (number, line) in server.heard.lock().unwrap().iter() {
        if line.starts_with("EXAMINE") {
            let name = line.split('"').nth(1).unwrap();
            open.insert(*number, server.folders.iter().position(|(known, ..)| *known == name).unwrap());
        }
        if line.starts_with("UID FETCH") && line.contains("HEADER.FIELDS (FROM") {
            for range in line.split(' ').nth(2).unwrap().split(',') {
                let (first, last) = range.split_once(':').unwrap_or((range, range));
                asked.extend((first.parse().unwrap()..=last.parse::<u32>().unwrap()).map(|uid| (open[number], uid)));
            }
        }
    }
    asked
}

const GMAIL: &str =
    "UNSELECT ID NAMESPACE X-GM-EXT-1 SPECIAL-USE ENABLE UTF8=ACCEPT LIST-EXTENDED LIST-STATUS ESEARCH CONDSTORE";

#[test]
fn of_a_message_that_lies_in_all_mail_as_well_one_copy_is_read() {
    // INBOX holds every third message, a label every tenth, All Mail all of them.
    let every = |step: usize| (0..1_500).step_by(step).collect::<Vec<u32>>();
    let folders = || {
        vec![
            ("INBOX", "\\HasNoChildren", every(3)),
            ("[Gmail]/All Mail", "\\All \\HasNoChildren", every(1)),
            ("Entwürfe & Co", "\\HasNoChildren", every(10)),
        ]
    };
    let program = Program::new();
    let server = Made::new(GMAIL, folders(), 9);
    let run = audit(&program, server.start(), &[]).exits(0);
    let mut ids: Vec<u32> = headers(&server).iter().map(|(at, uid)| server.folders[*at].2[*uid as usize - 1]).collect();
    ids.sort_unstable();
    assert_eq!(ids, every(1), "each message once, wherever it lies");
    assert_eq!(run.report()["coverage"]["read"], 1_500 + 500 + 150);
    // A server that has no names for copies sends them all, and the people are the same.
    let plain = Made::new("SPECIAL-USE LIST-EXTENDED", folders(), 9);
    let all = audit(&program, plain.start(), &[]).exits(0);
    assert_eq!(headers(&plain).len(), 1_500 + 500 + 150);
    assert!(all.contacts() == run.contacts());

    // The folders' names came in UTF-8, because that was switched on; and who we are was said in five words.
    let names: BTreeSet<&str> = run.report()["coverage"]["folders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["INBOX", "[Gmail]/All Mail", "Entwürfe & Co"].into());
    assert_eq!(server.commands("ENABLE"), ["ENABLE UTF8=ACCEPT"]);
    assert_eq!(
        server.commands("ID"),
        [format!("ID (\"name\" \"mailglean\" \"version\" \"{}\")", env!("CARGO_PKG_VERSION"))]
    );
    // States came with the list, before and after.
    assert_eq!((server.commands("LIST").len(), server.commands("STATUS").len()), (2, 0));
    assert_eq!(run.report()["reading"]["proof"]["unchanged"], 3);
}

/// A result without what tells of the commands: they are other ones.
fn without_commands(run: &Run) -> serde_json::Value {
    let mut report = run.report().clone();
    let proof = report["reading"]["proof"].as_object_mut().unwrap();
    proof.remove("commands");
    report["reading"]["hosts"] = serde_json::Value::Null;
    report["digest"] = serde_json::Value::Null;
    report
}

#[test]
fn several_connections_come_to_the_same_and_give_way_to_a_server_that_wants_fewer() {
    let folders = || vec![("INBOX", "", (0..5_500).collect::<Vec<u32>>()), ("Old", "", (9_000..9_200).collect())];
    let can = "SPECIAL-USE LIST-EXTENDED ESEARCH CONDSTORE";
    let program = Program::new();
    let alone = Made::new(can, folders(), 1);
    let one = audit(&program, alone.start(), &["--connections", "1"]).exits(0);
    assert_eq!(alone.connections.load(Ordering::SeqCst), 1);
    for (most, got) in [(9, 4), (2, 2), (1, 1)] {
        let server = Made::new(can, folders(), most);
        let run = audit(&program, server.start(), &["--connections", "4"]).exits(0);
        assert!(without_commands(&run) == without_commands(&one), "{most}");
        let asked = headers(&server);
        assert_eq!((asked.len(), asked.iter().collect::<BTreeSet<_>>().len()), (5_700, 5_700), "each message once");
        let readers: BTreeSet<usize> = {
            let heard = server.heard.lock().unwrap();
            heard.iter().filter(|(_, line)| line.starts_with("UID FETCH")).map(|(number, _)| *number).collect()
        };
        assert_eq!(readers.len(), got, "{most}");
        // Who is sent away does not come back: one refusal at most.
        assert!(server.connections.load(Ordering::SeqCst) <= got + 1, "{most}");
        assert_eq!(server.commands("LOGOUT").len(), got, "each says goodbye");
        let counted = run.report()["reading"]["proof"]["commands"].as_object().unwrap().values();
        let counted: u64 = counted.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(
            counted as usize,
            server.heard.lock().unwrap().len(),
            "every command of every connection is counted"
        );
    }
    for wrong in ["0", "9", "many"] {
        audit(&program, 1, &["--connections", wrong]).exits(64);
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

/// A server over TLS that knows this password and lets in who proves to know it, over this very connection. Returns how
/// the login was bound.
async fn scram_server(
    listener: tokio::net::TcpListener,
    config: tokio_rustls::rustls::ServerConfig,
    offers: &str,
) -> String {
    let (stream, _) = listener.accept().await.unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let stream = acceptor.accept(stream).await.unwrap();
    let exported =
        stream.get_ref().1.export_keying_material([0_u8; 32], b"EXPORTER-Channel-Binding", Some(b"")).unwrap();
    let (read, mut write) = tokio::io::split(stream);
    let mut lines = tokio::io::BufReader::new(read).lines();
    write.write_all(format!("* OK [CAPABILITY IMAP4rev1 SASL-IR {offers}] hi\r\n").as_bytes()).await.unwrap();
    let line = lines.next_line().await.unwrap().unwrap();
    let (tag, first) = (line.split(' ').next().unwrap(), line.rsplit(' ').next().unwrap());
    let first = String::from_utf8(STANDARD.decode(first).unwrap()).unwrap();
    let (header, bare) = first.split_at(first.find("n=ada").unwrap());
    let nonce = format!("{}server", bare.split_once(",r=").unwrap().1);
    let question = format!("r={nonce},s={},i=4096", STANDARD.encode(b"salt"));
    write.write_all(format!("+ {}\r\n", STANDARD.encode(&question)).as_bytes()).await.unwrap();
    let last = STANDARD.decode(lines.next_line().await.unwrap().unwrap()).unwrap();
    let last = String::from_utf8(last).unwrap();
    let (without_proof, proof) = last.split_once(",p=").unwrap();
    let bound = if header.starts_with("p=") { exported.to_vec() } else { Vec::new() };
    let channel = STANDARD.encode([header.as_bytes(), &bound].concat());
    let mut salted = [0; 32];
    let rounds = std::num::NonZeroU32::new(4096).unwrap();
    ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, b"salt", b"geheim123", &mut salted);
    let client_key = mac(&salted, b"Client Key");
    let stored = Sha256::digest(&client_key);
    let signed = format!("{bare},{question},{without_proof}");
    let signature = mac(&stored, signed.as_bytes());
    let right: Vec<u8> = client_key.iter().zip(signature).map(|(key, sign)| key ^ sign).collect();
    if without_proof != format!("c={channel},r={nonce}") || STANDARD.decode(proof).unwrap() != right {
        write.write_all(format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n").as_bytes()).await.unwrap();
        return "refused".to_owned();
    }
    let verifier = STANDARD.encode(mac(&mac(&salted, b"Server Key"), signed.as_bytes()));
    write.write_all(format!("+ {}\r\n", STANDARD.encode(format!("v={verifier}"))).as_bytes()).await.unwrap();
    lines.next_line().await.unwrap();
    write.write_all(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n").as_bytes()).await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let tag = line.split(' ').next().unwrap();
        write.write_all(format!("{tag} OK done\r\n").as_bytes()).await.unwrap();
    }
    header.split(',').next().unwrap().to_owned()
}

#[test]
fn a_scram_login_is_bound_to_its_connection_and_says_so_where_it_cannot_be() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let old = &[&tokio_rustls::rustls::version::TLS12][..];
    let all = tokio_rustls::rustls::ALL_VERSIONS;
    let login = |versions, offers: &'static str, password: &str| -> (String, Result<(), SourceError>) {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = tokio::spawn(scram_server(listener, config, offers));
            let login = Login::PasswordScram(password.to_owned().into());
            let mut settings = Settings::new("localhost", port, Tls::Implicit, "ada", login);
            settings.trust = Trust::Pem(certificate.pem().into_bytes());
            let result = check(&settings, &Wanted::default()).await.map(|_| ());
            (server.await.unwrap(), result)
        })
    };
    let both = "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS";
    let (bound, result) = login(all, both, "geheim123");
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(bound, "p=tls-exporter");
    // Somebody on the line may have struck the better one out of the list: the server is told that it could have been.
    let (bound, result) = login(all, "AUTH=SCRAM-SHA-256", "geheim123");
    assert!(result.is_ok() && bound == "y", "{bound} {result:?}");
    let (bound, result) = login(old, both, "geheim123");
    assert!(result.is_ok() && bound == "n", "{bound} {result:?}");
    let (bound, result) = login(all, both, "wrong");
    assert!(bound == "refused" && matches!(result, Err(SourceError::Login { .. })), "{result:?}");
}
