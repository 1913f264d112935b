//! Nobody's data in the wrong place: at `counts` and `pseudonyms` nothing of the mailbox's text is in any output, in
//! no command, and least of all when something goes wrong.

use std::fs;
use std::path::Path;

use mailglean::demo::{Act, Mailbox, Script};
use mailglean::message::FolderKind;

use crate::common::{OWNER, Program, Served};
use crate::mail::{FIRST_DAY, letter, write_maildir};

/// Words of the mailbox that nothing else would ever say.
const WORDS: &[&str] = &[
    "zyxwolda",
    "quartmann",
    "feinblech",
    "vlotterdijk",
    "krötenwanderung",
    "kroetenwanderung",
    "geheimakte",
    "nebelhornweg",
    "oberflunkerin",
    "66969",
    "4066969817",
    "bruckwald",
    "addressbookish",
    "plumpsack",
];

fn canaries() -> Mailbox {
    let text = "Guten Tag,\n\nanbei die Krötenwanderung.\n\nMit freundlichen Grüßen\nZyxwolda Quartmann\nOberflunkerin\n\
Quartmann Feinblech GmbH\nNebelhornweg 3, 20457 Hamburg\nTel. +49 40 66969 817\nwww.quartmann-feinblech.example\n\n\
Am 1.3.2025 schrieb Jory Vlotterdijk <jory@vlotterdijk.example>:\n> Bitte sehr\n> Jory Vlotterdijk\n> Plumpsack AG\n";
    let from = "Zyxwolda Quartmann <zyxwolda@quartmann-feinblech.example>";
    let more = "Cc: Ugo Bruckwald <ugo.bruckwald@gmx.de>\n";
    let first = letter(0, from, OWNER, more, text);
    let subject = String::from_utf8(first).unwrap().replace("Subject: Letter 0", "Subject: Kroetenwanderung");
    let odd = b"From: Zyxwolda Quartmann <zyxwolda@quartmann-feinblech.example>\r\nSubject: Plumpsack\r\n\
Content-Type: text/plain; charset=vlotterdijk-8\r\n\r\nKr\xf6tenwanderung\r\n";
    let mut mailbox = Mailbox::default();
    mailbox.add("INBOX", FolderKind::Inbox, vec![(subject.into_bytes(), FIRST_DAY), (odd.to_vec(), FIRST_DAY)]).add(
        "Geheimakte",
        FolderKind::Other,
        vec![(b"no header, but Vlotterdijk".to_vec(), FIRST_DAY)],
    );
    mailbox
}

const BOOK: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Addressbookish Plumpsack\r\nEMAIL:addressbookish@gmx.de\r\nEND:VCARD\r\n\
BEGIN:VCARD\r\nVERSION:4.0\r\nFN Plumpsack broken\r\n";

/// All bytes that the program wrote anywhere below a folder.
fn written(folder: &Path, input: &[&str]) -> Vec<(String, String)> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if input.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            found.extend(written(&path, input));
        } else {
            found.push((name, String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()));
        }
    }
    found
}

#[track_caller]
fn clean(place: &str, text: &str) {
    let text = text.to_lowercase();
    let found: Vec<_> = WORDS.iter().filter(|word| text.contains(**word)).collect();
    assert!(found.is_empty(), "{found:?} in {place}:\n{text}");
}

/// Runs a command and looks everywhere.
fn watched(program: &Program, arguments: &[&str], code: &[i32]) {
    let output = program.command(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(code.contains(&output.status.code().unwrap_or(-1)), "{arguments:?}: {:?}: {stderr}", output.status);
    assert!(!stderr.contains("panicked"), "{stderr}");
    clean(&format!("stdout of {arguments:?}"), &String::from_utf8_lossy(&output.stdout));
    clean(&format!("stderr of {arguments:?}"), &stderr);
    let secret = arguments.iter().find_map(|argument| argument.strip_prefix("printf %s "));
    assert!(secret.is_none_or(|secret| !stderr.contains(secret)), "the password was shown");
    for (name, text) in written(program.dir.path(), &["Maildir", "book.vcf"]) {
        clean(&format!("{name} of {arguments:?}"), &text);
    }
}

#[test]
fn the_words_are_there_to_be_found() {
    let program = Program::new();
    write_maildir(&canaries(), &program.path("Maildir"));
    fs::write(program.path("book.vcf"), BOOK).unwrap();
    let run = program.audit(&["Maildir", "--contacts", "book.vcf"]).exits(4);
    let text = run.report().to_string().to_lowercase();
    for word in ["zyxwolda", "quartmann", "vlotterdijk", "bruckwald", "geheimakte", "66969817", "addressbookish"] {
        assert!(text.contains(word), "{word} is not even in the clear result");
    }
}

#[test]
fn an_audit_of_files_tells_no_name() {
    let program = Program::new();
    write_maildir(&canaries(), &program.path("Maildir"));
    fs::write(program.path("book.vcf"), BOOK).unwrap();
    for level in ["counts", "pseudonyms"] {
        let arguments =
            ["audit", "Maildir", "--contacts", "book.vcf", "--evidence", level, "--owner", OWNER, "--overwrite"];
        watched(&program, &arguments, &[4]);
        watched(&program, &[&arguments[..], &["--format", "json"]].concat(), &[4]);
        watched(&program, &[&arguments[..], &["--lang", "de"]].concat(), &[4]);
        watched(&program, &[&arguments[..], &["--format", "csv,md"]].concat(), &[4]);
    }
    // Without --owner it is found from the mail, and the note about it names nobody.
    watched(&program, &["audit", "Maildir", "--overwrite"], &[4]);
    // What fails after reading.
    watched(&program, &["audit", "Maildir", "--out", "nowhere/result.json"], &[73]);
    watched(&program, &["audit", "Maildir"], &[73]);
}

#[test]
fn an_audit_over_imap_tells_no_name_even_if_it_fails() {
    let secret = "* OK Zyxwolda Quartmann Krötenwanderung 66969817\r\n".as_bytes().to_vec();
    let line = |text: &str| format!("* {text} Vlotterdijk Geheimakte\r\n").into_bytes();
    let scripts: Vec<(Script, &[i32])> = vec![
        (Script::default(), &[4]),
        (Script::default().always("UID FETCH", Act::First(secret.clone())), &[4, 66, 69, 76]),
        (Script::default().always("UID FETCH", Act::First(line("99 FETCH ((("))), &[4, 66, 69, 76]),
        (Script::default().always("UID FETCH", Act::Close(line("BYE"))), &[4, 66, 69, 75, 76]),
        (Script::default().when("EXAMINE", "Geheimakte", Act::answer("NO [NONEXISTENT] Geheimakte")), &[4]),
        (Script::default().always("EXAMINE", Act::answer("NO Geheimakte is locked by Vlotterdijk")), &[66, 69, 75, 76]),
        (Script::default().always("LIST", Act::First(line("LIST ((("))), &[4, 66, 69, 76]),
        (Script::default().always("LOGIN", Act::answer("NO Zyxwolda may not")), &[0, 4, 77]),
        (Script::default().always("AUTHENTICATE", Act::answer("NO Zyxwolda may not")), &[4, 77]),
        (Script::default().always("UID FETCH", Act::Cut(700)), &[4, 66, 69, 76]),
    ];
    std::thread::scope(|scope| {
        for (script, codes) in scripts {
            scope.spawn(|| over_imap(script, codes));
        }
    });
}

fn over_imap(script: Script, codes: &[i32]) {
    let served = Served::scripted(canaries(), script);
    let program = Program::new();
    let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
    let ca = served.dir.path().join("ca.pem");
    let password = format!("printf %s {}", served.running.password);
    for level in ["counts", "pseudonyms"] {
        let way = ["audit", &url, "--ca", ca.to_str().unwrap(), "--password-command", &password];
        watched(&program, &[&way[..], &["--evidence", level, "--overwrite"]].concat(), codes);
    }
    for (name, text) in written(program.dir.path(), &[]) {
        assert!(!text.contains(&served.running.password), "the password is in {name}");
    }
}

#[test]
fn no_command_on_a_result_tells_a_name() {
    let program = Program::new();
    write_maildir(&canaries(), &program.path("Maildir"));
    fs::write(program.path("book.vcf"), BOOK).unwrap();
    let audit = ["audit", "Maildir", "--contacts", "book.vcf", "--owner", OWNER, "--evidence"];
    for level in ["counts", "pseudonyms"] {
        let out = format!("{level}.json");
        watched(&program, &[&audit[..], &[level, "--out", &out, "--format", "html,csv,md"]].concat(), &[4]);
        let formats = mailglean::report::FORMATS.iter().map(|format| format.name);
        for (format, lang) in formats.flat_map(|name| [(name, "de"), (name, "en")]) {
            watched(&program, &["report", &out, "--overdue", "--format", format, "--lang", lang], &[0]);
        }
        for readers in ["dpo", "management", "team", "person"] {
            watched(&program, &["report", &out, "--overdue", "--format", "html", "--for", readers], &[0, 6, 64]);
        }
        for lang in ["de", "en"] {
            watched(&program, &["leaflet", &out, "--overdue", "--lang", lang], &[0, 6]);
            watched(&program, &["what-if", &out, "--overdue", "--lang", lang], &[0, 6, 64, 65]);
            watched(&program, &["directory", &out, "--overdue", "--lang", lang], &[0, 6, 64, 65]);
            watched(&program, &["diff", &out, &out, "--overdue", "--lang", lang], &[0]);
        }
        watched(&program, &["verify", &out, "--overdue"], &[0]);
        watched(&program, &["merge", &out, &out, &out, "--overdue", "-k", "3"], &[65]);
        let result: serde_json::Value = serde_json::from_slice(&fs::read(program.path(&out)).unwrap()).unwrap();
        for contact in result["contacts"].as_array().unwrap() {
            watched(&program, &["explain", &out, contact["id"].as_str().unwrap(), "--overdue"], &[0]);
        }
    }
    // What a result at `clear` holds stays in it where it cannot be read.
    let clear = program.command(&[&audit[..], &["clear", "--reveal", "a test", "--out", "clear.json"]].concat());
    assert_eq!({ clear }.output().unwrap().status.code(), Some(4));
    let text = fs::read_to_string(program.path("clear.json")).unwrap();
    fs::remove_file(program.path("clear.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.json");
    let wrong = [
        text[..text.len() - text.len() / 5].to_owned(),
        text.replacen("\"messages\": ", "\"messages\": \"Vlotterdijk\", \"x\": ", 1),
        text.replacen("\"schema\": 1", "\"schema\": \"Vlotterdijk\"", 1),
    ];
    for text in wrong {
        fs::write(&broken, text).unwrap();
        let broken = broken.to_str().unwrap();
        for command in ["report", "what-if", "directory", "leaflet", "verify", "review"] {
            watched(&program, &[command, broken, "--overdue"], &[64, 65]);
        }
        watched(&program, &["explain", broken, "p-00000-00000", "--overdue"], &[65]);
        watched(&program, &["diff", broken, "counts.json", "--overdue"], &[65]);
        watched(&program, &["merge", broken, "--overdue"], &[65]);
    }
}

#[cfg(unix)]
#[test]
fn results_and_keys_are_for_their_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    write_maildir(&canaries(), &program.path("Maildir"));
    program.run(&["audit", "Maildir"]).exits(4);
    let mut looked = 0;
    let mut folders = vec![program.dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            if path.ends_with("Maildir") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode, 0o600, "{}", path.display());
                looked += 1;
            }
        }
    }
    assert!(looked >= 2, "a result and a key");
}
