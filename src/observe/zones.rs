//! Decides what every line of a text is: body, closing, signature, footer, and the same of what it quotes.
//!
//! Three passes. The structure says who speaks ([`structure`]); what can be seen in a line and around it is weighed
//! for each author's text by itself ([`facts`], [`model`]); what has to be explained to somebody stays a rule.

pub mod facts;
pub mod model;
pub mod structure;
pub mod words;

use crate::address::Address;
use crate::message::{Line, Party};

use super::Zone;
use facts::{Item, Sender};
use model::MODEL;
use structure::Structure;

/// The zone of every line, in order. `sender` makes a name line that matches it stronger evidence than any list.
pub fn zones(lines: &[Line], sender: Option<&Party>) -> Vec<Zone> {
    Reader::default().zones(lines, sender)
}

/// A reader of many texts, one after the other: keeps its buffers.
#[derive(Default)]
pub struct Reader {
    items: Vec<Item>,
    facts: facts::Scratch,
    model: model::Scratch,
}

impl Reader {
    /// See [`zones`].
    pub fn zones(&mut self, lines: &[Line], sender: Option<&Party>) -> Vec<Zone> {
        self.zones_with(&MODEL, lines, sender)
    }

    /// The zones as another model sees them.
    pub fn zones_with(&mut self, model: &model::Model, lines: &[Line], sender: Option<&Party>) -> Vec<Zone> {
        let structure = structure::read(lines);
        let sender = Sender::of(sender);
        let mut zones = vec![None; lines.len()];
        for segment in &structure.segments {
            facts::read(lines, &structure.starts, segment, &sender, &mut self.facts, &mut self.items);
            model.label(&self.items, allowed, &mut self.model);
            let own = if segment.quoted { Zone::Quoted } else { Zone::Body };
            for &line in &segment.lines {
                set(&mut zones, line, own);
            }
            for (item, &label) in self.items.iter().zip(&self.model.labels) {
                set(&mut zones, item.line, zone(usize::from(label), segment.quoted));
            }
        }
        for (zone, _) in zones.iter_mut().zip(&structure.intro).filter(|(_, intro)| **intro) {
            *zone = Some(Zone::Intro);
        }
        fill_blanks(zones)
    }
}

/// Which lines belong to a signature, the sender's or one of a forwarded or answered message below it. Of what is
/// quoted line by line nobody calls anything a signature.
pub fn signature_lines(lines: &[Line], zones: &[Zone]) -> Vec<bool> {
    let e = std::env::var("SIG").unwrap_or_default();
    let marked = |line: &Line| structure::quote_marks(&line.text).0 > 0;
    let mut v: Vec<bool> = lines
        .iter()
        .zip(zones)
        .map(|(line, zone)| matches!(zone, Zone::Signature | Zone::QuotedSignature) && !marked(line))
        .collect();
    let n = v.len();
    if e.contains('c') {
        let mut run = 0;
        for k in (0..n).rev() {
            if lines[k].text.trim().is_empty() {
                continue;
            }
            if zones[k] == Zone::Closing {
                if run > 0 && run <= 2 {
                    v[k] = true;
                }
            } else if zones[k] == Zone::Signature {
                run += 1
            } else {
                run = 0;
            }
        }
    }
    if e.contains('d') {
        let mut prev = false;
        for k in 0..n {
            if lines[k].text.trim().is_empty() {
                continue;
            }
            if zones[k] == Zone::Footer {
                if prev {
                    v[k] = true;
                }
            } else {
                prev = v[k] && zones[k] != Zone::QuotedSignature;
            }
        }
    }
    v
}

/// What the model is asked about one author's text; for its training.
pub fn chains(lines: &[Line], sender: Option<&Party>) -> (Structure, Vec<Vec<Item>>) {
    let structure = structure::read(lines);
    let sender = Sender::of(sender);
    let mut scratch = facts::Scratch::default();
    let chain = |segment| {
        let mut items = Vec::new();
        facts::read(lines, &structure.starts, segment, &sender, &mut scratch, &mut items);
        items
    };
    let chains = structure.segments.iter().map(chain).collect();
    (structure, chains)
}

fn set(zones: &mut [Option<Zone>], line: usize, zone: Zone) {
    if let Some(slot) = zones.get_mut(line) {
        *slot = Some(zone);
    }
}

fn zone(label: usize, quoted: bool) -> Zone {
    match (label, quoted) {
        (model::SIGNATURE, false) => Zone::Signature,
        (model::SIGNATURE, true) => Zone::QuotedSignature,
        (model::FOOTER, _) => Zone::Footer,
        (_, true) => Zone::Quoted,
        (model::CLOSING, false) => Zone::Closing,
        (_, false) => Zone::Body,
    }
}

/// What the rules leave to the model.
fn allowed(item: &Item) -> u8 {
    use facts::Own;
    let only = |labels: &[usize]| labels.iter().fold(0, |set, label| set | 1 << label);
    if item.is(Own::DeviceStart) && item.is_short() {
        // "Sent from my ..." is the program's, never the writer's.
        return only(&[model::FOOTER]);
    }
    if item.is(Own::SignatureHint) {
        // The mail program itself marks the element.
        return only(&[model::SIGNATURE, model::FOOTER]);
    }
    model::ANY
}

/// A blank line belongs to what stands above it, or leads into a footer, an introduction or out of a quotation.
fn fill_blanks(zones: Vec<Option<Zone>>) -> Vec<Zone> {
    let mut filled = Vec::with_capacity(zones.len());
    let mut last = None;
    let mut blanks = 0;
    let between = |last: Option<Zone>, next: Option<Zone>| match (last, next) {
        (_, Some(next @ (Zone::Footer | Zone::Intro))) => next,
        (Some(Zone::Intro) | None, Some(next)) => next,
        (Some(Zone::Quoted | Zone::QuotedSignature), Some(Zone::Body | Zone::Closing | Zone::Signature)) => Zone::Body,
        (Some(last), _) => last,
        (None, None) => Zone::Body,
    };
    for zone in zones {
        let Some(zone) = zone else {
            blanks += 1;
            continue;
        };
        filled.extend(std::iter::repeat_n(between(last, Some(zone)), blanks));
        blanks = 0;
        filled.push(zone);
        last = Some(zone);
    }
    filled.extend(std::iter::repeat_n(between(last, None), blanks));
    filled
}

/// A party as one line of text shows it: "Name <a@b.example>", "a@b.example (Name)", "Name".
pub fn party(text: &str) -> Option<Party> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let tidy = |name: &str| {
        let name = name.trim().trim_matches(['"', '\'']).trim();
        (!name.is_empty()).then(|| name.to_owned())
    };
    if let Some((name, rest)) = text.split_once('<') {
        let address = Address::parse(rest.split('>').next().unwrap_or_default());
        return Some(Party { name: tidy(name), address });
    }
    if let Some((address, name)) = text.split_once('(')
        && let Some(address) = Address::parse(address)
    {
        return Some(Party { name: tidy(name.trim_end_matches(')')), address: Some(address) });
    }
    match Address::parse(text) {
        Some(address) => Some(Party { name: None, address: Some(address) }),
        None => Some(Party { name: tidy(text), address: None }),
    }
}
