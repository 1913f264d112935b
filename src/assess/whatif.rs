//! Decides what a rule would change: everybody as the places they were seen in, each place with all that a profile or a
//! rule may ask of it, so that any combination of rules is counted again and never estimated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::Class;
use super::cover::{self, Group, MOST, Mask, Task};
use crate::message::FolderKind;
use crate::observe::{Channel, Within};
use crate::people::domains::{self, DomainKind};
use crate::people::{Person, Relation};
use crate::profile::{
    Basis, Bound, Exclusion, Field, List, Profile, Read, Ruling, Setting, Spot, Subject, Trigger, Window, read_of,
};

/// One place where somebody was seen: what a profile asks ([`Spot`]) and what rules ask beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom<'a> {
    pub spot: Spot,
    pub always: Shown,
    /// What a single upload on the day of the installation would meet, where that is something else.
    pub first: Option<Shown>,
    /// The folder's alias; `None` for the address book.
    pub folder: Option<&'a str>,
    /// The domains of the addresses that the record would bear, as names or as aliases.
    pub domains: Vec<&'a str>,
    /// What mailboxes those domains give.
    pub kinds: Kinds,
    /// One of the domains is that of a business contact.
    pub customer: bool,
}

/// One person, or one shared or automatic address, as rules see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Someone<'a> {
    pub class: Class,
    pub relation: Relation,
    pub atoms: Vec<Atom<'a>>,
}

/// What a record from a place would hold, as far as it says of whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub name: bool,
    pub email: bool,
    pub reach: Reach,
}

/// On which way a place is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As mail.
    Mail,
    /// As an entry of an address book that grew out of sent mail: without folders, without a window.
    Book,
}

/// A place from which a plug-in would send a record.
struct Open<'s> {
    atom: &'s Atom<'s>,
    way: Way,
    reach: Reach,
}

/// How many days before the installation a first reading has to begin to meet somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Every window meets them: nothing is dated, or the plug-in was there already.
    Any,
    Days(u32),
    /// Only a reading without any limit.
    Unlimited,
    /// Seen only after the removal.
    Never,
}

impl Reach {
    /// Whether a window meets them.
    pub fn within(self, window: Window) -> bool {
        match (self, window) {
            (Self::Any, _) | (Self::Unlimited | Self::Days(_), Window::Unlimited) => true,
            (Self::Days(need), Window::Days(days)) => need <= days,
            (Self::Unlimited, Window::Days(_)) | (Self::Never, _) => false,
        }
    }

    /// The same for these windows, and no more exact than they are: a day would tell too much.
    pub fn coarse(self, windows: &BTreeSet<u32>) -> Self {
        match self {
            Self::Days(need) => windows.range(need..).next().map_or(Self::Unlimited, |days| Self::Days(*days)),
            other => other,
        }
    }
}

/// A set of [`DomainKind`]s in one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kinds(u8);

impl Kinds {
    /// Every kind of mailbox that a rule may name.
    pub const ALL: [DomainKind; 6] = [
        DomainKind::FreeMail,
        DomainKind::AccessProvider,
        DomainKind::PaidMail,
        DomainKind::Relay,
        DomainKind::Disposable,
        DomainKind::Mixed,
    ];

    pub fn contains(self, kind: DomainKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    /// The kinds in the set; an organisation's own domain is not told.
    pub fn iter(self) -> impl Iterator<Item = DomainKind> {
        Self::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<DomainKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = DomainKind>>(kinds: I) -> Self {
        let others = kinds.into_iter().filter(|kind| *kind != DomainKind::Own);
        Self(others.fold(0, |all, kind| all | 1 << kind as u8))
    }
}

/// What is known of the domains of a mailbox.
#[derive(Clone, Debug, Default)]
pub struct Domains(BTreeMap<String, DomainFacts>);

/// One domain, and who is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DomainFacts {
    pub persons: u64,
    /// A business contact with whom both wrote is there, and it is no mailbox that anybody can have.
    pub customer: bool,
}

impl Domains {
    /// The domains of these people's addresses; `own` are the owner's organisation's.
    pub fn of<'a>(people: impl Iterator<Item = (&'a Person, Class)>, own: &BTreeSet<String>) -> Self {
        let mut all: BTreeMap<&'a str, DomainFacts> = BTreeMap::new();
        for (person, class) in people.filter(|(_, class)| class.person()) {
            let theirs: BTreeSet<&'a str> = person.emails.iter().map(|address| address.registrable()).collect();
            for domain in theirs {
                let facts = all.entry(domain).or_default();
                facts.persons += 1;
                facts.customer |= class == Class::Business
                    && person.relation == Relation::Direct
                    && !domains::kind(domain).is_mailbox()
                    && !own.contains(domain);
            }
        }
        Self(all.into_iter().map(|(domain, facts)| (domain.to_owned(), facts)).collect())
    }

    /// Whether an allow-list of the domains of business contacts holds this one.
    pub fn customer(&self, domain: &str) -> bool {
        self.0.get(domain).is_some_and(|facts| facts.customer)
    }

    /// Domains that several persons share. A rule for one person's domain would be a rule for that person.
    pub fn shared(&self) -> impl Iterator<Item = (&str, DomainFacts)> {
        self.0.iter().filter(|(_, facts)| facts.persons > 1).map(|(domain, facts)| (domain.as_str(), *facts))
    }

    /// Whether several persons share this one.
    pub fn is_shared(&self, domain: &str) -> bool {
        self.0.get(domain).is_some_and(|facts| facts.persons > 1)
    }
}

/// Something that could be forbidden to a plug-in. Every rule narrows: it closes places and opens none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Only addresses at domains where a business contact is (an allow-list).
    CustomersOnly,
    /// Only people who wrote to the owner.
    WroteToMe,
    /// Nothing from quoted or forwarded text.
    NoQuotedText,
    /// Only the inbox and the sent mail.
    InboxAndSent,
    /// An exclusion that a profile knows.
    Switch(Exclusion),
    /// A free-mail list of at least this size.
    Freemail(List),
    /// The first reading goes back no more than so many days.
    Window(u32),
    /// One kind of place is not read.
    Channel(Read),
    /// No addresses at this kind of provider, whatever list the vendor uses.
    Provider(DomainKind),
    /// No mail of one folder, by its alias.
    Folder(String),
    /// No addresses at one domain, by its name or alias.
    Domain(String),
}

impl Rule {
    /// Whether the rule closes this place.
    fn closes(&self, open: &Open<'_>, relation: Relation) -> bool {
        let Open { atom, reach, .. } = open;
        let (spot, mail) = (&atom.spot, open.way == Way::Mail);
        match self {
            Self::CustomersOnly => !atom.customer,
            Self::WroteToMe => !matches!(relation, Relation::Direct | Relation::Inbound | Relation::Own),
            Self::NoQuotedText => mail && quoted(spot),
            Self::InboxAndSent => {
                mail && spot.folder.is_some_and(|kind| !matches!(kind, FolderKind::Inbox | FolderKind::Sent))
            }
            Self::Switch(exclusion) => {
                let mut setting = Setting::nothing();
                setting.set_exclusion(*exclusion, true);
                setting.spares(*exclusion, spot, &subject(Class::Business, relation))
            }
            Self::Freemail(list) => spot.freemail.is_some_and(|smallest| smallest <= *list),
            Self::Window(days) => mail && !reach.within(Window::Days(*days)),
            Self::Channel(read) => *read == if mail { read_of(spot) } else { Read::AddressBook },
            Self::Provider(kind) => atom.kinds.contains(*kind),
            Self::Folder(alias) => mail && atom.folder == Some(alias.as_str()),
            Self::Domain(domain) => atom.domains.contains(&domain.as_str()),
        }
    }

    /// The part of a rule's id before the colon.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CustomersOnly => "customers-only",
            Self::WroteToMe => "wrote-to-me",
            Self::NoQuotedText => "no-quoted-text",
            Self::InboxAndSent => "inbox-and-sent",
            Self::Switch(_) => "switch",
            Self::Freemail(_) => "freemail",
            Self::Window(_) => "window",
            Self::Channel(_) => "channel",
            Self::Provider(_) => "provider",
            Self::Folder(_) => "folder",
            Self::Domain(_) => "domain",
        }
    }

    /// Whether the vendor is known to offer the rule, by the profile, and the sources that say so.
    pub fn offered(&self, profile: &Profile) -> (Offered, Vec<String>) {
        // What the declared reading does already, and what that rests on.
        let stated = match self {
            Self::Switch(exclusion) => profile
                .exclusion(*exclusion)
                .filter(|choice| choice.declared)
                .map(|choice| (choice.basis, &choice.sources)),
            Self::Freemail(list) => {
                let choice = &profile.exclusions.freemail;
                (choice.declared >= *list).then_some((choice.basis, &choice.sources))
            }
            Self::Channel(read) => {
                let choice = profile.channels.get(read).filter(|choice| !choice.declared);
                choice.map(|choice| (choice.basis, &choice.sources))
            }
            Self::NoQuotedText => {
                let choice = profile.channels.get(&Read::QuotedSignature).filter(|choice| !choice.declared);
                choice.map(|choice| (choice.basis, &choice.sources))
            }
            Self::Window(days) => {
                let choice = &profile.window_days;
                (choice.declared <= Window::Days(*days)).then_some((choice.basis, &choice.sources))
            }
            Self::InboxAndSent | Self::CustomersOnly | Self::WroteToMe => None,
            Self::Provider(_) | Self::Folder(_) | Self::Domain(_) => None,
        };
        if let Some((basis, sources)) = stated.filter(|(basis, _)| *basis != Basis::Assumption) {
            let offered = if basis == Basis::Sourced { Offered::Promised } else { Offered::Inferred };
            return (offered, sources.clone());
        }
        match &profile.choice_of_contacts {
            Some(choice) if choice.basis != Basis::Assumption && !choice.permitted => {
                (Offered::No, choice.sources.clone())
            }
            _ => (Offered::NotKnown, Vec::new()),
        }
    }
}

/// Whether a vendor is known to offer a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offered {
    /// A source says that the product does it already.
    Promised,
    /// That follows from a source which does not say it.
    Inferred,
    /// A source says that a member has no choice.
    No,
    /// Nothing was found.
    NotKnown,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::CustomersOnly | Self::WroteToMe | Self::NoQuotedText | Self::InboxAndSent => Ok(()),
            Self::Switch(exclusion) => write!(f, ":{}", exclusion.name()),
            Self::Freemail(list) => write!(f, ":{}", list.name()),
            Self::Window(days) => write!(f, ":{days}"),
            Self::Channel(read) => write!(f, ":{}", read.name()),
            Self::Provider(kind) => write!(f, ":{}", provider(*kind)),
            Self::Folder(alias) => write!(f, ":{alias}"),
            Self::Domain(domain) => write!(f, ":{domain}"),
        }
    }
}

impl FromStr for Rule {
    type Err = ();

    fn from_str(id: &str) -> Result<Self, ()> {
        let (kind, what) = id.split_once(':').unwrap_or((id, ""));
        Ok(match (kind, what) {
            ("customers-only", "") => Self::CustomersOnly,
            ("wrote-to-me", "") => Self::WroteToMe,
            ("no-quoted-text", "") => Self::NoQuotedText,
            ("inbox-and-sent", "") => Self::InboxAndSent,
            ("switch", name) => {
                let known = |exclusion: &&Exclusion| exclusion.name() == name && **exclusion != Exclusion::Freemail;
                Self::Switch(*Exclusion::ALL.iter().find(known).ok_or(())?)
            }
            ("freemail", name) => {
                let known = |list: &&List| list.name() == name && **list != List::None;
                Self::Freemail(*List::ALL.iter().find(known).ok_or(())?)
            }
            ("window", days) => Self::Window(days.parse().map_err(|_| ())?),
            ("channel", name) => Self::Channel(*Read::ALL.iter().find(|read| read.name() == name).ok_or(())?),
            ("provider", name) => {
                Self::Provider(Kinds::ALL.into_iter().find(|kind| provider(*kind) == name).ok_or(())?)
            }
            ("folder", alias) if !alias.is_empty() => Self::Folder(alias.to_owned()),
            ("domain", domain) if !domain.is_empty() => Self::Domain(domain.to_owned()),
            _ => return Err(()),
        })
    }
}

/// Whether a place stands in what was quoted or passed on.
fn quoted(spot: &Spot) -> bool {
    matches!(spot.within, Within::Reply | Within::Forward)
        || matches!(read_of(spot), Read::QuotedSignature | Read::ForwardedSignature | Read::Intro)
}

/// The word for a kind of provider in a rule's id.
fn provider(kind: DomainKind) -> &'static str {
    match kind {
        DomainKind::FreeMail => "free-mail",
        DomainKind::AccessProvider => "access-provider",
        DomainKind::PaidMail => "paid-mail",
        DomainKind::Relay => "relay",
        DomainKind::Disposable => "disposable",
        DomainKind::Mixed => "mixed",
        DomainKind::Own => "own",
    }
}

/// What a profile may ask of the person as a whole.
fn subject(class: Class, relation: Relation) -> Subject {
    let written_to = matches!(relation, Relation::Direct | Relation::Outbound | Relation::Own);
    Subject { role: class == Class::Role, written_to }
}

impl Someone<'_> {
    /// The places from which this plug-in would send a record that says of whom it is.
    fn open<'s>(&'s self, setting: &'s Setting) -> impl Iterator<Item = Open<'s>> {
        let subject = subject(self.class, self.relation);
        let once = setting.schedule.trigger == Trigger::Once;
        let ways = self.atoms.iter().flat_map(|atom| [(atom, Way::Mail), (atom, Way::Book)]);
        ways.filter_map(move |(atom, way)| {
            let Shown { name, email, reach } = atom.first.filter(|_| once).unwrap_or(atom.always);
            let ruling = match way {
                Way::Mail => {
                    let spot = Spot { may_stand_for_book: false, ..atom.spot };
                    setting.ruling(&spot, &subject, reach.within(setting.window))
                }
                Way::Book if setting.reads_as_book(&atom.spot) => {
                    setting.ruling(&atom.spot, &subject, reach != Reach::Never)
                }
                Way::Book => Ruling::NotRead,
            };
            let Ruling::Take(fields) = ruling else { return None };
            let says_whose = (email && fields.contains(Field::Email)) || (name && fields.contains(Field::Name));
            says_whose.then_some(Open { atom, way, reach })
        })
    }

    /// The channels from which this plug-in would take it.
    pub fn channels(&self, setting: &Setting) -> BTreeSet<Channel> {
        self.open(setting).map(|open| open.atom.spot.channel).collect()
    }

    /// Whether this plug-in sends a record under these rules.
    pub fn sent(&self, setting: &Setting, rules: &[Rule]) -> bool {
        self.open(setting).any(|open| !rules.iter().any(|rule| rule.closes(&open, self.relation)))
    }
}

/// What is counted, and in which reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    pub figure: Figure,
    pub bound: Bound,
}

impl Default for Goal {
    fn default() -> Self {
        Self { figure: Figure::Private, bound: Bound::Declared }
    }
}

/// Whom a goal counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// As the headline: in the declared reading the leaks for sure, in the permitted one with the unsure.
    Headline,
    Private,
    Bystander,
}

impl Goal {
    /// Every goal there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let figures = [Figure::Private, Figure::Bystander, Figure::Headline];
        figures.into_iter().flat_map(|figure| Bound::BOTH.map(|bound| Self { figure, bound }))
    }

    /// The word for it: as `--fail-on` has it.
    pub fn name(self) -> &'static str {
        match (self.figure, self.bound) {
            (Figure::Headline, Bound::Declared) => "headline.low",
            (Figure::Headline, Bound::Permitted) => "headline.high",
            (Figure::Private, Bound::Declared) => "private.low",
            (Figure::Private, Bound::Permitted) => "private.high",
            (Figure::Bystander, Bound::Declared) => "bystander.low",
            (Figure::Bystander, Bound::Permitted) => "bystander.high",
        }
    }

    fn counts(self, class: Class) -> bool {
        match self.figure {
            Figure::Private => class == Class::Private,
            Figure::Bystander => class == Class::Bystander,
            Figure::Headline => class.leak() || (self.bound == Bound::Permitted && class == Class::Unsure),
        }
    }
}

/// Figures in both readings, declared and permitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The headline that is left.
    pub left: [u64; 2],
    /// Private persons left.
    pub private: [u64; 2],
    /// Business contacts that are no longer shared.
    pub lost: [u64; 2],
}

/// One profile over everybody, ready for any set of the candidate rules.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rules: Vec<Rule>,
    /// Declared and permitted, by class.
    groups: [BTreeMap<Class, Vec<Group>>; 2],
}

impl Table {
    /// Counts everybody. Of more rules than a [`Mask`] has room for, the first are taken.
    pub fn new<'a>(settings: [&Setting; 2], rules: Vec<Rule>, people: impl Iterator<Item = Someone<'a>>) -> Self {
        let mut rules = rules;
        rules.truncate(MOST);
        let index = Index::new(&rules);
        let mut all: [BTreeMap<(Class, Vec<Mask>), u64>; 2] = Default::default();
        for one in people.filter(|one| counted(one.class)) {
            for (setting, all) in settings.into_iter().zip(&mut all) {
                let mut places: Vec<Mask> = one.open(setting).map(|open| index.mask(&open, one.relation)).collect();
                if !places.is_empty() {
                    places.sort_unstable();
                    places.dedup();
                    *all.entry((one.class, places)).or_default() += 1;
                }
            }
        }
        let groups = all.map(|all| {
            let mut groups: BTreeMap<Class, BTreeMap<Box<[Mask]>, u64>> = BTreeMap::new();
            for ((class, places), people) in all {
                *groups.entry(class).or_default().entry(Group::new(places, 0).places).or_default() += people;
            }
            let list = |all: BTreeMap<Box<[Mask]>, u64>| {
                all.into_iter().map(|(places, people)| Group { places, people }).collect::<Vec<_>>()
            };
            groups.into_iter().map(|(class, all)| (class, list(all))).collect()
        });
        Self { rules, groups }
    }

    /// The rules, in the order of their bits.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The figures under a set of rules, counted again.
    pub fn effect(&self, rules: Mask) -> Effect {
        let left = |at: usize, class: Class| self.groups[at].get(&class).map_or(0, |all| cover::left(all, rules));
        let all = |at: usize, class: Class| self.groups[at].get(&class).map_or(0, |all| cover::left(all, 0));
        let sure = |at: usize| left(at, Class::Private) + left(at, Class::Bystander);
        Effect {
            left: [sure(0), sure(1) + left(1, Class::Unsure)],
            private: [left(0, Class::Private), left(1, Class::Private)],
            lost: [0, 1].map(|at| all(at, Class::Business) - left(at, Class::Business)),
        }
    }

    /// For each rule how many of those whom it could help to remove, in either reading: the more, the more a rule
    /// matters in company of others.
    fn touched(&self) -> Vec<u64> {
        let mut all = vec![0; self.rules.len()];
        for groups in &self.groups {
            let leaks = groups.iter().filter(|(class, _)| class.leak() || **class == Class::Unsure);
            for group in leaks.flat_map(|(_, groups)| groups) {
                let any = group.places.iter().fold(0, |any, place| any | place);
                for (at, all) in all.iter_mut().enumerate() {
                    *all += if any & 1 << at != 0 { group.people } else { 0 };
                }
            }
        }
        all
    }

    /// The smallest set of these rules for a goal; see [`Task::smallest`].
    pub fn smallest(&self, goal: Goal, target: u64, among: Mask, most_lost: u64, work: u64) -> Smallest {
        let groups = &self.groups[usize::from(goal.bound == Bound::Permitted)];
        let people: Vec<Group> =
            groups.iter().filter(|(class, _)| goal.counts(**class)).flat_map(|(_, all)| all).cloned().collect();
        let price = groups.get(&Class::Business).map(Vec::as_slice).unwrap_or_default();
        let answer = Task { people: &people, price, rules: among, target, most_lost, work }.smallest();
        let effect = self.effect(answer.rules);
        Smallest { goal, target, rules: answer.rules, reached: answer.left <= target, proved: answer.proved, effect }
    }
}

/// The smallest set of rules for a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smallest {
    pub goal: Goal,
    pub target: u64,
    pub rules: Mask,
    /// False: no set of the candidates gets there, and this is as near as they come.
    pub reached: bool,
    /// False: the best that was found before the search was given up.
    pub proved: bool,
    pub effect: Effect,
}

/// Shared and automatic addresses and the owner stand in no figure of a rule.
fn counted(class: Class) -> bool {
    class.leak() || matches!(class, Class::Unsure | Class::Business)
}

/// Which bits a place has: rules with a name are looked up, the others asked.
struct Index<'a> {
    folders: BTreeMap<&'a str, Mask>,
    domains: BTreeMap<&'a str, Mask>,
    others: Vec<(&'a Rule, Mask)>,
}

impl<'a> Index<'a> {
    fn new(rules: &'a [Rule]) -> Self {
        let (mut folders, mut domains, mut others) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for (at, rule) in rules.iter().enumerate() {
            let bit: Mask = 1 << at;
            match rule {
                Rule::Folder(alias) => *folders.entry(alias.as_str()).or_default() |= bit,
                Rule::Domain(domain) => *domains.entry(domain.as_str()).or_default() |= bit,
                other => others.push((other, bit)),
            }
        }
        Self { folders, domains, others }
    }

    fn mask(&self, open: &Open<'_>, relation: Relation) -> Mask {
        let asked = self.others.iter().filter(|(rule, _)| rule.closes(open, relation));
        let mut mask = asked.fold(0, |mask, (_, bit)| mask | bit);
        let Open { atom, way, .. } = open;
        let folder = atom.folder.filter(|_| *way == Way::Mail);
        mask |= folder.and_then(|alias| self.folders.get(alias)).copied().unwrap_or(0);
        atom.domains.iter().filter_map(|domain| self.domains.get(domain)).fold(mask, |mask, bit| mask | bit)
    }
}

/// Candidate rules for these people: what could make a difference, the rules with a name by how many leaks they touch.
/// The second value is how many rules of folders and domains there was no room for.
pub fn candidates<'a>(people: impl Iterator<Item = Someone<'a>>, most: usize) -> (Vec<Rule>, usize) {
    let mut reads: BTreeSet<Read> = BTreeSet::new();
    let mut kinds = Kinds::default();
    let mut dated = false;
    let mut named: BTreeMap<Rule, u64> = BTreeMap::new();
    for one in people.filter(|one| one.class.leak() || one.class == Class::Unsure) {
        let mut theirs: BTreeSet<Rule> = BTreeSet::new();
        for atom in &one.atoms {
            reads.insert(read_of(&atom.spot));
            reads.extend(atom.spot.may_stand_for_book.then_some(Read::AddressBook));
            kinds.0 |= atom.kinds.0;
            dated |= atom.always.reach != Reach::Any;
            theirs.extend(atom.folder.map(|alias| Rule::Folder(alias.to_owned())));
            theirs.extend(atom.domains.iter().map(|domain| Rule::Domain((*domain).to_owned())));
        }
        for rule in theirs {
            *named.entry(rule).or_default() += 1;
        }
    }
    let mut rules = vec![Rule::CustomersOnly, Rule::WroteToMe, Rule::NoQuotedText, Rule::InboxAndSent];
    let switches = Exclusion::ALL.into_iter().filter(|exclusion| *exclusion != Exclusion::Freemail);
    rules.extend(switches.map(Rule::Switch));
    rules.extend([List::PortalMax, List::DeExtended].map(Rule::Freemail));
    rules.extend(dated.then_some(Rule::Window(WINDOW)));
    rules.extend(reads.into_iter().map(Rule::Channel));
    rules.extend(kinds.iter().map(Rule::Provider));
    let mut named: Vec<(Rule, u64)> = named.into_iter().collect();
    // A rule for one single person is none that anybody would make.
    named.retain(|(_, people)| *people > 1);
    // Stable: folders before domains, each in the order of their names.
    named.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
    let room = most.saturating_sub(rules.len());
    let left_out = named.len().saturating_sub(room);
    rules.extend(named.into_iter().take(room).map(|(rule, _)| rule));
    (rules, left_out)
}

/// The window of a rule that nobody asked for: the shortest that any vendor names.
pub const WINDOW: u32 = 30;

/// So many candidates a search is asked to prove its answer for.
pub const EXACT: usize = 40;

/// The search in an audit, which nobody waits for to think: about a second.
const WORK: u64 = 200_000_000;

/// What an audit says of rules, for one profile.
#[derive(Clone, Debug, Default)]
pub struct Countermeasures {
    /// Rules that change something, the most useful first.
    pub rows: Vec<Row>,
    /// Rules of folders and domains that were not looked at.
    pub left_out: u64,
    /// For no private person in the declared reading; `None` if there is none to begin with.
    pub smallest: Option<(Smallest, Vec<Rule>)>,
}

/// One rule alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub rule: Rule,
    pub effect: Effect,
    pub offered: Offered,
    pub sources: Vec<String>,
}

impl Countermeasures {
    /// The rules for one profile, out of those of [`candidates`].
    pub fn of<'a>(
        profile: &Profile,
        rules: &[Rule],
        left_out: usize,
        people: impl Iterator<Item = Someone<'a>>,
    ) -> Self {
        let settings = Bound::BOTH.map(|bound| profile.setting(bound));
        let table = Table::new([&settings[0], &settings[1]], rules.to_vec(), people);
        let (chosen, more) = table.shortlist(EXACT);
        let before = table.effect(0);
        let row = |at: usize| {
            let rule = table.rules.get(at)?;
            let effect = table.effect(1 << at);
            let (offered, sources) = rule.offered(profile);
            (effect != before).then(|| Row { rule: rule.clone(), effect, offered, sources })
        };
        let mut rows: Vec<Row> = (0..table.rules.len()).filter(|at| chosen & 1 << at != 0).filter_map(row).collect();
        // Stable: equal ones stay in the order of the candidates.
        rows.sort_by_key(|row| std::cmp::Reverse(row.effect.balance(before)));
        let goal = Goal::default();
        let smallest = (before.private[0] > 0).then(|| {
            let smallest = table.smallest(goal, 0, chosen, u64::MAX, WORK);
            (smallest, table.named(smallest.rules))
        });
        Self { rows, left_out: left_out as u64 + more, smallest }
    }
}

impl Effect {
    /// Leaks avoided less business contacts lost, over both readings: what rules are ordered by.
    pub fn balance(&self, before: Self) -> i64 {
        let sum = |all: [u64; 2]| all.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX / 4)).sum::<i64>();
        sum(before.left) - sum(self.left) - sum(self.lost)
    }
}

impl Table {
    /// At most so many rules that touch somebody: those without a name first, then those that touch most; and how many
    /// there was no room for.
    pub fn shortlist(&self, most: usize) -> (Mask, u64) {
        let touched = self.touched();
        let with_name = |at: usize| matches!(self.rules.get(at), Some(Rule::Folder(_) | Rule::Domain(_)));
        let mut order: Vec<usize> =
            (0..self.rules.len()).filter(|at| touched.get(*at).is_some_and(|n| *n > 0)).collect();
        order.sort_by_key(|at| (with_name(*at), std::cmp::Reverse(touched.get(*at).copied()), *at));
        let left_out = order.len().saturating_sub(most) as u64;
        (order.iter().take(most).fold(0, |all, at| all | 1 << at), left_out)
    }

    /// The rules of a set.
    pub fn named(&self, rules: Mask) -> Vec<Rule> {
        self.rules.iter().enumerate().filter(|(at, _)| rules & 1 << at != 0).map(|(_, rule)| rule.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::assess::sample::{TODAY, arbitrary_mailbox, assessed, facts};
    use crate::assess::{Assessment, Facts};
    use crate::profile::builtin;

    const MAILBOX: &str = "
ann business direct
  sender inbox ann@firm.example -9 email=ann@firm.example name=Ann
bob business inbound
  sender inbox bob@other.example -9 email=bob@other.example name=Bob
aunt private direct
  sender inbox aunt@ewetel.net -4 email=aunt@ewetel.net name=Aunt
  cc other ann@firm.example -4 email=aunt@ewetel.net
uncle private outbound
  to sent me@corp.example -4 email=uncle@home.example name=Uncle
stranger business bystander
  cc inbox ann@firm.example -9 email=stranger@else.example
";

    fn table(all: &Assessment, profile: &Profile, rules: &[Rule]) -> Table {
        let settings = Bound::BOTH.map(|bound| profile.setting(bound));
        let people = all.people.iter().map(|one| all.someone(one));
        Table::new([&settings[0], &settings[1]], rules.to_vec(), people)
    }

    fn left(rules: &[&str]) -> (u64, u64) {
        let profile = builtin().swap_remove(0);
        let all = assessed(MAILBOX, std::slice::from_ref(&profile), facts());
        let rules: Vec<Rule> = rules.iter().map(|id| id.parse().expect("is a rule")).collect();
        let effect = table(&all, &profile, &rules).effect((1 << rules.len()) - 1);
        (effect.left[1], effect.lost[1])
    }

    #[test]
    fn each_rule_closes_what_it_says() {
        // Aunt, uncle and the stranger; Ann and Bob are what it costs.
        assert_eq!(left(&[]), (3, 0));
        assert_eq!(left(&["customers-only"]), (0, 1));
        assert_eq!(left(&["wrote-to-me"]), (1, 0));
        assert_eq!(left(&["switch:reciprocity_only"]), (2, 1));
        assert_eq!(left(&["provider:access-provider"]), (2, 0));
        assert_eq!(left(&["freemail:de_extended"]), (2, 0));
        assert_eq!(left(&["domain:home.example"]), (2, 0));
        // Whom the owner wrote to stands in the address book that grew out of sent mail, too.
        assert_eq!(left(&["channel:to", "channel:sender"]), (3, 2));
        assert_eq!(left(&["channel:to", "channel:sender", "channel:address_book"]), (2, 2));
    }

    #[test]
    fn a_folder_helps_those_alone_who_are_nowhere_else() {
        // Aunt stands in the inbox and in another folder.
        assert_eq!(left(&["folder:f08"]), (3, 0));
        assert_eq!(left(&["folder:f01"]), (2, 2));
        assert_eq!(left(&["folder:f01", "folder:f08"]), (1, 2));
        assert_eq!(left(&["inbox-and-sent"]), (3, 0));
    }

    #[test]
    fn an_audit_tells_the_price_and_the_smallest_set() {
        let profile = builtin().swap_remove(0);
        let all = assessed(MAILBOX, std::slice::from_ref(&profile), facts());
        let rules = &all.runs[0].countermeasures;
        let row = rules.rows.iter().find(|row| row.rule == Rule::CustomersOnly).expect("is a candidate");
        assert_eq!((row.effect.left, row.effect.lost, row.offered), ([0, 0], [1, 1], Offered::NotKnown));
        let (smallest, chosen) = rules.smallest.as_ref().expect("private people are sent");
        assert!(smallest.reached && smallest.proved && smallest.effect.private[0] == 0);
        // The allow-list alone does it. Nothing else does, and two rules that cost nobody would be one rule more.
        assert_eq!(chosen, &[Rule::CustomersOnly]);
    }

    #[test]
    fn whether_a_vendor_offers_it_is_said_as_the_profile_has_it() {
        let profiles = builtin();
        let offered = |id: &str, rule: &str| {
            let profile = profiles.iter().find(|profile| profile.id == id).expect("is built in");
            rule.parse::<Rule>().expect("is a rule").offered(profile).0
        };
        assert_eq!(offered("fullcontact-signatures", "switch:reciprocity_only"), Offered::Promised);
        assert_eq!(offered("zoominfo-community-2013", "freemail:portal_max"), Offered::Inferred);
        assert_eq!(offered("zoominfo-community-2013", "channel:quoted_signature"), Offered::NotKnown);
        assert_eq!(offered("lusha-community-2021", "folder:f01"), Offered::No);
        assert_eq!(offered("zoominfo-community-2013", "folder:f01"), Offered::NotKnown);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// What the places say without any rule is what the audit itself says, whenever the plug-in came and went.
        #[test]
        fn places_without_rules_are_the_audit(
            text in arbitrary_mailbox(),
            installed in prop::option::of(-500..0i32),
            removed in prop::option::of(-300..0i32),
        ) {
            let day = |day: i32| TODAY + day;
            let facts = Facts { installed_on: installed.map(day), removed_on: removed.map(day), ..facts() };
            let all = assessed(&text, &builtin(), facts);
            for run in &all.runs {
                for bound in Bound::BOTH {
                    let setting = run.profile.setting(bound);
                    for (one, fate) in all.people.iter().zip(&run.at(bound).fates) {
                        let sent = all.someone(one).sent(&setting, &[]);
                        prop_assert_eq!(sent, fate.record().is_some(), "{} {:?}", &run.profile.id, bound);
                    }
                }
                let none = table(&all, &run.profile, &[]).effect(0);
                prop_assert_eq!(none.left, [run.low(), run.high()]);
            }
        }

        /// The figures of a set are those of asking each person, and more rules never leak more nor cost less.
        #[test]
        fn a_set_of_rules_is_counted_and_never_estimated(
            text in arbitrary_mailbox(), few in any::<u64>(), more in any::<u64>(),
        ) {
            let all = assessed(&text, &builtin()[..2], facts());
            let (rules, _) = candidates(all.people.iter().map(|one| all.someone(one)), 60);
            for rule in &rules {
                prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule.clone()));
            }
            for run in &all.runs {
                let table = table(&all, &run.profile, &rules);
                let every: Mask = (1 << rules.len()) - 1;
                let (few, more) = (Mask::from(few) & every, Mask::from(more) & every);
                let chosen = table.named(few);
                let count = |bound: Bound, counts: fn(Class) -> bool| {
                    let setting = run.profile.setting(bound);
                    let people = all.people.iter().filter(|one| counts(one.class));
                    people.filter(|one| all.someone(one).sent(&setting, &chosen)).count() as u64
                };
                let effect = table.effect(few);
                let sure = count(Bound::Declared, Class::leak);
                let possible = count(Bound::Permitted, |class| class.leak() || class == Class::Unsure);
                prop_assert_eq!(effect.left, [sure, possible]);
                let both = table.effect(few | more);
                for at in 0..2 {
                    prop_assert!(both.left[at] <= effect.left[at] && both.private[at] <= effect.private[at]);
                    prop_assert!(both.lost[at] >= effect.lost[at]);
                }
            }
        }
    }
}
