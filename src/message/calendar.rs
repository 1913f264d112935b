//! Decides whom an invitation (text/calendar) names: its organiser and those who are invited.

use calcard::icalendar::{ICalendarParameterName, ICalendarParameterValue, ICalendarProperty, ICalendarValue, Uri};
use calcard::{Entry, Parser};

use super::Party;
use crate::address::Address;

/// Bytes of an invitation that are read.
const LIMIT: usize = 1 << 20;
/// People of an invitation.
const PARTIES: usize = 2_000;

/// Organisers and attendees, each once, in order.
pub fn parties(text: &str) -> Vec<Party> {
    let mut end = text.len().min(LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut parties: Vec<Party> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let Entry::ICalendar(calendar) = Parser::new(text.get(..end).unwrap_or_default()).entry() else { return parties };
    for entry in calendar.components.iter().flat_map(|component| &component.entries) {
        if !matches!(entry.name, ICalendarProperty::Organizer | ICalendarProperty::Attendee) {
            continue;
        }
        let name = entry.params.iter().find_map(|param| match (&param.name, &param.value) {
            (ICalendarParameterName::Cn, ICalendarParameterValue::Text(name)) => Some(name.trim().to_owned()),
            _ => None,
        });
        let address = entry.values.iter().find_map(|value| match value {
            ICalendarValue::Uri(Uri::Location(uri)) | ICalendarValue::Text(uri) => {
                let start = uri.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:"));
                Address::parse(uri.get(start.map_or(0, str::len)..)?)
            }
            _ => None,
        });
        let party = Party { name: name.filter(|name| !name.is_empty()), address };
        if (party.name.is_some() || party.address.is_some()) && parties.len() < PARTIES && seen.insert(party.clone()) {
            parties.push(party);
        }
    }
    parties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organiser_and_attendees() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nORGANIZER;CN=Ann Lee:MAILTO:ann@firm.example\r\n\
            ATTENDEE;CN=\"Müller, Jörg\";ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:joerg@els\r\n e.example\r\n\
            ATTENDEE:mailto:ann@firm.example\r\nATTENDEE:mailto:ann@firm.example\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let shown: Vec<_> = parties(text)
            .into_iter()
            .map(|p| format!("{} {}", p.name.unwrap_or_default(), p.address.map(|a| a.to_string()).unwrap_or_default()))
            .collect();
        assert_eq!(shown, ["Ann Lee ann@firm.example", "Müller, Jörg joerg@else.example", " ann@firm.example"]);
    }
}
