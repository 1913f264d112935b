//! Decides how a sum of sightings is written down and read back: whoever adds it again has read the mail again.
//!
//! The bytes hold names and addresses. Whoever keeps them seals them first.

use std::sync::Arc;

use crate::address::Address;
use crate::message::{Folder, FolderKind};
use crate::observe::{Channel, Phone, PhoneKind, Within};

use super::{Letter, Named, People, Place, Seen, UNDATED, Value, Who, tone};

/// What ties two identities, by the number under which it is written.
const TIES: [&str; 3] = ["signature-prints-address", "reply-to-of-the-same-name", "address-book-entry"];

const WITHIN: [Within; 4] = [Within::Mail, Within::Reply, Within::Forward, Within::Invitation];

const PHONES: [PhoneKind; 4] = [PhoneKind::Work, PhoneKind::Mobile, PhoneKind::Home, PhoneKind::Fax];

impl People {
    /// Writes this sum behind `out`. Which folder it was seen in is not written: the sum is of one folder.
    pub fn write(&self, out: &mut Vec<u8>) {
        // Named one by one: a field that is added must be written too.
        let Self { whos, places, values, seen, letters, ties, categories } = self;
        debug_assert!(categories.is_empty(), "an address book is read anew each time");
        let mut out = Writer(out);
        out.count(whos.all.len());
        for who in &whos.all {
            match who {
                Who::Address(address) => {
                    out.number(0);
                    out.text(address.as_str());
                }
                Who::Named(named) => {
                    let Named { words, organisation, domain, footer } = &**named;
                    out.number(1 + u64::from(*footer));
                    out.text(words);
                    out.text(organisation);
                    out.text(domain);
                }
            }
        }
        out.count(places.all.len());
        for place in &places.all {
            let Place { channel, within, folder, via, automated, private_subject } = place;
            let flags = [folder.is_some(), via.is_some(), *automated, *private_subject];
            out.number(*channel as u64);
            out.number(*within as u64);
            out.flags(&flags);
            if let Some(via) = via {
                out.text(via.as_str());
            }
        }
        out.count(values.all.len());
        for value in &values.all {
            let (kind, text) = match value {
                Value::Name(text) => (0, &**text),
                Value::Email(address) => (1, address.as_str()),
                Value::Title(text) => (2, &**text),
                Value::Organisation(text) => (3, &**text),
                Value::Department(text) => (4, &**text),
                Value::Postal(text) => (5, &**text),
                Value::Url(text) => (6, &**text),
                Value::Phone(phone) => (7 + phone.kind as u64, phone.number.as_str()),
            };
            out.number(kind);
            out.text(text);
        }
        // In one order, so that equal sums are equal bytes.
        let mut seen: Vec<_> = seen.iter().collect();
        seen.sort_unstable_by_key(|(at, _)| **at);
        out.count(seen.len());
        for ((who, place), seen) in seen {
            let Seen { count, days, values } = seen;
            out.number(u64::from(*who));
            out.number(u64::from(*place));
            out.number(*count);
            out.count(days.len());
            days.iter().for_each(|day| out.day(*day));
            out.count(values.len());
            for (value, day, count) in values {
                out.number(u64::from(*value));
                out.day(*day);
                out.number(u64::from(*count));
            }
        }
        let mut letters: Vec<_> = letters.iter().collect();
        letters.sort_unstable_by_key(|(hash, _)| **hash);
        out.count(letters.len());
        for (hash, letter) in letters {
            // Whether it was sent is the folder's to say.
            let Letter { from, to, crowd, sent: _, list, delivered, day, thread, signals } = letter;
            out.hash(*hash);
            out.number(u64::from(*from));
            out.flags(&[*crowd, *list]);
            for all in [to, delivered] {
                out.count(all.len());
                all.iter().for_each(|one| out.number(u64::from(*one)));
            }
            out.day(*day);
            out.hash(*thread);
            out.hash(signals.bits());
        }
        let mut ties: Vec<_> = ties.iter().collect();
        ties.sort_unstable();
        out.count(ties.len());
        for ((a, b, rule), count) in ties {
            let rule = TIES.iter().position(|known| known == rule);
            debug_assert!(rule.is_some(), "a rule without a number");
            out.number(u64::from(*a));
            out.number(u64::from(*b));
            out.count(rule.unwrap_or(TIES.len()));
            out.number(*count);
        }
    }

    /// Reads what [`People::write`] wrote, as seen in this folder. `None` if it is not that.
    pub fn read(bytes: &[u8], folder: &Arc<Folder>) -> Option<Self> {
        let mut from = Reader(bytes);
        let mut people = Self::default();
        for _ in 0..from.number()? {
            let who = match from.number()? {
                0 => Who::Address(Address::stored(from.text()?)?),
                kind @ (1 | 2) => {
                    let words = from.text()?.to_owned();
                    let organisation = from.text()?.to_owned();
                    let domain = from.text()?.to_owned();
                    Who::Named(Arc::new(Named { words, organisation, domain, footer: kind == 2 }))
                }
                _ => return None,
            };
            people.whos.put(who);
        }
        for _ in 0..from.number()? {
            let channel = *Channel::ALL.get(usize::try_from(from.number()?).ok()?)?;
            let within = *WITHIN.get(usize::try_from(from.number()?).ok()?)?;
            let [in_folder, has_via, automated, private_subject] = from.flags()?;
            let via = if has_via { Some(Address::stored(from.text()?)?) } else { None };
            let folder = in_folder.then(|| Arc::clone(folder));
            people.places.put(Place { channel, within, folder, via, automated, private_subject });
        }
        for _ in 0..from.number()? {
            let kind = from.number()?;
            let text = from.text()?;
            people.values.put(match kind {
                0 => Value::Name(Arc::from(text)),
                1 => Value::Email(Address::stored(text)?),
                2 => Value::Title(Arc::from(text)),
                3 => Value::Organisation(Arc::from(text)),
                4 => Value::Department(Arc::from(text)),
                5 => Value::Postal(Arc::from(text)),
                6 => Value::Url(Arc::from(text)),
                other => {
                    let kind = *PHONES.get(usize::try_from(other.checked_sub(7)?).ok()?)?;
                    Value::Phone(Phone { number: text.to_owned(), kind })
                }
            });
        }
        let sent = folder.kind == FolderKind::Sent;
        let (whos, places, values) = (people.whos.all.len(), people.places.all.len(), people.values.all.len());
        for _ in 0..from.number()? {
            let key = (from.index(whos)?, from.index(places)?);
            let mut seen = Seen { count: from.number()?, ..Seen::default() };
            for _ in 0..from.number()? {
                seen.days.push(from.day()?);
            }
            for _ in 0..from.number()? {
                seen.values.push((from.index(values)?, from.day()?, u32::try_from(from.number()?).ok()?));
            }
            people.seen.insert(key, seen);
        }
        for _ in 0..from.number()? {
            let hash = from.hash()?;
            let sender = from.index(whos)?;
            let [crowd, list, ..] = from.flags()?;
            let mut both = [Vec::new(), Vec::new()];
            for all in &mut both {
                for _ in 0..from.number()? {
                    all.push(from.index(whos)?);
                }
            }
            let [to, delivered] = both;
            let (day, thread) = (from.day()?, from.hash()?);
            let signals = tone::Signals::from_bits(from.hash()?);
            people
                .letters
                .insert(hash, Letter { from: sender, to, crowd, sent, list, delivered, day, thread, signals });
        }
        for _ in 0..from.number()? {
            let (a, b) = (from.index(whos)?, from.index(whos)?);
            let rule = *TIES.get(usize::try_from(from.number()?).ok()?)?;
            people.ties.insert((a, b, rule), from.number()?);
        }
        from.0.is_empty().then_some(people)
    }
}

/// Numbers in seven bits a byte, texts behind their length.
struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn flags(&mut self, flags: &[bool]) {
        self.number(flags.iter().rev().fold(0, |sum, flag| sum << 1 | u64::from(*flag)));
    }

    fn hash(&mut self, hash: u64) {
        self.0.extend_from_slice(&hash.to_le_bytes());
    }

    /// Small for days of our time, before 1970 too.
    fn day(&mut self, day: i32) {
        let number = if day == UNDATED { 0 } else { 1 + u64::from(((day << 1) ^ (day >> 31)).cast_unsigned()) };
        self.number(number);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number below `end`.
    fn index(&mut self, end: usize) -> Option<u32> {
        let number = self.number()?;
        if number < end as u64 { u32::try_from(number).ok() } else { None }
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn flags(&mut self) -> Option<[bool; 4]> {
        let bits = self.number()?;
        Some([0, 1, 2, 3].map(|at| bits >> at & 1 == 1))
    }

    fn hash(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*bytes))
    }

    fn day(&mut self) -> Option<i32> {
        let Some(folded) = self.number()?.checked_sub(1) else { return Some(UNDATED) };
        let folded = u32::try_from(folded).ok()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Locator, RawMessage, parse};
    use crate::people::OwnerHint;

    const LETTERS: [&str; 3] = [
        "From: Ann Vogt <ann+x@firm.example>\r\nTo: me@corp.example, Bo <bo@web.example>\r\nReply-To: Ann Vogt <av@home.example>\r\n\
         Subject: privat: something longer\r\nDate: Mon, 2 Jun 2025 10:00:00 +0200\r\nMessage-ID: <1@x.example>\r\n\r\n\
         Hello,\r\n\r\nAnn\r\n-- \r\nAnn Vogt\r\nVogt Bau GmbH\r\nTel. +49 40 555 0100\r\nann@firm.example\r\n\
         Mobil +49 170 5550101\r\nhttps://firm.example\r\n",
        "From: news@shop.example\r\nTo: me@corp.example\r\nList-Id: <n.shop.example>\r\nSubject: n\r\n\r\nVogt Bau GmbH\r\n\
         Gesch\u{e4}ftsf\u{fc}hrer: Karl Otto Vogt, Sitz: Kiel, HRB 12\r\n",
        "From: me@corp.example\r\nTo: ann@firm.example\r\nDate: Thu, 1 Jan 1960 10:00:00 +0000\r\n\r\n\
         > On 1 May 2025, Cara Diehl <cara@else.example> wrote:\r\n>> x\r\n",
    ];

    fn of(folder: &Arc<Folder>, text: &str) -> People {
        let raw = RawMessage { at: Locator { folder: Arc::clone(folder), number: 1 }, bytes: text.as_bytes().to_vec() };
        let message = parse(&raw, &mut Vec::new()).unwrap();
        let zones = crate::observe::zones(&message.lines, message.from.first());
        let mut people = People::default();
        people.add(&message, &zones, &crate::observe::observe_in(&message, &zones));
        people
    }

    fn folder() -> Arc<Folder> {
        Arc::new(Folder { alias: "f01".into(), name: "INBOX".into(), kind: FolderKind::Inbox })
    }

    #[test]
    fn what_was_written_and_read_adds_up_to_the_same_people() {
        let folder = folder();
        let (mut once, mut again) = (People::default(), People::default());
        for text in LETTERS {
            let people = of(&folder, text);
            let mut bytes = Vec::new();
            people.write(&mut bytes);
            again.merge(People::read(&bytes, &folder).unwrap());
            once.merge(people);
        }
        // A sum of many is written like one.
        let mut bytes = Vec::new();
        once.write(&mut bytes);
        let whole = People::read(&bytes, &folder).unwrap();
        let hint = OwnerHint::default();
        let resolved = once.resolve(&hint);
        assert!(resolved.people.len() >= 5, "{}", resolved.people.len());
        for other in [again, whole] {
            let other = other.resolve(&hint);
            assert!(other.people == resolved.people);
            assert_eq!(other.circles, resolved.circles);
            assert_eq!(other.owner.addresses, resolved.owner.addresses);
        }
    }

    #[test]
    fn bytes_that_are_something_else_are_refused() {
        let folder = folder();
        let mut bytes = Vec::new();
        of(&folder, LETTERS[0]).write(&mut bytes);
        for end in 0..bytes.len() {
            assert!(People::read(&bytes[..end], &folder).is_none(), "{end}");
        }
        for at in 0..bytes.len() {
            let mut odd = bytes.clone();
            odd[at] ^= 0xff;
            // Whatever comes of it, it comes to an end.
            let _ = People::read(&odd, &folder);
        }
        assert!(People::read(&[&bytes[..], b"x"].concat(), &folder).is_none());
        assert!(People::read(&[0xff; 40], &folder).is_none());
    }

    #[test]
    fn days_come_back() {
        for day in [0, 1, -1, 20_000, -20_000, i32::MIN, i32::MAX - 1, UNDATED] {
            let mut bytes = Vec::new();
            Writer(&mut bytes).day(day);
            assert_eq!(Reader(&bytes).day(), Some(day));
        }
    }
}
