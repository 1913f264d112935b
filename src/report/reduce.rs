//! Decides how much of a person a level shows. This is the only place where an assessment's data become a report's
//! strings; everything that a mailbox wrote passes one of the functions of [`Veil`].

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::measures::Pairs;
use super::*;
use crate::address::Address;
use crate::assess::whatif::{Atom, Countermeasures, Effect, Rule, Shown as ShownToRules, Smallest};
use crate::assess::{self, Assessment, Facts, Fate, Growth, Judged, Reading, Record, Run, Scenario, whatif};
use crate::observe::Phone;
use crate::people::{FewMap, Place, Sighting, domains};
use crate::profile::{Bound, Fields, Profile, Setting, Window, freemail, third_countries};

/// At which level to show people, and the key of their pseudonyms.
#[derive(Clone)]
pub struct Evidence {
    pub level: Level,
    /// Kept apart from the report: whoever has both can test a guess at an address.
    pub key: Vec<u8>,
    /// Why more than pseudonyms is shown; printed in the report.
    pub reason: Option<String>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evidence({:?})", self.level)
    }
}

/// What a report says of itself beside its figures.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// RFC 3339.
    pub generated_at: String,
    /// `YYYY-MM-DD`.
    pub expires: Option<String>,
    /// What stands for the mailbox; empty: a keyed pseudonym of its owner.
    pub mailbox: String,
    pub synthetic: bool,
    /// `imap`, `maildir`, `mbox`, `files`.
    pub source: String,
    pub hosts: Vec<String>,
    pub proof: Option<Proof>,
    /// The start questions with the answers that the configuration gives.
    pub questions: BTreeMap<String, Option<String>>,
    pub told: Told,
}

/// At the level `counts`, marks on fewer people than this are not told: a figure of one can be a person.
pub(super) const FEW: u64 = 5;

impl Report {
    /// Reduces an assessment to what may be shown.
    pub fn new(assessment: &Assessment, evidence: &Evidence, meta: &Meta) -> Self {
        let veil = Veil { level: evidence.level, key: &evidence.key };
        let gaps: Vec<Gap> = assessment.facts.gaps().into_iter().collect();
        let profiles: Vec<ProfileShown> = assessment.runs.iter().map(|run| veil.profile(assessment, run)).collect();
        let headline = profiles.first().map_or_else(
            || Headline { profile: String::new(), low: 0, high: 0 },
            |first| Headline { profile: first.id.clone(), low: first.low, high: first.high },
        );
        Self {
            schema: SCHEMA,
            digest: (),
            program: Program { name: "mailglean".into(), version: env!("CARGO_PKG_VERSION").into() },
            generated_at: meta.generated_at.clone(),
            expires: meta.expires.clone(),
            mailbox: if meta.mailbox.is_empty() { veil.owner_id(&assessment.owner) } else { meta.mailbox.clone() },
            synthetic: meta.synthetic,
            evidence: Shown { level: evidence.level, reason: evidence.reason.clone(), key: veil.fingerprint() },
            made_with: Some(MadeWith::this_program(veil.settings(assessment, &meta.told))),
            complete: gaps.is_empty(),
            gaps,
            questions: meta.questions.clone(),
            owner: veil.owner(assessment),
            coverage: veil.coverage(assessment),
            reading: ReadingShown {
                source: meta.source.clone(),
                hosts: meta.hosts.clone(),
                proof: meta.proof.as_ref().map(ProofShown::from),
            },
            people: census(&assessment.people),
            headline,
            notices: Some(veil.notices(&assessment.facts)),
            profiles,
            domains: veil.domains(assessment),
            contacts: veil.contacts(assessment),
        }
    }
}

/// What tells the key of a result's pseudonyms from another, and nothing of it.
pub fn fingerprint(key: &[u8]) -> String {
    Veil { level: Level::default(), key }.fingerprint()
}

struct Veil<'a> {
    level: Level,
    key: &'a [u8],
}

impl Veil<'_> {
    /// A pseudonym of 50 bits: among 100,000 people two share one with a chance of 1 in 200,000.
    fn id(&self, key: &str) -> String {
        let digits = self.id_of("person", key);
        format!("p-{}-{}", &digits[..5], &digits[5..])
    }

    /// What the audit was told. Names of folders and the owner's addresses are personal at any level: their
    /// fingerprint says whether they are the same.
    fn settings(&self, assessment: &Assessment, told: &Told) -> BTreeMap<String, String> {
        let date = |day: Option<i32>| self.date(day).map(|date| date.to_string());
        let print = |texts: &[String]| {
            let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            texts.sort_unstable();
            (!texts.is_empty()).then(|| self.id_of("setting", &texts.join("\0")))
        };
        let all = [
            ("since", date(told.since)),
            ("installed_on", date(assessment.facts.installed_on)),
            ("removed_on", date(assessment.facts.removed_on)),
            ("folders", print(&told.folders)),
            ("exclude", print(&told.exclude)),
            ("owner", print(&told.owner)),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }

    /// A domain's alias: 40 bits, keyed as the persons' are.
    fn domain_id(&self, domain: &str) -> String {
        let shown = self.id_of("domain", domain);
        format!("d-{}-{}", &shown[..4], &shown[4..8])
    }

    fn id_of(&self, what: &str, text: &str) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mac = self.mac(what, text);
        let bits = mac.iter().take(8).fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
        (0..10).map(|at: u32| char::from(DIGITS[(bits >> (59 - 5 * at) & 31) as usize])).collect()
    }

    /// What stands for a mailbox: the same in every report made with the same key; empty if nobody knows whose it is.
    fn owner_id(&self, owner: &crate::people::Owner) -> String {
        owner.addresses.first().map_or_else(String::new, |address| {
            let mac = self.mac("mailbox", address.canonical().as_str());
            format!("m-{}", mac.iter().take(5).map(|byte| format!("{byte:02x}")).collect::<String>())
        })
    }

    fn fingerprint(&self) -> String {
        self.mac("key", "").iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    fn mac(&self, what: &str, text: &str) -> Vec<u8> {
        // HMAC takes a key of any length, so there is always one.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key) else { return vec![0; 32] };
        mac.update(format!("mailglean 1 {what}\0{text}").as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn date(&self, day: Option<i32>) -> Option<jiff::civil::Date> {
        let epoch = jiff::civil::date(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().try_days(day?).ok()?).ok()
    }

    /// A day; below `clear` its month, since a day is often enough to find the message.
    fn day(&self, day: Option<i32>) -> Option<String> {
        let date = self.date(day)?;
        Some(match self.level {
            Level::Clear => date.to_string(),
            _ => date.strftime("%Y-%m").to_string(),
        })
    }

    /// The first and last of a range; a report of numbers has none for single persons.
    fn list<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        masked: impl Fn(&T) -> String,
        clear: impl Fn(&T) -> String,
    ) -> Vec<String> {
        let all = all.into_iter();
        match self.level {
            Level::Counts | Level::Pseudonyms => Vec::new(),
            Level::Masked => all.map(|one| masked(&one)).collect(),
            Level::Clear => all.map(|one| clear(&one)).collect(),
        }
    }

    fn owner(&self, assessment: &Assessment) -> OwnerShown {
        let owner = &assessment.owner;
        OwnerShown {
            id: self.owner_id(owner),
            found_by: owner.found_by.to_owned(),
            addresses: owner.addresses.len() as u64,
            domains: owner.domains.len() as u64,
            names: self.list(&owner.names, |name| initials(name), |name| (*name).clone()),
            emails: self.list(&owner.addresses, |address| shortened(address), ToString::to_string),
            domain_names: self.list(&owner.domains, |domain| short_domain(domain), |domain| (*domain).clone()),
        }
    }

    fn coverage(&self, assessment: &Assessment) -> Coverage {
        let facts = &assessment.facts;
        let mut problems = BTreeMap::new();
        for problem in &facts.problems {
            *problems.entry(problem.what).or_insert(0) += 1;
        }
        let lost = facts.problems.iter().filter(|problem| problem.what.loses_all()).count() as u64;
        let name = |folder: &crate::message::Folder| (self.level == Level::Clear).then(|| folder.name.clone());
        let mut folders: Vec<FolderShown> = facts
            .folders
            .iter()
            .map(|one| FolderShown {
                alias: one.folder.alias.clone(),
                kind: one.folder.kind,
                messages: Some(one.messages),
                read: one.read,
                name: name(&one.folder),
            })
            .collect();
        folders.sort_by(|a, b| a.alias.cmp(&b.alias));
        let mut not_opened: Vec<FolderShown> = facts
            .not_opened
            .iter()
            .map(|(folder, messages)| FolderShown {
                alias: folder.alias.clone(),
                kind: folder.kind,
                messages: *messages,
                read: 0,
                name: name(folder),
            })
            .collect();
        not_opened.sort_by(|a, b| a.alias.cmp(&b.alias));
        let mut not_measured = Vec::new();
        if facts.address_book.is_none() {
            not_measured.push(NotMeasured::AddressBook);
        }
        if !assessment.outbound_measured {
            not_measured.push(NotMeasured::SentMail);
        }
        not_measured.extend([NotMeasured::Calendar, NotMeasured::SenderHeader, NotMeasured::Social]);
        Coverage {
            messages: facts.folders.iter().map(|one| one.messages).sum(),
            read: facts.folders.iter().map(|one| one.read).sum(),
            lost,
            partly: facts.problems.len() as u64 - lost,
            problems,
            folders,
            not_opened,
            address_book: facts.address_book,
            sent_mail: assessment.outbound_measured,
            not_measured,
            from: self.day(assessment.span.map(|(first, _)| first)),
            to: self.day(assessment.span.map(|(_, last)| last)),
        }
    }

    fn profile(&self, assessment: &Assessment, run: &Run) -> ProfileShown {
        let Profile { id, version, vendor, product, as_of, kind, evidence, .. } = run.profile.clone();
        let both = |choice: &crate::profile::Choice<bool>| Bound::BOTH.map(|bound| *choice.at(bound));
        // A report of numbers points at nobody.
        let ids = |all: &Vec<usize>| {
            let mut ids: Vec<String> = match self.level {
                Level::Counts => Vec::new(),
                _ => all.iter().filter_map(|&at| Some(self.id(&assessment.people.get(at)?.person.key))).collect(),
            };
            ids.sort_unstable();
            ids
        };
        let assumption = |effect: &crate::assess::Effect| AssumptionShown {
            path: effect.assumption.leaf.to_string(),
            basis: effect.assumption.basis,
            declared: effect.assumption.declared.clone(),
            permitted: effect.assumption.permitted.clone(),
            otherwise: effect.assumption.otherwise.clone(),
            low: effect.low,
            high: effect.high,
            unsure: effect.unsure.each_ref().map(ids),
            measured: effect.assumption.measured,
            sources: effect.assumption.sources.clone(),
            note: effect.assumption.note.clone(),
        };
        let source = |(key, source): (&String, &crate::profile::Source)| {
            let shown = SourceShown { what: source.what.clone(), at: source.at.clone(), grade: source.grade };
            (key.clone(), shown)
        };
        ProfileShown {
            id,
            version,
            vendor,
            product,
            as_of,
            kind,
            documented: evidence,
            bases: run.profile.bases().map(|count| count as u64),
            recipients: Bound::BOTH.map(|bound| run.profile.recipient.at(bound).clone()),
            third_countries: Bound::BOTH.map(|bound| third_countries(run.profile.recipient.at(bound))),
            notice: both(&run.profile.notice_to_person),
            opt_out: both(&run.profile.opt_out),
            low: run.low(),
            high: run.high(),
            declared: self.figures(&run.profile, &run.declared),
            permitted: self.figures(&run.profile, &run.permitted),
            assumptions: run.effects.iter().map(assumption).collect(),
            growth: run.growth.iter().map(|growth| self.growth(assessment, growth)).collect(),
            sources: run.profile.sources.iter().map(source).collect(),
            settings: Bound::BOTH.map(|bound| SettingShown::from(&run.profile.setting(bound))).into(),
            countermeasures: self.countermeasures(run),
        }
    }

    fn domains(&self, assessment: &Assessment) -> Vec<DomainShown> {
        if self.level == Level::Counts {
            return Vec::new();
        }
        let shown = |(domain, facts): (&str, whatif::DomainFacts)| DomainShown {
            id: self.domain_id(domain),
            persons: facts.persons,
            kind: domains::kind(domain),
            customer: facts.customer,
            name: match self.level {
                Level::Counts | Level::Pseudonyms => None,
                Level::Masked => Some(masked_domain(domain)),
                Level::Clear => Some(domain.to_owned()),
            },
        };
        let mut all: Vec<DomainShown> = assessment.domains.shared().map(shown).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    fn countermeasures(&self, run: &Run) -> CountermeasuresShown {
        let before = Effect {
            left: [run.low(), run.high()],
            private: Bound::BOTH.map(|bound| run.at(bound).tally.count(Class::Private)),
            lost: [0, 0],
        };
        let Countermeasures { rows, left_out, smallest } = &run.countermeasures;
        let named = |rule: &Rule| matches!(rule, Rule::Domain(_));
        let mut rows: Vec<((std::cmp::Reverse<i64>, String), RuleShown)> = rows
            .iter()
            .map(|row| {
                let Pairs { left, avoided, private, lost } = Pairs::of(row.effect, before);
                let (offered, sources) = (row.offered, row.sources.clone());
                let shown = RuleShown { id: self.rule(&row.rule), left, avoided, private, lost, offered, sources };
                // Equal ones stand in the order of the candidates, but domains by their alias: their names would show.
                let alias = if named(&row.rule) { shown.id.clone() } else { String::new() };
                ((std::cmp::Reverse(row.effect.balance(before)), alias), shown)
            })
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        let smallest = smallest.as_ref().map(|(smallest, rules)| {
            let Smallest { goal, target, reached, proved, effect, .. } = *smallest;
            let Pairs { left, private, lost, .. } = Pairs::of(effect, before);
            let (mut rules, mut domains): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| !named(rule));
            domains.sort_by_key(|rule| self.rule(rule));
            rules.append(&mut domains);
            let rules = rules.into_iter().map(|rule| self.rule(rule)).collect();
            SmallestShown { figure: goal.name().into(), target, reached, proved, rules, left, private, lost }
        });
        let rules = rows.into_iter().map(|(_, row)| row).collect();
        let mut shown = CountermeasuresShown { rules, left_out: *left_out, smallest };
        if self.level == Level::Counts {
            shown.in_counts(before, FEW);
        }
        shown
    }

    /// A rule's id, with the alias of a domain in the place of its name.
    fn rule(&self, rule: &Rule) -> String {
        match rule {
            Rule::Domain(domain) => Rule::Domain(self.domain_id(domain)).to_string(),
            other => other.to_string(),
        }
    }

    fn notices(&self, facts: &Facts) -> NoticesShown {
        let mut all = NoticesShown::default();
        for (day, kinds) in facts.notices.iter() {
            all.messages += 1;
            for &kind in kinds {
                *all.kinds.entry(kind).or_default() += 1;
            }
            // A month at every level: a day is often enough to find the message.
            let month = (self.level != Level::Counts).then(|| Self { level: Level::Pseudonyms, ..*self }.day(day));
            if let Some(month) = month.flatten() {
                *all.months.entry(month).or_default() += 1;
            }
        }
        all
    }

    fn growth(&self, assessment: &Assessment, growth: &Growth) -> GrowthShown {
        // A day that the user gave tells of nobody.
        let given = Self { level: Level::Clear, ..*self };
        let veil = if growth.scenario == Scenario::Configured { &given } else { self };
        let few = (self.level == Level::Counts).then_some(FEW);
        let id = |who: usize| {
            let person = assessment.people.get(who).filter(|_| self.level != Level::Counts);
            person.map(|one| self.id(&one.person.key))
        };
        GrowthShown {
            scenario: growth.scenario,
            installed_on: veil.day(Some(growth.start)),
            until: self.day(Some(growth.end)),
            step_days: growth.step_days,
            declared: CurveShown::new(&growth.declared, few, id),
            permitted: CurveShown::new(&growth.permitted, few, id),
        }
    }

    fn figures(&self, profile: &Profile, reading: &Reading) -> Figures {
        let Reading { bound, tally, directory, legal, .. } = reading;
        let freemail = *profile.exclusions.freemail.at(*bound);
        let told = |(&kind, &count): (&Sensitive, &u64)| {
            (kind, (self.level != Level::Counts || count >= FEW).then_some(count))
        };
        Figures {
            sent: tally.sent.clone(),
            bystanders: tally.bystanders.clone(),
            filter: FilterShown {
                freemail,
                domains: freemail.len() as u64,
                private_held_back: tally.private_held_back,
                private_passed: tally.count(Class::Private),
                unsure_held_back: tally.unsure_held_back,
                business_held_back: tally.business_held_back,
                held_back: tally.held_back.clone(),
                passes: tally.passes.clone(),
            },
            sensitive: tally.sensitive.iter().map(told).collect(),
            fields: tally.fields.clone(),
            directory: DirectoryShown {
                records: directory.records,
                fields: directory.fields.clone(),
                corroborated: directory.corroborated,
                confirmed: directory.confirmed,
            },
            legal: LegalShown {
                persons: legal.persons,
                unsure: legal.unsure,
                within_list: legal.steps.within,
                with_email: legal.steps.email,
                with_phone: legal.steps.phone,
                with_private_phone: legal.steps.private,
                without_postal_address: legal.without_postal_address,
                gave_themselves: legal.gave_themselves,
                from_elsewhere: legal.from_elsewhere,
                older: legal.older,
                undated: legal.undated,
                to_third_country: legal.to_third_country,
                origin: legal.origin.clone(),
                channels: legal.channels.clone(),
                traceable: legal.traceable,
            },
        }
    }

    fn contacts(&self, assessment: &Assessment) -> Vec<Contact> {
        if self.level == Level::Counts {
            return Vec::new();
        }
        let ids: Vec<String> = assessment.people.iter().map(|one| self.id(&one.person.key)).collect();
        let mut of: BTreeMap<&Address, &str> = BTreeMap::new();
        for (one, id) in assessment.people.iter().zip(&ids) {
            of.extend(one.person.emails.iter().map(|address| (address, id.as_str())));
        }
        let windows = windows(assessment);
        let contact =
            |(at, (one, id)): (usize, (&Judged, &String))| self.contact(assessment, at, one, id, &of, &windows);
        let mut all: Vec<Contact> = assessment.people.iter().zip(&ids).enumerate().map(contact).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    fn contact(
        &self,
        assessment: &Assessment,
        at: usize,
        one: &Judged,
        id: &str,
        of: &BTreeMap<&Address, &str>,
        windows: &BTreeSet<u32>,
    ) -> Contact {
        let Judged { person, verdict, class } = one;
        let mut sources = BTreeMap::new();
        let mut fields = Fields::default();
        for (place, sighting) in &person.places {
            *sources.entry(place.channel).or_insert(0) += sighting.count;
            fields = fields.union(shown_fields(sighting));
        }
        let days = || person.places.values().flat_map(|sighting| &sighting.days).copied();
        let fate = |run: &Run| {
            let both = Bound::BOTH.map(|bound| {
                let fate = run.at(bound).fates.get(at);
                fate.map_or(FateShown::NotRead, |fate| self.fate(fate, one, &run.profile.setting(bound)))
            });
            (run.profile.id.clone(), both)
        };
        let phones = match self.level {
            Level::Counts | Level::Pseudonyms => Vec::new(),
            Level::Masked | Level::Clear => best(&person.phones).into_iter().map(|phone| self.phone(phone)).collect(),
        };
        let words =
            |values: &FewMap<String, u64>| self.list(best(values), |text| first_letter(text), |text| (*text).clone());
        Contact {
            id: id.to_owned(),
            class: *class,
            sphere: verdict.sphere,
            relation: person.relation,
            certainty: percent(verdict.certainty),
            private: percent(verdict.private),
            by_hand: None,
            reasons: verdict.reasons.iter().map(|&id| id.to_owned()).collect(),
            escapes: verdict.escapes.iter().copied().collect(),
            sensitive: if self.level == Level::Clear {
                verdict.sensitive.iter().copied().collect()
            } else {
                Vec::new()
            },
            sources,
            fields: fields.iter().collect(),
            first: self.day(days().min()),
            last: self.day(days().max()),
            places: self.places(assessment, one, of, windows),
            joins: person.joins.iter().map(|join| (join.rule.to_owned(), join.count)).collect(),
            fates: assessment.runs.iter().map(fate).collect(),
            emails: self.list(&person.emails, |address| shortened(address), ToString::to_string),
            names: self.list(best(&person.names), |name| initials(name), |name| (*name).clone()),
            titles: words(&person.titles),
            organisations: words(&person.organisations),
            departments: words(&person.departments),
            addresses: words(&person.addresses),
            urls: self.list(best(&person.urls), |url| first_letter(url), |url| (*url).clone()),
            phones,
        }
    }

    fn places(
        &self,
        assessment: &Assessment,
        one: &Judged,
        of: &BTreeMap<&Address, &str>,
        windows: &BTreeSet<u32>,
    ) -> Vec<PlaceShown> {
        let someone = assessment.someone(one);
        // No day shows in it: windows are as coarse as those that are asked for.
        let first_day = |atom: &Atom<'_>| {
            let coarse = |shown: ShownToRules| ShownToRules { reach: shown.reach.coarse(windows), ..shown };
            atom.first.map(coarse).filter(|first| *first != coarse(atom.always)).map(FirstDay::of)
        };
        let alias = |domain: &&str| assessment.domains.is_shared(domain).then(|| self.domain_id(domain));
        let shown = |((place, sighting), atom): ((&Place, &Sighting), &Atom<'_>)| PlaceShown {
            channel: place.channel,
            within: place.within,
            folder: place.folder.as_ref().map(|folder| folder.alias.clone()),
            via: place.via.as_ref().and_then(|via| of.get(via)).map(|id| (*id).to_owned()),
            automated: place.automated,
            private_subject: place.private_subject,
            messages: sighting.count,
            first: self.day(sighting.days.first().copied()),
            last: self.day(sighting.days.last().copied()),
            fields: shown_fields(sighting).iter().collect(),
            outbound: atom.spot.outbound,
            no_name: !atom.spot.named,
            no_address: !atom.always.email,
            freemail: atom.spot.freemail,
            own_domain: atom.spot.own_domain,
            customer: atom.customer,
            providers: atom.kinds.iter().collect(),
            domains: atom.domains.iter().filter_map(alias).collect::<BTreeSet<_>>().into_iter().collect(),
            reach: ReachShown::of(atom.always.reach.coarse(windows)),
            first_day: first_day(atom),
        };
        let all = one.person.places.iter().zip(&someone.atoms);
        let mut all: Vec<PlaceShown> = all.map(shown).collect();
        // Places are keyed by folder names and addresses: their order would tell of both.
        all.sort_by(|a, b| {
            (a.channel, a.within, &a.folder, &a.via, &a.first).cmp(&(b.channel, b.within, &b.folder, &b.via, &b.first))
        });
        all
    }

    fn fate(&self, fate: &Fate, of: &Judged, setting: &Setting) -> FateShown {
        let maybe_private = of.class == Class::Private || of.verdict.sphere == Sphere::Unsure;
        match fate {
            Fate::Sent(record @ Record { fields, messages, transmissions, first, last, .. }) => FateShown::Sent {
                fields: fields.iter().collect(),
                messages: *messages,
                transmissions: *transmissions,
                first: self.day(*first),
                last: self.day(*last),
                passes: if maybe_private {
                    assess::passes(setting, &of.verdict.escapes, record).into_iter().collect()
                } else {
                    Vec::new()
                },
            },
            Fate::HeldBack(by) => FateShown::HeldBack { by: *by },
            Fate::TooOld => FateShown::TooOld,
            Fate::NotRead => FateShown::NotRead,
        }
    }

    fn phone(&self, phone: &Phone) -> PhoneShown {
        let number = match self.level {
            Level::Clear => phone.number.clone(),
            _ => {
                let head: String = phone.number.chars().take(3).collect();
                let tail: Vec<char> = phone.number.chars().rev().take(2).collect();
                format!("{head}…{}", tail.into_iter().rev().collect::<String>())
            }
        };
        PhoneShown { number, kind: phone.kind }
    }
}

/// The windows that profiles and rules ask for, in days.
fn windows(assessment: &Assessment) -> BTreeSet<u32> {
    let asked = assessment.runs.iter().flat_map(|run| Bound::BOTH.map(|bound| *run.profile.window_days.at(bound)));
    let days = asked.filter_map(|window| match window {
        Window::Days(days) => Some(days),
        Window::Unlimited => None,
    });
    days.chain([whatif::WINDOW]).collect()
}

fn census(people: &[Judged]) -> Census {
    let mut all = Census::default();
    for one in people {
        all.persons += u64::from(one.class.person());
        *all.classes.entry(one.class).or_default() += 1;
        if one.class != Class::Own {
            *all.spheres.entry(one.verdict.sphere).or_default() += 1;
            *all.relations.entry(one.person.relation).or_default() += 1;
        }
    }
    all
}

fn shown_fields(sighting: &Sighting) -> Fields {
    sighting.values.keys().map(crate::assess::field).collect()
}

/// The values worth showing, the most often seen first.
fn best<T: Ord>(values: &FewMap<T, u64>) -> Vec<&T> {
    let mut all: Vec<(&T, u64)> = values.iter().map(|(value, &count)| (value, count)).collect();
    // Stable: equal counts stay in the order of the text.
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.into_iter().map(|(value, _)| value).collect()
}

fn percent(share: f64) -> f64 {
    if share.is_finite() { (share.clamp(0.0, 1.0) * 100.0).round() / 100.0 } else { 0.0 }
}

fn initials(name: &str) -> String {
    let first = |word: &str| word.chars().find(|c| c.is_alphanumeric()).map(|c| format!("{}.", c.to_uppercase()));
    name.split_whitespace().filter_map(first).take(4).collect::<Vec<_>>().join(" ")
}

fn first_letter(text: &str) -> String {
    let text = text.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    text.chars().find(|c| c.is_alphanumeric()).map_or_else(|| "…".into(), |c| format!("{c}…"))
}

/// `h…@f….example`; a provider that everybody uses stays, because it tells of nobody.
fn shortened(address: &Address) -> String {
    format!("{}@{}", first_letter(address.local()), masked_domain(address.domain()))
}

fn masked_domain(domain: &str) -> String {
    let everybodys = matches!(freemail::smallest(domain), Some(List::MinimalUs | List::DeExtended));
    if everybodys { domain.to_owned() } else { short_domain(domain) }
}

fn short_domain(domain: &str) -> String {
    match domain.rsplit_once('.') {
        Some((name, top)) if !name.is_empty() => format!("{}.{top}", first_letter(name)),
        _ => "…".into(),
    }
}
