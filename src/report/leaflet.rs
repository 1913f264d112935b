//! Decides the leaflet for employees: one A4 page with the mailbox's own figures, rounded, and what to do. There is none
//! where a figure is so small that it could be a person.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::safe::Plain;
use super::{Class, Lang, Report};

const STYLE: &str = include_str!("leaflet.css");

/// A figure below is not told: five people are the least that hide one.
const FEW: u64 = 5;

/// The letters of whom to ask, so that the page stays one.
const CONTACT: usize = 300;

/// Why there is no leaflet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafletError {
    #[error("the result has fewer than {FEW} people to tell of; a leaflet would tell of single people")]
    TooFew,
    #[error("the result holds no figure; no profile was run")]
    NoFigure,
}

/// The page. `contact`: whom to ask; without it a line to write on.
///
/// # Errors
/// If the figures are too small to be anonymous, or there are none.
pub fn leaflet(report: &Report, lang: Lang, contact: Option<&str>) -> Result<String, LeafletError> {
    let words = match lang {
        Lang::En => &EN,
        Lang::De => &DE,
    };
    let text = lang.text();
    let contact = contact.map(|contact| contact.chars().take(CONTACT).collect::<String>());
    let profile = report.profiles.first().ok_or(LeafletError::NoFigure)?;
    let headline = &report.headline;
    if headline.high < FEW {
        return Err(LeafletError::TooFew);
    }
    let number = |n: u64| text.number(rounded(n));
    let between = |low: u64, high: u64| match (rounded(low), rounded(high)) {
        _ if low < FEW => (words.up_to)(&number(high)),
        (low, high) if low == high => (words.about)(&text.number(low)),
        (low, high) => (words.range)(&text.number(low), &text.number(high)),
    };
    let [low, high] = profile.both();
    let bystanders = [low, high].map(|figures| figures.count(Class::Bystander));
    // The share of the filter is told where both of its parts are large enough.
    let filter = &low.filter;
    let met = filter.private_held_back + filter.private_passed;
    let share = (filter.private_held_back >= FEW && filter.private_passed >= FEW)
        .then(|| (filter.private_held_back * 20 / met.max(1)) * 5);
    let policy = super::html::policy(STYLE, "'none'");
    let page = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                @if let Some(day) = super::html::expiry(report) { meta name="mailglean-expires" content=(day); }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { ((words.title)(&number(headline.high))) }
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                p.kicker { (words.kicker) @if report.synthetic { " · " span.mark { (text.synthetic) } } @if !report.complete { " · " span.mark { (text.incomplete) } } }
                h1 { ((words.title)(&number(headline.high))) }
                p.lead { ((words.what)(&between(headline.low, headline.high))) }
                (field(report, words, &[between(headline.low, headline.high), number(report.people.persons)]))
                @if bystanders[1] >= FEW { p { ((words.bystanders)(&between(bystanders[0], bystanders[1]))) } }
                @if let Some(share) = share { p { ((words.filter)(&text.number(share))) } }
                h2 { (words.do_title) }
                ol { @for what in words.to_do { li { (what) } } }
                h2 { (words.why_title) }
                p { (words.why) }
                div.ask {
                    p { strong { (words.ask) } }
                    p { @match &contact { Some(contact) => (Plain(contact)), None => span.blank { "\u{a0}" } } }
                }
                div.small {
                    p { (words.basis) " " (text.model) @if !report.complete { " " (text.floor) } }
                    p {
                        (Plain(&report.program.name)) " " (Plain(&report.program.version)) " · " (Plain(&profile.id)) " v" (profile.version)
                        " · " (text.as_of) " " (Plain(&report.generated_at.chars().take(7).collect::<String>()))
                        @if let Some(day) = &report.expires { " · " ((text.delete_by)(&Plain(day).to_string())) }
                    }
                }
            } }
        }
    };
    Ok(page.into_string())
}

/// A hundred people, as many of them marked as would be passed on of a hundred.
fn field(report: &Report, words: &Words, figures: &[String; 2]) -> Markup {
    let all = report.people.persons.max(1);
    let of_hundred = |n: u64| (n.min(all) * 100).div_ceil(all).min(100);
    let [sure, maybe] = [report.headline.low, report.headline.high].map(of_hundred);
    // Below the smallest figure that is told, nothing is sure.
    let sure = if report.headline.low < FEW { 0 } else { sure };
    let dot =
        |class: &str, at: u64| html! { circle class=(class) cx=(10 + at % 10 * 20) cy=(10 + at / 10 * 20) r="7" {} };
    let key = |class: &str, label: &str| html! { li { svg viewBox="0 0 20 20" aria-hidden="true" { circle class=(class) cx="10" cy="10" r="8" {} } (label) } };
    html! {
        figure {
            svg viewBox="0 0 200 200" role="img" aria-labelledby="field" {
                title id="field" { ((words.field)(&figures[1])) }
                @for at in 0..100 { (dot(if at < sure { "sure" } else if at < maybe { "maybe" } else { "rest" }, at)) }
            }
            figcaption {
                p { ((words.field)(&figures[1])) }
                ul {
                    @if sure > 0 { (key("sure", words.keys[0])) }
                    (key("maybe", words.keys[1]))
                    (key("rest", words.keys[2]))
                }
            }
        }
    }
}

/// To five, ten, fifty, or two digits: a figure to remember, and not one that could be traced.
fn rounded(n: u64) -> u64 {
    let step = match n {
        0..=29 => 5,
        30..=199 => 10,
        200..=999 => 50,
        _ => 10_u64.pow(n.ilog10() - 1),
    };
    n.saturating_add(step / 2) / step * step
}

type One = fn(&str) -> String;

struct Words {
    kicker: &'static str,
    title: One,
    up_to: One,
    about: One,
    range: fn(&str, &str) -> String,
    what: One,
    field: One,
    keys: [&'static str; 3],
    bystanders: One,
    filter: One,
    do_title: &'static str,
    to_do: [&'static str; 3],
    why_title: &'static str,
    why: &'static str,
    ask: &'static str,
    basis: &'static str,
}

const EN: Words = Words {
    kicker: "Information for employees",
    title: |n| format!("One click, and up to {n} people never know"),
    up_to: |n| format!("up to {n}"),
    about: |n| format!("about {n}"),
    range: |low, high| format!("between {low} and {high}"),
    what: |n| {
        format!(
            "Some plug-ins for mail share the contacts of a mailbox with everybody who pays for a database. In our test on one mailbox, {n} private or uninvolved people would have been passed on."
        )
    },
    field: |n| format!("A hundred dots for about {n} people of the mailbox:"),
    keys: [
        "passed on, even as the vendor puts it",
        "passed on, if it takes all that it may",
        "not passed on as private or uninvolved",
    ],
    bystanders: |n| {
        format!(
            "Of them, {n} never exchanged a single message with this mailbox. They stood in copy, or in a message that somebody quoted."
        )
    },
    filter: |share| {
        format!(
            "A filter against private addresses held back about {share}% of the private people in the test. The others passed: they use a family's own domain, write from work, or stand in somebody else's signature."
        )
    },
    do_title: "What you can do",
    to_do: [
        "Install nothing that asks for access to your mail unless it was approved.",
        "Have you agreed to one already? Revoke its access and tell us. There is no disadvantage in telling.",
        "Put people in copy only if they need it, and leave out old signatures when you reply.",
    ],
    why_title: "Why it matters",
    why: "What was passed on cannot be called back: uninstalling stops the next message, not the last upload. It concerns people who trusted you with a number, and who were never asked.",
    ask: "Questions, or already clicked? Ask:",
    basis: "Figures of one test, rounded.",
};

const DE: Words = Words {
    kicker: "Information für Mitarbeiterinnen und Mitarbeiter",
    title: |n| format!("Ein Klick, und bis zu {n} Menschen wissen nichts davon"),
    up_to: |n| format!("bis zu {n}"),
    about: |n| format!("rund {n}"),
    range: |low, high| format!("zwischen {low} und {high}"),
    what: |n| {
        format!(
            "Manche Erweiterungen für E-Mail teilen die Kontakte eines Postfachs mit allen, die für eine Datenbank bezahlen. In unserem Test mit einem Postfach wären {n} private oder unbeteiligte Personen weitergegeben worden."
        )
    },
    field: |n| format!("Hundert Punkte für rund {n} Personen des Postfachs:"),
    keys: [
        "weitergegeben, auch nach den Angaben des Anbieters",
        "weitergegeben, wenn alles genommen wird, was erlaubt ist",
        "nicht als privat oder unbeteiligt weitergegeben",
    ],
    bystanders: |n| {
        format!(
            "Davon haben {n} mit diesem Postfach nie eine Nachricht gewechselt. Sie standen in Kopie oder in einer Nachricht, die jemand zitierte."
        )
    },
    filter: |share| {
        format!(
            "Ein Filter gegen private Adressen hielt im Test rund {share} % der privaten Personen zurück. Die anderen kamen durch: Sie haben eine Familien-Domain, schreiben von der Arbeit oder stehen in der Signatur von jemand anderem."
        )
    },
    do_title: "Was Sie tun können",
    to_do: [
        "Installieren Sie nichts, was Zugriff auf Ihre E-Mails verlangt, solange es nicht freigegeben ist.",
        "Schon zugestimmt? Entziehen Sie den Zugriff und sagen Sie uns Bescheid. Es entsteht Ihnen kein Nachteil.",
        "Setzen Sie nur in Kopie, wer es braucht, und lassen Sie beim Antworten alte Signaturen weg.",
    ],
    why_title: "Warum das wichtig ist",
    why: "Was weitergegeben ist, lässt sich nicht zurückholen: Wer deinstalliert, verhindert die nächste Nachricht, nicht die letzte Übertragung. Es geht um Menschen, die Ihnen ihre Nummer anvertraut haben und nie gefragt wurden.",
    ask: "Fragen, oder schon geklickt? Wenden Sie sich an:",
    basis: "Zahlen aus einem Test, gerundet.",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;
    use crate::report::{Headline, Level};

    fn with(low: u64, high: u64) -> Report {
        let mut report = report(Level::Clear);
        report.headline = Headline { low, high, ..report.headline };
        report.people.persons = 1234;
        report
    }

    #[test]
    fn figures_are_rounded_and_small_ones_are_not_told() {
        assert_eq!([7, 18, 86, 143, 412, 1902, 23_456].map(rounded), [5, 20, 90, 140, 400, 1900, 23_000]);
        let shown = leaflet(&with(143, 412), Lang::En, None).expect("is made");
        assert!(shown.contains("between 140 and 400 private") && !shown.contains("412") && !shown.contains("143"));
        let shown = leaflet(&with(3, 86), Lang::De, None).expect("is made");
        assert!(shown.contains("bis zu 90 private") && !shown.contains("class=\"sure\""));
        assert_eq!(leaflet(&with(0, 4), Lang::De, None), Err(LeafletError::TooFew));
    }

    #[test]
    fn it_tells_of_nobody_and_its_contact_is_text() {
        for lang in Lang::ALL {
            let report = with(143, 412);
            let shown = leaflet(&report, lang, Some("<script>alert(1)</script> dpo@corp.example")).expect("is made");
            assert!(shown.contains("&lt;script&gt;") && !shown.contains("<script"));
            for contact in &report.contacts {
                assert!(contact.names.iter().chain([&contact.id]).all(|secret| !shown.contains(secret.as_str())));
            }
            let incomplete = leaflet(&Report { complete: false, ..with(143, 412) }, lang, None).expect("is made");
            assert!(incomplete.contains(lang.text().incomplete));
        }
    }
}
