//! Decides what a mail domain is to the person who writes from it: a mailbox that anybody can have, or an organisation.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::address::{Address, registrable};

use super::few::Fixed;

/// What kind of mailbox a domain gives. A feature, not a verdict: craftsmen and doctors use them as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainKind {
    /// Free of charge, for everybody.
    FreeMail,
    /// Comes with a telephone or internet connection.
    AccessProvider,
    /// Paid for by private people, often for privacy's sake.
    PaidMail,
    /// An alias that forwards, or a market place's cover address.
    Relay,
    /// Given away for a few minutes.
    Disposable,
    /// Customers and staff of the provider.
    Mixed,
    /// None of these: an organisation's, a family's or a person's own.
    Own,
}

impl DomainKind {
    /// Whether the domain says nothing about an organisation that the person belongs to.
    pub fn is_mailbox(self) -> bool {
        !matches!(self, Self::Own | Self::Mixed)
    }
}

/// The kind of an address's domain.
pub fn kind(domain: &str) -> DomainKind {
    let found = KINDS.get(domain).or_else(|| KINDS.get(registrable(domain)));
    found.copied().unwrap_or(DomainKind::Own)
}

/// The domain of the organisation behind an address, if the address shows one.
pub fn organisation_domain(address: &Address) -> Option<&str> {
    (!kind(address.domain()).is_mailbox()).then(|| address.registrable())
}

/// What a local part says about who reads the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalKind {
    /// One person's, as far as it shows.
    Person,
    /// A department's or a function's.
    Role,
    /// A machine's: nobody reads answers.
    Machine,
    /// A newsletter's.
    Newsletter,
}

/// What the local part of an address says about who reads the mailbox.
pub fn local_kind(local: &str) -> LocalKind {
    if let Some(kind) = LOCALS.get(local) {
        return *kind;
    }
    // "info-de", "ap.invoices", "bewerbung2025": one word that says it, the others no first name.
    let words: Vec<&str> = local.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let glued: String = words.concat();
    if let Some(kind) = LOCALS.get(glued.as_str()) {
        return *kind;
    }
    let named = words.iter().any(|word| word.len() > 1 && super::names::is_first_name(&super::names::fold(word)));
    // "dana.price.it.for.shops" is somebody's: one such word among many.
    let hits = words.iter().filter(|word| LOCALS.contains_key(**word)).count();
    if words.len() >= 3 && hits * 3 <= words.len() + 1 && !glued.contains("reply") {
        return LocalKind::Person;
    }
    // German offices are compounds: "vergabestelle", "ordnungsamt", "kundenservice".
    let office = [
        "stelle",
        "amt",
        "abteilung",
        "buero",
        "büro",
        "dienst",
        "service",
        "team",
        "zentrale",
        "verwaltung",
        "leitung",
        "desk",
    ];
    if !named && words.iter().any(|word| word.len() > 6 && office.iter().any(|end| word.ends_with(end))) {
        return LocalKind::Role;
    }
    let known = words.iter().filter_map(|word| LOCALS.get(*word)).max();
    match known {
        Some(LocalKind::Machine) => LocalKind::Machine,
        Some(kind) if !named => *kind,
        _ => LocalKind::Person,
    }
}

static KINDS: LazyLock<HashMap<&'static str, DomainKind, Fixed>> = LazyLock::new(|| {
    rows(include_str!("data/mail_domains.tsv"))
        .filter_map(|(domain, kind)| {
            let kind = match kind {
                "freemail" => DomainKind::FreeMail,
                "isp" => DomainKind::AccessProvider,
                "paid" => DomainKind::PaidMail,
                "relay" => DomainKind::Relay,
                "disposable" => DomainKind::Disposable,
                "mixed" => DomainKind::Mixed,
                _ => return None,
            };
            Some((domain, kind))
        })
        .collect()
});

static LOCALS: LazyLock<HashMap<&'static str, LocalKind, Fixed>> = LazyLock::new(|| {
    rows(include_str!("data/role_locals.tsv"))
        .filter_map(|(local, kind)| {
            let kind = match kind {
                "role" => LocalKind::Role,
                "machine" => LocalKind::Machine,
                "newsletter" => LocalKind::Newsletter,
                _ => return None,
            };
            Some((local, kind))
        })
        .collect()
});

fn rows(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_for_everybody_shows_no_organisation() {
        for (text, wanted) in [
            ("a@gmx.de", None),
            ("a@t-online.de", None),
            ("a@posteo.de", None),
            ("a@mail.firm.example", Some("firm.example")),
            ("a@vodafone.de", Some("vodafone.de")),
            ("a@berlin.de", Some("berlin.de")),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(organisation_domain(&address), wanted, "{text}");
        }
    }

    #[test]
    fn the_lists_say_where_they_are_from_and_are_long() {
        for (file, least) in
            [(include_str!("data/mail_domains.tsv"), 7_000), (include_str!("data/role_locals.tsv"), 1_300)]
        {
            let head: String = file.lines().take_while(|line| line.starts_with('#')).collect();
            assert!(head.contains("2026-11") && head.contains("Sources") && head.contains("MIT"), "{head}");
            assert!(rows(file).count() >= least);
        }
    }

    /// The providers that private people in Germany, Austria, Switzerland and Liechtenstein have their mailboxes with.
    #[test]
    fn german_speaking_providers_are_known() {
        use DomainKind::{AccessProvider, FreeMail, Mixed, PaidMail};
        let free =
            "gmx.de gmx.net gmx.at gmx.ch web.de freenet.de email.de mail.de yahoo.de hotmail.de outlook.de live.de";
        let access = "t-online.de arcor.de kabelmail.de unitybox.de unity-mail.de ewetel.net ewe.net osnanet.de netcologne.de \
             htp-tel.de swbmail.de versanet.de alice-dsl.net mnet-online.de kabelbw.de primacom.net tele2.de wtnet.de \
             dokom.net teleos-web.de citykom.de wobline.de kielnet.net aon.at a1.net chello.at liwest.at inode.at utanet.at \
             kabsi.at kabelplus.at salzburg-online.at cablelink.at bluewin.ch hispeed.ch sunrise.ch swissonline.ch \
             quickline.ch netplus.ch ggaweb.ch besonet.ch thurweb.ch freesurf.ch adon.li powersurf.li telecom.li";
        for domain in free.split_whitespace() {
            assert_eq!(kind(domain), FreeMail, "{domain}");
        }
        for domain in access.split_whitespace() {
            assert!(matches!(kind(domain), AccessProvider | Mixed), "{domain}: {:?}", kind(domain));
        }
        for domain in ["posteo.de", "mailbox.org", "aikq.de"] {
            assert_eq!(kind(domain), PaidMail, "{domain}");
        }
        assert_eq!(kind("mail.t-online.de"), kind("t-online.de"), "a host of a provider is the provider");
        assert_eq!(kind("xn--bcher-kva.example"), DomainKind::Own);
    }

    #[test]
    fn functions_in_eight_languages_are_no_persons() {
        for (language, locals) in [
            ("de", "vermietung buchhaltung bewerbung rechnungseingang pfarrbuero"),
            ("en", "accounts lettings recruitment reception enquiries"),
            ("fr", "comptabilite accueil recrutement commandes secretariat"),
            ("it", "amministrazione segreteria prenotazioni acquisti fatturazione"),
            ("es", "contabilidad recepcion pedidos facturacion secretaria"),
            ("nl", "boekhouding klantenservice inkoop vacatures verhuur"),
            ("pl", "ksiegowosc sekretariat biuro reklamacje rekrutacja"),
            ("pt", "contabilidade encomendas faturacao recepcao secretaria"),
        ] {
            for local in locals.split_whitespace() {
                assert_eq!(local_kind(local), LocalKind::Role, "{language}: {local}");
            }
        }
        for local in ["ward", "j.clerk", "parish", "hof.meier", "anna.praxis.weber"] {
            assert_eq!(local_kind(local), LocalKind::Person, "{local}");
        }
    }

    #[test]
    fn who_reads_a_mailbox() {
        for (local, wanted) in [
            ("info", LocalKind::Role),
            ("ap-invoices", LocalKind::Role),
            ("no-reply", LocalKind::Machine),
            ("noreply+ticket123", LocalKind::Machine),
            ("newsletter", LocalKind::Newsletter),
            ("sekretariat", LocalKind::Role),
            ("anna.weber", LocalKind::Person),
            ("anna.post", LocalKind::Person),
            ("h.meier", LocalKind::Person),
        ] {
            assert_eq!(local_kind(local), wanted, "{local}");
        }
    }
}
