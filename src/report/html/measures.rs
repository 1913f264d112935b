//! Decides how growth over time and countermeasures are shown, where a result has them.

use maud::Markup;

use super::Page;

pub(super) fn growth(_: &Page<'_>) -> Option<(String, Markup)> {
    None
}

pub(super) fn countermeasures(_: &Page<'_>) -> Option<(String, Markup)> {
    None
}
