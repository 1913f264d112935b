//! Decides what is handed over to a data-protection impact assessment (Art. 35(7) GDPR): the headings that an officer
//! expects, with the facts of the result under them and every judgement left open. As Markdown, and as a file for the PIA
//! tool of the French authority (facts only).

use std::io::{self, Write};

use serde_json::{Value, json};

use super::lang::Text;
use super::safe::{Markdown, Plain};
use super::text::{field_names, network, read_only, sentence};
use super::{Class, Figures, Lang, Look, ProfileShown, Report};

/// What is under one heading.
struct Part {
    heading: &'static str,
    facts: Vec<String>,
    /// What people have to say; the program has no opinion.
    open: &'static [&'static str],
}

pub(super) fn markdown(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let hand = HandOver::new(report, look.lang, |text| Markdown(text).to_string());
    let words = hand.words;
    writeln!(out, "# {}\n", words.title)?;
    for mark in hand.marks() {
        writeln!(out, "**{mark}**\n")?;
    }
    writeln!(out, "{}\n", words.about)?;
    for (at, Part { heading, facts, open }) in hand.parts().iter().enumerate() {
        writeln!(out, "## {}. {heading}\n", at + 1)?;
        for fact in facts {
            writeln!(out, "- {fact}")?;
        }
        if !facts.is_empty() {
            writeln!(out)?;
        }
        for question in *open {
            writeln!(out, "- [ ] {question}: ______")?;
        }
        if !open.is_empty() {
            writeln!(out)?;
        }
    }
    Ok(())
}

/// The export form of the PIA tool: answers to questions that ask for facts. Its texts are HTML.
pub(super) fn pia(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let hand = HandOver::new(report, look.lang, |text| htmlize::escape_text(Plain(text).to_string()).into_owned());
    let mut overview: Vec<String> = hand.marks();
    overview.extend(hand.occasion());
    overview.extend(hand.plug_in());
    overview.extend(hand.result());
    overview.extend(hand.retention());
    let answers =
        [(111, overview), (121, hand.data()), (122, hand.flow()), (123, hand.measures()), (221, hand.to_inform())];
    let answer = |(reference, facts): (u32, Vec<String>)| {
        let list: String = facts.iter().map(|fact| format!("<li>{fact}</li>")).collect();
        json!({
            "reference_to": reference,
            "data": { "text": format!("<ul>{list}</ul>"), "gauge": null, "list": [] },
            "created_at": report.generated_at,
        })
    };
    let answers: Vec<Value> = answers.into_iter().filter(|(_, facts)| !facts.is_empty()).map(answer).collect();
    let file = json!({
        "pia": {
            // The form of the tool's own store, as its exports state it.
            "dbVersion": 201_707_071_818_u64,
            "tableName": "pia",
            "name": hand.words.title,
            "category": "",
            "author_name": "",
            "evaluator_name": "",
            "validator_name": "",
            "status": 0,
            "dpo_status": null,
            "dpo_opinion": null,
            "created_at": report.generated_at,
        },
        "answers": answers,
        "measures": [],
        "evaluations": [],
        "comments": [],
    });
    serde_json::to_writer_pretty(&mut *out, &file)?;
    writeln!(out)
}

struct HandOver<'a> {
    report: &'a Report,
    text: &'static Text,
    words: &'static Words,
    /// What strangers wrote, on its way into the format.
    shown: fn(&str) -> String,
}

impl<'a> HandOver<'a> {
    fn new(report: &'a Report, lang: Lang, shown: fn(&str) -> String) -> Self {
        let words = match lang {
            Lang::En => &EN,
            Lang::De => &DE,
        };
        Self { report, text: lang.text(), words, shown }
    }

    fn parts(&self) -> Vec<Part> {
        let facts = [
            self.occasion(),
            vec![],
            vec![],
            vec![],
            [self.plug_in(), self.flow()].concat(),
            self.coverage(),
            self.method(),
            self.data(),
            self.result(),
            self.filter(),
            self.risks(),
            vec![],
            self.to_inform(),
            self.measures(),
            self.retention(),
            vec![],
            vec![],
            self.proof(),
        ];
        let texts = self.words.headings.iter().zip(self.words.open);
        texts.zip(facts).map(|((heading, open), facts)| Part { heading, facts, open }).collect()
    }

    /// What must not be overlooked.
    fn marks(&self) -> Vec<String> {
        let Self { report, text, .. } = self;
        let mut marks = vec![];
        if !report.complete {
            let gaps: Vec<&str> = report.gaps.iter().map(|&gap| text.gap(gap)).collect();
            marks.push(format!("{}: {}. {}", text.incomplete, gaps.join("; "), text.floor));
        }
        marks.extend(report.synthetic.then(|| text.synthetic.to_owned()));
        marks
    }

    fn profile(&self) -> Option<&ProfileShown> {
        self.report.profiles.first()
    }

    /// Declared to permitted.
    fn both(&self, figure: impl Fn(&Figures) -> u64) -> Option<String> {
        let [low, high] = self.profile()?.both().map(figure);
        let [low, high] = [low.min(high), low.max(high)].map(|n| self.text.number(n));
        Some(if low == high { low } else { format!("{low} {} {high}", self.words.to) })
    }

    fn row(&self, label: &str, figure: impl Fn(&Figures) -> u64) -> Option<String> {
        self.both(figure).map(|shown| format!("{label}: {shown}"))
    }

    fn occasion(&self) -> Vec<String> {
        let purpose = self.report.questions.get("purpose").and_then(Option::as_ref);
        purpose.map(|purpose| format!("{}: {}", self.words.purpose, (self.shown)(purpose))).into_iter().collect()
    }

    fn plug_in(&self) -> Vec<String> {
        let Some(profile) = self.profile() else { return vec![] };
        let shown = self.shown;
        let [sourced, inferred, assumed] = profile.bases.map(|n| self.text.number(n));
        vec![
            format!(
                "{}, {} ({} v{})",
                shown(&profile.vendor),
                shown(&profile.product),
                shown(&profile.id),
                profile.version
            ),
            self.text.kind(profile.kind).to_owned(),
            format!("{} {}; {}", self.text.as_of, shown(&profile.as_of), self.text.documented(profile.documented)),
            (self.text.bases)(&sourced, &inferred, &assumed),
        ]
    }

    fn flow(&self) -> Vec<String> {
        let Some(profile) = self.profile() else { return vec![] };
        let yes = |on: bool| if on { self.text.yes } else { self.text.no };
        let pair = |label: &str, [low, high]: [bool; 2]| format!("{label}: {} / {}", yes(low), yes(high));
        let [low, high] = [&profile.recipients[0], &profile.recipients[1]].map(|to| (self.shown)(&to.join(", ")));
        let fields: Vec<_> = profile.permitted.directory.fields.keys().copied().collect();
        vec![
            self.words.flow.to_owned(),
            format!("{}: {low} / {high} ({})", self.text.recipients, self.words.third_country),
            pair(self.text.notice, profile.notice),
            pair(self.text.opt_out, profile.opt_out),
            format!("{}: {}", self.words.data_kinds, field_names(&fields, self.text)),
            self.text.bounds_explained.to_owned(),
        ]
    }

    fn coverage(&self) -> Vec<String> {
        let Self { report, text, words, .. } = self;
        let coverage = &report.coverage;
        let [from, to] = [&coverage.from, &coverage.to].map(|day| (self.shown)(day.as_deref().unwrap_or("?")));
        let missing: Vec<&str> = coverage.not_measured.iter().map(|&what| text.missing(what)).collect();
        let mut facts = vec![
            format!("{}: {from} {} {to}", words.period, words.to),
            (text.messages_read)(&text.number(coverage.read), &text.number(coverage.messages)),
            (words.folders)(
                &text.number(coverage.folders.len() as u64),
                &text.number(coverage.not_opened.len() as u64),
            ),
            (text.unreadable)(&text.number(coverage.lost)),
            format!("{}: {}", text.not_measured, missing.join(", ")),
        ];
        facts.extend(coverage.address_book.map(|entries| (text.address_book)(&text.number(entries))));
        facts
    }

    fn method(&self) -> Vec<String> {
        let mut facts: Vec<String> = self.text.method.iter().map(|&line| line.to_owned()).collect();
        facts.push(self.text.model.to_owned());
        facts
    }

    fn data(&self) -> Vec<String> {
        let Some(profile) = self.profile() else { return vec![] };
        let text = self.text;
        let class = |class: Class| self.row(text.class(class), move |figures| figures.count(class));
        let classes =
            [Class::Private, Class::Bystander, Class::Unsure, Class::Colleague, Class::Business, Class::Consumer];
        let mut facts: Vec<String> = classes.into_iter().filter_map(class).collect();
        for &field in profile.permitted.directory.fields.keys() {
            let of = |figures: &Figures| figures.directory.fields.get(&field).copied().unwrap_or(0);
            facts.extend(self.row(&format!("{}: {}", self.words.records_with, text.field(field)), of));
        }
        for (&mark, &high) in &profile.permitted.sensitive {
            let low = profile.declared.sensitive.get(&mark).copied().unwrap_or(Some(0));
            let [low, high] = [low, high].map(|n| n.map_or_else(|| text.few.to_owned(), |n| text.number(n)));
            facts.push(format!("{}: {}: {low} / {high}", text.sensitive, text.mark(mark)));
        }
        facts
    }

    fn result(&self) -> Vec<String> {
        let mut facts = vec![sentence(self.report, self.text)];
        let held = |figures: &Figures| figures.filter.held_back.values().sum();
        facts.extend(self.row(self.text.class(Class::Private), |figures| figures.count(Class::Private)));
        facts.extend(self.row(self.text.class(Class::Bystander), |figures| figures.count(Class::Bystander)));
        facts.extend(self.row(self.text.all_held_back, held));
        facts.push(self.text.model.to_owned());
        facts
    }

    fn filter(&self) -> Vec<String> {
        let Some(profile) = self.profile() else { return vec![] };
        let text = self.text;
        let mut facts = vec![];
        facts.extend(self.row(text.private_held_back, |figures| figures.filter.private_held_back));
        facts.extend(self.row(text.private_passed, |figures| figures.filter.private_passed));
        for &reason in profile.permitted.filter.passes.keys() {
            let of = |figures: &Figures| figures.filter.passes.get(&reason).copied().unwrap_or(0);
            facts.extend(self.row(&format!("{} {}", text.passed_because, text.pass(reason)), of));
        }
        facts
    }

    fn risks(&self) -> Vec<String> {
        let text = self.text;
        let mut facts = vec![];
        facts.extend(self.row(text.directory, |figures| figures.directory.records));
        facts.extend(self.row(text.legal_rows[5], |figures| figures.legal.with_private_phone));
        facts.extend(self.row(text.legal_rows[10], |figures| figures.legal.older[1]));
        facts
    }

    fn to_inform(&self) -> Vec<String> {
        let text = self.text;
        let mut facts = vec![];
        facts.extend(self.row(text.legal_rows[7], |figures| figures.legal.gave_themselves));
        facts.extend(self.row(text.legal_rows[8], |figures| figures.legal.from_elsewhere));
        facts
    }

    fn measures(&self) -> Vec<String> {
        let Self { report, text, words, .. } = self;
        vec![
            format!("{}: {}", text.read_only, (self.shown)(&read_only(report, text))),
            format!("{}: {}", text.network, (self.shown)(&network(report, text))),
            format!("{}: {}", text.level, text.level(report.evidence.level)),
            words.key.to_owned(),
            words.local.to_owned(),
        ]
    }

    fn retention(&self) -> Vec<String> {
        let delete = self.report.expires.as_ref().map(|day| (self.text.delete_by)(&(self.shown)(day)));
        delete.into_iter().chain([self.words.purge.to_owned()]).collect()
    }

    fn proof(&self) -> Vec<String> {
        let Self { report, text, words, shown } = self;
        vec![
            format!("{}: {} {}", text.program, shown(&report.program.name), shown(&report.program.version)),
            format!("{}: {}", text.generated, shown(&report.generated_at)),
            format!("{}: {}", text.key, shown(&report.evidence.key)),
            words.rendered.to_owned(),
        ]
    }
}

struct Words {
    title: &'static str,
    about: &'static str,
    to: &'static str,
    purpose: &'static str,
    period: &'static str,
    flow: &'static str,
    third_country: &'static str,
    data_kinds: &'static str,
    records_with: &'static str,
    folders: fn(&str, &str) -> String,
    key: &'static str,
    local: &'static str,
    purge: &'static str,
    rendered: &'static str,
    headings: [&'static str; 18],
    open: [&'static [&'static str]; 18],
}

const EN: Words = Words {
    title: "Contact-sharing plug-in: hand-over to the data-protection impact assessment",
    about: "Facts come from the result file; figures are given as declared to permitted. What is left open is for the controller and the data-protection officer to judge. No legal advice.",
    to: "to",
    purpose: "Purpose of the audit as configured",
    period: "Mail from",
    flow: "Mailbox of the person who installs it, plug-in, database of the vendor, other customers of the vendor",
    third_country: "whether this is a third country, and on which ground, is to be judged",
    data_kinds: "Kinds of data, permitted reading",
    records_with: "records with",
    folders: |opened, closed| format!("{opened} folders read, {closed} not opened"),
    key: "Pseudonyms are made with a key (HMAC-SHA-256) that lies apart from the result",
    local: "No text of any message is kept; nothing is sent to anybody but the mail server",
    purge: "`mailglean purge` removes what is past its date; `mailglean key destroy` makes pseudonyms unlinkable",
    rendered: "`mailglean report RESULT --format html` shows all figures, `--format json` the same for machines",
    headings: [
        "Occasion, mandate, purpose and limitation to it",
        "Controller, parties and roles",
        "Two processing operations: this audit, and the plug-in",
        "Legal basis of the audit",
        "Systematic description of the plug-in (Art. 35(7)(a))",
        "Scope and completeness",
        "Method, assumptions, uncertainty",
        "Data subjects and kinds of data",
        "Result",
        "Necessity and proportionality (Art. 35(7)(b))",
        "Risks to the data subjects (Art. 35(7)(c))",
        "Measures and remaining risk (Art. 35(7)(d))",
        "Information duties and rights of data subjects",
        "Technical and organisational measures of the audit",
        "Retention and deletion",
        "Views of the data-protection officer, the works council and the data subjects",
        "Decision, approval, review",
        "Annex: evidence",
    ],
    open: [
        &["Mandate and date", "Statement that performance and conduct are not monitored"],
        &[
            "Controller",
            "Data-protection officer",
            "IT security",
            "Works council",
            "Vendor: joint controller, processor or third party",
        ],
        &["Audit: description", "Plug-in: description", "Why they are judged apart"],
        &[
            "Legal basis",
            "Private use of mail and secrecy of telecommunications",
            "Co-determination",
            "Protected mailboxes left out",
        ],
        &["Correct and complete as seen from your installation?"],
        &["Are the gaps acceptable?"],
        &["Are the assumptions right for your contract and your version?"],
        &["Special categories: judgement"],
        &[],
        &["Necessity", "Proportionality", "Milder means"],
        &[
            "Severity",
            "Likelihood",
            "Data minimisation",
            "Availability",
            "Integrity",
            "Confidentiality",
            "Unlinkability",
            "Transparency",
            "Intervenability",
        ],
        &["Measure", "Responsible", "Date", "Remaining risk"],
        &["How people are informed (Art. 13, 14)", "How rights are served"],
        &["Who has access to the result and to the key"],
        &["Proof of deletion"],
        &["Data-protection officer", "Works council", "Data subjects (Art. 35(9))", "Prior consultation (Art. 36)"],
        &["Decision", "Name, date, signature", "Next review"],
        &[],
    ],
};

const DE: Words = Words {
    title: "Kontakt-Plug-in: Übergabe an die Datenschutz-Folgenabschätzung",
    about: "Die Tatsachen stammen aus der Ergebnisdatei; Zahlen stehen als „erklärt bis erlaubt“. Was offen ist, beurteilen der Verantwortliche und die oder der Datenschutzbeauftragte. Keine Rechtsberatung.",
    to: "bis",
    purpose: "Zweck der Prüfung laut Konfiguration",
    period: "Post von",
    flow: "Postfach der Person, die es installiert, Plug-in, Datenbank des Anbieters, andere Kunden des Anbieters",
    third_country: "ob das ein Drittland ist und auf welcher Grundlage, ist zu beurteilen",
    data_kinds: "Datenarten, erlaubte Lesart",
    records_with: "Datensätze mit",
    folders: |opened, closed| format!("{opened} Ordner gelesen, {closed} nicht geöffnet"),
    key: "Pseudonyme entstehen mit einem Schlüssel (HMAC-SHA-256), der getrennt vom Ergebnis liegt",
    local: "Kein Text einer Nachricht wird aufbewahrt; nichts geht an andere als den Mailserver",
    purge: "`mailglean purge` entfernt, was abgelaufen ist; `mailglean key destroy` macht Pseudonyme unverkettbar",
    rendered: "`mailglean report RESULT --format html` zeigt alle Zahlen, `--format json` dieselben für Maschinen",
    headings: [
        "Anlass, Auftrag, Zweck und Zweckbindung",
        "Verantwortlicher, Beteiligte, Rollen",
        "Zwei Verarbeitungen: diese Prüfung und das Plug-in",
        "Rechtsgrundlage der Prüfung",
        "Systematische Beschreibung des Plug-ins (Art. 35 Abs. 7 lit. a DSGVO)",
        "Umfang und Vollständigkeit",
        "Methode, Modellannahmen, Messunsicherheit",
        "Betroffene und Datenarten",
        "Ergebnis",
        "Notwendigkeit und Verhältnismäßigkeit (Art. 35 Abs. 7 lit. b DSGVO)",
        "Risiken für die Betroffenen (Art. 35 Abs. 7 lit. c DSGVO)",
        "Abhilfemaßnahmen und Restrisiko (Art. 35 Abs. 7 lit. d DSGVO)",
        "Informationspflichten und Betroffenenrechte",
        "Technische und organisatorische Maßnahmen der Prüfung",
        "Aufbewahrung, Löschung, Löschnachweis",
        "Stellungnahmen: Datenschutzbeauftragte, Betriebsrat, Betroffene",
        "Entscheidung, Freigabe, Wiedervorlage",
        "Anhang: Nachweise",
    ],
    open: [
        &["Auftrag und Datum", "Erklärung: keine Leistungs- oder Verhaltenskontrolle"],
        &[
            "Verantwortlicher",
            "Datenschutzbeauftragte oder Datenschutzbeauftragter",
            "IT-Sicherheit",
            "Betriebsrat",
            "Anbieter: gemeinsam verantwortlich, Auftragsverarbeiter oder Dritter",
        ],
        &["Prüfung: Beschreibung", "Plug-in: Beschreibung", "Warum sie getrennt beurteilt werden"],
        &[
            "Rechtsgrundlage",
            "Private Nutzung und Fernmeldegeheimnis",
            "Mitbestimmung (§ 87 Abs. 1 Nr. 6 BetrVG)",
            "Ausgenommene Postfächer",
        ],
        &["Aus Sicht der eigenen Installation richtig und vollständig?"],
        &["Sind die Lücken hinnehmbar?"],
        &["Treffen die Annahmen auf den eigenen Vertrag und die eigene Version zu?"],
        &["Besondere Kategorien (Art. 9 DSGVO): Bewertung"],
        &[],
        &["Notwendigkeit", "Verhältnismäßigkeit", "Mildere Mittel"],
        &[
            "Schwere",
            "Eintrittswahrscheinlichkeit",
            "Datenminimierung",
            "Verfügbarkeit",
            "Integrität",
            "Vertraulichkeit",
            "Nichtverkettung",
            "Transparenz",
            "Intervenierbarkeit",
        ],
        &["Maßnahme", "Zuständig", "Termin", "Restrisiko"],
        &["Wie informiert wird (Art. 13, 14 DSGVO)", "Wie Betroffenenrechte erfüllt werden"],
        &["Wer Zugriff auf Ergebnis und Schlüssel hat"],
        &["Löschnachweis"],
        &[
            "Datenschutzbeauftragte oder Datenschutzbeauftragter",
            "Betriebsrat",
            "Betroffene (Art. 35 Abs. 9 DSGVO)",
            "Vorherige Konsultation (Art. 36 DSGVO)",
        ],
        &["Entscheidung", "Name, Datum, Unterschrift", "Wiedervorlage"],
        &[],
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;
    use crate::report::tests::{rendered, report};

    #[test]
    fn facts_are_filled_and_judgements_are_empty() {
        for lang in Lang::ALL {
            let shown = rendered(&report(Level::Pseudonyms), "dpia", lang);
            assert_eq!(shown.matches("\n## ").count(), 18);
            let open: Vec<&str> = shown.lines().filter(|line| line.starts_with("- [ ]")).collect();
            assert!(open.len() > 30 && open.iter().all(|line| line.ends_with(": ______")), "{open:?}");
            assert!(shown.contains(&report(Level::Pseudonyms).headline.high.to_string()));
        }
        let incomplete = Report { complete: false, ..report(Level::Pseudonyms) };
        assert!(rendered(&incomplete, "dpia", Lang::De).contains("**UNVOLLSTÄNDIG"));
    }

    #[test]
    fn the_pia_tool_gets_facts_and_no_opinion() {
        let mut hostile = report(Level::Pseudonyms);
        hostile.questions.insert("purpose".into(), Some("<img src=x onerror=alert(1)>".into()));
        let file: Value = serde_json::from_str(&rendered(&hostile, "cnil-pia", Lang::De)).expect("is JSON");
        assert_eq!(file["pia"]["status"], 0);
        assert_eq!((&file["pia"]["dpo_opinion"], &file["evaluations"]), (&Value::Null, &json!([])));
        let answers = file["answers"].as_array().expect("a list");
        let asked: Vec<u64> = answers.iter().filter_map(|answer| answer["reference_to"].as_u64()).collect();
        assert_eq!(asked, [111, 121, 122, 123, 221]);
        assert!(answers.iter().all(|answer| answer["data"]["gauge"].is_null()));
        let text = answers[0]["data"]["text"].as_str().expect("a text");
        assert!(text.starts_with("<ul><li>") && text.contains("&lt;img") && !text.contains("<img"), "{text}");
    }
}
