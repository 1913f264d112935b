//! Decides what the built-in profiles say of themselves in German: a table by their English text, so that an older
//! result and a profile of the user's own that keeps a remark are read as well. What is not in it stays as it is.

use super::Lang;

/// A profile's remark on one of its values, or what describes its product, in the language of the report; `None`: there
/// is only what its author wrote.
pub(super) fn note(note: &str, lang: Lang) -> Option<&'static str> {
    match lang {
        Lang::En => None,
        Lang::De => GERMAN.iter().find(|(english, _)| *english == note).map(|(_, german)| *german),
    }
}

/// What a vendor says is quoted in its own words.
const GERMAN: &[(&str, &str)] = &[
    (
        "'contacts in your email database ... found in headers and signatures' can be read both ways",
        "„contacts in your email database ... found in headers and signatures“ lässt sich so und so lesen",
    ),
    ("'detailed contact information'; list not given", "„detailed contact information“; ohne Liste"),
    (
        "'information in email signatures ... and IP addresses'; single fields not listed in the part read; department: our upper bound, no source names it",
        "„information in email signatures ... and IP addresses“; einzelne Felder nennt der gelesene Teil nicht; Abteilung: unsere Obergrenze, keine Quelle nennt sie",
    ),
    (
        "'sometimes at the very bottom'; not said for quoted replies",
        "„sometimes at the very bottom“; von zitierten Antworten ist nicht die Rede",
    ),
    (
        "2021 terms say phone numbers without 'business'; department: our upper bound, no source names it",
        "die Bedingungen von 2021 sagen Telefonnummern ohne „geschäftlich“; Abteilung: unsere Obergrenze, keine Quelle nennt sie",
    ),
    (
        "30, 730 and all are the spans documented for similar products",
        "30, 730 und alle sind die Zeiträume, die für ähnliche Produkte belegt sind",
    ),
    (
        "a G-Suite permission reaches other contacts; whether they are read is not said",
        "eine G-Suite-Berechtigung reicht bis zu „Weitere Kontakte“; ob sie gelesen werden, ist nicht gesagt",
    ),
    (
        "a Gmail product; other contacts may be among the unified ones",
        "ein Gmail-Produkt; „Weitere Kontakte“ können unter den zusammengeführten sein",
    ),
    (
        "a paid look-back ('Flashback') existed - memory only, no source found",
        "einen bezahlten Rückblick („Flashback“) gab es; nur aus der Erinnerung, keine Quelle gefunden",
    ),
    (
        "an address without a name beside it is left out; no source of this product speaks of it",
        "eine Adresse ohne Namen daneben bleibt außen vor; keine Quelle zu diesem Produkt spricht davon",
    ),
    (
        "business-card fields are the vendor's later wording; the 2013 set was not found; department: our upper bound, no source names it",
        "Felder einer Visitenkarte ist eine spätere Formulierung des Anbieters; die von 2013 fanden sich nicht; Abteilung: unsere Obergrenze, keine Quelle nennt sie",
    ),
    (
        "declared set sourced; the rest of a signature line is our upper bound; department: our upper bound, no source names it",
        "die erklärten Felder sind belegt; der Rest einer Signaturzeile ist unsere Obergrenze; ebenso die Abteilung, die keine Quelle nennt",
    ),
    ("department: our upper bound, no source names it", "Abteilung: unsere Obergrenze, keine Quelle nennt sie"),
    (
        "Gmail and Yahoo named as examples; 'takes measures to remove', i.e. after receipt",
        "Gmail und Yahoo als Beispiele genannt; „takes measures to remove“, also nach dem Empfang",
    ),
    (
        "Gmail hands over other contacts with the rest where the permission asks for them",
        "Gmail gibt „Weitere Kontakte“ mit heraus, wenn die Berechtigung sie verlangt",
    ),
    (
        "Google keeps everybody whom the owner wrote to as other contacts; whether the plug-in read that list is not said",
        "Google merkt sich alle, denen der Inhaber schrieb, als „Weitere Kontakte“; ob das Plug-in diese Liste las, ist nicht gesagt",
    ),
    (
        "lead only: a similar product reads colleagues unless the own domain is put on the blacklist",
        "nur ein Hinweis: Ein ähnliches Produkt liest Kollegen, solange die eigene Domain nicht auf der Sperrliste steht",
    ),
    ("lead only: Google's other contacts", "nur ein Hinweis: „Weitere Kontakte“ bei Google"),
    (
        "lead only: Google's other contacts; which books the local application opens is not said",
        "nur ein Hinweis: „Weitere Kontakte“ bei Google; welche Adressbücher das lokale Programm öffnet, ist nicht gesagt",
    ),
    (
        "lead only: one similar product skips subjects with private / personal / confidential",
        "nur ein Hinweis: Ein ähnliches Produkt überspringt Betreffzeilen mit privat / persönlich / vertraulich",
    ),
    (
        "lead only: splitting reply chains and reading each signature is an off-the-shelf service",
        "nur ein Hinweis: Antwortketten zu teilen und jede Signatur zu lesen, ist ein fertig käuflicher Dienst",
    ),
    (
        "names and addresses in the line above a quote, or the header of a forwarded mail",
        "Namen und Adressen in der Zeile über einem Zitat oder im Kopf einer weitergeleiteten Nachricht",
    ),
    ("newer FAQ speaks of the inbox", "die neuere FAQ spricht vom Posteingang"),
    (
        "no sign of one; home numbers are a listed field",
        "kein Anzeichen dafür; private Nummern sind ein genanntes Feld",
    ),
    (
        "page lists its exclusions and free mail is not among them",
        "die Seite zählt auf, was sie auslässt; Freemail ist nicht darunter",
    ),
    (
        "page says business contact information alone; no rule printed in the part read",
        "die Seite sagt nur geschäftliche Kontaktdaten; der gelesene Teil nennt keine Regel",
    ),
    (
        "starts at each log-on through a Run key; interval not found",
        "startet bei jeder Anmeldung über einen Run-Schlüssel; ein Abstand fand sich nicht",
    ),
    (
        "that free mail is excluded is sourced; which list is not",
        "dass Freemail ausgenommen ist, ist belegt; nach welcher Liste, nicht",
    ),
    (
        "the officers named below a signature; a parser that looks for the end of a signature may take them along",
        "die Personen der Pflichtangaben unter einer Signatur; wer das Ende einer Signatur sucht, nimmt sie womöglich mit",
    ),
    (
        "the page names no fields; department: our upper bound, no source names it",
        "die Seite nennt keine Felder; Abteilung: unsere Obergrenze, keine Quelle nennt sie",
    ),
    (
        "To is read, but to judge whether the sender matters, not as a source of contacts",
        "An wird gelesen, doch um den Absender zu beurteilen, nicht als Quelle von Kontakten",
    ),
    (
        "web import is one-time; repeated upload is reported for the app (S61, grade C)",
        "im Web wird einmal eingelesen; dass die App wiederholt hochlädt, ist berichtet (S61, Stufe C)",
    ),
    ("Community Edition, Outlook plug-in and Google Apps", "Community Edition, Outlook-Plug-in und Google Apps"),
    (
        "Community Edition with local application Contact Contributor",
        "Community Edition mit dem lokalen Programm Contact Contributor",
    ),
    ("Community programme, Outlook or G-Suite permission", "Community-Programm, Berechtigung für Outlook oder G-Suite"),
    ("mailbox connection with contributor network", "Anbindung des Postfachs mit Contributor-Netzwerk"),
    (
        "Cognism Signatures, free signature manager (terms undated)",
        "Cognism Signatures, kostenlose Verwaltung von Signaturen (Bedingungen undatiert)",
    ),
    (
        "signature extraction into the user's address book or CRM",
        "Auslesen von Signaturen ins Adressbuch oder CRM des Nutzers",
    ),
    (
        "signature extraction from a connected Gmail inbox",
        "Auslesen von Signaturen aus einem verbundenen Gmail-Postfach",
    ),
    ("address book import", "Einlesen des Adressbuchs"),
    (
        "undated page; client in court papers of 2022, seen on PCs 2024-2025",
        "undatierte Seite; das Programm in Gerichtsakten von 2022, auf PCs gesehen 2024-2025",
    ),
    ("undated", "undatiert"),
    ("about 2017", "etwa 2017"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_remark_that_a_report_can_show_has_its_german() {
        let date = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let mut shown = BTreeSet::new();
        for profile in crate::profile::builtin() {
            shown.extend(profile.assumptions().into_iter().filter_map(|one| one.note));
            shown.extend([profile.product, profile.as_of].into_iter().filter(|text| !date(text)));
        }
        for remark in &shown {
            assert!(note(remark, Lang::De).is_some(), "no German: {remark}");
            assert_eq!(note(remark, Lang::En), None);
        }
        for (english, _) in GERMAN {
            assert!(shown.contains(*english), "no profile says so any more: {english}");
        }
        assert_eq!(note("a remark of somebody's own", Lang::De), None);
    }
}
