//! Decides what one plug-in takes and spares: data in YAML, built in or the user's own, and the one function
//! that applies it to a place.

pub mod freemail;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use crate::message::FolderKind;
use crate::observe::{Channel, PhoneKind, Within};

pub use freemail::List;
pub use read::{ProfileError, builtin, load};

/// The two readings of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The vendor's own words, read most favourably.
    Declared,
    /// All that the granted permission allows.
    Permitted,
}

impl Bound {
    pub const BOTH: [Self; 2] = [Self::Declared, Self::Permitted];

    /// The other reading.
    pub fn other(self) -> Self {
        match self {
            Self::Declared => Self::Permitted,
            Self::Permitted => Self::Declared,
        }
    }
}

/// What a value rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    Sourced,
    Inferred,
    Assumption,
}

/// One value of a profile in both readings, and what it rests on.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice<T> {
    pub declared: T,
    pub permitted: T,
    pub basis: Basis,
    /// What the source says, in our words.
    #[serde(default)]
    pub says: Option<String>,
    #[serde(default)]
    pub sources: Vec<String>,
    #[serde(default)]
    pub note: Option<String>,
}

impl<T> Choice<T> {
    /// The value in one reading.
    pub fn at(&self, bound: Bound) -> &T {
        match bound {
            Bound::Declared => &self.declared,
            Bound::Permitted => &self.permitted,
        }
    }
}

/// A place that a plug-in may read, finer than [`Channel`] where vendors differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    AddressBook,
    Sender,
    /// The `Sender:` header; not told apart from `From:` here, so never measured by itself.
    SenderHeader,
    ReplyTo,
    To,
    Cc,
    Bcc,
    /// A signature that the message's own writer put under it, in received mail.
    Signature,
    QuotedSignature,
    /// A signature in a message that was passed on.
    ForwardedSignature,
    /// A signature in mail that the owner sent.
    OutboundSignature,
    Footer,
    Intro,
    /// Who organises and attends an appointment; seen only where the invitation came by mail.
    Calendar,
}

impl Read {
    pub const ALL: [Self; 14] = [
        Self::AddressBook,
        Self::Sender,
        Self::SenderHeader,
        Self::ReplyTo,
        Self::To,
        Self::Cc,
        Self::Bcc,
        Self::Signature,
        Self::QuotedSignature,
        Self::ForwardedSignature,
        Self::OutboundSignature,
        Self::Footer,
        Self::Intro,
        Self::Calendar,
    ];

    /// The key in a profile file.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddressBook => "address_book",
            Self::Sender => "sender",
            Self::SenderHeader => "sender_header",
            Self::ReplyTo => "reply_to",
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
            Self::Signature => "signature",
            Self::QuotedSignature => "quoted_signature",
            Self::ForwardedSignature => "forwarded_signature",
            Self::OutboundSignature => "outbound_signature",
            Self::Footer => "footer",
            Self::Intro => "intro",
            Self::Calendar => "calendar",
        }
    }

    /// Whether a mailbox can show what the plug-in would find here.
    pub fn measured(self) -> bool {
        self != Self::SenderHeader
    }
}

/// A kind of data that a plug-in may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Name,
    Email,
    Title,
    Organisation,
    Department,
    Address,
    Url,
    PhoneWork,
    PhoneMobile,
    PhoneHome,
    PhoneFax,
    /// From here on: not extracted from mail, so never measured.
    Social,
    Birthday,
    Notes,
    IpAddress,
}

impl Field {
    pub const ALL: [Self; 15] = [
        Self::Name,
        Self::Email,
        Self::Title,
        Self::Organisation,
        Self::Department,
        Self::Address,
        Self::Url,
        Self::PhoneWork,
        Self::PhoneMobile,
        Self::PhoneHome,
        Self::PhoneFax,
        Self::Social,
        Self::Birthday,
        Self::Notes,
        Self::IpAddress,
    ];

    /// The word in profiles and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Title => "title",
            Self::Organisation => "organisation",
            Self::Department => "department",
            Self::Address => "address",
            Self::Url => "url",
            Self::PhoneWork => "phone_work",
            Self::PhoneMobile => "phone_mobile",
            Self::PhoneHome => "phone_home",
            Self::PhoneFax => "phone_fax",
            Self::Social => "social",
            Self::Birthday => "birthday",
            Self::Notes => "notes",
            Self::IpAddress => "ip_address",
        }
    }

    /// Whether mail shows it to this program.
    pub fn measured(self) -> bool {
        self < Self::Social
    }
}

impl From<PhoneKind> for Field {
    fn from(kind: PhoneKind) -> Self {
        match kind {
            PhoneKind::Work => Self::PhoneWork,
            PhoneKind::Mobile => Self::PhoneMobile,
            PhoneKind::Home => Self::PhoneHome,
            PhoneKind::Fax => Self::PhoneFax,
        }
    }
}

/// A set of fields in one word.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fields(u16);

impl Fields {
    pub fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u16;
    }

    pub fn contains(self, field: Field) -> bool {
        self.0 & 1 << field as u16 != 0
    }

    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a record with these fields says of whom it is.
    pub fn names_somebody(self) -> bool {
        self.contains(Field::Name) || self.contains(Field::Email)
    }

    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |&field| self.contains(field))
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut all = Self::default();
        fields.into_iter().for_each(|field| all.insert(field));
        all
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Field::name)).finish()
    }
}

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<Field>::deserialize(from)?.into_iter().collect())
    }
}

/// A folder, or several, as a profile names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    Inbox,
    Sent,
    Drafts,
    Junk,
    Trash,
    Archive,
    AllMail,
    Other,
    /// All of them.
    Every,
}

/// The folders that are read, as a set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folders(u16);

impl Folders {
    pub const EVERY: Self = Self(0xff);

    pub fn contains(self, kind: FolderKind) -> bool {
        self.0 & 1 << kind as u16 != 0
    }

    pub fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The words of a profile file that come to this set.
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 8] = ["inbox", "sent", "drafts", "junk", "trash", "archive", "all_mail", "other"];
        if self == Self::EVERY {
            return vec!["every"];
        }
        NAMES.iter().enumerate().filter(|(at, _)| self.0 & 1 << at != 0).map(|(_, name)| *name).collect()
    }
}

impl FromIterator<FolderKind> for Folders {
    fn from_iter<I: IntoIterator<Item = FolderKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |all, kind| all | 1 << kind as u16))
    }
}

impl<'de> serde::Deserialize<'de> for Folders {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let kind = |pick| match pick {
            Pick::Inbox => 1 << FolderKind::Inbox as u16,
            Pick::Sent => 1 << FolderKind::Sent as u16,
            Pick::Drafts => 1 << FolderKind::Drafts as u16,
            Pick::Junk => 1 << FolderKind::Junk as u16,
            Pick::Trash => 1 << FolderKind::Trash as u16,
            Pick::Archive => 1 << FolderKind::Archive as u16,
            Pick::AllMail => 1 << FolderKind::All as u16,
            Pick::Other => 1 << FolderKind::Other as u16,
            Pick::Every => Self::EVERY.0,
        };
        Ok(Self(Vec::<Pick>::deserialize(from)?.into_iter().map(kind).fold(0, |all, one| all | one)))
    }
}

/// How far back the first reading goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    Days(u32),
    Unlimited,
}

impl<'de> serde::Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Days;
        impl serde::de::Visitor<'_> for Days {
            type Value = Window;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of days, or `unlimited`")
            }

            fn visit_u64<E: serde::de::Error>(self, days: u64) -> Result<Window, E> {
                let days = u32::try_from(days).ok().filter(|&days| days <= 36_500);
                days.map(Window::Days).ok_or_else(|| E::custom("at most 36500 days, or `unlimited`"))
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Window, E> {
                if word == "unlimited" {
                    Ok(Window::Unlimited)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
                }
            }
        }
        from.deserialize_any(Days)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}"),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// What sets a transmission off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// One upload, and no more.
    Once,
    /// A contact that is new or shows something new.
    NewOrChanged,
    /// Every message that names somebody.
    EveryMessage,
}

/// When a plug-in sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub trigger: Trigger,
    /// 0: at once.
    pub every_hours: u32,
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.trigger {
            Trigger::Once => "once",
            Trigger::NewOrChanged => "new_or_changed",
            Trigger::EveryMessage => "every_message",
        })
    }
}

/// Of what an address book is made that nobody gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Derived {
    /// Of nothing: without the file, the channel is not measured.
    #[default]
    None,
    /// Of everybody whom the owner wrote to, as Google's "other contacts" are.
    SentMail,
}

impl Derived {
    /// The word in a profile file.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SentMail => "sent_mail",
        }
    }
}

/// What becomes of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A database that other customers search.
    SharedDatabase,
    /// The user's own address book.
    OwnAddressBook,
    /// The user's own address book, and that of other users who have the person already.
    OwnAddressBookWithPropagation,
    /// A social network, for invitations.
    NetworkUpload,
}

/// How well the profile as a whole is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Documented {
    Thin,
    Partial,
    Good,
}

/// What a product leaves out.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusions {
    pub freemail: Choice<List>,
    pub role_addresses: Choice<bool>,
    pub automated_mail: Choice<bool>,
    pub own_domain: Choice<bool>,
    /// Messages whose subject says "private", "personal" or "confidential".
    pub private_subjects: Choice<bool>,
    /// Everybody whom the owner never wrote to.
    pub reciprocity_only: Choice<bool>,
    pub spam_and_trash: Choice<bool>,
    /// Addresses that stand without a name.
    pub no_display_name: Choice<bool>,
}

/// What the client leaves on a PC: for administrators who look for it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    pub sources: Vec<String>,
    pub process: String,
    pub folder: String,
    pub autostart: String,
    pub installer: String,
}

/// A document that a value rests on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub what: String,
    pub at: String,
    /// A: the vendor, a court, an authority. B: press, law firm, technical artefact. C: copy, blog, user report.
    pub grade: char,
}

/// What one plug-in is said to read, take, leave out and when.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub id: String,
    pub version: u32,
    pub vendor: String,
    pub product: String,
    /// Which time the sources speak of.
    pub as_of: String,
    pub kind: Kind,
    pub evidence: Documented,
    /// Countries that the data go to.
    pub recipient: Choice<Vec<String>>,
    pub clients: Choice<Vec<String>>,
    pub channels: BTreeMap<Read, Choice<bool>>,
    /// What stands for the address book where none was given; absent: nothing does.
    #[serde(default)]
    pub address_book_from: Option<Choice<Derived>>,
    pub fields: Choice<Fields>,
    pub folders: Choice<Folders>,
    pub exclusions: Exclusions,
    pub window_days: Choice<Window>,
    pub schedule: Choice<Schedule>,
    /// Whether updates go on to other users; changes no count.
    #[serde(default)]
    pub propagation: Option<Choice<bool>>,
    /// Whether something is checked before it is published; the transfer counts all the same.
    #[serde(default)]
    pub publication_gate: Option<Choice<bool>>,
    pub notice_to_person: Choice<bool>,
    pub opt_out: Choice<bool>,
    /// Whether a member can keep contacts back by choice; absent: nothing was found. Changes no count.
    #[serde(default)]
    pub choice_of_contacts: Option<Choice<bool>>,
    #[serde(default)]
    pub traces_on_a_pc: Option<Traces>,
    /// The documents that the values name; filled in when the profile is loaded.
    #[serde(skip)]
    pub sources: BTreeMap<String, Source>,
}

/// Everything that a vendor's filter could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    Freemail,
    RoleAddresses,
    AutomatedMail,
    OwnDomain,
    PrivateSubjects,
    ReciprocityOnly,
    SpamAndTrash,
    NoDisplayName,
}

impl Exclusion {
    pub const ALL: [Self; 8] = [
        Self::Freemail,
        Self::RoleAddresses,
        Self::AutomatedMail,
        Self::OwnDomain,
        Self::PrivateSubjects,
        Self::ReciprocityOnly,
        Self::SpamAndTrash,
        Self::NoDisplayName,
    ];

    /// The key in a profile file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Freemail => "freemail",
            Self::RoleAddresses => "role_addresses",
            Self::AutomatedMail => "automated_mail",
            Self::OwnDomain => "own_domain",
            Self::PrivateSubjects => "private_subjects",
            Self::ReciprocityOnly => "reciprocity_only",
            Self::SpamAndTrash => "spam_and_trash",
            Self::NoDisplayName => "no_display_name",
        }
    }
}

/// Everything that a profile may ask of one place where a person was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub channel: Channel,
    pub within: Within,
    /// `None` for the address book.
    pub folder: Option<FolderKind>,
    /// The owner sent the message.
    pub outbound: bool,
    pub automated: bool,
    pub private_subject: bool,
    /// The smallest free-mail list that knows every address a record from here would bear.
    pub freemail: Option<List>,
    /// An address of the record is at the owner's organisation.
    pub own_domain: bool,
    /// A name stands beside the address.
    pub named: bool,
    /// No address book was given, and the owner writes to the person here.
    pub may_stand_for_book: bool,
}

/// Everything that a profile may ask of the person as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    pub role: bool,
    /// The owner wrote to this person, in the whole mailbox.
    pub written_to: bool,
}

/// What a plug-in does with what one place shows of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It sends these of the fields, as far as they are there.
    Take(Fields),
    /// The channel or the folder is not read.
    NotRead,
    /// Older than the first reading, or later than the removal.
    TooOld,
    HeldBack(Exclusion),
}

/// A profile in one reading, ready to rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    channels: u16,
    pub fields: Fields,
    pub folders: Folders,
    pub freemail: List,
    exclusions: u16,
    pub window: Window,
    pub schedule: Schedule,
    pub book: Derived,
}

impl Setting {
    /// A plug-in that reads nothing, to be built up.
    pub fn nothing() -> Self {
        Self {
            channels: 0,
            fields: Fields::default(),
            folders: Folders::default(),
            freemail: List::None,
            exclusions: 0,
            window: Window::Unlimited,
            schedule: Schedule { trigger: Trigger::NewOrChanged, every_hours: 0 },
            book: Derived::None,
        }
    }

    /// Whether this place is read at all.
    pub fn reads(&self, read: Read) -> bool {
        self.channels & 1 << read as u16 != 0
    }

    /// Whether this exclusion is in force.
    pub fn excludes(&self, exclusion: Exclusion) -> bool {
        match exclusion {
            Exclusion::Freemail => self.freemail != List::None,
            other => self.exclusions & 1 << other as u16 != 0,
        }
    }

    /// Reads a place, or no longer does.
    pub fn set_read(&mut self, read: Read, on: bool) {
        let bit = 1 << read as u16;
        self.channels = if on { self.channels | bit } else { self.channels & !bit };
    }

    /// Sets an exclusion other than the free-mail list.
    pub fn set_exclusion(&mut self, exclusion: Exclusion, on: bool) {
        let bit = 1 << exclusion as u16;
        self.exclusions = if on { self.exclusions | bit } else { self.exclusions & !bit };
    }

    /// The same plug-in without any filter: what it could take if its vendor promised nothing.
    pub fn unfiltered(&self) -> Self {
        Self { freemail: List::None, exclusions: 0, ..self.clone() }
    }

    /// Whether the place is read as an entry of an address book that grew out of sent mail: an address book has
    /// neither folders nor a window.
    pub fn reads_as_book(&self, spot: &Spot) -> bool {
        spot.may_stand_for_book && self.book == Derived::SentMail && self.reads(Read::AddressBook)
    }

    /// What the plug-in does with this place. `in_window` says whether a day of the place is read.
    pub fn ruling(&self, spot: &Spot, subject: &Subject, in_window: bool) -> Ruling {
        let read = self.reads(read_of(spot)) && spot.folder.is_none_or(|kind| self.folders.contains(kind));
        if !read && !self.reads_as_book(spot) {
            return Ruling::NotRead;
        }
        if !in_window {
            return Ruling::TooOld;
        }
        match Exclusion::ALL.into_iter().find(|&exclusion| self.spares(exclusion, spot, subject)) {
            Some(exclusion) => Ruling::HeldBack(exclusion),
            None => Ruling::Take(self.fields),
        }
    }

    /// Whether one exclusion, if it is in force, keeps this place back.
    pub fn spares(&self, exclusion: Exclusion, spot: &Spot, subject: &Subject) -> bool {
        self.excludes(exclusion)
            && match exclusion {
                Exclusion::Freemail => spot.freemail.is_some_and(|list| list <= self.freemail),
                Exclusion::RoleAddresses => subject.role,
                Exclusion::AutomatedMail => spot.automated,
                Exclusion::OwnDomain => spot.own_domain,
                Exclusion::PrivateSubjects => spot.private_subject,
                Exclusion::ReciprocityOnly => !subject.written_to,
                Exclusion::SpamAndTrash => matches!(spot.folder, Some(FolderKind::Junk | FolderKind::Trash)),
                Exclusion::NoDisplayName => !spot.named,
            }
    }
}

/// Which key of a profile decides over this place.
pub fn read_of(spot: &Spot) -> Read {
    match spot.channel {
        Channel::Sender => Read::Sender,
        Channel::To => Read::To,
        Channel::Cc => Read::Cc,
        Channel::Bcc => Read::Bcc,
        Channel::ReplyTo => Read::ReplyTo,
        Channel::Signature if spot.outbound => Read::OutboundSignature,
        Channel::Signature => Read::Signature,
        Channel::QuotedSignature if spot.within == Within::Forward => Read::ForwardedSignature,
        Channel::QuotedSignature => Read::QuotedSignature,
        Channel::Footer => Read::Footer,
        Channel::Intro if spot.within == Within::Invitation => Read::Calendar,
        Channel::Intro => Read::Intro,
        Channel::AddressBook => Read::AddressBook,
    }
}

/// A value of a profile that could be otherwise, by its path in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaf {
    Channel(Read),
    Fields,
    Folders,
    Exclusion(Exclusion),
    Window,
    Schedule,
    AddressBook,
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(read) => write!(f, "channels.{}", read.name()),
            Self::Fields => f.write_str("fields"),
            Self::Folders => f.write_str("folders"),
            Self::Exclusion(exclusion) => write!(f, "exclusions.{}", exclusion.name()),
            Self::Window => f.write_str("window_days"),
            Self::Schedule => f.write_str("schedule"),
            Self::AddressBook => f.write_str("address_book_from"),
        }
    }
}

/// A value that rests on no source, and what it would be if it were otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    pub leaf: Leaf,
    pub basis: Basis,
    pub declared: String,
    pub permitted: String,
    /// The value to switch to in each reading; equal to the reading's own where there is nothing to switch.
    pub otherwise: [String; 2],
    pub sources: Vec<String>,
    pub note: Option<String>,
    /// False where a mailbox cannot show the effect.
    pub measured: bool,
}

impl Profile {
    /// The profile in one reading.
    pub fn setting(&self, bound: Bound) -> Setting {
        let on = |read: Read| self.channels.get(&read).is_some_and(|choice| *choice.at(bound));
        let mut setting = Setting {
            channels: 0,
            fields: *self.fields.at(bound),
            folders: *self.folders.at(bound),
            freemail: *self.exclusions.freemail.at(bound),
            exclusions: 0,
            window: *self.window_days.at(bound),
            schedule: *self.schedule.at(bound),
            book: self.address_book_from.as_ref().map_or(Derived::None, |choice| *choice.at(bound)),
        };
        for read in Read::ALL {
            setting.set_read(read, on(read));
        }
        for exclusion in Exclusion::ALL {
            if let Some(choice) = self.exclusion(exclusion) {
                setting.set_exclusion(exclusion, *choice.at(bound));
            }
        }
        setting
    }

    /// What rests on no source: each can be switched alone, see [`Profile::switched`].
    ///
    /// Listed are values whose readings differ, and those for which nothing was found. A value that is the same in
    /// both readings is switched to its opposite, so that a reader can ask of every one of them "and if not?".
    pub fn assumptions(&self) -> Vec<Assumption> {
        let mut all = Vec::new();
        for (&read, choice) in &self.channels {
            if unsettled(choice) {
                all.push(entry(Leaf::Channel(read), choice, bool::to_string, opposite, read.measured()));
            }
        }
        if self.fields.declared != self.fields.permitted {
            let shown = |fields: &Fields| fields.iter().map(Field::name).collect::<Vec<_>>().join(" ");
            all.push(entry(Leaf::Fields, &self.fields, shown, Fields::clone, true));
        }
        if self.folders.declared != self.folders.permitted {
            all.push(entry(Leaf::Folders, &self.folders, |kinds| kinds.names().join(" "), Folders::clone, true));
        }
        if unsettled(&self.exclusions.freemail) {
            let leaf = Leaf::Exclusion(Exclusion::Freemail);
            all.push(entry(leaf, &self.exclusions.freemail, |list| list.name().to_owned(), other_list, true));
        }
        for exclusion in Exclusion::ALL {
            if let Some(choice) = self.exclusion(exclusion).filter(|choice| unsettled(choice)) {
                all.push(entry(Leaf::Exclusion(exclusion), choice, bool::to_string, opposite, true));
            }
        }
        if self.window_days.declared != self.window_days.permitted {
            all.push(entry(Leaf::Window, &self.window_days, Window::to_string, Window::clone, true));
        }
        if self.schedule.declared.trigger != self.schedule.permitted.trigger {
            all.push(entry(Leaf::Schedule, &self.schedule, Schedule::to_string, Schedule::clone, true));
        }
        if let Some(choice) = self.address_book_from.as_ref().filter(|choice| unsettled(choice)) {
            all.push(entry(Leaf::AddressBook, choice, |book| book.name().to_owned(), other_book, true));
        }
        all
    }

    /// The profile in one reading with one value switched: to that of the other reading, or to its opposite where
    /// both agree.
    pub fn switched(&self, bound: Bound, leaf: Leaf) -> Setting {
        let mut setting = self.setting(bound);
        let other = bound.other();
        match leaf {
            Leaf::Channel(read) => {
                let on = self.channels.get(&read).is_some_and(|choice| switch(choice, bound, opposite));
                setting.set_read(read, on);
            }
            Leaf::Fields => setting.fields = *self.fields.at(other),
            Leaf::Folders => setting.folders = *self.folders.at(other),
            Leaf::Window => setting.window = *self.window_days.at(other),
            Leaf::Schedule => setting.schedule = *self.schedule.at(other),
            Leaf::AddressBook => {
                let book = self.address_book_from.as_ref();
                setting.book = book.map_or(Derived::None, |choice| switch(choice, bound, other_book));
            }
            Leaf::Exclusion(Exclusion::Freemail) => {
                setting.freemail = switch(&self.exclusions.freemail, bound, other_list);
            }
            Leaf::Exclusion(exclusion) => {
                if let Some(choice) = self.exclusion(exclusion) {
                    setting.set_exclusion(exclusion, switch(choice, bound, opposite));
                }
            }
        }
        setting
    }

    /// How many values rest on what: sourced, inferred, assumption.
    pub fn bases(&self) -> [usize; 3] {
        let mut count = [0; 3];
        let mut add = |basis: Basis| count[basis as usize] += 1;
        self.channels.values().for_each(|choice| add(choice.basis));
        Exclusion::ALL.iter().filter_map(|&e| self.exclusion(e)).for_each(|choice| add(choice.basis));
        add(self.exclusions.freemail.basis);
        add(self.recipient.basis);
        add(self.clients.basis);
        add(self.fields.basis);
        add(self.folders.basis);
        add(self.window_days.basis);
        add(self.schedule.basis);
        add(self.notice_to_person.basis);
        add(self.opt_out.basis);
        let others = self.propagation.iter().chain(&self.publication_gate).chain(&self.choice_of_contacts);
        others.for_each(|choice| add(choice.basis));
        self.address_book_from.iter().for_each(|choice| add(choice.basis));
        count
    }

    /// The choice behind an exclusion; `None` for the free-mail list, which is no yes or no.
    pub fn exclusion(&self, exclusion: Exclusion) -> Option<&Choice<bool>> {
        let all = &self.exclusions;
        match exclusion {
            Exclusion::Freemail => None,
            Exclusion::RoleAddresses => Some(&all.role_addresses),
            Exclusion::AutomatedMail => Some(&all.automated_mail),
            Exclusion::OwnDomain => Some(&all.own_domain),
            Exclusion::PrivateSubjects => Some(&all.private_subjects),
            Exclusion::ReciprocityOnly => Some(&all.reciprocity_only),
            Exclusion::SpamAndTrash => Some(&all.spam_and_trash),
            Exclusion::NoDisplayName => Some(&all.no_display_name),
        }
    }
}

/// Those of the countries that lie outside the European Economic Area: a transfer there needs a ground of its own
/// (Art. 44 GDPR). Whether there is one, an adequacy decision or a certification, is for a person to look up.
pub fn third_countries(countries: &[String]) -> Vec<String> {
    const WITHIN: &[&str] = &[
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EEA", "ES", "EU", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
        "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    ];
    countries.iter().filter(|country| !WITHIN.contains(&country.as_str())).cloned().collect()
}

/// Whether the value could be otherwise: the readings differ, or nothing was found.
fn unsettled<T: PartialEq>(choice: &Choice<T>) -> bool {
    choice.declared != choice.permitted || choice.basis == Basis::Assumption
}

fn opposite(on: &bool) -> bool {
    !on
}

fn other_book(book: &Derived) -> Derived {
    if *book == Derived::None { Derived::SentMail } else { Derived::None }
}

fn other_list(list: &List) -> List {
    if *list == List::None { List::PortalMax } else { List::None }
}

fn switch<T: Copy + PartialEq>(choice: &Choice<T>, bound: Bound, opposite: impl Fn(&T) -> T) -> T {
    if choice.declared == choice.permitted { opposite(choice.at(bound)) } else { *choice.at(bound.other()) }
}

fn entry<T: Copy + PartialEq>(
    leaf: Leaf,
    choice: &Choice<T>,
    shown: impl Fn(&T) -> String,
    opposite: impl Fn(&T) -> T,
    measured: bool,
) -> Assumption {
    let otherwise = Bound::BOTH.map(|bound| shown(&switch(choice, bound, &opposite)));
    Assumption {
        leaf,
        basis: choice.basis,
        declared: shown(&choice.declared),
        permitted: shown(&choice.permitted),
        otherwise,
        sources: choice.sources.clone(),
        note: choice.note.clone(),
        measured,
    }
}
