//! Decides what a line is from all that is seen of it and its neighbours: a linear-chain model, read by Viterbi.
//!
//! The weights are a text file that `cargo bench --bench train` writes (docs/accuracy.md); one row a feature, so that
//! a difference between two models can be read.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::facts::{FEATURES, Gap, Item, feature_name, features};

/// What the model tells apart within one author's text.
pub const LABELS: usize = 4;
pub const BODY: usize = 0;
pub const CLOSING: usize = 1;
pub const SIGNATURE: usize = 2;
pub const FOOTER: usize = 3;

/// One value a label.
pub type Row = [f32; LABELS];

/// Every label, as a set.
pub const ANY: u8 = 0b1111;

/// Gaps of three kinds lie between two lines.
pub const GAPS: usize = 3;

/// The weights.
#[derive(Clone, PartialEq)]
pub struct Model {
    pub features: Vec<Row>,
    /// From the label before (outer) to the next, by what lies between the lines.
    pub steps: [[Row; LABELS]; GAPS],
}

/// The model that is built in.
pub static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../model.tsv")));

/// Weights are kept as thousandths.
const SCALE: f32 = 1000.0;

impl Model {
    /// A model that knows nothing.
    pub fn new() -> Self {
        Self { features: vec![[0.0; LABELS]; FEATURES], steps: [[[0.0; LABELS]; LABELS]; GAPS] }
    }

    /// Reads a model file; rows of features that are no more are left out.
    pub fn parse(text: &str) -> Self {
        let mut model = Self::new();
        let mut rows = std::collections::BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let Some(name) = cells.next() else { continue };
            let mut row = [0.0; LABELS];
            for (value, cell) in row.iter_mut().zip(cells) {
                *value = cell.parse::<i32>().map_or(0.0, |n| n as f32 / SCALE);
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
            let cells = row.map(|value| (value * SCALE).round() as i32);
            if cells.iter().any(|&cell| cell != 0) {
                let _ = write!(out, "{name}");
                for cell in cells {
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

    /// How much speaks for each label of line `n`, its neighbours' labels aside.
    pub fn score(&self, items: &[Item], n: usize) -> Row {
        let mut sum = [0.0; LABELS];
        features(items, n, |feature| {
            if let Some(row) = self.features.get(feature) {
                for (total, weight) in sum.iter_mut().zip(row) {
                    *total += weight;
                }
            }
        });
        sum
    }

    /// What a step from the line before costs, by the gap in front of this one.
    pub fn step(&self, gap: Gap) -> &[Row; LABELS] {
        // `Gap` has GAPS variants.
        &self.steps[gap as usize]
    }

    /// The best labels for a text. `allowed` says which a line may have.
    pub fn label(&self, items: &[Item], allowed: impl Fn(&[Item], usize) -> u8, scratch: &mut Scratch) {
        let Scratch { back, labels } = scratch;
        back.clear();
        labels.clear();
        let mut best = [0.0f32; LABELS];
        for (n, item) in items.iter().enumerate() {
            let mut score = self.score(items, n);
            let allowed = allowed(items, n);
            for (label, value) in score.iter_mut().enumerate() {
                if allowed & 1 << label == 0 {
                    *value -= 1e6;
                }
            }
            if n == 0 {
                best = score;
                back.push([0; LABELS]);
                continue;
            }
            let steps = self.step(item.gap);
            let mut next = [0.0f32; LABELS];
            let mut from = [0u8; LABELS];
            for (to, value) in next.iter_mut().enumerate() {
                let mut top = (f32::NEG_INFINITY, 0u8);
                for (label, row) in steps.iter().enumerate() {
                    let total = best[label] + row[to];
                    if total > top.0 {
                        top = (total, label as u8);
                    }
                }
                *value = top.0 + score[to];
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
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

/// Buffers that are used again for the next text; `labels` is the answer.
#[derive(Default)]
pub struct Scratch {
    back: Vec<[u8; LABELS]>,
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
        let text = MODEL.write();
        assert!(Model::parse(&text) == *MODEL);
        assert!(text.len() < 200_000, "{} bytes", text.len());
    }

    #[test]
    fn every_feature_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<String> = (0..FEATURES).map(feature_name).collect();
        assert_eq!(names.len(), FEATURES);
    }
}
