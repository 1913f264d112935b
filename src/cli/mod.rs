//! Decides what the command line means: commands, flags, exit codes and the order of a run.

mod explain;
mod inspect;
mod profiles;
mod report;
mod result;
mod schema;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Shows which private and third-party contacts a contact-sharing plug-in would take from a mailbox.
#[derive(Parser)]
#[command(name = "mailglean", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One message (or JSON Lines), line by line: zones, observations, fields.
    Inspect(inspect::Args),
    /// An old result again, in another format or language.
    Report(report::Args),
    /// Why one person of a result is counted.
    Explain(explain::Args),
    /// The plug-in profiles, with their sources.
    Profiles(profiles::Args),
    /// The JSON Schema of the result file.
    Schema(schema::Args),
}

/// How a run ended; every variant is one exit code, the same for every format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done = 0,
    /// `--fail-on` held.
    Failed = 3,
    /// The result is written but not everything was read.
    Incomplete = 4,
    /// The mailbox changed under a read-only audit.
    Changed = 5,
    /// Evidence level or protected mailbox.
    Refused = 6,
    Usage = 64,
    BadInput = 65,
    NoInput = 66,
    Unreachable = 69,
    Internal = 70,
    NoOutput = 73,
    OutputBroken = 74,
    TryLater = 75,
    Protocol = 76,
    Login = 77,
    Config = 78,
    Interrupted = 130,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// An error for those who act: what could not be done, its causes, and what the user can do.
#[derive(Debug)]
pub struct Failure {
    pub outcome: Outcome,
    /// What could not be done and to what; lower case, no full stop, nobody's data.
    pub what: String,
    /// What the user can do, one line each.
    pub hints: Vec<String>,
}

/// Runs the command line and returns how it ended; errors were printed to stderr.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let outcome = if error.use_stderr() { Outcome::Usage } else { Outcome::Done };
            // Nothing is left to tell where even the help cannot be printed.
            let _ = error.print();
            return outcome.into();
        }
    };
    let result = match cli.command {
        Command::Inspect(args) => inspect::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Profiles(args) => profiles::run(&args),
        Command::Schema(args) => schema::run(&args),
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("error: {}", failure.what);
            for hint in &failure.hints {
                eprintln!("hint: {hint}");
            }
            failure.outcome.into()
        }
    }
}
