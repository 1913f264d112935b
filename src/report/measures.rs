//! Decides how rules stand in the document: what a profile does in each reading, what each place tells a rule, and what
//! each rule would change; and how a document becomes again what the rules are counted on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{PlaceShown, ProfileShown, Report};
use crate::assess::Class;
use crate::assess::whatif::{Atom, Effect, Offered, Reach, Shown, Someone};
use crate::message::FolderKind;
use crate::observe::Channel;
use crate::people::domains::DomainKind;
use crate::profile::{Derived, Exclusion, Field, List, Read, Schedule, Setting, Spot, Window};

/// What a profile does in one reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingShown {
    pub reads: Vec<Read>,
    pub fields: Vec<Field>,
    pub folders: Vec<FolderKind>,
    pub freemail: List,
    /// Exclusions in force, beside the free-mail list.
    pub leaves_out: Vec<Exclusion>,
    /// Days that the first reading goes back; `None`: without limit.
    pub window: Option<u32>,
    pub schedule: Schedule,
    /// Of what an address book is made that nobody gave.
    pub address_book_from: Derived,
}

const FOLDERS: [FolderKind; 8] = [
    FolderKind::Inbox,
    FolderKind::Sent,
    FolderKind::Drafts,
    FolderKind::Junk,
    FolderKind::Trash,
    FolderKind::Archive,
    FolderKind::All,
    FolderKind::Other,
];

impl From<&Setting> for SettingShown {
    fn from(setting: &Setting) -> Self {
        let excluded = |exclusion: &Exclusion| *exclusion != Exclusion::Freemail && setting.excludes(*exclusion);
        Self {
            reads: Read::ALL.into_iter().filter(|read| setting.reads(*read)).collect(),
            fields: setting.fields.iter().collect(),
            folders: FOLDERS.into_iter().filter(|kind| setting.folders.contains(*kind)).collect(),
            freemail: setting.freemail,
            leaves_out: Exclusion::ALL.into_iter().filter(excluded).collect(),
            window: match setting.window {
                Window::Days(days) => Some(days),
                Window::Unlimited => None,
            },
            schedule: setting.schedule,
            address_book_from: setting.book,
        }
    }
}

impl From<&SettingShown> for Setting {
    fn from(shown: &SettingShown) -> Self {
        let mut setting = Self::nothing();
        shown.reads.iter().for_each(|read| setting.set_read(*read, true));
        shown.leaves_out.iter().for_each(|exclusion| setting.set_exclusion(*exclusion, true));
        setting.fields = shown.fields.iter().copied().collect();
        setting.folders = shown.folders.iter().copied().collect();
        setting.freemail = shown.freemail;
        setting.window = shown.window.map_or(Window::Unlimited, Window::Days);
        setting.schedule = shown.schedule;
        setting.book = shown.address_book_from;
        setting
    }
}

/// A domain that several persons share, under its alias.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainShown {
    /// A keyed pseudonym, as the persons have them.
    pub id: String,
    pub persons: u64,
    pub kind: DomainKind,
    /// A business contact with whom both wrote is there.
    pub customer: bool,
    /// At `masked` shortened, at `clear` as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How many days before the installation a first reading has to begin to meet a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReachShown {
    /// As coarse as the windows that are asked for.
    Days(u32),
    Beyond(Beyond),
}

/// Where no number of days says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// Only a reading without limit.
    Unlimited,
    /// Seen only after the removal.
    Never,
}

impl ReachShown {
    /// `None`: every window meets it.
    pub(super) fn of(reach: Reach) -> Option<Self> {
        match reach {
            Reach::Any => None,
            Reach::Days(days) => Some(Self::Days(days)),
            Reach::Unlimited => Some(Self::Beyond(Beyond::Unlimited)),
            Reach::Never => Some(Self::Beyond(Beyond::Never)),
        }
    }

    fn reach(shown: Option<Self>) -> Reach {
        match shown {
            None => Reach::Any,
            Some(Self::Days(days)) => Reach::Days(days),
            Some(Self::Beyond(Beyond::Unlimited)) => Reach::Unlimited,
            Some(Self::Beyond(Beyond::Never)) => Reach::Never,
        }
    }
}

/// What a single upload on the day of the installation would meet in a place, where that is something else.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstDay {
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub no_name: bool,
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub no_address: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<ReachShown>,
}

impl FirstDay {
    pub(super) fn of(shown: Shown) -> Self {
        Self { no_name: !shown.name, no_address: !shown.email, reach: ReachShown::of(shown.reach) }
    }
}

/// A figure, declared and permitted; `None`: too few to be told at the level `counts`.
pub type Pair = [Option<u64>; 2];

/// What rules would change under one profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CountermeasuresShown {
    /// Each rule alone, the most useful first: by leaks avoided less business contacts lost, over both readings.
    pub rules: Vec<RuleShown>,
    /// Rules of folders and domains that were not looked at.
    pub left_out: u64,
    /// For no private person in the declared reading; `None` where there is none, or where it may not be told.
    pub smallest: Option<SmallestShown>,
}

/// One rule alone. `docs/result.md` lists the ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleShown {
    pub id: String,
    /// The headline that is left.
    pub left: Pair,
    /// Leaks of the headline avoided.
    pub avoided: Pair,
    /// Private persons left.
    pub private: Pair,
    /// The price: business contacts that are no longer shared.
    pub lost: Pair,
    /// Whether the vendor is known to offer it, and the sources that say so (keys of the profile's `sources`).
    pub offered: Offered,
    pub sources: Vec<String>,
}

/// A set of rules that is as small as can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmallestShown {
    /// Which figure, as `private.low`.
    pub figure: String,
    pub target: u64,
    /// False: no set of the candidates gets there, and this is as near as they come.
    pub reached: bool,
    /// False: the best that was found, and not shown to be the smallest.
    pub proved: bool,
    pub rules: Vec<String>,
    pub left: Pair,
    pub private: Pair,
    pub lost: Pair,
}

/// Figures of an effect as they are shown.
pub(super) struct Pairs {
    pub left: Pair,
    pub avoided: Pair,
    pub private: Pair,
    pub lost: Pair,
}

impl Pairs {
    pub fn of(effect: Effect, before: Effect) -> Self {
        let avoided = [0, 1].map(|at| Some(before.left[at].saturating_sub(effect.left[at])));
        Self { left: effect.left.map(Some), avoided, private: effect.private.map(Some), lost: effect.lost.map(Some) }
    }
}

impl CountermeasuresShown {
    /// What may be told where there are numbers only: no domain, since its alias is no number, and no change of fewer
    /// people than `few`, nor what it could be worked out from.
    pub(super) fn in_counts(&mut self, before: Effect, few: u64) {
        let names_domain = |id: &String| id.starts_with("domain:");
        self.rules.retain(|rule| !names_domain(&rule.id));
        self.smallest = self.smallest.take().filter(|smallest| !smallest.rules.iter().any(names_domain));
        for rule in &mut self.rules {
            rule.avoided = change(before.left, rule.left, few);
            hide(&mut rule.left, before.left, few);
            hide(&mut rule.private, before.private, few);
            hide(&mut rule.lost, [0, 0], few);
        }
        if let Some(smallest) = &mut self.smallest {
            hide(&mut smallest.left, before.left, few);
            hide(&mut smallest.private, before.private, few);
            hide(&mut smallest.lost, [0, 0], few);
        }
    }
}

/// How much a figure has changed, where that may be told.
fn change(before: [u64; 2], after: Pair, few: u64) -> Pair {
    [0, 1].map(|at| after[at].map(|after| before[at].abs_diff(after)).filter(|&by| by == 0 || by >= few))
}

/// Leaves a figure out where its change may not be told.
fn hide(after: &mut Pair, before: [u64; 2], few: u64) {
    let told = change(before, *after, few);
    for (after, told) in after.iter_mut().zip(told) {
        *after = after.filter(|_| told.is_some());
    }
}

impl ProfileShown {
    /// The figures without any rule.
    pub(super) fn without_rules(&self) -> Effect {
        let private = self.both().map(|figures| figures.count(Class::Private));
        Effect { left: [self.low, self.high], private, lost: [0, 0] }
    }
}

impl Report {
    /// The settings of a profile of this result; `None` if it is not there, or the result is of an older program.
    pub fn settings(&self, profile: &ProfileShown) -> Option<[Setting; 2]> {
        match profile.settings.as_slice() {
            [declared, permitted] => Some([Setting::from(declared), Setting::from(permitted)]),
            _ => None,
        }
    }

    /// Everybody as rules see them, in the order of `contacts`.
    pub fn people_for_rules(&self) -> impl Iterator<Item = Someone<'_>> {
        let kinds: BTreeMap<&str, FolderKind> =
            self.coverage.folders.iter().map(|folder| (folder.alias.as_str(), folder.kind)).collect();
        let no_book = self.coverage.address_book.is_none();
        self.contacts.iter().map(move |contact| Someone {
            class: contact.class,
            relation: contact.relation,
            atoms: contact.places.iter().map(|place| atom(place, &kinds, no_book)).collect(),
        })
    }
}

fn atom<'a>(place: &'a PlaceShown, kinds: &BTreeMap<&str, FolderKind>, no_book: bool) -> Atom<'a> {
    let written = matches!(place.channel, Channel::To | Channel::Cc | Channel::Bcc);
    Atom {
        spot: Spot {
            channel: place.channel,
            within: place.within,
            folder: place.folder.as_deref().map(|alias| kinds.get(alias).copied().unwrap_or(FolderKind::Other)),
            outbound: place.outbound,
            automated: place.automated,
            private_subject: place.private_subject,
            freemail: place.freemail,
            own_domain: place.own_domain,
            named: !place.no_name,
            may_stand_for_book: no_book && place.outbound && written,
        },
        always: Shown { name: !place.no_name, email: !place.no_address, reach: ReachShown::reach(place.reach) },
        first: place.first_day.map(|first| Shown {
            name: !first.no_name,
            email: !first.no_address,
            reach: ReachShown::reach(first.reach),
        }),
        folder: place.folder.as_deref(),
        domains: place.domains.iter().map(String::as_str).collect(),
        kinds: place.providers.iter().copied().collect(),
        customer: place.customer,
    }
}
