//! Decides what a line is from all that is seen of it and its neighbours: a linear-chain model, read by Viterbi.
//!
//! The weights are a text file that `cargo bench --bench train` writes (docs/accuracy.md); one row a feature, so that
//! a difference between two models can be read.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::facts::{self, FEATURES, Item, KEYS, OWN, PAIRS, PLACE, REACH, SCENES, Seen, feature_name};

/// What the model tells apart within one author's text.
pub const LABELS: usize = 4;
pub const BODY: usize = 0;
pub const CLOSING: usize = 1;
pub const SIGNATURE: usize = 2;
pub const FOOTER: usize = 3;

/// One value a label, in thousandths.
pub type Row = [i32; LABELS];

/// Every label, as a set.
pub const ANY: u8 = 0b1111;

/// Gaps of three kinds lie between two lines.
pub const GAPS: usize = 3;

/// What a model answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The zone of a line.
    Zones,
    /// Whether an annotator would call the line a signature, which depends on where it stands.
    Lists,
}

/// The weights.
#[derive(Clone, PartialEq)]
pub struct Model {
    pub features: Vec<Row>,
    /// From the label before (outer) to the next, by what lies between the lines.
    pub steps: [[Row; LABELS]; GAPS],
}

/// The built-in model of zones, ready to be asked.
pub static ZONES: LazyLock<Tables> =
    LazyLock::new(|| Tables::of(&Model::parse(Head::Zones, include_str!("../model.tsv"))));

/// The built-in model of signature lists.
pub static LISTS: LazyLock<Tables> =
    LazyLock::new(|| Tables::of(&Model::parse(Head::Lists, include_str!("../lists.tsv"))));

impl Model {
    /// A model that knows nothing.
    pub fn new(head: Head) -> Self {
        let features = match head {
            Head::Zones => FEATURES,
            Head::Lists => FEATURES + SCENES,
        };
        Self { features: vec![[0; LABELS]; features], steps: [[[0; LABELS]; LABELS]; GAPS] }
    }

    /// Reads a model file; rows of features that are no more are left out.
    pub fn parse(head: Head, text: &str) -> Self {
        let mut model = Self::new(head);
        let mut rows = std::collections::BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let Some(name) = cells.next() else { continue };
            let mut row = [0; LABELS];
            for (value, cell) in row.iter_mut().zip(cells) {
                *value = cell.parse().unwrap_or(0);
            }
            rows.insert(name, row);
        }
        for (n, row) in model.features.iter_mut().enumerate() {
            if let Some(found) = rows.get(feature_name(n).as_str()) {
                *row = *found;
            }
        }
        for (gap, from) in model.steps.iter_mut().enumerate() {
            for (label, row) in from.iter_mut().enumerate() {
                if let Some(found) = rows.get(step_name(gap, label).as_str()) {
                    *row = *found;
                }
            }
        }
        model
    }

    /// Writes the model file.
    pub fn write(&self) -> String {
        let mut out = String::from(
            "# What a line shows, and how much it speaks for body, closing, signature, footer (thousandths).\n",
        );
        let mut row = |name: String, row: &Row| {
            if row.iter().any(|&cell| cell != 0) {
                let _ = write!(out, "{name}");
                for cell in row {
                    let _ = write!(out, "\t{cell}");
                }
                out.push('\n');
            }
        };
        for (n, weights) in self.features.iter().enumerate() {
            row(feature_name(n), weights);
        }
        for (gap, from) in self.steps.iter().enumerate() {
            for (label, weights) in from.iter().enumerate() {
                row(step_name(gap, label), weights);
            }
        }
        out
    }
}

/// What a line says of itself and of its neighbours.
type Near = [Row; 2 * REACH + 1];
/// The values of four bits.
const NIBBLES: usize = 16;
/// What the two halves of a byte say.
type Halves<T> = [[T; NIBBLES]; 2];

/// A model in the form in which it is asked: everything that four bits say together is added up beforehand.
pub struct Tables {
    /// By the bytes of a line's sets.
    own: Vec<Halves<Near>>,
    place: Vec<Halves<Row>>,
    /// What a pair adds, by its first bit: what the second must be.
    own_pairs: Vec<Vec<(u128, Row)>>,
    place_pairs: Vec<Vec<(u128, Row)>>,
    own_firsts: u128,
    place_firsts: u128,
    scenes: Vec<Row>,
    before_start: Row,
    after_end: Row,
    steps: [[Row; LABELS]; GAPS],
}

impl Tables {
    /// Adds a model up.
    pub fn of(model: &Model) -> Self {
        let row = |feature: usize| model.features.get(feature).copied().unwrap_or_default();
        let sum = |nibble: usize, set: usize, base: usize, count: usize| {
            let mut sum = Row::default();
            for bit in (0..4).filter(|bit| set & 1 << bit != 0) {
                let feature = nibble * 4 + bit;
                if feature < count {
                    add(&mut sum, &row(base + feature));
                }
            }
            sum
        };
        let near = |nibble, set| std::array::from_fn(|offset| sum(nibble, set, offset * OWN, OWN));
        let places = OWN * (2 * REACH + 1);
        let mut tables = Self {
            own: (0..OWN.div_ceil(8))
                .map(|byte| std::array::from_fn(|half| std::array::from_fn(|set| near(2 * byte + half, set))))
                .collect(),
            place: (0..PLACE.div_ceil(8))
                .map(|byte| {
                    std::array::from_fn(|half| std::array::from_fn(|set| sum(2 * byte + half, set, places, PLACE)))
                })
                .collect(),
            own_pairs: vec![Vec::new(); 128],
            place_pairs: vec![Vec::new(); 128],
            own_firsts: 0,
            place_firsts: 0,
            scenes: model.features.get(FEATURES..).unwrap_or_default().to_vec(),
            before_start: row(FEATURES - 2),
            after_end: row(FEATURES - 1),
            steps: model.steps,
        };
        for (k, (first, second)) in PAIRS.iter().enumerate() {
            let row = row(places + PLACE + k);
            // The second of a pair is always a place.
            let Seen::Place(second) = second else { continue };
            let (list, firsts, bit) = match first {
                Seen::Own(bit) => (&mut tables.own_pairs, &mut tables.own_firsts, *bit as usize),
                Seen::Place(bit) => (&mut tables.place_pairs, &mut tables.place_firsts, *bit as usize),
            };
            if row != Row::default()
                && let Some(list) = list.get_mut(bit)
            {
                *firsts |= 1 << bit;
                list.push((second.bit(), row));
            }
        }
        tables
    }

    /// How much speaks for each label of every line, the labels of its neighbours aside.
    fn scores(&self, items: &[Item], scores: &mut Vec<Row>) {
        scores.clear();
        let mut keys = [Row::default(); KEYS.len()];
        let constant = self.scene(items, &mut keys);
        scores.resize(items.len(), constant);
        if let Some(first) = scores.first_mut() {
            add(first, &self.before_start);
        }
        if let Some(last) = scores.last_mut() {
            add(last, &self.after_end);
        }
        for (n, item) in items.iter().enumerate() {
            let mut near = Near::default();
            for (byte, [low, high]) in item.own.to_le_bytes().into_iter().zip(&self.own) {
                if byte == 0 {
                    continue;
                }
                for rows in [&low[usize::from(byte & 15)], &high[usize::from(byte >> 4)]] {
                    for (sum, row) in near.iter_mut().zip(rows) {
                        add(sum, row);
                    }
                }
            }
            // Offset 1 is how the line below sees this one, REACH + 1 how the line above does.
            for (offset, row) in near.iter().enumerate() {
                let to = match offset {
                    0..=REACH => Some(n + offset),
                    _ => n.checked_sub(offset - REACH),
                };
                if let Some(score) = to.and_then(|to| scores.get_mut(to)) {
                    add(score, row);
                }
            }
            let Some(score) = scores.get_mut(n) else { continue };
            for (byte, [low, high]) in item.place.to_le_bytes().into_iter().zip(&self.place) {
                add(score, &low[usize::from(byte & 15)]);
                add(score, &high[usize::from(byte >> 4)]);
            }
            pairs(&self.own_pairs, item.own & self.own_firsts, item.place, score);
            pairs(&self.place_pairs, item.place & self.place_firsts, item.place, score);
            if !self.scenes.is_empty() {
                let mut rest = facts::keys(item);
                while rest != 0 {
                    if let Some(row) = keys.get(rest.trailing_zeros() as usize) {
                        add(score, row);
                    }
                    rest &= rest - 1;
                }
            }
        }
    }

    /// What the scene of a text says of every line of it, and of the lines with a certain key.
    fn scene(&self, items: &[Item], keys: &mut [Row; KEYS.len()]) -> Row {
        let mut constant = Row::default();
        let mut scenes = items.first().map_or(0, |item| item.scene);
        while scenes != 0 && !self.scenes.is_empty() {
            let base = scenes.trailing_zeros() as usize * (1 + KEYS.len());
            scenes &= scenes - 1;
            if let Some(row) = self.scenes.get(base) {
                add(&mut constant, row);
            }
            for (sum, row) in keys.iter_mut().zip(self.scenes.get(base + 1..).unwrap_or_default()) {
                add(sum, row);
            }
        }
        constant
    }

    /// The best labels for a text. `allowed` says which a line may have.
    pub fn label(&self, items: &[Item], allowed: &[u8], scratch: &mut Scratch) {
        let Scratch { back, labels, scores } = scratch;
        back.clear();
        labels.clear();
        self.scores(items, scores);
        let mut best = Row::default();
        for (n, (item, score)) in items.iter().zip(scores).enumerate() {
            let allowed = allowed.get(n).copied().unwrap_or(ANY);
            if allowed != ANY {
                for (label, value) in score.iter_mut().enumerate() {
                    *value -= if allowed & 1 << label == 0 { FORBIDDEN } else { 0 };
                }
            }
            if n == 0 {
                best = *score;
                back.push([0; LABELS]);
                continue;
            }
            // `Gap` has GAPS variants.
            let steps = &self.steps[item.gap as usize];
            let mut next = Row::default();
            let mut from = [0u8; LABELS];
            for (to, value) in next.iter_mut().enumerate() {
                let mut top = (i32::MIN, 0u8);
                for (label, row) in steps.iter().enumerate() {
                    let total = best[label].wrapping_add(row[to]);
                    if total > top.0 {
                        top = (total, label as u8);
                    }
                }
                *value = top.0.wrapping_add(score[to]);
                from[to] = top.1;
            }
            best = next;
            back.push(from);
        }
        let mut label = 0;
        for candidate in 1..LABELS {
            if best[candidate] > best[label] {
                label = candidate;
            }
        }
        for from in back.iter().rev() {
            labels.push(label as u8);
            label = usize::from(from[label]);
        }
        labels.reverse();
    }

    /// How much the best labels lose, in thousandths, if these lines are no signature.
    pub fn margin(&self, items: &[Item], scratch: &Scratch, lines: &std::ops::Range<usize>) -> i32 {
        let best = |without: &std::ops::Range<usize>| {
            let mut best = Row::default();
            for (n, (item, score)) in items.iter().zip(&scratch.scores).enumerate() {
                let mut score = *score;
                score[SIGNATURE] -= if without.contains(&n) { FORBIDDEN } else { 0 };
                if n == 0 {
                    best = score;
                    continue;
                }
                // `Gap` has GAPS variants.
                let steps = &self.steps[item.gap as usize];
                let mut next = Row::default();
                for (to, value) in next.iter_mut().enumerate() {
                    let from = best.iter().zip(steps).map(|(best, row)| best + row[to]).max().unwrap_or_default();
                    *value = from + score[to];
                }
                best = next;
            }
            best.into_iter().max().unwrap_or_default()
        };
        best(&(0..0)) - best(lines)
    }
}

/// More than a text's lines can say together: 60 of them, each a few dozen weights of a few thousandths' thousands.
const FORBIDDEN: i32 = 10_000_000;

/// Wrapping, so that four additions become one instruction: sums stay far below what would wrap ([`FORBIDDEN`]).
fn add(sum: &mut Row, row: &Row) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum = sum.wrapping_add(*value);
    }
}

/// Adds what pairs say; `firsts` are the bits that begin one.
fn pairs(table: &[Vec<(u128, Row)>], firsts: u128, place: u128, score: &mut Row) {
    let mut rest = firsts;
    while rest != 0 {
        for (second, row) in table.get(rest.trailing_zeros() as usize).map_or(&[][..], Vec::as_slice) {
            if place & second != 0 {
                add(score, row);
            }
        }
        rest &= rest - 1;
    }
}

/// Buffers that are used again for the next text; `labels` is the answer.
#[derive(Default)]
pub struct Scratch {
    back: Vec<[u8; LABELS]>,
    scores: Vec<Row>,
    pub labels: Vec<u8>,
}

fn step_name(gap: usize, label: usize) -> String {
    let gap = ["next", "blank", "quote"].get(gap).copied().unwrap_or_default();
    let label = ["body", "closing", "signature", "footer"].get(label).copied().unwrap_or_default();
    format!(">{gap} {label}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_survives_its_file() {
        for (head, text) in [(Head::Zones, include_str!("../model.tsv")), (Head::Lists, include_str!("../lists.tsv"))] {
            let model = Model::parse(head, text);
            let written = model.write();
            assert!(Model::parse(head, &written) == model);
            assert!(written.len() < 200_000, "{} bytes", written.len());
        }
    }

    #[test]
    fn tables_say_what_the_features_say() {
        let model = Model::parse(Head::Lists, include_str!("../lists.tsv"));
        let text = "Hi,\n\nsee below.\n\nThanks,\nAnn Lee\nTel. 020 7946 0018\n\nThis e-mail is confidential.";
        let lines: Vec<_> = text.lines().map(crate::message::Line::plain).collect();
        let (_, chains) = crate::observe::zones::chains(&lines, None);
        for items in chains {
            let mut scores = Vec::new();
            Tables::of(&model).scores(&items, &mut scores);
            for (n, item) in items.iter().enumerate() {
                let mut sum = Row::default();
                let mut each = |feature: usize| add(&mut sum, &model.features[feature]);
                facts::features(&items, n, &mut each);
                facts::scene_features(item, &mut each);
                assert_eq!(scores[n], sum);
            }
        }
    }

    #[test]
    fn every_feature_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<String> = (0..FEATURES + SCENES).map(feature_name).collect();
        assert_eq!(names.len(), FEATURES + SCENES);
    }
}
