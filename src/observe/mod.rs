//! Decides whom a message names, through which channel: zones of its text, signatures, quoted threads, fields.

pub mod zones;

use std::fmt;

use crate::address::Address;
use crate::message::Message;

pub use zones::zones;

/// The place of a message where somebody's data stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sender,
    To,
    Cc,
    Bcc,
    ReplyTo,
    Signature,
    QuotedSignature,
    Footer,
    Intro,
    AddressBook,
}

/// The kind of a telephone number, as its label and its range say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneKind {
    Work,
    Mobile,
    Home,
    Fax,
}

/// A telephone number in E.164 (`+49511555020`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    pub number: String,
    pub kind: PhoneKind,
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({:?})", self.kind)
    }
}

/// A person's (or a shared address's) data as one place shows them. Every field may be empty.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Card {
    /// Names without honorifics' noise: "Dr. Holger Meier", not "i. A. Meier, Dr. Holger (Einkauf)".
    pub names: Vec<String>,
    pub emails: Vec<Address>,
    pub titles: Vec<String>,
    pub organisations: Vec<String>,
    pub departments: Vec<String>,
    /// Postal addresses, each in one line: "Industriestr. 4, 45141 Essen".
    pub addresses: Vec<String>,
    pub urls: Vec<String>,
    pub phones: Vec<Phone>,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({} names, {} emails, {} phones)", self.names.len(), self.emails.len(), self.phones.len())
    }
}

/// One sighting: this person's data stood in this channel of this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub channel: Channel,
    pub card: Card,
    /// Whose card it is, where the message itself ties it: the sender's address for his own signature, the
    /// address in the introducing line for a quoted one. `None` if only the card's own text says who.
    pub of: Option<Address>,
}

/// What a line of text is. The letters are those of the accuracy data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    Body,
    Closing,
    Signature,
    Footer,
    Intro,
    Quoted,
    QuotedSignature,
}

impl Zone {
    /// The zone's letter: B C S D I Q T.
    pub fn letter(self) -> char {
        match self {
            Self::Body => 'B',
            Self::Closing => 'C',
            Self::Signature => 'S',
            Self::Footer => 'D',
            Self::Intro => 'I',
            Self::Quoted => 'Q',
            Self::QuotedSignature => 'T',
        }
    }
}

/// Everybody whom a message names, in the order of the message.
pub fn observe(message: &Message) -> Vec<Observation> {
    let _ = message;
    Vec::new()
}
