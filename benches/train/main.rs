//! Trains the zone model: `cargo bench --bench train -- [--write] [--data ../shared/accuracy]`.
//!
//! Prints honest figures first (ten folds by message, then every corpus family left out), then fits on everything
//! and, with `--write`, writes `src/observe/model.tsv`. docs/accuracy.md says what the columns are.

#![allow(clippy::expect_used, clippy::print_stdout)]

mod data;
mod fit;
mod score;
mod synthetic;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data::Sample;
use fit::Chain;
use mailglean::observe::zones::model::{Head, Model, Tables};
use mailglean::observe::zones::{Reader, chains, party};
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
    let number = |name: &str, usual: f64| value(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let effort = Effort {
        zones: number("--penalty", 3.0),
        lists: number("--list-penalty", 5.0),
        rounds: number("--rounds", 120.0) as usize,
    };
    let quick = arguments.iter().any(|argument| argument == "--quick");

    let prepared: Vec<Prepared> = samples.into_iter().map(Prepared::new).collect();
    println!("{} messages; columns: {:?} | threads {:?}", prepared.len(), score::SIX, score::THREADS);
    let folds = if quick { 4 } else { 10 };
    let tested = !arguments.iter().any(|argument| argument == "--untested");
    let fold = |sample: &Sample| fold_of(&sample.id, folds);
    if tested {
        let by_fold = held_out(&prepared, effort, (0..folds).map(|k| move |sample: &Sample| fold(sample) == k));
        score::print(&format!("{folds} folds"), &by_fold);
    }
    if !quick && tested {
        let families: std::collections::BTreeSet<String> = prepared
            .iter()
            .map(|p| data::family(&p.sample.set).to_owned())
            .filter(|f| !f.starts_with("synthetic"))
            .collect();
        let by_family = held_out(
            &prepared,
            effort,
            families.into_iter().map(|family| move |sample: &Sample| data::family(&sample.set) == family),
        );
        score::print("family left out", &by_family);
        let origins = ["enron", "newsgroups", "gmane", "asf"];
        let by_origin = held_out(
            &prepared,
            effort,
            origins.into_iter().map(|origin| move |sample: &Sample| origin_of(&sample.set) == origin),
        );
        score::print("origin left out", &by_origin);
    }
    if quick && !arguments.iter().any(|argument| argument == "--write") {
        return;
    }
    let (zones, lists) = train(&prepared, effort, |_| true);
    let mut reader = Reader::default();
    let mut counts = BTreeMap::new();
    let models = (Tables::of(&zones), Tables::of(&lists));
    for p in &prepared {
        add(&mut counts, p, &mut reader, &models);
    }
    score::print("trained on all (no test)", &counts);
    if let Some(gold) = value("--gold") {
        print_gold(Path::new(gold), &models.0);
    }
    if arguments.iter().any(|argument| argument == "--write") {
        std::fs::write(root.join("src/observe/model.tsv"), zones.write()).expect("the model file can be written");
        std::fs::write(root.join("src/observe/lists.tsv"), lists.write()).expect("the model file can be written");
    }
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
    fn new(sample: Sample) -> Self {
        let sender = party(&sample.from);
        let (_, texts) = chains(&sample.lines, sender.as_ref());
        let chain = |items: &Vec<mailglean::observe::zones::facts::Item>| {
            let allowed = items.iter().map(|item| data::allowed(&sample, item)).collect();
            Chain::new(Head::Zones, items, allowed, weight(&sample.set))
        };
        let list = |items: &Vec<mailglean::observe::zones::facts::Item>| {
            let allowed = items.iter().map(|item| data::listed(&sample, item)).collect();
            Chain::new(Head::Lists, items, allowed, list_weight(&sample.set))
        };
        let lists = texts.iter().map(list).collect();
        let chains = texts.iter().map(chain).collect();
        Self { sample, chains, lists }
    }
}

/// The sets differ in size by ten; none shall drown the others.
fn weight(set: &str) -> f64 {
    match set {
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
fn list_weight(set: &str) -> f64 {
    match set {
        "quagga_asf" => 1.0,
        _ if set.starts_with("synthetic") => 0.1,
        _ => weight(set),
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
}

/// Both models: the zones', and the lists', which starts from it.
fn train(prepared: &[Prepared], effort: Effort, wanted: impl Fn(&Sample) -> bool) -> (Model, Model) {
    let wanted: Vec<&Prepared> = prepared.iter().filter(|p| wanted(&p.sample)).collect();
    let chains: Vec<&Chain> = wanted.iter().flat_map(|p| &p.chains).collect();
    let zones = fit::fit(Head::Zones, &chains, effort.zones, effort.rounds, None);
    let chains: Vec<&Chain> = wanted.iter().flat_map(|p| &p.lists).collect();
    let lists = fit::fit(Head::Lists, &chains, effort.lists, effort.rounds / 2, Some(&zones));
    (zones, lists)
}

/// Trains once for every part with that part left out, and judges on it alone.
fn held_out<F: Fn(&Sample) -> bool>(
    prepared: &[Prepared],
    effort: Effort,
    parts: impl Iterator<Item = F>,
) -> BTreeMap<String, Counts> {
    let mut counts = BTreeMap::new();
    let mut reader = Reader::default();
    for part in parts {
        let (zones, lists) = train(prepared, effort, |sample| !part(sample));
        let models = (Tables::of(&zones), Tables::of(&lists));
        for p in prepared.iter().filter(|p| part(&p.sample)) {
            add(&mut counts, p, &mut reader, &models);
        }
    }
    counts
}

fn add(
    counts: &mut BTreeMap<String, Counts>,
    prepared: &Prepared,
    reader: &mut Reader,
    (zones, lists): &(Tables, Tables),
) {
    let sample = &prepared.sample;
    let sender = party(&sample.from);
    let said = reader.list_with(zones, lists, &sample.lines, sender.as_ref());
    counts.entry(sample.set.clone()).or_default().add(&score::judge(sample, &said));
    if std::env::var("TRAIN_ERRORS").is_ok_and(|sets| sets.split(',').any(|set| set == sample.set)) {
        let wrong = sample
            .labels
            .iter()
            .zip(&said)
            .any(|(label, said)| label.scored() && *said != (*label == data::Label::Signature));
        if wrong {
            let found = reader.zones_with(zones, &sample.lines, sender.as_ref());
            println!("---- {} {} | {}", sample.set, sample.id, sample.from);
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
                println!(
                    "{mark} {:9} {} {}",
                    format!("{label:?}"),
                    zone.letter(),
                    line.text.chars().take(100).collect::<String>()
                );
            }
        }
    }
}

/// Zone accuracy on a gold mailbox (`lines.jsonl` of its build); only ever measured, never trained on.
fn print_gold(path: &Path, model: &Tables) {
    #[derive(serde::Deserialize)]
    struct Gold {
        lines: Vec<String>,
        zones: Vec<String>,
        #[serde(default)]
        from: String,
    }
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut reader = Reader::default();
    let (mut right, mut all, mut right_text, mut all_text) = (0u32, 0u32, 0u32, 0u32);
    let mut confusion: BTreeMap<(String, char), usize> = BTreeMap::new();
    for line in text.lines() {
        let gold: Gold = serde_json::from_str(line).expect("a gold message");
        let lines: Vec<_> = gold.lines.iter().map(|line| mailglean::message::Line::plain(line)).collect();
        let zones = reader.zones_with(model, &lines, party(&gold.from).as_ref());
        for ((truth, zone), line) in gold.zones.iter().zip(&zones).zip(&gold.lines) {
            if truth == "C" {
                continue;
            }
            let same = truth.chars().eq(std::iter::once(zone.letter()));
            all += 1;
            right += u32::from(same);
            if !line.trim().is_empty() {
                all_text += 1;
                right_text += u32::from(same);
            }
            if !same {
                *confusion.entry((truth.clone(), zone.letter())).or_default() += 1;
            }
        }
    }
    println!(
        "gold: {right}/{all} = {:.4}; lines with text {right_text}/{all_text} = {:.4}; {confusion:?}",
        f64::from(right) / f64::from(all.max(1)),
        f64::from(right_text) / f64::from(all_text.max(1))
    );
}
