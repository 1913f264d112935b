//! How fast mail in a file is audited: messages and bytes a second, and the same file counted through by ripgrep.
//!
//! `cargo bench` prints it. Only the ratio is to be compared: both run on the same machine in the same minute.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot run stops")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MESSAGES: u32 = 20_000;
const RUNS: u32 = 5;
/// What counts as an address to ripgrep; the usual expression for it.
const ADDRESS: &str = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}";

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let mbox = dir.path().join("bench.mbox");
    fs::write(&mbox, generate()).unwrap();
    let bytes = fs::metadata(&mbox).unwrap().len();
    let megabytes = bytes as f64 / 1e6;
    let mut out = std::io::stdout();
    writeln!(out, "{MESSAGES} messages, {megabytes:.1} MB, best of {RUNS} runs").unwrap();

    let audit = best(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailglean"));
        command.args(["--quiet", "audit", "bench.mbox", "--evidence", "counts", "--owner", "ada@firma.example"]);
        command.args(["--overwrite"]).env("HOME", dir.path()).current_dir(dir.path());
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
    });
    let rate = f64::from(MESSAGES) / audit.as_secs_f64();
    writeln!(
        out,
        "mailglean audit   {:8.3} s  {rate:9.0} messages/s  {:7.1} MB/s",
        audit.as_secs_f64(),
        megabytes / audit.as_secs_f64()
    )
    .unwrap();

    let Some(found) = ripgrep(&mbox) else {
        writeln!(out, "skipped: no ripgrep to compare with").unwrap();
        return;
    };
    let search = best(|| assert!(ripgrep(&mbox).is_some()));
    writeln!(
        out,
        "rg --count-matches{:8.3} s  {found:9} addresses   {:7.1} MB/s",
        search.as_secs_f64(),
        megabytes / search.as_secs_f64()
    )
    .unwrap();
    writeln!(out, "ratio             {:8.2}    (mailglean / ripgrep)", audit.as_secs_f64() / search.as_secs_f64())
        .unwrap();
}

fn best(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let started = Instant::now();
        run();
        started.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}

/// How many addresses ripgrep finds; `None` if there is no ripgrep.
fn ripgrep(mbox: &Path) -> Option<u64> {
    let mut command = Command::new("rg");
    command.args(["--no-config", "--text", "--count-matches", ADDRESS]).arg(mbox).stderr(Stdio::null());
    let output = command.output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// Numbers that look random and are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap_or(1)).unwrap_or(0)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.roll(from.len())).copied().unwrap_or_default()
    }
}

/// An mbox as mailboxes are: plain and HTML, quoted-printable and base64, signatures, quotes, lists, an attachment now and then.
fn generate() -> Vec<u8> {
    const FIRST: &[&str] =
        &["Anna", "Björn", "Claudia", "Dmitri", "Eva", "Frank", "Greta", "Hans", "Ines", "Jörg", "Karin", "Lars"];
    const LAST: &[&str] =
        &["Albers", "Brandt", "Clausen", "Dietz", "Ebert", "Fuchs", "Grün", "Hahn", "Iversen", "Jansen", "Krüger"];
    const FIRMS: &[&str] = &["nordwerk", "hafenbau", "alpenstahl", "blautech", "kiesgrube", "lindenhof", "messwerk"];
    const FREE: &[&str] = &["gmx.de", "web.de", "gmail.com", "t-online.de"];
    const WORDS: &[&str] = &[
        "wir",
        "haben",
        "die",
        "Unterlagen",
        "geprüft",
        "und",
        "schicken",
        "Ihnen",
        "das",
        "Angebot",
        "bis",
        "Freitag",
        "please",
        "find",
        "the",
        "invoice",
        "attached",
        "meeting",
        "on",
        "Tuesday",
        "about",
        "delivery",
        "schedule",
    ];
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut mbox = String::new();
    let mut text = String::new();
    for n in 0..MESSAGES {
        let person = |dice: &mut Dice| {
            let (first, last) = (dice.pick(FIRST), dice.pick(LAST));
            let plain: String = format!("{first}.{last}").to_lowercase().replace('ö', "oe").replace('ü', "ue");
            let number = dice.roll(12);
            let domain = if number < 2 { dice.pick(FREE).to_owned() } else { format!("{}.example", dice.pick(FIRMS)) };
            (format!("{first} {last}"), format!("{plain}{number}@{domain}"))
        };
        let (name, address) = person(&mut dice);
        let (other, other_address) = person(&mut dice);
        text.clear();
        for _ in 0..=dice.roll(12) {
            for _ in 0..8 + dice.roll(6) {
                text.push_str(dice.pick(WORDS));
                text.push(' ');
            }
            text.push('\n');
        }
        let phone = 23_125_000 + dice.roll(999);
        let _ = write!(
            text,
            "\nMit freundlichen Grüßen\n{name}\nLeitung Einkauf\nNordwerk GmbH\nHafenstr. 12, 20457 Hamburg\nTel. +49 30 {phone}\n{address}\n"
        );
        if dice.roll(2) == 0 {
            let _ = write!(
                text,
                "\nAm 3. März 2025 schrieb {other} <{other_address}>:\n> Guten Tag,\n> {}\n>\n> {other}\n> Tel. +49 40 66969 {}\n",
                WORDS.join(" "),
                dice.roll(999)
            );
        }
        let sent = dice.roll(5) == 0;
        let (from, to) = if sent {
            ("Ada Firma <ada@firma.example>".to_owned(), format!("{name} <{address}>"))
        } else {
            (format!("\"{name}\" <{address}>"), "Ada Firma <ada@firma.example>".to_owned())
        };
        let _ = write!(
            mbox,
            "From {address} Mon Mar  3 10:00:00 2025\nReceived: from mx.nordwerk.example (192.0.2.7) by mail.firma.example; Mon, 3 Mar 2025 10:00:00 +0000\n\
From: {from}\nTo: {to}\nCc: {other} <{other_address}>\nSubject: Angebot {n}\nDate: Mon, 3 Mar 2025 10:{:02}:{:02} +0100\n\
Message-ID: <{n}@bench.example>\nMIME-Version: 1.0\n",
            n / 60 % 60,
            n % 60
        );
        if dice.roll(7) == 0 {
            mbox.push_str("List-Unsubscribe: <https://nordwerk.example/u>\n");
        }
        match dice.roll(10) {
            0..=3 => {
                let _ =
                    write!(mbox, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}");
            }
            4..=6 => {
                let html = text.replace('>', "&gt;").replace('\n', "<br>\n");
                let _ = write!(
                    mbox,
                    "Content-Type: multipart/alternative; boundary=b{n}\n\n--b{n}\nContent-Type: text/plain; charset=utf-8\n\
Content-Transfer-Encoding: 8bit\n\n{text}\n--b{n}\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
<html><head><style>p{{margin:0}}</style></head><body><div class=\"WordSection1\"><p>{html}</p></div></body></html>\n--b{n}--\n"
                );
            }
            7 => {
                let html = text.replace('>', "&gt;").replace('\n', "<br>\n");
                let _ = write!(
                    mbox,
                    "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<html><body>{html}</body></html>\n"
                );
            }
            8 => {
                use base64::Engine as _;
                let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
                let _ = write!(mbox, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
                for at in (0..encoded.len()).step_by(76) {
                    let _ = writeln!(mbox, "{}", &encoded[at..encoded.len().min(at + 76)]);
                }
            }
            _ => {
                let _ = write!(
                    mbox,
                    "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\nContent-Type: text/plain; charset=utf-8\n\
Content-Transfer-Encoding: 8bit\n\n{text}\n--b{n}\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{}--b{n}--\n",
                    "JVBERi0xLjQKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRv\n".repeat(80)
                );
            }
        }
        mbox.push('\n');
    }
    mbox.into_bytes()
}
