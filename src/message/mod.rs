//! Decides what a message is: its header fields, its parties, and its text as lines with the hints of its markup.
//!
//! Bytes in, [`Message`] out. Nothing here fails: what cannot be read becomes a [`Problem`] and is counted.

mod calendar;
mod html;
mod mime;
mod parties;
mod read;
mod text;

use std::fmt;
use std::sync::Arc;

use crate::address::Address;

pub use parties::addresses_in;
pub use read::{MESSAGE, looks_like_one, parse, sent};

/// What a folder is for, as the server's SPECIAL-USE attribute or its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderKind {
    Inbox,
    Sent,
    Drafts,
    Junk,
    Trash,
    Archive,
    /// Gmail's All Mail and its like: holds a second copy of what lies elsewhere.
    All,
    Other,
}

/// A folder, and the alias that stands for its name wherever names are not shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folder {
    /// `f01`, `f02` ... in the order of the names; tells nothing.
    pub alias: String,
    /// The name with `/` between its levels, decoded. Personal data: never in an error or a log.
    pub name: String,
    pub kind: FolderKind,
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folder({}, {:?})", self.alias, self.kind)
    }
}

/// Where a message lies: a folder and the UID (IMAP) or the running number (files) in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locator {
    pub folder: Arc<Folder>,
    pub number: u64,
}

/// A message as a source hands it over: RFC 5322 bytes, whole or without the parts that nobody needs.
pub struct RawMessage {
    pub at: Locator,
    pub bytes: Vec<u8>,
}

/// Something that could not be read. It costs what it names and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub at: Locator,
    pub what: ProblemKind,
}

/// Why a message or a folder, or a part of one, was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The bytes hold no header field at all.
    NotAMessage,
    /// Parts nested deeper, or more of them, than is read.
    TooDeep,
    TooManyParts,
    TooManyHeaders,
    /// A message, a part or a line larger than is read; what lies within the limit was read.
    TooLarge,
    LineTooLong,
    /// A charset that nobody knows, or bytes that are not in it; read as far as it goes.
    Charset,
    /// Base64 or quoted-printable that breaks off; read as far as it goes.
    Encoding,
    /// An address field that is not one; the addresses that can be found in it were taken.
    AddressField,
    /// A file that could not be opened or read.
    Unreadable,
    /// A folder that vanished or could not be opened read-only.
    Folder,
    /// The server did not deliver this message.
    NotDelivered,
    /// An address-book entry that could not be read.
    Contact,
}

impl ProblemKind {
    /// Whether the message (or folder, or entry) is lost as a whole, rather than read in part.
    pub fn loses_all(self) -> bool {
        matches!(self, Self::NotAMessage | Self::Unreadable | Self::Folder | Self::NotDelivered | Self::Contact)
    }
}

/// A moment as a message states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Minutes east of UTC, as the sender's clock stood; 0 if not stated.
    pub offset: i16,
}

impl Timestamp {
    /// The day it was for the sender, counted from 1970-01-01.
    pub fn day(self) -> i32 {
        let local = self.seconds.saturating_add(i64::from(self.offset) * 60);
        i32::try_from(local.div_euclid(86_400)).unwrap_or(i32::MAX)
    }
}

/// Somebody whom an address field names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// The display name as written, decoded; not yet taken apart.
    pub name: Option<String>,
    pub address: Option<Address>,
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party(..)")
    }
}

/// What the header says about a message that no person wrote to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Automation {
    /// `List-Id` or `List-Post`.
    pub list: bool,
    /// `List-Unsubscribe` (newsletters).
    pub unsubscribe: bool,
    /// `Auto-Submitted` other than `no`, or its older kin: generated or replied by a machine.
    pub generated: bool,
    /// A machine's answer in a person's name (out of office): its sender is a person all the same.
    pub reply: bool,
    /// `Precedence: bulk|junk|list`.
    pub bulk: bool,
}

impl Automation {
    /// Whether any sign is there.
    pub fn any(self) -> bool {
        self.list || self.unsubscribe || self.generated || self.reply || self.bulk
    }
}

/// What the markup of an HTML part says about a line; all zero for plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// How many quoting elements (blockquote, gmail_quote, what follows Outlook's divider) the line stands in.
    pub quote: u8,
    /// Inside an element that the mail program marks as a signature.
    pub signature: bool,
    /// A horizontal rule, or a border drawn above the line (Outlook's divider).
    pub rule: bool,
    /// The line stands in a cell of a table; tabs in its text part the cells.
    pub table: bool,
    /// The line follows a paragraph break rather than a line break.
    pub paragraph: bool,
}

/// One line of text. Of plain text it is kept as sent, with its `>` marks; of HTML the quoting is in the hints.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub hints: Hints,
}

impl Line {
    /// A line of plain text.
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), hints: Hints::default() }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({} bytes, {:?})", self.text.len(), self.hints)
    }
}

/// A message, read. Its text is the part that a person would see: the best of its alternatives.
pub struct Message {
    pub at: Locator,
    pub date: Option<Timestamp>,
    /// `Message-ID` without its brackets; equal in copies of one message.
    pub id: Option<String>,
    pub subject: String,
    pub from: Vec<Party>,
    pub sender: Vec<Party>,
    pub reply_to: Vec<Party>,
    pub to: Vec<Party>,
    pub cc: Vec<Party>,
    pub bcc: Vec<Party>,
    /// `Delivered-To`, `X-Original-To`, `Envelope-To`: whose mailbox this is.
    pub delivered_to: Vec<Address>,
    pub automation: Automation,
    /// Organisers and attendees of invitations (text/calendar) that came with the message.
    pub calendar: Vec<Party>,
    pub lines: Vec<Line>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}/{}, {} lines)", self.at.folder.alias, self.at.number, self.lines.len())
    }
}
