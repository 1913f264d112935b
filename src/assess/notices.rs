//! Decides how notices of data brokers add up: each message once, by kind and day, and nothing of what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::message::Message;
use crate::observe::{Notice, Zone, notices};

/// Messages that look like notices of data brokers. A commutative sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Notices {
    /// By a hash of sender and Message-ID: copies in other folders are the same message.
    seen: BTreeMap<u64, (Option<i32>, BTreeSet<Notice>)>,
}

impl Notices {
    /// Looks at one message.
    pub fn add(&mut self, message: &Message, zones: &[Zone]) {
        let kinds = notices(message, zones);
        if kinds.is_empty() {
            return;
        }
        let mut hasher = DefaultHasher::new();
        message.from.hash(&mut hasher);
        match &message.id {
            Some(id) => id.hash(&mut hasher),
            None => (&message.date.map(|date| date.seconds), &message.subject).hash(&mut hasher),
        }
        self.keep(hasher.finish(), message.date.map(|date| date.day()), kinds.into_iter().collect());
    }

    /// Adds another sum; commutative and associative.
    pub fn merge(&mut self, other: Self) {
        for (hash, (day, kinds)) in other.seen {
            self.keep(hash, day, kinds);
        }
    }

    /// Each message once: its day, and what it says.
    pub fn iter(&self) -> impl Iterator<Item = (Option<i32>, &BTreeSet<Notice>)> {
        self.seen.values().map(|(day, kinds)| (*day, kinds))
    }

    fn keep(&mut self, hash: u64, day: Option<i32>, kinds: BTreeSet<Notice>) {
        let (have, all) = self.seen.entry(hash).or_insert((day, BTreeSet::new()));
        // The earlier of two; what bears no date says less than what does.
        *have = [*have, day].into_iter().flatten().min();
        all.extend(kinds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_in_another_folder_is_the_same_message_in_any_order() {
        let one = |hash, day, kind| {
            let mut all = Notices::default();
            all.keep(hash, day, BTreeSet::from([kind]));
            all
        };
        let parts = || [one(1, Some(9), Notice::Listed), one(1, Some(9), Notice::Remove), one(2, None, Notice::Source)];
        let mut forth = Notices::default();
        parts().into_iter().for_each(|part| forth.merge(part));
        let mut back = Notices::default();
        parts().into_iter().rev().for_each(|part| back.merge(part));
        assert_eq!(forth, back);
        assert_eq!(forth.iter().count(), 2);
        assert_eq!(forth.iter().map(|(_, kinds)| kinds.len()).sum::<usize>(), 3);
    }
}
