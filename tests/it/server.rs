//! The embedded server, spoken to by clients that are not ours: what it shows is what it holds, and nothing changes it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt as _;
use mailglean::demo::{Act, Certificate, Mailbox, Script, sample};
use mailglean::message::FolderKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{Served, over_tls, tls, try_tls};

const LETTER: &[u8] = b"From: Ada <ada@one.example>\r\nTo: b@two.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello \0 there\r\n\
--b\r\nContent-Type: text/html\r\n\r\n<p>Hello\r\n--b--\r\n";

fn letters() -> Mailbox {
    let mut mailbox = Mailbox::default();
    let day = 86_400;
    mailbox
        .add("INBOX", FolderKind::Inbox, (0..3).map(|n| (LETTER.to_vec(), n * day)).collect())
        .add("Entwürfe", FolderKind::Drafts, vec![])
        .add("Archiv/R&D", FolderKind::Other, vec![(b"Subject: x\r\n\r\ny\r\n".to_vec(), 0)]);
    mailbox
}

#[test]
fn folders_are_listed_with_their_use_and_in_modified_utf7() {
    let served = Served::new(letters());
    let mut client = served.log_in();
    let list = client.say(r#"LIST "" "*""#);
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(
        lines,
        [
            r#"* LIST (\HasNoChildren) "/" INBOX"#,
            r#"* LIST (\HasNoChildren \Drafts) "/" Entw&APw-rfe"#,
            r#"* LIST (\HasNoChildren) "/" Archiv/R&-D"#,
            r#"* LIST (\HasChildren \Noselect) "/" Archiv"#,
            "T2 OK done",
        ]
    );
    let status = client.say("STATUS Archiv/R&-D (MESSAGES UIDNEXT UNSEEN HIGHESTMODSEQ)");
    assert!(status.starts_with("* STATUS Archiv/R&-D (MESSAGES 1 UIDNEXT 2 UNSEEN 0 HIGHESTMODSEQ 1)\r\n"), "{status}");
}

#[test]
fn sections_come_to_the_byte_and_partials_say_where_they_begin() {
    let served = Served::new(letters());
    let mut client = served.log_in();
    assert!(client.say("EXAMINE INBOX").contains("\r\nT2 OK [READ-ONLY] "));
    let answer = client.say_bytes(
        b"UID FETCH 2 (BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[HEADER.FIELDS (Subject X)] BODY.PEEK[]<6.3>)",
    );
    let expected: &[u8] = b"* 2 FETCH (UID 2 BODY[1] {13}\r\nHello \x80 there BODY[2.MIME] {27}\r\nContent-Type: text/html\r\n\r\n \
BODY[HEADER.FIELDS (Subject X)] {40}\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n BODY[]<6> {3}\r\nAda)\r\nT3 OK done\r\n";
    assert_eq!(String::from_utf8_lossy(&answer), String::from_utf8_lossy(expected));
    let structure = client.say("UID FETCH 1 (RFC822.SIZE BODYSTRUCTURE)");
    assert!(structure.contains(&format!("RFC822.SIZE {}", LETTER.len())), "{structure}");
    assert!(structure.contains(r#"("TEXT" "plain" ("charset" "utf-8") NIL NIL "7bit" 13 0 NIL NIL)"#), "{structure}");
    let envelope = client.say("UID FETCH 1 ENVELOPE");
    assert!(envelope.contains(r#"(("Ada" NIL "ada" "one.example"))"#), "{envelope}");
}

#[test]
fn search_knows_days_and_sets() {
    let served = Served::new(letters());
    let mut client = served.log_in();
    client.say("EXAMINE INBOX");
    for (criteria, found) in [
        ("ALL", "* SEARCH 1 2 3\r\n"),
        ("SINCE 2-Jan-1970", "* SEARCH 2 3\r\n"),
        ("UID 2:* NOT UID 3", "* SEARCH 2\r\n"),
        ("BEFORE 1-Jan-1970", "* SEARCH\r\n"),
        ("1,3 UNSEEN", "* SEARCH\r\n"),
    ] {
        let answer = client.say(&format!("UID SEARCH {criteria}"));
        assert!(answer.starts_with(found), "{criteria}: {answer}");
    }
}

#[test]
fn nothing_changes_the_mailbox_and_everything_is_heard() {
    let served = Served::new(letters());
    let mut client = served.log_in();
    for command in ["SELECT INBOX", "CREATE x", "DELETE INBOX", "SUBSCRIBE INBOX"] {
        let answer = client.say(command);
        assert!(answer.contains(" NO "), "{command}: {answer}");
    }
    client.say("EXAMINE INBOX");
    for command in
        ["UID STORE 1 +FLAGS (\\Seen)", "UID COPY 1 x", "EXPUNGE", "CLOSE", "UID FETCH 1 BODY[]", "UID FETCH 1 RFC822"]
    {
        let answer = client.say(command);
        assert!(answer.contains(" NO "), "{command}: {answer}");
    }
    assert!(client.say("XYZZY plugh").contains(" BAD "));
    client.send(b"T99 APPEND INBOX {4+}\r\nmail\r\n");
    assert!(client.read_until(b"\r\n").starts_with(b"T99 NO "));
    let verbs = served.running.transcript.verbs();
    let heard: Vec<&str> = verbs.keys().map(String::as_str).collect();
    assert_eq!(
        heard,
        [
            "APPEND",
            "CLOSE",
            "CREATE",
            "DELETE",
            "EXAMINE",
            "EXPUNGE",
            "LOGIN",
            "SELECT",
            "SUBSCRIBE",
            "UID COPY",
            "UID FETCH",
            "UID STORE",
            "XYZZY"
        ]
    );
    let lines = served.running.transcript.commands();
    assert!(!lines.iter().any(|heard| heard.line.contains(&served.running.password)), "a password was kept");
    assert!(lines.iter().any(|heard| heard.line == "UID FETCH 1 BODY[]"));
}

#[test]
fn logins_need_the_right_secret() {
    let served = Served::new(letters());
    let (user, password, token) = (&served.running.user, &served.running.password, &served.running.token);
    let plain = STANDARD.encode(format!("\0{user}\0{password}"));
    let xoauth2 = |token: &str| STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
    let bearer = STANDARD.encode(format!("n,a={user},\x01host=localhost\x01port=1\x01auth=Bearer {token}\x01\x01"));
    for command in [
        format!("AUTHENTICATE PLAIN {plain}"),
        format!("AUTHENTICATE XOAUTH2 {}", xoauth2(token)),
        format!("AUTHENTICATE OAUTHBEARER {bearer}"),
    ] {
        assert!(served.connect().say(&command).starts_with("T1 OK [CAPABILITY "), "{command}");
    }
    assert!(served.connect().say(&format!("LOGIN {user} wrong")).starts_with("T1 NO [AUTHENTICATIONFAILED] "));
    let mut client = served.connect();
    client.send(format!("T1 AUTHENTICATE XOAUTH2 {}\r\n", xoauth2("expired")).as_bytes());
    let challenge = client.read_until(b"\r\n");
    let challenge = STANDARD.decode(challenge.trim_ascii().strip_prefix(b"+ ").unwrap()).unwrap();
    assert!(String::from_utf8_lossy(&challenge).contains("\"status\":\"401\""));
    client.send(b"\r\n");
    assert!(client.read_until(b"\r\n").starts_with(b"T1 NO [AUTHENTICATIONFAILED] "));
    // Without an initial response the secret is asked for.
    client.send(b"T2 AUTHENTICATE PLAIN\r\n");
    assert_eq!(client.read_until(b"\r\n"), b"+ \r\n");
    client.send(format!("{plain}\r\n").as_bytes());
    assert!(client.read_until(b"\r\n").starts_with(b"T2 OK "));
}

#[test]
fn without_tls_there_is_only_starttls() {
    let served = Served::new(letters());
    served.runtime.block_on(async {
        let mut stream = TcpStream::connect(served.running.starttls).await.unwrap();
        let mut buffer = vec![0; 4096];
        let greeting = stream.read(&mut buffer).await.unwrap();
        let greeting = String::from_utf8_lossy(&buffer[..greeting]).into_owned();
        assert!(greeting.contains("LOGINDISABLED") && greeting.contains("STARTTLS"), "{greeting}");
        stream.write_all(b"a LOGIN x y\r\n").await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"a NO "));
        stream.write_all(b"b STARTTLS\r\n").await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"b OK "));
        let mut stream = over_tls(stream, &served.running.ca_pem).await;
        let login = format!("c LOGIN {} {}\r\n", served.running.user, served.running.password);
        stream.write_all(login.as_bytes()).await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"c OK "));
    });
}

#[test]
fn a_library_that_others_wrote_reads_the_sample_to_the_byte() {
    let served = Served::new(sample());
    let read = served.runtime.block_on(async {
        let client = async_imap::Client::new(tls(served.running.tls, &served.running.ca_pem).await);
        let mut session = client.login(&served.running.user, &served.running.password).await.unwrap();
        let mut read = vec![];
        for folder in sample().folders.iter().filter(|folder| folder.name.is_ascii()) {
            let open = session.examine(&folder.name).await.unwrap();
            assert_eq!(usize::try_from(open.exists).unwrap(), folder.messages.len());
            let fetches = session.uid_fetch("1:*", "(BODY.PEEK[] BODYSTRUCTURE ENVELOPE INTERNALDATE)").await.unwrap();
            let fetches: Vec<_> = fetches.try_collect().await.unwrap();
            read.extend(fetches.iter().map(|fetch| {
                assert!(fetch.bodystructure().is_some() && fetch.envelope().is_some());
                (fetch.body().unwrap().to_vec(), fetch.internal_date().unwrap().timestamp())
            }));
        }
        session.logout().await.unwrap();
        read
    });
    let folders = sample().folders;
    let held = folders.iter().filter(|folder| folder.name.is_ascii()).flat_map(|folder| &folder.messages);
    let held: Vec<_> = held.map(|message| (message.bytes.to_vec(), message.internal_date)).collect();
    assert!(held.len() > 2);
    assert!(read == held, "what was read is not what the server holds");
}

#[test]
fn a_script_decides_how_the_server_misbehaves() {
    let script = Script::default()
        .on("NOOP", 1, Act::First(b"* 7 EXPUNGE\r\n".to_vec()))
        .on("NOOP", 2, Act::answer("NO [INUSE] later"))
        .on("EXAMINE", 1, Act::Cut(9))
        .on("NAMESPACE", 1, Act::Close(b"* BYE gone\r\n".to_vec()));
    let served = Served::scripted(letters(), script);
    let mut client = served.log_in();
    assert_eq!(client.say("NOOP"), "* 7 EXPUNGE\r\nT2 OK done\r\n");
    assert_eq!(client.say("NOOP"), "T3 NO [INUSE] later\r\n");
    assert_eq!(client.say("NOOP"), "T4 OK done\r\n");
    assert_eq!(client.say("NAMESPACE"), "* BYE gone\r\n");
    assert_eq!(served.log_in().say("EXAMINE INBOX"), "* FLAGS (");
}

#[test]
fn certificates_that_must_be_refused_are_refused() {
    for (certificate, reason) in [
        (Certificate::Valid, ""),
        (Certificate::Expired, "expired"),
        (Certificate::OtherHost, "not valid for name"),
        (Certificate::SelfSigned, "UnknownIssuer"),
    ] {
        let served = Served::with_certificate(letters(), certificate);
        let end = served.runtime.block_on(try_tls(served.running.tls, &served.running.ca_pem));
        let said = end.map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(said.is_empty(), reason.is_empty(), "{certificate:?}: {said}");
        assert!(said.contains(reason), "{certificate:?}: {said}");
    }
}

#[test]
fn a_server_that_is_dropped_is_gone() {
    let served = Served::new(letters());
    assert!(served.log_in().say("NOOP").contains(" OK "));
    let Served { running, runtime, dir: _dir } = served;
    let address = running.tls;
    drop(running);
    runtime.block_on(async {
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the port is still open");
    });
}
