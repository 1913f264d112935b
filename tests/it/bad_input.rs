//! Broken mail and files: each costs itself, is counted once, and the rest is read; where nothing is, nothing is reported.

use std::fs;
use std::path::Path;

use crate::common::{Program, Run};
use crate::mail::{letter, letters, write_mbox};

const GOOD: &str = "m.kern@kern-logistik.example";

/// A folder of good letters and this one.
fn with(program: &Program, bytes: &[u8]) -> Run {
    let folder = program.path("letters");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    for (n, (_, letter)) in letters().into_iter().enumerate() {
        fs::write(folder.join(format!("{n}.eml")), letter).unwrap();
    }
    fs::write(folder.join("odd.eml"), bytes).unwrap();
    program.audit(&["letters"])
}

/// A letter with another body and these fields in place of the usual ones.
fn odd(content: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: Odd Sender <odd@odd.example>\r\nTo: demo@firma.example\r\nSubject: odd\r\nDate: 5 Mar 2025 10:00:00 +0000\r\n\
Message-ID: <odd@odd.example>\r\nMIME-Version: 1.0\r\n{content}\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[track_caller]
fn costs_one(run: Run, problem: &str, read: u64) {
    let run = run.exits(4);
    let coverage = &run.report()["coverage"];
    assert_eq!(run.problems(problem), 1, "{coverage}");
    assert_eq!(coverage["problems"].as_object().unwrap().len(), 1, "{coverage}");
    assert_eq!(coverage["read"], read, "{coverage}");
    assert_eq!(run.report()["complete"], false);
    assert_eq!(run.contact(GOOD)["relation"], "direct", "the rest was not read");
}

#[test]
fn mail_that_is_read_in_part_is_one_problem() {
    let program = Program::new();
    let deep: String = (0..1000)
        .map(|n| {
            format!(
                "Content-Type: multipart/mixed; boundary=b{n}

--b{n}
"
            )
        })
        .collect();
    for (bytes, problem) in [
        (odd("Content-Type: text/plain; charset=klingon-8\r\n", b"caf\xe9 au lait\r\n"), "charset"),
        (odd("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", b"SGVsbG8gd29y!!!"), "encoding"),
        (
            odd(
                &deep,
                b"no bottom
",
            ),
            "too_deep",
        ),
    ] {
        costs_one(with(&program, &bytes), problem, 5);
        assert_eq!(with(&program, &bytes).contact("odd@odd.example")["relation"], "inbound", "{problem}");
    }
}

#[test]
fn mail_that_is_none_is_one_problem() {
    let program = Program::new();
    for bytes in [&b""[..], b"\r\n\r\nno header at all\r\n", b"just some words that somebody saved\r\n", &[0; 4096]] {
        costs_one(with(&program, bytes), "not_a_message", 4);
    }
}

#[test]
fn mail_that_is_only_odd_is_no_problem() {
    let program = Program::new();
    let unclosed = b"--x\r\nContent-Type: text/plain\r\n\r\nno end\r\n";
    for bytes in [
        odd("Content-Type: multipart/mixed; boundary=x\r\n", unclosed),
        odd("Content-Type: multipart/mixed\r\n", b"a multipart without a boundary\r\n"),
        odd("Content-Type: \r\nX-: :\r\n", b"\0nul\0bytes\0\r\n"),
    ] {
        let run = with(&program, &bytes);
        assert!([0, 4].contains(&run.code), "{}", run.stderr);
        assert_eq!(run.report()["coverage"]["read"], 5, "{}", run.report()["coverage"]);
        assert_eq!(run.contact("odd@odd.example")["relation"], "inbound");
    }
}

#[test]
fn a_line_of_a_hundred_megabytes_costs_itself() {
    let program = Program::new();
    let mut body = b"short\r\n".to_vec();
    body.extend(std::iter::repeat_n(b'x', 100 << 20));
    body.extend(b"\r\nafter\r\n");
    let run = with(&program, &odd("", &body)).exits(4);
    assert_eq!(run.report()["coverage"]["read"], 5);
    let counted: u64 = ["line_too_long", "too_large"].iter().map(|kind| run.problems(kind)).sum();
    // The file gave less of it than there was, and the line was longer than is read: both are true.
    assert!((1..=2).contains(&counted), "{}", run.report()["coverage"]);
    assert_eq!(run.contact(GOOD)["relation"], "direct");
}

#[test]
fn a_wrong_mbox_is_refused_with_a_hint() {
    let program = Program::new();
    fs::write(program.path("wrong.mbox"), "this is a shopping list\n- milk\n").unwrap();
    program.audit(&["wrong.mbox"]).refused(65);
    fs::write(program.path("empty.mbox"), "").unwrap();
    let run = program.audit(&["empty.mbox"]);
    assert!([65, 66].contains(&run.code), "{}: {}", run.code, run.stderr);
    assert!(run.result.is_none());
    fs::create_dir(program.path("nothing")).unwrap();
    let run = program.audit(&["nothing"]);
    assert!([65, 66].contains(&run.code) && run.result.is_none(), "{}: {}", run.code, run.stderr);
    program.audit(&["nowhere"]).refused(66);
}

#[test]
fn an_mbox_with_a_broken_message_is_read_around_it() {
    let program = Program::new();
    let mut all: Vec<Vec<u8>> = letters().into_iter().map(|(_, bytes)| bytes).collect();
    all.insert(2, b"no header\n".to_vec());
    write_mbox(&all, &program.path("all.mbox"));
    costs_one(program.audit(&["all.mbox"]), "not_a_message", 4);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_one_problem() {
    let program = Program::new();
    let folder = program.path("letters");
    let _ = with(&program, &letter(5, "Ok <ok@odd.example>", "demo@firma.example", "", "x\n")).exits(0);
    // A link that leads nowhere cannot be read even by root, who may read everything else.
    std::os::unix::fs::symlink("/nonexistent/message", folder.join("gone.eml")).unwrap();
    costs_one(program.audit(&["letters"]), "unreadable", 5);
}

#[test]
fn an_address_book_with_a_broken_entry_is_read_around_it() {
    let program = Program::new();
    let book = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Theo Beispiel\r\nEMAIL:theo.beispiel@gmx.de\r\nEND:VCARD\r\n\
BEGIN:VCARD\r\nVERSION:4.0\r\nthis is no property\r\n";
    fs::write(program.path("book.vcf"), book).unwrap();
    let folder = program.path("letters");
    let _ = with(&program, b"");
    fs::remove_file(folder.join("odd.eml")).unwrap();
    let run = program.audit(&["letters", "--contacts", "book.vcf"]);
    assert!([0, 4].contains(&run.code), "{}", run.stderr);
    assert_eq!(run.contact("theo.beispiel@gmx.de")["sources"]["address_book"], 1);
    program.audit(&["letters", "--contacts", "nowhere.vcf"]).refused(66);
}

#[test]
fn a_result_is_never_overwritten_unasked() {
    let program = Program::new();
    let _ = with(&program, b"");
    let before = fs::read(program.path("result.json")).unwrap();
    let again = program.command(&["audit", "letters"]).output().unwrap();
    assert_eq!(again.status.code(), Some(73), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(fs::read(program.path("result.json")).unwrap(), before);
    let parts: Vec<_> = fs::read_dir(program.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!parts.iter().any(|name| Path::new(name).extension().is_some_and(|e| e == "part")), "{parts:?}");
}
