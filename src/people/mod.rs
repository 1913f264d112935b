//! Decides when two sightings are one person, and how sightings add up.
//!
//! [`People`] is a commutative sum: the order, the split and the grouping of messages do not change it. Who
//! the owner is shows only in the whole mailbox, so nothing here asks for a direction before [`People::resolve`].

mod add;
pub mod domains;
mod few;
pub mod names;
mod owner;
mod parts;
mod resolve;
mod stored;
mod tone;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use crate::address::Address;
use crate::message::Folder;
use crate::observe::{Channel, Phone, Within};

pub(crate) use add::fold_organisation;
pub use few::{Few, FewMap, Fixed};
pub use owner::is_sole_trader;
pub(crate) use parts::{in_parallel, in_rounds};
pub use resolve::JOIN_RULES;
pub(crate) use resolve::organisation_owns;
pub use tone::{IDS as SIGNALS, Signals};
pub(crate) use tone::{names_a_child, signals};

/// One kind of place where somebody was seen. Everything that a profile may ask of a place is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub channel: Channel,
    /// In what kind of text.
    pub within: Within,
    /// `None` for the address book.
    pub folder: Option<Arc<Folder>>,
    /// Who sent the message: who brought this person in. `None` for the address book and unreadable senders.
    pub via: Option<Address>,
    /// The message bears a sign that a machine or a list sent it.
    pub automated: bool,
    /// The subject holds a word like "private" or "confidential", which some plug-ins are said to spare.
    pub private_subject: bool,
}

/// What one kind of place showed of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// How many messages (copies counted each).
    pub count: u64,
    /// The days (since 1970-01-01) on which it was seen; empty where no date is known.
    pub days: Few<i32>,
    /// What was seen, each value with the first day it was seen (`None`: undated).
    pub values: FewMap<Value, Option<i32>>,
}

/// One value of one field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Name(Arc<str>),
    Email(Address),
    Title(Arc<str>),
    Organisation(Arc<str>),
    Department(Arc<str>),
    Postal(Arc<str>),
    Url(Arc<str>),
    Phone(Phone),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

/// What the user says about the owner of the mailbox; empty: to be found.
#[derive(Clone, Default)]
pub struct OwnerHint {
    pub addresses: BTreeSet<Address>,
    /// Domains of the owner's organisation.
    pub domains: BTreeSet<String>,
}

/// Whose mailbox it is.
#[derive(Clone, Default)]
pub struct Owner {
    pub addresses: BTreeSet<Address>,
    pub names: BTreeSet<String>,
    /// Domains of the owner's organisation; never a free-mail or access-provider domain.
    pub domains: BTreeSet<String>,
    /// Where this was read from, for confirmation: `configured`, `sent folder`, `delivered-to` ..., or empty: unknown.
    pub found_by: &'static str,
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owner({} addresses, {:?})", self.addresses.len(), self.found_by)
    }
}

/// What the mailbox shows between a person and the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Own,
    /// Both wrote.
    Direct,
    /// Only the person wrote.
    Inbound,
    /// Only the owner wrote.
    Outbound,
    /// In the address book alone.
    Listed,
    /// Neither wrote to the other.
    Bystander,
}

/// Why two identities were taken for one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    /// A rule's id, such as `signature-names-address`.
    pub rule: &'static str,
    /// How many messages showed it.
    pub count: u64,
}

/// All the addresses and names that belong together.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Stable under order and split: the least address, or the folded name with its context.
    pub key: String,
    pub emails: Few<Address>,
    /// Each with the number of sightings; the best is [`Person::name`].
    pub names: FewMap<String, u64>,
    pub titles: FewMap<String, u64>,
    pub organisations: FewMap<String, u64>,
    pub departments: FewMap<String, u64>,
    pub addresses: FewMap<String, u64>,
    pub urls: FewMap<String, u64>,
    pub phones: FewMap<Phone, u64>,
    pub relation: Relation,
    pub places: FewMap<Place, Sighting>,
    pub joins: Vec<Join>,
    /// What the messages between this person and the owner sound like: for the sphere rules alone.
    pub tone: Tone,
    /// What the owner's own letters to this person, and at most one other, sound like.
    pub answered: Tone,
    /// What letters of others that name this person sound like, and the owner's to more people.
    pub around: Tone,
    /// Address-book categories and groups the person stands in.
    pub categories: BTreeSet<String>,
}

impl Person {
    /// The best of the names: a full one before a short one, then the most frequent, then the longest.
    pub fn name(&self) -> Option<&str> {
        let rank = |(name, count): &(&String, &u64)| {
            let full = names::key(name).is_some_and(|key| key.is_full());
            let shouted = name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase);
            (full, !shouted, !name.contains(','), **count, name.len())
        };
        self.names.iter().max_by_key(rank).map(|(name, _)| name.as_str())
    }

    /// Whether the person was seen in this channel.
    pub fn seen_in(&self, channel: Channel) -> bool {
        self.places.keys().any(|place| place.channel == channel)
    }
}

impl Default for Person {
    fn default() -> Self {
        Self {
            key: String::new(),
            emails: Few::new(),
            names: FewMap::new(),
            titles: FewMap::new(),
            organisations: FewMap::new(),
            departments: FewMap::new(),
            addresses: FewMap::new(),
            urls: FewMap::new(),
            phones: FewMap::new(),
            relation: Relation::Bystander,
            places: FewMap::new(),
            joins: Vec::new(),
            tone: Tone::default(),
            answered: Tone::default(),
            around: Tone::default(),
            categories: BTreeSet::new(),
        }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({:?}, {} places)", self.relation, self.places.len())
    }
}

/// What speaks for a private or a business contact: which signals there were, never text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tone {
    /// Messages read for it: from the person, or from the owner to this person alone; a message that lies in two
    /// folders counted once.
    pub messages: u64,
    /// Those that any of the messages shows.
    pub signals: Signals,
}

/// The owner and everybody else, each once.
#[derive(Debug)]
pub struct Resolved {
    pub owner: Owner,
    /// Sorted by key; the owner is among them with [`Relation::Own`].
    pub people: Vec<Person>,
    /// Whether a folder of sent mail (or mail sent by the owner) was there at all.
    pub outbound_measured: bool,
    /// Who met whom: for each set of people whom one message brought together, their places in `people`, the owner
    /// left out. Messages to a crowd show no acquaintance and are not here.
    pub circles: Vec<Box<[u32]>>,
}

/// The sum of all sightings.
///
/// Everything is kept once and under a number; the numbers depend on the order of adding and never leave this type.
#[derive(Default)]
pub struct People {
    whos: Pool<Who>,
    places: Pool<Place>,
    values: Pool<Value>,
    seen: HashMap<(u32, u32), Seen>,
    letters: HashMap<u64, Letter>,
    /// Evidence that two identities are one person, by rule, with the number of messages that show it.
    ties: HashMap<(u32, u32, &'static str), u64>,
    categories: BTreeMap<u32, BTreeSet<String>>,
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "People({} identities, {} letters)", self.whos.all.len(), self.letters.len())
    }
}

/// Who was seen, before anything is joined.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Who {
    /// The canonical address.
    Address(Address),
    Named(Arc<Named>),
}

/// Somebody of whom a message shows a name and no address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Named {
    /// The folded name.
    words: String,
    /// The folded organisation that stands beside the name; empty if none does.
    organisation: String,
    /// The organisation's domain of whoever sent the message; empty if there is none.
    domain: String,
    /// Seen in a footer: an officer, rather than somebody who wrote.
    footer: bool,
}

/// What one place showed of one identity.
#[derive(Clone, Default)]
struct Seen {
    count: u64,
    days: Vec<i32>,
    /// Value, first day ([`UNDATED`]: none), number of sightings.
    values: Vec<(u32, i32, u32)>,
}

/// Later than every day.
const UNDATED: i32 = i32::MAX;

/// One message, as far as it ties people together. Copies of a message are one letter.
#[derive(Clone, PartialEq, Eq)]
struct Letter {
    from: u32,
    /// Everybody in To, Cc and Bcc, sorted; empty where it is a crowd.
    to: Vec<u32>,
    crowd: bool,
    /// Lies in a folder of sent mail.
    sent: bool,
    /// Bears the sign of a mailing list.
    list: bool,
    delivered: Vec<u32>,
    day: i32,
    /// The subject without its Re and Fwd, hashed.
    thread: u64,
    signals: tone::Signals,
}

/// More people than this in one message do not know each other.
const CROWD: usize = 200;

/// Values, each once, under a number.
struct Pool<T> {
    all: Vec<T>,
    at: HashMap<T, u32>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { all: Vec::new(), at: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Pool<T> {
    fn put(&mut self, value: T) -> u32 {
        if let Some(at) = self.at.get(&value) {
            return *at;
        }
        // Four thousand million distinct values do not fit into memory.
        let at = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(value.clone());
        self.at.insert(value, at);
        at
    }
}

#[cfg(test)]
mod tests;
