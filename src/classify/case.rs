//! Decides what is known of a person when the rules are asked: everything they may look at, worked out once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::address::Address;
use crate::message::FolderKind;
use crate::observe::{Channel, PhoneKind};
use crate::people::domains::{self, DomainKind, LocalKind};
use crate::people::names::{self, NameKey};
use crate::people::{self, Owner, Person, Relation, Resolved, Signals, Value, signals};

use super::lists::{CLASSES, Classes, FOLDERS, TITLES, is_firm};

/// What the rules see of a person.
pub(super) struct Case<'a> {
    pub person: &'a Person,
    kinds: Marks,
    /// The organisations' domains among the addresses.
    pub domains: Vec<&'a str>,
    locals: Marks,
    /// Classes of organisation: of the domains, and of the organisations the person's own signature names.
    pub classes: Classes,
    pub context: &'a Context,
    /// Professions that a title shows.
    pub titles: Classes,
    /// What the folders are for in which the person was seen.
    pub folders: Classes,
    pub categories: Classes,
    pub own_domain: bool,
    /// An organisation of the person is the owner's.
    pub own_organisation: bool,
    /// The domain is the owner's with something added: a branch, a subsidiary.
    pub sister: bool,
    /// The domain is nothing but the person's surname or a family's.
    pub vanity: bool,
    /// The surname is the owner's.
    pub owners_surname: Option<Surname>,
    pub firm: bool,
    keys: Vec<NameKey>,
    channels: Marks,
    phones: Marks,
    /// What the people are whom messages brought together with this one; set in the second round.
    pub company: Company,
}

/// A set of values of a small enum.
#[derive(Clone, Copy, Default)]
struct Marks(u16);

impl Marks {
    fn of(values: impl Iterator<Item = u32>) -> Self {
        Self(values.fold(0, |all, at| all | 1u16.checked_shl(at).unwrap_or(0)))
    }

    fn has(self, at: u32) -> bool {
        self.0 & 1u16.checked_shl(at).unwrap_or(0) != 0
    }
}

/// What is worked out once for each domain and once for the owner, instead of once for each person.
pub(super) struct Memory<'a> {
    owner: &'a Owner,
    context: &'a Context,
    domains: HashMap<&'a str, Rc<Domain<'a>>>,
    /// Words of the owner's surnames. Of a double name either half is shared by the family.
    surnames: Vec<String>,
}

/// What a domain says of everybody who has an address there.
struct Domain<'a> {
    kind: DomainKind,
    registrable: &'a str,
    /// The first label, folded, without marks.
    label: String,
    classes: Classes,
    own: bool,
    sister: bool,
}

impl<'a> Memory<'a> {
    pub(super) fn new(owner: &'a Owner, context: &'a Context) -> Self {
        let keys = owner.names.iter().filter_map(|name| names::key(name)).filter(NameKey::is_full);
        let words = |key: NameKey| {
            let words = key.words.split(' ').filter(|word| *word != key.first && word.len() > 2);
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        Self { owner, context, domains: HashMap::new(), surnames: keys.flat_map(words).collect() }
    }

    fn domain(&mut self, address: &'a Address) -> Rc<Domain<'a>> {
        let domain = address.domain();
        if let Some(known) = self.domains.get(domain) {
            return Rc::clone(known);
        }
        let (kind, registrable) = (domains::kind(domain), address.registrable());
        let mut classes = Classes::default();
        if kind == DomainKind::Own {
            classes = domain_classes(domain);
            if let Some(signed) = self.context.domains.get(registrable) {
                classes.extend(signed.iter());
            }
        }
        let own = kind == DomainKind::Own && self.owner.domains.contains(registrable);
        let new = Rc::new(Domain {
            kind,
            registrable,
            label: names::words(registrable.split('.').next().unwrap_or_default()).concat(),
            classes,
            own,
            sister: kind == DomainKind::Own && !own && is_sister(registrable, self.owner),
        });
        self.domains.insert(domain, Rc::clone(&new));
        new
    }
}

/// What is known of the mailbox as a whole.
#[derive(Default)]
pub(super) struct Context {
    /// Classes of the owner's own organisation: to a doctor's practice another practice is no private matter.
    pub owner_classes: Classes,
    /// What each folder is for, by its name.
    pub folders: BTreeMap<String, Classes>,
    /// The owner keeps private mail in folders of its own.
    pub files_privately: bool,
    /// Classes that organisations' names show, by the domain of those who sign with them.
    pub domains: BTreeMap<String, Classes>,
}

impl Context {
    /// What the owner alone shows.
    pub(super) fn of_owner(owner: &Owner) -> Self {
        Self {
            owner_classes: owner.domains.iter().fold(Classes::default(), |mut all, domain| {
                all.extend(domain_classes(domain).iter());
                all
            }),
            ..Self::default()
        }
    }

    pub(super) fn of(resolved: &Resolved) -> Self {
        let mut out = Self::of_owner(&resolved.owner);
        // What the owner signs with tells the trade as well as the domain does.
        for own in resolved.people.iter().filter(|person| person.relation == Relation::Own) {
            for text in own.organisations.keys() {
                out.owner_classes.extend(organisation_classes(text).iter());
            }
            let trades = [
                ("legal", "law"),
                ("notary", "law"),
                ("health", "practice"),
                ("religion", "parish"),
                ("minor", "school"),
            ];
            let titles = titles(own);
            out.owner_classes
                .extend(trades.iter().filter(|(title, _)| titles.contains(title)).map(|(_, class)| *class));
        }
        let others = || resolved.people.iter().filter(|person| person.relation != Relation::Own);
        let german = others().filter(|person| person.tone.signals.any(signals!["german"])).count();
        let wrote = others().filter(|person| person.tone.messages > 0).count();
        let mut private = 0u32;
        for person in others() {
            let mut here = false;
            for place in person.places.keys() {
                let Some(folder) = place
                    .folder
                    .as_ref()
                    .filter(|folder| matches!(folder.kind, FolderKind::Other | FolderKind::Archive))
                else {
                    continue;
                };
                if !out.folders.contains_key(&folder.name) {
                    out.folders.insert(folder.name.clone(), folder_classes(&folder.name, german * 2 >= wrote));
                }
                here |= out.folders.get(&folder.name).is_some_and(|classes| classes.contains("private"));
            }
            private += u32::from(here);
            let mut classes = Classes::default();
            for text in person.organisations.keys() {
                classes.extend(organisation_classes(text).iter().filter(|class| TELLING.contains(class)));
            }
            if !classes.is_empty() {
                for domain in person.emails.iter().filter_map(domains::organisation_domain) {
                    out.domains.entry(domain.to_owned()).or_default().extend(classes.iter());
                }
            }
        }
        out.files_privately = private >= 5;
        out
    }
}

/// Classes that say something of everybody at a domain.
const TELLING: &[&str] = &["club", "school", "practice", "parish", "union", "party", "law"];

/// "Personal" is the staff's department in German and private in English.
fn folder_classes(name: &str, german: bool) -> Classes {
    let mut classes = FOLDERS.of(name);
    if !german && names::words(name).iter().any(|word| word == "personal") {
        classes.insert("private");
    }
    if classes.contains("consumer") {
        classes.remove("private");
    }
    classes
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
    /// The same for consumers.
    pub consumer: f64,
    /// Somebody of the owner's organisation is among them.
    pub colleague: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(person: &'a Person, memory: &mut Memory<'a>) -> Self {
        let keys: Vec<NameKey> = person.names.keys().filter_map(|name| names::key(name)).collect();
        let of_addresses: Vec<Rc<Domain<'a>>> = person.emails.iter().map(|email| memory.domain(email)).collect();
        let organised = || of_addresses.iter().filter(|domain| domain.kind == DomainKind::Own);
        let mut domains: Vec<&'a str> = organised().map(|domain| domain.registrable).collect();
        domains.sort_unstable();
        domains.dedup();
        let mut classes = Classes::default();
        for domain in organised() {
            classes.extend(domain.classes.iter());
        }
        for text in person.organisations.keys() {
            classes.extend(organisation_classes(text).iter());
        }
        let own_domain = organised().any(|domain| domain.own);
        let (own_organisation, sister) = if person.emails.is_empty() {
            (names_own(person, memory.owner), false)
        } else {
            (own_domain, organised().any(|domain| domain.sister))
        };
        if person.emails.is_empty() {
            for domain in person
                .places
                .keys()
                .filter(|place| place.channel == Channel::Footer)
                .filter_map(|place| place.via.as_ref())
                .filter_map(domains::organisation_domain)
            {
                if let Some(signed) = memory.context.domains.get(domain) {
                    classes.extend(signed.iter());
                }
            }
        }
        let vanity = (organised().any(|domain| is_vanity(&domain.label, &keys, person)) || classes.contains("family"))
            && person.organisations.is_empty()
            && !person.titles.keys().any(|text| TITLES.of(text).contains("business"));
        let local = |(email, domain): (&Address, &Rc<Domain<'_>>)| local_kind(email, domain, &keys) as u32;
        let mut categories = Classes::default();
        for text in &person.categories {
            FOLDERS.add(text, &mut categories);
        }
        Self {
            locals: Marks::of(person.emails.iter().zip(&of_addresses).map(local)),
            kinds: Marks::of(of_addresses.iter().map(|domain| domain.kind as u32)),
            titles: titles(person),
            folders: folders(person, memory.context),
            firm: person.organisations.keys().any(|text| is_firm(text)),
            channels: Marks::of(person.places.keys().map(|place| place.channel as u32)),
            phones: Marks::of(person.phones.keys().map(|phone| phone.kind as u32)),
            owners_surname: owners_surname(person, &keys, &memory.surnames),
            company: Company::default(),
            context: memory.context,
            person,
            vanity,
            categories,
            own_domain,
            domains,
            classes,
            own_organisation,
            sister,
            keys,
        }
    }

    /// Whether a letter of the person shows one of the signals.
    pub(super) fn sounds(&self, of: Signals) -> bool {
        self.person.tone.signals.any(of)
    }

    /// Whether a letter of the owner to this person alone shows one of the signals.
    pub(super) fn answered(&self, of: Signals) -> bool {
        self.person.answered.signals.any(of)
    }

    /// Whether a letter that names this person among others shows one of the signals.
    pub(super) fn around(&self, of: Signals) -> bool {
        self.person.around.signals.any(of)
    }

    /// The person's own letters, or the owner's to the person, show one of the signals.
    pub(super) fn between(&self, of: Signals) -> bool {
        self.sounds(of) || self.answered(of)
    }

    /// They write to each other as strangers do (German Sie, Dear Mr).
    pub(super) fn between_formally(&self) -> bool {
        self.between(signals!["sie", "greet-formal"])
    }

    /// A name with a known first name, and no firm's.
    pub(super) fn named_as_person(&self) -> bool {
        let known = |key: &NameKey| key.is_full() && key.words.split(' ').any(names::is_first_name);
        self.keys.iter().any(known) && !self.person.names.keys().any(|name| is_firm(name))
    }

    /// The address spells the name under which it writes.
    pub(super) fn spelled(&self) -> bool {
        self.person.emails.iter().any(|email| self.keys.iter().any(|key| names::local_spells(email.local(), key)))
    }

    /// Writes for an organisation, or in an office.
    pub(super) fn speaks_for_one(&self) -> bool {
        !self.person.organisations.is_empty() || !self.person.titles.is_empty()
    }

    /// Under a shared address: one person, and always the same, signs.
    pub(super) fn signs_alone(&self) -> bool {
        signs_alone(self.person)
    }

    /// Nothing that the person wrote or was written is known.
    pub(super) fn is_silent(&self) -> bool {
        self.person.tone.messages == 0 && self.person.answered.messages == 0
    }

    pub(super) fn seen_in(&self, channel: Channel) -> bool {
        self.channels.has(channel as u32)
    }

    /// Seen in these channels and in no other.
    pub(super) fn only_in(&self, channels: &[Channel]) -> bool {
        let all = Marks::of(channels.iter().map(|channel| *channel as u32));
        self.channels.0 != 0 && self.channels.0 & !all.0 == 0
    }

    pub(super) fn has_phone(&self, kind: PhoneKind) -> bool {
        self.phones.has(kind as u32)
    }

    pub(super) fn is(&self, class: &str) -> bool {
        self.classes.contains(class)
    }

    /// A class of organisation that belongs to private life, unless the owner works in such a one.
    pub(super) fn is_foreign(&self, class: &str) -> bool {
        self.is(class) && !self.context.owner_classes.contains(class)
    }

    pub(super) fn wrote(&self) -> bool {
        matches!(self.person.relation, Relation::Direct | Relation::Inbound)
    }

    /// Nothing but mailboxes that anybody can have.
    pub(super) fn mailbox_only(&self) -> bool {
        self.kinds.0 != 0 && !self.has_kind(DomainKind::Own)
    }

    /// A child of the owner's, by how they write to each other.
    pub(super) fn is_child(&self) -> bool {
        (self.sounds(signals!["parent-greeting"]) || self.answered(signals!["parent-signing"]))
            && !self.sounds(signals!["parent-signing"])
            && (self.domains.is_empty()
                || self.owners_surname.is_some() && self.vanity
                || self.own_domain
                || self.owners_surname.is_some())
    }

    /// A year in the local part (`mia.2012@`) that makes the person a minor on the last day seen.
    pub(super) fn is_born_late(&self) -> bool {
        let years = self
            .person
            .emails
            .iter()
            .filter(|email| email.local().bytes().any(|byte| byte.is_ascii_digit()))
            .flat_map(|email| email.local().split(|c: char| !c.is_ascii_digit()))
            .filter(|part| part.len() == 4);
        let mut years = years.filter_map(|part| part.parse::<i32>().ok()).peekable();
        if years.peek().is_none() {
            return false;
        }
        let last = self.person.places.values().filter_map(|seen| seen.days.last()).max();
        let Some(year) = last.map(|day| 1970 + day / 365) else { return false };
        years.any(|born| (5..18).contains(&(year - born)))
    }

    /// The display name says whose parent somebody is ("Anna (Mama von Ben, 4b)").
    pub(super) fn names_a_child(&self) -> bool {
        self.sounds(signals!["parent-name"]) || self.person.names.keys().any(|name| people::names_a_child(name))
    }

    pub(super) fn has_kind(&self, kind: DomainKind) -> bool {
        self.kinds.has(kind as u32)
    }

    /// Every address is at an organisation.
    pub(super) fn organised(&self) -> bool {
        self.kinds.0 == Marks::of([DomainKind::Own as u32].into_iter()).0
    }

    /// One of the addresses is such a one.
    pub(super) fn local(&self, kind: LocalKind) -> bool {
        self.locals.has(kind as u32)
    }
}

/// `mail@` and `post@` at somebody's own domain are that person's.
fn local_kind(email: &Address, domain: &Domain<'_>, keys: &[NameKey]) -> LocalKind {
    let kind = domains::local_kind(email.local());
    if kind != LocalKind::Role {
        return kind;
    }
    let own = matches!(
        email.local(),
        "mail" | "post" | "email" | "kontakt" | "hallo" | "hello" | "hi" | "contact" | "me" | "info"
    );
    let label = &domain.label;
    let named =
        keys.iter().any(|key| key.is_full() && (*label == key.last || *label == format!("{}{}", key.first, key.last)));
    if own && (named || domain.kind.is_mailbox()) { LocalKind::Person } else { kind }
}

/// Whether a domain is the owner's with something added, or the other way round.
fn is_sister(domain: &str, owner: &Owner) -> bool {
    let label = |domain: &str| domain.split('.').next().unwrap_or_default().to_owned();
    let theirs = label(domain);
    owner.domains.iter().any(|own| {
        let own = label(own);
        let (short, long) = if own.len() < theirs.len() { (&own, &theirs) } else { (&theirs, &own) };
        let telling = short.len() >= 6
            && CLASSES.of(short).is_empty()
            && !names::is_first_name(short)
            && !names::is_common_surname(short);
        telling && long.strip_prefix(short.as_str()).is_some_and(|rest| rest.starts_with('-'))
    })
}

/// Whether the organisation of somebody without an address is the owner's.
fn names_own(person: &Person, owner: &Owner) -> bool {
    let via_own = person.places.keys().any(|place| {
        let via = place.via.as_ref().and_then(domains::organisation_domain);
        place.channel == Channel::Footer && via.is_some_and(|domain| owner.domains.contains(domain))
    });
    let organisations: Vec<String> =
        person.organisations.keys().map(|text| people::fold_organisation(text)).filter(|text| text.len() > 2).collect();
    let names_own =
        organisations.iter().any(|text| owner.domains.iter().any(|domain| people::organisation_owns(text, domain)));
    names_own || organisations.is_empty() && via_own
}

/// Professions that the titles show. A line like "Rechtsanwältin für Familienrecht" may have been read as a department or
/// an organisation; there only the telling ones count.
fn titles(person: &Person) -> Classes {
    let own = || person.titles.keys().chain(person.departments.keys()).chain(person.names.keys());
    let mut out = Classes::default();
    for text in own() {
        TITLES.add(text, &mut out);
    }
    for text in person.organisations.keys() {
        let beside = TITLES.of(text);
        out.extend(
            beside.iter().filter(|class| !matches!(*class, "business" | "student" | "club" | "adviser" | "politics")),
        );
    }
    let family = |text: &String| {
        let words = names::words(text).join(" ");
        ["family law", "family solicitor", "family lawyer", "family mediat"].iter().any(|phrase| words.contains(phrase))
    };
    let lines = || person.titles.keys().chain(person.departments.keys()).chain(person.organisations.keys());
    if lines().any(family) {
        out.insert("family-law");
    }
    out
}

fn owners_surname(person: &Person, keys: &[NameKey], surnames: &[String]) -> Option<Surname> {
    if surnames.is_empty() {
        return None;
    }
    let is_owners = |word: &str| surnames.iter().any(|have| have == word);
    let full = keys.iter().filter(|key| key.is_full());
    let mut shared = full.flat_map(|key| key.words.split(' ').filter(|word| *word != key.first));
    let common = match shared.find(|word| is_owners(word)) {
        Some(word) => names::is_common_surname(word),
        None => {
            let mut spelled = person.emails.iter().flat_map(|email| names::local_words(email.local()));
            names::is_common_surname(&spelled.find(|word| word.len() > 3 && is_owners(word))?)
        }
    };
    Some(if common { Surname::Common } else { Surname::Rare })
}

fn folders(person: &Person, context: &Context) -> Classes {
    let places = person.places.keys().filter(|place| place.channel != Channel::Footer);
    let folders = places
        .filter_map(|place| place.folder.as_ref())
        .filter(|folder| matches!(folder.kind, FolderKind::Other | FolderKind::Archive));
    let mut out = Classes::default();
    for folder in folders {
        match context.folders.get(&folder.name) {
            Some(classes) => out.extend(classes.iter()),
            None => out.extend(folder_classes(&folder.name, true).iter()),
        }
    }
    out
}

/// A display name that is the organisation's: it begins with the domain's label, or shows a class or a firm; and no first name.
pub(super) fn is_organisation_name(name: &str, emails: &[Address]) -> bool {
    let words = names::words(name);
    if words.iter().any(|word| names::is_first_name(word)) && !is_firm(name) {
        return false;
    }
    let joined = words.concat();
    let labelled = emails.iter().any(|email| {
        let label = names::words(email.registrable().split('.').next().unwrap_or_default()).concat();
        label.len() >= 5 && words.len() > 1 && joined.starts_with(&label)
    });
    labelled || is_firm(name) || words.len() > 1 && !CLASSES.of(name).is_empty()
}

/// One person's name in all signatures under these addresses, or in a display name.
fn signs_alone(person: &Person) -> bool {
    let mut signed = BTreeSet::new();
    let mut shown = false;
    for (place, seen) in &person.places {
        for value in seen.values.keys() {
            let Value::Name(name) = value else { continue };
            let office = |word: &str| domains::local_kind(word) != LocalKind::Person || !CLASSES.of(word).is_empty();
            let key =
                names::key(name).filter(|key| key.is_full() && !is_firm(name) && !key.words.split(' ').any(office));
            let Some(key) = key else { continue };
            let known = key.words.split(' ').any(names::is_first_name);
            let titled = seen.values.keys().any(|value| matches!(value, Value::Title(_) | Value::Phone(_)));
            match place.channel {
                Channel::Signature | Channel::QuotedSignature if known || titled => _ = signed.insert(key.words),
                Channel::Signature | Channel::QuotedSignature | Channel::Footer => {}
                _ => shown |= known,
            }
        }
    }
    signed.len() == 1 || signed.is_empty() && shown
}

/// The classes of an organisation's name.
fn organisation_classes(text: &str) -> Classes {
    weighed(CLASSES.of(text), !is_firm(text))
}

/// The classes of a domain: its labels, without the public suffix.
pub(super) fn domain_classes(domain: &str) -> Classes {
    let mut labels: Vec<&str> = domain.split('.').collect();
    labels.pop();
    // A saint in front makes a parish; in the middle he is a street.
    let saint = labels.iter().any(|label| label.starts_with("st-") || label.starts_with("sankt-"));
    let mut all = Classes::default();
    for label in &labels {
        CLASSES.add(label, &mut all);
    }
    let mut out = weighed(all, saint);
    if domain.ends_with(".ac.uk") || domain.ends_with(".edu") {
        out.insert("university");
    }
    if domain.ends_with(".gov") || domain.ends_with(".gov.uk") || domain.ends_with("bund.de") {
        out.insert("authority");
    }
    out
}

/// Classes that others exclude: a saint's hospital is no parish, a vet's practice no doctor's, a union's office no law firm.
fn weighed(mut classes: Classes, saint: bool) -> Classes {
    if classes.contains("saint") && saint {
        classes.insert("parish");
    }
    classes.remove("saint");
    if ["practice", "school", "university", "club"].iter().any(|class| classes.contains(class)) {
        classes.remove("parish");
    }
    if classes.contains("vet") {
        classes.remove("practice");
    }
    if classes.contains("union") {
        classes.remove("law");
    }
    if classes.contains("university") {
        classes.remove("school");
    }
    classes
}

/// `label`: the domain's first, folded, without marks.
fn is_vanity(label: &str, keys: &[NameKey], person: &Person) -> bool {
    let firsts: BTreeSet<String> =
        person.emails.iter().filter_map(|email| names::local_words(email.local()).into_iter().next()).collect();
    let at_home = |rest: &str| {
        matches!(
            rest,
            "daheim"
                | "zuhause"
                | "privat"
                | "online"
                | "home"
                | "net"
                | "web"
                | "mail"
                | "family"
                | "familie"
                | "haus"
                | "clan"
        )
    };
    let named = keys.iter().filter(|key| key.is_full()).any(|key| {
        let whole = !key.tail.is_empty() && label == format!("{}{}", key.first, key.tail);
        let surname = [&key.last, &key.tail]
            .into_iter()
            .any(|last| label.strip_prefix(last.as_str()).is_some_and(|rest| rest.is_empty() || at_home(rest)));
        let bearer = firsts.contains(&key.first) || key.words.split(' ').any(names::is_first_name);
        (whole || surname) && bearer
    });
    let spelled = person.emails.iter().any(|email| {
        let words = names::local_words(email.local());
        words.len() == 2
            && words.last().is_some_and(|last| last == label)
            && words.first().is_some_and(|first| names::is_first_name(first))
    });
    named || spelled
}
