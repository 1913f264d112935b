//! Secrets from the system's keyring: what is read, what is said where there is none, and that nothing stays open behind
//! the walls.

use std::fs;
#[cfg(all(feature = "keyring", target_os = "linux"))]
use std::process::Command;

use crate::common::{Program, Run, Served};
use crate::mail::mailbox;

/// A configuration with these lines of an account.
fn configure(program: &Program, served: &Served, lines: &str) {
    let (port, user) = (served.running.tls.port(), &served.running.user);
    let ca = served.dir.path().join("ca.pem");
    let yaml = format!(
        "accounts:\n  work:\n    host: localhost\n    port: {port}\n    user: {user}\n    ca: {}\n{lines}",
        ca.display()
    );
    fs::write(program.path("config.yaml"), yaml).unwrap();
}

fn audit(program: &Program, served: &Served, lines: &str) -> Run {
    configure(program, served, lines);
    program.audit(&["--config", "config.yaml", "work"])
}

#[test]
fn an_entry_that_is_not_there_is_said_without_a_name() {
    let served = Served::new(mailbox());
    for (lines, hint) in [
        ("    keyring: {service: no-such-service-here}\n", "secret-tool"),
        ("    keyring: {service: no-such-service-here, store: kernel}\n", "keyctl padd"),
    ] {
        let run = audit(&Program::new(), &served, lines).refused(78);
        let hint = if cfg!(feature = "keyring") { hint } else { "without the feature `keyring`" };
        // Without a session there is no keyring of it.
        assert!(run.stderr.contains(hint) || run.stderr.contains("`store: kernel`"), "{}", run.stderr);
        assert!(!run.stderr.contains(&served.running.user), "{}", run.stderr);
    }
    assert_eq!(served.running.transcript.commands(), []);
    let run = audit(&Program::new(), &served, "    keyring: {servce: x}\n").refused(78);
    assert!(run.stderr.contains("did you mean 'service'?"), "{}", run.stderr);
    // A command beats the keyring.
    let command = format!("    password_command: printf %s {}\n    keyring: {{}}\n", served.running.password);
    audit(&Program::new(), &served, &command).exits(0);
}

/// Whether these programs are here; says so if one is not.
#[cfg(all(feature = "keyring", target_os = "linux"))]
fn have(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|name| !std::path::Path::new("/usr/bin").join(name).exists());
    if let Some(name) = missing {
        crate::common::skipped(&format!("a keyring: no {name}"));
    }
    missing.is_none()
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
#[test]
fn a_password_comes_from_the_kernel() {
    if !have(&["keyctl"]) {
        return;
    }
    let served = Served::new(mailbox());
    let service = format!("mailglean-test-{}", std::process::id());
    let name = format!("keyring:{}@{service}", served.running.user);
    let secret = format!("{}\n", served.running.password);
    let mut added = Command::new("keyctl").args(["add", "user", &name, &secret, "@u"]).output().unwrap();
    if !added.status.success() {
        return crate::common::skipped("the kernel's keyring: no key can be added");
    }
    added.stdout.truncate(added.stdout.trim_ascii_end().len());
    let key = String::from_utf8(added.stdout).unwrap();
    let run = audit(&Program::new(), &served, &format!("    keyring: {{service: {service}, store: kernel}}\n"));
    Command::new("keyctl").args(["unlink", &key, "@u"]).status().unwrap();
    let run = run.exits(0);
    assert_eq!(run.report()["coverage"]["read"], 4);
    assert!(!run.report().to_string().contains(&served.running.password));
}

/// A session with a keyring of its own that holds nothing yet, and what is done in it.
#[cfg(all(feature = "keyring", target_os = "linux"))]
fn in_session(program: &Program, script: &str) -> Command {
    let begin = "printf unlocked | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n";
    fs::create_dir_all(program.path("run")).unwrap();
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", &format!("{begin}{script}")])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", program.dir.path())
        .env("XDG_RUNTIME_DIR", program.path("run"))
        .env("MAILGLEAN", env!("CARGO_BIN_EXE_mailglean"))
        .current_dir(program.dir.path());
    command
}

/// Puts the server's password into the session's keyring, with these attributes.
#[cfg(all(feature = "keyring", target_os = "linux"))]
fn store(served: &Served, attributes: &str) -> String {
    format!("printf %s {} | secret-tool store --label=x {attributes}\n", served.running.password)
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
const PROGRAMS: &[&str] = &["dbus-run-session", "gnome-keyring-daemon", "secret-tool"];

#[cfg(all(feature = "keyring", target_os = "linux"))]
#[test]
fn a_password_comes_from_the_session() {
    if !have(PROGRAMS) {
        return;
    }
    let (served, program) = (Served::new(mailbox()), Program::new());
    configure(&program, &served, "    keyring: {service: mail}\n");
    let user = &served.running.user;
    let run = "\"$MAILGLEAN\" --quiet audit --config config.yaml work --overwrite >/dev/null; echo exit $?\n";
    let none = store(&served, "service other username nobody");
    let one = store(&served, &format!("service mail username {user}"));
    let two = store(&served, &format!("service mail username {user} more x"));
    let output = in_session(&program, &format!("{none}{run}{one}{run}{two}{run}")).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(said, "exit 78\nexit 0\nexit 78\n", "{errors}");
    assert!(errors.contains("no password for service 'mail'") && errors.contains("secret-tool store"), "{errors}");
    assert!(errors.contains("several entries"), "{errors}");
    assert!(!errors.contains(user.as_str()) && !errors.contains(&served.running.password), "{errors}");
}

/// The sockets and the threads of a run that waits for its server, behind its walls.
#[cfg(all(feature = "keyring", target_os = "linux"))]
fn held(lines: &str, variable: bool) -> (usize, Vec<String>) {
    use mailglean::demo::{Act, Script};
    let served = Served::scripted(mailbox(), Script::default().on("LIST", 1, Act::Stall(Vec::new())));
    let program = Program::new();
    configure(&program, &served, lines);
    let fill = store(&served, &format!("service mail username {}", served.running.user));
    let run = "echo $$ >pid; exec \"$MAILGLEAN\" --quiet audit --config config.yaml work\n";
    let mut session = in_session(&program, &format!("{fill}{run}"));
    if variable {
        session.env("MAILGLEAN_PASSWORD", &served.running.password);
    }
    let mut session = session.spawn().unwrap();
    while !served.running.transcript.verbs().contains_key("LIST") {
        assert_eq!(session.try_wait().unwrap(), None, "it did not come as far as that");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let pid = fs::read_to_string(program.path("pid")).unwrap().trim().to_owned();
    let of = |folder: &str| fs::read_dir(format!("/proc/{pid}/{folder}")).unwrap().map(|entry| entry.unwrap().path());
    let is_socket = |link: &std::path::PathBuf| {
        fs::read_link(link).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    let sockets = of("fd").filter(is_socket).count();
    let mut threads: Vec<String> = of("task").map(|task| fs::read_to_string(task.join("comm")).unwrap()).collect();
    threads.sort();
    Command::new("kill").arg(&pid).status().unwrap();
    session.wait().unwrap();
    (sockets, threads)
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
#[test]
fn nothing_of_the_session_stays_open_behind_the_walls() {
    if have(PROGRAMS) {
        let from_keyring = held("    keyring: {service: mail}\n", false);
        assert!(from_keyring.0 > 0, "no connection was seen");
        assert_eq!(from_keyring, held("", true));
    }
}
