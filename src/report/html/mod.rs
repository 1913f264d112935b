//! Decides the report that people look at: one self-contained page without a script, which asks for nothing from
//! anywhere, reads on a phone, on a projector and on paper, and shows only sections that have something to say.
//!
//! Whatever a stranger wrote reaches the page as [`Plain`], and every text is escaped by the template.

mod browse;
mod measures;
mod network;
mod people;
mod pictures;
mod sections;
mod words;

use std::fmt::Write as _;
use std::io;

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use sha2::{Digest as _, Sha256};

use super::lang::Text;
use super::safe::Plain;
use super::{Audience, Level, Look, ProfileShown, Report};
use words::Words;

pub use browse::{Query, browse, story};

const STYLE: &str = include_str!("style.css");

/// The whole report as a page.
pub fn page(report: &Report, look: Look) -> String {
    Page { report, look, text: look.lang.text(), words: Words::of(look.lang) }.document().into_string()
}

/// What stands in the margins of every printed page, besides its number.
pub(super) struct Margins {
    pub above: String,
    pub below: String,
    /// The word before the number.
    pub page: &'static str,
}

#[cfg(feature = "pdf")]
pub(super) fn margins(report: &Report, look: Look) -> Margins {
    Page { report, look, text: look.lang.text(), words: Words::of(look.lang) }.margins()
}

/// What a page may do: use this one style sheet, and send a form to these places.
pub(super) fn policy(style: &str, forms: &str) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action {forms}")
}

pub(super) fn write(report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(report, look).as_bytes())
}

impl Render for Plain<'_> {
    fn render_to(&self, page: &mut String) {
        // A string takes everything.
        let _ = write!(maud::Escaper::new(page), "{self}");
    }
}

/// What every part of the page looks at.
struct Page<'a> {
    report: &'a Report,
    look: Look,
    text: &'static Text,
    words: &'static Words,
}

/// A part of the page: its anchor, who reads it, and how it is made; `None` where there is nothing to say. What follows
/// in it is for who checks; who decides gets what there is to decide, on two or three pages.
struct Section {
    id: &'static str,
    readers: &'static [Audience],
    make: fn(&Page<'_>) -> Option<(String, Markup)>,
    more: &'static [fn(&Page<'_>) -> Option<Markup>],
}

const ALL: &[Audience] = &[Audience::Dpo, Audience::Management, Audience::Team, Audience::Person];
const DPO: &[Audience] = &[Audience::Dpo];
const NO_TEAM: &[Audience] = &[Audience::Dpo, Audience::Management, Audience::Person];
const SINGLE: &[Audience] = &[Audience::Dpo, Audience::Person];
const LEADERS: &[Audience] = &[Audience::Dpo, Audience::Management];

/// In the order in which a reader asks.
const SECTIONS: &[Section] = &[
    Section { id: "result", readers: ALL, make: sections::result, more: &[sections::everybody] },
    Section { id: "ways", readers: SINGLE, make: sections::ways, more: &[] },
    Section { id: "filter", readers: ALL, make: sections::filter, more: &[sections::escapes] },
    Section { id: "uninvolved", readers: NO_TEAM, make: sections::bystanders, more: &[sections::strangers] },
    Section { id: "network", readers: SINGLE, make: network::section, more: &[] },
    Section { id: "directory", readers: LEADERS, make: sections::directory, more: &[sections::records] },
    Section { id: "growth", readers: ALL, make: measures::growth, more: &[] },
    Section { id: "sensitive", readers: NO_TEAM, make: sections::sensitive, more: &[] },
    Section { id: "measures", readers: ALL, make: measures::countermeasures, more: &[] },
    Section { id: "profiles", readers: LEADERS, make: sections::side_by_side, more: &[] },
    Section { id: "counts", readers: DPO, make: sections::legal, more: &[] },
    Section { id: "notices", readers: SINGLE, make: sections::notices, more: &[] },
    Section { id: "proof", readers: NO_TEAM, make: sections::proof, more: &[sections::traces] },
    Section { id: "limits", readers: ALL, make: sections::limits, more: &[sections::method] },
    Section { id: "findings", readers: SINGLE, make: people::findings, more: &[] },
    Section { id: "held-back", readers: SINGLE, make: people::held_back, more: &[] },
    Section { id: "provenance", readers: ALL, make: sections::provenance, more: &[sections::questions] },
];

impl Page<'_> {
    fn document(&self) -> Markup {
        let style = self.style();
        let policy = policy(&style, "'none'");
        let made: Vec<(&Section, String, Markup)> = SECTIONS
            .iter()
            .filter(|section| section.readers.contains(&self.look.audience))
            .filter_map(|section| {
                let (title, body) = (section.make)(self)?;
                let more = section.more.iter().filter(|_| !self.brief()).filter_map(|make| make(self));
                Some((section, title, html! { (body) @for part in more { (part) } }))
            })
            .collect();
        html! {
            (DOCTYPE)
            html lang=(self.look.lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    @if let Some(day) = expiry(self.report) { meta name="mailglean-expires" content=(day); }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="robots" content="noindex, nofollow";
                    meta name="generator" content={ (Plain(&self.report.program.name)) " " (Plain(&self.report.program.version)) };
                    title { (self.text.title) }
                    style { (PreEscaped(&style)) }
                }
                body {
                    a.skip href="#result" { (self.words.skip) }
                    (self.bands())
                    (pictures::patterns())
                    div.page {
                        (self.head())
                        nav aria-label=(self.words.contents) {
                            h2 { (self.words.contents) }
                            ol { @for (section, title, _) in &made { li { a href={ "#" (section.id) } { (title) } } } }
                        }
                        main {
                            @for (at, (section, title, body)) in made.iter().enumerate() {
                                section id=(section.id) aria-labelledby={ "h-" (section.id) } {
                                    h2 id={ "h-" (section.id) } { span.no { (at + 1) } (title) }
                                    (body)
                                }
                            }
                        }
                        footer {
                            p { (self.words.footer) }
                            @if let Some(day) = &self.report.expires { p { ((self.text.delete_by)(&Plain(day).to_string())) } }
                        }
                    }
                }
            }
        }
    }

    /// The style sheet, with what stands in the margins of every printed page.
    fn style(&self) -> String {
        // Only words of this program and a checked date stand in the sheet: it is the one place without escaping.
        let Margins { above, below, page } = self.margins();
        format!(
            "{STYLE}@media print{{@page{{@top-left{{content:\"{above}\";font:700 8pt sans-serif}}\
             @bottom-left{{content:\"{below}\";font:7.5pt sans-serif}}\
             @bottom-right{{content:\"{page} \" counter(page) \" / \" counter(pages);font:7.5pt sans-serif}}}}}}"
        )
    }

    fn margins(&self) -> Margins {
        let Self { report, text, words, .. } = self;
        let expires = expiry(report);
        let below = expires.map_or_else(
            || words.other_page.to_owned(),
            |day| format!("{} · {}", words.other_page, (text.delete_by)(day)),
        );
        let mut marks = vec![];
        if let (true, Some(day)) = (self.look.overdue, expires) {
            marks.push((words.expired)(day));
        }
        marks.extend((!report.complete).then(|| text.incomplete.to_owned()));
        marks.extend(report.synthetic.then(|| text.synthetic.to_owned()));
        Margins { above: marks.join(" · "), below, page: words.page_of }
    }

    /// What must not be overlooked on any screen.
    fn bands(&self) -> Markup {
        let Self { report, text, words, .. } = self;
        let level = match report.evidence.level {
            Level::Counts => words.numbers_only,
            Level::Pseudonyms => words.pseudonymised,
            Level::Masked | Level::Clear => words.names_shown,
        };
        html! {
            div.bands role="region" aria-label=(text.level) {
                @if !report.complete { p.alarm { (text.incomplete) } }
                @if let (true, Some(day)) = (self.look.overdue, &report.expires) {
                    p.alarm { ((words.expired)(&Plain(day).to_string())) }
                }
                @if report.synthetic { p.mark { (text.synthetic) } }
                p { (text.level) " " (text.level(report.evidence.level)) ": " (level) }
                @if let Some(day) = &report.expires { p { ((text.delete_by)(&Plain(day).to_string())) } }
            }
        }
    }

    fn head(&self) -> Markup {
        let Self { report, text, words, .. } = self;
        let coverage = &report.coverage;
        let purpose = report.questions.get("purpose").and_then(Option::as_ref);
        html! {
            header {
                p.kicker { (words.kicker) @if !report.mailbox.is_empty() { " · " (text.mailbox) " " (Plain(&report.mailbox)) } }
                h1 { (text.title) }
                dl.facts {
                    @if let Some(profile) = self.first() {
                        dt { (words.profile) }
                        dd { (self.named(profile)) }
                    }
                    @if let (Some(from), Some(to)) = (&coverage.from, &coverage.to) {
                        dt { (words.period) }
                        dd { (Plain(from)) " " (words.to) " " (Plain(to)) }
                    }
                    dt { (text.coverage) }
                    dd {
                        ((text.messages_read)(&text.number(coverage.read), &text.number(coverage.messages)))
                        @if coverage.lost > 0 { "; " ((text.unreadable)(&text.number(coverage.lost))) }
                        @if !coverage.not_opened.is_empty() { "; " ((text.not_opened)(&text.number(coverage.not_opened.len() as u64))) }
                    }
                    @if let Some(purpose) = purpose {
                        dt { (words.purpose) }
                        dd { (Plain(purpose)) }
                    }
                }
                @if !report.complete {
                    p.note {
                        strong { (text.incomplete) } ": "
                        (report.gaps.iter().map(|&gap| text.gap(gap)).collect::<Vec<_>>().join("; ")) ". " (text.floor)
                    }
                }
            }
        }
    }

    /// Whether the reader decides and does not check.
    fn brief(&self) -> bool {
        matches!(self.look.audience, Audience::Management | Audience::Team)
    }

    fn first(&self) -> Option<&ProfileShown> {
        self.report.profiles.first()
    }

    fn named(&self, profile: &ProfileShown) -> Markup {
        html! {
            (Plain(&profile.vendor)) ", " (self.said(&profile.product)) " "
            span.soft { "(" span.id { (Plain(&profile.id)) } " v" (profile.version) ", " (self.text.as_of) " " (self.said(&profile.as_of)) ", " (self.text.documented(profile.documented)) ")" }
        }
    }

    /// What a profile says of itself: in the language of the page, or in that of its author.
    fn said(&self, text: &str) -> Markup {
        match super::notes::note(text, self.look.lang) {
            Some(said) => html! { (said) },
            None if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => html! { (Plain(text)) },
            None => html! { span lang="en" { (Plain(text)) } },
        }
    }

    fn number(&self, n: u64) -> String {
        self.text.number(n)
    }

    /// A figure of the result, with the place where the result file has it.
    fn figure(&self, at: &str, n: u64) -> Markup {
        html! { data data-at=(at) value=(n) { (self.number(n)) } }
    }

    /// A part of a whole, rounded to a hundredth.
    fn share(&self, part: u64, whole: u64) -> String {
        let percent = part.saturating_mul(200).checked_div(whole).unwrap_or(0).saturating_add(1) / 2;
        match self.look.lang {
            super::Lang::En => format!("{percent}%"),
            super::Lang::De => format!("{percent}\u{a0}%"),
        }
    }

    /// A table that can be scrolled by keyboard where it does not fit.
    fn table(&self, name: &str, table: Markup) -> Markup {
        html! { div.scroll role="region" aria-label=(name) tabindex="0" { (table) } }
    }
}

/// The day after which the file is to be deleted, where it is one.
pub(super) fn expiry(report: &Report) -> Option<&str> {
    let date = |day: &&str| day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    report.expires.as_deref().filter(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{rendered, report};
    use crate::report::{FateShown, Lang};

    fn for_whom(audience: Audience) -> Look {
        Look { audience, ..Look::default() }
    }

    /// All values of an attribute.
    fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
        page.split(&format!(" {attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_figure_is_the_one_of_the_result() {
        for level in Level::ALL {
            let report = report(level);
            let json = serde_json::to_value(&report).expect("is JSON");
            for lang in Lang::ALL {
                let page = rendered(&report, "html", lang);
                let figures = page.split("<data data-at=\"").skip(1).map(|rest| {
                    let (at, rest) = rest.split_once("\" value=\"").expect("a value follows");
                    let (value, rest) = rest.split_once("\">").expect("it ends");
                    (at, value, rest.split('<').next().expect("is shown"))
                });
                let mut seen = 0;
                for (at, value, shown) in figures {
                    let figure = json.pointer(at).unwrap_or_else(|| panic!("{at} is not in the result"));
                    assert_eq!(figure.to_string(), value, "{at}");
                    assert_eq!(shown.replace([',', '.'], ""), value, "{at}");
                    seen += 1;
                }
                assert!(seen > 60, "only {seen} figures at {level:?}");
            }
        }
    }

    #[test]
    fn a_page_asks_for_nothing_and_forbids_the_rest() {
        for lang in Lang::ALL {
            let page = rendered(&report(Level::Clear), "html", lang);
            for active in [
                "<script",
                "<link",
                "<img",
                "<iframe",
                "<form",
                " src=",
                "@import",
                "http-equiv=\"refresh",
                " style=",
                " onload=",
            ] {
                assert!(!page.contains(active), "{active}");
            }
            assert!(values(&page, "href").iter().all(|to| to.starts_with('#')), "a link leads out");
            assert!(
                !page.contains("url(") || page.split("url(").skip(1).all(|rest| rest.starts_with('#')),
                "the sheet asks for something"
            );
            let style =
                page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).expect("a sheet").0;
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
            assert!(page.contains(&format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'")));
        }
    }

    #[test]
    fn every_link_and_label_leads_somewhere() {
        for lang in Lang::ALL {
            let page = rendered(&report(Level::Clear), "html", lang);
            let ids = values(&page, "id");
            let wanted = values(&page, "href").into_iter().map(|to| to.trim_start_matches('#'));
            let labels = values(&page, "aria-labelledby").into_iter().flat_map(str::split_whitespace);
            for id in wanted.chain(labels) {
                assert_eq!(ids.iter().filter(|known| **known == id).count(), 1, "{id}");
            }
        }
    }

    #[test]
    fn what_must_not_be_overlooked_is_on_screen_and_on_every_printed_page() {
        let mut part = report(Level::Pseudonyms);
        part.complete = false;
        part.gaps = vec![super::super::Gap::Interrupted];
        part.synthetic = true;
        let page = super::page(&part, Look { overdue: true, lang: Lang::De, ..Look::default() });
        let (margin, body) = page.split_once("</style>").expect("a sheet");
        let margin = margin.rsplit_once("@top-left").expect("a margin").1;
        for mark in ["UNVOLLSTÄNDIG", "SYNTHETISCHE DATEN", "ABGELAUFEN: Dieser Bericht war bis 2025-07-30 zu löschen"]
        {
            assert!(margin.contains(mark), "{mark} is not in print");
            assert!(body.contains(mark), "{mark} is not on the screen");
        }
        assert!(!body.contains("Nach diesem Modell wäre keine"));
        // Whatever stands in the file, the sheet takes a date or nothing.
        part.expires = Some("\"}body{color:red".into());
        let page = super::page(&part, Look { overdue: true, ..Look::default() });
        assert!(!page.split_once("</style>").expect("a sheet").0.contains("body{color:red"));
    }

    #[test]
    fn readers_get_their_sections_and_no_more() {
        let whole = report(Level::Clear);
        let has = |page: &str, id: &str| page.contains(&format!("<section id=\"{id}\""));
        for audience in [Audience::Management, Audience::Team] {
            let report = whole.clone().at_most(audience.level());
            let page = page(&report, for_whom(audience));
            assert!(has(&page, "result") && has(&page, "filter") && has(&page, "limits"));
            assert!(!has(&page, "findings") && !has(&page, "held-back") && !has(&page, "ways"));
            for contact in &whole.contacts {
                let names = contact.names.iter().chain(&contact.emails);
                assert!(names.chain([&contact.id]).all(|secret| !page.contains(secret.as_str())), "{audience:?}");
            }
            assert_eq!(has(&page, "sensitive"), audience == Audience::Management);
        }
        let owner = page(&whole, for_whom(Audience::Person));
        assert!(has(&owner, "findings") && has(&owner, "network") && !has(&owner, "counts"));
    }

    #[test]
    fn nobody_found_is_a_page_too() {
        let mut empty = report(Level::Pseudonyms);
        empty.contacts.clear();
        empty.headline = super::super::Headline { low: 0, high: 0, ..empty.headline };
        let shown = page(&empty, Look::default());
        assert!(shown.contains("By this model, no private or uninvolved person") && shown.contains("<p>Nobody.</p>"));
        empty.profiles.clear();
        empty.headline.profile.clear();
        assert!(page(&empty, Look::default()).contains("No profile was run: there is no figure."));
    }

    #[test]
    fn a_hundred_thousand_findings_fit() {
        let mut many = report(Level::Clear);
        let first = many.profiles[0].id.clone();
        let sent = |contact: &&crate::report::Contact| {
            contact.fates[&first].iter().any(|fate| matches!(fate, FateShown::Sent { .. }))
        };
        let one =
            many.contacts.iter().filter(|contact| contact.class.leak()).find(sent).expect("somebody is sent").clone();
        many.contacts = (0..100_000)
            .map(|n| {
                let mut contact = one.clone();
                contact.id = format!("p-{n:05}-aaaaa");
                contact.names = vec!["N".repeat(70_000 / (1 + n % 1_000))];
                contact
            })
            .collect();
        let page = page(&many, Look::default());
        assert!(page.len() < 5_000_000, "{} bytes", page.len());
        assert!(page.contains("Shown are the first 2500 of 100,000."));
    }
}
