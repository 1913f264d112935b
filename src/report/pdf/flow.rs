//! Decides where everything stands on paper: the elements of the page become strips, one below the other, which are laid
//! on pages. A strip is never cut; a heading stays with what follows it, and a table's head stands on each of its pages.

use std::rc::Rc;

use krilla::tagging::{ListNumbering, TableHeaderScope, Tag, TagKind};

use super::fonts::{Fonts, Word};
use super::picture::{self, ALARM, Colour, HAIR, INK, LINE, PRIVATE, SOFT, TINT, WHITE};
use super::tree::{Element, Node};
use crate::report::safe::visible;

/// The height of a line, in its size.
const LEADING: f32 = 1.42;

/// Lengths on paper are told in millimetres.
pub(super) const MM: f32 = 72.0 / 25.4;

/// Which of the two papers it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheet {
    Report,
    Leaflet,
}

/// The place of a piece of content in the reading order; nothing: it is not read out.
pub(super) type Slot = Option<usize>;

/// Something drawn, from the left upper corner of its strip.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub x: f32,
    pub y: f32,
    pub slot: Slot,
    pub what: What<'a>,
}

#[derive(Clone)]
pub(super) enum What<'a> {
    /// `y` is the line that the letters stand on.
    Word {
        word: Rc<Word>,
        size: f32,
        colour: Colour,
    },
    Box {
        width: f32,
        height: f32,
        radius: f32,
        fill: Option<Colour>,
        line: Option<(Colour, f32)>,
    },
    Picture {
        svg: &'a Element<'a>,
        width: f32,
        height: f32,
    },
}

/// A part of the page that is not cut.
#[derive(Clone, Default)]
pub(super) struct Strip<'a> {
    /// Room above it, unless it stands first on a page.
    pub above: f32,
    pub height: f32,
    pub items: Vec<Item<'a>>,
    /// Stays on the page of the next one.
    pub keep: bool,
    /// What is repeated above it where a page begins with it.
    pub head: Option<Rc<[Strip<'a>]>>,
    /// A heading that the outline lists.
    pub mark: Option<String>,
}

/// An element of the document's structure: what it is and what it has in it, in the order of reading.
pub(super) struct Part {
    pub kind: TagKind,
    pub children: Vec<Inside>,
}

pub(super) enum Inside {
    Part(usize),
    Content(usize),
}

/// How text looks.
#[derive(Clone, Copy)]
struct Style {
    size: f32,
    bold: bool,
    colour: Colour,
    whole: bool,
    /// How far it stands above the line, in its size.
    raised: f32,
    pill: Option<Colour>,
}

/// Where something is laid out, and what it is part of.
#[derive(Clone, Copy)]
struct Place {
    x: f32,
    width: f32,
    style: Style,
    part: usize,
}

/// What a line is made of.
enum Atom<'a> {
    Word {
        word: Rc<Word>,
        style: Style,
        slot: Slot,
    },
    Space {
        style: Style,
        slot: Slot,
    },
    /// A place where a line may end, between two words without a space.
    Chance,
    Gap(f32),
    Picture {
        svg: &'a Element<'a>,
        width: f32,
        height: f32,
    },
    Rule(f32),
    Break,
}

impl Atom<'_> {
    /// How much of a line it takes, with a space as wide as this part of its size.
    fn wide(&self, space: f32) -> f32 {
        match self {
            Atom::Word { word, style, .. } => {
                word.width * style.size + if style.pill.is_some() { 0.9 * style.size } else { 0.0 }
            }
            Atom::Space { style, .. } => space * style.size,
            Atom::Gap(width) | Atom::Rule(width) | Atom::Picture { width, .. } => *width,
            Atom::Chance | Atom::Break => 0.0,
        }
    }
}

/// The layout of a whole document.
pub(super) struct Layout<'a, 'f> {
    pub fonts: &'f mut Fonts,
    pub parts: Vec<Part>,
    pub slots: usize,
    page: &'a Element<'a>,
    sheet: Sheet,
    /// What every length is multiplied by.
    scale: f32,
    /// The height of a page's text.
    room: f32,
}

/// The strips of a page that was read.
pub(super) fn lay_out<'a, 'f>(
    page: &'a Element<'a>,
    sheet: Sheet,
    scale: f32,
    (width, room): (f32, f32),
    fonts: &'f mut Fonts,
) -> (Layout<'a, 'f>, Vec<Strip<'a>>) {
    let root = Part { kind: Tag::Section.into(), children: Vec::new() };
    let mut layout = Layout { fonts, parts: vec![root], slots: 0, page, sheet, scale, room };
    let size = if sheet == Sheet::Report { 9.0 } else { 10.0 } * scale;
    let style = Style { size, bold: false, colour: INK, whole: false, raised: 0.0, pill: None };
    let mut strips = Vec::new();
    if let Some(body) = layout.page.find("body") {
        layout.blocks(&body.children, Place { x: 0.0, width, style, part: 0 }, &mut strips);
    }
    (layout, strips)
}

const BLOCKS: [&str; 20] = [
    "div",
    "header",
    "main",
    "section",
    "footer",
    "nav",
    "h1",
    "h2",
    "h3",
    "p",
    "ul",
    "ol",
    "li",
    "dl",
    "table",
    "figure",
    "figcaption",
    "details",
    "summary",
    "svg",
];

/// Whether an element stands in lines of its own; `a` and `b` only as the page uses them there.
fn is_block(element: &Element<'_>) -> bool {
    match element.name {
        "a" => element.has("skip"),
        "b" => true,
        name => BLOCKS.contains(&name),
    }
}

impl<'a> Layout<'a, '_> {
    fn part(&mut self, parent: usize, kind: impl Into<TagKind>) -> usize {
        let at = self.parts.len();
        self.parts.push(Part { kind: kind.into(), children: Vec::new() });
        if let Some(parent) = self.parts.get_mut(parent) {
            parent.children.push(Inside::Part(at));
        }
        at
    }

    fn slot(&mut self, part: usize) -> Slot {
        let at = self.slots;
        self.slots += 1;
        if let Some(part) = self.parts.get_mut(part) {
            part.children.push(Inside::Content(at));
        }
        Some(at)
    }

    fn blocks(&mut self, children: &'a [Node<'a>], place: Place, out: &mut Vec<Strip<'a>>) {
        let mut inline: Vec<&'a Node<'a>> = Vec::new();
        for child in children {
            match child {
                Node::Element(element) if is_block(element) => {
                    self.inline(&std::mem::take(&mut inline), place, out);
                    self.block(element, place, out);
                }
                _ => inline.push(child),
            }
        }
        self.inline(&inline, place, out);
    }

    /// Text that stands in a container beside its blocks.
    fn inline(&mut self, nodes: &[&'a Node<'a>], place: Place, out: &mut Vec<Strip<'a>>) {
        let mut atoms = Vec::new();
        let slot_part = self.part(place.part, Tag::P);
        let slot = self.slot(slot_part);
        for node in nodes {
            self.atoms(node, place.style, slot, &mut atoms);
        }
        if !atoms.is_empty() {
            self.paragraph(atoms, place, 0.0, out);
        }
    }

    fn block(&mut self, element: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        let em = place.style.size;
        let base = if self.sheet == Sheet::Report { 9.0 } else { 10.0 } * self.scale;
        let leaflet = self.sheet == Sheet::Leaflet;
        let sized = |size: f32| Style { size: size * self.scale, ..place.style };
        match element.name {
            "nav" | "a" => {}
            "svg" if element.has("defs") => {}
            "svg" => self.picture(element, place, out),
            "h1" => {
                let style = match leaflet {
                    true => Style { bold: true, colour: PRIVATE, ..sized(25.0) },
                    false => Style { bold: true, ..sized(19.0) },
                };
                self.heading(element, 1, style, 0.2 * base, place, out);
                self.after(0.4 * base, out);
            }
            "h2" => {
                let style = Style { bold: true, ..sized(if leaflet { 12.0 } else { 13.0 }) };
                self.heading(element, 2, style, 0.8 * base, place, out);
            }
            "h3" => {
                let style = Style { bold: true, ..sized(9.6) };
                self.heading(element, 3, style, 1.1 * base, place, out);
            }
            "summary" => {
                self.text(element, Style { bold: true, ..place.style }, Tag::P.into(), (0.9 * base, true), place, out)
            }
            "b" => {
                let size = if place.style.size < 9.0 * self.scale { place.style.size } else { 14.0 * self.scale };
                self.text(element, Style { bold: true, size, ..place.style }, Tag::P.into(), (0.0, false), place, out);
            }
            "p" => self.line(element, place, base, out),
            "figcaption" => {
                let style =
                    Style { colour: if leaflet { INK } else { SOFT }, ..sized(if leaflet { 9.5 } else { 8.0 }) };
                self.after(0.3 * base, out);
                self.blocks(&element.children, Place { style, ..place }, out);
            }
            "section" => {
                let rule =
                    What::Box { width: place.width, height: 0.0, radius: 0.0, fill: None, line: Some((LINE, 0.6)) };
                let items = vec![Item { x: place.x, y: 0.0, slot: None, what: rule }];
                out.push(Strip { above: 1.6 * base, height: 0.2 * base, items, keep: true, ..Strip::default() });
                let part = self.part(place.part, Tag::Section);
                self.blocks(&element.children, Place { part, ..place }, out);
            }
            "ul" | "ol" => self.list(element, place, out),
            "dl" => self.facts(element, place, out),
            "table" => self.table(element, place, out),
            "figure" if leaflet => self.leaflet_figure(element, place, out),
            "figure" => {
                let part = self.part(place.part, Tag::Div);
                let from = out.len();
                self.blocks(&element.children, Place { part, ..place }, out);
                let until = out.len().saturating_sub(1);
                for strip in out.iter_mut().take(until).skip(from) {
                    strip.keep = true;
                }
                if let Some(first) = out.get_mut(from) {
                    first.above = first.above.max(em);
                }
            }
            "div" if element.has("pair") => self.columns(element, 2, 0.0, place, out),
            "div" if element.has("ask") => {
                let (pad, part) = (0.8 * em, self.part(place.part, Tag::Div));
                let inner = Place { x: place.x + pad, width: place.width - 2.0 * pad, part, ..place };
                let mut strips = Vec::new();
                self.blocks(&element.children, inner, &mut strips);
                let mut boxed = joined(strips);
                for item in &mut boxed.items {
                    item.y += pad * 0.7;
                }
                boxed.height += pad * 1.4;
                let edge = What::Box {
                    width: place.width,
                    height: boxed.height,
                    radius: 3.0,
                    fill: None,
                    line: Some((INK, 1.2)),
                };
                boxed.items.insert(0, Item { x: place.x, y: 0.0, slot: None, what: edge });
                out.push(Strip { above: 1.2 * base, ..boxed });
            }
            "div" if element.has("set") => self.beside_a_line(element, HAIR, place, out),
            "div" if element.has("bands") => self.bands(element, place, out),
            "div" if element.has("small") => {
                let rule =
                    What::Box { width: place.width, height: 0.0, radius: 0.0, fill: None, line: Some((HAIR, 0.6)) };
                let items = vec![Item { x: place.x, y: 0.0, slot: None, what: rule }];
                out.push(Strip { above: 0.9 * base, height: 0.3 * base, items, keep: true, ..Strip::default() });
                let style = Style { colour: SOFT, ..sized(8.0) };
                self.blocks(&element.children, Place { style, ..place }, out);
            }
            "footer" => {
                self.after(1.2 * base, out);
                let style = Style { colour: SOFT, ..sized(8.0) };
                self.blocks(&element.children, Place { style, ..place }, out);
            }
            _ => self.blocks(&element.children, place, out),
        }
    }

    /// A paragraph by its class.
    fn line(&mut self, element: &'a Element<'a>, place: Place, base: f32, out: &mut Vec<Strip<'a>>) {
        let leaflet = self.sheet == Sheet::Leaflet;
        let sized = |size: f32| Style { size: size * self.scale, ..place.style };
        let mut style = place.style;
        let mut above = if place.style.size < base { 0.25 * base } else { 0.5 * base };
        if element.has("hero") {
            (style, above) = (Style { bold: true, colour: PRIVATE, ..sized(46.0) }, 0.0);
        } else if element.has("verdict") {
            (style, above) = (Style { bold: true, ..sized(11.5) }, 0.5 * base);
        } else if element.has("lead") {
            style = sized(if leaflet { 11.5 } else { 9.7 });
        } else if element.has("kicker") {
            (style, above) = (Style { colour: SOFT, ..sized(8.2) }, if leaflet { 0.0 } else { 0.8 * base });
        } else if element.has("soft") {
            style.colour = SOFT;
        }
        if element.has("small") {
            style.size = 8.0 * self.scale;
        }
        if element.has("note") {
            return self.beside_a_line(element, LINE, place, out);
        }
        // What introduces a table or a picture stays with it.
        let keep = element.has("lead") && !leaflet;
        self.text(element, style, Tag::P.into(), (above, keep), place, out);
    }

    /// Content with a line along its left side.
    fn beside_a_line(&mut self, element: &'a Element<'a>, colour: Colour, place: Place, out: &mut Vec<Strip<'a>>) {
        let pad = place.style.size;
        let part = self.part(place.part, Tag::Div);
        let from = out.len();
        let inner = Place { x: place.x + pad, width: place.width - pad, part, ..place };
        self.blocks(&element.children, inner, out);
        for (nth, strip) in out.iter_mut().skip(from).enumerate() {
            let above = if nth == 0 { 0.0 } else { strip.above };
            if nth == 0 {
                strip.above = strip.above.max(0.8 * pad);
            }
            let edge =
                What::Box { width: 1.8, height: strip.height + above, radius: 0.0, fill: Some(colour), line: None };
            strip.items.insert(0, Item { x: place.x, y: -above, slot: None, what: edge });
        }
    }

    fn heading(
        &mut self,
        element: &'a Element<'a>,
        level: u16,
        style: Style,
        above: f32,
        place: Place,
        out: &mut Vec<Strip<'a>>,
    ) {
        let title = outlined(element);
        let kind = std::num::NonZeroU16::new(level).map_or(Tag::P.into(), |level| Tag::Hn(level, Some(title)).into());
        let from = out.len();
        self.text(element, style, kind, (above, true), place, out);
        if level < 3
            && let Some(first) = out.get_mut(from)
        {
            first.mark = Some(outlined(element));
        }
    }

    fn text(
        &mut self,
        element: &'a Element<'a>,
        style: Style,
        kind: TagKind,
        (above, keep): (f32, bool),
        place: Place,
        out: &mut Vec<Strip<'a>>,
    ) {
        let part = self.part(place.part, kind);
        let slot = self.slot(part);
        let mut atoms = Vec::new();
        for child in &element.children {
            self.atoms(child, style, slot, &mut atoms);
        }
        let from = out.len();
        self.paragraph(atoms, Place { style, ..place }, above, out);
        if keep {
            out.iter_mut().skip(from).for_each(|strip| strip.keep = true);
        }
    }

    /// At least this much room before what comes next.
    fn after(&self, room: f32, out: &mut Vec<Strip<'a>>) {
        let keep = out.last().is_some_and(|strip| strip.keep);
        out.push(Strip { height: room, keep, ..Strip::default() });
    }

    fn picture(&mut self, svg: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        let (own_width, own_height) = picture::size(svg);
        let widest = match () {
            () if svg.has("network") => place.width.min(150.0 * MM),
            () if svg.has("chart") => place.width.min(120.0 * MM),
            () => place.width,
        };
        let width = (own_width * 0.75 * self.scale).min(widest);
        let width = if svg.has("wide") || svg.has("network") { widest } else { width };
        let height = (own_height * width / own_width).min(self.room * 0.9);
        let width = height * own_width / own_height;
        let slot = if svg.get("role") == Some("img") {
            let part = self.part(place.part, Tag::Figure(Some(picture::description(svg))));
            self.slot(part)
        } else {
            None
        };
        let x = if svg.has("network") { place.x + (place.width - width) / 2.0 } else { place.x };
        let items = vec![Item { x, y: 0.0, slot, what: What::Picture { svg, width, height } }];
        out.push(Strip { above: 0.4 * place.style.size, height, items, ..Strip::default() });
    }

    /// What must not be overlooked, above all else.
    fn bands(&mut self, element: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        let style = Style { size: 8.2 * self.scale, colour: SOFT, ..place.style };
        for band in element.elements() {
            let alarm = band.has("alarm");
            let style = match alarm {
                true => Style { bold: true, colour: WHITE, ..style },
                false => Style { bold: band.has("mark"), ..style },
            };
            let from = out.len();
            let pad = if alarm { 4.0 } else { 0.0 };
            let inner = Place { x: place.x + pad, width: place.width - 2.0 * pad, ..place };
            self.text(band, style, Tag::P.into(), (0.15 * style.size, false), inner, out);
            if alarm {
                for strip in out.iter_mut().skip(from) {
                    let ground = What::Box {
                        width: place.width,
                        height: strip.height,
                        radius: 0.0,
                        fill: Some(ALARM),
                        line: None,
                    };
                    strip.items.insert(0, Item { x: place.x, y: 0.0, slot: None, what: ground });
                }
            }
        }
    }

    fn list(&mut self, element: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        if element.has("cards") {
            return self.columns(element, 4, 1.0, place, out);
        }
        if element.has("stories") {
            return self.columns(element, 3, 1.0, place, out);
        }
        let ordered = element.name == "ol";
        let numbering = if ordered { ListNumbering::Decimal } else { ListNumbering::Disc };
        let list = self.part(place.part, Tag::L(numbering));
        if element.has("legend") {
            return self.legend(element, list, place, out);
        }
        // In a picture's caption the marks are pictures of their own.
        let marked = element.elements().all(|item| item.find("svg").is_none());
        let em = place.style.size;
        let indent = if marked { 1.5 * em } else { 0.0 };
        for (nth, item) in element.elements().enumerate() {
            let entry = self.part(list, Tag::LI);
            let from = out.len();
            if marked {
                let label = self.part(entry, Tag::Lbl);
                let slot = self.slot(label);
                let mark = if ordered { format!("{}.", nth + 1) } else { "•".to_owned() };
                let mut label = Vec::new();
                self.words(&mark, place.style, slot, &mut label);
                self.paragraph(label, place, 0.25 * em, out);
            }
            let body = self.part(entry, Tag::LBody);
            let inner = Place { x: place.x + indent, width: place.width - indent, part: body, ..place };
            let mut strips = Vec::new();
            let mut atoms = Vec::new();
            if item.elements().any(|child| is_block(child) && child.name != "svg") {
                self.blocks(&item.children, inner, &mut strips);
            } else {
                let slot = self.slot(body);
                for child in &item.children {
                    self.atoms(child, inner.style, slot, &mut atoms);
                    if matches!(child, Node::Element(element) if element.name == "svg") {
                        atoms.push(Atom::Gap(0.6 * em));
                    }
                }
                self.paragraph(atoms, inner, 0.25 * em, &mut strips);
            }
            // The mark stands on the first line of what it marks.
            if marked && let Some(first) = strips.first_mut() {
                let label = out.drain(from..).flat_map(|strip| strip.items).collect::<Vec<_>>();
                first.items.splice(0..0, label);
            }
            out.append(&mut strips);
        }
    }

    /// Signs and their words, one after another.
    fn legend(&mut self, element: &'a Element<'a>, list: usize, place: Place, out: &mut Vec<Strip<'a>>) {
        let style = Style { size: 8.0 * self.scale, whole: true, ..place.style };
        let mut atoms = Vec::new();
        for (nth, item) in element.elements().enumerate() {
            let entry = self.part(list, Tag::LI);
            let body = self.part(entry, Tag::LBody);
            let slot = self.slot(body);
            if nth > 0 {
                atoms.push(Atom::Gap(1.4 * style.size));
                atoms.push(Atom::Chance);
            }
            for child in &item.children {
                self.atoms(child, style, slot, &mut atoms);
                if matches!(child, Node::Element(element) if element.name == "svg") {
                    atoms.push(Atom::Gap(0.5 * style.size));
                }
            }
        }
        self.paragraph(atoms, Place { style, ..place }, 0.4 * style.size, out);
    }

    /// Names and what they stand for.
    fn facts(&mut self, element: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        let list = self.part(place.part, Tag::L(ListNumbering::None));
        let size = 8.4 * self.scale;
        let share = if element.has("proof") { 0.42 } else { 0.27 };
        let left = place.width * share;
        let gap = 1.2 * size;
        let mut entry = None;
        let mut label: Option<Strip<'a>> = None;
        for child in element.elements() {
            let name = child.name == "dt";
            if name || entry.is_none() {
                entry = Some(self.part(list, Tag::LI));
            }
            let Some(entry) = entry else { continue };
            let part = if name { self.part(entry, Tag::Lbl) } else { self.part(entry, Tag::LBody) };
            let slot = self.slot(part);
            let style = Style { size, colour: if name { SOFT } else { place.style.colour }, ..place.style };
            let (x, width) = if name { (place.x, left - gap) } else { (place.x + left, place.width - left) };
            let mut atoms = Vec::new();
            for node in &child.children {
                self.atoms(node, style, slot, &mut atoms);
            }
            let mut strips = Vec::new();
            self.paragraph(atoms, Place { x, width, style, ..place }, 0.22 * size, &mut strips);
            if name {
                label = Some(joined(strips));
                continue;
            }
            let body = joined(strips);
            out.push(beside(vec![label.take().unwrap_or_default(), body], 0.22 * size));
        }
    }

    /// Children side by side, `in_a_row` of them.
    fn columns(
        &mut self,
        element: &'a Element<'a>,
        in_a_row: usize,
        padding: f32,
        place: Place,
        out: &mut Vec<Strip<'a>>,
    ) {
        let em = place.style.size;
        let gap = 1.2 * em;
        let all: Vec<&'a Element<'a>> = element.elements().collect();
        let list = element.name == "ul";
        let parent =
            if list { self.part(place.part, Tag::L(ListNumbering::None)) } else { self.part(place.part, Tag::Div) };
        let width = (place.width - gap * (in_a_row - 1) as f32) / in_a_row as f32;
        for row in all.chunks(in_a_row) {
            let mut columns = Vec::new();
            for (nth, &child) in row.iter().enumerate() {
                let part = if list {
                    let entry = self.part(parent, Tag::LI);
                    self.part(entry, Tag::LBody)
                } else {
                    self.part(parent, Tag::Div)
                };
                let pad = padding * em * 0.8;
                let x = place.x + (width + gap) * nth as f32;
                let style = if list { Style { size: 8.4 * self.scale, ..place.style } } else { place.style };
                let inner = Place { x: x + pad, width: width - 1.6 * pad, style, part };
                let mut strips = Vec::new();
                self.blocks(&child.children, inner, &mut strips);
                columns.push((x, child, joined(strips)));
            }
            let tallest = columns.iter().map(|(_, _, strip)| strip.height).fold(0.0, f32::max);
            let pad = padding * em * 0.6;
            let mut strips = Vec::new();
            for (x, child, mut strip) in columns {
                let height = tallest + 2.0 * pad;
                for item in &mut strip.items {
                    item.y += pad;
                }
                if element.has("cards") {
                    let colour = child.classes().find_map(picture::of_class).unwrap_or(picture::OTHER);
                    let ground = What::Box { width, height, radius: 0.0, fill: Some(TINT), line: None };
                    let edge = What::Box { width: 3.0, height, radius: 0.0, fill: Some(colour), line: None };
                    let both = [ground, edge].map(|what| Item { x, y: 0.0, slot: None, what });
                    strip.items.splice(0..0, both);
                } else if element.has("stories") {
                    let edge = What::Box { width, height, radius: 2.0, fill: None, line: Some((HAIR, 0.7)) };
                    let top = What::Box { width, height: 2.2, radius: 0.0, fill: Some(picture::BYSTANDER), line: None };
                    let both = [edge, top].map(|what| Item { x, y: 0.0, slot: None, what });
                    strip.items.splice(0..0, both);
                }
                strip.height = height;
                strips.push(strip);
            }
            out.push(beside(strips, 0.8 * em));
        }
    }

    fn leaflet_figure(&mut self, element: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        let part = self.part(place.part, Tag::Div);
        let (left, gap) = (38.0 * MM * self.scale, 1.2 * place.style.size);
        let mut columns = Vec::new();
        for child in element.elements() {
            let mut strips = Vec::new();
            let (x, width) = match child.name {
                "svg" => (place.x, left),
                _ => (place.x + left + gap, place.width - left - gap),
            };
            self.block(child, Place { x, width, part, ..place }, &mut strips);
            columns.push(joined(strips));
        }
        let tallest = columns.iter().map(|strip| strip.height).fold(0.0, f32::max);
        for strip in &mut columns {
            let down = (tallest - strip.height) / 2.0;
            strip.items.iter_mut().for_each(|item| item.y += down);
        }
        out.push(beside(columns, 0.7 * place.style.size));
    }

    fn table(&mut self, element: &'a Element<'a>, place: Place, out: &mut Vec<Strip<'a>>) {
        let people = element.has("people");
        let size = if people { 7.4 } else { 8.4 } * self.scale;
        let style = Style { size, ..place.style };
        let table = self.part(place.part, Tag::Table);
        let mut rows: Vec<(bool, &'a Element<'a>, Vec<Cell<'a>>)> = Vec::new();
        for group in element.elements() {
            let head = group.name == "thead";
            let group_part = match group.name {
                "thead" => self.part(table, Tag::THead),
                "tbody" => self.part(table, Tag::TBody),
                _ => {
                    let kind = if group.name == "caption" { Tag::Caption.into() } else { TagKind::from(Tag::P) };
                    self.text(group, Style { bold: true, ..style }, kind, (0.4 * size, true), place, out);
                    continue;
                }
            };
            for row in group.elements() {
                let row_part = self.part(group_part, Tag::TR);
                let style = Style { bold: row.has("strong"), ..style };
                let cells = row.elements().map(|cell| self.cell(cell, row, head, style, row_part)).collect();
                rows.push((head, row, cells));
            }
        }
        let widths = widths(&rows, place.width, size);
        let mut head: Vec<Strip<'a>> = Vec::new();
        let mut body: Vec<Strip<'a>> = Vec::new();
        for (is_head, _, cells) in rows {
            let strips = self.row(cells, &widths, place, style, is_head);
            if is_head { head.extend(strips) } else { body.extend(strips) }
        }
        if let Some(first) = head.first_mut().or(body.first_mut()) {
            first.above = 0.6 * place.style.size;
        }
        head.iter_mut().for_each(|strip| strip.keep = true);
        let again: Rc<[Strip<'a>]> = head
            .iter()
            .cloned()
            .map(|mut strip| {
                strip.items.iter_mut().for_each(|item| item.slot = None);
                strip
            })
            .collect();
        out.append(&mut head);
        out.extend(body.into_iter().map(|strip| Strip { head: Some(Rc::clone(&again)), ..strip }));
        self.after(0.3 * place.style.size, out);
    }

    fn cell(
        &mut self,
        cell: &'a Element<'a>,
        row: &Element<'_>,
        head: bool,
        style: Style,
        row_part: usize,
    ) -> Cell<'a> {
        let scope = if cell.get("scope") == Some("row") { TableHeaderScope::Row } else { TableHeaderScope::Column };
        let part = match cell.name {
            "th" => self.part(row_part, Tag::TH(scope)),
            _ => self.part(row_part, Tag::TD),
        };
        let slot = self.slot(part);
        let mut style = style;
        if head {
            (style.bold, style.colour) = (true, SOFT);
        } else if cell.name == "th" && row.has("sub") {
            style.colour = SOFT;
        }
        let number = cell.has("n");
        style.whole |= cell.has("w") || (number && !head);
        let mut atoms = Vec::new();
        for child in &cell.children {
            self.atoms(child, style, slot, &mut atoms);
        }
        // A cell without content would not be there for those who listen, and the next ones move up.
        if atoms.is_empty() && !cell.has("bar") {
            atoms.push(Atom::Word { word: self.fonts.word("\u{a0}", false), style, slot });
        }
        let indent = if cell.name == "th" && row.has("sub") { 1.2 * style.size } else { 0.0 };
        Cell { atoms, right: number, bar: cell.has("bar"), indent, line: style }
    }

    /// The lines of a row, which stay together.
    fn row(&mut self, cells: Vec<Cell<'a>>, widths: &[f32], place: Place, style: Style, head: bool) -> Vec<Strip<'a>> {
        let pad = 0.7 * style.size;
        let (over, under) = (0.2 * style.size, 0.25 * style.size);
        let mut lines: Vec<Strip<'a>> = Vec::new();
        let mut x = place.x;
        for (cell, &width) in cells.into_iter().zip(widths) {
            let inner =
                Place { x: x + cell.indent, width: (width - pad - cell.indent).max(1.0), style: cell.line, ..place };
            let mut own = Vec::new();
            self.paragraph(cell.atoms, inner, 0.0, &mut own);
            if cell.right {
                for strip in &mut own {
                    let end = strip.items.iter().map(Item::right).fold(0.0, f32::max);
                    strip.items.iter_mut().for_each(|item| item.x += inner.x + inner.width - end);
                }
            }
            for (nth, strip) in own.into_iter().enumerate() {
                if lines.len() <= nth {
                    lines.push(Strip::default());
                }
                if let Some(line) = lines.get_mut(nth) {
                    line.height = line.height.max(strip.height);
                    line.items.extend(strip.items);
                }
            }
            x += width;
        }
        let last = lines.len().saturating_sub(1);
        let long = lines.len() > 30;
        for (nth, line) in lines.iter_mut().enumerate() {
            if nth == 0 {
                line.height += over;
                line.items.iter_mut().for_each(|item| item.y += over);
            }
            line.keep = nth < last && !long;
            if nth == last {
                line.height += under;
                let colour = if head { LINE } else { HAIR };
                let rule = What::Box {
                    width: x - place.x - pad,
                    height: 0.0,
                    radius: 0.0,
                    fill: None,
                    line: Some((colour, 0.5)),
                };
                line.items.push(Item { x: place.x, y: line.height, slot: None, what: rule });
            }
        }
        lines
    }

    /// The words of a node, each looking as its elements say.
    fn atoms(&mut self, node: &'a Node<'a>, style: Style, slot: Slot, out: &mut Vec<Atom<'a>>) {
        let element = match node {
            Node::Text(text) => return self.words(text, style, slot, out),
            Node::Element(element) => element,
        };
        let mut style = style;
        match element.name {
            "br" => return out.push(Atom::Break),
            "svg" => {
                let (own_width, own_height) = picture::size(element);
                // A bar in a cell is stretched to it; a sign keeps its form.
                let (width, height) = match element.get("preserveAspectRatio") {
                    Some(_) => (96.0 * self.scale, 7.5 * self.scale),
                    None => (own_width * style.size / own_height * 0.95, style.size * 0.95),
                };
                if element.get("preserveAspectRatio").is_none() && !out.is_empty() {
                    out.push(Atom::Gap(0.4 * style.size));
                }
                return out.push(Atom::Picture { svg: element, width, height });
            }
            "strong" => style.bold = true,
            "span" if element.has("blank") => return out.push(Atom::Rule(55.0 * MM * self.scale)),
            "span" if element.has("to") => {
                style = Style { size: style.size * 0.32, bold: false, colour: SOFT, raised: 0.45, ..style };
                self.space(style, slot, out);
            }
            "span" if element.has("tag") => {
                let colour = element.classes().find_map(picture::of_class).unwrap_or(picture::OTHER);
                style = Style { whole: true, pill: Some(colour), size: style.size * 0.92, ..style };
            }
            _ => {}
        }
        if element.has("soft") || element.has("no") {
            style.colour = SOFT;
        }
        if element.has("no") {
            style.bold = false;
        }
        style.whole |= element.has("id");
        for child in &element.children {
            self.atoms(child, style, slot, out);
        }
        if element.has("to") || element.has("no") {
            self.space(style, slot, out);
        }
    }

    fn space(&self, style: Style, slot: Slot, out: &mut Vec<Atom<'a>>) {
        if !matches!(out.last(), Some(Atom::Space { .. })) {
            out.push(Atom::Space { style: Style { pill: None, ..style }, slot });
        }
    }

    fn words(&mut self, text: &str, style: Style, slot: Slot, out: &mut Vec<Atom<'a>>) {
        let text: String = text.chars().map(visible).collect();
        if style.whole {
            // One unit: its spaces are as wide as others, and no line ends at them.
            if !text.is_empty() {
                let text = text.replace(' ', "\u{a0}");
                out.push(Atom::Word { word: self.fonts.word(&text, style.bold), style, slot });
            }
            return;
        }
        for (nth, piece) in text.split(' ').enumerate() {
            if nth > 0 {
                self.space(style, slot, out);
            }
            for (nth, word) in at_chances(piece).into_iter().enumerate() {
                if nth > 0 {
                    out.push(Atom::Chance);
                }
                out.push(Atom::Word { word: self.fonts.word(word, style.bold), style, slot });
            }
        }
    }

    /// Atoms in lines, one strip each.
    fn paragraph(&mut self, atoms: Vec<Atom<'a>>, place: Place, above: f32, out: &mut Vec<Strip<'a>>) {
        let lines = self.lines(atoms, place.width);
        let last = lines.len().saturating_sub(1);
        for (nth, line) in lines.into_iter().enumerate() {
            let mut strip = self.set(line, place);
            strip.above = if nth == 0 { above } else { 0.0 };
            // No single line of a paragraph at the foot or the head of a page.
            strip.keep = last > 0 && (nth == 0 || nth + 1 == last);
            out.push(strip);
        }
    }

    fn lines(&mut self, atoms: Vec<Atom<'a>>, width: f32) -> Vec<Vec<Atom<'a>>> {
        let mut lines: Vec<Vec<Atom<'a>>> = vec![Vec::new()];
        let mut used = 0.0;
        let mut unit: Vec<Atom<'a>> = Vec::new();
        for atom in atoms.into_iter().map(Some).chain([None]) {
            let ends = matches!(atom, None | Some(Atom::Space { .. } | Atom::Chance | Atom::Break));
            if !ends {
                unit.extend(atom);
                continue;
            }
            let wide: f32 = unit.iter().map(|atom| self.wide(atom)).sum();
            if used > 0.0 && used + wide > width + 0.01 {
                lines.push(Vec::new());
                used = 0.0;
                // Room before what begins a line is for what would have stood before it.
                let gaps = unit.iter().take_while(|atom| matches!(atom, Atom::Gap(_))).count();
                unit.drain(..gaps);
            }
            for atom in std::mem::take(&mut unit) {
                for piece in self.cut(atom, width) {
                    let wide = self.wide(&piece);
                    if used > 0.0 && used + wide > width + 0.01 {
                        lines.push(Vec::new());
                        used = 0.0;
                    }
                    used += wide;
                    if let Some(line) = lines.last_mut() {
                        line.push(piece);
                    }
                }
            }
            match atom {
                Some(Atom::Break) => {
                    lines.push(Vec::new());
                    used = 0.0;
                }
                Some(space @ Atom::Space { .. }) => {
                    used += self.wide(&space);
                    if let Some(line) = lines.last_mut().filter(|line| !line.is_empty()) {
                        line.push(space);
                    }
                }
                _ => {}
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    fn wide(&mut self, atom: &Atom<'_>) -> f32 {
        let space = match atom {
            Atom::Space { style, .. } => self.fonts.word(" ", style.bold).width,
            _ => 0.0,
        };
        atom.wide(space)
    }

    /// A word in as many pieces as it needs to stand in this width; everything else as it is.
    fn cut(&mut self, atom: Atom<'a>, width: f32) -> Vec<Atom<'a>> {
        let Atom::Word { word, style, slot } = atom else { return vec![atom] };
        if word.width * style.size <= width + 0.01 || word.text.chars().nth(1).is_none() {
            return vec![Atom::Word { word, style, slot }];
        }
        let mut pieces = Vec::new();
        let (mut piece, mut wide) = (String::new(), 0.0);
        for letter in word.text.chars() {
            // Letter by letter is a little more than the word, never less by much.
            let more = self.fonts.word(letter.encode_utf8(&mut [0; 4]), style.bold).width * style.size;
            if wide + more > width && !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
                wide = 0.0;
            }
            piece.push(letter);
            wide += more;
        }
        pieces.push(piece);
        let word = |text: String| Atom::Word {
            word: self.fonts.word(&text, style.bold),
            style: Style { pill: None, ..style },
            slot,
        };
        pieces.into_iter().map(word).collect()
    }

    /// A line as a strip.
    fn set(&mut self, line: Vec<Atom<'a>>, place: Place) -> Strip<'a> {
        let tallest = |atom: &Atom<'_>| match atom {
            Atom::Word { style, .. } if style.raised == 0.0 => style.size,
            Atom::Picture { height, .. } => height / LEADING,
            _ => 0.0,
        };
        let size = line.iter().map(tallest).fold(place.style.size.min(20.0 * self.scale), f32::max);
        // Large letters need less room around them.
        let height = if size > 30.0 * self.scale { size * 1.05 } else { size * LEADING };
        let foot = height / 2.0 + size * 0.36;
        let mut items = Vec::new();
        let mut x = place.x;
        for atom in leftward(line) {
            let wide = self.wide(&atom);
            match atom {
                Atom::Word { word, style, slot } => {
                    let y = foot - style.raised * style.size;
                    let mut at = x;
                    if let Some(colour) = style.pill {
                        let (pad, tall) = (0.45 * style.size, 1.22 * style.size);
                        let line = Some((colour, 0.8));
                        let what = What::Box { width: wide, height: tall, radius: tall / 2.0, fill: None, line };
                        items.push(Item { x, y: y - 0.96 * style.size, slot: None, what });
                        at += pad;
                    }
                    items.push(Item {
                        x: at,
                        y,
                        slot,
                        what: What::Word { word, size: style.size, colour: style.colour },
                    });
                }
                Atom::Space { style, slot } => {
                    let word = self.fonts.word(" ", style.bold);
                    items.push(Item {
                        x,
                        y: foot,
                        slot,
                        what: What::Word { word, size: style.size, colour: style.colour },
                    });
                }
                Atom::Picture { svg, width, height: tall } => {
                    let y = (height - tall) / 2.0;
                    items.push(Item { x, y, slot: None, what: What::Picture { svg, width, height: tall } });
                }
                Atom::Rule(width) => {
                    let line = Some((INK, 0.8));
                    let what = What::Box { width, height: 0.0, radius: 0.0, fill: None, line };
                    items.push(Item { x, y: foot + 1.5, slot: None, what });
                }
                Atom::Gap(_) | Atom::Chance | Atom::Break => {}
            }
            x += wide;
        }
        Strip { height, items, ..Strip::default() }
    }
}

impl Item<'_> {
    fn right(&self) -> f32 {
        match &self.what {
            // A space at the end of a line takes no room.
            What::Word { word, .. } if word.text.trim().is_empty() && &*word.text != "\u{a0}" => 0.0,
            What::Word { word, size, .. } => self.x + word.width * size,
            What::Box { width, .. } | What::Picture { width, .. } => self.x + width,
        }
    }
}

/// A table's cell before its place is known.
struct Cell<'a> {
    atoms: Vec<Atom<'a>>,
    right: bool,
    bar: bool,
    indent: f32,
    line: Style,
}

/// How wide each column is: as wide as its content where there is room, and else by what it has and needs.
fn widths(rows: &[(bool, &Element<'_>, Vec<Cell<'_>>)], room: f32, size: f32) -> Vec<f32> {
    let columns = rows.iter().map(|(_, _, cells)| cells.len()).max().unwrap_or(0);
    let pad = 0.7 * size;
    let (mut least, mut most) = (vec![0.0_f32; columns], vec![0.0_f32; columns]);
    for (_, _, cells) in rows {
        for ((cell, least), most) in cells.iter().zip(&mut least).zip(&mut most) {
            let (narrow, wide) = extent(cell);
            *least = least.max(narrow + pad + cell.indent);
            *most = most.max(wide + pad + cell.indent);
        }
    }
    let (low, high): (f32, f32) = (least.iter().sum(), most.iter().sum());
    if high <= room {
        return most;
    }
    if low >= room {
        // What is widest gives way first.
        let fair = room / columns.max(1) as f32;
        let kept: f32 = least.iter().filter(|&&width| width <= fair).sum();
        let over: f32 = least.iter().filter(|&&width| width > fair).sum();
        let give = if over > 0.0 { ((room - kept) / over).clamp(0.05, 1.0) } else { 1.0 };
        return least.iter().map(|&width| if width > fair { width * give } else { width }).collect();
    }
    let share = (room - low) / (high - low).max(0.01);
    least.iter().zip(&most).map(|(low, high)| low + (high - low) * share).collect()
}

/// The widest unit of a cell, and all of it in one line.
fn extent(cell: &Cell<'_>) -> (f32, f32) {
    let (mut unit, mut widest, mut line, mut longest) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    for atom in &cell.atoms {
        let wide = atom.wide(0.27);
        match atom {
            Atom::Space { .. } | Atom::Chance | Atom::Break => unit = 0.0,
            _ => unit += wide,
        }
        line = if matches!(atom, Atom::Break) { 0.0 } else { line + wide };
        (widest, longest) = (widest.max(unit), longest.max(line));
    }
    if cell.bar { (widest.max(48.0), longest.max(48.0)) } else { (widest, longest + 0.5) }
}

/// Strips one below the other as a single one.
fn joined(strips: Vec<Strip<'_>>) -> Strip<'_> {
    let mut all = Strip::default();
    for (nth, strip) in strips.into_iter().enumerate() {
        let top = all.height + if nth == 0 { 0.0 } else { strip.above };
        all.items.extend(strip.items.into_iter().map(|item| Item { y: item.y + top, ..item }));
        all.height = top + strip.height;
        all.mark = all.mark.or(strip.mark);
    }
    all
}

/// Strips side by side as a single one.
fn beside(strips: Vec<Strip<'_>>, above: f32) -> Strip<'_> {
    let mut all = Strip { above, ..Strip::default() };
    for strip in strips {
        all.height = all.height.max(strip.height);
        all.items.extend(strip.items);
    }
    all
}

/// A title as the outline lists it: its number apart from its words.
fn outlined(element: &Element<'_>) -> String {
    let mut title = String::new();
    for child in &element.children {
        match child {
            Node::Element(element) => {
                title.push_str(&element.text());
                title.push(' ');
            }
            Node::Text(text) => title.push_str(text),
        }
    }
    title.chars().map(visible).collect::<String>().trim().to_owned()
}

/// Where a long word may end a line: behind a hyphen or a stroke between letters, and behind what stands in addresses.
fn at_chances(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, sign) in word.char_indices() {
        let end = at + sign.len_utf8();
        let long = word.get(from..end).is_some_and(|piece| piece.chars().count() > 2)
            && word.get(end..).is_some_and(|rest| rest.chars().count() > 2);
        if long && matches!(sign, '-' | '/' | '@' | '_') {
            pieces.extend(word.get(from..end));
            from = end;
        }
    }
    pieces.extend(word.get(from..).filter(|rest| !rest.is_empty()));
    pieces
}

/// The atoms of a line in the order of their places: words that are read from right to left stand so among each other.
fn leftward(mut line: Vec<Atom<'_>>) -> Vec<Atom<'_>> {
    let is = |atom: &Atom<'_>| matches!(atom, Atom::Word { word, .. } if word.leftward);
    let mut from = 0;
    while let Some(first) = line.iter().skip(from).position(&is).map(|at| at + from) {
        let mut end = first + 1;
        let mut last = first;
        while let Some(atom) = line.get(end) {
            if is(atom) {
                last = end;
            } else if !matches!(atom, Atom::Space { .. }) {
                break;
            }
            end += 1;
        }
        if let Some(run) = line.get_mut(first..=last) {
            run.reverse();
        }
        from = last + 1;
    }
    line
}
