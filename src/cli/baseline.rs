//! Decides whom an earlier audit has settled: with `--baseline FILE`, `--fail-on` counts new people alone.
//!
//! The file is an earlier result, or a list of ids. Under another key nobody in it is anybody here, so that is refused.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Failure, Outcome, fail_on::FailOn, result};
use crate::report::{Level, Report};

/// A list of ids, as it begins: `# key: 4af10c22` names the key that made them.
const KEY: &str = "# key:";

/// Whom an earlier audit, or a person, has accepted.
#[derive(Debug)]
pub enum Baseline {
    /// Whoever counted then.
    Result(Box<Report>),
    /// These, whatever they count as.
    Ids { key: Option<String>, ids: BTreeSet<String> },
}

impl Baseline {
    /// Reads a result or a list of ids: one a line, `#` before a remark.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = result::bytes(path)?;
        if bytes.trim_ascii_start().first() == Some(&b'{') {
            let report = result::parse(path, &bytes, false)?;
            if report.evidence.level == Level::Counts {
                return Err(Failure::new(Outcome::BadInput, format!("'{}' holds numbers only", path.display()))
                    .hint("a baseline names people: make it with --evidence pseudonyms"));
            }
            return Ok(Self::Result(Box::new(report)));
        }
        let wrong = |line: usize| {
            Failure::new(Outcome::BadInput, format!("'{}', line {line}: no id of a person", path.display()))
                .hint("name an earlier result.json, or a file with one id a line and `#` before a remark")
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong(1))?;
        let mut ids = BTreeSet::new();
        for (number, line) in (1..).zip(text.lines()) {
            let id = line.split('#').next().unwrap_or_default().trim();
            if id.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'-') {
                return Err(wrong(number));
            }
            if !id.is_empty() {
                ids.insert(id.to_owned());
            }
        }
        let key = text.lines().find_map(|line| line.strip_prefix(KEY)).map(|key| key.trim().to_owned());
        Ok(Self::Ids { key, ids })
    }

    /// That it can speak of the people of results made with this key (by its fingerprint).
    pub fn fits(&self, fingerprint: &str) -> Result<(), Failure> {
        let key = match self {
            Self::Result(earlier) => Some(&earlier.evidence.key),
            Self::Ids { key, .. } => key.as_ref(),
        };
        if key.is_some_and(|key| *key != fingerprint) {
            return Err(Failure::new(
                Outcome::Config,
                "the baseline was made with another key: its ids are other people's",
            )
            .hint("name that key with --key, or make a new baseline"));
        }
        Ok(())
    }

    /// Those who count under this condition and did not in the baseline, by id.
    pub fn news<'a>(&self, condition: FailOn, report: &'a Report) -> Vec<&'a str> {
        let profile = report.profiles.first().map_or("", |profile| profile.id.as_str());
        let settled: BTreeSet<&str> = match self {
            Self::Ids { ids, .. } => ids.iter().map(String::as_str).collect(),
            Self::Result(earlier) => {
                // Held against what the same plug-in took then; where it was not asked, against the first that was.
                let asked = earlier.profiles.iter().find(|one| one.id == profile).or(earlier.profiles.first());
                let asked = asked.map_or("", |asked| asked.id.as_str());
                let counted = earlier.contacts.iter().filter(|contact| condition.counts(contact, asked));
                counted.map(|contact| contact.id.as_str()).collect()
            }
        };
        let counted = report.contacts.iter().filter(|contact| condition.counts(contact, profile));
        counted.map(|contact| contact.id.as_str()).filter(|id| !settled.contains(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Baseline, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Baseline::read(file.path())
    }

    #[test]
    fn a_list_of_ids_has_remarks_and_names_its_key() {
        let Baseline::Ids { key, ids } = read("# key: 4af10c22\n\n p-abc   # told, 3 May\np-def\r\n").unwrap() else {
            panic!("no list")
        };
        assert_eq!(key.as_deref(), Some("4af10c22"));
        assert_eq!(ids.iter().map(String::as_str).collect::<Vec<_>>(), ["p-abc", "p-def"]);
        let Baseline::Ids { key: None, ids } = read("# nobody yet\n").unwrap() else { panic!("no list") };
        assert!(ids.is_empty());
    }

    #[test]
    fn what_is_no_baseline_is_refused_and_not_quoted() {
        for text in ["p-abc\nann@firm.example\n", "p-abc p-def\n", "{\"schema\": 1}", "{"] {
            let failure = read(text).unwrap_err();
            assert_eq!(failure.outcome, Outcome::BadInput, "{text}");
            assert!(!failure.what.contains("ann@"), "{}", failure.what);
        }
    }
}
