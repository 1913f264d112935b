//! Decides whom an address field names. Tolerant: no address that stands in a field is lost because of what else
//! stands there, and the time is linear (`mailparse` gives up a field for one bad address, and is quadratic in
//! encoded words; it is the oracle of the tests here).

use memchr::{memchr, memchr_iter};

use super::{Party, mime};
use crate::address::Address;

/// Longest text between angle brackets; more is no address.
const BRACKET: usize = 1024;
/// Longest first half of an unquoted `Last, First <address>`.
const LAST_NAME: usize = 40;

/// What a field says.
#[derive(Default)]
pub struct Field {
    pub parties: Vec<Party>,
    /// Something that should be an address is none.
    pub broken: bool,
}

/// Reads From, To, Cc and their kin.
pub fn parse(value: &[u8]) -> Field {
    let value = value.get(..mime::FIELD).unwrap_or(value);
    let text = mime::unfold(&mime::text_of_header(value));
    let mut reader = Reader::default();
    reader.read(&text);
    let mut field = reader.field;
    if reader.unpaired {
        // Quotes that do not pair may have hidden addresses.
        field.broken = true;
        let known: std::collections::BTreeSet<_> = field.parties.iter().filter_map(|p| p.address.clone()).collect();
        let missed = addresses_in(&text).filter(|address| !known.contains(address));
        field.parties.extend(missed.map(|address| Party { name: None, address: Some(address) }));
    }
    field
}

/// Every address that stands in a text, wherever.
pub fn addresses_in(text: &str) -> impl Iterator<Item = Address> + '_ {
    let in_local = |c: &char| c.is_alphanumeric() || "!#$%&*+-/=?^_{|}~.".contains(*c);
    let in_domain = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
    memchr_iter(b'@', text.as_bytes()).filter_map(move |at| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let local: usize = before.chars().rev().take(128).take_while(in_local).map(char::len_utf8).sum();
        let domain: usize = after.chars().take(255).take_while(in_domain).map(char::len_utf8).sum();
        Address::parse(text.get(at - local..at + 1 + domain)?.trim_end_matches(['.', '-']))
    })
}

/// How an entry ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Comma,
    Other,
}

/// One entry of the list, as far as it was read.
#[derive(Default)]
struct Entry {
    /// The text outside of brackets and comments; words may be encoded.
    phrase: String,
    /// The same without what was quoted, where an address may stand without its brackets.
    bare: String,
    comment: String,
    bracket: Bracket,
    /// The length of the phrase where the bracket stood.
    named: usize,
}

#[derive(Default)]
enum Bracket {
    #[default]
    None,
    Address(Address),
    Other,
}

#[derive(Default)]
struct Reader {
    field: Field,
    entry: Entry,
    /// A name without address before a comma: perhaps the first half of an unquoted `Last, First <address>`.
    half: Option<String>,
    /// There is no further end of a quoted string, or of a comment.
    unpaired: bool,
    uncommented: bool,
}

impl Reader {
    fn read(&mut self, text: &str) {
        // `rest` starts with what was not pushed yet; the first `seen` bytes of it hold nothing special.
        let (mut rest, mut seen) = (text, 0);
        let mut any_end = true;
        let is_special = |b: &u8| matches!(b, b'"' | b'(' | b'<' | b'>' | b',' | b';' | b':' | b'=');
        while let Some(at) = rest.as_bytes().iter().skip(seen).position(is_special).map(|at| at + seen) {
            let (before, special) = rest.split_at(at);
            let word = special.starts_with('=').then(|| mime::encoded_word_length(special, &mut any_end));
            if matches!(word, Some(None)) {
                seen = at + 1;
                continue;
            }
            seen = 0;
            self.push(before);
            let inner = special.get(1..).unwrap_or_default();
            rest = match special.as_bytes().first() {
                Some(b'"') => self.quoted(inner),
                Some(b'(') => self.comment(inner),
                Some(b'<') => self.bracket(inner),
                Some(b',') => {
                    self.finish(End::Comma);
                    inner
                }
                Some(b';') => {
                    self.finish(End::Other);
                    inner
                }
                Some(b':') => {
                    self.colon();
                    inner
                }
                Some(b'=') => {
                    let length = word.flatten().unwrap_or_default();
                    let (word, after) = special.split_at_checked(length).unwrap_or((special, ""));
                    // As good as quoted: what it hides is no address by itself.
                    self.entry.phrase.push_str(word);
                    self.entry.bare.push(' ');
                    after
                }
                _ => inner,
            };
        }
        self.push(rest);
        self.finish(End::Other);
        self.give_up_half();
    }

    fn push(&mut self, text: &str) {
        self.entry.phrase.push_str(text);
        self.entry.bare.push_str(text);
    }

    fn quoted<'t>(&mut self, inner: &'t str) -> &'t str {
        let mut content = String::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = if self.unpaired { None } else { chars.next() } {
            match c {
                '\\' => content.extend(chars.next().map(|(_, escaped)| escaped)),
                '"' => {
                    let after = inner.get(at + 1..).unwrap_or_default();
                    if after.starts_with('@') {
                        self.push(&content);
                    } else {
                        self.entry.phrase.push_str(&content);
                        self.entry.bare.push(' ');
                    }
                    return after;
                }
                other => content.push(other),
            }
        }
        self.unpaired = true;
        inner
    }

    fn comment<'t>(&mut self, inner: &'t str) -> &'t str {
        if self.uncommented {
            return inner;
        }
        let mut depth = 1;
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let content = inner.get(..at).unwrap_or_default();
                // A comment within a name ("Ann Lee (Sales) <a@b>") is part of what a person sees.
                self.entry.comment.push_str(content.trim());
                if !self.entry.phrase.trim().is_empty() && matches!(self.entry.bracket, Bracket::None) {
                    self.entry.phrase.push('(');
                    self.entry.phrase.push_str(content);
                    self.entry.phrase.push(')');
                }
                self.entry.bare.push(' ');
                return inner.get(at + 1..).unwrap_or_default();
            }
        }
        self.uncommented = true;
        inner
    }

    fn bracket<'t>(&mut self, inner: &'t str) -> &'t str {
        if !matches!(self.entry.bracket, Bracket::None) {
            // A comma was forgotten: what stands between two brackets names the second.
            let named = self.entry.named;
            let next =
                if named <= self.entry.phrase.len() { self.entry.phrase.split_off(named) } else { String::new() };
            self.finish(End::Other);
            self.entry.phrase = next;
        }
        self.entry.named = self.entry.phrase.len();
        let near = inner.as_bytes().get(..BRACKET).unwrap_or(inner.as_bytes());
        let end = memchr(b'>', near);
        let inside = end.and_then(|end| inner.get(..end)).filter(|inside| !inside.contains('<'));
        let (content, after) = match (inside, end) {
            (Some(inside), Some(end)) => (inside, inner.get(end + 1..).unwrap_or_default()),
            // `<<a@b>>`: the inner bracket counts. `<a@b, ...`: up to where it can go on.
            _ => {
                let end = near.iter().position(|b| matches!(b, b',' | b';' | b'<' | b'>' | b' '));
                let end = end.filter(|end| *end > 0).unwrap_or(0);
                inner.split_at_checked(end).unwrap_or((inner, ""))
            }
        };
        if content.is_empty() {
            self.entry.bracket = if end == Some(0) { Bracket::Other } else { Bracket::None };
            return after;
        }
        let squeezed: String = content.chars().filter(|c| !c.is_whitespace()).collect();
        // A source route (RFC 5322, 4.4): the last one is the address.
        let routed = squeezed.strip_prefix('@').and_then(|route| route.rsplit_once(':')).map(|(_, address)| address);
        let decoded = mime::decode_words(routed.unwrap_or(&squeezed));
        self.entry.bracket = match Address::parse(&decoded) {
            Some(address) => Bracket::Address(address),
            None => {
                let mut found = addresses_in(content);
                let first = found.next();
                self.field.parties.extend(found.map(|address| Party { name: None, address: Some(address) }));
                self.field.broken |= content.contains('@') && first.is_none();
                first.map_or(Bracket::Other, Bracket::Address)
            }
        };
        after
    }

    /// A colon ends the name of a group, which is nobody's.
    fn colon(&mut self) {
        let bare = self.entry.bare.trim();
        if bare.contains('@') || !matches!(self.entry.bracket, Bracket::None) {
            self.push(":");
        } else {
            self.give_up_half();
            self.entry = Entry::default();
        }
    }

    fn finish(&mut self, end: End) {
        let Entry { phrase, bare, comment, bracket, .. } = std::mem::take(&mut self.entry);
        let name = |text: &str| {
            let text = mime::decode_words(text);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        };
        let named = name(&phrase);
        match bracket {
            Bracket::Address(address) => {
                let name = match (self.half.take(), named.or_else(|| name(&comment))) {
                    (Some(last), Some(first)) => Some(format!("{last}, {first}")),
                    (Some(only), None) | (None, Some(only)) => Some(only),
                    (None, None) => None,
                };
                self.field.parties.push(Party { name, address: Some(address) });
                return;
            }
            Bracket::None | Bracket::Other => self.give_up_half(),
        }
        let mut words = bare.split_whitespace().filter(|word| word.contains('@')).peekable();
        if words.peek().is_some() {
            let found: Vec<Address> = words.filter_map(|word| self.word(word)).collect();
            let without: String = phrase.split_whitespace().filter(|w| !w.contains('@')).collect::<Vec<_>>().join(" ");
            let alone = comment.is_empty() || !(without.starts_with('(') && without.ends_with(')'));
            let name = match found.len() {
                1 if alone => name(&without).or_else(|| name(&comment)),
                1 => name(&comment),
                _ => None,
            };
            self.field.parties.extend(found.into_iter().map(|a| Party { name: name.clone(), address: Some(a) }));
            return;
        }
        let Some(named) = named else { return };
        if named.contains('@') {
            // The address was quoted or encoded together with the name.
            let before = self.field.parties.len();
            let name = named.split(['<', '(']).next().map(str::trim).filter(|n| !n.is_empty() && !n.contains('@'));
            for address in addresses_in(&named) {
                self.field.parties.push(Party { name: name.map(str::to_owned), address: Some(address) });
            }
            self.field.broken |= self.field.parties.len() == before;
        } else if end == End::Comma && named.len() <= LAST_NAME {
            self.half = Some(named);
        } else {
            self.name_only(named);
        }
    }

    /// The address that a word without brackets is.
    fn word(&mut self, word: &str) -> Option<Address> {
        let address = Address::parse(word).or_else(|| addresses_in(word).next());
        self.field.broken |= address.is_none();
        address
    }

    fn give_up_half(&mut self) {
        if let Some(name) = self.half.take() {
            self.name_only(name);
        }
    }

    fn name_only(&mut self, name: String) {
        let lower = name.to_lowercase();
        let nobody = lower.contains("undisclosed") || lower.contains("recipient") || lower.contains("empfänger");
        if !nobody && name.chars().any(char::is_alphabetic) {
            self.field.parties.push(Party { name: Some(name), address: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> String {
        let field = parse(value.as_bytes());
        let shown = field.parties.iter().map(|party| {
            let address = party.address.as_ref().map_or("-", Address::as_str);
            format!("{} <{address}>", party.name.as_deref().unwrap_or("-"))
        });
        let shown = shown.collect::<Vec<_>>().join(" | ");
        if field.broken { format!("{shown} (broken)") } else { shown }
    }

    #[test]
    fn addresses_and_names() {
        for (value, want) in [
            ("Ann Lee <ann@firm.example>, bo@firm.example", "Ann Lee <ann@firm.example> | - <bo@firm.example>"),
            ("\"Lee, Ann\" <ann@firm.example>", "Lee, Ann <ann@firm.example>"),
            ("Lee, Ann <ann@firm.example>", "Lee, Ann <ann@firm.example>"),
            ("ann@firm.example (Ann Lee)", "Ann Lee <ann@firm.example>"),
            ("Ann Lee (Sales) <ann@firm.example>", "Ann Lee (Sales) <ann@firm.example>"),
            ("Team: ann@firm.example, Bo <bo@firm.example>;", "- <ann@firm.example> | Bo <bo@firm.example>"),
            ("undisclosed-recipients:;", ""),
            ("ann@firm.example; bo@firm.example", "- <ann@firm.example> | - <bo@firm.example>"),
            ("Ann Lee ann@firm.example", "Ann Lee <ann@firm.example>"),
            ("\"'ann@firm.example'\" <ann@firm.example>", "'ann@firm.example' <ann@firm.example>"),
            ("<mailto:ann@firm.example>", "- <ann@firm.example>"),
            ("<@a.example,@b.example:ann@firm.example>", "- <ann@firm.example>"),
            ("Ann <<ann@firm.example>>", "Ann <ann@firm.example>"),
            ("Ann <ann@firm.example> Bo <bo@firm.example>", "Ann <ann@firm.example> | Bo <bo@firm.example>"),
            ("Ann <ann@firm.example, bo@firm.example", "Ann <ann@firm.example> | - <bo@firm.example>"),
            ("\"Ann \\\"A\\\" Lee\" <ann@firm.example>", "Ann \"A\" Lee <ann@firm.example>"),
            ("Ann on behalf of Bo <bo@firm.example>", "Ann on behalf of Bo <bo@firm.example>"),
            ("Müller, Jörg", "Müller <-> | Jörg <->"),
            ("<>", ""),
        ] {
            assert_eq!(read(value), want, "{value}");
        }
    }

    #[test]
    fn encoded_words() {
        for (value, want) in [
            ("=?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <j@firm.example>", "Jörg Müller <j@firm.example>"),
            ("=?utf-8?B?SsO2cmc=?= =?utf-8?B?IE3DvGxsZXI=?= <j@firm.example>", "Jörg Müller <j@firm.example>"),
            ("=?utf-8?Q?J=C3?= =?utf-8?Q?=B6rg?= <j@firm.example>", "Jörg <j@firm.example>"),
            ("=?iso-8859-1?Q?M=FCller=2C_J=F6rg?= <j@firm.example>", "Müller, Jörg <j@firm.example>"),
            ("\"=?utf-8?Q?M=C3=BCller,_J?=\" <j@firm.example>", "Müller, J <j@firm.example>"),
            ("=?utf-8?Q?Lee,_Ann?= <ann@firm.example>", "Lee, Ann <ann@firm.example>"),
            ("=?utf-8?Q?Ann_<ann@firm.example>?=", "Ann <ann@firm.example>"),
            ("=?nobody-knows?Q?Ann?= <ann@firm.example>", "=?nobody-knows?Q?Ann?= <ann@firm.example>"),
            ("=?utf-8?Q?Ann <ann@firm.example>", "=?utf-8?Q?Ann <ann@firm.example>"),
        ] {
            assert_eq!(read(value), want, "{value}");
        }
        assert_eq!(parse(b"J\xf6rg <j@firm.example>").parties[0].name.as_deref(), Some("Jörg"));
    }

    #[test]
    fn one_bad_address_costs_no_other() {
        let field = parse(b"bad@, <worse@@>, \"open <ann@firm.example>, Bo <bo@firm.example>");
        let found: Vec<_> = field.parties.iter().filter_map(|p| p.address.as_ref()).map(Address::as_str).collect();
        assert_eq!(found, ["ann@firm.example", "bo@firm.example"]);
        assert!(field.broken);
    }
}
