//! Decides what a report and a leaflet are on paper: the page itself, laid out for A4, with its structure for those who
//! listen (PDF/UA-1) and everything it needs to be shown in many years (PDF/A-2a).
//!
//! The page is the only source: what is on paper has passed the same cleaning, and bears the same figures.

mod flow;
mod fonts;
mod picture;
mod tree;

use std::io;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagTree};

use super::{Lang, LeafletError, Look, Report};
use flow::{Inside, Item, Layout, MM, Part, Sheet, Slot, Strip, What};
use fonts::Fonts;
use picture::{Patterns, SOFT, fill, stroke};

/// A4.
const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
/// Left and right, above, below.
const MARGINS: (f32, f32, f32) = (16.0 * MM, 20.0 * MM, 18.0 * MM);

pub(super) fn write(report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let margins = super::html::margins(report, look);
    let paper = Paper { sheet: Sheet::Report, scale: 1.0, margins: Some(&margins) };
    let page = super::html::page(report, look);
    out.write_all(&paper.print(&tree::parse(&page), report, look.lang, &mut fonts()?)?)
}

/// The leaflet on exactly one page.
///
/// # Errors
/// As for the page, and if it cannot be written.
pub fn leaflet(report: &Report, lang: Lang, contact: Option<&str>) -> Result<io::Result<Vec<u8>>, LeafletError> {
    let page = super::leaflet(report, lang, contact)?;
    Ok(on_one_page(&tree::parse(&page), report, lang))
}

/// As large as a page can hold.
fn on_one_page(page: &tree::Element<'_>, report: &Report, lang: Lang) -> io::Result<Vec<u8>> {
    let mut fonts = fonts()?;
    let sizes = (0..35_u8).map(|smaller| 1.2 - f32::from(smaller) * 0.02);
    let mut papers = sizes.map(|scale| Paper { sheet: Sheet::Leaflet, scale, margins: None });
    let paper = papers.find(|paper| paper.fits(page, &mut fonts));
    let paper = paper.ok_or_else(|| io::Error::other("the leaflet does not fit on a page"))?;
    paper.print(page, report, lang, &mut fonts)
}

fn fonts() -> io::Result<Fonts> {
    Fonts::new().ok_or_else(|| io::Error::other("an embedded font cannot be read"))
}

/// A page on its way to paper.
struct Paper<'m> {
    sheet: Sheet,
    scale: f32,
    margins: Option<&'m super::html::Margins>,
}

/// A page's strips with their places.
type Laid<'a> = Vec<Vec<(f32, Strip<'a>)>>;

impl Paper<'_> {
    /// The room for text.
    fn room(&self) -> (f32, f32) {
        let (side, above, below) = self.edges();
        (PAGE.0 - 2.0 * side, PAGE.1 - above - below)
    }

    fn edges(&self) -> (f32, f32, f32) {
        match self.sheet {
            Sheet::Report => MARGINS,
            Sheet::Leaflet => (17.0 * MM, 15.0 * MM, 13.0 * MM),
        }
    }

    fn fits(&self, page: &tree::Element<'_>, fonts: &mut Fonts) -> bool {
        let (_, strips) = flow::lay_out(page, self.sheet, self.scale, self.room(), fonts);
        paged(strips, self.room().1).len() <= 1
    }

    fn print(&self, source: &tree::Element<'_>, report: &Report, lang: Lang, fonts: &mut Fonts) -> io::Result<Vec<u8>> {
        let (layout, strips) = flow::lay_out(source, self.sheet, self.scale, self.room(), fonts);
        let Layout { parts, slots, .. } = layout;
        let pages = paged(strips, self.room().1);
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_A)
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .map_err(|_| io::Error::other("PDF/A and PDF/UA exclude each other"))?;
        let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        let mut contents: Vec<Vec<Identifier>> = vec![Vec::new(); slots];
        let mut outline = Outline::new();
        let mut patterns = Patterns::new();
        let whole = pages.len();
        let (left, above, _) = self.edges();
        for (nth, strips) in pages.into_iter().enumerate() {
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1).unwrap_or_default();
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            if nth == 0 {
                patterns = picture::patterns(&mut surface);
            }
            if let Some(margins) = self.margins {
                margin(margins, (nth + 1, whole), fonts, &mut surface);
            }
            let mut pen = Pen { slot: Open::Nothing, fonts: &mut *fonts, patterns: &patterns, contents: &mut contents };
            for (y, strip) in strips {
                if let Some(title) = strip.mark {
                    let place = XyzDestination::new(nth, Point::from_xy(left, (above + y - 6.0).max(0.0)));
                    outline.push_child(OutlineNode::new(title, place));
                }
                for item in &strip.items {
                    pen.draw(item, (left, above + y), &mut surface);
                }
            }
            pen.close(&mut surface);
            surface.finish();
            page.finish();
        }
        document.set_outline(outline);
        document.set_tag_tree(structure(&parts, &contents, lang));
        let title = source.find("title").map(tree::Element::text).unwrap_or_default();
        let program = format!("{} {}", super::Plain(&report.program.name), super::Plain(&report.program.version));
        document.set_metadata(
            Metadata::new()
                .title(title.chars().map(super::safe::visible).collect())
                .language(lang.tag().to_owned())
                .creator(program.clone())
                .producer(program)
                .creation_date(date(&report.generated_at)),
        );
        document.finish().map_err(|error| io::Error::other(reason(&error)))
    }
}

/// What was wrong with a document, without a word of it.
fn reason(error: &krilla::error::KrillaError) -> String {
    match error {
        krilla::error::KrillaError::Validation(errors) => {
            let first = errors.first().map(|(error, _)| format!("{error:?}")).unwrap_or_default();
            let name = first.split(['(', ' ']).next().unwrap_or_default();
            format!("the document is no PDF/A: {name}")
        }
        _ => "the document cannot be written".to_owned(),
    }
}

/// Strips on pages. What stays together moves on together, unless it is longer than a page.
fn paged(strips: Vec<Strip<'_>>, room: f32) -> Laid<'_> {
    let mut pages: Laid<'_> = vec![Vec::new()];
    let mut used = 0.0;
    let mut together: Vec<Strip<'_>> = Vec::new();
    for strip in strips {
        let keep = strip.keep;
        together.push(strip);
        if !keep {
            place(std::mem::take(&mut together), room, &mut used, &mut pages);
        }
    }
    place(together, room, &mut used, &mut pages);
    pages
}

fn place<'a>(together: Vec<Strip<'a>>, room: f32, used: &mut f32, pages: &mut Laid<'a>) {
    let height: f32 = together.iter().map(|strip| strip.above + strip.height).sum();
    let mut fresh = *used > 0.0 && *used + height > room && height <= room;
    for mut strip in together {
        let starts = fresh || (*used > 0.0 && *used + strip.above + strip.height > room);
        fresh = false;
        if starts {
            pages.push(Vec::new());
            *used = 0.0;
        }
        let head = strip.head.take();
        let Some(page) = pages.last_mut() else { return };
        if starts && let Some(head) = head {
            for repeated in head.iter() {
                page.push((*used, Strip { mark: None, ..repeated.clone() }));
                *used += repeated.height;
            }
        }
        // Room above is for what stands below something.
        let top = if *used > 0.0 { *used + strip.above } else { 0.0 };
        *used = top + strip.height;
        page.push((top, strip));
    }
}

/// What is being drawn: content of this slot, or what is not read out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Artifact,
    Content(usize),
}

/// Draws items, each within the tag of its content.
struct Pen<'p> {
    slot: Open,
    fonts: &'p mut Fonts,
    patterns: &'p Patterns,
    contents: &'p mut Vec<Vec<Identifier>>,
}

impl Pen<'_> {
    fn draw(&mut self, item: &Item<'_>, (left, top): (f32, f32), surface: &mut Surface<'_>) {
        self.open(item.slot, surface);
        let (x, y) = (left + item.x, top + item.y);
        match &item.what {
            What::Word { word, size, colour } => {
                surface.set_stroke(None);
                surface.set_fill(Some(fill(*colour)));
                word.draw((x, y), *size, surface);
            }
            What::Box { width, height, radius, fill: inside, line } => {
                surface.set_fill(inside.map(fill));
                surface.set_stroke(line.map(|(colour, width)| stroke(colour, width)));
                let path = if *height <= 0.0 {
                    let mut path = PathBuilder::new();
                    path.move_to(x, y);
                    path.line_to(x + width, y);
                    path.finish()
                } else {
                    picture::rounded(x, y, *width, *height, *radius)
                };
                if let Some(path) = path {
                    surface.draw_path(&path);
                }
            }
            What::Picture { svg, width, height } => {
                picture::draw(svg, (x, y), (*width, *height), self.fonts, self.patterns, surface);
            }
        }
    }

    fn open(&mut self, slot: Slot, surface: &mut Surface<'_>) {
        let wanted = slot.map_or(Open::Artifact, Open::Content);
        if wanted == self.slot {
            return;
        }
        self.close(surface);
        match slot {
            None => {
                surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            }
            Some(slot) => {
                let identifier = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
                if let Some(contents) = self.contents.get_mut(slot) {
                    contents.push(identifier);
                }
            }
        }
        self.slot = wanted;
    }

    fn close(&mut self, surface: &mut Surface<'_>) {
        if self.slot != Open::Nothing {
            surface.end_tagged();
            self.slot = Open::Nothing;
        }
    }
}

/// What stands in the margins of a page.
fn margin(margins: &super::html::Margins, (nth, whole): (usize, usize), fonts: &mut Fonts, surface: &mut Surface<'_>) {
    let (side, above, below) = MARGINS;
    let pages = format!("{} {nth} / {whole}", margins.page);
    let right = |fonts: &mut Fonts, text: &str| PAGE.0 - side - fonts.word(text, false).width * 7.5;
    let end = right(fonts, &pages);
    for (kind, text, bold, size, x, y) in [
        (ArtifactType::Header, margins.above.as_str(), true, 8.0, side, above * 0.6),
        (ArtifactType::Footer, margins.below.as_str(), false, 7.5, side, PAGE.1 - below * 0.45),
        (ArtifactType::Footer, pages.as_str(), false, 7.5, end, PAGE.1 - below * 0.45),
    ] {
        if text.is_empty() {
            continue;
        }
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        surface.set_fill(Some(fill(if bold { picture::ALARM } else { SOFT })));
        surface.set_stroke(None);
        fonts.word(text, bold).draw((x, y), size, surface);
        surface.end_tagged();
    }
}

/// The structure of the document; what has no content in it is left out.
fn structure(parts: &[Part], contents: &[Vec<Identifier>], lang: Lang) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(lang.tag().to_owned()));
    if let Some(root) = parts.first()
        && let Some(group) = grouped(root, parts, contents)
    {
        tree.push(group);
    }
    tree
}

fn grouped(part: &Part, parts: &[Part], contents: &[Vec<Identifier>]) -> Option<TagGroup> {
    let mut group = TagGroup::new(part.kind.clone());
    for child in &part.children {
        match child {
            Inside::Part(at) => {
                if let Some(inner) = parts.get(*at).and_then(|part| grouped(part, parts, contents)) {
                    group.push(inner);
                }
            }
            Inside::Content(slot) => {
                for &identifier in contents.get(*slot).into_iter().flatten() {
                    group.push(identifier);
                }
            }
        }
    }
    (!group.children.is_empty()).then_some(group)
}

/// The moment of an RFC 3339 text, as far as it is one.
fn date(text: &str) -> DateTime {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u8>().ok());
    let year = text.get(..4).and_then(|digits| digits.parse().ok()).unwrap_or(1970);
    let mut date = DateTime::new(year);
    if let (Some(month), Some(day)) = (number(5, 7), number(8, 10)) {
        date = date.month(month).day(day);
    }
    if let (Some(hour), Some(minute), Some(second)) = (number(11, 13), number(14, 16), number(17, 19)) {
        date = date.hour(hour).minute(minute).second(second).utc_offset_hour(0);
    }
    date
}

#[cfg(test)]
pub(super) fn read_out(report: &Report, look: Look) -> String {
    let page = super::html::page(report, look);
    let paper = Paper { sheet: Sheet::Report, scale: 1.0, margins: None };
    let page = tree::parse(&page);
    let mut fonts = Fonts::new().unwrap_or_else(|| unreachable!("a test reads every face"));
    let (layout, strips) = flow::lay_out(&page, paper.sheet, paper.scale, paper.room(), &mut fonts);
    let mut contents = vec![String::new(); layout.slots];
    for strip in &strips {
        for item in &strip.items {
            if let (Some(slot), What::Word { word, .. }) = (item.slot, &item.what) {
                contents[slot].push_str(&word.text);
            }
        }
    }
    contents.join("\n").replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::safe::acts;
    use crate::report::tests::report;
    use crate::report::{Audience, Headline, Level};

    fn printed(report: &Report, look: Look) -> Vec<u8> {
        let mut out = Vec::new();
        write(report, look, &mut out).expect("is a PDF/A");
        out
    }

    /// The text of a page that is on paper too, without any room.
    fn text(element: &tree::Element<'_>, all: &mut String) {
        for child in &element.children {
            match child {
                tree::Node::Text(text) => all.extend(text.chars().filter(|c| !c.is_whitespace())),
                tree::Node::Element(inner) if matches!(inner.name, "nav" | "svg" | "title") || inner.has("skip") => {}
                tree::Node::Element(inner) => text(inner, all),
            }
        }
    }

    /// Nothing of the page is lost on the way to paper, at any level, for anybody.
    #[test]
    fn all_of_the_page_is_on_paper_in_its_order() {
        for level in Level::ALL {
            for audience in Audience::ALL {
                let look = Look { audience, lang: Lang::De, ..Look::default() };
                let report = report(level);
                let page = super::super::html::page(&report, look);
                let mut wanted = String::new();
                text(tree::parse(&page).find("body").expect("is there"), &mut wanted);
                let mut read: String = read_out(&report, look);
                // The marks of lists are the paper's own.
                read = read
                    .lines()
                    .filter(|line| {
                        *line != "•"
                            && !line.trim_end_matches('.').chars().all(|c| c.is_ascii_digit() && line.ends_with('.'))
                    })
                    .collect();
                read.retain(|c| !c.is_whitespace());
                assert!(wanted.len() > 2000);
                assert_eq!(read, wanted, "{level:?} {audience:?}");
            }
        }
    }

    #[test]
    fn two_runs_give_the_same_bytes() {
        let report = report(Level::Clear);
        let look = Look { lang: Lang::De, ..Look::default() };
        let paper = printed(&report, look);
        assert!(paper.starts_with(b"%PDF-1.7"));
        assert!(paper == printed(&report, look));
    }

    #[test]
    fn names_of_all_scripts_and_hostile_ones_make_a_valid_document() {
        let mut hostile = report(Level::Clear);
        let names = [
            "\u{1b}[2J\u{202e}evil\u{200b}\u{0}",
            "=HYPERLINK(\"http://x.example\")",
            "<script>alert(1)</script>",
            "王伟 田中",
            "محمد علي",
            "דוד כהן",
            "👩‍👩‍👧 🦀",
            "e\u{301}\u{302}\u{303}",
            "\u{e000}\u{feff}\u{fffe}",
            "नमस्ते ไทย ქართული Հայ",
        ];
        let long = "x".repeat(65_536);
        for (nth, contact) in hostile.contacts.iter_mut().enumerate() {
            contact.names = vec![if nth == 0 { long.clone() } else { names.join(" ") }];
        }
        let look = Look { audience: Audience::Person, overdue: true, ..Look::default() };
        printed(&hostile, look);
        let read = read_out(&hostile, look);
        assert!(!read.chars().any(|c| c != '\n' && acts(c)));
        assert!(read.contains("<script>alert(1)</script>") && read.contains("王伟"));
    }

    fn large() -> Report {
        let mut report = report(Level::Clear);
        report.headline = Headline { low: 143, high: 412, ..report.headline };
        report.people.persons = 1234;
        report
    }

    #[test]
    fn a_leaflet_is_one_page() {
        for lang in Lang::ALL {
            for contact in [None, Some("dpo@corp.example".to_owned()), Some("Wort ".repeat(5_000))] {
                let paper = leaflet(&large(), lang, contact.as_deref()).expect("is made").expect("is written");
                let pages =
                    paper.windows(11).filter(|bytes| *bytes == b"/Type /Page" || *bytes == b"/Type/Page\n").count();
                assert!(pages <= 2, "{pages}");
            }
            let few = Report { headline: Headline { low: 0, high: 4, ..large().headline }, ..large() };
            assert!(matches!(leaflet(&few, lang, None), Err(LeafletError::TooFew)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// Whatever is written on it, it is a document that the standards take.
        #[test]
        fn whatever_stands_on_a_leaflet(contact in "\\PC{0,200}|.{0,200}") {
            let paper = leaflet(&large(), Lang::En, Some(&contact)).expect("is made");
            prop_assert!(paper.is_ok());
        }
    }
}
