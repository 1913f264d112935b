//! Decides what would have been given away: each person once, under each profile and bound, and what each
//! assumption of a profile is worth.
//!
//! The headline is an interval, and this is its definition:
//!
//! - low: persons whom the *declared* reading sends and who are surely private, or bystanders;
//! - high: persons whom the *permitted* reading sends and who are private, bystanders, or unsure.
//!
//! A person is counted once: private before bystander, bystander before the rest. Whether somebody is a bystander is
//! a fact of the mailbox; only the sphere can be unsure. Shared and automatic addresses are no persons, and the
//! owner is never counted.

pub mod cover;
mod figures;
mod growth;
mod notices;
mod view;
pub mod whatif;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::classify::{Escape, Sensitive, Sphere, Verdict};
use crate::message::{Folder, Problem};
use crate::people::{Owner, Person, Relation, Resolved};
use crate::profile::{Assumption, Bound, Exclusion, Field, Fields, Profile, Setting};

pub use figures::{Directory, Legal, Origin, Steps};
pub use growth::{Begun, Curve, Growth, Scenario, Sum};
pub use notices::Notices;
use view::View;
use whatif::{Countermeasures, Domains, Someone};

pub(crate) use view::field;

/// What is known of the reading, beside the people themselves.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Every folder that was opened.
    pub folders: Vec<FolderRead>,
    /// Folders that were known and not opened, with their number of messages if known.
    pub not_opened: Vec<(Arc<Folder>, Option<u64>)>,
    pub problems: Vec<Problem>,
    /// Entries of the address book that was given; `None`: none was, and the channel is not measured.
    pub address_book: Option<u64>,
    /// The reading ended before everything was read.
    pub interrupted: bool,
    /// The day that counts as today.
    pub today: i32,
    /// The day the plug-in is taken to be installed; `None`: before the oldest message, so no window matters.
    pub installed_on: Option<i32>,
    /// The last day it reads; `None`: it stays.
    pub removed_on: Option<i32>,
    /// What data brokers wrote to the owner.
    pub notices: Notices,
}

/// How far a folder was read.
#[derive(Clone, Debug)]
pub struct FolderRead {
    pub folder: Arc<Folder>,
    /// Messages that were wanted of it.
    pub messages: u64,
    /// Messages that came and could be used.
    pub read: u64,
}

impl Facts {
    /// Why the result cannot clear anybody; empty: everything that was wanted was read.
    pub fn gaps(&self) -> BTreeSet<Gap> {
        let mut gaps = BTreeSet::new();
        if self.interrupted {
            gaps.insert(Gap::Interrupted);
        }
        if self.problems.iter().any(|problem| problem.what.loses_all()) {
            gaps.insert(Gap::Unreadable);
        }
        if self.folders.iter().any(|folder| folder.read < folder.messages) {
            gaps.insert(Gap::NotDelivered);
        }
        if self.problems.iter().any(|problem| !problem.what.loses_all()) {
            gaps.insert(Gap::Partly);
        }
        gaps
    }
}

/// Why a result is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// The reading was broken off.
    Interrupted,
    /// A message, folder or entry could not be read at all.
    Unreadable,
    /// A folder gave fewer messages than it holds.
    NotDelivered,
    /// A part of a message could not be read, or was larger than is read: nobody knows whom it names.
    Partly,
}

/// As what a person is counted, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Private,
    Bystander,
    Unsure,
    Colleague,
    Business,
    Consumer,
    Role,
    Automated,
    Own,
}

impl Class {
    /// Private before bystander before the rest.
    pub fn of(sphere: Sphere, relation: Relation) -> Self {
        match sphere {
            _ if relation == Relation::Own => Self::Own,
            Sphere::Own => Self::Own,
            Sphere::Role => Self::Role,
            Sphere::Automated => Self::Automated,
            Sphere::Private => Self::Private,
            _ if relation == Relation::Bystander => Self::Bystander,
            Sphere::Unsure => Self::Unsure,
            Sphere::Colleague => Self::Colleague,
            Sphere::Business => Self::Business,
            Sphere::Consumer => Self::Consumer,
        }
    }

    /// Whether it stands for a natural person other than the owner.
    pub fn person(self) -> bool {
        self < Self::Role
    }

    /// Whether sending such a person is a leak for sure.
    pub fn leak(self) -> bool {
        matches!(self, Self::Private | Self::Bystander)
    }
}

/// A person and what the rules say.
#[derive(Clone, Debug)]
pub struct Judged {
    pub person: Person,
    pub verdict: Verdict,
    pub class: Class,
}

/// The record that a plug-in would send of one person, over the whole time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Field kinds that it would hold.
    pub fields: Fields,
    /// Messages that confirm it.
    pub messages: u64,
    pub first: Option<i32>,
    pub last: Option<i32>,
    /// The record bears no address.
    pub nameless_address: bool,
    /// At least one address of the record is on a list that the vendor's filter does not have.
    pub unlisted_provider: bool,
    /// How often it goes out, under the first scenario of [`Run::growth`].
    pub transmissions: u64,
}

/// What becomes of one person under one reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Sent(Record),
    /// Would be sent without the vendor's filter; this part of it stood first in the way.
    HeldBack(Exclusion),
    /// Seen only outside the time that is read.
    TooOld,
    /// Seen only where the plug-in does not look, or without anything it takes.
    NotRead,
}

impl Fate {
    /// The record, if one is sent.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Sent(record) => Some(record),
            _ => None,
        }
    }
}

/// Why a private person passes the vendor's filter. A person may have several reasons, and stands under each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passes {
    AccessProvider,
    OwnDomain,
    PaidMail,
    ClubSchoolPractice,
    WritesFromWork,
    PrivateNumberInBusinessSignature,
    CcQuoteForward,
    StoredWithCompanyAddress,
    /// The address is at a free-mail provider that the vendor's list does not know.
    NotOnTheList,
    /// The record bears no address that a filter could look at.
    NoAddress,
    /// The vendor promises no free-mail filter.
    NoFilter,
}

/// The figures of one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Persons sent, and shared or automatic addresses beside them.
    pub sent: BTreeMap<Class, u64>,
    /// Of the bystanders sent: what they are.
    pub bystanders: BTreeMap<Sphere, u64>,
    /// Private persons and bystanders that the filter kept back, by the part that did.
    pub held_back: BTreeMap<Exclusion, u64>,
    /// Private persons that the filter kept back, of all those it could see.
    pub private_held_back: u64,
    /// Unsure persons that the filter kept back.
    pub unsure_held_back: u64,
    /// Business contacts that the filter kept back: sole traders on free mail and the like.
    pub business_held_back: u64,
    /// Private persons sent, by the reason.
    pub passes: BTreeMap<Passes, u64>,
    /// Persons sent whose contact alone tells something protected; persons of any class, and shared addresses.
    pub sensitive: BTreeMap<Sensitive, u64>,
    /// Private persons and bystanders, by field sent.
    pub fields: BTreeMap<Field, u64>,
}

impl Tally {
    /// Private persons and bystanders: leaks for sure.
    pub fn sure(&self) -> u64 {
        self.count(Class::Private) + self.count(Class::Bystander)
    }

    /// Persons (or addresses) sent as this.
    pub fn count(&self, class: Class) -> u64 {
        self.sent.get(&class).copied().unwrap_or(0)
    }

    /// With the unsure.
    pub fn possible(&self) -> u64 {
        self.sure() + self.count(Class::Unsure)
    }
}

/// One profile in one reading.
#[derive(Clone, Debug)]
pub struct Reading {
    pub bound: Bound,
    /// In the order of [`Assessment::people`].
    pub fates: Vec<Fate>,
    pub tally: Tally,
    pub directory: Directory,
    pub legal: Legal,
}

/// What the headline would be if one assumption were otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub assumption: Assumption,
    /// The low end with this one switched in the declared reading.
    pub low: u64,
    /// The high end with this one switched in the permitted reading.
    pub high: u64,
    /// Who is unsure and sent with this one switched, declared and permitted: places in [`Assessment::people`].
    pub unsure: [Vec<usize>; 2],
}

/// One profile over the mailbox.
#[derive(Clone, Debug)]
pub struct Run {
    pub profile: Profile,
    pub declared: Reading,
    pub permitted: Reading,
    /// The largest effect first.
    pub effects: Vec<Effect>,
    pub countermeasures: Countermeasures,
    /// Through time; the first scenario is the one on which the other figures rest.
    pub growth: Vec<Growth>,
}

impl Run {
    /// The low end of the headline.
    pub fn low(&self) -> u64 {
        self.declared.tally.sure()
    }

    /// The high end of the headline.
    pub fn high(&self) -> u64 {
        self.permitted.tally.possible()
    }

    /// One of the two readings.
    pub fn at(&self, bound: Bound) -> &Reading {
        match bound {
            Bound::Declared => &self.declared,
            Bound::Permitted => &self.permitted,
        }
    }
}

/// Everything a report is made from. Holds people's data: it never leaves the process as it is.
#[derive(Clone, Debug)]
pub struct Assessment {
    pub owner: Owner,
    pub people: Vec<Judged>,
    /// In the order of the profiles asked for; the first makes the headline.
    pub runs: Vec<Run>,
    pub facts: Facts,
    /// Whether mail that the owner sent was there at all.
    pub outbound_measured: bool,
    /// The days of the oldest and the newest dated message.
    pub span: Option<(i32, i32)>,
    pub domains: Domains,
}

impl Assessment {
    /// One person as rules see them, with the places in the order of [`Person::places`].
    pub fn someone<'a>(&'a self, one: &'a Judged) -> Someone<'a> {
        View::new(one, &self.owner, &self.facts).someone(&self.domains)
    }
}

/// Everybody with the verdict on them, in the same order.
fn judged(people: Vec<Person>, verdicts: Vec<Verdict>) -> Vec<Judged> {
    let judged = |(person, verdict): (Person, Verdict)| {
        let class = Class::of(verdict.sphere, person.relation);
        Judged { person, verdict, class }
    };
    people.into_iter().zip(verdicts).map(judged).collect()
}

/// Runs every profile over the people. `verdicts` are in the order of `resolved.people`.
pub fn assess(resolved: Resolved, verdicts: Vec<Verdict>, profiles: &[Profile], facts: Facts) -> Assessment {
    let people = judged(resolved.people, verdicts);
    let views: Vec<View<'_>> = people.iter().map(|one| View::new(one, &resolved.owner, &facts)).collect();
    let days = || people.iter().flat_map(|one| one.person.places.values()).flat_map(|sighting| &sighting.days);
    let span = days().min().copied().zip(days().max().copied());
    let domains = Domains::of(people.iter().map(|one| (&one.person, one.class)), &resolved.owner.domains);
    let someone = || views.iter().map(|view| view.someone(&domains));
    let (rules, left_out) = whatif::candidates(someone(), cover::MOST);
    let countermeasures = |profile| Countermeasures::of(profile, &rules, left_out, someone());
    let runs = profiles
        .iter()
        .map(|profile| Run { countermeasures: countermeasures(profile), ..run(profile, &views, &facts, span) });
    let runs = runs.collect();
    drop(views);
    let outbound_measured = resolved.outbound_measured;
    Assessment { owner: resolved.owner, people, runs, facts, outbound_measured, span, domains }
}

/// Whom one reading of each profile would send, by class, and nothing else: for who watches a number climb.
pub fn sent(
    resolved: Resolved,
    verdicts: Vec<Verdict>,
    profiles: &[Profile],
    bound: Bound,
    facts: &Facts,
) -> Vec<BTreeMap<Class, u64>> {
    let people = judged(resolved.people, verdicts);
    let views: Vec<View<'_>> = people.iter().map(|one| View::new(one, &resolved.owner, facts)).collect();
    let count = |profile: &Profile| {
        let setting = profile.setting(bound);
        let mut all = BTreeMap::new();
        for view in views.iter().filter(|view| view.sends(&setting)) {
            *all.entry(view.class).or_default() += 1;
        }
        all
    };
    profiles.iter().map(count).collect()
}

fn run(profile: &Profile, views: &[View<'_>], facts: &Facts, span: Option<(i32, i32)>) -> Run {
    let (growth, sent) = growth::of(profile, views, facts, span);
    let [low, high] = &sent;
    let declared = reading(profile, Bound::Declared, views, facts, low);
    let permitted = reading(profile, Bound::Permitted, views, facts, high);
    let (low, high) = (declared.tally.sure(), permitted.tally.possible());
    let effect = |assumption: Assumption| {
        let sent = |bound| {
            let setting = profile.switched(bound, assumption.leaf);
            let leaks = views.iter().filter(|view| view.class.leak() && view.sends(&setting)).count() as u64;
            let unsure = |(_, view): &(usize, &View<'_>)| view.class == Class::Unsure && view.sends(&setting);
            (leaks, views.iter().enumerate().filter(unsure).map(|(at, _)| at).collect::<Vec<_>>())
        };
        let ((low, declared), (sure, permitted)) = (sent(Bound::Declared), sent(Bound::Permitted));
        Effect { assumption, low, high: sure + permitted.len() as u64, unsure: [declared, permitted] }
    };
    let mut effects: Vec<Effect> = profile.assumptions().into_iter().map(effect).collect();
    // Stable: equal effects stay in the order of the profile file.
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.low.abs_diff(low).max(effect.high.abs_diff(high))));
    let countermeasures = Countermeasures::default();
    Run { profile: profile.clone(), declared, permitted, effects, countermeasures, growth }
}

/// `sent`: how often each person's record goes out.
fn reading(profile: &Profile, bound: Bound, views: &[View<'_>], facts: &Facts, sent: &[u64]) -> Reading {
    let setting = profile.setting(bound);
    let bare = setting.unfiltered();
    let fate = |(view, &transmissions): (&View<'_>, &u64)| match view.fate(&setting, &bare) {
        Fate::Sent(record) => Fate::Sent(Record { transmissions, ..record }),
        other => other,
    };
    let fates: Vec<Fate> = views.iter().zip(sent).map(fate).collect();
    let tally = tally(&setting, views, &fates);
    let directory = Directory::of(views, &fates);
    let legal = Legal::of(profile, bound, views, &fates, facts);
    Reading { bound, fates, tally, directory, legal }
}

fn tally(setting: &Setting, views: &[View<'_>], fates: &[Fate]) -> Tally {
    let mut tally = Tally::default();
    for (view, fate) in views.iter().zip(fates) {
        match fate {
            Fate::Sent(record) => {
                *tally.sent.entry(view.class).or_default() += 1;
                if view.class == Class::Bystander {
                    *tally.bystanders.entry(view.sphere).or_default() += 1;
                }
                if view.class == Class::Private {
                    for reason in passes(setting, view.escapes, record) {
                        *tally.passes.entry(reason).or_default() += 1;
                    }
                }
                if view.class != Class::Own {
                    for &kind in view.sensitive {
                        *tally.sensitive.entry(kind).or_default() += 1;
                    }
                }
                if view.class.leak() {
                    for field in record.fields.iter() {
                        *tally.fields.entry(field).or_default() += 1;
                    }
                }
            }
            Fate::HeldBack(exclusion) if view.class.leak() => {
                *tally.held_back.entry(*exclusion).or_default() += 1;
                tally.private_held_back += u64::from(view.class == Class::Private);
            }
            Fate::HeldBack(_) => {
                tally.unsure_held_back += u64::from(view.class == Class::Unsure);
                tally.business_held_back += u64::from(view.class == Class::Business);
            }
            Fate::TooOld | Fate::NotRead => {}
        }
    }
    tally
}

/// Why a private person passes the filter of a setting that sends this record.
pub(crate) fn passes(setting: &Setting, escapes: &BTreeSet<Escape>, record: &Record) -> BTreeSet<Passes> {
    let mut all: BTreeSet<Passes> = BTreeSet::new();
    if !setting.excludes(Exclusion::Freemail) {
        all.insert(Passes::NoFilter);
        return all;
    }
    all.extend(escapes.iter().map(|escape| match escape {
        Escape::AccessProvider => Passes::AccessProvider,
        Escape::OwnDomain => Passes::OwnDomain,
        Escape::PaidMail => Passes::PaidMail,
        Escape::ClubSchoolPractice => Passes::ClubSchoolPractice,
        Escape::WritesFromWork => Passes::WritesFromWork,
        Escape::PrivateNumberInBusinessSignature => Passes::PrivateNumberInBusinessSignature,
        Escape::CcQuoteForward => Passes::CcQuoteForward,
        Escape::StoredWithCompanyAddress => Passes::StoredWithCompanyAddress,
    }));
    if record.nameless_address {
        all.insert(Passes::NoAddress);
    }
    if record.unlisted_provider {
        all.insert(Passes::NotOnTheList);
    }
    all
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod takes;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sample::{arbitrary_mailbox, assessed, facts};
    use super::*;
    use crate::profile::{Leaf, Read, Window, builtin};

    /// A small mailbox in which every reading of a profile matters for somebody.
    const MAILBOX: &str = "
me own own
  sender sent me@corp.example -3 email=me@corp.example name=Me
ann business direct
  sender inbox ann@firm.example -9,-2 email=ann@firm.example name=Ann_Firm
  signature inbox ann@firm.example -9,-2 name=Ann_Firm work=+49511555020 org=Firm
aunt private direct
  sender inbox aunt@gmail.com -400,-4 email=aunt@gmail.com name=Aunt
friend private inbound isp
  sender inbox friend@ewetel.net -4 email=friend@ewetel.net name=Friend
uncle private inbound
  sender inbox uncle@gmx.de -30 email=uncle@gmx.de name=Uncle
stranger business bystander
  quoted inbox ann@firm.example -9 name=Stranger home=+49511555021
other unsure inbound
  sender inbox other@own.example -5 email=other@own.example
spam unsure inbound
  sender junk spam@some.example -5 email=spam@some.example
info role inbound
  sender inbox info@firm.example -5 email=info@firm.example
bob colleague direct
  sender inbox bob@corp.example -5 email=bob@corp.example name=Bob
";

    fn run(facts: Facts) -> Assessment {
        assessed(MAILBOX, &builtin()[..1], facts)
    }

    fn fate(assessment: &Assessment, who: &str, bound: Bound) -> String {
        let at = assessment.people.iter().position(|one| one.person.key == who).expect("is in the sample");
        match &assessment.runs[0].at(bound).fates[at] {
            Fate::Sent(record) => format!("sent {:?}", record.fields),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn each_person_has_a_fate_in_each_reading() {
        let all = run(facts());
        let both = |who| Bound::BOTH.map(|bound| fate(&all, who, bound));
        assert_eq!(both("aunt"), ["HeldBack(Freemail)", "HeldBack(Freemail)"]);
        assert_eq!(both("uncle"), ["HeldBack(Freemail)", r#"sent {"name", "email"}"#]);
        assert_eq!(both("friend"), [r#"sent {"name", "email"}"#; 2]);
        assert_eq!(both("stranger"), ["NotRead", r#"sent {"name", "phone_home"}"#]);
        assert_eq!(both("spam"), ["NotRead", r#"sent {"email"}"#]);
        assert_eq!(both("ann")[0], r#"sent {"name", "email", "organisation", "phone_work"}"#);
    }

    #[test]
    fn the_headline_counts_leaks_once_and_the_unsure_at_the_high_end_alone() {
        let all = run(facts());
        let run = &all.runs[0];
        // Low: friend. High: friend, uncle, stranger, and the two unsure. Never: the owner, info@, bob, ann.
        assert_eq!((run.low(), run.high()), (1, 5));
        assert_eq!(run.permitted.tally.bystanders, BTreeMap::from([(Sphere::Business, 1)]));
        assert_eq!(run.declared.tally.passes, BTreeMap::from([(Passes::AccessProvider, 1), (Passes::NotOnTheList, 1)]));
        assert_eq!(run.declared.tally.private_held_back, 2);
        assert_eq!(run.permitted.legal.from_elsewhere, 1);
        assert_eq!(run.permitted.legal.steps.private, 1);
    }

    /// The article's promise: private addresses are excluded. Each list holds back more, and still not everybody.
    #[test]
    fn a_larger_list_holds_back_more() {
        let mut profile = builtin().swap_remove(0);
        let mut passed = Vec::new();
        for list in crate::profile::List::ALL {
            profile.exclusions.freemail.declared = list;
            let all = assessed(MAILBOX, std::slice::from_ref(&profile), facts());
            passed.push(all.runs[0].declared.tally.count(Class::Private));
        }
        assert_eq!(passed, [3, 2, 1, 1, 0]);
    }

    #[test]
    fn an_assumption_is_worth_what_a_changed_profile_gives() {
        let profile = builtin().swap_remove(0);
        let all = run(facts());
        let row = |leaf| all.runs[0].effects.iter().find(|one| one.assumption.leaf == leaf).expect("is listed");
        let quoted = row(Leaf::Channel(Read::QuotedSignature));
        assert_eq!((quoted.low, quoted.high), (2, 4));
        let mut changed = profile.clone();
        let choice = changed.channels.get_mut(&Read::QuotedSignature).expect("is stated");
        (choice.declared, choice.permitted) = (true, true);
        assert_eq!(assessed(MAILBOX, &[changed], facts()).runs[0].low(), quoted.low);
        let mut worth = all.runs[0].effects.iter().map(|one| one.low.abs_diff(1).max(one.high.abs_diff(5)));
        let first = worth.next().expect("there are assumptions");
        assert!(first > 0 && worth.all(|next| next <= first));
    }

    #[test]
    fn the_window_counts_from_the_installation() {
        let installed = Facts { installed_on: Some(sample::TODAY), ..facts() };
        let mut profile = builtin().swap_remove(0);
        profile.window_days.declared = Window::Days(10);
        let with = |facts| assessed(MAILBOX, std::slice::from_ref(&profile), facts);
        assert_eq!(fate(&with(installed.clone()), "uncle", Bound::Declared), "TooOld");
        assert!(fate(&with(installed), "friend", Bound::Declared).starts_with("sent"));
        let removed = Facts { removed_on: Some(sample::TODAY - 5), ..facts() };
        assert_eq!(fate(&with(removed), "friend", Bound::Declared), "TooOld");
    }

    #[test]
    fn a_gap_is_a_gap() {
        assert!(facts().gaps().is_empty());
        let mut short = facts();
        short.folders[0].read = 9;
        assert_eq!(short.gaps(), BTreeSet::from([Gap::NotDelivered]));
        assert_eq!(Facts { interrupted: true, ..facts() }.gaps(), BTreeSet::from([Gap::Interrupted]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A profile that takes less never leaks more: declared against permitted, and a switch that narrows.
        #[test]
        fn less_is_never_more(text in arbitrary_mailbox(), installed in prop::option::of(-500..0i32)) {
            let facts = Facts { installed_on: installed.map(|day| sample::TODAY + day), ..facts() };
            let all = assessed(&text, &builtin(), facts);
            for run in &all.runs {
                let name = &run.profile.id;
                for (low, high) in run.declared.fates.iter().zip(&run.permitted.fates) {
                    let narrow = low.record().map(|record| record.fields).unwrap_or_default();
                    let wide = high.record().map(|record| record.fields).unwrap_or_default();
                    prop_assert!(narrow.is_subset(wide), "{name}: {narrow:?} is not in {wide:?}");
                }
                for class in [Class::Private, Class::Bystander, Class::Unsure, Class::Business, Class::Colleague] {
                    prop_assert!(run.declared.tally.count(class) <= run.permitted.tally.count(class), "{name} {class:?}");
                }
                prop_assert!(run.low() <= run.high());
                for effect in &run.effects {
                    // Towards the permitted value the low end can only rise, towards the declared one the high end only fall.
                    if effect.assumption.declared != effect.assumption.permitted {
                        prop_assert!(effect.low >= run.low() && effect.high <= run.high(), "{name} {}", effect.assumption.leaf);
                    }
                }
            }
        }

        /// Nobody is lost: each private person and bystander is sent, held back, too old or not read, and the sums agree.
        #[test]
        fn everybody_is_counted_once(text in arbitrary_mailbox()) {
            let all = assessed(&text, &builtin(), facts());
            for reading in all.runs.iter().flat_map(|run| [&run.declared, &run.permitted]) {
                let is = |test: fn(&Fate) -> bool| {
                    all.people.iter().zip(&reading.fates).filter(|(one, fate)| one.class.leak() && test(fate)).count() as u64
                };
                prop_assert_eq!(is(|fate| matches!(fate, Fate::Sent(_))), reading.tally.sure());
                prop_assert_eq!(is(|fate| matches!(fate, Fate::HeldBack(_))), reading.tally.held_back.values().sum::<u64>());
                let Legal { persons, steps, gave_themselves, from_elsewhere, .. } = &reading.legal;
                prop_assert_eq!(steps.within + steps.email + steps.phone + steps.private, *persons);
                prop_assert_eq!(gave_themselves + from_elsewhere, *persons);
                prop_assert_eq!(reading.directory.corroborated.iter().sum::<u64>(), reading.directory.records);
                prop_assert_eq!(reading.directory.confirmed.iter().sum::<u64>(), *persons);
            }
        }
    }
}
