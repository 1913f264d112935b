//! Decides the live demonstration: the real pipeline runs over the sample mailbox, message by message in the order of
//! time, and what it finds is streamed to the page; at the end stand the numbers of a whole audit, under every choice of
//! rules that the audience can make.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::http::{NOTHING, Request, Response, Status};
use crate::assess::{self, Assessment, Class, Facts, FolderRead};
use crate::classify;
use crate::message::{self, Folder, FolderKind, RawMessage};
use crate::observe::{self, Card, Channel, Observation};
use crate::people::{OwnerHint, People};
use crate::profile::{Bound, Field, List, Profile, Read};
use crate::report::{Evidence, FateShown, Lang, Level, Meta, Plain, Report};

/// What the demonstration is made of; nobody in it is real.
pub struct Sample {
    pub messages: Vec<RawMessage>,
    pub contacts: Vec<(Card, Vec<String>)>,
    pub profile: Profile,
    /// The day that counts as today.
    pub today: i32,
    pub key: Vec<u8>,
}

/// The page and its stream.
pub struct Demo {
    lang: Lang,
    feed: Arc<Feed>,
}

/// How a request is answered.
pub enum Answer {
    Whole(Response),
    Stream,
}

/// What was found so far, as events of the stream.
#[derive(Default)]
struct Feed {
    events: Mutex<Vec<String>>,
    grown: watch::Sender<usize>,
    done: watch::Sender<bool>,
}

impl Feed {
    fn push(&self, name: &str, data: &Value) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        // JSON has no raw line breaks, so one event is one line.
        events.push(format!("event: {name}\ndata: {data}\n\n"));
        self.grown.send_replace(events.len());
    }

    fn from(&self, at: usize) -> Vec<String> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).get(at..).unwrap_or_default().to_vec()
    }
}

impl Demo {
    /// Begins at once, beside whoever asks for the page.
    pub fn start(sample: Sample, lang: Lang) -> Self {
        let feed = Arc::new(Feed::default());
        std::thread::spawn({
            let feed = Arc::clone(&feed);
            move || run(sample, lang, &feed)
        });
        Self { lang, feed }
    }

    pub(super) fn answer(&self, request: &Request) -> Answer {
        let page = |kind, body: &str| Response { policy: POLICY.to_owned(), ..Response::new(kind, body) };
        Answer::Whole(match request.path.as_str() {
            "/" => page("text/html; charset=utf-8", &filled(include_str!("demo.html"), self.lang)),
            "/demo.css" => page("text/css; charset=utf-8", include_str!("demo.css")),
            "/demo.js" => page("text/javascript; charset=utf-8", include_str!("demo.js")),
            "/stream" => return Answer::Stream,
            _ => Response::refused(Status::NotFound, "there is no such page"),
        })
    }

    /// Sends what was found, from the beginning, and what is found, until the end. `seen` hears of every sign of life.
    pub(super) async fn stream(&self, stream: &mut TcpStream, seen: impl Fn()) {
        let head = Response { policy: NOTHING.to_owned(), ..Response::new("text/event-stream", "") }.head(None);
        if stream.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        let (mut grown, done) = (self.feed.grown.subscribe(), self.feed.done.subscribe());
        let mut at = 0;
        loop {
            let ended = *done.borrow();
            for event in self.feed.from(at) {
                at += 1;
                if stream.write_all(event.as_bytes()).await.is_err() {
                    return;
                }
            }
            seen();
            if ended {
                let _ = stream.shutdown().await;
                return;
            }
            // Woken by the next event; looks up once a second, in case the end came between.
            let _ = tokio::time::timeout(Duration::from_secs(1), grown.wait_for(|&count| count > at)).await;
        }
    }
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The rules that the audience can switch; a bit each.
const FREEMAIL: usize = 1;
const NO_QUOTES: usize = 2;
const WROTE_TO: usize = 4;
const TWO_FOLDERS: usize = 8;
const LONG_LIST: usize = 16;
const RULES: usize = 32;

/// The profile in its permitted reading, with these rules on top. The vendor's filter alone is that reading itself: what
/// the page begins with is what was counted while the mailbox was read.
fn under(rules: usize, profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    if rules & FREEMAIL == 0 {
        profile.exclusions.freemail.permitted = List::None;
    }
    if rules & LONG_LIST != 0 {
        profile.exclusions.freemail.permitted = profile.exclusions.freemail.permitted.max(List::PortalMax);
    }
    if rules & NO_QUOTES != 0 {
        for read in [Read::QuotedSignature, Read::Intro] {
            if let Some(choice) = profile.channels.get_mut(&read) {
                choice.permitted = false;
            }
        }
    }
    if rules & WROTE_TO != 0 {
        profile.exclusions.reciprocity_only.permitted = true;
    }
    if rules & TWO_FOLDERS != 0 {
        profile.folders.permitted = [FolderKind::Inbox, FolderKind::Sent].into_iter().collect();
    }
    profile
}

fn run(mut sample: Sample, lang: Lang, feed: &Feed) {
    let words = Words::of(lang);
    let mut problems = Vec::new();
    let read = |raw: &RawMessage| message::parse(raw, &mut problems);
    let mut messages: Vec<message::Message> = sample.messages.iter().filter_map(read).collect();
    messages.sort_by_key(|message| message.date);
    let facts = facts(&sample, &messages);
    feed.push(
        "words",
        &json!({ "never": words.never, "nobody": words.nobody, "left": words.left, "guessed": words.guessed, "bet": words.bet, "wait": words.wait }),
    );

    // The whole audit first: who everybody turns out to be. The stream then tells it in the order of time.
    let mut reader = observe::zones::Reader::default();
    let mut people = People::default();
    for (card, categories) in &sample.contacts {
        people.add_contact(card, categories);
    }
    let seen: Vec<(message::Message, Vec<Observation>)> = messages
        .into_iter()
        .map(|message| {
            let zones = reader.zones(&message.lines, message.from.first());
            let seen = observe::observe_in(&message, &zones);
            people.add(&message, &zones, &seen);
            (message, seen)
        })
        .collect();
    let whole = assessed(&people, &sample.profile, facts.clone());
    let choices: Vec<Profile> = (0..RULES).map(|rules| under(rules, &sample.profile)).collect();
    let choices = sent(&people, &choices, &facts);
    let classes: BTreeMap<String, Class> = whole
        .people
        .iter()
        .flat_map(|one| one.person.emails.iter().map(move |address| (address.to_string(), one.class)))
        .collect();
    records(&whole, &sample, words, feed);

    let mut reader = observe::zones::Reader::default();
    let mut so_far = People::default();
    for (card, categories) in std::mem::take(&mut sample.contacts) {
        so_far.add_contact(&card, &categories);
    }
    let total = seen.len();
    for (message, seen) in &seen {
        let zones = reader.zones(&message.lines, message.from.first());
        so_far.add(message, &zones, seen);
        let now = sent(&so_far, std::slice::from_ref(&sample.profile), &facts);
        let [private, bystander, unsure] =
            [Class::Private, Class::Bystander, Class::Unsure].map(|class| count(now.first(), class));
        let from = message.from.first().and_then(|party| party.name.clone()).unwrap_or_default();
        feed.push(
            "mail",
            &json!({
                "total": total,
                "date": message.date.map(|date| day(date.day())).unwrap_or_default(),
                "from": Plain(&from).to_string(),
                "subject": Plain(&message.subject).to_string(),
                "found": found(seen, &classes, words),
                "shared": private + bystander + unsure,
                "private": private,
                "bystander": bystander,
                "unsure": unsure,
            }),
        );
    }
    feed.push("end", &end(&whole, &choices));
    feed.done.send_replace(true);
    // Wakes whoever waits for another event.
    feed.grown.send_modify(|_| ());
}

fn facts(sample: &Sample, messages: &[message::Message]) -> Facts {
    let mut folders = BTreeMap::<Arc<Folder>, u64>::new();
    for message in messages {
        *folders.entry(Arc::clone(&message.at.folder)).or_default() += 1;
    }
    let folders = folders.into_iter().map(|(folder, read)| FolderRead { folder, messages: read, read }).collect();
    Facts { folders, today: sample.today, address_book: Some(sample.contacts.len() as u64), ..Facts::default() }
}

fn assessed(people: &People, profile: &Profile, facts: Facts) -> Assessment {
    let resolved = people.resolve(&OwnerHint::default());
    let verdicts = classify::classify_all(&resolved);
    assess::assess(resolved, verdicts, std::slice::from_ref(profile), facts)
}

/// Whom the permitted reading of each profile would send.
fn sent(people: &People, profiles: &[Profile], facts: &Facts) -> Vec<BTreeMap<Class, u64>> {
    let resolved = people.resolve(&OwnerHint::default());
    let verdicts = classify::classify_all(&resolved);
    assess::sent(resolved, verdicts, profiles, Bound::Permitted, facts)
}

fn count(sent: Option<&BTreeMap<Class, u64>>, class: Class) -> u64 {
    sent.and_then(|sent| sent.get(&class)).copied().unwrap_or(0)
}

/// A day since 1970 as the result writes it, so that both can be compared.
fn day(day: i32) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = jiff::Span::new().try_days(day).ok().and_then(|days| epoch.checked_add(days).ok());
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// The figures at the end: of the audit, and under every choice of rules.
fn end(whole: &Assessment, choices: &[BTreeMap<Class, u64>]) -> Value {
    let without = count(choices.first(), Class::Business);
    let rules: Vec<Value> = choices
        .iter()
        .map(|sent| {
            json!({
                "private": count(Some(sent), Class::Private),
                "bystander": count(Some(sent), Class::Bystander),
                "unsure": count(Some(sent), Class::Unsure),
                "lost": without.saturating_sub(count(Some(sent), Class::Business)),
            })
        })
        .collect();
    let [low, high] = whole.runs.first().map_or([0, 0], |run| [run.low(), run.high()]);
    json!({ "low": low, "high": high, "rules": rules })
}

/// What a message gave away, as far as it concerns people who should not be there: each once, with every place.
fn found(seen: &[Observation], classes: &BTreeMap<String, Class>, words: &Words) -> Vec<Value> {
    struct Hit {
        key: String,
        who: String,
        kind: &'static str,
        how: String,
    }
    let mut hits: Vec<Hit> = Vec::new();
    for Observation { channel, card, of, .. } in seen {
        let address = of.as_ref().or(card.emails.first()).map(ToString::to_string);
        let class = address.as_ref().and_then(|address| classes.get(address)).copied();
        let second_hand = matches!(channel, Channel::QuotedSignature | Channel::Intro | Channel::Footer);
        let kind = match class {
            Some(Class::Private) => "private",
            Some(Class::Bystander) => "bystander",
            None if second_hand => "bystander",
            _ => continue,
        };
        let name = card.names.first().cloned();
        let (Some(key), Some(who)) = (address.clone().or(name.clone()), name.or(address)) else { continue };
        let mut how = words.channel(*channel).to_owned();
        for (there, what) in [
            (!card.titles.is_empty(), words.kinds[0]),
            (!card.phones.is_empty(), words.kinds[1]),
            (!card.addresses.is_empty(), words.kinds[2]),
        ] {
            if there {
                how.push_str(" + ");
                how.push_str(what);
            }
        }
        if let Some(hit) = hits.iter_mut().find(|hit| hit.key == key || hit.who == who) {
            hit.how.push_str(", ");
            hit.how.push_str(&how);
        } else if hits.len() < 4 {
            hits.push(Hit { key, who, kind, how });
        }
    }
    let shown = |hit: Hit| json!({ "who": Plain(&hit.who).to_string(), "kind": hit.kind, "how": hit.how });
    hits.into_iter().map(shown).collect()
}

/// What others could look up: the records that the permitted reading makes, with the day of their first sight.
fn records(whole: &Assessment, sample: &Sample, words: &Words, feed: &Feed) {
    let evidence = Evidence { level: Level::Clear, key: sample.key.clone(), reason: None };
    let report = Report::new(whole, &evidence, &Meta::default());
    let takes_book = sample.profile.channels.get(&Read::AddressBook).is_some_and(|choice| choice.permitted);
    let mut all: Vec<(String, Value)> = Vec::new();
    for contact in report.contacts.iter().filter(|contact| contact.class.person()) {
        let Some([_, FateShown::Sent { fields, messages, first, .. }]) = contact.fates.get(&sample.profile.id) else {
            continue;
        };
        let takes = |field: Field| fields.contains(&field);
        let name = contact.names.first().filter(|_| takes(Field::Name)).or(contact.emails.first());
        let Some(name) = name else { continue };
        let mut lines = Vec::new();
        let place = [
            contact.titles.first().filter(|_| takes(Field::Title)),
            contact.organisations.first().filter(|_| takes(Field::Organisation)),
        ];
        let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
        lines.push(place.join(", "));
        let email = contact.emails.first().filter(|email| takes(Field::Email) && *email != name);
        lines.push(email.cloned().unwrap_or_default());
        let phones: Vec<&str> = contact.phones.iter().take(2).map(|phone| phone.number.as_str()).collect();
        let with_phone = [Field::PhoneWork, Field::PhoneMobile, Field::PhoneHome].into_iter().any(takes);
        lines.push(if with_phone { phones.join(", ") } else { String::new() });
        let lines: Vec<String> =
            lines.iter().filter(|line| !line.is_empty()).map(|line| Plain(line).to_string()).collect();
        // An address book goes whole and first, whenever its people wrote.
        let book = contact.sources.contains_key(&Channel::AddressBook) && takes_book;
        let first = first.clone().filter(|_| !book).unwrap_or_default();
        let text = format!("{name} {}", lines.join(" ")).to_lowercase();
        let confirmed = (words.confirmed)(*messages);
        let never = contact.class == Class::Bystander;
        let record = json!({ "name": Plain(name).to_string(), "lines": lines, "confirmed": confirmed, "never": never, "first": first, "text": text });
        all.push((first, record));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, record) in all {
        feed.push("record", &record);
    }
}

/// The page in one language. Its places are filled with words of this program alone.
fn filled(page: &str, lang: Lang) -> String {
    let words = Words::of(lang);
    let mut filled = page.replace("{lang}", lang.tag());
    for (place, word) in words.page {
        filled = filled.replace(&format!("{{{place}}}"), word);
    }
    filled
}

struct Words {
    page: &'static [(&'static str, &'static str)],
    never: &'static str,
    nobody: &'static str,
    left: &'static str,
    guessed: &'static str,
    bet: &'static str,
    wait: &'static str,
    channels: [&'static str; 10],
    kinds: [&'static str; 3],
    confirmed: fn(u64) -> String,
}

impl Words {
    fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::De => &DE,
        }
    }

    fn channel(&self, channel: Channel) -> &'static str {
        self.channels[channel as usize]
    }
}

const EN: Words = Words {
    page: &[
        ("title", "One click"),
        ("synthetic", "Invented mailbox: nobody in it is real"),
        ("progress", "messages read"),
        ("pane1", "What the plug-in sees"),
        ("pane2", "What the directory shows"),
        ("pane3", "What the defender decides"),
        ("shared", "private or uninvolved people passed on so far"),
        ("private", "private"),
        ("bystander", "never wrote"),
        ("unsure", "unsure"),
        ("mails", "messages, the newest first"),
        ("records", "records that anybody can look up"),
        ("search", "Search a name, a title, a number"),
        ("rules", "Rules"),
        ("rule1", "leave out free mail (the vendor's filter)"),
        ("rule2", "do not read quoted text"),
        ("rule3", "only people the owner has written to"),
        ("rule4", "only inbox and sent mail"),
        ("rule5", "a longer list of free mail"),
        ("lost", "business contacts lost"),
        ("wait", "The rules can be switched when the mailbox was read."),
        ("space", "Space"),
        ("k_play", "play, pause"),
        ("k_speed", "slower, faster"),
        ("k_reset", "from the start"),
        ("k_black", "black"),
        ("k_dark", "dark, light"),
        ("k_help", "Keys"),
        ("k_pane", "go to a pane"),
        ("close", "Close"),
        ("question", "One click. How many people are affected?"),
        (
            "question_more",
            "A plug-in asks to read one mailbox: five years of a small company. How many private or uninvolved people does it pass on? Guess first.",
        ),
        ("guess", "Up to three guesses, with a space between"),
        ("agree", "Agree and continue"),
    ],
    never: "Never wrote to this mailbox, was never written to",
    nobody: "Nobody by that name",
    left: "# people are still passed on, # business contacts are lost.",
    guessed: "Guessed: #. The mailbox: #.",
    bet: "Guessed:",
    wait: "The rules can be switched when the mailbox was read.",
    channels: [
        "sender",
        "recipient",
        "in copy",
        "in blind copy",
        "reply address",
        "signature",
        "signature in a quote",
        "legal footer",
        "above a quote",
        "address book",
    ],
    kinds: ["title", "phone", "address"],
    confirmed: |n| if n == 1 { "confirmed by 1 message".into() } else { format!("confirmed by {n} messages") },
};

const DE: Words = Words {
    page: &[
        ("title", "Ein Klick"),
        ("synthetic", "Erfundenes Postfach: Niemand darin ist echt"),
        ("progress", "gelesene Nachrichten"),
        ("pane1", "Was das Plug-in sieht"),
        ("pane2", "Was das Verzeichnis zeigt"),
        ("pane3", "Was die Abwehr entscheidet"),
        ("shared", "private oder unbeteiligte Personen bisher weitergegeben"),
        ("private", "privat"),
        ("bystander", "schrieben nie"),
        ("unsure", "unsicher"),
        ("mails", "Nachrichten, die neueste zuerst"),
        ("records", "Datensätze, die jeder nachschlagen kann"),
        ("search", "Einen Namen, eine Funktion, eine Nummer suchen"),
        ("rules", "Regeln"),
        ("rule1", "Freemail auslassen (der Filter des Anbieters)"),
        ("rule2", "keinen zitierten Text lesen"),
        ("rule3", "nur Personen, denen der Inhaber schrieb"),
        ("rule4", "nur Posteingang und Gesendet"),
        ("rule5", "längere Freemail-Liste"),
        ("lost", "geschäftliche Kontakte verloren"),
        ("wait", "Die Regeln lassen sich schalten, wenn das Postfach gelesen ist."),
        ("space", "Leertaste"),
        ("k_play", "weiter, anhalten"),
        ("k_speed", "langsamer, schneller"),
        ("k_reset", "von vorn"),
        ("k_black", "schwarz"),
        ("k_dark", "dunkel, hell"),
        ("k_help", "Tasten"),
        ("k_pane", "zu einem Feld"),
        ("close", "Schließen"),
        ("question", "Ein Klick. Wie viele Menschen betrifft er?"),
        (
            "question_more",
            "Ein Plug-in bittet, ein Postfach lesen zu dürfen: fünf Jahre einer kleinen Firma. Wie viele private oder unbeteiligte Personen gibt es weiter? Erst raten.",
        ),
        ("guess", "Bis zu drei Schätzungen, mit Leerzeichen dazwischen"),
        ("agree", "Zustimmen und weiter"),
    ],
    never: "Hat diesem Postfach nie geschrieben, bekam nie Post von dort",
    nobody: "Niemand mit diesem Namen",
    left: "# Personen werden noch weitergegeben, # geschäftliche Kontakte gehen verloren.",
    guessed: "Geschätzt: #. Das Postfach: #.",
    bet: "Geschätzt:",
    wait: "Die Regeln lassen sich schalten, wenn das Postfach gelesen ist.",
    channels: [
        "Absender",
        "Empfänger",
        "in Kopie",
        "in Blindkopie",
        "Antwortadresse",
        "Signatur",
        "Signatur in einem Zitat",
        "Pflichtangaben",
        "über einem Zitat",
        "Adressbuch",
    ],
    kinds: ["Funktion", "Telefon", "Anschrift"],
    confirmed: |n| {
        if n == 1 { "bestätigt durch 1 Nachricht".into() } else { format!("bestätigt durch {n} Nachrichten") }
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_page_is_filled_in_both_languages() {
        for lang in Lang::ALL {
            let page = filled(include_str!("demo.html"), lang);
            assert!(!page.contains(['{', '}']), "{}", page.split('{').nth(1).unwrap_or_default());
        }
        let keys = |words: &Words| words.page.iter().map(|(place, _)| *place).collect::<Vec<_>>();
        assert_eq!(keys(&EN), keys(&DE));
    }
}
