//! LDIF (RFC 2849), as Thunderbird and directories export address books.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{Contact, Shelf, add, add_email, postal};
use crate::observe::PhoneKind;

/// Whether a text starts like LDIF.
pub(super) fn is_ldif(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).take(2);
    lines.any(|line| line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("dn:")))
}

pub(super) fn read(text: &str, shelf: &mut Shelf) {
    let mut record: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut line = String::new();
    for raw in text.lines().chain(["", ""]) {
        // A line that starts with a space goes on with the one before.
        if let Some(more) = raw.strip_prefix(' ') {
            line.push_str(more.trim_end_matches('\r'));
            continue;
        }
        if let Some((name, value)) = attribute(&line) {
            record.entry(name).or_default().push(value);
        }
        line.clear();
        line.push_str(raw);
        if raw.trim().is_empty() && !record.is_empty() {
            entry(&std::mem::take(&mut record), shelf);
        }
    }
}

/// `name: value`, or `name:: base64`.
fn attribute(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
    let value = match value.strip_prefix(':') {
        Some(encoded) => String::from_utf8_lossy(&BASE64_STANDARD.decode(encoded.trim()).ok()?).into_owned(),
        None => value.trim().to_owned(),
    };
    // Options (`cn;lang-de`) name the same attribute.
    let name = name.split(';').next().unwrap_or(name).trim().to_lowercase();
    Some((name, value))
}

fn entry(record: &BTreeMap<String, Vec<String>>, shelf: &mut Shelf) {
    let all = |name: &str| record.get(name).map(Vec::as_slice).unwrap_or_default();
    let is = |class: &str| all("objectclass").iter().any(|name| name.eq_ignore_ascii_case(class));
    let person = is("person") || is("inetOrgPerson") || is("mozillaAbPersonAlpha") || !all("mail").is_empty();
    let list = is("groupOfNames") || is("organizationalUnit") || is("organization") || is("dcObject");
    let is_version = record.keys().all(|name| name == "version");
    if is_version || list && !is("person") && !is("inetOrgPerson") {
        return;
    }
    if !person {
        shelf.broken();
        return;
    }
    let first =
        |names: &[&str]| names.iter().find_map(|name| all(name).first()).map(String::as_str).unwrap_or_default();
    let mut contact = Contact::default();
    let Contact { card, categories, nicknames, birthday } = &mut contact;
    add(&mut card.names, first(&["cn", "displayname"]));
    if card.names.is_empty() {
        add(&mut card.names, &format!("{} {}", first(&["givenname"]), first(&["sn", "surname"])));
    }
    for name in ["mail", "mozillasecondemail", "email", "rfc822mailbox"] {
        all(name).iter().for_each(|value| add_email(card, value));
    }
    for (name, kind) in [
        ("telephonenumber", Some(PhoneKind::Work)),
        ("homephone", Some(PhoneKind::Home)),
        ("mobile", Some(PhoneKind::Mobile)),
        ("cellphone", Some(PhoneKind::Mobile)),
        ("facsimiletelephonenumber", Some(PhoneKind::Fax)),
        ("fax", Some(PhoneKind::Fax)),
    ] {
        all(name).iter().for_each(|value| shelf.add_phone(card, value, kind));
    }
    let lists: [(&[&str], &mut Vec<String>); 6] = [
        (&["o", "company"], &mut card.organisations),
        (&["ou", "department"], &mut card.departments),
        (&["title"], &mut card.titles),
        (&["mozillaworkurl", "workurl", "mozillahomeurl", "homeurl"], &mut card.urls),
        (&["mozillanickname", "xmozillanickname"], nicknames),
        (&["category"], categories),
    ];
    for (names, list) in lists {
        names.iter().flat_map(|name| all(name)).for_each(|value| add(list, value));
    }
    let work = postal(
        first(&["street", "streetaddress", "postaladdress"]),
        first(&["postalcode"]),
        first(&["l", "locality"]),
        first(&["st"]),
        first(&["c", "countryname"]),
    );
    let home = postal(
        first(&["mozillahomestreet", "homepostaladdress"]),
        first(&["mozillahomepostalcode"]),
        first(&["mozillahomelocalityname"]),
        first(&["mozillahomestate"]),
        first(&["mozillahomecountryname"]),
    );
    add(&mut card.addresses, &work);
    add(&mut card.addresses, &home);
    *birthday = !all("birthyear").is_empty() || !all("birthday").is_empty();
    shelf.put(contact);
}
