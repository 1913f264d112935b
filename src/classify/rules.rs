//! Decides, rule by rule, what speaks for which sphere. The order is the order in which reports name the reasons.

use crate::observe::{Channel, PhoneKind};
use crate::people::domains::{DomainKind, LocalKind};

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
        holds: |case| case.locals.contains(&LocalKind::Machine),
        yes: &["no-reply@shop.example"],
        no: &["ann@shop.example"],
    },
    Rule {
        id: "newsletter-address",
        says: Is(Sphere::Automated, 0.95),
        en: "the address is a newsletter's",
        de: "die Adresse ist die eines Newsletters",
        holds: |case| case.locals.contains(&LocalKind::Newsletter),
        yes: &["newsletter@shop.example"],
        no: &["ann@shop.example"],
    },
    Rule {
        id: "list-sender",
        says: Is(Sphere::Automated, 0.93),
        en: "sends nothing but newsletters or generated mail, under no person's name",
        de: "sendet nur Newsletter oder erzeugte Mails, unter keinem Personennamen",
        holds: |case| {
            let machine = case.sounds("list")
                || case.sounds("unsubscribe")
                || case.sounds("bulk")
                || case.sounds("generated") && !case.sounds("reply");
            machine
                && !case.sounds("by-hand")
                && (!case.named_as_person || case.locals.contains(&LocalKind::Role))
                && !case.mailbox_only()
        },
        yes: &["editors@wire.example sound:list"],
        no: &["ann.weber@firm.example name:Ann_Weber sound:list", "editors@wire.example sound:by-hand"],
    },
    Rule {
        id: "role-address",
        says: Is(Sphere::Role, 0.96),
        en: "a shared address of an organisation, no person's",
        de: "eine Sammeladresse einer Organisation, keine Person",
        holds: |case| case.locals.contains(&LocalKind::Role) && !case.locals.contains(&LocalKind::Person),
        yes: &["info@firm.example", "sekretariat@schule-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "own-domain",
        says: Is(Sphere::Colleague, 0.97),
        en: "an address at the owner's own organisation",
        de: "eine Adresse bei der eigenen Organisation",
        holds: |case| case.own_domain,
        yes: &["ann@corp.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "own-officer",
        says: Is(Sphere::Colleague, 0.9),
        en: "named in the owner's own organisation's footer or signature",
        de: "steht in Fußzeile oder Signatur der eigenen Organisation",
        holds: |case| case.person.emails.is_empty() && case.own_organisation,
        yes: &["name:Ann_Weber seen:footer org:Corp_GmbH"],
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
        says: Leans(1.0, -0.9, 0.9),
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
        id: "access-provider",
        says: Leans(1.0, -0.9, 1.0),
        en: "a mailbox that comes with an internet connection",
        de: "ein Postfach zum Internetanschluss",
        holds: |case| case.has_kind(DomainKind::AccessProvider),
        yes: &["ann@t-online.de"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "paid-mail",
        says: Leans(1.2, -0.8, 0.6),
        en: "a paid private mailbox",
        de: "ein bezahltes privates Postfach",
        holds: |case| case.has_kind(DomainKind::PaidMail),
        yes: &["ann@posteo.de"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "family-domain",
        says: Leans(1.2, -0.3, 1.2),
        en: "a domain of the person's own name or family",
        de: "eine Domain des eigenen Namens oder der Familie",
        holds: |case| case.vanity,
        yes: &["ann.weber@weber.example name:Ann_Weber", "ann@familie-weber.example"],
        no: &["ann.weber@weber-bau.example name:Ann_Weber"],
    },
    Rule {
        id: "organisation-domain",
        says: Leans(-1.4, 1.3, -1.2),
        en: "an address at an organisation",
        de: "eine Adresse bei einer Organisation",
        holds: |case| !case.domains.is_empty() && !case.vanity && case.kinds.iter().all(|kind| !kind.is_mailbox()),
        yes: &["ann@firm.example"],
        no: &["ann@gmx.de"],
    },
    // -- what kind of organisation
    Rule {
        id: "club",
        says: Leans(2.0, -0.8, -0.5),
        en: "a club or an association",
        de: "ein Verein",
        holds: |case| case.is_foreign("club") || case.titles.contains("club") && !case.firm && case.domains.is_empty(),
        yes: &["ann@tsv-nord.example", "ann@gmx.de org:Ruderverein_Nord_e.V."],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "school",
        says: Leans(2.2, -0.8, -0.5),
        en: "a school or a nursery",
        de: "eine Schule oder Kita",
        holds: |case| case.is_foreign("school") && !case.is("university"),
        yes: &["ann@grundschule-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "practice",
        says: Leans(2.0, -0.8, -0.5),
        en: "a doctor's or therapist's practice",
        de: "eine Arzt- oder Therapiepraxis",
        holds: |case| {
            case.is_foreign("practice") || case.titles.contains("health") && !case.owner_classes.contains("practice")
        },
        yes: &["ann@praxis-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "parish",
        says: Leans(2.0, -0.8, -0.5),
        en: "a parish or religious community",
        de: "eine Kirchen- oder Religionsgemeinde",
        holds: |case| {
            case.is_foreign("parish") || case.titles.contains("religion") && !case.owner_classes.contains("parish")
        },
        yes: &["ann@st-martin-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "union-or-party",
        says: Leans(1.8, -0.8, -0.8),
        en: "a trade union or a political party",
        de: "eine Gewerkschaft oder Partei",
        holds: |case| ["union", "party"].iter().any(|class| case.is_foreign(class)),
        yes: &["ann@gewerkschaft-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "family-lawyer",
        says: Leans(2.2, -0.6, -0.8),
        en: "a family lawyer",
        de: "eine Kanzlei für Familienrecht",
        holds: |case| case.titles.contains("family-law") && !case.owner_classes.contains("law"),
        yes: &["ann@kanzlei-nord.example title:Fachanwältin_für_Familienrecht"],
        no: &["ann@kanzlei-nord.example title:Rechtsanwältin"],
    },
    Rule {
        id: "landlord",
        says: Leans(1.2, -0.4, -0.3),
        en: "lets or manages flats",
        de: "vermietet oder verwaltet Wohnungen",
        holds: |case| case.is_foreign("landlord"),
        yes: &["ann@hausverwaltung-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "authority",
        says: Leans(-0.5, 1.0, -0.8),
        en: "a public authority",
        de: "eine Behörde",
        holds: |case| case.is("authority"),
        yes: &["ann@finanzamt-nord.example"],
        no: &["ann@firm.example"],
    },
    // -- who it is
    Rule {
        id: "owners-family-name",
        says: Leans(2.8, -1.2, -1.2),
        en: "bears the owner's family name",
        de: "trägt den Familiennamen der Inhaberin oder des Inhabers",
        holds: |case| case.owners_surname == Some(Surname::Rare),
        yes: &["tim.osterkamp@gmx.de name:Tim_Osterkamp"],
        no: &["tim.weber@gmx.de name:Tim_Weber"],
    },
    Rule {
        id: "owners-common-name",
        says: Leans(1.2, -0.4, -0.4),
        en: "bears the owner's family name, which is a common one",
        de: "trägt den (häufigen) Familiennamen der Inhaberin oder des Inhabers",
        holds: |case| case.owners_surname == Some(Surname::Common),
        yes: &[],
        no: &["tim.weber@gmx.de name:Tim_Weber"],
    },
    Rule {
        id: "private-alias",
        says: Leans(1.8, -1.2, -0.8),
        en: "writes to the owner's private address, or is written to from it",
        de: "schreibt an die private Adresse oder bekommt von ihr Post",
        holds: |case| case.sounds("private-alias") || case.answered("private-alias"),
        yes: &["ann@gmx.de sound:private-alias"],
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
        says: Leans(2.6, -1.5, -1.2),
        en: "seen in a folder of private mail",
        de: "in einem privaten Ordner gesehen",
        holds: |case| case.folders.contains("private"),
        yes: &["ann@gmx.de folder:Privat"],
        no: &["ann@gmx.de folder:Kunden", "ann@gmx.de folder:Privatkunden"],
    },
    Rule {
        id: "consumer-folder",
        says: Leans(-1.2, -1.0, 2.6),
        en: "seen in a folder for private customers or applicants",
        de: "in einem Ordner für Privatkunden oder Bewerbungen gesehen",
        holds: |case| case.folders.contains("consumer"),
        yes: &["ann@gmx.de folder:Privatkunden"],
        no: &["ann@gmx.de folder:Privat"],
    },
    Rule {
        id: "business-folder",
        says: Leans(-1.6, 1.0, 0.6),
        en: "seen in a business folder",
        de: "in einem geschäftlichen Ordner gesehen",
        holds: |case| case.folders.contains("business"),
        yes: &["ann@gmx.de folder:Kunden"],
        no: &["ann@gmx.de folder:Privat"],
    },
    // -- how it sounds
    Rule {
        id: "first-name-terms",
        says: Leans(1.0, -0.2, -0.9),
        en: "on first-name terms (German du)",
        de: "per Du",
        holds: |case| case.sounds("du") || case.answered("du"),
        yes: &["ann@gmx.de sound:du"],
        no: &["ann@gmx.de sound:sie"],
    },
    Rule {
        id: "formal-terms",
        says: Leans(-0.8, 0.3, 0.6),
        en: "on formal terms (German Sie, Dear Mr)",
        de: "per Sie",
        holds: |case| {
            let formal = |id| case.sounds(id) || case.answered(id);
            (formal("sie") || formal("greet-formal")) && !(case.sounds("du") || case.answered("du"))
        },
        yes: &["ann@gmx.de sound:sie"],
        no: &["ann@gmx.de sound:du"],
    },
    Rule {
        id: "family-greeting",
        says: Leans(2.0, -1.0, -1.0),
        en: "greets like family",
        de: "grüßt wie Familie",
        holds: |case| case.sounds("greet-family") || case.answered("greet-family"),
        yes: &["ann@gmx.de sound:greet-family"],
        no: &["ann@gmx.de"],
    },
    Rule {
        id: "private-closing",
        says: Leans(1.3, -0.8, -0.3),
        en: "closes privately (LG, hugs)",
        de: "schließt privat (LG, Kuss)",
        holds: |case| case.sounds("close-private") || case.answered("close-private"),
        yes: &["ann@gmx.de sound:close-private"],
        no: &["ann@gmx.de sound:close-business"],
    },
    Rule {
        id: "business-closing",
        says: Leans(-0.6, 0.4, 0.2),
        en: "closes formally (kind regards)",
        de: "schließt förmlich (mit freundlichen Grüßen)",
        holds: |case| case.sounds("close-business") && !case.sounds("close-private"),
        yes: &["ann@gmx.de sound:close-business"],
        no: &["ann@gmx.de sound:close-private"],
    },
    Rule {
        id: "private-words",
        says: Leans(0.8, -0.3, -0.3),
        en: "writes about private matters",
        de: "schreibt über Privates",
        holds: |case| ["private", "subject-private"].iter().any(|id| case.sounds(id) || case.answered(id)),
        yes: &["ann@gmx.de sound:private"],
        no: &["ann@gmx.de sound:business"],
    },
    Rule {
        id: "business-words",
        says: Leans(-0.7, 0.7, 0.1),
        en: "writes about business",
        de: "schreibt über Geschäftliches",
        holds: |case| ["business", "subject-business"].iter().any(|id| case.sounds(id) || case.answered(id)),
        yes: &["ann@gmx.de sound:business"],
        no: &["ann@gmx.de sound:private"],
    },
    Rule {
        id: "consumer-words",
        says: Leans(-0.6, -0.3, 1.4),
        en: "writes as a customer or applicant",
        de: "schreibt als Kundin, Kunde oder Bewerber",
        holds: |case| ["consumer", "subject-consumer"].iter().any(|id| case.sounds(id) || case.answered(id)),
        yes: &["ann@gmx.de sound:subject-consumer"],
        no: &["ann@gmx.de sound:private"],
    },
    // -- the signature
    Rule {
        id: "firm-signature",
        says: Leans(-0.9, 1.0, -0.9),
        en: "signs for a firm",
        de: "unterschreibt für eine Firma",
        holds: |case| case.firm,
        yes: &["ann@gmx.de org:Firm_GmbH"],
        no: &["ann@gmx.de org:Ruderverein_e.V."],
    },
    Rule {
        id: "trade-on-a-mailbox",
        says: Leans(-1.2, 2.0, -1.2),
        en: "a sole trader's signature on a mailbox that anybody can have",
        de: "Signatur eines Gewerbes unter einem Postfach, das jeder haben kann",
        holds: |case| {
            case.mailbox_only()
                && (case.titles.contains("business") || case.firm || case.is("craft"))
                && !case.is("club")
        },
        yes: &["ann@gmx.de title:Übersetzerin"],
        no: &["ann@firm.example title:Einkauf"],
    },
    Rule {
        id: "business-title",
        says: Leans(-0.5, 0.8, -0.6),
        en: "signs with a position",
        de: "unterschreibt mit einer Funktion",
        holds: |case| case.titles.contains("business") && !case.mailbox_only(),
        yes: &["ann@firm.example title:Leiter_Einkauf"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "fax",
        says: Leans(-0.5, 0.6, -0.5),
        en: "has a fax number",
        de: "hat eine Faxnummer",
        holds: |case| case.has_phone(PhoneKind::Fax),
        yes: &["ann@firm.example phone:fax"],
        no: &["ann@firm.example phone:work"],
    },
    Rule {
        id: "home-number",
        says: Leans(0.5, -0.8, 0.6),
        en: "gives a home number",
        de: "nennt eine private Nummer",
        holds: |case| case.has_phone(PhoneKind::Home),
        yes: &["ann@gmx.de phone:home"],
        no: &["ann@firm.example phone:work"],
    },
    // -- whom it was seen with
    Rule {
        id: "private-company",
        says: Leans(2.2, -1.2, -1.2),
        en: "seen among private people",
        de: "unter privaten Kontakten gesehen",
        holds: |case| case.company.private.is_some_and(|mean| mean >= 0.65) && !case.company.colleague,
        yes: &["ann@firm.example company:0.9"],
        no: &["ann@firm.example company:0.1", "ann@firm.example"],
    },
    Rule {
        id: "business-company",
        says: Leans(-1.6, 0.9, 0.2),
        en: "seen among business contacts",
        de: "unter geschäftlichen Kontakten gesehen",
        holds: |case| case.company.private.is_some_and(|mean| mean <= 0.25) || case.company.colleague,
        yes: &["ann@gmx.de company:0.1"],
        no: &["ann@gmx.de company:0.9", "ann@gmx.de"],
    },
    // -- what the contact alone tells
    Rule {
        id: "health",
        says: Touches(Sensitive::Health),
        en: "a doctor's, therapist's or hospital's contact",
        de: "Kontakt einer Praxis, Therapie oder Klinik",
        holds: |case| case.is("practice") || case.titles.contains("health"),
        yes: &["ann@zahnarzt-nord.example", "ann@gmx.de title:Physiotherapeutin"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "legal",
        says: Touches(Sensitive::Legal),
        en: "a lawyer's or notary's contact",
        de: "Kontakt einer Kanzlei oder eines Notariats",
        holds: |case| case.is("law") || case.titles.contains("legal"),
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
        holds: |case| case.is("parish") || case.titles.contains("religion"),
        yes: &["ann@st-martin-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "politics",
        says: Touches(Sensitive::Politics),
        en: "a political party's contact",
        de: "Kontakt einer Partei oder Wählergruppe",
        holds: |case| case.is("party") || case.titles.contains("politics"),
        yes: &["ann@gruene-nord.example"],
        no: &["ann@firm.example"],
    },
    Rule {
        id: "family-law",
        says: Touches(Sensitive::FamilyLaw),
        en: "a family lawyer's contact",
        de: "Kontakt für Familienrecht",
        holds: |case| case.titles.contains("family-law"),
        yes: &["ann@kanzlei-nord.example title:Fachanwältin_für_Familienrecht"],
        no: &["ann@kanzlei-nord.example"],
    },
    Rule {
        id: "minor",
        says: Touches(Sensitive::Minor),
        en: "a child's or a child's school's contact",
        de: "Kontakt eines Kindes oder seiner Schule",
        holds: |case| {
            case.is("school") && !case.is("university") || case.titles.contains("minor") || case.sounds("age")
        },
        yes: &["ann@grundschule-nord.example", "ann@gmx.de sound:age"],
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
                && case.mailbox_free()
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
