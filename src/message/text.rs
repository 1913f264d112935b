//! Decides where the lines of plain text end: line breaks of every system, and the soft ones of `format=flowed`.

use super::mime::DelSp;
use super::{Line, ProblemKind};

/// Bytes of one line; the rest of a longer one is left out.
pub const LINE: usize = 64 << 10;
/// Lines of one text.
pub const LINES: usize = 100_000;
/// Empty lines in a row that are kept: more say nothing.
const EMPTY: usize = 50;

/// The lines of a text, as sent; at most `room` of them.
pub fn lines(text: &str, flowed: Option<DelSp>, room: usize, hit: &mut dyn FnMut(ProblemKind)) -> Vec<Line> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut out = Lines { lines: Vec::new(), empty: 0, too_long: false };
    // The line that the next one continues, and its quote depth.
    let mut open: Option<(String, usize)> = None;
    for line in text.split('\n') {
        if out.lines.len() >= room {
            hit(ProblemKind::TooLarge);
            break;
        }
        let line = line.trim_end_matches('\r');
        // Old Mac line breaks, and what is left of broken gateways.
        for line in line.split('\r') {
            let Some(del_sp) = flowed else {
                out.push(line);
                continue;
            };
            let Flowed { depth, content, soft } = Flowed::of(line, del_sp);
            match &mut open {
                Some((whole, of)) if *of == depth && !is_delimiter(content) => whole.push_str(content),
                _ => {
                    out.close(&mut open);
                    open = Some((content.to_owned(), depth));
                }
            }
            let endless = open.as_ref().is_some_and(|(whole, _)| whole.len() > LINE);
            if !soft || endless {
                out.close(&mut open);
            }
        }
    }
    out.close(&mut open);
    if out.too_long {
        hit(ProblemKind::LineTooLong);
    }
    out.lines.truncate(room);
    out.lines
}

/// Lines as they come.
struct Lines {
    lines: Vec<Line>,
    /// Empty ones in a row.
    empty: usize,
    too_long: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        self.empty = if text.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > EMPTY {
            return;
        }
        let mut end = text.len().min(LINE);
        self.too_long |= end < text.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.lines.push(Line::plain(text.get(..end).unwrap_or_default()));
    }

    /// Ends a flowed line.
    fn close(&mut self, open: &mut Option<(String, usize)>) {
        let Some((text, depth)) = open.take() else { return };
        if depth == 0 {
            return self.push(&text);
        }
        let mut marked = ">".repeat(depth.min(LINE));
        if !text.is_empty() {
            marked.push(' ');
            marked.push_str(&text);
        }
        self.push(&marked);
    }
}

/// A line of a flowed text, taken apart.
struct Flowed<'t> {
    depth: usize,
    content: &'t str,
    soft: bool,
}

impl<'t> Flowed<'t> {
    fn of(line: &'t str, del_sp: DelSp) -> Self {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        // Space-stuffing.
        let content = content.strip_prefix(' ').unwrap_or(content);
        if is_delimiter(content) {
            return Self { depth, content, soft: false };
        }
        let soft = content.ends_with(' ');
        let content = match del_sp {
            DelSp::Delete => content.strip_suffix(' ').unwrap_or(content),
            DelSp::Keep => content,
        };
        Self { depth, content, soft }
    }
}

/// The one line whose trailing space is no soft break: it starts the signature.
fn is_delimiter(content: &str) -> bool {
    content == "-- "
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, flowed: Option<DelSp>) -> Vec<String> {
        lines(text, flowed, LINES, &mut |_| {}).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_of_every_system() {
        assert_eq!(read("a\r\nb\n\nc\rd\r\r\n", None), ["a", "b", "", "c", "d"]);
    }

    #[test]
    fn flowed_text_is_joined_within_its_quote_depth() {
        let text = "A line that \ngoes on.\n> quoted \n> on \n>> deeper\n> back\n-- \nAnn Lee\n from here\n";
        let want = ["A line that goes on.", "> quoted on ", ">> deeper", "> back", "-- ", "Ann Lee", "from here"];
        assert_eq!(read(text, Some(DelSp::Keep)), want);
        assert_eq!(read("Donau \ndampf\n", Some(DelSp::Delete)), ["Donaudampf"]);
    }

    #[test]
    fn a_long_line_loses_its_end_alone() {
        let mut hits = Vec::new();
        let text = format!("{}ü\nnext", "x".repeat(LINE - 1));
        let read = lines(&text, None, LINES, &mut |kind| hits.push(kind));
        assert_eq!((read[0].text.len(), read[1].text.as_str()), (LINE - 1, "next"));
        assert_eq!(hits, [ProblemKind::LineTooLong]);
    }
}
