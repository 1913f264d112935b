//! Decides whom a legal footer names: managing directors, boards, partners, owners, each a person with a title.

use std::borrow::Cow;

use super::name::{Known, person};
use super::words::{Sense, fold, is_legal_form, sense};
use crate::observe::Card;

/// A person in a footer, and where the name stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Officer {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Officer {
    /// The officer's card; `organisation` as the footer names it.
    pub(crate) fn card(self, organisation: Option<&str>) -> Card {
        Card {
            names: vec![self.name],
            titles: Some(self.title).filter(|title| !title.is_empty()).into_iter().collect(),
            organisations: organisation.into_iter().map(str::to_owned).collect(),
            ..Card::default()
        }
    }
}

/// Labels (folded) and the title each gives to one person. Longer ones first where one opens another.
const LABELS: &[(&str, &str)] = &[
    // German
    ("vertretungsberechtigte geschaeftsfuehrerin", "Geschäftsführerin"),
    ("vertretungsberechtigte geschaeftsfuehrer", "Geschäftsführer"),
    ("vertretungsberechtigter geschaeftsfuehrer", "Geschäftsführer"),
    ("geschaeftsfuehrende gesellschafterin", "Geschäftsführende Gesellschafterin"),
    ("geschaeftsfuehrender gesellschafter", "Geschäftsführender Gesellschafter"),
    ("geschaeftsfuehrende gesellschafter", "Geschäftsführender Gesellschafter"),
    ("geschaeftsfuehrender vorstand", "Vorstand"),
    ("geschaeftsfuehrerinnen", "Geschäftsführerin"),
    ("geschaeftsfuehrerin", "Geschäftsführerin"),
    ("geschaeftsfuehrer/in", "Geschäftsführer"),
    ("geschaeftsfuehrer/-in", "Geschäftsführer"),
    ("geschaeftsfuehrer/innen", "Geschäftsführer"),
    ("geschaeftsfuehrer", "Geschäftsführer"),
    ("geschaeftsfuehrung", "Geschäftsführer"),
    ("geschaeftsleitung", "Geschäftsleitung"),
    ("gf", "Geschäftsführer"),
    ("vorsitzende des vorstandes", "Vorstandsvorsitzende"),
    ("vorsitzender des vorstandes", "Vorstandsvorsitzender"),
    ("vorsitzende des vorstands", "Vorstandsvorsitzende"),
    ("vorsitzender des vorstands", "Vorstandsvorsitzender"),
    ("vorsitz des vorstands", "Vorstandsvorsitzender"),
    ("vorstandsvorsitzende", "Vorstandsvorsitzende"),
    ("vorstandsvorsitzender", "Vorstandsvorsitzender"),
    ("vorstandsmitglieder", "Vorstandsmitglied"),
    ("vorstandsmitglied", "Vorstandsmitglied"),
    ("vertretungsberechtigter vorstand", "Vorstand"),
    ("vorstand i.s.d. § 26 bgb", "Vorstand"),
    ("vorstand nach § 26 bgb", "Vorstand"),
    ("vorstand gem. § 26 bgb", "Vorstand"),
    ("vorstand", "Vorstand"),
    ("vorstaende", "Vorstand"),
    ("vorsitzende des aufsichtsrates", "Aufsichtsratsvorsitzende"),
    ("vorsitzender des aufsichtsrates", "Aufsichtsratsvorsitzender"),
    ("vorsitzende des aufsichtsrats", "Aufsichtsratsvorsitzende"),
    ("vorsitzender des aufsichtsrats", "Aufsichtsratsvorsitzender"),
    ("vorsitz des aufsichtsrats", "Aufsichtsratsvorsitzender"),
    ("vors. des aufsichtsrats", "Aufsichtsratsvorsitzender"),
    ("aufsichtsratsvorsitzende", "Aufsichtsratsvorsitzende"),
    ("aufsichtsratsvorsitzender", "Aufsichtsratsvorsitzender"),
    ("aufsichtsratsvorsitz", "Aufsichtsratsvorsitzender"),
    ("aufsichtsrat (vorsitz)", "Aufsichtsratsvorsitzender"),
    ("aufsichtsrat", "Aufsichtsrat"),
    ("vorsitzende des verwaltungsrats", "Verwaltungsratsvorsitzende"),
    ("vorsitzender des verwaltungsrats", "Verwaltungsratsvorsitzender"),
    ("verwaltungsrat", "Verwaltungsrat"),
    ("vorsitzende des beirats", "Beiratsvorsitzende"),
    ("vorsitzender des beirats", "Beiratsvorsitzender"),
    ("vorsitzende des stiftungsrates", "Vorsitzende des Stiftungsrats"),
    ("vorsitzender des stiftungsrates", "Vorsitzender des Stiftungsrats"),
    ("vorsitzende des stiftungsrats", "Vorsitzende des Stiftungsrats"),
    ("vorsitzender des stiftungsrats", "Vorsitzender des Stiftungsrats"),
    ("vorsitzende des kuratoriums", "Vorsitzende des Kuratoriums"),
    ("vorsitzender des kuratoriums", "Vorsitzender des Kuratoriums"),
    ("vorsitzende des praesidiums", "Vorsitzende des Präsidiums"),
    ("vorsitzender des praesidiums", "Vorsitzender des Präsidiums"),
    ("vorsitzende der geschaeftsfuehrung", "Vorsitzende der Geschäftsführung"),
    ("vorsitzender der geschaeftsfuehrung", "Vorsitzender der Geschäftsführung"),
    ("praesidentin", "Präsidentin"),
    ("praesident", "Präsident"),
    ("1. vorsitzende", "1. Vorsitzende"),
    ("1. vorsitzender", "1. Vorsitzender"),
    ("2. vorsitzende", "2. Vorsitzende"),
    ("2. vorsitzender", "2. Vorsitzender"),
    ("vorsitzende", "Vorsitzende"),
    ("vorsitzender", "Vorsitzender"),
    ("schatzmeisterin", "Schatzmeisterin"),
    ("schatzmeister", "Schatzmeister"),
    ("kassenwartin", "Kassenwartin"),
    ("kassenwart", "Kassenwart"),
    ("schriftfuehrerin", "Schriftführerin"),
    ("schriftfuehrer", "Schriftführer"),
    ("partnerinnen", "Partnerin"),
    ("partnerin", "Partnerin"),
    ("partner", "Partner"),
    ("partners", "Partner"),
    ("inhaberin", "Inhaberin"),
    ("inhaber", "Inhaber"),
    ("inh.", "Inhaber"),
    ("inh", "Inhaber"),
    ("gesellschafterinnen", "Gesellschafterin"),
    ("gesellschafterin", "Gesellschafterin"),
    ("gesellschafter", "Gesellschafter"),
    ("komplementaerin", "Komplementärin"),
    ("komplementaer", "Komplementär"),
    ("persoenlich haftende gesellschafterin", "Persönlich haftende Gesellschafterin"),
    ("persoenlich haftender gesellschafter", "Persönlich haftender Gesellschafter"),
    ("in buerogemeinschaft", ""),
    ("verwaltungsratspraesidentin", "Verwaltungsratspräsidentin"),
    ("verwaltungsratspraesident", "Verwaltungsratspräsident"),
    ("stiftungsratspraesidentin", "Stiftungsratspräsidentin"),
    ("stiftungsratspraesident", "Stiftungsratspräsident"),
    ("kuratorium", "Kuratorium"),
    ("stiftungsrat", "Stiftungsrat"),
    ("praesidium", "Präsidium"),
    ("redaktion", "Redaktion"),
    ("chefredakteurin", "Chefredakteurin"),
    ("chefredakteur", "Chefredakteur"),
    ("herausgeberin", "Herausgeberin"),
    ("herausgeber", "Herausgeber"),
    ("prokuristin", "Prokuristin"),
    ("prokuristen", "Prokurist"),
    ("prokurist", "Prokurist"),
    ("einzelvertretungsberechtigt", "Geschäftsführer"),
    ("schulleiterin", "Schulleiterin"),
    ("schulleiter", "Schulleiter"),
    ("schulleitung", "Schulleitung"),
    ("leiterin", "Leiterin"),
    ("leiter", "Leiter"),
    ("leitung", "Leitung"),
    ("hauptgeschaeftsfuehrerin", "Hauptgeschäftsführerin"),
    ("hauptgeschaeftsfuehrer", "Hauptgeschäftsführer"),
    ("kaufmaennische direktorin", "Kaufmännische Direktorin"),
    ("kaufmaennischer direktor", "Kaufmännischer Direktor"),
    ("aerztliche direktorin", "Ärztliche Direktorin"),
    ("aerztlicher direktor", "Ärztlicher Direktor"),
    ("verantwortlich", "Verantwortlich"),
    ("oberbuergermeisterin", "Oberbürgermeisterin"),
    ("oberbuergermeister", "Oberbürgermeister"),
    ("landraetin", "Landrätin"),
    ("landrat", "Landrat"),
    // English
    ("managing directors", "Managing Director"),
    ("managing director", "Managing Director"),
    ("managing partners", "Managing Partner"),
    ("managing partner", "Managing Partner"),
    ("executive directors", "Executive Director"),
    ("executive director", "Executive Director"),
    ("company directors", "Director"),
    ("board of directors", "Director"),
    ("directors", "Director"),
    ("director", "Director"),
    ("chief executive officer", "Chief Executive Officer"),
    ("chief executive", "Chief Executive"),
    ("chairman of the supervisory board", "Chairman of the Supervisory Board"),
    ("chairwoman of the supervisory board", "Chairwoman of the Supervisory Board"),
    ("chair of the supervisory board", "Chair of the Supervisory Board"),
    ("chairman of the board", "Chairman of the Board"),
    ("supervisory board", "Supervisory Board"),
    ("management board", "Management Board"),
    ("executive board", "Executive Board"),
    ("board of management", "Management Board"),
    ("chair of the board of trustees", "Chair of Trustees"),
    ("chair of trustees", "Chair of Trustees"),
    ("chair of governors", "Chair of Governors"),
    ("chairman", "Chairman"),
    ("chairwoman", "Chairwoman"),
    ("chair", "Chair"),
    ("company secretary", "Company Secretary"),
    ("secretary", "Secretary"),
    ("trustees", "Trustee"),
    ("trustee", "Trustee"),
    ("proprietor", "Proprietor"),
    ("principal", "Principal"),
    ("principals", "Principal"),
    ("president", "President"),
    ("owner", "Owner"),
    ("editor-in-chief", "Editor-in-Chief"),
    ("editor in chief", "Editor-in-Chief"),
    ("managing editor", "Managing Editor"),
    ("editor", "Editor"),
    ("members", "Member"),
    ("ceo", "CEO"),
    // French
    ("presidente-directrice generale", "Présidente-directrice générale"),
    ("president-directeur general", "Président-directeur général"),
    ("president directeur general", "Président-directeur général"),
    ("directeur general", "Directeur général"),
    ("directrice generale", "Directrice générale"),
    ("gerant", "Gérant"),
    ("gerante", "Gérante"),
    ("gerants", "Gérant"),
    ("directeur de la publication", "Directeur de la publication"),
    // Italian
    ("amministratore unico", "Amministratore unico"),
    ("amministratore delegato", "Amministratore delegato"),
    ("amministratrice delegata", "Amministratrice delegata"),
    ("amministratore", "Amministratore"),
    ("amministratrice", "Amministratrice"),
    ("legale rappresentante", "Legale rappresentante"),
    ("presidente", "Presidente"),
    ("titolare", "Titolare"),
    // Spanish, Portuguese
    ("administrador unico", "Administrador único"),
    ("administradora unica", "Administradora única"),
    ("administradores", "Administrador"),
    ("administrador", "Administrador"),
    ("administradora", "Administradora"),
    ("director general", "Director general"),
    ("directora general", "Directora general"),
    ("gerente", "Gerente"),
    ("gerentes", "Gerente"),
    // Dutch
    ("algemeen directeur", "Algemeen directeur"),
    ("directie", "Directie"),
    ("directeuren", "Directeur"),
    ("directeur", "Directeur"),
    ("bestuur", "Bestuur"),
    ("bestuurders", "Bestuurder"),
    ("bestuurder", "Bestuurder"),
    ("voorzitter", "Voorzitter"),
    // Polish
    ("prezes zarzadu", "Prezes Zarządu"),
    ("wiceprezes zarzadu", "Wiceprezes Zarządu"),
    ("czlonkowie zarzadu", "Członek Zarządu"),
    ("czlonek zarzadu", "Członek Zarządu"),
    ("zarzad", "Zarząd"),
    ("prokurent", "Prokurent"),
];

/// The officers of a line.
pub(crate) fn officers(line: &str) -> Vec<Officer> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(label) = next_label(line, at) {
        let next = next_label(line, label.end).map_or(line.len(), |next| next.start);
        let names = line.get(label.end..next).unwrap_or_default();
        read_names(names, label.end, &label.title, &mut found);
        at = next.max(label.end);
    }
    found
}

struct Label {
    start: usize,
    /// Behind the colon (or the label, where a title of office or an academic one follows).
    end: usize,
    title: Cow<'static, str>,
}

/// The next label of officers in a line, from byte `at` on.
fn next_label(line: &str, at: usize) -> Option<Label> {
    let mut from = at;
    loop {
        let colon = line.get(from..)?.find([':', '\u{ff1a}']).map(|colon| from + colon)?;
        let head = line.get(at..colon)?;
        let width = line.get(colon..)?.chars().next().map_or(1, char::len_utf8);
        if let Some((start, title)) = label_at_end(head) {
            return Some(Label { start: at + start, end: colon + width, title });
        }
        from = colon + width;
    }
}

/// A label that ends the text: where it starts and what it makes of a person.
fn label_at_end(head: &str) -> Option<(usize, Cow<'static, str>)> {
    // "Tel.:", "E-Mail:" are most colons of a signature.
    let last = head.trim_end().rsplit([' ', '|', '\u{1}', '\t']).next().unwrap_or_default();
    let meaning = if last.len() <= 16 { sense(&fold(last.trim_end_matches('.'))) } else { Sense::default() };
    if meaning.has(Sense::LABEL.with(Sense::MAIL_LABEL)) && !meaning.has(Sense::TITLE) {
        return None;
    }
    // A label has four words at most; folding more would cost without finding more.
    let tail_start = head.char_indices().rev().nth(48).map_or(0, |(at, _)| at);
    let tail = head.get(tail_start..)?;
    let folded = fold(tail.trim_end().trim_end_matches(['*', ')', '(']));
    let folded = folded.replace(['('], "");
    let folded = folded.trim_end();
    let mut best: Option<(usize, &'static str)> = None;
    for (label, title) in LABELS {
        if folded.ends_with(label) && best.is_none_or(|(length, _)| label.len() > length) {
            let before = folded.get(..folded.len() - label.len()).unwrap_or_default();
            if before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '-') {
                best = Some((label.len(), title));
            }
        }
    }
    let Some((length, title)) = best else {
        // "Verbandsvorsitzender:": any other title of one word.
        let word = tail.trim_end().rsplit([' ', '|', ',', ';', '\u{1}']).next()?;
        let start = tail_start + tail.trim_end().len() - word.len();
        let meaning = sense(&fold(word));
        let office = meaning.has(Sense::TITLE)
            && word.len() > 8
            && word.starts_with(char::is_uppercase)
            && !word.ends_with("vertretung");
        return (office && !meaning.has(Sense::LABEL)).then(|| (start, Cow::Owned(word.to_owned())));
    };
    // The folded text may be longer than the text; the label's own letters are counted back instead.
    let mut left = length;
    let mut start = tail.trim_end().len();
    for (at, c) in tail.trim_end().char_indices().rev() {
        if left == 0 {
            break;
        }
        start = at;
        left = left.saturating_sub(fold(c.encode_utf8(&mut [0; 4])).len().max(1));
    }
    Some((tail_start + start, Cow::Borrowed(title)))
}

/// Names between a label and what ends them: commas, bars, "und", brackets, full stops.
fn read_names(text: &str, base: usize, title: &str, found: &mut Vec<Officer>) {
    // What ends the list: another kind of fact.
    let stop = text.find(['|', '•', '\u{1}', '\t', '■', '●']).unwrap_or(text.len());
    let text = text.get(..stop).unwrap_or_default();
    let known = Known::default();
    let mut start = 0;
    let mut misses = 0;
    for (at, width) in cuts(text) {
        let raw = text.get(start..at).unwrap_or_default();
        let lead = raw.len() - raw.trim_start().len();
        let part = raw.trim();
        let place = base + start + lead;
        start = at + width;
        if part.is_empty() {
            continue;
        }
        let (bare, note) = match part.split_once('(') {
            Some((name, note)) => (name.trim_end(), Some(note.trim_end_matches([')', ' ']))),
            None => (part, None),
        };
        let bare = bare.trim_end_matches(['.', ',', ';', ' ']);
        let words = bare.split_whitespace().count();
        if bare.split_whitespace().any(|word| is_legal_form(&word.replace('.', "")) && word.len() > 2) {
            // "Komplementärin: Muster Verwaltungs-GmbH" names a firm, and what follows may be its officers.
            misses += 1;
            continue;
        }
        match person(bare, &known).filter(|person| person.full && words <= 8) {
            Some(one) => {
                // "(Vorsitzender der Geschäftsführung)" is the title of its bearer.
                let own = note.filter(|note| {
                    note.starts_with(char::is_uppercase)
                        && note.contains(' ')
                        && note.split(' ').next().is_some_and(|word| sense(&fold(word)).has(Sense::TITLE))
                });
                let title = note.and_then(|note| chaired(title, note)).or(own).unwrap_or(title);
                found.push(Officer {
                    name: one.name,
                    title: title.to_owned(),
                    start: place + one.start,
                    end: place + one.end,
                });
            }
            // A register's number: what follows is its court.
            None if bare.bytes().filter(u8::is_ascii_digit).count() >= 3 => break,
            // "Jr.", a town: not the end. Two in a row are.
            None => misses += 1,
        }
        if misses > 1 {
            break;
        }
    }
}

/// Where a list of names is cut, with the width of what cuts it; the end of the text is the last cut.
fn cuts(text: &str) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    let mut depth = 0_u32;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = text.get(at..).unwrap_or_default();
        let width = rest.chars().next().map_or(1, char::len_utf8);
        match rest.chars().next() {
            Some('(') => depth += 1,
            Some(')') => depth = depth.saturating_sub(1),
            Some(',' | ';' | '·' | '/') if depth == 0 => {
                // "WP/StB": a slash between letters is no cut.
                let slash = rest.starts_with('/') && !rest.starts_with("/ ");
                if !slash {
                    cuts.push((at, width));
                }
            }
            Some(' ') if depth == 0 => {
                for word in [
                    " und ", " and ", " sowie ", " et ", " e ", " y ", " en ", " i ", " & ", " - ", " – ", " * ",
                    " // ",
                ] {
                    if rest.starts_with(word) {
                        cuts.push((at, word.len() - 1));
                        break;
                    }
                }
            }
            // A sentence's end, not an initial's or a title's dot: three letters of a word that is no "Prof." before it.
            Some('.') if depth == 0 && rest.starts_with(". ") => {
                let word = text.get(..at).unwrap_or_default();
                let word = word.rsplit(|c: char| c.is_whitespace() || c == '.').next().unwrap_or_default();
                let key = fold(word);
                let abbreviated =
                    sense(&key).has(Sense::HONORIFIC.with(Sense::BEFORE_NAME)) || word.chars().count() < 3;
                if !abbreviated {
                    cuts.push((at, 1));
                }
            }
            _ => {}
        }
        at += width;
    }
    cuts.push((text.len(), 0));
    cuts
}

/// "(Vorsitzender)" behind the name of a board's member.
fn chaired(title: &str, note: &str) -> Option<&'static str> {
    let note = fold(note);
    let woman = note.starts_with("vorsitzende") && !note.starts_with("vorsitzender");
    let chair = note.starts_with("vors") || note.starts_with("sprecher") || note.starts_with("chair");
    if !chair {
        return None;
    }
    match title {
        "Vorstand" if woman => Some("Vorstandsvorsitzende"),
        "Vorstand" if !note.starts_with("sprecher") => Some("Vorstandsvorsitzender"),
        "Aufsichtsrat" if woman => Some("Aufsichtsratsvorsitzende"),
        "Aufsichtsrat" => Some("Aufsichtsratsvorsitzender"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> String {
        let list: Vec<String> = officers(line).into_iter().map(|o| format!("{} = {}", o.name, o.title)).collect();
        list.join("; ")
    }

    #[test]
    fn german_footers() {
        for (line, want) in [
            ("Geschäftsführer: Dirk Sommer, Ina Winter", "Dirk Sommer = Geschäftsführer; Ina Winter = Geschäftsführer"),
            ("Geschäftsführerin: Dr. Eva Lenz", "Dr. Eva Lenz = Geschäftsführerin"),
            (
                "Partner: WP/StB Dr. Hans Vogel, StB Ute Brand, RA/StB Jens Roth",
                "Dr. Hans Vogel = Partner; Ute Brand = Partner; Jens Roth = Partner",
            ),
            (
                "Vorstand: Prof. Dr. Lea Stein (Vors.), Tom Fuchs | Aufsichtsratsvorsitzender: Karl Berg",
                "Prof. Dr. Lea Stein = Vorstandsvorsitzender; Tom Fuchs = Vorstand; Karl Berg = Aufsichtsratsvorsitzender",
            ),
            (
                "Muster GmbH · Geschäftsführung: Max Adler und Pia Wolf · HRB 1234",
                "Max Adler = Geschäftsführer; Pia Wolf = Geschäftsführer",
            ),
            ("Vorsitzender des Aufsichtsrats: Paul Krause", "Paul Krause = Aufsichtsratsvorsitzender"),
            ("Inh. Petra Lang", ""),
            ("Inhaber: Peter Lang", "Peter Lang = Inhaber"),
            ("Amtsgericht: Hannover HRB 1234", ""),
            ("Telefon: 0511 12345", ""),
        ] {
            assert_eq!(read(line), want, "{line}");
        }
    }

    #[test]
    fn footers_of_other_countries() {
        for (line, want) in [
            ("Directors: Helen Marsh, Tom Reed", "Helen Marsh = Director; Tom Reed = Director"),
            ("Foo DAC, registered in Ireland No. 555. Director: Sean Kelly", "Sean Kelly = Director"),
            ("Président-directeur général : Luc Martin", "Luc Martin = Président-directeur général"),
            ("Amministratore unico: Marco Bianchi", "Marco Bianchi = Amministratore unico"),
            ("Administrador único: Juan Pérez", "Juan Pérez = Administrador único"),
            ("Algemeen directeur: Jan de Boer", "Jan de Boer = Algemeen directeur"),
            ("Prezes Zarządu: Anna Nowak", "Anna Nowak = Prezes Zarządu"),
        ] {
            assert_eq!(read(line), want, "{line}");
        }
    }
}
