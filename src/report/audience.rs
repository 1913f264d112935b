//! Decides for whom a report is made: which level of evidence its readers may have. A level is only ever lowered, since
//! what a result does not hold cannot be shown.

use super::reduce::FEW;
use super::{Coverage, FolderShown, Level, Report};

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
        for day in self.profiles.iter_mut().flat_map(|profile| &mut profile.growth) {
            // A day that the user gave is no secret of the mailbox, and is still one day too precise for fewer people.
            for day in [&mut day.installed_on, &mut day.until] {
                *day = day.as_deref().map(month);
            }
        }
        if level == Level::Counts {
            self.contacts.clear();
            if let Some(notices) = &mut self.notices {
                notices.months.clear();
            }
            for profile in &mut self.profiles {
                for growth in &mut profile.growth {
                    growth.in_counts(FEW);
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
