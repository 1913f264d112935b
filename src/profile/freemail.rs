//! Decides which domains a vendor's free-mail filter would know: four lists of growing size, since nobody has
//! published a vendor's own. They stand for the vendor's knowledge and never judge a person.

use std::cmp::Ordering;

/// The list that a vendor's filter is taken to use. Each holds all of those before it, so a larger list never
/// lets through what a smaller one held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// No filter.
    None,
    /// Gmail, Yahoo and their aliases.
    MinimalUs,
    /// About 14,000 domains of one public list.
    PortalMid,
    /// About 103,000 domains of two public lists, disposable ones included.
    PortalMax,
    /// As before, and German-speaking access providers and paid mail; no vendor is known to use such a list.
    DeExtended,
}

impl List {
    /// Every list, the smallest first.
    pub const ALL: [Self; 5] = [Self::None, Self::MinimalUs, Self::PortalMid, Self::PortalMax, Self::DeExtended];

    /// The list's name in profiles and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::MinimalUs => "minimal_us",
            Self::PortalMid => "portal_mid",
            Self::PortalMax => "portal_max",
            Self::DeExtended => "de_extended",
        }
    }

    /// How many domains the list knows.
    pub fn len(self) -> usize {
        let upto = OWN.iter().filter(|(list, _)| *list <= self);
        upto.map(|(_, text)| text.lines().count()).sum()
    }

    /// Whether this is no list at all.
    pub fn is_empty(self) -> bool {
        self == Self::None
    }
}

/// What each list adds to the one before it; sorted lines.
const OWN: [(List, &str); 4] = [
    (List::MinimalUs, include_str!("lists/minimal_us.txt")),
    (List::PortalMid, include_str!("lists/portal_mid.txt")),
    (List::PortalMax, include_str!("lists/portal_max.txt")),
    (List::DeExtended, include_str!("lists/de_extended.txt")),
];

/// The smallest list that knows this domain (lower case, ASCII); `None` if none does.
pub fn smallest(domain: &str) -> Option<List> {
    OWN.iter().find(|(_, text)| holds(text, domain)).map(|(list, _)| *list)
}

/// Binary search in the text itself: nothing is parsed at the start of the program and nothing is copied.
fn holds(text: &str, line: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[..middle].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let end = bytes[middle..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| middle + at);
        match bytes[start..end].cmp(line.as_bytes()) {
            Ordering::Equal => return true,
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_apart() {
        for (at, (list, text)) in OWN.iter().enumerate() {
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{list:?} is not sorted");
            for (smaller, before) in &OWN[..at] {
                let twice = lines.iter().find(|line| holds(before, line));
                assert_eq!(twice, None, "{list:?} repeats {smaller:?}");
            }
        }
    }

    #[test]
    fn every_line_is_found_and_its_neighbours_are_not() {
        for (list, text) in OWN {
            for line in text.lines().step_by(if text.len() > 100_000 { 97 } else { 1 }) {
                assert_eq!(smallest(line), Some(list), "{line}");
                assert_eq!(smallest(&format!("{line}-")), None);
            }
            assert!(text.lines().next_back().is_some_and(|last| smallest(last) == Some(list)));
        }
        assert_eq!(smallest(""), None);
        assert_eq!(smallest("firm.example"), None);
    }

    /// The finding that the whole filter question rests on: the big portals are known, regional providers are not.
    #[test]
    fn german_access_providers_are_on_no_public_list() {
        assert_eq!(smallest("gmail.com"), Some(List::MinimalUs));
        assert_eq!(smallest("gmx.de"), Some(List::PortalMid));
        for domain in ["ewetel.net", "osnanet.de", "vodafonemail.de", "mailbox.org"] {
            assert_eq!(smallest(domain), Some(List::DeExtended), "{domain}");
        }
    }
}
