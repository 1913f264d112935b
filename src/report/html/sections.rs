//! Decides what each section of numbers says: one sentence that can be read aloud, a picture, and the table behind it.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::pictures::{bar, funnel, ruler, stacked, style, swatch};
use super::{Page, Plain};
use crate::assess::{Class, Origin};
use crate::report::ledger::Words as Ledger;
use crate::report::text::{assumption, sentence, shows_people};
use crate::report::{AssumptionShown, Channel, Figures, FilterShown, ProfileShown};

const COUNTED: [Class; 3] = [Class::Private, Class::Bystander, Class::Unsure];
const BESIDE: [Class; 3] = [Class::Business, Class::Consumer, Class::Colleague];
const BOUNDS: [&str; 2] = ["declared", "permitted"];

type Shown = Option<(String, Markup)>;
type More = Option<Markup>;

pub(super) fn result(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    let headline = &report.headline;
    let all = report.people.persons;
    let Some(profile) = page.first() else {
        return Some((text.result.into(), html! { p.verdict { (sentence(report, text)) } }));
    };
    let [low, high] = profile.both();
    let held = |figures: &Figures| figures.filter.held_back.values().sum::<u64>();
    let card = |kind: &str, [from, to]: [u64; 2], label: &str| {
        html! { li class=(kind) { b { (page.between(from, to)) } (label) } }
    };
    let body = html! {
        @if headline.high > 0 {
            p.hero {
                (page.figure("/headline/low", headline.low))
                @if headline.low != headline.high { span.to { (words.to) } (page.figure("/headline/high", headline.high)) }
            }
        }
        p.verdict { (sentence(report, text)) }
        @if report.owner.addresses == 0 { p.note { (text.no_owner) } }
        @if !report.complete { p.note { strong { (text.incomplete) ". " } (text.floor) } }
        @if headline.high > 0 && all > 0 {
            figure {
                @let shown = [headline.low, headline.high, all].map(|n| page.number(n));
                (ruler(words.ruler, &(words.ruler_desc)(&shown[0], &shown[1], &shown[2]), headline.low, headline.high, all,
                    [&shown[0], &shown[1], &shown[2], &page.between(headline.low, headline.high)]))
                figcaption { ((text.persons_in_mailbox)(&shown[2])) }
            }
        }
        ul.cards {
            (card("private", [low.count(Class::Private), high.count(Class::Private)], words.card_private))
            (card("bystander", [low.count(Class::Bystander), high.count(Class::Bystander)], words.card_bystander))
            (card("unsure", [low.count(Class::Unsure), high.count(Class::Unsure)], words.card_unsure))
            (card("held", [held(low), held(high)], words.card_held))
        }
        p { (text.bounds_explained) " " strong { (text.model) } }
    };
    Some((text.result.into(), body))
}

/// What becomes of everybody, as bars and as the table of all classes.
pub(super) fn everybody(page: &Page<'_>) -> More {
    let Page { report, text, words, .. } = page;
    let profile = page.first()?;
    let persons = report.people.persons;
    let parts = |figures: &Figures| {
        let others: u64 = BESIDE.iter().map(|&class| figures.count(class)).sum();
        let [private, bystander, unsure] = COUNTED.map(|class| figures.count(class));
        let rest = persons.saturating_sub(private + bystander + unsure + others);
        vec![("private", private), ("bystander", bystander), ("unsure", unsure), ("other", others), ("rest", rest)]
    };
    let rows = [(text.declared, parts(&profile.declared)), (text.permitted, parts(&profile.permitted))];
    let legend = ["private", "bystander", "unsure", "other"];
    let row = |label: &str, classes: &[Class], strong: bool| {
        let sum = |figures: &Figures| classes.iter().map(|&class| figures.count(class)).sum::<u64>();
        let all: u64 = classes.iter().filter_map(|class| report.people.classes.get(class)).sum();
        let single = (classes.len() == 1).then(|| classes.first().map(crate::report::csv::word)).flatten();
        let cell = |bound: &str, n: u64| match &single {
            // A class that nobody is in has no key in the file.
            Some(name) if n > 0 => page.figure(&format!("/profiles/0/{bound}/sent/{name}"), n),
            _ => html! { (page.number(n)) },
        };
        html! {
            tr.strong[strong] {
                th scope="row" { (label) }
                td.n { (cell("declared", sum(&profile.declared))) }
                td.n { (cell("permitted", sum(&profile.permitted))) }
                td.n { (page.number(all)) }
            }
        }
    };
    Some(html! {
        @if persons > 0 {
            figure {
                (stacked("fates", words.fate_title, words.fate_desc, &rows, persons, |n| page.number(n)))
                ul.legend {
                    @for (kind, label) in legend.iter().zip(words.fate_rows) { li { (swatch(kind)) (label) } }
                    li { (swatch("rest")) (words.not_sent) }
                }
            }
        }
        details open {
            summary { (words.how_counted) }
            (page.table(words.how_counted, html! {
                table {
                    thead { tr { th scope="col" { (text.class) } (page.bounds()) th.n scope="col" { (text.in_mailbox) } } }
                    tbody {
                        (row(text.class(Class::Private), &[Class::Private], true))
                        (row(text.class(Class::Bystander), &[Class::Bystander], true))
                        (row(text.unsure_note, &[Class::Unsure], true))
                        @for class in BESIDE { (row(text.class(class), &[class], false)) }
                        (row(text.shared_addresses, &[Class::Role, Class::Automated], false))
                    }
                }
            }))
        }
    })
}

pub(super) fn ways(page: &Page<'_>) -> Shown {
    let Page { report, text, .. } = page;
    if !shows_people(report) {
        return None;
    }
    let mut ways = BTreeMap::<Channel, [u64; 2]>::new();
    for contact in report.contacts.iter().filter(|contact| contact.class.leak()) {
        for &channel in contact.sources.keys() {
            let [private, bystander] = ways.entry(channel).or_default();
            *if contact.class == Class::Bystander { bystander } else { private } += 1;
        }
    }
    let whole = ways.values().map(|both| both.iter().sum()).max()?;
    let body = html! {
        p.lead { (text.ways_in_about) }
        (page.table(text.ways_in, html! {
            table {
                thead { tr {
                    th scope="col" { (text.ways_in) }
                    th.n scope="col" { (text.class(Class::Private)) (swatch("private")) }
                    th.n scope="col" { (text.class(Class::Bystander)) (swatch("bystander")) }
                    td.bar {}
                } }
                tbody { @for (&channel, &[private, bystander]) in &ways { tr {
                    th scope="row" { (text.channel(channel)) }
                    td.n { (page.number(private)) }
                    td.n { (page.number(bystander)) }
                    td.bar { (bar(&[("private", private), ("bystander", bystander)], whole)) }
                } } }
            }
        }))
    };
    Some((text.ways_in.into(), body))
}

pub(super) fn filter(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    let profile = page.first()?;
    let in_mailbox = report.people.classes.get(&Class::Private).copied().unwrap_or(0);
    let [low, high] = profile.both().map(|figures| &figures.filter);
    let met = |filter: &FilterShown| filter.private_held_back + filter.private_passed;
    let picture = |bound: &str, label: &str, filter: &FilterShown| {
        let numbers = [in_mailbox, met(filter), filter.private_passed].map(|n| page.number(n));
        let steps = [
            (words.funnel_steps[0], in_mailbox, "other"),
            (words.funnel_steps[1], met(filter), "held"),
            (words.funnel_steps[2], filter.private_passed, "private"),
        ];
        html! {
            div {
                h3 { (label) }
                figure {
                    (funnel(&format!("funnel-{bound}"), &(words.funnel)(label, text.list(filter.freemail)), &(words.funnel_desc)(&numbers[0], &numbers[1], &numbers[2]), &steps, |n| page.number(n)))
                }
            }
        }
    };
    let share = page.share(low.private_held_back, met(low));
    let body = html! {
        p.lead {
            @if met(low) == 0 { (words.filter_nobody) } @else {
                ((words.filter_says)([&page.number(low.private_held_back), &page.number(met(low)), &share, &page.number(low.private_passed), text.list(low.freemail), &page.number(low.domains)]))
            }
        }
        @if in_mailbox > 0 {
            div.pair {
                (picture("declared", text.declared, low))
                (picture("permitted", text.permitted, high))
            }
        }
    };
    Some((words.filter_title.into(), body))
}

/// What the filter held back, and why the others passed.
pub(super) fn escapes(page: &Page<'_>) -> More {
    let Page { text, words, .. } = page;
    let profile = page.first()?;
    let [low, high] = profile.both().map(|figures| &figures.filter);
    let number = |at: &str, [low, high]: [u64; 2]| {
        html! {
            td.n { (page.figure(&format!("/profiles/0/declared/filter/{at}"), low)) }
            td.n { (page.figure(&format!("/profiles/0/permitted/filter/{at}"), high)) }
        }
    };
    Some(html! {
        (page.table(text.filter, html! {
            table {
                thead { tr { th scope="col" { (text.filter) } (page.bounds()) } }
                tbody {
                    tr { th scope="row" { (text.freemail_list) } td.n { (text.list(low.freemail)) } td.n { (text.list(high.freemail)) } }
                    tr { th scope="row" { (text.list_domains) } (number("domains", [low.domains, high.domains])) }
                    tr.strong { th scope="row" { (text.private_held_back) } (number("private_held_back", [low.private_held_back, high.private_held_back])) }
                    tr.strong { th scope="row" { (text.private_passed) } (number("private_passed", [low.private_passed, high.private_passed])) }
                }
            }
        }))
        (page.pairs(text.all_held_back, profile, "filter/held_back", "held", |figures| &figures.filter.held_back, |key| text.exclusion(key)))
        h3 { (words.escape_title) }
        @if low.passes.is_empty() && high.passes.is_empty() { p { (words.nobody_escapes) } } @else {
            p { (text.several_reasons) }
            (page.pairs(text.passed_because, profile, "filter/passes", "private", |figures| &figures.filter.passes, |key| text.pass(key)))
        }
    })
}

pub(super) fn bystanders(page: &Page<'_>) -> Shown {
    let Page { text, words, .. } = page;
    let profile = page.first()?;
    let [low, high] = profile.both().map(|figures| figures.count(Class::Bystander));
    let body = html! {
        p.lead {
            @if high == 0 { (words.bystanders_none) }
            @else if low == high { (text.bystanders_about) " " strong { (page.number(low)) " " (words.persons) "." } }
            @else { ((words.bystanders_say)(&page.number(low), &page.number(high))) }
        }
    };
    Some((text.bystanders.into(), body))
}

/// What they are, and how some of them came in.
pub(super) fn strangers(page: &Page<'_>) -> More {
    let Page { text, words, .. } = page;
    let profile = page.first()?;
    Some(html! {
        (page.pairs(words.what_they_are, profile, "bystanders", "bystander", |figures| &figures.bystanders, |sphere| text.sphere(sphere)))
        @if profile.permitted.count(Class::Bystander) > 0 { (super::people::stories(page, profile)) }
    })
}

pub(super) fn directory(page: &Page<'_>) -> Shown {
    let Page { text, words, .. } = page;
    let profile = page.first()?;
    let [low, high] = profile.both().map(|figures| &figures.directory);
    if high.records == 0 && low.records == 0 {
        return None;
    }
    let body = html! {
        p.lead { ((words.directory_says)(&page.number(low.records), &page.number(high.records))) }
        p.soft { (text.directory_about) }
    };
    Some((text.directory.into(), body))
}

/// What a record would hold, and how well it is confirmed.
pub(super) fn records(page: &Page<'_>) -> More {
    let Page { text, words, .. } = page;
    let profile = page.first()?;
    let [low, high] = profile.both().map(|figures| &figures.directory);
    let rows = |title: &str, at: &str, labels: &[&str], low: &[u64], high: &[u64]| {
        let whole = high.iter().chain(low).copied().max().unwrap_or(0);
        page.table(
            title,
            html! {
                table {
                    thead { tr { th scope="col" { (title) } (page.bounds()) td.bar {} } }
                    tbody { @for (n, ((label, low), high)) in labels.iter().zip(low).zip(high).enumerate() { tr {
                        th scope="row" { (label) }
                        td.n { (page.figure(&format!("/profiles/0/declared/directory/{at}/{n}"), *low)) }
                        td.n { (page.figure(&format!("/profiles/0/permitted/directory/{at}/{n}"), *high)) }
                        td.bar { (bar(&[("other", *high)], whole)) }
                    } } }
                }
            },
        )
    };
    Some(html! {
        (page.pairs(words.field_shares, profile, "directory/fields", "other", |figures| &figures.directory.fields, |field| text.field(field)))
        (rows(words.confirmations, "corroborated", &text.corroborated, &low.corroborated, &high.corroborated))
        (rows(words.ages, "confirmed", &text.confirmed, &low.confirmed, &high.confirmed))
    })
}

pub(super) fn sensitive(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    let profile = page.first()?;
    let marks = &profile.permitted.sensitive;
    if marks.is_empty() {
        return None;
    }
    let whole = marks.values().copied().flatten().max().unwrap_or(0);
    let cell = |n: Option<u64>| html! { td.n { (n.map_or_else(|| text.few.to_owned(), |n| page.number(n))) } };
    let body = html! {
        p.lead { (text.sensitive_about) }
        (page.table(text.sensitive, html! {
            table {
                thead { tr { th scope="col" { (text.sensitive) } (page.bounds()) td.bar {} } }
                tbody { @for (&mark, &high) in marks { tr {
                    th scope="row" { (text.mark(mark)) }
                    (cell(profile.declared.sensitive.get(&mark).copied().unwrap_or(Some(0))))
                    (cell(high))
                    td.bar { (bar(&[("private", high.unwrap_or(0))], whole)) }
                } } }
            }
        }))
        @if report.evidence.level == crate::report::Level::Counts { p.soft { (words.sensitive_few) } }
    };
    Some((text.sensitive.into(), body))
}

pub(super) fn side_by_side(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    if report.profiles.len() < 2 {
        return None;
    }
    let whole = report.profiles.iter().map(|profile| profile.high).max().unwrap_or(0);
    let body = html! {
        p.lead { (words.profiles_about) }
        (page.table(text.profiles, html! {
            table {
                thead { tr {
                    th scope="col" { (text.profile) }
                    th.n scope="col" { (text.low) } th.n scope="col" { (text.high) }
                    td.bar {}
                    th.n scope="col" { (text.class(Class::Private)) } th.n scope="col" { (text.class(Class::Bystander)) }
                    th scope="col" { (text.recipients) }
                } }
                tbody { @for (at, profile) in report.profiles.iter().enumerate() { tr {
                    th scope="row" { (page.named(profile)) br; span.soft { (text.kind(profile.kind)) } }
                    td.n { (page.figure(&format!("/profiles/{at}/low"), profile.low)) }
                    td.n { (page.figure(&format!("/profiles/{at}/high"), profile.high)) }
                    td.bar { (bar(&[("private", profile.low), ("range", profile.high.saturating_sub(profile.low))], whole)) }
                    @for class in [Class::Private, Class::Bystander] {
                        td.n { (page.between(profile.declared.count(class), profile.permitted.count(class))) }
                    }
                    td { (Plain(&profile.recipients[1].join(", "))) }
                } } }
            }
        }))
    };
    Some((text.profiles.into(), body))
}

pub(super) fn legal(page: &Page<'_>) -> Shown {
    let text = page.text;
    let profile = page.first()?;
    let values = |figures: &Figures| {
        let all = &figures.legal;
        let [one, three, five] = all.older;
        [
            ("persons", all.persons),
            ("unsure", all.unsure),
            ("within_list", all.within_list),
            ("with_email", all.with_email),
            ("with_phone", all.with_phone),
            ("with_private_phone", all.with_private_phone),
            ("without_postal_address", all.without_postal_address),
            ("gave_themselves", all.gave_themselves),
            ("from_elsewhere", all.from_elsewhere),
            ("older/0", one),
            ("older/1", three),
            ("older/2", five),
        ]
    };
    let [low, high] = profile.both().map(values);
    let yes = |on: bool| if on { text.yes } else { text.no };
    let ledger = Ledger::of(page.look.lang);
    let body = html! {
        p.lead { (text.legal_about) }
        (page.table(text.legal, html! {
            table {
                thead { tr { th scope="col" { (page.words.persons) } (page.bounds()) } }
                tbody {
                    @for ((label, (at, low)), (_, high)) in text.legal_rows.iter().zip(low).zip(high) { tr {
                        th scope="row" { (label) }
                        td.n { (page.figure(&format!("/profiles/0/declared/legal/{at}"), low)) }
                        td.n { (page.figure(&format!("/profiles/0/permitted/legal/{at}"), high)) }
                    } }
                    tr { th scope="row" { (ledger.short[1].trim_start()) } @for n in profile.both().map(|figures| figures.legal.to_third_country) { td.n { (page.number(n)) } } }
                    tr { th scope="row" { (text.recipients) } @for to in &profile.recipients { td.n { (Plain(&to.join(", "))) } } }
                    tr { th scope="row" { (text.notice) } @for on in profile.notice { td.n { (yes(on)) } } }
                    tr { th scope="row" { (text.opt_out) } @for on in profile.opt_out { td.n { (yes(on)) } } }
                }
            }
        }))
        p.soft { (ledger.third_country_about) }
        h3 { (ledger.origin) }
        p { (prose(ledger.origin_about)) }
        (page.table(ledger.origin, html! {
            table {
                thead { tr { th scope="col" { (ledger.origin) } (page.bounds()) } }
                tbody {
                    @for origin in [Origin::Themselves, Origin::Owner, Origin::AddressBook, Origin::Others] { tr {
                        th scope="row" { (ledger.origins[origin as usize]) }
                        @for figures in profile.both() { td.n { (page.number(figures.legal.origin.get(&origin).copied().unwrap_or(0))) } }
                    } }
                    tr.strong { th scope="row" { (ledger.traceable) } @for figures in profile.both() { td.n { (page.number(figures.legal.traceable)) } } }
                }
            }
        }))
    };
    Some((text.legal.into(), body))
}

pub(super) fn notices(page: &Page<'_>) -> Shown {
    let notices = page.report.notices.as_ref()?;
    let ledger = Ledger::of(page.look.lang);
    let body = html! {
        p.lead { (ledger.notices_about) }
        @match ledger.found(Some(notices), page.text) {
            None => p { (ledger.none) },
            Some(found) => {
                p { strong { (Plain(&found)) } }
                (page.table(ledger.notices, html! {
                    table {
                        thead { tr { th scope="col" { (ledger.notices) } th.n scope="col" { (page.words.count) } } }
                        tbody { @for (&kind, &count) in &notices.kinds { tr { th scope="row" { (ledger.kinds[kind as usize]) } td.n { (page.number(count)) } } } }
                    }
                }))
            }
        }
    };
    Some((ledger.notices.into(), body))
}

pub(super) fn proof(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    let Some(proof) = &report.reading.proof else {
        return Some((
            words.proof.into(),
            html! { p.lead { (words.proof_files) } p { (text.network) ": " (Plain(&crate::report::text::network(report, text))) } },
        ));
    };
    let says = match proof {
        proof if proof.canary == Some(false) => words.proof_says[3],
        proof if !proof.read_only => words.proof_says[2],
        proof if !proof.changed.is_empty() => words.proof_says[1],
        _ => words.proof_says[0],
    };
    Some((words.proof.into(), html! { p.lead { (says) } }))
}

/// What was sent, and what was the same afterwards.
pub(super) fn traces(page: &Page<'_>) -> More {
    let Page { report, text, words, .. } = page;
    let proof = report.reading.proof.as_ref()?;
    let yes = |on: bool| if on { text.yes } else { text.no };
    let rows = words.proof_rows;
    Some(html! {
        dl.facts.proof {
            dt { (rows[0]) } dd { (yes(proof.read_only)) }
            dt { (rows[1]) } dd { (page.figure("/reading/proof/unchanged", proof.unchanged)) }
            dt { (rows[2]) } dd { (page.number(proof.changed.len() as u64)) @if !proof.changed.is_empty() { ": " (Plain(&proof.changed.join(", "))) } }
            @if let Some(same) = proof.canary { dt { (rows[3]) } dd { (yes(same)) } }
            @if !proof.tls.is_empty() { dt { (rows[4]) } dd { (Plain(&proof.tls)) } }
            dt { (rows[5]) } dd { (Plain(&report.reading.hosts.join(", "))) }
        }
        @if !proof.commands.is_empty() {
            (page.table(words.commands, html! {
                table {
                    thead { tr { th scope="col" { (words.commands) } th.n scope="col" { (words.count) } } }
                    tbody {
                        @for (command, &count) in &proof.commands { tr { th scope="row" { code { (Plain(command)) } } td.n { (page.number(count)) } } }
                    }
                }
            }))
        }
        p.soft { (words.proof_left) }
    })
}

pub(super) fn limits(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    let coverage = &report.coverage;
    let body = html! {
        @if !report.complete {
            p.note { strong { (text.incomplete) } ": " (report.gaps.iter().map(|&gap| text.gap(gap)).collect::<Vec<_>>().join("; ")) ". " (text.floor) }
        }
        @if !coverage.not_measured.is_empty() {
            p { (words.not_measured_about) }
            ul { @for &what in &coverage.not_measured { li { (text.missing(what)) } } }
        }
        @if let Some(profile) = page.first() { (tornado(page, profile)) }
    };
    Some((words.limits.into(), body))
}

/// How it was counted, of what.
pub(super) fn method(page: &Page<'_>) -> More {
    let Page { report, text, words, .. } = page;
    let coverage = &report.coverage;
    Some(html! {
        @if let Some(profile) = page.first() { (others(page, profile)) }
        h3 { (words.method) }
        ul { @for line in text.method { li { (line) } } }
        h3 { (text.coverage) }
        (folders(page))
        @if !coverage.problems.is_empty() {
            (page.table(text.problems, html! {
                table {
                    thead { tr { th scope="col" { (text.problems) } th.n scope="col" { (words.count) } } }
                    tbody { @for (&problem, &count) in &coverage.problems { tr { th scope="row" { (text.problem(problem)) } td.n { (page.number(count)) } } } }
                }
            }))
        }
    })
}

/// What each assumption is worth, the largest first.
fn tornado(page: &Page<'_>, profile: &ProfileShown) -> Markup {
    let Page { text, words, .. } = page;
    let moves: Vec<_> = profile.assumptions.iter().filter(|one| moves(profile, one)).collect();
    let whole = profile.assumptions.iter().map(|one| one.high).chain([profile.high]).max().unwrap_or(0);
    let range = |low: u64, high: u64| {
        let (low, high) = (low.min(high), low.max(high));
        bar(&[("rest", low), ("range", high - low)], whole)
    };
    let [sourced, inferred, assumed] = profile.bases.map(|count| page.number(count));
    let shown = if page.brief() { 3 } else { moves.len() };
    html! {
        h3 { (text.assumptions) }
        p { (words.tornado_about) " " span.id { (Plain(&profile.id)) } ": " ((text.bases)(&sourced, &inferred, &assumed)) "." }
        @if !moves.is_empty() { (page.table(text.assumptions, html! {
            table {
                thead { tr {
                    th scope="col" { (text.assumption) }
                    th.n scope="col" { (text.low) " " (page.number(profile.low)) }
                    th.n scope="col" { (text.high) " " (page.number(profile.high)) }
                    td.bar {}
                } }
                tbody { @for one in moves.iter().take(shown) { tr {
                    th scope="row" {
                        (Plain(&assumption(one, text)))
                        br; span.soft.small { (words.value_now) ": " (page.values(&one.declared, &one.permitted)) }
                        @if let Some(note) = one.note.as_deref().filter(|_| !page.brief()) { br; span.soft.small { (page.said(note)) } }
                    }
                    td.n { (page.number(one.low)) }
                    td.n { (page.number(one.high)) }
                    td.bar { (range(one.low, one.high)) }
                } } }
            }
        })) }
    }
}

/// Whether an assumption matters to either end of the result.
fn moves(profile: &ProfileShown, one: &AssumptionShown) -> bool {
    one.measured && (one.low != profile.low || one.high != profile.high)
}

/// The assumptions that change nothing, and what the others rest on.
fn others(page: &Page<'_>, profile: &ProfileShown) -> Markup {
    let Page { text, words, .. } = page;
    let still: Vec<_> = profile.assumptions.iter().filter(|one| !moves(profile, one)).collect();
    html! {
        @if !still.is_empty() {
            details {
                summary { ((words.no_effect)(&page.number(still.len() as u64))) }
                (page.table(text.assumption, html! {
                    table {
                        thead { tr { th scope="col" { (text.assumption) } th scope="col" { (words.value_now) } th.w scope="col" { (words.basis) } } }
                        tbody { @for one in &still { tr {
                            th scope="row" { (Plain(&assumption(one, text))) @if !one.measured { " (" (text.not_measured) ")" } }
                            td { (page.values(&one.declared, &one.permitted)) }
                            td.w { (text.basis(one.basis)) }
                        } } }
                    }
                }))
            }
        }
        @if !profile.sources.is_empty() {
            details {
                summary { (text.sources) }
                ul { @for (key, source) in &profile.sources {
                    li { span.id { (Plain(key)) } " (" (source.grade) "): " span lang="en" { (Plain(&source.what)) } ", " span.soft { (Plain(&source.at)) } }
                } }
            }
        }
    }
}

fn folders(page: &Page<'_>) -> Markup {
    let Page { report, text, words, .. } = page;
    let coverage = &report.coverage;
    let [alias, kind, read, messages] = words.folder_read;
    html! {
        p {
            ((text.messages_read)(&page.number(coverage.read), &page.number(coverage.messages)))
            @if coverage.lost > 0 { "; " ((text.unreadable)(&page.number(coverage.lost))) }
            @if coverage.partly > 0 { "; " ((text.partly)(&page.number(coverage.partly))) }
            @if let Some(entries) = coverage.address_book { "; " ((text.address_book)(&page.number(entries))) }
            "."
        }
        details {
            summary { (text.folders) " (" (page.number((coverage.folders.len() + coverage.not_opened.len()) as u64)) ")" }
            (page.table(text.folders, html! {
                table {
                    thead { tr { th scope="col" { (alias) } th scope="col" { (kind) } th.n scope="col" { (read) } th.n scope="col" { (messages) } } }
                    tbody { @for folder in coverage.folders.iter().chain(&coverage.not_opened).take(2_000) { tr {
                        th scope="row" { span.id { (Plain(&folder.alias)) } @if let Some(name) = &folder.name { " " (Plain(name)) } }
                        td { (text.folder(folder.kind)) }
                        td.n { (page.number(folder.read)) }
                        td.n { (folder.messages.map_or_else(|| "?".to_owned(), |n| page.number(n))) }
                    } } }
                }
            }))
        }
    }
}

pub(super) fn provenance(page: &Page<'_>) -> Shown {
    let Page { report, text, words, .. } = page;
    let body = html! {
        dl.facts {
            dt { (text.program) } dd { (Plain(&report.program.name)) " " (Plain(&report.program.version)) }
            dt { (text.generated) } dd { (Plain(&report.generated_at)) }
            @if let Some(day) = &report.expires { dt { (words.delete) } dd { strong { (Plain(day)) } } }
            dt { (text.level) } dd { (text.level(report.evidence.level)) }
            @if let Some(reason) = &report.evidence.reason { dt { (text.reason) } dd { (Plain(reason)) } }
            @for profile in &report.profiles { dt { (text.profile) } dd { (page.named(profile)) } }
        }
        // The list of those held back says so where there is one.
        @if page.brief() || !shows_people(report) {
            h3 { (words.suppressed) }
            p { (words.suppressed_about[report.evidence.level as usize]) }
        }
    };
    Some((text.provenance.into(), body))
}

/// What only who checks a report looks for, and what an audit has to answer before it begins.
pub(super) fn questions(page: &Page<'_>) -> More {
    let Page { report, text, words, .. } = page;
    let owner = &report.owner;
    let found = (text.owner_found)(
        &Plain(text.owner_by(&owner.found_by)).to_string(),
        &page.number(owner.addresses),
        &page.number(owner.domains),
    );
    let known = words.questions.iter().map(|&(key, label)| (key, label));
    let others = report.questions.keys().filter(|key| !words.questions.iter().any(|(known, _)| known == key));
    let answer = |key: &str| match report.questions.get(key).and_then(Option::as_ref).map(String::as_str) {
        None => text.unanswered.to_owned(),
        Some(answer @ ("yes" | "no")) => text.value(if answer == "yes" { "true" } else { "false" }),
        Some(answer) => Plain(answer).to_string(),
    };
    Some(html! {
        dl.facts {
            dt { (text.key) } dd { span.id { (Plain(&report.evidence.key)) } }
            dt { (text.owner) } dd { (found) @for shown in owner.names.iter().chain(&owner.emails).chain(&owner.domain_names).take(50) { br; (Plain(shown)) } }
            dt { (words.schema) } dd { (report.schema) }
            dt { (words.verify) } dd { code { "mailglean report RESULT --format html --lang " (page.look.lang.tag()) } " · " (words.provenance_about) }
        }
        h3 { (text.questions) }
        dl.facts {
            @for (key, label) in known { dt { (label) } dd { (answer(key)) } }
            @for key in others { dt { (Plain(key)) } dd { (answer(key)) } }
        }
    })
}

impl Page<'_> {
    /// Declared to permitted; one number where both are the same.
    pub(super) fn between(&self, low: u64, high: u64) -> String {
        let [low_shown, high_shown] = [low.min(high), low.max(high)].map(|n| self.number(n));
        if low == high { low_shown } else { (self.words.per_reading)(&low_shown, &high_shown) }
    }

    /// The values of an assumption in both readings, in words.
    fn values(&self, declared: &str, permitted: &str) -> Markup {
        let text = self.text;
        html! { (Plain(&text.value(declared))) @if declared != permitted { " / " (Plain(&text.value(permitted))) } }
    }

    /// The heads of the two columns that most tables have.
    pub(super) fn bounds(&self) -> Markup {
        html! { th.n scope="col" { (self.text.declared) } th.n scope="col" { (self.text.permitted) } }
    }

    /// A table of one figure a key, in both readings, with the permitted one as a bar.
    fn pairs<K: Ord + Copy + serde::Serialize>(
        &self,
        title: &str,
        profile: &ProfileShown,
        at: &str,
        kind: &str,
        map: impl Fn(&Figures) -> &BTreeMap<K, u64>,
        name: impl Fn(K) -> &'static str,
    ) -> Markup {
        let [low, high] = profile.both().map(map);
        let mut keys: Vec<K> = low.keys().chain(high.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return html! {};
        }
        let whole = low.values().chain(high.values()).copied().max().unwrap_or(0);
        self.table(title, html! {
            table {
                thead { tr { th scope="col" { (title) } (self.bounds()) td.bar {} } }
                tbody { @for key in keys { tr {
                    th scope="row" { (name(key)) }
                    @for (bound, map) in BOUNDS.iter().zip([low, high]) {
                        td.n { @match map.get(&key) {
                            Some(&n) => (self.figure(&format!("/profiles/0/{bound}/{at}/{}", crate::report::csv::word(&key)), n)),
                            None => "0",
                        } }
                    }
                    td.bar { (bar(&[(kind, high.get(&key).copied().unwrap_or(0))], whole)) }
                } } }
            }
        })
    }
}

/// A text of this program with what it writes as `code`.
fn prose(text: &str) -> Markup {
    html! { @for (at, part) in text.split('`').enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// How a class is marked in a list: its word, its border, never its colour alone.
pub(super) fn tag(page: &Page<'_>, class: Class) -> Markup {
    html! { span class={ "tag " (style(class)) } { (page.text.class(class)) } }
}
