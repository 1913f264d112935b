//! `mailglean review`: says by hand what the unsure people of a result are, one question a person, and counts again.
//!
//! Lines in, lines out: no cursor, no colour, no redrawing, so that a screen reader, a pipe and a log see the same.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use super::output::{self, Existing};
use super::report::language;
use super::{Failure, Outcome, result};
use crate::assess::Class;
use crate::report::{Contact, FORMATS, FateShown, Label, LabelError, Labels, Lang, Level, Look, Report, brief};

#[derive(clap::Args)]
pub struct Args {
    /// A result.json; its figures are counted again and it is written anew.
    result: PathBuf,
    /// Where the labels are kept; beside the result, as result.labels.json, if not given.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Ask about those as well who have a label.
    #[arg(long)]
    again: bool,
    /// Language of the questions.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Read a result that is past its date.
    #[arg(long)]
    overdue: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.result == Path::new("-") {
        return Err(Failure::new(Outcome::Usage, "a result on stdin cannot be reviewed")
            .hint("stdin is where the answers come from: give the result as a file"));
    }
    let mut report = result::read(&args.result, args.overdue)?;
    let path = args.labels.clone().unwrap_or_else(|| args.result.with_extension("labels.json"));
    let mut labels = if path.exists() { read(&path)? } else { Labels::new(&report.evidence.key) };
    let headline = (report.headline.low, report.headline.high);
    label(&mut report, &labels)?;
    let words = Words::of(language(&args.lang));
    let asked = ask(&report, &mut labels, args, words, |labels| save(&path, labels))?;
    label(&mut report, &labels)?;
    if report.labelled() > 0 {
        report.recount_rules();
    }
    write(&args.result, &report)?;
    let signature = super::sign::beside(&args.result);
    if report.labelled() > 0 && signature.exists() {
        eprintln!("warning: '{}' signs the result as it was before the labels", signature.display());
    }
    let left = report.contacts.iter().filter(|one| one.is_open() && one.by_hand.is_none()).count();
    let counts = [report.labelled(), asked, left].map(|count| count.to_string());
    let now = (report.headline.low, report.headline.high);
    output::to_stdout((words.done)(&counts, headline, now).as_bytes())?;
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}

/// Reads a file of labels.
pub(super) fn read(path: &Path) -> Result<Labels, Failure> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| {
        Failure::new(Outcome::NoInput, format!("cannot read the labels '{shown}': {}", error.kind()))
            .hint("`mailglean review RESULT` writes them")
    })?;
    Labels::load(&bytes).map_err(|error| {
        Failure::new(Outcome::BadInput, format!("'{shown}': {error}"))
            .hint("`mailglean review RESULT` makes a new one where there is none")
    })
}

/// Puts labels on a report, and says why where that cannot be.
pub(super) fn label(report: &mut Report, labels: &Labels) -> Result<usize, Failure> {
    report.label(labels).map_err(|error| {
        let hint = match error {
            LabelError::OtherKey => "ids are the same only under the same key; name the labels' own result, or --key",
            _ => "run the audit with --evidence pseudonyms or more",
        };
        Failure::new(Outcome::BadInput, error.to_string()).hint(hint)
    })
}

fn save(path: &Path, labels: &Labels) -> Result<(), Failure> {
    output::to_file(path, &labels.to_bytes(), Existing::Replace)
}

fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let unwritable = || Failure::new(Outcome::Internal, "cannot render 'json'");
    let json = FORMATS.iter().find(|format| format.name == "json").ok_or_else(unwritable)?;
    let mut bytes = Vec::new();
    (json.write)(report, Look::default(), &mut bytes).map_err(|_| unwritable())?;
    output::to_file(path, &bytes, Existing::Replace)
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Label(Label),
    /// What the rules think more likely.
    Yes,
    Skip,
    Back,
    Quit,
}

/// One question a person, each answer kept at once. Returns how many were labelled now.
fn ask(
    report: &Report,
    labels: &mut Labels,
    args: &Args,
    words: &Words,
    keep: impl Fn(&Labels) -> Result<(), Failure>,
) -> Result<usize, Failure> {
    let open = in_order(report, |one| args.again || !labels.labels.contains_key(&one.id));
    let look = Look { lang: language(&args.lang), ..Look::default() };
    let mut lines = io::stdin().lock().lines();
    let mut out = io::stdout().lock();
    let broken = |error: io::Error| Failure::new(Outcome::OutputBroken, format!("cannot ask: {}", error.kind()));
    if open.is_empty() {
        writeln!(out, "{}", words.nobody).map_err(broken)?;
        return Ok(0);
    }
    writeln!(out, "{}\n{}", (words.start)(open.len()), words.keys).map_err(broken)?;
    if report.evidence.level == Level::Pseudonyms {
        writeln!(out, "{}", words.masked).map_err(broken)?;
    }
    let mut said = std::collections::BTreeSet::new();
    let mut at = 0;
    while let Some(contact) = open.get(at).copied() {
        let guess = if likely_private(contact) { Label::Private } else { Label::Business };
        writeln!(out, "\n{}", (words.person)(at + 1, open.len())).map_err(broken)?;
        brief(report, contact, look, &mut out).map_err(broken)?;
        writeln!(out, "{}", (words.question)(words.label(guess))).and_then(|()| out.flush()).map_err(broken)?;
        // A pipe that ends has said all it will say.
        let Some(Ok(line)) = lines.next() else { break };
        match words.answer(&line) {
            Some(Answer::Quit) => break,
            Some(Answer::Skip) => at += 1,
            Some(Answer::Back) => {
                at = at.saturating_sub(1);
                if let Some(contact) = open.get(at) {
                    said.remove(&contact.id);
                    labels.labels.remove(&contact.id);
                    keep(labels)?;
                }
            }
            Some(answer @ (Answer::Yes | Answer::Label(_))) => {
                let label = if let Answer::Label(label) = answer { label } else { guess };
                labels.labels.insert(contact.id.clone(), label);
                said.insert(contact.id.clone());
                keep(labels)?;
                writeln!(out, "{}", (words.kept)(words.label(label))).map_err(broken)?;
                at += 1;
            }
            None => writeln!(out, "{}", words.keys).map_err(broken)?,
        }
    }
    Ok(said.len())
}

/// Whoever the first profile sends comes first: those make the headline's interval.
fn in_order(report: &Report, wanted: impl Fn(&Contact) -> bool) -> Vec<&Contact> {
    let mut open: Vec<&Contact> = report.contacts.iter().filter(|one| one.is_open() && wanted(one)).collect();
    let first = report.profiles.first().map(|profile| profile.id.as_str()).unwrap_or_default();
    let sent = |one: &Contact| {
        one.fates.get(first).is_some_and(|both| both.iter().any(|fate| matches!(fate, FateShown::Sent { .. })))
    };
    // Bystanders are leaks whatever they are. By id after that: the order of a file tells nothing.
    open.sort_by_key(|one| (!sent(one), one.class == Class::Bystander, one.id.clone()));
    open
}

fn likely_private(contact: &Contact) -> bool {
    contact.by_hand.map_or(contact.private, |said| said.private) >= 0.5
}

/// Low and high of a headline.
type Interval = (u64, u64);

/// The words of the questions, and the keys that answer them.
struct Words {
    start: fn(usize) -> String,
    keys: &'static str,
    masked: &'static str,
    nobody: &'static str,
    person: fn(usize, usize) -> String,
    question: fn(&str) -> String,
    kept: fn(&str) -> String,
    done: fn(&[String; 3], Interval, Interval) -> String,
    labels: [&'static str; 4],
    answers: &'static [(&'static str, Answer)],
}

impl Words {
    fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::De => &DE,
        }
    }

    fn label(&self, label: Label) -> &'static str {
        self.labels[label as usize]
    }

    /// The English keys work in every language.
    fn answer(&self, line: &str) -> Option<Answer> {
        let key = line.trim().to_lowercase();
        let find = |all: &[(&str, Answer)]| all.iter().find(|(have, _)| *have == key).map(|(_, answer)| *answer);
        find(self.answers).or_else(|| find(EN.answers))
    }
}

const EN: Words = Words {
    start: |count| format!("{count} people are unsure. One letter and Enter for each; every answer is kept at once."),
    keys: "y as guessed, p private, b business, c consumer, k colleague, s skip, u back, q quit and count again",
    masked: "This result shows pseudonyms. One made with --evidence masked or clear shows more of each person.",
    nobody: "Nobody is left to label.",
    person: |at, all| format!("Person {at} of {all}"),
    question: |guess| format!("What is this person to the owner? (y: {guess}) p b c k s u q"),
    kept: |label| format!("kept: {label}"),
    done: |[labelled, now, left], before, after| {
        format!(
            "\nLabelled by hand: {labelled} ({now} now), still unsure: {left}.\n\
             Private or uninvolved people: before {} to {}, now {} to {}.\n",
            before.0, before.1, after.0, after.1
        )
    },
    labels: ["private", "business", "consumer", "colleague"],
    answers: &[
        ("y", Answer::Yes),
        ("yes", Answer::Yes),
        ("p", Answer::Label(Label::Private)),
        ("private", Answer::Label(Label::Private)),
        ("b", Answer::Label(Label::Business)),
        ("business", Answer::Label(Label::Business)),
        ("c", Answer::Label(Label::Consumer)),
        ("consumer", Answer::Label(Label::Consumer)),
        ("k", Answer::Label(Label::Colleague)),
        ("colleague", Answer::Label(Label::Colleague)),
        ("s", Answer::Skip),
        ("skip", Answer::Skip),
        ("u", Answer::Back),
        ("back", Answer::Back),
        ("q", Answer::Quit),
        ("quit", Answer::Quit),
    ],
};

const DE: Words = Words {
    start: |count| {
        format!("{count} Personen sind unsicher. Je ein Buchstabe und Eingabe; jede Antwort wird sofort gespeichert.")
    },
    keys: "j wie vermutet, p privat, g geschäftlich, v Verbraucher, k Kollegium, s überspringen, z zurück, \
           q aufhören und neu zählen",
    masked: "Dieses Ergebnis zeigt Pseudonyme. Eines mit --evidence masked oder clear zeigt von jeder Person mehr.",
    nobody: "Es ist niemand mehr einzuordnen.",
    person: |at, all| format!("Person {at} von {all}"),
    question: |guess| format!("Was ist diese Person für den Inhaber? (j: {guess}) p g v k s z q"),
    kept: |label| format!("gespeichert: {label}"),
    done: |[labelled, now, left], before, after| {
        format!(
            "\nVon Hand eingeordnet: {labelled} ({now} jetzt), noch unsicher: {left}.\n\
             Private oder unbeteiligte Personen: vorher {} bis {}, jetzt {} bis {}.\n",
            before.0, before.1, after.0, after.1
        )
    },
    labels: ["privat", "geschäftlich", "Verbraucher", "Kollegium"],
    answers: &[
        ("j", Answer::Yes),
        ("ja", Answer::Yes),
        ("privat", Answer::Label(Label::Private)),
        ("g", Answer::Label(Label::Business)),
        ("v", Answer::Label(Label::Consumer)),
        ("z", Answer::Back),
        ("e", Answer::Quit),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_named_is_understood() {
        for (lang, keys) in [(Lang::En, "ypbcksuq"), (Lang::De, "jpgvkszq")] {
            let words = Words::of(lang);
            for key in keys.chars().map(String::from) {
                assert!(words.answer(&key).is_some(), "{key}");
                assert!(words.answer(&format!(" {}\r\n", key.to_uppercase())).is_some(), "{key}");
                assert!(words.keys.split([',', ' ']).any(|word| word == key), "{key} is explained");
            }
        }
        assert_eq!(Words::of(Lang::De).answer("x"), None);
        assert_eq!(Words::of(Lang::En).answer("p"), Some(Answer::Label(Label::Private)));
        assert_eq!(Words::of(Lang::De).answer("g"), Some(Answer::Label(Label::Business)));
    }
}
