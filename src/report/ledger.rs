//! Decides how the origin of records, the country they go to and the notices of data brokers are told in words.

use std::io::{self, Write};

use super::lang::Text;
use super::safe::Markdown;
use super::{Lang, NoticesShown, ProfileShown, Report};
use crate::assess::Origin;
use crate::observe::Notice;

/// The words for it.
pub(super) struct Words {
    /// The counts on one screen.
    pub short: [&'static str; 7],
    pub third_country: &'static str,
    pub third_country_about: &'static str,
    pub origin: &'static str,
    pub origin_about: &'static str,
    pub origins: [&'static str; 4],
    channels: &'static str,
    pub traceable: &'static str,
    pub notices: &'static str,
    pub notices_about: &'static str,
    pub kinds: [&'static str; 4],
    pub month: &'static str,
    pub none: &'static str,
    /// `#` messages.
    found: &'static str,
}

impl Words {
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::De => &DE,
        }
    }

    /// One line: how many notices, from when to when; `None`: there are none, or nobody looked (an older result).
    pub fn found(&self, notices: Option<&NoticesShown>, text: &Text) -> Option<String> {
        let notices = notices.filter(|notices| notices.messages > 0)?;
        let found = self.found.replace('#', &(text.messages)(&text.number(notices.messages)));
        let months = notices.months.keys().next().zip(notices.months.keys().next_back());
        Some(match months {
            Some((first, last)) if first != last => format!("{found} ({first} .. {last})"),
            Some((month, _)) => format!("{found} ({month})"),
            None => found,
        })
    }
}

/// The rest of the legal section: where the records go, and where they come from.
pub(super) fn origin(profile: &ProfileShown, lang: Lang, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    let words = Words::of(lang);
    let head = |out: &mut dyn Write, title: &str| {
        writeln!(out, "| {title} | {} | {} |\n|---|---:|---:|", text.declared, text.permitted)
    };
    let row = |out: &mut dyn Write, label: &str, [low, high]: [u64; 2]| {
        writeln!(out, "| {label} | {} | {} |", text.number(low), text.number(high))
    };
    let both = |number: &dyn Fn(&super::LegalShown) -> u64| profile.both().map(|figures| number(&figures.legal));
    let countries = |[low, high]: &[Vec<String>; 2]| {
        let of = |all: &[String]| if all.is_empty() { "-".to_owned() } else { all.join(", ") };
        format!("{} | {}", Markdown(&of(low)), Markdown(&of(high)))
    };
    head(out, words.third_country)?;
    writeln!(out, "| {} | {} |", text.recipients, countries(&profile.third_countries))?;
    row(out, text.legal_rows[0], both(&|legal| legal.to_third_country))?;
    writeln!(out, "\n{}\n\n{}\n", words.third_country_about, words.origin_about)?;
    head(out, words.origin)?;
    for origin in [Origin::Themselves, Origin::Owner, Origin::AddressBook, Origin::Others] {
        let count = both(&|legal| legal.origin.get(&origin).copied().unwrap_or(0));
        row(out, words.origins[origin as usize], count)?;
    }
    row(out, words.traceable, both(&|legal| legal.traceable))?;
    writeln!(out)?;
    head(out, words.channels)?;
    let mut channels: Vec<_> =
        profile.both().iter().flat_map(|figures| figures.legal.channels.keys().copied()).collect();
    channels.sort_unstable();
    channels.dedup();
    for channel in channels {
        row(out, text.channel(channel), both(&|legal| legal.channels.get(&channel).copied().unwrap_or(0)))?;
    }
    writeln!(out)
}

/// The section on notices, whether there are any or not: that somebody looked is a finding, too.
pub(super) fn notices(report: &Report, lang: Lang, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    let words = Words::of(lang);
    let Some(notices) = &report.notices else { return Ok(()) };
    writeln!(out, "## {}\n\n{}\n", words.notices, words.notices_about)?;
    let Some(found) = words.found(Some(notices), text) else { return writeln!(out, "{}\n", words.none) };
    writeln!(out, "{}\n\n| | |\n|---|---:|", Markdown(&found))?;
    for kind in Notice::ALL {
        let count = notices.kinds.get(&kind).copied().unwrap_or(0);
        writeln!(out, "| {} | {} |", words.kinds[kind as usize], text.number(count))?;
    }
    if !notices.months.is_empty() {
        writeln!(out, "\n| {} | |\n|---|---:|", words.month)?;
        for (month, &count) in &notices.months {
            writeln!(out, "| {} | {} |", Markdown(month), text.number(count))?;
        }
    }
    writeln!(out)
}

const EN: Words = Words {
    short: [
        "persons sent",
        "   to a country outside the EEA",
        "   who wrote themselves (Art. 13 GDPR)",
        "   known from elsewhere (Art. 14 GDPR)",
        "   with a phone, fax or web address",
        "   with a private phone",
        "   last seen over three years ago",
    ],
    third_country: "Outside the European Economic Area",
    third_country_about: "A transfer there needs a ground of its own (Art. 44 ff. GDPR). Whether the vendor is certified, or \
        the country found adequate, is not known here and for the officer to look up.",
    origin: "Who brought the record",
    origin_about: "The origin of each record, as a ledger would have to name it (Art. 14(2)(f) and 15(1)(g) GDPR; until 2018 \
        § 34(1a) BDSG). Each person stands once, under the nearest. Whose mail it was stands with each contact, under `places`.",
    origins: [
        "the person, by mail of their own",
        "the owner, by writing to the person",
        "the owner, by the address book",
        "others: Cc, quoted text, footers, invitations",
    ],
    channels: "Through which channel (one person may stand under several)",
    traceable: "every part traced to a sender and a day",
    notices: "Mail from data brokers",
    notices_about: "Messages in this mailbox that look like notices of contact databases and directories: the other end of \
        what is simulated here. Told by their words alone, so some may be wrong and others missed; no text of them is kept.",
    kinds: [
        "the owner stands in a database or directory",
        "the data came from elsewhere (Art. 14 GDPR)",
        "an entry is to be checked or confirmed",
        "a profile can be claimed or taken out",
    ],
    month: "month",
    none: "None was found.",
    found: "# that look like a broker's notice",
};

const DE: Words = Words {
    short: [
        "übermittelte Personen",
        "   in ein Land außerhalb des EWR",
        "   die selbst schrieben (Art. 13 DSGVO)",
        "   nur von anderswo bekannt (Art. 14 DSGVO)",
        "   mit Telefon, Fax oder Webadresse",
        "   mit privater Telefonnummer",
        "   zuletzt vor über drei Jahren gesehen",
    ],
    third_country: "Außerhalb des Europäischen Wirtschaftsraums",
    third_country_about: "Eine Übermittlung dorthin braucht eine eigene Grundlage (Art. 44 ff. DSGVO). Ob der Anbieter \
        zertifiziert ist oder für das Land ein Angemessenheitsbeschluss gilt, ist hier nicht bekannt und von der beauftragten \
        Person nachzusehen.",
    origin: "Wer den Datensatz eingebracht hat",
    origin_about: "Die Herkunft jedes Datensatzes, wie ein Verzeichnis sie nennen müsste (Art. 14 Abs. 2 lit. f und Art. 15 \
        Abs. 1 lit. g DSGVO; bis 2018 § 34 Abs. 1a BDSG). Jede Person steht einmal da, bei der nächstliegenden Herkunft. \
        Aus wessen Mail es kam, steht bei jedem Kontakt unter `places`.",
    origins: [
        "die Person selbst, durch eigene Mail",
        "das Postfach, durch Mail an die Person",
        "das Postfach, durch das Adressbuch",
        "andere: Kopie, Zitat, Pflichtangaben, Einladung",
    ],
    channels: "Über welchen Weg (eine Person kann mehrfach vorkommen)",
    traceable: "jeder Teil mit Absender und Tag belegt",
    notices: "Post von Datenhändlern",
    notices_about: "Nachrichten in diesem Postfach, die wie Mitteilungen von Kontaktdatenbanken und Verzeichnissen aussehen: \
        das andere Ende dessen, was hier simuliert wird. Nur an den Worten erkannt; manche können falsch sein, andere fehlen. \
        Ihr Text wird nicht aufbewahrt.",
    kinds: [
        "die Person steht in einer Datenbank oder einem Verzeichnis",
        "die Daten stammen von anderer Stelle (Art. 14 DSGVO)",
        "ein Eintrag soll geprüft oder bestätigt werden",
        "ein Profil kann übernommen oder entfernt werden",
    ],
    month: "Monat",
    none: "Es wurde keine gefunden.",
    found: "#, die wie Mitteilungen von Datenhändlern aussehen",
};
