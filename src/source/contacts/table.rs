//! Address books as tables (CSV): Outlook in German and English, Google before and after 2024, Thunderbird.
//!
//! Columns are known by their headers alone; a table without any known header is no address book.

use std::collections::BTreeMap;

use super::{Contact, Shelf, add, add_email, postal};
use crate::observe::PhoneKind;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Name,
    Prefix,
    First,
    Middle,
    Last,
    Suffix,
    Nickname,
    Email,
    Phone(PhoneKind),
    /// The label of the phone in the next column.
    PhoneLabel,
    LabelledPhone,
    Organisation,
    Department,
    Title,
    Url,
    Category,
    Birthday,
    Address(Place, Line),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Work,
    Home,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Whole,
    Street,
    City,
    Region,
    Code,
    Country,
}

/// Reads a table. False if it is none of contacts.
pub(super) fn read(text: &str, shelf: &mut Shelf) -> bool {
    let header = text.lines().next().unwrap_or_default();
    let separators = [',', ';', '\t'].map(|c| (header.matches(c).count(), c));
    let Some((1.., separator)) = separators.into_iter().max_by_key(|(count, _)| *count) else { return false };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(separator).unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let Ok(headers) = reader.headers() else { return false };
    let columns: Vec<Option<Column>> = headers.iter().map(column).collect();
    let known = |wanted: &dyn Fn(Column) -> bool| columns.iter().flatten().any(|column| wanted(*column));
    let named = known(&|column| matches!(column, Column::Name | Column::First | Column::Last | Column::Organisation));
    if !named || !known(&|column| matches!(column, Column::Email | Column::Phone(_) | Column::LabelledPhone)) {
        return false;
    }
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) if record.iter().all(|value| value.trim().is_empty()) => {}
            Ok(true) => {
                let contact = contact(&columns, &record, shelf);
                shelf.put(contact);
            }
            Ok(false) => return true,
            Err(_) => shelf.broken(),
        }
    }
}

fn contact(columns: &[Option<Column>], record: &csv::StringRecord, shelf: &Shelf) -> Contact {
    let mut contact = Contact::default();
    let Contact { card, categories, nicknames, birthday } = &mut contact;
    let mut name: BTreeMap<Column, &str> = BTreeMap::new();
    let mut lines: BTreeMap<(Place, Line), Vec<&str>> = BTreeMap::new();
    let mut label = "";
    for (column, value) in columns.iter().zip(record) {
        let (Some(column), value) = (*column, value.trim()) else { continue };
        if column == Column::PhoneLabel {
            label = value;
        }
        if value.is_empty() {
            continue;
        }
        // Google puts several values into one field.
        let values = || value.split(" ::: ").map(str::trim);
        match column {
            Column::Name => add(&mut card.names, value),
            // "Herr" is no part of a name; "Dr." is.
            Column::Prefix if SALUTATIONS.contains(&value.trim_end_matches('.').to_lowercase().as_str()) => {}
            Column::Prefix | Column::First | Column::Middle | Column::Last | Column::Suffix => {
                name.entry(column).or_insert(value);
            }
            Column::Nickname => add(nicknames, value),
            Column::Email => values().for_each(|value| add_email(card, value)),
            Column::Phone(kind) => {
                // Mobile columns are sure; that another number is at work is what a table assumes.
                values().for_each(|value| shelf.add_phone(card, value, Some(kind)));
            }
            Column::LabelledPhone => {
                values().for_each(|value| shelf.add_phone(card, value, kind_of(label)));
            }
            Column::PhoneLabel => {}
            Column::Organisation => add(&mut card.organisations, value),
            Column::Department => add(&mut card.departments, value),
            Column::Title => add(&mut card.titles, value),
            Column::Url => add(&mut card.urls, value),
            Column::Category => {
                value.split([';', ',']).flat_map(|value| value.split(" ::: ")).for_each(|value| {
                    add(categories, value.trim().trim_start_matches("* "));
                });
            }
            // Outlook writes `0.0.00` for none.
            Column::Birthday => *birthday |= value.chars().any(|c| c.is_ascii_digit() && c != '0'),
            Column::Address(place, line) => lines.entry((place, line)).or_default().push(value),
        }
    }
    if card.names.is_empty() {
        add(&mut card.names, &name.values().copied().collect::<Vec<_>>().join(" "));
    }
    for place in [Place::Work, Place::Home, Place::Other] {
        let get = |line: Line| lines.get(&(place, line)).map(|parts| parts.join(", ")).unwrap_or_default();
        let built =
            postal(&get(Line::Street), &get(Line::Code), &get(Line::City), &get(Line::Region), &get(Line::Country));
        let whole = get(Line::Whole).replace('\n', ", ");
        add(&mut card.addresses, if built.is_empty() { &whole } else { &built });
    }
    contact
}

fn kind_of(label: &str) -> Option<PhoneKind> {
    let label = label.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| label.contains(word));
    if any(&["fax"]) {
        Some(PhoneKind::Fax)
    } else if any(&["mobil", "cell", "handy"]) {
        Some(PhoneKind::Mobile)
    } else if any(&["home", "privat", "zuhause"]) {
        Some(PhoneKind::Home)
    } else if any(&["work", "arbeit", "geschäft", "main"]) {
        Some(PhoneKind::Work)
    } else {
        None
    }
}

/// What a header names. Compared without case, spaces and marks; numbers ("E-mail 2 - Value") count for nothing.
fn column(header: &str) -> Option<Column> {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let key: String = letters(header);
    COLUMNS.iter().find(|(names, _)| names.contains(&key.as_str())).map(|(_, column)| *column)
}

const SALUTATIONS: &[&str] = &["herr", "herrn", "frau", "mr", "mrs", "ms", "miss", "firma", "familie"];

use Column::{Address, Phone};
use Line::{City, Code, Country, Region, Street, Whole};
use Place::{Home, Other, Work};

const COLUMNS: &[(&[&str], Column)] = &[
    (&["name", "fullname", "displayname", "anzeigename", "fileas", "speichernunter"], Column::Name),
    (&["title", "nameprefix", "anrede", "titel"], Column::Prefix),
    (&["firstname", "givenname", "vorname"], Column::First),
    (&["middlename", "additionalname", "weiterevornamen", "zweitervorname"], Column::Middle),
    (&["lastname", "familyname", "surname", "nachname"], Column::Last),
    (&["suffix", "namesuffix", "namenssuffix"], Column::Suffix),
    (&["nickname", "spitzname"], Column::Nickname),
    (
        &[
            "emailaddress",
            "email",
            "emailvalue",
            "emailadresse",
            "primaryemail",
            "secondaryemail",
            "primäreemailadresse",
            "sekundäreemailadresse",
            "primäreemail",
            "sekundäreemail",
            "emailaddressvalue",
        ],
        Column::Email,
    ),
    (&["phonelabel", "phonetype"], Column::PhoneLabel),
    (&["phonevalue"], Column::LabelledPhone),
    (
        &[
            "businessphone",
            "companymainphone",
            "primaryphone",
            "workphone",
            "otherphone",
            "telefongeschäftlich",
            "telefonfirma",
            "haupttelefon",
            "weiterestelefon",
            "teldienstlich",
            "telefondienstlich",
            "telefon",
            "phone",
        ],
        Phone(PhoneKind::Work),
    ),
    (
        &["mobilephone", "mobiltelefon", "mobilenumber", "carphone", "autotelefon", "mobiltelnr", "handy", "mobil"],
        Phone(PhoneKind::Mobile),
    ),
    (&["homephone", "telefonprivat", "telprivat"], Phone(PhoneKind::Home)),
    (
        &[
            "businessfax",
            "homefax",
            "otherfax",
            "faxnumber",
            "faxgeschäftlich",
            "faxprivat",
            "weiteresfax",
            "faxnummer",
            "fax",
        ],
        Phone(PhoneKind::Fax),
    ),
    (&["company", "organization", "organizationname", "firma", "organisation"], Column::Organisation),
    (&["department", "organizationdepartment", "abteilung"], Column::Department),
    (&["jobtitle", "organizationtitle", "position", "arbeitstitel"], Column::Title),
    (&["webpage", "websitevalue", "webseite", "webseitegeschäftlich"], Column::Url),
    (&["categories", "kategorien", "labels", "groupmembership", "stichwörter", "keywords"], Column::Category),
    (&["birthday", "geburtstag", "birthyear", "geburtsjahr"], Column::Birthday),
    (&["addressformatted"], Address(Other, Whole)),
    (&["businessstreet", "workaddress", "straßegeschäftlich", "dienstlichadresse"], Address(Work, Street)),
    (&["businesscity", "workcity", "ortgeschäftlich", "dienstlichort"], Address(Work, City)),
    (&["businessstate", "workstate", "regiongeschäftlich", "dienstlichbundesland"], Address(Work, Region)),
    (&["businesspostalcode", "workzipcode", "postleitzahlgeschäftlich", "dienstlichplz"], Address(Work, Code)),
    (
        &[
            "businesscountry",
            "businesscountryregion",
            "workcountry",
            "landregiongeschäftlich",
            "landgeschäftlich",
            "dienstlichland",
        ],
        Address(Work, Country),
    ),
    (&["homestreet", "homeaddress", "straßeprivat", "privatadresse"], Address(Home, Street)),
    (&["homecity", "ortprivat", "privatort"], Address(Home, City)),
    (&["homestate", "bundeslandkantonprivat", "regionprivat", "privatbundesland"], Address(Home, Region)),
    (&["homepostalcode", "homezipcode", "postleitzahlprivat", "privatplz"], Address(Home, Code)),
    (&["homecountry", "homecountryregion", "landregionprivat", "landprivat", "privatland"], Address(Home, Country)),
    (&["otherstreet", "weiterestraße", "addressstreet"], Address(Other, Street)),
    (&["othercity", "weitererort", "addresscity"], Address(Other, City)),
    (&["otherstate", "weiteresrbundeslandkanton", "addressregion"], Address(Other, Region)),
    (&["otherpostalcode", "weiterepostleitzahl", "addresspostalcode"], Address(Other, Code)),
    (&["othercountry", "othercountryregion", "weitereselandregion", "addresscountry"], Address(Other, Country)),
];
