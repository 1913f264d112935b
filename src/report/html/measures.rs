//! Decides how growth over time and countermeasures are shown, where a result has them.

use maud::{Markup, html};

use super::{Page, Plain};
use crate::assess::Class;
use crate::report::growth::{GrowthShown, Words};
use crate::report::{CountermeasuresShown, ProfileShown, RuleShown, SmallestShown, rules};

pub(super) fn growth(page: &Page<'_>) -> Option<(String, Markup)> {
    let profile = page.first()?;
    if profile.growth.is_empty() {
        return None;
    }
    let words = Words::of(page.look.lang);
    let shown = if page.brief() { 1 } else { profile.growth.len() };
    let body = html! {
        @if !page.brief() { p { (words.about) } }
        @for (at, growth) in profile.growth.iter().take(shown).enumerate() {
            h3 { (words.scenario(growth)) }
            p.lead { @if growth.permitted.total.leaks == 0 { (page.words.findings_none) } @else { (lead(page, growth)) } }
            (curve(page, at, growth))
            @if !page.brief() {
                (page.table(&words.scenario(growth), html! {
                    table {
                        thead { tr { th scope="col" { (words.title) } (page.bounds()) } }
                        tbody { @for (label, [low, high]) in words.rows(growth, false) {
                            tr.sub[label.starts_with(' ')] {
                                th scope="row" { (label.trim_start()) }
                                td.n { (page.number(low)) } td.n { (page.number(high)) }
                            }
                        } }
                    }
                }))
            }
        }
    };
    Some((words.title.into(), body))
}

/// How much of the whole is gone on the first day.
fn lead(page: &Page<'_>, growth: &GrowthShown) -> String {
    let curve = &growth.permitted;
    let share = page.share(curve.day_one.leaks, curve.total.leaks);
    (page.words.growth_says)(&page.number(curve.day_one.leaks), &page.number(curve.total.leaks), &share)
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 48.0;
const TOP: f64 = 16.0;

/// Both readings over the weeks. A point that may not be told is left out of the line.
fn curve(page: &Page<'_>, at: usize, growth: &GrowthShown) -> Markup {
    let text = page.text;
    let most = growth.both().iter().flat_map(|curve| &curve.leaks).flatten().copied().max().unwrap_or(0);
    let steps = growth.both().iter().map(|curve| curve.leaks.len()).max().unwrap_or(0);
    if most == 0 || steps < 2 {
        return html! {};
    }
    let x = |step: usize| LEFT + (step as f64 / (steps - 1) as f64 * WIDTH * 10.0).round() / 10.0;
    let y = |n: u64| TOP + HEIGHT - super::pictures::length(n, most, HEIGHT);
    let path = |points: &[Option<u64>]| {
        let mut path = String::new();
        let mut last = None;
        for (step, n) in points.iter().enumerate().filter_map(|(step, n)| n.map(|n| (step, n))) {
            // What came within a step shows at its end, so the line climbs there and not on the way.
            path.push_str(&match last {
                None => format!("M{} {}", x(step), y(n)),
                Some(before) if before == n && step + 1 < points.len() => continue,
                Some(before) => format!("L{} {}L{} {}", x(step), y(before), x(step), y(n)),
            });
            last = Some(n);
        }
        path
    };
    let [declared, permitted] = growth.both().map(|curve| path(&curve.leaks));
    let ends = growth.both().map(|curve| curve.leaks.iter().rev().find_map(|n| *n).unwrap_or(0));
    let [from, to] = [&growth.installed_on, &growth.until].map(|day| day.as_deref().unwrap_or("?"));
    let id = format!("growth-{at}");
    let numbers = [growth.permitted.day_one.leaks, growth.permitted.total.leaks].map(|n| page.number(n));
    // Two ends that are too close would be written over each other.
    let apart = (y(ends[0]) - y(ends[1])).abs() > 24.0;
    html! {
        figure {
            svg.wide.chart viewBox="0 0 760 250" width="760" height="250" role="img" aria-labelledby={ "t-" (id) " d-" (id) } {
                title id={ "t-" (id) } { (Words::of(page.look.lang).scenario(growth)) }
                desc id={ "d-" (id) } { ((page.words.growth_desc)(&numbers[0], &numbers[1])) }
                @for part in [0, most.div_ceil(2), most] {
                    path.grid d={ "M" (LEFT) " " (y(part)) "H" (LEFT + WIDTH) } {}
                    text.quiet x=(LEFT - 6.0) y=(y(part) + 4.0) text-anchor="end" font-size="12" { (page.number(part)) }
                }
                path.area d={ (permitted) "V" (TOP + HEIGHT) "H" (LEFT) "Z" } {}
                path class="line l-private" d=(permitted) {}
                path class="line l-bystander" d=(declared) {}
                circle.dot-private cx=(LEFT) cy=(y(growth.permitted.day_one.leaks)) r="5" {}
                text x=(LEFT + WIDTH + 6.0) y=(y(ends[1]) + 5.0) font-size="14" font-weight="700" { (page.number(ends[1])) }
                @if apart { text x=(LEFT + WIDTH + 6.0) y=(y(ends[0]) + 5.0) font-size="14" font-weight="700" { (page.number(ends[0])) } }
                text.quiet x=(LEFT) y="238" font-size="12" { (Plain(from)) }
                text.quiet x=(LEFT + WIDTH) y="238" text-anchor="end" font-size="12" { (Plain(to)) }
            }
            ul.legend {
                li { svg width="30" height="10" viewBox="0 0 30 10" aria-hidden="true" { path class="line l-private" d="M0 5H30" {} } (text.permitted) }
                li { svg width="30" height="10" viewBox="0 0 30 10" aria-hidden="true" { path class="line l-bystander" d="M0 5H30" {} } (text.declared) }
                li { svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" { circle.dot-private cx="6" cy="6" r="5" {} } (page.words.first_day) }
            }
        }
    }
}

/// Rules shown before the rest folds away.
const FIRST: usize = 12;

pub(super) fn countermeasures(page: &Page<'_>) -> Option<(String, Markup)> {
    let profile = page.first()?;
    let CountermeasuresShown { rules, left_out, smallest } = &profile.countermeasures;
    if rules.is_empty() {
        return None;
    }
    let words = page.look.lang.rules();
    let (first, rest) = rules.split_at(rules.len().min(if page.brief() { FIRST / 2 } else { FIRST }));
    let body = html! {
        p.lead { (words.about) }
        @if let Some(found) = smallest { (set(page, found)) }
        (rows(page, profile, words.title, first))
        @if !rest.is_empty() && !page.brief() {
            details { summary { ((page.words.more_rules)(&page.number(rest.len() as u64))) } (rows(page, profile, words.rule, rest)) }
        }
        @if *left_out > 0 && !page.brief() { p.soft { ((words.left_out)(&page.number(*left_out))) } }
    };
    Some((words.title.into(), body))
}

/// The smallest set, with its price beside it: neither is told without the other.
fn set(page: &Page<'_>, found: &SmallestShown) -> Markup {
    let (text, words) = (page.text, page.look.lang.rules());
    html! {
        div.set {
            h3 { (rules::about_smallest(found, page.look.lang)) }
            @if found.rules.is_empty() { p { (words.nothing) } }
            ol { @for id in &found.rules { li { (Plain(&words.rule(id, page.report, text))) } } }
            ul.cards {
                li.private { b { (range(page, found.private)) } (words.private_left) }
                li.bystander { b { (range(page, found.left)) } (words.left) }
                li.other { b { (rules::pair(found.lost, text)) } (words.lost) }
            }
        }
    }
}

fn rows(page: &Page<'_>, profile: &ProfileShown, name: &str, shown: &[RuleShown]) -> Markup {
    let (text, words) = (page.text, page.look.lang.rules());
    let whole = profile.high;
    let left = |rule: &RuleShown| {
        let [low, high] = rule.left.map(Option::unwrap_or_default);
        super::pictures::bar(&[("private", low.min(high)), ("range", high.saturating_sub(low))], whole)
    };
    page.table(name, html! {
        table {
            thead { tr {
                th scope="col" { (words.rule) }
                th.n scope="col" { (words.left) } td.bar {} th.n scope="col" { (words.private_left) }
                th.n scope="col" { (words.lost) } th.w scope="col" { (words.offers) }
            } }
            tbody {
                tr.strong {
                    th scope="row" { (words.before) }
                    td.n { (page.between(profile.low, profile.high)) }
                    td.bar { (super::pictures::bar(&[("private", profile.low), ("range", profile.high.saturating_sub(profile.low))], whole)) }
                    td.n { (page.between(profile.declared.count(Class::Private), profile.permitted.count(Class::Private))) }
                    td.n { "0" } td {}
                }
                @for rule in shown { tr {
                    th scope="row" { (Plain(&words.rule(&rule.id, page.report, text))) }
                    td.n { (range(page, rule.left)) }
                    td.bar { (left(rule)) }
                    td.n { (range(page, rule.private)) }
                    td.n { (rules::pair(rule.lost, text)) }
                    td.w { (words.offered(rule.offered)) @for key in &rule.sources { " " span.id { (Plain(key)) } } }
                } }
            }
        }
    })
}

/// Who is left, low to high; a figure that is too small to be told is `<5`.
fn range(page: &Page<'_>, [low, high]: [Option<u64>; 2]) -> String {
    match (low, high) {
        (Some(low), Some(high)) => page.between(low, high),
        (None, Some(high)) => (page.words.per_reading)("<5", &page.number(high)),
        _ => "<5".to_owned(),
    }
}
