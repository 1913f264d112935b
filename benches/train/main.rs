//! Trains the zone model: `cargo bench --bench train -- [--write] [--data ../shared/accuracy]`.
//!
//! Prints honest figures first (ten folds by message and by mailbox, then every corpus family left out), then fits on
//! everything and, with `--write`, writes `src/observe/model.tsv`. docs/accuracy.md says what the columns are.

#![allow(clippy::expect_used, clippy::print_stdout)]

mod data;
mod fit;
mod gold;
mod score;
mod synthetic;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use data::Sample;
use fit::Chain;
use mailglean::observe::zones::model::{Head, Model, Tables};
use mailglean::observe::zones::{Bar, Reader, chains, party};
use score::Counts;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs this as a test; only `cargo bench` asks for work.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|n| arguments.get(n + 1));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = value("--data").map_or_else(|| root.join("../shared/accuracy"), PathBuf::from);
    let Some(mut samples) = samples(&folder) else {
        println!("skipped: no ../shared");
        return;
    };
    let synthetic = synthetic::samples();
    if let Some(code) = value("--show") {
        show(&synthetic, code);
        return;
    }
    samples.extend(synthetic);
    let mailboxes = gold::load(&root.join("tests/gold"));
    samples.extend(mailboxes.iter().flat_map(|mailbox| mailbox.messages.iter().cloned()));
    let number = |name: &str, usual: f64| value(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let effort = Effort {
        zones: number("--penalty", 3.0),
        lists: number("--list-penalty", 5.0),
        rounds: number("--rounds", 120.0) as usize,
        bars: if arguments.iter().any(|argument| argument == "--bars") { BARS } else { &[] },
    };
    let weights = Weights { gold: number("--gold-weight", GOLD.gold), lists: number("--gold-list-weight", GOLD.lists) };
    let quick = arguments.iter().any(|argument| argument == "--quick");

    let prepared: Vec<Prepared> = samples.into_iter().map(|sample| Prepared::new(sample, weights)).collect();
    println!("{} messages; columns: {:?} | threads {:?}", prepared.len(), score::SIX, score::THREADS);
    let folds = number("--folds", if quick { 4.0 } else { 10.0 }) as u64;
    let tested = !arguments.iter().any(|argument| argument == "--untested");
    let names: Vec<&str> = mailboxes.iter().map(|mailbox| mailbox.name.as_str()).collect();
    let fold = |sample: &Sample| match sample.set.strip_prefix(gold::SET) {
        // A mailbox's people and firms recur in its messages: it is left out as a whole.
        Some(mailbox) => names.iter().position(|name| *name == mailbox).unwrap_or(0) as u64 % folds,
        None => fold_of(&sample.id, folds),
    };
    if tested {
        let fold = &fold;
        let by_fold = held_out(&prepared, effort, (0..folds).map(|k| move |sample: &Sample| fold(sample) == k));
        print(&format!("{folds} folds"), &by_fold);
    }
    if !quick && tested {
        let families: std::collections::BTreeSet<String> =
            prepared.iter().map(|p| data::family(&p.sample.set).to_owned()).filter(|f| !data::is_own(f)).collect();
        let by_family = held_out(
            &prepared,
            effort,
            families.into_iter().map(|family| move |sample: &Sample| data::family(&sample.set) == family),
        );
        print("family left out", &by_family);
        let origins = ["enron", "newsgroups", "gmane", "asf"];
        let by_origin = held_out(
            &prepared,
            effort,
            origins.into_iter().map(|origin| move |sample: &Sample| origin_of(&sample.set) == origin),
        );
        print("origin left out", &by_origin);
    }
    if quick && !arguments.iter().any(|argument| argument == "--write") {
        return;
    }
    let (zones, lists) = train(&prepared, effort, |_| true);
    let mut reader = Reader::default();
    let mut counts = Figures::default();
    let models = (Tables::of(&zones), Tables::of(&lists));
    for p in &prepared {
        add(&mut counts, p, &mut reader, &models);
    }
    print("trained on all (no test)", &counts);
    for mailbox in gold::load(&root.join("../shared/gold")) {
        let mut share = gold::Share::default();
        for message in &mailbox.messages {
            share.add(message, &reader.zones_with(&models.0, &message.lines, party(&message.from).as_ref()));
        }
        println!("never trained on: {} {:.4} of {} lines", mailbox.name, share.of_one(), share.all);
    }
    if arguments.iter().any(|argument| argument == "--write") {
        std::fs::write(root.join("src/observe/model.tsv"), zones.write()).expect("the model file can be written");
        std::fs::write(root.join("src/observe/lists.tsv"), lists.write()).expect("the model file can be written");
    }
}

fn print(name: &str, figures: &Figures) {
    score::print(name, &figures.lists);
    for (bar, counts) in &figures.bars {
        score::print(&format!("{name}, {} {} {} {}", bar.line, bar.block, bar.quoted, bar.marked), counts);
    }
    if figures.gold.is_empty() {
        return;
    }
    let mut all = gold::Share::default();
    print!("{name}, zones of mailboxes:");
    for (set, share) in &figures.gold {
        print!(" {} {:.4}", set.trim_start_matches(gold::SET), share.of_one());
        all.merge(*share);
    }
    let mean = figures.gold.values().map(|share| share.of_one()).sum::<f64>() / figures.gold.len() as f64;
    println!(" | mean {mean:.4} pooled {:.4}", all.of_one());
}

/// All labelled files of a folder; `None` if there are none.
fn samples(folder: &Path) -> Option<Vec<Sample>> {
    let sets = [
        "forge",
        "newsgroups20",
        "webis_gmane",
        "webis_enron",
        "webis_enron_top",
        "quagga_asf",
        "quagga_asf_top",
        "quagga_enron",
        "quagga_enron_top",
        "quagga_lines",
        "quagga_lines_top",
    ];
    let samples: Vec<Sample> =
        sets.iter().flat_map(|set| data::load(&folder.join(format!("{set}.dev.jsonl")))).collect();
    (!samples.is_empty()).then_some(samples)
}

/// Prints some of the invented messages.
fn show(samples: &[Sample], code: &str) {
    for sample in samples.iter().filter(|sample| sample.set.ends_with(code)).take(12) {
        println!("---- {} | {}", sample.id, sample.from);
        for (line, label) in sample.lines.iter().zip(&sample.labels) {
            println!("{:10} {}", format!("{label:?}"), line.text);
        }
    }
}

/// A message with what the model sees of it.
struct Prepared {
    sample: Sample,
    chains: Vec<Chain>,
    lists: Vec<Chain>,
}

impl Prepared {
    fn new(sample: Sample, weights: Weights) -> Self {
        let sender = party(&sample.from);
        let (_, texts) = chains(&sample.lines, sender.as_ref());
        let chain = |items: &Vec<mailglean::observe::zones::facts::Item>| {
            let allowed = items.iter().map(|item| data::allowed(&sample, item)).collect();
            Chain::new(Head::Zones, items, allowed, weight(&sample.set, weights))
        };
        let list = |items: &Vec<mailglean::observe::zones::facts::Item>| {
            let allowed = items.iter().map(|item| data::listed(&sample, item)).collect();
            Chain::new(Head::Lists, items, allowed, list_weight(&sample.set, weights))
        };
        let lists = texts.iter().map(list).collect();
        let chains = texts.iter().map(chain).collect();
        Self { sample, chains, lists }
    }
}

/// How much a message of a gold mailbox counts.
#[derive(Clone, Copy)]
struct Weights {
    gold: f64,
    /// For the model of lists.
    lists: f64,
}

const GOLD: Weights = Weights { gold: 1.0, lists: 0.1 };

/// The sets differ in size by ten; none shall drown the others.
fn weight(set: &str, weights: Weights) -> f64 {
    match set {
        _ if set.starts_with(gold::SET) => weights.gold,
        "newsgroups20" => 0.6,
        "forge" | "webis_gmane" => 1.5,
        "quagga_lines" | "quagga_lines_top" | "webis_enron" | "webis_enron_top" => 0.8,
        "quagga_enron" | "quagga_enron_top" => 0.5,
        "quagga_asf" | "quagga_asf_top" => 0.3,
        _ if set.starts_with("synthetic") => 0.4,
        _ => 1.0,
    }
}

/// The same for the model of lists: invented messages say little of what an annotator would do.
fn list_weight(set: &str, weights: Weights) -> f64 {
    match set {
        _ if set.starts_with(gold::SET) => weights.lists,
        "quagga_asf" => 1.0,
        _ if set.starts_with("synthetic") => 0.1,
        _ => weight(set, weights),
    }
}

fn origin_of(set: &str) -> &'static str {
    match data::family(set) {
        "forge" | "quagga_enron" | "quagga_lines" | "webis_enron" => "enron",
        "newsgroups20" => "newsgroups",
        "webis_gmane" => "gmane",
        "quagga_asf" => "asf",
        _ => "own",
    }
}

/// A message and its newest part alone are in one fold.
fn fold_of(id: &str, folds: u64) -> u64 {
    let id = id.strip_suffix("#top").unwrap_or(id);
    let hash =
        id.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    (hash >> 16) % folds
}

/// How strongly small weights are wanted, and how often they are improved.
#[derive(Clone, Copy)]
struct Effort {
    zones: f64,
    /// For what the lists' model differs in from the zones'.
    lists: f64,
    rounds: usize,
    /// Bars to be tried beside the usual ones.
    bars: &'static [Bar],
}

/// What `--bars` tries.
const BARS: &[Bar] = {
    const fn bar(line: i32, block: i32, quoted: i32, marked: i32) -> Bar {
        Bar { line, block, quoted, marked }
    }
    &[
        bar(3500, 0, 500, 2500),
        bar(3000, 0, 500, 2500),
        bar(5000, 0, 500, 2500),
        bar(3000, 500, 500, 2500),
        bar(3000, 1000, 500, 2500),
        bar(3500, 500, 500, 2500),
        bar(3500, 1000, 500, 2500),
        bar(4000, 500, 500, 2500),
        bar(4000, 1000, 500, 2500),
        bar(4000, 1500, 500, 2500),
        bar(5000, 1000, 500, 2500),
        bar(3000, 0, 0, 2500),
        bar(3000, 0, 1000, 2500),
        bar(3000, 0, 500, 3500),
    ]
};

/// Both models: the zones', and the lists', which starts from it.
fn train(prepared: &[Prepared], effort: Effort, wanted: impl Fn(&Sample) -> bool) -> (Model, Model) {
    let wanted: Vec<&Prepared> = prepared.iter().filter(|p| wanted(&p.sample)).collect();
    let chains: Vec<&Chain> = wanted.iter().flat_map(|p| &p.chains).collect();
    let zones = fit::fit(Head::Zones, &chains, effort.zones, effort.rounds, None);
    let chains: Vec<&Chain> = wanted.iter().flat_map(|p| &p.lists).collect();
    let lists = fit::fit(Head::Lists, &chains, effort.lists, effort.rounds / 2, Some(&zones));
    (zones, lists)
}

/// What a part that was left out gives.
#[derive(Default)]
struct Figures {
    lists: BTreeMap<String, Counts>,
    /// Zones, of gold mailboxes.
    gold: BTreeMap<String, gold::Share>,
    /// The lists with other bars.
    bars: Vec<(Bar, BTreeMap<String, Counts>)>,
}

impl Figures {
    fn merge(&mut self, other: Self) {
        for (set, counts) in other.lists {
            self.lists.entry(set).or_default().add(&counts);
        }
        for (set, share) in other.gold {
            self.gold.entry(set).or_default().merge(share);
        }
        if self.bars.is_empty() {
            self.bars = other.bars;
            return;
        }
        for ((_, sums), (_, counts)) in self.bars.iter_mut().zip(other.bars) {
            for (set, counts) in counts {
                sums.entry(set).or_default().add(&counts);
            }
        }
    }
}

/// Trains once for every part with that part left out, and judges on it alone; as many at once as there are processors.
fn held_out<F: Fn(&Sample) -> bool + Send + Sync>(
    prepared: &[Prepared],
    effort: Effort,
    parts: impl Iterator<Item = F>,
) -> Figures {
    let parts: Vec<F> = parts.collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut figures =
            Figures { bars: effort.bars.iter().map(|bar| (*bar, BTreeMap::new())).collect(), ..Figures::default() };
        let mut reader = Reader::default();
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (zones, lists) = train(prepared, effort, |sample| !part(sample));
            let models = (Tables::of(&zones), Tables::of(&lists));
            for p in prepared.iter().filter(|p| part(&p.sample)) {
                add(&mut figures, p, &mut reader, &models);
            }
        }
        figures
    };
    let mut all = Figures::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            all.merge(worker.join().expect("a training"));
        }
    });
    all
}

fn add(figures: &mut Figures, prepared: &Prepared, reader: &mut Reader, (zones, lists): &(Tables, Tables)) {
    let sample = &prepared.sample;
    let sender = party(&sample.from);
    let said = reader.list_with(zones, lists, &sample.lines, sender.as_ref());
    figures.lists.entry(sample.set.clone()).or_default().add(&score::judge(sample, &said));
    for (bar, counts) in &mut figures.bars {
        reader.bar = *bar;
        let said = reader.list_with(zones, lists, &sample.lines, sender.as_ref());
        counts.entry(sample.set.clone()).or_default().add(&score::judge(sample, &said));
        reader.bar = Bar::default();
    }
    if !sample.zones.is_empty() {
        let found = reader.zones_with(zones, &sample.lines, sender.as_ref());
        figures.gold.entry(sample.set.clone()).or_default().add(sample, &found);
        if std::env::var("TRAIN_ERRORS").is_ok_and(|sets| sets.split(',').any(|set| sample.set.starts_with(set))) {
            print_wrong(sample, &found);
        }
        return;
    }
    if std::env::var("TRAIN_ERRORS").is_ok_and(|sets| sets.split(',').any(|set| set == sample.set)) {
        let wrong = sample
            .labels
            .iter()
            .zip(&said)
            .any(|(label, said)| label.scored() && *said != (*label == data::Label::Signature));
        if wrong {
            let found = reader.zones_with(zones, &sample.lines, sender.as_ref());
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "---- {} {} | {}", sample.set, sample.id, sample.from);
            let from = said
                .iter()
                .zip(&sample.labels)
                .position(|(said, label)| *said || *label == data::Label::Signature)
                .unwrap_or(0);
            for (((line, label), zone), said) in
                sample.lines.iter().zip(&sample.labels).zip(&found).zip(&said).skip(from.saturating_sub(4))
            {
                let mark = match (label.scored(), *said, *label == data::Label::Signature) {
                    (true, true, false) => '+',
                    (true, false, true) => '!',
                    _ => ' ',
                };
                let _ = writeln!(
                    out,
                    "{mark} {:9} {} {}",
                    format!("{label:?}"),
                    zone.letter(),
                    line.text.chars().take(100).collect::<String>()
                );
            }
        }
    }
}

/// A message of a gold mailbox that is read wrongly: truth, zone, line.
fn print_wrong(sample: &Sample, found: &[mailglean::observe::Zone]) {
    let wrong = |(truth, zone): (&char, &mailglean::observe::Zone)| *truth != zone.letter() && *truth != 'C';
    let rows = || sample.zones.iter().zip(found).zip(&sample.lines);
    if !rows().any(|(pair, line)| wrong(pair) && !line.text.trim().is_empty()) {
        return;
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "---- {} {} | {}", sample.set, sample.id, sample.from);
    for (pair, line) in rows() {
        let mark = if wrong(pair) && !line.text.trim().is_empty() { '!' } else { ' ' };
        let _ = writeln!(out, "{mark} {} {} {}", pair.0, pair.1.letter(), line.text);
    }
}
