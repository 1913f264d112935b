//! Address books over CardDAV: two real servers, on which nothing is touched, and several that mean no good.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mailglean::source::SourceError;
use mailglean::source::carddav::{CardDav, Fetched, Settings};

use crate::common::{Program, Run, free_port, manifest, skipped};
use crate::mail::{mailbox, write_maildir};

/// Cards as programs write them: the third is broken, the fourth is no person's.
const CARDS: [&str; 4] = [
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Cora Sand\r\nN:Sand;Cora;;;\r\nEMAIL:cora@book.example\r\nTEL;TYPE=CELL:+49 171 5550123\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:2\r\nFN:Jörg Müller\r\nEMAIL:joerg@book.example\r\nCATEGORIES:Familie\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:3\r\nFN:Dora Nacht & Söhne\r\nN:Nacht;Dora;;;\r\nEMAIL:dora@book.example\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:4\r\nFN:Zentrale\r\nN:;Zentrale;;;\r\nEMAIL:info@book.example\r\nEND:VCARD\r\n",
];

/// A server that is stopped when it is dropped.
struct Stopping(Child);

impl Drop for Stopping {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(port: u16, child: &mut Child) -> bool {
    for _ in 0..600 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

/// Every file below a folder with its content, but for what a server keeps for its own speed.
fn state(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with(".Radicale.cache") || name.starts_with(".Radicale.lock") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                all.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// What an audit over a small mailbox and this address book comes to.
fn audit(program: &Program, arguments: &[&str]) -> Run {
    let maildir = program.path("Maildir");
    if !maildir.exists() {
        write_maildir(&mailbox(), &maildir);
    }
    program.audit(&[&[maildir.to_str().unwrap()], arguments].concat())
}

fn is_the_book(run: &Run) {
    assert_eq!(run.report()["coverage"]["address_book"], 4, "{}", run.stderr);
    assert_eq!(run.contact("cora@book.example")["relation"], "listed");
    assert_eq!(run.contact("cora@book.example")["phones"][0]["number"], "+491715550123");
    assert_eq!(run.contact("joerg@book.example")["names"][0], "Jörg Müller");
    assert_eq!(run.contact("dora@book.example")["names"][0], "Dora Nacht & Söhne");
    let missing = run.report()["coverage"]["not_measured"].as_array().unwrap();
    assert!(!missing.iter().any(|what| what == "address_book"), "{missing:?}");
}

#[test]
fn radicale_over_tls_is_read_and_left_as_it_was() {
    if !Path::new("/usr/bin/radicale").exists() {
        return skipped("no radicale: CardDAV is not tested against it");
    }
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let made = Command::new("sh").arg(manifest().join("tests/servers/certs.sh")).arg(dir.path()).status().unwrap();
    assert!(made.success());
    let root = at("collections/collection-root/alice@firm.example");
    for (book, cards) in [("contacts", &CARDS[..2]), ("more of them", &CARDS[2..])] {
        let book = root.join(book);
        fs::create_dir_all(&book).unwrap();
        fs::write(book.join(".Radicale.props"), r#"{"tag": "VADDRESSBOOK", "D:displayname": "Contacts"}"#).unwrap();
        for (n, card) in cards.iter().enumerate() {
            fs::write(book.join(format!("card {n}.vcf")), card).unwrap();
        }
    }
    let calendar = root.join("appointments");
    fs::create_dir_all(&calendar).unwrap();
    fs::write(calendar.join(".Radicale.props"), r#"{"tag": "VCALENDAR"}"#).unwrap();
    fs::write(at("users"), "alice@firm.example:alice-pw\n").unwrap();
    let port = free_port();
    let show = |name: &str| at(name).display().to_string();
    let config = format!(
        "[server]\nhosts = 127.0.0.1:{port}\nssl = True\ncertificate = {}\nkey = {}\n[auth]\ntype = htpasswd\n\
        htpasswd_filename = {}\nhtpasswd_encryption = plain\ndelay = 0\n[rights]\ntype = owner_only\n\
        [storage]\nfilesystem_folder = {}\n[web]\ntype = none\n",
        show("server.pem"),
        show("server.key"),
        show("users"),
        show("collections")
    );
    fs::write(at("config"), config).unwrap();
    let log = || Stdio::from(fs::File::options().create(true).append(true).open(at("log")).unwrap());
    let mut server =
        Command::new("radicale").arg("-C").arg(at("config")).stdout(log()).stderr(log()).spawn().map(Stopping).unwrap();
    assert!(wait_for(port, &mut server.0), "{}", fs::read_to_string(at("log")).unwrap());

    let before = state(&at("collections"));
    let program = Program::new();
    let ca = show("ca.pem");
    let way = |path: &str| format!("https://alice%40firm.example@localhost:{port}{path}");
    let password = ["--carddav-password-command", "printf %s alice-pw", "--ca", &ca];
    // From the server's name alone, from the user's home, and both over IMAP's rules of secrecy.
    for path in ["/", "", "/alice%40firm.example/", "/.well-known/carddav"] {
        let run = audit(&program, &[&["--carddav", &way(path)], &password[..]].concat()).exits(0);
        is_the_book(&run);
        assert_eq!(run.report()["reading"]["hosts"], serde_json::json!([format!("localhost:{port}")]));
    }
    // One book of the two.
    let run = audit(&program, &[&["--carddav", &way("/alice%40firm.example/contacts/")], &password[..]].concat());
    assert_eq!(run.exits(0).report()["coverage"]["address_book"], 2);
    // The password from the environment, the server from the configuration.
    let file =
        format!("files: Maildir\ncarddav:\n  url: https://localhost:{port}/\n  user: alice@firm.example\n  ca: {ca}\n");
    fs::write(program.path("config.yaml"), file).unwrap();
    let mut command = program.command(&["audit", "--config", "config.yaml", "--overwrite", "--owner", "a@b.example"]);
    let output = command.env("MAILGLEAN_CARDDAV_PASSWORD", "alice-pw").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let wrong = ["--carddav-password-command", "printf %s wrong", "--ca", &ca];
    let run = audit(&program, &[&["--carddav", &way("/")], &wrong[..]].concat()).refused(77);
    assert!(!run.stderr.contains("alice") && !run.stderr.contains("wrong"), "{}", run.stderr);
    let other = show("other-ca.pem");
    let untrusted = ["--carddav-password-command", "printf %s alice-pw", "--ca", &other];
    audit(&program, &[&["--carddav", &way("/")], &untrusted[..]].concat()).exits(76);
    // What is no address book still tells whose it is.
    let lost = way("/alice%40firm.example/appointments/");
    is_the_book(&audit(&program, &[&["--carddav", &lost], &password[..]].concat()).exits(0));

    assert_eq!(state(&at("collections")), before, "the audit left a trace");
    let heard = fs::read_to_string(at("log")).unwrap();
    for verb in ["PUT", "POST", "DELETE", "MKCOL", "PROPPATCH", "MOVE", "COPY", "LOCK"] {
        assert!(!heard.contains(&format!("{verb} request")), "{verb}");
    }
}

#[test]
fn xandikos_on_this_machine_is_read_and_left_as_it_was() {
    if !Path::new("/usr/bin/xandikos").exists() {
        return skipped("no xandikos: CardDAV is not tested against it");
    }
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let log = dir.path().join("log");
    let out = || Stdio::from(fs::File::options().create(true).append(true).open(&log).unwrap());
    let store = dir.path().join("store");
    fs::create_dir(&store).unwrap();
    let mut server = Command::new("xandikos")
        .arg("-d")
        .arg(&store)
        .args(["--defaults", "--current-user-principal", "/alice/", "-l", "127.0.0.1", "-p", &port.to_string()])
        .env("HOME", dir.path())
        .stdout(out())
        .stderr(out())
        .spawn()
        .map(Stopping)
        .unwrap();
    assert!(wait_for(port, &mut server.0), "{}", fs::read_to_string(&log).unwrap());
    for (n, card) in CARDS.iter().enumerate() {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let put = format!(
            "PUT /alice/contacts/addressbook/{n}.vcf HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/vcard\r\n\
            Content-Length: {}\r\nConnection: close\r\n\r\n{card}",
            card.len()
        );
        stream.write_all(put.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    let before = state(&store);
    let program = Program::new();
    let password = ["--carddav-password-command", "printf %s any"];
    for path in ["/", "/alice/", "/alice/contacts/", "/alice/contacts/addressbook/"] {
        let url = format!("http://alice@127.0.0.1:{port}{path}");
        let run = audit(&program, &[&["--carddav", &url], &password[..]].concat()).exits(0);
        is_the_book(&run);
    }
    assert_eq!(state(&store), before, "the audit left a trace");
}

/// What a server says to a request.
#[derive(Clone)]
enum Says {
    /// This, whole.
    Text(String),
    /// This, then the same piece over and over.
    Endless(String, String),
    /// Nothing.
    Nothing,
}

/// A server that answers the n-th request with the n-th line of its script, and the rest with the last.
struct Scripted {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn new(script: Vec<Says>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                loop {
                    let mut first = String::new();
                    if reader.read_line(&mut first).unwrap_or(0) == 0 {
                        break;
                    }
                    let mut length = 0;
                    loop {
                        let mut line = String::new();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                            break;
                        }
                        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                            length = value.trim().parse().unwrap();
                        }
                    }
                    reader.read_exact(&mut vec![0; length]).unwrap();
                    let mut all = told.lock().unwrap();
                    let says = script.get(all.len()).or(script.last()).unwrap().clone();
                    all.push(first.trim_end().to_owned());
                    drop(all);
                    match says {
                        Says::Text(text) => drop(stream.write_all(text.as_bytes())),
                        Says::Endless(head, piece) => {
                            let _ = stream.write_all(head.as_bytes());
                            while stream.write_all(piece.as_bytes()).is_ok() {}
                            break;
                        }
                        Says::Nothing => thread::sleep(Duration::from_secs(30)),
                    }
                }
            }
        });
        Self { port, heard }
    }

    /// Reads it with small limits, as a user's address book.
    fn read(&self, path: &str) -> Result<Fetched, SourceError> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut settings = Settings::new(&url, "ann", "secret-word".to_owned().into()).unwrap();
        settings.limits.answer = 1 << 20;
        settings.limits.wait = Duration::from_secs(2);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(CardDav::new(settings).read(None))
    }
}

fn http(status: &str, headers: &str, body: &str) -> Says {
    Says::Text(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

fn multistatus(responses: &str) -> Says {
    http(
        "207 Multi-Status",
        "",
        &format!("<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:carddav\">{responses}</multistatus>"),
    )
}

fn is(href: &str, what: &str) -> String {
    format!(
        "<response><href>{href}</href><propstat><prop>{what}</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
    )
}

const BOOK: &str = "<resourcetype><collection/><C:addressbook/></resourcetype>";

#[test]
fn a_server_that_means_no_good_costs_little_and_gets_nothing() {
    let endless = |head: &str, piece: &str| Says::Endless(head.to_owned(), piece.to_owned());
    let open = "HTTP/1.1 207 Multi-Status\r\n";
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><multistatus xmlns=\"DAV:\"><response><href>&b;</href></response></multistatus>";
    let outside = "<!DOCTYPE b [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><multistatus xmlns=\"DAV:\"><response><href>&a;</href></response></multistatus>";
    for (says, why) in [
        (endless(&format!("{open}\r\n"), &"<response/>".repeat(1000)), "larger than is read"),
        (
            endless(&format!("{open}Transfer-Encoding: chunked\r\n\r\n"), &format!("400\r\n{}\r\n", "x".repeat(1024))),
            "larger than is read",
        ),
        (endless(open, "X-Header: yes\r\n"), "head of its answer is too long"),
        (endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "without an answer"),
        (http("207 Multi-Status", "", "<html><body>Please log in</body></html>"), "not one of WebDAV"),
        (http("207 Multi-Status", "", "this is no XML"), "no XML"),
        (http("207 Multi-Status", "", bomb), "no XML"),
        (http("207 Multi-Status", "", outside), "no XML"),
        (http("207 Multi-Status", "Content-Encoding: gzip\r\n", "x"), "not asked for"),
        (Says::Text("220 ftp.example ready\r\n\r\n".into()), "does not speak HTTP"),
        (http("200 OK", "", "<html>Welcome</html>"), "does not answer as a CardDAV server"),
        (http("302 Found", "Location: /again\r\n", ""), "redirects without end"),
        (http("301 Moved", "Location: https://evil.example/book/\r\n", ""), "redirects to another host"),
        (http("301 Moved", "Location: //evil.example/book/\r\n", ""), "redirects to another host"),
        (http("301 Moved", "Location: http://127.0.0.1:1/book/\r\n", ""), "redirects to another host"),
        (multistatus(&is("/", "<resourcetype><collection/></resourcetype>")), "no address book"),
        (
            multistatus(&is(
                "/",
                "<current-user-principal><href>https://evil.example/ann/</href></current-user-principal>",
            )),
            "no address book",
        ),
        (
            multistatus(&is("/", "<C:addressbook-home-set><href>//evil.example/ann/</href></C:addressbook-home-set>")),
            "no address book",
        ),
        (http("404 Not Found", "", ""), "no address book"),
        (http("500 Oops", "", ""), "failed inside"),
    ] {
        let server = Scripted::new(vec![says]);
        let begun = Instant::now();
        let error = server.read("/").map(|_| ()).unwrap_err();
        let told = error.to_string();
        assert!(matches!(error, SourceError::Protocol { .. }), "{told}");
        assert!(told.contains(why), "{told} instead of {why}");
        assert!(!told.contains("secret-word") && !told.contains("ann"), "{told}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{why}");
        let heard = server.heard.lock().unwrap();
        assert!(heard.iter().all(|line| line.starts_with("PROPFIND ") || line.starts_with("REPORT ")), "{heard:?}");
    }
    let error = Scripted::new(vec![Says::Nothing]).read("/").map(|_| ()).unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    let error = Scripted::new(vec![http("401 Who are you", "", "")]).read("/").map(|_| ()).unwrap_err();
    assert!(matches!(error, SourceError::Login { .. }), "{error}");
    let error = Scripted::new(vec![http("503 Busy", "", "")]).read("/").map(|_| ()).unwrap_err();
    assert!(matches!(error, SourceError::TryLater { .. }), "{error}");
}

/// Nobody is cleared by a gap: an entry that is listed and does not come is a problem that is counted.
#[test]
fn entries_that_do_not_come_are_counted() {
    let listed: String =
        (1..=3).map(|n| is(&format!("/ann/{n}.vcf"), "<getcontenttype>text/vcard</getcontenttype>")).collect();
    let picture = is("/ann/picture.png", "<getcontenttype>image/png</getcontenttype>");
    let elsewhere = is("https://evil.example/ann/9.vcf", "");
    let card = |n: usize, text: &str| is(&format!("/ann/{n}.vcf"), &format!("<C:address-data>{text}</C:address-data>"));
    let gone = "<response><href>/ann/2.vcf</href><status>HTTP/1.1 404 Not Found</status></response>";
    let server = Scripted::new(vec![
        multistatus(&is("/ann/", BOOK)),
        multistatus(&format!("{}{listed}{picture}{elsewhere}", is("/ann/", BOOK))),
        multistatus(&format!("{}{gone}{}", card(1, CARDS[0]), card(3, "no card at all"))),
    ]);
    let fetched = server.read("/ann/").unwrap();
    assert_eq!((fetched.book.contacts.len(), fetched.book.problems.len()), (1, 2));
    assert_eq!(fetched.requests, BTreeMap::from([("PROPFIND".to_owned(), 2), ("REPORT".to_owned(), 1)]));
    assert_eq!(fetched.hosts, [format!("127.0.0.1:{}", server.port)]);
    let heard = server.heard.lock().unwrap();
    assert_eq!(*heard, ["PROPFIND /ann/ HTTP/1.1", "PROPFIND /ann/ HTTP/1.1", "REPORT /ann/ HTTP/1.1"]);
}

#[test]
fn a_server_that_closes_after_each_answer_is_read_all_the_same() {
    let close = |says: Says| match says {
        Says::Text(text) => Says::Text(text.replacen("\r\n", "\r\nConnection: close\r\n", 1)),
        other => other,
    };
    let entry = is("/ann/1.vcf", "");
    let data = is("/ann/1.vcf", &format!("<C:address-data>{}</C:address-data>", CARDS[1]));
    let server = Scripted::new(vec![
        http("301 Moved", "Location: /ann/\r\nConnection: close\r\n", ""),
        close(multistatus(&is("/ann/", BOOK))),
        close(multistatus(&format!("{}{entry}", is("/ann/", BOOK)))),
        close(multistatus(&data)),
    ]);
    assert_eq!(server.read("/.well-known/carddav").unwrap().book.contacts.len(), 1);
}
