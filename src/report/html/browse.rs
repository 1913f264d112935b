//! Decides how a result is searched: a form that asks the local server, a list by pages, and the story of one person.
//! No script is needed for it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::people::{row, row_heads};
use super::words::Words;
use super::{Page, Plain, STYLE, policy};
use crate::assess::Class;
use crate::report::csv::word;
use crate::report::{Channel, Contact, FateShown, Look, Report, explain, find};

/// What is looked for; an empty text is no wish, one that nothing is called is found nowhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    pub text: &'a str,
    /// As the result file names it.
    pub class: &'a str,
    /// `sent`, `held_back`, `too_old`, `not_read`: in either reading of the first profile.
    pub fate: &'a str,
    pub channel: &'a str,
    pub page: usize,
}

/// People on one page.
const ROWS: usize = 100;

const FORM: &str = "\
form.search{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:1rem 0}\
form.search label{display:grid;gap:.15rem;font-size:.85rem;color:var(--soft)}\
input,select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.3rem;padding:.35rem .6rem;min-height:2.4rem;max-width:100%}\
button{background:var(--ink);color:var(--page);cursor:pointer;padding:.35rem 1.1rem}\
.pages{display:flex;gap:1.2rem;align-items:center}\
pre.story{white-space:pre-wrap;font-size:.95rem;background:var(--tint);padding:1rem;border-radius:.3rem;border:0}";

/// The page of people that are looked for.
pub fn browse(report: &Report, look: Look, query: &Query<'_>) -> String {
    let page = Page { report, look, text: look.lang.text(), words: Words::of(look.lang) };
    let words = page.words;
    let found: Vec<&Contact> = report.contacts.iter().filter(|contact| wanted(report, contact, query)).collect();
    let last = found.len().saturating_sub(1) / ROWS;
    let at = query.page.min(last);
    let body = html! {
        form.search method="get" action="/" role="search" {
            label { (words.search) input type="search" name="q" value=(Plain(query.text)) maxlength="200" autofocus; }
            (choice(page.text.class, "class", query.class, CLASSES.iter().map(|class| (word(class), page.text.class(*class)))))
            (choice(words.becomes, "fate", query.fate, FATES.iter().zip(page.text.fates).map(|(fate, label)| ((*fate).to_owned(), label))))
            (choice(page.text.ways_in, "channel", query.channel, Channel::ALL.iter().map(|channel| (word(channel), page.text.channel(*channel)))))
            button type="submit" { (words.search_go) }
        }
        p role="status" { ((words.found)(&page.number(found.len() as u64), &page.number(report.contacts.len() as u64))) }
        @if found.is_empty() { p { (words.findings_none) } } @else { (page.table(page.text.findings, html! {
            table.people {
                thead { (row_heads(&page)) }
                tbody { @for contact in found.iter().skip(at * ROWS).take(ROWS) { (row(&page, contact, true)) } }
            }
        })) }
        @if last > 0 {
            p.pages {
                @if at > 0 { a href=(link(query, at - 1)) rel="prev" { (words.previous) } }
                span { (words.page_of) " " (page.number(at as u64 + 1)) " / " (page.number(last as u64 + 1)) }
                @if at < last { a href=(link(query, at + 1)) rel="next" { (words.next) } }
            }
        }
    };
    document(&page, words.browse, body)
}

/// The story of one person; `None`: nobody has this id.
pub fn story(report: &Report, look: Look, id: &str) -> Option<String> {
    let page = Page { report, look, text: look.lang.text(), words: Words::of(look.lang) };
    let [contact] = find(report, id)[..] else { return None };
    let mut told = Vec::new();
    explain(report, contact, look, &mut told).ok()?;
    let told = String::from_utf8_lossy(&told);
    let body = html! {
        pre.story { (told) }
        p { a href="/" { (page.words.back) } }
    };
    Some(document(&page, &contact.id, body))
}

fn document(page: &Page<'_>, title: &str, body: Markup) -> String {
    let style = format!("{STYLE}{FORM}");
    html! {
        (DOCTYPE)
        html lang=(page.look.lang.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style, "'self'"));
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (Plain(title)) }
                style { (PreEscaped(&style)) }
            }
            body {
                (page.bands())
                div.page {
                    header {
                        p.kicker { a href="/report" { (page.words.whole_report) } }
                        h1 { (Plain(title)) }
                    }
                    main { section aria-label=(Plain(title)) { (body) } }
                }
            }
        }
    }
    .into_string()
}

fn choice(label: &str, name: &str, chosen: &str, options: impl Iterator<Item = (String, &'static str)>) -> Markup {
    html! {
        label { (label)
            select name=(name) {
                option value="" { "–" }
                @for (value, shown) in options { option value=(value) selected[value == chosen] { (shown) } }
            }
        }
    }
}

fn link(query: &Query<'_>, page: usize) -> String {
    let mut link = url::form_urlencoded::Serializer::new("/?".to_owned());
    for (key, value) in [("q", query.text), ("class", query.class), ("fate", query.fate), ("channel", query.channel)] {
        if !value.is_empty() {
            link.append_pair(key, value);
        }
    }
    link.append_pair("page", &page.to_string()).finish()
}

fn wanted(report: &Report, contact: &Contact, query: &Query<'_>) -> bool {
    let class = query.class.is_empty() || word(&contact.class) == query.class;
    let channel = query.channel.is_empty() || contact.sources.keys().any(|channel| word(channel) == query.channel);
    let fates = report.profiles.first().and_then(|profile| contact.fates.get(&profile.id));
    let fate = query.fate.is_empty() || fates.is_some_and(|both| both.iter().any(|fate| fate_name(fate) == query.fate));
    class && channel && fate && (query.text.is_empty() || holds(contact, &query.text.to_lowercase()))
}

fn holds(contact: &Contact, wanted: &str) -> bool {
    let lists = [&contact.names, &contact.emails, &contact.organisations, &contact.titles, &contact.reasons];
    let phones = contact.phones.iter().map(|phone| &phone.number);
    let mut all = std::iter::once(&contact.id).chain(lists.into_iter().flatten()).chain(phones);
    all.any(|text| text.to_lowercase().contains(wanted))
}

fn fate_name(fate: &FateShown) -> &'static str {
    match fate {
        FateShown::Sent { .. } => FATES[0],
        FateShown::HeldBack { .. } => FATES[1],
        FateShown::TooOld => FATES[2],
        FateShown::NotRead => FATES[3],
    }
}

const FATES: [&str; 4] = ["sent", "held_back", "too_old", "not_read"];
const CLASSES: [Class; 8] = [
    Class::Private,
    Class::Bystander,
    Class::Unsure,
    Class::Colleague,
    Class::Business,
    Class::Consumer,
    Class::Role,
    Class::Automated,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;
    use crate::report::tests::report;

    fn count(query: &Query<'_>) -> usize {
        browse(&report(Level::Clear), Look::default(), query).matches("<tr><th scope=\"row\">").count()
    }

    #[test]
    fn people_are_found_by_name_class_fate_and_way() {
        assert_eq!(count(&Query::default()), 6);
        assert_eq!(count(&Query { text: "ROSA", ..Query::default() }), 1);
        assert_eq!(count(&Query { class: "bystander", ..Query::default() }), 1);
        assert_eq!(count(&Query { channel: "quoted_signature", class: "bystander", ..Query::default() }), 1);
        assert_eq!(count(&Query { class: "no such class", ..Query::default() }), 0);
        assert!(count(&Query { fate: "sent", ..Query::default() }) > 0);
        assert_eq!(count(&Query { page: usize::MAX, ..Query::default() }), 6);
    }

    #[test]
    fn what_is_typed_stays_text() {
        let query = Query { text: "\"><script>alert(1)</script>\u{202e}", page: 3, ..Query::default() };
        let shown = browse(&report(Level::Clear), Look::default(), &query);
        assert!(!shown.contains("<script") && !shown.contains('\u{202e}'));
        assert!(!link(&query, 1).contains(['"', '<', '>', '\u{202e}']));
    }

    #[test]
    fn a_story_is_told_of_one_person() {
        let report = report(Level::Pseudonyms);
        let shown = story(&report, Look::default(), &report.contacts[0].id).expect("is there");
        assert!(shown.contains(&report.contacts[0].id) && shown.contains("First seen"));
        assert_eq!(story(&report, Look::default(), ""), None);
    }
}
