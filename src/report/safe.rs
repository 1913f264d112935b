//! Decides how a stranger's text reaches a terminal, a sheet or a page: through one of these types, and no other way.

use std::fmt;

/// Text on its way to a terminal: nothing in it can move the cursor, change colours or the direction of reading,
/// or hide itself.
pub struct Plain<'a>(pub &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.chars().map(visible).collect();
        f.pad(&text)
    }
}

/// Text on its way into Markdown: as before, and nothing in it is markup, a link or a cell border.
pub(super) struct Markdown<'a>(pub &'a str);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars().map(visible) {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                // Renderers turn bare addresses into links.
                ':' | '@' => write!(f, "&#{};", u32::from(c))?,
                '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '-' | '!' | '|' | '~'
                | '=' => {
                    write!(f, "\\{c}")?;
                }
                _ => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// Text on its way into a cell of a sheet: quoted, and never the start of a formula.
pub(super) struct Cell<'a>(pub &'a str);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.chars().map(visible).collect();
        // Spaces and quotes before the sign do not stop every sheet; full-width signs count as well.
        let first = text.trim_start_matches([' ', '\'', '"']).chars().next();
        let formula = matches!(first, Some('=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠'));
        write!(f, "\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
    }
}

/// What a character is shown as: itself, or U+FFFD where it would act rather than be seen.
pub(super) fn visible(c: char) -> char {
    if acts(c) { '\u{fffd}' } else { c }
}

/// Whether a character does something other than being seen: controls (C0, C1, line and paragraph separators),
/// directions, zero width, invisible operators, tags and the private use area.
pub(super) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        let shown = Plain("\u{1b}[2J\u{202e}evil\u{200b}\r\n\u{9b}1m\u{feff}").to_string();
        assert!(!shown.chars().any(acts), "{shown:?}");
        assert_eq!(shown.matches('\u{fffd}').count(), 8 - 1);
        assert_eq!(format!("[{:6}]", Plain("abc")), "[abc   ]");
    }

    #[test]
    fn no_cell_starts_a_formula() {
        for hostile in ["=1+1", "+49 30", "-1", "@SUM(A1)", " =1", "\t=1", "'=1", "\"=1", "＝1", "|cmd", "%0A"] {
            let cell = Cell(hostile).to_string();
            let inner = cell.trim_matches('"');
            assert!(inner.starts_with(['\'', '\u{fffd}']), "{hostile:?} became {cell}");
        }
        assert_eq!(Cell("a \"b\", c").to_string(), "\"a \"\"b\"\", c\"");
    }

    #[test]
    fn markdown_is_text() {
        let shown = Markdown("<script>[a](http://x.example) | ![i](j) **b** `c` me@x.example").to_string();
        for active in ["<script", "](", "http://", " | ", "**", "![", "me@"] {
            assert!(!shown.contains(active), "{active} in {shown}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in(text in "\\PC*|.*") {
            prop_assert!(!Plain(&text).to_string().chars().any(acts));
            prop_assert!(!Cell(&text).to_string().chars().any(acts));
            prop_assert!(!Markdown(&text).to_string().chars().any(acts));
            let quotes = Cell(&text).to_string().matches('"').count();
            prop_assert_eq!(quotes % 2, 0);
        }
    }
}
