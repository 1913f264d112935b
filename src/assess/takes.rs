//! What each value of a profile takes and spares, one value at a time, over people of whom each stands for one of them.

use std::collections::BTreeSet;

use super::sample::{TODAY, assessed, facts};
use super::*;
use crate::profile::{Derived, List, Read, Schedule, Trigger, Window, builtin};

/// Each person is there for one value, and is called after it.
const MAILBOX: &str = "
me own own
  sender sent me@corp.example -3 email=me@corp.example name=Me
  signature sent me@corp.example -3 name=Me work=+49511555001
sender business direct
  sender inbox sender@firm.example -9 email=sender@firm.example name=Sender
gmail private direct
  sender inbox gmail@gmail.com -9 email=gmail@gmail.com name=Gmail
portal private direct
  sender inbox portal@gmx.de -9 email=portal@gmx.de name=Portal
provider private direct
  sender inbox provider@ewetel.net -9 email=provider@ewetel.net name=Provider
rare private direct
  sender inbox rare@0-mail.com -9 email=rare@0-mail.com name=Rare
colleague colleague direct
  sender inbox colleague@corp.example -9 email=colleague@corp.example name=Colleague
shared role direct
  sender inbox info@firm.example -9 email=info@firm.example name=Info
machine business direct
  sender inbox+a machine@firm.example -9 email=machine@firm.example name=Machine
secret business direct
  sender inbox+p secret@firm.example -9 email=secret@firm.example name=Secret
stranger business inbound
  sender inbox stranger@firm.example -9 email=stranger@firm.example name=Stranger
spam business direct
  sender junk spam@firm.example -9 email=spam@firm.example name=Spam
bare business direct
  sender inbox bare@firm.example -9 email=bare@firm.example
folder business direct
  sender other folder@firm.example -9 email=folder@firm.example name=Folder
old business direct
  sender inbox old@firm.example -900 email=old@firm.example name=Old
to business outbound
  to sent me@corp.example -9 email=to@firm.example name=To
cc business direct
  cc inbox sender@firm.example -9 email=cc@firm.example name=Cc
bcc business outbound
  bcc sent me@corp.example -400 email=bcc@firm.example name=Bcc
reply business direct
  reply_to inbox sender@firm.example -9 email=reply@firm.example name=Reply
quoted business direct
  quoted inbox sender@firm.example -9 email=quoted@firm.example name=Quoted
forwarded business direct
  forwarded inbox sender@firm.example -9 email=forwarded@firm.example name=Forwarded
intro business direct
  intro inbox sender@firm.example -9 email=intro@firm.example name=Intro
invited business direct
  invited inbox sender@firm.example -9 email=invited@firm.example name=Invited
footer business direct
  footer inbox sender@firm.example -9 name=Footer
book private listed
  book - - - email=book@home.example name=Book
";

/// A profile that reads everything, leaves out nothing, and sees the whole time.
fn everything() -> Profile {
    let mut profile = builtin().swap_remove(0);
    for choice in profile.channels.values_mut() {
        (choice.declared, choice.permitted) = (true, true);
    }
    profile.folders.declared = profile.folders.permitted;
    profile.fields.declared = profile.fields.permitted;
    profile.exclusions.freemail.declared = List::None;
    profile.window_days.declared = Window::Unlimited;
    for exclusion in Exclusion::ALL {
        exclude(&mut profile, exclusion, false);
    }
    profile
}

fn exclude(profile: &mut Profile, exclusion: Exclusion, on: bool) {
    let all = &mut profile.exclusions;
    let choice = match exclusion {
        Exclusion::Freemail => return,
        Exclusion::RoleAddresses => &mut all.role_addresses,
        Exclusion::AutomatedMail => &mut all.automated_mail,
        Exclusion::OwnDomain => &mut all.own_domain,
        Exclusion::PrivateSubjects => &mut all.private_subjects,
        Exclusion::ReciprocityOnly => &mut all.reciprocity_only,
        Exclusion::SpamAndTrash => &mut all.spam_and_trash,
        Exclusion::NoDisplayName => &mut all.no_display_name,
    };
    choice.declared = on;
}

/// Who is sent in the declared reading, and by what those who are not are held back.
fn sent(profile: &Profile, facts: Facts) -> (BTreeSet<String>, BTreeSet<(String, Exclusion)>) {
    let all = assessed(MAILBOX, std::slice::from_ref(profile), facts);
    let keys = all.people.iter().map(|one| one.person.key.clone());
    let (mut sent, mut held) = (BTreeSet::new(), BTreeSet::new());
    for (key, fate) in keys.zip(&all.runs[0].declared.fates) {
        match fate {
            Fate::Sent(_) => drop(sent.insert(key)),
            Fate::HeldBack(by) => drop(held.insert((key, *by))),
            Fate::TooOld | Fate::NotRead => {}
        }
    }
    (sent, held)
}

/// Whom the change alone spares, of those whom the profile that spares nobody sends.
fn spared(change: impl Fn(&mut Profile)) -> Vec<String> {
    let mut profile = everything();
    let (before, _) = sent(&profile, facts());
    change(&mut profile);
    let (after, _) = sent(&profile, facts());
    assert!(after.is_subset(&before), "a profile that takes less sends nobody more");
    before.difference(&after).cloned().collect()
}

#[test]
fn a_profile_that_spares_nothing_sends_everybody() {
    let persons = MAILBOX.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count();
    assert_eq!(sent(&everything(), facts()).0.len(), persons);
}

#[test]
fn each_exclusion_spares_whom_it_is_for() {
    for (exclusion, who) in [
        (Exclusion::RoleAddresses, &["shared"][..]),
        (Exclusion::AutomatedMail, &["machine"]),
        (Exclusion::OwnDomain, &["colleague", "me"]),
        (Exclusion::PrivateSubjects, &["secret"]),
        // Whom the owner never wrote to: the stranger wrote, the other stands in the address book alone.
        (Exclusion::ReciprocityOnly, &["book", "stranger"]),
        (Exclusion::SpamAndTrash, &["spam"]),
        (Exclusion::NoDisplayName, &["bare"]),
    ] {
        assert_eq!(spared(|profile| exclude(profile, exclusion, true)), who, "{}", exclusion.name());
        let mut profile = everything();
        exclude(&mut profile, exclusion, true);
        let held: Vec<(String, Exclusion)> = who.iter().map(|who| ((*who).to_owned(), exclusion)).collect();
        assert_eq!(sent(&profile, facts()).1.into_iter().collect::<Vec<_>>(), held);
    }
}

#[test]
fn each_free_mail_list_spares_more_than_the_one_before() {
    let with = |list| spared(|profile| profile.exclusions.freemail.declared = list);
    assert_eq!(with(List::MinimalUs), ["gmail"]);
    assert_eq!(with(List::PortalMid), ["gmail", "portal", "rare"]);
    assert_eq!(with(List::PortalMax), ["gmail", "portal", "rare"]);
    assert_eq!(with(List::DeExtended), ["gmail", "portal", "provider", "rare"]);
}

#[test]
fn each_channel_that_is_not_read_spares_whom_it_alone_shows() {
    for (read, who) in [
        (Read::AddressBook, &["book"][..]),
        (Read::To, &["to"]),
        (Read::Cc, &["cc"]),
        (Read::Bcc, &["bcc"]),
        (Read::ReplyTo, &["reply"]),
        (Read::QuotedSignature, &["quoted"]),
        (Read::ForwardedSignature, &["forwarded"]),
        (Read::Intro, &["intro"]),
        (Read::Calendar, &["invited"]),
        (Read::Footer, &["footer"]),
    ] {
        let change = |profile: &mut Profile| {
            let choice = profile.channels.get_mut(&read).expect("every channel is stated");
            choice.declared = false;
        };
        assert_eq!(spared(change), who, "{}", read.name());
    }
}

#[test]
fn folders_and_the_window_spare_what_lies_outside() {
    let inbox_alone = |profile: &mut Profile| {
        let twin = builtin().swap_remove(0);
        profile.folders.declared = twin.folders.declared;
    };
    // Inbox and sent mail are read, junk and other folders are not.
    assert_eq!(spared(inbox_alone), ["folder", "spam"]);
    let installed = Facts { installed_on: Some(TODAY), ..facts() };
    let mut profile = everything();
    let (before, _) = sent(&profile, installed.clone());
    profile.window_days.declared = Window::Days(30);
    let (after, _) = sent(&profile, installed.clone());
    assert_eq!(before.difference(&after).collect::<Vec<_>>(), ["bcc", "old"]);
    // A profile that uploads once sees nothing that comes later.
    let earlier = Facts { installed_on: Some(TODAY - 30), ..facts() };
    profile.window_days.declared = Window::Unlimited;
    profile.schedule.declared = Schedule { trigger: Trigger::Once, every_hours: 0 };
    assert_eq!(sent(&profile, earlier).0.into_iter().collect::<Vec<_>>(), ["bcc", "book", "old"]);
}

/// Google's "other contacts": whom the owner wrote to, whatever the folder and however long ago; nobody else.
#[test]
fn sent_mail_stands_for_an_address_book_that_was_not_given() {
    let mut profile = everything();
    for (read, choice) in &mut profile.channels {
        choice.declared = *read == Read::AddressBook;
    }
    profile.window_days.declared = Window::Days(30);
    let installed = Facts { installed_on: Some(TODAY), ..facts() };
    assert_eq!(sent(&profile, installed.clone()).0.into_iter().collect::<Vec<_>>(), ["book"]);
    let derived = profile.address_book_from.as_mut().expect("is stated");
    derived.declared = Derived::SentMail;
    assert_eq!(sent(&profile, installed.clone()).0.into_iter().collect::<Vec<_>>(), ["bcc", "book", "to"]);
    // A book that was given needs no substitute.
    let given = Facts { address_book: Some(1), ..installed };
    assert_eq!(sent(&profile, given).0.into_iter().collect::<Vec<_>>(), ["book"]);
}

#[test]
fn what_is_built_in_reads_replies_and_forwards_apart() {
    // One vendor says that it reads forwarded mail, and nothing of quoted replies.
    let profiles = builtin();
    let evercontact = profiles.iter().find(|profile| profile.id == "evercontact-2019").expect("is built in");
    let setting = evercontact.setting(Bound::Declared);
    assert!(setting.reads(Read::ForwardedSignature) && !setting.reads(Read::QuotedSignature));
    let all = assessed(MAILBOX, std::slice::from_ref(evercontact), facts());
    let fate = |who: &str| {
        let at = all.people.iter().position(|one| one.person.key == who).expect("is in the sample");
        matches!(all.runs[0].declared.fates[at], Fate::Sent(_))
    };
    assert_eq!([fate("forwarded"), fate("quoted")], [true, false]);
}

/// Every built-in profile over the same people, side by side: whoever changes a profile sees whom it changes it for.
///
/// `+` sent, `-` not read, `<` too old, and a letter for what holds back: Free mail, Role, Automated, own Domain,
/// Subject, reCiprocity, sPam, Nameless. First the declared, then the permitted reading.
#[test]
fn each_built_in_profile_over_the_same_people() {
    let profiles = builtin();
    let all = assessed(MAILBOX, &profiles, facts());
    let letter = |fate: &Fate| match fate {
        Fate::Sent(_) => '+',
        Fate::NotRead => '-',
        Fate::TooOld => '<',
        Fate::HeldBack(by) => match by {
            Exclusion::Freemail => 'F',
            Exclusion::RoleAddresses => 'R',
            Exclusion::AutomatedMail => 'A',
            Exclusion::OwnDomain => 'D',
            Exclusion::PrivateSubjects => 'S',
            Exclusion::ReciprocityOnly => 'C',
            Exclusion::SpamAndTrash => 'P',
            Exclusion::NoDisplayName => 'N',
        },
    };
    let mut table = String::new();
    for (at, run) in all.runs.iter().enumerate() {
        table += &format!("{} {} ({} .. {})\n", at + 1, run.profile.id, run.low(), run.high());
    }
    for (at, one) in all.people.iter().enumerate() {
        let fates = all.runs.iter().map(|run| Bound::BOTH.map(|bound| letter(&run.at(bound).fates[at])));
        let fates: Vec<String> = fates.map(|both| both.iter().collect()).collect();
        table += &format!("{:<11}{}\n", one.person.key, fates.join(" "));
    }
    insta::assert_snapshot!(table);
}
