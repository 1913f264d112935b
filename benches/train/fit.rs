//! Fits a linear-chain model to lines of which some labels are only half known: conditional random field with hidden
//! labels, squared penalty, L-BFGS. Deterministic.

use mailglean::observe::zones::facts::{FEATURES, Item, features};
use mailglean::observe::zones::model::{GAPS, LABELS, Model};

/// One author's text, ready to be learned from.
pub struct Chain {
    /// The features of each line.
    lines: Vec<Vec<u16>>,
    gaps: Vec<u8>,
    allowed: Vec<u8>,
    weight: f64,
}

impl Chain {
    pub fn new(items: &[Item], allowed: Vec<u8>, weight: f64) -> Self {
        let line = |n| {
            let mut list = Vec::new();
            features(items, n, |feature| list.push(feature as u16));
            list
        };
        Self {
            lines: (0..items.len()).map(line).collect(),
            gaps: items.iter().map(|item| item.gap as u8).collect(),
            allowed,
            weight,
        }
    }
}

const STEPS: usize = FEATURES * LABELS;
const SIZE: usize = STEPS + GAPS * LABELS * LABELS;

/// Fits the weights; `penalty` is the L2 strength.
pub fn fit(chains: &[&Chain], penalty: f64, rounds: usize) -> Model {
    let weights = lbfgs(|w, gradient| loss(chains, penalty, w, gradient), vec![0.0; SIZE], rounds);
    let mut model = Model::new();
    for (row, w) in model.features.iter_mut().zip(weights.chunks(LABELS)) {
        for (value, w) in row.iter_mut().zip(w) {
            *value = round(*w);
        }
    }
    for (gap, from) in model.steps.iter_mut().enumerate() {
        for (label, row) in from.iter_mut().enumerate() {
            for (to, value) in row.iter_mut().enumerate() {
                *value = round(weights[step(gap, label, to)]);
            }
        }
    }
    model
}

/// As the model file keeps it, so that a fitted model and a read one are the same.
fn round(weight: f64) -> f32 {
    (weight * 1000.0).round() as i32 as f32 / 1000.0
}

fn step(gap: usize, from: usize, to: usize) -> usize {
    STEPS + (gap * LABELS + from) * LABELS + to
}

/// The negative log likelihood of the allowed labels, and its gradient.
fn loss(chains: &[&Chain], penalty: f64, weights: &[f64], gradient: &mut [f64]) -> f64 {
    let mut total = 0.0;
    for (g, w) in gradient.iter_mut().zip(weights) {
        *g = penalty * w;
        total += 0.5 * penalty * w * w;
    }
    let mut scores: Vec<[f64; LABELS]> = Vec::new();
    for chain in chains {
        if chain.lines.is_empty() {
            continue;
        }
        scores.clear();
        for line in &chain.lines {
            let mut sum = [0.0; LABELS];
            for &feature in line {
                for (label, value) in sum.iter_mut().enumerate() {
                    *value += weights[usize::from(feature) * LABELS + label];
                }
            }
            scores.push(sum);
        }
        let all = pass(chain, &scores, weights, false, chain.weight, gradient);
        let seen = pass(chain, &scores, weights, true, -chain.weight, gradient);
        total += chain.weight * (all - seen);
    }
    total
}

/// Forward and backward over one chain: returns the log partition and adds `sign` times the expectations.
fn pass(
    chain: &Chain,
    scores: &[[f64; LABELS]],
    weights: &[f64],
    masked: bool,
    sign: f64,
    gradient: &mut [f64],
) -> f64 {
    let n = scores.len();
    let emit = |k: usize, label: usize| {
        if masked && chain.allowed[k] & 1 << label == 0 { f64::NEG_INFINITY } else { scores[k][label] }
    };
    let mut forward = vec![[f64::NEG_INFINITY; LABELS]; n];
    for (label, value) in forward[0].iter_mut().enumerate() {
        *value = emit(0, label);
    }
    for k in 1..n {
        let gap = usize::from(chain.gaps[k]);
        for to in 0..LABELS {
            let mut terms = [0.0; LABELS];
            for (from, term) in terms.iter_mut().enumerate() {
                *term = forward[k - 1][from] + weights[step(gap, from, to)];
            }
            forward[k][to] = log_sum(&terms) + emit(k, to);
        }
    }
    let total = log_sum(&forward[n - 1]);
    let mut backward = [0.0; LABELS];
    for k in (0..n).rev() {
        let mut share = [0.0; LABELS];
        for (label, value) in share.iter_mut().enumerate() {
            *value = sign * (forward[k][label] + backward[label] - total).exp();
        }
        for &feature in &chain.lines[k] {
            for (label, value) in share.iter().enumerate() {
                gradient[usize::from(feature) * LABELS + label] += value;
            }
        }
        if k == 0 {
            break;
        }
        let gap = usize::from(chain.gaps[k]);
        let mut next = [0.0; LABELS];
        for (from, value) in next.iter_mut().enumerate() {
            let mut terms = [0.0; LABELS];
            for (to, term) in terms.iter_mut().enumerate() {
                let w = step(gap, from, to);
                *term = weights[w] + emit(k, to) + backward[to];
                gradient[w] += sign * (forward[k - 1][from] + *term - total).exp();
            }
            *value = log_sum(&terms);
        }
        backward = next;
    }
    total
}

fn log_sum(terms: &[f64; LABELS]) -> f64 {
    let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + terms.iter().map(|term| (term - top).exp()).sum::<f64>().ln()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Minimises a smooth function: limited memory BFGS with backtracking.
fn lbfgs(mut f: impl FnMut(&[f64], &mut [f64]) -> f64, mut x: Vec<f64>, rounds: usize) -> Vec<f64> {
    const MEMORY: usize = 8;
    let mut gradient = vec![0.0; x.len()];
    let mut value = f(&x, &mut gradient);
    let mut history: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for round in 0..rounds {
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut alphas = Vec::new();
        for (s, y, rho) in history.iter().rev() {
            let alpha = rho * dot(s, &direction);
            for (d, y) in direction.iter_mut().zip(y) {
                *d -= alpha * y;
            }
            alphas.push(alpha);
        }
        if let Some((s, y, _)) = history.last() {
            let scale = dot(s, y) / dot(y, y);
            for d in &mut direction {
                *d *= scale;
            }
        }
        for ((s, y, rho), alpha) in history.iter().zip(alphas.iter().rev()) {
            let beta = rho * dot(y, &direction);
            for (d, s) in direction.iter_mut().zip(s) {
                *d += s * (alpha - beta);
            }
        }
        let slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            break;
        }
        let mut length = if round == 0 { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let mut moved = vec![0.0; x.len()];
        let mut fresh = vec![0.0; x.len()];
        let mut better = false;
        for _ in 0..30 {
            for ((m, x), d) in moved.iter_mut().zip(&x).zip(&direction) {
                *m = x + length * d;
            }
            let next = f(&moved, &mut fresh);
            if next <= value + 1e-4 * length * slope {
                better = (value - next) > 1e-7 * value.abs();
                value = next;
                break;
            }
            length *= 0.5;
        }
        let s: Vec<f64> = moved.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = fresh.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curve = dot(&s, &y);
        x = moved;
        gradient = fresh;
        if !better {
            break;
        }
        if curve > 1e-10 {
            history.push((s, y, 1.0 / curve));
            if history.len() > MEMORY {
                history.remove(0);
            }
        }
    }
    x
}
