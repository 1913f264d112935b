//! Decides how single people are shown: a few whole stories, and the lists, which end where a reader would.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::sections::tag;
use super::{Page, Plain};
use crate::assess::Class;
use crate::report::text::{field_names, shows_people};
use crate::report::{Channel, Contact, FateShown, Level, PlaceShown, ProfileShown};

/// People listed one by one; the whole list is for the sheet. A page of both lists stays below 5 MB.
const LISTED: usize = 2_500;
const HELD: usize = 500;
/// Stories told.
const STORIES: usize = 3;

type Shown = Option<(String, Markup)>;

/// The stories of people who never wrote: the ways differ, and those of whom most would be known come first.
pub(super) fn stories(page: &Page<'_>, profile: &ProfileShown) -> Markup {
    let Page { report, text, words, .. } = page;
    let sent = |contact: &Contact| {
        contact
            .fates
            .get(&profile.id)
            .map_or(0, |both| both.iter().filter(|fate| matches!(fate, FateShown::Sent { .. })).count())
    };
    let mut all: Vec<(&Contact, &PlaceShown)> = report
        .contacts
        .iter()
        .filter(|contact| contact.class == Class::Bystander && sent(contact) > 0)
        .filter_map(|contact| first_place(contact).map(|place| (contact, place)))
        .collect();
    all.sort_by_key(|(contact, _)| std::cmp::Reverse((contact.fields.len(), sent(contact))));
    let mut ways = BTreeSet::new();
    let (mut chosen, mut rest) = (vec![], vec![]);
    for one in all {
        if chosen.len() < STORIES && ways.insert(one.1.channel) { chosen.push(one) } else { rest.push(one) }
    }
    chosen.extend(rest.into_iter().take(STORIES.saturating_sub(chosen.len())));
    if chosen.is_empty() {
        return html! {};
    }
    html! {
        h3 { (words.stories) }
        p { (words.stories_about) }
        ul.stories { @for (contact, place) in chosen {
            li.story {
                h3 { span.id { (Plain(&contact.id)) } " " span.soft { "(" (text.sphere(contact.sphere)) ")" } (name(page, contact)) }
                ol {
                    li { ((words.story_stood)(when(place.first.as_ref(), text.undated), words.by(sender(page, place)), words.story_ways[place.channel as usize])) }
                    li { ((words.story_fields)(&field_names(&contact.fields, text))) }
                    @let messages: u64 = contact.places.iter().map(|place| place.messages).sum();
                    @let senders = contact.places.iter().filter_map(|place| place.via.as_ref()).collect::<BTreeSet<_>>().len().max(1);
                    @if messages > 1 {
                        li { ((words.story_again)(&(text.messages)(&page.number(messages)), &(words.senders)(senders as u64), when(contact.last.as_ref(), text.undated))) }
                    }
                    li { (words.story_no_contact) }
                    li { (words.story_sent[2 - sent(contact).min(2)]) }
                }
            }
        } }
    }
}

/// Where a person was seen first; what others wrote goes before the address book.
pub(super) fn first_place(contact: &Contact) -> Option<&PlaceShown> {
    let undated =
        |place: &&PlaceShown| (place.first.is_none(), place.first.clone(), place.channel == Channel::AddressBook);
    contact.places.iter().min_by_key(undated)
}

fn when<'a>(day: Option<&'a String>, undated: &'a str) -> &'a str {
    // Only digits and hyphens are a date; anything else in a file is none.
    day.map(String::as_str)
        .filter(|day| day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
        .unwrap_or(undated)
}

/// As what the sender of a place is counted.
fn sender(page: &Page<'_>, place: &PlaceShown) -> Option<Class> {
    let id = place.via.as_ref()?;
    // Contacts are ordered by id; a file that is not so shows an unknown sender.
    let at = page.report.contacts.binary_search_by(|contact| contact.id.cmp(id)).ok()?;
    page.report.contacts.get(at).map(|contact| contact.class)
}

/// What is shown of a person beside the id.
fn name(page: &Page<'_>, contact: &Contact) -> Markup {
    if page.report.evidence.level < Level::Masked {
        return html! {};
    }
    html! {
        @for shown in contact.names.iter().take(1).chain(contact.emails.iter().take(2)) { br; (Plain(&short(shown))) }
    }
}

/// A name that fills a page is no name: its beginning is enough for a list.
fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(120).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

pub(super) fn findings(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    if !shows_people(report) {
        return None;
    }
    let sent = chosen(page, |fate| matches!(fate, FateShown::Sent { .. }));
    let body = html! {
        p.lead { (text.findings_about) }
        @if sent.is_empty() { p { (words.findings_none) } } @else { (list(page, &sent, LISTED, text.findings)) }
    };
    Some((text.findings.into(), body))
}

pub(super) fn held_back(page: &Page<'_>) -> Shown {
    let Page { report, words, .. } = page;
    if !shows_people(report) {
        return None;
    }
    let held = chosen(page, |fate| matches!(fate, FateShown::HeldBack { .. }));
    let body = html! {
        p.lead { (words.held_back_about) }
        @if held.is_empty() { p { (words.findings_none) } } @else { (list(page, &held, HELD, words.held_back)) }
        p.soft { strong { (words.suppressed) ": " } (words.suppressed_about[report.evidence.level as usize]) }
    };
    Some((words.held_back.into(), body))
}

/// People who count, with a fate of this kind in either reading of the first profile; by class, then by id.
fn chosen<'a>(page: &Page<'a>, is: fn(&FateShown) -> bool) -> Vec<&'a Contact> {
    let Some(first) = page.report.profiles.first() else { return Vec::new() };
    let counts = |contact: &&Contact| contact.class.leak() || contact.class == Class::Unsure;
    let is = |contact: &&Contact| contact.fates.get(&first.id).is_some_and(|both| both.iter().any(is));
    let mut all: Vec<&Contact> = page.report.contacts.iter().filter(counts).filter(is).collect();
    all.sort_by_key(|contact| contact.class);
    all
}

fn list(page: &Page<'_>, all: &[&Contact], most: usize, title: &str) -> Markup {
    let words = page.words;
    let shown = all.len().min(most);
    let table = page.table(
        title,
        html! {
            table.people {
                thead { (row_heads(page)) }
                tbody { @for contact in all.iter().take(most) { (row(page, contact, false)) } }
            }
        },
    );
    html! {
        @if all.len() > most { p.note { ((words.capped)(&page.number(shown as u64), &page.number(all.len() as u64))) } }
        @if all.len() > 12 {
            details { summary { (title) " (" (page.number(all.len() as u64)) ")" } (table) }
        } @else { (table) }
    }
}

/// The head of a list of people.
pub(super) fn row_heads(page: &Page<'_>) -> Markup {
    let text = page.text;
    html! {
        tr {
            th scope="col" { (text.id) } th scope="col" { (text.class) } th scope="col" { (text.relation) }
            th scope="col" { (text.ways_in) } th scope="col" { (text.field_list) } th scope="col" { (text.seen) } th scope="col" { (text.reasons) }
        }
    }
}

/// One person of a list; `linked`: to a page of their own, where a server has one.
pub(super) fn row(page: &Page<'_>, contact: &Contact, linked: bool) -> Markup {
    let Page { text, words, look, .. } = page;
    let profile = page.report.profiles.first().map(|profile| profile.id.as_str()).unwrap_or_default();
    let held = contact.fates.get(profile).into_iter().flatten().find_map(|fate| match fate {
        FateShown::HeldBack { by } => Some(text.exclusion(*by)),
        _ => None,
    });
    let id = html! { span.id { (Plain(&contact.id)) } };
    html! {
        tr {
            th scope="row" {
                @if linked { a href={ "/person?id=" (Plain(&contact.id)) } { (id) } } @else { (id) }
                (name(page, contact))
            }
            td { (tag(page, contact.class)) }
            td { (text.relation(contact.relation)) }
            td { (contact.sources.keys().map(|&channel| text.channel(channel)).collect::<Vec<_>>().join(", ")) }
            td { (field_names(&contact.fields, text)) }
            td { (seen(contact)) }
            td {
                @if let Some(by) = held { (words.held_by) " " (by) "; " }
                @if let Some(first) = contact.reasons.first() {
                    @match look.lang.rule(first) { Some(says) => (says), None => (Plain(first)) }
                    @if contact.reasons.len() > 1 { " " span.soft { ((words.more_reasons)(&page.number(contact.reasons.len() as u64 - 1))) } }
                }
            }
        }
    }
}

fn seen(contact: &Contact) -> Markup {
    let [first, last] = [&contact.first, &contact.last].map(|day| day.as_deref().unwrap_or("?"));
    html! { span.day { (Plain(first)) } @if first != last { " – " span.day { (Plain(last)) } } }
}
