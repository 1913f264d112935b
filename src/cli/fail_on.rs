//! Decides when an audit fails by request: `--fail-on 'private.low>0'`.

use std::fmt;

use crate::assess::Class;
use crate::config::ConfigError;
use crate::report::{Contact, FateShown, Report};

/// One condition: a figure, a comparison, a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailOn {
    figure: Figure,
    end: End,
    compare: Compare,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Headline,
    Class(Class),
}

/// The declared or the permitted reading; of the headline, its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Low,
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    More,
    AtLeast,
}

const FIGURES: &[(&str, Figure)] = &[
    ("headline", Figure::Headline),
    ("private", Figure::Class(Class::Private)),
    ("bystander", Figure::Class(Class::Bystander)),
    ("unsure", Figure::Class(Class::Unsure)),
    ("business", Figure::Class(Class::Business)),
    ("consumer", Figure::Class(Class::Consumer)),
    ("colleague", Figure::Class(Class::Colleague)),
];

impl FailOn {
    /// Reads `FIGURE.low>N`, `FIGURE.high>=N` and the like.
    ///
    /// # Errors
    /// What is wrong with it, and the figures there are.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let names: Vec<&str> = FIGURES.iter().map(|(name, _)| *name).collect();
        let wrong = || ConfigError::Value {
            what: format!("'{text}' is no condition"),
            hint: Some(format!("write FIGURE.low>N or FIGURE.high>=N; figures: {}", names.join(", "))),
            in_file: false,
        };
        let (left, right) = text.split_once('>').ok_or_else(wrong)?;
        let (compare, right) = match right.strip_prefix('=') {
            Some(rest) => (Compare::AtLeast, rest),
            None => (Compare::More, right),
        };
        let (name, end) = left.trim().split_once('.').ok_or_else(wrong)?;
        let end = match end {
            "low" => End::Low,
            "high" => End::High,
            _ => return Err(wrong()),
        };
        let figure = FIGURES.iter().find(|(known, _)| *known == name).map(|(_, figure)| *figure).ok_or_else(wrong)?;
        Ok(Self { figure, end, compare, number: right.trim().parse().map_err(|_| wrong())? })
    }

    /// Whether the result meets the condition, by the profile that makes the headline.
    pub fn holds(self, report: &Report) -> bool {
        let figure = match (self.figure, self.end, report.profiles.first()) {
            (Figure::Headline, End::Low, _) => report.headline.low,
            (Figure::Headline, End::High, _) => report.headline.high,
            (Figure::Class(class), End::Low, Some(profile)) => profile.declared.count(class),
            (Figure::Class(class), End::High, Some(profile)) => profile.permitted.count(class),
            (Figure::Class(_), _, None) => 0,
        };
        self.is_met_by(figure)
    }

    /// Whether so many meet it.
    pub fn is_met_by(self, figure: u64) -> bool {
        match self.compare {
            Compare::More => figure > self.number,
            Compare::AtLeast => figure >= self.number,
        }
    }

    /// Whether this person is one of those whom the figure counts, by the profile of this id.
    pub fn counts(self, contact: &Contact, profile: &str) -> bool {
        let Some([declared, permitted]) = contact.fates.get(profile) else { return false };
        let fate = if self.end == End::Low { declared } else { permitted };
        let counted = match self.figure {
            Figure::Class(class) => contact.class == class,
            Figure::Headline => {
                let maybe = self.end == End::High && contact.class == Class::Unsure;
                maybe || matches!(contact.class, Class::Private | Class::Bystander)
            }
        };
        counted && matches!(fate, FateShown::Sent { .. })
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FIGURES.iter().find(|(_, figure)| *figure == self.figure).map_or("", |(name, _)| name);
        let end = if self.end == End::Low { "low" } else { "high" };
        let compare = if self.compare == Compare::More { ">" } else { ">=" };
        write!(f, "{name}.{end}{compare}{}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_or_refused() {
        let read = FailOn::parse("private.low>0").unwrap();
        assert_eq!((read.end, read.compare, read.number), (End::Low, Compare::More, 0));
        assert_eq!(FailOn::parse("headline.high >= 12").unwrap().to_string(), "headline.high>=12");
        for wrong in ["", "private", "private.low", "private.mid>0", "cats.low>0", "private.low>many", "private.low<3"]
        {
            assert!(FailOn::parse(wrong).is_err(), "{wrong}");
        }
    }
}
