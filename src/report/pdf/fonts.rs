//! Decides which letters a paper has and how they stand together: which face has a letter, how a word is shaped, and what
//! is shown for a letter that no face has. The text behind a letter is always the one that was written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};

/// Where a face ends that has everything; the first two are the same letters, light and bold. `fonts/README.md`.
const FACES: [&[u8]; 7] = [
    include_bytes!("fonts/NotoSans-Regular.ttf"),
    include_bytes!("fonts/NotoSans-Bold.ttf"),
    include_bytes!("fonts/NotoSansHebrew-Regular.ttf"),
    include_bytes!("fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("fonts/NotoSansArmenian-Regular.ttf"),
    include_bytes!("fonts/NotoSansGeorgian-Regular.ttf"),
    include_bytes!("fonts/NotoSansThai-Regular.ttf"),
];

/// Stands for a letter that no face has.
const MISSING: char = '\u{fffd}';

struct Face {
    font: Font,
    shaper: rustybuzz::Face<'static>,
    em: f32,
}

/// Letters of one face that stand together.
pub(super) struct Part {
    pub font: Font,
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
}

/// A word as it is drawn; all lengths in its size.
pub(super) struct Word {
    pub text: Box<str>,
    pub parts: Vec<Part>,
    pub width: f32,
    /// Read from right to left.
    pub leftward: bool,
}

impl Word {
    /// Draws it from this point on, on the line that the letters stand on.
    pub fn draw(&self, (mut x, y): (f32, f32), size: f32, surface: &mut Surface<'_>) {
        for part in &self.parts {
            surface.draw_glyphs(Point::from_xy(x, y), &part.glyphs, part.font.clone(), &part.text, size, false);
            x += part.glyphs.iter().map(|glyph| glyph.x_advance * size).sum::<f32>();
        }
    }
}

/// All faces, and the words that were shaped already.
pub(super) struct Fonts {
    faces: Vec<Face>,
    /// Light and bold.
    words: [BTreeMap<Box<str>, Rc<Word>>; 2],
}

impl Fonts {
    /// `None` if an embedded face cannot be read, which a test rules out.
    pub fn new() -> Option<Self> {
        let faces = FACES.iter().map(|&bytes| {
            let font = Font::new(bytes.into(), 0)?;
            let shaper = rustybuzz::Face::from_slice(bytes, 0)?;
            let em = font.units_per_em();
            Some(Face { font, shaper, em })
        });
        Some(Self { faces: faces.collect::<Option<Vec<Face>>>()?, words: Default::default() })
    }

    pub fn word(&mut self, text: &str, bold: bool) -> Rc<Word> {
        let known = |words: &[BTreeMap<Box<str>, Rc<Word>>; 2]| words[usize::from(bold)].get(text).map(Rc::clone);
        known(&self.words).unwrap_or_else(|| {
            let word = Rc::new(self.shaped(text, bold));
            self.words[usize::from(bold)].insert(Box::from(text), Rc::clone(&word));
            word
        })
    }

    fn shaped(&self, text: &str, bold: bool) -> Word {
        let mut parts = Vec::new();
        let (mut width, mut leftward) = (0.0, false);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at = self.face_of(first, bold);
            let end =
                rest.char_indices().find(|&(_, c)| self.face_of(c, bold) != at).map_or(rest.len(), |(end, _)| end);
            let (run, after) = rest.split_at(end);
            rest = after;
            let Some(face) = at.or(Some(0)).and_then(|at| self.faces.get(at)) else { continue };
            let (glyphs, left) = if at.is_some() { shape(face, run) } else { (stand_in(face, run), false) };
            leftward |= left;
            width += glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>();
            parts.push(Part { font: face.font.clone(), text: run.to_owned(), glyphs });
        }
        Word { text: Box::from(text), parts, width, leftward }
    }

    /// The first face that has the letter.
    fn face_of(&self, letter: char, bold: bool) -> Option<usize> {
        let order = if bold { [1, 0, 2, 3, 4, 5, 6] } else { [0, 1, 2, 3, 4, 5, 6] };
        let has = |&at: &usize| self.faces.get(at).is_some_and(|face| face.shaper.glyph_index(letter).is_some());
        order.into_iter().find(has)
    }
}

fn shape(face: &Face, text: &str) -> (Vec<KrillaGlyph>, bool) {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let leftward = buffer.direction() == Direction::RightToLeft;
    let shaped = rustybuzz::shape(&face.shaper, &[], buffer);
    let starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    let mut ends = starts.clone();
    ends.sort_unstable();
    // A letter's text goes as far as the next one's.
    let range = |start: usize| -> Range<usize> {
        let next = ends.partition_point(|&end| end <= start);
        start..ends.get(next).copied().unwrap_or(text.len())
    };
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, position)| {
        let em = |length: i32| length as f32 / face.em;
        KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            em(position.x_advance),
            em(position.x_offset),
            em(position.y_offset),
            em(position.y_advance),
            range(info.cluster as usize),
            None,
        )
    });
    (glyphs.collect(), leftward)
}

/// One mark for each letter, which has the letter itself as its text.
fn stand_in(face: &Face, text: &str) -> Vec<KrillaGlyph> {
    let Some(mark) = face.shaper.glyph_index(MISSING) else { return Vec::new() };
    let advance = f32::from(face.shaper.glyph_hor_advance(mark).unwrap_or(1000)) / face.em;
    let glyph = |(at, letter): (usize, char)| {
        let range = at..at + letter.len_utf8();
        KrillaGlyph::new(GlyphId::new(u32::from(mark.0)), advance, 0.0, 0.0, 0.0, range, None)
    };
    text.char_indices().map(glyph).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_of_europe_are_all_there() {
        let fonts = Fonts::new().expect("every face is read");
        for bold in [false, true] {
            let letters = "ÄÖÜäöüßẞ€„“‚‘«»–—…·ĄĆĘŁŃÓŚŹŻąćęłńóśźż ěščřžů őű çğış åæø ñ ţțăî ИВАН Ελληνικά Ђћ їєґ";
            for letter in letters.chars() {
                let at = fonts.face_of(letter, bold);
                assert_eq!(at, Some(usize::from(bold)), "{letter}");
            }
            for letter in "אבאשּׁسمعلیՀայქართไทย".chars() {
                assert!(fonts.face_of(letter, bold).is_some(), "{letter}");
            }
        }
    }

    #[test]
    fn a_letter_that_no_face_has_is_seen_and_can_be_copied() {
        let mut fonts = Fonts::new().expect("every face is read");
        let word = fonts.word("王伟x", false);
        let texts: Vec<&str> = word.parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(texts, ["王伟", "x"]);
        assert_eq!(word.parts[0].glyphs.len(), 2);
        assert!(word.width > 1.0);
        assert!(fonts.word("سلام", true).leftward && !fonts.word("Łódź", true).leftward);
    }
}
