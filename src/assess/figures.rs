//! Decides the figures beside the headline: what others could look up afterwards, and the counts that a
//! data-protection officer asks for. Counts, never verdicts.

use std::collections::BTreeMap;

use super::view::View;
use super::{Class, Facts, Fate, Record};
use crate::observe::Channel;
use crate::people::Relation;
use crate::profile::{Bound, Field, Profile, Setting, third_countries};

/// What any other customer could look up afterwards: records of natural persons other than the owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub records: u64,
    /// Records by field they hold.
    pub fields: BTreeMap<Field, u64>,
    /// Confirmed by one message, two to four, five or more.
    pub corroborated: [u64; 3],
    /// Last confirmed within 30 days, a year, three years, before, undated.
    pub confirmed: [u64; 5],
}

impl Directory {
    pub(super) fn of(views: &[View<'_>], fates: &[Fate]) -> Self {
        let newest = views.iter().filter_map(|view| view.last).max();
        let mut all = Self::default();
        for (_, record) in sent(views, fates) {
            all.records += 1;
            for field in record.fields.iter() {
                *all.fields.entry(field).or_default() += 1;
            }
            let group = match record.messages {
                0 | 1 => 0,
                2..=4 => 1,
                _ => 2,
            };
            all.corroborated[group] += 1;
            let age = record.last.zip(newest).map(|(last, newest)| newest.saturating_sub(last));
            let group = match age {
                Some(..=30) => 0,
                Some(..=365) => 1,
                Some(..=1095) => 2,
                Some(_) => 3,
                None => 4,
            };
            all.confirmed[group] += 1;
        }
        all
    }
}

/// Steps of data beyond the old German list privilege (section 28(3) BDSG until 2018).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Name, title, organisation, postal address, and nothing else.
    pub within: u64,
    /// And an e-mail address.
    pub email: u64,
    /// And a business telephone, mobile or fax number, or a web address.
    pub phone: u64,
    /// And a private telephone number.
    pub private: u64,
}

/// Counts behind legal questions, over natural persons sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legal {
    pub persons: u64,
    pub steps: Steps,
    /// Wrote to the owner themselves (Art. 13 GDPR).
    pub gave_themselves: u64,
    /// Known from elsewhere only (Art. 14 GDPR).
    pub from_elsewhere: u64,
    /// Without a postal address, so not at "the business address".
    pub without_postal_address: u64,
    /// Last contact older than one, three, five years (each counts the next ones too), and undated.
    pub older: [u64; 3],
    pub undated: u64,
    /// Of persons whose kind is unsure (not counted otherwise).
    pub unsure: u64,
    /// All persons where the recipient sits outside the European Economic Area, else none.
    pub to_third_country: u64,
    /// Who brought the record, each person once.
    pub origin: BTreeMap<Origin, u64>,
    /// Through which channels; a person may have several.
    pub channels: BTreeMap<Channel, u64>,
    /// Every part of the record can be traced to a sender and a day, as a ledger of origin would have to.
    pub traceable: u64,
}

/// Who brought a person's data into what is sent, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The person, in mail of their own.
    Themselves,
    /// The owner, by writing to the person.
    Owner,
    /// The owner, by an entry in the address book.
    AddressBook,
    /// Somebody else's mail: Cc, quoted text, a footer, an invitation.
    Others,
}

impl Legal {
    pub(super) fn of(profile: &Profile, bound: Bound, views: &[View<'_>], fates: &[Fate], facts: &Facts) -> Self {
        let mut all = Self::default();
        let setting: Setting = profile.setting(bound);
        let abroad = !third_countries(profile.recipient.at(bound)).is_empty();
        for (view, record) in sent(views, fates) {
            all.persons += 1;
            all.to_third_country += u64::from(abroad);
            let ledger = view.ledger(&setting);
            all.traceable += u64::from(ledger.traceable);
            for channel in ledger.channels {
                *all.channels.entry(channel).or_default() += 1;
            }
            if let Some(origin) = ledger.origin {
                *all.origin.entry(origin).or_default() += 1;
            }
            all.unsure += u64::from(view.class == Class::Unsure);
            let has = |field| record.fields.contains(field);
            let reachable = [Field::PhoneWork, Field::PhoneMobile, Field::PhoneFax, Field::Url].into_iter().any(has);
            let step = match () {
                () if has(Field::PhoneHome) => &mut all.steps.private,
                () if reachable => &mut all.steps.phone,
                () if has(Field::Email) => &mut all.steps.email,
                () => &mut all.steps.within,
            };
            *step += 1;
            match view.relation {
                Relation::Direct | Relation::Inbound => all.gave_themselves += 1,
                _ => all.from_elsewhere += 1,
            }
            all.without_postal_address += u64::from(!has(Field::Address));
            match view.last {
                Some(last) => {
                    let age = facts.today.saturating_sub(last);
                    for (count, years) in all.older.iter_mut().zip([1, 3, 5]) {
                        *count += u64::from(age > years * 365);
                    }
                }
                None => all.undated += 1,
            }
        }
        all
    }
}

fn sent<'a>(views: &'a [View<'a>], fates: &'a [Fate]) -> impl Iterator<Item = (&'a View<'a>, &'a Record)> {
    views
        .iter()
        .zip(fates)
        .filter_map(|(view, fate)| Some((view, fate.record()?)))
        .filter(|(view, _)| view.class.person())
}
