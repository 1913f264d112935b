//! Decides what any other member could look up afterwards: the records that were sent, each with its fields, how many
//! messages confirm it and when the last one did.

use std::io::{self, Write};

use serde::Serialize;

use super::lang::{Lang, Text};
use super::safe::Plain;
use super::text::{field_names, shows_people, wrap};
use super::{Contact, FateShown, Level, Look, Report};
use crate::assess::Class;
use crate::profile::{Bound, Field};

/// What to look for.
#[derive(Clone, Debug)]
pub struct Search {
    /// Words that all have to be found; empty: every record.
    pub text: String,
    /// `None`: the profile that makes the headline.
    pub profile: Option<String>,
    pub bound: Bound,
}

/// Why nothing can be looked up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRecords {
    #[error("this result holds numbers only")]
    NumbersOnly,
    #[error("no profile was run")]
    NoProfile,
    #[error("the result has no profile '{0}'")]
    Profile(String),
}

impl NoRecords {
    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NumbersOnly => "run the audit with --evidence pseudonyms, or clear to search by name",
            Self::NoProfile => "run the audit with --profile",
            Self::Profile(_) => "`mailglean report RESULT` lists the result's profiles",
        }
    }
}

/// What was found, the best confirmed first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    pub profile: String,
    pub bound: Bound,
    /// Records in all.
    pub records: u64,
    /// Names, companies and addresses can be searched: the result shows them.
    pub by_name: bool,
    pub found: Vec<Entry>,
}

/// One record, as far as the result shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    pub id: String,
    pub class: Class,
    /// The kinds of data that the record holds.
    pub fields: Vec<Field>,
    /// Messages that confirm it.
    pub messages: u64,
    /// How often it goes out.
    pub transmissions: u64,
    pub first: Option<String>,
    /// Last confirmed.
    pub last: Option<String>,
    /// What the result shows of those fields. All that the mailbox shows of the person: a value may stand in a place
    /// that the plug-in does not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// Looks records up as another member would.
///
/// # Errors
/// If the result holds no people, or not this profile.
pub fn look_up(report: &Report, search: &Search) -> Result<Found, NoRecords> {
    let profile = match &search.profile {
        Some(id) => {
            let found = report.profiles.iter().find(|profile| profile.id == *id);
            found.ok_or_else(|| NoRecords::Profile(id.clone()))?
        }
        None => report.profiles.first().ok_or(NoRecords::NoProfile)?,
    };
    if !shows_people(report) {
        return Err(NoRecords::NumbersOnly);
    }
    let at = usize::from(search.bound == Bound::Permitted);
    let entry = |contact: &Contact| {
        let FateShown::Sent { fields, messages, first, last, transmissions, .. } =
            contact.fates.get(&profile.id)?.get(at)?.clone()
        else {
            return None;
        };
        let values = values(contact, &fields);
        let (id, class) = (contact.id.clone(), contact.class);
        Some(Entry { id, class, fields, messages, transmissions, first, last, values })
    };
    let all: Vec<Entry> = report.contacts.iter().filter(|contact| contact.class.person()).filter_map(entry).collect();
    let words: Vec<String> = search.text.split_whitespace().map(str::to_lowercase).collect();
    let records = all.len() as u64;
    let mut found: Vec<Entry> = all.into_iter().filter(|entry| words.iter().all(|word| entry.matches(word))).collect();
    // Stable: equal ones stay in the order of their ids.
    found.sort_by(|a, b| (b.messages, &b.last).cmp(&(a.messages, &a.last)));
    let by_name = report.evidence.level >= Level::Masked;
    Ok(Found { profile: profile.id.clone(), bound: search.bound, records, by_name, found })
}

/// What the result shows of these fields.
fn values(contact: &Contact, fields: &[Field]) -> Vec<String> {
    let mut all = Vec::new();
    for field in fields {
        let list: &[String] = match field {
            Field::Name => &contact.names,
            Field::Email => &contact.emails,
            Field::Title => &contact.titles,
            Field::Organisation => &contact.organisations,
            Field::Department => &contact.departments,
            Field::Address => &contact.addresses,
            Field::Url => &contact.urls,
            _ => &[],
        };
        all.extend(list.iter().cloned());
        let phones = contact.phones.iter().filter(|phone| Field::from(phone.kind) == *field);
        all.extend(phones.map(|phone| phone.number.clone()));
    }
    all
}

impl Entry {
    /// Whether a word (in lower case) is part of what is shown: a value, the id, the class, a kind of field, a month.
    fn matches(&self, word: &str) -> bool {
        let class = |lang: Lang| lang.text().class(self.class).to_lowercase();
        self.values.iter().any(|value| value.to_lowercase().contains(word))
            || self.id.starts_with(word)
            || Lang::ALL.into_iter().any(|lang| class(lang).starts_with(word))
            || self.fields.iter().any(|field| {
                field.name() == word
                    || Lang::ALL.into_iter().any(|lang| lang.text().field(*field).to_lowercase() == word)
            })
            || self.last.as_ref().is_some_and(|last| last.starts_with(word))
    }
}

struct Words {
    found: fn(&str, &str) -> String,
    about: &'static str,
    not_by_name: &'static str,
    last: &'static str,
    more: fn(&str) -> String,
}

const EN: Words = Words {
    found: |found, all| format!("{found} of {all} records"),
    about: "Any other member could look these up. The kinds of data are the record's; values are all that the mailbox shows of the person.",
    not_by_name: "This result shows no names: it is searched by id, class, kind of data and month. For names and companies run the audit with --evidence clear.",
    last: "last",
    more: |n| format!("... and {n} more: --limit, or --format json"),
};

const DE: Words = Words {
    found: |found, all| format!("{found} von {all} Datensätzen"),
    about: "Jeder andere Teilnehmer könnte sie nachschlagen. Die Arten von Daten sind die des Datensatzes; die Werte sind alle, die das Postfach von der Person zeigt.",
    not_by_name: "Dieses Ergebnis zeigt keine Namen: Gesucht wird nach Kennung, Klasse, Art der Daten und Monat. Für Namen und Firmen die Prüfung mit --evidence clear ausführen.",
    last: "zuletzt",
    more: |n| format!("... und {n} weitere: --limit oder --format json"),
};

impl Found {
    /// The records as JSON.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        super::json::pretty(self, out)
    }

    /// The first `limit` records for 80 columns.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn text(&self, look: Look, limit: usize, out: &mut dyn Write) -> io::Result<()> {
        let text = look.lang.text();
        let words = match look.lang {
            Lang::En => &EN,
            Lang::De => &DE,
        };
        let bound = if self.bound == Bound::Declared { text.declared } else { text.permitted };
        let found = (words.found)(&text.number(self.found.len() as u64), &text.number(self.records));
        wrapped(out, "", &format!("{}: {found} ({} {}, {bound})", text.directory, text.profile, Plain(&self.profile)))?;
        wrapped(out, "", if self.by_name { words.about } else { words.not_by_name })?;
        writeln!(out)?;
        for entry in self.found.iter().take(limit) {
            self.entry(entry, text, words, out)?;
        }
        if self.found.len() > limit {
            wrapped(out, "", &(words.more)(&text.number((self.found.len() - limit) as u64)))?;
        }
        Ok(())
    }

    fn entry(&self, entry: &Entry, text: &Text, words: &Words, out: &mut dyn Write) -> io::Result<()> {
        let last = entry.last.as_deref().unwrap_or(text.undated);
        let line = format!(
            "{}  {}; {}; {}, {} {}",
            Plain(&entry.id),
            text.class(entry.class),
            field_names(&entry.fields, text),
            (text.messages)(&text.number(entry.messages)),
            words.last,
            Plain(last)
        );
        wrapped(out, "", &line)?;
        if !entry.values.is_empty() {
            wrapped(
                out,
                "    ",
                &entry.values.iter().map(|value| Plain(value).to_string()).collect::<Vec<_>>().join(", "),
            )?;
        }
        Ok(())
    }
}

fn wrapped(out: &mut dyn Write, indent: &str, text: &str) -> io::Result<()> {
    for (at, line) in wrap(text, 78 - indent.len()).iter().enumerate() {
        writeln!(out, "{indent}{}{line}", if at == 0 { "" } else { "  " })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::sample::{assessed, facts};
    use crate::profile::builtin;
    use crate::report::{Evidence, Meta};

    const MAILBOX: &str = "
ann business direct
  sender inbox ann@firm.example -9,-2 email=ann@firm.example name=Ann_Firmament
  signature inbox ann@firm.example -9,-2 name=Ann_Firmament org=Firmament_Ltd home=+49511555020
ben business direct
  sender inbox ben@firm.example -40 email=ben@firm.example name=Ben_Firmament
friend private inbound isp
  sender inbox friend@ewetel.net -4 email=friend@ewetel.net name=Fridolin_Praxis
info role inbound
  sender inbox info@firm.example -5 email=info@firm.example
";

    fn found(level: Level, text: &str, bound: Bound) -> Result<Found, NoRecords> {
        let evidence = Evidence { level, key: b"key".to_vec(), reason: None };
        let report = Report::new(&assessed(MAILBOX, &builtin()[..1], facts()), &evidence, &Meta::default());
        look_up(&report, &Search { text: text.into(), profile: None, bound })
    }

    fn names(level: Level, text: &str) -> Vec<String> {
        let found = found(level, text, Bound::Permitted).expect("there are people");
        found.found.iter().map(|entry| entry.values.first().cloned().unwrap_or_default()).collect()
    }

    #[test]
    fn a_company_finds_its_people_the_best_confirmed_first() {
        assert_eq!(names(Level::Clear, "firmament"), ["Ann Firmament", "Ben Firmament"]);
        assert_eq!(names(Level::Clear, "firmament ltd"), ["Ann Firmament"]);
        assert_eq!(names(Level::Clear, "nobody"), [""; 0]);
        // A shared address is no person's record.
        assert_eq!(found(Level::Clear, "", Bound::Permitted).expect("is answered").records, 3);
    }

    /// A record shows what was sent and no more: the declared reading takes no private number.
    #[test]
    fn a_record_holds_what_its_reading_takes() {
        let ann = |bound| found(Level::Clear, "ann", bound).expect("is answered").found.swap_remove(0);
        let (declared, permitted) = (ann(Bound::Declared), ann(Bound::Permitted));
        assert!(permitted.values.contains(&"+49511555020".to_owned()));
        assert!(!declared.values.iter().any(|value| value.starts_with("+49")), "{declared:?}");
        assert_eq!((declared.messages, declared.last.as_deref()), (4, Some("2025-06-28")));
    }

    #[test]
    fn pseudonyms_are_searched_by_what_they_show() {
        let count = |text: &str| found(Level::Pseudonyms, text, Bound::Permitted).expect("is answered").found.len();
        assert_eq!([count("firmament"), count("phone_home"), count("private"), count("2025-05")], [0, 1, 1, 1]);
        let found = found(Level::Pseudonyms, "", Bound::Permitted).expect("is answered");
        assert_eq!(count(&found.found[0].id), 1);
        for lang in Lang::ALL {
            let mut out = Vec::new();
            found.text(Look { lang, ..Look::default() }, 2, &mut out).expect("a vector takes everything");
            let shown = String::from_utf8(out).expect("is UTF-8");
            assert!(
                shown.contains("--evidence clear") && shown.lines().all(|line| line.chars().count() <= 80),
                "{shown}"
            );
        }
    }

    #[test]
    fn numbers_hold_no_records() {
        assert_eq!(found(Level::Counts, "", Bound::Declared), Err(NoRecords::NumbersOnly));
    }
}
