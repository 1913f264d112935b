//! Decides who speaks in a line: how deep it is quoted, which lines introduce a quotation, and which lines
//! belong together as one author's text.

use crate::message::Line;

use super::words::{Class, Classes, LEXICON, Token, split};

/// One author's text: the lines that belong together, without the quotations between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// Somebody else's words, quoted or forwarded.
    pub quoted: bool,
    /// How many quote marks its first line has; none where markup or an introduction alone says that it is quoted.
    pub marks: usize,
    pub lines: Vec<usize>,
}

/// What is known of every line before anything is known of its words.
pub struct Structure {
    /// Where a line's own text starts, behind its quote marks.
    pub starts: Vec<usize>,
    /// Lines without any text of their own.
    pub blank: Vec<bool>,
    pub intro: Vec<bool>,
    pub segments: Vec<Segment>,
    /// Somebody else's text is quoted without marks.
    pub threaded: bool,
    /// The last line with text, and the last one of the writer's own.
    pub last: usize,
    pub last_own: usize,
}

/// Header labels that a block must show before it is taken for one.
const HEADER: Classes = Class::From.bit() | Class::Sent.bit() | Class::To.bit() | Class::Subject.bit();
/// Lines that a header block may have.
const BLOCK: usize = 24;

/// Reads the structure of a text, in one pass and with a bounded look ahead.
pub fn read(lines: &[Line]) -> Structure {
    let mut depths = Vec::with_capacity(lines.len());
    let mut starts = Vec::with_capacity(lines.len());
    for line in lines {
        let (marks, start) = quote_marks(&line.text);
        depths.push(usize::from(line.hints.quote) + marks);
        starts.push(start);
    }
    let texts: Vec<&str> =
        lines.iter().zip(&starts).map(|(line, &start)| line.text.get(start..).map_or("", str::trim)).collect();
    let blank = texts.iter().map(|text| text.is_empty()).collect();
    let text = Text { depths: &depths, texts };
    let mut intro = vec![false; lines.len()];
    let mut frames = Frames::default();
    let mut words = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        let depth = text.depth(n);
        if text.content(n).is_empty() {
            // A blank line ends nothing: some programs leave the marks off a quotation's blank lines.
            n += 1;
            continue;
        }
        if let Some(found) = text.introduction(n, &mut words) {
            for flag in intro.iter_mut().take(found.end).skip(n) {
                *flag = true;
            }
            if found.opens {
                frames.open(depth);
            } else {
                frames.enter(depth);
            }
            n = found.end;
            continue;
        }
        frames.push(depth, n);
        n += 1;
    }
    let mut segments = frames.finish();
    for segment in &mut segments {
        let first = segment.lines.first().and_then(|&first| lines.get(first));
        segment.marks = first.map_or(0, |line| quote_marks(&line.text).0);
    }
    let last = |of: &dyn Fn(&Segment) -> bool| {
        segments.iter().filter(|segment| of(segment)).filter_map(|segment| segment.lines.last().copied()).max()
    };
    let threaded = segments.iter().any(|segment| segment.quoted && segment.marks == 0);
    let (all, own) = (last(&|_| true).unwrap_or(0), last(&|segment| !segment.quoted).unwrap_or(0));
    Structure { starts, blank, intro, threaded, last: all, last_own: own, segments }
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

struct Text<'a> {
    depths: &'a [usize],
    /// The lines' own text, without quote marks and outer space.
    texts: Vec<&'a str>,
}

impl<'a> Text<'a> {
    fn depth(&self, n: usize) -> usize {
        self.depths.get(n).copied().unwrap_or(0)
    }

    fn content(&self, n: usize) -> &'a str {
        self.texts.get(n).copied().unwrap_or("")
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
        (n..self.texts.len().min(n + within)).find(|&k| self.depth(k) == self.depth(n) && !self.content(k).is_empty())
    }

    /// The header label that a line starts with ("Von:", "*Sent:*").
    fn label(&self, n: usize, words: &mut Vec<Token>) -> Classes {
        let text = self.content(n);
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

    /// "From: / Sent: / To: / Subject:" in any language and order; `None` below three different labels.
    fn header_block(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let mut seen = self.label(n, words);
        if seen == 0 {
            return None;
        }
        let (mut labels, mut end) = (1, n + 1);
        for k in n + 1..self.texts.len().min(n + BLOCK) {
            if self.depth(k) != self.depth(n) || self.content(k).is_empty() {
                // Some programs put a blank line behind every header line.
                let next_is_label = self.depth(k) == self.depth(n)
                    && k == end
                    && k + 1 < self.texts.len()
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
        while end < self.texts.len().min(n + BLOCK) && self.label(end, words) != 0 {
            end += 1;
        }
        (end > n).then_some(Introduction { end, opens: true })
    }

    /// Lotus Notes: a name, a stamp ("05/29/2001 02:50 PM"), then "To:", "cc:", "Subject:".
    fn lotus(&self, n: usize, words: &mut Vec<Token>) -> Option<Introduction> {
        let stamp = (n..self.texts.len().min(n + 3)).find(|&k| has_stamp(self.content(k)))?;
        let lines_before = (n..stamp).all(|k| self.depth(k) == self.depth(n) && self.content(k).len() < 60);
        if !lines_before {
            return None;
        }
        let first = (stamp + 1..self.texts.len().min(stamp + 4)).find(|&k| !self.content(k).is_empty())?;
        let mut end = first;
        let mut seen = 0;
        for k in first..self.texts.len().min(first + BLOCK) {
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
        let near = (n..self.texts.len().min(n + 3)).any(|k| self.content(k).ends_with([':', '*']));
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
            if !starts || end >= self.texts.len() || end > n + 2 {
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
        let quoted_next = (end + 1..self.texts.len().min(end + 4)).find(|&k| !self.content(k).is_empty());
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

/// The texts that are open at each depth.
#[derive(Default)]
struct Frames {
    open: Vec<Segment>,
    /// Everything at this depth or deeper is somebody else's, since an introduction at it.
    quoted_from: Option<usize>,
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
            self.open.push(Segment { quoted, ..Segment::default() });
        }
        if self.quoted_from.is_some_and(|from| depth < from) {
            self.quoted_from = None;
        }
    }

    fn push(&mut self, depth: usize, line: usize) {
        self.enter(depth);
        if let Some(segment) = self.open.last_mut() {
            segment.lines.push(line);
        }
    }

    /// A new author's text begins at this depth.
    fn open(&mut self, depth: usize) {
        let depth = depth.min(DEEPEST);
        self.enter(depth);
        let closed = self.open.pop();
        self.done.extend(closed);
        self.quoted_from = Some(self.quoted_from.map_or(depth, |from| from.min(depth)));
        self.open.push(Segment { quoted: true, ..Segment::default() });
    }

    fn finish(mut self) -> Vec<Segment> {
        self.done.append(&mut self.open);
        self.done.retain(|segment| !segment.lines.is_empty());
        self.done
    }
}
