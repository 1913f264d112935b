//! Invents messages with the truth beside them, in eight languages, so that the model does not learn English alone.
//!
//! Words and sentences stand in `templates/`, one file a language; every person and firm in them is made up.

use std::collections::BTreeMap;

use mailglean::message::Line;
use mailglean::observe::zones::words::LANGUAGES;

use crate::data::{Label, Sample};

const TEMPLATES: &[(&str, &str, usize)] = &[
    ("de", include_str!("templates/de.txt"), 700),
    ("en", include_str!("templates/en.txt"), 500),
    ("es", include_str!("templates/es.txt"), 200),
    ("fr", include_str!("templates/fr.txt"), 200),
    ("it", include_str!("templates/it.txt"), 200),
    ("nl", include_str!("templates/nl.txt"), 200),
    ("pl", include_str!("templates/pl.txt"), 200),
    ("pt", include_str!("templates/pt.txt"), 200),
];

/// The same messages at every call.
pub fn samples() -> Vec<Sample> {
    let mut all = Vec::new();
    for &(code, text, count) in TEMPLATES {
        let language = Language::new(code, text);
        let mut chance = Chance(
            0x9e37_79b9_7f4a_7c15 ^ u64::from_le_bytes([code.as_bytes()[0], code.as_bytes()[1], 7, 7, 7, 7, 7, 7]),
        );
        for n in 0..count {
            let mut writer = Writer {
                language: &language,
                chance: &mut chance,
                out: Vec::new(),
                marks: String::new(),
                quoted: false,
            };
            let from = writer.message();
            let lines = writer.out.iter().map(|(_, line)| Line::plain(line)).collect();
            let labels = writer.out.iter().map(|(zone, line)| label(*zone, line)).collect();
            all.push(Sample {
                id: format!("{code}-{n}"),
                set: format!("synthetic_{code}"),
                from,
                lines,
                labels,
                zones: Vec::new(),
            });
        }
    }
    all
}

fn label(zone: char, line: &str) -> Label {
    if line.trim_matches(['>', ' ']).is_empty() {
        return Label::Blank;
    }
    match zone {
        'S' | 'T' => Label::Signature,
        'C' => Label::Closing,
        'D' => Label::Footer,
        'I' => Label::Unknown,
        _ => Label::Body,
    }
}

/// A small generator of chances: xorshift, so that a training can be repeated to the byte.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// True in so many of a hundred cases.
    fn of_100(&mut self, cases: usize) -> bool {
        self.below(100) < cases
    }
}

struct Language {
    rows: BTreeMap<&'static str, Vec<String>>,
    /// The closings that the program itself knows.
    closings: Vec<String>,
    /// Its words for leaving a list.
    lists: Vec<String>,
}

impl Language {
    fn new(code: &str, text: &'static str) -> Self {
        let mut rows = BTreeMap::new();
        for (key, list) in text.lines().filter_map(|line| line.split_once(':')) {
            rows.insert(key, list.split(';').map(|item| item.trim_start_matches(' ').to_owned()).collect());
        }
        let own = LANGUAGES.iter().find(|(own, _)| *own == code).map_or("", |(_, text)| text);
        let row = |name: &str| own.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let closings =
            row("closing:").split(';').chain(row("thanks:").split(';')).map(|phrase| capital(phrase.trim())).collect();
        let lists = row("list:").split(';').map(|phrase| capital(phrase.trim())).collect();
        Self { rows, closings, lists }
    }
}

/// A closing as it is written: its first letter, and German's nouns.
fn capital(phrase: &str) -> String {
    let word = |(n, word): (usize, &str)| {
        let noun = ["grüß", "gruß", "gruess", "gruss", "grüss", "dank", "glück", "wochen", "tag", "abend"]
            .iter()
            .any(|stem| word.starts_with(stem));
        let short = phrase.len() <= 3 && !phrase.is_empty() && n == 0;
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if n == 0 && !short || noun => first.to_uppercase().chain(letters).collect(),
            _ => word.to_owned(),
        }
    };
    phrase.split(' ').enumerate().map(word).collect::<Vec<String>>().join(" ")
}

fn capital_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct Person {
    given: String,
    family: String,
    mail: String,
    org: String,
    domain: String,
    title: String,
}

struct Writer<'a> {
    language: &'a Language,
    chance: &'a mut Chance,
    out: Vec<(char, String)>,
    /// The quote marks in front of every line.
    marks: String,
    quoted: bool,
}

impl Writer<'_> {
    fn pick(&mut self, key: &str) -> String {
        let list = self.language.rows.get(key).map_or(&[][..], Vec::as_slice);
        list.get(self.chance.below(list.len())).cloned().unwrap_or_default()
    }

    /// A row with its gaps filled.
    fn fill(&mut self, key: &str) -> String {
        let mut text = self.pick(key);
        while let Some(at) = text.find('{') {
            let Some(end) = text[at..].find('}') else { break };
            let gap = text[at + 1..at + end].to_owned();
            let value = match gap.as_str() {
                "n" => format!("{}", 100 + self.chance.below(9000)),
                "initials" => {
                    let person = self.person();
                    person.given.chars().take(1).chain(person.family.chars().take(1)).collect::<String>().to_uppercase()
                }
                "mail" => self.person().mail,
                "domain" => self.person().domain,
                "phone" => self.number(),
                "date" => format!("{}.{}.2025", 1 + self.chance.below(28), 1 + self.chance.below(12)),
                "time" => format!("{}:{:02}", 7 + self.chance.below(14), self.chance.below(60)),
                key => self.pick(key),
            };
            text.replace_range(at..=at + end, &value);
        }
        text
    }

    fn person(&mut self) -> Person {
        let (given, family, org) = (self.pick("given"), self.pick("family"), self.pick("org"));
        let plain = |text: &str| {
            let letter = |c: char| match c {
                'ä' | 'á' | 'à' | 'ã' | 'â' | 'ą' => 'a',
                'ö' | 'ó' | 'ô' | 'õ' => 'o',
                'ü' | 'ú' => 'u',
                'é' | 'è' | 'ê' | 'ę' => 'e',
                'í' => 'i',
                'ł' => 'l',
                'ç' | 'ć' => 'c',
                'ñ' | 'ń' => 'n',
                'ś' => 's',
                'ż' | 'ź' => 'z',
                c if c.is_ascii_alphanumeric() => c,
                _ => '-',
            };
            text.to_lowercase().chars().map(letter).collect::<String>().trim_matches('-').to_owned()
        };
        let domain = if self.chance.of_100(70) {
            let word = org.split(' ').max_by_key(|word| word.len()).unwrap_or("firm");
            format!("{}.example", plain(word))
        } else {
            ["mailbox.example", "postfach.example", "webmail.example"][self.chance.below(3)].to_owned()
        };
        let (g, f) = (plain(&given), plain(&family));
        let initial = g.chars().next().unwrap_or('x');
        let local = match self.chance.below(5) {
            0 => format!("{initial}.{f}"),
            1 => f.clone(),
            2 => format!("{initial}{f}"),
            3 => g.clone(),
            _ => format!("{g}.{f}"),
        };
        let title = self.pick("title");
        Person { given, family, mail: format!("{local}@{domain}"), org, domain, title }
    }

    fn number(&mut self) -> String {
        let country = self.pick("country");
        let mut digits = |n: usize| (0..n).map(|_| char::from(b'0' + self.chance.below(10) as u8)).collect::<String>();
        let (area, a, b, c, tail) = (digits(2), digits(3), digits(4), digits(2), digits(2));
        match self.chance.below(9) {
            0 => format!("{country}{area}1 {b}-{c}"),
            1 => format!("{country} {area}1 / {a} {c}"),
            2 => format!("({country}{area}) {a}-{b}"),
            3 => format!("{country} (0){area}1 {a} {b}"),
            4 => format!("{country}{area}1/{a}{b}"),
            5 => format!("{country}{area}.{a}.{b}"),
            6 => format!("{area}1-{a}-{b}"),
            7 => format!("({area}1) {a}-{b}"),
            _ => format!("{country} {area} {a} {c} {tail}"),
        }
    }

    fn line(&mut self, zone: char, text: &str) {
        let zone = match (zone, self.quoted) {
            ('B' | 'C', true) => 'Q',
            ('S', true) => 'T',
            (zone, _) => zone,
        };
        let space = if self.marks.is_empty() || text.is_empty() { "" } else { " " };
        self.out.push((zone, format!("{}{space}{text}", self.marks)));
    }

    fn blank(&mut self) {
        self.line('B', "");
    }

    /// A whole message; returns its sender.
    fn message(&mut self) -> String {
        let person = self.person();
        let from = match self.chance.below(8) {
            0 => String::new(),
            1 => person.mail.clone(),
            2 => format!("\"{}, {}\" <{}>", person.family, person.given, person.mail),
            3 => person.given.clone(),
            _ => format!("{} {} <{}>", person.given, person.family, person.mail),
        };
        match self.chance.below(100) {
            0..10 => {
                self.automatic();
                return "noreply@shop.example".to_owned();
            }
            10..60 => self.author(&person, true),
            60..92 => self.author(&person, false),
            _ => {
                self.inline();
                self.author(&person, false);
            }
        }
        if self.chance.of_100(6) {
            self.list_footer();
        }
        if self.chance.of_100(40) {
            self.quotation(0);
        }
        from
    }

    /// Nobody signs: a shop, a ticket system.
    fn automatic(&mut self) {
        let greeting = self.fill("greeting");
        self.line('B', &greeting);
        self.blank();
        for _ in 0..2 + self.chance.below(4) {
            let text = self.fill("auto");
            self.line('B', &text);
            if self.chance.of_100(40) {
                self.blank();
            }
        }
        self.blank();
        match self.chance.below(3) {
            0 => {
                let team = self.fill("team");
                self.line('S', &team);
                self.blank();
                self.footer();
            }
            1 => self.footer(),
            _ => self.imprint(),
        }
    }

    /// How a newsletter or a shop ends: who it is, and how to be rid of it.
    fn imprint(&mut self) {
        let (org, city, list) = (self.pick("org"), self.pick("city"), &self.language.lists);
        let leave = list.get(self.chance.below(list.len())).cloned().unwrap_or_default();
        let line = match self.chance.below(5) {
            0 => format!("{org}, {city}. {leave}."),
            1 => format!("{org} | {leave}"),
            2 => format!("{org}. {leave}."),
            3 => leave,
            _ => {
                let street = self.pick("street");
                format!("{org}, {street} {}, {city}", 1 + self.chance.below(90))
            }
        };
        self.line('D', &line);
        if self.chance.of_100(40) {
            let text = self.fill("footer");
            self.line('D', &text);
        }
    }

    /// One author's text from greeting to footer.
    fn author(&mut self, person: &Person, business: bool) {
        if self.chance.of_100(75) {
            let greeting = self.fill("greeting");
            self.line('B', &greeting);
            if self.chance.of_100(85) {
                self.blank();
            }
        }
        for n in 0..1 + self.chance.below(4) {
            if n > 0 {
                self.blank();
            }
            self.paragraph();
        }
        // Where nothing parts the body from what follows, only the words do.
        if self.chance.of_100(90) {
            self.blank();
            if self.chance.of_100(8) {
                self.blank();
            }
        }
        self.ending(person, business);
        if self.chance.of_100(4) {
            self.blank();
            let ps = self.fill("ps");
            self.line('B', &ps);
        }
        if business && self.chance.of_100(40) {
            if self.chance.of_100(80) {
                self.blank();
            }
            self.footer();
        } else if self.chance.of_100(12) {
            self.blank();
            if self.chance.of_100(20) {
                self.line('D', "--");
            }
            let device = self.fill("device");
            self.line('D', &device);
        } else if self.chance.of_100(5) {
            self.blank();
            let footer = self.fill("footer");
            self.line('D', &footer);
        }
    }

    /// Lines of names, firms, numbers and places that belong to the body: who comes, who pays, where it is.
    fn roster(&mut self) {
        let lead = self.fill("sentence");
        self.line('B', &lead);
        if self.chance.of_100(50) {
            self.blank();
        }
        let kind = self.chance.below(6);
        if kind == 5 {
            // Somebody else's address.
            let person = self.person();
            let (street, zip, city, number) = (self.pick("street"), self.pick("zip"), self.pick("city"), self.number());
            let name = if self.chance.of_100(50) { format!("{} {}", person.given, person.family) } else { person.org };
            for text in
                [name, format!("{street} 7"), format!("{zip} {city}"), number].iter().take(2 + self.chance.below(3))
            {
                self.line('B', text);
            }
            return;
        }
        let mark = ["", "", "", "- ", "\t"][self.chance.below(5)];
        for _ in 0..2 + self.chance.below(6) {
            let text = match kind {
                0 => self.pick("org"),
                1 => {
                    let person = self.person();
                    format!("{} {}", person.given, person.family)
                }
                2 => {
                    let (person, number) = (self.person(), self.number());
                    format!("{} {} {}  {number}", person.given, person.family, ["", "-", "\t"][self.chance.below(3)])
                }
                3 => self.pick("department"),
                _ => self.pick("title"),
            };
            self.line('B', &format!("{mark}{text}"));
        }
    }

    fn paragraph(&mut self) {
        if self.chance.of_100(9) {
            self.roster();
            return;
        }
        if self.chance.of_100(14) {
            if self.chance.of_100(60) {
                let lead = self.fill("sentence");
                self.line('B', &lead);
            }
            for _ in 0..2 + self.chance.below(3) {
                let bullet = self.fill("bullet");
                self.line('B', &bullet);
            }
            return;
        }
        let sentences: Vec<String> = (0..1 + self.chance.below(3))
            .map(|_| {
                let text = self.fill("sentence");
                if self.chance.of_100(70) { capital_first(&text) } else { text }
            })
            .collect();
        let text = sentences.join(" ");
        if self.chance.of_100(40) && text.len() > 76 {
            let mut line = String::new();
            for word in text.split(' ') {
                if line.chars().count() + word.chars().count() > 72 {
                    self.line('B', line.trim_end());
                    line.clear();
                }
                line.push_str(word);
                line.push(' ');
            }
            self.line('B', line.trim_end());
        } else {
            self.line('B', &text);
        }
    }

    fn closing(&mut self) -> String {
        let phrase = if self.chance.of_100(70) {
            let list = &self.language.closings;
            list[self.chance.below(list.len())].clone()
        } else {
            self.fill("closing")
        };
        let end = if phrase.ends_with(['!', '.', ',']) { "" } else { [",", "", "", "!", ","][self.chance.below(5)] };
        let phrase = if self.chance.of_100(6) { phrase.to_lowercase() } else { phrase };
        format!("{phrase}{end}")
    }

    /// Closing and signature.
    fn ending(&mut self, person: &Person, business: bool) {
        let kind = self.chance.below(100);
        if business {
            match kind {
                // No signature at all.
                0..6 => {}
                6..70 => {
                    let closing = self.closing();
                    self.line('C', &closing);
                    if self.chance.of_100(60) {
                        self.blank();
                    }
                    self.block(person);
                }
                70..76 => {
                    let sign = self.fill("onesign");
                    self.line('S', &sign);
                    if self.chance.of_100(60) {
                        self.blank();
                        self.block(person);
                    }
                }
                76..82 => {
                    // A typed name, then the block.
                    if self.chance.of_100(60) {
                        let closing = self.closing();
                        self.line('C', &closing);
                    }
                    let short = self.short_name(person);
                    self.line('S', &short);
                    self.blank();
                    self.block(person);
                }
                82..88 => {
                    let team = self.fill("team");
                    if self.chance.of_100(60) {
                        let closing = self.closing();
                        self.line('C', &closing);
                    }
                    self.line('S', &team);
                    if self.chance.of_100(50) {
                        self.contact_lines(person);
                    }
                }
                _ => self.block(person),
            }
            return;
        }
        match kind {
            0..16 => {}
            16..58 => {
                let closing = self.closing();
                self.line('C', &closing);
                if self.chance.of_100(30) {
                    self.blank();
                }
                let name = self.private_name(person);
                self.line('S', &name);
                if self.chance.of_100(12) {
                    let number = self.number();
                    self.line('S', &number);
                }
            }
            58..72 => {
                let name = self.private_name(person);
                self.line('S', &name);
            }
            72..86 => {
                let sign = self.fill("onesign");
                self.line('S', &sign);
            }
            86..90 => {
                let closing = self.closing();
                self.line('C', &closing);
            }
            _ => {
                let closing = self.closing();
                self.line('C', &closing);
                self.line('S', &format!("{} {}", person.given, person.family));
                if self.chance.of_100(50) {
                    self.address();
                }
                if self.chance.of_100(60) {
                    let (word, number) = (self.pick("mobile"), self.number());
                    self.line('S', &format!("{word} {number}"));
                }
            }
        }
    }

    fn short_name(&mut self, person: &Person) -> String {
        let initial = |name: &str| name.chars().next().unwrap_or('X').to_string();
        match self.chance.below(6) {
            0 => format!("{}{}", initial(&person.given), initial(&person.family)),
            1 => format!("{}.", initial(&person.given)),
            2 => person.given.to_lowercase(),
            3 => format!("- {}", person.given),
            _ => person.given.clone(),
        }
    }

    fn private_name(&mut self, person: &Person) -> String {
        match self.chance.below(10) {
            0..4 => person.given.clone(),
            4 => self.fill("nick"),
            5 => self.short_name(person),
            6 => format!("{}. {}", person.given.chars().next().unwrap_or('X'), person.family),
            7 => format!("{} {}", person.given, person.family).to_lowercase(),
            _ => format!("{} {}", person.given, person.family),
        }
    }

    fn address(&mut self) {
        let (street, zip, city) = (self.pick("street"), self.pick("zip"), self.pick("city"));
        let number = 1 + self.chance.below(140);
        let street = if city.ends_with(|c: char| c.is_ascii_digit()) {
            format!("{number} {street}")
        } else {
            format!("{street} {number}")
        };
        let town = if city.bytes().any(|byte| byte.is_ascii_digit()) { city } else { format!("{zip} {city}") };
        match self.chance.below(4) {
            0 => self.line('S', &format!("{street}, {town}")),
            1 => {
                let bar = [" | ", " · ", " • ", " - "][self.chance.below(4)];
                self.line('S', &format!("{street}{bar}{town}"));
            }
            _ => {
                self.line('S', &street);
                self.line('S', &town);
            }
        }
    }

    /// A contact block: name, office, firm, place, numbers, in one of many layouts.
    fn block(&mut self, person: &Person) {
        if self.chance.of_100(12) {
            let delimiter = ["-- ", "--", "-- ", "---"][self.chance.below(4)];
            self.line('S', delimiter);
        } else if self.chance.of_100(6) {
            let rule = [
                "____________________",
                "--------------------------------",
                "*****************",
                "=====================",
                "~~~~~~~~~~",
            ][self.chance.below(5)];
            self.line('S', rule);
        }
        let org_first = self.chance.of_100(8);
        if org_first {
            self.line('S', &person.org);
            if self.chance.of_100(60) {
                self.blank();
            }
        }
        let mut name = format!("{} {}", person.given, person.family);
        if self.chance.of_100(18) {
            let honorific = self.pick("honorific");
            name = format!("{honorific} {name}");
        }
        if self.chance.of_100(8) {
            let credential = self.pick("credential");
            let comma = if self.chance.of_100(50) { "," } else { "" };
            name = format!("{name}{comma} {credential}");
        }
        if self.chance.of_100(4) {
            name = name.to_uppercase();
        } else if self.chance.of_100(4) {
            name = name.to_lowercase();
        }
        let mut title = (!self.chance.of_100(30)).then(|| person.title.clone());
        if let Some(text) = &title
            && self.chance.of_100(12)
        {
            let bar = [" | ", ", ", " - ", " · ", " / "][self.chance.below(5)];
            name = format!("{name}{bar}{text}");
            title = None;
        }
        self.line('S', &name);
        if self.chance.of_100(7) {
            let note = self.fill("note");
            self.line('S', &note);
        }
        if let Some(title) = title {
            self.line('S', &title);
        }
        if self.chance.of_100(15) {
            let department = self.pick("department");
            self.line('S', &department);
        }
        if self.chance.of_100(10) {
            // The short form: a name and an office.
            return;
        }
        if self.chance.of_100(35) {
            self.blank();
        } else if self.chance.of_100(5) {
            self.line('S', "----------------------------");
        }
        if !org_first && self.chance.of_100(85) {
            let org = if self.chance.of_100(8) { person.org.to_uppercase() } else { person.org.clone() };
            self.line('S', &org);
        }
        if self.chance.of_100(60) {
            self.address();
        }
        if self.chance.of_100(25) {
            self.blank();
        }
        self.contact_lines(person);
        if self.chance.of_100(6) {
            let note = self.fill("note");
            self.line('S', &note);
        }
    }

    fn contact_lines(&mut self, person: &Person) {
        let mut parts = Vec::new();
        if self.chance.of_100(85) {
            let (word, number) = (self.pick("phone"), self.number());
            parts.push(format!("{word} {number}"));
        }
        if self.chance.of_100(35) {
            let (word, number) = (self.pick("mobile"), self.number());
            parts.push(format!("{word} {number}"));
        }
        if self.chance.of_100(30) {
            let (word, number) = (self.pick("fax"), self.number());
            parts.push(format!("{word} {number}"));
        }
        if self.chance.of_100(55) {
            let word = if self.chance.of_100(50) { self.pick("mailword") } else { String::new() };
            parts.push(format!("{word} {}", person.mail).trim().to_owned());
        }
        if self.chance.of_100(50) {
            let word = if self.chance.of_100(30) { self.pick("webword") } else { String::new() };
            let url = ["www.", "https://www.", "", "http://"][self.chance.below(4)];
            parts.push(format!("{word} {url}{}", person.domain).trim().to_owned());
        }
        match self.chance.below(10) {
            0..3 => {
                let bar = [" | ", " • ", " · ", ", ", " - ", "  "][self.chance.below(6)];
                let size = 2 + self.chance.below(2);
                for chunk in parts.chunks(size) {
                    self.line('S', &chunk.join(bar));
                }
            }
            3 => {
                for part in &parts {
                    let aligned = part.replacen(' ', "    ", 1);
                    self.line('S', &aligned);
                }
            }
            _ => {
                for part in &parts {
                    self.line('S', part);
                }
            }
        }
    }

    fn footer(&mut self) {
        if self.chance.of_100(8) {
            self.line('D', "______________________________");
        }
        let legal = self.chance.of_100(65);
        if legal {
            match self.chance.below(3) {
                0 => {
                    let parts: Vec<String> = (0..2 + self.chance.below(2)).map(|_| self.fill("legal")).collect();
                    let bar = [" | ", " · ", ", ", " - "][self.chance.below(4)];
                    self.line('D', &parts.join(bar));
                }
                _ => {
                    for _ in 0..1 + self.chance.below(4) {
                        let text = self.fill("legal");
                        self.line('D', &text);
                    }
                }
            }
        }
        if !legal || self.chance.of_100(40) {
            if legal && self.chance.of_100(60) {
                self.line('D', "");
            }
            for _ in 0..1 + self.chance.below(2) {
                let text = self.fill("footer");
                if self.chance.of_100(25) && text.len() > 70 {
                    let cut = text
                        .char_indices()
                        .map(|(at, _)| at)
                        .filter(|&at| at > 40)
                        .find(|&at| text[at..].starts_with(' '))
                        .unwrap_or(0);
                    self.line('D', text[..cut].trim());
                    self.line('D', text[cut..].trim());
                } else {
                    self.line('D', &text);
                }
            }
        }
    }

    fn list_footer(&mut self) {
        self.blank();
        let rule = ["_______________________________________________", "-- ", "---", "--~--~---------~--~----~"]
            [self.chance.below(4)];
        self.line('D', rule);
        for _ in 0..1 + self.chance.below(3) {
            let text = self.fill("list");
            self.line('D', &text);
        }
    }

    /// Lines of the other's text with answers below them.
    fn inline(&mut self) {
        for _ in 0..1 + self.chance.below(3) {
            let question = self.fill("sentence");
            self.out.push(('Q', format!("> {question}")));
            self.blank();
            let answer = self.fill("sentence");
            self.line('B', &answer);
            self.blank();
        }
    }

    /// What is answered or forwarded.
    fn quotation(&mut self, depth: usize) {
        let person = self.person();
        let was = (self.marks.clone(), self.quoted);
        self.blank();
        if self.chance.of_100(45) {
            let intro = self.fill("intro");
            self.line('I', &intro);
            self.marks.push('>');
        } else {
            if self.chance.of_100(50) {
                let divider = self.pick("divider");
                self.line('I', &divider);
            }
            for key in 0..4 {
                let label =
                    self.language.rows.get("header").and_then(|list| list.get(key)).cloned().unwrap_or_default();
                let value = match key {
                    0 => format!("{} {} <{}>", person.given, person.family, person.mail),
                    1 => self
                        .fill("intro")
                        .chars()
                        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | ':'))
                        .take(14)
                        .collect(),
                    2 => self.person().mail,
                    _ => self.pick("department"),
                };
                self.line('I', &format!("{label} {value}"));
            }
            self.blank();
        }
        self.quoted = true;
        let business = self.chance.of_100(60);
        self.author(&person, business);
        if depth < 2 && self.chance.of_100(25) {
            self.quotation(depth + 1);
        }
        (self.marks, self.quoted) = was;
    }
}
