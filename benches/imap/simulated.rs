//! A server that holds no mail: it makes up every answer from the numbers that it is asked for, so that a mailbox of a
//! million messages costs it nothing. It may wait before each answer, as a far server does.

use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// A server at work, without TLS and on this machine alone.
pub struct Simulated {
    pub port: u16,
    pub messages: Arc<AtomicU32>,
    /// Times that the server had nothing left to do and waited for the client: round trips.
    pub turns: Arc<AtomicU64>,
}

impl Simulated {
    /// `pause` is what a packet takes there and back.
    pub fn start(messages: u32, pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (messages, turns) = (Arc::new(AtomicU32::new(messages)), Arc::new(AtomicU64::new(0)));
        let (count, all) = (Arc::clone(&messages), Arc::clone(&turns));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (count, all) = (count.load(Ordering::Relaxed), Arc::clone(&all));
                std::thread::spawn(move || serve(stream.unwrap(), count, pause, &all));
            }
        });
        Self { port, messages, turns }
    }
}

/// One connection, to its end; a client that leaves ends it.
fn serve(stream: TcpStream, count: u32, pause: Duration, turns: &AtomicU64) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut out = BufWriter::with_capacity(1 << 16, stream);
    out.write_all(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ESEARCH CONDSTORE] ready\r\n").ok()?;
    out.flush().ok()?;
    loop {
        if lines.buffer().is_empty() {
            out.flush().ok()?;
            turns.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(pause);
        }
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let (tag, command) = line.trim_end().split_once(' ')?;
        let verb = command.split(' ').next()?;
        let next = count + 1;
        match verb {
            "LIST" => out.write_all(b"* LIST () \"/\" INBOX\r\n").ok()?,
            "STATUS" => write!(
                out,
                "* STATUS INBOX (MESSAGES {count} UIDNEXT {next} UIDVALIDITY 9 UNSEEN 0 HIGHESTMODSEQ {next})\r\n"
            )
            .ok()?,
            "EXAMINE" => write!(
                out,
                "* {count} EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT {next}] x\r\n{tag} OK [READ-ONLY] x\r\n"
            )
            .ok()?,
            "UID" => {
                let mut words = command.split(' ').skip(1);
                let (what, set) = (words.next()?, words.next()?);
                if what == "FETCH" {
                    for range in set.split(',') {
                        let (first, last) = range.split_once(':').unwrap_or((range, range));
                        for uid in first.parse().ok()?..=last.parse().ok()? {
                            message(&mut out, uid, command.contains("HEADER.FIELDS")).ok()?;
                        }
                    }
                }
            }
            _ => {}
        }
        if verb != "EXAMINE" {
            write!(out, "{tag} OK done\r\n").ok()?;
        }
        if verb == "LOGOUT" {
            return out.flush().ok();
        }
    }
}

/// A message: one of 20,000 people writes to the owner; the text is a signature of three lines.
fn message(out: &mut impl Write, uid: u32, head: bool) -> std::io::Result<()> {
    let person = uid.wrapping_mul(2_654_435_761) % 20_000;
    let firm = person % 500;
    if head {
        let fields = format!(
            "From: Petra Probst{person} <p{person}@firm{firm}.example>\r\nTo: Ada Demo <ada@corp.example>\r\n\
             Subject: Number {uid} of the letters\r\nDate: {} Jun 20{:02} 10:00:00 +0000\r\nMessage-ID: <{uid}@firm{firm}.example>\r\n\r\n",
            uid % 28 + 1,
            uid % 20 + 5
        );
        let length = fields.len();
        write!(out, "* {uid} FETCH (UID {uid} FLAGS (\\Seen) BODY[HEADER.FIELDS (FROM)] {{{length}}}\r\n{fields}")?;
        let size = text(person, firm).len();
        write!(out, " BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" {size} 6))\r\n")
    } else {
        let text = text(person, firm);
        write!(out, "* {uid} FETCH (UID {uid} BODY[1] {{{}}}\r\n{text})\r\n", text.len())
    }
}

fn text(person: u32, firm: u32) -> String {
    format!(
        "Hello,\r\n\r\nplease see below.\r\n\r\n-- \r\nPetra Probst{person}\r\nFirm {firm} Ltd\r\nTel. +49 40 555 {person:05}\r\n"
    )
}
