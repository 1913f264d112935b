//! Decides the whole report as Markdown: every figure of the document, in the order in which a reader asks.

use std::io::{self, Write};

use super::csv::word;
use super::lang::{Lang, Text};
use super::safe::Markdown;
use super::text::{assumption, field_names, network, read_only, sentence, shows_people};
use super::{
    Contact, CountermeasuresShown, FateShown, Figures, Level, Look, ProfileShown, Report, growth, ledger, rules,
};
use crate::assess::Class;

/// People listed one by one; a longer list is for the sheet.
const LISTED: usize = 2_000;

pub(super) fn write(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    Page { report, lang: look.lang, text: look.lang.text(), out }.write()
}

struct Page<'a> {
    report: &'a Report,
    lang: Lang,
    text: &'static Text,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn write(&mut self) -> io::Result<()> {
        self.head()?;
        for (at, profile) in self.report.profiles.iter().enumerate() {
            if at == 0 {
                self.filter(profile)?;
                self.ways_in()?;
                self.bystanders(profile)?;
                self.directory(profile)?;
                self.sensitive(profile)?;
                self.legal(profile)?;
                growth::markdown(profile, self.lang, self.text, self.out)?;
            }
        }
        self.side_by_side()?;
        for profile in &self.report.profiles {
            self.assumptions(profile)?;
        }
        if let Some(profile) = self.report.profiles.first() {
            self.rules(profile)?;
        }
        self.people()?;
        ledger::notices(self.report, self.lang, self.text, self.out)?;
        self.ground()?;
        if shows_people(self.report) {
            self.findings()?;
        }
        self.provenance()
    }

    fn head(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        writeln!(self.out, "# {}\n", text.title)?;
        let mut band = vec![];
        band.extend((!report.mailbox.is_empty()).then(|| format!("{} {}", text.mailbox, Markdown(&report.mailbox))));
        band.push(format!("{} {}", text.level, text.level(report.evidence.level)));
        band.push(if report.complete { text.complete } else { text.incomplete }.to_owned());
        band.extend(report.synthetic.then(|| text.synthetic.to_owned()));
        band.extend(report.expires.as_ref().map(|day| (text.delete_by)(&Markdown(day).to_string())));
        writeln!(self.out, "{}\n", band.join(" · "))?;
        if !report.complete {
            let gaps: Vec<&str> = report.gaps.iter().map(|&gap| text.gap(gap)).collect();
            writeln!(self.out, "**{}**: {}. {}\n", text.incomplete, gaps.join("; "), text.floor)?;
        }
        writeln!(self.out, "## {}\n", text.result)?;
        writeln!(self.out, "**{}**\n", sentence(report, text))?;
        if report.labelled() > 0 {
            writeln!(self.out, "{}\n", (text.labelled)(&text.number(report.labelled() as u64)))?;
        }
        if report.owner.addresses == 0 {
            writeln!(self.out, "{}\n", text.no_owner)?;
        }
        let Some(profile) = report.profiles.first() else { return Ok(()) };
        writeln!(self.out, "{} · {}\n", self.named(profile), text.documented(profile.documented))?;
        writeln!(self.out, "{}\n\n{}\n", text.bounds_explained, text.model)?;
        self.table(&["", text.declared, text.permitted, text.in_mailbox])?;
        for class in CLASSES {
            let label = if class == Class::Unsure { text.unsure_note } else { text.class(class) };
            let all = report.people.classes.get(&class).copied().unwrap_or(0);
            let [low, high] = profile.both().map(|figures| figures.count(class));
            self.row(label, &[low, high, all])?;
        }
        self.end()
    }

    fn filter(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        writeln!(self.out, "## {}\n", text.filter)?;
        self.table(&["", text.declared, text.permitted])?;
        let [low, high] = profile.both().map(|figures| &figures.filter);
        writeln!(self.out, "| {} | {} | {} |", text.freemail_list, text.list(low.freemail), text.list(high.freemail))?;
        self.row(text.list_domains, &[low.domains, high.domains])?;
        self.row(text.private_held_back, &[low.private_held_back, high.private_held_back])?;
        self.row(text.private_passed, &[low.private_passed, high.private_passed])?;
        self.row(text.business_held_back, &[low.business_held_back, high.business_held_back])?;
        self.end()?;
        self.pairs(text.all_held_back, profile, |figures| &figures.filter.held_back, |key| text.exclusion(key))?;
        if !low.passes.is_empty() || !high.passes.is_empty() {
            writeln!(self.out, "{}\n", text.several_reasons)?;
        }
        self.pairs(text.passed_because, profile, |figures| &figures.filter.passes, |key| text.pass(key))
    }

    fn ways_in(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        if !shows_people(report) {
            return Ok(());
        }
        let mut ways = std::collections::BTreeMap::<_, [u64; 2]>::new();
        for contact in report.contacts.iter().filter(|contact| contact.class.leak()) {
            for &channel in contact.sources.keys() {
                let both = ways.entry(channel).or_default();
                both[usize::from(contact.class == Class::Bystander)] += 1;
            }
        }
        writeln!(self.out, "## {}\n\n{}\n", text.ways_in, text.ways_in_about)?;
        self.table(&["", text.class(Class::Private), text.class(Class::Bystander)])?;
        for (channel, both) in ways {
            self.row(text.channel(channel), &both)?;
        }
        self.end()
    }

    fn bystanders(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        writeln!(self.out, "## {}\n\n{}\n", text.bystanders, text.bystanders_about)?;
        self.pairs("", profile, |figures| &figures.bystanders, |sphere| text.sphere(sphere))
    }

    fn directory(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        writeln!(self.out, "## {}\n\n{}\n", text.directory, text.directory_about)?;
        self.table(&["", text.declared, text.permitted])?;
        let [low, high] = profile.both().map(|figures| &figures.directory);
        self.row(text.records, &[low.records, high.records])?;
        let rows = low.corroborated.iter().zip(&high.corroborated).zip(text.corroborated);
        for ((low, high), label) in rows.chain(low.confirmed.iter().zip(&high.confirmed).zip(text.confirmed)) {
            self.row(label, &[*low, *high])?;
        }
        self.end()?;
        self.pairs(text.field_list, profile, |figures| &figures.directory.fields, |field| text.field(field))
    }

    fn sensitive(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        if profile.permitted.sensitive.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "## {}\n\n{}\n", text.sensitive, text.sensitive_about)?;
        self.table(&["", text.declared, text.permitted])?;
        for (&mark, &high) in &profile.permitted.sensitive {
            let low = profile.declared.sensitive.get(&mark).copied().unwrap_or(Some(0));
            let [low, high] = [low, high].map(|n| n.map_or_else(|| text.few.to_owned(), |n| text.number(n)));
            writeln!(self.out, "| {} | {low} | {high} |", text.mark(mark))?;
        }
        self.end()
    }

    fn legal(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        writeln!(self.out, "## {}\n\n{}\n", text.legal, text.legal_about)?;
        self.table(&["", text.declared, text.permitted])?;
        let values = |figures: &Figures| {
            let all = &figures.legal;
            let [one, three, five] = all.older;
            [
                all.persons,
                all.unsure,
                all.within_list,
                all.with_email,
                all.with_phone,
                all.with_private_phone,
                all.without_postal_address,
                all.gave_themselves,
                all.from_elsewhere,
                one,
                three,
                five,
            ]
        };
        let [low, high] = profile.both().map(values);
        for ((label, low), high) in text.legal_rows.iter().zip(low).zip(high) {
            self.row(label, &[low, high])?;
        }
        let [low, high] = &profile.recipients;
        writeln!(self.out, "| {} | {} | {} |", text.recipients, Markdown(&low.join(", ")), Markdown(&high.join(", ")))?;
        self.end()?;
        ledger::origin(profile, self.lang, text, self.out)
    }

    fn side_by_side(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        if report.profiles.len() < 2 {
            return Ok(());
        }
        writeln!(self.out, "## {}\n", text.profiles)?;
        self.table(&[text.profile, text.low, text.high, text.class(Class::Private), text.class(Class::Bystander)])?;
        for profile in &report.profiles {
            let range = |class| {
                let [low, high] = profile.both().map(|figures| text.number(figures.count(class)));
                format!("{low} .. {high}")
            };
            writeln!(
                self.out,
                "| {} | {} | {} | {} | {} |",
                self.named(profile),
                text.number(profile.low),
                text.number(profile.high),
                range(Class::Private),
                range(Class::Bystander)
            )?;
        }
        self.end()
    }

    fn assumptions(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let text = self.text;
        let [sourced, inferred, assumed] = profile.bases.map(|count| text.number(count));
        writeln!(self.out, "## {}: {}\n", text.assumptions, Markdown(&profile.id))?;
        writeln!(
            self.out,
            "{} · {} · {}\n",
            self.named(profile),
            text.kind(profile.kind),
            (text.bases)(&sourced, &inferred, &assumed)
        )?;
        let yes = |on: bool| if on { text.yes } else { text.no };
        let [low, high] = profile.notice.map(yes);
        writeln!(
            self.out,
            "{}: {low} .. {high} · {}: {} .. {}\n",
            text.notice,
            text.opt_out,
            yes(profile.opt_out[0]),
            yes(profile.opt_out[1])
        )?;
        let low = format!("{} {}", text.low, text.number(profile.low));
        let high = format!("{} {}", text.high, text.number(profile.high));
        self.table(&[text.assumption, "", text.declared, text.permitted, &low, &high])?;
        for one in &profile.assumptions {
            let change = |from: u64, to: u64| if from == to { "=".to_owned() } else { text.number(to) };
            let missing = |shown: String| if one.measured { shown } else { format!("{shown} ({})", text.not_measured) };
            let note = one.note.as_deref().map(|note| super::notes::note(note, self.lang).unwrap_or(note));
            let note = note.map(|note| format!(" ({})", Markdown(note))).unwrap_or_default();
            writeln!(
                self.out,
                "| {}{note} | {} | {} | {} | {} | {} |",
                Markdown(&assumption(one, text)),
                text.basis(one.basis),
                Markdown(&text.value(&one.declared)),
                Markdown(&text.value(&one.permitted)),
                missing(change(profile.low, one.low)),
                missing(change(profile.high, one.high)),
            )?;
        }
        self.end()?;
        writeln!(self.out, "{}:\n", text.sources)?;
        for (key, source) in &profile.sources {
            let [what, at] = [&source.what, &source.at].map(|text| Markdown(text).to_string());
            writeln!(self.out, "- {} ({}): {what}, {at}", Markdown(key), source.grade)?;
        }
        writeln!(self.out)
    }

    fn rules(&mut self, profile: &ProfileShown) -> io::Result<()> {
        let (report, text, words) = (self.report, self.text, self.lang.rules());
        let CountermeasuresShown { rules, left_out, smallest } = &profile.countermeasures;
        if rules.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "## {}\n\n{}\n", words.title, words.about)?;
        self.table(&[words.rule, words.left, words.private_left, words.lost, words.offers, "id"])?;
        for rule in rules {
            let sources = rule.sources.iter().map(|key| format!(" {}", Markdown(key))).collect::<String>();
            writeln!(
                self.out,
                "| {} | {} | {} | {} | {}{sources} | {} |",
                Markdown(&words.rule(&rule.id, report, text)),
                rules::range(rule.left, text),
                rules::range(rule.private, text),
                rules::pair(rule.lost, text).replace('<', "&lt;"),
                words.offered(rule.offered),
                Markdown(&rule.id)
            )?;
        }
        self.end()?;
        if *left_out > 0 {
            writeln!(self.out, "{}\n", (words.left_out)(&text.number(*left_out)))?;
        }
        if let Some(smallest) = smallest {
            writeln!(self.out, "{}:\n", Markdown(&rules::about_smallest(smallest, self.lang)))?;
            for id in &smallest.rules {
                writeln!(self.out, "- {}", Markdown(&words.rule(id, report, text)))?;
            }
            writeln!(
                self.out,
                "\n{}: {} · {}: {} · {}: {}\n",
                words.private_left,
                rules::range(smallest.private, text),
                words.left,
                rules::range(smallest.left, text),
                words.lost,
                rules::pair(smallest.lost, text).replace('<', "&lt;")
            )?;
        }
        Ok(())
    }

    fn people(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        writeln!(self.out, "## {}\n", text.people)?;
        writeln!(self.out, "{}\n", (text.persons_in_mailbox)(&text.number(report.people.persons)))?;
        self.table(&[text.sphere, ""])?;
        for (&sphere, &count) in &report.people.spheres {
            self.row(text.sphere(sphere), &[count])?;
        }
        self.end()?;
        self.table(&[text.relation, ""])?;
        for (&relation, &count) in &report.people.relations {
            self.row(text.relation(relation), &[count])?;
        }
        self.end()
    }

    fn ground(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        let coverage = &report.coverage;
        writeln!(self.out, "## {}\n", text.coverage)?;
        writeln!(self.out, "- {}", (text.messages_read)(&text.number(coverage.read), &text.number(coverage.messages)))?;
        if coverage.lost > 0 {
            writeln!(self.out, "- {}", (text.unreadable)(&text.number(coverage.lost)))?;
        }
        if coverage.partly > 0 {
            writeln!(self.out, "- {}", (text.partly)(&text.number(coverage.partly)))?;
        }
        if let Some(entries) = coverage.address_book {
            writeln!(self.out, "- {}", (text.address_book)(&text.number(entries)))?;
        }
        let missing: Vec<&str> = coverage.not_measured.iter().map(|&what| text.missing(what)).collect();
        writeln!(self.out, "- {}: {}", text.not_measured, missing.join(", "))?;
        writeln!(self.out, "- {}: {}", text.read_only, Markdown(&read_only(report, text)))?;
        writeln!(self.out, "- {}: {}\n", text.network, Markdown(&network(report, text)))?;
        self.table(&[text.folders, "", "", ""])?;
        for folder in coverage.folders.iter().chain(&coverage.not_opened) {
            let name = folder.name.as_ref().map(|name| format!(" ({})", Markdown(name))).unwrap_or_default();
            let messages = folder.messages.map_or_else(|| "?".to_owned(), |n| text.number(n));
            let read = (text.messages_read)(&text.number(folder.read), &messages);
            writeln!(self.out, "| {}{name} | {} | {read} | |", Markdown(&folder.alias), text.folder(folder.kind))?;
        }
        self.end()?;
        if !coverage.problems.is_empty() {
            self.table(&[text.problems, ""])?;
            for (&problem, &count) in &coverage.problems {
                self.row(text.problem(problem), &[count])?;
            }
            self.end()?;
        }
        writeln!(self.out, "## {}\n", text.limits)?;
        for line in text.method {
            writeln!(self.out, "- {line}")?;
        }
        writeln!(self.out)
    }

    fn findings(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        let Some(first) = report.profiles.first() else { return Ok(()) };
        let counts = |contact: &&Contact| contact.class.leak() || contact.class == Class::Unsure;
        let fates = |contact: &Contact| contact.fates.get(&first.id).cloned();
        let is =
            |contact: &Contact, test: fn(&FateShown) -> bool| fates(contact).is_some_and(|both| both.iter().any(test));
        let sent: Vec<&Contact> = report
            .contacts
            .iter()
            .filter(counts)
            .filter(|c| is(c, |fate| matches!(fate, FateShown::Sent { .. })))
            .collect();
        writeln!(self.out, "## {}\n\n{}\n", text.findings, text.findings_about)?;
        self.contacts(&sent)?;
        let held: Vec<&Contact> = report
            .contacts
            .iter()
            .filter(counts)
            .filter(|c| is(c, |fate| matches!(fate, FateShown::HeldBack { .. })))
            .collect();
        if !held.is_empty() {
            writeln!(self.out, "## {}\n", text.held_back)?;
            self.contacts(&held)?;
        }
        Ok(())
    }

    fn contacts(&mut self, contacts: &[&Contact]) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        let named = report.evidence.level >= Level::Masked;
        self.table(&[text.id, text.class, text.relation, text.ways_in, text.field_list, text.seen, text.reasons])?;
        for contact in contacts.iter().take(LISTED) {
            let who = contact.names.first().or(contact.emails.first()).filter(|_| named);
            let who = who.map(|who| format!(" {}", Markdown(who))).unwrap_or_default();
            let channels: Vec<&str> = contact.sources.keys().map(|&channel| text.channel(channel)).collect();
            let seen = [&contact.first, &contact.last].map(|day| day.as_deref().unwrap_or("?"));
            writeln!(
                self.out,
                "| {}{who} | {} | {} | {} | {} | {} .. {} | {} |",
                contact.id,
                text.class(contact.class),
                text.relation(contact.relation),
                channels.join(", "),
                field_names(&contact.fields, text),
                seen[0],
                seen[1],
                Markdown(&contact.reasons.join(", "))
            )?;
        }
        if contacts.len() > LISTED {
            writeln!(self.out, "| ... {} | | | | | | |", text.number((contacts.len() - LISTED) as u64))?;
        }
        self.end()
    }

    fn provenance(&mut self) -> io::Result<()> {
        let Self { report, text, .. } = *self;
        let owner = &report.owner;
        writeln!(self.out, "## {}\n", text.provenance)?;
        let found = (text.owner_found)(
            &Markdown(text.owner_by(&owner.found_by)).to_string(),
            &text.number(owner.addresses),
            &text.number(owner.domains),
        );
        writeln!(self.out, "- {}: {found}", text.owner)?;
        for shown in owner.names.iter().chain(&owner.emails).chain(&owner.domain_names) {
            writeln!(self.out, "  - {}", Markdown(shown))?;
        }
        writeln!(
            self.out,
            "- {}: {} {}",
            text.program,
            Markdown(&report.program.name),
            Markdown(&report.program.version)
        )?;
        writeln!(self.out, "- {}: {}", text.generated, Markdown(&report.generated_at))?;
        writeln!(self.out, "- {}: {}", text.level, word(&report.evidence.level))?;
        if let Some(reason) = &report.evidence.reason {
            writeln!(self.out, "- {}: {}", text.reason, Markdown(reason))?;
        }
        writeln!(self.out, "- {}: {}", text.key, Markdown(&report.evidence.key))?;
        if !report.questions.is_empty() {
            writeln!(self.out, "\n{}:\n", text.questions)?;
        }
        for (question, answer) in &report.questions {
            let answer =
                answer.as_ref().map_or_else(|| text.unanswered.to_owned(), |answer| Markdown(answer).to_string());
            writeln!(self.out, "- {}: {answer}", Markdown(question))?;
        }
        Ok(())
    }

    fn named(&self, profile: &ProfileShown) -> String {
        format!(
            "{} v{} ({}, {}; {} {})",
            Markdown(&profile.id),
            profile.version,
            Markdown(&profile.vendor),
            Markdown(&profile.product),
            self.text.as_of,
            Markdown(&profile.as_of)
        )
    }

    /// A table of one figure a key, declared and permitted.
    fn pairs<K: Ord + Copy>(
        &mut self,
        label: &str,
        profile: &ProfileShown,
        map: impl Fn(&Figures) -> &std::collections::BTreeMap<K, u64>,
        name: impl Fn(K) -> &'static str,
    ) -> io::Result<()> {
        let text = self.text;
        let [low, high] = profile.both().map(map);
        let mut keys: Vec<K> = low.keys().chain(high.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        self.table(&[label, text.declared, text.permitted])?;
        for key in keys {
            self.row(name(key), &[low, high].map(|map| map.get(&key).copied().unwrap_or(0)))?;
        }
        self.end()
    }

    fn table(&mut self, heads: &[&str]) -> io::Result<()> {
        writeln!(self.out, "| {} |", heads.join(" | "))?;
        let rule: Vec<&str> = (0..heads.len()).map(|at| if at == 0 { "---" } else { "---:" }).collect();
        writeln!(self.out, "| {} |", rule.join(" | "))
    }

    fn row(&mut self, label: &str, numbers: &[u64]) -> io::Result<()> {
        let shown: Vec<String> = numbers.iter().map(|&n| self.text.number(n)).collect();
        writeln!(self.out, "| {label} | {} |", shown.join(" | "))
    }

    fn end(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }
}

const CLASSES: [Class; 8] = [
    Class::Private,
    Class::Bystander,
    Class::Unsure,
    Class::Business,
    Class::Consumer,
    Class::Colleague,
    Class::Role,
    Class::Automated,
];
