//! Reads a result file for the commands that show an old result again.

use std::io::Read as _;
use std::path::Path;

use crate::cli::{Failure, Outcome};
use crate::report::{LoadError, Report};

/// Reads `path`, or stdin for `-`. An expired result is refused unless `overdue`.
pub(super) fn read(path: &Path, overdue: bool) -> Result<Report, Failure> {
    parse(path, &bytes(path)?, overdue)
}

/// The bytes of `path`, or of stdin for `-`.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| Failure {
        outcome: Outcome::NoInput,
        what: format!("cannot read '{shown}': {error}"),
        hints: vec!["give the result.json that `mailglean audit` wrote".into()],
    };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        bytes = std::fs::read(path).map_err(unreadable)?;
    }
    Ok(bytes)
}

/// Reads a result from the bytes of this file.
pub(super) fn parse(path: &Path, bytes: &[u8], overdue: bool) -> Result<Report, Failure> {
    let shown = path.display();
    let today = today();
    Report::load(bytes, (!overdue).then_some(today.as_str())).map_err(|error| {
        let expired = matches!(error, LoadError::Expired { .. });
        let mut hints: Vec<String> = error.hint().map(str::to_owned).into_iter().collect();
        hints.extend(expired.then(|| "--overdue shows it all the same".into()));
        let outcome = if expired { Outcome::Refused } else { Outcome::BadInput };
        Failure { outcome, what: format!("'{shown}': {error}"), hints }
    })
}

/// Whether a result is past its date.
pub(super) fn overdue(report: &Report) -> bool {
    report.expires.as_ref().is_some_and(|on| *on < today())
}

/// UTC: a day is a coarse thing, and the file was dated so too.
pub(super) fn today() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}

/// Runs a writer on stdout. Whoever closes the pipe early (`head`) has seen enough; that is no error.
pub(super) fn print(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let done = write(&mut out).and_then(|()| std::io::Write::flush(&mut out));
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure {
            outcome: Outcome::OutputBroken,
            what: format!("cannot write the output: {error}"),
            hints: Vec::new(),
        }),
        _ => Ok(()),
    }
}
