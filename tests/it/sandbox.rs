//! The walls around a process that reads mail: what tries to break out does not get far.

use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::Command;

use mailglean::sandbox::{Walls, enter};

use crate::common::{Program, skipped};
use crate::mail::{letter, letters};

/// Where the prisoner finds what is inside and outside, and the ports of the two.
const CELL: &str = "MAILGLEAN_TEST_CELL";

#[test]
fn nothing_but_what_was_given_is_within_reach() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["read", "write", "secret"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        fs::write(dir.path().join(folder).join("file"), folder).unwrap();
    }
    let [allowed, other] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = [&allowed, &other].map(|listener| listener.local_addr().unwrap().port().to_string());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sandbox::prisoner", "--ignored", "--nocapture", "--test-threads=1"])
        .env(CELL, format!("{}\n{}", dir.path().display(), ports.join("\n")))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    if said.contains("no walls") {
        skipped("the sandbox: this kernel has no Landlock with network rules (6.7), or no seccomp");
        return;
    }
    assert!(said.contains("all tried"), "{said}");
    assert_eq!(fs::read_to_string(dir.path().join("secret/file")).unwrap(), "secret");
    assert!(!dir.path().join("secret/new").exists());
}

#[test]
#[ignore = "locks its own process up; started by the test above"]
fn prisoner() {
    let Ok(cell) = std::env::var(CELL) else { return };
    let lines: Vec<&str> = cell.lines().collect();
    let [dir, allowed, other] = lines.as_slice() else { panic!("{cell}") };
    let (dir, allowed, other): (PathBuf, u16, u16) = (dir.into(), allowed.parse().unwrap(), other.parse().unwrap());
    let walls = Walls { read: vec![dir.join("read")], write: vec![dir.join("write")], ports: vec![allowed] };
    if !enter(&walls).all() {
        println!("no walls");
        return;
    }
    // What the work needs.
    assert_eq!(fs::read_to_string(dir.join("read/file")).unwrap(), "read");
    fs::write(dir.join("write/new"), "result").unwrap();
    fs::hard_link(dir.join("write/new"), dir.join("write/linked")).unwrap();
    fs::remove_file(dir.join("write/new")).unwrap();
    TcpStream::connect(("127.0.0.1", allowed)).unwrap();
    // What it does not need.
    let tried = [
        ("read a file", fs::read(dir.join("secret/file")).is_err()),
        ("read a file by another way", fs::read(dir.join("read/../secret/file")).is_err()),
        ("read the accounts of this machine", fs::read("/etc/passwd").is_err()),
        ("list a folder", fs::read_dir(&dir).is_err()),
        ("write a file", fs::write(dir.join("secret/new"), "x").is_err()),
        ("change what is only read", fs::write(dir.join("read/file"), "x").is_err()),
        ("delete what is only read", fs::remove_file(dir.join("read/file")).is_err()),
        ("bring a file in", fs::hard_link(dir.join("secret/file"), dir.join("write/stolen")).is_err()),
        ("link a file in and read it", {
            let link = dir.join("write/link");
            std::os::unix::fs::symlink(dir.join("secret/file"), &link).is_err() || fs::read(&link).is_err()
        }),
        ("connect to another port", TcpStream::connect(("127.0.0.1", other)).is_err()),
        ("send a datagram", UdpSocket::bind("0.0.0.0:0").is_err()),
        ("listen", TcpListener::bind("127.0.0.1:0").is_err()),
        ("talk to a socket of this machine", std::os::unix::net::UnixStream::connect("/run/nothing").is_err()),
        ("start a program", Command::new("/bin/true").status().is_err()),
        ("do it in another thread", std::thread::spawn(|| Command::new("/bin/true").status().is_err()).join().unwrap()),
    ];
    for (what, failed) in tried {
        assert!(failed, "it could {what}");
    }
    println!("all tried");
}

#[test]
fn a_link_out_of_the_mailbox_is_not_followed() {
    let program = Program::new();
    fs::create_dir(program.path("letters")).unwrap();
    for (n, (_, letter)) in letters().into_iter().enumerate() {
        fs::write(program.path("letters").join(format!("{n}.eml")), letter).unwrap();
    }
    fs::create_dir(program.path("elsewhere")).unwrap();
    let outside = program.path("elsewhere").join("outside.eml");
    fs::write(&outside, letter(5, "Out Side <out@outside.example>", "demo@firma.example", "", "x\n")).unwrap();
    std::os::unix::fs::symlink(&outside, program.path("letters/link.eml")).unwrap();
    fs::create_dir(program.path("results")).unwrap();
    // The sandbox lets the folder of the result be read and written: it must not be the one above.
    let run = |more: &[&str]| {
        let arguments = ["audit", "letters", "--evidence", "clear", "--out", "results/result.json", "--overwrite"];
        let output = program.command(&[&arguments[..], more].concat()).output().unwrap();
        let result = fs::read_to_string(program.path("results/result.json")).unwrap();
        (output, result.contains("out@outside.example"))
    };
    let (free, read) = run(&["--no-sandbox"]);
    assert_eq!(free.status.code(), Some(0), "{}", String::from_utf8_lossy(&free.stderr));
    assert!(read);
    let (held, read) = run(&[]);
    if String::from_utf8_lossy(&held.stderr).contains("cannot confine") {
        skipped("links out of a mailbox: this kernel cannot confine the program");
        return;
    }
    assert_eq!(held.status.code(), Some(4), "{}", String::from_utf8_lossy(&held.stderr));
    assert!(!read);
}
