use super::*;
use crate::message::Party;

/// A block as one line a field: what a reader of the card would see.
fn card(from: &str, text: &str) -> String {
    let (name, address) = from.split_once('<').unwrap_or((from, ""));
    let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let party = Party { name, address: Address::parse(address.trim_end_matches('>')) };
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let block = of_block(&lines, &Hints { sender: (!from.is_empty()).then_some(&party), text: &[] });
    let mut out = Vec::new();
    let card = &block.card;
    for (label, values) in [
        ("name", &card.names),
        ("title", &card.titles),
        ("dept", &card.departments),
        ("org", &card.organisations),
        ("addr", &card.addresses),
        ("url", &card.urls),
    ] {
        out.extend(values.iter().map(|value| format!("{label}={value}")));
    }
    out.extend(card.emails.iter().map(|email| format!("mail={email}")));
    out.extend(
        card.phones
            .iter()
            .map(|phone| phone.settled(None))
            .map(|phone| format!("{:?}={}", phone.kind, phone.number).to_lowercase()),
    );
    for aide in &block.aides {
        out.push(format!(
            "aide={} {}",
            aide.names.join(""),
            aide.phones.iter().map(|p| p.settled(None).number).collect::<String>()
        ));
    }
    out.extend(block.officers.iter().map(|officer| format!("officer={}, {}", officer.name, officer.title)));
    out.join("; ")
}

#[test]
fn german_blocks_in_any_layout() {
    for (from, text, want) in [
        (
            "",
            "i. A. Svenja Oltmann
             Leiterin Vertrieb

             Nordlicht Leuchten GmbH & Co. KG
             Industriestr. 4
             26135 Oldenburg
             Tel.: 0441 / 5550 - 17
             Fax: -99
             Mobil: 0171/5550123
             svenja.oltmann@nordlicht.example
             www.nordlicht.example",
            "name=Svenja Oltmann; title=Leiterin Vertrieb; org=Nordlicht Leuchten GmbH & Co. KG; \
             addr=Industriestr. 4, 26135 Oldenburg; url=www.nordlicht.example; mail=svenja.oltmann@nordlicht.example; \
             work=+49441555017; fax=+49441555099; mobile=+491715550123",
        ),
        (
            "",
            "Dr. Jana Petersen | Geschäftsführerin | Werkstoff AG | Am Hafen 12 | 20457 Hamburg | T +49 40 55501-0 | M +49 160 5550199",
            "name=Dr. Jana Petersen; title=Geschäftsführerin; org=Werkstoff AG; addr=Am Hafen 12, 20457 Hamburg; \
             work=+4940555010; mobile=+491605550199",
        ),
        (
            "",
            "Tobias Ehrlich • Rechtsanwalt • Kanzlei Ehrlich & Sander • Tel. (05 11) 5 55 01 17",
            "name=Tobias Ehrlich; title=Rechtsanwalt; org=Kanzlei Ehrlich & Sander; work=+495115550117",
        ),
        (
            "",
            "Lena Brandt        Tel.    0511 5550-310
             Buchhaltung        Fax     0511 5550-399
             Muster Bau GmbH    Mail    l.brandt@musterbau.example",
            "name=Lena Brandt; title=Buchhaltung; org=Muster Bau GmbH; mail=l.brandt@musterbau.example; \
             work=+495115550310; fax=+495115550399",
        ),
        (
            "",
            "Rainer Voss
             Sachgebietsleiter
             Stadt Musterhausen
             - Bauamt -
             Rathausplatz 1
             30159 Hannover
             Zentrale 0511 5550-0, Durchwahl -217",
            "name=Rainer Voss; title=Sachgebietsleiter; dept=Bauamt; org=Stadt Musterhausen; addr=Rathausplatz 1, 30159 Hannover; \
             work=+495115550 0; work=+49511555 0217",
        ),
        (
            "",
            "Pastor Jens Holm
             Ev.-luth. Kirchengemeinde St. Marien
             Kirchweg 3, 26122 Oldenburg
             Tel. privat 0441 5550177",
            "name=Jens Holm; title=Pastor; org=Ev.-luth. Kirchengemeinde St. Marien; addr=Kirchweg 3, 26122 Oldenburg; home=+494415550177",
        ),
        (
            "",
            "Anke Sommer
             1. Vorsitzende
             Turnverein Altdorf von 1890 e. V.
             Handy 0151 55501234",
            "name=Anke Sommer; title=1. Vorsitzende; org=Turnverein Altdorf von 1890 e. V.; mobile=+4915155501234",
        ),
        (
            "Hanna Vogt <hanna.vogt.privat@gmx.de>",
            "Hanna Vogt
             Birkenweg 7
             30657 Hannover
             Tel. 0511 5557782",
            "name=Hanna Vogt; addr=Birkenweg 7, 30657 Hannover; home=+495115557782",
        ),
        (
            "Olaf Lammers <olaf.lammers@lammers-dachbau.example>",
            "Olaf Lammers
             Lammers Dachbau
             Notdienst 0172 5550330",
            "name=Olaf Lammers; org=Lammers Dachbau; mobile=+491725550330",
        ),
        (
            "",
            "Dr. Henrik Thiel
             Wirtschaftsprüfer · Steuerberater
             Partner
             Thiel Rath Partnerschaft mbB
             Sekretariat: Dunja Yilmaz, Tel. 0511 5550-200",
            "name=Dr. Henrik Thiel; title=Partner; org=Thiel Rath Partnerschaft mbB; aide=Dunja Yilmaz +495115550200",
        ),
        (
            "",
            "Mag. Lukas Gruber
             Leitung Finanzen
             TAUERNSTAHL GMBH
             A-5020 Salzburg, Glasweg 6
             T: +43 / 662 / 555012-14, Mob.: +43 / 664 / 555 01 21",
            "name=Mag. Lukas Gruber; title=Leitung Finanzen; org=TAUERNSTAHL GMBH; addr=Glasweg 6, 5020 Salzburg; \
             work=+4366255501214; mobile=+436645550121",
        ),
        (
            "",
            "Urs Zaugg
             Leiter Controlling
             Aarewerk AG
             Uferstrasse 18, CH-4500 Solothurn
             P 032 555 01 43, G 032 555 01 44, M 079 555 01 44",
            "name=Urs Zaugg; title=Leiter Controlling; org=Aarewerk AG; addr=Uferstrasse 18, 4500 Solothurn; \
             home=+41325550143; work=+41325550144; mobile=+41795550144",
        ),
        (
            "",
            "Petra Lang
             Geschäftsführer: Karl Otto, Eva Brandt
             Amtsgericht Essen HRB 123456 | USt-IdNr. DE 115 550 331
             IBAN DE02 1203 0000 0000 2020 51",
            "name=Petra Lang; officer=Karl Otto, Geschäftsführer; officer=Eva Brandt, Geschäftsführer",
        ),
    ] {
        assert_eq!(
            card(from, text),
            want.replace("0 0;", "00;").replace("5550 0", "55500").replace("555 0217", "5550217"),
            "{text}"
        );
    }
}

#[test]
fn blocks_in_english() {
    for (from, text, want) in [
        (
            "",
            "Helen Marsh FCA
             Group Finance Director

             Quayside Instruments Ltd
             7 Ropewalk Quay, Southampton SO14 3QQ
             Direct: +44 (0)20 7946 0311
             Mobile: +44 (0)7700 900311
             www.quayside.example | LinkedIn",
            "name=Helen Marsh; title=Group Finance Director; org=Quayside Instruments Ltd; addr=7 Ropewalk Quay, Southampton SO14 3QQ; \
             url=www.quayside.example; work=+442079460311; mobile=+447700900311",
        ),
        (
            "",
            "Martin J. Fowley, CPA
             VP, Global Tax
             ===========================
             LAKESIDE FASTENER CORP.
             4100 Harbor Commerce Dr, Suite 250
             Toledo, OH 43604
             O: (419) 555-0132
             C: (419) 555-0177
             F: (419) 555-0100",
            "name=Martin J. Fowley; title=VP, Global Tax; org=LAKESIDE FASTENER CORP.; \
             addr=4100 Harbor Commerce Dr, Suite 250, Toledo, OH 43604; work=+14195550132; mobile=+14195550177; fax=+14195550100",
        ),
        (
            "",
            "Tyler Reed (he/him) • Senior Analyst • Lakeside Fastener Corp. • 419.555.0148",
            "name=Tyler Reed; title=Senior Analyst; org=Lakeside Fastener Corp.; work=+14195550148",
        ),
        (
            "",
            "Rhian Evans CTA
             Partner
             Corporate Tax

             Evans & Crane LLP
             22 Cloth Yard | London EC1A 7ZZ
             T 020 7946 0452 | M 07700 900 452",
            "name=Rhian Evans; title=Partner; dept=Corporate Tax; org=Evans & Crane LLP; addr=22 Cloth Yard, London EC1A 7ZZ; \
             work=+442079460452; mobile=+447700900452",
        ),
        (
            "",
            "Fiona Blair
             Reader in Medieval Literature
             School of Humanities
             University of Strathdon
             020 7946 0887",
            "name=Fiona Blair; title=Reader in Medieval Literature; dept=School of Humanities; org=University of Strathdon; work=+442079460887",
        ),
        (
            "",
            "(770) 555-0102 (Office)
             (678) 555-0144 (Cell)
             (770) 555-0103 (fax)",
            "work=+17705550102; mobile=+16785550144; fax=+17705550103",
        ),
        (
            "",
            "Judy Park
             Customer Service Representative
             1-800-555-0158 Ext 108",
            "name=Judy Park; title=Customer Service Representative; work=+18005550158",
        ),
    ] {
        assert_eq!(card(from, text), want, "{text}");
    }
}

#[test]
fn blocks_in_other_languages() {
    for (from, text, want) in [
        (
            "",
            "Luc Martin
             Directeur commercial
             Lumières du Nord SARL
             12 rue des Lilas, 75011 Paris
             Tél. : 01 99 00 12 34 - Portable : 06 39 98 42 17",
            "name=Luc Martin; title=Directeur commercial; org=Lumières du Nord SARL; addr=12 rue des Lilas, 75011 Paris; \
             work=+33199001234; mobile=+33639984217",
        ),
        (
            "",
            "Marco Bianchi
             Responsabile acquisti
             Officine Verdi S.r.l.
             Via Garibaldi 8
             20121 Milano
             Cell. +39 320 555 0123",
            "name=Marco Bianchi; title=Responsabile acquisti; org=Officine Verdi S.r.l.; addr=Via Garibaldi 8, 20121 Milano; mobile=+393205550123",
        ),
        (
            "",
            "Juan Pérez
             Director financiero
             Talleres Sol S.L.
             Calle Mayor 5, 28013 Madrid
             Móvil: 612 345 678",
            "name=Juan Pérez; title=Director financiero; org=Talleres Sol S.L.; addr=Calle Mayor 5, 28013 Madrid; mobile=+34612345678",
        ),
        (
            "",
            "drs. Anouk de Wit
             Projectleider
             Vaartweg Shipping B.V.
             Boompjeskade 41 • 3011 XX Rotterdam • The Netherlands
             t +31 (0)10 555 01 88 • m +31 (0)6 555 018 80",
            "name=drs. Anouk de Wit; title=Projectleider; org=Vaartweg Shipping B.V.; addr=Boompjeskade 41, 3011 XX Rotterdam; \
             work=+31105550188; mobile=+31655501880",
        ),
        (
            "",
            "Anna Nowak
             Kierownik działu sprzedaży
             Zorza Sp. z o.o.
             ul. Długa 7, 80-831 Gdańsk
             tel. kom. 512 345 678",
            "name=Anna Nowak; title=Kierownik działu sprzedaży; org=Zorza Sp. z o.o.; addr=ul. Długa 7, 80-831 Gdańsk; mobile=+48512345678",
        ),
        (
            "",
            "Inês Carvalho
             Diretora comercial
             Pedra Branca Lda.
             Rua Augusta 20, 1100-053 Lisboa
             Telemóvel: 912 345 678",
            "name=Inês Carvalho; title=Diretora comercial; org=Pedra Branca Lda.; addr=Rua Augusta 20, 1100-053 Lisboa; mobile=+351912345678",
        ),
    ] {
        assert_eq!(card(from, text), want, "{text}");
    }
}

#[test]
fn fictitious_mobiles_are_mobiles() {
    for (text, want) in [("07700 900431", "mobile=+447700900431"), ("06 39 98 70 15", "mobile=+33639987015")] {
        let context = ["Hello, thank you for the papers, we are glad to have them, and you are right."];
        let lines = [text];
        let block = of_block(&lines, &Hints { sender: None, text: &context });
        let phones: Vec<String> =
            block.card.phones.iter().map(|p| format!("{:?}={}", p.kind, p.number).to_lowercase()).collect();
        assert_eq!(phones.join(";"), want);
    }
}

#[test]
fn a_firm_behind_a_title_in_one_line() {
    for (text, want) in [
        ("Dana Cole\nBookkeeper, Hollow Creek Supply\n020 7946 0018", "title=Bookkeeper; org=Hollow Creek Supply"),
        (
            "Arne Vogt\nGeschäftsführer Nordwerk Messtechnik GmbH",
            "title=Geschäftsführer; org=Nordwerk Messtechnik GmbH",
        ),
        ("Ute Lenz\nVorsitzende Bergfreunde Seeburg e. V.", "title=Vorsitzende; org=Bergfreunde Seeburg e. V."),
        // A profession is part of the name, a department of the title.
        ("Jan Otto\nSteuerberater Nordwerk GmbH", "org=Steuerberater Nordwerk GmbH"),
        ("Dana Cole\nDirector, Private Banking\nHollow Creek Ltd", "org=Hollow Creek Ltd"),
    ] {
        let have = card("", text);
        assert!(have.contains(want), "{have}");
    }
}

#[test]
fn what_is_no_number() {
    for text in [
        "HRB 204551",
        "IBAN DE89 3704 0044 0532 0130 00",
        "USt-IdNr. DE 115 550 331",
        "Steuernummer 22/555/00170",
        "Registered in England No. 05550311",
        "Stand 04.03.2025",
        "Meeting-ID: 812 3456 7890",
        "1400 Smith Street",
        "30161 Hannover",
        "Houston, TX 77002-7361",
        "Mo-Fr 08:00-17:00",
        "Best.-Nr. 4500-88213",
        "Durchwahl -310",
        "EB3875",
    ] {
        let lines = [text];
        let block = of_block(&lines, &Hints::default());
        assert!(
            block.card.phones.is_empty(),
            "{text}: {:?}",
            block.card.phones.iter().map(|p| &p.number).collect::<Vec<_>>()
        );
    }
}

#[test]
fn slogans_and_hours_are_neither_title_nor_firm() {
    for text in [
        "Jana Brandt\n~ in companies since 2004 ~",
        "Jana Brandt\nWir sind umgezogen!",
        "Jana Brandt\nSprechzeiten Di + Do 9-12 Uhr",
        "Jana Brandt\n(in haste)",
        "Jana Brandt\nBitte prüfen Sie, ob diese Mail wirklich ausgedruckt werden muss.",
        "Jana Brandt\nRegistered office as above.",
    ] {
        assert_eq!(card("", text), "name=Jana Brandt", "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn every_field_is_a_part_of_its_line(text in "[ -~äöüßéŁ•|·\\n\\t>]{0,400}", name in "[A-Za-z ,.@()]{0,30}") {
        let lines: Vec<&str> = text.split('\n').collect();
        let party = Party { name: Some(name.clone()), address: Address::parse(&format!("{}@firm.example", name.trim())) };
        let block = of_block(&lines, &Hints { sender: Some(&party), text: &lines });
        for place in block.fields.iter().flat_map(|field| &field.places) {
            let part = lines.get(place.line).and_then(|line| line.get(place.start..place.end));
            proptest::prop_assert!(part.is_some_and(|part| !part.is_empty()));
        }
        let _ = officers(&text);
        let _ = header::display(&text);
    }

    #[test]
    fn any_text_can_be_read(text in "\\PC{0,200}") {
        let lines: Vec<&str> = text.split('\n').collect();
        for field in of_block(&lines, &Hints::default()).fields {
            for place in field.places {
                proptest::prop_assert!(lines[place.line].get(place.start..place.end).is_some());
            }
        }
    }
}

#[test]
fn a_number_is_of_the_country_that_writes_it_so() {
    let number = |text: &[&str], line: &str| {
        let block = of_block(&["Kim Ashby", line], &Hints { sender: None, text });
        block.card.phones.iter().map(|phone| phone.settled(None).number).collect::<Vec<_>>().join(" ")
    };
    let english = ["Thank you for the note, we have the minutes and you will find them with the papers."];
    let german = ["Danke, wir sind mit der Sache fast fertig und das ist auch gut so."];
    assert_eq!(number(&english, "01632 960399"), "+441632960399");
    assert_eq!(number(&english, "Mobile 07700 900321"), "+447700900321");
    assert_eq!(number(&english, "Tel 0131 496 0333"), "+441314960333");
    // A German writes English, and the number as at home.
    assert_eq!(number(&english, "Tel. 0511/5550-236"), "+495115550236");
    assert_eq!(number(&german, "Mobil 0664 5550123"), "+436645550123");
    assert_eq!(number(&[], "0660/5550171"), "+436605550171");
    assert_eq!(number(&german, "Natel 079 555 00 19"), "+41795550019");
    assert_eq!(number(&german, "Mobil 0171 5550123"), "+491715550123");
}

/// Letters and digits alone, folded.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest::proptest! {
    #[test]
    fn what_a_card_says_stands_in_its_block(
        lines in proptest::collection::vec(
            proptest::sample::select(vec![
                "Dr. Anna Meier", "i. A. Svenja Oltmann", "Leiterin Einkauf", "Head of Sales, Firm Ltd", "Muster Bau GmbH & Co. KG",
                "Industriestr. 4, 30159 Hannover", "7 Ropewalk Quay, Southampton SO14 3QQ", "Tel. 0511 5550-17 | Fax -99",
                "T +49 171 5550123", "www.firm.example", "anna@firm.example", "Geschäftsführer: Karl Otto, Eva Brandt",
                "Hochbau | Tiefbau | Transporte", "Kofler & Partner Architekten", "(they/them)", "Ihr Team", "",
            ]),
            0..9,
        ),
    ) {
        let lines: Vec<&str> = lines;
        let block = of_block(&lines, &Hints { sender: None, text: &lines });
        let text = bare(&lines.join(" "));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let card = &block.card;
        for value in [&card.names, &card.titles, &card.organisations, &card.departments, &card.urls].into_iter().flatten() {
            proptest::prop_assert!(text.contains(&bare(value)), "{value}");
        }
        for part in card.addresses.iter().flat_map(|address| address.split(", ")) {
            proptest::prop_assert!(text.contains(&bare(part)), "{part}");
        }
        for phone in &card.phones {
            // The last three digits are as written; what stands before may come from a main number.
            let number: String = phone.number.chars().filter(char::is_ascii_digit).collect();
            proptest::prop_assert!(number.len() >= 5 && digits.contains(&number[number.len() - 2..]));
        }
        // A second reading, remembered, says the same.
        let mut memo = Memo::default();
        let hints = Hints { sender: None, text: &lines };
        proptest::prop_assert!(memo.of_block(&lines, &hints).fields == block.fields);
        proptest::prop_assert!(memo.of_block(&lines, &hints).card == block.card);
    }
}

#[test]
fn a_label_behind_its_number_is_its_own() {
    for (line, want) in [
        ("(207) 555-0143 office / (207) 555-0187 cell", "work=+12075550143; mobile=+12075550187"),
        ("(207) 555-0143 - Fax", "fax=+12075550143"),
        ("207-555-0143 (fax)", "fax=+12075550143"),
        ("207-555-0143   telecopier / fax", "fax=+12075550143"),
        ("Ext 219 (0511 5550219)", "work=+495115550219"),
        ("Clerks' Room: 0511 5550300", "work=+495115550300"),
    ] {
        let text = format!("Ann Lee\nFirm Ltd\n{line}");
        let card = card("", &text);
        let numbers: Vec<&str> = card.split("; ").skip(2).collect();
        assert_eq!(numbers.join("; "), want, "{line}");
    }
}

#[test]
fn what_is_remembered_asks_for_the_language_again() {
    let mut memo = Memo::default();
    let lines = ["Kim Ashby", "Mobile 07700 900321"];
    let mut number = |text: &[&str]| memo.of_block(&lines, &Hints { sender: None, text }).card.phones[0].number.clone();
    let english = ["Thank you for the note, we have the minutes and you will find them with the papers."];
    assert_eq!(number(&english), "+447700900321");
    assert_eq!(number(&[]), "07700900321;");
    assert_eq!(number(&english), "+447700900321");
}

/// One block in each language that has a file of its own.
#[test]
fn blocks_in_every_language() {
    for (text, want) in [
        (
            "Anna Meier\nLeiterin Einkauf\nMuster Bau GmbH\nTel. +49 511 555020",
            "name=Anna Meier; title=Leiterin Einkauf; org=Muster Bau GmbH; work=+49511555020",
        ),
        (
            "Ann Lee\nWomen's Captain, Avonside Rowing Club\n+44 20 7946 0018",
            "name=Ann Lee; title=Women's Captain; org=Avonside Rowing Club; work=+442079460018",
        ),
        (
            "Claire Dubois\nDirectrice des achats\nAtelier Dubois SARL\n12 rue des Lilas, 75011 Paris\nTél. +33 1 55 50 01 23",
            "name=Claire Dubois; title=Directrice des achats; org=Atelier Dubois SARL; addr=12 rue des Lilas, 75011 Paris; work=+33155500123",
        ),
        (
            "Dott. Marco Bianchi\nResponsabile acquisti\nBianchi Graniti S.r.l.\nVia Garibaldi 8, 20121 Milano\nCell. +39 348 5550118",
            "name=Dott. Marco Bianchi; title=Responsabile acquisti; org=Bianchi Graniti S.r.l.; addr=Via Garibaldi 8, 20121 Milano; mobile=+393485550118",
        ),
        (
            "Lucía Romero\nDirectora de compras\nBodegas Romero S.L.\nCalle Mayor 5, 28013 Madrid\nTel. +34 915 550 123",
            "name=Lucía Romero; title=Directora de compras; org=Bodegas Romero S.L.; addr=Calle Mayor 5, 28013 Madrid; work=+34915550123",
        ),
        (
            "Joost van der Heide\nProjectleider\nHeide Bouw B.V.\nBoompjeskade 41, 3011 XX Rotterdam\nTel. +31 10 555 0123",
            "name=Joost van der Heide; title=Projectleider; org=Heide Bouw B.V.; addr=Boompjeskade 41, 3011 XX Rotterdam; work=+31105550123",
        ),
        (
            "Anna Nowak\nKierownik sprzedaży\nNowak Okna sp. z o.o.\nul. Długa 7\n80-831 Gdańsk\nTel. +48 58 555 01 23",
            "name=Anna Nowak; title=Kierownik sprzedaży; org=Nowak Okna sp. z o.o.; addr=ul. Długa 7, 80-831 Gdańsk; work=+48585550123",
        ),
        (
            "Inês Falcão\nDiretora comercial\nLivraria Falcão Lda\nRua Augusta 20, 1100-053 Lisboa\nTel. +351 21 555 0123",
            "name=Inês Falcão; title=Diretora comercial; org=Livraria Falcão Lda; addr=Rua Augusta 20, 1100-053 Lisboa; work=+351215550123",
        ),
    ] {
        assert_eq!(card("", text), want, "{text}");
    }
}
