//! Decides what may be shown: an assessment becomes a document at one evidence level, and formats render it.
//!
//! Evidence is reduced once, in [`Report::new`]. A [`Report`] holds only strings that may be shown at its level, so
//! no format can forget to mask; what a format must do is escape, since names come from strangers.

mod csv;
mod explain;
mod json;
mod lang;
mod load;
mod markdown;
mod reduce;
mod safe;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::assess::{Class, Gap, Passes};
use crate::classify::{Escape, Sensitive, Sphere};
use crate::message::{FolderKind, ProblemKind};
use crate::observe::{Channel, PhoneKind};
use crate::people::Relation;
use crate::profile::{Basis, Documented, Exclusion, Field, Kind, List};
use crate::source::Proof;

pub use explain::{explain, find};
pub use lang::Lang;
pub use load::LoadError;
pub use reduce::{Evidence, Meta};
pub use safe::Plain;

/// The version of the document that this program writes, and the newest that it reads.
pub const SCHEMA: u32 = 1;

/// How a report looks; one file each, one row each.
pub struct Format {
    pub name: &'static str,
    /// One sentence for `--help`.
    pub about: &'static str,
    pub extension: &'static str,
    pub write: fn(&Report, Look, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format there is.
pub const FORMATS: &[Format] = &[
    Format { name: "text", about: "summary for a terminal, 80 columns", extension: "txt", write: text::write },
    Format {
        name: "json",
        about: "the whole result, as `report` reads it again",
        extension: "json",
        write: json::write,
    },
    Format { name: "csv", about: "one row a contact", extension: "csv", write: csv::write },
    Format { name: "md", about: "the whole report as Markdown", extension: "md", write: markdown::write },
];

/// What a reader may choose about the looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub lang: Lang,
    /// Emphasis by terminal escapes; never more than emphasis.
    pub colour: bool,
}

/// The JSON Schema of the document, as `mailglean schema` prints it.
pub const JSON_SCHEMA: &str = include_str!("../../docs/result.schema.json");

/// How much a report may show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Numbers only.
    Counts,
    /// One line a person, by a keyed pseudonym; no text of the mailbox.
    #[default]
    Pseudonyms,
    /// Initials and shortened addresses.
    Masked,
    /// Everything; asks for a reason, which the report bears.
    Clear,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Counts, Self::Pseudonyms, Self::Masked, Self::Clear];

    /// The word for it on the command line and in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Pseudonyms => "pseudonyms",
            Self::Masked => "masked",
            Self::Clear => "clear",
        }
    }
}

/// The document. `docs/result.md` explains every key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub schema: u32,
    pub program: Program,
    /// RFC 3339.
    pub generated_at: String,
    /// The day after which this file is to be deleted.
    pub expires: Option<String>,
    /// What stands for the mailbox; never its address.
    pub mailbox: String,
    /// Made from the embedded sample: nobody in it is real.
    pub synthetic: bool,
    pub evidence: Shown,
    /// Everything that was wanted was read.
    pub complete: bool,
    pub gaps: Vec<Gap>,
    /// The questions to settle before an audit, with the answers given.
    pub questions: BTreeMap<String, Option<String>>,
    pub owner: OwnerShown,
    pub coverage: Coverage,
    pub reading: ReadingShown,
    /// Everybody in the mailbox, sent or not.
    pub people: Census,
    pub headline: Headline,
    /// In the order they were asked for; the first makes the headline.
    pub profiles: Vec<ProfileShown>,
    /// Empty at the level `counts`. Ordered by id, so the order is the same at every level and tells nothing.
    pub contacts: Vec<Contact>,
}

/// Nobody's data stands in a log.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({:?}, {} contacts)", self.evidence.level, self.contacts.len())
    }
}

/// Which program made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    pub name: String,
    pub version: String,
}

/// At which level, and why more than pseudonyms is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub level: Level,
    pub reason: Option<String>,
    /// Two reports with the same fingerprint have the same ids for the same people.
    pub key: String,
}

/// Whose mailbox it was taken to be, for confirmation.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnerShown {
    /// Where it was read from; empty: not found, and every direction rests on nothing.
    pub found_by: String,
    pub addresses: u64,
    pub domains: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domain_names: Vec<String>,
}

/// How much of the mailbox the figures rest on.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub messages: u64,
    pub read: u64,
    /// Could not be read at all.
    pub lost: u64,
    /// Read with something left out.
    pub partly: u64,
    pub problems: BTreeMap<ProblemKind, u64>,
    pub folders: Vec<FolderShown>,
    pub not_opened: Vec<FolderShown>,
    /// Entries of the address book; `None`: none was given.
    pub address_book: Option<u64>,
    /// Whether mail that the owner sent was there.
    pub sent_mail: bool,
    /// What a plug-in may read and a mailbox cannot show.
    pub not_measured: Vec<NotMeasured>,
    /// Oldest and newest dated message, by month (at `clear` by day).
    pub from: Option<String>,
    pub to: Option<String>,
}

/// A channel that no figure of the report covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotMeasured {
    AddressBook,
    /// No mail that the owner sent was found.
    SentMail,
    Calendar,
    SenderHeader,
    Social,
}

/// A folder under its alias.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FolderShown {
    pub alias: String,
    pub kind: FolderKind,
    /// `None`: not counted.
    pub messages: Option<u64>,
    pub read: u64,
    /// At `clear` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How the mailbox was read, and what shows that it was only read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingShown {
    /// `imap`, `maildir`, `mbox`, `files`.
    pub source: String,
    /// Every host that was connected to.
    pub hosts: Vec<String>,
    /// `None` for files, which are opened for reading alone.
    pub proof: Option<ProofShown>,
}

/// The facts about reading only; see [`Proof`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofShown {
    pub commands: BTreeMap<String, u64>,
    pub tls: String,
    pub read_only: bool,
    pub changed: Vec<String>,
    pub unchanged: u64,
    /// Whether an unread message stayed unread when it was looked at first; `None`: there was none.
    #[serde(default)]
    pub canary: Option<bool>,
}

impl From<&Proof> for ProofShown {
    fn from(proof: &Proof) -> Self {
        let Proof { commands, tls, read_only, changed, unchanged, canary } = proof.clone();
        Self { commands, tls, read_only, changed, unchanged, canary }
    }
}

/// Everybody in the mailbox, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Census {
    /// Natural persons other than the owner.
    pub persons: u64,
    pub classes: BTreeMap<Class, u64>,
    pub spheres: BTreeMap<Sphere, u64>,
    pub relations: BTreeMap<Relation, u64>,
}

/// The figure, and what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Empty if no profile was run.
    pub profile: String,
    pub low: u64,
    pub high: u64,
}

/// One profile over the mailbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileShown {
    pub id: String,
    pub version: u32,
    pub vendor: String,
    pub product: String,
    pub as_of: String,
    pub kind: Kind,
    /// How well the profile is documented.
    pub documented: Documented,
    /// How many of its values are sourced, inferred, assumed.
    pub bases: [u64; 3],
    /// Countries, declared and permitted.
    pub recipients: [Vec<String>; 2],
    /// What the vendor says of notice to the persons and of opting out; changes no count.
    pub notice: [bool; 2],
    pub opt_out: [bool; 2],
    pub low: u64,
    pub high: u64,
    pub declared: Figures,
    pub permitted: Figures,
    /// The largest effect first.
    pub assumptions: Vec<AssumptionShown>,
    pub sources: BTreeMap<String, SourceShown>,
}

impl ProfileShown {
    /// Declared, then permitted.
    pub fn both(&self) -> [&Figures; 2] {
        [&self.declared, &self.permitted]
    }
}

/// A document that a profile rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceShown {
    pub what: String,
    pub at: String,
    pub grade: char,
}

/// The figures of one reading of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Persons (and shared or automatic addresses) sent, each once.
    pub sent: BTreeMap<Class, u64>,
    /// What the bystanders sent are.
    pub bystanders: BTreeMap<Sphere, u64>,
    pub filter: FilterShown,
    /// `None`: fewer than five, at the level `counts`.
    pub sensitive: BTreeMap<Sensitive, Option<u64>>,
    /// Private persons and bystanders, by field sent.
    pub fields: BTreeMap<Field, u64>,
    pub directory: DirectoryShown,
    pub legal: LegalShown,
}

impl Figures {
    /// Persons (or addresses) sent as this.
    pub fn count(&self, class: Class) -> u64 {
        self.sent.get(&class).copied().unwrap_or(0)
    }

    /// Leaks for sure.
    pub fn sure(&self) -> u64 {
        self.count(Class::Private) + self.count(Class::Bystander)
    }
}

/// What the vendor's filter does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilterShown {
    /// The free-mail list it is taken to use.
    pub freemail: List,
    /// Domains on that list.
    pub domains: u64,
    /// Private persons it keeps back and lets through.
    pub private_held_back: u64,
    pub private_passed: u64,
    pub unsure_held_back: u64,
    /// Private persons and bystanders kept back, by the part that stands first in the way.
    pub held_back: BTreeMap<Exclusion, u64>,
    /// Why private persons pass; one may have several reasons.
    pub passes: BTreeMap<Passes, u64>,
}

impl Default for FilterShown {
    fn default() -> Self {
        Self {
            freemail: List::None,
            domains: 0,
            private_held_back: 0,
            private_passed: 0,
            unsure_held_back: 0,
            held_back: BTreeMap::new(),
            passes: BTreeMap::new(),
        }
    }
}

/// What others could look up afterwards.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DirectoryShown {
    pub records: u64,
    pub fields: BTreeMap<Field, u64>,
    /// Confirmed by one message, two to four, five or more.
    pub corroborated: [u64; 3],
    /// Last confirmed within 30 days, a year, three years of the newest message, before, undated.
    pub confirmed: [u64; 5],
}

/// Counts behind legal questions; see `docs/result.md`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LegalShown {
    pub persons: u64,
    pub unsure: u64,
    /// Each person on the widest step reached: within the old list privilege, with e-mail, with phone, with private phone.
    pub within_list: u64,
    pub with_email: u64,
    pub with_phone: u64,
    pub with_private_phone: u64,
    pub without_postal_address: u64,
    /// Wrote to the owner (Art. 13 GDPR), or known from elsewhere only (Art. 14).
    pub gave_themselves: u64,
    pub from_elsewhere: u64,
    /// Last seen more than one, three, five years ago.
    pub older: [u64; 3],
    pub undated: u64,
}

/// A value without a source, and what the headline would be if it were otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssumptionShown {
    /// The path of the value in the profile.
    pub path: String,
    pub basis: Basis,
    pub declared: String,
    pub permitted: String,
    /// What it was switched to in each reading.
    pub otherwise: [String; 2],
    /// The low end with this one switched in the declared reading, the high end with it switched in the permitted.
    pub low: u64,
    pub high: u64,
    /// False: a mailbox cannot show the effect.
    pub measured: bool,
    pub sources: Vec<String>,
    pub note: Option<String>,
}

/// One person, or one shared or automatic address.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// A keyed pseudonym; the same at every level and in every report made with the same key.
    pub id: String,
    pub class: Class,
    pub sphere: Sphere,
    pub relation: Relation,
    /// How likely the sphere is right.
    pub certainty: f64,
    /// How likely the person is private.
    pub private: f64,
    /// Rule ids, the decisive one first.
    pub reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escapes: Vec<Escape>,
    /// At `clear` alone: elsewhere such marks are counted, not put on a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<Sensitive>,
    /// Messages by channel.
    pub sources: BTreeMap<Channel, u64>,
    /// The kinds of data that the mailbox shows of this person.
    pub fields: Vec<Field>,
    /// First and last seen: the month, at `clear` the day.
    pub first: Option<String>,
    pub last: Option<String>,
    /// Where the person was seen, finest grain.
    pub places: Vec<PlaceShown>,
    /// Why several identities were taken for one person: rule and number of messages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub joins: BTreeMap<String, u64>,
    /// What each profile does with this person: declared, then permitted.
    pub fates: BTreeMap<String, [FateShown; 2]>,
    // From here on: at `masked` shortened, at `clear` as found; the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub titles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<PhoneShown>,
}

/// A telephone number.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PhoneShown {
    pub number: String,
    pub kind: PhoneKind,
}

/// A kind of place where a person was seen.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PlaceShown {
    pub channel: Channel,
    /// A folder's alias; `None` for the address book.
    pub folder: Option<String>,
    /// The id of who sent the message; `None` where unknown.
    pub via: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub automated: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub private_subject: bool,
    pub messages: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub fields: Vec<Field>,
}

fn is_false(on: &bool) -> bool {
    !on
}

/// What becomes of a person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FateShown {
    Sent { fields: Vec<Field>, messages: u64, first: Option<String>, last: Option<String> },
    HeldBack { by: Exclusion },
    TooOld,
    NotRead,
}
