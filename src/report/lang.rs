//! Decides the words of a report: one struct, one value of it a language, so that a missing text does not compile.

use super::{FolderKind, NotMeasured};
use crate::assess::{Class, Gap, Passes};
use crate::classify::{Escape, Sensitive, Sphere};
use crate::message::ProblemKind;
use crate::observe::{Channel, Within};
use crate::people::Relation;
use crate::profile::{Basis, Documented, Exclusion, Field, Kind, List};
use crate::report::Level;

/// The language of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    #[default]
    En,
    De,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The tag, as in `--lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The sentence of a rule; `None` for a rule that this program does not know (an older result).
    pub(super) fn rule(self, id: &str) -> Option<&'static str> {
        crate::classify::sentence(id, self.tag())
    }

    pub(super) fn text(self) -> &'static Text {
        match self {
            Self::En => &EN,
            Self::De => &DE,
        }
    }
}

type One = fn(&str) -> String;
type Two = fn(&str, &str) -> String;

/// Every text of every format. Arrays are in the order of the enum that they name.
pub(super) struct Text {
    /// Between groups of three digits.
    pub group: &'static str,
    pub mailbox: &'static str,
    pub level: &'static str,
    pub levels: [&'static str; 4],
    pub synthetic: &'static str,
    pub complete: &'static str,
    pub incomplete: &'static str,
    pub gaps: [&'static str; 4],
    pub delete_by: One,
    /// Low and high differ.
    pub range: Two,
    pub exactly: One,
    pub exactly_one: &'static str,
    /// Nobody, and everything was read.
    pub nobody: &'static str,
    /// Nobody among what was read, and something was not.
    pub nobody_incomplete: &'static str,
    pub floor: &'static str,
    pub no_profile: &'static str,
    pub no_owner: &'static str,
    /// How many people somebody labelled by hand.
    pub labelled: One,
    /// For a person on whom a human is to decide: how likely private, from what, first and last month.
    pub brief_guess: fn(u64) -> String,
    pub brief_seen: &'static str,
    pub brief_between: Two,
    pub brief_fields: &'static str,
    pub brief_becomes: &'static str,
    /// How often a rule was right, of how often it spoke.
    pub measured: Two,
    pub by_profile: &'static str,
    pub as_of: &'static str,
    pub documented: [&'static str; 3],
    pub declared: &'static str,
    pub permitted: &'static str,
    pub bounds_explained: &'static str,
    pub classes: [&'static str; 9],
    pub unsure_note: &'static str,
    pub of_these: [&'static str; 8],
    pub beside: &'static str,
    pub shared_addresses: &'static str,
    pub in_mailbox: &'static str,
    pub filter: &'static str,
    pub freemail_list: &'static str,
    pub lists: [&'static str; 5],
    pub list_domains: &'static str,
    pub private_held_back: &'static str,
    pub private_passed: &'static str,
    pub business_held_back: &'static str,
    pub all_held_back: &'static str,
    pub passed_because: &'static str,
    pub passes: [&'static str; 11],
    pub exclusions: [&'static str; 8],
    pub several_reasons: &'static str,
    pub assumptions: &'static str,
    pub assumption: &'static str,
    pub low: &'static str,
    pub high: &'static str,
    pub without_effect: One,
    pub all_in_report: &'static str,
    pub reads: One,
    pub outbound: &'static str,
    pub what_fields: &'static str,
    pub what_folders: &'static str,
    pub what_window: &'static str,
    pub what_schedule: &'static str,
    pub what_book: &'static str,
    pub what_freemail: &'static str,
    pub forwarded: &'static str,
    pub invitation: &'static str,
    /// What else a value can be: as the result names it, and in words.
    pub value_words: [(&'static str, &'static str); 6],
    pub yes: &'static str,
    pub no: &'static str,
    pub profiles: &'static str,
    pub profile: &'static str,
    pub coverage: &'static str,
    pub messages_read: Two,
    pub unreadable: One,
    pub partly: One,
    pub not_opened: One,
    pub not_measured: &'static str,
    pub not_measured_what: [&'static str; 5],
    pub address_book: One,
    pub read_only: &'static str,
    pub commands: One,
    /// Where a state makes the count depend on how often the reading was cut off.
    pub uncounted_commands: &'static str,
    pub unchanged: Two,
    pub grade_a: &'static str,
    pub grade_b: &'static str,
    pub grade_c: &'static str,
    pub grade_f: &'static str,
    pub changed: One,
    pub not_confirmed: &'static str,
    pub files_only: &'static str,
    pub network: &'static str,
    pub no_network: &'static str,
    pub only_hosts: &'static str,
    pub sensitive: &'static str,
    pub sensitives: [&'static str; 7],
    pub few: &'static str,
    pub model: &'static str,
    // The whole report.
    pub title: &'static str,
    pub result: &'static str,
    pub people: &'static str,
    pub persons_in_mailbox: One,
    pub sphere: &'static str,
    pub spheres: [&'static str; 8],
    pub relation: &'static str,
    pub relations: [&'static str; 6],
    pub ways_in: &'static str,
    pub ways_in_about: &'static str,
    pub channels: [&'static str; 10],
    pub bystanders: &'static str,
    pub bystanders_about: &'static str,
    pub directory: &'static str,
    pub directory_about: &'static str,
    pub records: &'static str,
    pub fields: [&'static str; 15],
    pub corroborated: [&'static str; 3],
    pub confirmed: [&'static str; 5],
    pub sensitive_about: &'static str,
    pub legal: &'static str,
    pub legal_about: &'static str,
    pub legal_rows: [&'static str; 12],
    pub limits: &'static str,
    pub method: &'static [&'static str],
    pub basis: [&'static str; 3],
    pub findings: &'static str,
    pub findings_about: &'static str,
    pub held_back: &'static str,
    pub id: &'static str,
    pub class: &'static str,
    pub certainty: &'static str,
    pub reasons: &'static str,
    pub seen: &'static str,
    pub field_list: &'static str,
    pub provenance: &'static str,
    pub program: &'static str,
    pub generated: &'static str,
    pub reason: &'static str,
    pub key: &'static str,
    pub owner: &'static str,
    pub owner_found: fn(&str, &str, &str) -> String,
    /// By what the owner was found: as the result names it, and in words.
    pub owner_by: [(&'static str, &'static str); 4],
    pub questions: &'static str,
    pub unanswered: &'static str,
    pub folders: &'static str,
    pub folder_kinds: [&'static str; 8],
    pub problems: &'static str,
    pub problem_kinds: [&'static str; 13],
    pub sources: &'static str,
    pub kinds: [&'static str; 4],
    pub recipients: &'static str,
    pub bases: fn(&str, &str, &str) -> String,
    pub notice: &'static str,
    pub opt_out: &'static str,
    pub escapes: [&'static str; 8],
    pub fates: [&'static str; 4],
    // One person's story.
    pub story_first: fn(&str, &str) -> String,
    pub story_places: &'static str,
    pub story_rules: &'static str,
    pub story_joined: &'static str,
    pub story_fates: &'static str,
    pub via_owner: &'static str,
    pub via: One,
    pub automated: &'static str,
    pub undated: &'static str,
    pub messages: One,
}

impl Text {
    pub fn class(&self, class: Class) -> &'static str {
        self.classes[class as usize]
    }

    pub fn sphere(&self, sphere: Sphere) -> &'static str {
        self.spheres[sphere as usize]
    }

    pub fn relation(&self, relation: Relation) -> &'static str {
        self.relations[relation as usize]
    }

    pub fn channel(&self, channel: Channel) -> &'static str {
        self.channels[channel as usize]
    }

    pub fn field(&self, field: Field) -> &'static str {
        self.fields[field as usize]
    }

    pub fn exclusion(&self, exclusion: Exclusion) -> &'static str {
        self.exclusions[exclusion as usize]
    }

    pub fn pass(&self, passes: Passes) -> &'static str {
        self.passes[passes as usize]
    }

    pub fn escape(&self, escape: Escape) -> &'static str {
        self.escapes[escape as usize]
    }

    pub fn mark(&self, sensitive: Sensitive) -> &'static str {
        self.sensitives[sensitive as usize]
    }

    pub fn level(&self, level: Level) -> &'static str {
        self.levels[level as usize]
    }

    pub fn gap(&self, gap: Gap) -> &'static str {
        self.gaps[gap as usize]
    }

    pub fn problem(&self, problem: ProblemKind) -> &'static str {
        self.problem_kinds[problem as usize]
    }

    pub fn folder(&self, kind: FolderKind) -> &'static str {
        self.folder_kinds[kind as usize]
    }

    pub fn missing(&self, what: NotMeasured) -> &'static str {
        self.not_measured_what[what as usize]
    }

    pub fn documented(&self, how: Documented) -> &'static str {
        self.documented[how as usize]
    }

    pub fn kind(&self, kind: Kind) -> &'static str {
        self.kinds[kind as usize]
    }

    pub fn basis(&self, basis: Basis) -> &'static str {
        self.basis[basis as usize]
    }

    /// A number with its groups.
    pub fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut shown = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
                shown.push_str(self.group);
            }
            shown.push(digit);
        }
        shown
    }

    /// A channel, finer where vendors tell kinds of text apart.
    pub fn place(&self, channel: Channel, within: Within) -> &'static str {
        match (channel, within) {
            (Channel::QuotedSignature, Within::Forward) => self.forwarded,
            (Channel::Intro, Within::Invitation) => self.invitation,
            _ => self.channel(channel),
        }
    }

    /// What an assumption is about, in words.
    pub fn about(&self, path: &str) -> String {
        match path {
            "fields" => self.what_fields.to_owned(),
            "folders" => self.what_folders.to_owned(),
            "window_days" => self.what_window.to_owned(),
            "schedule" => self.what_schedule.to_owned(),
            "address_book_from" => self.what_book.to_owned(),
            "exclusions.freemail" => self.what_freemail.to_owned(),
            _ => {
                if let Some(name) = path.strip_prefix("exclusions.") {
                    let found = Exclusion::ALL.into_iter().find(|exclusion| exclusion.name() == name);
                    return found.map_or_else(|| path.to_owned(), |exclusion| self.exclusion(exclusion).to_owned());
                }
                let name = path.strip_prefix("channels.").unwrap_or(path);
                let place = match name {
                    "address_book" => self.channel(Channel::AddressBook),
                    "sender" => self.channel(Channel::Sender),
                    "sender_header" => self.missing(NotMeasured::SenderHeader),
                    "reply_to" => self.channel(Channel::ReplyTo),
                    "to" => self.channel(Channel::To),
                    "cc" => self.channel(Channel::Cc),
                    "bcc" => self.channel(Channel::Bcc),
                    "signature" => self.channel(Channel::Signature),
                    "quoted_signature" => self.channel(Channel::QuotedSignature),
                    "forwarded_signature" => self.forwarded,
                    "calendar" => self.invitation,
                    "footer" => self.channel(Channel::Footer),
                    "intro" => self.channel(Channel::Intro),
                    "outbound_signature" => self.outbound,
                    other => other,
                };
                (self.reads)(place)
            }
        }
    }

    /// A free-mail list in words.
    pub fn list(&self, list: List) -> &'static str {
        self.lists[list as usize]
    }

    /// By what the owner of the mailbox was found.
    pub fn owner_by<'a>(&self, found_by: &'a str) -> &'a str {
        self.owner_by.iter().find(|(by, _)| *by == found_by).map_or(found_by, |(_, words)| words)
    }

    /// A value of an assumption, or several, in words.
    pub fn value(&self, value: &str) -> String {
        let words: Vec<&str> = value.split(' ').map(|word| self.word(word)).collect();
        words.join(", ")
    }

    fn word<'a>(&self, word: &'a str) -> &'a str {
        match word {
            "true" => self.yes,
            "false" => self.no,
            "inbox" => self.folder(FolderKind::Inbox),
            "sent" => self.folder(FolderKind::Sent),
            _ => {
                let known = self.value_words.iter().find(|(name, _)| *name == word).map(|(_, shown)| *shown);
                let list = || List::ALL.into_iter().find(|list| list.name() == word).map(|list| self.list(list));
                let field = || Field::ALL.into_iter().find(|field| field.name() == word).map(|field| self.field(field));
                known.or_else(list).or_else(field).unwrap_or(word)
            }
        }
    }
}

const EN: Text = Text {
    group: ",",
    mailbox: "mailbox",
    level: "level",
    levels: ["counts", "pseudonyms", "masked", "clear"],
    synthetic: "SYNTHETIC DATA: nobody in it is real",
    complete: "COMPLETE",
    incomplete: "INCOMPLETE",
    gaps: [
        "broken off before the end",
        "something could not be read",
        "folders gave less than they hold",
        "messages were read in part",
    ],
    delete_by: |day| format!("delete by {day}"),
    range: |low, high| format!("{low} to {high} private or uninvolved people would have been given away"),
    exactly: |n| format!("{n} private or uninvolved people would have been given away"),
    exactly_one: "1 private or uninvolved person would have been given away",
    nobody: "By this model, no private or uninvolved person would have been given away",
    nobody_incomplete: "Nobody was found in what could be read, but not everything was: this clears nobody",
    floor: "Not everything was read: the true figures may be higher.",
    no_profile: "No profile was run: there is no figure.",
    no_owner: "The owner of the mailbox was not found: who is uninvolved rests on nothing.",
    labelled: |n| format!("Labelled by hand, where the rules were unsure: {n} people."),
    brief_guess: |percent| format!("the rules hold private for likely by {percent} in 100"),
    brief_seen: "seen",
    brief_between: |first, last| format!("between {first} and {last}"),
    brief_fields: "data",
    brief_becomes: "what becomes of the data",
    measured: |right, spoke| format!("pointed right for {right} of {spoke} labelled people"),
    by_profile: "by profile",
    as_of: "as of",
    documented: ["thinly documented", "partly documented", "well documented"],
    declared: "declared",
    permitted: "permitted",
    bounds_explained: "declared: what the vendor says, read most favourably. permitted: all that the granted access allows.",
    classes: [
        "private",
        "uninvolved",
        "unsure",
        "colleagues",
        "business",
        "consumers",
        "shared addresses",
        "automatic",
        "owner",
    ],
    unsure_note: "unsure (in the high end only)",
    of_these: ["own", "colleagues", "business", "consumers", "private", "shared", "automatic", "of unsure kind"],
    beside: "beside these, not counted above",
    shared_addresses: "shared and automatic addresses",
    in_mailbox: "in mailbox",
    filter: "The vendor's filter",
    freemail_list: "free-mail list it is taken to use",
    lists: ["none", "short", "medium", "long", "German"],
    list_domains: "domains on that list",
    private_held_back: "private people held back",
    private_passed: "private people let through",
    business_held_back: "business contacts held back as if private",
    all_held_back: "private and uninvolved, held back",
    passed_because: "let through because",
    passes: [
        "address at an access provider",
        "own or family domain",
        "paid or privacy mail",
        "club, school or practice domain",
        "writes from work",
        "private number in a business signature",
        "only in Cc, quote or forward",
        "stored with a company address",
        "free mail that is not on the list",
        "no address to look at",
        "no free-mail filter is promised",
    ],
    exclusions: [
        "free mail is left out",
        "shared addresses are left out",
        "automatic mail is left out",
        "the own domain is left out",
        "\"private\" in the subject is spared",
        "only people the owner has written to",
        "spam and trash are left out",
        "addresses without a name are left out",
    ],
    several_reasons: "One person may have several reasons.",
    assumptions: "What the figures hang on",
    assumption: "if it were otherwise",
    low: "low",
    high: "high",
    without_effect: |n| format!("{n} more assumptions change neither end, or cannot be measured here."),
    all_in_report: "All of them: --format md",
    reads: |what| format!("reads {what}"),
    outbound: "the signature in sent mail",
    what_fields: "takes these fields",
    what_folders: "reads these folders",
    what_window: "days back from installation",
    what_schedule: "when it sends",
    what_book: "address book, where none was given",
    what_freemail: "free mail is left out, list",
    forwarded: "forwarded signature",
    invitation: "invitation by mail",
    value_words: [
        ("sent_mail", "sent mail"),
        ("unlimited", "without limit"),
        ("every", "all"),
        ("once", "once"),
        ("new_or_changed", "what is new or changed"),
        ("every_message", "at every message"),
    ],
    yes: "yes",
    no: "no",
    profiles: "Profiles side by side",
    profile: "profile",
    coverage: "Coverage",
    messages_read: |read, all| format!("{read} of {all} messages read"),
    unreadable: |n| format!("{n} could not be read"),
    partly: |n| format!("{n} problems that cost a part of a message"),
    not_opened: |n| format!("{n} folders not opened"),
    not_measured: "Not measured",
    not_measured_what: [
        "address book (none was given)",
        "what the owner wrote (no sent mail was found)",
        "appointments without an invitation by mail",
        "Sender header",
        "social profiles, birthdays, notes",
    ],
    address_book: |n| format!("address book with {n} entries"),
    read_only: "Read only",
    commands: |n| format!("{n} IMAP commands, none that writes"),
    uncounted_commands: "no IMAP command that writes",
    unchanged: |same, all| format!("{same} of {all} folders unchanged"),
    grade_a: "grade A: the server forbids this user to change anything",
    grade_b: "grade B: nothing changed",
    grade_c: "grade C: others changed something meanwhile",
    grade_f: "grade F: the reading was not without a trace",
    changed: |n| format!("{n} folders changed meanwhile (new mail, another client)"),
    not_confirmed: "the server did not confirm read-only access",
    files_only: "files, opened for reading alone",
    network: "Network",
    no_network: "no host was contacted",
    only_hosts: "and no other host",
    sensitive: "Protected relations",
    sensitives: ["health", "legal advice", "union", "religion", "politics", "family law", "minors"],
    few: "fewer than 5",
    model: "A model, not a finding: nobody outside the vendor knows what the plug-in does.",
    title: "What a contact plug-in would have passed on from this mailbox",
    result: "Result",
    people: "Who is in the mailbox",
    persons_in_mailbox: |n| {
        format!("{n} people beside the owner, each counted once however many addresses or messages.")
    },
    sphere: "What they are to the owner",
    spheres: ["own", "colleague", "business", "consumer", "private", "shared address", "automatic", "unsure"],
    relation: "What the mailbox shows between them",
    relations: [
        "the owner",
        "both wrote",
        "only they wrote",
        "only the owner wrote",
        "address book only",
        "neither wrote to the other (uninvolved)",
    ],
    ways_in: "Ways in",
    ways_in_about: "Where private and uninvolved people stood. One person may stand in several places.",
    channels: [
        "sender",
        "To",
        "Cc",
        "Bcc",
        "Reply-To",
        "signature",
        "quoted signature",
        "legal footer",
        "line above a quote",
        "address book",
    ],
    bystanders: "Uninvolved people",
    bystanders_about: "They never wrote to the owner and were never written to. What they are:",
    directory: "What others could look up afterwards",
    directory_about: "Records of people of every kind, without the owner and without shared addresses.",
    records: "records",
    fields: [
        "name",
        "e-mail",
        "title",
        "organisation",
        "department",
        "postal address",
        "web address",
        "work phone",
        "mobile",
        "private phone",
        "fax",
        "social profile",
        "birthday",
        "notes",
        "IP address",
    ],
    corroborated: ["seen in one message", "seen in 2 to 4 messages", "seen in 5 or more messages"],
    confirmed: [
        "last seen in the newest 30 days",
        "within a year before the newest message",
        "within three years",
        "longer ago",
        "undated",
    ],
    sensitive_about: "Contacts that alone tell something the law protects; counted, never named.",
    legal: "Counts for the data-protection officer",
    legal_about: "Counts, no verdicts: what they mean in law is for the officer to say.",
    legal_rows: [
        "persons sent",
        "of these of unsure kind",
        "within the old list privilege (§ 28(3) BDSG until 2018)",
        "beyond it by an e-mail address",
        "beyond it by a business phone, mobile, fax or web address",
        "beyond it by a private phone",
        "without a postal address",
        "wrote to the owner themselves (Art. 13 GDPR)",
        "known from elsewhere only (Art. 14 GDPR)",
        "last seen more than a year ago",
        "last seen more than three years ago",
        "last seen more than five years ago",
    ],
    limits: "Limits and method",
    method: &[
        "Each person is counted once: private before uninvolved, uninvolved before the rest. Shared and automatic addresses are no persons; the owner is not counted.",
        "Low: people whom the declared reading sends and who are private for sure, or uninvolved. High: people whom the permitted reading sends, the unsure among them.",
        "Unsure: the rules put the chance that the person is private between 35 and 65 percent.",
        "Held back: would be sent if the vendor left nothing out.",
        "Without an installation date the plug-in is taken to have run since before the oldest message.",
        "Pseudonyms are keyed (HMAC-SHA-256); without the key they cannot be tested against a guess. They are personal data all the same.",
        "The free-mail lists stand for what a vendor's filter may know; people are judged by another list of this program (mail_domains.tsv, 2026-11, about 7,700 mail providers).",
        "Legal points are counts for the data-protection officer, not advice.",
    ],
    basis: ["sourced", "inferred", "assumption"],
    findings: "Findings",
    findings_about: "People whom the first profile sends in either reading, and those of unsure kind among them.",
    held_back: "Held back",
    id: "id",
    class: "counted as",
    certainty: "certainty",
    reasons: "why",
    seen: "seen",
    field_list: "data",
    provenance: "Provenance",
    program: "program",
    generated: "made",
    reason: "reason for this level",
    key: "key of the pseudonyms",
    owner: "owner of the mailbox",
    owner_found: |how, addresses, domains| format!("read from: {how}; {addresses} addresses, {domains} domains"),
    owner_by: [
        ("configured", "the configuration"),
        ("sent folder", "the sender in the sent folder"),
        ("delivered-to", "delivery marks"),
        ("recipients", "the most frequent recipient"),
    ],
    questions: "Questions to settle before an audit",
    unanswered: "not answered",
    folders: "folders",
    folder_kinds: ["inbox", "sent", "drafts", "spam", "trash", "archive", "all mail", "other"],
    problems: "What could not be read",
    problem_kinds: [
        "not a message",
        "nested too deeply",
        "too many parts",
        "too many headers",
        "too large",
        "line too long",
        "unknown charset",
        "broken encoding",
        "broken address field",
        "file unreadable",
        "folder not readable",
        "not delivered by the server",
        "address-book entry unreadable",
    ],
    sources: "Sources",
    kinds: ["shared database", "own address book", "own address book, passed on to other users", "upload to a network"],
    recipients: "goes to",
    bases: |sourced, inferred, assumed| format!("{sourced} values sourced, {inferred} inferred, {assumed} assumed"),
    notice: "vendor gives notice to the person",
    opt_out: "vendor offers an opt-out",
    escapes: [
        "address at an access provider",
        "own or family domain",
        "paid or privacy mail",
        "club, school or practice domain",
        "writes from work",
        "private number in a business signature",
        "only in Cc, quote or forward",
        "stored with a company address",
    ],
    fates: ["sent", "held back", "too old", "not read"],
    story_first: |when, places| format!("First seen {when}, in {places}."),
    story_places: "Where",
    story_rules: "Why it is judged so",
    story_joined: "Taken for one person because",
    story_fates: "What each profile would have done",
    via_owner: "in mail from the owner",
    via: |id| format!("in mail from {id}"),
    automated: "automatic mail",
    undated: "undated",
    messages: |n| if n == "1" { "1 message".into() } else { format!("{n} messages") },
};

const DE: Text = Text {
    group: ".",
    mailbox: "Postfach",
    level: "Stufe",
    levels: ["Zahlen", "Pseudonyme", "maskiert", "Klartext"],
    synthetic: "SYNTHETISCHE DATEN: Niemand darin ist echt",
    complete: "VOLLSTÄNDIG",
    incomplete: "UNVOLLSTÄNDIG",
    gaps: [
        "vor dem Ende abgebrochen",
        "etwas war nicht lesbar",
        "Ordner gaben weniger her, als sie enthalten",
        "Nachrichten waren nur teilweise lesbar",
    ],
    delete_by: |day| format!("zu löschen bis {day}"),
    range: |low, high| format!("{low} bis {high} private oder unbeteiligte Personen wären weitergegeben worden"),
    exactly: |n| format!("{n} private oder unbeteiligte Personen wären weitergegeben worden"),
    exactly_one: "1 private oder unbeteiligte Person wäre weitergegeben worden",
    nobody: "Nach diesem Modell wäre keine private oder unbeteiligte Person weitergegeben worden",
    nobody_incomplete: "Im Gelesenen fand sich niemand, aber nicht alles wurde gelesen: Das entlastet nicht",
    floor: "Nicht alles wurde gelesen: Die wahren Zahlen können höher liegen.",
    no_profile: "Kein Profil wurde angewandt: Es gibt keine Zahl.",
    no_owner: "Der Inhaber des Postfachs wurde nicht erkannt: Wer unbeteiligt ist, steht auf keiner Grundlage.",
    labelled: |n| format!("Von Hand eingeordnet, wo die Regeln unsicher waren: {n} Personen."),
    brief_guess: |percent| format!("die Regeln halten privat für zu {percent} von 100 wahrscheinlich"),
    brief_seen: "gesehen",
    brief_between: |first, last| format!("zwischen {first} und {last}"),
    brief_fields: "Daten",
    brief_becomes: "was aus den Daten wird",
    measured: |right, spoke| format!("wies bei {right} von {spoke} bekannten Personen richtig"),
    by_profile: "nach Profil",
    as_of: "Stand",
    documented: ["dünn belegt", "teilweise belegt", "gut belegt"],
    declared: "erklärt",
    permitted: "erlaubt",
    bounds_explained: "erklärt: Angaben des Anbieters, günstigste Lesart. erlaubt: alles, was der gewährte Zugriff zulässt.",
    classes: [
        "privat",
        "unbeteiligt",
        "unsicher",
        "Kollegen",
        "geschäftlich",
        "Endkunden",
        "Sammeladressen",
        "automatisch",
        "Inhaber",
    ],
    unsure_note: "unsicher (nur im oberen Wert)",
    of_these: [
        "eigene",
        "Kollegen",
        "geschäftlich",
        "Endkunden",
        "privat",
        "Sammeladressen",
        "automatisch",
        "unsicherer Art",
    ],
    beside: "daneben, oben nicht mitgezählt",
    shared_addresses: "Sammel- und automatische Adressen",
    in_mailbox: "im Postfach",
    filter: "Der Filter des Anbieters",
    freemail_list: "angenommene Freemail-Liste",
    lists: ["keine", "kurz", "mittel", "lang", "deutsch"],
    list_domains: "Domains auf dieser Liste",
    private_held_back: "private Personen zurückgehalten",
    private_passed: "private Personen durchgelassen",
    business_held_back: "geschäftliche, wie private zurückgehalten",
    all_held_back: "private und unbeteiligte, zurückgehalten",
    passed_because: "durchgelassen, denn",
    passes: [
        "Adresse bei einem Zugangsanbieter",
        "eigene oder Familien-Domain",
        "bezahlter oder Datenschutz-Maildienst",
        "Domain von Verein, Schule oder Praxis",
        "schreibt von der Arbeit",
        "private Nummer in geschäftlicher Signatur",
        "nur in Kopie, Zitat oder Weiterleitung",
        "mit Firmenadresse gespeichert",
        "Freemail, die nicht auf der Liste steht",
        "keine Adresse, die man prüfen könnte",
        "kein Freemail-Filter zugesagt",
    ],
    exclusions: [
        "Freemail bleibt außen vor",
        "Sammeladressen bleiben außen vor",
        "automatische Post bleibt außen vor",
        "die eigene Domain bleibt außen vor",
        "„privat“ im Betreff wird verschont",
        "nur Personen, denen der Inhaber schrieb",
        "Spam und Papierkorb bleiben außen vor",
        "Adressen ohne Namen bleiben außen vor",
    ],
    several_reasons: "Eine Person kann mehrere Gründe haben.",
    assumptions: "Woran die Zahlen hängen",
    assumption: "wenn es anders wäre",
    low: "unten",
    high: "oben",
    without_effect: |n| format!("{n} weitere Annahmen ändern nichts oder sind hier nicht messbar."),
    all_in_report: "Alle: --format md",
    reads: |what| format!("liest {what}"),
    outbound: "Signatur in gesendeter Post",
    what_fields: "nimmt diese Felder",
    what_folders: "liest diese Ordner",
    what_window: "Tage vor der Installation",
    what_schedule: "wann übermittelt wird",
    what_book: "Adressbuch, wo keines angegeben war",
    what_freemail: "Freemail bleibt außen vor, Liste",
    forwarded: "weitergeleitete Signatur",
    invitation: "Termineinladung per Mail",
    value_words: [
        ("sent_mail", "gesendete Post"),
        ("unlimited", "unbegrenzt"),
        ("every", "alle"),
        ("once", "einmal"),
        ("new_or_changed", "was neu oder geändert ist"),
        ("every_message", "mit jeder Nachricht"),
    ],
    yes: "ja",
    no: "nein",
    profiles: "Profile nebeneinander",
    profile: "Profil",
    coverage: "Umfang",
    messages_read: |read, all| format!("{read} von {all} Nachrichten gelesen"),
    unreadable: |n| format!("{n} nicht lesbar"),
    partly: |n| format!("{n} Mängel, die einen Teil einer Nachricht kosteten"),
    not_opened: |n| format!("{n} Ordner nicht geöffnet"),
    not_measured: "Nicht gemessen",
    not_measured_what: [
        "Adressbuch (keines angegeben)",
        "was der Inhaber schrieb (keine gesendete Post gefunden)",
        "Termine ohne Einladung per Mail",
        "Sender-Zeile",
        "Netzwerkprofile, Geburtstage, Notizen",
    ],
    address_book: |n| format!("Adressbuch mit {n} Einträgen"),
    read_only: "Nur gelesen",
    commands: |n| format!("{n} IMAP-Befehle, keiner davon schreibt"),
    uncounted_commands: "kein IMAP-Befehl, der schreibt",
    unchanged: |same, all| format!("{same} von {all} Ordnern unverändert"),
    grade_a: "Note A: der Server verbietet diesem Benutzer jede Änderung",
    grade_b: "Note B: nichts hat sich geändert",
    grade_c: "Note C: andere haben unterdessen etwas geändert",
    grade_f: "Note F: das Lesen blieb nicht ohne Spur",
    changed: |n| format!("{n} Ordner änderten sich währenddessen (neue Post, anderes Programm)"),
    not_confirmed: "der Server hat den Nur-Lese-Zugriff nicht bestätigt",
    files_only: "Dateien, nur zum Lesen geöffnet",
    network: "Netz",
    no_network: "kein Rechner wurde angesprochen",
    only_hosts: "und kein anderer Rechner",
    sensitive: "Geschützte Beziehungen",
    sensitives: [
        "Gesundheit",
        "Rechtsberatung",
        "Gewerkschaft",
        "Religion",
        "Politik",
        "Familienrecht",
        "Minderjährige",
    ],
    few: "weniger als 5",
    model: "Eine Modellrechnung, kein Befund: Was das Plug-in tut, weiß nur sein Anbieter.",
    title: "Was ein Kontakt-Plug-in aus diesem Postfach weitergegeben hätte",
    result: "Ergebnis",
    people: "Wer im Postfach steht",
    persons_in_mailbox: |n| {
        format!("{n} Personen außer dem Inhaber, jede einmal gezählt, gleich wie viele Adressen oder Nachrichten.")
    },
    sphere: "Was sie für den Inhaber sind",
    spheres: [
        "eigene",
        "Kollegin/Kollege",
        "geschäftlich",
        "Endkunde",
        "privat",
        "Sammeladresse",
        "automatisch",
        "unsicher",
    ],
    relation: "Was das Postfach zwischen ihnen zeigt",
    relations: [
        "der Inhaber",
        "beide schrieben",
        "nur sie schrieben",
        "nur der Inhaber schrieb",
        "nur im Adressbuch",
        "keiner schrieb dem anderen (unbeteiligt)",
    ],
    ways_in: "Eingangswege",
    ways_in_about: "Wo private und unbeteiligte Personen standen. Eine Person kann an mehreren Stellen stehen.",
    channels: [
        "Absender",
        "An",
        "Kopie",
        "Blindkopie",
        "Antwort-an",
        "Signatur",
        "zitierte Signatur",
        "Pflichtangaben",
        "Zeile über einem Zitat",
        "Adressbuch",
    ],
    bystanders: "Unbeteiligte",
    bystanders_about: "Sie schrieben dem Inhaber nie und er ihnen nie. Was sie sind:",
    directory: "Was andere danach nachschlagen könnten",
    directory_about: "Datensätze von Personen jeder Art, ohne den Inhaber und ohne Sammeladressen.",
    records: "Datensätze",
    fields: [
        "Name",
        "E-Mail",
        "Funktion",
        "Organisation",
        "Abteilung",
        "Anschrift",
        "Webadresse",
        "Diensttelefon",
        "Mobil",
        "Privattelefon",
        "Fax",
        "Netzwerkprofil",
        "Geburtstag",
        "Notizen",
        "IP-Adresse",
    ],
    corroborated: ["aus einer Nachricht", "aus 2 bis 4 Nachrichten", "aus 5 oder mehr Nachrichten"],
    confirmed: [
        "zuletzt gesehen in den jüngsten 30 Tagen",
        "im Jahr vor der jüngsten Nachricht",
        "in drei Jahren davor",
        "noch früher",
        "undatiert",
    ],
    sensitive_about: "Kontakte, die schon für sich etwas Geschütztes verraten; gezählt, nie benannt.",
    legal: "Zahlen für den Datenschutz",
    legal_about: "Zahlen, keine Urteile: Was sie rechtlich bedeuten, sagt die beauftragte Person.",
    legal_rows: [
        "übermittelte Personen",
        "davon unsicherer Art",
        "innerhalb der alten Listendaten (§ 28 Abs. 3 BDSG bis 2018)",
        "darüber hinaus durch eine E-Mail-Adresse",
        "darüber hinaus durch Diensttelefon, Mobil, Fax oder Webadresse",
        "darüber hinaus durch ein Privattelefon",
        "ohne Anschrift",
        "schrieben dem Inhaber selbst (Art. 13 DSGVO)",
        "nur von anderswo bekannt (Art. 14 DSGVO)",
        "zuletzt gesehen vor mehr als einem Jahr",
        "zuletzt gesehen vor mehr als drei Jahren",
        "zuletzt gesehen vor mehr als fünf Jahren",
    ],
    limits: "Grenzen und Methode",
    method: &[
        "Jede Person zählt einmal: privat vor unbeteiligt, unbeteiligt vor allem anderen. Sammel- und automatische Adressen sind keine Personen; der Inhaber zählt nicht.",
        "Unterer Wert: Personen, die die erklärte Lesart sendet und die sicher privat oder unbeteiligt sind. Oberer Wert: Personen, die die erlaubte Lesart sendet, die unsicheren eingeschlossen.",
        "Unsicher: Die Regeln geben der Annahme, die Person sei privat, 35 bis 65 Prozent.",
        "Zurückgehalten: würde gesendet, wenn der Anbieter nichts ausließe.",
        "Ohne Installationsdatum gilt das Plug-in als seit vor der ältesten Nachricht installiert.",
        "Pseudonyme entstehen mit einem Schlüssel (HMAC-SHA-256); ohne ihn lässt sich keine Vermutung prüfen. Sie sind trotzdem personenbezogene Daten.",
        "Die Freemail-Listen stehen für das, was der Filter eines Anbieters wissen mag; beurteilt wird nach einer anderen Liste dieses Programms (mail_domains.tsv, 2026-11, etwa 7.700 Mailanbieter).",
        "Rechtliches sind Zahlen für die beauftragte Person, keine Beratung.",
    ],
    basis: ["belegt", "gefolgert", "Annahme"],
    findings: "Fundstellen",
    findings_about: "Personen, die das erste Profil in einer der Lesarten sendet, die unsicheren eingeschlossen.",
    held_back: "Zurückgehalten",
    id: "Kennung",
    class: "gezählt als",
    certainty: "Gewissheit",
    reasons: "warum",
    seen: "gesehen",
    field_list: "Daten",
    provenance: "Herkunft dieses Berichts",
    program: "Programm",
    generated: "erstellt",
    reason: "Grund für diese Stufe",
    key: "Schlüssel der Pseudonyme",
    owner: "Inhaber des Postfachs",
    owner_found: |how, addresses, domains| format!("erkannt aus: {how}; {addresses} Adressen, {domains} Domains"),
    owner_by: [
        ("configured", "Angabe in der Konfiguration"),
        ("sent folder", "Absender im Ordner Gesendet"),
        ("delivered-to", "Zustellvermerke"),
        ("recipients", "häufigster Empfänger"),
    ],
    questions: "Vor einer Prüfung zu klären",
    unanswered: "nicht beantwortet",
    folders: "Ordner",
    folder_kinds: ["Posteingang", "Gesendet", "Entwürfe", "Spam", "Papierkorb", "Archiv", "alle Nachrichten", "andere"],
    problems: "Was nicht gelesen werden konnte",
    problem_kinds: [
        "keine Nachricht",
        "zu tief verschachtelt",
        "zu viele Teile",
        "zu viele Kopfzeilen",
        "zu groß",
        "Zeile zu lang",
        "unbekannter Zeichensatz",
        "schadhafte Kodierung",
        "schadhaftes Adressfeld",
        "Datei nicht lesbar",
        "Ordner nicht lesbar",
        "vom Server nicht geliefert",
        "Adressbucheintrag nicht lesbar",
    ],
    sources: "Quellen",
    kinds: [
        "gemeinsame Datenbank",
        "eigenes Adressbuch",
        "eigenes Adressbuch, mit Weitergabe an andere Nutzer",
        "Hochladen in ein Netzwerk",
    ],
    recipients: "geht nach",
    bases: |sourced, inferred, assumed| format!("{sourced} Werte belegt, {inferred} gefolgert, {assumed} angenommen"),
    notice: "Anbieter benachrichtigt die Person",
    opt_out: "Anbieter bietet Widerspruch an",
    escapes: [
        "Adresse bei einem Zugangsanbieter",
        "eigene oder Familien-Domain",
        "bezahlter oder Datenschutz-Maildienst",
        "Domain von Verein, Schule oder Praxis",
        "schreibt von der Arbeit",
        "private Nummer in geschäftlicher Signatur",
        "nur in Kopie, Zitat oder Weiterleitung",
        "mit Firmenadresse gespeichert",
    ],
    fates: ["gesendet", "zurückgehalten", "zu alt", "nicht gelesen"],
    story_first: |when, places| format!("Zuerst gesehen {when}: {places}."),
    story_places: "Wo",
    story_rules: "Warum so beurteilt",
    story_joined: "Für eine Person gehalten, denn",
    story_fates: "Was jedes Profil getan hätte",
    via_owner: "in Post des Inhabers",
    via: |id| format!("in Post von {id}"),
    automated: "automatische Post",
    undated: "undatiert",
    messages: |n| if n == "1" { "1 Nachricht".into() } else { format!("{n} Nachrichten") },
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables and labels of the terminal summary have 80 columns to live in.
    #[test]
    fn labels_fit_their_columns() {
        for lang in Lang::ALL {
            let text = lang.text();
            let labels = text.passes.iter().chain(&text.exclusions).chain(&text.classes);
            for label in labels.chain([&text.unsure_note, &text.all_held_back]) {
                assert!(label.chars().count() <= 42, "{label}");
            }
        }
    }

    #[test]
    fn numbers_have_groups() {
        assert_eq!(EN.number(1_234_567), "1,234,567");
        assert_eq!(DE.number(20_314), "20.314");
        assert_eq!(EN.number(1902), "1902");
    }
}
