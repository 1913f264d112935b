//! Decides what a person is to the owner, how sure that is, and what the contact alone would tell.

mod case;
mod lists;
mod rules;

use std::collections::BTreeSet;

use crate::people::{JOIN_RULES, Owner, Person, Resolved};

use case::{Case, Company, Context};
pub use rules::{RULES, Rule, Says};

/// What a person is to the owner of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sphere {
    Own,
    Colleague,
    Business,
    Consumer,
    Private,
    /// A shared address; no person.
    Role,
    /// Nobody writes there; no person.
    Automated,
    Unsure,
}

/// What a contact alone tells that the law protects specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitive {
    Health,
    Legal,
    Union,
    Religion,
    Politics,
    FamilyLaw,
    Minor,
}

/// Why a private person passes the vendor's filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Escape {
    AccessProvider,
    OwnDomain,
    PaidMail,
    ClubSchoolPractice,
    WritesFromWork,
    PrivateNumberInBusinessSignature,
    CcQuoteForward,
    StoredWithCompanyAddress,
}

/// What the rules say of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The sphere; `Unsure` where `private` lies between 0.35 and 0.65.
    pub sphere: Sphere,
    /// How likely the stated sphere is right, 0 to 1, as measured on labelled mailboxes.
    pub certainty: f64,
    /// How likely the person is private, 0 to 1; what makes the headline's interval.
    pub private: f64,
    pub sensitive: BTreeSet<Sensitive>,
    /// Ids of the rules that spoke, the decisive one first.
    pub reasons: Vec<&'static str>,
    /// What would let this person through a free-mail filter; empty for those who are surely not private.
    pub escapes: BTreeSet<Escape>,
}

/// Judges one person by what is known of him or her alone.
pub fn classify(person: &Person, owner: &Owner) -> Verdict {
    let context = Context::of_owner(owner);
    Draft::new(&Case::new(person, owner, &context)).verdict(None)
}

/// Judges everybody: first each alone, then, twice, in the light of whom messages brought together.
pub fn classify_all(resolved: &Resolved) -> Vec<Verdict> {
    let context = Context::of(resolved);
    let drafts: Vec<Draft> =
        resolved.people.iter().map(|person| Draft::new(&Case::new(person, &resolved.owner, &context))).collect();
    let mut company = vec![None; drafts.len()];
    for _ in 0..2 {
        let private: Vec<Option<f64>> =
            drafts.iter().zip(&company).map(|(draft, company)| draft.counts_as_company(*company)).collect();
        company = company_of(resolved, &drafts, &private);
    }
    drafts.into_iter().zip(company).map(|(draft, company)| draft.verdict(company)).collect()
}

/// The sentence of a rule of the table, or of a rule by which identities were joined.
pub fn sentence(id: &str, lang: &str) -> Option<&'static str> {
    let german = lang.starts_with("de");
    if id == "by-hand" {
        return Some(if german { "von Hand so eingeordnet" } else { "labelled so by hand" });
    }
    let rule = RULES.iter().find(|rule| rule.id == id).map(|rule| if german { rule.de } else { rule.en });
    rule.or_else(|| JOIN_RULES.iter().find(|(have, ..)| *have == id).map(|(_, en, de)| if german { *de } else { *en }))
}

/// Below and above these the person is called private or not; in between nobody can tell.
const UNSURE: std::ops::Range<f64> = 0.35..0.65;

/// What the rules say of a person alone; company is added to it.
struct Draft {
    decided: Option<(&'static str, Sphere, f64)>,
    /// Log-odds of private, business, consumer.
    scores: [f64; 3],
    leaning: Vec<(&'static str, [f64; 3])>,
    touching: Vec<(&'static str, Sensitive)>,
    escapes: BTreeSet<Escape>,
    colleague: bool,
    /// Shows a person's own age, or a child's: sensitive whoever it is.
    young: bool,
    always: bool,
    silent: bool,
}

impl Draft {
    fn new(case: &Case<'_>) -> Self {
        let mut out = Self {
            decided: None,
            scores: PRIOR,
            leaning: Vec::new(),
            touching: Vec::new(),
            escapes: BTreeSet::new(),
            colleague: false,
            young: case.sounds("age") || case.is_born_late(),
            always: case.titles.contains("companydoctor") || case.titles.contains("sbv"),
            silent: case.is_silent(),
        };
        for rule in RULES.iter().filter(|rule| (rule.holds)(case)) {
            match rule.says {
                Says::Is(sphere, certainty) => _ = out.decided.get_or_insert((rule.id, sphere, certainty)),
                Says::Leans(private, business, consumer) => out.lean(rule.id, [private, business, consumer]),
                Says::Touches(what) => out.touching.push((rule.id, what)),
                Says::Escapes(how) => _ = out.escapes.insert(how),
            }
        }
        out.colleague = matches!(out.decided, Some((_, Sphere::Colleague, _)));
        out
    }

    fn lean(&mut self, id: &'static str, weights: [f64; 3]) {
        for (sum, weight) in self.scores.iter_mut().zip(weights) {
            *sum += weight;
        }
        self.leaning.push((id, weights));
    }

    /// How private the person is as company for others; `None` for who is no company.
    fn counts_as_company(&self, company: Option<Company>) -> Option<f64> {
        match self.decided {
            Some((_, Sphere::Role | Sphere::Automated | Sphere::Own, _)) => None,
            Some(_) => Some(0.0),
            None => {
                let [private, ..] = odds(self.with(company).0);
                Some(private)
            }
        }
    }

    /// The scores in the light of company, and the rule that says so.
    fn with(&self, company: Option<Company>) -> ([f64; 3], Option<(&'static str, [f64; 3])>) {
        let Some((id, weights)) = company.and_then(|company| company_weights(&company)) else {
            return (self.scores, None);
        };
        // Whoever wrote shows more by that than by his company.
        let weights = weights.map(|weight| if self.silent { weight } else { weight * 0.7 });
        let mut scores = self.scores;
        for (sum, weight) in scores.iter_mut().zip(weights) {
            *sum += weight;
        }
        (scores, Some((id, weights)))
    }

    fn verdict(mut self, company: Option<Company>) -> Verdict {
        let (scores, by_company) = self.with(company);
        self.leaning.extend(by_company);
        let [private, business, consumer] = odds(scores);
        let (sphere, certainty, at) = match self.decided {
            Some((_, sphere, certainty)) => (sphere, certainty, 0),
            None if UNSURE.contains(&private) => (Sphere::Unsure, 1.0 - (private - 0.5).abs() * 2.0, 0),
            None if private >= UNSURE.end => (Sphere::Private, private, 0),
            None if consumer > business => (Sphere::Consumer, consumer, 2),
            None => (Sphere::Business, business, 1),
        };
        let telling: Vec<(&'static str, Sensitive)> =
            self.touching.iter().copied().filter(|(_, what)| self.tells(*what, sphere, private)).collect();
        let touched = telling.iter().map(|(id, _)| *id);
        let (reasons, private) = match self.decided {
            Some((id, ..)) => ([id].into_iter().chain(touched).collect(), 0.0),
            None => {
                // What spoke most for the stated sphere comes first; what spoke against it is named after it.
                let weight = |(_, weights): &(&str, [f64; 3])| weights.get(at).copied().unwrap_or_default();
                self.leaning.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.0.cmp(b.0)));
                (self.leaning.iter().map(|(id, _)| *id).chain(touched).collect(), private)
            }
        };
        let maybe = matches!(sphere, Sphere::Private | Sphere::Unsure);
        let escapes = if maybe { self.escapes } else { BTreeSet::new() };
        Verdict {
            sphere,
            certainty,
            private,
            sensitive: telling.into_iter().map(|(_, what)| what).collect(),
            reasons,
            escapes,
        }
    }

    /// Whether the contact alone tells it: a doctor who is a customer tells nothing of the owner's health.
    fn tells(&self, what: Sensitive, sphere: Sphere, private: f64) -> bool {
        let private_life = match sphere {
            Sphere::Private | Sphere::Unsure => true,
            Sphere::Role => private >= 0.5,
            _ => false,
        };
        match (what, sphere) {
            (_, Sphere::Automated | Sphere::Own) => false,
            (Sensitive::Union, Sphere::Colleague | Sphere::Role) => true,
            (Sensitive::Legal, Sphere::Business) => true,
            (Sensitive::Health, Sphere::Business | Sphere::Colleague) => self.always,
            (Sensitive::Minor, Sphere::Consumer) => self.young,
            _ => private_life,
        }
    }
}

/// Log-odds of private, business and consumer before anything is known.
const PRIOR: [f64; 3] = [0.0, 0.2, -0.6];

/// How much the sum of weights is trusted; below 1, because the pieces of evidence of one message are not independent.
const SHARPNESS: f64 = 0.8;

fn odds(scores: [f64; 3]) -> [f64; 3] {
    let top = scores.iter().copied().fold(f64::MIN, f64::max);
    let powers = scores.map(|score| ((score - top) * SHARPNESS).exp());
    let total: f64 = powers.iter().sum();
    powers.map(|power| power / total)
}

/// The weights of a company: the clearer it is, the more.
fn company_weights(company: &Company) -> Option<(&'static str, [f64; 3])> {
    let mean = company.private?;
    let id = if mean > 0.5 && !company.colleague { "private-company" } else { "business-company" };
    let clear = if id == "private-company" {
        mean * 2.0 - 1.0
    } else {
        (1.0 - mean * 2.0).max(if company.colleague { 0.3 } else { 0.0 })
    };
    RULES.iter().find(|rule| rule.id == id).and_then(|rule| match rule.says {
        Says::Leans(private, business, consumer) => {
            Some((id, [private, business, consumer].map(|weight| weight * clear)))
        }
        _ => None,
    })
}

/// For each person what the others are whom messages brought together with that person.
fn company_of(resolved: &Resolved, drafts: &[Draft], private: &[Option<f64>]) -> Vec<Option<Company>> {
    let mut sums: Vec<(f64, u32, bool)> = vec![(0.0, 0, false); drafts.len()];
    for circle in &resolved.circles {
        let of = |at: &u32| private.get(*at as usize).copied().flatten();
        let colleague = |at: &u32| drafts.get(*at as usize).is_some_and(|draft| draft.colleague);
        let total: f64 = circle.iter().filter_map(of).sum();
        let heads = circle.iter().filter(|at| of(at).is_some()).count();
        let colleagues = circle.iter().filter(|at| colleague(at)).count();
        for at in circle.iter() {
            let own = of(at);
            let others = heads - usize::from(own.is_some());
            if others == 0 {
                continue;
            }
            if let Some((sum, count, with)) = sums.get_mut(*at as usize) {
                *sum += (total - own.unwrap_or_default()) / others as f64;
                *count += 1;
                *with |= colleagues > usize::from(colleague(at));
            }
        }
    }
    let company = |(sum, count, colleague): (f64, u32, bool)| {
        (count > 0).then(|| Company { private: Some(sum / f64::from(count)), colleague })
    };
    sums.into_iter().map(company).collect()
}
