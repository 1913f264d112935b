//! The sum's laws, and who is one person, in a notation of one line a message:
//! `FOLDER from "Name" <a@b> > to, to cc cc, cc | seen ...`.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::message::{Automation, Folder, FolderKind, Line, Locator, Message, Party, Timestamp};
use crate::observe::{Card, Observation, Within, Zone};

/// `Ann_Lee<ann@firm.example>` or `ann@firm.example`.
fn party(text: &str) -> Party {
    let (name, address) = text.split_once('<').unwrap_or(("", text));
    let name = (!name.is_empty()).then(|| name.replace('_', " "));
    Party { name, address: Address::parse(address) }
}

/// `sent|inbox|NAME day from > to .. [cc ..] [sig:field=value,..] [quoted:..] [footer:..] [list] [subject:..] [body:..]`
fn message(text: &str, number: u64) -> (Message, Vec<Observation>) {
    let mut words = text.split_whitespace();
    let folder = words.next().unwrap_or("inbox");
    let kind = match folder {
        "sent" => FolderKind::Sent,
        "inbox" => FolderKind::Inbox,
        "drafts" => FolderKind::Drafts,
        _ => FolderKind::Other,
    };
    let day: i64 = words.next().and_then(|day| day.parse().ok()).unwrap_or_default();
    let mut out = Message {
        at: Locator { folder: Arc::new(Folder { alias: folder.to_owned(), name: folder.to_owned(), kind }), number },
        date: Some(Timestamp { seconds: day * 86_400 + 36_000, offset: 0 }),
        id: None,
        subject: format!("number {number}"),
        from: vec![party(words.next().unwrap_or_default())],
        sender: Vec::new(),
        reply_to: Vec::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        delivered_to: Vec::new(),
        automation: Automation::default(),
        lines: Vec::new(),
        calendar: Vec::new(),
    };
    let mut seen = Vec::new();
    let mut field = 0;
    for word in words {
        match word.split_once(':') {
            None if word == ">" => field = 1,
            None if word == "cc" => field = 2,
            None if word == "list" => out.automation.list = true,
            None if field == 1 => out.to.push(party(word)),
            None => out.cc.push(party(word)),
            Some(("subject", text)) => out.subject = text.replace('_', " "),
            Some(("id", text)) => out.id = Some(text.to_owned()),
            Some(("delivered", text)) => out.delivered_to.extend(Address::parse(text)),
            Some(("reply", text)) => out.reply_to.push(party(text)),
            Some(("body", text)) => out.lines.extend(text.split('/').map(|line| Line::plain(&line.replace('_', " ")))),
            Some((channel, fields)) => {
                let mut card = Card::default();
                for field in fields.split(';') {
                    let (key, value) = field.split_once('=').unwrap_or(("name", field));
                    let value = value.replace('_', " ");
                    match key {
                        "name" => card.names.push(value),
                        "org" => card.organisations.push(value),
                        "title" => card.titles.push(value),
                        "email" => card.emails.extend(Address::parse(&value)),
                        "mobile" => card.phones.push(Phone { number: value, kind: crate::observe::PhoneKind::Mobile }),
                        other => panic!("no field {other}"),
                    }
                }
                let (channel, of) = match channel {
                    "sig" => (Channel::Signature, out.from.first().and_then(|party| party.address.clone())),
                    "quoted" => (Channel::QuotedSignature, None),
                    "footer" => (Channel::Footer, None),
                    other => panic!("no channel {other}"),
                };
                seen.push(Observation { channel, card, of, within: Within::Mail });
            }
        }
    }
    let fields = [
        (Channel::Sender, &out.from),
        (Channel::To, &out.to),
        (Channel::Cc, &out.cc),
        (Channel::ReplyTo, &out.reply_to),
    ];
    for (channel, parties) in fields {
        for party in parties {
            let card = Card {
                names: party.name.iter().cloned().collect(),
                emails: party.address.iter().cloned().collect(),
                ..Card::default()
            };
            seen.push(Observation { channel, card, of: party.address.clone(), within: Within::Mail });
        }
    }
    (out, seen)
}

fn sum(lines: &[&str]) -> People {
    let mut people = People::default();
    for (number, line) in (1..).zip(lines) {
        let (message, seen) = message(line, number);
        people.add(&message, &vec![Zone::Body; message.lines.len()], &seen);
    }
    people
}

fn resolved(text: &str) -> Resolved {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    sum(&lines).resolve(&OwnerHint::default())
}

/// Everybody but the owner: the key, the other addresses, the relation, the rules of joining.
fn shown(text: &str) -> Vec<String> {
    let all = resolved(text);
    let others = all.people.iter().filter(|person| person.relation != Relation::Own);
    let line = |person: &Person| {
        let emails: Vec<&str> = person.emails.iter().map(Address::as_str).collect();
        let joins: Vec<&str> = person.joins.iter().map(|join| join.rule).collect();
        let who = if emails.is_empty() { person.key.clone() } else { emails.join(" = ") };
        format!("{who}: {:?} {}", person.relation, joins.join(" ")).trim().to_owned()
    };
    others.map(line).collect()
}

const ME: &str = "Jana_Osterkamp<jana@corp.example>";

#[test]
fn relations_follow_from_who_wrote_to_whom() {
    assert_eq!(
        shown(
            "sent 1 Jana_Osterkamp<jana@corp.example> > both@firm.example out@firm.example
             inbox 2 both@firm.example > jana@corp.example cc seen@else.example
             inbox 3 in@firm.example > jana@corp.example"
        ),
        [
            "both@firm.example: Direct",
            "in@firm.example: Inbound",
            "out@firm.example: Outbound",
            "seen@else.example: Bystander"
        ]
    );
}

#[test]
fn a_draft_was_never_sent() {
    let text = "sent 1 jana@corp.example > a@firm.example
                drafts 2 jana@corp.example > b@firm.example";
    assert_eq!(shown(text), ["a@firm.example: Outbound", "b@firm.example: Bystander"]);
}

#[test]
fn spellings_of_one_mailbox_are_one_person() {
    assert_eq!(
        shown(
            "sent 1 jana@corp.example > x@firm.example
             inbox 2 Bo.Lind+shop@googlemail.com > jana@corp.example
             inbox 3 bolind@GMAIL.com > jana@corp.example"
        )[0],
        "bo.lind+shop@googlemail.com = bolind@gmail.com: Inbound spelling"
    );
}

#[test]
fn two_people_of_one_name_stay_apart() {
    let text = "sent 1 jana@corp.example > Stefan_Krüger<stefan.krueger@bank.example>
                inbox 2 Stefan_Krüger<stefan.krueger.rudern@gmx.de> > jana@corp.example
                inbox 3 Stefan_Krueger<krueger@else.example> > jana@corp.example";
    assert_eq!(shown(text).len(), 3, "{:?}", shown(text));
    // Even a rare name shows nothing without a conversation that ties the two.
    let text = "sent 1 jana@corp.example > Torge_Wübbelsmann<torge.w@bank.example>
                inbox 90 Torge_Wübbelsmann<torge.wuebbelsmann@gmx.de> > jana@corp.example";
    assert_eq!(shown(text).len(), 2, "{:?}", shown(text));
}

#[test]
fn one_person_at_one_firm_under_two_addresses() {
    assert_eq!(
        shown(
            "sent 1 jana@corp.example > Martina_Müller<martina.mueller@firm.example>
             inbox 2 Müller,_Martina<m.mueller@mail.firm.example> > jana@corp.example
             inbox 3 M._Müller<m.mueller@else.example> > jana@corp.example"
        ),
        [
            "m.mueller@else.example: Inbound",
            "m.mueller@mail.firm.example = martina.mueller@firm.example: Direct same-name-and-domain"
        ]
    );
}

/// Work and home of a husband: nobody else in the family bears his first name.
#[test]
fn the_owners_family_is_one_person_each() {
    let people = resolved(
        "sent 1 Wiebke_Ostervoss<wiebke@corp.example> > Jonte_Ostervoss<jonte@web.de>
        inbox 9 Jonte_Ostervoss<j.ostervoss@freight.example> > wiebke@corp.example
        inbox 30 Tilda_Ostervoss<tilda@web.de> > wiebke@corp.example
        inbox 60 Jonte_Wagenfeld<jw@web.de> > wiebke@corp.example
        inbox 90 Jonte_Wagenfeld<jonte@wagen.example> > wiebke@corp.example",
    );
    let of = |text: &str| {
        let address = Address::parse(text).unwrap();
        people.people.iter().find(|person| person.emails.has(&address)).unwrap()
    };
    assert_eq!(of("jonte@web.de").emails.len(), 2);
    assert!(of("jonte@web.de").joins.iter().any(|join| join.rule == "same-name-in-the-owners-family"));
    assert_eq!(of("tilda@web.de").emails.len(), 1, "a first name of her own");
    assert_eq!(of("jw@web.de").emails.len(), 1, "no name of the owner's");
}

/// A son whose signature leaves the "Jr." out; a list that a member signs; a colleague who has left.
#[test]
fn father_and_son_a_list_and_its_chairman_are_two_a_colleague_at_home_is_one() {
    assert_eq!(
        shown(
            "sent 1 jana@corp.example > Stan_Novak<stan@firm.example> Stan_Jr<stanjr@firm.example>
             inbox 2 Stan_Novak_Jr.<stanjr@firm.example> > jana@corp.example sig:Stan_Novak;org=Novak_Inc.
             inbox 3 Stan_Novak<stan@firm.example> > jana@corp.example sig:Stan_Novak;org=Novak_Inc. footer:Stan_Novak"
        ),
        ["stan@firm.example: Direct", "stanjr@firm.example: Direct"]
    );
    assert_eq!(
        shown(
            "sent 1 jana@corp.example > x@firm.example
             inbox 2 Dirk_Wessling<list@club.example> > list@club.example list sig:Dirk_Wessling;title=Vorsitzender
             inbox 3 Dirk_Wessling<vorstand@club.example> > jana@corp.example sig:Dirk_Wessling;title=Vorsitzender"
        ),
        ["list@club.example: Inbound", "vorstand@club.example: Inbound", "x@firm.example: Outbound"]
    );
    let felix = |cc: &str| {
        shown(&format!(
            "sent 1 jana@corp.example > x@firm.example
             inbox 2 Felix_Ortwein<felix@corp.example> > jana@corp.example
             inbox 90 Felix_Ortwein<felix.ortwein@posteo.de> > jana@corp.example cc {cc}"
        ))
    };
    let joined = "felix.ortwein@posteo.de = felix@corp.example: Inbound same-rare-name-among-colleagues";
    assert!(felix("bo@corp.example").contains(&joined.to_owned()), "{:?}", felix("bo@corp.example"));
    assert!(!felix("bo@gmx.de").contains(&joined.to_owned()), "a friend who is a colleague's namesake");
}

#[test]
fn a_signature_ties_only_its_bearers_addresses() {
    assert_eq!(
        shown(
            "sent 1 jana@corp.example > x@firm.example
             inbox 2 Ann_Lee<ann.lee@firm.example> > jana@corp.example sig:Ann_Lee;email=ann.lee.77@gmx.de
             inbox 3 ann.lee.77@gmx.de > jana@corp.example
             inbox 4 Bo_Lind<bo@firm.example> > jana@corp.example sig:Bo_Lind;email=info@firm.example;email=cy.zell@firm.example
             inbox 5 Cy_Zell<cy.zell@firm.example> > jana@corp.example
             inbox 6 info@firm.example > jana@corp.example"
        ),
        [
            "ann.lee.77@gmx.de = ann.lee@firm.example: Inbound signature-prints-address",
            "bo@firm.example: Inbound",
            "cy.zell@firm.example: Inbound",
            "info@firm.example: Inbound",
            "x@firm.example: Outbound"
        ]
    );
}

#[test]
fn the_same_mobile_number_ties_initials_to_the_full_name() {
    let text = "sent 1 jana@corp.example > x@firm.example
                inbox 2 Albrecht_Nissum<a.nissum@uni.example> > jana@corp.example sig:Albrecht_Nissum;mobile=+491713920000
                inbox 3 A._Nissum<nissum.privat@gmx.de> > jana@corp.example sig:A._Nissum;mobile=+491713920000
                inbox 4 Bo_Nissum<bo@gmx.de> > jana@corp.example sig:Bo_Nissum;mobile=+491713920000";
    assert_eq!(shown(text).len(), 3, "{:?}", shown(text));
}

#[test]
fn people_without_an_address_are_people_once() {
    assert_eq!(
        shown(
            "sent 1 jana@corp.example > x@firm.example
             inbox 2 ann@firm.example > jana@corp.example footer:Karl_Ottenberg;org=Firm_GmbH;title=Geschäftsführer
             inbox 3 ann@firm.example > jana@corp.example footer:Dr._Karl_Ottenberg
             inbox 4 Bo_Lind<bo@else.example> > jana@corp.example footer:Karl_Ottenberg;org=Else_AG
             inbox 5 Bo_Lind<bo@else.example> > jana@corp.example footer:Bo_Lind;org=Else_AG"
        ),
        [
            "ann@firm.example: Inbound",
            "bo@else.example: Inbound",
            "karl ottenberg @  / firm.example: Bystander same-name-and-domain",
            "karl ottenberg @ else / else.example: Bystander",
            "x@firm.example: Outbound"
        ]
    );
}

#[test]
fn the_owner_is_found_in_the_sent_folder_with_all_addresses() {
    let all = resolved(
        "sent 1 Jana_Osterkamp<jana@corp.example> > a@firm.example
         sent 2 Jana_Osterkamp<jana.osterkamp@corp-holding.example> > b@firm.example
         sent 3 info@corp.example > b@firm.example
         inbox 4 c@gmx.de > Jana<jana.osterkamp.privat@posteo.de>",
    );
    let addresses: Vec<&str> = all.owner.addresses.iter().map(Address::as_str).collect();
    assert_eq!(
        addresses,
        ["jana.osterkamp.privat@posteo.de", "jana.osterkamp@corp-holding.example", "jana@corp.example"]
    );
    assert_eq!(all.owner.domains.iter().collect::<Vec<_>>(), ["corp-holding.example", "corp.example"]);
    assert_eq!(all.owner.found_by, "sent folder");
    assert!(all.outbound_measured);
}

#[test]
fn without_a_sent_folder_the_owner_shows_in_the_recipients() {
    let all = resolved(
        "inbox 1 a@firm.example > jana@corp.example
         inbox 2 b@firm.example > jana@corp.example cc team@corp.example
         inbox 3 c@else.example > jana@corp.example
         inbox 4 d@else.example > x@else.example",
    );
    assert_eq!(all.owner.found_by, "recipients");
    assert!(!all.outbound_measured, "outbound was not measured");
    assert!(all.people.iter().all(|person| person.relation != Relation::Outbound));
}

#[test]
fn nobody_is_the_owner_where_the_mailbox_does_not_show_it() {
    let all = resolved(
        "inbox 1 a@firm.example > b@firm.example
         inbox 2 b@firm.example > a@firm.example
         inbox 3 c@firm.example > d@firm.example",
    );
    assert_eq!((all.owner.addresses.len(), all.owner.found_by), (0, ""));
    assert!(all.people.iter().all(|person| person.relation != Relation::Own));
    // A shared mailbox from which three people send in equal parts is nobody's.
    let all = resolved(
        "sent 1 ann@firm.example > x@else.example
         sent 2 bo@firm.example > x@else.example
         sent 3 cy@firm.example > x@else.example",
    );
    assert_eq!(all.owner.found_by, "");
}

#[test]
fn a_sole_trader_on_free_mail_has_no_own_domain() {
    let all = resolved("sent 1 Jana_Osterkamp<jana.osterkamp@gmx.de> > a@gmx.de");
    assert!(all.owner.domains.is_empty() && is_sole_trader(&all.owner));
}

#[test]
fn what_the_user_says_is_the_owner() {
    let hint = OwnerHint {
        addresses: [Address::parse("Bo@firm.example").unwrap()].into(),
        domains: ["group.example".to_owned()].into(),
    };
    let all = sum(&["sent 1 ann@firm.example > bo@firm.example"]).resolve(&hint);
    assert_eq!(all.owner.found_by, "configured");
    assert_eq!(
        all.people.iter().find(|person| person.relation == Relation::Own).map(|person| person.key.as_str()),
        Some("bo@firm.example")
    );
    assert!(all.owner.domains.contains("group.example"));
}

#[test]
fn a_copy_in_a_second_folder_changes_a_count_and_no_relation() {
    let once = [
        "sent 1 jana@corp.example > a@firm.example id:1",
        "inbox 2 a@firm.example > jana@corp.example id:2 body:Kannst_du_kommen?",
    ];
    let twice = [once[0], once[1], "All 2 a@firm.example > jana@corp.example id:2 body:Kannst_du_kommen?"];
    let (one, two) = (sum(&once).resolve(&OwnerHint::default()), sum(&twice).resolve(&OwnerHint::default()));
    let person = |all: &Resolved| all.people.iter().find(|person| person.key == "a@firm.example").cloned().unwrap();
    assert_eq!(person(&one).tone, person(&two).tone);
    assert_eq!(person(&one).relation, person(&two).relation);
    let count = |person: &Person| person.places.values().map(|seen| seen.count).sum::<u64>();
    assert_eq!((count(&person(&one)), count(&person(&two))), (2, 3));
}

#[test]
fn odd_input_is_no_panic_and_no_join() {
    // Display names that are other people's addresses; look-alikes of another script; empty and absurd values.
    let text = "sent 1 jana@corp.example > x@firm.example
                inbox 2 dirk.hell@firm.example<ann@gmx.de> > jana@corp.example
                inbox 3 dirk.hell@firm.example > jana@corp.example
                inbox 4 Аnn_Leeberg<ann.leeberg@firm.example> > jana@corp.example
                inbox 5 Ann_Leeberg<al@firm.example> > jana@corp.example
                inbox 6 @firm.example > jana@corp.example
                inbox 7 < > jana@corp.example";
    assert_eq!(shown(text).len(), 5, "{:?}", shown(text));
    let long = format!("inbox 8 {}<a@firm.example> > jana@corp.example", "x".repeat(100_000));
    assert_eq!(resolved(&long).people.len(), 2);
}

#[test]
fn a_hundred_thousand_in_one_cc_are_a_crowd() {
    let mut line = String::from("inbox 1 boss@firm.example > jana@corp.example cc");
    for number in 0..100_000 {
        line.push_str(&format!(" p{number}@mass.example"));
    }
    let started = std::time::Instant::now();
    let all = sum(&["sent 1 jana@corp.example > boss@firm.example", &line]).resolve(&OwnerHint::default());
    assert_eq!(all.people.len(), 100_002);
    assert_eq!(all.people.iter().filter(|person| person.relation == Relation::Bystander).count(), 100_000);
    assert!(all.circles.is_empty(), "a crowd is no acquaintance");
    assert!(started.elapsed().as_secs() < 60);
}

fn text_of(all: &Resolved) -> String {
    let people: Vec<_> = all
        .people
        .iter()
        .map(|person| {
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                person.key,
                person.emails.iter().map(Address::as_str).collect::<Vec<_>>(),
                person.names,
                person.relation,
                person.joins,
                person.tone,
                person
                    .places
                    .iter()
                    .map(|(place, seen)| (
                        place.channel,
                        seen.count,
                        seen.days.to_vec(),
                        seen.values.values().collect::<Vec<_>>().len()
                    ))
                    .collect::<Vec<_>>()
            )
        })
        .collect();
    format!(
        "{:?} {:?} {people:#?} {:?}",
        all.owner.addresses.iter().map(Address::as_str).collect::<Vec<_>>(),
        all.owner.found_by,
        all.circles
    )
}

fn line() -> impl Strategy<Value = String> {
    let who = prop::sample::select(vec![
        ME,
        "jana.osterkamp@posteo.de",
        "Ann_Lee<ann.lee@firm.example>",
        "Lee,_Ann<a.lee@firm.example>",
        "Ann_Lee<ann.lee.77@gmx.de>",
        "Bo_Lind<bo@gmail.com>",
        "b.o+x@googlemail.com",
        "Stefan_Krüger<sk@bank.example>",
        "Stefan_Krueger<sk@gmx.de>",
        "info@firm.example",
    ]);
    let extra = prop::sample::select(vec![
        "",
        "",
        "sig:Ann_Lee;mobile=+491",
        "sig:A._Lee;mobile=+491",
        "footer:Stefan_Krüger;org=Bank_AG",
        "quoted:Ann_Lee;org=Firm_GmbH",
        "quoted:Bo_Lind",
        "list",
        "id:same",
        "body:Hallo_Jana/kannst_du/LG",
    ]);
    let folder = prop::sample::select(vec!["sent", "inbox", "Privat", "All"]);
    (folder, 0..40i32, who.clone(), prop::collection::vec(who, 1..4), extra)
        .prop_map(|(folder, day, from, to, extra)| format!("{folder} {day} {from} > {} {extra}", to.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn order_split_and_grouping_change_nothing(lines in prop::collection::vec(line(), 1..14), cuts in prop::collection::vec(0..14usize, 2), swap in any::<bool>()) {
        // The number stands for the place in the mailbox: it goes with the line.
        let numbered: Vec<(u64, &String)> = (1..).zip(&lines).collect();
        let add = |lines: &[(u64, &String)]| {
            let mut people = People::default();
            for (number, line) in lines {
                let (message, seen) = message(line, *number);
                people.add(&message, &vec![Zone::Body; message.lines.len()], &seen);
            }
            people
        };
        let whole = text_of(&add(&numbered).resolve(&OwnerHint::default()));
        let backwards: Vec<_> = numbered.iter().rev().copied().collect();
        prop_assert_eq!(&text_of(&add(&backwards).resolve(&OwnerHint::default())), &whole);
        let (one, two) = (cuts[0].min(cuts[1]).min(lines.len()), cuts[0].max(cuts[1]).min(lines.len()));
        let (a, b, c) = (add(&numbered[..one]), add(&numbered[one..two]), add(&numbered[two..]));
        let joined = if swap {
            let mut right = c;
            right.merge(b);
            right.merge(a);
            right
        } else {
            let (mut left, mut right) = (a, b);
            right.merge(c);
            left.merge(right);
            left
        };
        prop_assert_eq!(&text_of(&joined.resolve(&OwnerHint::default())), &whole);
    }
}
