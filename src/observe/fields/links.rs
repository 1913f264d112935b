//! Decides what is an e-mail address and what a page in a line, and where their labels begin.

use super::BLANK;
use super::words::{Sense, fold, sense};

/// Where the label of an address begins ("E-Mail: "), or the address itself.
pub(super) fn label_start(text: &str, start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default();
    let head = before.trim_end_matches([' ', ':', '\t', '<', '(', '[', '?', '.', '\u{a0}']);
    let word =
        head.rsplit(|c: char| c.is_whitespace() || matches!(c, BLANK | '|' | '•' | '·' | ';' | ',' | '[' | '(' | '<'));
    let word = word.into_iter().next().unwrap_or_default();
    let bare = word.trim_end_matches(['-', ']', ')']);
    if bare.is_empty() || !sense(&fold(bare)).has(Sense::MAIL_LABEL) {
        return start - (before.len() - before.trim_end_matches(['<', '(', '[']).len());
    }
    let mut from = head.len() - word.len();
    // "Email address:", "e-mail address" have two words.
    let more = text.get(..from).unwrap_or_default();
    if bare.eq_ignore_ascii_case("address") || bare.eq_ignore_ascii_case("adresse") {
        let head = more.trim_end();
        let word = head.rsplit(char::is_whitespace).next().unwrap_or_default();
        if sense(&fold(word)).has(Sense::MAIL_LABEL) {
            from = head.len() - word.len();
        }
    }
    from
}

/// Byte ranges of what looks like an e-mail address.
pub(super) fn mails(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        let head = text.get(..at).unwrap_or_default();
        let local = head.trim_end_matches(|c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c));
        let mut start = local.len();
        if let Some(colon) = text.get(start..at).and_then(|local| local.rfind(['/', '|', '=', '\''])) {
            start += colon + 1;
        }
        let tail = text.get(at + 1..).unwrap_or_default();
        let domain = tail.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(tail.len());
        let domain = tail.get(..domain).unwrap_or_default().trim_end_matches(['.', '-']);
        let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.contains("..");
        let end = at + 1 + domain.len();
        if start < at && dotted && found.last().is_none_or(|(_, last)| *last <= start) {
            found.push((start, end));
        }
    }
    found
}

/// Byte ranges of pages: with a scheme, with `www.`, or a bare host alone between separators.
pub(super) fn urls(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if memchr::memchr(b'.', text.as_bytes()).is_none() {
        return found;
    }
    let mut at = 0;
    for word in text.split(|c: char| {
        c.is_whitespace() || matches!(c, BLANK | '|' | '•' | '·' | '<' | '>' | '"' | '(' | ')' | '[' | ']')
    }) {
        let start = at;
        at += word.len();
        at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let end = start + word.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '\'']).len();
        let lead = word.len() - word.trim_start_matches(['*', ',', ';', '\'']).len();
        let start = start + lead;
        let Some(bare) = text.get(start..end) else { continue };
        let lower = bare.get(..8).unwrap_or(bare).to_ascii_lowercase();
        let scheme = lower.starts_with("http://") || lower.starts_with("https://");
        if (scheme && bare.len() > 10) || (lower.starts_with("www.") && bare.len() > 6) {
            found.push((start, end));
            continue;
        }
        // "w:www.firm.example", "Web:firm.example".
        if let Some(www) =
            bare.find("www.").filter(|www| bare.get(..*www).is_some_and(|head| head.ends_with(':') && head.len() < 12))
        {
            found.push((start + www, end));
        } else if is_host(bare) {
            found.push((start, end));
        }
    }
    found
}

/// `firm.example`, `firm.de/team`: labels of letters and a known or reserved suffix.
fn is_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or(text);
    let mut labels = host.split('.');
    let good = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() < 5 || !host.contains('.') || !labels.all(good) {
        return false;
    }
    let suffix = host.rsplit('.').next().unwrap_or_default();
    let name = host.split('.').next().unwrap_or_default();
    if suffix.len() < 2 || name.len() < 2 || !suffix.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return false;
    }
    matches!(suffix, "example" | "test" | "invalid")
        || (host.len() > 6 && psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known()))
}
