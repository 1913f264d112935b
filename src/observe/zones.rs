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
use model::Tables;
use structure::{Kind, Segment, Structure};

/// The zone of every line, in order. `sender` makes a name line that matches it stronger evidence than any list.
pub fn zones(lines: &[Line], sender: Option<&Party>) -> Vec<Zone> {
    Reader::default().zones(lines, sender)
}

/// A reader of many texts, one after the other: keeps its buffers.
#[derive(Default)]
pub struct Reader {
    structure: Structure,
    items: Vec<Item>,
    facts: facts::Scratch,
    allowed: Vec<u8>,
    model: model::Scratch,
    /// What lists ask for; others than the usual only where those are chosen.
    pub bar: Bar,
}

impl Reader {
    /// See [`zones`].
    pub fn zones(&mut self, lines: &[Line], sender: Option<&Party>) -> Vec<Zone> {
        self.read(&model::ZONES, None, lines, sender).0
    }

    /// The zones, and which lines the annotators of the public corpora would count to a signature, be it the sender's
    /// or that of an answered or forwarded message.
    ///
    /// The second is no truth of this program: the corpora disagree with it, and with each other, on closings, lone first
    /// names, footers and quoted signatures. It serves the comparison with other programs (docs/accuracy.md).
    pub fn zones_and_list(&mut self, lines: &[Line], sender: Option<&Party>) -> (Vec<Zone>, Vec<bool>) {
        self.read(&model::ZONES, Some(&model::LISTS), lines, sender)
    }

    /// The zones as another model sees them.
    pub fn zones_with(&mut self, model: &Tables, lines: &[Line], sender: Option<&Party>) -> Vec<Zone> {
        self.read(model, None, lines, sender).0
    }

    /// The list as other models see it: the zones' of what is the writer's own, the lists' of what is quoted.
    pub fn list_with(&mut self, zones: &Tables, list: &Tables, lines: &[Line], sender: Option<&Party>) -> Vec<bool> {
        self.read(zones, Some(list), lines, sender).1
    }

    fn read(
        &mut self,
        zones: &Tables,
        list: Option<&Tables>,
        lines: &[Line],
        sender: Option<&Party>,
    ) -> (Vec<Zone>, Vec<bool>) {
        let sender = Sender::of(sender);
        let mut structure = std::mem::take(&mut self.structure);
        structure.read(lines);
        let of_kind = |kind: &Kind| match kind {
            Kind::Intro => Zone::Intro,
            Kind::Quoted => Zone::Quoted,
            Kind::Own | Kind::Blank => Zone::Body,
        };
        let mut found: Vec<Zone> = structure.kinds.iter().map(of_kind).collect();
        let mut listed = vec![false; if list.is_some() { lines.len() } else { 0 }];
        for segment in &structure.segments {
            facts::read(lines, &structure, segment, &sender, &mut self.facts, &mut self.items);
            allowed(&self.items, &mut self.allowed);
            // Behind quote marks annotators count a signature only in archived mail, whose sender nobody knows.
            if let Some(model) = list.filter(|_| segment.quoted && (segment.marks == 0 || !sender.is_known())) {
                model.label(&self.items, &self.allowed, &mut self.model);
                self.list(model, segment, &mut listed);
            }
            zones.label(&self.items, &self.allowed, &mut self.model);
            if list.is_some() && !segment.quoted {
                self.list(zones, segment, &mut listed);
            }
            named(&self.items, &mut self.model.labels);
            if !segment.quoted {
                tail(&self.items, &mut self.model.labels);
            }
            for (item, &label) in self.items.iter().zip(&self.model.labels) {
                if let Some(slot) = found.get_mut(item.line) {
                    *slot = zone(usize::from(label), segment.quoted);
                }
            }
        }
        fill_blanks(&structure.kinds, &mut found);
        self.structure = structure;
        (found, listed)
    }

    /// Marks what the labels of one text make a signature.
    fn list(&self, model: &Tables, segment: &Segment, found: &mut [bool]) {
        let signs = |n: usize| self.model.labels.get(n).is_some_and(|&label| usize::from(label) == model::SIGNATURE);
        let mut n = 0;
        while n < self.items.len() {
            if !signs(n) {
                n += 1;
                continue;
            }
            let mut start = n;
            while signs(n) {
                // Where a delimiter says where the signature starts, it starts there.
                let delimiter = self.items.get(n).is_some_and(|item| item.is(facts::Own::Delimiter));
                if delimiter && !segment.quoted && n - start <= 2 {
                    start = n;
                }
                n += 1;
            }
            let above = start
                .checked_sub(1)
                .and_then(|above| Some((self.items.get(above)?, self.model.labels.get(above)?)))
                .filter(|(_, label)| usize::from(**label) == model::CLOSING)
                .map(|(above, _)| above);
            let first = self.items.get(start);
            let delimited = first.is_some_and(|item| item.is(facts::Own::Delimiter));
            // A first name that the sender field has as well tells nothing, unless a closing stands above it.
            let stray = n - start == 1 && above.is_none() && first.is_some_and(facts::Item::is_stray);
            let bar = match (segment.quoted, segment.marks, n - start) {
                (true, 1.., _) => self.bar.marked,
                (true, ..) => self.bar.quoted,
                (false, _, 1) => self.bar.line,
                (false, ..) => self.bar.block,
            };
            let margin = if delimited && !segment.quoted {
                i32::MAX
            } else {
                model.margin(&self.items, &self.model, &(start..n))
            };
            if margin < bar || stray && !segment.quoted {
                continue;
            }
            let mut last: Option<usize> = None;
            for item in self.items.iter().take(n).skip(start) {
                // Lines of quote marks alone may lie between, but not somebody else's text.
                let from = last.filter(|_| item.gap != facts::Gap::Quote).unwrap_or(item.line);
                found.iter_mut().take(item.line + 1).skip(from).for_each(|flag| *flag = true);
                last = Some(item.line);
            }
            if segment.quoted {
                continue;
            }
            // The closing above a short one, and the footer right below.
            let above = above.filter(|above| n - start <= 2 && above.is_closing()).map(|above| above.line);
            let footer = |n: usize| self.model.labels.get(n).is_some_and(|&label| usize::from(label) == model::FOOTER);
            let below = (n..self.items.len()).take_while(|&n| footer(n)).filter_map(|n| Some(self.items.get(n)?.line));
            for line in above.into_iter().chain(below) {
                if let Some(flag) = found.get_mut(line) {
                    *flag = true;
                }
            }
        }
    }
}

/// How much must speak for lines before they are listed, in thousandths: chosen by cross-validation so that little is
/// found where there is nothing.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// For a single line.
    pub line: i32,
    /// For several.
    pub block: i32,
    /// For quoted lines without quote marks.
    pub quoted: i32,
    /// For lines behind quote marks.
    pub marked: i32,
}

impl Default for Bar {
    fn default() -> Self {
        Self { line: 4000, block: 0, quoted: 500, marked: 2500 }
    }
}

/// What the model is asked about one author's text; for its training.
pub fn chains(lines: &[Line], sender: Option<&Party>) -> (Structure, Vec<Vec<Item>>) {
    let mut structure = Structure::default();
    structure.read(lines);
    let sender = Sender::of(sender);
    let mut scratch = facts::Scratch::default();
    let chain = |segment| {
        let mut items = Vec::new();
        facts::read(lines, &structure, segment, &sender, &mut scratch, &mut items);
        items
    };
    let chains = structure.segments.iter().map(chain).collect();
    (structure, chains)
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

/// What the rules leave to the model, line by line.
fn allowed(items: &[Item], out: &mut Vec<u8>) {
    use facts::Own;
    let only = |labels: &[usize]| labels.iter().fold(0, |set, label| set | 1 << label);
    let mut delimiter: Option<usize> = None;
    out.clear();
    for (n, item) in items.iter().enumerate() {
        if item.is(Own::StandardDelimiter) {
            delimiter = Some(n);
        }
        let delimited = |&at: &usize| {
            n - at <= 12
                && items.len() - at <= 16
                && !items.get(at + 1).is_none_or(|next| next.is(Own::StartsDigit) && items.len() == at + 2)
        };
        out.push(if item.is(Own::DeviceStart) && item.is_short() {
            // "Sent from my ..." is the program's, never the writer's.
            only(&[model::FOOTER])
        } else if item.is(Own::SignatureHint) || delimiter.as_ref().is_some_and(delimited) {
            // The mail program itself marks the element; or "-- " starts the signature (RFC 3676, 4.3), unless it ends
            // a patch with its program's version.
            only(&[model::SIGNATURE, model::FOOTER])
        } else {
            model::ANY
        });
    }
}

/// A name right above the rest of a signature belongs to it, though half of the corpora call a typed name a closing.
fn named(items: &[Item], labels: &mut [u8]) {
    for (n, item) in items.iter().enumerate() {
        let closing = labels.get(n).is_some_and(|&label| usize::from(label) == model::CLOSING);
        let signs = labels.get(n + 1).is_some_and(|&label| usize::from(label) == model::SIGNATURE);
        if closing
            && signs
            && item.is_name()
            && let Some(label) = labels.get_mut(n)
        {
            *label = model::SIGNATURE as u8;
        }
    }
}

/// Footers at the end of a text that the corpora count to the signature, or to the text where nobody signed.
///
/// A last line that hardly says more than how to unsubscribe, or that nobody reads answers; and the sentences below
/// the last contact of a signature: opening hours, mottos, who supervises the firm.
fn tail(items: &[Item], labels: &mut [u8]) {
    if let [_, .., last] = items
        && last.is_notice()
        && let Some(label) = labels.last_mut()
    {
        *label = model::FOOTER as u8;
    }
    let signs = |label: &u8| usize::from(*label) == model::SIGNATURE;
    let end = labels.iter().rposition(signs).map_or(0, |end| end + 1);
    let start =
        (0..end).rev().find(|&n| !(labels.get(n).is_some_and(signs) && items.get(n).is_some_and(Item::is_motto)));
    let Some(start) = start.filter(|&n| labels.get(n).is_some_and(signs)) else { return };
    if (0..=start)
        .rev()
        .take(8)
        .take_while(|&n| labels.get(n).is_some_and(signs))
        .any(|n| items.get(n).is_some_and(Item::is_contact))
    {
        labels.iter_mut().take(end).skip(start + 1).for_each(|label| *label = model::FOOTER as u8);
    }
}

/// A blank line belongs to what stands above it, or leads into a footer, an introduction or out of a quotation.
fn fill_blanks(kinds: &[Kind], zones: &mut [Zone]) {
    let between = |last: Option<Zone>, next: Option<Zone>| match (last, next) {
        (_, Some(next @ (Zone::Footer | Zone::Intro))) => next,
        (Some(Zone::Intro) | None, Some(next)) => next,
        (Some(Zone::Quoted | Zone::QuotedSignature), Some(Zone::Body | Zone::Closing | Zone::Signature)) => Zone::Body,
        (Some(last), _) => last,
        (None, None) => Zone::Body,
    };
    let mut last = None;
    let mut start = 0;
    while let Some(rest) = kinds.get(start..).filter(|rest| !rest.is_empty()) {
        let blank = rest.iter().position(|&kind| kind != Kind::Blank).unwrap_or(rest.len());
        let end = start + blank;
        let next = zones.get(end).copied();
        if let Some(blanks) = zones.get_mut(start..end) {
            blanks.fill(between(last, next));
        }
        last = next;
        start = end + 1;
    }
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
    fn every_language_has_its_footers() {
        for (closing, name, device, disclaimer) in [
            (
                "Viele Grüße",
                "Jörg Vogt",
                "Von meinem iPhone gesendet",
                "Diese E-Mail ist vertraulich. Sind Sie nicht der richtige Adressat, löschen Sie sie bitte.",
            ),
            (
                "Kind regards,",
                "Ann Lee",
                "Sent from my iPhone",
                "This e-mail is confidential and intended solely for the addressee.",
            ),
            (
                "Cordialement,",
                "Chantal Garnier",
                "Envoyé de mon iPhone",
                "Ce message est confidentiel et destiné exclusivement à ses destinataires.",
            ),
            (
                "Cordiali saluti",
                "Bruno Landi",
                "Inviato da iPhone",
                "Le informazioni contenute in questo messaggio sono riservate al destinatario.",
            ),
            (
                "Un cordial saludo,",
                "Nuria Ortega",
                "Enviado desde mi iPhone",
                "Este mensaje es confidencial y va dirigido exclusivamente a su destinatario.",
            ),
            (
                "Met vriendelijke groet,",
                "Kees Mulder",
                "Verstuurd vanaf mijn iPhone",
                "De informatie in dit bericht is vertrouwelijk en bestemd voor de geadresseerde.",
            ),
            (
                "Z poważaniem",
                "Łukasz Dudek",
                "Wysłane z iPhone'a",
                "Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata.",
            ),
            (
                "Com os melhores cumprimentos,",
                "Joana Valente",
                "Enviado do meu iPhone",
                "Esta mensagem é confidencial e destina-se exclusivamente ao destinatário.",
            ),
        ] {
            let from = format!("{name} <x@firm.example>");
            check(&from, &format!("B ok.\nB \nC {closing}\nS {name}\nD \nD {device}"));
            check(&from, &format!("B ok.\nB \nC {closing}\nS {name}\nS Firm\nD \nD {disclaimer}"));
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
    fn mottos_and_notices_are_footers() {
        check(
            "Ann Lee <ann@firm.example>",
            "B The drawing is attached.\nB \nC Regards\nS Ann Lee\nS Sales Director\nS Tel: 020 7946 0018\nD We are open from nine to five, except when the sun is out.",
        );
        check("", "B Your parcel is on its way.\nD Nordwerk Parcels. Do not reply.");
        check("", "B Ihr Paket ist unterwegs.\nB \nB Es kommt am Dienstag.\nD Nordwerk Pakete, Seeburg. Abmelden.");
        // Whoever signs below it says so herself.
        check("Ann Lee <ann@firm.example>", "B Shall I unsubscribe?\nB \nS Ann Lee\nS Tel: 020 7946 0018");
    }

    #[test]
    fn a_list_holds_blocks_and_no_stray_name() {
        let list = |from: &str, text: &str| {
            let lines: Vec<Line> = text.lines().map(Line::plain).collect();
            let found = Reader::default().zones_and_list(&lines, party(from).as_ref()).1;
            found.iter().enumerate().filter(|(_, yes)| **yes).map(|(n, _)| n).collect::<Vec<_>>()
        };
        let text = "The drawing is attached.\n\nAnn Lee\nSales Director\nFirm Ltd\nTel: 020 7946 0018";
        assert_eq!(list("Ann Lee <ann@firm.example>", text), [2, 3, 4, 5]);
        assert_eq!(list("Ann Lee <ann@firm.example>", "ok with me"), [0; 0]);
    }

    proptest! {
        #[test]
        fn every_line_has_a_zone(text in "(?s)([>|: \\-_a-zäöü0-9A-Z@./\u{a0}]{0,30}\n|-- \n|From: a\n|To: b\n|Subject: c\n|.{0,40}\n){0,40}", from in ".{0,30}") {
            let lines: Vec<Line> = text.split('\n').map(Line::plain).collect();
            let sender = party(&from);
            let (found, listed) = Reader::default().zones_and_list(&lines, sender.as_ref());
            prop_assert_eq!(&found, &zones(&lines, sender.as_ref()));
            prop_assert_eq!(found.len(), lines.len());
            prop_assert_eq!(listed.len(), lines.len());
        }
    }
}
