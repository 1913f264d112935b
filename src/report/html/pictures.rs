//! Decides the small pictures: how a number becomes a length, and which pattern stands for which kind of people.
//! Every picture repeats a table; none says anything by colour alone.

use maud::{Markup, html};

use crate::assess::Class;

/// The style of a class: its colour and pattern.
pub(super) fn style(class: Class) -> &'static str {
    match class {
        Class::Private => "private",
        Class::Bystander => "bystander",
        Class::Unsure => "unsure",
        _ => "other",
    }
}

/// The patterns, once a page. Private is solid, uninvolved is striped, unsure dotted, held back crossed, others lined.
pub(super) fn patterns() -> Markup {
    html! {
        svg.defs width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                pattern id="p-bystander" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.k-ground width="6" height="6" {}
                    path.k-bystander d="M1.5 0V6" stroke-width="3" {}
                }
                pattern id="p-range" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.k-ground width="6" height="6" {}
                    path.k-range d="M1.5 0V6" stroke-width="2.4" {}
                }
                pattern id="p-unsure" width="6" height="6" patternUnits="userSpaceOnUse" {
                    rect.k-ground width="6" height="6" {}
                    circle.k-unsure cx="2" cy="2" r="1.5" {}
                    circle.k-unsure cx="5" cy="5" r="1.5" {}
                }
                pattern id="p-other" width="6" height="4" patternUnits="userSpaceOnUse" {
                    rect.k-ground width="6" height="4" {}
                    path.k-other d="M0 1H6" stroke-width="1" {}
                }
                pattern id="p-held" width="7" height="7" patternUnits="userSpaceOnUse" {
                    rect.k-ground width="7" height="7" {}
                    path.k-held d="M0 0L7 7M7 0L0 7" stroke-width="1.2" {}
                }
            }
        }
    }
}

/// A swatch of a legend.
pub(super) fn swatch(kind: &str) -> Markup {
    html! {
        svg width="26" height="14" viewBox="0 0 26 14" aria-hidden="true" {
            rect class={ (kind) " o-" (kind) } x="1" y="1" width="24" height="12" {}
        }
    }
}

/// A length between 0 and `full`, to a tenth.
pub(super) fn length(part: u64, whole: u64, full: f64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    // Counts of people are far below 2^52.
    ((part as f64 / whole as f64).clamp(0.0, 1.0) * full * 10.0).round() / 10.0
}

/// The bar of a table row; says nothing that the row does not say.
pub(super) fn bar(parts: &[(&str, u64)], whole: u64) -> Markup {
    let mut x = 0.0;
    let placed: Vec<(&str, f64, f64)> = parts
        .iter()
        .map(|&(kind, n)| {
            let width = length(n, whole, 190.0);
            x += width;
            (kind, x - width, width)
        })
        .collect();
    html! {
        svg viewBox="0 0 192 12" width="192" height="12" preserveAspectRatio="none" aria-hidden="true" {
            @for (kind, x, width) in placed { @if width > 0.0 {
                rect class={ (kind) " o-" (kind) } x=(x + 1.0) y="1" width=(width) height="10" {}
            } }
        }
    }
}

/// Where an interval lies among all.
pub(super) fn ruler(title: &str, description: &str, low: u64, high: u64, all: u64, marks: [&str; 4]) -> Markup {
    let [from, to] = [low, high].map(|n| 20.0 + length(n, all, 680.0));
    // Two labels that are too close share one place.
    let close = to - from < 60.0;
    html! {
        svg.wide viewBox="0 0 720 70" width="720" height="70" role="img" aria-labelledby="t-ruler d-ruler" {
            title id="t-ruler" { (title) }
            desc id="d-ruler" { (description) }
            rect.rest x="20" y="26" width="680" height="14" rx="7" {}
            rect class="range o-private" x=(from) y="24" width=((to - from).max(3.0)) height="18" rx="2" {}
            rect.private x="20" y="24" width=((from - 20.0).max(0.0)) height="18" rx="2" {}
            path.edge d={ "M" (from) " 18V48" } {}
            path.edge d={ "M" (to) " 18V48" } {}
            @if close {
                text x=((from + to) / 2.0) y="14" text-anchor="middle" font-size="15" font-weight="700" { (marks[3]) }
            } @else {
                text x=(from) y="14" text-anchor="middle" font-size="15" font-weight="700" { (marks[0]) }
                text x=(to) y="14" text-anchor="middle" font-size="15" font-weight="700" { (marks[1]) }
            }
            text.quiet x="20" y="64" font-size="13" { "0" }
            text.quiet x="700" y="64" text-anchor="end" font-size="13" { (marks[2]) }
        }
    }
}

/// Horizontal stacked bars over one scale: label, parts.
pub(super) fn stacked(
    id: &str,
    title: &str,
    description: &str,
    rows: &[(&str, Vec<(&str, u64)>)],
    whole: u64,
    number: impl Fn(u64) -> String,
) -> Markup {
    let height = rows.len() * 58 + 6;
    html! {
        svg.wide viewBox={ "0 0 720 " (height) } width="720" height=(height) role="img" aria-labelledby={ "t-" (id) " d-" (id) } {
            title id={ "t-" (id) } { (title) }
            desc id={ "d-" (id) } { (description) }
            @for (at, (label, parts)) in rows.iter().enumerate() {
                @let y = at * 58;
                text x="1" y=(y + 14) font-size="14" font-weight="600" { (label) }
                @for (kind, x, width, n) in placed(parts, whole) {
                    rect class={ (kind) " o-" (kind) } x=(x) y=(y + 21) width=(width) height="24" {}
                    @if width > 26.0 {
                        @let middle = x + width / 2.0;
                        @let half = number(n).len() as f64 * 4.2 + 5.0;
                        @if kind != "rest" { rect class="k-ground inside" x=(middle - half) y=(y + 25) width=(half * 2.0) height="16" rx="3" {} }
                        text.inside x=(middle) y=(y + 37) text-anchor="middle" font-size="13" font-weight="600" { (number(n)) }
                    }
                }
            }
        }
    }
}

fn placed<'a>(parts: &[(&'a str, u64)], whole: u64) -> Vec<(&'a str, f64, f64, u64)> {
    let mut x = 1.0;
    let mut all = Vec::new();
    for &(kind, n) in parts {
        let width = length(n, whole, 718.0);
        if width > 0.0 {
            all.push((kind, x, width, n));
        }
        x += width;
    }
    all
}

/// Steps that get narrower: label, number, style.
pub(super) fn funnel(
    id: &str,
    title: &str,
    description: &str,
    steps: &[(&str, u64, &str)],
    number: impl Fn(u64) -> String,
) -> Markup {
    let whole = steps.iter().map(|&(_, n, _)| n).max().unwrap_or(0);
    let placed: Vec<(f64, f64)> =
        steps.iter().enumerate().map(|(at, &(_, n, _))| (at as f64 * 84.0, length(n, whole, 340.0).max(2.0))).collect();
    let height = steps.len() * 84 - 6;
    html! {
        svg viewBox={ "0 0 360 " (height) } width="360" height=(height) role="img" aria-labelledby={ "t-" (id) " d-" (id) } {
            title id={ "t-" (id) } { (title) }
            desc id={ "d-" (id) } { (description) }
            @for ((y, width), next) in placed.iter().zip(placed.iter().skip(1)) {
                @let (top, bottom) = (y + 52.0, next.0 + 22.0);
                path.rest d={ "M" (180.0 - width / 2.0) " " (top) "H" (180.0 + width / 2.0) "L" (180.0 + next.1 / 2.0) " " (bottom) "H" (180.0 - next.1 / 2.0) "Z" } {}
            }
            @for ((label, n, kind), (y, width)) in steps.iter().zip(&placed) {
                text.quiet x="180" y=(y + 14.0) text-anchor="middle" font-size="13" { (label) }
                rect class={ (kind) " o-" (kind) } x=(180.0 - width / 2.0) y=(y + 22.0) width=(width) height="30" rx="2" {}
                @let half = number(*n).len() as f64 * 5.6 + 8.0;
                rect.k-ground x=(180.0 - half) y=(y + 26.0) width=(half * 2.0) height="22" rx="4" {}
                text x="180" y=(y + 42.5) text-anchor="middle" font-size="17" font-weight="700" { (number(*n)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_add_up_to_the_whole() {
        let parts: f64 = [11, 7, 4, 52, 89].into_iter().map(|n| length(n, 163, 718.0)).sum();
        assert!((parts - 718.0).abs() < 0.5, "{parts}");
        assert_eq!(length(3, 0, 100.0), 0.0);
        assert_eq!(length(u64::MAX, 1, 100.0), 100.0);
    }
}
