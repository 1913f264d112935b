//! Decides the order of an audit: what is refused before anything is read, what is written, and how the run ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::baseline::Baseline;
use super::fail_on::FailOn;
use super::output::{self, Existing};
use super::progress::{Progress, Voice};
use super::sign::{self, Signer};
use super::{Failure, Outcome, key, protected};
use crate::address::Address;
use crate::assess::{self, Assessment, Facts};
use crate::audit::{self, Analysis, Mailbox, State};
use crate::classify;
use crate::config::{self, Governance, Origin, Plan};
use crate::profile::{self, Profile};
use crate::report::{self, Evidence, FORMATS, Format, Labels, Level, Look, Meta, Report, Told};
use crate::source::carddav::Fetched;
use crate::source::contacts::{self, AddressBook};
use crate::source::imap::Transcript;
use crate::source::{Arrival, Grade, Memory, Source};

/// Renderings that are written beside the result, each with its file.
type Beside = Vec<(&'static Format, PathBuf)>;

/// An audit, checked and ready: whatever can be refused was.
pub struct Job {
    plan: Plan,
    existing: Existing,
    voice: Voice,
    profiles: Vec<Profile>,
    books: Vec<AddressBook>,
    /// Where address books were read from, beside the mail.
    hosts: Vec<String>,
    requests: BTreeMap<String, u64>,
    key: Vec<u8>,
    beside: Beside,
    /// What goes to stdout.
    shown: &'static Format,
    /// The moment that counts as now.
    pub now: Timestamp,
    /// Made from the embedded sample.
    synthetic: bool,
    /// What earlier runs have read, and where this one leaves what it reads.
    state: Option<State>,
    /// What is written of the commands.
    pub transcript: Option<Transcript>,
    /// Signs the result.
    pub signer: Option<Signer>,
    /// Conditions of the result under which the run is told to fail.
    pub fail_on: Vec<FailOn>,
    /// Whom these conditions do not count any more.
    baseline: Option<Baseline>,
    /// What was said by hand of the people whom the rules leave unsure.
    pub labels: Option<Labels>,
}

/// What came of reading a mailbox.
pub struct Read {
    pub report: Report,
    /// Broken off by the user.
    pub stopped: bool,
    /// The mailbox changed meanwhile, or could have.
    pub changed: bool,
}

/// More new people than these are not named one by one.
const NEWS: usize = 20;

/// The key of the sample's pseudonyms: public, so that everybody's demo shows the same ids.
pub const SAMPLE_KEY: &[u8; 32] = b"mailglean: sample mailbox, no ke";

impl Job {
    /// Checks everything that can be checked before a mailbox is opened. `sample`: the embedded address book.
    pub fn new(plan: Plan, existing: Existing, voice: Voice, sample: Option<AddressBook>) -> Result<Self, Failure> {
        output::may_write(&plan.out, existing)?;
        let job = Self::reading(plan, existing, voice, sample)?;
        for (_, path) in &job.beside {
            output::may_write(path, existing)?;
        }
        Ok(job)
    }

    /// The same for a job that is only read and never written.
    pub fn reading(plan: Plan, existing: Existing, voice: Voice, sample: Option<AddressBook>) -> Result<Self, Failure> {
        let (shown, beside) = formats(&plan.formats, &plan.out)?;
        if let Origin::Imap(account) = &plan.origin {
            let named = [Some(&account.user), account.authzid.as_ref()];
            let named: Vec<Address> = named.into_iter().flatten().filter_map(|name| mailbox_of(name)).collect();
            protected::refuse(&named, &plan.protected, plan.protected_ok.as_deref())?;
        }
        protected::refuse(&plan.owner.addresses, &plan.protected, plan.protected_ok.as_deref())?;
        let profiles = profiles(&plan.profiles)?;
        let synthetic = sample.is_some();
        let mut books = plan.contacts.iter().map(|path| contacts::open(path, None)).collect::<Result<Vec<_>, _>>()?;
        books.extend(sample);
        let key = if synthetic { SAMPLE_KEY.to_vec() } else { key::load_or_make(plan.key.as_deref())?.to_vec() };
        Ok(Self {
            plan,
            existing,
            voice,
            profiles,
            books,
            hosts: Vec::new(),
            requests: BTreeMap::new(),
            key,
            beside,
            shown,
            now: now()?,
            synthetic,
            state: None,
            transcript: None,
            signer: None,
            fail_on: Vec::new(),
            baseline: None,
            labels: None,
        })
    }

    /// Goes on from the state that the plan names, if it names one; `mailbox`: whose it is. Returns what is known.
    pub fn resume(&mut self, mailbox: &Mailbox<'_>) -> Result<Option<Memory>, Failure> {
        let Some(path) = &self.plan.state else { return Ok(None) };
        let state = State::open(path, &self.key, mailbox, &audit::fingerprint())?;
        if state.started_over {
            eprintln!("warning: another version of mailglean made the state; everything is read anew");
        }
        let memory = state.memory();
        self.state = Some(state);
        Ok(Some(memory))
    }

    /// Leaves out of `fail_on` whom an earlier audit has settled.
    pub fn compare_with(&mut self, baseline: Baseline) -> Result<(), Failure> {
        baseline.fits(&report::fingerprint(&self.key))?;
        self.baseline = Some(baseline);
        Ok(())
    }

    /// That nothing is asked for that only a server can give.
    pub fn only_files(&self, transcript: bool) -> Result<(), Failure> {
        if transcript {
            return Err(Failure::new(Outcome::Usage, "a transcript is written of commands to a server")
                .hint("files are read without any: leave --transcript out"));
        }
        if self.plan.state.is_some() {
            return Err(Failure::new(Outcome::Usage, "a state is kept of a mailbox on a server")
                .hint("files are read as a whole every time: leave --state out"));
        }
        Ok(())
    }

    /// Every file that it will write.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let state = self.plan.state.as_deref();
        std::iter::once(self.plan.out.as_path()).chain(self.beside.iter().map(|(_, path)| path.as_path())).chain(state)
    }

    /// Adds an address book that was read from a server.
    pub fn add_book(&mut self, fetched: Fetched) {
        self.books.push(fetched.book);
        self.hosts.extend(fetched.hosts);
        self.requests.extend(fetched.requests);
    }

    /// Reads the source, assesses it, writes the result and says how it went.
    pub async fn run<S: Source>(mut self, kind: &str, source: &mut S) -> Result<Outcome, Failure> {
        let Read { report, stopped, changed } = self.read(kind, source).await?;
        if report.evidence.level == Level::Clear && report.evidence.reason.is_none() && !self.synthetic {
            eprintln!("warning: names are shown and no reason was given; --reveal REASON puts one into the report");
        }
        self.write(&report)?;
        let failed = self.fails(&report);
        Ok(match () {
            () if stopped => Outcome::Interrupted,
            () if changed => Outcome::Changed,
            () if !report.complete => Outcome::Incomplete,
            () if failed => Outcome::Failed,
            () => Outcome::Done,
        })
    }

    /// Whether a condition holds under which the run is told to fail; says who is new, where there is a baseline.
    fn fails(&self, report: &Report) -> bool {
        let mut failed = false;
        for condition in &self.fail_on {
            let Some(baseline) = &self.baseline else {
                if condition.holds(report) {
                    failed = true;
                    eprintln!("note: {condition} holds");
                }
                continue;
            };
            let news = baseline.news(*condition, report);
            let holds = condition.is_met_by(news.len() as u64);
            failed |= holds;
            if holds || !self.voice.quiet() {
                let (count, some) = (news.len(), news.iter().take(NEWS).copied().collect::<Vec<_>>().join(" "));
                let more = if count > NEWS { " ..." } else { "" };
                let ids = if count == 0 { String::new() } else { format!(": {some}{more}") };
                eprintln!("note: {condition} counts {count} who are not in the baseline{ids}");
            }
        }
        failed
    }

    /// Reads the source and assesses it.
    pub async fn read<S: Source>(&mut self, kind: &str, source: &mut S) -> Result<Read, Failure> {
        let mut progress = Progress::new(self.voice);
        let state = self.state.take();
        let stateful = state.is_some();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let seen = |arrival: &Arrival| match arrival {
            Arrival::Folder { folder, messages } => progress.folder(&folder.alias, *messages),
            Arrival::Message(_) => progress.message(),
            Arrival::Resumed(resumed) => progress.resumed(resumed),
            Arrival::Copy { .. } => progress.message(),
            Arrival::Problem(problem) => progress.problem(problem),
            Arrival::NotOpened { folder, .. } => progress.not_opened(folder),
            Arrival::CopiesFollow => {}
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
        reading.hosts.append(&mut self.hosts);
        if let (Some(transcript), Some(proof)) = (transcript, &mut reading.proof) {
            let failed = |error: std::io::Error| {
                Failure::new(Outcome::OutputBroken, format!("cannot end the transcript: {}", error.kind()))
            };
            proof.transcript = Some(transcript.end().map_err(failed)?);
        }
        if let Some(proof) = &mut reading.proof {
            proof.commands.append(&mut self.requests);
            if stateful {
                // How many commands it took depends on how often it was cut off; the result does not.
                proof.commands.clear();
            }
        }
        let is_broken = broken.is_some();
        if let Some(Failure { what, hints, .. }) = broken.map(Failure::from) {
            eprintln!("warning: {what}; the result is incomplete");
            hints.iter().for_each(|hint| eprintln!("hint: {hint}"));
        }
        if stopped {
            eprintln!("warning: stopped; the result is incomplete");
        }
        if analysis.messages_read() == 0 {
            return Err(nothing_read(stopped));
        }
        self.add_books(&mut analysis);
        analysis.dialled_in(self.plan.country);
        let (people, mut facts) = analysis.finish();
        facts.interrupted = stopped || is_broken;
        facts.today = today(self.now);
        facts.installed_on = self.plan.installed_on.map(config::day_number);
        facts.removed_on = self.plan.removed_on.map(config::day_number);
        let assessment = self.assess(&people, facts);
        drop(people);
        // Whose mailbox it is may show only now.
        let owner = &assessment.owner.addresses;
        protected::refuse(owner, &self.plan.protected, self.plan.protected_ok.as_deref())?;
        let changed =
            reading.proof.as_ref().is_some_and(|proof| proof.grade() == Grade::F || !proof.changed.is_empty());
        let meta = Meta {
            generated_at: self.now.to_string(),
            expires: expires(self.now, self.plan.expires_after_days),
            mailbox: if self.synthetic { "sample".to_owned() } else { self.plan.mailbox.clone() },
            synthetic: self.synthetic,
            source: kind.to_owned(),
            hosts: reading.hosts,
            proof: reading.proof,
            questions: questions(&self.plan.governance, self.plan.protected_ok.as_ref()),
            told: told(&self.plan),
        };
        let evidence = Evidence {
            level: self.plan.evidence,
            key: std::mem::take(&mut self.key),
            reason: self.plan.reveal.clone(),
        };
        let mut report = Report::new(&assessment, &evidence, &meta);
        drop(assessment);
        if let Some(labels) = &self.labels {
            let found = super::review::label(&mut report, labels)?;
            if found > 0 {
                report.recount_rules();
            }
            if !self.voice.quiet() && found < labels.labels.len() {
                let rest = labels.labels.len() - found;
                eprintln!("note: {rest} labels are of people who are gone, or of whom the rules are sure by now");
            }
        }
        Ok(Read { report, stopped, changed })
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

    fn write(&mut self, report: &Report) -> Result<(), Failure> {
        let look = Look { lang: self.plan.language, colour: output::colour(), ..Look::default() };
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
        let result = render(json, plain)?;
        output::to_file(&self.plan.out, &result, self.existing)?;
        for (format, path) in &self.beside {
            output::to_file(path, &render(format, plain)?, self.existing)?;
        }
        output::to_stdout(&render(self.shown, look)?)?;
        if let Some(signer) = self.signer.take() {
            output::to_file(&sign::beside(&self.plan.out), &signer.sign(&result)?, self.existing)?;
        }
        if !self.voice.quiet() {
            let files: Vec<String> = self.files().map(|path| path.display().to_string()).collect();
            eprintln!("written: {}", files.join(", "));
        }
        Ok(())
    }
}

/// What the plan says beside the mailbox, for those who compare two results.
fn told(plan: &Plan) -> Told {
    let addresses = plan.owner.addresses.iter().map(ToString::to_string);
    Told {
        since: plan.wanted.since,
        folders: plan.wanted.folders.clone(),
        exclude: plan.wanted.exclude.clone(),
        owner: addresses.chain(plan.owner.domains.iter().cloned()).collect(),
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

/// The day that counts as today.
pub fn day() -> Result<i32, Failure> {
    now().map(today)
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

/// The address that a user name of a server is, or could be: a name alone stands for one at its own place.
fn mailbox_of(user: &str) -> Option<Address> {
    Address::parse(user).or_else(|| Address::parse(&format!("{user}@user.invalid")))
}

fn questions(governance: &Governance, protected_ok: Option<&String>) -> BTreeMap<String, Option<String>> {
    let yes_no = |answer: Option<bool>| answer.map(|yes| if yes { "yes" } else { "no" }.to_owned());
    [
        ("purpose", governance.purpose.clone()),
        ("private_use_allowed", yes_no(governance.private_use_allowed)),
        ("works_council_involved", yes_no(governance.works_council_involved)),
        ("data_protection_officer_informed", yes_no(governance.data_protection_officer_informed)),
    ]
    .into_iter()
    // Asked of protected mailboxes alone.
    .chain(protected_ok.map(|reason| ("protected_mailbox", Some(reason.clone()))))
    .map(|(question, answer)| (question.to_owned(), answer))
    .collect()
}
