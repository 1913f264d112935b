//! Decides the sheet: one row a contact, columns fixed for every level, and no cell that starts a formula.

use std::io;

use super::safe::Cell;
use super::{Contact, FateShown, Look, Report};

const COLUMNS: [&str; 22] = [
    "id",
    "counted_as",
    "sphere",
    "relation",
    "certainty",
    "reasons",
    "sensitive",
    "first",
    "last",
    "channels",
    "messages",
    "fields",
    "emails",
    "names",
    "titles",
    "organisations",
    "departments",
    "addresses",
    "urls",
    "phones",
    "evidence",
    "delete_by",
];

pub(super) fn write(report: &Report, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let mut head: Vec<String> = COLUMNS.iter().map(|name| Cell(name).to_string()).collect();
    for profile in &report.profiles {
        head.extend(["declared", "permitted"].map(|bound| Cell(&format!("{} {bound}", profile.id)).to_string()));
    }
    // Sheets ask for CRLF (RFC 4180).
    write!(out, "{}\r\n", head.join(","))?;
    for contact in &report.contacts {
        let mut cells = cells(report, contact);
        for profile in &report.profiles {
            let fates = contact.fates.get(&profile.id);
            cells.extend((0..2).map(|at| fates.and_then(|both| both.get(at)).map(fate).unwrap_or_default()));
        }
        let row: Vec<String> = cells.iter().map(|cell| Cell(cell).to_string()).collect();
        write!(out, "{}\r\n", row.join(","))?;
    }
    Ok(())
}

fn cells(report: &Report, contact: &Contact) -> Vec<String> {
    let joined = |words: Vec<String>| words.join("; ");
    let phones = contact.phones.iter().map(|phone| format!("{} ({})", phone.number, word(&phone.kind)));
    vec![
        contact.id.clone(),
        word(&contact.class),
        word(&contact.sphere),
        word(&contact.relation),
        format!("{:.2}", contact.certainty),
        joined(contact.reasons.clone()),
        joined(contact.sensitive.iter().map(word).collect()),
        contact.first.clone().unwrap_or_default(),
        contact.last.clone().unwrap_or_default(),
        joined(contact.sources.keys().map(word).collect()),
        contact.sources.values().sum::<u64>().to_string(),
        joined(contact.fields.iter().map(|field| field.name().to_owned()).collect()),
        joined(contact.emails.clone()),
        joined(contact.names.clone()),
        joined(contact.titles.clone()),
        joined(contact.organisations.clone()),
        joined(contact.departments.clone()),
        joined(contact.addresses.clone()),
        joined(contact.urls.clone()),
        joined(phones.collect()),
        word(&report.evidence.level),
        report.expires.clone().unwrap_or_default(),
    ]
}

fn fate(fate: &FateShown) -> String {
    match fate {
        FateShown::Sent { fields, .. } => {
            format!("sent: {}", fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(" "))
        }
        FateShown::HeldBack { by } => format!("held back: {}", by.name()),
        FateShown::TooOld => "too old".into(),
        FateShown::NotRead => "not read".into(),
    }
}

/// The word that the result file has for a value, so that both formats use the same.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
