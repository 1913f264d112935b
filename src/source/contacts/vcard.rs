//! vCard 2.1, 3.0 and 4.0.

use calcard::vcard::{VCard, VCardEntry, VCardParameterName, VCardProperty, VCardValue};
use calcard::{Entry, Parser};

use super::{Contact, Shelf, add, add_email, postal};
use crate::observe::PhoneKind;

/// Whether a text holds cards: an export may put a line of its own before them.
pub(super) fn is_vcard(text: &str) -> bool {
    let mut end = text.len().min(4096);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    begin(text.get(..end).unwrap_or_default(), 0).is_some()
}

pub(super) fn read(text: &str, shelf: &mut Shelf) {
    for card in cards(text) {
        match Parser::new(card).entry() {
            Entry::VCard(vcard) => {
                let contact = contact(&vcard, shelf);
                shelf.put(contact);
            }
            _ => shelf.broken(),
        }
    }
}

/// The text of each card, up to the next one: a card without its end costs no other.
fn cards(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = begin(rest, 0)?;
        let card = rest.get(start..)?;
        let end = begin(card, 1).unwrap_or(card.len());
        let (card, after) = card.split_at_checked(end)?;
        rest = after;
        Some(card)
    })
}

/// Where the next card begins, from `from` on.
fn begin(text: &str, from: usize) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at >= from && line.trim().eq_ignore_ascii_case("BEGIN:VCARD") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn contact(vcard: &VCard, shelf: &Shelf) -> Contact {
    let mut contact = Contact::default();
    let Contact { card, categories, nicknames, birthday } = &mut contact;
    let mut structured = None;
    for entry in &vcard.entries {
        let texts = texts(entry);
        let first = texts.first().map(String::as_str).unwrap_or_default();
        match &entry.name {
            VCardProperty::Fn => add(&mut card.names, first),
            VCardProperty::N => structured = structured.or_else(|| Some(name(&texts))),
            VCardProperty::Nickname => texts.iter().for_each(|text| add(nicknames, text)),
            VCardProperty::Email => texts.iter().for_each(|text| add_email(card, text)),
            VCardProperty::Tel => {
                let kind = kind(vcard, entry);
                texts.iter().for_each(|text| shelf.add_phone(card, text, kind));
            }
            VCardProperty::Org => {
                add(&mut card.organisations, first);
                texts.iter().skip(1).for_each(|text| add(&mut card.departments, text));
            }
            VCardProperty::Title | VCardProperty::Role => add(&mut card.titles, first),
            VCardProperty::Adr => {
                let part = |n: usize| texts.get(n).map(String::as_str).unwrap_or_default();
                let street = [part(0), part(1), part(2)].map(str::trim);
                let street = street.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(", ");
                add(&mut card.addresses, &postal(&street, part(5), part(3), part(4), part(6)));
            }
            VCardProperty::Url => texts.iter().for_each(|text| add(&mut card.urls, text)),
            VCardProperty::Categories => texts.iter().for_each(|text| add(categories, text)),
            VCardProperty::Bday | VCardProperty::Anniversary => *birthday = true,
            _ => {}
        }
    }
    if card.names.is_empty() {
        add(&mut card.names, &structured.unwrap_or_default());
    }
    contact
}

/// The texts of a property's values; the parts of a structured one in their order, empty ones among them.
fn texts(entry: &VCardEntry) -> Vec<String> {
    let text = |value: &VCardValue| match value {
        VCardValue::Component(parts) => parts.join(", "),
        VCardValue::Integer(number) => number.to_string(),
        other => other.as_text().unwrap_or_default().to_owned(),
    };
    entry.values.iter().map(text).collect()
}

/// The name that its parts make: prefix, given, further, family, suffix.
fn name(parts: &[String]) -> String {
    let part = |n: usize| parts.get(n).map(String::as_str).unwrap_or_default();
    [part(3), part(1), part(2), part(0), part(4)].join(" ")
}

/// What a number is for: by its types, else by the label of its group (Apple).
fn kind(vcard: &VCard, entry: &VCardEntry) -> Option<PhoneKind> {
    let types = entry.params.iter().filter(|param| param.name == VCardParameterName::Type);
    let mut words: Vec<String> = types.filter_map(|param| Some(param.value.as_text()?.to_lowercase())).collect();
    if let Some(group) = &entry.group {
        let is_label = |other: &&VCardEntry| {
            other.group.as_ref() == Some(group) && other.name.as_str().eq_ignore_ascii_case("X-ABLabel")
        };
        words
            .extend(vcard.entries.iter().find(is_label).and_then(|label| texts(label).pop()).map(|t| t.to_lowercase()));
    }
    let any = |wanted: &[&str]| words.iter().any(|word| wanted.iter().any(|want| word.contains(want)));
    if any(&["fax"]) {
        Some(PhoneKind::Fax)
    } else if any(&["cell", "mobil", "iphone", "handy"]) {
        Some(PhoneKind::Mobile)
    } else if any(&["home", "privat", "zuhause"]) {
        Some(PhoneKind::Home)
    } else if any(&["work", "arbeit", "büro", "geschäft", "main"]) {
        Some(PhoneKind::Work)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tests::shown;

    #[test]
    fn cards_of_every_version() {
        let text = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dr. Ann Lee\r\nEMAIL:ann@firm.example\r\n\
            TEL;TYPE=\"work,voice\":+49 511 555 02-10\r\nTEL;TYPE=\"cell\";VALUE=uri:tel:+49-171-5550123\r\n\
            ORG:Firm GmbH;Sales\r\nTITLE:Head of Sales\r\nADR:;;Hauptstr. 4\\, 30159 Hannover;;;;\r\n\
            URL:www.firm.example\r\nCATEGORIES:Kunden,Golf\r\nEND:VCARD\r\n\
            BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg\n\
            TEL;HOME;FAX:0511 5550299\nADR;WORK:;;Hauptstr. 4;Hannover;;30159;Deutschland\nEND:VCARD\n\
            BEGIN:VCARD\nVERSION:3.0\nFN:Oma\nitem1.TEL:+49 511 5550211\nitem1.X-ABLabel:_$!<Home>!$_\nNICKNAME:Omi\n\
            BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n";
        let book = read(text.as_bytes(), Some("de")).unwrap();
        let want = [
            "Dr. Ann Lee | ann@firm.example | +495115550210 Work++491715550123 Mobile | Firm GmbH | Sales | \
             Head of Sales | Hauptstr. 4, 30159 Hannover | www.firm.example | Kunden+Golf",
            "Jörg Müller | +495115550299 Fax | Hauptstr. 4, 30159 Hannover, Deutschland",
            "Oma | +495115550211 Home | Omi",
        ];
        assert_eq!(shown(&book), want);
        assert_eq!(book.problems.len(), 1);
        assert_eq!(book.problems[0].at.number, 4);
    }

    #[test]
    fn a_number_without_country_keeps_its_digits() {
        let book = read(b"BEGIN:VCARD\nVERSION:3.0\nFN:A\nTEL:0511 5550299\nEND:VCARD\n", None).unwrap();
        assert_eq!(shown(&book), ["A | 05115550299 Work"]);
    }
}
