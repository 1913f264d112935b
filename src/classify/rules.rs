//! Decides, rule by rule, what speaks for which sphere. The order is the order in which reports name the reasons.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::observe::{Channel, PhoneKind};
use crate::people::domains::{DomainKind, LocalKind};
use crate::people::signals;

use super::case::{Case, Surname};
use super::{Escape, Sensitive, Sphere};

/// What follows if a rule holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Says {
    /// The sphere is decided; of several the first.
    Is(Sphere, f64),
    /// Weight for private, business and consumer, in log-odds.
    Leans(f64, f64, f64),
    Touches(Sensitive),
    Escapes(Escape),
}

/// One row of the table.
pub struct Rule {
    pub id: &'static str,
    pub says: Says,
    pub en: &'static str,
    pub de: &'static str,
    pub(super) holds: fn(&Case<'_>) -> bool,
    /// People whom the rule must match, and must not, in the language of the tests below.
    pub yes: &'static [&'static str],
    pub no: &'static [&'static str],
}

impl Rule {
    /// How often a decisive rule is right, as far as labelled mailboxes show it; of the others how often they point at
    /// the right sphere.
    pub fn certainty(&self) -> f64 {
        let (spoke, held) = measured(self.id).unwrap_or_default();
        certainty_from(if let Is(_, hand) = self.says { hand } else { 0.5 }, spoke, held)
    }
}

/// How often a rule spoke of a labelled person, and how often it was right; `None`: such a thing cannot be right or wrong.
pub fn measured(id: &str) -> Option<(u32, u32)> {
    MEASURED.get(id).copied()
}

/// A certainty set by hand, corrected by what was measured: it weighs as much as four people.
pub fn certainty_from(hand: f64, spoke: u32, held: u32) -> f64 {
    (f64::from(held) + hand * 4.0) / (f64::from(spoke) + 4.0)
}

static MEASURED: LazyLock<HashMap<&'static str, (u32, u32)>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        Some((cells.next()?, (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?)))
    };
    include_str!("data/measured.tsv").lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
});

use Says::{Escapes, Is, Leans, Touches};

/// All rules in their order.
pub const RULES: &[Rule] = &[
    // -- decided by one fact
    Rule {
        id: "owner",
        says: Is(Sphere::Own, 0.99),
        en: "an address of the mailbox's owner",
        de: "eine Adresse der Inhaberin oder des Inhabers",
        holds: |case| case.person.relation == crate::people::Relation::Own,
        yes: &["owner"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "machine-address",
        says: Is(Sphere::Automated, 0.98),
        en: "the address says that nobody reads answers",
        de: "die Adresse sagt, dass niemand Antworten liest",
        holds: |case| case.local(LocalKind::Machine),
        yes: &["no-reply@shop.example"],
        no: &["ann@shop.example"],
    },
    Rule {
        id: "newsletter-address",
        says: Is(Sphere::Automated, 0.95),
        en: "the address is a newsletter's",
        de: "die Adresse ist die eines Newsletters",
        holds: |case| case.local(LocalKind::Newsletter),
        yes: &["newsletter@shop.example"],
        no: &["ann@shop.example"],
    },
    Rule {
        id: "list-address",
        says: Is(Sphere::Automated, 0.95),
        en: "a mailing list's address",
        de: "die Adresse einer Mailingliste",
        holds: |case| {
            let labels = [
                "lists",
                "list",
                "listen",
                "liste",
                "listserv",
                "mailman",
                "groups",
                "googlegroups",
                "listes",
                "lijsten",
            ];
            let at_lists = case
                .person
                .emails
                .iter()
                .any(|email| email.domain().split('.').next().is_some_and(|label| labels.contains(&label)));
            let target = case.around(signals!["list-target"]) || case.answered(signals!["list-target"]);
            at_lists || target && !case.wrote()
        },
        yes: &["walkers@lists.club.example", "alle@firm.example around:list-target"],
        no: &["ann@club.example"],
    },
    Rule {
        id: "list-sender",
        says: Is(Sphere::Automated, 0.93),
        en: "sends nothing but newsletters or generated mail, under no person's name",
        de: "sendet nur Newsletter oder erzeugte Mails, unter keinem Personennamen",
        holds: |case| {
            let bulk = case.sounds(signals!["list", "unsubscribe", "bulk"]);
            let generated = case.sounds(signals!["generated"]) && !case.sounds(signals!["reply"]);
            let desk =
                case.person.emails.iter().any(|email| {
                    ["helpdesk", "support", "desk", "ticket"].iter().any(|word| email.local().contains(word))
                });
            // A reminder or an advice note is generated too, but an office signs it.
            let role = case.local(LocalKind::Role);
            let office = role && case.sounds(signals!["block"])
                || ["school", "practice", "parish"].iter().any(|class| case.is(class));
            let machine = bulk || generated && (!office || desk || case.sounds(signals!["ticket"]));
            let own_name = case.named_as_person() && (case.spelled() || !bulk);
            machine && !case.sounds(signals!["by-hand"]) && (!own_name || role) && !case.mailbox_only()
        },
        yes: &["editors@wire.example sound:list", "support@shop.example sound:generated"],
        no: &[
            "ann.weber@firm.example name:Ann_Weber sound:list",
            "editors@wire.example sound:by-hand",
            "termin@zahnarzt-nord.example sound:generated",
        ],
    },
    Rule {
        id: "role-address",
        says: Is(Sphere::Role, 0.96),
        en: "a shared address of an organisation, no person's",
        de: "eine Sammeladresse einer Organisation, keine Person",
        holds: |case| case.local(LocalKind::Role) && !case.local(LocalKind::Person) && !case.signs_alone(),
        yes: &["info@firm.example", "sekretariat@schule-nord.example"],
        no: &[
            "ann@firm.example",
            "finance@firm.example name:Anna_Weber seen:sender",
            "leitung@firm.example name:Anna_Weber seen:signature",
        ],
    },
    Rule {
        id: "organisation-as-name",
        says: Is(Sphere::Role, 0.85),
        en: "bears an organisation's name and no person's",
        de: "trägt den Namen einer Organisation und keiner Person",
        holds: |case| {
            let names = &case.person.names;
            let all = !names.is_empty()
                && names.keys().all(|name| super::case::is_organisation_name(name, &case.person.emails));
            !case.own_domain
                && all
                && !case.mailbox_only()
                && !case.local(LocalKind::Machine)
                && !case.local(LocalKind::Newsletter)
                && !case.signs_alone()
        },
        yes: &[
            "hope@northhospice.example name:North_Hospice",
            "stoerung@netz-see.example name:Netz_See_Störungsdienst",
        ],
        no: &["ann@firm.example", "ann.weber@firm.example name:Anna_Weber", "ann.weber@firm.example name:Weber"],
    },
    Rule {
        id: "own-domain",
        says: Is(Sphere::Colleague, 0.97),
        en: "an address at the owner's own organisation",
        de: "eine Adresse bei der eigenen Organisation",
        holds: |case| case.own_domain && !(case.vanity && case.owners_surname.is_some()),
        yes: &["ann@hafenkontor.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "sister-organisation",
        says: Is(Sphere::Colleague, 0.85),
        en: "an address at a branch or subsidiary of the owner's organisation",
        de: "eine Adresse bei einer Schwester oder Tochter der eigenen Organisation",
        holds: |case| case.sister,
        yes: &["ann@hafenkontor-swiss.example"],
        no: &["ann@hafenblick.example"],
    },
    Rule {
        id: "own-officer",
        says: Is(Sphere::Colleague, 0.9),
        en: "named in the owner's own organisation's footer or signature",
        de: "steht in Fußzeile oder Signatur der eigenen Organisation",
        holds: |case| case.person.emails.is_empty() && case.own_organisation,
        yes: &["name:Ann_Weber seen:footer org:Hafenkontor_GmbH"],
        no: &["name:Ann_Weber seen:footer org:Firm_GmbH"],
    },
    Rule {
        id: "officer",
        says: Is(Sphere::Business, 0.96),
        en: "an officer named in a legal footer",
        de: "in einer Pflichtangabe genannt (Geschäftsführung, Vorstand)",
        holds: |case| case.only_in(&[Channel::Footer]),
        yes: &["name:Ann_Weber seen:footer org:Firm_GmbH"],
        no: &["ann@firm.example seen:footer seen:sender"],
    },
    // -- the address
    Rule {
        id: "free-mail",
        says: Leans(0.2, -0.4, 1.2),
        en: "a free mailbox that anybody can have",
        de: "ein Gratis-Postfach, das jeder haben kann",
        holds: |case| {
            case.has_kind(DomainKind::FreeMail)
                || case.has_kind(DomainKind::Disposable)
                || case.has_kind(DomainKind::Relay)
        },
        yes: &["ann@gmx.de"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "provider-mix",
        says: Leans(0.5, -0.3, 0.6),
        en: "a domain that a provider's customers and staff share",
        de: "eine Domain, die sich Kunden und Belegschaft eines Anbieters teilen",
        holds: |case| case.has_kind(DomainKind::Mixed),
        yes: &["ann@vodafone.de"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "access-provider",
        says: Leans(0.8, -0.75, 1.1),
        en: "a mailbox that comes with an internet connection",
        de: "ein Postfach zum Internetanschluss",
        holds: |case| case.has_kind(DomainKind::AccessProvider),
        yes: &["ann@t-online.de"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "paid-mail",
        says: Leans(1.4, -0.8, 0.35),
        en: "a paid private mailbox",
        de: "ein bezahltes privates Postfach",
        holds: |case| case.has_kind(DomainKind::PaidMail),
        yes: &["ann@posteo.de"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "family-domain",
        says: Leans(0.9, -0.35, 1.55),
        en: "a domain of the person's own name or family",
        de: "eine Domain des eigenen Namens oder der Familie",
        holds: |case| case.vanity,
        yes: &["ann.weber@weber.example name:Ann_Weber", "ann@familie-weber.example"],
        no: &["ann.weber@weber-bau.example name:Ann_Weber"],
    },
    Rule {
        id: "organisation-domain",
        says: Leans(-0.4, 0.75, -1.65),
        en: "an address at an organisation",
        de: "eine Adresse bei einer Organisation",
        holds: |case| !case.domains.is_empty() && !case.vanity && case.organised(),
        yes: &["ann@firm.example"],
        no: &["ann@gmx.de"],
    },
    // -- what kind of organisation
    Rule {
        id: "student",
        says: Leans(0.2, -1.15, 1.35),
        en: "a student, an apprentice or a pensioner: a natural person",
        de: "in Studium, Ausbildung oder Ruhestand: eine Privatperson",
        holds: |case| {
            case.titles.contains("student")
                || case
                    .person
                    .emails
                    .iter()
                    .any(|email| ["student.", "stud.", "alumni."].iter().any(|start| email.domain().starts_with(start)))
        },
        yes: &["ann@student.uni-nord.example"],
        no: &["ann@uni-nord.example"],
    },
    Rule {
        id: "club",
        says: Leans(1.3, -0.45, -0.5),
        en: "a club or an association",
        de: "ein Verein",
        holds: |case| case.is_foreign("club") || case.titles.contains("club") && !case.firm && !case.own_domain,
        yes: &["ann@tsv-nord.example", "ann@gmx.de org:Ruderverein_Nord_e.V."],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "class-teacher",
        says: Leans(1.45, -0.85, -0.45),
        en: "teaches or looks after children, by the signature",
        de: "unterrichtet oder betreut Kinder, nach der Signatur",
        holds: |case| {
            case.titles.contains("minor")
                && !["school", "club"].iter().any(|class| case.context.owner_classes.contains(class))
        },
        yes: &["ann@grundschule-nord.example title:Klassenlehrerin_2a"],
        no: &["ann@grundschule-nord.example"],
    },
    Rule {
        id: "school",
        says: Leans(1.3, -0.4, -0.35),
        en: "a school or a nursery",
        de: "eine Schule oder Kita",
        holds: |case| case.is_foreign("school") && !case.is("university"),
        yes: &["ann@grundschule-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "practice",
        says: Leans(1.55, -0.6, -0.55),
        en: "a doctor's or therapist's practice",
        de: "eine Arzt- oder Therapiepraxis",
        holds: |case| {
            case.is_foreign("practice")
                || case.titles.contains("health") && !case.context.owner_classes.contains("practice")
        },
        yes: &["ann@praxis-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "parish",
        says: Leans(1.35, -0.35, -0.5),
        en: "a parish or religious community",
        de: "eine Kirchen- oder Religionsgemeinde",
        holds: |case| {
            case.is_foreign("parish")
                || case.titles.contains("religion") && !case.context.owner_classes.contains("parish")
        },
        yes: &["ann@st-martin-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "union-or-party",
        says: Leans(2.0, -0.6, -0.8),
        en: "a trade union or a political party",
        de: "eine Gewerkschaft oder Partei",
        holds: |case| ["union", "party"].iter().any(|class| case.is_foreign(class)),
        yes: &["ann@gewerkschaft-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "veterinary",
        says: Leans(1.2, -0.35, -0.45),
        en: "a vet's practice",
        de: "eine Tierarztpraxis",
        holds: |case| case.is_foreign("vet"),
        yes: &["ann@tierarzt-nord.example"],
        no: &["ann@praxis-nord.example"],
    },
    Rule {
        id: "treatment",
        says: Leans(1.75, -1.0, -0.35),
        en: "a practice writes about findings, appointments or treatment",
        de: "eine Praxis schreibt über Befund, Termin oder Behandlung",
        holds: |case| {
            let practice = case.is_foreign("practice")
                || case.titles.contains("health") && !case.context.owner_classes.contains("practice");
            practice && (case.between(signals!["health"]) || case.is_silent() && case.around(signals!["health"]))
        },
        yes: &["ann@praxis-nord.example sound:health"],
        no: &["ann@praxis-nord.example", "ann@firm.example sound:health"],
    },
    Rule {
        id: "child-at-school",
        says: Leans(1.0, -0.55, -0.35),
        en: "a school or club writes about a child",
        de: "eine Schule oder ein Verein schreibt über ein Kind",
        holds: |case| {
            (case.is_foreign("school") || case.titles.contains("minor"))
                && (case.between(signals!["minor"]) || case.around(signals!["minor"]))
        },
        yes: &["ann@grundschule-nord.example sound:minor"],
        no: &["ann@grundschule-nord.example"],
    },
    Rule {
        id: "family-lawyer",
        says: Leans(3.8, -0.8, -1.0),
        en: "a family lawyer",
        de: "eine Kanzlei für Familienrecht",
        holds: |case| case.titles.contains("family-law") && !case.context.owner_classes.contains("law"),
        yes: &["ann@kanzlei-nord.example title:Fachanwältin_für_Familienrecht"],
        no: &["ann@kanzlei-nord.example title:Rechtsanwältin"],
    },
    Rule {
        id: "landlord",
        says: Leans(1.45, -0.6, -0.3),
        en: "lets or manages flats",
        de: "vermietet oder verwaltet Wohnungen",
        holds: |case| case.is_foreign("landlord"),
        yes: &["ann@hausverwaltung-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "authority",
        says: Leans(-0.3, 0.65, -0.65),
        en: "a public authority",
        de: "eine Behörde",
        holds: |case| case.is("authority"),
        yes: &["ann@finanzamt-nord.example"],
        no: &["ann@firm.example"],
    },
    // -- who it is
    Rule {
        id: "owners-family-name",
        says: Leans(2.85, -1.2, -1.25),
        en: "bears the owner's family name",
        de: "trägt den Familiennamen der Inhaberin oder des Inhabers",
        holds: |case| case.owners_surname == Some(Surname::Rare),
        yes: &["tim.osterkamp@gmx.de name:Tim_Osterkamp"],
        no: &["tim.weber@gmx.de name:Tim_Weber"],
    },
    Rule {
        id: "owners-common-name",
        says: Leans(1.25, -0.45, -0.4),
        en: "bears the owner's family name, which is a common one",
        de: "trägt den (häufigen) Familiennamen der Inhaberin oder des Inhabers",
        holds: |case| case.owners_surname == Some(Surname::Common),
        yes: &["tim.keller@gmx.de name:Tim_Keller"],
        no: &["tim.weber@gmx.de name:Tim_Weber"],
    },
    Rule {
        id: "private-alias",
        says: Leans(1.45, -1.15, -0.5),
        en: "writes to the owner's private address, or is written to from it",
        de: "schreibt an die private Adresse oder bekommt von ihr Post",
        holds: |case| case.between(signals!["private-alias"]) || case.around(signals!["private-alias"]),
        yes: &["ann@gmx.de sound:private-alias", "ann@gmx.de around:private-alias"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "private-category",
        says: Leans(2.5, -1.0, -1.0),
        en: "stands in a private group of the address book",
        de: "steht in einer privaten Gruppe des Adressbuchs",
        holds: |case| case.categories.contains("private") && !case.categories.contains("consumer"),
        yes: &["ann@gmx.de category:Familie"],
        no: &["ann@gmx.de category:Kunden"],
    },
    Rule {
        id: "business-category",
        says: Leans(-1.5, 1.2, 0.4),
        en: "stands in a business group of the address book",
        de: "steht in einer geschäftlichen Gruppe des Adressbuchs",
        holds: |case| case.categories.contains("business"),
        yes: &["ann@gmx.de category:Kunden"],
        no: &["ann@gmx.de category:Familie"],
    },
    // -- where it lies
    Rule {
        id: "private-folder",
        says: Leans(3.3, -1.55, -1.25),
        en: "seen in a folder of private mail",
        de: "in einem privaten Ordner gesehen",
        holds: |case| case.folders.contains("private"),
        yes: &["ann@gmx.de folder:Privat"],
        no: &["ann@gmx.de folder:Kunden", "ann@gmx.de folder:Privatkunden"],
    },
    Rule {
        id: "filed-elsewhere",
        says: Leans(-1.65, 0.8, 0.75),
        en: "the owner keeps private mail in folders of its own, and this person's is not there",
        de: "private Post liegt in eigenen Ordnern, die dieser Person nicht",
        holds: |case| {
            let telling =
                ["union", "party"].iter().any(|class| case.is_foreign(class)) || case.titles.contains("family-law");
            case.context.files_privately
                && case.wrote()
                && !case.folders.contains("private")
                && !case.own_domain
                && !telling
        },
        yes: &["ann@gmx.de wrote files"],
        no: &["ann@gmx.de wrote", "ann@gmx.de wrote files folder:Privat"],
    },
    Rule {
        id: "listed-alone",
        says: Leans(0.85, -0.4, -0.45),
        en: "kept in the address book with a private mailbox, without mail",
        de: "mit privatem Postfach im Adressbuch, ohne Mailverkehr",
        holds: |case| {
            case.only_in(&[Channel::AddressBook]) && case.mailbox_only() && case.person.organisations.is_empty()
        },
        yes: &["ann@t-online.de seen:address_book"],
        no: &["ann@t-online.de", "ann@firm.example seen:address_book"],
    },
    Rule {
        id: "consumer-folder",
        says: Leans(-1.2, -0.4, 2.05),
        en: "seen in a folder for private customers or applicants",
        de: "in einem Ordner für Privatkunden oder Bewerbungen gesehen",
        holds: |case| case.folders.contains("consumer"),
        yes: &["ann@gmx.de folder:Privatkunden"],
        no: &["ann@gmx.de folder:Privat"],
    },
    Rule {
        id: "business-folder",
        says: Leans(-1.6, 1.1, 0.5),
        en: "seen in a business folder",
        de: "in einem geschäftlichen Ordner gesehen",
        holds: |case| case.folders.contains("business"),
        yes: &["ann@gmx.de folder:Kunden"],
        no: &["ann@gmx.de folder:Privat"],
    },
    // -- how it sounds
    Rule {
        id: "first-name-terms",
        says: Leans(1.1, -0.55, -0.65),
        en: "on first-name terms (German du)",
        de: "duzt sich mit der Inhaberin oder dem Inhaber",
        holds: |case| case.between(signals!["du"]),
        yes: &["ann@gmx.de sound:du"],
        no: &["ann@gmx.de sound:sie"],
    },
    Rule {
        id: "formal-terms",
        says: Leans(-0.4, 0.35, 0.15),
        en: "on formal terms (German Sie, Dear Mr)",
        de: "siezt sich mit der Inhaberin oder dem Inhaber",
        holds: |case| case.between_formally() && !case.between(signals!["du"]),
        yes: &["ann@gmx.de sound:sie"],
        no: &["ann@gmx.de sound:du"],
    },
    Rule {
        id: "outside-office-hours",
        says: Leans(0.3, -0.3, 0.3),
        en: "writes in the evening or at weekends only",
        de: "schreibt nur abends oder am Wochenende",
        holds: |case| case.sounds(signals!["evening", "weekend"]) && !case.sounds(signals!["office-hours"]),
        yes: &["ann@gmx.de sound:weekend"],
        no: &["ann@gmx.de sound:office-hours", "ann@gmx.de sound:evening sound:office-hours"],
    },
    Rule {
        id: "owner-signs-first",
        says: Leans(0.95, -0.75, -0.25),
        en: "the owner signs letters to this person with the first name alone",
        de: "die Inhaberin oder der Inhaber unterschreibt Briefe an diese Person nur mit dem Vornamen",
        holds: |case| case.answered(signals!["signed-first"]) && !case.answered(signals!["signed-full"]),
        yes: &["ann@firm.example answered:signed-first"],
        no: &["ann@firm.example answered:signed-full", "ann@firm.example sound:signed-first"],
    },
    Rule {
        id: "owner-signs-full",
        says: Leans(-0.5, -0.2, 0.7),
        en: "the owner signs letters to this person with the surname",
        de: "die Inhaberin oder der Inhaber unterschreibt Briefe an diese Person mit dem Familiennamen",
        holds: |case| case.answered(signals!["signed-full"]),
        yes: &["ann@firm.example answered:signed-full"],
        no: &["ann@firm.example answered:signed-first"],
    },
    Rule {
        id: "signs-first",
        says: Leans(0.95, -0.45, -0.3),
        en: "signs with the first name alone",
        de: "unterschreibt nur mit dem Vornamen",
        holds: |case| case.sounds(signals!["signed-first"]) && !case.sounds(signals!["signed-full"]),
        yes: &["ann@firm.example sound:signed-first"],
        no: &["ann@firm.example sound:signed-first sound:signed-full", "ann@firm.example"],
    },
    Rule {
        id: "first-name-greeting",
        says: Leans(-0.4, 0.45, 0.05),
        en: "is greeted by the first name, or greets so",
        de: "wird mit dem Vornamen begrüßt oder grüßt so",
        holds: |case| case.between(signals!["greet-first"]) && !case.between_formally(),
        yes: &["ann@firm.example sound:greet-first"],
        no: &["ann@firm.example sound:greet-first sound:sie", "ann@firm.example"],
    },
    Rule {
        id: "no-word-of-business",
        says: Leans(0.05, -0.25, 0.3),
        en: "no letter between them says a word of business",
        de: "in keinem Brief zwischen beiden steht ein Wort vom Geschäft",
        holds: |case| !case.is_silent() && !case.between(signals!["business", "subject-business"]),
        yes: &["ann@firm.example sound:private"],
        no: &["ann@firm.example", "ann@firm.example sound:business", "ann@firm.example answered:subject-business"],
    },
    Rule {
        id: "creed-or-cause",
        says: Leans(1.4, -0.65, -0.65),
        en: "writes about worship, a party's campaign or a union's matters",
        de: "schreibt über Gottesdienst, Wahlkampf oder Gewerkschaft",
        holds: |case| {
            case.between(signals!["religion", "union", "politics"])
                && !["parish", "union", "party"].iter().any(|class| case.context.owner_classes.contains(class))
        },
        yes: &["ann@firm.example sound:religion", "ann@firm.example answered:politics"],
        no: &["ann@firm.example", "ann@firm.example around:union"],
    },
    Rule {
        id: "owners-lawyer",
        says: Leans(2.6, -1.05, -0.95),
        en: "a lawyer or notary who writes about an estate, a divorce or a house of the owner's",
        de: "Kanzlei oder Notariat in einer Sache der Inhaberin oder des Inhabers (Erbe, Scheidung, Hauskauf)",
        holds: |case| {
            let lawyer = case.is("law") || case.titles.contains("legal") || case.titles.contains("notary");
            let matter = signals!["estate", "family-law", "home-buying"];
            lawyer && case.between(matter) && !case.context.owner_classes.contains("law")
        },
        yes: &["ann@kanzlei-nord.example sound:estate", "ann@firm.example title:Notarin answered:home-buying"],
        no: &[
            "ann@kanzlei-nord.example",
            "ann@firm.example sound:estate",
            "ann@kanzlei-nord.example sound:estate trade:law",
        ],
    },
    Rule {
        id: "home-buying",
        says: Leans(1.45, -0.75, -0.2),
        en: "writes about buying a home",
        de: "schreibt über einen Haus- oder Wohnungskauf",
        holds: |case| {
            case.sounds(signals!["home-buying"])
                && !["landlord", "bank", "law"].iter().any(|class| case.context.owner_classes.contains(class))
        },
        yes: &["ann@firm.example sound:home-buying"],
        no: &["ann@firm.example", "ann@firm.example sound:home-buying trade:landlord"],
    },
    Rule {
        id: "family-greeting",
        says: Leans(1.55, -0.6, -0.95),
        en: "greets like family",
        de: "grüßt wie Familie",
        holds: |case| case.between(signals!["greet-family"]),
        yes: &["ann@gmx.de sound:greet-family"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "private-closing",
        says: Leans(0.6, -0.2, -0.25),
        en: "closes privately (LG, hugs)",
        de: "schließt privat (LG, Kuss)",
        holds: |case| case.between(signals!["close-private"]),
        yes: &["ann@gmx.de sound:close-private"],
        no: &["ann@gmx.de sound:close-business"],
    },
    Rule {
        id: "business-closing",
        says: Leans(-0.55, 0.45, 0.1),
        en: "closes formally (kind regards)",
        de: "schließt förmlich (mit freundlichen Grüßen)",
        holds: |case| case.sounds(signals!["close-business"]) && !case.sounds(signals!["close-private"]),
        yes: &["ann@gmx.de sound:close-business"],
        no: &["ann@gmx.de sound:close-private"],
    },
    Rule {
        id: "private-words",
        says: Leans(0.5, -0.45, 0.15),
        en: "writes about private matters",
        de: "schreibt über Privates",
        holds: |case| {
            case.between(signals!["private", "subject-private"])
                || case.between(signals!["housing"]) && !case.context.owner_classes.contains("landlord")
        },
        yes: &["ann@gmx.de sound:private"],
        no: &["ann@gmx.de sound:business"],
    },
    Rule {
        id: "business-words",
        says: Leans(-0.7, 0.8, 0.0),
        en: "writes about business",
        de: "schreibt über Geschäftliches",
        holds: |case| case.between(signals!["business", "subject-business"]),
        yes: &["ann@gmx.de sound:business"],
        no: &["ann@gmx.de sound:private"],
    },
    Rule {
        id: "consumer-words",
        says: Leans(-0.75, -0.45, 1.7),
        en: "writes as a customer or applicant",
        de: "schreibt als Kundin, Kunde oder Bewerber",
        holds: |case| {
            let trade = [
                (signals!["housing"], "landlord"),
                (signals!["health"], "practice"),
                (signals!["minor"], "school"),
                (signals!["family-law"], "law"),
            ];
            // A craftsman writes about flats, too, and signs for it.
            case.between(signals!["consumer", "subject-consumer"])
                || !case.speaks_for_one()
                    && trade
                        .iter()
                        .any(|(signal, class)| case.between(*signal) && case.context.owner_classes.contains(class))
        },
        yes: &["ann@gmx.de sound:subject-consumer"],
        no: &["ann@gmx.de sound:private", "ann@gmx.de sound:housing"],
    },
    Rule {
        id: "own-matter",
        says: Leans(-0.2, -0.85, 1.25),
        en: "writes formally about a thing of his or her own (flat, key, application)",
        de: "schreibt förmlich über etwas Eigenes (Wohnung, Schlüssel, Bewerbung)",
        holds: |case| case.sounds(signals!["own-matter"]) && !case.between(signals!["du"]) && case.between_formally(),
        yes: &["ann@gmx.de sound:own-matter sound:sie"],
        no: &["ann@gmx.de sound:own-matter", "ann@gmx.de sound:own-matter sound:sie sound:du"],
    },
    Rule {
        id: "serves-the-public",
        says: Leans(-0.55, 0.25, 0.4),
        en: "the owner's organisation serves natural persons, and this is one's mailbox",
        de: "die eigene Organisation ist für Privatpersonen da, und dies ist ein privates Postfach",
        holds: |case| {
            let public = ["authority", "landlord", "practice", "school", "law", "insurance", "bank", "shop", "holiday"];
            case.mailbox_only()
                && case.wrote()
                && !case.between(signals!["du", "greet-family"])
                && case.person.organisations.is_empty()
                && public.iter().any(|class| case.context.owner_classes.contains(class))
        },
        yes: &["ann@gmx.de wrote trade:authority"],
        no: &[
            "ann@gmx.de wrote",
            "ann@gmx.de wrote trade:authority sound:du",
            "ann@firm.example wrote trade:authority",
        ],
    },
    Rule {
        id: "owner-as-customer",
        says: Leans(1.8, -0.85, -0.55),
        en: "writes to the owner about the owner's own home, family or body",
        de: "schreibt der Inhaberin oder dem Inhaber über deren eigene Wohnung, Familie oder Gesundheit",
        holds: |case| {
            case.sounds(signals!["your-matter"]) && !case.own_domain && !case.context.owner_classes.contains("landlord")
        },
        yes: &["ann@firm.example sound:your-matter"],
        no: &["ann@firm.example answered:your-matter", "ann@hafenkontor.example sound:your-matter"],
    },
    Rule {
        id: "owner-serves-a-customer",
        says: Leans(-0.65, -0.8, 1.65),
        en: "the owner writes formally about this person's own home, family or body",
        de: "die Inhaberin oder der Inhaber schreibt förmlich über Wohnung, Familie oder Gesundheit dieser Person",
        holds: |case| {
            case.answered(signals!["your-matter"]) && case.between_formally() && !case.between(signals!["du"])
        },
        yes: &["ann@gmx.de answered:your-matter answered:sie"],
        no: &["ann@gmx.de sound:your-matter sound:sie", "ann@gmx.de answered:your-matter answered:du"],
    },
    Rule {
        id: "formal-on-a-mailbox",
        says: Leans(-0.7, -0.15, 0.65),
        en: "writes formally from a private mailbox, and for no firm",
        de: "schreibt förmlich von einem privaten Postfach und für keine Firma",
        holds: |case| {
            case.mailbox_only()
                && case.wrote()
                && case.between_formally()
                && !case.between(signals!["du"])
                && case.person.organisations.is_empty()
                && !case.titles.contains("business")
                && !case.folders.contains("private")
        },
        yes: &["ann@gmx.de wrote sound:sie"],
        no: &[
            "ann@firm.example wrote sound:sie",
            "ann@gmx.de wrote sound:du",
            "ann@gmx.de wrote sound:sie org:Firm_GmbH",
        ],
    },
    // -- the signature
    Rule {
        id: "firm-signature",
        says: Leans(-0.7, 0.95, -1.0),
        en: "signs for a firm",
        de: "unterschreibt für eine Firma",
        holds: |case| case.firm,
        yes: &["ann@gmx.de org:Firm_GmbH"],
        no: &["ann@gmx.de org:Ruderverein_e.V."],
    },
    Rule {
        id: "trade-on-a-mailbox",
        says: Leans(-1.4, 2.95, -1.8),
        en: "a sole trader's signature on a mailbox that anybody can have",
        de: "Signatur eines Gewerbes unter einem Postfach, das jeder haben kann",
        holds: |case| {
            let private = ["club", "school", "practice", "parish", "union", "party", "family"];
            let person = &case.person;
            let signs = !person.organisations.is_empty() && !private.iter().any(|class| case.is(class));
            let titles = ["health", "religion", "politics", "union", "minor", "club", "student"];
            let trade = !person.titles.is_empty() && !titles.iter().any(|class| case.titles.contains(class));
            case.mailbox_only() && (signs || trade || case.is("craft") && case.firm)
        },
        yes: &["ann@gmx.de title:Grafikerin", "ann@hotmail.co.uk org:Weber_Letterpress"],
        no: &[
            "ann@firm.example title:Einkauf",
            "ann@gmx.de title:Physiotherapeutin",
            "ann@gmx.de org:Ruderverein_Nord",
        ],
    },
    Rule {
        id: "business-title",
        says: Leans(-0.1, 0.6, -0.8),
        en: "signs with a position",
        de: "unterschreibt mit einer Funktion",
        holds: |case| case.titles.contains("business") && !case.titles.contains("student") && !case.mailbox_only(),
        yes: &["ann@firm.example title:Leiter_Einkauf"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "fax",
        says: Leans(-0.6, 0.8, -0.6),
        en: "has a fax number",
        de: "hat eine Faxnummer",
        holds: |case| case.has_phone(PhoneKind::Fax),
        yes: &["ann@firm.example phone:fax"],
        no: &["ann@firm.example phone:work"],
    },
    Rule {
        id: "home-number",
        says: Leans(0.95, -1.0, 0.35),
        en: "gives a home number",
        de: "nennt eine private Nummer",
        holds: |case| case.has_phone(PhoneKind::Home),
        yes: &["ann@gmx.de phone:home"],
        no: &["ann@firm.example phone:work"],
    },
    // -- whom it was seen with
    Rule {
        id: "own-matter-from-work",
        says: Leans(0.6, -1.65, 4.45),
        en: "writes from work about a matter of his or her own",
        de: "schreibt von der Arbeit in eigener Sache",
        holds: |case| {
            let own = case.sounds(signals!["about-private"])
                || case.sounds(signals!["own-matter"]) && case.between_formally();
            !case.domains.is_empty()
                && !case.vanity
                && own
                && !case.folders.contains("private")
                && !case.sounds(signals!["du"])
        },
        yes: &["ann@firm.example sound:about-private", "ann@firm.example sound:own-matter sound:sie"],
        no: &["ann@gmx.de sound:about-private", "ann@firm.example"],
    },
    Rule {
        id: "around-private",
        says: Leans(0.8, -0.45, -0.25),
        en: "named in letters about private matters",
        de: "in Briefen über Privates genannt",
        holds: |case| {
            case.is_silent()
                && case.around(signals!["private", "subject-private", "greet-family", "close-private"])
                && !case.around(signals!["subject-business"])
        },
        yes: &["ann@gmx.de around:private"],
        no: &["ann@gmx.de around:business", "ann@gmx.de around:private sound:sie"],
    },
    Rule {
        id: "around-business",
        says: Leans(-0.75, 0.7, 0.05),
        en: "named in letters about business",
        de: "in geschäftlichen Briefen genannt",
        holds: |case| case.is_silent() && case.around(signals!["business", "subject-business", "close-business"]),
        yes: &["ann@gmx.de around:business"],
        no: &["ann@gmx.de around:private"],
    },
    Rule {
        id: "private-company",
        says: Leans(3.0, -1.2, -1.2),
        en: "seen among private people",
        de: "unter privaten Kontakten gesehen",
        holds: |case| case.company.private.is_some_and(|mean| mean > 0.5) && !case.company.colleague,
        yes: &["ann@firm.example company:0.9"],
        no: &["ann@firm.example company:0.1", "ann@firm.example"],
    },
    Rule {
        id: "consumer-company",
        says: Leans(-1.2, -0.2, 2.0),
        en: "seen among consumers",
        de: "unter Privatkundinnen und Privatkunden gesehen",
        holds: |case| case.company.consumer > 0.5,
        yes: &["ann@gmx.de consumers:0.9"],
        no: &["ann@gmx.de company:0.1", "ann@gmx.de"],
    },
    Rule {
        id: "business-company",
        says: Leans(-1.8, 0.9, 0.5),
        en: "seen among business contacts",
        de: "unter geschäftlichen Kontakten gesehen",
        holds: |case| case.company.private.is_some_and(|mean| mean < 0.5),
        yes: &["ann@gmx.de company:0.1"],
        no: &["ann@gmx.de company:0.9", "ann@gmx.de"],
    },
    // -- what the contact alone tells
    Rule {
        id: "health",
        says: Touches(Sensitive::Health),
        en: "a doctor's, therapist's or hospital's contact",
        de: "Kontakt einer Praxis, Therapie oder Klinik",
        holds: |case| {
            // A relative who works in a hospital says nothing about the owner's health.
            let kin = case.owners_surname.is_some() || case.between(signals!["greet-family", "close-private"]);
            case.titles.contains("health") && !case.is("vet") && !kin
                || case.titles.contains("companydoctor")
                || case.titles.contains("sbv")
                || case.is("practice") && !kin && !case.between(signals!["du"])
        },
        yes: &["ann@zahnarzt-nord.example", "ann@gmx.de title:Physiotherapeutin"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "legal",
        says: Touches(Sensitive::Legal),
        en: "a lawyer's or notary's contact",
        de: "Kontakt einer Kanzlei oder eines Notariats",
        holds: |case| {
            let lawyer = case.titles.contains("legal") || case.is("law") && !case.titles.contains("notary");
            let adviser = case.titles.contains("adviser") && case.is("law");
            // A relative's family lawyer, known from a forwarded letter, tells of a family matter and of no case of the owner's.
            // To a law firm other lawyers are daily business.
            let trade = case.context.owner_classes.contains("law");
            (lawyer || adviser) && !trade && !(case.titles.contains("family-law") && case.is_silent())
        },
        yes: &["ann@kanzlei-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "union",
        says: Touches(Sensitive::Union),
        en: "a trade union's or works council's contact",
        de: "Kontakt einer Gewerkschaft oder eines Betriebsrats",
        holds: |case| {
            case.is("union")
                || case.titles.contains("union")
                || case.speaks_for_one() && case.sounds(signals!["union"])
                || case.person.emails.iter().any(|email| super::lists::CLASSES.of(email.local()).contains("union"))
        },
        yes: &["betriebsrat@firm.example", "ann@firm.example title:Vorsitzende_des_Betriebsrats"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "religion",
        says: Touches(Sensitive::Religion),
        en: "a religious community's contact",
        de: "Kontakt einer Religionsgemeinschaft",
        holds: |case| {
            case.is("parish")
                || case.titles.contains("religion")
                || case.speaks_for_one() && case.sounds(signals!["religion"])
        },
        yes: &["ann@st-martin-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "politics",
        says: Touches(Sensitive::Politics),
        en: "a political party's contact",
        de: "Kontakt einer Partei oder Wählergruppe",
        holds: |case| {
            case.is("party")
                || case.titles.contains("politics")
                || case.speaks_for_one() && case.sounds(signals!["politics"])
        },
        yes: &["ann@gruene-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "family-law",
        says: Touches(Sensitive::FamilyLaw),
        en: "a family lawyer's contact",
        de: "Kontakt für Familienrecht",
        holds: |case| {
            let lawyer = case.is("law") || case.titles.contains("legal");
            case.titles.contains("family-law") || case.is("familylaw") || lawyer && case.between(signals!["family-law"])
        },
        yes: &["ann@kanzlei-nord.example title:Fachanwältin_für_Familienrecht"],
        no: &["ann@kanzlei-nord.example"],
    },
    Rule {
        id: "minor",
        says: Touches(Sensitive::Minor),
        en: "a child's or a child's school's contact",
        de: "Kontakt eines Kindes oder seiner Schule",
        holds: |case| {
            let school = case.is("school") && !case.is("university") || case.titles.contains("minor");
            // A parent of the class: writes about school, on first-name terms, from home.
            let parent = case.sounds(signals!["minor"]) && case.between(signals!["du"]) && case.mailbox_only();
            school
                || parent
                || case.sounds(signals!["age"])
                || case.is_born_late()
                || case.names_a_child()
                || case.is_child()
        },
        yes: &["ann@grundschule-nord.example", "ann@gmx.de sound:age", "ann@gmx.de name:Ann_Weber_(Mama_von_Ben)"],
        no: &["ann@firm.example"],
    },
    // -- why the vendor's filter does not stop a private person
    Rule {
        id: "escape-access-provider",
        says: Escapes(Escape::AccessProvider),
        en: "the mailbox comes with an internet connection and stands on no free-mail list",
        de: "das Postfach gehört zum Internetanschluss und steht auf keiner Freemail-Liste",
        holds: |case| case.has_kind(DomainKind::AccessProvider),
        yes: &["ann@ewetel.net"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "escape-own-domain",
        says: Escapes(Escape::OwnDomain),
        en: "the person has a domain of his or her own",
        de: "die Person hat eine eigene Domain",
        holds: |case| case.vanity,
        yes: &["ann@familie-weber.example"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "escape-paid-mail",
        says: Escapes(Escape::PaidMail),
        en: "a paid mailbox looks like a firm's",
        de: "ein bezahltes Postfach sieht aus wie das einer Firma",
        holds: |case| case.has_kind(DomainKind::PaidMail),
        yes: &["ann@posteo.de"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "escape-club-school-practice",
        says: Escapes(Escape::ClubSchoolPractice),
        en: "writes from a club, a school, a practice or a parish",
        de: "schreibt aus Verein, Schule, Praxis oder Gemeinde",
        holds: |case| {
            !case.domains.is_empty()
                && !case.vanity
                && ["club", "school", "practice", "parish", "union", "party"].iter().any(|class| case.is(class))
        },
        yes: &["ann@tsv-nord.example"],
        no: &["ann@gmx.de org:TSV_Nord"],
    },
    Rule {
        id: "escape-writes-from-work",
        says: Escapes(Escape::WritesFromWork),
        en: "a private contact who uses a work address",
        de: "ein privater Kontakt mit dienstlicher Adresse",
        holds: |case| {
            !case.domains.is_empty()
                && !case.vanity
                && !["club", "school", "practice", "parish", "union", "party"].iter().any(|class| case.is(class))
        },
        yes: &["ann@firm.example"],
        no: &["ann@gmx.de", "ann@tsv-nord.example"],
    },
    Rule {
        id: "escape-private-number",
        says: Escapes(Escape::PrivateNumberInBusinessSignature),
        en: "a private number in a business signature",
        de: "eine private Nummer in einer geschäftlichen Signatur",
        holds: |case| {
            !case.domains.is_empty()
                && case.seen_in(Channel::Signature)
                && (case.has_phone(PhoneKind::Home) || case.has_phone(PhoneKind::Mobile))
        },
        yes: &["ann@firm.example seen:signature phone:mobile"],
        no: &["ann@firm.example seen:signature phone:work"],
    },
    Rule {
        id: "escape-cc-quote-forward",
        says: Escapes(Escape::CcQuoteForward),
        en: "stands in somebody else's message (Cc, quoted, forwarded)",
        de: "steht in der Nachricht anderer (Cc, Zitat, Weiterleitung)",
        holds: |case| {
            let others = [Channel::To, Channel::Cc, Channel::QuotedSignature, Channel::Intro, Channel::ReplyTo];
            !case.wrote() && others.iter().any(|channel| case.seen_in(*channel))
        },
        yes: &["ann@firm.example seen:cc"],
        no: &["ann@firm.example seen:sender wrote"],
    },
    Rule {
        id: "escape-stored-with-company",
        says: Escapes(Escape::StoredWithCompanyAddress),
        en: "stands in the address book with a company's address",
        de: "steht im Adressbuch mit der Adresse einer Firma",
        holds: |case| case.seen_in(Channel::AddressBook) && (!case.domains.is_empty() && !case.vanity || case.firm),
        yes: &["ann@firm.example seen:address_book"],
        no: &["ann@gmx.de seen:address_book"],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::address::Address;
    use crate::classify::case::{Company, Context, Memory};
    use crate::message::{Folder, FolderKind};
    use crate::observe::Phone;
    use crate::people::{Few, Owner, Person, Place, Relation, Sighting, Signals};

    fn owner() -> Owner {
        Owner {
            addresses: BTreeSet::from([Address::parse("me@hafenkontor.example").unwrap()]),
            names: BTreeSet::from(["Jana Osterkamp".to_owned(), "Jana Keller".to_owned()]),
            domains: BTreeSet::from(["hafenkontor.example".to_owned()]),
            found_by: "configured",
        }
    }

    /// A person in words: an address, `name:` `org:` `title:` (underscores are spaces), `folder:` `seen:` `phone:`
    /// `sound:` `answered:` `category:` `company:` `consumers:` `trade:` (the owner's), `wrote`, `files`, `owner`.
    fn holds(rule: &Rule, text: &str) -> bool {
        let mut person = Person::default();
        let (mut channels, mut folder, mut company) = (Vec::new(), "INBOX".to_owned(), Company::default());
        let (mut files, mut names, mut trades) = (false, Vec::<Arc<str>>::new(), Vec::<String>::new());
        for word in text.split_whitespace() {
            let (key, value) = word.split_once(':').unwrap_or(("", word));
            let value = value.replace('_', " ");
            match key {
                "name" => {
                    names.push(Arc::from(value.as_str()));
                    person.names.insert(value, 1);
                }
                "org" => _ = person.organisations.insert(value, 1),
                "title" => _ = person.titles.insert(value, 1),
                "folder" => folder = value,
                "category" => _ = person.categories.insert(value),
                "company" => company.private = Some(value.parse().unwrap()),
                "trade" => trades.push(value),
                "consumers" => company.consumer = value.parse().unwrap(),
                "seen" => channels.push(value.replace(' ', "_")),
                "phone" => {
                    let kind = serde_json::from_value(serde_json::Value::String(value)).unwrap();
                    person.phones.insert(Phone { number: "+49511555020".to_owned(), kind }, 1);
                }
                "sound" | "answered" | "around" => {
                    let tone = match key {
                        "sound" => &mut person.tone,
                        "around" => &mut person.around,
                        _ => &mut person.answered,
                    };
                    tone.messages = 1;
                    let mut known: Vec<&str> = tone.signals.ids().collect();
                    known.push(&value);
                    tone.signals = Signals::of(&known);
                }
                _ if value == "files" => files = true,
                _ if value == "owner" => person.relation = Relation::Own,
                _ if value == "wrote" => person.relation = Relation::Inbound,
                _ => person.emails = Few::from([Address::parse(&value).unwrap_or_else(|| panic!("{value}"))]),
            }
        }
        if channels.is_empty() {
            channels.push("sender".to_owned());
        }
        let folder = Arc::new(Folder {
            alias: "f01".to_owned(),
            name: folder.clone(),
            kind: if folder == "INBOX" { FolderKind::Inbox } else { FolderKind::Other },
        });
        for channel in channels {
            let channel = serde_json::from_value(serde_json::Value::String(channel)).unwrap();
            let place = Place {
                channel,
                within: Default::default(),
                folder: Some(folder.clone()),
                via: None,
                automated: false,
                private_subject: false,
            };
            let values = names.iter().cloned().map(|name| (crate::people::Value::Name(name), None)).collect();
            person.places.insert(place, Sighting { count: 1, values, ..Sighting::default() });
        }
        let owner = owner();
        let mut context = Context::of_owner(&owner);
        context.files_privately = files;
        let known = ["authority", "landlord", "practice", "school", "law", "shop"];
        context.owner_classes.extend(known.into_iter().filter(|class| trades.iter().any(|trade| trade == class)));
        let mut memory = Memory::new(&owner, &context);
        let mut case = Case::new(&person, &mut memory);
        case.company = company;
        (rule.holds)(&case)
    }

    #[test]
    fn every_rule_keeps_its_examples() {
        for rule in RULES {
            for example in rule.yes {
                assert!(holds(rule, example), "{} must match '{example}'", rule.id);
            }
            for example in rule.no {
                assert!(!holds(rule, example), "{} must not match '{example}'", rule.id);
            }
            assert!(!rule.yes.is_empty() && !rule.no.is_empty(), "{} has no example", rule.id);
        }
    }

    #[test]
    fn every_rule_has_an_id_of_its_own_and_a_sentence_in_both_languages() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        for rule in RULES {
            assert!(crate::classify::sentence(rule.id, "de").is_some_and(|text| text.len() > 8), "{}", rule.id);
            assert_ne!(
                crate::classify::sentence(rule.id, "de"),
                crate::classify::sentence(rule.id, "en"),
                "{}",
                rule.id
            );
        }
    }

    #[test]
    fn every_rule_was_measured() {
        for rule in RULES.iter().filter(|rule| !matches!(rule.says, Escapes(_))) {
            let (spoke, held) = measured(rule.id).unwrap_or_else(|| panic!("{}: run calibrate", rule.id));
            assert!(held <= spoke && (0.0..=1.0).contains(&rule.certainty()), "{}", rule.id);
        }
        assert_eq!(
            MEASURED.len(),
            RULES.iter().filter(|rule| !matches!(rule.says, Escapes(_))).count(),
            "no row too many"
        );
        assert!(
            certainty_from(0.9, 0, 0) == 0.9 && certainty_from(0.9, 96, 96) > 0.99 && certainty_from(0.9, 96, 0) < 0.05
        );
    }

    #[test]
    fn nothing_escapes_by_two_rules_of_one_reason() {
        let reasons: BTreeSet<_> =
            RULES.iter().filter_map(|rule| if let Says::Escapes(how) = rule.says { Some(how) } else { None }).collect();
        assert_eq!(reasons.len(), 8, "the eight ways through a filter have a rule each");
    }
}
