//! Decides what becomes of a result when somebody says by hand what an unsure person is: which labels there are, whom
//! they may touch, and that every figure follows.
//!
//! A label changes a person's sphere, and with it the class; what each profile does with the person it does not change.
//! So every figure that depends on the class is counted again from the contacts of the result itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::rules::{Question, what_if};
use super::{AssumptionShown, Contact, CountermeasuresShown, FateShown, Figures, Level, Report};
use crate::assess::Class;
use crate::classify::Sphere;

/// The rule's id that stands before the others on a person who was labelled.
pub const BY_HAND: &str = "by-hand";

/// What somebody may say of a person. Shared and automatic addresses are for the rules: they are never unsure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    Private,
    Business,
    Consumer,
    Colleague,
}

impl Label {
    /// The sphere that it stands for.
    pub fn sphere(self) -> Sphere {
        match self {
            Self::Private => Sphere::Private,
            Self::Business => Sphere::Business,
            Self::Consumer => Sphere::Consumer,
            Self::Colleague => Sphere::Colleague,
        }
    }
}

/// What the rules held of a person before somebody said it by hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByRules {
    pub private: f64,
    pub certainty: f64,
}

/// What was said by hand: pseudonyms and labels, nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    pub schema: u32,
    /// The fingerprint of the key that made the pseudonyms; under another key they are other people's.
    pub key: String,
    pub labels: BTreeMap<String, Label>,
}

/// Why labels cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    #[error("not a file of labels: {what}")]
    Malformed { what: String },
    #[error("the labels have schema {found}; this program reads up to {newest}", newest = Labels::SCHEMA)]
    Newer { found: u32 },
    #[error("the labels were made with another key: their pseudonyms are other people's")]
    OtherKey,
    #[error("the result holds numbers only: there is nobody to label")]
    NumbersOnly,
}

impl Labels {
    /// The version of the file that this program writes, and the newest that it reads.
    pub const SCHEMA: u32 = 1;

    /// No label yet, for results made with this key.
    pub fn new(key: &str) -> Self {
        Self { schema: Self::SCHEMA, key: key.to_owned(), labels: BTreeMap::new() }
    }

    /// Reads a file of labels.
    ///
    /// # Errors
    /// If it is none, or of a newer schema.
    pub fn load(bytes: &[u8]) -> Result<Self, LabelError> {
        let labels: Self = serde_json::from_slice(bytes).map_err(|error| LabelError::Malformed {
            what: format!("line {}, column {}", error.line(), error.column()),
        })?;
        if labels.schema > Self::SCHEMA {
            return Err(LabelError::Newer { found: labels.schema });
        }
        Ok(labels)
    }

    /// The file's content.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings and a number: there is nothing that could not be written.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

impl Report {
    /// Puts labels on the people whom the rules left unsure, takes earlier ones off, and counts every figure again.
    /// Returns how many labels found their person; the others are of people who are gone, or no longer unsure.
    ///
    /// # Errors
    /// If the labels are of another key, or the result names nobody.
    pub fn label(&mut self, labels: &Labels) -> Result<usize, LabelError> {
        if labels.key != self.evidence.key {
            return Err(LabelError::OtherKey);
        }
        if self.evidence.level == Level::Counts {
            return Err(LabelError::NumbersOnly);
        }
        let before = spoken(&self.contacts);
        for contact in self.contacts.iter_mut().filter(|contact| contact.is_open()) {
            contact.say(labels.labels.get(&contact.id).copied());
        }
        self.recount(&before);
        Ok(self.labelled())
    }

    /// Counts again what rules would spare, as `what-if` does: apart from [`Report::label`], because it may take a minute.
    pub fn recount_rules(&mut self) {
        let ids: Vec<String> = self.profiles.iter().map(|profile| profile.id.clone()).collect();
        for (at, id) in ids.into_iter().enumerate() {
            let question = Question { profile: Some(id), ..Question::default() };
            let answer = what_if(self, &question);
            if let (Ok(answer), Some(profile)) = (answer, self.profiles.get_mut(at)) {
                let (rules, left_out, smallest) = (answer.rules, answer.left_out, answer.smallest);
                profile.countermeasures = CountermeasuresShown { rules, left_out, smallest };
            }
        }
    }

    /// How many people were labelled by hand.
    pub fn labelled(&self) -> usize {
        self.contacts.iter().filter(|contact| contact.by_hand.is_some()).count()
    }

    /// Counts again whatever depends on a class. `before`: the leaks by hand that the assumptions' figures include.
    fn recount(&mut self, before: &Spoken) {
        let Self { contacts, people, profiles, headline, .. } = self;
        people.classes.clear();
        people.spheres.clear();
        for contact in contacts.iter() {
            *people.classes.entry(contact.class).or_default() += 1;
            if contact.class != Class::Own {
                *people.spheres.entry(contact.sphere).or_default() += 1;
            }
        }
        let after = spoken(contacts);
        for profile in profiles.iter_mut() {
            for (bound, figures) in [&mut profile.declared, &mut profile.permitted].into_iter().enumerate() {
                recount(figures, &profile.id, bound, contacts);
            }
            profile.low = profile.declared.sure();
            profile.high = profile.permitted.sure() + profile.permitted.count(Class::Unsure);
            for one in &mut profile.assumptions {
                switched(one, before, &after);
            }
            for growth in &mut profile.growth {
                // Declared counts who is surely private, permitted also who may be.
                growth.declared.shift(|id| before.private.contains(id), -1);
                growth.declared.shift(|id| after.private.contains(id), 1);
                growth.permitted.shift(|id| before.cleared.contains(id), 1);
                growth.permitted.shift(|id| after.cleared.contains(id), -1);
            }
            // As the audit orders them: the largest effect first.
            let (low, high) = (profile.low, profile.high);
            let effect = |one: &AssumptionShown| one.low.abs_diff(low).max(one.high.abs_diff(high));
            profile.assumptions.sort_by_key(|one| std::cmp::Reverse(effect(one)));
        }
        if let Some(first) = profiles.first() {
            headline.low = first.low;
            headline.high = first.high;
        }
    }
}

impl Contact {
    /// Whether the rules left the person unsure, whatever was said since.
    pub fn is_open(&self) -> bool {
        self.sphere == Sphere::Unsure || self.by_hand.is_some()
    }

    fn say(&mut self, label: Option<Label>) {
        let by_rules = self.by_hand.unwrap_or(ByRules { private: self.private, certainty: self.certainty });
        self.reasons.retain(|id| id != BY_HAND);
        let sphere = label.map_or(Sphere::Unsure, Label::sphere);
        self.sphere = sphere;
        self.class = Class::of(sphere, self.relation);
        self.by_hand = label.map(|_| by_rules);
        match label {
            Some(label) => {
                self.certainty = 1.0;
                self.private = if label == Label::Private { 1.0 } else { 0.0 };
                self.reasons.insert(0, BY_HAND.to_owned());
            }
            None => {
                self.private = by_rules.private;
                self.certainty = by_rules.certainty;
            }
        }
    }
}

/// Those who were labelled: private ones, and the others; bystanders left out, who are leaks whatever they are.
#[derive(Default)]
struct Spoken {
    private: BTreeSet<String>,
    cleared: BTreeSet<String>,
}

fn spoken(contacts: &[Contact]) -> Spoken {
    let mut out = Spoken::default();
    for contact in contacts.iter().filter(|contact| contact.by_hand.is_some()) {
        if Class::of(Sphere::Unsure, contact.relation) == Class::Unsure {
            let side = if contact.class == Class::Private { &mut out.private } else { &mut out.cleared };
            side.insert(contact.id.clone());
        }
    }
    out
}

/// The low end counts who is surely private, the high end who may be.
fn switched(one: &mut AssumptionShown, before: &Spoken, after: &Spoken) {
    let count = |ids: &[String], said: &BTreeSet<String>| ids.iter().filter(|id| said.contains(*id)).count() as u64;
    let [low, high] = &one.unsure;
    one.low = (one.low + count(low, &after.private)).saturating_sub(count(low, &before.private));
    one.high = (one.high + count(high, &before.cleared)).saturating_sub(count(high, &after.cleared));
}

fn recount(figures: &mut Figures, profile: &str, bound: usize, contacts: &[Contact]) {
    figures.sent.clear();
    figures.bystanders.clear();
    figures.fields.clear();
    let filter = &mut figures.filter;
    filter.private_held_back = 0;
    filter.unsure_held_back = 0;
    filter.business_held_back = 0;
    filter.held_back.clear();
    filter.passes.clear();
    figures.legal.unsure = 0;
    for contact in contacts {
        match contact.fates.get(profile).and_then(|both| both.get(bound)) {
            Some(FateShown::Sent { fields, passes, .. }) => {
                *figures.sent.entry(contact.class).or_default() += 1;
                if contact.class == Class::Bystander {
                    *figures.bystanders.entry(contact.sphere).or_default() += 1;
                }
                if contact.class == Class::Private {
                    for reason in passes {
                        *filter.passes.entry(*reason).or_default() += 1;
                    }
                }
                if contact.class.leak() {
                    for field in fields {
                        *figures.fields.entry(*field).or_default() += 1;
                    }
                }
                figures.legal.unsure += u64::from(contact.class == Class::Unsure);
            }
            Some(FateShown::HeldBack { by }) if contact.class.leak() => {
                *filter.held_back.entry(*by).or_default() += 1;
                filter.private_held_back += u64::from(contact.class == Class::Private);
            }
            Some(FateShown::HeldBack { .. }) => {
                filter.unsure_held_back += u64::from(contact.class == Class::Unsure);
                filter.business_held_back += u64::from(contact.class == Class::Business);
            }
            _ => {}
        }
    }
    filter.private_passed = figures.sent.get(&Class::Private).copied().unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::super::{Evidence, Meta};
    use super::*;
    use crate::assess::sample::{assessed, facts};
    use crate::profile::builtin;

    /// Two unsure people who wrote, one unsure bystander, and others whom no label may touch.
    const MAILBOX: &str = "
me own own
  sender sent me@corp.example -3 email=me@corp.example name=Maxine_Owner
ann business direct
  sender inbox ann@firm.example -9,-2 email=ann@firm.example name=Ann_Firmament
aunt private direct isp
  sender inbox aunt.rosa@ewetel.net -400,-4 email=aunt.rosa@ewetel.net name=Rosa_Tantchen
other unsure inbound own-domain
  sender inbox other@odd.example -5 email=other@odd.example name=Otto_Odd mobile=+49171392001
fourth unsure inbound
  sender inbox fourth@web.de -5 email=fourth@web.de name=Vera_Viert
stranger unsure bystander
  cc inbox ann@firm.example -9 email=silvia@fremd.example name=Silvia_Fremd
";

    fn report(mailbox: &str) -> Report {
        let evidence = Evidence { level: Level::Pseudonyms, key: b"a key that is kept apart".to_vec(), reason: None };
        Report::new(&assessed(mailbox, &builtin(), facts()), &evidence, &Meta::default())
    }

    fn said(report: &Report, of: impl Fn(&Contact) -> Option<Label>) -> Labels {
        let labels = report.contacts.iter().filter_map(|one| Some((one.id.clone(), of(one)?))).collect();
        Labels { labels, ..Labels::new(&report.evidence.key) }
    }

    #[test]
    fn without_a_label_every_figure_stays() {
        let before = report(MAILBOX);
        let mut after = before.clone();
        assert_eq!(after.label(&Labels::new(&before.evidence.key)), Ok(0));
        assert!(after == before, "counting from the contacts gives what counting from the people gave");
    }

    /// Whatever a label does to a figure, an audit whose rules had said so would have done.
    #[test]
    fn a_label_counts_like_a_rule() {
        for (label, word) in [(Label::Private, "private"), (Label::Business, "business"), (Label::Consumer, "consumer")]
        {
            let mut labelled = report(MAILBOX);
            let labels = said(&labelled, |one| one.is_open().then_some(label));
            assert_eq!(labelled.label(&labels), Ok(3));
            let ruled = report(&MAILBOX.replace(" unsure ", &format!(" {word} ")));
            assert!(labelled.people == ruled.people, "{word}");
            assert_eq!(labelled.headline, ruled.headline, "{word}");
            for (one, two) in labelled.profiles.iter().zip(&ruled.profiles) {
                assert_eq!(one.declared, two.declared, "{word} {}", one.id);
                assert_eq!(one.permitted, two.permitted, "{word} {}", one.id);
                let ends = |shown: &super::super::ProfileShown| {
                    shown
                        .assumptions
                        .iter()
                        .map(|one| (one.path.clone(), (one.low, one.high)))
                        .collect::<BTreeMap<_, _>>()
                };
                assert_eq!(ends(one), ends(two), "{word} {}", one.id);
                let curves = |shown: &super::super::ProfileShown| {
                    let both =
                        shown.growth.iter().flat_map(|growth| [growth.declared.clone(), growth.permitted.clone()]);
                    both.map(|curve| (curve.leaks, curve.day_one, curve.thirty_days, curve.total)).collect::<Vec<_>>()
                };
                assert_eq!(curves(one), curves(two), "{word} {}", one.id);
            }
        }
    }

    #[test]
    fn a_label_can_be_taken_back() {
        let before = report(MAILBOX);
        let mut after = before.clone();
        after.label(&said(&before, |one| one.is_open().then_some(Label::Private))).unwrap();
        assert!(after.headline != before.headline || after.people != before.people);
        after.label(&said(&before, |one| one.is_open().then_some(Label::Consumer))).unwrap();
        after.label(&Labels::new(&before.evidence.key)).unwrap();
        // Equal effects may have changed places.
        let sorted = |mut report: Report| {
            for profile in &mut report.profiles {
                profile.assumptions.sort_by(|a, b| a.path.cmp(&b.path));
            }
            report
        };
        assert!(sorted(after) == sorted(before));
    }

    #[test]
    fn a_label_touches_nobody_of_whom_the_rules_are_sure() {
        let before = report(MAILBOX);
        let mut after = before.clone();
        let labels = said(&before, |one| (!one.is_open()).then_some(Label::Business));
        assert_eq!(after.label(&labels), Ok(0));
        assert!(after == before);
    }

    #[test]
    fn labels_of_another_key_are_refused() {
        let mut report = report(MAILBOX);
        assert_eq!(report.label(&Labels::new("00000000")), Err(LabelError::OtherKey));
        let error = Labels::load(b"{\"schema\":1,\"key\":\"x\",\"labels\":{\"p-1\":\"aunt\"}}").unwrap_err();
        assert!(matches!(error, LabelError::Malformed { .. }) && !error.to_string().contains("aunt"));
        assert_eq!(Labels::load(b"{\"schema\":9,\"key\":\"x\",\"labels\":{}}"), Err(LabelError::Newer { found: 9 }));
    }

    #[test]
    fn the_file_holds_pseudonyms_and_labels_alone() {
        let report = report(MAILBOX);
        let labels = said(&report, |one| one.is_open().then_some(Label::Private));
        let text = String::from_utf8(labels.to_bytes()).unwrap();
        assert_eq!(Labels::load(text.as_bytes()), Ok(labels));
        assert!(!text.contains('@') && !text.to_lowercase().contains("otto"), "{text}");
        assert_eq!(text.matches("\"private\"").count(), 3, "{text}");
    }
}
