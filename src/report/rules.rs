//! Decides the words of a rule, and how an answer about rules looks: as a table, or as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::lang::{Lang, Text};
use super::measures::Pairs;
use super::safe::Plain;
use super::text::wrap;
use super::{Look, Pair, ProfileShown, Report, RuleShown, SmallestShown};
use crate::assess::Class;
use crate::assess::cover::{MOST, Mask};
use crate::assess::whatif::{self, EXACT, Goal, Kinds, Offered, Rule, Smallest, Table};
use crate::observe::Channel;
use crate::people::domains::DomainKind;
use crate::profile::{Profile, Read, builtin};

/// What to ask of a result.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Rule ids, `kind:*` for all of a kind; empty: the usual candidates.
    pub rules: Vec<String>,
    pub goal: Goal,
    pub target: u64,
    /// Whether the smallest set is wanted where rules are named.
    pub smallest: bool,
    /// Business contacts that may be lost at most.
    pub most_lost: Option<u64>,
    /// `None`: the profile that makes the headline.
    pub profile: Option<String>,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("this result holds numbers only; rules together cannot be counted from it")]
    NumbersOnly,
    #[error("this result was made by an older mailglean and does not hold what rules are counted on")]
    Older,
    #[error("no profile was run")]
    NoProfile,
    #[error("the result has no profile '{0}'")]
    Profile(String),
    #[error("there is no rule '{0}'")]
    Rule(String),
    #[error("{0} rules are too many; at most {MOST} are counted together")]
    TooMany(usize),
}

impl NoAnswer {
    /// Whether the question is at fault, rather than the result.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Profile(_) | Self::Rule(_) | Self::TooMany(_))
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NumbersOnly => {
                "run the audit with --evidence pseudonyms; single rules stand in the report itself".into()
            }
            Self::Older => "run the audit again".into(),
            Self::NoProfile => "run the audit with --profile".into(),
            Self::Profile(_) => "`mailglean report RESULT` lists the result's profiles".into(),
            Self::Rule(_) => format!("rules: {}", KINDS.join(" ")),
            Self::TooMany(_) => "name fewer with --rule".into(),
        })
    }
}

const KINDS: [&str; 11] = [
    "customers-only",
    "wrote-to-me",
    "no-quoted-text",
    "inbox-and-sent",
    "switch:EXCLUSION",
    "freemail:LIST",
    "window:DAYS",
    "channel:PLACE",
    "provider:KIND",
    "folder:ALIAS",
    "domain:ALIAS",
];

/// What came of it; every figure counted again from the places of the result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub profile: String,
    /// Without any rule.
    pub left: Pair,
    pub private: Pair,
    /// Business contacts that are shared without any rule.
    pub business: Pair,
    /// Each rule alone, the most useful first.
    pub rules: Vec<RuleShown>,
    /// Rules of folders and domains that were not looked at.
    pub left_out: u64,
    /// All the rules that were named, together.
    pub together: Option<Together>,
    pub smallest: Option<SmallestShown>,
    /// How many rules the smallest set was sought among.
    pub candidates: u64,
}

/// Several rules at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Together {
    pub rules: Vec<String>,
    pub left: Pair,
    pub avoided: Pair,
    pub private: Pair,
    pub lost: Pair,
}

/// Places looked at before a search is given up: about a minute up to [`EXACT`] rules, a few seconds above.
const WORK: [u64; 2] = [10_000_000_000, 1_000_000_000];

/// Answers a question about rules from a result alone.
///
/// # Errors
/// If the result does not hold what is needed, or something named is not there.
pub fn what_if(report: &Report, question: &Question) -> Result<Answer, NoAnswer> {
    let shown = match &question.profile {
        Some(id) => {
            let found = report.profiles.iter().find(|profile| profile.id == *id);
            found.ok_or_else(|| NoAnswer::Profile(id.clone()))?
        }
        None => report.profiles.first().ok_or(NoAnswer::NoProfile)?,
    };
    if !super::text::shows_people(report) {
        return Err(NoAnswer::NumbersOnly);
    }
    let [declared, permitted] = report.settings(shown).ok_or(NoAnswer::Older)?;
    let (usual, mut left_out) = whatif::candidates(report.people_for_rules(), MOST);
    let rules = if question.rules.is_empty() { usual } else { named(report, &question.rules, &usual)? };
    if rules.len() > MOST {
        return Err(NoAnswer::TooMany(rules.len()));
    }
    let table = Table::new([&declared, &permitted], rules, report.people_for_rules());
    let every: Mask = (0..table.rules().len()).fold(0, |all, at| all | 1 << at);
    let among = if question.rules.is_empty() {
        let (among, more) = table.shortlist(EXACT);
        left_out += more as usize;
        among
    } else {
        left_out = 0;
        every
    };
    let before = table.effect(0);
    let profile = known(shown);
    let row = |at: usize| {
        let rule = table.rules().get(at)?;
        let effect = table.effect(1 << at);
        let (offered, sources) = offered(rule, profile.as_ref(), shown);
        let Pairs { left, avoided, private, lost } = Pairs::of(effect, before);
        let shown = RuleShown { id: rule.to_string(), left, avoided, private, lost, offered, sources };
        (effect != before || !question.rules.is_empty()).then_some((effect.balance(before), shown))
    };
    let chosen = (0..table.rules().len()).filter(|at| among & 1 << at != 0);
    let mut rows: Vec<(i64, RuleShown)> = chosen.filter_map(row).collect();
    rows.sort_by_key(|(balance, _)| std::cmp::Reverse(*balance));
    let ids = |rules: Mask| table.named(rules).iter().map(Rule::to_string).collect::<Vec<_>>();
    let together = (!question.rules.is_empty()).then(|| {
        let Pairs { left, avoided, private, lost } = Pairs::of(table.effect(every), before);
        Together { rules: ids(every), left, avoided, private, lost }
    });
    let candidates = among.count_ones();
    let smallest = (question.rules.is_empty() || question.smallest).then(|| {
        let work = WORK[usize::from(candidates as usize > EXACT)];
        let most_lost = question.most_lost.unwrap_or(u64::MAX);
        let found = table.smallest(question.goal, question.target, among, most_lost, work);
        let Smallest { goal, target, reached, proved, effect, .. } = found;
        let Pairs { left, private, lost, .. } = Pairs::of(effect, before);
        let (figure, rules) = (goal.name().to_owned(), ids(found.rules));
        SmallestShown { figure, target, reached, proved, rules, left, private, lost }
    });
    let business = [&shown.declared, &shown.permitted].map(|figures| Some(figures.count(Class::Business)));
    Ok(Answer {
        profile: shown.id.clone(),
        left: before.left.map(Some),
        private: before.private.map(Some),
        business,
        rules: rows.into_iter().map(|(_, row)| row).collect(),
        left_out: left_out as u64,
        together,
        smallest,
        candidates: u64::from(candidates),
    })
}

/// The rules that somebody named, each once, in the order of the usual candidates where they are among them.
fn named(report: &Report, ids: &[String], usual: &[Rule]) -> Result<Vec<Rule>, NoAnswer> {
    let mut rules: Vec<Rule> = Vec::new();
    for id in ids {
        let unknown = || NoAnswer::Rule(id.clone());
        let found = match id.strip_suffix(":*") {
            Some("folder") => report.coverage.folders.iter().map(|folder| Rule::Folder(folder.alias.clone())).collect(),
            Some("domain") => report.domains.iter().map(|domain| Rule::Domain(domain.id.clone())).collect(),
            Some(kind) => usual.iter().filter(|rule| rule.kind() == kind).cloned().collect(),
            None => {
                let rule: Rule = id.parse().map_err(|()| unknown())?;
                let there = match &rule {
                    Rule::Folder(alias) => report.coverage.folders.iter().any(|folder| folder.alias == *alias),
                    Rule::Domain(alias) => report.domains.iter().any(|domain| domain.id == *alias),
                    _ => true,
                };
                if !there {
                    return Err(unknown());
                }
                vec![rule]
            }
        };
        if found.is_empty() {
            return Err(unknown());
        }
        rules.extend(found);
    }
    rules.sort();
    rules.dedup();
    Ok(rules)
}

/// The profile itself, if this program still has that version of it.
fn known(shown: &ProfileShown) -> Option<Profile> {
    builtin().into_iter().find(|profile| profile.id == shown.id && profile.version == shown.version)
}

fn offered(rule: &Rule, profile: Option<&Profile>, shown: &ProfileShown) -> (Offered, Vec<String>) {
    let id = rule.to_string();
    let told = shown.countermeasures.rules.iter().find(|row| row.id == id);
    match (told, profile) {
        (Some(row), _) => (row.offered, row.sources.clone()),
        (None, Some(profile)) => rule.offered(profile),
        (None, None) => (Offered::NotKnown, Vec::new()),
    }
}

/// The texts about rules in one language.
pub(super) struct Words {
    pub title: &'static str,
    pub about: &'static str,
    pub left: &'static str,
    pub lost: &'static str,
    pub offers: &'static str,
    pub offered: [&'static str; 4],
    pub rule: &'static str,
    pub private_left: &'static str,
    pub smallest: fn(&str, &str) -> String,
    pub nearest: fn(&str, &str) -> String,
    pub proved: &'static str,
    pub best_found: &'static str,
    pub nothing: &'static str,
    pub together: &'static str,
    pub before: &'static str,
    pub left_out: fn(&str) -> String,
    pub ids: &'static str,
    pub business_shared: &'static str,
    customers_only: &'static str,
    wrote_to_me: &'static str,
    no_quoted_text: &'static str,
    inbox_and_sent: &'static str,
    freemail: fn(&str) -> String,
    window: fn(&str) -> String,
    channel: fn(&str) -> String,
    provider: fn(&str) -> String,
    providers: [&'static str; 6],
    folder: fn(&str) -> String,
    domain: fn(&str) -> String,
    figures: [&'static str; 6],
}

const EN: Words = Words {
    title: "What would help",
    about: "Each rule alone, counted again. A person is gone only when every place where they were seen is closed.",
    left: "left",
    lost: "business lost",
    offers: "vendor",
    offered: ["says so", "inferred", "no choice", "not known"],
    rule: "rule",
    private_left: "private left",
    smallest: |n, figure| format!("Smallest set for at most {n} {figure}"),
    nearest: |n, figure| format!("No set of these rules comes down to {n} {figure}; the nearest"),
    proved: "no smaller set does it",
    best_found: "best found, not proved to be the smallest",
    nothing: "no rule is needed",
    together: "all of these together",
    before: "without any rule",
    left_out: |n| format!("{n} more rules of folders and domains were not looked at; name them with --rule."),
    ids: "Ids, in this order",
    business_shared: "business contacts shared",
    customers_only: "only domains of business contacts",
    wrote_to_me: "only people who wrote to the owner",
    no_quoted_text: "no quoted or forwarded text",
    inbox_and_sent: "only the inbox and sent mail",
    freemail: |list| format!("free-mail list: {list}"),
    window: |days| format!("goes back {days} days and no more"),
    channel: |what| format!("does not read: {what}"),
    provider: |what| format!("no addresses at {what}"),
    providers: ["free mail", "access providers", "paid mail", "relays", "throw-away mail", "mixed providers"],
    folder: |what| format!("without folder {what}"),
    domain: |what| format!("without domain {what}"),
    figures: [
        "private people (declared)",
        "private people (permitted)",
        "uninvolved people (declared)",
        "uninvolved people (permitted)",
        "people in the headline's low end",
        "people in the headline's high end",
    ],
};

const DE: Words = Words {
    title: "Was helfen würde",
    about: "Jede Regel für sich, neu gezählt. Eine Person ist erst draußen, wenn jede ihrer Fundstellen gesperrt ist.",
    left: "bleiben",
    lost: "Geschäftl. weg",
    offers: "Anbieter",
    offered: ["sagt es zu", "gefolgert", "keine Wahl", "unbekannt"],
    rule: "Regel",
    private_left: "privat übrig",
    smallest: |n, figure| format!("Kleinste Auswahl für höchstens {n} {figure}"),
    nearest: |n, figure| format!("Keine Auswahl dieser Regeln führt auf {n} {figure}; am nächsten"),
    proved: "mit weniger Regeln geht es nicht",
    best_found: "beste gefundene, nicht als kleinste bewiesen",
    nothing: "keine Regel ist nötig",
    together: "alle diese zusammen",
    before: "ohne Regel",
    left_out: |n| format!("{n} weitere Regeln zu Ordnern und Domains blieben außer Betracht; --rule nennt sie."),
    ids: "Kennungen, in dieser Reihenfolge",
    business_shared: "Geschäftskontakte weitergegeben",
    customers_only: "nur Domains von Geschäftskontakten",
    wrote_to_me: "nur Personen, die dem Inhaber schrieben",
    no_quoted_text: "kein zitierter, weitergeleiteter Text",
    inbox_and_sent: "nur Posteingang und Gesendetes",
    freemail: |list| format!("Freemail-Liste: {list}"),
    window: |days| format!("höchstens {days} Tage zurück"),
    channel: |what| format!("liest nicht: {what}"),
    provider: |what| format!("keine Adressen bei {what}"),
    providers: [
        "Freemail",
        "Zugangsanbietern",
        "bezahlten Diensten",
        "Weiterleitungen",
        "Wegwerfdiensten",
        "gemischten Anbietern",
    ],
    folder: |what| format!("ohne Ordner {what}"),
    domain: |what| format!("ohne Domain {what}"),
    figures: [
        "private Personen (erklärt)",
        "private Personen (erlaubt)",
        "unbeteiligte Personen (erklärt)",
        "unbeteiligte Personen (erlaubt)",
        "Personen im unteren Wert",
        "Personen im oberen Wert",
    ],
};

impl Lang {
    pub(super) fn rules(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::De => &DE,
        }
    }
}

impl Words {
    /// A rule in a few words; an id that this program does not know stands for itself. Not escaped.
    pub fn rule(&self, id: &str, report: &Report, text: &Text) -> String {
        let Ok(rule) = id.parse::<Rule>() else { return id.to_owned() };
        match rule {
            Rule::CustomersOnly => self.customers_only.to_owned(),
            Rule::WroteToMe => self.wrote_to_me.to_owned(),
            Rule::NoQuotedText => self.no_quoted_text.to_owned(),
            Rule::InboxAndSent => self.inbox_and_sent.to_owned(),
            Rule::Switch(exclusion) => text.exclusion(exclusion).to_owned(),
            Rule::Freemail(list) => (self.freemail)(text.list(list)),
            Rule::Window(days) => (self.window)(&text.number(u64::from(days))),
            Rule::Channel(read) => (self.channel)(place(read, text)),
            Rule::Provider(kind) => (self.provider)(self.providers(kind)),
            Rule::Folder(alias) => {
                let folder = report.coverage.folders.iter().find(|folder| folder.alias == alias);
                let about = folder.map(|folder| folder.name.as_deref().unwrap_or_else(|| text.folder(folder.kind)));
                (self.folder)(&about.map_or_else(|| alias.clone(), |about| format!("{alias} ({about})")))
            }
            Rule::Domain(alias) => {
                let domain = report.domains.iter().find(|domain| domain.id == alias);
                let kind = domain.map(|domain| self.providers(domain.kind)).filter(|kind| !kind.is_empty());
                let about = domain.and_then(|domain| domain.name.as_deref()).or(kind);
                (self.domain)(&about.map_or_else(|| alias.clone(), |about| format!("{alias} ({about})")))
            }
        }
    }

    fn providers(&self, kind: DomainKind) -> &'static str {
        let at = Kinds::ALL.iter().position(|one| *one == kind);
        at.and_then(|at| self.providers.get(at)).copied().unwrap_or_default()
    }

    /// Whether a vendor offers a rule.
    pub fn offered(&self, offered: Offered) -> &'static str {
        self.offered[offered as usize]
    }

    /// What a goal counts, by its id.
    pub fn figure(&self, id: &str) -> &'static str {
        let at = Goal::all().position(|goal| goal.name() == id);
        at.and_then(|at| self.figures.get(at)).copied().unwrap_or_default()
    }
}

/// The place that a key of a profile names, in words.
fn place(read: Read, text: &Text) -> &'static str {
    match read {
        Read::AddressBook => text.channel(Channel::AddressBook),
        Read::Sender => text.channel(Channel::Sender),
        Read::ReplyTo => text.channel(Channel::ReplyTo),
        Read::To => text.channel(Channel::To),
        Read::Cc => text.channel(Channel::Cc),
        Read::Bcc => text.channel(Channel::Bcc),
        Read::Signature => text.channel(Channel::Signature),
        Read::QuotedSignature => text.channel(Channel::QuotedSignature),
        Read::Footer => text.channel(Channel::Footer),
        Read::Intro => text.channel(Channel::Intro),
        Read::OutboundSignature => text.outbound,
        Read::ForwardedSignature => text.forwarded,
        Read::Calendar => text.invitation,
        Read::SenderHeader => read.name(),
    }
}

/// `12` or `12..55`; a figure that may not be told is a dash.
pub(super) fn range(pair: Pair, text: &Text) -> String {
    let [low, high] = pair.map(|n| n.map_or_else(|| "–".to_owned(), |n| text.number(n)));
    if low == high { low } else { format!("{low}..{high}") }
}

/// A price in both readings, which need not be in order: `3` or `3 / 0`; one that is too small to be told is `<5`.
pub(super) fn pair(pair: Pair, text: &Text) -> String {
    let [low, high] = pair.map(|n| n.map_or_else(|| "<5".to_owned(), |n| text.number(n)));
    if low == high { low } else { format!("{low} / {high}") }
}

/// A rule's row for 80 columns, `indent` columns in; a label that is too long takes lines of its own.
pub(super) fn row(indent: usize, label: &str, left: &str, lost: &str, offered: &str) -> Vec<String> {
    let width = 40 - indent;
    let mut lines: Vec<String> = wrap(&Plain(label).to_string(), width);
    if let Some(last) = lines.last_mut() {
        *last = format!("{last:<width$} {left:>12} {lost:>14} {offered:>10}");
    }
    lines.into_iter().map(|line| format!("{:indent$}{}", "", line.trim_end())).collect()
}

/// What a smallest set is for, and how sure it is that there is none smaller.
pub(super) fn about_smallest(found: &SmallestShown, lang: Lang) -> String {
    let words = lang.rules();
    let (n, figure) = (lang.text().number(found.target), words.figure(&found.figure));
    let head = if found.reached { (words.smallest)(&n, figure) } else { (words.nearest)(&n, figure) };
    format!("{head} ({})", if found.proved { words.proved } else { words.best_found })
}

/// The lines about a smallest set.
pub(super) fn smallest(found: &SmallestShown, report: &Report, look: Look) -> Vec<String> {
    let (text, words) = (look.lang.text(), look.lang.rules());
    let mut lines = wrap(&format!("{}:", about_smallest(found, look.lang)), 78);
    lines.iter_mut().for_each(|line| line.insert_str(0, "  "));
    if found.rules.is_empty() {
        lines.push(format!("    {}", words.nothing));
    }
    for id in &found.rules {
        lines.push(format!("    + {}", Plain(&words.rule(id, report, text))));
    }
    lines.extend(row(
        4,
        &format!("= {} {}", words.private_left, range(found.private, text)),
        &range(found.left, text),
        &pair(found.lost, text),
        "",
    ));
    lines
}

impl Answer {
    /// The answer as JSON, as `--format json` prints it.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        super::json::pretty(self, out)
    }

    /// The answer as a table of 80 columns.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn text(&self, report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let (text, words) = (look.lang.text(), look.lang.rules());
        let version = report.profiles.iter().find(|profile| profile.id == self.profile).map_or(0, |one| one.version);
        writeln!(
            out,
            "{} {}, {} {} v{version}",
            text.mailbox,
            Plain(&report.mailbox),
            text.by_profile,
            Plain(&self.profile)
        )?;
        for line in wrap(words.about, 80) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        let head = row(2, words.rule, words.left, words.lost, words.offers);
        let before = row(2, words.before, &range(self.left, text), "0", "");
        for line in head.iter().chain(&before) {
            writeln!(out, "{line}")?;
        }
        let rules = self.rules.iter().map(|rule| {
            let label = words.rule(&rule.id, report, text);
            row(2, &label, &range(rule.left, text), &pair(rule.lost, text), words.offered(rule.offered))
        });
        for line in rules.flatten() {
            writeln!(out, "{line}")?;
        }
        if let Some(all) = self.together.as_ref().filter(|all| all.rules.len() > 1) {
            for line in row(2, words.together, &range(all.left, text), &pair(all.lost, text), "") {
                writeln!(out, "{line}")?;
            }
        }
        writeln!(out, "\n  {}: {}", words.business_shared, range(self.business, text))?;
        if let Some(found) = &self.smallest {
            writeln!(out)?;
            for line in smallest(found, report, look) {
                writeln!(out, "{line}")?;
            }
        }
        writeln!(out)?;
        let mut notes = Vec::new();
        if self.left_out > 0 {
            notes.push((words.left_out)(&text.number(self.left_out)));
        }
        let ids: Vec<String> = self.rules.iter().map(|rule| Plain(&rule.id).to_string()).collect();
        notes.push(format!("{}: {}", words.ids, ids.join(", ")));
        notes.push(text.model.to_owned());
        for line in notes.iter().flat_map(|note| wrap(note, 80)) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::assess::Facts;
    use crate::assess::sample::{TODAY, arbitrary_mailbox, assessed, facts, facts_of_folders};
    use crate::report::{Evidence, FateShown, Level, Meta};

    fn report(text: &str, level: Level, facts: Facts) -> Report {
        let evidence = Evidence { level, key: b"kept apart".to_vec(), reason: None };
        Report::new(&assessed(text, &builtin(), facts), &evidence, &Meta::default())
    }

    const MAILBOX: &str = "
ann business direct
  sender inbox ann@firm.example -9 email=ann@firm.example name=Ann
aunt private direct
  sender inbox aunt@ewetel.net -4 email=aunt@ewetel.net name=Aunt
cousin private direct
  sender inbox cousin@ewetel.net -4 email=cousin@ewetel.net name=Cousin
  cc other ann@firm.example -4 email=cousin@ewetel.net
";

    fn ask(report: &Report, rules: &[&str]) -> Result<Answer, NoAnswer> {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        what_if(report, &Question { rules, ..Question::default() })
    }

    #[test]
    fn rules_are_asked_by_the_aliases_of_the_result() {
        let report = report(MAILBOX, Level::Pseudonyms, facts());
        let [domain] = report.domains.as_slice() else { panic!("one domain is shared: {}", report.domains.len()) };
        let id = format!("domain:{}", domain.id);
        let together = ask(&report, &[&id]).expect("is answered").together.expect("rules were named");
        assert_eq!((together.private, together.lost), ([Some(0); 2], [Some(0); 2]));
        let folders = ask(&report, &["folder:*"]).expect("is answered").together.expect("rules were named");
        assert_eq!(
            (folders.rules.as_slice(), folders.private),
            (["folder:f01".to_owned()].as_slice(), [Some(0), Some(1)])
        );
        assert_eq!(ask(&report, &["domain:d-0000-0000"]), Err(NoAnswer::Rule("domain:d-0000-0000".into())));
        assert_eq!(ask(&report, &["switch:freemail"]), Err(NoAnswer::Rule("switch:freemail".into())));
    }

    #[test]
    fn numbers_alone_answer_for_single_rules_and_for_no_more() {
        let counts = report(MAILBOX, Level::Counts, facts());
        assert_eq!(ask(&counts, &[]), Err(NoAnswer::NumbersOnly));
        let rules = &counts.profiles[0].countermeasures.rules;
        let row = rules.iter().find(|rule| rule.id == "provider:access-provider").expect("is a candidate");
        // Two people are fewer than five: neither the change nor what it could be worked out from.
        assert_eq!((row.avoided, row.left, row.private), ([None; 2], [None; 2], [None; 2]));
        assert_eq!(row.lost, [Some(0); 2]);
        assert!(rules.iter().all(|rule| !rule.id.starts_with("domain:")));
        let mut older = report(MAILBOX, Level::Pseudonyms, facts());
        older.profiles[0].settings.clear();
        assert_eq!(ask(&older, &[]), Err(NoAnswer::Older));
    }

    #[test]
    fn a_lowered_report_tells_no_more_than_one_made_so() {
        let (clear, counts) = (report(MAILBOX, Level::Clear, facts()), report(MAILBOX, Level::Counts, facts()));
        let lowered = clear.clone().at_most(Level::Counts);
        assert!(lowered.domains.is_empty() && counts.domains.is_empty());
        for (lowered, made) in lowered.profiles.iter().zip(&counts.profiles) {
            assert_eq!(lowered.countermeasures, made.countermeasures);
        }
        assert_eq!(clear.domains[0].name.as_deref(), Some("ewetel.net"));
        let pseudonyms = report(MAILBOX, Level::Pseudonyms, facts());
        assert!(clear.at_most(Level::Pseudonyms).domains == pseudonyms.domains);
    }

    #[test]
    fn the_answer_fits_a_terminal_in_both_languages() {
        let report = report(MAILBOX, Level::Clear, facts());
        let answer = ask(&report, &[]).expect("is answered");
        for lang in Lang::ALL {
            let mut out = Vec::new();
            answer.text(&report, Look { lang, ..Look::default() }, &mut out).expect("a vector takes everything");
            let shown = String::from_utf8(out).expect("is UTF-8");
            assert_eq!(shown.lines().find(|line| line.chars().count() > 80), None);
            assert!(shown.contains("ewetel.net"), "{shown}");
            for row in &answer.rules {
                let words = lang.rules().rule(&row.id, &report, lang.text());
                assert!(words != row.id && !words.is_empty(), "{} has no words", row.id);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// A result is enough: its places say of everybody what the audit said, and its rules what the audit's did.
        #[test]
        fn a_result_counts_as_the_audit_did(text in arbitrary_mailbox(), installed in prop::option::of(-500..0i32)) {
            let facts = Facts { installed_on: installed.map(|day| TODAY + day), ..facts_of_folders() };
            let report = report(&text, Level::Pseudonyms, facts);
            for profile in &report.profiles {
                let settings = report.settings(profile).expect("is of this program");
                for (contact, someone) in report.contacts.iter().zip(report.people_for_rules()) {
                    for (setting, fate) in settings.iter().zip(&contact.fates[&profile.id]) {
                        prop_assert_eq!(someone.sent(setting, &[]), matches!(fate, FateShown::Sent { .. }));
                    }
                }
                let question = Question { profile: Some(profile.id.clone()), ..Question::default() };
                let answer = what_if(&report, &question).expect("is answered");
                prop_assert_eq!(answer.left, [Some(profile.low), Some(profile.high)]);
                let told = &profile.countermeasures;
                for row in &told.rules {
                    let same = answer.rules.iter().find(|other| other.id == row.id);
                    prop_assert_eq!(same, Some(row));
                }
                prop_assert_eq!(answer.rules.len(), told.rules.len());
                if let Some(smallest) = &told.smallest {
                    let again = answer.smallest.expect("is sought");
                    prop_assert!(again.proved && again.rules.len() == smallest.rules.len());
                    prop_assert_eq!((again.private[0], again.lost[0]), (smallest.private[0], smallest.lost[0]));
                }
            }
        }
    }
}
