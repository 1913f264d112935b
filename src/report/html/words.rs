//! Decides the words that the page alone has; what every format says stands in `lang.rs`.

use crate::assess::Class;
use crate::report::Lang;

type One = fn(&str) -> String;
type Two = fn(&str, &str) -> String;

/// The page's own texts, one value a language. Arrays are in the order of the enum or the rows that they name.
pub(super) struct Words {
    pub skip: &'static str,
    pub contents: &'static str,
    pub kicker: &'static str,
    pub purpose: &'static str,
    pub period: &'static str,
    pub profile: &'static str,
    pub pseudonymised: &'static str,
    pub numbers_only: &'static str,
    pub names_shown: &'static str,
    pub expired: One,
    pub to: &'static str,
    pub per_reading: Two,
    pub ruler: &'static str,
    pub ruler_desc: fn(&str, &str, &str) -> String,
    pub card_private: &'static str,
    pub card_bystander: &'static str,
    pub card_unsure: &'static str,
    pub card_held: &'static str,
    pub how_counted: &'static str,
    pub fate_title: &'static str,
    pub fate_desc: &'static str,
    pub fate_rows: [&'static str; 4],
    pub not_sent: &'static str,
    pub filter_title: &'static str,
    /// Held back, met, their share, passed, the list and its domains.
    pub filter_says: fn([&str; 6]) -> String,
    pub filter_nobody: &'static str,
    pub funnel: Two,
    pub funnel_steps: [&'static str; 3],
    pub funnel_desc: fn(&str, &str, &str) -> String,
    pub escape_title: &'static str,
    pub nobody_escapes: &'static str,
    pub bystanders_say: Two,
    pub bystanders_none: &'static str,
    pub what_they_are: &'static str,
    pub stories: &'static str,
    pub stories_about: &'static str,
    pub story_no_contact: &'static str,
    pub story_stood: fn(&str, &str, &str) -> String,
    pub story_ways: [&'static str; 10],
    pub by: [&'static str; 9],
    pub by_unknown: &'static str,
    pub story_fields: One,
    pub story_again: fn(&str, &str, &str) -> String,
    pub story_sent: [&'static str; 3],
    pub senders: fn(u64) -> String,
    pub network: &'static str,
    pub network_about: &'static str,
    pub network_desc: fn(&str, &str, &str) -> String,
    pub network_each: One,
    pub brought: [&'static str; 5],
    pub brought_short: [&'static str; 5],
    pub brought_table: &'static str,
    pub brought_by: &'static str,
    pub brought_rest: One,
    pub owner_here: &'static str,
    pub persons: &'static str,
    pub field_shares: &'static str,
    pub directory_says: Two,
    pub confirmations: &'static str,
    pub ages: &'static str,
    pub sensitive_few: &'static str,
    pub more_rules: One,
    pub growth_says: fn(&str, &str, &str) -> String,
    pub growth_desc: Two,
    pub first_day: &'static str,
    pub profiles_about: &'static str,
    pub proof: &'static str,
    pub proof_says: [&'static str; 4],
    pub proof_files: &'static str,
    pub proof_rows: [&'static str; 6],
    pub proof_left: &'static str,
    pub commands: &'static str,
    pub count: &'static str,
    pub limits: &'static str,
    pub tornado_about: &'static str,
    pub value_now: &'static str,
    pub basis: &'static str,
    pub no_effect: One,
    pub method: &'static str,
    pub not_measured_about: &'static str,
    pub findings_none: &'static str,
    pub capped: Two,
    pub more_reasons: One,
    pub held_back: &'static str,
    pub held_back_about: &'static str,
    pub suppressed: &'static str,
    pub suppressed_about: [&'static str; 4],
    pub held_by: &'static str,
    pub provenance_about: &'static str,
    pub schema: &'static str,
    pub delete: &'static str,
    pub verify: &'static str,
    pub browse: &'static str,
    pub search: &'static str,
    pub search_go: &'static str,
    pub becomes: &'static str,
    /// How many were found, of how many.
    pub found: Two,
    pub previous: &'static str,
    pub next: &'static str,
    pub back: &'static str,
    pub whole_report: &'static str,
    pub page_of: &'static str,
    pub other_page: &'static str,
    pub footer: &'static str,
    pub questions: [(&'static str, &'static str); 4],
    pub folder_read: [&'static str; 4],
}

impl Words {
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::De => &DE,
        }
    }

    /// Who sent something, as the agent of a sentence.
    pub fn by(&self, class: Option<Class>) -> &'static str {
        class.map_or(self.by_unknown, |class| self.by[class as usize])
    }
}

const EN: Words = Words {
    skip: "Skip to the result",
    contents: "In this report",
    kicker: "Audit of a mailbox",
    purpose: "Purpose",
    period: "Mail from",
    profile: "Plug-in simulated",
    pseudonymised: "pseudonymised, no names, no text of any message",
    numbers_only: "numbers only",
    names_shown: "shows personal data",
    expired: |day| format!("EXPIRED: this report was to be deleted by {day}"),
    to: "to",
    per_reading: |low, high| format!("{low} to {high}"),
    ruler: "The result among all people of the mailbox",
    ruler_desc: |low, high, all| format!("A scale from 0 to {all} people. The result reaches from {low} to {high}."),
    card_private: "private people",
    card_bystander: "uninvolved people, who never exchanged a message with the owner",
    card_unsure: "of unsure kind, in the upper figure only",
    card_held: "held back by the vendor's filter",
    how_counted: "How each figure is counted",
    fate_title: "What would have become of everybody in the mailbox",
    fate_desc: "Two bars, one a reading. Each shows how many people would have been passed on as private, uninvolved, unsure or other, and how many not. The table holds the same figures.",
    fate_rows: [
        "private, passed on",
        "uninvolved, passed on",
        "unsure, passed on",
        "business, colleagues, consumers, passed on",
    ],
    not_sent: "not passed on",
    filter_title: "What the filter does, and why people escape it",
    filter_says: |[held, all, share, passed, list, domains]| {
        format!(
            "Read as the vendor puts it, the filter meets {all} private people. It holds back {held} ({share}); {passed} pass. The free-mail list it is taken to use: {list}, {domains} domains."
        )
    },
    filter_nobody: "The filter meets no private person in this reading.",
    funnel: |reading, list| format!("{reading} (list: {list})"),
    funnel_steps: ["private people in the mailbox", "would be taken, were there no filter", "pass the filter"],
    funnel_desc: |all, met, passed| {
        format!(
            "A funnel of three steps: {all} private people in the mailbox, {met} would be taken without a filter, {passed} pass it."
        )
    },
    escape_title: "Why private people pass",
    nobody_escapes: "No private person passes the filter.",
    bystanders_say: |low, high| {
        format!(
            "{low} to {high} people would have been passed on who never wrote to the owner of this mailbox and were never written to."
        )
    },
    bystanders_none: "Nobody who is uninvolved would have been passed on.",
    what_they_are: "What the uninvolved people are",
    stories: "How somebody gets in who never wrote",
    stories_about: "People of this mailbox, each under a pseudonym. None of them can know of the plug-in.",
    story_no_contact: "Never wrote to the owner of this mailbox; the owner never wrote either.",
    story_stood: |when, by, way| format!("{when}: a message by {by} arrives. {way}"),
    story_ways: [
        "This person stands in its sender line.",
        "This person is one of its recipients.",
        "This person stands in its Cc line.",
        "This person stands in its Bcc line.",
        "This person is where replies go.",
        "Its signature names this person.",
        "It quotes an older message, with this person's signature.",
        "Its legal footer names this person.",
        "The line above a quote names this person.",
        "This person stands in the address book.",
    ],
    by: [
        "a private person",
        "another uninvolved person",
        "somebody of unsure kind",
        "a colleague",
        "a business contact",
        "a consumer",
        "a shared address",
        "an automatic sender",
        "the owner",
    ],
    by_unknown: "an unknown sender",
    story_fields: |fields| format!("What can be read there: {fields}."),
    story_again: |messages, people, last| format!("Stands in {messages} of {people}, last in {last}."),
    story_sent: [
        "Would be passed on in both readings.",
        "Would be passed on in the permitted reading.",
        "Would not be passed on.",
    ],
    senders: |n| if n == 1 { "one person".into() } else { format!("{n} people") },
    network: "Who brought whom into this mailbox",
    network_about: "Every mark is a person who would be passed on. Threads lead to those whose message was the first to name them: on the inside the owner, around the owner the people who brought others along. They meant no harm; they put somebody in copy, or quoted a message.",
    network_desc: |all, own, others| {
        format!(
            "A wheel around the owner of the mailbox. {all} people are on its rim: {own} came in by their own messages, {others} were brought along by messages of other people. The table below holds the same figures."
        )
    },
    network_each: |n| format!("Each mark stands for up to {n} people."),
    brought: [
        "wrote to the owner themselves",
        "named first in mail of the owner",
        "brought along by other people's mail",
        "from the address book",
        "unknown",
    ],
    brought_short: ["wrote themselves", "named by the owner", "brought by others", "address book", "unknown"],
    brought_table: "First named by",
    brought_by: "brought in by",
    brought_rest: |n| format!("{n} more people who brought others in"),
    owner_here: "owner",
    persons: "people",
    field_shares: "What a record would hold",
    directory_says: |low, high| {
        format!(
            "{low} to {high} records about people of this mailbox would be found by any other customer, business contacts and colleagues included."
        )
    },
    confirmations: "Confirmed by",
    ages: "How recent",
    sensitive_few: "Figures below five are not told at this level.",
    more_rules: |n| format!("{n} more rules"),
    growth_says: |first, all, share| {
        format!(
            "In the permitted reading, {first} of {all} private and uninvolved people are gone on the first day ({share}). Removing the plug-in afterwards does not bring them back."
        )
    },
    growth_desc: |first, all| {
        format!(
            "Two stairs over time. The permitted one begins at {first} people on the first day and ends at {all}. The table below holds the figures."
        )
    },
    first_day: "first day",
    profiles_about: "The same mailbox under several plug-ins. The readings differ by what is documented, not by what is known.",
    proof: "Proof that the mailbox was only read",
    proof_says: [
        "The program only read, and every folder was the same afterwards.",
        "The program only read. Some folders changed meanwhile: new mail, or another program. The two cannot be told apart.",
        "The program only read, but the server did not confirm read-only access.",
        "An unread message was marked as read by the server although nothing asked it to.",
    ],
    proof_files: "The messages were files, opened for reading alone. No server was spoken to.",
    proof_rows: [
        "access confirmed as read-only by the server",
        "folders the same before and after",
        "folders that changed meanwhile",
        "an unread message stayed unread when looked at first",
        "encryption",
        "hosts spoken to, and no other",
    ],
    proof_left: "What stays behind in any case: the time of the last login and lines in the server's log.",
    commands: "Commands sent, none of which can write",
    count: "count",
    limits: "Limits and assumptions",
    tornado_about: "Values of the profile that no document states. Each is switched alone; the table shows what the result would be.",
    value_now: "taken as",
    basis: "basis",
    no_effect: |n| format!("{n} more assumptions that change neither end, or that a mailbox cannot show"),
    method: "Method",
    not_measured_about: "A plug-in may read these; a mailbox does not show them. They are in no figure of this report:",
    findings_none: "Nobody.",
    capped: |shown, all| {
        format!("Shown are the first {shown} of {all}. All of them stand in result.json and in the CSV format.")
    },
    more_reasons: |n| format!("+{n} more"),
    held_back: "Held back and suppressed",
    held_back_about: "People who would be passed on, did the vendor not promise to leave them out.",
    suppressed: "What this report leaves out",
    suppressed_about: [
        "Level counts: no list of people; protected relations of fewer than five people are not told.",
        "Level pseudonyms: no names, addresses, subjects, folder names or domains; months instead of days; protected relations only as numbers.",
        "Level masked: initials and shortened addresses; protected relations only as numbers.",
        "Level clear: nothing is left out. The reason is stated under provenance.",
    ],
    held_by: "held back because",
    provenance_about: "The same file gives the same page, to the byte.",
    schema: "schema of the result",
    delete: "to be deleted by",
    verify: "render again",
    browse: "Search this result",
    search: "Pseudonym, name, address, organisation, rule",
    search_go: "Search",
    becomes: "what becomes of it",
    found: |found, all| format!("{found} of {all} found"),
    previous: "previous",
    next: "next",
    back: "Back to the search",
    whole_report: "The whole report",
    page_of: "page",
    other_page: "confidential",
    footer: "Model calculation by mailglean. Counts, not verdicts; no legal advice.",
    questions: [
        ("purpose", "Purpose of the audit"),
        ("private_use_allowed", "Private use of the mailbox allowed"),
        ("works_council_involved", "Works council involved"),
        ("data_protection_officer_informed", "Data-protection officer informed"),
    ],
    folder_read: ["folder", "kind", "read", "messages"],
};

const DE: Words = Words {
    skip: "Zum Ergebnis springen",
    contents: "In diesem Bericht",
    kicker: "Prüfung eines Postfachs",
    purpose: "Zweck",
    period: "Post von",
    profile: "Simuliertes Plug-in",
    pseudonymised: "pseudonymisiert, ohne Namen, ohne Text aus Nachrichten",
    numbers_only: "nur Zahlen",
    names_shown: "enthält personenbezogene Klardaten",
    expired: |day| format!("ABGELAUFEN: Dieser Bericht war bis {day} zu löschen"),
    to: "bis",
    per_reading: |low, high| format!("{low} bis {high}"),
    ruler: "Das Ergebnis unter allen Personen des Postfachs",
    ruler_desc: |low, high, all| {
        format!("Eine Skala von 0 bis {all} Personen. Das Ergebnis reicht von {low} bis {high}.")
    },
    card_private: "private Personen",
    card_bystander: "unbeteiligte Personen, mit denen der Inhaber nie schrieb",
    card_unsure: "unsicherer Art, nur im oberen Wert enthalten",
    card_held: "vom Filter des Anbieters zurückgehalten",
    how_counted: "Wie jede Zahl gezählt ist",
    fate_title: "Was aus allen Personen des Postfachs geworden wäre",
    fate_desc: "Zwei Balken, einer je Lesart. Jeder zeigt, wie viele Personen als privat, unbeteiligt, unsicher oder anders weitergegeben worden wären und wie viele nicht. Die Tabelle enthält dieselben Zahlen.",
    fate_rows: [
        "privat, weitergegeben",
        "unbeteiligt, weitergegeben",
        "unsicher, weitergegeben",
        "geschäftlich, Kollegen, Endkunden, weitergegeben",
    ],
    not_sent: "nicht weitergegeben",
    filter_title: "Was der Filter leistet und warum ihm Menschen entgehen",
    filter_says: |[held, all, share, passed, list, domains]| {
        format!(
            "Nach den Angaben des Anbieters gelesen, trifft der Filter auf {all} private Personen. Er hält {held} zurück ({share}); {passed} kommen durch. Angenommene Freemail-Liste: {list}, {domains} Domains."
        )
    },
    filter_nobody: "Der Filter trifft in dieser Lesart auf keine private Person.",
    funnel: |reading, list| format!("{reading} (Liste: {list})"),
    funnel_steps: ["private Personen im Postfach", "würden ohne Filter genommen", "kommen durch den Filter"],
    funnel_desc: |all, met, passed| {
        format!(
            "Ein Trichter in drei Stufen: {all} private Personen im Postfach, {met} würden ohne Filter genommen, {passed} kommen durch."
        )
    },
    escape_title: "Warum private Personen durchkommen",
    nobody_escapes: "Keine private Person kommt durch den Filter.",
    bystanders_say: |low, high| {
        format!(
            "{low} bis {high} Personen wären weitergegeben worden, die dem Inhaber dieses Postfachs nie geschrieben haben und denen er nie geschrieben hat."
        )
    },
    bystanders_none: "Keine unbeteiligte Person wäre weitergegeben worden.",
    what_they_are: "Was die Unbeteiligten sind",
    stories: "Wie jemand hineingerät, der nie geschrieben hat",
    stories_about: "Menschen aus diesem Postfach, jeder unter einem Pseudonym. Keiner von ihnen kann von dem Plug-in wissen.",
    story_no_contact: "Diese Person hat dem Inhaber des Postfachs nie geschrieben und er ihr nie.",
    story_stood: |when, by, way| format!("{when}: Eine Nachricht von {by} trifft ein. {way}"),
    story_ways: [
        "Die Person steht in der Absenderzeile.",
        "Die Person ist einer der Empfänger.",
        "Die Person steht in Kopie.",
        "Die Person steht in Blindkopie.",
        "An die Person gehen Antworten.",
        "Die Signatur darin nennt die Person.",
        "Darin wird eine ältere Nachricht zitiert, samt Signatur der Person.",
        "Die Pflichtangaben am Ende nennen die Person.",
        "Die Zeile über einem Zitat nennt die Person.",
        "Die Person steht im Adressbuch.",
    ],
    by: [
        "einer Privatperson",
        "einer anderen unbeteiligten Person",
        "jemandem unsicherer Art",
        "einer Kollegin oder einem Kollegen",
        "einem geschäftlichen Kontakt",
        "einer Endkundin oder einem Endkunden",
        "einer Sammeladresse",
        "einem automatischen Absender",
        "der Inhaberin oder dem Inhaber selbst",
    ],
    by_unknown: "einem unbekannten Absender",
    story_fields: |fields| format!("Zu lesen ist dort: {fields}."),
    story_again: |messages, people, last| format!("Zu sehen in {messages} von {people}, zuletzt {last}."),
    story_sent: [
        "Würde in beiden Lesarten weitergegeben.",
        "Würde in der erlaubten Lesart weitergegeben.",
        "Würde nicht weitergegeben.",
    ],
    senders: |n| if n == 1 { "einer Person".into() } else { format!("{n} Personen") },
    network: "Wer wen in dieses Postfach brachte",
    network_about: "Jede Marke ist ein Mensch, der weitergegeben würde. Die Fäden führen zu denen, deren Nachricht ihn zuerst nannte: in der Mitte der Inhaber, darum die Menschen, die andere mitbrachten. Sie wollten niemandem schaden; sie haben jemanden in Kopie gesetzt oder eine Nachricht zitiert.",
    network_desc: |all, own, others| {
        format!(
            "Ein Rad um den Inhaber des Postfachs. {all} Personen stehen auf dem Rand: {own} kamen durch eigene Nachrichten hinein, {others} durch Nachrichten anderer. Die Tabelle darunter enthält dieselben Zahlen."
        )
    },
    network_each: |n| format!("Jede Marke steht für bis zu {n} Personen."),
    brought: [
        "schrieben dem Inhaber selbst",
        "zuerst in Post des Inhabers genannt",
        "von Post anderer mitgebracht",
        "aus dem Adressbuch",
        "unbekannt",
    ],
    brought_short: ["schrieben selbst", "vom Inhaber genannt", "von anderen gebracht", "Adressbuch", "unbekannt"],
    brought_table: "Zuerst genannt von",
    brought_by: "mitgebracht von",
    brought_rest: |n| format!("{n} weitere Personen, die andere mitbrachten"),
    owner_here: "Inhaber",
    persons: "Personen",
    field_shares: "Was ein Datensatz enthielte",
    directory_says: |low, high| {
        format!(
            "{low} bis {high} Datensätze über Personen dieses Postfachs fände jeder andere Kunde, geschäftliche Kontakte und Kollegen eingeschlossen."
        )
    },
    confirmations: "Bestätigt",
    ages: "Wie frisch",
    sensitive_few: "Zahlen unter fünf werden auf dieser Stufe nicht genannt.",
    more_rules: |n| format!("{n} weitere Regeln"),
    growth_says: |first, all, share| {
        format!(
            "In der erlaubten Lesart sind am ersten Tag {first} von {all} privaten und unbeteiligten Personen weg ({share}). Das Plug-in danach zu entfernen, holt sie nicht zurück."
        )
    },
    growth_desc: |first, all| {
        format!(
            "Zwei Treppen über die Zeit. Die der erlaubten Lesart beginnt am ersten Tag bei {first} Personen und endet bei {all}. Die Tabelle darunter enthält die Zahlen."
        )
    },
    first_day: "erster Tag",
    profiles_about: "Dasselbe Postfach unter mehreren Plug-ins. Die Lesarten unterscheiden sich in dem, was belegt ist, nicht in dem, was man weiß.",
    proof: "Nachweis, dass nur gelesen wurde",
    proof_says: [
        "Das Programm hat nur gelesen, und jeder Ordner war danach wie zuvor.",
        "Das Programm hat nur gelesen. Manche Ordner änderten sich währenddessen: neue Post oder ein anderes Programm. Beides lässt sich nicht trennen.",
        "Das Programm hat nur gelesen, doch der Server hat den Nur-Lese-Zugriff nicht bestätigt.",
        "Eine ungelesene Nachricht wurde vom Server als gelesen markiert, obwohl nichts das verlangte.",
    ],
    proof_files: "Die Nachrichten waren Dateien, nur zum Lesen geöffnet. Kein Server wurde angesprochen.",
    proof_rows: [
        "Nur-Lese-Zugriff vom Server bestätigt",
        "Ordner vorher und nachher gleich",
        "Ordner, die sich währenddessen änderten",
        "eine ungelesene Nachricht blieb beim ersten Ansehen ungelesen",
        "Verschlüsselung",
        "angesprochene Rechner, und kein anderer",
    ],
    proof_left: "Was in jedem Fall bleibt: der Zeitpunkt der letzten Anmeldung und Zeilen im Protokoll des Servers.",
    commands: "Gesendete Befehle, von denen keiner schreiben kann",
    count: "Anzahl",
    limits: "Grenzen und Annahmen",
    tornado_about: "Werte des Profils, die kein Dokument nennt. Jeder wird allein umgeschaltet; die Tabelle zeigt, wie das Ergebnis dann wäre.",
    value_now: "angenommen",
    basis: "Grundlage",
    no_effect: |n| {
        format!("{n} weitere Annahmen, die keinen der beiden Werte ändern oder die ein Postfach nicht zeigen kann")
    },
    method: "Methode",
    not_measured_about: "Ein Plug-in mag Folgendes lesen; ein Postfach zeigt es nicht. Es steckt in keiner Zahl dieses Berichts:",
    findings_none: "Niemand.",
    capped: |shown, all| {
        format!("Gezeigt sind die ersten {shown} von {all}. Alle stehen in result.json und im Format CSV.")
    },
    more_reasons: |n| format!("+{n} weitere"),
    held_back: "Zurückgehalten und ausgelassen",
    held_back_about: "Personen, die weitergegeben würden, wenn der Anbieter nicht zugesagt hätte, sie auszulassen.",
    suppressed: "Was dieser Bericht auslässt",
    suppressed_about: [
        "Stufe Zahlen: keine Liste von Personen; geschützte Beziehungen von weniger als fünf Personen werden nicht genannt.",
        "Stufe Pseudonyme: keine Namen, Adressen, Betreffzeilen, Ordnernamen oder Domains; Monate statt Tage; geschützte Beziehungen nur als Zahl.",
        "Stufe maskiert: Anfangsbuchstaben und gekürzte Adressen; geschützte Beziehungen nur als Zahl.",
        "Stufe Klartext: Nichts wird ausgelassen. Der Grund steht unter Herkunft.",
    ],
    held_by: "zurückgehalten, denn",
    provenance_about: "Dieselbe Datei ergibt dieselbe Seite, Byte für Byte.",
    schema: "Schema des Ergebnisses",
    delete: "zu löschen bis",
    verify: "erneut darstellen",
    browse: "Dieses Ergebnis durchsuchen",
    search: "Pseudonym, Name, Adresse, Organisation, Regel",
    search_go: "Suchen",
    becomes: "was daraus wird",
    found: |found, all| format!("{found} von {all} gefunden"),
    previous: "zurück",
    next: "weiter",
    back: "Zurück zur Suche",
    whole_report: "Der ganze Bericht",
    page_of: "Seite",
    other_page: "vertraulich",
    footer: "Modellrechnung von mailglean. Zahlen, keine Urteile; keine Rechtsberatung.",
    questions: [
        ("purpose", "Zweck der Prüfung"),
        ("private_use_allowed", "Private Nutzung des Postfachs erlaubt"),
        ("works_council_involved", "Betriebsrat beteiligt"),
        ("data_protection_officer_informed", "Datenschutzbeauftragte oder Datenschutzbeauftragter informiert"),
    ],
    folder_read: ["Ordner", "Art", "gelesen", "Nachrichten"],
};
