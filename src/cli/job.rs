//! Decides the order of an audit: what is refused before anything is read, what is written, and how the run ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::fail_on::FailOn;
use super::output::{self, Existing};
use super::progress::Progress;
use super::{Failure, Outcome, key};
use crate::assess::{self, Assessment, Facts};
use crate::audit::{self, Analysis, Mailbox, State};
use crate::classify;
use crate::config::{self, Governance, Plan};
use crate::demo;
use crate::profile::{self, Profile};
use crate::report::{Evidence, FORMATS, Format, Level, Look, Meta, Report};
use crate::source::contacts::{self, AddressBook};
use crate::source::imap::Transcript;
use crate::source::{Arrival, Grade, Memory, Source};

/// Renderings that are written beside the result, each with its file.
type Beside = Vec<(&'static Format, PathBuf)>;

/// An audit, checked and ready: whatever can be refused was.
pub struct Job {
    plan: Plan,
    existing: Existing,
    quiet: bool,
    profiles: Vec<Profile>,
    books: Vec<AddressBook>,
    key: Vec<u8>,
    beside: Beside,
    /// What goes to stdout.
    shown: &'static Format,
    now: Timestamp,
    /// Made from the embedded sample.
    synthetic: bool,
    /// What earlier runs have read, and where this one leaves what it reads.
    state: Option<State>,
    /// What is written of the commands.
    pub transcript: Option<Transcript>,
    /// Conditions of the result under which the run is told to fail.
    pub fail_on: Vec<FailOn>,
}

/// The key of the sample's pseudonyms: public, so that everybody's demo shows the same ids.
pub const SAMPLE_KEY: &[u8; 32] = b"mailglean: sample mailbox, no ke";

impl Job {
    /// Checks everything that can be checked before a mailbox is opened. `sample`: the embedded address book.
    pub fn new(plan: Plan, existing: Existing, quiet: bool, sample: Option<AddressBook>) -> Result<Self, Failure> {
        output::may_write(&plan.out, existing)?;
        let (shown, beside) = formats(&plan.formats, &plan.out)?;
        for (_, path) in &beside {
            output::may_write(path, existing)?;
        }
        let profiles = profiles(&plan.profiles)?;
        let synthetic = sample.is_some();
        let mut books = plan.contacts.iter().map(|path| contacts::open(path, None)).collect::<Result<Vec<_>, _>>()?;
        books.extend(sample);
        let key = if synthetic { SAMPLE_KEY.to_vec() } else { key::load_or_make(plan.key.as_deref())?.to_vec() };
        Ok(Self {
            plan,
            existing,
            quiet,
            profiles,
            books,
            key,
            beside,
            shown,
            now: now()?,
            synthetic,
            state: None,
            transcript: None,
            fail_on: Vec::new(),
        })
    }

    /// Goes on from the state that the plan names, if it names one; `mailbox`: whose it is. Returns what is known.
    pub fn resume(&mut self, mailbox: &Mailbox<'_>) -> Result<Option<Memory>, Failure> {
        let Some(path) = &self.plan.state else { return Ok(None) };
        let state = State::open(path, &self.key, mailbox, &audit::fingerprint(&demo::sample_messages()))?;
        if state.started_over {
            eprintln!("warning: another version of mailglean made the state; everything is read anew");
        }
        let memory = state.memory();
        self.state = Some(state);
        Ok(Some(memory))
    }

    /// Reads the source, assesses it, writes the result and says how it went.
    pub async fn run<S: Source>(mut self, kind: &str, source: &mut S) -> Result<Outcome, Failure> {
        let mut progress = Progress::new(self.quiet);
        let state = self.state.take();
        let stateful = state.is_some();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let seen = |arrival: &Arrival| match arrival {
            Arrival::Folder { folder, messages } => progress.folder(&folder.alias, *messages),
            Arrival::Message(_) => progress.message(),
            Arrival::Resumed(resumed) => progress.resumed(resumed),
            Arrival::Copy { .. } => progress.message(),
            Arrival::Problem(_) | Arrival::NotOpened { .. } | Arrival::CopiesFollow => {}
        };
        let stop = async {
            // Without a handler Ctrl-C ends the process, as it would have anyway.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let transcript = self.transcript.take();
        let read = audit::read(source, &self.plan.wanted, workers, state, seen, stop).await;
        progress.done();
        let audit::Outcome { mut analysis, mut reading, stopped, broken, state } = read?;
        if let Some(error) = &state {
            eprintln!("warning: {}; the next run reads more than it would have to", super::chain(error));
        }
        if let (Some(transcript), Some(proof)) = (transcript, &mut reading.proof) {
            let failed = |error: std::io::Error| {
                Failure::new(Outcome::OutputBroken, format!("cannot end the transcript: {}", error.kind()))
            };
            proof.transcript = Some(transcript.end().map_err(failed)?);
        }
        if let Some(proof) = reading.proof.as_mut().filter(|_| stateful) {
            // How many commands it took depends on how often it was cut off; the result does not.
            proof.commands.clear();
        }
        if let Some(error) = &broken {
            eprintln!("warning: {}; the result is incomplete", super::chain(error));
        }
        if stopped {
            eprintln!("warning: stopped; the result is incomplete");
        }
        if analysis.messages_read() == 0 {
            return Err(nothing_read(stopped));
        }
        self.add_books(&mut analysis);
        let (people, mut facts) = analysis.finish();
        facts.interrupted = stopped || broken.is_some();
        facts.today = today(self.now);
        facts.installed_on = self.plan.installed_on.map(config::day_number);
        facts.removed_on = self.plan.removed_on.map(config::day_number);
        let assessment = self.assess(&people, facts);
        drop(people);
        let changed =
            reading.proof.as_ref().is_some_and(|proof| proof.grade() == Grade::F || !proof.changed.is_empty());
        let meta = Meta {
            generated_at: self.now.to_string(),
            expires: expires(self.now, self.plan.expires_after_days),
            mailbox: String::new(),
            synthetic: self.synthetic,
            source: kind.to_owned(),
            hosts: reading.hosts,
            proof: reading.proof,
            questions: questions(&self.plan.governance),
        };
        let evidence = Evidence {
            level: self.plan.evidence,
            key: std::mem::take(&mut self.key),
            reason: self.plan.reveal.clone(),
        };
        if evidence.level == Level::Clear && evidence.reason.is_none() && !self.synthetic {
            eprintln!("warning: names are shown and no reason was given; --reveal REASON puts one into the report");
        }
        let report = Report::new(&assessment, &evidence, &meta);
        drop(assessment);
        self.write(&report)?;
        Ok(match () {
            () if stopped => Outcome::Interrupted,
            () if changed => Outcome::Changed,
            () if !report.complete => Outcome::Incomplete,
            () if self.fail_on.iter().any(|condition| condition.holds(&report)) => Outcome::Failed,
            () => Outcome::Done,
        })
    }

    fn add_books(&self, analysis: &mut Analysis) {
        for book in &self.books {
            analysis.add_contacts(book.contacts.iter().map(|contact| (&contact.card, contact.categories.as_slice())));
            for problem in &book.problems {
                analysis.problem(problem.clone());
            }
        }
    }

    fn assess(&self, people: &crate::people::People, facts: Facts) -> Assessment {
        let resolved = people.resolve(&self.plan.owner);
        let verdicts = classify::classify_all(&resolved);
        assess::assess(resolved, verdicts, &self.profiles, facts)
    }

    fn write(&self, report: &Report) -> Result<(), Failure> {
        let look = Look { lang: self.plan.language, colour: output::colour() };
        let render = |format: &Format, look: Look| {
            let mut bytes = Vec::new();
            match (format.write)(report, look, &mut bytes) {
                Ok(()) => Ok(bytes),
                Err(_) => Err(Failure::new(Outcome::Internal, format!("cannot render '{}'", format.name))),
            }
        };
        let json = FORMATS.iter().find(|format| format.name == "json");
        let json = json.ok_or_else(|| Failure::new(Outcome::Internal, "there is no JSON format"))?;
        let plain = Look { colour: false, ..look };
        output::to_file(&self.plan.out, &render(json, plain)?, self.existing)?;
        for (format, path) in &self.beside {
            output::to_file(path, &render(format, plain)?, self.existing)?;
        }
        output::to_stdout(&render(self.shown, look)?)?;
        if !self.quiet {
            let files = self.beside.iter().map(|(_, path)| path.as_path());
            let files: Vec<String> =
                std::iter::once(self.plan.out.as_path()).chain(files).map(|path| path.display().to_string()).collect();
            eprintln!("written: {}", files.join(", "));
        }
        Ok(())
    }
}

fn nothing_read(stopped: bool) -> Failure {
    if stopped {
        return Failure::new(Outcome::Interrupted, "stopped before any message was read; no result was written");
    }
    Failure::new(Outcome::NoInput, "no message could be read; no result was written")
        .hint("check the folders (`mailglean check` lists a server's) and --since")
}

/// The format for stdout, and those that are written beside the result.
fn formats(names: &[String], out: &Path) -> Result<(&'static Format, Beside), Failure> {
    let find = |name: &str| {
        FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
            let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
            let failure = Failure::new(Outcome::Usage, format!("there is no format '{name}'"));
            match config::nearest(name, &known) {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })
    };
    let mut shown = find("text")?;
    let mut beside = Vec::new();
    for name in names {
        let format = find(name)?;
        if matches!(format.name, "text" | "json") {
            shown = format;
        } else {
            beside.push((format, out.with_extension(format.extension)));
        }
    }
    Ok((shown, beside))
}

/// Profiles by id, or from a file where the name looks like a path.
pub fn profiles(names: &[String]) -> Result<Vec<Profile>, Failure> {
    let builtin = profile::builtin();
    let mut chosen = Vec::new();
    for name in names {
        if let Some(profile) = builtin.iter().find(|profile| profile.id == *name) {
            chosen.push(profile.clone());
            continue;
        }
        if !name.contains(['/', '.', '\\']) {
            let known: Vec<&str> = builtin.iter().map(|profile| profile.id.as_str()).collect();
            let failure = Failure::new(Outcome::Usage, format!("there is no profile '{name}'"));
            return Err(match config::nearest(name, &known) {
                Some(hint) => failure.hint(hint).hint("`mailglean profiles` lists them; a path reads your own"),
                None => failure,
            });
        }
        let unreadable = |error: std::io::Error| {
            Failure::new(Outcome::NoInput, format!("cannot read profile file '{name}': {}", error.kind()))
        };
        let text = std::fs::read_to_string(name).map_err(unreadable)?;
        let wrong = |error: profile::ProfileError| {
            let what = format!("profile file '{name}', line {}, column {}: {}", error.line, error.column, error.what);
            let failure = Failure::new(Outcome::Config, what);
            match error.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        };
        chosen.extend(profile::load(&text).map_err(wrong)?);
    }
    Ok(chosen)
}

/// The moment that counts as now: `SOURCE_DATE_EPOCH` where it is set, so that a run can be repeated to the byte.
fn now() -> Result<Timestamp, Failure> {
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH));
    };
    let seconds = text.to_str().and_then(|text| text.parse().ok());
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Failure::new(Outcome::Usage, "SOURCE_DATE_EPOCH is no number of seconds"))
}

fn date(now: Timestamp) -> Date {
    now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
}

fn today(now: Timestamp) -> i32 {
    config::day_number(date(now))
}

fn expires(now: Timestamp, days: u32) -> Option<String> {
    let days = jiff::Span::new().try_days(i64::from(days)).ok()?;
    date(now).checked_add(days).ok().map(|day| day.to_string())
}

fn questions(governance: &Governance) -> BTreeMap<String, Option<String>> {
    let yes_no = |answer: Option<bool>| answer.map(|yes| if yes { "yes" } else { "no" }.to_owned());
    [
        ("purpose", governance.purpose.clone()),
        ("private_use_allowed", yes_no(governance.private_use_allowed)),
        ("works_council_involved", yes_no(governance.works_council_involved)),
        ("data_protection_officer_informed", yes_no(governance.data_protection_officer_informed)),
    ]
    .map(|(question, answer)| (question.to_owned(), answer))
    .into()
}
