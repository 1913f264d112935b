//! The measures of `../shared/accuracy/score.py`, so that a fold can be judged without leaving the program.

use std::collections::BTreeMap;

use crate::data::{Label, Sample};

/// Counts over messages.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub hit: usize,
    pub wrong: usize,
    pub missed: usize,
    pub with: usize,
    pub found: usize,
    pub without: usize,
    pub quiet: usize,
}

impl Counts {
    pub fn f1(&self) -> f64 {
        let all = 2 * self.hit + self.wrong + self.missed;
        if all == 0 { 0.0 } else { 2.0 * self.hit as f64 / all as f64 }
    }

    fn share(part: usize, all: usize) -> f64 {
        if all == 0 { 0.0 } else { part as f64 / all as f64 }
    }

    pub fn found(&self) -> f64 {
        Self::share(self.found, self.with)
    }

    pub fn quiet(&self) -> f64 {
        Self::share(self.quiet, self.without)
    }

    pub fn add(&mut self, other: &Self) {
        self.hit += other.hit;
        self.wrong += other.wrong;
        self.missed += other.missed;
        self.with += other.with;
        self.found += other.found;
        self.without += other.without;
        self.quiet += other.quiet;
    }
}

/// One message: `said` is whether each line was called a signature.
pub fn judge(sample: &Sample, said: &[bool]) -> Counts {
    let mut counts = Counts::default();
    let (mut first_true, mut first_said) = (None, None);
    let scored = sample.labels.iter().zip(said).filter(|(label, _)| label.scored());
    for (place, (label, said)) in scored.enumerate() {
        let truth = *label == Label::Signature;
        counts.hit += usize::from(truth && *said);
        counts.wrong += usize::from(!truth && *said);
        counts.missed += usize::from(truth && !*said);
        if truth && first_true.is_none() {
            first_true = Some(place);
        }
        if *said && first_said.is_none() {
            first_said = Some(place);
        }
    }
    match (first_true, first_said) {
        (Some(truth), said) => {
            counts.with = 1;
            counts.found = usize::from(said.is_some_and(|said: usize| said.abs_diff(truth) <= 1));
        }
        (None, said) => {
            counts.without = 1;
            counts.quiet = usize::from(said.is_none());
        }
    }
    counts
}

/// The sets of single messages whose mean is the figure.
pub const SIX: [&str; 6] =
    ["forge", "newsgroups20", "webis_gmane", "quagga_enron_top", "quagga_lines_top", "webis_enron_top"];
pub const THREADS: [&str; 4] = ["quagga_enron", "quagga_asf", "quagga_lines", "webis_enron"];

/// Prints F1 of every set, then the means.
pub fn print(name: &str, counts: &BTreeMap<String, Counts>) {
    let of = |set: &str| counts.get(set).copied().unwrap_or_default();
    let pool = |sets: &[&str]| {
        let mut sum = Counts::default();
        for set in sets {
            sum.add(&of(set));
        }
        sum
    };
    let six = pool(&SIX);
    print!("{name:34}");
    for set in SIX {
        print!(" {:.3}", of(set).f1());
    }
    let mean = SIX.iter().map(|set| of(set).f1()).sum::<f64>() / 6.0;
    print!(" | mean-6 {mean:.3} pooled {:.3} found {:.3} quiet {:.3} |", six.f1(), six.found(), six.quiet());
    for set in THREADS {
        print!(" {:.3}", of(set).f1());
    }
    let threads = pool(&THREADS);
    let quiets: Vec<String> =
        SIX.iter().map(|set| format!("{}-{}", of(set).without, of(set).without - of(set).quiet)).collect();
    print!(" | loud {quiets:?}");
    println!(" | threads {:.3} quiet {:.3} asf_top {:.3}", threads.f1(), threads.quiet(), of("quagga_asf_top").f1());
}
