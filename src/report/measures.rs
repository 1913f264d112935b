//! Decides how rules stand in the document: what a profile does in each reading, what each place tells a rule, and what
//! each rule would change; and how a document becomes again what the rules are counted on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Contact, PlaceShown, ProfileShown, Report};
use crate::assess::whatif::{Atom, Effect, Offered, Reach, Someone};
use crate::message::FolderKind;
use crate::people::domains::DomainKind;
use crate::profile::{Exclusion, Field, List, Read, Setting, Spot, Window};

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
    /// `few`: changes of fewer people than this are not told, nor what they could be worked out from.
    pub fn of(effect: Effect, before: Effect, few: u64) -> Self {
        let told = |change: u64| change == 0 || change >= few;
        let change = |before: [u64; 2], after: [u64; 2]| [0, 1].map(|at| before[at].saturating_sub(after[at]));
        let (avoided, private) = (change(before.left, effect.left), change(before.private, effect.private));
        let shown = |value: [u64; 2], changes: [u64; 2]| [0, 1].map(|at| told(changes[at]).then_some(value[at]));
        Self {
            left: shown(effect.left, avoided),
            avoided: shown(avoided, avoided),
            private: shown(effect.private, private),
            lost: shown(effect.lost, effect.lost),
        }
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
        self.contacts.iter().map(move |contact| someone(contact, &kinds))
    }
}

fn someone<'a>(contact: &'a Contact, kinds: &BTreeMap<&str, FolderKind>) -> Someone<'a> {
    let atom = |place: &'a PlaceShown| Atom {
        spot: Spot {
            channel: place.channel,
            folder: place.folder.as_deref().map(|alias| kinds.get(alias).copied().unwrap_or(FolderKind::Other)),
            outbound: place.outbound,
            automated: place.automated,
            private_subject: place.private_subject,
            freemail: place.freemail,
            own_domain: place.own_domain,
            named: !place.no_name,
        },
        email: !place.no_address,
        reach: ReachShown::reach(place.reach),
        folder: place.folder.as_deref(),
        domains: place.domains.iter().map(String::as_str).collect(),
        kinds: place.providers.iter().copied().collect(),
        customer: place.customer,
    };
    Someone { class: contact.class, relation: contact.relation, atoms: contact.places.iter().map(atom).collect() }
}
