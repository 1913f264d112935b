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

/// How a list of signature lines treats a first name typed under the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoneNames {
    /// Every one counts.
    Count,
    /// Only with a closing above it, or where the sender field does not have it.
    Signed,
    /// None counts that the sender field has as well.
    Leave,
}

/// Which lines belong to a signature, the sender's or that of an answered or forwarded message.
///
/// Wider than the zones by what hangs on a block (the closing above a short one, the footer right below it), and
/// narrower by what tells nothing: a first name alone, and what is quoted line by line. Where a delimiter says where the
/// signature starts, it starts there.
pub fn signature_lines(lines: &[Line], zones: &[Zone], sender: Option<&Party>, lone: LoneNames) -> Vec<bool> {
    let sender = Sender::of(sender);
    let mut words = Vec::new();
    let mut found = vec![false; lines.len()];
    let mut closing: Option<usize> = None;
    let text = |n: usize| {
        let text = lines.get(n).map_or("", |line| line.text.as_str());
        text.get(structure::quote_marks(text).1..).unwrap_or_default().trim()
    };
    let mut mark = |from: usize, to: usize| found.iter_mut().take(to).skip(from).for_each(|flag| *flag = true);
    let mut n = 0;
    while n < lines.len() {
        let zone = zones.get(n).copied().unwrap_or(Zone::Body);
        if text(n).is_empty() || zone == Zone::Closing {
            if zone == Zone::Closing && !text(n).is_empty() {
                closing = Some(n);
            }
            n += 1;
            continue;
        }
        let above = closing.take();
        if !matches!(zone, Zone::Signature | Zone::QuotedSignature) {
            n += 1;
            continue;
        }
        // The block: all lines of the same zone, whatever blank lines are between them.
        let (mut start, mut end, mut count) = (n, n, 0);
        for k in n..lines.len() {
            if text(k).is_empty() {
                continue;
            }
            if zones.get(k) != Some(&zone) {
                break;
            }
            if text(k) == "--" && (1..=2).contains(&count) && zone == Zone::Signature {
                (start, count) = (k, 0);
            }
            end = k + 1;
            count += 1;
        }
        n = end;
        let quoted = zone == Zone::QuotedSignature;
        let marked = lines.get(start).is_some_and(|line| structure::quote_marks(&line.text).0 > 0);
        if count == 1 {
            let tells = tells(text(start), quoted, &sender, &mut words);
            let counts = match lone {
                LoneNames::Count => true,
                LoneNames::Signed => tells || above.is_some() && !quoted,
                LoneNames::Leave => tells,
            };
            if !counts {
                continue;
            }
        }
        if marked {
            continue;
        }
        mark(start, end);
        if quoted {
            continue;
        }
        if count <= 2
            && let Some(above) = above
            && is_closing(text(above), &mut words)
        {
            mark(above, above + 1);
        }
        while n < lines.len() && (text(n).is_empty() || zones.get(n) == Some(&Zone::Footer)) {
            if !text(n).is_empty() {
                mark(n, n + 1);
            }
            n += 1;
        }
    }
    found
}

/// Whether a signature of one line says more than a first name, with or without a closing in front of it.
fn tells(text: &str, quoted: bool, sender: &Sender, words: &mut Vec<words::Token>) -> bool {
    use words::{Class, LEXICON};
    words::split(text, 12, words);
    let closing = LEXICON.at(words).filter(|found| found.classes & (Class::Closing.bit() | Class::Thanks.bit()) != 0);
    let name = words.get(closing.map_or(0, |found| found.words)..).unwrap_or_default();
    match name {
        [] => false,
        [one] => !(quoted || one.chars < 4 || sender.names(one.hash)),
        _ => true,
    }
}

/// Whether a line is a closing that the language files know.
fn is_closing(text: &str, words: &mut Vec<words::Token>) -> bool {
    use words::{Class, LEXICON};
    words::split(text, 12, words);
    let known = LEXICON.at(words);
    known.is_some_and(|found| {
        found.classes & (Class::Closing.bit() | Class::Thanks.bit()) != 0 && words.len() <= found.words + 2
    })
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

/// What the rules leave to the model of line `n`.
fn allowed(items: &[Item], n: usize) -> u8 {
    use facts::Own;
    let Some(item) = items.get(n) else { return model::ANY };
    let only = |labels: &[usize]| labels.iter().fold(0, |set, label| set | 1 << label);
    if item.is(Own::DeviceStart) && item.is_short() {
        // "Sent from my ..." is the program's, never the writer's.
        return only(&[model::FOOTER]);
    }
    if item.is(Own::SignatureHint) {
        // The mail program itself marks the element.
        return only(&[model::SIGNATURE, model::FOOTER]);
    }
    // "-- " starts the signature (RFC 3676, 4.3), unless it ends a patch with its program's version.
    let delimiter =
        (n.saturating_sub(12)..=n).rev().find(|&k| items.get(k).is_some_and(|item| item.is(Own::StandardDelimiter)));
    if let Some(delimiter) = delimiter
        && items.len() - delimiter <= 16
        && !items.get(delimiter + 1).is_none_or(|next| next.is(Own::StartsDigit) && items.len() == delimiter + 2)
    {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The zones of a text, as letters.
    fn read(from: &str, text: &str) -> String {
        let lines: Vec<Line> = text.lines().map(Line::plain).collect();
        zones(&lines, party(from).as_ref()).into_iter().map(Zone::letter).collect()
    }

    /// A text whose lines carry their zones in front must be read as they say.
    fn check(from: &str, marked: &str) {
        let pairs: Vec<(&str, &str)> =
            marked.lines().map(|line| (line.get(..1).unwrap_or(""), line.get(2..).unwrap_or(""))).collect();
        let text = pairs.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n");
        let want: String = pairs.iter().map(|(zone, _)| *zone).collect();
        assert_eq!(read(from, &text), want, "\n{text}");
    }

    #[test]
    fn german() {
        check(
            "Jörg Vogt <j.vogt@nordwerk.example>",
            "B Guten Tag Frau Lenz,\nB \nB anbei das Angebot.\nB \nC Mit freundlichen Grüßen\nC \nS i. V. Jörg Vogt\nS Leiter Einkauf\nS \nS Nordwerk Antriebe GmbH\nS Hafenstraße 4, 26122 Seeburg\nS Tel. 0441 5550-118\nD \nD Geschäftsführer: Karl Otto, Amtsgericht Seeburg HRB 1234",
        );
    }

    #[test]
    fn english() {
        check(
            "Ann Lee <ann@firm.example>",
            "B Hi Bob,\nB \nB the drawing is attached.\nB \nC Kind regards,\nC \nS Ann Lee\nS Sales Director\nS Firm Ltd\nS Tel: 020 7946 0018\nD \nD Sent from my iPhone",
        );
    }

    #[test]
    fn the_other_languages() {
        for (closing, name, title, phone) in [
            ("Cordialement,", "Chantal Garnier", "Directrice commerciale", "Tél. : 01 99 00 12 34"),
            ("Cordiali saluti", "Bruno Landi", "Ufficio acquisti", "Tel. 02 5550 1234"),
            ("Un cordial saludo,", "Nuria Ortega", "Responsable de calidad", "Tfno. 91 555 01 23"),
            ("Met vriendelijke groet,", "Kees Mulder", "Hoofd kwaliteit", "T 020 555 0123"),
            ("Z poważaniem", "Łukasz Dudek", "Kierownik projektu", "tel. 22 555 01 23"),
            ("Com os melhores cumprimentos,", "Joana Valente", "Responsável de compras", "Tel. 21 555 0123"),
        ] {
            let text = format!("B ok.\nB \nC {closing}\nC \nS {name}\nS {title}\nS {phone}");
            check(&format!("{name} <x@firm.example>"), &text);
        }
    }

    #[test]
    fn what_is_quoted_is_somebody_elses() {
        check(
            "Ann Lee <ann@firm.example>",
            "B Yes.\nI \nI On 3 March 2025 at 10:12, Bob Ray <bob@other.example> wrote:\nQ > Is Tuesday fine?\nT > Bob Ray\nT > Buyer, Other Ltd\nT > Tel. 020 7946 0100",
        );
        check(
            "Ann Lee <ann@firm.example>",
            "B Zur Kenntnis.\nI \nI Von: Bo Ritter <bo@other.example>\nI Gesendet: Montag, 3. März 2025 10:12\nI An: Ann Lee\nI Betreff: Termin\nQ \nQ Passt Dienstag?\nQ \nT Bo Ritter\nT Einkauf\nT Tel. 0441 5550-118",
        );
    }

    #[test]
    fn every_language_introduces_quotations() {
        for intro in [
            "Am 3.4.2025 um 10:12 schrieb Bo Ritter:",
            "On 3 April 2025, Bo Ritter wrote:",
            "Le 03/04/2025 à 10:12, Bo Ritter a écrit :",
            "Il giorno 3 aprile 2025 Bo Ritter ha scritto:",
            "El 3 de abril de 2025, Bo Ritter escribió:",
            "Op 3 april 2025 om 10:12 schreef Bo Ritter:",
            "W dniu 3.04.2025 Bo Ritter napisał(a):",
            "Em 3 de abril de 2025, Bo Ritter escreveu:",
        ] {
            let text = format!("ok\n\n{intro}\nwhat came before, without any mark");
            assert_eq!(read("", &text), "BIIQ", "{intro}");
        }
    }

    #[test]
    fn a_rule_is_stronger_than_the_model() {
        let delimited = read("", "The patch is fine.\n-- \nI never sign anything\nwhich is why I sign this");
        assert!(delimited.starts_with("BS"), "{delimited}");
        assert!(!delimited.get(1..).unwrap().contains('B'), "{delimited}");
        let mut lines: Vec<Line> = ["see you then", "the kid with the red cap"].map(Line::plain).into();
        lines[1].hints.signature = true;
        assert_ne!(zones(&lines, None)[1], Zone::Body);
    }

    #[test]
    fn lists_of_signature_lines_know_what_tells_nothing() {
        let lines: Vec<Line> = ["ok with me", "", "Ann"].map(Line::plain).into();
        let sender = party("Ann Lee <ann@firm.example>");
        let zones = [Zone::Body, Zone::Body, Zone::Signature];
        let said = |lone| signature_lines(&lines, &zones, sender.as_ref(), lone);
        assert_eq!(said(LoneNames::Count), [false, false, true]);
        assert_eq!(said(LoneNames::Signed), [false, false, false]);
    }

    proptest! {
        #[test]
        fn every_line_has_a_zone(text in "(?s)([>|: \\-_a-zäöü0-9A-Z@./\u{a0}]{0,30}\n|-- \n|From: a\n|To: b\n|Subject: c\n|.{0,40}\n){0,40}", from in ".{0,30}") {
            let lines: Vec<Line> = text.split('\n').map(Line::plain).collect();
            let sender = party(&from);
            let found = zones(&lines, sender.as_ref());
            prop_assert_eq!(found.len(), lines.len());
            for lone in [LoneNames::Count, LoneNames::Signed, LoneNames::Leave] {
                prop_assert_eq!(signature_lines(&lines, &found, sender.as_ref(), lone).len(), lines.len());
            }
        }
    }
}
