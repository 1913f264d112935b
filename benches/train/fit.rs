//! Fits a linear-chain model to lines of which some labels are only half known: conditional random field with hidden
//! labels, squared penalty, L-BFGS. Deterministic.

use mailglean::observe::zones::facts::{Item, features, scene_features};
use mailglean::observe::zones::model::{ANY, GAPS, Head, LABELS, Model};

/// One author's text, ready to be learned from.
pub struct Chain {
    /// The features of each line.
    lines: Vec<Vec<u16>>,
    gaps: Vec<u8>,
    allowed: Vec<u8>,
    weight: f64,
}

impl Chain {
    pub fn new(head: Head, items: &[Item], allowed: Vec<u8>, weight: f64) -> Self {
        let line = |n: usize| {
            let mut list = Vec::new();
            features(items, n, |feature| list.push(feature as u16));
            if head == Head::Lists {
                scene_features(&items[n], |feature| list.push(feature as u16));
            }
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

/// Fits the weights; `penalty` is the L2 strength.
///
/// With a `prior`, what the penalty keeps small is the difference from that model.
pub fn fit(head: Head, chains: &[&Chain], penalty: f64, rounds: usize, prior: Option<&Model>) -> Model {
    let mut model = Model::new(head);
    let steps = model.features.len() * LABELS;
    let size = steps + GAPS * LABELS * LABELS;
    let mut known = vec![0.0; size];
    if let Some(prior) = prior {
        for (k, w) in prior.features.iter().flatten().enumerate() {
            known[k] = f64::from(*w) / SCALE;
        }
        for (k, w) in prior.steps.iter().flatten().flatten().enumerate() {
            known[steps + k] = f64::from(*w) / SCALE;
        }
    }
    let weights = lbfgs(|w, gradient| loss(chains, penalty, &known, w, gradient), known.clone(), rounds);
    for (row, w) in model.features.iter_mut().zip(weights.chunks(LABELS)) {
        for (value, w) in row.iter_mut().zip(w) {
            *value = round(*w);
        }
    }
    for (gap, from) in model.steps.iter_mut().enumerate() {
        for (label, row) in from.iter_mut().enumerate() {
            for (to, value) in row.iter_mut().enumerate() {
                *value = round(weights[steps + step(gap, label, to)]);
            }
        }
    }
    model
}

/// A model keeps thousandths.
const SCALE: f64 = 1000.0;

fn round(weight: f64) -> i32 {
    (weight * SCALE).round() as i32
}

fn step(gap: usize, from: usize, to: usize) -> usize {
    (gap * LABELS + from) * LABELS + to
}

/// The negative log likelihood of the allowed labels, and its gradient.
fn loss(chains: &[&Chain], penalty: f64, known: &[f64], weights: &[f64], gradient: &mut [f64]) -> f64 {
    let mut total = 0.0;
    for ((g, w), known) in gradient.iter_mut().zip(weights).zip(known) {
        let off = w - known;
        *g = penalty * off;
        total += 0.5 * penalty * off * off;
    }
    let steps = weights.len() - GAPS * LABELS * LABELS;
    let (rows, step_weights) = weights.split_at(steps);
    let (row_gradient, step_gradient) = gradient.split_at_mut(steps);
    let rows = rows.as_chunks::<LABELS>().0;
    let row_gradient = row_gradient.as_chunks_mut::<LABELS>().0;
    let mut scores: Vec<[f64; LABELS]> = Vec::new();
    let mut shares: Vec<[f64; LABELS]> = Vec::new();
    for chain in chains {
        // Where everything is allowed, nothing is to be learned.
        if chain.allowed.iter().all(|&allowed| allowed == ANY) {
            continue;
        }
        scores.clear();
        shares.clear();
        shares.resize(chain.lines.len(), [0.0; LABELS]);
        for line in &chain.lines {
            let mut sum = [0.0; LABELS];
            for &feature in line {
                for (value, weight) in sum.iter_mut().zip(&rows[usize::from(feature)]) {
                    *value += weight;
                }
            }
            scores.push(sum);
        }
        let all = pass(chain, &scores, step_weights, false, chain.weight, &mut shares, step_gradient);
        let seen = pass(chain, &scores, step_weights, true, -chain.weight, &mut shares, step_gradient);
        total += chain.weight * (all - seen);
        for (line, share) in chain.lines.iter().zip(&shares) {
            for &feature in line {
                for (value, share) in row_gradient[usize::from(feature)].iter_mut().zip(share) {
                    *value += share;
                }
            }
        }
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
    shares: &mut [[f64; LABELS]],
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
        for (label, value) in shares[k].iter_mut().enumerate() {
            *value += sign * (forward[k][label] + backward[label] - total).exp();
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
