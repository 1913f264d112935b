//! Decides what lines an HTML text has, and what its markup says about them.

use super::{Line, ProblemKind, text};

/// The lines of an HTML text, as a person would see them.
pub fn lines(html: &str, hit: &mut dyn FnMut(ProblemKind)) -> Vec<Line> {
    text::lines(&nanohtml2text::html2text(html), None, hit)
}
