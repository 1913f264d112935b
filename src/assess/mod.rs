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

mod figures;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::classify::{Sensitive, Sphere, Verdict};
use crate::message::{Folder, Problem};
use crate::people::{Owner, Person, Relation, Resolved};
use crate::profile::{Assumption, Bound, Exclusion, Field, Fields, Profile, Setting};

pub use figures::{Directory, Legal, Steps};
use view::View;

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
}

/// One profile over the mailbox.
#[derive(Clone, Debug)]
pub struct Run {
    pub profile: Profile,
    pub declared: Reading,
    pub permitted: Reading,
    /// The largest effect first.
    pub effects: Vec<Effect>,
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
}

/// Runs every profile over the people. `verdicts` are in the order of `resolved.people`.
pub fn assess(resolved: Resolved, verdicts: Vec<Verdict>, profiles: &[Profile], facts: Facts) -> Assessment {
    let judged = |(person, verdict): (Person, Verdict)| {
        let class = Class::of(verdict.sphere, person.relation);
        Judged { person, verdict, class }
    };
    let people: Vec<Judged> = resolved.people.into_iter().zip(verdicts).map(judged).collect();
    let views: Vec<View<'_>> = people.iter().map(|one| View::new(one, &resolved.owner, &facts)).collect();
    let runs = profiles.iter().map(|profile| run(profile, &views, &facts)).collect();
    let days = || people.iter().flat_map(|one| one.person.places.values()).flat_map(|sighting| &sighting.days);
    let span = days().min().copied().zip(days().max().copied());
    Assessment { owner: resolved.owner, people, runs, facts, outbound_measured: resolved.outbound_measured, span }
}

fn run(profile: &Profile, views: &[View<'_>], facts: &Facts) -> Run {
    let [declared, permitted] = Bound::BOTH.map(|bound| reading(profile, bound, views, facts));
    let (low, high) = (declared.tally.sure(), permitted.tally.possible());
    let effect = |assumption: Assumption| {
        let leaks = |bound, sure_only: bool| {
            let setting = profile.switched(bound, assumption.leaf);
            let counts = |view: &&View<'_>| view.class.leak() || (!sure_only && view.class == Class::Unsure);
            views.iter().filter(counts).filter(|view| view.sends(&setting)).count() as u64
        };
        let (low, high) = (leaks(Bound::Declared, true), leaks(Bound::Permitted, false));
        Effect { assumption, low, high }
    };
    let mut effects: Vec<Effect> = profile.assumptions().into_iter().map(effect).collect();
    // Stable: equal effects stay in the order of the profile file.
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.low.abs_diff(low).max(effect.high.abs_diff(high))));
    Run { profile: profile.clone(), declared, permitted, effects }
}

fn reading(profile: &Profile, bound: Bound, views: &[View<'_>], facts: &Facts) -> Reading {
    let setting = profile.setting(bound);
    let bare = setting.unfiltered();
    let fates: Vec<Fate> = views.iter().map(|view| view.fate(&setting, &bare)).collect();
    let tally = tally(&setting, views, &fates);
    let directory = Directory::of(views, &fates);
    let legal = Legal::of(views, &fates, facts);
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
                    for reason in passes(setting, view, record) {
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
            Fate::HeldBack(_) => tally.unsure_held_back += u64::from(view.class == Class::Unsure),
            Fate::TooOld | Fate::NotRead => {}
        }
    }
    tally
}

fn passes(setting: &Setting, view: &View<'_>, record: &Record) -> BTreeSet<Passes> {
    use crate::classify::Escape;
    let mut all: BTreeSet<Passes> = BTreeSet::new();
    if !setting.excludes(Exclusion::Freemail) {
        all.insert(Passes::NoFilter);
        return all;
    }
    all.extend(view.escapes.iter().map(|escape| match escape {
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
