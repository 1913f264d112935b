//! Decides what a person is to the owner, how sure that is, and what the contact alone would tell.

mod case;
mod lists;
mod rules;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::people::{JOIN_RULES, Owner, Person, Resolved, in_parallel, signals};

use case::{Case, Company, Context, Memory};
pub use rules::{RULES, Rule, Says, certainty_from, measured};

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
    Draft::new(&Case::new(person, &mut Memory::new(owner, &context)), &Scale::MEASURED).verdict(None, &Scale::MEASURED)
}

/// Judges everybody: first each alone, then, twice, in the light of whom messages brought together.
pub fn classify_all(resolved: &Resolved) -> Vec<Verdict> {
    classify_on(resolved, &Scale::MEASURED)
}

/// The same on another scale: what calibrating needs.
pub fn classify_on(resolved: &Resolved, scale: &Scale) -> Vec<Verdict> {
    let context = Context::of(resolved);
    let draft = |_, people: &[Person]| -> Vec<Draft> {
        let mut memory = Memory::new(&resolved.owner, &context);
        people.iter().map(|person| Draft::new(&Case::new(person, &mut memory), scale)).collect()
    };
    let drafts = in_parallel(&resolved.people, draft);
    let mut company = vec![None; drafts.len()];
    for _ in 0..2 {
        let private = in_parallel(&drafts, |from, drafts| {
            let company = company.iter().skip(from).copied();
            drafts.iter().zip(company).map(|(draft, company)| draft.counts_as_company(company, scale)).collect()
        });
        company = company_of(resolved, &drafts, &private);
    }
    in_parallel(&drafts, |from, drafts| {
        let company = company.iter().skip(from).copied();
        drafts.iter().zip(company).map(|(draft, company)| draft.verdict(company, scale)).collect()
    })
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

/// From here on a shared address is taken for one of private life.
const ROLE_IS_PRIVATE: f64 = 0.25;

/// Below and above these the person is called private or not; in between nobody can tell.
const UNSURE: std::ops::Range<f64> = 0.35..0.65;

/// What the rules say of a person alone; company is added to it. A million of these are held at once, so it is small.
struct Draft {
    /// The rules that hold, by their place in the table.
    holds: u128,
    /// The place of the decisive one.
    decided: Option<u8>,
    /// Log-odds of private, business, consumer.
    scores: [f64; 3],
    /// Shows a person's own age, or a child's: sensitive whoever it is.
    young: bool,
    always: bool,
    silent: bool,
}

// A bit a rule.
const _: () = assert!(RULES.len() <= 128);

impl Draft {
    fn new(case: &Case<'_>, scale: &Scale) -> Self {
        let mut out = Self {
            holds: 0,
            decided: None,
            scores: scale.prior,
            young: case.sounds(signals!["age"]) || case.is_born_late(),
            always: case.titles.contains("companydoctor") || case.titles.contains("sbv"),
            silent: case.is_silent(),
        };
        for (at, rule) in (0u8..).zip(RULES).filter(|(_, rule)| (rule.holds)(case)) {
            out.holds |= 1 << at;
            match rule.says {
                Says::Is(..) => _ = out.decided.get_or_insert(at),
                Says::Leans(private, business, consumer) => {
                    for (sum, weight) in out.scores.iter_mut().zip([private, business, consumer]) {
                        *sum += weight;
                    }
                }
                Says::Touches(_) | Says::Escapes(_) => {}
            }
        }
        out
    }

    fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().enumerate().filter(|(at, _)| self.holds & (1 << at) != 0).map(|(_, rule)| rule)
    }

    /// The rule that decides alone.
    fn decision(&self) -> Option<(&'static Rule, Sphere)> {
        let rule = RULES.get(usize::from(self.decided?))?;
        if let Says::Is(sphere, _) = rule.says { Some((rule, sphere)) } else { None }
    }

    fn is_colleague(&self) -> bool {
        matches!(self.decision(), Some((_, Sphere::Colleague)))
    }

    /// How private the person is as company for others, and how much a consumer; `None` for who is no company.
    fn counts_as_company(&self, company: Option<Company>, scale: &Scale) -> Option<[f64; 2]> {
        match self.decision() {
            Some((_, Sphere::Role | Sphere::Automated | Sphere::Own)) => None,
            Some(_) => Some([0.0, 0.0]),
            None => {
                let [private, _, consumer] = scale.odds(self.with(company).0);
                Some([private, consumer])
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

    fn verdict(&self, company: Option<Company>, scale: &Scale) -> Verdict {
        let (scores, by_company) = self.with(company);
        let [private, business, consumer] = scale.odds(scores);
        let decision = self.decision();
        let (sphere, certainty, at) = match decision {
            Some((rule, sphere)) => (sphere, rule.certainty(), 0),
            None if UNSURE.contains(&private) => (Sphere::Unsure, certainty_of_unsure(private), 0),
            None if private >= UNSURE.end => (Sphere::Private, private, 0),
            None if consumer > business => (Sphere::Consumer, consumer, 2),
            None => (Sphere::Business, business, 1),
        };
        let telling: Vec<(&'static str, Sensitive)> = self
            .rules()
            .filter_map(|rule| if let Says::Touches(what) = rule.says { Some((rule.id, what)) } else { None })
            .filter(|(_, what)| self.tells(*what, sphere, private))
            .collect();
        let mut reasons: Vec<&'static str> = match decision {
            Some((rule, _)) => vec![rule.id],
            None => {
                let leans = self.rules().filter_map(|rule| match rule.says {
                    Says::Leans(private, business, consumer) => Some((rule.id, [private, business, consumer])),
                    _ => None,
                });
                let mut leaning: Vec<(&'static str, [f64; 3])> = leans.chain(by_company).collect();
                // What spoke most for the stated sphere comes first; what spoke against it is named after it.
                let weight = |(_, weights): &(&str, [f64; 3])| weights.get(at).copied().unwrap_or_default();
                leaning.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.0.cmp(b.0)));
                leaning.into_iter().map(|(id, _)| id).collect()
            }
        };
        reasons.extend(telling.iter().map(|(id, _)| *id));
        reasons.shrink_to_fit();
        let escapes = self.rules().filter_map(|rule| if let Says::Escapes(how) = rule.says { Some(how) } else { None });
        let maybe = matches!(sphere, Sphere::Private | Sphere::Unsure);
        Verdict {
            sphere,
            certainty,
            private: if decision.is_some() { 0.0 } else { private },
            sensitive: telling.into_iter().map(|(_, what)| what).collect(),
            reasons,
            escapes: escapes.filter(|_| maybe).collect(),
        }
    }

    /// Whether the contact alone tells it: a doctor who is a customer tells nothing of the owner's health.
    fn tells(&self, what: Sensitive, sphere: Sphere, private: f64) -> bool {
        let private_life = match sphere {
            Sphere::Private | Sphere::Unsure => true,
            // Schools, practices and parishes write from shared addresses, and no sphere decides about those.
            Sphere::Role => private >= ROLE_IS_PRIVATE,
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

/// How sure "unsure" is: most where private is as likely as not.
pub(crate) fn certainty_of_unsure(private: f64) -> f64 {
    1.0 - (private - 0.5).abs() * 2.0
}

/// How sums of weights become probabilities: what is fitted to labelled mailboxes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Log-odds of private, business and consumer before anything is known.
    pub prior: [f64; 3],
    /// How much the sum of weights is trusted; below 1, because the pieces of evidence of one message are not independent.
    pub sharpness: f64,
}

impl Scale {
    /// As `cargo test --test people_gold -- --ignored calibrate` measured it (docs/accuracy.md).
    pub const MEASURED: Self = Self { prior: [0.2, 0.35, -0.35], sharpness: 0.85 };

    fn odds(&self, scores: [f64; 3]) -> [f64; 3] {
        let top = scores.iter().copied().fold(f64::MIN, f64::max);
        let powers = scores.map(|score| ((score - top) * self.sharpness).exp());
        let total: f64 = powers.iter().sum();
        powers.map(|power| power / total)
    }
}

/// The weights of a company: the clearer it is, the more.
fn company_weights(company: &Company) -> Option<(&'static str, [f64; 3])> {
    let mean = company.private?;
    let id = match () {
        () if mean > 0.5 && !company.colleague => "private-company",
        () if company.consumer > 0.5 => "consumer-company",
        () => "business-company",
    };
    let clear = match id {
        "private-company" => mean * 2.0 - 1.0,
        "consumer-company" => company.consumer * 2.0 - 1.0,
        _ => (1.0 - mean * 2.0).max(if company.colleague { 0.3 } else { 0.0 }),
    };
    let (_, weights) = COMPANIES.iter().find(|(have, _)| *have == id)?;
    Some((id, weights.map(|weight| weight * clear)))
}

/// The three rules of company with their weights, looked up once.
static COMPANIES: LazyLock<Vec<(&'static str, [f64; 3])>> = LazyLock::new(|| {
    let row = |rule: &Rule| match rule.says {
        Says::Leans(private, business, consumer) => Some((rule.id, [private, business, consumer])),
        _ => None,
    };
    RULES.iter().filter(|rule| rule.id.ends_with("-company")).filter_map(row).collect()
});

/// For each person what the others are whom messages brought together with that person.
fn company_of(resolved: &Resolved, drafts: &[Draft], shares: &[Option<[f64; 2]>]) -> Vec<Option<Company>> {
    let mut sums: Vec<([f64; 2], u32, bool)> = vec![([0.0; 2], 0, false); drafts.len()];
    for circle in &resolved.circles {
        let of = |at: &u32| shares.get(*at as usize).copied().flatten();
        let colleague = |at: &u32| drafts.get(*at as usize).is_some_and(Draft::is_colleague);
        let total = circle.iter().filter_map(of).fold([0.0; 2], |sum, share| [sum[0] + share[0], sum[1] + share[1]]);
        let heads = circle.iter().filter(|at| of(at).is_some()).count();
        let colleagues = circle.iter().filter(|at| colleague(at)).count();
        for at in circle.iter() {
            let own = of(at);
            let others = heads - usize::from(own.is_some());
            if others == 0 {
                continue;
            }
            if let Some((sum, count, with)) = sums.get_mut(*at as usize) {
                let [private, consumer] = own.unwrap_or_default();
                // Whoever looks after consumers among the owner's colleagues makes nobody less of one.
                let strangers = others - (colleagues - usize::from(colleague(at)));
                sum[0] += (total[0] - private) / others as f64;
                sum[1] += (total[1] - consumer) / strangers.max(1) as f64;
                *count += 1;
                *with |= colleagues > usize::from(colleague(at));
            }
        }
    }
    let company = |([private, consumer], count, colleague): ([f64; 2], u32, bool)| {
        let share = |sum: f64| sum / f64::from(count);
        (count > 0).then(|| Company { private: Some(share(private)), consumer: share(consumer), colleague })
    };
    sums.into_iter().map(company).collect()
}
