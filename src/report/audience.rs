//! Decides for whom a report is made: which level of evidence its readers may have. A level is only ever lowered, since
//! what a result does not hold cannot be shown.

use super::reduce::FEW;
use super::{Coverage, FolderShown, Level, Report};
use crate::assess::Scenario;

/// Who reads the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// The data-protection officer: everything that the result holds.
    #[default]
    Dpo,
    /// Those who decide: numbers.
    Management,
    /// Colleagues of the owner: numbers, and nothing about single relations.
    Team,
    /// The owner: the people of the own mailbox.
    Person,
}

impl Audience {
    pub const ALL: [Self; 4] = [Self::Dpo, Self::Management, Self::Team, Self::Person];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dpo => "dpo",
            Self::Management => "management",
            Self::Team => "team",
            Self::Person => "person",
        }
    }

    /// What its readers may see at most.
    pub fn level(self) -> Level {
        match self {
            Self::Dpo | Self::Person => Level::Clear,
            Self::Management | Self::Team => Level::Counts,
        }
    }
}

impl Report {
    /// The report at this level, if it shows more; as it is otherwise. From a level that shows text to one that does
    /// not: text is dropped, never shortened.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        if self.evidence.level <= level {
            return self;
        }
        self.evidence.level = level;
        self.evidence.reason = None;
        self.owner.names.clear();
        self.owner.emails.clear();
        self.owner.domain_names.clear();
        let Coverage { folders, not_opened, from, to, .. } = &mut self.coverage;
        for FolderShown { name, .. } in folders.iter_mut().chain(not_opened) {
            *name = None;
        }
        for day in [from, to] {
            *day = day.as_deref().map(month);
        }
        for domain in &mut self.domains {
            domain.name = None;
        }
        for contact in &mut self.contacts {
            contact.sensitive.clear();
            for words in [
                &mut contact.emails,
                &mut contact.names,
                &mut contact.titles,
                &mut contact.organisations,
                &mut contact.departments,
                &mut contact.addresses,
                &mut contact.urls,
            ] {
                words.clear();
            }
            contact.phones.clear();
            let places = contact.places.iter_mut().flat_map(|place| [&mut place.first, &mut place.last]);
            let fates = contact.fates.values_mut().flatten().flat_map(|fate| match fate {
                super::FateShown::Sent { first, last, .. } => vec![first, last],
                _ => Vec::new(),
            });
            for day in places.chain(fates).chain([&mut contact.first, &mut contact.last]) {
                *day = day.as_deref().map(month);
            }
        }
        for growth in self.profiles.iter_mut().flat_map(|profile| &mut profile.growth) {
            // A day that the user gave is no secret of the mailbox.
            if growth.scenario != Scenario::Configured {
                growth.installed_on = growth.installed_on.as_deref().map(month);
            }
            growth.until = growth.until.as_deref().map(month);
        }
        if level == Level::Counts {
            self.contacts.clear();
            self.domains.clear();
            if let Some(notices) = &mut self.notices {
                notices.months.clear();
            }
            for profile in &mut self.profiles {
                for growth in &mut profile.growth {
                    growth.in_counts(FEW);
                }
                let before = profile.without_rules();
                profile.countermeasures.in_counts(before, FEW);
                for assumption in &mut profile.assumptions {
                    assumption.unsure = Default::default();
                }
                for figures in [&mut profile.declared, &mut profile.permitted] {
                    for count in figures.sensitive.values_mut() {
                        *count = count.filter(|&n| n >= FEW);
                    }
                }
            }
        }
        self
    }
}

fn month(day: &str) -> String {
    day.chars().take(7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    /// A lowered report is the one that an audit at that level would have made: neither more nor less is in it.
    #[test]
    fn a_level_can_be_lowered_later() {
        for from in [Level::Pseudonyms, Level::Masked, Level::Clear] {
            for to in [Level::Counts, Level::Pseudonyms] {
                let (lowered, made) = (report(from).at_most(to), report(to.min(from)));
                let json = |report: &Report| serde_json::to_string_pretty(report).expect("is JSON");
                for (a, b) in json(&lowered).lines().zip(json(&made).lines()) {
                    assert_eq!(a, b, "{from:?} to {to:?}");
                }
                assert!(lowered == made, "{from:?} to {to:?}");
            }
        }
        assert!(report(Level::Counts).at_most(Level::Clear) == report(Level::Counts));
    }
}
