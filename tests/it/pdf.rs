//! What is on paper, read back from the bytes by a reader that others wrote: the figures of the result, the structure, and
//! the leaflet's one page.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::common::{Program, skipped};

/// What a reader of PDF says of a file; `None`: there is none on this machine.
fn read(tool: &str, arguments: &[&str]) -> Option<String> {
    let Ok(run) = Command::new(tool).args(arguments).output() else {
        skipped(&format!("what is on paper: no {tool}"));
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    // Titles in a structure are printed in their own encoding.
    Some(String::from_utf8_lossy(&run.stdout).into_owned())
}

#[test]
fn the_figures_on_paper_are_those_of_the_result() {
    let program = Program::new();
    program.run(&["demo", "--overwrite"]).exits(0);
    for lang in ["de", "en"] {
        let made = |format: &str| {
            let run = program
                .command(&["report", "result.json", "--overdue", "--format", format, "--lang", lang])
                .output()
                .unwrap();
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            run.stdout
        };
        let page = String::from_utf8(made("html")).unwrap();
        let path = program.path("report.pdf");
        fs::write(&path, made("pdf")).unwrap();
        assert!(fs::read(&path).unwrap() == made("pdf"), "two runs differ");
        let Some(text) = read("pdftotext", &["-raw", path.to_str().unwrap(), "-"]) else { return };
        let mut on_paper = BTreeMap::<&str, usize>::new();
        for word in text.split_whitespace() {
            *on_paper.entry(word).or_default() += 1;
        }
        // Each figure of the page stands there at least as often; that the page's are the result's, its own tests say.
        let mut figures = BTreeMap::<&str, usize>::new();
        for figure in page.split("<data data-at=\"").skip(1) {
            let shown = figure.split_once('>').and_then(|(_, rest)| rest.split('<').next()).unwrap();
            *figures.entry(shown).or_default() += 1;
        }
        assert!(figures.values().sum::<usize>() > 100);
        for (figure, times) in figures {
            let there = on_paper.get(figure).copied().unwrap_or(0);
            assert!(there >= times, "{figure}: {times} times on the page, {there} on paper");
        }
        let Some(structure) = read("pdfinfo", &["-struct", path.to_str().unwrap()]) else { return };
        for part in ["H1", "H2", "Table", "TH", "LBody", "Figure"] {
            assert!(structure.lines().any(|line| line.trim_start().starts_with(part)), "no {part} in the structure");
        }
    }
}

#[test]
fn a_leaflet_on_paper_is_one_page() {
    let program = Program::new();
    // Of today: a leaflet is not made of a result that is past its date.
    let demo = program.command(&["demo", "--overwrite"]).env_remove("SOURCE_DATE_EPOCH").output().unwrap();
    assert!(demo.status.success());
    for (lang, says) in [("de", "Was Sie tun können"), ("en", "What you can do")] {
        let arguments =
            ["leaflet", "result.json", "--format", "pdf", "--lang", lang, "--contact", "Łukasz Brzęczyszczykiewicz"];
        let made = program.command(&arguments).env_remove("SOURCE_DATE_EPOCH").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let path = program.path("leaflet.pdf");
        fs::write(&path, &made.stdout).unwrap();
        let Some(facts) = read("pdfinfo", &[path.to_str().unwrap()]) else { return };
        assert!(facts.lines().any(|line| line.starts_with("Pages:") && line.ends_with(" 1")), "{facts}");
        assert!(facts.contains("A4"), "{facts}");
        let Some(text) = read("pdftotext", &[path.to_str().unwrap(), "-"]) else { return };
        assert!(text.contains(says) && text.contains("Łukasz Brzęczyszczykiewicz"), "{text}");
    }
}

#[test]
fn who_decides_gets_three_pages_at_most() {
    let program = Program::new();
    program.run(&["demo", "--overwrite"]).exits(0);
    for (reader, lang) in [("management", "de"), ("management", "en"), ("team", "de"), ("team", "en")] {
        let path = program.path("brief.pdf");
        let arguments = ["report", "result.json", "--overdue", "--format", "pdf", "--for", reader, "--lang", lang];
        fs::write(&path, program.command(&arguments).output().unwrap().stdout).unwrap();
        let Some(facts) = read("pdfinfo", &[path.to_str().unwrap()]) else { return };
        let pages = facts.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap().trim();
        assert!(["2", "3"].contains(&pages), "{reader} {lang}: {pages} pages");
    }
}
