//! Decides the picture of who brought whom into the mailbox, and the table that holds the same: each person who would
//! be passed on hangs on the one whose message was the first to name them.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, TAU};

use maud::{Markup, html};

use super::people::first_place;
use super::pictures::style;
use super::{Page, Plain};
use crate::assess::Class;
use crate::report::text::shows_people;
use crate::report::{Channel, Contact, FateShown, Report};

/// Marks drawn at most; beyond, one stands for several people.
const MARKS: u64 = 480;
/// People who brought others in, drawn and listed one by one.
const CARRIERS: usize = 24;

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Themselves,
    Owner,
    Other,
    Book,
    Unknown,
}

const WAYS: [By; 5] = [By::Themselves, By::Owner, By::Other, By::Book, By::Unknown];

/// A hub and those who hang on it: how many of each class.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    by: By,
    /// The one who brought them in; `None`: not one, or the rest of the small ones.
    id: Option<String>,
    class: Option<Class>,
    /// How many people are this hub; more than one in the rest.
    hubs: u64,
    marks: BTreeMap<Class, u64>,
}

impl Group {
    fn size(&self) -> u64 {
        self.marks.values().sum()
    }
}

pub(super) fn section(page: &Page<'_>) -> Option<(String, Markup)> {
    let Page { report, text, words, .. } = page;
    if !shows_people(report) {
        return None;
    }
    let groups = groups(report);
    let all: u64 = groups.iter().map(Group::size).sum();
    if all == 0 {
        return None;
    }
    let of = |by: By| groups.iter().filter(|group| group.by == by).map(Group::size).sum::<u64>();
    let each = all.div_ceil(MARKS);
    let [shown, own, others] = [all, of(By::Themselves), of(By::Other)].map(|n| page.number(n));
    let legend = [Class::Private, Class::Bystander, Class::Unsure];
    let body = html! {
        p.lead { (words.network_about) }
        figure {
            (wheel(page, &groups, each, &(words.network_desc)(&shown, &own, &others)))
            ul.legend {
                @for class in legend { li { (mark_swatch(class)) (text.class(class)) } }
            }
            @if each > 1 { figcaption { ((words.network_each)(&page.number(each))) } }
        }
        (page.table(words.brought_table, html! {
            table {
                thead { tr { th scope="col" { (words.brought_table) } th.n scope="col" { (words.persons) }
                    @for class in legend { th.n scope="col" { (text.class(class)) } } } }
                tbody {
                    @for by in WAYS {
                        @let here: Vec<&Group> = groups.iter().filter(|group| group.by == by).collect();
                        @if !here.is_empty() {
                            tr.strong { (row(page, html! { (words.brought[by as usize]) }, &here)) }
                            @if by == By::Other { @for group in &here {
                                tr.sub { (row(page, hub_name(page, group), &[group])) }
                            } }
                        }
                    }
                }
            }
        }))
    };
    Some((words.network.into(), body))
}

fn row(page: &Page<'_>, label: Markup, groups: &[&Group]) -> Markup {
    let count = |class: Class| groups.iter().filter_map(|group| group.marks.get(&class)).sum::<u64>();
    html! {
        th scope="row" { (label) }
        td.n { (page.number(groups.iter().map(|group| group.size()).sum())) }
        @for class in [Class::Private, Class::Bystander, Class::Unsure] { td.n { (page.number(count(class))) } }
    }
}

fn hub_name(page: &Page<'_>, group: &Group) -> Markup {
    html! {
        @match &group.id {
            Some(id) => { (page.words.brought_by) " " span.id { (Plain(id)) } @if let Some(class) = group.class { " (" (page.text.class(class)) ")" } }
            None => { ((page.words.brought_rest)(&page.number(group.hubs))) }
        }
    }
}

fn mark_swatch(class: Class) -> Markup {
    html! { svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true" { (mark(class, 0.0, 0.0)) } }
}

/// Everybody who would be passed on or whose kind is unsure and who would, by who brought them in.
fn groups(report: &Report) -> Vec<Group> {
    let Some(profile) = report.profiles.first() else { return Vec::new() };
    let sent = |contact: &&Contact| {
        contact
            .fates
            .get(&profile.id)
            .is_some_and(|both| both.iter().any(|fate| matches!(fate, FateShown::Sent { .. })))
    };
    let class_of = |id: &str| {
        let at = report.contacts.binary_search_by(|contact| contact.id.as_str().cmp(id)).ok()?;
        report.contacts.get(at).map(|contact| contact.class)
    };
    let mut all = BTreeMap::<(By, Option<String>), Group>::new();
    for contact in
        report.contacts.iter().filter(|contact| contact.class.leak() || contact.class == Class::Unsure).filter(sent)
    {
        let place = first_place(contact);
        let via = place.and_then(|place| place.via.clone());
        let by = match (&via, place) {
            (Some(id), _) if *id == contact.id => By::Themselves,
            (Some(id), _) if class_of(id) == Some(Class::Own) => By::Owner,
            (Some(_), _) => By::Other,
            (None, Some(place)) if place.channel == Channel::AddressBook => By::Book,
            _ => By::Unknown,
        };
        let id = via.filter(|_| by == By::Other);
        let class = id.as_deref().and_then(class_of);
        let group =
            all.entry((by, id.clone())).or_insert_with(|| Group { by, id, class, hubs: 1, marks: BTreeMap::new() });
        *group.marks.entry(contact.class).or_default() += 1;
    }
    let mut groups: Vec<Group> = all.into_values().collect();
    // Stable: hubs of one size stay in the order of their ids.
    groups.sort_by_key(|group| (group.by, std::cmp::Reverse(group.size())));
    gather_small(groups)
}

/// The carriers beyond those that are shown become one.
fn gather_small(groups: Vec<Group>) -> Vec<Group> {
    let carriers = groups.iter().filter(|group| group.by == By::Other).count();
    if carriers <= CARRIERS {
        return groups;
    }
    let mut kept = Vec::new();
    let mut rest = Group { by: By::Other, id: None, class: None, hubs: 0, marks: BTreeMap::new() };
    let mut seen = 0;
    for group in groups {
        seen += usize::from(group.by == By::Other);
        if group.by == By::Other && seen > CARRIERS {
            rest.hubs += 1;
            for (class, n) in group.marks {
                *rest.marks.entry(class).or_default() += n;
            }
        } else {
            kept.push(group);
        }
    }
    let at = kept.iter().position(|group| group.by > By::Other).unwrap_or(kept.len());
    kept.insert(at, rest);
    kept
}

/// One group on the wheel.
struct Slice<'a> {
    group: &'a Group,
    /// Its marks, each at an angle and a radius.
    marks: Vec<(Class, f64, f64)>,
    middle: f64,
    from: f64,
    to: f64,
}

const CENTRE: (f64, f64) = (480.0, 350.0);
const RIM: f64 = 318.0;
const INNER: f64 = 205.0;
const HUBS: f64 = 122.0;

fn slices(groups: &[Group], each: u64) -> Vec<Slice<'_>> {
    let marks = |group: &Group| -> Vec<Class> {
        let one = |(&class, &n): (&Class, &u64)| {
            std::iter::repeat_n(class, usize::try_from(n.div_ceil(each.max(1))).unwrap_or(0))
        };
        group.marks.iter().flat_map(one).collect()
    };
    let all: Vec<Vec<Class>> = groups.iter().map(marks).collect();
    // A gap between groups as wide as a mark and a half.
    let total: f64 = all.iter().map(|marks| marks.len() as f64 + 1.5).sum();
    let rows = (total / 72.0).ceil().clamp(2.0, 6.0);
    let mut at = -FRAC_PI_2;
    let mut slices = Vec::new();
    for (group, marks) in groups.iter().zip(all) {
        let n = marks.len() as f64;
        let span = (n + 1.5) / total * TAU;
        let (from, to) = (at + span * 0.75 / (n + 1.5), at + span * (n + 0.75) / (n + 1.5));
        let place = |(at, class): (usize, Class)| {
            let at = at as f64;
            let row = at % rows;
            (
                class,
                from + (to - from) * (at + 0.5) / n.max(1.0),
                INNER + (RIM - 12.0 - INNER) * (rows - 1.0 - row) / (rows - 1.0),
            )
        };
        let marks = marks.into_iter().enumerate().map(place).collect();
        slices.push(Slice { group, marks, middle: (from + to) / 2.0, from, to });
        at += span;
    }
    slices
}

fn on(angle: f64, radius: f64) -> (f64, f64) {
    let round = |x: f64| (x * 10.0).round() / 10.0;
    (round(CENTRE.0 + radius * angle.cos()), round(CENTRE.1 + radius * angle.sin()))
}

fn wheel(page: &Page<'_>, groups: &[Group], each: u64, description: &str) -> Markup {
    let words = page.words;
    let slices = slices(groups, each);
    let largest = groups.iter().map(Group::size).max().unwrap_or(1);
    html! {
        svg.network viewBox="0 0 960 700" width="960" height="700" role="img" aria-labelledby="t-network d-network" {
            title id="t-network" { (words.network) }
            desc id="d-network" { (description) }
            @for slice in &slices {
                (arc(slice.from, slice.to))
                @let hub = hub(slice);
                @if let Some(hub) = hub {
                    path.stem d={ "M" (CENTRE.0) " " (CENTRE.1) "L" (hub.0) " " (hub.1) } stroke-width=(1.0 + super::pictures::length(slice.group.size(), largest, 6.0)) {}
                }
                @for &(class, angle, radius) in &slice.marks {
                    path class={ "thread t-" (style(class)) } d=(thread(hub, angle, radius)) {}
                }
            }
            @for slice in &slices {
                @for &(class, angle, radius) in &slice.marks { @let (x, y) = on(angle, radius); (mark(class, x, y)) }
                @if let Some((x, y)) = hub(slice) {
                    @let n = slice.group.size();
                    @let radius = 7.0 + super::pictures::length(n, largest, 11.0);
                    circle.hub cx=(x) cy=(y) r=(radius) {}
                    @if radius > 9.0 { text x=(x) y=(y + 4.5) text-anchor="middle" font-size="13" font-weight="600" { (page.number(n)) } }
                }
            }
            circle.heart cx=(CENTRE.0) cy=(CENTRE.1) r="40" {}
            text.on-heart x=(CENTRE.0) y=(CENTRE.1 + 5.0) text-anchor="middle" font-size="15" font-weight="700" { (words.owner_here) }
            (labels(page, &slices))
        }
    }
}

/// Where a group hangs; who wrote themselves hangs on the owner.
fn hub(slice: &Slice<'_>) -> Option<(f64, f64)> {
    (slice.group.by != By::Themselves).then(|| on(slice.middle, HUBS))
}

fn thread(hub: Option<(f64, f64)>, angle: f64, radius: f64) -> String {
    let (x, y) = on(angle, radius);
    match hub {
        Some((hx, hy)) => {
            let (cx, cy) = on(angle, (HUBS + radius) / 2.0);
            format!("M{hx} {hy}Q{cx} {cy} {x} {y}")
        }
        None => {
            let (sx, sy) = on(angle, 41.0);
            format!("M{sx} {sy}L{x} {y}")
        }
    }
}

fn arc(from: f64, to: f64) -> Markup {
    let ((ax, ay), (bx, by)) = (on(from, RIM + 6.0), on(to, RIM + 6.0));
    let large = u8::from(to - from > TAU / 2.0);
    html! { path.arc d={ "M" (ax) " " (ay) "A" (RIM + 6.0) " " (RIM + 6.0) " 0 " (large) " 1 " (bx) " " (by) } {} }
}

/// A mark: private a full circle, uninvolved a diamond, unsure a broken ring.
fn mark(class: Class, x: f64, y: f64) -> Markup {
    let kind = format!("dot-{}", style(class));
    html! {
        @match class {
            Class::Bystander => { path class=(kind) d={ "M" (x) " " (y - 6.0) "l6 6l-6 6l-6 -6Z" } {} }
            _ => { circle class=(kind) cx=(x) cy=(y) r="5" {} }
        }
    }
}

/// Beside the rim: how many came each way. Labels keep their distance on each side.
fn labels(page: &Page<'_>, slices: &[Slice<'_>]) -> Markup {
    let mut all: Vec<(bool, f64, u64, &str)> = Vec::new();
    for by in WAYS {
        let here: Vec<&Slice<'_>> = slices.iter().filter(|slice| slice.group.by == by).collect();
        let (Some(first), Some(last)) = (here.first(), here.last()) else { continue };
        let n = here.iter().map(|slice| slice.group.size()).sum();
        let angle = (first.from + last.to) / 2.0;
        all.push((
            angle.cos() >= 0.0,
            on(angle, RIM + 30.0).1.clamp(24.0, 670.0),
            n,
            page.words.brought_short[by as usize],
        ));
    }
    all.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap_or(std::cmp::Ordering::Equal));
    let mut last: Option<(bool, f64)> = None;
    for (right, y, ..) in &mut all {
        if let Some((side, above)) = last
            && side == *right
        {
            *y = y.max(above + 46.0);
        }
        last = Some((*right, *y));
    }
    html! {
        @for (right, y, n, label) in all {
            @let (x, anchor) = if right { (954.0, "end") } else { (6.0, "start") };
            text x=(x) y=(y) text-anchor=(anchor) font-size="24" font-weight="700" { (page.number(n)) }
            text.quiet x=(x) y=(y + 18.0) text-anchor=(anchor) font-size="15" { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(by: By, id: &str, n: u64) -> Group {
        Group { by, id: Some(id.into()), class: None, hubs: 1, marks: BTreeMap::from([(Class::Bystander, n)]) }
    }

    #[test]
    fn the_wheel_has_a_mark_for_everybody_and_nobody_outside() {
        let groups = [group(By::Themselves, "a", 70), group(By::Other, "b", 1), group(By::Book, "c", 12)];
        let slices = slices(&groups, 1);
        assert_eq!(slices.iter().map(|slice| slice.marks.len()).collect::<Vec<_>>(), [70, 1, 12]);
        for slice in &slices {
            for &(_, angle, radius) in &slice.marks {
                assert!(
                    (slice.from..=slice.to).contains(&angle) && (INNER..=RIM).contains(&radius),
                    "{angle} {radius}"
                );
            }
        }
        assert!(slices.windows(2).all(|two| two[0].to < two[1].from), "groups overlap");
    }

    #[test]
    fn small_carriers_are_gathered_and_nobody_is_lost() {
        let mut all: Vec<Group> = (0..40).map(|n| group(By::Other, &format!("p-{n:02}"), 40 - n)).collect();
        all.push(group(By::Book, "book", 3));
        let sum: u64 = all.iter().map(Group::size).sum();
        let gathered = gather_small(all);
        assert_eq!(gathered.len(), CARRIERS + 2);
        assert_eq!(gathered.iter().map(Group::size).sum::<u64>(), sum);
        assert_eq!(gathered[CARRIERS].hubs, 16);
        assert_eq!(gathered.last().map(|group| group.by), Some(By::Book));
    }
}
