//! Decides when two sightings are one person, and how sightings add up.
//!
//! [`People`] is a commutative sum: the order, the split and the grouping of messages do not change it. Who
//! the owner is shows only in the whole mailbox, so nothing here asks for a direction before [`People::resolve`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::address::Address;
use crate::message::{Folder, Message};
use crate::observe::{Card, Channel, Observation, Phone, Zone};

/// One kind of place where somebody was seen. Everything that a profile may ask of a place is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub channel: Channel,
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
    pub days: BTreeSet<i32>,
    /// What was seen, each value with the first day it was seen (`None`: undated).
    pub values: BTreeMap<Value, Option<i32>>,
}

/// One value of one field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Name(String),
    Email(Address),
    Title(String),
    Organisation(String),
    Department(String),
    Postal(String),
    Url(String),
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
#[derive(Clone)]
pub struct Person {
    /// Stable under order and split: the least address, or the folded name with its context.
    pub key: String,
    pub emails: BTreeSet<Address>,
    /// Each with the number of sightings; the best is [`Person::name`].
    pub names: BTreeMap<String, u64>,
    pub titles: BTreeMap<String, u64>,
    pub organisations: BTreeMap<String, u64>,
    pub departments: BTreeMap<String, u64>,
    pub addresses: BTreeMap<String, u64>,
    pub urls: BTreeMap<String, u64>,
    pub phones: BTreeMap<Phone, u64>,
    pub relation: Relation,
    pub places: BTreeMap<Place, Sighting>,
    pub joins: Vec<Join>,
    /// What the messages between this person and the owner sound like: for the sphere rules alone.
    pub tone: Tone,
    /// Address-book categories and groups the person stands in.
    pub categories: BTreeSet<String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({:?}, {} places)", self.relation, self.places.len())
    }
}

/// Counts of what speaks for a private or a business contact. Counts only, never text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tone {
    /// Messages read for it: from the person, or from the owner to this person alone.
    pub messages: u64,
    /// Signals by id (`du`, `sie`, `closing-private`, `subject-business` ...): in how many messages.
    pub signals: BTreeMap<&'static str, u64>,
}

/// The owner and everybody else, each once.
#[derive(Debug)]
pub struct Resolved {
    pub owner: Owner,
    /// Sorted by key; the owner is among them with [`Relation::Own`].
    pub people: Vec<Person>,
    /// Whether a folder of sent mail (or mail sent by the owner) was there at all.
    pub outbound_measured: bool,
}

/// The sum of all sightings.
#[derive(Debug, Default)]
pub struct People {}

impl People {
    /// Adds what one message shows.
    pub fn add(&mut self, message: &Message, zones: &[Zone], seen: &[Observation]) {
        let _ = (message, zones, seen);
    }

    /// Adds an entry of the owner's address book.
    pub fn add_contact(&mut self, card: &Card, categories: &[String]) {
        let _ = (card, categories);
    }

    /// Adds another sum; commutative and associative.
    pub fn merge(&mut self, other: Self) {
        let _ = other;
    }

    /// Finds the owner, joins identities and states every relation.
    pub fn resolve(&self, hint: &OwnerHint) -> Resolved {
        let _ = hint;
        Resolved { owner: Owner::default(), people: Vec::new(), outbound_measured: false }
    }
}
