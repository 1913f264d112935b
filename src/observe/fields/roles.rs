//! Decides what each segment of a block is: name, title, organisation, department, or nothing to do with them.
//!
//! Words tell first. Where they do not, the place tells: what follows a name, what stands between a title and a firm.

use super::name::{Known, Person, person};
use super::words::{Sense, fold, fold_into, is_first_name, is_legal_form, sense};
use super::{Block, Field, FieldKind, Row, cut, place};

/// What is known of a block when its words are read.
pub(super) struct Context<'a> {
    pub(super) known: &'a Known,
    /// First labels of the domains in the block and of the sender's, folded.
    pub(super) domains: &'a [String],
    /// The display name of an office or a firm that sends.
    pub(super) office: Option<&'a str>,
}

/// One thing between separators: bytes of a row.
#[derive(Clone, Copy)]
struct Segment {
    row: usize,
    start: usize,
    end: usize,
    role: Role,
    /// How surely an organisation; 10 and more: by its legal form.
    weight: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Unknown,
    Name,
    Title,
    Organisation,
    Department,
    /// No contact data.
    Noise,
}

/// Least weight of an organisation.
const ENOUGH: u8 = 4;
/// Weight from which on a legal form speaks.
const LEGAL: u8 = 10;

struct Reading<'a> {
    rows: &'a [Row],
    context: &'a Context<'a>,
    segments: Vec<Segment>,
    /// Titles that stand in a segment beside a name: row, start, end.
    beside: Vec<(usize, usize, usize)>,
}

/// Reads what is left of the rows into the block.
pub(super) fn read(rows: &[Row], context: &Context<'_>, block: &mut Block) {
    let mut reading = Reading { rows, context, segments: segments(rows), beside: Vec::new() };
    reading.name(block);
    reading.by_words(block);
    services(rows, &mut reading.segments);
    reading.firm_behind_a_title();
    reading.by_place();
    reading.what_one_does();
    reading.under_one_roof();
    reading.titles(block);
    reading.organisations(block);
    reading.departments(block);
}

fn segments(rows: &[Row]) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let slogan = row.text.starts_with(['"', '\u{201e}', '\u{201c}', '~', '«', '*']) && row.text.len() > 20;
        let dashed = row.text.starts_with("- ") && row.text.ends_with(" -");
        for (start, end) in cut(&row.text, false) {
            let role = match (slogan, dashed) {
                (true, _) => Role::Noise,
                (_, true) if row.text.len() < 40 && is_unit(&row.text) => Role::Department,
                _ => Role::Unknown,
            };
            segments.push(Segment { row: index, start, end, role, weight: 0 });
        }
    }
    // A block of more is no signature; what is inserted below stays cheap.
    segments.truncate(200);
    columns(rows, &mut segments);
    segments
}

/// Two columns side by side are read one after the other.
fn columns(rows: &[Row], segments: &mut [Segment]) {
    let wide = |pair: &[Segment]| match pair {
        [left, right] => rows
            .get(left.row)
            .and_then(|row| row.text.get(left.end..right.start))
            .is_some_and(|gap| gap.contains('\t') || gap.contains("   ")),
        _ => false,
    };
    let mut from = 0;
    while let Some(rest) = segments.get(from..).filter(|rest| !rest.is_empty()) {
        let pairs = rest.chunk_by(|a, b| a.row == b.row).take_while(|line| wide(line)).count();
        if pairs >= 2
            && let Some(run) = segments.get_mut(from..from + 2 * pairs)
        {
            let (left, right): (Vec<Segment>, Vec<Segment>) =
                (run.iter().step_by(2).copied().collect(), run.iter().skip(1).step_by(2).copied().collect());
            for (slot, segment) in run.iter_mut().zip(left.into_iter().chain(right)) {
                *slot = segment;
            }
        }
        let row = segments.get(from).map_or(0, |segment| segment.row);
        from += if pairs >= 1 { 2 * pairs } else { segments.iter().skip(from).take_while(|s| s.row == row).count() };
    }
}

/// "Hochbau | Tiefbau | Transporte": three and more of a kind in one line are what a firm sells.
fn services(rows: &[Row], segments: &mut [Segment]) {
    for line in segments.chunk_by_mut(|a, b| a.row == b.row).filter(|line| line.len() >= 3) {
        let plain = |segment: &Segment| {
            matches!(segment.role, Role::Unknown | Role::Department | Role::Organisation)
                && segment.weight < ENOUGH + 3
                && rows.get(segment.row).and_then(|row| row.text.get(segment.start..segment.end)).is_some_and(|text| {
                    text.split_whitespace().count() <= 4 && !text.bytes().any(|byte| byte.is_ascii_digit())
                })
        };
        let untouched =
            line.first().and_then(|segment| rows.get(segment.row)).is_some_and(|row| !row.text.contains('\u{1}'));
        if untouched && line.iter().all(plain) {
            line.iter_mut().for_each(|segment| segment.role = Role::Noise);
        }
    }
}

impl Reading<'_> {
    fn text(&self, segment: &Segment) -> &str {
        self.slice(segment.row, segment.start, segment.end)
    }

    fn slice(&self, row: usize, start: usize, end: usize) -> &str {
        self.rows.get(row).and_then(|row| row.text.get(start..end)).unwrap_or_default()
    }

    fn field(&self, kind: FieldKind, row: usize, start: usize, end: usize) -> Field {
        let offset = self.rows.get(row).map_or(0, |row| row.offset);
        Field { kind, places: vec![place(row, offset, start, end)] }
    }

    /// The name comes first: it tells where the rest begins.
    fn name(&mut self, block: &mut Block) {
        let reachable = !block.card.phones.is_empty() || !block.card.emails.is_empty();
        let mut best: Option<(usize, Person, u8)> = None;
        for (index, segment) in self.segments.iter().enumerate().take(12).filter(|(_, s)| s.role == Role::Unknown) {
            let text = self.text(segment);
            let Some(one) = person(text, self.context.known) else { continue };
            let company = self.segments.len() > 1 || one.rest.is_some() || reachable;
            let score = match (one.evidence, one.full) {
                (3, true) => 9,
                (2, true) if index < 3 => 7,
                (2, true) if index < 5 => 6,
                (3, false) => 5,
                (1, true) if index == 0 && company => 4,
                (2, false) if index == 0 && !self.context.known.is_empty() => 2,
                _ => 0,
            };
            // Words in capitals that nobody knows are a brand before they are a name.
            let brand = one.evidence == 1 && !text.chars().any(char::is_lowercase);
            if score > 0 && !brand && best.as_ref().is_none_or(|(_, _, known)| score > *known) {
                best = Some((index, one, score));
            }
        }
        let Some((index, one, _)) = best else {
            self.office_name(block);
            return;
        };
        let Some(segment) = self.segments.get_mut(index) else { return };
        segment.role = Role::Name;
        let Segment { row, start, end, .. } = *segment;
        block.fields.push(self.field(FieldKind::Name, row, start + one.start, start + one.end));
        if one.full {
            block.is_sender = Some(one.evidence == 3);
            block.card.names.push(one.name);
        } else if one.evidence == 3 {
            block.is_sender = Some(true);
        }
        if let Some((from, to)) = one.note
            && judge(self.slice(row, start + from, start + to), self.context).0 == Role::Title
        {
            self.beside.push((row, start + from, start + to));
        }
        self.beside.extend(one.title.map(|(from, to)| (row, start + from, start + to)));
        if let Some(rest) = one.rest {
            self.segments.insert(index + 1, Segment { row, start: start + rest, end, role: Role::Unknown, weight: 0 });
        }
    }

    /// "Ihr Muster Support" of the shared mailbox "Muster Support".
    fn office_name(&mut self, block: &mut Block) {
        let Some(office) = self.context.office else { return };
        for segment in &mut self.segments {
            let text =
                self.rows.get(segment.row).and_then(|row| row.text.get(segment.start..segment.end)).unwrap_or_default();
            let start = greeted(text);
            if !text.get(start..).is_some_and(|text| text.eq_ignore_ascii_case(office)) {
                continue;
            }
            block.card.names.push(tidy(office));
            let (role, weight) = judge(text.get(start..).unwrap_or_default(), self.context);
            // A firm's own name is its organisation as well.
            let firm = role == Role::Organisation && weight >= 7;
            if !firm {
                segment.role = Role::Name;
            }
            return;
        }
    }

    fn by_words(&mut self, block: &Block) {
        let surname = block.card.names.first().and_then(|name| name.split_whitespace().next_back());
        let surname = surname.filter(|_| block.is_sender.is_some()).map(fold).unwrap_or_default();
        let mut index = 0;
        while let Some(segment) = self.segments.get(index).copied() {
            index += 1;
            if segment.role != Role::Unknown {
                continue;
            }
            let text = self.text(&segment);
            let (head, tail) = split_title(text, segment, self.context);
            let (mut role, mut weight) = judge(self.text(&head), self.context);
            if role != Role::Noise && weight < 5 && bears(self.text(&head), &surname) {
                (role, weight) = (Role::Organisation, 5);
            }
            let tail = tail.map(|tail| {
                let (role, weight) = judge(self.text(&tail), self.context);
                // What a title was cut from is a proper name at least.
                let (role, weight) = if role == Role::Unknown { (Role::Organisation, ENOUGH) } else { (role, weight) };
                Segment { role, weight, ..tail }
            });
            if let Some(slot) = self.segments.get_mut(index - 1) {
                *slot = Segment { role, weight, ..head };
            }
            if let Some(tail) = tail {
                self.segments.insert(index, tail);
                index += 1;
            }
        }
    }

    /// "Bookkeeper, Foy Supply": where nothing else is a firm, the proper name behind a title is one.
    fn firm_behind_a_title(&mut self) {
        if self.segments.iter().any(|segment| segment.role == Role::Organisation) {
            return;
        }
        for index in 0..self.segments.len() {
            let Some(segment) = self.segments.get(index).copied() else { continue };
            let text = self.text(&segment);
            let Some(at) = text.find(", ").filter(|_| segment.role == Role::Title) else { continue };
            let (before, after) = (signs(text.get(..at).unwrap_or_default(), self.context), text.get(at + 2..));
            let after = after.unwrap_or_default();
            let signs = signs(after, self.context);
            let proper = signs.upper == signs.words && (1..=4).contains(&signs.words) && after.len() > 5;
            let other = signs.title || signs.digits || signs.department + signs.department_part > 0 || signs.noise;
            if !before.title || !proper || other || signs.country > 0 || after.contains(',') {
                continue;
            }
            let tail = Segment { start: segment.start + at + 2, role: Role::Organisation, weight: ENOUGH, ..segment };
            if let Some(head) = self.segments.get_mut(index) {
                head.end = segment.start + at;
            }
            self.segments.insert(index + 1, tail);
            return;
        }
    }

    fn by_place(&mut self) {
        let firm = |segment: &Segment| segment.role == Role::Organisation && segment.weight >= ENOUGH;
        let strongest = self.strongest();
        let first_firm = self.segments.iter().position(firm);
        let titled = self.segments.iter().any(|segment| segment.role == Role::Title);
        let mut previous = Role::Noise;
        for index in 0..self.segments.len() {
            let Some(segment) = self.segments.get(index).copied() else { continue };
            let next_is_firm = self.segments.get(index + 1).is_some_and(firm);
            let mut role = segment.role;
            let mut weight = segment.weight;
            if role == Role::Unknown && plausible(self.text(&segment)) {
                role = match (previous, first_firm) {
                    (Role::Title, Some(_)) if next_is_firm => Role::Department,
                    (Role::Name, Some(firm)) if firm > index && !titled => Role::Title,
                    (Role::Title | Role::Department, None) => Role::Organisation,
                    _ => Role::Unknown,
                };
                weight = if role == Role::Organisation { ENOUGH } else { 0 };
            } else if firm(&segment) && weight < 7 && strongest >= weight + 3 && previous == Role::Title && next_is_firm
            {
                // "Payroll Lead | Global Business Services" above the firm.
                role = Role::Department;
            }
            if let Some(slot) = self.segments.get_mut(index) {
                (slot.role, slot.weight) = (role, weight);
            }
            previous = role;
        }
    }

    /// Right under the name, where no title is, a department is what its bearer does: "Anna Meier / Einkauf".
    fn what_one_does(&mut self) {
        let titled = !self.beside.is_empty() || self.segments.iter().any(|segment| segment.role == Role::Title);
        let Some(name) = self.segments.iter().position(|segment| segment.role == Role::Name) else { return };
        let next = self.segments.get(name + 1).copied();
        let Some(next) = next.filter(|next| !titled && next.role == Role::Department) else { return };
        // "Institut für Meereskunde" is where somebody works, and says so.
        let opened = signs(self.text(&next), self.context).department_head;
        if !opened && let Some(slot) = self.segments.get_mut(name + 1) {
            slot.role = Role::Title;
        }
    }

    fn strongest(&self) -> u8 {
        let firms = self.segments.iter().filter(|segment| segment.role == Role::Organisation);
        firms.map(|segment| segment.weight).max().unwrap_or(0)
    }

    /// Under the roof of a town or a university, its offices and institutes are departments.
    fn under_one_roof(&mut self) {
        let firm = |segment: &Segment| segment.role == Role::Organisation;
        let roof = self.segments.iter().position(|segment| firm(segment) && is_roof(self.text(segment)));
        let Some(roof) = roof else { return };
        for index in 0..self.segments.len() {
            let Some(segment) = self.segments.get(index).copied() else { continue };
            if index != roof
                && firm(&segment)
                && segment.weight < LEGAL
                && !is_roof(self.text(&segment))
                && let Some(slot) = self.segments.get_mut(index)
            {
                slot.role = Role::Department;
            }
        }
    }

    /// Every title is a field; one is the card's: a position before a profession, the first of each.
    fn titles(&self, block: &mut Block) {
        let mut first: Option<(bool, usize, usize, usize)> = None;
        let beside = self.beside.iter().map(|(row, start, end)| (true, *row, *start, *end));
        let lines = self.segments.iter().filter(|segment| segment.role == Role::Title).map(|segment| {
            let signs = signs(self.text(segment), self.context);
            (signs.position || !signs.title, segment.row, segment.start, segment.end)
        });
        for title in beside.chain(lines) {
            let (position, row, start, end) = title;
            block.fields.push(self.field(FieldKind::Title, row, start, end));
            if first.is_none_or(|(known, ..)| position && !known) {
                first = Some(title);
            }
        }
        block.card.titles.extend(first.map(|(_, row, start, end)| tidy(self.slice(row, start, end))));
    }

    /// Beside a legal form only another one counts, beside an institution no weak word.
    fn organisations(&self, block: &mut Block) {
        let strongest = self.strongest();
        for (index, segment) in
            self.segments.iter().enumerate().filter(|(_, segment)| segment.role == Role::Organisation)
        {
            if segment.weight < ENOUGH || (strongest >= LEGAL && segment.weight < LEGAL) {
                continue;
            }
            let (start, end) = trim_organisation(self.text(segment));
            let (start, end) = (segment.start + start, segment.start + end);
            let mut field = self.field(FieldKind::Organisation, segment.row, start, end);
            // "Graduate School of Design" right above "Muster University" is read in one.
            let unit = index.checked_sub(1).and_then(|at| self.segments.get(at));
            if let Some(unit) = unit
                && unit.role == Role::Department
                && unit.row + 1 == segment.row
                && is_roof(self.text(segment))
            {
                field.places.splice(0..0, self.field(FieldKind::Organisation, unit.row, unit.start, unit.end).places);
            }
            block.fields.push(field);
            let value = tidy(self.slice(segment.row, start, end));
            let known = block.card.organisations.iter().any(|known| known.eq_ignore_ascii_case(&value));
            let counts = segment.weight == strongest || segment.weight >= LEGAL;
            if counts && !known && (block.card.organisations.is_empty() || segment.weight >= LEGAL) {
                block.card.organisations.push(value);
            }
        }
    }

    fn departments(&self, block: &mut Block) {
        for segment in self.segments.iter().filter(|segment| segment.role == Role::Department) {
            let start = segment.start + department_label(self.text(segment));
            block.fields.push(self.field(FieldKind::Department, segment.row, start, segment.end));
            let value = tidy(self.slice(segment.row, start, segment.end));
            // The department of a shared mailbox is the mailbox itself.
            if block.card.departments.is_empty() && !value.is_empty() && self.context.office.is_none() {
                block.card.departments.push(value);
            }
        }
    }
}

/// What a segment's words say.
#[derive(Default, Clone, Copy)]
struct Signs {
    words: usize,
    title: bool,
    position: bool,
    organisation: bool,
    weak: bool,
    legal: bool,
    department: usize,
    department_part: usize,
    department_head: bool,
    noise: bool,
    label: usize,
    small: usize,
    upper: usize,
    country: usize,
    digits: bool,
    /// The domain of an address or a page holds one of the words.
    domain: bool,
    ampersand: bool,
}

impl Signs {
    /// An organisation that has no department of its own beside it.
    fn organisation_alone(self) -> bool {
        self.organisation && !self.department_head && self.department == 0
    }
}

fn signs(text: &str, context: &Context<'_>) -> Signs {
    let mut signs = Signs::default();
    let (mut key, mut letters, mut run) = (String::new(), String::new(), String::new());
    let mut joined_by_and = false;
    for raw in text.split([' ', '\u{a0}', ',', '(', ')']) {
        let bare = raw.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '&' | '.' | '/' | '+'));
        if bare == "&" || bare == "+" {
            signs.ampersand = true;
            joined_by_and = true;
            continue;
        }
        if bare.is_empty() {
            continue;
        }
        signs.words += 1;
        key.clear();
        fold_into(bare.trim_end_matches('.'), &mut key);
        let mut meaning = compound_sense(&key);
        // "Kofler & Partner": a firm's name.
        if std::mem::take(&mut joined_by_and) && signs.words > 1 && is_company(&key) {
            meaning = Sense::ORGANISATION_WEAK;
        }
        if signs.words == 1 && bare.len() < text.len() && closes_a_name(&key) && !opens_a_name(text.get(bare.len()..)) {
            meaning = meaning.without(Sense::ORGANISATION);
        }
        let upper = bare.chars().next().is_some_and(char::is_uppercase);
        signs.digits |= bare.bytes().any(|byte| byte.is_ascii_digit());
        signs.upper += usize::from(upper);
        signs.title |= meaning.has(Sense::TITLE);
        signs.position |= meaning.has(Sense::TITLE) && !meaning.has(Sense::PROFESSION);
        signs.organisation |= meaning.has(Sense::ORGANISATION);
        signs.weak |= meaning.has(Sense::ORGANISATION_WEAK);
        signs.department += usize::from(meaning.has(Sense::DEPARTMENT));
        signs.department_part += usize::from(meaning.has(Sense::DEPARTMENT_PART) && !meaning.has(Sense::DEPARTMENT));
        // "School of Law" is a department, and so is what "Dept." stands behind; "Harbour Primary School" is none.
        let opens = if meaning.has(Sense::ORGANISATION) {
            signs.words == 1 && opens_a_name(text.get(bare.len()..))
        } else {
            signs.words == 1 || raw.len() > 5 || bare.ends_with("t.")
        };
        signs.department_head |= meaning.has(Sense::DEPARTMENT_HEAD) && opens;
        signs.noise |= meaning.has(Sense::NOISE);
        signs.label += usize::from(meaning.has(Sense::LABEL.with(Sense::MAIL_LABEL)));
        signs.small += usize::from(meaning.has(Sense::SMALL) && !upper);
        signs.country += usize::from(meaning.has(Sense::COUNTRY));
        if key.len() >= 4 && !meaning.has(Sense::SMALL) && !context.known.has(&key) {
            let within = |domain: &String| domain.contains(&key) || (domain.len() >= 4 && key.starts_with(&**domain));
            signs.domain |= context.domains.iter().any(within);
        }
        // "e. V.", "B.V.", "S.p.A.": short neighbours joined.
        letters.clear();
        letters.extend(bare.chars().filter(|c| *c != '.'));
        if letters.chars().count() <= 2 {
            run.push_str(&letters)
        } else {
            run.clear()
        }
        let joined = run.len() > 1 && run.len() < 8 && is_legal_form(&run);
        signs.legal |= signs.words > 1 && (joined || is_legal_form(&letters));
    }
    signs
}

/// The sense of a word, or of its parts ("Inhaber/Geschäftsführer", "IT-Leiter").
fn compound_sense(key: &str) -> Sense {
    let whole = sense(key);
    if whole.has(Sense::TITLE) || !key.contains(['/', '-', '*', ':']) {
        return whole;
    }
    let parts = key.split(['/', '-', '*', ':']).filter(|part| part.len() > 1).map(sense);
    let kept = [Sense::TITLE, Sense::PROFESSION, Sense::ORGANISATION, Sense::DEPARTMENT];
    parts.fold(whole, |sum, part| kept.iter().filter(|bit| part.has(**bit)).fold(sum, |sum, bit| sum.with(*bit)))
}

/// What a segment is by its words, and how surely an organisation.
fn judge(text: &str, context: &Context<'_>) -> (Role, u8) {
    let signs = signs(text, context);
    if is_noise(text, &signs) {
        return (Role::Noise, 0);
    }
    // "200 x Bleistift HB" is an item of an order.
    let item = text.split_whitespace().nth(1).is_some_and(|word| matches!(word, "x" | "X" | "×")) && signs.digits;
    if item {
        return (Role::Noise, 0);
    }
    // "Für den Bürgermeister" says for whom somebody signs.
    if signs.title && ["für den ", "für die ", "for the "].iter().any(|lead| text.to_lowercase().starts_with(lead)) {
        return (Role::Noise, 0);
    }
    if signs.legal && !(signs.noise && signs.words > 5) {
        return (Role::Organisation, if signs.domain { 12 } else { 11 });
    }
    if is_department(text, &signs) && !signs.position {
        return (Role::Department, 0);
    }
    if signs.noise && !signs.title {
        return (Role::Noise, 0);
    }
    // "Pommer Steuerberater" is a firm where the domain says so; "Anwältin für Familienrecht" is none anywhere.
    let firm = signs.domain && !signs.position && signs.words > 1 && signs.small == 0;
    if signs.title && !firm && signs.words <= 9 && !text.ends_with(':') {
        return (Role::Title, 0);
    }
    let begins = text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    if !begins || signs.words > 8 {
        return (Role::Unknown, 0);
    }
    if signs.organisation && (signs.words > 1 || signs.domain || text.len() > 10) {
        return (Role::Organisation, if signs.domain { 9 } else { 7 });
    }
    let pair = signs.ampersand && signs.upper >= 2 && signs.small == 0 && signs.upper == signs.words;
    let proper = signs.words > 1 && signs.upper == signs.words;
    let weight = [(signs.weak, 3), (signs.weak && proper, 1), (signs.domain && signs.words <= 5, 4), (pair, 3)];
    let weight = weight.iter().filter(|(holds, _)| *holds).map(|(_, weight)| weight).sum::<u8>();
    if weight >= ENOUGH || (pair && signs.department + signs.department_part == 0) {
        return (Role::Organisation, weight.max(ENOUGH));
    }
    (Role::Unknown, 0)
}

/// Sentences, labels without a value, countries alone, lines of a register.
fn is_noise(text: &str, signs: &Signs) -> bool {
    let ends = text.chars().next_back().unwrap_or(' ');
    let sentence = signs.words > 10
        || (signs.words >= 3 && matches!(ends, '!' | '?' | '\u{2026}'))
        || (signs.words >= 4 && ends == '.' && !signs.legal)
        || signs.small >= 4
        || (signs.words >= 4 && signs.upper * 3 < signs.words)
        || text.contains("n't ");
    let firm_in_sentence = signs.legal && signs.words <= 12 && signs.small <= 3;
    let bare_label = signs.label > 0
        && signs.words <= signs.label + usize::from(signs.words != 2 || signs.upper < 2 || text.contains([':', '.']))
        && !signs.title
        && signs.department == 0;
    signs.words == 0
        || (sentence && !firm_in_sentence)
        || text.starts_with(['(', '"', '\u{201e}', '#', '@'])
        || (bare_label && !signs.legal)
        || (signs.country > 0 && signs.country + 1 >= signs.words && !signs.legal && !signs.title)
        || (signs.noise && signs.digits && !signs.title)
}

fn is_department(text: &str, signs: &Signs) -> bool {
    let content = signs.words.saturating_sub(signs.small);
    let listed = signs.department > 0 && signs.department + signs.department_part >= content && content <= 6;
    let opened = signs.department_head && signs.words >= 2 && signs.words <= 8 && !signs.legal;
    let begins = text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    begins && (listed || opened)
}

/// "Leiterin Einkauf, Muster GmbH", "Partner, Corporate Tax", "CEO bei Muster": the title, and what follows it.
fn split_title(text: &str, segment: Segment, context: &Context<'_>) -> (Segment, Option<Segment>) {
    let cut_at = |at: usize, width: usize| {
        let head = text.get(..at).unwrap_or_default().trim_end();
        let tail = text.get(at + width..).unwrap_or_default();
        let start = segment.start + at + width + (tail.len() - tail.trim_start().len());
        (Segment { end: segment.start + head.len(), ..segment }, Some(Segment { start, ..segment }))
    };
    for (at, _) in text.match_indices(", ").take(3) {
        let (head, tail) = (text.get(..at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default());
        let before = signs(head, context);
        if before.legal {
            continue;
        }
        let after = signs(tail, context);
        // "School of Law, University of Westmarch", "Heir Searcher, Merrimac Research".
        let house = (after.legal || after.organisation || (after.domain && after.words >= 2)) && !after.digits;
        if !before.title && house && after.upper > 0 && !before.domain && !before.organisation_alone() && !before.noise
        {
            return cut_at(at, 2);
        }
        if !before.title {
            continue;
        }
        let firm = after.legal
            || ((after.organisation || (after.domain && after.words > after.department + 1))
                && !after.title
                && !is_department(tail, &after));
        // "Jugendtrainer, HSG Musterdorf": an abbreviation and a proper name.
        let first = tail.split_whitespace().next().unwrap_or_default();
        let short =
            first.chars().count() >= 3 && first.chars().all(char::is_uppercase) && (2..=4).contains(&after.words);
        let proper = short && after.department == 0 && !after.title && after.upper == after.words;
        // A partner's department is no part of the title; a vice president's is.
        let whole = matches!(
            &*fold(head),
            "partner" | "partnerin" | "managing partner" | "senior partner" | "associate" | "counsel" | "of counsel"
        );
        if firm || proper || (whole && is_department(tail, &after)) {
            return cut_at(at, 2);
        }
    }
    for (word, proper) in [
        (" bei der ", true),
        (" bei ", true),
        (" der ", false),
        (" des ", false),
        (" at ", true),
        (" @ ", true),
        (" chez ", true),
        (" bij ", true),
    ] {
        let Some(at) = text.find(word) else { continue };
        let before = signs(text.get(..at).unwrap_or_default(), context);
        let after = signs(text.get(at + word.len()..).unwrap_or_default(), context);
        if before.title && (after.legal || (proper && after.upper > 0)) {
            return cut_at(at, word.len());
        }
    }
    // "Geschäftsführer Muster Messtechnik GmbH"; a profession may be part of the firm's name.
    if let Some((first, rest)) = text.split_once(' ') {
        let (before, after) = (signs(first, context), signs(rest, context));
        if before.position && !before.domain && !before.organisation && after.legal && !after.title {
            return cut_at(first.len(), 1);
        }
    }
    // "Obfrau Bergfreunde Lindach": a title, and the name that the domain spells.
    if let Some((at, _)) = text.match_indices(' ').find(|(at, _)| {
        let before = signs(text.get(..*at).unwrap_or_default(), context);
        let tail = text.get(at + 1..).unwrap_or_default();
        let words = tail.split_whitespace().count();
        before.title && !before.domain && words >= 2 && tail.split_whitespace().all(|word| signs(word, context).domain)
    }) {
        return cut_at(at, 1);
    }
    (segment, None)
}

/// "& Partner", "& Söhne", "& Co".
fn is_company(word: &str) -> bool {
    matches!(
        word,
        "partner"
            | "partners"
            | "partnerinnen"
            | "partenaires"
            | "soci"
            | "sohn"
            | "soehne"
            | "sons"
            | "fils"
            | "figli"
            | "hijos"
            | "zonen"
            | "toechter"
            | "daughters"
            | "kollegen"
            | "kolleginnen"
            | "associates"
            | "associes"
            | "asociados"
            | "associati"
            | "cie"
            | "co"
    )
}

/// Words that close an English organisation's name and open none, unless "of" or "for" follows.
fn closes_a_name(word: &str) -> bool {
    matches!(
        word,
        "trust"
            | "union"
            | "society"
            | "practice"
            | "agency"
            | "commission"
            | "committee"
            | "council"
            | "association"
            | "foundation"
            | "partners"
            | "company"
            | "party"
            | "library"
            | "libraries"
            | "housing"
            | "books"
            | "press"
    )
}

/// "of", "for", "für" right behind a word.
fn opens_a_name(rest: Option<&str>) -> bool {
    let next = rest.unwrap_or_default().split_whitespace().next().unwrap_or_default();
    matches!(next, "of" | "for" | "für" | "der" | "des" | "de" | "du" | "di" | "van" | "voor" | "the" | "and" | "&")
}

/// Whether a text names an office or a department.
fn is_unit(text: &str) -> bool {
    let bits = Sense::DEPARTMENT.with(Sense::DEPARTMENT_HEAD).with(Sense::ORGANISATION);
    text.split(|c: char| !c.is_alphanumeric()).any(|word| sense(&fold(word)).has(bits))
}

/// "Lammers Dachbau", "Tischlerei Lammers": the signer's surname, and capitalised words that make a firm of it.
fn bears(text: &str, surname: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let proper = |word: &&str| word.starts_with(|c: char| c.is_uppercase() || c == '&');
    surname.len() > 2
        && (2..=5).contains(&words.len())
        && words.iter().all(|word| proper(word) || sense(&fold(word)).has(Sense::SMALL))
        && words.iter().any(|word| fold(word) == surname)
        && !words.iter().map(|word| fold(word)).any(|word| word != surname && is_first_name(&word))
}

/// Bodies that consist of offices: towns, districts, universities, ministries.
fn is_roof(text: &str) -> bool {
    const ROOFS: &[&str] = &[
        "stadt",
        "gemeinde",
        "samtgemeinde",
        "landkreis",
        "landratsamt",
        "kreis",
        "bezirksamt",
        "stadtverwaltung",
        "kreisverwaltung",
        "universitaet",
        "hochschule",
        "university",
        "college",
        "council",
        "ministry",
        "universite",
        "universita",
        "universidad",
        "universiteit",
        "uniwersytet",
        "universidade",
        "ville",
        "mairie",
        "comune",
        "ayuntamiento",
        "gemeente",
        "urzad",
        "klinikum",
        "bistum",
        "city",
        "hospital",
    ];
    const ENDS: &[&str] = &["universitaet", "hochschule", "ministerium", "klinikum"];
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 3)
        .map(fold)
        .any(|word| ROOFS.contains(&&*word) || ENDS.iter().any(|end| word.ends_with(end)))
}

/// Whether an unknown segment can be a title, a department or a firm at all.
fn plausible(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let small = |word: &&str| sense(&fold(word)).has(Sense::SMALL.with(Sense::PARTICLE)) || *word == "&";
    !words.is_empty()
        && words.len() <= 5
        && words.iter().all(|word| word.starts_with(char::is_uppercase) || small(word))
        && words.first().is_some_and(|word| !small(word))
        && text.chars().filter(|c| c.is_alphabetic()).count() >= 4
        && !text.chars().any(|c| c.is_ascii_digit() || matches!(c, '@' | ':' | '?' | '!' | '"' | '…' | '_' | '='))
        && !text.ends_with('.')
}

/// "Abteilung Schaden" is the department "Schaden"; "Lehrstuhl für Geotechnik" stays whole.
fn department_label(text: &str) -> usize {
    let Some((label, rest)) = text.split_once([' ', ':']) else { return 0 };
    let key = fold(label.trim_end_matches(['.', ':']));
    let strip = matches!(
        &*key,
        "abteilung" | "abt" | "bereich" | "dept" | "department" | "ressort" | "afdeling" | "reparto" | "dzial"
    );
    let rest = rest.trim_start_matches([' ', ':']);
    let next = rest.split_whitespace().next().unwrap_or_default();
    if strip && next.starts_with(char::is_uppercase) { text.len() - rest.len() } else { 0 }
}

/// How long "Ihre", "Your", "for" is before a name.
fn greeted(text: &str) -> usize {
    const LEADS: &[&str] = &[
        "Ihre ",
        "Ihr ",
        "Euer ",
        "Eure ",
        "Deine ",
        "Dein ",
        "Your ",
        "The ",
        "für die ",
        "für das ",
        "für ",
        "for ",
        "bei der ",
        "c/o ",
        "Firma ",
        "Fa. ",
        "For and on behalf of ",
        "for and on behalf of ",
        "On behalf of ",
        "on behalf of ",
        "im Auftrag der ",
        "Im Auftrag der ",
        "im Namen der ",
        "pour ",
        "Pour ",
        "per ",
        "namens ",
    ];
    LEADS.iter().find(|lead| text.starts_with(**lead)).map_or(0, |lead| lead.len())
}

/// Without "Ihre", "for", a town behind a comma.
fn trim_organisation(text: &str) -> (usize, usize) {
    let start = if text.starts_with("The ") { 0 } else { greeted(text) };
    let body = text.get(start..).unwrap_or_default();
    // "Muster Inc. is a non-profit", "Muster Ltd, Suite 12, Reno": the name ends with its legal form.
    if let Some(end) = legal_end(body) {
        let rest = body.get(end..).unwrap_or_default();
        let goes_on =
            rest.trim_start_matches(['.', ' ', ',']).starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
        if (goes_on || rest.starts_with([',', '.']) && rest.len() > 2) && !rest.contains('&') {
            return (start, start + end);
        }
    }
    let Some((head, tail)) = body.rsplit_once(", ") else { return (start, text.len()) };
    let words: Vec<&str> = tail.split_whitespace().collect();
    let town = words.len() <= 2 && words.iter().all(|word| word.starts_with(char::is_uppercase)) && !head.contains(',');
    let form =
        is_legal_form(&tail.replace(['.', ' '], "")) || words.iter().any(|word| is_legal_form(&word.replace('.', "")));
    if town && !form && !tail.contains('&') && head.len() > 3 {
        return (start, start + head.len());
    }
    (start, text.len())
}

/// Where the last legal form of a text ends, if something stands before it.
fn legal_end(text: &str) -> Option<usize> {
    let mut end = None;
    let mut at = 0;
    let mut run = String::new();
    for (index, raw) in text.split(' ').enumerate() {
        let start = at;
        at += raw.len() + 1;
        let bare = raw.trim_end_matches([',', ';', ':', ')']);
        let letters: String = bare.chars().filter(|c| *c != '.' && *c != '(').collect();
        if letters.chars().count() <= 2 {
            run.push_str(&letters)
        } else {
            run.clear()
        }
        let joined = run.len() > 1 && run.len() < 8 && is_legal_form(&run);
        if index > 0 && !letters.is_empty() && (joined || is_legal_form(&letters)) {
            end = Some(start + bare.len());
        }
    }
    end
}

/// One blank between words.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The organisation with a legal form that a footer's line names.
pub(crate) fn organisation_in(line: &str) -> Option<String> {
    let nobody = Known::default();
    let context = Context { known: &nobody, domains: &[], office: None };
    let mut pieces = cut(line, false);
    if pieces.len() == 1 {
        pieces = cut(line, true);
    }
    pieces.into_iter().find_map(|(start, end)| {
        let text = line.get(start..end)?;
        let text = text.split([',', ':']).next().unwrap_or(text).trim();
        let whole = signs(text, &context);
        // "Muster plc. Registered in England", "is a trading name of Muster Ltd registered in Scotland".
        let text = if whole.noise || whole.words > 8 || whole.small > 2 { firm_within(text)? } else { text };
        let signs = signs(text, &context);
        let proper = text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        (signs.legal && !signs.noise && signs.words <= 8 && signs.small <= 2 && proper).then(|| tidy(text))
    })
}

/// The capitalised words that end with the first legal form of a sentence.
fn firm_within(text: &str) -> Option<&str> {
    let mut start = None;
    let mut at = 0;
    for raw in text.split(' ') {
        let from = at;
        at += raw.len() + 1;
        let bare = raw.trim_end_matches([',', ';', ':', ')']);
        let letters: String = bare.chars().filter(|c| *c != '.').collect();
        if let Some(start) = start
            && start < from
            && is_legal_form(&letters)
        {
            return text.get(start..from + bare.len());
        }
        let upper = raw.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        let link = matches!(raw, "&" | "+" | "of" | "and" | "und" | "für" | "de" | "der");
        // A sentence ends with a longer word and a stop; "St." and "Co." go on.
        let stops = raw.ends_with([',', ':', ';']) || (raw.ends_with('.') && raw.len() > 4);
        if stops || !(upper || (link && start.is_some())) {
            start = None;
        } else if start.is_none() {
            start = Some(from);
        }
    }
    None
}

/// Whether a name of an organisation bears a legal form.
pub(crate) fn has_legal_form(text: &str) -> bool {
    let nobody = Known::default();
    signs(text, &Context { known: &nobody, domains: &[], office: None }).legal
}
