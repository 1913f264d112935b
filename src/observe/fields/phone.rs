//! Decides which digits of a line are a telephone number, and what kind of number it is.
//!
//! The digits are found here; `dial` knows the numbering plans. A number need not be assigned, it must be possible: a
//! plan's ranges change, and the fictitious ones of the samples are no less a number.

use rlibphonenumber::{PhoneNumberType, Region};

use super::dial::{Plan, local, national, possible};
use super::region::Plans;
use super::words::{Sense, fold_into, sense};
use crate::observe::PhoneKind;

/// A number and where it stands in its line.
#[derive(Clone)]
pub(crate) struct Found {
    /// The number as written.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The number with its label.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// E.164.
    pub(crate) number: String,
    pub(crate) kind: PhoneKind,
    /// The number serves as a fax as well ("Tel./Fax").
    pub(crate) and_fax: bool,
    /// Nothing says whether it is at work or at home.
    pub(crate) neutral: bool,
    /// Labelled "P", which is "phone" or "privat".
    pub(crate) letter_p: bool,
    /// The digits behind the last hyphen: the extension, which another one may replace.
    extension: usize,
}

/// What is known of the block when its lines are scanned one after another.
pub(crate) struct Scanner {
    plans: Plans,
    /// The last number that an extension ("Durchwahl -17") can be joined to: E.164 and length of its own extension.
    base: Option<(String, usize)>,
    /// A line that was a label and nothing else speaks for the next.
    pending: Sense,
    word: String,
}

/// A run of digits with what may stand between them.
struct Candidate {
    start: usize,
    end: usize,
    digits: usize,
    groups: usize,
}

/// What the words beside a number say.
struct Label {
    sense: Sense,
    generic_work: bool,
    direct: bool,
    letter: u8,
    from: usize,
}

enum Before {
    Label(Label),
    /// A register number, a bank account, a room.
    Other,
    Nothing,
}

impl Scanner {
    pub(crate) fn new(plans: Plans) -> Self {
        Self { plans, base: None, pending: Sense::default(), word: String::new() }
    }

    /// The numbers of a line. `taken` bytes (addresses, pages) are 1.
    pub(crate) fn scan(&mut self, text: &str) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            self.pending = self.label_alone(text);
            return found;
        }
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        let mut last_end = 0;
        while let Some(candidate) = next_candidate(text, at) {
            at = candidate.end;
            let raw = text.get(candidate.start..candidate.end).unwrap_or_default();
            if candidate.digits > 17 || is_date(raw) {
                continue;
            }
            let before = text.get(last_end..candidate.start).unwrap_or_default();
            let label = match self.label_before(before, last_end, candidate.digits >= 7) {
                Before::Other => {
                    last_end = candidate.end;
                    continue;
                }
                Before::Label(label) => Some(label),
                Before::Nothing => None,
            };
            let label = label.or_else(|| {
                (pending != Sense::default() && found.is_empty()).then_some(Label {
                    sense: pending,
                    generic_work: pending.has(Sense::WORK),
                    direct: false,
                    letter: 0,
                    from: candidate.start,
                })
            });
            if candidate.digits < 5 {
                if let Some(mut joined) = self.extension(text, before, &candidate, label.as_ref(), found.last()) {
                    last_end = joined.to;
                    // "07613/55501 DW 12" is one number, dialled through.
                    let direct = label.as_ref().is_some_and(|label| label.direct);
                    if direct
                        && let Some(main) = found.last().filter(|main| main.extension == 0)
                        && text.get(main.to..joined.from).is_some_and(|gap| gap.chars().all(|c| c == ' '))
                    {
                        (joined.start, joined.from) = (main.start, main.from);
                        (joined.kind, joined.neutral) = (main.kind, main.neutral);
                        found.pop();
                    }
                    found.push(joined);
                }
                continue;
            }
            let (label, to) = match label {
                Some(label) => (Some(label), candidate.end),
                None => self.label_behind(text, candidate.end),
            };
            let Some((number, kind)) = self.number(raw, &candidate, label.is_some()) else { continue };
            let from = label.as_ref().map_or(candidate.start, |label| label.from.min(candidate.start));
            let extension =
                raw.rfind(['-', '\u{2013}']).map_or(0, |hyphen| digits_of(raw.get(hyphen..).unwrap_or_default()));
            let extension = if extension <= 5 { extension } else { 0 };
            self.base = Some((number.clone(), extension));
            let mut one = finish(
                number,
                kind,
                label.as_ref(),
                Candidate { end: candidate.end, ..candidate },
                from,
                to.max(candidate.end),
            );
            one.extension = extension;
            let end = skip_extension(text, one.to);
            one.to = end;
            at = at.max(end);
            last_end = one.to;
            found.push(one);
        }
        found
    }

    /// The words of a line that is a label alone ("Telefon:"), for the number in the next.
    fn label_alone(&mut self, text: &str) -> Sense {
        if text.len() > 40 {
            return Sense::default();
        }
        match self.label_before(text, 0, false) {
            Before::Label(label) if text.trim().len() <= 16 && label.letter == 0 => label.sense,
            _ => Sense::default(),
        }
    }

    /// What stands right before a number, read backwards.
    fn label_before(&mut self, text: &str, offset: usize, long: bool) -> Before {
        let mut label: Option<Label> = None;
        let mut filler = 0;
        for (steps, (at, raw)) in words_backwards(text).enumerate() {
            if steps > 8 || filler > 2 {
                break;
            }
            if let Some(glyph) = glyph(raw) {
                label.get_or_insert(Label {
                    sense: glyph,
                    generic_work: false,
                    direct: false,
                    letter: 0,
                    from: offset + at,
                });
                break;
            }
            let letters = raw.trim_matches(|c: char| !c.is_alphanumeric());
            if letters.is_empty() {
                // A rule between columns ends the label, dots and colons do not.
                if raw.contains(['|', '•', '·', ';']) && steps > 0 {
                    break;
                }
                continue;
            }
            let mut meaning = self.meaning(letters);
            if is_register_word(&self.word) && label.is_none() && !(long && is_room(&self.word)) {
                return Before::Other;
            }
            if meaning.has(Sense::LABEL_WEAK) && (label.is_some() || steps > 2) {
                meaning = Sense::default();
            }
            if !meaning.has(Sense::LABEL) {
                if label.is_some() {
                    break;
                }
                if !matches!(&*self.word, "nr" | "no" | "nummer" | "number") {
                    filler += 1;
                }
                continue;
            }
            let letter = if letters.len() == 1 { letters.as_bytes().first().copied().unwrap_or(0) } else { 0 };
            let generic = is_generic(&self.word);
            let direct =
                matches!(&*self.word, "durchwahl" | "dw" | "durchw" | "klappe" | "kl" | "app" | "apparat" | "nst");
            match &mut label {
                Some(known) => {
                    known.sense = known.sense.with(meaning);
                    known.generic_work |= generic;
                    known.direct |= direct;
                    known.from = offset + at;
                }
                None => {
                    label = Some(Label { sense: meaning, generic_work: generic, direct, letter, from: offset + at })
                }
            }
            filler = 0;
        }
        match label {
            Some(label) => Before::Label(label),
            None if filler_is_number_word(text) => Before::Other,
            None => Before::Nothing,
        }
    }

    /// A label behind its number: "(fax)", "Telephone", "- Fax".
    fn label_behind(&mut self, text: &str, end: usize) -> (Option<Label>, usize) {
        let rest = text.get(end..).unwrap_or_default();
        let stop = rest.find(['|', '•', '·', ';', ',', '\u{1}', '\t']).unwrap_or(rest.len());
        let rest = rest.get(..stop).unwrap_or_default();
        // "555-0143 office / 555-0187 cell": each label stands behind its number; "555-0143 - Fax": behind a sign.
        let lettered = |at: &usize| rest.get(..*at).is_some_and(|head| head.contains(char::is_alphabetic));
        let number = |at: &usize| {
            let behind = rest.get(*at..).unwrap_or_default().trim_start_matches([' ', '/', '-', '–']);
            behind.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '('))
        };
        let signs = [" / ", " - ", " – "].iter().filter_map(|sign| rest.find(sign).filter(lettered).filter(number));
        let stop = signs.min().unwrap_or(rest.len());
        let rest = rest.get(..stop).unwrap_or_default();
        let digit = rest.bytes().position(|byte| byte.is_ascii_digit() || byte == b'+');
        let bracket = rest.trim_start().starts_with(['(', '[']);
        let rest = match digit {
            Some(at) if bracket => match rest.find([')', ']']) {
                Some(close) if close < at => rest.get(..=close).unwrap_or_default(),
                _ => return (None, end),
            },
            Some(_) => return (None, end),
            None => rest,
        };
        let mut label: Option<Label> = None;
        let mut to = end;
        for (steps, (at, raw)) in words_forwards(rest).enumerate() {
            let letters = raw.trim_matches(|c: char| !c.is_alphanumeric());
            if letters.is_empty() {
                continue;
            }
            let meaning = self.meaning(letters);
            if !meaning.has(Sense::LABEL) || (meaning.has(Sense::LABEL_WEAK) && !bracket) {
                if steps >= 1 || label.is_some() {
                    break;
                }
                continue;
            }
            let generic = is_generic(&self.word);
            to = end + at + raw.len();
            match &mut label {
                Some(known) => {
                    known.sense = known.sense.with(meaning);
                    known.generic_work |= generic;
                }
                None => {
                    label = Some(Label {
                        sense: meaning,
                        generic_work: generic,
                        direct: false,
                        letter: 0,
                        from: usize::MAX,
                    })
                }
            }
        }
        // The bracket goes with its label.
        if label.is_some() && text.get(to..).is_some_and(|rest| rest.starts_with([')', ']'])) {
            to += 1;
        }
        (label, to)
    }

    fn meaning(&mut self, letters: &str) -> Sense {
        self.word.clear();
        if letters.len() > 24 {
            return Sense::default();
        }
        fold_into(letters, &mut self.word);
        let whole = sense(&self.word);
        if whole.has(Sense::LABEL) || !letters.contains(['/', '-', '.']) {
            return whole;
        }
        // "Tel./Fax", "Telefon-Durchwahl", "Tel.-Nr".
        let parts = self.word.split(['/', '-', '.']).filter(|part| part.len() > 1).map(sense);
        let sum = parts.fold(Sense::default(), Sense::with);
        if self.word.starts_with("tel") || self.word.starts_with("fon") {
            let fax = sum.has(Sense::FAX);
            self.word.clear();
            self.word.push_str(if fax { "tel/fax" } else { "tel" });
        }
        sum
    }

    /// A number in E.164 and what its range says; a local one where nothing in the message tells the country.
    fn number(&self, raw: &str, candidate: &Candidate, labelled: bool) -> Option<(String, PhoneNumberType)> {
        let mut digits = String::with_capacity(20);
        let trunk = raw.replace("(0)", "").replace("[0]", "");
        let plus = raw.trim_start_matches(['(', '[', ' ']).starts_with('+');
        let source = if plus || raw.starts_with("00") { trunk.as_str() } else { raw };
        digits.extend(source.chars().filter(char::is_ascii_digit));
        let of_plan = |plan: Plan| (plan.number, plan.kind);
        if plus || (digits.starts_with("00") && digits.len() >= 10) {
            let digits = digits.trim_start_matches('0');
            if digits.len() < 7 {
                return None;
            }
            return possible(&format!("+{digits}"), None).map(of_plan);
        }
        // Not assigned, it is a number only if it is written like one.
        let written = labelled || (candidate.groups > 1 && digits.len() >= 8);
        let read = |region: &Region| {
            fits(*region, &digits, candidate, labelled).then(|| possible(&digits, Some(*region))).flatten()
        };
        let sure = &self.plans.sure;
        if let Some(plan) = sure.iter().filter_map(read).find(|plan| plan.assigned) {
            return Some(of_plan(plan));
        }
        if written && let Some(plan) = sure.iter().find_map(read) {
            return Some(of_plan(plan));
        }
        // Some numbers are written as one country alone writes them, whatever the language around them.
        if sure.is_empty()
            && written
            && let Some(plan) = by_form(raw, &self.plans).and_then(|region| possible(&digits, Some(region)))
        {
            return Some(of_plan(plan));
        }
        // "06 39 98 70 15": pairs are French where nothing else is known.
        let pairs = candidate.groups == 5 && digits.len() == 10 && !raw.contains(['/', '-', '(']);
        if pairs
            && !self.plans.likely.contains(&Region::DE)
            && let Some(plan) = read(&Region::FR).filter(|plan| plan.assigned || written)
        {
            return Some(of_plan(plan));
        }
        let usual = [Region::DE, Region::US];
        let known = self.plans.likely.iter().chain(&usual).filter_map(read).any(|plan| plan.assigned || written);
        // "0511/5550-236" is written so where German is spoken, whatever the language around it.
        let area = raw.trim_start_matches(['(', '[']).find('/').filter(|at| (3..=7).contains(at));
        let guess = match area {
            Some(_) if digits.starts_with('0') => Some(Region::DE),
            _ => self.plans.likely.first().copied(),
        };
        // Which country dials it is decided when the whole mailbox is known.
        known.then(|| (local(&digits, guess), PhoneNumberType::Unknown))
    }

    /// "Durchwahl -17", "Fax: -99", "5550-236/-299": digits that replace the extension of the last number.
    fn extension(
        &mut self,
        text: &str,
        before: &str,
        candidate: &Candidate,
        label: Option<&Label>,
        previous: Option<&Found>,
    ) -> Option<Found> {
        let (base, length) = self.base.clone()?;
        let hyphen = before.trim_end_matches(' ').ends_with(['-', '\u{2013}']);
        let follows = previous.is_some() && before.chars().all(|c| matches!(c, ' ' | '/' | ',' | '-' | '\u{2013}'));
        let direct = label.is_some_and(|label| label.direct);
        if !(direct || (hyphen && (label.is_some() || follows))) || candidate.digits > 4 {
            return None;
        }
        // "Montag -17 Uhr" has no label; "Fax -17 Uhr" is nobody's line.
        let digits: String = text.get(candidate.start..candidate.end)?.chars().filter(char::is_ascii_digit).collect();
        // A local number carries a country's letters behind its digits.
        let (base, guess) = base.find(';').map_or((&*base, ""), |at| base.split_at(at));
        let stem = base.get(..base.len().checked_sub(length)?)?;
        let number = format!("{stem}{digits}{guess}");
        if !(8..=16).contains(&(stem.len() + digits.len())) {
            return None;
        }
        let from = label.map_or(candidate.start, |label| label.from.min(candidate.start));
        let mut one = finish(
            number,
            PhoneNumberType::FixedLine,
            label,
            Candidate { start: candidate.start, end: candidate.end, digits: candidate.digits, groups: 1 },
            from,
            candidate.end,
        );
        one.extension = digits.len();
        if label.is_none()
            && let Some(previous) = previous
        {
            one.kind = previous.kind;
            one.neutral = previous.neutral;
        }
        Some(one)
    }
}

fn finish(
    number: String,
    range: PhoneNumberType,
    label: Option<&Label>,
    candidate: Candidate,
    from: usize,
    to: usize,
) -> Found {
    let said = label.map(|label| label.sense).unwrap_or_default();
    let generic = label.is_some_and(|label| label.generic_work);
    let and_fax = generic && said.has(Sense::FAX);
    let kind = if said.has(Sense::FAX) && !generic { Some(PhoneKind::Fax) } else { said.phone_kind() };
    let kind = match (kind, range) {
        (Some(PhoneKind::Fax), _) => PhoneKind::Fax,
        (_, PhoneNumberType::Mobile) | (Some(PhoneKind::Mobile), _) => PhoneKind::Mobile,
        (Some(kind), _) => kind,
        (None, _) => PhoneKind::Work,
    };
    let letter_p = label.is_some_and(|label| matches!(label.letter, b'p' | b'P'));
    let neutral =
        kind == PhoneKind::Work && (label.is_none() || generic || label.is_some_and(|label| label.letter != 0));
    Found {
        start: candidate.start,
        end: candidate.end,
        from,
        to,
        number,
        kind,
        and_fax,
        neutral,
        letter_p,
        extension: 0,
    }
}

/// Labels that say "telephone" and not whose.
fn is_generic(word: &str) -> bool {
    matches!(
        word,
        "tel"
            | "telefon"
            | "telephone"
            | "fon"
            | "phone"
            | "ph"
            | "telefono"
            | "telefone"
            | "telefoon"
            | "telnr"
            | "telnummer"
            | "rufnummer"
            | "ruf"
            | "fernruf"
            | "festnetz"
            | "landline"
            | "fixe"
            | "fixo"
            | "fisso"
            | "fijo"
            | "voice"
            | "tel/fax"
    )
}

/// Words that a number follows which is no telephone number.
fn is_register_word(word: &str) -> bool {
    matches!(
        word,
        "hrb"
            | "hra"
            | "gnr"
            | "vr"
            | "pr"
            | "iban"
            | "bic"
            | "blz"
            | "konto"
            | "kto"
            | "kontonummer"
            | "vat"
            | "ust-idnr"
            | "ust-id"
            | "ustid"
            | "ustidnr"
            | "uid"
            | "kvk"
            | "siret"
            | "siren"
            | "rcs"
            | "nip"
            | "regon"
            | "krs"
            | "cif"
            | "nif"
            | "p.iva"
            | "steuernummer"
            | "steuer-nr"
            | "st.-nr"
            | "fn"
            | "zimmer"
            | "raum"
            | "room"
            | "suite"
            | "box"
            | "postfach"
            | "order"
            | "bestellung"
            | "auftrag"
            | "rechnung"
            | "invoice"
            | "ref"
            | "az"
            | "aktenzeichen"
            | "id"
            | "pin"
            | "registered"
            | "company"
            | "kundennummer"
            | "mitgliedsnummer"
            | "vertragsnummer"
            | "version"
            | "seit"
            | "since"
            | "isbn"
            | "issn"
            | "icq"
            | "btw"
            | "meeting"
            | "swift"
            | "conference"
            | "passcode"
            | "registration"
            | "charity"
            | "gegründet"
            | "ticket"
            | "iva"
            | "ein"
            | "fein"
            | "tin"
            | "abn"
            | "acn"
            | "npi"
            | "gst"
            | "gdc"
            | "gmc"
            | "nmc"
            | "sra"
            | "fca"
            | "frn"
            | "gln"
            | "dvr"
            | "zvr"
            | "che"
            | "ahv"
            | "licence"
            | "license"
    )
}

/// Rooms have short numbers; a long one is dialled there ("Clerks' Room: 020 7946 0300").
fn is_room(word: &str) -> bool {
    matches!(word, "room" | "zimmer" | "raum" | "suite")
}

/// "No. 05550311" without a word for a telephone before it.
fn filler_is_number_word(text: &str) -> bool {
    let word = text.trim_end().trim_end_matches(['.', ':', '#']);
    let word = word.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    ["no", "nr", "nummer", "number", "num"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn glyph(word: &str) -> Option<Sense> {
    let first = word.chars().find(|c| !matches!(c, '(' | '[' | ':' | '\u{fe0f}'))?;
    match first {
        '☎' | '✆' | '📞' | '☏' => Some(Sense::WORK.with(Sense::LABEL_WEAK)),
        '📱' => Some(Sense::MOBILE),
        '📠' | '🖷' => Some(Sense::FAX),
        _ => None,
    }
}

/// Words from the end, each with its place; a word is what stands between blanks.
fn words_backwards(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.rsplit(|c: char| c.is_whitespace() || matches!(c, ':' | '\u{1}' | ',' | '(' | '[' | ')' | ']'))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - base, word))
}

fn words_forwards(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split(|c: char| c.is_whitespace() || matches!(c, ':' | '/' | '(' | '[' | ')' | ']'))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - base, word))
}

fn digits_of(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// The next run of digits, from `at` on.
fn next_candidate(text: &str, at: usize) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let mut start = at;
    loop {
        // A start: a digit, or an opening sign before one, not inside a word.
        let byte = *bytes.get(start)?;
        if !byte.is_ascii_digit() {
            start += 1;
            continue;
        }
        let inside =
            start > at && text.get(..start).and_then(|t| t.chars().next_back()).is_some_and(char::is_alphanumeric);
        if inside
            || (start == at
                && at > 0
                && text.get(..at).and_then(|t| t.chars().next_back()).is_some_and(char::is_alphabetic))
        {
            start += bytes.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
            continue;
        }
        break;
    }
    let mut end = start;
    let mut digits = 0;
    let mut groups = 0;
    let mut gap = 0;
    let mut spaces = 0;
    let mut in_group = false;
    let mut cursor = start;
    let mut gap_slash = false;
    while let Some(c) = text.get(cursor..).and_then(|rest| rest.chars().next()) {
        let width = c.len_utf8();
        match c {
            '0'..='9' => {
                // A second number: "05151 5550-17 / 05151 5550-55".
                if !in_group && gap_slash && spaces > 0 && digits >= 7 && c == '0' {
                    break;
                }
                digits += 1;
                if !in_group {
                    groups += 1;
                    in_group = true;
                }
                (gap, spaces, gap_slash) = (0, 0, false);
                cursor += width;
                end = cursor;
                continue;
            }
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => spaces += 1,
            '(' | '[' if digits >= 7 => break,
            // "Ext 219 (01632 960219)": the bracket opens a number of its own.
            '(' if spaces > 0
                && text.get(cursor + 1..).is_some_and(|rest| rest.starts_with('0') && !rest.starts_with("0)"))
                && !text.get(..start).is_some_and(|head| head.ends_with('+')) =>
            {
                break;
            }
            '/' if text.get(cursor + 1..).is_some_and(|rest| rest.starts_with(['-', '\u{2013}'])) && digits >= 6 => {
                break;
            }
            '/' => gap_slash = true,
            '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '.' | '(' | ')' | '[' | ']' => {}
            _ => break,
        }
        in_group = false;
        gap += 1;
        if gap > 4 || spaces > 2 {
            break;
        }
        cursor += width;
    }
    // "17th", "3801a": the last group belongs to a word.
    if text.get(end..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphabetic) && groups > 1 {
        let cut = text.get(start..end)?.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| start + at);
        let kept = text.get(start..cut)?.trim_end_matches(|c: char| !c.is_ascii_digit());
        if !kept.is_empty() {
            digits = digits_of(kept);
            end = start + kept.len();
            groups -= 1;
        }
    }
    // Signs before the first digit: "+", "(", "+(".
    let head = text.get(at..start)?;
    let trimmed = head.trim_end_matches(['+', '(', '[']);
    let signs = head.len() - trimmed.len();
    let glued = trimmed.chars().next_back().is_some_and(char::is_alphanumeric) && head.as_bytes().last() == Some(&b'+');
    if !glued {
        start -= signs.min(3);
    }
    if text.get(start..end)?.contains('(') && text.get(end..).is_some_and(|rest| rest.starts_with(')')) {
        // "(0511 5550)": both brackets stay outside.
        let open = text.get(start..end)?.matches('(').count();
        let close = text.get(start..end)?.matches(')').count();
        if open > close {
            start += usize::from(text.get(start..)?.starts_with('('));
        }
    }
    Some(Candidate { start, end: end.max(start + 1), digits, groups })
}

/// "ext. 45", "x17" behind a number: part of what is written, not of the number.
fn skip_extension(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    let trimmed = rest.trim_start_matches([' ', ',']);
    let lower: String = trimmed.chars().take(10).flat_map(char::to_lowercase).collect();
    for word in ["extension", "ext.", "ext", "x"] {
        if let Some(tail) = lower.strip_prefix(word) {
            let gap = tail.len() - tail.trim_start_matches([' ', '.', ':']).len();
            let digits = tail.trim_start_matches([' ', '.', ':']).bytes().take_while(u8::is_ascii_digit).count();
            if (1..=6).contains(&digits) {
                return (end + (rest.len() - trimmed.len()) + word.len() + gap + digits).min(text.len());
            }
        }
    }
    end
}

fn is_date(raw: &str) -> bool {
    let parts: Vec<&str> = raw.split(['.', '/', '-']).collect();
    let [a, b, c] = parts.as_slice() else { return false };
    let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let day_first = a.len() <= 2 && b.len() <= 2 && number(a) <= 31 && number(b) <= 31 && matches!(c.len(), 2 | 4);
    let year_first = a.len() == 4 && b.len() == 2 && c.len() == 2 && (1900..2100).contains(&number(a));
    day_first && (c.len() == 2 || (1900..2100).contains(&number(c))) || year_first
}

/// Whether digits are written as a number of this country is, without its prefix.
fn fits(region: Region, digits: &str, candidate: &Candidate, labelled: bool) -> bool {
    let grouped = candidate.groups >= 3
        && matches!(
            region,
            Region::US
                | Region::CA
                | Region::ES
                | Region::PL
                | Region::PT
                | Region::CZ
                | Region::GR
                | Region::DK
                | Region::NO
        );
    national(region, digits, labelled || grouped)
}

/// The country that groups a national number like this.
///
/// Source: the countries' own ways of writing them (DIN 5008, Ofcom, RTR, BAKOM). Germany has no area code of exactly
/// these digits; the United Kingdom's form is trusted only in English text.
fn by_form(raw: &str, plans: &Plans) -> Option<Region> {
    let mut groups = [""; 6];
    let mut count = 0;
    for group in raw.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()) {
        *groups.get_mut(count)? = group;
        count += 1;
    }
    let lengths = groups.map(str::len);
    let digits: usize = lengths.iter().sum();
    let english = plans.likely.contains(&Region::GB);
    match (groups[0], lengths) {
        ("0650" | "0660" | "0664" | "0676" | "0677" | "0678" | "0680" | "0688" | "0699", _)
            if (10..=13).contains(&digits) && count >= 2 =>
        {
            Some(Region::AT)
        }
        _ if raw.contains(['/', '-', '.', '\u{2013}']) => None,
        (first, [3, 3, 2, 2, 0, 0]) if first.starts_with("07") => Some(Region::CH),
        // 01632 960320, 07700 900702, 07700 900 702, 020 7946 0452, 0131 496 0522, 0300 123 4567.
        (first, [5, 5 | 6, 0, ..] | [5, 3, 3, 0, ..])
            if english && (first.starts_with("01") || first.starts_with("07")) =>
        {
            Some(Region::GB)
        }
        (first, [3, 4, 4, 0, ..]) if english && first.starts_with("02") => Some(Region::GB),
        (first, [4, 3, 4, 0, ..]) if english && (first.starts_with("01") || first.starts_with("03")) => {
            Some(Region::GB)
        }
        _ => None,
    }
}
