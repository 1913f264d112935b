//! Decides whose mailbox is not audited like any other: people whom others write to in confidence.

use crate::address::Address;

use super::{Failure, Outcome};

/// Who is protected, with the words that their addresses begin with and those that stand in them alone.
struct Office {
    name: &'static str,
    begins: &'static [&'static str],
    alone: &'static [&'static str],
}

/// German first, then English, French, Italian, Spanish, Dutch, Polish, Portuguese. Folded: ä is ae, é is e.
const OFFICES: &[Office] = &[
    Office {
        name: "works council",
        begins: &[
            "betriebsrat",
            "betriebsraet",
            "personalrat",
            "personalraet",
            "mitarbeitervertretung",
            "jugendvertretung",
            "schwerbehindert",
            "gleichstellung",
            "workscouncil",
            "staffcouncil",
            "employeecouncil",
            "comiteentreprise",
            "comitesocial",
            "representantspersonnel",
            "rappresentanzasindacale",
            "comiteempresa",
            "comitedeempresa",
            "ondernemingsraad",
            "radapracownikow",
            "comissaodetrabalhadores",
        ],
        alone: &["br", "kbr", "mav", "sbv", "jav", "cse", "rsu"],
    },
    Office {
        name: "data-protection officer",
        begins: &[
            "datenschutz",
            "dataprotection",
            "privacyofficer",
            "protectiondesdonnees",
            "protezionedati",
            "protecciondedatos",
            "gegevensbescherming",
            "ochronadanych",
            "protecaodedados",
        ],
        alone: &["dsb", "dpo", "dpd", "rpd", "iod", "privacy"],
    },
    Office {
        name: "company doctor or counselling",
        begins: &[
            "betriebsarzt",
            "betriebsaerzt",
            "werksarzt",
            "werksaerzt",
            "arbeitsmedizin",
            "sozialberatung",
            "suchtberatung",
            "suchtbeauftragt",
            "companydoctor",
            "occupationalhealth",
            "medecinedutravail",
            "medecintravail",
            "medicocompetente",
            "medicinadeltrabajo",
            "bedrijfsarts",
            "lekarzzakladowy",
        ],
        alone: &["eap"],
    },
    Office {
        name: "ombudsperson or reporting channel",
        begins: &[
            "ombud",
            "vertrauensperson",
            "vertrauensanwalt",
            "hinweisgeb",
            "meldestelle",
            "whistleblow",
            "speakup",
            "ethicsline",
            "integrityline",
            "mediateur",
            "alerteprofessionnelle",
            "segnalazion",
            "canaldenuncia",
            "canaletico",
            "vertrouwenspersoon",
            "klokkenluid",
            "sygnalist",
            "denuncias",
        ],
        alone: &["compliance"],
    },
];

/// Whose office an address is, by its local part.
fn office(address: &Address) -> Option<&'static str> {
    let folded: String = address.local().chars().flat_map(char::to_lowercase).map(fold).collect();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let joined = words.concat();
    let of = |office: &&Office| {
        office.begins.iter().any(|start| joined.starts_with(start) || words.iter().any(|word| word.starts_with(start)))
            || words.iter().any(|word| office.alone.contains(word))
    };
    OFFICES.iter().find(of).map(|office| office.name)
}

fn fold(letter: char) -> &'static str {
    const LATIN: &[(&str, &str)] = &[
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("é", "e"),
        ("è", "e"),
        ("ê", "e"),
        ("à", "a"),
        ("á", "a"),
        ("â", "a"),
        ("ã", "a"),
        ("ç", "c"),
        ("í", "i"),
        ("ó", "o"),
        ("ô", "o"),
        ("ú", "u"),
        ("ñ", "n"),
        ("ł", "l"),
    ];
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz";
    let at = |at: usize| ASCII.get(at..=at).unwrap_or(".");
    match letter {
        'a'..='z' => at(letter as usize - 'a' as usize),
        _ => LATIN.iter().find(|(from, _)| from.starts_with(letter)).map_or(".", |(_, to)| to),
    }
}

/// Refuses a protected mailbox, unless there is a reason.
///
/// # Errors
/// Exit code 6; the text names the office and not the address.
pub fn refuse<'a>(
    addresses: impl IntoIterator<Item = &'a Address>,
    protected: &[Address],
    reason: Option<&str>,
) -> Result<(), Failure> {
    if reason.is_some() {
        return Ok(());
    }
    for address in addresses {
        let canonical = address.canonical();
        let listed = protected.iter().any(|one| one.canonical() == canonical).then_some("listed in the configuration");
        if let Some(whose) = listed.or_else(|| office(address)) {
            return Err(Failure::new(Outcome::Refused, format!("this mailbox is protected: {whose}")).hint(
                "people write there in confidence; --protected-ok REASON audits it and puts the reason into the report",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(local: &str) -> Option<&'static str> {
        office(&Address::parse(&format!("{local}@firm.example")).unwrap())
    }

    #[test]
    fn offices_are_known_by_their_addresses() {
        for local in
            ["betriebsrat", "Betriebsrat.Nord", "br", "works-council", "gesamt_br", "mav2", "comité.entreprise"]
        {
            assert_eq!(of(local), Some("works council"), "{local}");
        }
        for local in ["datenschutz", "datenschutzbeauftragte", "dpo", "data.protection"] {
            assert_eq!(of(local), Some("data-protection officer"), "{local}");
        }
        for local in ["betriebsärztin", "betriebsaerztin", "occupational-health"] {
            assert_eq!(of(local), Some("company doctor or counselling"), "{local}");
        }
        for local in ["ombudsmann", "hinweisgeber", "whistleblowing", "interne.meldestelle", "compliance"] {
            assert_eq!(of(local), Some("ombudsperson or reporting channel"), "{local}");
        }
    }

    #[test]
    fn people_are_not_taken_for_offices() {
        for local in ["bruno", "brigitte.br", "ann", "k.rat", "info", "privat", "mavis", "anna.datenau", "x"] {
            // One of them is called what a works council is: a false alarm costs a reason, a miss costs trust.
            assert_eq!(of(local).is_some(), local == "brigitte.br", "{local}");
        }
    }

    #[test]
    fn a_reason_or_nothing_to_protect_lets_it_pass() {
        let [dpo, ann] = ["dpo@firm.example", "ann@firm.example"].map(|text| Address::parse(text).unwrap());
        assert_eq!(refuse([&ann, &dpo], &[], None).unwrap_err().outcome, Outcome::Refused);
        assert!(refuse([&dpo], &[], Some("asked for by the officer")).is_ok());
        assert!(refuse([&ann], &[], None).is_ok());
        let refused = refuse([&ann], std::slice::from_ref(&ann), None).unwrap_err();
        assert!(!refused.what.contains("ann"), "{}", refused.what);
    }
}
