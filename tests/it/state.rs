//! The state between runs: nothing is fetched twice, nothing is lost, and the file says nothing of anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mailglean::demo::{Act, Mailbox, Script};
use mailglean::message::FolderKind;
use rusqlite::Connection;

use crate::common::{OWNER, Program, Run, Served, manifest};
use crate::mail::letter;

/// How many messages the larger mailbox holds.
const MANY: u32 = if cfg!(debug_assertions) { 1_200 } else { 6_000 };

/// A message from one of many people, each with a signature.
fn message(number: u32) -> Vec<u8> {
    let person = number % 211;
    let (from, to) =
        (format!("Petra Probst{person} <petra{person}@haus{}.example>", person % 17), format!("Ada Demo <{OWNER}>"));
    let more =
        if number.is_multiple_of(5) { format!("Cc: Kurt Kahl{number} <kurt{number}@gmx.de>\n") } else { String::new() };
    let text = format!(
        "Guten Tag,\n\nwie besprochen Nummer {number}.\n\nMit freundlichen Grüßen\nPetra Probst{person}\n\
Haus {} GmbH\nTel. +49 30 23125 {person:03}\npetra{person}@haus{}.example\n",
        person % 17,
        person % 17
    );
    letter(number, &from, &to, &more, &text)
}

fn mailbox(count: u32) -> Mailbox {
    let mut mailbox = Mailbox::default();
    let part =
        |from: u32, to: u32| (from..to).map(|n| (message(n), 1_740_960_000 + 3_600 * i64::from(n))).collect::<Vec<_>>();
    mailbox.add("INBOX", FolderKind::Inbox, part(0, count / 2));
    mailbox.add("Vertrauliche Ablage", FolderKind::Other, part(count / 2, count * 3 / 4));
    let sent = |n: u32| {
        (
            letter(
                n,
                &format!("Ada Demo <{OWNER}>"),
                &format!("petra{}@haus{}.example", n % 211, n % 211 % 17),
                "",
                "Danke.\n",
            ),
            1_740_960_000,
        )
    };
    mailbox.add("Gesendet", FolderKind::Sent, (10_000..10_000 + count / 4).map(sent).collect());
    mailbox
}

/// What was asked of whom: folder (by its place in the mailbox) and UID, with how often its header was asked for.
fn fetched(served: &Served, mailbox: &Mailbox, from: usize) -> BTreeMap<(u32, u32), u32> {
    let mut open: BTreeMap<u32, u32> = BTreeMap::new();
    let mut asked = BTreeMap::new();
    for heard in served.running.transcript.commands().into_iter().skip(from) {
        if heard.verb == "EXAMINE" {
            let name = heard.line.split('"').nth(1).unwrap();
            let at = mailbox.folders.iter().position(|folder| folder.name == name).unwrap();
            open.insert(heard.connection, mailbox.folders[at].uid_validity);
        }
        if heard.verb == "UID FETCH" && heard.line.contains("HEADER.FIELDS (FROM") {
            for range in heard.line.split(' ').nth(2).unwrap().split(',') {
                let (first, last) = range.split_once(':').unwrap_or((range, range));
                for uid in first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap() {
                    *asked.entry((open[&heard.connection], uid)).or_insert(0) += 1;
                }
            }
        }
    }
    asked
}

/// What a state holds: folder (by its UIDVALIDITY) and UID.
fn held(state: &Path) -> BTreeSet<(u32, u32)> {
    if !state.exists() {
        return BTreeSet::new();
    }
    let db = Connection::open(state).unwrap();
    let query = "SELECT uid_validity, uid FROM message JOIN folder ON folder.id = message.folder";
    // A run that was killed at its very beginning has made no tables yet.
    let Ok(mut query) = db.prepare(query) else { return BTreeSet::new() };
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// That two runs came to the same.
#[track_caller]
fn same(one: &Run, other: &Run) {
    let (one, other) = (one.report().as_object().unwrap(), other.report().as_object().unwrap());
    let keys: Vec<&String> = one.keys().filter(|key| one.get(*key) != other.get(*key)).collect();
    assert!(
        keys.is_empty(),
        "{:?}",
        keys.iter().map(|key| (key, &one[*key]["proof"], &other[*key]["proof"])).collect::<Vec<_>>()
    );
}

/// The audit of a server's mailbox with this state, as arguments.
fn arguments(served: &Served, state: &str, out: &str) -> Vec<String> {
    let url = format!("imaps://{}@localhost:{}", served.running.user.replace('@', "%40"), served.running.tls.port());
    let ca = served.dir.path().join("ca.pem");
    let words =
        ["audit", &url, "--ca", ca.to_str().unwrap(), "--owner", OWNER, "--evidence", "clear", "--reveal", "a test"];
    let more = ["--state", state, "--out", out, "--overwrite", "--password-command"];
    let password = format!("printf %s {}", served.running.password);
    words.iter().chain(&more).map(|word| (*word).to_owned()).chain([password]).collect()
}

fn start(program: &Program, arguments: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mailglean"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", program.dir.path())
        .env("SOURCE_DATE_EPOCH", "1751328000")
        .current_dir(program.dir.path())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[test]
fn killed_at_any_moment_it_goes_on_and_comes_to_the_same_result_to_the_byte() {
    let mailbox = mailbox(MANY);
    let served = Served::new(mailbox.clone());
    let program = Program::new();
    let begun = std::time::Instant::now();
    let whole =
        start(&program, &arguments(&served, "undisturbed.state", "undisturbed.json")).wait_with_output().unwrap();
    let time = begun.elapsed();
    assert_eq!(whole.status.code(), Some(0));
    let wanted = fs::read(program.path("undisturbed.json")).unwrap();

    let mut dice = Dice(6);
    let (mut killed, mut kept_some) = (0, 0);
    for round in 0..5 {
        let name = format!("{round}.state");
        let words = arguments(&served, &name, &format!("{round}.json"));
        let state = program.path(&name);
        for attempt in 0..12 {
            let (before, heard) = (held(&state), served.running.transcript.commands().len());
            let mut child = start(&program, &words);
            if attempt < 11 {
                let most = u64::try_from(time.as_millis()).unwrap();
                std::thread::sleep(Duration::from_millis(dice.below(most / 2)));
                // SIGKILL: nothing is told, nothing can be tidied up.
                let _ = child.kill();
            }
            let status = child.wait().unwrap();
            let again: Vec<_> =
                fetched(&served, &mailbox, heard).into_keys().filter(|at| before.contains(at)).collect();
            assert!(again.is_empty(), "fetched although it was finished: {} of {}", again.len(), before.len());
            assert!(held(&state).is_superset(&before), "what was finished was lost");
            if status.code() == Some(0) {
                break;
            }
            killed += 1;
            kept_some += u32::from(held(&state).len() > before.len());
        }
        assert!(fs::read(program.path(&format!("{round}.json"))).unwrap() == wanted, "another result in round {round}");
        assert_eq!(held(&state), held(&program.path("undisturbed.state")));
    }
    assert!(killed >= 8 && kept_some >= 2, "{killed} killed, {kept_some} of them in the middle: this tested nothing");
}

#[test]
fn a_second_run_fetches_what_is_new_and_forgets_what_is_gone() {
    let before = mailbox(400);
    let mut after = before.clone();
    let newest = after.folders[0].messages.last().unwrap().clone();
    for number in 1..=7 {
        let mut new = newest.clone();
        new.uid += number;
        new.bytes = message(5_000 + number).into();
        after.folders[0].messages.push(new);
    }
    // Kurt Kahl5 stood in this message alone.
    let kurt = "kurt5@gmx.de";
    after.folders[0].messages.remove(5);
    after.folders[1].messages.truncate(60);

    let program = Program::new();
    let (first, second) = (Served::new(before), Served::new(after.clone()));
    let run = program.audit_server(&first, &["--state", "s", "--overwrite"]).exits(0);
    run.contact(kurt);
    let again = program.audit_server(&first, &["--state", "s", "--overwrite"]).exits(0);
    same(&run, &again);
    let verbs = |served: &Served, verb: &str| served.running.transcript.verbs().get(verb).copied().unwrap_or(0);
    assert_eq!(verbs(&first, "EXAMINE"), 3, "what has not changed is not even opened");

    let changed = program.audit_server(&second, &["--state", "s", "--overwrite"]).exits(0);
    let new: Vec<u32> = fetched(&second, &after, 0).into_keys().map(|(_, uid)| uid).collect();
    assert_eq!(new, (201..=207).collect::<Vec<u32>>());
    let fresh = program.audit_server(&second, &["--overwrite"]).exits(0);
    assert_eq!(changed.contacts(), fresh.contacts());
    assert_eq!(changed.report()["headlines"], fresh.report()["headlines"]);
    assert_eq!(changed.report()["coverage"], fresh.report()["coverage"]);
    assert!(!changed.report().to_string().contains(kurt));
    assert_eq!(held(&program.path("s")).len(), 200 - 1 + 7 + 60 + 100);
}

#[test]
fn folders_numbered_anew_are_read_anew_and_it_is_said() {
    let before = mailbox(200);
    let mut after = before.clone();
    after.folders[1].uid_validity += 1_000;
    after.folders[1].messages.reverse();
    for (uid, message) in (1..).zip(&mut after.folders[1].messages) {
        message.uid = uid;
    }
    after.folders.remove(2);
    let program = Program::new();
    let (first, second) = (Served::new(before), Served::new(after.clone()));
    program.audit_server(&first, &["--state", "s", "--overwrite"]).exits(0);
    let run = program.audit_server(&second, &["-q", "--state", "s", "--overwrite"]).exits(0);
    assert!(run.stderr.contains("numbered folder f02 anew"), "{}", run.stderr);
    let validity = after.folders[1].uid_validity;
    let anew: BTreeSet<_> = (1..=50).map(|uid| (validity, uid)).collect();
    assert_eq!(fetched(&second, &after, 0).into_keys().collect::<BTreeSet<_>>(), anew);
    let fresh = program.audit_server(&second, &["--overwrite"]).exits(0);
    assert_eq!(run.contacts(), fresh.contacts());
    let held = held(&program.path("s"));
    assert_eq!(held.len(), 150, "nothing is left of a folder that is gone");
}

#[test]
fn the_file_says_nothing_of_anybody() {
    let served = Served::new(mailbox(600));
    let program = Program::new();
    let run = program.audit_server(&served, &["--state", "s"]).exits(0);
    let shown = run.report().to_string();
    let mut bytes = fs::read(program.path("s")).unwrap();
    bytes.extend(fs::read(program.path("s-wal")).unwrap_or_default());
    assert!(bytes.len() > 100_000, "600 messages leave {} bytes", bytes.len());
    let lower = bytes.to_ascii_lowercase();
    let finds = |text: &str| {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(&lower, text.to_lowercase().as_bytes()).is_some()
            || memchr::memmem::find(&bytes, &utf16).is_some()
    };
    for text in
        ["probst1", "petra1@haus1.example", "haus1.example", "+493023125", "gmx.de", "Vertrauliche Ablage", OWNER]
    {
        assert!(
            shown.to_lowercase().contains(&text.to_lowercase()) || text == "+493023125",
            "the result does not hold {text} either"
        );
        assert!(!finds(text), "{text} stands in the state");
    }
    for text in
        ["petra", "kurt", "kahl", "letter 1", "vertraulich", "gesendet", "inbox", "localhost", "demo@", ".example"]
    {
        assert!(!finds(text), "{text} stands in the state");
    }
    assert!(finds("sqlite format 3"), "this looks at the file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(program.path("s")).unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn a_state_that_is_not_this_one_is_left_as_it_is() {
    let served = Served::new(mailbox(40));
    let program = Program::new();
    program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(0);
    let bytes = fs::read(program.path("s")).unwrap();
    let run = program.audit_server(&served, &["--state", "s", "--key", "other.key"]).refused(78);
    assert!(run.stderr.contains("another key"), "{}", run.stderr);
    assert!(fs::read(program.path("s")).unwrap() == bytes);

    fs::write(program.path("letter.txt"), "Dear Ann, this is no state. ".repeat(100)).unwrap();
    program.audit_server(&served, &["--state", "letter.txt"]).refused(65);
    assert!(fs::read_to_string(program.path("letter.txt")).unwrap().starts_with("Dear Ann"));
    let foreign = Connection::open(program.path("foreign")).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(foreign);
    program.audit_server(&served, &["--state", "foreign"]).refused(65);

    let used = Connection::open(program.path("s")).unwrap();
    used.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE").unwrap();
    let run = program.audit_server(&served, &["--state", "s"]).refused(75);
    assert!(run.stderr.contains("in use"), "{}", run.stderr);
    drop(used);
    program.audit_server(&served, &["--state", "s"]).exits(0);
    program.run(&["audit", "letter.txt", "--state", "s"]).refused(64);
}

#[test]
fn a_damaged_row_costs_its_message_for_one_run_and_is_said() {
    let served = Served::new(mailbox(40));
    let program = Program::new();
    let whole = program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(0);
    let db = Connection::open(program.path("s")).unwrap();
    db.execute("UPDATE message SET sealed = zeroblob(80) WHERE uid = 3", []).unwrap();
    // Exchanged rows are no rows: each is sealed to its place.
    db.execute_batch(
        "CREATE TEMP TABLE two AS SELECT folder, uid, sealed FROM message WHERE uid = 4;
         UPDATE message SET sealed = (SELECT sealed FROM message AS m WHERE m.folder = message.folder AND m.uid = 5) WHERE uid = 4;",
    )
    .unwrap();
    drop(db);
    let run = program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(4);
    assert_eq!(run.problems("not_delivered"), 6);
    let healed = program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(0);
    same(&healed, &whole);
}

#[test]
fn a_message_that_was_not_delivered_is_asked_for_again() {
    let hide = |answer: Vec<u8>| String::from_utf8_lossy(&answer).replace("(UID 7 ", "(UID 907 ").into_bytes();
    let never = Script::default().always("UID FETCH", Act::Edit(Arc::new(hide)));
    let program = Program::new();
    let good = Served::new(mailbox(40));
    let bad = Served::scripted(mailbox(40), never);
    let run = program.audit_server(&bad, &["--state", "s", "--overwrite"]).exits(4);
    assert_eq!(run.problems("not_delivered"), 3);
    let run = program.audit_server(&good, &["--state", "s", "--overwrite"]).exits(0);
    assert_eq!(fetched(&good, &mailbox(40), 0).into_keys().map(|(_, uid)| uid).collect::<BTreeSet<_>>(), [7].into());
    assert_eq!(run.problems("not_delivered"), 0);
}

#[test]
fn a_run_over_part_of_the_time_keeps_what_it_does_not_look_at() {
    let served = Served::new(mailbox(400));
    let program = Program::new();
    let whole = program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(0);
    let part = program.audit_server(&served, &["--state", "s", "--overwrite", "--since", "2025-03-08"]).exits(0);
    assert!(part.report()["coverage"]["messages"].as_u64() <= whole.report()["coverage"]["messages"].as_u64());
    let again = program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(0);
    same(&again, &whole);
    let once = fetched(&served, &mailbox(400), 0);
    assert!(once.values().all(|times| *times == 1), "{:?}", once.values().max());
}

#[test]
fn the_samples_for_timer_and_cron_work_as_they_are_written() {
    let mut mailbox = Mailbox::default();
    let text = "Hallo mein Schatz,\n\nkommst Du am Sonntag zum Essen?\n\nKuss\nMama\n";
    let mama = letter(1, "Mama <rosa@ewetel.net>", OWNER, "", text);
    mailbox.add("INBOX", FolderKind::Inbox, vec![(mama, 1_740_960_000)]);
    let served = Served::new(mailbox);
    let sample = |name: &str| fs::read_to_string(manifest().join("samples/periodic").join(name)).unwrap();
    let service = sample("mailglean.service");
    let line = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    // What systemd does: no shell, and its own marks.
    let timer = line.replace("%h", "$HOME").replace("%S", "$STATE").replace('>', "'>'");
    let timer = timer.replace("/usr/local/bin/mailglean", "\"$MAILGLEAN\"");
    let cron = sample("crontab");
    let line = cron.lines().find(|line| !line.starts_with('#')).unwrap();
    assert!(!line.contains('%'), "cron makes a line break of it");
    let cron = line.splitn(6, ' ').nth(5).unwrap().trim().replacen("mailglean", "\"$MAILGLEAN\"", 1);
    for (what, command, accepted) in
        [("timer", timer, "state/mailglean/accepted"), ("cron", cron, ".config/mailglean.accepted")]
    {
        let program = Program::new();
        for folder in [".config", ".local/share/mailglean", "state/mailglean"] {
            fs::create_dir_all(program.path(folder)).unwrap();
        }
        let (port, user) = (served.running.tls.port(), &served.running.user);
        let ca = served.dir.path().join("ca.pem");
        let password = format!("[printf, '%s', {}]", served.running.password);
        let yaml = format!(
            "accounts:\n  work: {{host: localhost, port: {port}, user: {user}, ca: {}, password_command: {password}}}\n\
             owner: {{addresses: [{OWNER}]}}\n",
            ca.display()
        );
        fs::write(program.path(".config/mailglean.yaml"), yaml).unwrap();
        fs::write(program.path(accepted), "").unwrap();
        let run = || {
            let mut shell = Command::new("sh");
            shell.args(["-c", &command]).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", program.dir.path());
            shell.env("STATE", program.path("state")).env("MAILGLEAN", env!("CARGO_BIN_EXE_mailglean"));
            // As of today: a result that is past its date is not shown.
            shell.current_dir(program.dir.path()).output().unwrap()
        };
        let first = run();
        let said = String::from_utf8_lossy(&first.stderr);
        assert_eq!(first.status.code(), Some(3), "{what}: somebody new was there: {said}");
        // Whoever is named has been looked at: the next run is quiet.
        let result = if what == "timer" { "state/mailglean" } else { ".local/share/mailglean" };
        let result = program.path(result).join("result.json");
        let mut list = program.command(&["report", result.to_str().unwrap(), "--format", "csv"]);
        let list = list.env_remove("SOURCE_DATE_EPOCH").output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let ids: Vec<&str> = list.lines().filter_map(|line| line.split(',').next()).collect();
        fs::write(program.path(accepted), ids.join("\n")).unwrap();
        let second = run();
        assert_eq!(second.status.code(), Some(0), "{what}: {}", String::from_utf8_lossy(&second.stderr));
        assert_eq!(String::from_utf8_lossy(&second.stderr), "", "{what}: cron would mail this");
    }
}
