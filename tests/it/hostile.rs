//! Servers that mean harm: each ends in a short error or costs what it touches, in bounded time and memory.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mailglean::demo::{Act, Script};

use crate::common::{OWNER, Program, Run, Served};
use crate::mail::mailbox;

/// More than a run over a good server takes, in KiB; what a run may use above what it uses anyway.
const MEMORY: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(400);

/// What a run came to that was watched.
struct Watched {
    code: Option<i32>,
    stderr: String,
    result: Option<serde_json::Value>,
    /// The most memory that it ever used, in KiB; 0 where the system does not tell.
    peak: u64,
}

/// The most memory that a run of the program has used so far, in KiB.
///
/// For a moment after it was started, a process still shows the memory of the one that started it, here of all the
/// tests together: it counts only from when the process is the program. That is asked first, because there is no way back.
fn memory(process: u32) -> Option<u64> {
    // Not its `exe`: the program is closed to everybody's debugger, and that link with it.
    if fs::read_to_string(format!("/proc/{process}/comm")).ok()?.trim() != "mailglean" {
        return None;
    }
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    high.trim().trim_end_matches(" kB").parse().ok()
}

fn watch(script: Script) -> (Watched, Served) {
    let served = Served::scripted(mailbox(), script);
    let program = Program::new();
    let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
    let errors = fs::File::create(program.path("stderr")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailglean"))
        .args(["audit", &url, "--evidence", "clear", "--reveal", "a test", "--owner", OWNER, "--ca"])
        .arg(served.dir.path().join("ca.pem"))
        .args(["--password-command", &format!("printf %s {}", served.running.password)])
        .env("HOME", program.dir.path())
        .current_dir(program.dir.path())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .unwrap();
    let started = Instant::now();
    let mut peak = 0;
    let code = loop {
        peak = peak.max(memory(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let stderr = String::from_utf8_lossy(&fs::read(program.path("stderr")).unwrap()).into_owned();
    let result = fs::read(program.path("result.json")).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap());
    (Watched { code, stderr, result, peak }, served)
}

#[test]
fn what_never_ends_is_ended() {
    let (usual, _) = watch(Script::default());
    assert_eq!(usual.code, Some(0), "{}", usual.stderr);
    if cfg!(target_os = "linux") {
        assert!(usual.peak > 1000, "{} KiB: nothing was measured", usual.peak);
    }
    let flood = |text: &str| Act::Flood(text.as_bytes().to_vec());
    let deep = format!("* 1 FETCH (UID 1 BODYSTRUCTURE {}", "(".repeat(100_000));
    let search = format!("* SEARCH {}", "1 ".repeat(1000));
    let claims = |answer: Vec<u8>| {
        let text = String::from_utf8(answer).unwrap();
        let lines = text.lines().map(|line| match line {
            line if line.ends_with(" EXISTS") => "* 4294967294 EXISTS\r\n".to_owned(),
            line if line.contains("[UIDNEXT ") => "* OK [UIDNEXT 4294967295] next\r\n".to_owned(),
            line => format!("{line}\r\n"),
        });
        lines.collect::<String>().into_bytes()
    };
    let ranges = format!("* ESEARCH (TAG \"A1\") UID{}\r\n", " ALL 1:4294967295".repeat(1000));
    let cases = vec![
        ("four billion messages", "EXAMINE", Act::Edit(Arc::new(claims))),
        ("endless ranges of numbers", "UID SEARCH", flood(&ranges)),
        ("an endless greeting line", "GREETING", flood("* OK and so on ")),
        ("endless greetings", "GREETING", flood("* OK hello\r\n")),
        ("an endless line", "STATUS", flood("* STATUS and so on ")),
        ("endless states", "STATUS", flood("* STATUS INBOX (MESSAGES 3)\r\n")),
        ("endless folders", "LIST", flood("* LIST () \"/\" more\r\n")),
        ("an endless folder", "LIST", flood("* LIST () \"/\" {999999999}\r\n")),
        ("endless remarks", "UID FETCH", flood("* OK still here\r\n")),
        ("an endless literal", "UID FETCH", flood("* 1 FETCH (UID 1 BODY[] {4294967295}\r\nand so on ")),
        (
            "a literal beyond all numbers",
            "UID FETCH",
            Act::Close(b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\nx".to_vec()),
        ),
        ("endless messages", "UID FETCH", flood("* 9 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n")),
        ("an endless list of numbers", "UID SEARCH", flood(&search)),
        ("a structure without a bottom", "UID FETCH", Act::Close(deep.into_bytes())),
        ("an endless structure", "UID FETCH", flood("* 1 FETCH (UID 1 BODYSTRUCTURE ((((")),
        ("somebody else's answers", "EXAMINE", flood("X99 OK done\r\n")),
    ];
    std::thread::scope(|scope| {
        for (name, verb, act) in cases {
            let usual = &usual;
            scope.spawn(move || {
                let (run, _) = watch(Script::default().always(verb, act));
                let code = run.code.unwrap_or_else(|| panic!("{name}: did not end"));
                assert!([4, 66, 69, 75, 76].contains(&code), "{name}: {code}: {}", run.stderr);
                assert!(run.stderr.len() < 2000, "{name}: {} bytes of errors", run.stderr.len());
                assert!(!run.stderr.contains("and so on"), "{name}: the server's text is shown: {}", run.stderr);
                if let Some(result) = run.result {
                    assert_eq!(result["complete"], false, "{name}: a part was taken for the whole");
                }
                assert!(run.peak > 0 || usual.peak == 0, "{name}: no memory was measured");
                assert!(run.peak < usual.peak + MEMORY, "{name}: {} KiB, usually {}", run.peak, usual.peak);
            });
        }
    });
}

/// Audits with names shown, and with the answer to what brings messages edited.
fn audit(script: Script) -> Run {
    Program::new().audit_server(&Served::scripted(mailbox(), script), &[])
}

/// Sender, sphere and relation of everybody: what must not depend on a server's noise.
fn verdicts(run: &Run) -> Vec<String> {
    let contacts = run.contacts().as_array().unwrap();
    let line = |c: &serde_json::Value| format!("{} {} {} {}", c["emails"], c["sphere"], c["relation"], c["sources"]);
    let mut lines: Vec<String> = contacts.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn noise_changes_nothing() {
    let usual = verdicts(&audit(Script::default()).exits(0));
    let first = |text: &str| Act::First(text.as_bytes().to_vec());
    // The untagged part of the answer twice over.
    let twice = Act::Edit(Arc::new(|answer: Vec<u8>| {
        let tagged = answer.windows(3).rposition(|three| three == b"\r\nA").map_or(0, |at| at + 2);
        [&answer[..tagged], &answer[..]].concat()
    }));
    let backwards = Act::Edit(Arc::new(|answer: Vec<u8>| {
        let text = String::from_utf8(answer).unwrap();
        let at = text.rfind("\r\nA").map_or(0, |at| at + 2);
        let (data, tagged) = text.split_at(at);
        let mut messages: Vec<&str> = data.split_inclusive(")\r\n").collect();
        // The end of a message is where the next begins; what merely looks like it is put together again.
        let mut whole: Vec<String> = Vec::new();
        for piece in messages.drain(..) {
            match whole.last_mut() {
                Some(last) if !piece.starts_with("* ") => last.push_str(piece),
                _ => whole.push(piece.to_owned()),
            }
        }
        whole.reverse();
        (whole.concat() + tagged).into_bytes()
    }));
    for (name, verb, act) in [
        ("remarks", "UID FETCH", first("* OK [ALERT] hello\r\n* 9 RECENT\r\n")),
        (
            "a message nobody asked for",
            "UID FETCH",
            first("* 77 FETCH (UID 77 BODY[] {22}\r\nFrom: x@y.example\r\n\r\nz)\r\n"),
        ),
        ("flags that change", "UID FETCH", first("* 1 FETCH (FLAGS (\\Seen))\r\n")),
        ("fewer messages", "UID FETCH", first("* 3 EXPUNGE\r\n* 2 EXISTS\r\n")),
        ("unknown answers", "UID FETCH", first("* XLIST nonsense \"a\" (b (c))\r\n")),
        ("everything twice", "UID FETCH", twice),
        ("messages in another order", "UID FETCH", backwards),
        ("capabilities at odd times", "EXAMINE", first("* CAPABILITY IMAP4rev1 XYZZY\r\n")),
        ("the same folder twice", "LIST", first("* LIST () \"/\" INBOX\r\n")),
    ] {
        let run = audit(Script::default().always(verb, act));
        assert!([0, 4, 5].contains(&run.code), "{name}: {}: {}", run.code, run.stderr);
        assert_eq!(verdicts(&run), usual, "{name}");
    }
}

#[test]
fn the_name_of_a_folder_is_never_a_command() {
    let evil = "* LIST () \"/\" {25}\r\nevil\r\nA1 DELETE INBOX\r\nA2 \r\n* LIST () \"/\" \"..\\\\..\\\\etc\\\" SELECT\"\r\n\
* LIST () \"/\" \"\u{1b}[31mred\"\r\n";
    let served = Served::scripted(mailbox(), Script::default().always("LIST", Act::First(evil.as_bytes().to_vec())));
    let run = Program::new().audit_server(&served, &[]);
    assert!([4, 5, 76].contains(&run.code), "{}: {} {}", run.code, run.stderr, run.report()["reading"]);
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "an escape reached the terminal");
    let verbs = served.running.transcript.verbs();
    assert!(!verbs.contains_key("DELETE") && !verbs.contains_key("SELECT"), "{verbs:?}");
}

#[test]
fn numbers_that_change_their_meaning_stop_the_folder() {
    // The second EXAMINE of a run says that all UIDs mean other messages now.
    let other = Act::Edit(Arc::new(|answer: Vec<u8>| {
        let text = String::from_utf8(answer).unwrap();
        text.replace("UIDVALIDITY 1700000001", "UIDVALIDITY 1800000001").into_bytes()
    }));
    let script = Script::default().on("UID FETCH", 4, Act::Close(vec![])).on("EXAMINE", 2, other);
    let run = audit(script);
    assert!([0, 4, 5, 66, 76].contains(&run.code), "{}: {}", run.code, run.stderr);
    if let Some(result) = &run.result {
        let read = result["coverage"]["read"].as_u64().unwrap();
        assert!(read == 4 || result["complete"] == false, "{read} read, and said to be complete");
    }
}
