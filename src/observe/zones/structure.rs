//! Decides who speaks in a line: how deep it is quoted, which lines introduce a quotation, and which lines
//! belong together as one author's text.

use std::cell::Cell;

use crate::message::Line;

use super::facts::WINDOW;
use super::words::{Class, Classes, LEXICON, Token, split};

/// What a line is before anything is known of its words; a byte a line, for there may be millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Without any text of its own.
    Blank,
    Intro,
    /// The writer's own words.
    Own,
    Quoted,
}

/// One author's text: the lines that belong together, without the quotations between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// Somebody else's words, quoted or forwarded.
    pub quoted: bool,
    /// How many quote marks its first line has; none where markup or an introduction alone says that it is quoted.
    pub marks: usize,
    /// How many lines it has.
    pub count: usize,
    /// The last of them, [`WINDOW`] and one more at least, if there are as many.
    pub lines: Vec<usize>,
    /// The lines that introduce it, first and one behind the last: they say who wrote it.
    pub introduction: Option<(usize, usize)>,
}

impl Segment {
    fn push(&mut self, line: usize, marks: usize) {
        if self.count == 0 {
            self.marks = marks;
        }
        if self.lines.len() > 2 * WINDOW {
            self.lines.drain(..WINDOW);
        }
        self.lines.push(line);
        self.count += 1;
    }
}

/// What is known of every line before anything is known of its words.
#[derive(Default)]
pub struct Structure {
    pub kinds: Vec<Kind>,
    pub segments: Vec<Segment>,
    /// Somebody else's text is quoted without marks.
    pub threaded: bool,
    /// The last line with text, and the last one of the writer's own.
    pub last: usize,
    pub last_own: usize,
    words: Vec<Token>,
}

/// Header labels that a block must show before it is taken for one.
const HEADER: Classes = Class::From.bit() | Class::Sent.bit() | Class::To.bit() | Class::Subject.bit();
/// Lines that a header block may have.
const BLOCK: usize = 24;

impl Structure {
    /// Reads the structure of a text, in one pass and with a bounded look ahead; what was read before is forgotten.
    pub fn read(&mut self, lines: &[Line]) {
        let Self { kinds, segments, threaded, last, last_own, words } = self;
        kinds.clear();
        kinds.reserve(lines.len());
        segments.clear();
        let mut text = Text::new(lines);
        let mut frames =
            Frames { open: Vec::new(), quoted_from: None, introduction: None, done: std::mem::take(segments) };
        let mut n = 0;
        while n < lines.len() {
            text.look(n);
            let row = text.row(n);
            if row.text.is_empty() {
                // A blank line ends nothing: some programs leave the marks off a quotation's blank lines.
                kinds.push(Kind::Blank);
                n += 1;
                continue;
            }
            if let Some(found) = text.introduction(n, words) {
                kinds.extend(std::iter::repeat_n(Kind::Intro, found.end - n));
                if found.opens {
                    frames.open(row.depth, (n, found.end));
                } else {
                    frames.enter(row.depth);
                    frames.introduction = Some((n, found.end));
                }
                n = found.end;
                continue;
            }
            kinds.push(if frames.push(row, n) { Kind::Quoted } else { Kind::Own });
            n += 1;
        }
        *segments = frames.finish();
        let end = |of: &dyn Fn(&Segment) -> bool| {
            segments.iter().filter(|segment| of(segment)).filter_map(|segment| segment.lines.last().copied()).max()
        };
        *threaded = segments.iter().any(|segment| segment.quoted && segment.marks == 0);
        (*last, *last_own) = (end(&|_| true).unwrap_or(0), end(&|segment| !segment.quoted).unwrap_or(0));
    }
}

/// How many quote marks a line starts with, and where its own text begins.
pub fn quote_marks(text: &str) -> (usize, usize) {
    let bytes = text.as_bytes();
    let (mut marks, mut start, mut at) = (0, 0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' if at < start + 3 => {}
            b'>' => {
                marks += 1;
                start = at + 1;
            }
            // "|> text", ":> text": marks of old news readers.
            b'|' | b':' if bytes.get(at + 1) == Some(&b'>') => {}
            _ => break,
        }
        at += 1;
    }
    (marks, start)
}

struct Introduction {
    /// The first line behind it.
    end: usize,
    /// What follows is somebody else's, though nothing marks it line by line.
    opens: bool,
}

/// A line without its quote marks and outer space.
#[derive(Clone, Copy, Default)]
struct Row<'a> {
    text: &'a str,
    depth: usize,
    marks: usize,
}

/// The lines from the one that is looked at to the farthest that may say what it is; each is read once.
struct Text<'a> {
    lines: &'a [Line],
    rows: [Row<'a>; AHEAD],
    /// The header labels of those that were asked for: a block is tried at each of its lines.
    labels: [Cell<Option<Classes>>; AHEAD],
    /// How many lines were read.
    read: usize,
}

/// A divider, three lines, a stamp, three lines and a block: an introduction ends 34 lines on at most.
const AHEAD: usize = 64;

impl<'a> Text<'a> {
    fn new(lines: &'a [Line]) -> Self {
        Self { lines, rows: [Row::default(); AHEAD], labels: [const { Cell::new(None) }; AHEAD], read: 0 }
    }

    /// Reads on, so that line `n` and the [`AHEAD`] - 1 behind it can be asked for.
    fn look(&mut self, n: usize) {
        let wanted = self.lines.len().min(n + AHEAD);
        while let Some(line) = self.lines.get(self.read).filter(|_| self.read < wanted) {
            let (marks, start) = quote_marks(&line.text);
            let text = line.text.get(start..).unwrap_or_default();
            if let Some(row) = self.rows.get_mut(self.read % AHEAD) {
                *row = Row { text: trimmed(text), depth: usize::from(line.hints.quote) + marks, marks };
            }
            if let Some(label) = self.labels.get(self.read % AHEAD) {
                label.set(None);
            }
            self.read += 1;
        }
    }

    fn row(&self, n: usize) -> Row<'a> {
        if n < self.read { self.rows.get(n % AHEAD).copied().unwrap_or_default() } else { Row::default() }
    }

    fn depth(&self, n: usize) -> usize {
        self.row(n).depth
    }

    fn content(&self, n: usize) -> &'a str {
        self.row(n).text
    }

    /// Whether a quotation is introduced at this line.
    fn introduction(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let text = self.content(n);
        // The cheapest test first: few lines can start an introduction.
        let first = text.chars().next()?;
        if !(first.is_alphanumeric()
            || matches!(first, '-' | '_' | '=' | '*' | '>' | '<' | '"' | '[' | '(' | '\'' | '„'))
        {
            return None;
        }
        if matches!(first, '-' | '_' | '=' | '*') {
            if let Some(end) = self.divider(n, words) {
                return Some(end);
            }
            if first != '*' {
                return None;
            }
        }
        self.header_block(n, words).or_else(|| self.lotus(n, words)).or_else(|| self.wrote(n, words))
    }

    /// "-----Original Message-----", "Begin forwarded message:", Outlook's line of underscores.
    fn divider(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let text = self.content(n);
        let inner = text.trim_matches(|c: char| matches!(c, '-' | '_' | '=' | '*' | ' ' | '\t'));
        if inner.is_empty() {
            // A rule introduces a header block, or nothing.
            let next = self.next_text(n + 1, 2)?;
            let block = self.header_block(next, words)?;
            return Some(block);
        }
        if text.len() > 200 || !(text.starts_with("--") || text.starts_with("__") || text.starts_with("==")) {
            return None;
        }
        split(inner, 12, words);
        let found = LEXICON.at(words)?;
        if found.classes & Class::Divider.bit() == 0 {
            return None;
        }
        // A long divider is wrapped: "---- Forwarded by Jo Doe on 03/14/2001" / "05:18 PM ----".
        let wrapped =
            !text.ends_with('-') && self.content(n + 1).ends_with("---") && self.depth(n + 1) == self.depth(n);
        Some(self.behind_divider(if wrapped { n + 1 } else { n }, words))
    }

    /// A header block may follow a divider, at once or behind blank lines.
    fn behind_divider(&self, n: usize, words: &mut Vec<Token>) -> Introduction {
        let block = self.next_text(n + 1, 3).and_then(|next| {
            self.header_block(next, words).or_else(|| self.lotus(next, words)).or_else(|| self.loose_block(next, words))
        });
        Introduction { end: block.map_or(n + 1, |block| block.end), opens: true }
    }

    /// The next line with text at the same depth, at most `within` lines on.
    fn next_text(&self, n: usize, within: usize) -> Option<usize> {
        (n..self.lines.len().min(n + within)).find(|&k| self.depth(k) == self.depth(n) && !self.content(k).is_empty())
    }

    /// The header label that a line starts with ("Von:", "*Sent:*").
    fn label(&self, n: usize, words: &mut Vec<Token>) -> Classes {
        let Some(known) = self.labels.get(n % AHEAD).filter(|_| n < self.read) else { return 0 };
        known.get().unwrap_or_else(|| {
            let label = label(self.content(n), words);
            known.set(Some(label));
            label
        })
    }

    /// "From: / Sent: / To: / Subject:" in any language and order; `None` below three different labels.
    fn header_block(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let mut seen = self.label(n, words);
        if seen == 0 {
            return None;
        }
        let (mut labels, mut end) = (1, n + 1);
        for k in n + 1..self.lines.len().min(n + BLOCK) {
            if self.depth(k) != self.depth(n) || self.content(k).is_empty() {
                // Some programs put a blank line behind every header line.
                let next_is_label = self.depth(k) == self.depth(n)
                    && k == end
                    && k + 1 < self.lines.len()
                    && self.label(k + 1, words) != 0;
                if next_is_label {
                    continue;
                }
                break;
            }
            let label = self.label(k, words);
            if label != 0 {
                seen |= label;
                labels += 1;
                end = k + 1;
            } else if k - end > 6 {
                break;
            }
        }
        let from = seen & Class::From.bit() != 0;
        let others = (seen & (Class::Sent.bit() | Class::To.bit() | Class::Subject.bit())).count_ones();
        (labels >= 3 && (from && others >= 2 || others == 3)).then_some(Introduction { end, opens: true })
    }

    /// Two labels are enough behind a divider.
    fn loose_block(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let mut end = n;
        while end < self.lines.len().min(n + BLOCK) && self.label(end, words) != 0 {
            end += 1;
        }
        (end > n).then_some(Introduction { end, opens: true })
    }

    /// Lotus Notes: a name, a stamp ("05/29/2001 02:50 PM"), then "To:", "cc:", "Subject:".
    fn lotus(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let stamp = (n..self.lines.len().min(n + 3)).find(|&k| has_stamp(self.content(k)))?;
        let lines_before = (n..stamp).all(|k| self.depth(k) == self.depth(n) && self.content(k).len() < 60);
        if !lines_before {
            return None;
        }
        let first = (stamp + 1..self.lines.len().min(stamp + 4)).find(|&k| !self.content(k).is_empty())?;
        let mut end = first;
        let mut seen = 0;
        for k in first..self.lines.len().min(first + BLOCK) {
            if self.depth(k) != self.depth(n) || self.content(k).is_empty() {
                break;
            }
            let label = self.label(k, words);
            seen |= label;
            if label != 0 {
                end = k + 1;
            } else if k == first {
                return None;
            }
        }
        let enough = seen & Class::To.bit() != 0 && seen & Class::Subject.bit() != 0;
        enough.then_some(Introduction { end, opens: true })
    }

    /// "Am 3.4.2025 schrieb Jo Doe:", over up to three lines; "Begin forwarded message:".
    fn wrote(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let text = self.content(n);
        if text.len() > 300 {
            return None;
        }
        // Whatever it says, it ends in a colon, on this line or one of the next two.
        let near = (n..self.lines.len().min(n + 3)).any(|k| self.content(k).ends_with([':', '*']));
        if !near {
            return None;
        }
        split(text, 40, words);
        let first = LEXICON.at(words).map_or(0, |found| found.classes);
        if first & Class::Divider.bit() != 0 && text.ends_with(':') && words.len() <= 6 {
            return Some(self.behind_divider(n, words));
        }
        let starts = first & Class::On.bit() != 0 && text.bytes().any(|byte| byte.is_ascii_digit());
        let mut end = n;
        loop {
            let line = self.content(end);
            if line.is_empty() || self.depth(end) != self.depth(n) || line.len() > 300 {
                return None;
            }
            if line.ends_with(':') || line.ends_with(":*") {
                break;
            }
            end += 1;
            if !starts || end >= self.lines.len() || end > n + 2 {
                return None;
            }
        }
        let mut wrote = false;
        for k in n..=end {
            split(self.content(k), 40, words);
            wrote |= (0..words.len()).any(|w| {
                LEXICON
                    .at(words.get(w..).unwrap_or_default())
                    .is_some_and(|found| found.classes & Class::Wrote.bit() != 0)
            });
        }
        if !wrote {
            return None;
        }
        let quoted_next = (end + 1..self.lines.len().min(end + 4)).find(|&k| !self.content(k).is_empty());
        let deeper = quoted_next.is_some_and(|k| self.depth(k) > self.depth(n));
        let address = (n..=end).any(|k| self.content(k).contains('@'));
        if deeper {
            return Some(Introduction { end: end + 1, opens: false });
        }
        (starts || address && self.content(n).len() < 160).then_some(Introduction { end: end + 1, opens: true })
    }
}

/// A date and a time as Lotus Notes stamps them, at the end of a line.
fn has_stamp(text: &str) -> bool {
    if !text.ends_with('M') {
        return false;
    }
    let Some(tail) = text.len().checked_sub(22).map_or(Some(text), |at| text.get(at..)) else { return false };
    let tail = tail.trim_start();
    let bytes = tail.as_bytes();
    let slashes = bytes.iter().filter(|&&byte| byte == b'/').count();
    slashes == 2 && bytes.contains(&b':') && (tail.ends_with("AM") || tail.ends_with("PM"))
}

/// The header label at the start of a text.
fn label(text: &str, words: &mut Vec<Token>) -> Classes {
    let text = if text.starts_with(['*', '_']) { text.trim_start_matches(['*', '_', ' ']) } else { text };
    let head = text.as_bytes().get(..text.len().min(40)).unwrap_or_default();
    let Some(colon) = memchr::memchr(b':', head) else { return 0 };
    let Some(label) = text.get(..colon) else { return 0 };
    split(label, 4, words);
    match LEXICON.at(words) {
        Some(found) if found.words == words.len() => found.classes & HEADER,
        _ => 0,
    }
}

/// [`str::trim`]; most lines have nothing to be trimmed.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// The texts that are open at each depth.
struct Frames {
    open: Vec<Segment>,
    /// Everything at this depth or deeper is somebody else's, since an introduction at it.
    quoted_from: Option<usize>,
    /// The introduction of what comes next, if it lies deeper.
    introduction: Option<(usize, usize)>,
    done: Vec<Segment>,
}

/// Deeper than this, one text is as good as another.
const DEEPEST: usize = 16;

impl Frames {
    /// Closes what is deeper than a line, and opens what is missing.
    fn enter(&mut self, depth: usize) {
        let depth = depth.min(DEEPEST);
        while self.open.len() > depth + 1 {
            let closed = self.open.pop();
            self.done.extend(closed);
        }
        while self.open.len() <= depth {
            let at = self.open.len();
            let quoted = at > 0 || self.quoted_from.is_some_and(|from| at >= from);
            let introduction = if quoted { self.introduction.take() } else { None };
            self.open.push(Segment { quoted, introduction, ..Segment::default() });
        }
        if self.quoted_from.is_some_and(|from| depth < from) {
            self.quoted_from = None;
        }
    }

    /// Adds a line to the text it belongs to; whether that is somebody else's.
    fn push(&mut self, row: Row<'_>, line: usize) -> bool {
        self.enter(row.depth);
        self.introduction = None;
        self.open.last_mut().is_some_and(|segment| {
            segment.push(line, row.marks);
            segment.quoted
        })
    }

    /// A new author's text begins at this depth.
    fn open(&mut self, depth: usize, introduction: (usize, usize)) {
        let depth = depth.min(DEEPEST);
        self.enter(depth);
        let closed = self.open.pop();
        self.done.extend(closed);
        self.quoted_from = Some(self.quoted_from.map_or(depth, |from| from.min(depth)));
        self.introduction = None;
        self.open.push(Segment { quoted: true, introduction: Some(introduction), ..Segment::default() });
    }

    fn finish(mut self) -> Vec<Segment> {
        self.done.append(&mut self.open);
        self.done.retain(|segment| segment.count > 0);
        self.done
    }
}
