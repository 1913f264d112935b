//! Decides what SEARCH finds and FETCH shows of a message.

use std::borrow::Cow;
use std::num::{NonZeroU32, NonZeroU64};

use chrono::{DateTime, NaiveDate};
use imap_codec::imap_types::core::{AString, IString, Literal, NString};
use imap_codec::imap_types::datetime::NaiveDate as WireDate;
use imap_codec::imap_types::fetch::{MessageDataItem, MessageDataItemName, Part as PartNumber, Section};
use imap_codec::imap_types::flag::{Flag, FlagFetch};
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::{Sequence, SequenceSet};

use super::mailbox::Stored;
use super::mime::{self, Part};

/// The one modification sequence of a mailbox that never changes.
pub(super) const MODSEQ: NonZeroU64 = NonZeroU64::MIN;

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What `*` stands for in a set of numbers.
#[derive(Clone, Copy)]
pub(super) struct Largest {
    pub uid: u32,
    pub number: u32,
}

impl Largest {
    pub fn of(messages: &[Stored]) -> Self {
        Self { uid: messages.last().map_or(1, |last| last.uid), number: count(messages.len()).max(1) }
    }
}

pub(super) fn contains(set: &SequenceSet, number: u32, largest: u32) -> bool {
    let Some(largest) = NonZeroU32::new(largest) else { return false };
    set.0.as_ref().iter().any(|sequence| match sequence {
        Sequence::Single(one) => one.expand(largest).get() == number,
        Sequence::Range(from, to) => {
            let (from, to) = (from.expand(largest).get(), to.expand(largest).get());
            (from.min(to)..=from.max(to)).contains(&number)
        }
    })
}

/// Whether a message matches; `None` if the server does not know the criterion.
pub(super) fn holds(key: &SearchKey<'_>, message: &Stored, number: u32, largest: Largest) -> Option<bool> {
    let day = || DateTime::from_timestamp(message.internal_date, 0).map(|moment| moment.date_naive());
    let date = |wanted: &WireDate| -> NaiveDate { *wanted.as_ref() };
    let inner = |key: &SearchKey<'_>| holds(key, message, number, largest);
    Some(match key {
        SearchKey::All => true,
        SearchKey::And(keys) => {
            let answers: Option<Vec<bool>> = keys.as_ref().iter().map(inner).collect();
            answers?.into_iter().all(|answer| answer)
        }
        SearchKey::Or(one, other) => inner(one)? | inner(other)?,
        SearchKey::Not(key) => !inner(key)?,
        SearchKey::SequenceSet(set) => contains(set, number, largest.number),
        SearchKey::Uid(set) => contains(set, message.uid, largest.uid),
        SearchKey::Seen => message.seen,
        SearchKey::Unseen => !message.seen,
        SearchKey::Since(wanted) => day()? >= date(wanted),
        SearchKey::Before(wanted) => day()? < date(wanted),
        SearchKey::On(wanted) => day()? == date(wanted),
        SearchKey::Larger(size) => count(message.bytes.len()) > *size,
        SearchKey::Smaller(size) => count(message.bytes.len()) < *size,
        _ => return None,
    })
}

/// Whether fetching this item would set \Seen in a folder that was opened with SELECT.
pub(super) fn marks_as_read(name: &MessageDataItemName<'_>) -> bool {
    matches!(
        name,
        MessageDataItemName::BodyExt { peek: false, .. }
            | MessageDataItemName::Binary { peek: false, .. }
            | MessageDataItemName::Rfc822
            | MessageDataItemName::Rfc822Text
    )
}

pub(super) fn item<'a>(name: &MessageDataItemName<'static>, message: &'a Stored) -> Option<MessageDataItem<'a>> {
    let bytes: &'a [u8] = &message.bytes;
    Some(match name {
        MessageDataItemName::Uid => MessageDataItem::Uid(NonZeroU32::new(message.uid)?),
        MessageDataItemName::Flags => {
            MessageDataItem::Flags(if message.seen { vec![FlagFetch::Flag(Flag::Seen)] } else { vec![] })
        }
        MessageDataItemName::InternalDate => {
            let moment = DateTime::from_timestamp(message.internal_date, 0)?.fixed_offset();
            MessageDataItem::InternalDate(moment.try_into().ok()?)
        }
        MessageDataItemName::Rfc822Size => MessageDataItem::Rfc822Size(count(bytes.len())),
        MessageDataItemName::ModSeq => MessageDataItem::ModSeq(MODSEQ),
        MessageDataItemName::Envelope => MessageDataItem::Envelope(Part::parse(bytes).envelope()),
        MessageDataItemName::BodyStructure => MessageDataItem::BodyStructure(Part::parse(bytes).structure()),
        MessageDataItemName::Body => MessageDataItem::Body(Part::parse(bytes).structure()),
        MessageDataItemName::Rfc822Header => {
            MessageDataItem::Rfc822Header(literal(Cow::Borrowed(Part::parse(bytes).header)))
        }
        MessageDataItemName::BodyExt { section, partial, .. } => {
            let data = section_of(section.as_ref(), bytes);
            let data = data.map(|data| match partial {
                None => data,
                Some((from, length)) => {
                    let from = usize::try_from(*from).unwrap_or(usize::MAX).min(data.len());
                    let to = from.saturating_add(usize::try_from(length.get()).unwrap_or(usize::MAX)).min(data.len());
                    match data {
                        Cow::Borrowed(data) => Cow::Borrowed(data.get(from..to).unwrap_or_default()),
                        Cow::Owned(data) => Cow::Owned(data.get(from..to).unwrap_or_default().to_vec()),
                    }
                }
            });
            let data = data.map_or(NString(None), literal);
            MessageDataItem::BodyExt { section: section.clone(), origin: partial.map(|(from, _)| from), data }
        }
        MessageDataItemName::Rfc822
        | MessageDataItemName::Rfc822Text
        | MessageDataItemName::Binary { .. }
        | MessageDataItemName::BinarySize { .. } => return None,
    })
}

fn literal(data: Cow<'_, [u8]>) -> NString<'_> {
    let clean = match data {
        Cow::Borrowed(data) => mime::sendable(data),
        Cow::Owned(data) => Cow::Owned(mime::sendable(&data).into_owned()),
    };
    NString(Some(IString::Literal(Literal::unvalidated(clean))))
}

/// The bytes of a section, or `None` (NIL) if the message has no such part.
fn section_of<'a>(section: Option<&Section<'_>>, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let Some(section) = section else { return Some(Cow::Borrowed(bytes)) };
    let root = Part::parse(bytes);
    let path = |part: &PartNumber| part.0.as_ref().iter().map(|number| number.get()).collect::<Vec<_>>();
    // HEADER and TEXT of a part are those of the message that it holds.
    let header_and_body = |part: &Option<PartNumber>| match part {
        None => Some((root.header, root.body)),
        Some(part) => root.find(&path(part)).and_then(Part::message).map(|inner| (inner.header, inner.body)),
    };
    match section {
        Section::Part(part) => root.find(&path(part)).map(|part| Cow::Borrowed(part.body)),
        Section::Mime(part) => root.find(&path(part)).map(|part| Cow::Borrowed(part.header)),
        Section::Header(part) => header_and_body(part).map(|(header, _)| Cow::Borrowed(header)),
        Section::Text(part) => header_and_body(part).map(|(_, body)| Cow::Borrowed(body)),
        Section::HeaderFields(part, names) => {
            let named = |name: &[u8]| {
                names.as_ref().iter().any(|wanted: &AString<'_>| wanted.as_ref().eq_ignore_ascii_case(name))
            };
            header_and_body(part).map(|(header, _)| Cow::Owned(pick(header, named)))
        }
        Section::HeaderFieldsNot(part, names) => {
            let named = |name: &[u8]| {
                !names.as_ref().iter().any(|wanted: &AString<'_>| wanted.as_ref().eq_ignore_ascii_case(name))
            };
            header_and_body(part).map(|(header, _)| Cow::Owned(pick(header, named)))
        }
    }
}

/// The fields that are wanted, as they stand, and the empty line.
fn pick(header: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut picked = vec![];
    for (name, field) in mime::fields(header) {
        if !name.is_empty() && wanted(name) {
            picked.extend_from_slice(field);
        }
    }
    picked.extend_from_slice(b"\r\n");
    picked
}
