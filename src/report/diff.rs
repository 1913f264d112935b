//! Decides what has changed between two results, and why: mailbox, rules, profile, program, or what the audit was told.
//!
//! People are compared by id, which needs one key; figures always. Where both results hold people, each change of the
//! headline is split exactly: the old people under the new profile, then as they are judged now, then as they are now.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use super::lang::{Lang, Text};
use super::safe::Plain;
use super::text::{shows_people, wrap};
use super::{Contact, Figures, Level, Look, MadeWith, ProfileShown, Report, SettingShown};
use crate::assess::whatif::Someone;
use crate::assess::{Class, Gap};
use crate::observe::Channel;
use crate::profile::Setting;

/// What has changed between two results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    pub old: Side,
    pub new: Side,
    /// What can have caused it, each with what shows it.
    pub why: Vec<Change>,
    /// Profiles that are in both.
    pub profiles: Vec<ProfileDiff>,
    /// Whether people can be compared.
    pub compared: Compared,
    /// Empty where people cannot be compared.
    pub people: PeopleDiff,
}

/// One of the two results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    pub generated_at: String,
    pub program: String,
    pub level: Level,
    pub complete: bool,
    pub messages: u64,
    pub persons: u64,
}

/// Whether people can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// By id.
    People,
    /// The ids were made with two keys.
    OtherKey,
    /// One of the results holds numbers only.
    NumbersOnly,
}

/// Something that differs and can move the figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub what: Cause,
    pub details: Vec<Detail>,
}

/// What can move the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Messages, folders, address book.
    Mailbox,
    /// One of them was not read as a whole.
    Coverage,
    /// What the audit was told, or took the owner to be.
    Settings,
    /// A profile does something else, or others were run.
    Profile,
    /// How people are joined and judged.
    Rules,
    /// How mail is read.
    Reading,
    /// How a plug-in is simulated.
    Simulation,
    /// The free-mail lists.
    Lists,
    /// The program's version.
    Program,
}

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detail {
    pub key: String,
    pub old: String,
    pub new: String,
}

/// One profile in both results. Pairs are declared, then permitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileDiff {
    pub id: String,
    /// The headline's low and high end.
    pub old: [u64; 2],
    pub new: [u64; 2],
    /// Sent as this class: old, then new; classes that did not change are left out.
    pub classes: BTreeMap<Class, [[u64; 2]; 2]>,
    /// People of the headline by the channels they were taken from; `None` where a result holds numbers only.
    pub channels: Option<BTreeMap<Channel, [[u64; 2]; 2]>>,
    /// What each cause adds to the low and the high end; the sum is the whole change. `None` where people cannot be
    /// compared.
    pub parts: Option<Parts>,
}

/// A change of the headline, split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// The old people, had the profile been as it is now.
    pub profile: [i64; 2],
    /// Those who are in both, as they are judged now.
    pub judged: [i64; 2],
    /// New and missing people and places.
    pub mailbox: [i64; 2],
}

/// Who is new and who is gone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PeopleDiff {
    /// Natural persons in the mailbox.
    pub appeared: u64,
    pub disappeared: u64,
    /// In the first common profile's headline (either end) now, and not before.
    pub new: Vec<PersonDiff>,
    pub gone: Vec<PersonDiff>,
}

/// One person who came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonDiff {
    pub id: String,
    /// As far as the result shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    pub class: Class,
    pub why: Why,
}

/// Why one person came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Only one of the mailboxes shows the person.
    Mailbox,
    /// Only one of the results shows the person, over an unchanged mailbox: read or joined otherwise.
    Identity,
    /// The person is seen in other places.
    Places,
    /// The person is judged otherwise.
    Judged,
    /// The profile takes something else.
    Profile,
}

/// Compares two results, the older first.
pub fn diff(old: &Report, new: &Report) -> Diff {
    let compared = match () {
        () if !shows_people(old) || !shows_people(new) => Compared::NumbersOnly,
        () if old.evidence.key != new.evidence.key => Compared::OtherKey,
        () => Compared::People,
    };
    let why = causes(old, new);
    let common =
        |one: &ProfileShown| Some((one.clone(), new.profiles.iter().find(|other| other.id == one.id)?.clone()));
    let pairs: Vec<(ProfileShown, ProfileShown)> = old.profiles.iter().filter_map(common).collect();
    let both = Both { old, new, compared, moved: why.iter().any(|change| change.what == Cause::Mailbox) };
    let profiles = pairs.iter().map(|(before, after)| both.profile(before, after)).collect();
    let people = match pairs.first() {
        Some((before, after)) if compared == Compared::People => both.people(before, after),
        _ => PeopleDiff::default(),
    };
    Diff { old: side(old), new: side(new), why, profiles, compared, people }
}

fn side(report: &Report) -> Side {
    Side {
        generated_at: report.generated_at.clone(),
        program: format!("{} {}", report.program.name, report.program.version),
        level: report.evidence.level,
        complete: report.complete,
        messages: report.coverage.read,
        persons: report.people.persons,
    }
}

/// Everything that differs and can move a figure.
fn causes(old: &Report, new: &Report) -> Vec<Change> {
    let mut all: BTreeMap<Cause, Vec<Detail>> = BTreeMap::new();
    let mut note = |cause: Cause, key: &str, before: String, after: String| {
        if before != after {
            all.entry(cause).or_default().push(Detail { key: key.to_owned(), old: before, new: after });
        }
    };
    let both = |value: fn(&Report) -> String| (value(old), value(new));
    let number = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let folders = |report: &Report| (report.coverage.folders.len() + report.coverage.not_opened.len()).to_string();
    // What stands for a mailbox is keyed too.
    if old.evidence.key == new.evidence.key {
        note(Cause::Mailbox, "mailbox", old.mailbox.clone(), new.mailbox.clone());
    }
    note(Cause::Mailbox, "messages", old.coverage.messages.to_string(), new.coverage.messages.to_string());
    note(Cause::Mailbox, "folders", folders(old), folders(new));
    note(Cause::Mailbox, "oldest", text(&old.coverage.from), text(&new.coverage.from));
    note(Cause::Mailbox, "newest", text(&old.coverage.to), text(&new.coverage.to));
    note(Cause::Mailbox, "address_book", number(old.coverage.address_book), number(new.coverage.address_book));
    let gaps = |report: &Report| {
        let name = |gap: &Gap| serde_json::to_value(gap).ok().and_then(|name| name.as_str().map(str::to_owned));
        report.gaps.iter().filter_map(name).collect::<Vec<_>>().join(" ")
    };
    note(Cause::Coverage, "complete", old.complete.to_string(), new.complete.to_string());
    note(Cause::Coverage, "gaps", gaps(old), gaps(new));
    note(Cause::Coverage, "unreadable", old.coverage.lost.to_string(), new.coverage.lost.to_string());
    let (before, after) = both(|report| report.coverage.not_opened.len().to_string());
    note(Cause::Coverage, "not_opened", before, after);
    let (before, after) = both(|report| report.owner.addresses.to_string());
    note(Cause::Settings, "owner.addresses", before, after);
    let (before, after) = both(|report| report.owner.domains.to_string());
    note(Cause::Settings, "owner.domains", before, after);
    let (before, after) = both(|report| report.owner.found_by.clone());
    note(Cause::Settings, "owner.found_by", before, after);
    note(Cause::Program, "version", old.program.version.clone(), new.program.version.clone());
    match (&old.made_with, &new.made_with) {
        (Some(before), Some(after)) => {
            note(Cause::Rules, "fingerprint", before.rules.clone(), after.rules.clone());
            note(Cause::Reading, "fingerprint", before.reading.clone(), after.reading.clone());
            note(Cause::Simulation, "fingerprint", before.simulation.clone(), after.simulation.clone());
            note(Cause::Lists, "fingerprint", before.lists.clone(), after.lists.clone());
            let keys: BTreeSet<&String> = before.settings.keys().chain(after.settings.keys()).collect();
            // Keyed fingerprints of two keys differ for nothing.
            let same_key = old.evidence.key == new.evidence.key;
            for key in
                keys.into_iter().filter(|key| same_key || !matches!(key.as_str(), "folders" | "exclude" | "owner"))
            {
                note(
                    Cause::Settings,
                    key,
                    text(&before.settings.get(key).cloned()),
                    text(&after.settings.get(key).cloned()),
                );
            }
        }
        (None, None) => {}
        // A result of an older program does not say what it rests on.
        (before, after) => {
            let said = |made: &Option<MadeWith>| if made.is_some() { "told" } else { "not told" }.to_owned();
            note(Cause::Program, "fingerprints", said(before), said(after));
        }
    }
    profiles(old, new, &mut note);
    all.into_iter().map(|(what, details)| Change { what, details }).collect()
}

fn profiles(old: &Report, new: &Report, note: &mut impl FnMut(Cause, &str, String, String)) {
    let ids = |report: &Report| report.profiles.iter().map(|one| one.id.clone()).collect::<Vec<_>>().join(" ");
    note(Cause::Profile, "profiles", ids(old), ids(new));
    for before in &old.profiles {
        let Some(after) = new.profiles.iter().find(|after| after.id == before.id) else { continue };
        note(Cause::Profile, &format!("{}.version", before.id), before.version.to_string(), after.version.to_string());
        for (bound, (before_set, after_set)) in
            ["declared", "permitted"].iter().zip(before.settings.iter().zip(&after.settings))
        {
            let key = |name: &str| format!("{}.{bound}.{name}", before.id);
            for ((name, was), (_, is)) in values(before_set).into_iter().zip(values(after_set)) {
                note(Cause::Profile, &key(name), was, is);
            }
        }
    }
}

/// A setting's values under the names that a profile file has for them.
fn values(setting: &SettingShown) -> [(&'static str, String); 8] {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let words = |value: serde_json::Value| {
        let all = value.as_array().cloned().unwrap_or_default();
        all.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>().join(" ")
    };
    [
        ("channels", words(serde_json::json!(setting.reads))),
        ("fields", words(serde_json::json!(setting.fields))),
        ("folders", words(serde_json::json!(setting.folders))),
        ("freemail", setting.freemail.name().to_owned()),
        ("exclusions", words(serde_json::json!(setting.leaves_out))),
        ("window_days", setting.window.map_or_else(|| "unlimited".to_owned(), |days| days.to_string())),
        ("schedule", setting.schedule.to_string()),
        ("address_book_from", word(serde_json::json!(setting.address_book_from))),
    ]
}

/// Two results side by side.
struct Both<'a> {
    old: &'a Report,
    new: &'a Report,
    compared: Compared,
    /// The mailbox is not the same.
    moved: bool,
}

impl Both<'_> {
    fn profile(&self, before: &ProfileShown, after: &ProfileShown) -> ProfileDiff {
        let mut classes = BTreeMap::new();
        let count = |one: &ProfileShown, class| one.both().map(|figures: &Figures| figures.count(class));
        for class in before.both().into_iter().chain(after.both()).flat_map(|figures| figures.sent.keys()) {
            let pair = [count(before, *class), count(after, *class)];
            if pair[0] != pair[1] {
                classes.insert(*class, pair);
            }
        }
        let parts = (self.compared == Compared::People).then(|| self.parts(before, after)).flatten();
        ProfileDiff {
            id: before.id.clone(),
            old: [before.low, before.high],
            new: [after.low, after.high],
            classes,
            channels: self.channels(before, after),
            parts,
        }
    }

    fn channels(&self, before: &ProfileShown, after: &ProfileShown) -> Option<BTreeMap<Channel, [[u64; 2]; 2]>> {
        if self.compared == Compared::NumbersOnly {
            return None;
        }
        let mut all: BTreeMap<Channel, [[u64; 2]; 2]> = BTreeMap::new();
        for (at, (report, profile)) in [(self.old, before), (self.new, after)].into_iter().enumerate() {
            let settings = report.settings(profile)?;
            for someone in report.people_for_rules() {
                for (bound, setting) in settings.iter().enumerate() {
                    if !in_headline(someone.class, bound) {
                        continue;
                    }
                    for channel in someone.channels(setting) {
                        all.entry(channel).or_default()[at][bound] += 1;
                    }
                }
            }
        }
        all.retain(|_, pair| pair[0] != pair[1]);
        Some(all)
    }

    fn parts(&self, before: &ProfileShown, after: &ProfileShown) -> Option<Parts> {
        let (was, is) = (self.old.settings(before)?, self.new.settings(after)?);
        let judged: BTreeMap<&str, Class> =
            self.new.contacts.iter().map(|contact| (contact.id.as_str(), contact.class)).collect();
        let mut parts = Parts::default();
        for bound in 0..2 {
            let count = |settings: &[Setting; 2], class: &dyn Fn(&Contact) -> Class| {
                let people = self.old.contacts.iter().zip(self.old.people_for_rules());
                let sent = |(contact, someone): (&Contact, Someone<'_>)| {
                    // A shared address is asked other things than a person: it is judged as it counts.
                    let someone = Someone { class: class(contact), ..someone };
                    in_headline(someone.class, bound) && someone.sent(&settings[bound], &[])
                };
                people.filter(|pair| sent((pair.0, pair.1.clone()))).count() as i64
            };
            let then = |contact: &Contact| contact.class;
            let now = |contact: &Contact| judged.get(contact.id.as_str()).copied().unwrap_or(contact.class);
            let steps = [count(&was, &then), count(&is, &then), count(&is, &now)];
            let end = i64::try_from(if bound == 0 { after.low } else { after.high }).unwrap_or(i64::MAX);
            parts.profile[bound] = steps[1] - steps[0];
            parts.judged[bound] = steps[2] - steps[1];
            parts.mailbox[bound] = end - steps[2];
        }
        Some(parts)
    }

    fn people(&self, before: &ProfileShown, after: &ProfileShown) -> PeopleDiff {
        let (Some(was), Some(is)) = (self.old.settings(before), self.new.settings(after)) else {
            return PeopleDiff::default();
        };
        let index = |report: &'_ Report| -> BTreeMap<String, usize> {
            report.contacts.iter().enumerate().map(|(at, contact)| (contact.id.clone(), at)).collect()
        };
        let (old_ids, new_ids) = (index(self.old), index(self.new));
        let old: Vec<Someone<'_>> = self.old.people_for_rules().collect();
        let new: Vec<Someone<'_>> = self.new.people_for_rules().collect();
        let missing = |report: &Report, ids: &BTreeMap<String, usize>| {
            let persons = report.contacts.iter().filter(|contact| contact.class.person());
            persons.filter(|contact| !ids.contains_key(&contact.id)).count() as u64
        };
        let listed = |here: &Report,
                      from: &[Someone<'_>],
                      with: &[Setting; 2],
                      ids: &BTreeMap<String, usize>,
                      other: &[Someone<'_>],
                      others: &[Setting; 2]| {
            let mut all = Vec::new();
            for (contact, someone) in here.contacts.iter().zip(from) {
                let elsewhere = ids.get(&contact.id).and_then(|at| other.get(*at));
                if !leaks(someone, with) || elsewhere.is_some_and(|there| leaks(there, others)) {
                    continue;
                }
                let why = match elsewhere {
                    None if self.moved => Why::Mailbox,
                    None => Why::Identity,
                    Some(there) if leaks(&Someone { class: someone.class, ..there.clone() }, others) => Why::Judged,
                    Some(there) if leaks(&Someone { class: someone.class, ..there.clone() }, with) => Why::Profile,
                    Some(_) => Why::Places,
                };
                let who = contact.names.first().or(contact.emails.first()).cloned();
                all.push(PersonDiff { id: contact.id.clone(), who, class: contact.class, why });
            }
            all
        };
        PeopleDiff {
            appeared: missing(self.new, &old_ids),
            disappeared: missing(self.old, &new_ids),
            new: listed(self.new, &new, &is, &old_ids, &old, &was),
            gone: listed(self.old, &old, &was, &new_ids, &new, &is),
        }
    }
}

/// Whether the headline's low (0) or high (1) end counts people of this class.
fn in_headline(class: Class, bound: usize) -> bool {
    class.leak() || (bound == 1 && class == Class::Unsure)
}

fn leaks(someone: &Someone<'_>, settings: &[Setting; 2]) -> bool {
    settings.iter().enumerate().any(|(bound, setting)| in_headline(someone.class, bound) && someone.sent(setting, &[]))
}

struct Words {
    title: &'static str,
    old: &'static str,
    new: &'static str,
    persons: fn(&str) -> String,
    why: &'static str,
    nothing: &'static str,
    causes: [&'static str; 9],
    headline: &'static str,
    of_it: &'static str,
    parts: [&'static str; 3],
    by_channel: &'static str,
    numbers_only: &'static str,
    other_key: &'static str,
    people: &'static str,
    came_and_went: fn(&str, &str) -> String,
    now_in: fn(&str) -> String,
    no_longer_in: fn(&str) -> String,
    reasons: [&'static str; 5],
    more: fn(&str) -> String,
    same_figures: &'static str,
}

const EN: Words = Words {
    title: "What changed between two results",
    old: "old",
    new: "new",
    persons: |n| format!("{n} people"),
    why: "Why they can differ",
    nothing: "nothing that the results tell of: mailbox, rules, profiles and program are the same",
    causes: ["mailbox", "coverage", "told", "profile", "rules", "reading", "simulation", "free-mail lists", "program"],
    headline: "headline",
    of_it: "of the change",
    parts: ["by the profile", "judged otherwise", "by the mailbox"],
    by_channel: "from",
    numbers_only: "One of the results holds numbers only: who is new and who is gone cannot be told.",
    other_key: "The ids were made with two keys: only the totals can be compared.",
    people: "People",
    came_and_went: |came, went| format!("{came} people are new in the mailbox, {went} are gone from it."),
    now_in: |n| format!("Given away now, and not before: {n}"),
    no_longer_in: |n| format!("Given away before, and no longer: {n}"),
    reasons: [
        "in one of the mailboxes only",
        "read or joined otherwise",
        "seen in other places",
        "judged otherwise",
        "the profile changed",
    ],
    more: |n| format!("... and {n} more: --format json"),
    same_figures: "no figure changed",
};

const DE: Words = Words {
    title: "Was sich zwischen zwei Ergebnissen geändert hat",
    old: "alt",
    new: "neu",
    persons: |n| format!("{n} Personen"),
    why: "Woran es liegen kann",
    nothing: "an nichts, was die Ergebnisse sagen: Postfach, Regeln, Profile und Programm sind gleich",
    causes: [
        "Postfach",
        "Umfang",
        "Vorgaben",
        "Profil",
        "Regeln",
        "Lesen",
        "Simulation",
        "Freemail-Listen",
        "Programm",
    ],
    headline: "Hauptzahl",
    of_it: "von der Änderung",
    parts: ["durch das Profil", "anders beurteilt", "durch das Postfach"],
    by_channel: "aus",
    numbers_only: "Eines der Ergebnisse enthält nur Zahlen: Wer neu ist und wer fehlt, lässt sich nicht sagen.",
    other_key: "Die Kennungen stammen aus zwei Schlüsseln: Nur die Summen lassen sich vergleichen.",
    people: "Personen",
    came_and_went: |came, went| format!("{came} Personen sind neu im Postfach, {went} sind nicht mehr darin."),
    now_in: |n| format!("Jetzt weitergegeben und vorher nicht: {n}"),
    no_longer_in: |n| format!("Vorher weitergegeben und jetzt nicht mehr: {n}"),
    reasons: [
        "nur in einem der Postfächer",
        "anders gelesen oder zusammengeführt",
        "an anderen Stellen gesehen",
        "anders beurteilt",
        "das Profil hat sich geändert",
    ],
    more: |n| format!("... und {n} weitere: --format json"),
    same_figures: "keine Zahl hat sich geändert",
};

/// People listed one by one in the text.
const LISTED: usize = 20;

impl Diff {
    /// The comparison as JSON.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        super::json::pretty(self, out)
    }

    /// The comparison for 80 columns.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn text(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let words = match look.lang {
            Lang::En => &EN,
            Lang::De => &DE,
        };
        let mut page = Page { text: look.lang.text(), words, out };
        page.head(self)?;
        page.why(self)?;
        for profile in &self.profiles {
            page.profile(profile)?;
        }
        page.people(self)
    }
}

struct Page<'a> {
    text: &'static Text,
    words: &'static Words,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn head(&mut self, diff: &Diff) -> io::Result<()> {
        let Self { text, words, .. } = *self;
        self.wrapped("", words.title)?;
        for (name, side) in [(words.old, &diff.old), (words.new, &diff.new)] {
            let line = format!(
                "{name}: {}, {}, {}, {}, {}, {}",
                Plain(&side.generated_at),
                Plain(&side.program),
                text.level(side.level),
                if side.complete { text.complete } else { text.incomplete },
                (text.messages)(&text.number(side.messages)),
                (words.persons)(&text.number(side.persons))
            );
            self.wrapped("  ", &line)?;
        }
        Ok(())
    }

    fn why(&mut self, diff: &Diff) -> io::Result<()> {
        let words = self.words;
        writeln!(self.out, "\n{}", words.why)?;
        if diff.why.is_empty() {
            self.wrapped("  ", words.nothing)?;
        }
        for change in &diff.why {
            let detail = |one: &Detail| format!("{} {} -> {}", Plain(&one.key), Plain(&one.old), Plain(&one.new));
            let details: Vec<String> = change.details.iter().map(detail).collect();
            self.wrapped("  ", &format!("{}: {}", words.causes[change.what as usize], details.join("; ")))?;
        }
        Ok(())
    }

    fn profile(&mut self, profile: &ProfileDiff) -> io::Result<()> {
        let Self { text, words, .. } = *self;
        writeln!(self.out)?;
        self.row(&Plain(&profile.id).to_string(), words.old, words.new)?;
        let range = |pair: [u64; 2]| format!("{} .. {}", text.number(pair[0]), text.number(pair[1]));
        self.row(&format!("  {}", words.headline), &range(profile.old), &range(profile.new))?;
        let same = profile.old == profile.new;
        if let Some(parts) = profile.parts.filter(|_| !same) {
            for (name, part) in words.parts.iter().zip([parts.profile, parts.judged, parts.mailbox]) {
                let shown = format!("{:+} .. {:+}", part[0], part[1]);
                self.row(&format!("    {}: {name}", words.of_it), "", &shown)?;
            }
        }
        for (class, [before, after]) in &profile.classes {
            self.row(&format!("  {}", text.class(*class)), &range(*before), &range(*after))?;
        }
        for (channel, [before, after]) in profile.channels.iter().flatten() {
            let label = format!("  {}: {}", words.by_channel, text.channel(*channel));
            self.row(&label, &range(*before), &range(*after))?;
        }
        if same && profile.classes.is_empty() {
            self.wrapped("    ", words.same_figures)?;
        }
        Ok(())
    }

    fn people(&mut self, diff: &Diff) -> io::Result<()> {
        let Self { text, words, .. } = *self;
        writeln!(self.out, "\n{}", words.people)?;
        match diff.compared {
            Compared::NumbersOnly => return self.wrapped("  ", words.numbers_only),
            Compared::OtherKey => return self.wrapped("  ", words.other_key),
            Compared::People => {}
        }
        let people = &diff.people;
        let line = (words.came_and_went)(&text.number(people.appeared), &text.number(people.disappeared));
        self.wrapped("  ", &line)?;
        for (head, list) in [(words.now_in, &people.new), (words.no_longer_in, &people.gone)] {
            self.wrapped("  ", &head(&text.number(list.len() as u64)))?;
            for one in list.iter().take(LISTED) {
                let who = one.who.as_ref().map(|who| format!(" {}", Plain(who))).unwrap_or_default();
                let why = words.reasons[one.why as usize];
                self.wrapped("    ", &format!("{}{who}: {}, {why}", Plain(&one.id), text.class(one.class)))?;
            }
            if list.len() > LISTED {
                self.wrapped("    ", &(words.more)(&text.number((list.len() - LISTED) as u64)))?;
            }
        }
        Ok(())
    }

    fn row(&mut self, label: &str, old: &str, new: &str) -> io::Result<()> {
        writeln!(self.out, "{}", format!("  {label:<42}{old:>17} {new:>17}").trim_end())
    }

    fn wrapped(&mut self, indent: &str, text: &str) -> io::Result<()> {
        for (at, line) in wrap(text, 78 - indent.len()).iter().enumerate() {
            writeln!(self.out, "{indent}{}{line}", if at == 0 { "" } else { "  " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::sample::{assessed, facts_of_folders};
    use crate::profile::{List, Profile, builtin};
    use crate::report::{Evidence, Meta};

    const OLD: &str = "
ann business direct
  sender inbox ann@firm.example -9 email=ann@firm.example name=Ann
friend private inbound
  sender inbox friend@ewetel.net -4 email=friend@ewetel.net name=Friend
uncle private inbound
  sender inbox uncle@gmx.de -4 email=uncle@gmx.de name=Uncle
";

    fn report(text: &str, profile: &Profile, level: Level, messages: u64) -> Report {
        let mut facts = facts_of_folders();
        facts.folders[0].messages = messages;
        facts.folders[0].read = messages;
        let evidence = Evidence { level, key: b"one".to_vec(), reason: None };
        Report::new(&assessed(text, std::slice::from_ref(profile), facts), &evidence, &Meta::default())
    }

    fn first() -> Profile {
        builtin().swap_remove(0)
    }

    fn of(text: &str) -> Report {
        report(text, &first(), Level::Pseudonyms, 10)
    }

    fn causes(diff: &Diff) -> Vec<Cause> {
        diff.why.iter().map(|change| change.what).collect()
    }

    fn whys(list: &[PersonDiff]) -> Vec<Why> {
        list.iter().map(|one| one.why).collect()
    }

    #[test]
    fn a_result_does_not_differ_from_itself() {
        let diff = diff(&of(OLD), &of(OLD));
        assert!(diff.why.is_empty() && diff.people == PeopleDiff::default(), "{diff:?}");
        assert_eq!((diff.profiles[0].old, diff.profiles[0].parts), (diff.profiles[0].new, Some(Parts::default())));
    }

    #[test]
    fn new_mail_brings_people() {
        let more = format!("{OLD}aunt private inbound\n  sender inbox aunt@osnanet.de -1 email=aunt@osnanet.de\n");
        let diff = diff(&of(OLD), &report(&more, &first(), Level::Pseudonyms, 11));
        assert_eq!(causes(&diff), [Cause::Mailbox]);
        assert_eq!((diff.people.appeared, diff.people.disappeared), (1, 0));
        assert_eq!(whys(&diff.people.new), [Why::Mailbox]);
        assert_eq!(diff.profiles[0].parts.map(|parts| parts.mailbox), Some([1, 1]));
        assert_eq!(diff.profiles[0].classes[&Class::Private], [[1, 2], [2, 3]]);
    }

    /// Two runs with different free-mail lists are no change of the mailbox.
    #[test]
    fn another_list_is_the_profiles_doing() {
        let mut wider = first();
        wider.exclusions.freemail.permitted = List::DeExtended;
        wider.exclusions.freemail.declared = List::DeExtended;
        let diff = diff(&of(OLD), &report(OLD, &wider, Level::Pseudonyms, 10));
        assert_eq!(causes(&diff), [Cause::Profile]);
        let details: Vec<&str> = diff.why[0].details.iter().map(|detail| detail.key.as_str()).collect();
        let wanted = ["declared", "permitted"].map(|bound| format!("zoominfo-community-2013.{bound}.freemail"));
        assert_eq!(details, wanted);
        assert_eq!(whys(&diff.people.gone), [Why::Profile, Why::Profile]);
        let wanted = Parts { profile: [-1, -2], ..Parts::default() };
        assert_eq!(diff.profiles[0].parts, Some(wanted));
    }

    #[test]
    fn who_is_judged_otherwise_is_told_so() {
        let diff = diff(&of(OLD), &of(&OLD.replace("friend private", "friend business")));
        assert_eq!((whys(&diff.people.gone), whys(&diff.people.new)), (vec![Why::Judged], vec![]));
        let wanted = Parts { judged: [-1, -1], ..Parts::default() };
        assert_eq!(diff.profiles[0].parts, Some(wanted));
    }

    #[test]
    fn what_the_program_was_is_told_and_so_is_what_it_was_told() {
        let (old, mut new) = (of(OLD), of(OLD));
        new.program.version = "9.9.9".into();
        let made = new.made_with.as_mut().expect("is of this program");
        made.rules = "other".into();
        made.settings.insert("since".into(), "2024-01-01".into());
        new.complete = false;
        assert_eq!(causes(&diff(&old, &new)), [Cause::Coverage, Cause::Settings, Cause::Rules, Cause::Program]);
    }

    #[test]
    fn where_keys_differ_only_totals_are_compared() {
        let mut other = of(&OLD.replace("uncle@gmx.de", "uncle@osnanet.de"));
        other.evidence.key = "another".into();
        let totals = diff(&of(OLD), &other);
        assert_eq!((totals.compared, &totals.people), (Compared::OtherKey, &PeopleDiff::default()));
        assert_eq!((totals.profiles[0].old, totals.profiles[0].new), ([1, 2], [2, 2]));
        assert_eq!(totals.profiles[0].parts, None);
        let numbers = diff(&of(OLD), &report(OLD, &first(), Level::Counts, 10));
        assert_eq!((numbers.compared, &numbers.profiles[0].channels), (Compared::NumbersOnly, &None));
    }

    #[test]
    fn the_comparison_fits_a_terminal_in_both_languages() {
        let new = report(
            &format!("{OLD}aunt private inbound\n  sender inbox a@b.example -1 email=a@b.example\n"),
            &first(),
            Level::Clear,
            11,
        );
        let diff = diff(&of(OLD), &new);
        for lang in Lang::ALL {
            let mut out = Vec::new();
            diff.text(Look { lang, ..Look::default() }, &mut out).expect("a vector takes everything");
            let shown = String::from_utf8(out).expect("is UTF-8");
            assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
            assert!(shown.contains("a@b.example") && shown.contains("+1 .. +1"), "{shown}");
        }
    }
}
