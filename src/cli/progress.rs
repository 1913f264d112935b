//! Decides how a run shows that it lives: a bar on a terminal, a line now and then elsewhere, nothing with `-q`, every
//! folder with `-v`.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::message::{Folder, Problem};
use crate::source::Resumed;

/// How often a line is printed where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);

/// How much is told on stderr beside the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    Quiet,
    Plain,
    Verbose,
}

impl Voice {
    pub fn new(quiet: bool, verbose: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (_, true) => Self::Verbose,
            _ => Self::Plain,
        }
    }

    /// No progress and no notes.
    pub fn quiet(self) -> bool {
        self == Self::Quiet
    }
}

/// Progress on stderr. Names folder aliases and numbers only.
pub struct Progress {
    bar: ProgressBar,
    lines: bool,
    verbose: bool,
    last: Instant,
}

impl Progress {
    /// A bar if stderr is a terminal that can draw one, else lines; nothing if quiet.
    pub fn new(voice: Voice) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb;
        let bar = ProgressBar::new(0);
        let plain = std::env::var_os("NO_COLOR").is_some();
        let template = if plain {
            "{msg:12} {bar:30} {pos}/{len} messages, {rate}/s, {eta} left"
        } else {
            "{msg:12} {bar:30.cyan/dim} {pos}/{len} messages, {rate}/s, {eta} left"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // A rate that cannot be written is not shown.
                let _ = write!(out, "{:.0}", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("━╸─"));
        }
        if voice.quiet() || !terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        let verbose = voice == Voice::Verbose;
        Self { bar, lines: !voice.quiet() && !terminal, verbose, last: Instant::now() }
    }

    /// A folder was opened that holds this many messages.
    pub fn folder(&mut self, alias: &str, messages: u64) {
        self.bar.inc_length(messages);
        self.bar.set_message(format!("folder {alias}"));
        self.tell(|| format!("folder {alias}: {messages} messages wanted"));
    }

    /// A folder that nobody wanted.
    pub fn not_opened(&self, folder: &Folder) {
        self.tell(|| format!("folder {}: not opened", folder.alias));
    }

    /// Something was not read, or in part.
    pub fn problem(&self, problem: &Problem) {
        self.tell(|| {
            let what = serde_json::to_value(problem.what).ok();
            let what = what.as_ref().and_then(serde_json::Value::as_str).unwrap_or("problem").replace('_', " ");
            format!("folder {}, message {}: {what}", problem.at.folder.alias, problem.at.number)
        });
    }

    fn tell(&self, line: impl FnOnce() -> String) {
        if self.verbose {
            self.bar.suspend(|| eprintln!("{}", line()));
        }
    }

    /// A message was read or given up.
    pub fn message(&mut self) {
        self.bar.inc(1);
        if self.lines && self.last.elapsed() >= PAUSE {
            self.last = Instant::now();
            eprintln!("{} of {} messages read", self.bar.position(), self.bar.length().unwrap_or(0));
        }
    }

    /// Part of a folder is known from an earlier run, or nothing of it any more.
    pub fn resumed(&mut self, resumed: &Resumed) {
        self.bar.inc(resumed.known.len() as u64);
        if resumed.starts_over {
            let alias = &resumed.folder.alias;
            // Whether quiet or not: whoever looks at figures over time has to know.
            self.bar.suspend(|| {
                eprintln!(
                    "warning: the server has numbered folder {alias} anew (UIDVALIDITY); all of it is read again"
                );
            });
        }
    }

    /// Nothing more will come.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}
