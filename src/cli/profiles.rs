//! `mailglean profiles`: what the plug-ins are said to do, with sources; and the check of a profile file of one's own.

use std::io::{self, Write};
use std::path::PathBuf;

use super::{Failure, Outcome, result};
use crate::profile::{Basis, Bound, Choice, Exclusion, Field, Profile, Read, builtin, load};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Profiles of your own, beside the built-in ones.
    #[arg(long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Every profile in one line (the default).
    List,
    /// One profile, value by value, with what it rests on.
    Show { id: String },
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut all = builtin();
    if let Some(path) = &args.file {
        all.extend(from_file(path)?);
    }
    match &args.command {
        None | Some(Command::List) => result::print(|out| list(&all, out))?,
        Some(Command::Show { id }) => {
            let profile = named(&all, id)?;
            result::print(|out| show(profile, out))?;
        }
    }
    Ok(Outcome::Done)
}

/// Reads a user's own profiles; the error tells line, column and, where it can, a suggestion.
pub(super) fn from_file(path: &std::path::Path) -> Result<Vec<Profile>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure {
        outcome: Outcome::NoInput,
        what: format!("cannot read '{}': {error}", path.display()),
        hints: Vec::new(),
    })?;
    load(&text).map_err(|error| Failure {
        outcome: Outcome::Config,
        what: format!("'{}': {error}", path.display()),
        hints: error.hint.into_iter().collect(),
    })
}

/// Finds a profile by its id, the last of that name: one's own goes before a built-in one.
pub(super) fn named<'a>(all: &'a [Profile], id: &str) -> Result<&'a Profile, Failure> {
    all.iter().rev().find(|profile| profile.id == id).ok_or_else(|| {
        let near =
            all.iter().max_by(|a, b| strsim::jaro_winkler(&a.id, id).total_cmp(&strsim::jaro_winkler(&b.id, id)));
        let hints = near.map(|profile| format!("did you mean `{}`? `mailglean profiles` lists them all", profile.id));
        Failure {
            outcome: Outcome::Usage,
            what: format!("there is no profile '{id}'"),
            hints: hints.into_iter().collect(),
        }
    })
}

fn list(all: &[Profile], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<30}{:>8}{:>9}{:>8}  documented", "profile", "sourced", "inferred", "assumed")?;
    for profile in all {
        let [sourced, inferred, assumed] = profile.bases();
        let documented = format!("{:?}", profile.evidence).to_lowercase();
        writeln!(out, "{:<30}{sourced:>8}{inferred:>9}{assumed:>8}  {documented}", profile.id)?;
    }
    Ok(())
}

fn show(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} version {}", profile.id, profile.version)?;
    writeln!(out, "{}: {} (as of {})", profile.vendor, profile.product, profile.as_of)?;
    let [sourced, inferred, assumed] = profile.bases();
    writeln!(out, "{sourced} values sourced, {inferred} inferred, {assumed} assumed\n")?;
    writeln!(out, "{:<22}{:<13}{:<13}{:<11}sources", "", "declared", "permitted", "basis")?;
    let yes = |on: &bool| if *on { "yes" } else { "no" }.to_owned();
    writeln!(out, "reads")?;
    for read in Read::ALL {
        if let Some(choice) = profile.channels.get(&read) {
            row(out, read.name(), choice, yes)?;
        }
    }
    writeln!(out, "leaves out")?;
    row(out, "freemail", &profile.exclusions.freemail, |list| list.name().to_owned())?;
    for exclusion in Exclusion::ALL {
        if let Some(choice) = profile.exclusion(exclusion) {
            row(out, exclusion.name(), choice, yes)?;
        }
    }
    writeln!(out, "when")?;
    row(out, "window_days", &profile.window_days, ToString::to_string)?;
    row(out, "schedule", &profile.schedule, |schedule| format!("{} h", schedule.every_hours))?;
    writeln!(out, "to the person")?;
    row(out, "notice_to_person", &profile.notice_to_person, yes)?;
    row(out, "opt_out", &profile.opt_out, yes)?;
    for (name, choice) in [
        ("choice_of_contacts", &profile.choice_of_contacts),
        ("propagation", &profile.propagation),
        ("publication_gate", &profile.publication_gate),
    ] {
        choice.iter().try_for_each(|choice| row(out, name, choice, yes))?;
    }
    for bound in Bound::BOTH {
        let bound_name = format!("{bound:?}").to_lowercase();
        let fields: Vec<&str> = profile.fields.at(bound).iter().map(Field::name).collect();
        writeln!(out, "fields, {bound_name}: {}", fields.join(" "))?;
        writeln!(out, "folders, {bound_name}: {}", profile.folders.at(bound).names().join(" "))?;
        writeln!(out, "goes to, {bound_name}: {}", profile.recipient.at(bound).join(", "))?;
    }
    if let Some(traces) = &profile.traces_on_a_pc {
        writeln!(out, "\ntraces on a PC ({})", traces.sources.join(" "))?;
        for (name, value) in [
            ("process", &traces.process),
            ("folder", &traces.folder),
            ("autostart", &traces.autostart),
            ("installer", &traces.installer),
        ] {
            writeln!(out, "  {name:<12}{value}")?;
        }
    }
    writeln!(out, "\nsources")?;
    for (key, source) in &profile.sources {
        writeln!(out, "  {key} ({}) {}\n      {}", source.grade, source.what, source.at)?;
    }
    Ok(())
}

fn row<T>(out: &mut dyn Write, name: &str, choice: &Choice<T>, shown: impl Fn(&T) -> String) -> io::Result<()> {
    let basis = match choice.basis {
        Basis::Sourced => "sourced",
        Basis::Inferred => "inferred",
        Basis::Assumption => "assumption",
    };
    let (declared, permitted) = (shown(&choice.declared), shown(&choice.permitted));
    let line = format!("  {name:<20}{declared:<13}{permitted:<13}{basis:<11}{}", choice.sources.join(" "));
    writeln!(out, "{}", line.trim_end())?;
    if let Some(note) = &choice.note {
        writeln!(out, "      {note}")?;
    }
    Ok(())
}
