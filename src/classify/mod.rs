//! Decides what a person is to the owner, how sure that is, and what the contact alone would tell.

mod case;
mod lists;
mod rules;

use std::collections::BTreeSet;

use crate::people::{JOIN_RULES, Owner, Person, Resolved};

use case::{Case, Company};
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
    /// What would let this person through a free-mail filter; empty for those who are not private.
    pub escapes: BTreeSet<Escape>,
}

/// Judges one person by what is known of him or her alone.
pub fn classify(person: &Person, owner: &Owner) -> Verdict {
    judge(&Case::new(person, owner, &owner_classes(owner)))
}

/// Judges everybody: first each alone, then once more in the light of whom messages brought together.
pub fn classify_all(resolved: &Resolved) -> Vec<Verdict> {
    let classes = owner_classes(&resolved.owner);
    let first: Vec<Verdict> =
        resolved.people.iter().map(|person| judge(&Case::new(person, &resolved.owner, &classes))).collect();
    let company = company(resolved, &first);
    let again = resolved.people.iter().zip(first).zip(company);
    again
        .map(|((person, verdict), company)| match company {
            Some(company) => {
                let mut case = Case::new(person, &resolved.owner, &classes);
                case.company = company;
                judge(&case)
            }
            None => verdict,
        })
        .collect()
}

/// The sentence of a rule of the table, or of a rule by which identities were joined.
pub fn sentence(id: &str, lang: &str) -> Option<&'static str> {
    let german = lang.starts_with("de");
    let rule = RULES.iter().find(|rule| rule.id == id).map(|rule| if german { rule.de } else { rule.en });
    rule.or_else(|| JOIN_RULES.iter().find(|(have, ..)| *have == id).map(|(_, en, de)| if german { *de } else { *en }))
}

/// Below and above these the person is called private or not; in between nobody can tell.
const UNSURE: std::ops::Range<f64> = 0.35..0.65;

fn judge(case: &Case<'_>) -> Verdict {
    let mut decided = None;
    // Log-odds of private, business, consumer before anything is known.
    let mut scores = [0.0f64, 0.2, -0.6];
    let mut leaning: Vec<(&'static str, [f64; 3])> = Vec::new();
    let mut sensitive = BTreeSet::new();
    let mut escapes = BTreeSet::new();
    let mut touching = Vec::new();
    for rule in RULES.iter().filter(|rule| (rule.holds)(case)) {
        match rule.says {
            Says::Is(sphere, certainty) => {
                decided.get_or_insert((rule.id, sphere, certainty));
            }
            Says::Leans(private, business, consumer) => {
                for (sum, weight) in scores.iter_mut().zip([private, business, consumer]) {
                    *sum += weight;
                }
                leaning.push((rule.id, [private, business, consumer]));
            }
            Says::Touches(what) => {
                sensitive.insert(what);
                touching.push(rule.id);
            }
            Says::Escapes(how) => {
                escapes.insert(how);
            }
        }
    }
    if let Some((id, sphere, certainty)) = decided {
        let reasons = [id].into_iter().chain(touching).collect();
        return Verdict { sphere, certainty, private: 0.0, sensitive, reasons, escapes: BTreeSet::new() };
    }
    let top = scores.iter().copied().fold(f64::MIN, f64::max);
    let powers = scores.map(|score| ((score - top) * SHARPNESS).exp());
    let total: f64 = powers.iter().sum();
    let [private, business, consumer] = powers.map(|power| power / total);
    let (sphere, certainty, at) = if UNSURE.contains(&private) {
        (Sphere::Unsure, 1.0 - (private - 0.5).abs() * 2.0, 0)
    } else if private >= UNSURE.end {
        (Sphere::Private, private, 0)
    } else if consumer > business {
        (Sphere::Consumer, consumer, 2)
    } else {
        (Sphere::Business, business, 1)
    };
    // What spoke most for the stated sphere comes first; what spoke against it is named after it.
    leaning.sort_by(|a, b| b.1.get(at).unwrap_or(&0.0).total_cmp(a.1.get(at).unwrap_or(&0.0)).then(a.0.cmp(b.0)));
    let reasons = leaning.into_iter().map(|(id, _)| id).chain(touching).collect();
    if sphere != Sphere::Private {
        escapes.clear();
    }
    Verdict { sphere, certainty, private, sensitive, reasons, escapes }
}

/// How much the sum of weights is trusted; below 1, because evidence of one message is not independent.
const SHARPNESS: f64 = 0.8;

fn owner_classes(owner: &Owner) -> BTreeSet<&'static str> {
    owner.domains.iter().flat_map(|domain| case::domain_classes(domain)).collect()
}

/// For each person what the others are whom messages brought together with that person.
fn company(resolved: &Resolved, verdicts: &[Verdict]) -> Vec<Option<Company>> {
    let mut sums: Vec<(f64, u32, bool)> = vec![(0.0, 0, false); verdicts.len()];
    for circle in &resolved.circles {
        // Shared addresses and machines are no company.
        let of = |at: u32| {
            verdicts
                .get(at as usize)
                .filter(|verdict| !matches!(verdict.sphere, Sphere::Role | Sphere::Automated | Sphere::Own))
        };
        let total: f64 = circle.iter().filter_map(|at| of(*at)).map(|verdict| verdict.private).sum();
        let heads = circle.iter().filter(|at| of(**at).is_some()).count();
        let colleagues =
            circle.iter().filter(|at| of(**at).is_some_and(|verdict| verdict.sphere == Sphere::Colleague)).count();
        for at in circle.iter() {
            let Some(verdict) = of(*at) else { continue };
            if heads < 2 {
                continue;
            }
            let own_colleague = usize::from(verdict.sphere == Sphere::Colleague);
            if let Some((sum, count, colleague)) = sums.get_mut(*at as usize) {
                *sum += (total - verdict.private) / (heads - 1) as f64;
                *count += 1;
                *colleague |= colleagues > own_colleague;
            }
        }
    }
    sums.into_iter()
        .map(|(sum, count, colleague)| {
            (count > 0).then(|| Company { private: Some(sum / f64::from(count)), colleague })
        })
        .collect()
}
