//! Decides what is known of a person when the rules are asked: everything they may look at, worked out once.

use std::collections::BTreeSet;

use crate::address::Address;
use crate::message::FolderKind;
use crate::observe::{Channel, PhoneKind};
use crate::people::domains::{self, DomainKind, LocalKind};
use crate::people::names::{self, NameKey};
use crate::people::{self, Owner, Person, Relation};

use super::lists::{CLASSES, FOLDERS, TITLES, is_firm};

/// What the rules see of a person.
pub(super) struct Case<'a> {
    pub person: &'a Person,
    pub kinds: BTreeSet<DomainKind>,
    /// The organisations' domains among the addresses.
    pub domains: BTreeSet<&'a str>,
    pub locals: BTreeSet<LocalKind>,
    /// Classes of organisation: of the domains, and of the organisations the person's own signature names.
    pub classes: BTreeSet<&'static str>,
    /// Classes of the owner's own organisation: to a doctor's practice another practice is no private matter.
    pub owner_classes: BTreeSet<&'static str>,
    /// Professions that a title shows.
    pub titles: BTreeSet<&'static str>,
    /// What the folders are for in which the person was seen.
    pub folders: BTreeSet<&'static str>,
    pub categories: BTreeSet<&'static str>,
    pub own_domain: bool,
    /// An organisation of the person is the owner's.
    pub own_organisation: bool,
    /// The domain is nothing but the person's surname or a family's.
    pub vanity: bool,
    /// The surname is the owner's.
    pub owners_surname: Option<Surname>,
    pub firm: bool,
    pub named_as_person: bool,
    channels: BTreeSet<Channel>,
    phones: BTreeSet<PhoneKind>,
    tone: BTreeSet<&'static str>,
    answered: BTreeSet<&'static str>,
    /// What the people are whom messages brought together with this one; set in the second round.
    pub company: Company,
}

/// How much a shared surname tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Surname {
    Common,
    Rare,
}

/// The spheres of those who stand in the same messages.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Company {
    /// The mean probability that they are private, by message; `None`: nobody, or nothing is known of them.
    pub private: Option<f64>,
    /// Somebody of the owner's organisation is among them.
    pub colleague: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(person: &'a Person, owner: &Owner, owner_classes: &BTreeSet<&'static str>) -> Self {
        let keys: Vec<NameKey> = person.names.keys().filter_map(|name| names::key(name)).collect();
        let full: Vec<&NameKey> = keys.iter().filter(|key| key.is_full()).collect();
        let domains: BTreeSet<&str> = person.emails.iter().filter_map(domains::organisation_domain).collect();
        let mut classes: BTreeSet<&'static str> = domains.iter().flat_map(|domain| domain_classes(domain)).collect();
        for email in &person.emails {
            if domains::organisation_domain(email).is_some() {
                classes.extend(domain_classes(email.domain()));
            }
        }
        classes.extend(person.organisations.keys().flat_map(|text| CLASSES.of(text)));
        let own_domain = domains.iter().any(|domain| owner.domains.contains(*domain));
        let mut own_organisation = own_domain;
        let mut via_own = false;
        for place in person.places.keys() {
            let via = place.via.as_ref().is_some_and(|via| {
                domains::organisation_domain(via).is_some_and(|domain| owner.domains.contains(domain))
            });
            via_own |= place.channel == Channel::Footer && via;
        }
        let organisations: Vec<String> = person
            .organisations
            .keys()
            .map(|text| people::fold_organisation(text))
            .filter(|text| text.len() > 2)
            .collect();
        if person.emails.is_empty() {
            let names_own = organisations
                .iter()
                .any(|text| owner.domains.iter().any(|domain| people::organisation_owns(text, domain)));
            own_organisation |= names_own || organisations.is_empty() && via_own;
        }
        let owner_names: Vec<NameKey> =
            owner.names.iter().filter_map(|name| names::key(name)).filter(NameKey::is_full).collect();
        let lasts: BTreeSet<&str> = owner_names.iter().map(|key| key.last.as_str()).collect();
        let shared = full.iter().map(|key| key.last.as_str()).find(|last| lasts.contains(last));
        let spelled = person
            .emails
            .iter()
            .flat_map(|email| names::local_words(email.local()))
            .any(|word| lasts.contains(word.as_str()) && word.len() > 3);
        let owners_surname = match shared.or_else(|| spelled.then(|| lasts.first().copied().unwrap_or_default())) {
            Some(last) if names::is_common_surname(last) => Some(Surname::Common),
            Some(_) => Some(Surname::Rare),
            None => None,
        };
        let folder_classes = |place: &crate::people::Place| -> BTreeSet<&'static str> {
            match &place.folder {
                Some(folder) if matches!(folder.kind, FolderKind::Other | FolderKind::Archive) => {
                    let mut classes = FOLDERS.of(&folder.name);
                    if classes.contains("consumer") {
                        classes.remove("private");
                    }
                    classes
                }
                _ => BTreeSet::new(),
            }
        };
        let signed = |place: &&crate::people::Place| !matches!(place.channel, Channel::Footer);
        Self {
            kinds: person.emails.iter().map(|email| domains::kind(email.domain())).collect(),
            locals: person.emails.iter().map(|email| local_kind(email, &keys)).collect(),
            vanity: domains.iter().any(|domain| is_vanity(domain, &keys, person)) || classes.contains("family"),
            titles: person
                .titles
                .keys()
                .chain(person.departments.keys())
                .chain(person.names.keys())
                .flat_map(|text| TITLES.of(text))
                .collect(),
            folders: person.places.keys().filter(signed).flat_map(folder_classes).collect(),
            categories: person.categories.iter().flat_map(|text| FOLDERS.of(text)).collect(),
            firm: person.organisations.keys().any(|text| is_firm(text)),
            named_as_person: full.iter().any(|key| key.words.split(' ').any(names::is_first_name))
                && !person.names.keys().any(|name| is_firm(name)),
            channels: person.places.keys().map(|place| place.channel).collect(),
            phones: person.phones.keys().map(|phone| phone.kind).collect(),
            tone: person.tone.signals.keys().copied().collect(),
            answered: person.answered.signals.keys().copied().collect(),
            owner_classes: owner_classes.clone(),
            company: Company::default(),
            person,
            domains,
            classes,
            own_domain,
            own_organisation,
            owners_surname,
        }
    }

    /// Whether a letter of the person shows the signal.
    pub(super) fn sounds(&self, id: &str) -> bool {
        self.tone.contains(id)
    }

    /// Whether a letter of the owner to this person alone shows the signal.
    pub(super) fn answered(&self, id: &str) -> bool {
        self.answered.contains(id)
    }

    pub(super) fn seen_in(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    /// Seen in these channels and in no other.
    pub(super) fn only_in(&self, channels: &[Channel]) -> bool {
        !self.channels.is_empty() && self.channels.iter().all(|channel| channels.contains(channel))
    }

    pub(super) fn has_phone(&self, kind: PhoneKind) -> bool {
        self.phones.contains(&kind)
    }

    pub(super) fn is(&self, class: &str) -> bool {
        self.classes.contains(class)
    }

    /// A class of organisation that belongs to private life, unless the owner works in such a one.
    pub(super) fn is_foreign(&self, class: &str) -> bool {
        self.is(class) && !self.owner_classes.contains(class)
    }

    pub(super) fn wrote(&self) -> bool {
        matches!(self.person.relation, Relation::Direct | Relation::Inbound)
    }

    /// Nothing but mailboxes that anybody can have.
    pub(super) fn mailbox_only(&self) -> bool {
        !self.kinds.is_empty() && self.kinds.iter().all(|kind| kind.is_mailbox())
    }

    /// No address among them that a free-mail list could know.
    pub(super) fn mailbox_free(&self) -> bool {
        self.kinds.iter().any(|kind| !kind.is_mailbox())
    }

    pub(super) fn has_kind(&self, kind: DomainKind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// `mail@` and `post@` at somebody's own domain are that person's.
fn local_kind(email: &Address, keys: &[NameKey]) -> LocalKind {
    let kind = domains::local_kind(email.local());
    if kind != LocalKind::Role {
        return kind;
    }
    let own = matches!(
        email.local(),
        "mail" | "post" | "email" | "kontakt" | "hallo" | "hello" | "hi" | "contact" | "me" | "info"
    );
    let label = names::words(email.registrable().split('.').next().unwrap_or_default()).concat();
    let named =
        keys.iter().any(|key| key.is_full() && (label == key.last || label == format!("{}{}", key.first, key.last)));
    if own && (named || domains::kind(email.domain()).is_mailbox()) { LocalKind::Person } else { kind }
}

/// The classes of a domain: its labels, without the public suffix.
pub(super) fn domain_classes(domain: &str) -> BTreeSet<&'static str> {
    let mut labels: Vec<&str> = domain.split('.').collect();
    labels.pop();
    let mut out: BTreeSet<&'static str> = labels.iter().flat_map(|label| CLASSES.of(label)).collect();
    // A saint in front makes a parish (or its hospital); in the middle he is a street.
    let saint = labels.iter().any(|label| label.starts_with("st-") || label.starts_with("sankt-"));
    if !saint && !labels.iter().any(|label| CLASSES.of(&label.replace("st-", "")).contains("parish")) {
        out.remove("parish");
    }
    if out.contains("practice") || out.contains("school") {
        out.remove("parish");
    }
    if domain.ends_with(".ac.uk") || domain.ends_with(".edu") {
        out.insert("university");
    }
    if domain.ends_with(".gov") || domain.ends_with(".gov.uk") || domain.ends_with("bund.de") {
        out.insert("authority");
    }
    out
}

fn is_vanity(domain: &str, keys: &[NameKey], person: &Person) -> bool {
    let label = names::words(domain.split('.').next().unwrap_or_default()).concat();
    let named = keys.iter().any(|key| {
        label == key.last && key.is_full()
            || label == format!("{}{}", key.first, key.last)
            || label == key.words.replace(' ', "")
    });
    let spelled = person.emails.iter().any(|email| {
        let words = names::local_words(email.local());
        words.len() == 2 && words.last().is_some_and(|last| *last == label)
    });
    named || spelled
}
