//! Decides which numbers may be published of many mailboxes together, so that none of them says anything of one.
//!
//! A number is published if at least k mailboxes contribute to it and none makes up more than half of it, rounded;
//! and only if nothing below that threshold can be worked out from it and the others. Two ways lead there, and both
//! are closed: subtracting numbers of one table (`Audit`), and subtracting tables of overlapping sets ([`Ledger`]).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::safe::Plain;
use super::{Class, Figures, Lang, Look, Report};
use crate::assess::Passes;
use crate::classify::Sensitive;
use crate::profile::Field;

/// Fewer mailboxes than this are never an aggregate, whatever the user asks for.
pub const FLOOR: usize = 3;
/// Mailboxes that a number rests on, if nothing else is asked for.
pub const USUAL: usize = 5;

/// The classes of persons, in the order of the table.
const CLASSES: [Class; 6] =
    [Class::Private, Class::Bystander, Class::Unsure, Class::Colleague, Class::Business, Class::Consumer];
/// Each class in two parts: what the declared reading sends, and what the permitted one sends beyond it.
const PARTS: usize = 2 * CLASSES.len();

/// Why nothing is published. None of these texts names a mailbox.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("an aggregate rests on at least {FLOOR} mailboxes, not on {0}")]
    Floor(usize),
    #[error("{given} results are not enough: an aggregate rests on at least {k} mailboxes")]
    TooFew { given: usize, k: usize },
    #[error("two of the results are of one mailbox")]
    Twice,
    #[error("a result does not say whose mailbox it is of")]
    Nobody,
    #[error("the results were made with different keys, so the same mailbox could be among them twice")]
    Keys,
    #[error("there is no profile that every result was made with in the same version")]
    NoProfile,
    #[error(
        "an earlier publication and this one differ by fewer than {k} mailboxes, so subtracting them would tell of fewer"
    )]
    TooClose { k: usize },
}

/// The numbers that may be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// `mailglean-aggregate`, so that nobody takes it for a result.
    pub kind: String,
    pub version: String,
    /// The month in which it was made.
    pub month: String,
    pub k: u64,
    pub mailboxes: u64,
    /// Every mailbox was read completely.
    pub complete: bool,
    pub profiles: Vec<ProfileSum>,
}

/// One profile over all mailboxes. `None`: rests on fewer than k mailboxes, on one more than on all others, or would
/// tell another number that does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileSum {
    pub id: String,
    pub version: u32,
    /// Private persons and bystanders of the declared reading; with the unsure, of the permitted one.
    pub low: Option<u64>,
    pub high: Option<u64>,
    /// Persons sent: declared, then permitted.
    pub sent: BTreeMap<Class, [Option<u64>; 2]>,
    /// Of the permitted reading, like all that follow.
    pub passes: BTreeMap<Passes, Option<u64>>,
    pub sensitive: BTreeMap<Sensitive, Option<u64>>,
    pub fields: BTreeMap<Field, Option<u64>>,
}

/// What is asked of every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(usize);

impl Threshold {
    /// At least so many mailboxes.
    ///
    /// # Errors
    /// [`Refusal::Floor`] below [`FLOOR`].
    pub fn new(k: usize) -> Result<Self, Refusal> {
        if k < FLOOR { Err(Refusal::Floor(k)) } else { Ok(Self(k)) }
    }

    /// Whether a number that is made of one value a mailbox may be known.
    fn allows(self, values: &[i64]) -> bool {
        let sizes = || values.iter().map(|value| value.unsigned_abs());
        let contributors = sizes().filter(|&size| size > 0).count();
        let sum: u64 = sizes().sum();
        contributors >= self.0 && sizes().all(|size| size * 2 <= sum)
    }

    /// Rounded, if it may be published by itself.
    fn publish(self, values: &[i64]) -> Option<u64> {
        self.allows(values).then(|| rounded(values.iter().sum::<i64>().unsigned_abs()))
    }
}

/// To the nearest 5, from 100 on 10, from 1,000 on two digits.
fn rounded(number: u64) -> u64 {
    let step = match number {
        0..100 => 5,
        100..1000 => 10,
        _ => 10_u64.pow(number.ilog10() - 1),
    };
    (number + step / 2) / step * step
}

/// Adds up results, one a mailbox.
///
/// # Errors
/// [`Refusal`] if they may not be added up.
pub fn aggregate(results: &[Report], threshold: Threshold) -> Result<Aggregate, Refusal> {
    if results.len() < threshold.0 {
        return Err(Refusal::TooFew { given: results.len(), k: threshold.0 });
    }
    if results.iter().any(|result| !result.owner.id.starts_with("m-")) {
        return Err(Refusal::Nobody);
    }
    let distinct = |text: fn(&Report) -> &str| results.iter().map(text).collect::<BTreeSet<_>>().len();
    if distinct(|result| &result.evidence.key) > 1 {
        return Err(Refusal::Keys);
    }
    if distinct(|result| &result.owner.id) < results.len() {
        return Err(Refusal::Twice);
    }
    let wanted = results.first().map(|first| first.profiles.as_slice()).unwrap_or_default();
    let profiles: Vec<ProfileSum> = wanted
        .iter()
        .filter_map(|wanted| {
            let same = |result: &Report| {
                let found = result.profiles.iter().find(|p| p.id == wanted.id && p.version == wanted.version)?;
                Some([found.declared.clone(), found.permitted.clone()])
            };
            let figures: Vec<[Figures; 2]> = results.iter().map(same).collect::<Option<_>>()?;
            Some(profile_sum(&wanted.id, wanted.version, &figures, threshold))
        })
        .collect();
    if profiles.is_empty() {
        return Err(Refusal::NoProfile);
    }
    let newest = results.iter().map(|result| result.generated_at.as_str()).max().unwrap_or_default();
    Ok(Aggregate {
        kind: "mailglean-aggregate".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        month: newest.chars().take(7).collect(),
        k: threshold.0 as u64,
        mailboxes: results.len() as u64,
        complete: results.iter().all(|result| result.complete),
        profiles,
    })
}

fn profile_sum(id: &str, version: u32, figures: &[[Figures; 2]], threshold: Threshold) -> ProfileSum {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    // One row a part, one value a mailbox.
    let mut parts = Vec::with_capacity(PARTS);
    for class in CLASSES {
        let [declared, permitted] =
            [0, 1].map(|at: usize| figures.iter().map(|both| signed(both[at].count(class))).collect::<Vec<i64>>());
        let beyond = permitted.iter().zip(&declared).map(|(wide, narrow)| wide - narrow).collect();
        parts.extend([declared, beyond]);
    }
    let mut audit = Audit::new(&parts, threshold);
    // What a reader wants first is decided first: what comes later may be what has to give way.
    let leaks = [Class::Private, Class::Bystander];
    let high = audit.publish(&[&leaks[..], &[Class::Unsure]].concat(), true);
    let low = audit.publish(&leaks, false);
    let mut sent = BTreeMap::new();
    for permitted in [true, false] {
        for class in CLASSES {
            let row: &mut [Option<u64>; 2] = sent.entry(class).or_default();
            row[usize::from(permitted)] = audit.publish(&[class], permitted);
        }
    }
    // A person may stand under several reasons, marks and fields: these numbers do not add up to anything published.
    let alone = |value: &dyn Fn(&Figures) -> u64| {
        threshold.publish(&figures.iter().map(|[_, permitted]| signed(value(permitted))).collect::<Vec<_>>())
    };
    let wide = || figures.iter().map(|[_, permitted]| permitted);
    let passes: BTreeSet<Passes> = wide().flat_map(|figures| figures.filter.passes.keys().copied()).collect();
    let marks: BTreeSet<Sensitive> = wide().flat_map(|figures| figures.sensitive.keys().copied()).collect();
    let fields: BTreeSet<Field> = wide().flat_map(|figures| figures.fields.keys().copied()).collect();
    let of = |count: Option<&u64>| count.copied().unwrap_or(0);
    ProfileSum {
        id: id.to_owned(),
        version,
        low,
        high,
        sent,
        passes: passes.into_iter().map(|key| (key, alone(&|f| of(f.filter.passes.get(&key))))).collect(),
        sensitive: marks
            .into_iter()
            .map(|key| {
                // Where a result keeps a mark back itself (fewer than five people, at `counts`), the sum is not known.
                let kept_back = wide().any(|figures| figures.sensitive.get(&key).is_some_and(Option::is_none));
                let number = alone(&|figures| figures.sensitive.get(&key).copied().flatten().unwrap_or(0));
                (key, number.filter(|_| !kept_back))
            })
            .collect(),
        fields: fields.into_iter().map(|key| (key, alone(&|f| of(f.fields.get(&key))))).collect(),
    }
}

/// Keeps what can be worked out from the numbers of one table.
///
/// Every number is a sum of parts. Whoever has some of them can add and subtract: what comes out is in the row space
/// of their coefficients. A number is published only if every sum of parts in that space may be known, so what is
/// held back stays so. There are 4,096 such sums, and all of them are looked at.
struct Audit<'a> {
    parts: &'a [Vec<i64>],
    threshold: Threshold,
    /// The sums that may not be known, as sets of parts.
    secret: Vec<u32>,
    known: RowSpace,
}

impl<'a> Audit<'a> {
    fn new(parts: &'a [Vec<i64>], threshold: Threshold) -> Self {
        let mailboxes = parts.first().map_or(0, Vec::len);
        let secret = (1..1_u32 << parts.len()).filter(|set| {
            let sums: Vec<i64> = (0..mailboxes).map(|at| sum(parts, *set, at)).collect();
            // That nobody at all was sent by anybody tells of all mailboxes alike.
            sums.iter().any(|&sum| sum != 0) && !threshold.allows(&sums)
        });
        Self { parts, threshold, secret: secret.collect(), known: RowSpace::default() }
    }

    /// The number of persons of these classes that one reading sends, if it may be known with what is known already.
    fn publish(&mut self, classes: &[Class], permitted: bool) -> Option<u64> {
        let mut set = 0_u32;
        for (at, class) in CLASSES.iter().enumerate() {
            if classes.contains(class) {
                set |= 1 << (2 * at);
                set |= u32::from(permitted) << (2 * at + 1);
            }
        }
        let mailboxes = self.parts.first().map_or(0, Vec::len);
        let values: Vec<i64> = (0..mailboxes).map(|at| sum(self.parts, set, at)).collect();
        let number = self.threshold.publish(&values)?;
        let mut known = self.known.clone();
        known.add(set);
        if self.secret.iter().any(|secret| known.holds(*secret)) {
            return None;
        }
        self.known = known;
        Some(number)
    }
}

/// The sum of a set of parts in one mailbox.
fn sum(parts: &[Vec<i64>], set: u32, mailbox: usize) -> i64 {
    let chosen = parts.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
    chosen.filter_map(|(_, values)| values.get(mailbox)).sum()
}

/// Rows of 0 and 1 and whatever adding, subtracting and multiplying them gives.
///
/// Reckoned modulo a prime that is larger than any minor of such a matrix of at most 12 rows (1,458), so that the
/// answer is that of the rational numbers.
#[derive(Clone, Default)]
struct RowSpace {
    /// In echelon form: each with its leading column, where it is 1.
    rows: Vec<(usize, [u64; PARTS])>,
}

impl RowSpace {
    const PRIME: u64 = 2_147_483_647;

    fn row(set: u32) -> [u64; PARTS] {
        std::array::from_fn(|at| u64::from(set >> at & 1))
    }

    fn reduced(&self, mut row: [u64; PARTS]) -> [u64; PARTS] {
        for (lead, have) in &self.rows {
            let factor = row[*lead];
            if factor != 0 {
                for (cell, other) in row.iter_mut().zip(have) {
                    *cell = (*cell + (Self::PRIME - factor) * other) % Self::PRIME;
                }
            }
        }
        row
    }

    fn add(&mut self, set: u32) {
        let mut row = self.reduced(Self::row(set));
        let Some(lead) = row.iter().position(|&cell| cell != 0) else { return };
        let inverse = power(row[lead], Self::PRIME - 2, Self::PRIME);
        row.iter_mut().for_each(|cell| *cell = *cell * inverse % Self::PRIME);
        self.rows.push((lead, row));
    }

    fn holds(&self, set: u32) -> bool {
        self.reduced(Self::row(set)).iter().all(|&cell| cell == 0)
    }
}

fn power(mut base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    result
}

/// One publication: which mailboxes, and which result of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Pseudonyms of mailboxes.
    pub mailboxes: BTreeSet<String>,
    /// Digests of result files.
    pub results: BTreeSet<String>,
}

/// What was published before.
///
/// The publications cut all mailboxes into regions, like the circles of a Venn diagram. Whatever is added to and
/// subtracted from their tables is constant on each region; so if each holds nobody or at least k mailboxes, no
/// arithmetic over any number of tables reaches a group of fewer. Results are held to it like mailboxes: where one of
/// ten was audited again, the difference of two tables would be that one.
#[derive(Clone, Debug, Default)]
pub struct Ledger(pub Vec<Publication>);

impl Ledger {
    /// Whether one more publication leaves every group at k or more. The same publication again is always allowed.
    ///
    /// # Errors
    /// [`Refusal::TooClose`].
    pub fn allows(&self, next: &Publication, threshold: Threshold) -> Result<(), Refusal> {
        let small = |set: fn(&Publication) -> &BTreeSet<String>| {
            let mut regions: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
            let sets: Vec<&BTreeSet<String>> = self.0.iter().chain([next]).map(set).collect();
            for one in sets.iter().copied().flatten().collect::<BTreeSet<_>>() {
                *regions.entry(sets.iter().map(|set| set.contains(one)).collect()).or_default() += 1;
            }
            regions.values().any(|&size| size < threshold.0)
        };
        if small(|publication| &publication.mailboxes) || small(|publication| &publication.results) {
            return Err(Refusal::TooClose { k: threshold.0 });
        }
        Ok(())
    }
}

impl Aggregate {
    /// Writes it for people, 80 columns.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_text(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let text = look.lang.text();
        let words = Words::of(look.lang);
        let shown = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), |number| text.number(number));
        writeln!(out, "{}\n{}\n", words.title, "=".repeat(words.title.chars().count()))?;
        writeln!(out, "{}: {}   k = {}   {}", words.mailboxes, self.mailboxes, self.k, Plain(&self.month))?;
        if !self.complete {
            writeln!(out, "{}", words.incomplete)?;
        }
        for profile in &self.profiles {
            writeln!(out, "\n{} v{}\n", Plain(&profile.id), profile.version)?;
            let mut row = |label: &str, low: String, high: String| {
                let space = 46_usize.saturating_sub(label.chars().count());
                writeln!(out, "  {label}{:space$} {low:>14} {high:>14}", "")
            };
            row("", text.declared.into(), text.permitted.into())?;
            row(words.headline, shown(profile.low), shown(profile.high))?;
            for (class, [low, high]) in &profile.sent {
                row(text.class(*class), shown(*low), shown(*high))?;
            }
            let sections = [
                (text.passed_because, profile.passes.iter().map(|(&key, &n)| (text.pass(key), n)).collect::<Vec<_>>()),
                (text.sensitive, profile.sensitive.iter().map(|(&key, &n)| (text.mark(key), n)).collect()),
                (words.fields, profile.fields.iter().map(|(&key, &n)| (text.field(key), n)).collect()),
            ];
            for (title, rows) in sections {
                if rows.iter().any(|(_, number)| number.is_some()) {
                    row(title, String::new(), String::new())?;
                    for (label, number) in rows {
                        row(&format!("  {label}"), String::new(), shown(number))?;
                    }
                }
            }
        }
        writeln!(out, "\n{}", (words.rules)(self.k))
    }
}

struct Words {
    title: &'static str,
    mailboxes: &'static str,
    incomplete: &'static str,
    headline: &'static str,
    fields: &'static str,
    rules: fn(u64) -> String,
}

impl Words {
    fn of(lang: Lang) -> Self {
        match lang {
            Lang::En => Self {
                title: "Contacts that a plug-in would take, over several mailboxes",
                mailboxes: "mailboxes",
                incomplete: "Not every mailbox was read completely: the numbers are too low.",
                headline: "private or uninvolved people",
                fields: "data sent of private and uninvolved people",
                rules: |k| {
                    format!(
                        "A person counts once in each mailbox. Numbers are rounded and do not add up.\n\
                         – means: fewer than {k} mailboxes contribute, one makes up more than half, or\n\
                         the number would tell another one of which that is true."
                    )
                },
            },
            Lang::De => Self {
                title: "Kontakte, die ein Plug-in mitnähme, über mehrere Postfächer",
                mailboxes: "Postfächer",
                incomplete: "Nicht jedes Postfach wurde vollständig gelesen: die Zahlen sind zu niedrig.",
                headline: "private oder unbeteiligte Personen",
                fields: "gesendete Daten privater und unbeteiligter Personen",
                rules: |k| {
                    format!(
                        "Eine Person zählt in jedem Postfach einmal. Die Zahlen sind gerundet und\n\
                         ergeben keine Summen. – bedeutet: weniger als {k} Postfächer tragen bei, eines\n\
                         macht mehr als die Hälfte aus, oder die Zahl verriete eine solche andere."
                    )
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn threshold(k: usize) -> Threshold {
        Threshold::new(k).unwrap()
    }

    #[test]
    fn a_number_rests_on_enough_mailboxes_and_on_none_too_much() {
        let k = threshold(3);
        assert_eq!(k.publish(&[4, 4, 4]), Some(10));
        assert_eq!(k.publish(&[4, 4, 0, 0]), None, "two mailboxes");
        assert_eq!(k.publish(&[9, 4, 4]), None, "one makes up more than half");
        assert_eq!(k.publish(&[8, 4, 4]), Some(15), "half is not more than half");
        assert_eq!(Threshold::new(2), Err(Refusal::Floor(2)));
    }

    #[test]
    fn rounding_keeps_two_digits_at_most() {
        let cases =
            [(12, 10), (13, 15), (99, 100), (104, 100), (996, 1000), (1_249, 1_200), (1_250, 1_300), (98_765, 99_000)];
        for (number, expected) in cases {
            assert_eq!(rounded(number), expected, "{number}");
        }
    }

    #[test]
    fn what_subtraction_would_tell_is_held_back() {
        // Everybody has private contacts; one mailbox alone has a bystander. Published together, the two numbers of
        // private people and of both would tell of that one mailbox.
        let mut parts = vec![vec![0; 4]; PARTS];
        parts[0] = vec![10, 10, 10, 10];
        parts[2] = vec![1, 0, 0, 0];
        let mut audit = Audit::new(&parts, threshold(3));
        let leaks = [Class::Private, Class::Bystander];
        assert_eq!(audit.publish(&leaks, false), Some(40));
        assert_eq!(audit.publish(&[Class::Private], false), None);
        assert_eq!(audit.publish(&[Class::Bystander], false), None);
        // The other way round, the sum has to give way.
        let mut audit = Audit::new(&parts, threshold(3));
        assert_eq!(audit.publish(&[Class::Private], false), Some(40));
        assert_eq!(audit.publish(&leaks, false), None);
    }

    #[test]
    fn a_set_that_lost_one_mailbox_is_not_published_again() {
        let names = |names: &str| names.chars().map(String::from).collect::<BTreeSet<_>>();
        let of = |mailboxes: &str, results: &str| Publication { mailboxes: names(mailboxes), results: names(results) };
        let ledger = Ledger(vec![of("abcdef", "123456")]);
        let k = threshold(3);
        assert_eq!(ledger.allows(&of("abcdef", "123456"), k), Ok(()), "the same again");
        assert_eq!(ledger.allows(&of("abcde", "12345"), k), Err(Refusal::TooClose { k: 3 }), "one less");
        assert_eq!(ledger.allows(&of("abcdefg", "1234567"), k), Err(Refusal::TooClose { k: 3 }), "one more");
        assert_eq!(ledger.allows(&of("abcdef", "123457"), k), Err(Refusal::TooClose { k: 3 }), "one audited again");
        assert_eq!(ledger.allows(&of("abcdef", "ghijkl"), k), Ok(()), "all audited again");
        assert_eq!(ledger.allows(&of("abcdefghi", "123456789"), k), Ok(()), "three more");
        // Two publications that are far from each other, and a third that lies between them.
        let ledger = Ledger(vec![of("abcdef", "abcdef"), of("ghijkl", "ghijkl")]);
        assert_eq!(ledger.allows(&of("abcghi", "abcghi"), k), Ok(()));
        assert_eq!(ledger.allows(&of("abghi", "abghi"), k), Err(Refusal::TooClose { k: 3 }));
    }

    /// Every way to add and subtract rows once: the sums that a reader can form, written as coefficients.
    fn combinations(rows: &[Vec<i64>], width: usize) -> Vec<Vec<i64>> {
        let mut all = vec![vec![0; width]];
        for row in rows {
            all = all
                .into_iter()
                .flat_map(|have| {
                    [-1, 0, 1].map(|factor| have.iter().zip(row).map(|(a, b)| a + factor * b).collect::<Vec<i64>>())
                })
                .collect();
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn no_arithmetic_over_one_table_reaches_below_k(
            values in proptest::collection::vec(proptest::collection::vec(0_i64..3, 6), PARTS),
        ) {
            let k = threshold(3);
            let mut audit = Audit::new(&values, k);
            let mut published: Vec<Vec<i64>> = vec![];
            for (classes, permitted) in [(3, true), (2, false), (1, true), (1, false), (6, true)] {
                for start in 0..=CLASSES.len() - classes {
                    let chosen = &CLASSES[start..start + classes];
                    if audit.publish(chosen, permitted).is_some() && published.len() < 9 {
                        let taken = |part: usize| chosen.contains(&CLASSES[part / 2]) && (permitted || part.is_multiple_of(2));
                        published.push((0..PARTS).map(|part| i64::from(taken(part))).collect());
                    }
                }
            }
            for sum in combinations(&published, PARTS) {
                if sum.iter().all(|factor| (0..=1).contains(factor)) {
                    let mailboxes: Vec<i64> =
                        (0..6).map(|at| sum.iter().zip(&values).map(|(factor, part)| factor * part[at]).sum()).collect();
                    prop_assert!(mailboxes.iter().all(|&value| value == 0) || k.allows(&mailboxes), "{mailboxes:?}");
                }
            }
        }

        #[test]
        fn no_arithmetic_over_many_tables_reaches_below_k(
            sets in proptest::collection::vec(1_u32..1 << 12, 1..60),
        ) {
            let k = threshold(3);
            let mut ledger = Ledger::default();
            let mut published: Vec<Vec<i64>> = vec![];
            for set in sets {
                let mailboxes: BTreeSet<String> =
                    (0..12).filter(|at| set >> at & 1 == 1).map(|at| at.to_string()).collect();
                let next = Publication { results: mailboxes.clone(), mailboxes };
                if ledger.allows(&next, k).is_ok() && published.len() < 9 {
                    ledger.0.push(next);
                    published.push((0..12).map(|at| i64::from(set >> at & 1)).collect());
                }
            }
            for sum in combinations(&published, 12) {
                let reached = sum.iter().filter(|&&factor| factor != 0).count();
                prop_assert!(reached == 0 || reached >= 3, "{sum:?}");
            }
        }
    }
}
