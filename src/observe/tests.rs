use std::sync::Arc;

use super::*;
use crate::message::{Automation, Folder, FolderKind, Locator, RawMessage};

/// Who is seen in a message given as header lines and body lines with their zones' letters, one sighting a line.
fn seen(text: &str) -> String {
    let mut message = blank();
    let mut zones = Vec::new();
    for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        if let Some((field, value)) =
            line.split_once(": ").filter(|_| zones.is_empty() && line.find(": ") < line.find(' ').map(|at| at + 1))
        {
            let parties: Vec<Party> = value.split(" + ").filter_map(zones::party).collect();
            match field {
                "From" => message.from = parties,
                "Sender" => message.sender = parties,
                "Reply-To" => message.reply_to = parties,
                "To" => message.to = parties,
                "Cc" => message.cc = parties,
                other => panic!("no field {other}"),
            }
            continue;
        }
        let (letter, rest) = line.split_at(1);
        zones.push(match letter {
            "B" => Zone::Body,
            "C" => Zone::Closing,
            "S" => Zone::Signature,
            "D" => Zone::Footer,
            "I" => Zone::Intro,
            "Q" => Zone::Quoted,
            "T" => Zone::QuotedSignature,
            other => panic!("no zone {other}"),
        });
        message.lines.push(Line::plain(rest.strip_prefix(' ').unwrap_or(rest)));
    }
    observe_in(&message, &zones).iter().map(show).collect::<Vec<_>>().join("\n")
}

fn show(one: &Observation) -> String {
    let card = &one.card;
    let mut parts: Vec<String> =
        [&card.names, &card.titles, &card.organisations].into_iter().flatten().cloned().collect();
    parts.extend(card.emails.iter().map(Address::to_string));
    parts.extend(card.phones.iter().map(|phone| phone.number.clone()));
    let of = one.of.as_ref().map_or("?", Address::as_str);
    format!("{:?} {of}: {}", one.channel, parts.join(", "))
}

fn blank() -> Message {
    let folder = Folder { alias: "f01".into(), name: "INBOX".into(), kind: FolderKind::Inbox };
    Message {
        at: Locator { folder: Arc::new(folder), number: 1 },
        date: None,
        id: None,
        subject: String::new(),
        from: Vec::new(),
        sender: Vec::new(),
        reply_to: Vec::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        delivered_to: Vec::new(),
        automation: Automation::default(),
        calendar: Vec::new(),
        lines: Vec::new(),
    }
}

#[test]
fn a_signature_is_its_senders() {
    insta::assert_snapshot!(seen("
        From: Meier, Anna <a.meier@firm.example>
        To: Tom Fuchs <t.fuchs@else.example>
        B Hallo Tom
        S Anna Meier
        S Leiterin Einkauf
        S Muster GmbH
        S info@firm.example
        D Geschäftsführer: Karl Otto
        D Muster GmbH, Amtsgericht Essen HRB 1234
    "), @r"
    Sender a.meier@firm.example: Anna Meier, a.meier@firm.example
    To t.fuchs@else.example: Tom Fuchs, t.fuchs@else.example
    Signature a.meier@firm.example: Anna Meier, Leiterin Einkauf, Muster GmbH
    Footer ?: Karl Otto, Geschäftsführer, Muster GmbH
    ");
}

#[test]
fn who_signs_for_somebody_else_keeps_the_own_name() {
    insta::assert_snapshot!(seen("
        From: Dr. Karl Otto <karl.otto@firm.example>
        Cc: Petra Lang <p.lang@firm.example>
        S i. A. Petra Lang
        S Assistenz der Geschäftsleitung
    "), @r"
    Sender karl.otto@firm.example: Dr. Karl Otto, karl.otto@firm.example
    Cc p.lang@firm.example: Petra Lang, p.lang@firm.example
    Signature p.lang@firm.example: Petra Lang, Assistenz der Geschäftsleitung
    ");
    insta::assert_snapshot!(seen("
        From: Buchhaltung Muster <buchhaltung@firm.example>
        S Petra Lang
        S Tel. 0511 5550-20
    "), @r"
    Sender buchhaltung@firm.example: Buchhaltung Muster, buchhaltung@firm.example
    Signature ?: Petra Lang, +49511555020
    ");
}

#[test]
fn first_names_and_initials_give_nothing_away() {
    insta::assert_snapshot!(seen("
        From: Anna Meier <anna.meier@firm.example>
        B Bis morgen
        S Anna
        D Von meinem iPhone gesendet
    "), @"Sender anna.meier@firm.example: Anna Meier, anna.meier@firm.example");
    insta::assert_snapshot!(seen("
        From: anna.meier@firm.example
        S A. M.
    "), @"Sender anna.meier@firm.example: anna.meier@firm.example");
}

#[test]
fn a_quoted_signature_belongs_to_whom_the_intro_names() {
    insta::assert_snapshot!(seen("
        From: Anna Meier <anna@firm.example>
        To: Tom Fuchs <tom@else.example>
        S Anna Meier
        I Am 03.04.2025 um 10:12 schrieb Tom Fuchs:
        Q > Danke!
        I > On Mon, 31 Mar 2025 at 09:00, Eva Roth <eva@third.example> wrote:
        Q >> See below.
        T >> Eva Roth
        T >> +44 20 7946 0123
        T > Tom Fuchs
        T > Tel. 0511 5550-17
    "), @r"
    Sender anna@firm.example: Anna Meier, anna@firm.example
    To tom@else.example: Tom Fuchs, tom@else.example
    Signature anna@firm.example: Anna Meier
    Intro tom@else.example: Tom Fuchs, tom@else.example
    Intro eva@third.example: Eva Roth, eva@third.example
    QuotedSignature eva@third.example: Eva Roth, +442079460123
    QuotedSignature tom@else.example: Tom Fuchs, +49511555017
    ");
}

#[test]
fn unmarked_threads_go_by_the_nearest_header_block() {
    insta::assert_snapshot!(seen("
        From: Anna Meier <anna@firm.example>
        S Anna Meier
        I Von: Roth, Eva <eva@third.example>
        I Gesendet: Montag, 31. März 2025 09:00
        I An: Meier, Anna; Ben Sommer
        I Betreff: AW: Angebot
        Q
        Q anbei.
        T Eva Roth
        T Tel. 0511 5550-31
        I Von: Ben Sommer <ben@fourth.example>
        I An: Roth, Eva
        Q Bitte um ein Angebot.
        T Ben Sommer
        T Einkauf
    "), @r"
    Sender anna@firm.example: Anna Meier, anna@firm.example
    Signature anna@firm.example: Anna Meier
    Intro eva@third.example: Eva Roth, eva@third.example
    Intro anna@firm.example: Anna Meier, anna@firm.example
    Intro ?: Ben Sommer
    QuotedSignature eva@third.example: Eva Roth, +49511555031
    Intro ben@fourth.example: Ben Sommer, ben@fourth.example
    Intro ?: Eva Roth
    QuotedSignature ben@fourth.example: Ben Sommer, Einkauf
    ");
}

#[test]
fn a_list_that_writes_for_its_members() {
    insta::assert_snapshot!(seen("
        From: Anna Meier via Elternliste <eltern@lists.school.example>
        Reply-To: anna.meier@home.example
        B Hallo
    "), @r"
    Sender anna.meier@home.example: Anna Meier, anna.meier@home.example
    Sender eltern@lists.school.example: eltern@lists.school.example
    ReplyTo anna.meier@home.example: anna.meier@home.example
    ");
}

#[test]
fn who_signs_what_a_list_sends_is_not_the_list() {
    let letter = |answer: &str| {
        seen(&format!(
            "From: Anna Meier via Elternliste <eltern@lists.school.example>
            {answer}
            To: Anna Meier via Elternliste <eltern@lists.school.example>
            S Anna Meier
            S Tel. 030 23125 17"
        ))
    };
    for (answer, of) in [("Reply-To: anna.meier@home.example", "anna.meier@home.example"), ("", "?")] {
        let seen = letter(answer);
        assert!(seen.contains(&format!("Signature {of}: Anna Meier, +49302312517")), "{seen}");
        let of_the_list = seen.lines().filter(|line| line.contains("eltern@"));
        assert!(of_the_list.clone().count() > 0 && !of_the_list.clone().any(|line| line.contains("Meier")), "{seen}");
    }
}

#[test]
fn a_secretary_with_a_number_is_a_person_of_her_own() {
    insta::assert_snapshot!(seen("
        From: Henrik Thiel <h.thiel@firm.example>
        S Henrik Thiel
        S Partner
        S Sekretariat: Dunja Yilmaz, Tel. 0511 5550-200
    "), @r"
    Sender h.thiel@firm.example: Henrik Thiel, h.thiel@firm.example
    Signature h.thiel@firm.example: Henrik Thiel, Partner
    Signature ?: Dunja Yilmaz, +495115550200
    ");
}

#[test]
fn addresses_in_footers_unless_nobodys() {
    insta::assert_snapshot!(seen("
        From: News <news@shop.example>
        To: anna@firm.example
        D You are subscribed as anna@firm.example. Questions: info@shop.example
    "), @r"
    Sender news@shop.example: News, news@shop.example
    To anna@firm.example: anna@firm.example
    Footer anna@firm.example: anna@firm.example
    ");
}

/// Channel, kind of text and address of everybody in a message as it lies in a mailbox.
fn places(mail: &str) -> Vec<String> {
    let raw = RawMessage { at: blank().at, bytes: mail.replace('\n', "\r\n").into_bytes() };
    let message = crate::message::parse(&raw, &mut Vec::new()).expect("is a message");
    let shown = |one: &Observation| {
        let who = one.card.emails.first().or(one.of.as_ref()).map(Address::as_str).unwrap_or("?");
        format!("{:?} {:?} {who}", one.channel, one.within)
    };
    observe(&message).iter().map(shown).collect()
}

#[test]
fn a_signature_in_a_reply_and_one_in_a_forward_are_told_apart() {
    let mail = |subject: &str| {
        format!(
            "From: Ann Lee <ann@firm.example>\nTo: me@corp.example\nSubject: {subject}\n\nBitte ansehen.\n\n\
            Von: Ben Roth <ben@else.example>\nGesendet: Dienstag, 4. März 2025 09:12\nAn: Ann Lee <ann@firm.example>\n\
            Betreff: Angebot\n\nHallo Ann,\n\nanbei das Angebot.\n\nMit freundlichen Grüßen\nBen Roth\nVertrieb\n\
            Else GmbH\nTel. +49 511 5550210\nben@else.example\n"
        )
    };
    let forwarded = places(&mail("WG: Angebot"));
    assert!(forwarded.contains(&"QuotedSignature Forward ben@else.example".to_owned()), "{forwarded:?}");
    assert!(forwarded.contains(&"Intro Forward ben@else.example".to_owned()), "{forwarded:?}");
    let answered = places(&mail("AW: Angebot"));
    assert!(answered.contains(&"QuotedSignature Reply ben@else.example".to_owned()), "{answered:?}");
    assert!(answered.contains(&"Sender Mail ann@firm.example".to_owned()), "{answered:?}");
}

#[test]
fn an_attached_message_is_a_forward_whatever_the_subject_says() {
    let seen = places(
        "From: Ann Lee <ann@firm.example>\nTo: me@corp.example\nSubject: Siehe Anhang\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSiehe Anhang.\n--b\n\
        Content-Type: message/rfc822\n\nFrom: Ben Roth <ben@else.example>\nTo: ann@firm.example\nSubject: Angebot\n\n\
        Hallo Ann,\n\nanbei das Angebot.\n\nMit freundlichen Grüßen\nBen Roth\nVertrieb\nElse GmbH\n\
        Tel. +49 511 5550210\n--b--\n",
    );
    assert!(seen.contains(&"QuotedSignature Forward ben@else.example".to_owned()), "{seen:?}");
}

#[test]
fn whom_an_invitation_names_is_kept_apart_from_the_header() {
    let seen = places(
        "From: Ann Lee <ann@firm.example>\nTo: me@corp.example\nSubject: Termin\nMIME-Version: 1.0\n\
        Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nTermin\n--b\n\
        Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n\
        ORGANIZER;CN=Ann Lee:mailto:ann@firm.example\nATTENDEE;CN=Cora Sand:mailto:cora@else.example\n\
        ATTENDEE:mailto:me@corp.example\nEND:VEVENT\nEND:VCALENDAR\n--b--\n",
    );
    assert_eq!(
        seen,
        [
            "Sender Mail ann@firm.example",
            "To Mail me@corp.example",
            "Intro Invitation ann@firm.example",
            "Intro Invitation cora@else.example",
            "Intro Invitation me@corp.example"
        ]
    );
}

/// Whom the header of a message names, as it stands on the wire.
fn header_of(head: &str) -> String {
    let folder = Folder { alias: "f01".into(), name: "INBOX".into(), kind: FolderKind::Inbox };
    let at = Locator { folder: Arc::new(folder), number: 1 };
    let raw = crate::message::RawMessage { at, bytes: format!("{head}\n\nhello\n").into_bytes() };
    let message = crate::message::parse(&raw, &mut Vec::new()).unwrap();
    observe_in(&message, &[Zone::Body]).iter().map(show).collect::<Vec<_>>().join("\n")
}

#[test]
fn oddities_of_address_fields() {
    for (head, want) in [
        ("From: \"Lee, Ann\" <ann@firm.example>", "Sender ann@firm.example: Ann Lee, ann@firm.example"),
        ("From: Lee, Ann <ann@firm.example>", "Sender ann@firm.example: Ann Lee, ann@firm.example"),
        ("From: Ann Lee (Firm Ltd) <ann@firm.example>", "Sender ann@firm.example: Ann Lee, Firm Ltd, ann@firm.example"),
        ("From: ann@firm.example (Ann Lee)", "Sender ann@firm.example: Ann Lee, ann@firm.example"),
        ("From: \"ann@firm.example\" <ann@firm.example>", "Sender ann@firm.example: ann@firm.example"),
        (
            "From: =?utf-8?q?J=C3=B6rg_M=C3=BCller?= <j@firm.example>",
            "Sender j@firm.example: Jörg Müller, j@firm.example",
        ),
        (
            "From: =?iso-8859-1?B?TfxsbGVy?=,\n =?iso-8859-1?Q?J=F6rg?= <j@firm.example>",
            "Sender j@firm.example: Jörg Müller, j@firm.example",
        ),
        (
            "From: a@firm.example\nTo: Club: Ann Lee <ann@firm.example>, bob@else.example;",
            "Sender a@firm.example: a@firm.example\nTo ann@firm.example: Ann Lee, ann@firm.example\nTo bob@else.example: bob@else.example",
        ),
        ("From: a@firm.example\nTo: undisclosed-recipients:;", "Sender a@firm.example: a@firm.example"),
        (
            "From: Petra Klein on behalf of Max Gross <max.gross@firm.example>\nSender: Petra Klein <petra@firm.example>",
            "Sender max.gross@firm.example: Max Gross, max.gross@firm.example\nSender petra@firm.example: Petra Klein, petra@firm.example",
        ),
        (
            "From: Ann Lee via Club <club@lists.example>\nReply-To: ann@firm.example\nList-Id: <club.lists.example>",
            "Sender ann@firm.example: Ann Lee, ann@firm.example\nSender club@lists.example: club@lists.example\nReplyTo ann@firm.example: ann@firm.example",
        ),
        (
            "From: Ann Lee <ann@firm.example>\nReply-To: Ann Lee <ann.private@else.example>",
            "Sender ann@firm.example: Ann Lee, ann@firm.example\nReplyTo ann.private@else.example: Ann Lee, ann.private@else.example",
        ),
        (
            "From: Ann Lee <ann@firm.example>\nTo: Bob Ray <bob@else.example>\nResent-From: Bob Ray <bob@else.example>\nResent-To: Eva Roth <eva@third.example>",
            "Sender ann@firm.example: Ann Lee, ann@firm.example\nSender bob@else.example: Bob Ray, bob@else.example\nTo bob@else.example: Bob Ray, bob@else.example\nTo eva@third.example: Eva Roth, eva@third.example",
        ),
    ] {
        assert_eq!(header_of(head), want, "{head}");
    }
}
