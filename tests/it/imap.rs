//! Reading over IMAP: from the embedded server, well-behaved and not, and from peers that lie before TLS.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mailglean::demo::{Act, Certificate, Mailbox, Script};
use mailglean::message::{FolderKind, Locator, Message, Problem, ProblemKind, RawMessage, parse};
use mailglean::source::imap::{ImapSource, Login, Settings, Timeouts, Tls, Trust, check};
use mailglean::source::{Arrival, Reading, Source as _, SourceError, Wanted};
use tokio::sync::mpsc;

use crate::common::Served;

/// A small mailbox of the usual kinds of message.
fn mailbox() -> Mailbox {
    let letter = |number: u32, more: &str, body: &str| {
        let text = format!(
            "Return-Path: <ann@firm.example>\r\nReceived: from a by b\r\nFrom: =?utf-8?Q?Ann_M=C3=BCller?= <ann@firm.example>\r\n\
             To: Me <me@corp.example>,\r\n Bob <bob@firm.example>\r\nSubject: letter {number}\r\nMessage-ID: <{number}@firm.example>\r\n\
             Date: Mon, 2 Jun 2025 10:00:00 +0200\r\n{more}\r\n{body}"
        );
        (text.into_bytes(), 1_750_000_000)
    };
    let plain =
        |number| letter(number, "", "Good morning,\r\n\r\nyours\r\n-- \r\nAnn M\u{fc}ller\r\nTel. +49 40 555 0100\r\n");
    let news = |number| {
        letter(number, "List-Id: <news.firm.example>\r\nContent-Type: text/html\r\n", "<p>News<br>for you</p>\r\n")
    };
    let both = |number| {
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nshort {number}\r\n--b\r\nContent-Type: text/html\r\n\r\n\
             <p>short {number}, and the rest of it that only HTML has</p>\r\n--b--\r\n"
        );
        letter(number, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n", &body)
    };
    let mut mailbox = Mailbox::default();
    mailbox.add("Anfang", FolderKind::Other, (0..4).map(plain).collect());
    mailbox.add("INBOX", FolderKind::Inbox, vec![plain(10), news(11), both(12), plain(13), both(14)]);
    mailbox.add("Gesendete Gr\u{fc}\u{df}e", FolderKind::Sent, vec![both(20), plain(21)]);
    mailbox.add("Leer", FolderKind::Other, Vec::new());
    mailbox
}

/// What came of reading a mailbox.
#[derive(Debug)]
struct Came {
    /// By folder name and UID.
    messages: BTreeMap<(String, u64), Vec<u8>>,
    /// Messages that came a second time.
    twice: usize,
    problems: Vec<Problem>,
    announced: u64,
    /// Messages that did not come because a copy had come before.
    copies: Vec<(Locator, Locator)>,
    result: Result<Reading, SourceError>,
    /// What could be said even if the result is an error.
    reading: Reading,
}

impl Came {
    fn what(&self) -> Vec<ProblemKind> {
        self.problems.iter().map(|problem| problem.what).collect()
    }
}

fn settings(served: &Served) -> Settings {
    let running = &served.running;
    let login = Login::Password(running.password.clone().into());
    let mut settings = Settings::new("127.0.0.1", running.tls.port(), Tls::Implicit, &running.user, login);
    settings.trust = Trust::Pem(running.ca_pem.clone().into_bytes());
    settings.timeouts = hasty();
    settings
}

fn hasty() -> Timeouts {
    let command = Duration::from_secs(20);
    Timeouts {
        connect: Duration::from_secs(10),
        idle: Duration::from_secs(2),
        command,
        retry: Duration::from_millis(2),
    }
}

fn read(served: &Served) -> Came {
    read_with(served, settings(served), &Wanted::default())
}

fn read_with(served: &Served, settings: Settings, wanted: &Wanted) -> Came {
    served.runtime.block_on(async {
        let (out, mut arrivals) = mpsc::channel(4);
        let mut source = ImapSource::new(settings);
        let collect = async {
            let (mut messages, mut twice, mut problems, mut announced) = (BTreeMap::new(), 0, Vec::new(), 0);
            let mut copies = Vec::new();
            while let Some(arrival) = arrivals.recv().await {
                match arrival {
                    Arrival::Message(RawMessage { at, bytes }) => {
                        let place = (at.folder.name.clone(), at.number);
                        twice += usize::from(messages.insert(place, bytes).is_some());
                    }
                    Arrival::Problem(problem) => problems.push(problem),
                    Arrival::Folder { messages, .. } => announced += messages,
                    Arrival::NotOpened { .. } | Arrival::Resumed(_) | Arrival::CopiesFollow => {}
                    Arrival::Copy { at, of } => copies.push((at, of)),
                }
            }
            (messages, twice, problems, announced, copies)
        };
        let reading = async {
            let result = source.read(wanted, &out).await;
            drop(out);
            result
        };
        let (result, (messages, twice, problems, announced, copies)) = tokio::join!(reading, collect);
        Came { messages, twice, problems, announced, copies, result, reading: source.reading() }
    })
}

fn scripted(script: Script) -> Came {
    read(&Served::scripted(mailbox(), script))
}

fn all() -> usize {
    mailbox().folders.iter().map(|folder| folder.messages.len()).sum()
}

/// Says this to a command and ends it as if all were well.
fn say(text: &[u8]) -> Act {
    Act::Say([text, b"\r\n{tag} OK done\r\n"].concat())
}

fn edit(change: impl Fn(&str) -> String + Send + Sync + 'static) -> Act {
    Act::Edit(Arc::new(move |answer| {
        // Byte for byte, so that literals keep their sizes.
        let text: String = answer.iter().map(|byte| char::from(*byte)).collect();
        change(&text).chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    }))
}

fn of_text(message: &Message) -> Vec<(String, u8)> {
    message.lines.iter().map(|line| (line.text.clone(), line.hints.quote)).collect()
}

#[test]
fn every_message_reads_as_it_does_whole() {
    let served = Served::new(mailbox());
    let came = read(&served);
    came.result.as_ref().unwrap();
    assert_eq!((came.messages.len(), came.twice, came.announced), (all(), 0, all() as u64));
    assert_eq!(came.what(), []);
    for folder in mailbox().folders {
        for stored in &folder.messages {
            let bytes = &came.messages[&(folder.name.clone(), u64::from(stored.uid))];
            same(&stored.bytes, bytes);
        }
    }
}

/// Both read as the same message.
fn same(whole: &[u8], rebuilt: &[u8]) {
    let read = |bytes: &[u8]| {
        let name = String::new();
        let folder = Arc::new(mailglean::message::Folder { alias: "f01".to_owned(), name, kind: FolderKind::Other });
        let at = mailglean::message::Locator { folder, number: 1 };
        parse(&RawMessage { at, bytes: bytes.to_vec() }, &mut Vec::new()).unwrap()
    };
    let (whole, rebuilt) = (read(whole), read(rebuilt));
    assert_eq!(of_text(&whole), of_text(&rebuilt));
    assert_eq!((whole.date, &whole.id, &whole.subject), (rebuilt.date, &rebuilt.id, &rebuilt.subject));
    assert_eq!((&whole.from, &whole.sender, &whole.reply_to), (&rebuilt.from, &rebuilt.sender, &rebuilt.reply_to));
    assert_eq!((&whole.to, &whole.cc, &whole.bcc), (&rebuilt.to, &rebuilt.cc, &rebuilt.bcc));
    assert_eq!((&whole.delivered_to, whole.automation), (&rebuilt.delivered_to, rebuilt.automation));
}

#[test]
fn the_parts_that_a_person_would_see_are_read_wherever_they_lie() {
    let long = "a line of plain text that says what there is to say in so many words\r\n".repeat(6);
    let html = "<p>the same, with a <b>signature</b> that is longer than the text beside it was at all</p>";
    let alternative = |plain: &str| {
        format!(
            "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n\
             --a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--a--\r\n"
        )
    };
    let attached = |m: &str, inner: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary={m}\r\n\r\n--{m}\r\n{}\r\n--{m}\r\nContent-Type: message/rfc822\r\n\
             Content-Disposition: attachment\r\n\r\nFrom: Cara <cara@else.example>\r\nSubject: inside\r\n{inner}\r\n--{m}\r\n\
             Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--{m}\r\nContent-Type: text/plain\r\n\
             Content-Disposition: attachment; filename=a.txt\r\n\r\nnot shown\r\n--{m}--\r\n",
            alternative(&long),
            "QUJD".repeat(20_000)
        )
    };
    let plain = "Content-Type: text/plain; charset=iso-8859-1\r\n\
                 Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n";
    let bodies = [
        plain.to_owned(),
        alternative(&long),
        alternative("see the other part"),
        attached("m", "\r\njust text\r\n"),
        attached("m", &alternative("short")),
        attached("m", &attached("n", plain)),
        format!("Content-Type: message/rfc822\r\n\r\nFrom: Cara <cara@else.example>\r\nSubject: x\r\n{}", alternative(&long)),
        "Content-Type: multipart/mixed; boundary=\"=_part_1\"\r\n\r\n--=_part_1\r\n\r\nsays =_part_1 itself\r\n--=_part_1--\r\n".to_owned(),
        "Content-Type: multipart/mixed; boundary=none\r\n\r\nnever begins\r\n".to_owned(),
        "\r\nno type at all\r\n".to_owned(),
    ];
    let letter = |body: &String| {
        let head = "From: Ann <ann@firm.example>\r\nTo: me@corp.example\r\nX-Long: unread\r\nSubject: s\r\n";
        (format!("{head}{body}").into_bytes(), 1_750_000_000)
    };
    let letters: Vec<_> = bodies.iter().map(letter).collect();
    let mut mailbox = Mailbox::default();
    mailbox.add("INBOX", FolderKind::Inbox, letters.clone());
    let came = read(&Served::new(mailbox));
    came.result.as_ref().unwrap();
    assert_eq!(came.messages.len(), letters.len());
    for ((whole, _), rebuilt) in letters.iter().zip(came.messages.values()) {
        same(whole, rebuilt);
        assert!(rebuilt.len() < 20_000, "attachments stay where they are");
    }
}

#[test]
fn only_harmless_commands_are_sent_and_each_is_counted() {
    let served = Served::new(mailbox());
    let proof = read(&served).result.unwrap().proof.unwrap();
    let allowed: BTreeSet<&str> = [
        "CAPABILITY",
        "AUTHENTICATE",
        "LOGIN",
        "ID",
        "COMPRESS",
        "LIST",
        "STATUS",
        "EXAMINE",
        "UID SEARCH",
        "UID FETCH",
        "LOGOUT",
    ]
    .into();
    let heard = served.running.transcript.verbs();
    assert!(heard.keys().all(|verb| allowed.contains(verb.as_str())), "{heard:?}");
    assert_eq!(heard, proof.commands);
    for command in served.running.transcript.commands() {
        assert!(!command.line.contains("BODY["), "{}", command.line);
    }
    assert!(proof.read_only);
    assert_eq!(proof.canary, Some(true));
    assert_eq!(proof.changed, [] as [String; 0]);
    assert_eq!(proof.unchanged, mailbox().folders.len() as u64);
}

#[test]
fn a_change_is_noticed_and_named_by_alias() {
    let folders = mailbox().folders.len() as u64;
    let more = edit(|answer| answer.replace("MESSAGES ", "MESSAGES 1"));
    let proof = scripted(Script::default().on("STATUS", folders + 1, more)).result.unwrap().proof.unwrap();
    assert_eq!((proof.changed.len() as u64, proof.unchanged), (1, folders - 1));
    assert_eq!(proof.changed, ["f01"]);
}

#[test]
fn a_server_that_marks_what_is_peeked_at_is_left_at_once() {
    let marks = edit(|answer| answer.replace("FLAGS (", "FLAGS (\\Seen "));
    let script = Script::default().on("UID FETCH", 3, marks.clone()).on("UID FETCH", 6, marks);
    let came = scripted(script);
    assert!(matches!(came.result, Err(SourceError::SetsSeen { .. })), "{:?}", came.result);
    assert_eq!(came.messages.len(), 0);
    assert_eq!(came.reading.proof.unwrap().canary, Some(false));
}

#[test]
fn a_message_that_a_server_calls_unread_is_the_one_that_is_tried() {
    // Every second message is unread: without this number the newest of them would be tried.
    let first = |n: u64| edit(move |answer| format!("* OK [UNSEEN {n}] the first\r\n{answer}"));
    let peeked = |served: &Served| {
        let commands = served.running.transcript.commands();
        let fetches = commands.iter().map(|heard| heard.line.clone()).filter(|line| line.contains("UID FETCH"));
        fetches.take_while(|line| !line.contains("HEADER")).collect::<Vec<_>>()
    };
    let served = Served::scripted(mailbox(), Script::default().on("EXAMINE", 1, first(2)));
    let came = read(&served);
    assert_eq!((came.messages.len(), came.reading.proof.unwrap().canary), (all(), Some(true)));
    assert_eq!(peeked(&served).len(), 3);
    assert!(peeked(&served).iter().all(|line| line.contains("UID FETCH 2 (")), "{:?}", peeked(&served));
    assert!(!served.running.transcript.verbs().contains_key("UID SEARCH"));

    // It turns, and so does the next: that is the server's doing.
    let marks = || edit(|answer| answer.replace("FLAGS (", "FLAGS (\\Seen "));
    let turned = Script::default().on("EXAMINE", 1, first(2)).on("UID FETCH", 3, marks());
    let twice = turned.clone().on("UID FETCH", 6, marks()).on("UID FETCH", 9, marks());
    let came = scripted(twice);
    assert!(matches!(came.result, Err(SourceError::SetsSeen { .. })), "{:?}", came.result);
    assert_eq!(came.messages.len(), 0);
    // It turns, and the next does not: that was somebody else.
    let came = scripted(turned);
    assert_eq!((came.messages.len(), came.reading.proof.unwrap().canary), (all(), Some(true)));
    // A number beyond the folder is none.
    let came = scripted(Script::default().on("EXAMINE", 1, first(4_000)));
    assert_eq!((came.messages.len(), came.reading.proof.unwrap().canary), (all(), Some(true)));
}

#[test]
fn a_server_that_would_let_us_write_is_not_read() {
    let came = scripted(Script::default().always("EXAMINE", edit(|answer| answer.replace("READ-ONLY", "READ-WRITE"))));
    assert!(matches!(came.result, Err(SourceError::NotReadOnly { .. })), "{:?}", came.result);
    assert_eq!(came.messages.len(), 0);
}

#[test]
fn a_refused_folder_is_one_problem_and_the_others_are_read() {
    let came = scripted(Script::default().on("EXAMINE", 1, Act::answer("NO [NONEXISTENT] gone")));
    came.result.as_ref().unwrap();
    assert_eq!(came.what(), [ProblemKind::Folder]);
    assert!(came.messages.len() < all() && !came.messages.is_empty());
}

#[test]
fn a_refused_batch_costs_only_what_cannot_be_had() {
    let came = scripted(Script::default().on("UID FETCH", 4, Act::answer("NO [UNAVAILABLE] one is broken")));
    came.result.as_ref().unwrap();
    assert_eq!((came.messages.len(), came.what()), (all(), vec![]));

    let came = scripted(Script::default().when("UID FETCH", "HEADER.FIELDS", Act::answer("BAD cannot")));
    came.result.as_ref().unwrap();
    assert_eq!((came.messages.len(), came.what()), (all(), vec![]), "without headers, whole messages");

    let refused = Script::default().when("UID FETCH", "BODY.PEEK[", Act::answer("NO never"));
    let came = scripted(refused);
    came.result.as_ref().unwrap();
    assert_eq!(came.messages.len(), 0);
    assert_eq!(came.what(), vec![ProblemKind::NotDelivered; all()], "each is counted");
}

#[test]
fn ok_without_data_is_counted() {
    let came = scripted(Script::default().when("UID FETCH", "BODY.PEEK[", Act::answer("OK nothing")));
    came.result.as_ref().unwrap();
    assert_eq!(came.what(), vec![ProblemKind::NotDelivered; all()]);
}

#[test]
fn a_lost_connection_is_made_anew_and_nothing_is_read_twice() {
    for act in [Act::Cut(700), Act::Close(Vec::new()), Act::Close(b"* BYE later\r\n".to_vec()), Act::Stall(Vec::new())]
    {
        for nth in [1, 4, 5, 7] {
            let came = scripted(Script::default().on("UID FETCH", nth, act.clone()));
            came.result.as_ref().unwrap();
            assert_eq!((came.messages.len(), came.twice, came.what()), (all(), 0, vec![]));
        }
    }
}

#[test]
fn a_server_that_is_busy_for_a_moment_is_waited_for() {
    for refusal in [
        "NO [LIMIT] too many at once",
        "NO [INUSE] later",
        "NO [OVERQUOTA] for today",
        "NO [THROTTLED] slowly",
        "NO [UNAVAILABLE] a part of it",
        "BAD Request is throttled. Suggested Backoff Time: 20 milliseconds",
    ] {
        for nth in [2, 4, 5] {
            let came = scripted(Script::default().on("UID FETCH", nth, Act::answer(refusal)));
            came.result.as_ref().unwrap();
            assert_eq!((came.messages.len(), came.twice, came.what()), (all(), 0, vec![]), "{refusal} {nth}");
        }
    }
    // A folder that somebody else holds for a moment, and a server that is full for a moment.
    for (verb, refusal) in [("EXAMINE", "NO [INUSE] later"), ("UID SEARCH", "NO [LIMIT] later")] {
        let came = scripted(Script::default().on(verb, 1, Act::answer(refusal)));
        came.result.as_ref().unwrap();
        assert_eq!((came.messages.len(), came.what()), (all(), vec![]), "{verb}");
    }
}

#[test]
fn a_server_that_stays_busy_is_left_in_the_end() {
    let away = "BAD Request is throttled. Suggested Backoff Time: 3600000 milliseconds";
    for (verb, refusal) in [
        ("UID FETCH", "NO [LIMIT] never"),
        ("UID FETCH", "NO [OVERQUOTA] never"),
        ("UID FETCH", away),
        ("EXAMINE", "NO [INUSE] never"),
        ("LIST", "NO [UNAVAILABLE] never"),
        ("AUTHENTICATE", "NO [UNAVAILABLE] never"),
        ("AUTHENTICATE", "NO [LIMIT] never"),
    ] {
        let begun = Instant::now();
        let served = Served::scripted(mailbox(), Script::default().always(verb, Act::answer(refusal)));
        let came = read(&served);
        let error = came.result.expect_err(refusal);
        assert!(matches!(error, SourceError::TryLater { .. }), "{verb} {refusal}: {error:?}");
        assert!(came.messages.is_empty() && begun.elapsed() < Duration::from_secs(60));
        let asked = served.running.transcript.verbs()[verb];
        assert!(asked <= 40, "{verb}: asked {asked} times");
    }
    // Whoever was read until then stays read, and it is said that this is not all.
    let came = scripted(Script::default().when("UID FETCH", "BODY.PEEK[1]", Act::answer("NO [LIMIT] never")));
    assert!(matches!(came.result, Err(SourceError::TryLater { .. })), "{:?}", came.result);
    assert!(came.messages.len() < all());
}

/// A line to this port on which each turn takes long: what the server says is held back until both have been silent for a
/// moment. Returns its own port and the number of turns.
fn by_turns(server: u16) -> (u16, Arc<AtomicU64>) {
    const SILENCE: Duration = Duration::from_millis(100);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let turns = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&turns);
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let asked = Arc::new(Mutex::new(Instant::now()));
        let asking = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut bytes = [0; 16 << 10];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                *asking.lock().unwrap() = Instant::now();
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        server.set_read_timeout(Some(SILENCE)).unwrap();
        let (mut held, mut bytes) = (Vec::new(), [0; 16 << 10]);
        loop {
            match server.read(&mut bytes) {
                Ok(count @ 1..) => held.extend_from_slice(&bytes[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if !held.is_empty() && asked.lock().unwrap().elapsed() >= SILENCE {
                        count.fetch_add(1, Ordering::Relaxed);
                        if client.write_all(&held).is_err() {
                            return;
                        }
                        held.clear();
                    }
                }
                _ => return drop(client.write_all(&held)),
            }
        }
    });
    (port, turns)
}

#[test]
fn small_groups_of_texts_do_not_wait_for_each_other() {
    // Each message has its text in another place, so that each is asked for by a command of its own.
    let mut mailbox = Mailbox::default();
    let message = |(depth, place): (usize, usize)| {
        let mut text = String::new();
        for level in 0..depth {
            text.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"));
        }
        let image = format!("Content-Type: image/png\r\n\r\nx\r\n--b{}\r\n", depth - 1);
        text.push_str(&image.repeat(place));
        text.push_str("Content-Type: text/plain\r\n\r\nBis morgen\r\n");
        for level in (0..depth).rev() {
            text.push_str(&format!("--b{level}--\r\n"));
        }
        let head = format!("From: p{depth}.{place}@names.example\r\nTo: demo@firma.example\r\nMIME-Version: 1.0\r\n");
        ((head + &text).into_bytes(), 1_740_960_000)
    };
    let places = (1..=8).flat_map(|depth| (0..8).map(move |place| (depth, place)));
    mailbox.add("INBOX", FolderKind::Inbox, places.map(message).collect());
    let served = Served::new(mailbox);
    let (port, turns) = by_turns(served.running.tls.port());
    let timeouts = Timeouts { idle: Duration::from_secs(60), connect: Duration::from_secs(60), ..hasty() };
    let came = read_with(&served, Settings { port, timeouts, ..settings(&served) }, &Wanted::default());
    came.result.as_ref().unwrap();
    assert_eq!((came.messages.len(), came.what()), (64, vec![]));
    let commands = served.running.transcript.commands();
    let is_text = |line: &str| line.contains("BODY.PEEK[") && !line.contains("HEADER") && !line.contains("[]");
    assert_eq!(commands.iter().filter(|heard| is_text(&heard.line)).count(), 64);
    // A dozen to come in, to look around and to leave; four at a time, the texts alone would take sixteen.
    let turns = turns.load(Ordering::Relaxed);
    assert!((8..=18).contains(&turns), "{turns} turns");
}

#[test]
fn a_connection_that_is_lost_for_good_leaves_what_came() {
    let script = Script::default().when("UID FETCH", "BODY.PEEK[1]", Act::Close(Vec::new()));
    let came = scripted(script);
    assert!(matches!(came.result, Err(SourceError::Lost { .. })), "{:?}", came.result);
    assert!(came.messages.len() < all());
    assert_eq!(came.reading.hosts.len(), 1);
    assert!(came.reading.proof.unwrap().commands["UID FETCH"] > 0);
}

#[test]
fn uids_that_begin_anew_are_not_mixed_with_the_old_ones() {
    let other = edit(|answer| answer.replace("UIDVALIDITY 17", "UIDVALIDITY 18"));
    let script = Script::default().on("UID FETCH", 4, Act::Close(Vec::new())).on("EXAMINE", 2, other);
    let came = scripted(script);
    came.result.as_ref().unwrap();
    assert!(came.what().contains(&ProblemKind::Folder), "{:?}", came.what());
}

#[test]
fn what_nobody_asked_for_is_not_taken() {
    let odd = edit(|answer| {
        let noise = "* 1 EXPUNGE\r\n* 0 EXISTS\r\n* 7 FETCH (FLAGS (\\Seen))\r\n\
                     * 8 FETCH (UID 4242 BODY[HEADER.FIELDS (FROM)] {10}\r\nFrom: x@y\n BODYSTRUCTURE (\"text\" \"plain\"))\r\n\
                     * 9 FETCH (UID 4242 BODY[] {9}\r\nFrom: x@y)\r\n\r\n* NONSENSE ((( \"\r\n* 1 FETCH (UID 0)\r\n";
        // Everything the server says comes twice, too.
        let (data, last) = answer.trim_end().rsplit_once("\r\n").unwrap_or(("", answer.trim_end()));
        if data.is_empty() { format!("{noise}{last}\r\n") } else { format!("{noise}{data}\r\n{data}\r\n{last}\r\n") }
    });
    let came = scripted(Script::default().when("UID FETCH", "BODY.PEEK[", odd));
    came.result.as_ref().unwrap();
    assert_eq!((came.messages.len(), came.twice, came.what()), (all(), 0, vec![]));
    assert!(came.messages.keys().all(|(_, uid)| *uid != 4242));
}

#[test]
fn a_structure_that_cannot_be_read_costs_nothing_but_time() {
    for depth in [70, 400, 100_000] {
        let deep = move |answer: &str| {
            let structure = format!("BODYSTRUCTURE {}\"text\"{}", "(".repeat(depth), ")".repeat(depth));
            let mut lines: Vec<String> = Vec::new();
            for line in answer.split("\r\n") {
                match line.find("BODYSTRUCTURE (") {
                    Some(at) => lines.push(format!("{}{structure})", &line[..at])),
                    None => lines.push(line.to_owned()),
                }
            }
            lines.join("\r\n")
        };
        let came = scripted(Script::default().when("UID FETCH", "BODYSTRUCTURE", edit(deep)));
        came.result.as_ref().unwrap();
        assert_eq!((came.messages.len(), came.what()), (all(), vec![]), "{depth}");
    }
}

#[test]
fn a_hostile_server_ends_in_an_error_and_soon() {
    let endless_line = vec![b'x'; 60_000];
    let cases: [(&str, &str, Act); 13] = [
        ("UID FETCH", "4 GiB announced", say(b"* 1 FETCH (UID 1 BODY[] {4294967295}")),
        ("UID FETCH", "more than asked", say(b"* 1 FETCH (UID 1 BODY[] {530000000}")),
        ("UID FETCH", "no number at all", say(b"* 1 FETCH (UID 1 BODY[] {99999999999999999999999}")),
        ("UID FETCH", "a foreign tag", Act::Say(b"zz9 OK done\r\n".to_vec())),
        ("UID FETCH", "an endless line", Act::Flood(endless_line.clone())),
        ("UID FETCH", "endless chatter", Act::Flood(b"* OK still here\r\n".repeat(500))),
        ("LIST", "an endless line", Act::Flood(endless_line)),
        ("LIST", "refused", Act::answer("NO sorry")),
        ("UID FETCH", "half a literal and silence", Act::Stall(b"* 1 FETCH (UID 1 BODY[] {20}\r\nabc".to_vec())),
        ("LIST", "half a literal and silence", Act::Stall(b"* LIST () \"/\" {20}\r\nabc".to_vec())),
        ("AUTHENTICATE", "endless questions", Act::Flood(b"+ \r\n".to_vec())),
        ("AUTHENTICATE", "a question that is none", Act::Say(b"+ (((\r\n".to_vec())),
        ("GREETING", "endless greeting", Act::Flood(b"* OK hello".to_vec())),
    ];
    for (verb, what, act) in cases {
        let started = Instant::now();
        let came = scripted(Script::default().always(verb, act));
        let error = came.result.expect_err(what);
        assert!(started.elapsed() < Duration::from_secs(90), "{verb}: {what}");
        let text = format!("{error} {error:?}");
        assert!(text.len() < 300 && !text.contains("xxx"), "{verb}, {what}: {text}");
    }
}

#[test]
fn a_greeting_decides_whether_to_go_on() {
    let greeted =
        |text: &str| scripted(Script::default().always("GREETING", Act::Close(text.as_bytes().to_vec()))).result;
    assert!(matches!(greeted("* BYE too many\r\n"), Err(SourceError::TryLater { .. })));
    assert!(matches!(greeted("* PREAUTH welcome back\r\n"), Err(SourceError::Protocol { .. })));
    assert!(matches!(greeted("220 smtp.example\r\n"), Err(SourceError::Protocol { .. })));
    assert!(matches!(greeted(""), Err(SourceError::Unreachable { .. })));
}

#[test]
fn folder_names_cannot_become_commands() {
    let list = edit(|answer| {
        let evil = "* LIST () \"/\" {19}\r\nx\r\nA9 DELETE \"INBOX\"\r\n* LIST () \"/\" \"../../etc\"\r\n\
                    * LIST () \"/\" {2}\r\n\u{1}[\r\n* LIST () NIL \"a\\\"b\\\\c\"\r\n";
        format!("{evil}{answer}")
    });
    let served = Served::scripted(mailbox(), Script::default().on("LIST", 1, list));
    let came = read(&served);
    came.result.as_ref().unwrap();
    assert_eq!(came.messages.len(), all());
    assert!(came.what().iter().all(|what| *what == ProblemKind::Folder));
    assert!(!served.running.transcript.verbs().contains_key("DELETE"));
}

#[test]
fn certificates_are_refused_with_their_reason() {
    for (certificate, reason) in [
        (Certificate::Expired, "expired"),
        (Certificate::OtherHost, "another name"),
        (Certificate::SelfSigned, "certificate"),
    ] {
        let served = Served::with_certificate(mailbox(), certificate);
        let error = read(&served).result.unwrap_err();
        let SourceError::Tls { what, .. } = &error else { panic!("{error:?}") };
        assert!(what.contains(reason), "{what}");
        assert_eq!(served.running.transcript.commands(), []);
    }
}

#[test]
fn every_way_to_log_in_works_and_a_wrong_secret_is_never_repeated() {
    let served = Served::new(mailbox());
    let (password, token) = (served.running.password.clone(), served.running.token.clone());
    let starttls = served.running.starttls.port();
    for login in [
        Login::Password(password.clone().into()),
        Login::PasswordSasl(password.clone().into()),
        Login::XOAuth2(token.clone().into()),
        Login::OAuthBearer(token.into()),
    ] {
        let mut settings = Settings { login, ..settings(&served) };
        assert_eq!(read_with(&served, settings.clone(), &Wanted::default()).messages.len(), all());
        (settings.port, settings.tls) = (starttls, Tls::StartTls);
        assert_eq!(read_with(&served, settings, &Wanted::default()).messages.len(), all());
    }
    // Where there is no other way, the oldest.
    let bare = edit(|greeting| greeting.replace(" AUTH=PLAIN", ""));
    let old = Served::scripted(mailbox(), Script::default().always("GREETING", bare));
    assert_eq!(read(&old).messages.len(), all());
    let verbs = old.running.transcript.verbs();
    assert_eq!((verbs.get("LOGIN"), verbs.get("AUTHENTICATE")), (Some(&1), None));
    for login in [
        Login::Password("geheim123".into()),
        Login::XOAuth2("geheim123".into()),
        Login::OAuthBearer("geheim123".into()),
    ] {
        let settings = Settings { login, ..settings(&served) };
        assert!(!format!("{settings:?} {:?}", settings.login).contains("geheim"));
        let user = settings.user.clone();
        let error = read_with(&served, settings, &Wanted::default()).result.unwrap_err();
        assert!(matches!(error, SourceError::Login { .. }), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("geheim") && !text.contains(&user), "{text}");
    }
}

#[test]
fn a_server_that_does_not_prove_itself_is_not_spoken_to() {
    let offered = || edit(|greeting| greeting.replace("AUTH=PLAIN", "AUTH=SCRAM-SHA-256"));
    let login = || Login::PasswordScram("geheim123".to_owned().into());
    // One that takes everybody, and one that sends a proof of something else.
    for answers in [
        Act::answer("OK come in"),
        Act::Say(b"+ dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9\r\n{tag} OK come in\r\n".to_vec()),
    ] {
        let script = Script::default().always("GREETING", offered()).always("AUTHENTICATE", answers);
        let served = Served::scripted(mailbox(), script);
        let settings = Settings { login: login(), ..settings(&served) };
        let error = read_with(&served, settings, &Wanted::default()).result.unwrap_err();
        assert!(matches!(error, SourceError::Protocol { .. }), "{error:?}");
        assert!(!served.running.transcript.verbs().contains_key("LIST"));
    }
}

#[test]
fn a_message_that_lies_in_two_folders_is_fetched_once() {
    let mut mailbox = mailbox();
    let everything = mailbox.folders.iter().flat_map(|folder| &folder.messages);
    let everything: Vec<_> = everything.map(|message| (message.bytes.to_vec(), message.internal_date)).collect();
    let count = everything.len();
    // Before the others in the order of names, after them, and between.
    mailbox.add("Zz/All Mail", FolderKind::All, everything.clone());
    let twice = [everything[0].clone(), everything[0].clone()];
    mailbox.add("Copies", FolderKind::Other, twice.to_vec());
    let served = Served::naming_copies(mailbox.clone());
    let came = read(&served);
    came.result.as_ref().unwrap();
    assert_eq!((came.messages.len(), came.copies.len(), came.what()), (count, count + 2, vec![]));
    assert_eq!(came.announced, 2 * count as u64 + 2);
    for (at, of) in &came.copies {
        let bytes = |at: &Locator| {
            let folder = mailbox.folders.iter().find(|folder| folder.name == at.folder.name).unwrap();
            folder.messages.iter().find(|message| u64::from(message.uid) == at.number).unwrap().bytes.clone()
        };
        assert_eq!(bytes(at), bytes(of));
    }
    // Without such names everything is fetched, and that is right too.
    assert_eq!(read(&Served::new(mailbox)).messages.len(), 2 * count + 2);
}

#[test]
fn only_wanted_folders_are_opened() {
    let served = Served::new(mailbox());
    let wanted = Wanted { folders: vec!["INBOX".to_owned()], ..Wanted::default() };
    let came = read_with(&served, settings(&served), &wanted);
    came.result.as_ref().unwrap();
    assert!(!came.messages.is_empty() && came.messages.keys().all(|(folder, _)| folder == "INBOX"));
    assert_eq!(served.running.transcript.verbs()["EXAMINE"], 1);
}

#[test]
fn whoever_stops_listening_ends_it_politely() {
    let served = Served::new(mailbox());
    let settings = settings(&served);
    served.runtime.block_on(async {
        let (out, mut arrivals) = mpsc::channel(1);
        let mut source = ImapSource::new(settings);
        let listen = async {
            while let Some(arrival) = arrivals.recv().await {
                if matches!(arrival, Arrival::Message(_)) {
                    return arrivals.close();
                }
            }
        };
        let wanted = Wanted::default();
        let (result, ()) = tokio::join!(source.read(&wanted, &out), listen);
        result.unwrap();
    });
    assert_eq!(served.running.transcript.verbs()["LOGOUT"], 1);
}

#[test]
fn a_check_opens_nothing() {
    let served = Served::new(mailbox());
    let found = served.runtime.block_on(check(&settings(&served), &Wanted::default())).unwrap();
    assert_eq!(found.folders.len(), mailbox().folders.len());
    assert_eq!(found.folders.iter().filter_map(|folder| folder.messages).sum::<u64>(), all() as u64);
    assert!(found.tls.starts_with("TLS 1.3"));
    let verbs = served.running.transcript.verbs();
    assert!(!verbs.contains_key("EXAMINE") && !verbs.contains_key("UID FETCH"), "{verbs:?}");
}

/// A peer in clear that says these things: first unasked, then one for each line it hears. Returns what it heard.
fn liar(says: &[&str]) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let says: Vec<String> = says.iter().map(|text| (*text).to_owned()).collect();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut heard = Vec::new();
        let mut tag = String::new();
        for text in says {
            if stream.write_all(text.replace("{tag}", &tag).as_bytes()).is_err() {
                break;
            }
            let mut line = Vec::new();
            if !matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
                break;
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            tag = line.split(' ').next().unwrap_or_default().to_owned();
            heard.push(line);
        }
        heard
    });
    (port, thread)
}

#[test]
fn nothing_said_before_tls_counts_and_nothing_secret_is_said() {
    let cases: [(&str, &[&str]); 9] = [
        ("logged in already", &["* PREAUTH hello\r\n", "{tag} OK go\r\n"]),
        ("not offered", &["* OK [CAPABILITY IMAP4rev1] hi\r\n", "{tag} BAD what\r\n", "{tag} OK\r\n"]),
        ("refused", &["* OK hi\r\n", "{tag} NO not today\r\n", "{tag} OK\r\n"]),
        ("answered before asked", &["* OK hi\r\nA0001 OK go\r\n", "", ""]),
        ("a guessed tag", &["* OK hi\r\n", "A0001 OK go\r\n", ""]),
        ("response injected", &["* OK hi\r\n", "{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", ""]),
        ("no TLS follows", &["* OK hi\r\n", "{tag} OK go\r\n", "* OK this is not TLS at all, is it\r\n", ""]),
        ("too busy", &["* BYE later\r\n", ""]),
        ("silence", &["* OK hi\r\n", "", ""]),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (what, says) in cases {
        let (port, thread) = liar(says);
        let login = Login::Password("geheim123".into());
        let mut settings = Settings::new("127.0.0.1", port, Tls::StartTls, "ann@firm.example", login);
        settings.timeouts = Timeouts { connect: Duration::from_secs(3), idle: Duration::from_secs(1), ..hasty() };
        settings.trust = Trust::Pem(Vec::new());
        let served_roots = Served::new(Mailbox::default());
        settings.trust = Trust::Pem(served_roots.running.ca_pem.clone().into_bytes());
        let error = runtime.block_on(check(&settings, &Wanted::default())).expect_err(what);
        let heard = thread.join().unwrap();
        let words: Vec<_> = heard.iter().take(1).map(|line| line.split(' ').nth(1).unwrap_or_default()).collect();
        assert!(words.is_empty() || words == ["STARTTLS"], "{what}: {words:?}");
        assert!(!heard.iter().any(|line| line.contains("LOGIN") || line.contains("AUTHENTICATE")), "{what}");
        let text = error.to_string();
        assert!(!text.contains("hi") || !text.contains("later"), "no text of theirs: {text}");
    }
}

#[test]
fn without_tls_only_this_machine_is_spoken_to() {
    let login = Login::Password("geheim123".into());
    // A documentation address (RFC 5737): nobody is there; whether it is tried or not, no login happens.
    let mut settings = Settings::new("192.0.2.1", 143, Tls::PlainLoopback, "ann", login);
    settings.timeouts = Timeouts { connect: Duration::from_millis(200), ..hasty() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(check(&settings, &Wanted::default())).unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. } | SourceError::Tls { .. }), "{error:?}");
}
