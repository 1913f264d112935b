//! Decides how the result looks in a terminal: one screen, 80 columns, nothing said by colour alone.

use std::io::{self, Write};

use super::lang::{Lang, Text};
use super::safe::Plain;
use super::{CountermeasuresShown, Figures, LegalShown, Level, Look, ProfileShown, Report, growth, ledger, rules};
use crate::assess::Class;
use crate::profile::Field;

const WIDTH: usize = 80;
const LABEL: usize = 46;
/// Assumptions shown here; all of them stand in the whole report.
const SHOWN: usize = 6;
/// Rules shown here; the others too.
const RULES: usize = 3;

pub(super) fn write(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    Page { report, lang: look.lang, text: look.lang.text(), colour: look.colour, out }.write()
}

struct Page<'a> {
    report: &'a Report,
    lang: Lang,
    text: &'static Text,
    colour: bool,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn write(&mut self) -> io::Result<()> {
        self.head()?;
        self.headline()?;
        if let Some(profile) = self.report.profiles.first() {
            self.profile(profile)?;
        }
        self.side_by_side()?;
        self.ground()
    }

    fn head(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        let coverage = &report.coverage;
        let state = if report.complete { text.complete } else { text.incomplete };
        let mut head = vec![format!("{} {}", Plain(&report.program.name), Plain(&report.program.version))];
        head.extend((!report.mailbox.is_empty()).then(|| format!("{} {}", text.mailbox, Plain(&report.mailbox))));
        head.push(format!("{} {}", text.level, text.level(report.evidence.level)));
        let head = head.join("   ");
        if head.chars().count() > WIDTH {
            self.wrapped("", &head)?
        } else {
            self.line(&head)?
        }
        let mut parts = vec![(text.messages_read)(&text.number(coverage.read), &text.number(coverage.messages))];
        if coverage.lost > 0 {
            parts.push((text.unreadable)(&text.number(coverage.lost)));
        }
        if !coverage.not_opened.is_empty() {
            parts.push((text.not_opened)(&text.number(coverage.not_opened.len() as u64)));
        }
        self.wrapped("", &format!("{state}: {}", parts.join(", ")))?;
        if !report.complete {
            let gaps: Vec<&str> = report.gaps.iter().map(|&gap| text.gap(gap)).collect();
            self.wrapped("", &format!("{}. {}", gaps.join("; "), text.floor))?;
        }
        if report.synthetic {
            self.line(text.synthetic)?;
        }
        if report.labelled() > 0 {
            self.wrapped("", &(text.labelled)(&text.number(report.labelled() as u64)))?;
        }
        if report.owner.addresses == 0 {
            self.wrapped("", text.no_owner)?;
        }
        self.line("")
    }

    fn headline(&mut self) -> io::Result<()> {
        let sentence = sentence(self.report, self.text);
        let strong = if self.colour { format!("\x1b[1m{sentence}\x1b[0m") } else { sentence.clone() };
        if sentence.chars().count() > WIDTH - 2 {
            self.wrapped("  ", &sentence)?;
        } else {
            self.line(&format!("  {strong}"))?;
        }
        self.line(&format!("  {}", "=".repeat(sentence.chars().count().min(WIDTH - 2))))
    }

    fn profile(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        let about = format!(
            "{} {} v{}, {} {}, {}",
            text.by_profile,
            Plain(&profile.id),
            profile.version,
            text.as_of,
            Plain(&profile.as_of),
            text.documented(profile.documented)
        );
        self.wrapped("  ", &about)?;
        self.line("")?;
        self.row("", text.declared, text.permitted, text.in_mailbox)?;
        for class in [Class::Private, Class::Bystander, Class::Unsure] {
            let label = if class == Class::Unsure { text.unsure_note } else { text.class(class) };
            self.class_row(profile, label, &[class])?;
            if class == Class::Bystander {
                for sphere in profile.permitted.bystanders.keys() {
                    let [low, high] = profile.both().map(|f| f.bystanders.get(sphere).copied().unwrap_or(0));
                    let label = format!("   {}", text.of_these[*sphere as usize]);
                    self.row(&label, &text.number(low), &text.number(high), "")?;
                }
            }
        }
        self.line(&format!("  {}:", text.beside))?;
        for class in [Class::Business, Class::Consumer, Class::Colleague] {
            self.class_row(profile, text.class(class), &[class])?;
        }
        self.class_row(profile, text.shared_addresses, &[Class::Role, Class::Automated])?;
        self.filter(profile)?;
        self.sensitive(profile)?;
        self.growth(profile)?;
        self.legal(profile)?;
        self.assumptions(profile)?;
        self.rules(profile)
    }

    /// The rules that would help most, and the smallest set of them.
    fn rules(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let (report, text, words) = (self.report, self.text, self.lang.rules());
        let CountermeasuresShown { rules, smallest, .. } = &profile.countermeasures;
        if rules.is_empty() {
            return Ok(());
        }
        self.line("")?;
        let mut lines = rules::row(2, words.title, words.left, words.lost, words.offers);
        for rule in rules.iter().take(RULES) {
            let label = words.rule(&rule.id, report, text);
            let (left, lost) = (rules::range(rule.left, text), rules::pair(rule.lost, text));
            lines.extend(rules::row(4, &label, &left, &lost, words.offered(rule.offered)));
        }
        let look = Look { lang: self.lang, ..Look::default() };
        lines.extend(smallest.iter().flat_map(|smallest| rules::smallest(smallest, report, look)));
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// The counts that are asked for first; all of them stand in the whole report.
    fn legal(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let (text, words) = (self.text, ledger::Words::of(self.lang));
        let counts: [fn(&LegalShown) -> u64; 7] = [
            |legal| legal.persons,
            |legal| legal.to_third_country,
            |legal| legal.gave_themselves,
            |legal| legal.from_elsewhere,
            |legal| legal.with_phone + legal.with_private_phone,
            |legal| legal.with_private_phone,
            |legal| legal.older[1],
        ];
        self.line("")?;
        self.row(text.legal, text.declared, text.permitted, "")?;
        for (label, count) in words.short.iter().zip(counts) {
            let [low, high] = profile.both().map(|figures| text.number(count(&figures.legal)));
            self.row(&format!("  {label}"), &low, &high, "")?;
        }
        Ok(())
    }

    /// The last scenario: the day that was given, or the year before the newest message.
    fn growth(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let (text, words) = (self.text, growth::Words::of(self.lang));
        let Some(growth) = profile.growth.last() else { return Ok(()) };
        self.line("")?;
        self.row(words.title, text.declared, text.permitted, "")?;
        self.wrapped("    ", &words.scenario(growth))?;
        for (label, [low, high]) in words.rows(growth, true) {
            self.row(&format!("  {label}"), &text.number(low), &text.number(high), "")?;
        }
        Ok(())
    }

    fn class_row(&mut self, profile: &ProfileShown, label: &str, classes: &[Class]) -> io::Result<()> {
        let sum = |figures: &Figures| classes.iter().map(|&class| figures.count(class)).sum::<u64>();
        let [low, high] = profile.both().map(sum);
        let all = classes.iter().filter_map(|class| self.report.people.classes.get(class)).sum();
        let [low, high, all] = [low, high, all].map(|n| self.text.number(n));
        self.row(label, &low, &high, &all)
    }

    fn filter(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        self.line("")?;
        self.row(text.filter, text.declared, text.permitted, "")?;
        let [low, high] = profile.both().map(|figures| &figures.filter);
        let names = [low, high].map(|filter| text.list(filter.freemail));
        self.row(&format!("  {}", text.freemail_list), names[0], names[1], "")?;
        let numbers = |a: u64, b: u64| [text.number(a), text.number(b)];
        let mut rows = vec![
            (text.list_domains, numbers(low.domains, high.domains)),
            (text.private_held_back, numbers(low.private_held_back, high.private_held_back)),
        ];
        let held = |filter: &super::FilterShown| filter.held_back.values().sum::<u64>();
        rows.push((text.all_held_back, numbers(held(low), held(high))));
        rows.push((text.private_passed, numbers(low.private_passed, high.private_passed)));
        for (label, [low, high]) in rows {
            self.row(&format!("  {label}"), &low, &high, "")?;
        }
        let mut reasons: Vec<_> = low.passes.keys().chain(high.passes.keys()).copied().collect();
        reasons.sort_unstable();
        reasons.dedup();
        if !reasons.is_empty() {
            self.line(&format!("  {}: ({})", text.passed_because, text.several_reasons.trim_end_matches('.')))?;
        }
        for reason in reasons {
            let [low, high] = [low, high].map(|filter| filter.passes.get(&reason).copied().unwrap_or(0));
            self.row(&format!("    {}", text.pass(reason)), &text.number(low), &text.number(high), "")?;
        }
        Ok(())
    }

    fn sensitive(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        if profile.permitted.sensitive.is_empty() {
            return Ok(());
        }
        self.line("")?;
        self.row(text.sensitive, text.declared, text.permitted, "")?;
        for (&mark, high) in &profile.permitted.sensitive {
            let low = profile.declared.sensitive.get(&mark).copied().unwrap_or(Some(0));
            let [low, high] = [low, *high].map(|n| n.map_or_else(|| format!("<{}", 5), |n| text.number(n)));
            self.row(&format!("  {}", text.mark(mark)), &low, &high, "")?;
        }
        Ok(())
    }

    fn assumptions(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        let moves: Vec<_> =
            profile.assumptions.iter().filter(|one| one.low != profile.low || one.high != profile.high).collect();
        if moves.is_empty() {
            return Ok(());
        }
        self.line("")?;
        let (low, high) = (text.number(profile.low), text.number(profile.high));
        self.row(text.assumptions, &format!("{} {low}", text.low), &format!("{} {high}", text.high), "")?;
        for one in moves.iter().take(SHOWN) {
            let change = |from: u64, to: u64| if from == to { "=".to_owned() } else { text.number(to) };
            let label = format!("  {}", assumption(one, text));
            self.row(&label, &change(profile.low, one.low), &change(profile.high, one.high), "")?;
        }
        let rest = profile.assumptions.len() - moves.len().min(SHOWN);
        if moves.len() > SHOWN {
            self.line(&format!("  ... {}", text.all_in_report))
        } else if rest > 0 {
            self.wrapped("  ", &(text.without_effect)(&text.number(rest as u64)))
        } else {
            Ok(())
        }
    }

    fn side_by_side(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        if report.profiles.len() < 2 {
            return Ok(());
        }
        self.line("")?;
        self.row(text.profiles, text.low, text.high, "")?;
        for profile in &report.profiles {
            let [low, high] = [profile.low, profile.high].map(|n| text.number(n));
            self.row(&format!("  {}", Plain(&profile.id)), &low, &high, "")?;
        }
        Ok(())
    }

    /// What the figures rest on: what was not measured, how it was read, what they are.
    fn ground(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        self.line("")?;
        let missing: Vec<&str> = report.coverage.not_measured.iter().map(|&what| text.missing(what)).collect();
        self.labelled(text.not_measured, &missing.join(", "))?;
        if let Some(entries) = report.coverage.address_book {
            self.labelled(text.coverage, &(text.address_book)(&text.number(entries)))?;
        }
        let words = ledger::Words::of(self.lang);
        if let Some(found) = words.found(report.notices.as_ref(), text) {
            self.labelled(words.notices, &found)?;
        }
        self.labelled(text.read_only, &read_only(report, text))?;
        self.labelled(text.network, &network(report, text))?;
        if let Some(reason) = &report.evidence.reason {
            self.labelled(text.reason, &Plain(reason).to_string())?;
        }
        if let Some(day) = &report.expires {
            self.labelled("", &(text.delete_by)(&Plain(day).to_string()))?;
        }
        self.line("")?;
        self.wrapped("", text.bounds_explained)?;
        self.wrapped("", text.model)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A label and up to three columns; a label that is too long takes a line of its own.
    fn row(&mut self, label: &str, one: &str, two: &str, three: &str) -> io::Result<()> {
        let label = format!("  {label}");
        let numbers = format!("{one:>11}{two:>11}{three:>12}");
        if label.chars().count() > LABEL {
            self.line(&label)?;
            return self.line(format!("{:LABEL$}{numbers}", "").trim_end());
        }
        self.line(format!("{label:LABEL$}{numbers}").trim_end())
    }

    fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        let mut first = true;
        if label.chars().count() >= 18 {
            self.line(label)?;
            first = false;
        }
        for line in wrap(text, WIDTH - 18) {
            self.line(&format!("{:<18}{line}", if first { label } else { "" }))?;
            first = false;
        }
        Ok(())
    }

    fn wrapped(&mut self, indent: &str, text: &str) -> io::Result<()> {
        for line in wrap(text, WIDTH - indent.len()) {
            self.line(&format!("{indent}{line}"))?;
        }
        Ok(())
    }
}

/// The one sentence that everybody reads.
pub(super) fn sentence(report: &Report, text: &Text) -> String {
    let headline = &report.headline;
    match (headline.low, headline.high) {
        _ if headline.profile.is_empty() => text.no_profile.to_owned(),
        (_, 0) if report.complete => text.nobody.to_owned(),
        (_, 0) => text.nobody_incomplete.to_owned(),
        (1, 1) => text.exactly_one.to_owned(),
        (low, high) if low == high => (text.exactly)(&text.number(low)),
        (low, high) => (text.range)(&text.number(low), &text.number(high)),
    }
}

/// What one assumption switches, in a few words.
pub(super) fn assumption(one: &super::AssumptionShown, text: &Text) -> String {
    let about = text.about(&one.path);
    let values = [&one.declared, &one.permitted];
    let long = values.iter().any(|value| value.contains(' '));
    match () {
        () if long || one.path == "fields" => about,
        () if one.declared == one.permitted => {
            format!("{about}: {}", text.value(&one.otherwise[0]))
        }
        () => format!("{about}: {} / {}", text.value(&one.otherwise[0]), text.value(&one.otherwise[1])),
    }
}

pub(super) fn read_only(report: &Report, text: &Text) -> String {
    let Some(proof) = &report.reading.proof else { return text.files_only.to_owned() };
    let mut parts = vec![if proof.commands.is_empty() {
        text.uncounted_commands.to_owned()
    } else {
        (text.commands)(&text.number(proof.commands.values().sum()))
    }];
    let changed = proof.changed.len() as u64;
    parts.push((text.unchanged)(&text.number(proof.unchanged), &text.number(proof.unchanged.saturating_add(changed))));
    if changed > 0 {
        parts.push((text.changed)(&text.number(changed)));
    }
    if !proof.read_only {
        parts.push(text.not_confirmed.to_owned());
    }
    if let Some(grade) = proof.grade {
        let says = match grade {
            super::Grade::A => text.grade_a,
            super::Grade::B => text.grade_b,
            super::Grade::C => text.grade_c,
            super::Grade::F => text.grade_f,
        };
        parts.insert(0, says.to_owned());
    }
    if !proof.tls.is_empty() {
        parts.push(Plain(&proof.tls).to_string());
    }
    parts.join("; ")
}

pub(super) fn network(report: &Report, text: &Text) -> String {
    if report.reading.hosts.is_empty() {
        return text.no_network.to_owned();
    }
    let hosts: Vec<String> = report.reading.hosts.iter().map(|host| Plain(host).to_string()).collect();
    format!("{} {}", hosts.join(", "), text.only_hosts)
}

pub(super) fn field_names(fields: &[Field], text: &Text) -> String {
    fields.iter().map(|&field| text.field(field)).collect::<Vec<_>>().join(", ")
}

/// Whether single people are shown at all.
pub(super) fn shows_people(report: &Report) -> bool {
    report.evidence.level != Level::Counts
}

/// Lines of at most so many characters, broken between words; a longer word is broken within.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            used += 1;
            if let Some(line) = lines.last_mut() {
                line.push(' ');
            }
        }
        for c in word.chars() {
            if used == width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += 1;
        }
    }
    lines
}
