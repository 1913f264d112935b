//! Decides what an address book says: who stands in it, with which fields, in every format that programs export.
//!
//! An entry that cannot be read is a problem and costs itself alone. A file that is no address book is an error.

mod ldif;
mod table;
mod vcard;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use encoding_rs::Encoding;

use super::SourceError;
use crate::message::{Folder, FolderKind, Locator, Problem, ProblemKind};
use crate::observe::{Card, Country, PhoneKind, written_phone};

/// Bytes of an address book that are read.
const LIMIT: u64 = 256 << 20;

/// An entry of an address book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub card: Card,
    /// Categories, labels and groups, as the owner named them.
    pub categories: Vec<String>,
    pub nicknames: Vec<String>,
    /// The entry holds a birthday; the day itself is not kept.
    pub birthday: bool,
}

/// An address book, read.
#[derive(Debug, Default)]
pub struct AddressBook {
    pub contacts: Vec<Contact>,
    pub problems: Vec<Problem>,
}

/// Reads an address book. `country` (`DE`) is where a number without prefix is dialled.
///
/// # Errors
/// If the file cannot be read, or is no address book.
pub fn open(path: &Path, country: Option<&str>) -> Result<AddressBook, SourceError> {
    let shown = || path.display().to_string();
    let unreadable = |cause| SourceError::Unreadable { path: shown(), cause };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes)).map_err(unreadable)?;
    read(&bytes, country).ok_or_else(|| SourceError::NotContacts { path: shown() })
}

/// Reads an address book of any known format; `None` if it is of none.
pub fn read(bytes: &[u8], country: Option<&str>) -> Option<AddressBook> {
    let text = decode(bytes);
    let mut shelf = Shelf::new(country);
    if vcard::is_vcard(&text) {
        vcard::read(&text, &mut shelf);
    } else if ldif::is_ldif(&text) {
        ldif::read(&text, &mut shelf);
    } else if !table::read(&text, &mut shelf) {
        return None;
    }
    Some(shelf.book)
}

/// An address book that comes card by card.
pub struct Cards(Shelf);

impl Cards {
    /// An empty one; `country` as in [`open`].
    pub fn new(country: Option<&str>) -> Self {
        Self(Shelf::new(country))
    }

    /// Takes the vCard of one entry.
    pub fn card(&mut self, text: &str) {
        if vcard::is_vcard(text) {
            vcard::read(text, &mut self.0);
        } else {
            self.0.broken();
        }
    }

    /// Counts entries that are known and did not come.
    pub fn missing(&mut self, count: usize) {
        (0..count).for_each(|_| self.0.broken());
    }

    /// What came.
    pub fn finish(self) -> AddressBook {
        self.0.book
    }
}

/// A file's text: with its byte order mark, in UTF-8, or as Windows wrote it in the west.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Where entries go as they are read.
struct Shelf {
    book: AddressBook,
    read: u64,
    /// Where numbers without prefix are dialled; they stay local where nobody says.
    country: Option<Country>,
}

impl Shelf {
    fn new(country: Option<&str>) -> Self {
        Self { book: AddressBook::default(), read: 0, country: country.and_then(Country::parse) }
    }

    /// Takes an entry, or counts it as broken if there is nothing in it that anybody could use.
    fn put(&mut self, contact: Contact) {
        let Card { names, emails, phones, organisations, .. } = &contact.card;
        if names.is_empty() && emails.is_empty() && phones.is_empty() && organisations.is_empty() {
            self.broken();
        } else {
            self.read += 1;
            self.book.contacts.push(contact);
        }
    }

    fn broken(&mut self) {
        self.read += 1;
        let folder = Folder { alias: "contacts".into(), name: String::new(), kind: FolderKind::Other };
        let at = Locator { folder: Arc::new(folder), number: self.read };
        self.book.problems.push(Problem { at, what: ProblemKind::Contact });
    }
}

/// Adds what is not empty and not there yet.
fn add(list: &mut Vec<String>, text: &str) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

fn add_email(card: &mut Card, text: &str) {
    for address in crate::message::addresses_in(text) {
        if !card.emails.contains(&address) {
            card.emails.push(address);
        }
    }
}

impl Shelf {
    /// Adds a number. `kind` is what its label says.
    fn add_phone(&self, card: &mut Card, text: &str, kind: Option<PhoneKind>) {
        let phone = written_phone(text, kind).map(|phone| match self.country {
            Some(_) => phone.settled(self.country),
            None => phone,
        });
        card.phones.extend(phone.filter(|phone| !card.phones.iter().any(|known| known.number == phone.number)));
    }
}

/// `street, code city, country`, of what is there.
fn postal(street: &str, code: &str, city: &str, region: &str, country: &str) -> String {
    let town = format!("{} {}", code.trim(), city.trim());
    let lines = [street, &town, region, country].map(str::trim);
    lines.iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every contact on a line: its fields in order, the empty ones left out.
    pub(super) fn shown(book: &AddressBook) -> Vec<String> {
        let line = |contact: &Contact| {
            let card = &contact.card;
            let mails: Vec<_> = card.emails.iter().map(|address| address.as_str()).collect();
            let phones: Vec<_> = card.phones.iter().map(|p| format!("{} {:?}", p.number, p.kind)).collect();
            let lists = [
                card.names.join("+"),
                mails.join("+"),
                phones.join("+"),
                card.organisations.join("+"),
                card.departments.join("+"),
                card.titles.join("+"),
                card.addresses.join("+"),
                card.urls.join("+"),
                contact.categories.join("+"),
                contact.nicknames.join("+"),
                if contact.birthday { "born".into() } else { String::new() },
            ];
            lists.into_iter().filter(|list| !list.is_empty()).collect::<Vec<_>>().join(" | ")
        };
        book.contacts.iter().map(line).collect()
    }

    fn check(bytes: &[u8], want: &[&str]) {
        let book = read(bytes, Some("DE")).unwrap();
        assert_eq!(shown(&book), want);
    }

    #[test]
    fn outlook_in_german_with_semicolons_and_the_code_page_of_windows() {
        let text = "\"Vorname\";\"Nachname\";\"Firma\";\"Abteilung\";\"Position\";\"Straße geschäftlich\";\"Ort geschäftlich\";\
            \"Postleitzahl geschäftlich\";\"Fax geschäftlich\";\"Telefon geschäftlich\";\"Telefon (privat)\";\"Mobiltelefon\";\
            \"E-Mail-Adresse\";\"E-Mail 2: Adresse\";\"Geburtstag\";\"Kategorien\"\r\n\
            \"Jörg\";\"Müller\";\"Firma GmbH\";\"Einkauf\";\"Leiter\";\"Hauptstr. 4\";\"Hannover\";\"30159\";\"0511 5550299\";\
            \"+49 (511) 5550210\";\"0511/5550211\";\"0171 5550123\";\"j.mueller@firma.example\";\"\";\"0.0.00\";\"Golf;Kunden\"\r\n";
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        check(
            &bytes,
            &["Jörg Müller | j.mueller@firma.example | +495115550299 Fax+\
            +495115550210 Work++495115550211 Home++491715550123 Mobile | Firma GmbH | Einkauf | Leiter | \
            Hauptstr. 4, 30159 Hannover | Golf+Kunden"],
        );
    }

    #[test]
    fn outlook_in_english_and_utf16() {
        let text = "First Name,Last Name,Company,Job Title,Business Phone,Mobile Phone,E-mail Address,E-mail 2 Address,Birthday\r\n\
            Ann,Lee,\"Firm, Ltd\",Sales,+44 20 7946 0010,,ann@firm.example,ann@home.example,4/3/1980\r\n,,,,,,,,\r\n";
        let bytes: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        check(&bytes, &["Ann Lee | ann@firm.example+ann@home.example | +442079460010 Work | Firm, Ltd | Sales | born"]);
    }

    #[test]
    fn google_before_and_after_2024() {
        check(
            b"Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name\n\
            Ann Lee,Ann,Lee,* myContacts ::: Family,* Home,ann@firm.example ::: a@x.example,Mobile,+49 171 5550123,Firm\n",
            &["Ann Lee | ann@firm.example+a@x.example | +491715550123 Mobile | Firm | myContacts+Family"],
        );
        check(
            b"First Name,Middle Name,Last Name,Nickname,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Organization Title\n\
            Ann,,Lee,Annie,* myContacts,,ann@firm.example,Home Fax,+49 511 5550299,Head\n",
            &["Ann Lee | ann@firm.example | +495115550299 Fax | Head | myContacts | Annie"],
        );
    }

    #[test]
    fn thunderbird_ldif() {
        let text = "dn: cn=Ann Lee,mail=ann@firm.example\nobjectclass: top\nobjectclass: person\ncn: Ann Lee\n\
            mail: ann@firm.example\nmozillaSecondEmail: ann@ho\n me.example\ntelephoneNumber: 0511 5550210\nmobile: 0171 5550123\n\
            o:: RmlybWEgR21iSA==\nstreet: Hauptstr. 4\nl: Hannover\npostalCode: 30159\n\n\
            dn: cn=Team\nobjectclass: groupOfNames\nmember: cn=Ann Lee\n\ndn: cn=nobody\nobjectclass: top\n";
        let book = read(text.as_bytes(), Some("DE")).unwrap();
        assert_eq!(
            shown(&book),
            ["Ann Lee | ann@firm.example+ann@home.example | +495115550210 Work++491715550123 Mobile | \
            Firma GmbH | Hauptstr. 4, 30159 Hannover"]
        );
        assert_eq!(book.problems.len(), 1);
    }

    #[test]
    fn what_is_no_address_book_is_none() {
        for text in ["", "hello", "a,b\n1,2\n", "From: a@firm.example\n\nhi\n", "Name,Colour\nAnn,red\n"] {
            assert!(read(text.as_bytes(), None).is_none(), "{text}");
        }
    }
}
