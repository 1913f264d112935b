//! Decides what may be shown: an assessment becomes a document at one evidence level, and formats render it.
//!
//! Evidence is reduced once, in [`Report::new`]. A [`Report`] holds only strings that may be shown at its level, so
//! no format can forget to mask; what a format must do is escape, since names come from strangers.

pub mod aggregate;
mod audience;
mod csv;
mod diff;
mod digest;
mod dpia;
mod explain;
mod growth;
mod html;
mod json;
mod labels;
mod lang;
mod leaflet;
mod ledger;
mod load;
mod lookup;
mod made;
mod markdown;
mod measures;
mod notes;
#[cfg(feature = "pdf")]
mod pdf;
mod reduce;
mod rules;
mod safe;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::assess::{Class, Gap, Origin, Passes};
use crate::classify::{Escape, Sensitive, Sphere};
use crate::message::{FolderKind, ProblemKind};
use crate::observe::{Channel, Notice, PhoneKind, Within};
use crate::people::Relation;
use crate::people::domains::DomainKind;
use crate::profile::{Basis, Documented, Exclusion, Field, Kind, List};
use crate::source::{Grade, Proof};

pub use audience::Audience;
pub use diff::{Compared, Diff, diff};
pub use digest::intact;
pub use explain::{brief, explain, find};
pub use growth::{CurveShown, GrowthShown, SumShown};
pub use html::{Query, browse, page, story};
pub use labels::{BY_HAND, ByRules, Label, LabelError, Labels};
pub use lang::Lang;
pub use leaflet::{LeafletError, leaflet};
pub use load::LoadError;
pub use lookup::{Found, NoRecords, Search, look_up};
pub use made::{MadeWith, Told};
pub use measures::{
    Beyond, CountermeasuresShown, DomainShown, FirstDay, Pair, ReachShown, RuleShown, SettingShown, SmallestShown,
};
#[cfg(feature = "pdf")]
pub use pdf::leaflet as leaflet_pdf;
pub use reduce::{Evidence, Meta, fingerprint};
pub use rules::{Answer, NoAnswer, Question, Together, what_if};
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
    Format {
        name: "html",
        about: "the whole report as one page for screen and paper",
        extension: "html",
        write: html::write,
    },
    #[cfg(feature = "pdf")]
    Format {
        name: "pdf",
        about: "the same page on A4, for those who listen too (PDF/A-2a, PDF/UA-1)",
        extension: "pdf",
        write: pdf::write,
    },
    Format { name: "csv", about: "one row a contact", extension: "csv", write: csv::write },
    Format {
        name: "dpia",
        about: "facts for a data-protection impact assessment, Markdown with the headings of Art. 35(7) GDPR",
        extension: "dpia.md",
        write: dpia::markdown,
    },
    Format {
        name: "cnil-pia",
        about: "the same facts for the PIA tool of the CNIL",
        extension: "pia.json",
        write: dpia::pia,
    },
    Format { name: "md", about: "the whole report as Markdown", extension: "md", write: markdown::write },
];

/// What a reader may choose about the looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub lang: Lang,
    /// Emphasis by terminal escapes; never more than emphasis.
    pub colour: bool,
    /// Which sections a page has; the level is lowered before, by [`Report::at_most`].
    pub audience: Audience,
    /// The result is past its date and shown all the same.
    pub overdue: bool,
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
    /// SHA-256 of the file's bytes, written by [`intact`]'s counterpart alone: here it is a blank.
    #[serde(default, skip_deserializing, serialize_with = "blank")]
    pub digest: (),
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
    /// `None` in results of an older program.
    #[serde(default)]
    pub made_with: Option<MadeWith>,
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
    /// What data brokers wrote to the owner already; absent in an older result.
    #[serde(default)]
    pub notices: Option<NoticesShown>,
    /// In the order they were asked for; the first makes the headline.
    pub profiles: Vec<ProfileShown>,
    /// Domains that several persons share, by id; empty at the level `counts`.
    #[serde(default)]
    pub domains: Vec<DomainShown>,
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
    /// A keyed pseudonym of the mailbox by its owner's address, the same in every report made with the same key; empty:
    /// nobody knows whose it is. What `merge` tells mailboxes apart by, however they are called.
    #[serde(default)]
    pub id: String,
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
    /// Appointments of which no invitation came by mail.
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
    /// How well it is shown that nothing was changed; `None` in results of before there were grades.
    #[serde(default)]
    pub grade: Option<Grade>,
    /// The hash that stands for the transcript of the commands, if one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
}

impl From<&Proof> for ProofShown {
    fn from(proof: &Proof) -> Self {
        let grade = Some(proof.grade());
        let Proof { commands, tls, read_only, changed, unchanged, canary, transcript, .. } = proof.clone();
        Self { commands, tls, read_only, changed, unchanged, canary, grade, transcript }
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

/// Messages that look, by their words alone, like notices of data brokers and directories. Counts, never text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoticesShown {
    /// Each once, copies in other folders included.
    pub messages: u64,
    /// A message may be of several kinds.
    pub kinds: BTreeMap<Notice, u64>,
    /// Messages by month; undated ones are in `messages` alone. Empty at the level `counts`.
    pub months: BTreeMap<String, u64>,
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
    /// Of these, those outside the European Economic Area.
    #[serde(default)]
    pub third_countries: [Vec<String>; 2],
    /// What the vendor says of notice to the persons and of opting out; changes no count.
    pub notice: [bool; 2],
    pub opt_out: [bool; 2],
    pub low: u64,
    pub high: u64,
    pub declared: Figures,
    pub permitted: Figures,
    /// The largest effect first.
    pub assumptions: Vec<AssumptionShown>,
    /// Through time: under the day of installation that was given, or under two that are supposed.
    #[serde(default)]
    pub growth: Vec<GrowthShown>,
    pub sources: BTreeMap<String, SourceShown>,
    /// What it does: declared, then permitted. Empty in results of an older program.
    #[serde(default)]
    pub settings: Vec<SettingShown>,
    #[serde(default)]
    pub countermeasures: CountermeasuresShown,
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
    /// Business contacts it keeps back by mistake, such as sole traders on free mail.
    #[serde(default)]
    pub business_held_back: u64,
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
            business_held_back: 0,
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
    /// Persons whose record goes to a country outside the European Economic Area: all or none.
    #[serde(default)]
    pub to_third_country: u64,
    /// Who brought the record, each person once under the nearest.
    #[serde(default)]
    pub origin: BTreeMap<Origin, u64>,
    /// Through which channels records came; one person may stand under several.
    #[serde(default)]
    pub channels: BTreeMap<Channel, u64>,
    /// Records of which every part can be traced to a sender and a day.
    #[serde(default)]
    pub traceable: u64,
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
    /// The unsure people whom each reading would send with this one switched: who counts as what, a label decides.
    #[serde(default, skip_serializing_if = "none")]
    pub unsure: [Vec<String>; 2],
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
    /// Labelled by hand; what the rules held before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<ByRules>,
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
    /// In what kind of text; absent: in the header, or what the sender wrote.
    #[serde(default, skip_serializing_if = "Within::is_mail")]
    pub within: Within,
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
    // From here on: what profiles and rules ask of it, where it is not the usual.
    /// The owner sent the message.
    #[serde(default, skip_serializing_if = "is_false")]
    pub outbound: bool,
    /// A record from here would hold no name, or no address.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_name: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_address: bool,
    /// The smallest free-mail list that knows every address of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freemail: Option<List>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_domain: bool,
    /// An address of the record is at the domain of a business contact.
    #[serde(default, skip_serializing_if = "is_false")]
    pub customer: bool,
    /// What kinds of mailbox the record's addresses are, an organisation's own left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<DomainKind>,
    /// Ids of the record's domains, as far as several persons share them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// How far back a first reading has to go; absent: any does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<ReachShown>,
    /// For a plug-in that uploads once: what it meets here, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<FirstDay>,
}

/// The digest's place in a file that is being written.
fn blank<S: serde::Serializer>((): &(), to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(digest::BLANK)
}

fn none(both: &[Vec<String>; 2]) -> bool {
    both.iter().all(Vec::is_empty)
}

fn is_false(on: &bool) -> bool {
    !on
}

/// What becomes of a person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FateShown {
    Sent {
        fields: Vec<Field>,
        messages: u64,
        /// How often the record goes out, under the first scenario of the profile's growth.
        #[serde(default)]
        transmissions: u64,
        first: Option<String>,
        last: Option<String>,
        /// Why the vendor's filter lets the person through; of those alone who are private or may be.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passes: Vec<Passes>,
    },
    HeldBack {
        by: Exclusion,
    },
    TooOld,
    NotRead,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::assess::Facts;
    use crate::assess::sample::{assessed, facts};
    use crate::profile::builtin;

    const MAILBOX: &str = "
me own own
  sender sent me@corp.example -3 email=me@corp.example name=Maxine_Owner
ann business direct
  sender inbox ann@firm.example -9,-2 email=ann@firm.example name=Ann_Firmament
  signature inbox ann@firm.example -9,-2 name=Ann_Firmament title=Buyer org=Firmament_Ltd work=+49511555020
aunt private direct
  sender inbox aunt.rosa@gmail.com -400,-4 email=aunt.rosa@gmail.com name=Rosa_Tantchen
friend private inbound isp health
  sender inbox friend@ewetel.net -4 email=friend@ewetel.net name=Fridolin_Praxis
stranger business bystander
  quoted inbox ann@firm.example -9 name=Silvia_Fremd home=+49511555021 address=Geheimweg_7,_30159_Hannover
other unsure inbound
  sender inbox other@odd.example -5 email=other@odd.example name=Otto_Odd
";

    /// What a report at `counts` or `pseudonyms` must not hold: every piece of the mailbox above.
    const SECRETS: [&str; 15] = [
        "maxine",
        "owner@",
        "me@corp",
        "corp.example",
        "ann@",
        "firmament",
        "buyer",
        "555020",
        "rosa",
        "tantchen",
        "friend@",
        "ewetel",
        "fridolin",
        "silvia",
        "geheimweg",
    ];

    pub(super) fn evidence(level: Level) -> Evidence {
        let reason = (level == Level::Clear).then(|| "subject access request".to_owned());
        Evidence { level, key: b"a key that is kept apart".to_vec(), reason }
    }

    pub(super) fn meta() -> Meta {
        Meta {
            generated_at: "2025-06-30T12:00:00Z".into(),
            expires: Some("2025-07-30".into()),
            mailbox: "M-01".into(),
            source: "imap".into(),
            hosts: vec!["imap.host.example:993".into()],
            proof: Some(Proof { tls: "TLS 1.3".into(), read_only: true, unchanged: 2, ..Proof::default() }),
            ..Meta::default()
        }
    }

    pub(super) fn report(level: Level) -> Report {
        Report::new(&assessed(MAILBOX, &builtin(), facts()), &evidence(level), &meta())
    }

    pub(super) fn rendered(report: &Report, name: &str, lang: Lang) -> String {
        // What is on paper is read from its layout, since a PDF is packed.
        #[cfg(feature = "pdf")]
        if name == "pdf" {
            return pdf::read_out(report, Look { lang, ..Look::default() });
        }
        let format = FORMATS.iter().find(|format| format.name == name).expect("is a format");
        let mut out = Vec::new();
        (format.write)(report, Look { lang, ..Look::default() }, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("reports are UTF-8")
    }

    fn everything(report: &Report) -> impl Iterator<Item = (String, String)> {
        let all = FORMATS.iter().flat_map(|format| Lang::ALL.map(|lang| (format.name, lang)));
        let mut shown: Vec<_> =
            all.map(|(name, lang)| (format!("{name} {}", lang.tag()), rendered(report, name, lang))).collect();
        for contact in &report.contacts {
            let mut out = Vec::new();
            explain(report, contact, Look::default(), &mut out).expect("a vector takes everything");
            shown.push(("explain".into(), String::from_utf8(out).expect("is UTF-8")));
        }
        shown.into_iter()
    }

    #[test]
    fn no_text_of_the_mailbox_below_masked_in_any_format() {
        for level in [Level::Counts, Level::Pseudonyms] {
            for (format, shown) in everything(&report(level)) {
                let shown = shown.to_lowercase();
                for secret in SECRETS {
                    assert!(!shown.contains(secret), "{secret} stands in {format} at {level:?}");
                }
            }
        }
    }

    #[test]
    fn masked_shows_initials_and_no_more() {
        for (format, shown) in everything(&report(Level::Masked)) {
            let shown = shown.to_lowercase();
            for secret in SECRETS.iter().filter(|&&secret| secret != "ewetel") {
                assert!(!shown.contains(secret), "{secret} stands in {format} at masked");
            }
        }
        let csv = rendered(&report(Level::Masked), "csv", Lang::En);
        for part in ["R. T.", "a…@gmail.com", "f…@ewetel.net", "a…@f….example", "'+49…20"] {
            assert!(csv.contains(part), "{part} is missing in {csv}");
        }
    }

    #[test]
    fn marks_stand_on_nobody_below_clear() {
        assert!(report(Level::Masked).contacts.iter().all(|contact| contact.sensitive.is_empty()));
        assert!(report(Level::Clear).contacts.iter().any(|contact| contact.sensitive == [Sensitive::Health]));
        let counted = |level| report(level).profiles[0].permitted.sensitive.clone();
        assert_eq!(counted(Level::Pseudonyms), BTreeMap::from([(Sensitive::Health, Some(1))]));
        assert_eq!(counted(Level::Counts), BTreeMap::from([(Sensitive::Health, None)]));
    }

    #[test]
    fn ids_are_the_same_at_every_level_and_differ_by_key() {
        let ids = |report: &Report| report.contacts.iter().map(|contact| contact.id.clone()).collect::<Vec<_>>();
        let [pseudonyms, masked, clear] =
            [Level::Pseudonyms, Level::Masked, Level::Clear].map(|level| ids(&report(level)));
        assert_eq!(pseudonyms, masked);
        assert_eq!(masked, clear);
        assert_eq!(clear.iter().collect::<BTreeSet<_>>().len(), 6);
        let other = Evidence { key: b"another".to_vec(), ..evidence(Level::Clear) };
        let other = Report::new(&assessed(MAILBOX, &builtin(), facts()), &other, &meta());
        assert!(ids(&other).iter().all(|id| !clear.contains(id)));
        assert_ne!(other.evidence.key, report(Level::Clear).evidence.key);
    }

    /// The known answer keeps old reports comparable: who changes how ids are made, changes every id ever printed.
    #[test]
    fn an_id_is_a_truncated_hmac() {
        let all =
            assessed("ann business direct\n  sender inbox ann@firm.example -9 email=ann@firm.example\n", &[], facts());
        let key = Evidence { key: b"key".to_vec(), level: Level::Pseudonyms, reason: None };
        assert_eq!(Report::new(&all, &key, &meta()).contacts[0].id, "p-y0b7a-ez1nx");
    }

    #[test]
    fn clear_is_what_the_scorer_reads() {
        let shown: serde_json::Value =
            serde_json::from_str(&rendered(&report(Level::Clear), "json", Lang::En)).expect("JSON");
        let ann = shown["contacts"].as_array().expect("a list").iter().find(|c| c["names"][0] == "Ann Firmament");
        let ann = ann.expect("is there");
        assert_eq!(ann["emails"], serde_json::json!(["ann@firm.example"]));
        assert_eq!(ann["phones"], serde_json::json!([{"number": "+49511555020", "kind": "work"}]));
        assert_eq!(ann["organisations"], serde_json::json!(["Firmament Ltd"]));
        assert_eq!(ann["sources"], serde_json::json!({"sender": 2, "signature": 2}));
        assert_eq!((&ann["sphere"], &ann["relation"]), (&"business".into(), &"direct".into()));
    }

    #[test]
    fn a_result_is_read_again_as_it_was_written() {
        for level in [Level::Counts, Level::Pseudonyms, Level::Masked, Level::Clear] {
            let before = report(level);
            let json = rendered(&before, "json", Lang::En);
            let after = Report::load(json.as_bytes(), Some("2025-07-30")).expect("is read again");
            assert!(before == after, "{level:?}");
            assert_eq!(json, rendered(&after, "json", Lang::En));
        }
    }

    #[test]
    fn a_result_that_cannot_be_shown_says_why() {
        let json = rendered(&report(Level::Clear), "json", Lang::En);
        let load = |text: &str, today| Report::load(text.as_bytes(), today).expect_err("is refused").to_string();
        assert_eq!(load(&json, Some("2025-07-31")), "the result expired on 2025-07-30 and was to be deleted");
        let newer = json.replacen("\"schema\": 1", "\"schema\": 2, \"wholly\": \"other\"", 1);
        assert_eq!(load(&newer, None), "the result has schema 2; this program reads up to 1");
        for broken in [
            "",
            "{",
            "[]",
            "null",
            "{\"schema\": 1}",
            &json[..json.len() / 2],
            &json.replace("\"low\": 1", "\"low\": \"Rosa\""),
        ] {
            let why = load(broken, None);
            assert!(why.starts_with("not a result of mailglean") && !why.contains("Rosa"), "{why}");
        }
    }

    #[test]
    fn nobody_is_cleared_by_a_gap() {
        let empty = |facts: Facts| Report::new(&assessed("", &builtin(), facts), &evidence(Level::Pseudonyms), &meta());
        let whole = rendered(&empty(facts()), "text", Lang::En);
        assert!(whole.contains("By this model, no private or uninvolved person"), "{whole}");
        for format in ["text", "md", "html"] {
            let part = rendered(&empty(Facts { interrupted: true, ..facts() }), format, Lang::En);
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(part.contains("INCOMPLETE") && part.contains("this clears nobody"), "{part}");
            assert!(!part.contains("no private or uninvolved person"), "{part}");
        }
    }

    /// Names come from strangers. Whatever they write, no format lets it act, and every number stays where it is.
    #[test]
    fn hostile_names_stay_text_in_every_format() {
        let hostile = [
            "\u{1b}[2J\u{1b}]0;pwned\u{7}",
            "\u{202e}gpj.exe\u{2066}",
            "=HYPERLINK(\"http://x.example\",\"click\")",
            "@SUM(1+1)*cmd|'/c_calc'!A0",
            "<script>alert(1)</script>",
            "|_a_|_b_|\n#_Heading",
            "[click](javascript:alert(1))",
            "\u{feff}\u{200b}\u{2060}",
            "\u{9b}31m",
        ];
        let mut clear = report(Level::Clear);
        let long = "🦀".repeat(20_000);
        for (contact, at) in clear.contacts.iter_mut().zip(0..) {
            let name = |at: usize| hostile.get(at).map_or_else(|| long.clone(), |name| (*name).to_owned());
            contact.names = vec![name(at), name(at + 5)];
            contact.organisations = vec![name(at + 2)];
            contact.titles = vec![name(at + 4)];
            contact.urls = vec![name(at + 3)];
        }
        clear.mailbox = hostile[0].into();
        clear.owner.names = vec![hostile[4].into(), hostile[6].into()];
        clear.coverage.folders[0].name = Some(hostile[5].into());
        clear.evidence.reason = Some(hostile[1].into());
        clear.questions.insert(hostile[4].into(), Some(hostile[6].into()));
        clear.reading.hosts = vec![hostile[0].into()];
        for (format, shown) in everything(&clear) {
            let acting = shown.chars().find(|&c| c != '\n' && c != '\r' && safe::acts(c));
            assert_eq!(acting, None, "in {format}");
            if format.starts_with("md") {
                for active in ["<script", "](", "javascript:", "\n# Heading", "http://"] {
                    assert!(!shown.contains(active), "{active} in {format}");
                }
            }
            if format.starts_with("csv") {
                assert!(!shown.contains(",\"=") && !shown.contains(",\"@") && !shown.contains("; ="), "{format}");
                let columns = |row: &str| row.matches("\",\"").count();
                let mut rows = shown.split("\r\n").filter(|row| !row.is_empty());
                let first = columns(rows.next().expect("a head"));
                assert_eq!(rows.clone().count(), clear.contacts.len());
                assert!(rows.all(|row| columns(row) >= first));
            }
        }
        let again = Report::load(rendered(&clear, "json", Lang::En).as_bytes(), None).expect("is read again");
        assert!(again == clear, "hostile names survive the file unchanged");
    }

    #[test]
    fn the_terminal_summary_has_80_columns_in_both_languages() {
        for lang in Lang::ALL {
            for level in [Level::Counts, Level::Clear] {
                let shown = rendered(&report(level), "text", lang);
                let wide = shown.lines().find(|line| line.chars().count() > 80);
                assert_eq!(wide, None);
            }
        }
    }

    #[test]
    fn a_person_is_found_by_the_beginning_of_the_id() {
        let report = report(Level::Pseudonyms);
        let id = &report.contacts[0].id;
        for shown in [id.clone(), id.to_uppercase(), id.replace("p-", ""), id[..6].to_owned()] {
            assert_eq!(find(&report, &shown).len(), 1, "{shown}");
        }
        assert!(find(&report, "").is_empty() && find(&report, "p-").is_empty() && find(&report, "p-zzzzzz").is_empty());
    }

    #[test]
    fn the_summary_of_the_small_mailbox() {
        insta::assert_snapshot!(rendered(&report(Level::Pseudonyms), "text", Lang::En));
    }

    /// The schema is written by hand; this walks a real result beside it: every key known, every required key there.
    #[test]
    fn a_result_keeps_to_the_published_schema() {
        fn keeps(value: &serde_json::Value, schema: &serde_json::Value, root: &serde_json::Value, at: &str) {
            let schema = match schema["$ref"].as_str() {
                Some(name) => &root["$defs"][name.trim_start_matches("#/$defs/")],
                None => schema,
            };
            if let Some(names) = schema["enum"].as_array() {
                assert!(names.contains(value), "{at}: {value} is not in the schema");
            }
            let properties = schema["properties"].as_object();
            if let (Some(object), Some(properties)) = (value.as_object(), properties) {
                for name in schema["required"].as_array().expect("is stated").iter().filter_map(|name| name.as_str()) {
                    assert!(object.contains_key(name), "{at}: {name} is missing");
                }
                for (key, value) in object {
                    let known = properties.get(key);
                    keeps(value, known.unwrap_or_else(|| panic!("{at}: {key} is not in the schema")), root, key);
                }
            } else if let (Some(object), Some(names)) = (value.as_object(), schema["propertyNames"]["enum"].as_array())
            {
                assert!(object.keys().all(|key| names.iter().any(|name| name == key)), "{at}");
            }
            for item in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
                keeps(item, &schema["items"], root, at);
            }
        }
        let schema: serde_json::Value = serde_json::from_str(JSON_SCHEMA).expect("the schema is JSON");
        for level in [Level::Counts, Level::Pseudonyms, Level::Masked, Level::Clear] {
            let shown = serde_json::to_value(report(level)).expect("is JSON");
            keeps(&shown, &schema, &schema, "result");
        }
    }
}
