//! Decides how one person's story is told: where first seen, through whom, which rules spoke, what each profile would
//! have done. Everything comes from the result file; the mailbox is not opened again.

use std::io::{self, Write};

use super::lang::Text;
use super::safe::Plain;
use super::text::{field_names, wrap};
use super::{Contact, FateShown, Lang, Look, PlaceShown, Report, growth};
use crate::assess::Class;
use crate::classify::measured;

/// The contacts whose id starts so; the `p-` and the hyphens may be left out.
pub fn find<'a>(report: &'a Report, id: &str) -> Vec<&'a Contact> {
    let bare = |id: &str| id.to_ascii_lowercase().trim_start_matches("p-").replace('-', "");
    let wanted = bare(id);
    if wanted.is_empty() {
        return Vec::new();
    }
    report.contacts.iter().filter(|contact| bare(&contact.id).starts_with(&wanted)).collect()
}

/// Writes the story of one contact.
///
/// # Errors
/// If `out` cannot be written to.
pub fn explain(report: &Report, contact: &Contact, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = look.lang.text();
    let names = contact.names.iter().chain(&contact.emails).take(1).map(|who| format!("  {}", Plain(who)));
    writeln!(out, "{}{}", Plain(&contact.id), names.collect::<String>())?;
    writeln!(
        out,
        "  {}: {}; {}: {} ({} {:.2}); {}",
        text.class,
        text.class(contact.class),
        text.sphere,
        text.sphere(contact.sphere),
        text.certainty,
        contact.certainty,
        text.relation(contact.relation)
    )?;
    let when = contact.first.as_deref().unwrap_or(text.undated);
    let first: Vec<&PlaceShown> = contact.places.iter().filter(|place| place.first == contact.first).collect();
    let mut channels: Vec<&str> = first.iter().map(|place| text.place(place.channel, place.within)).collect();
    channels.dedup();
    wrapped(out, "  ", &(text.story_first)(&Plain(when).to_string(), &channels.join(", ")))?;

    writeln!(out, "\n{}", text.story_places)?;
    for place in &contact.places {
        wrapped(out, "  ", &where_seen(report, place, text))?;
    }
    writeln!(out, "\n{}", text.story_rules)?;
    let rule =
        |id: &str| look.lang.rule(id).map_or_else(|| Plain(id).to_string(), |says| format!("{says} ({})", Plain(id)));
    for reason in &contact.reasons {
        let measured = measured(reason).filter(|(spoke, _)| *spoke > 0);
        let measured = measured.map(|(spoke, right)| {
            format!("; {}", (text.measured)(&text.number(u64::from(right)), &text.number(u64::from(spoke))))
        });
        wrapped(out, "  ", &format!("{}{}", rule(reason), measured.unwrap_or_default()))?;
    }
    for &escape in &contact.escapes {
        wrapped(out, "  ", text.escape(escape))?;
    }
    if !contact.joins.is_empty() {
        writeln!(out, "\n{}", text.story_joined)?;
        for (id, &count) in &contact.joins {
            wrapped(out, "  ", &format!("{}, {}", rule(id), (text.messages)(&text.number(count))))?;
        }
    }
    writeln!(out, "\n{}", text.story_fates)?;
    for (profile, both) in &contact.fates {
        for (bound, fate) in [text.declared, text.permitted].iter().zip(both) {
            wrapped(out, "  ", &format!("{} ({bound}): {}", Plain(profile), becomes(fate, look.lang)))?;
        }
    }
    Ok(())
}

/// Writes what somebody needs who is to say by hand what a contact is: where it was seen, what spoke, what hangs on it.
///
/// # Errors
/// If `out` cannot be written to.
pub fn brief(report: &Report, contact: &Contact, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = look.lang.text();
    writeln!(out, "{}", Plain(&contact.id))?;
    // Empty below `masked`.
    let clear = [&contact.names, &contact.emails, &contact.titles, &contact.organisations, &contact.departments];
    for value in clear.into_iter().flat_map(|values| values.iter().take(3)) {
        wrapped(out, "  ", &Plain(value).to_string())?;
    }
    let private = contact.by_hand.map_or(contact.private, |said| said.private);
    // A share between 0 and 1; what is none becomes 0.
    let percent = (private.clamp(0.0, 1.0) * 100.0).round() as u64;
    wrapped(out, "  ", &format!("{}; {}", text.relation(contact.relation), (text.brief_guess)(percent)))?;
    let channels = contact
        .sources
        .iter()
        .map(|(&channel, count)| format!("{} ({})", text.channel(channel), (text.messages)(&text.number(*count))));
    let [first, last] =
        [&contact.first, &contact.last].map(|day| Plain(day.as_deref().unwrap_or(text.undated)).to_string());
    let when = (text.brief_between)(&first, &last);
    wrapped(out, "  ", &format!("{}: {}, {when}", text.brief_seen, channels.collect::<Vec<_>>().join(", ")))?;
    wrapped(out, "  ", &format!("{}: {}", text.brief_fields, field_names(&contact.fields, text)))?;
    let rules = contact.reasons.iter().filter(|id| *id != super::BY_HAND);
    let rules: Vec<String> =
        rules.map(|id| look.lang.rule(id).map_or_else(|| Plain(id).to_string(), str::to_owned)).collect();
    wrapped(out, "  ", &format!("{}: {}", text.story_rules, rules.join("; ")))?;
    let first = report.profiles.first().and_then(|profile| contact.fates.get(&profile.id));
    if let Some([declared, permitted]) = first {
        let becomes = [(text.declared, declared), (text.permitted, permitted)]
            .map(|(bound, fate)| format!("{bound}: {}", becomes(fate, look.lang)));
        wrapped(out, "  ", &format!("{}: {}", text.brief_becomes, becomes.join("; ")))?;
    }
    Ok(())
}

fn where_seen(report: &Report, place: &PlaceShown, text: &Text) -> String {
    let mut parts = vec![text.place(place.channel, place.within).to_owned()];
    let sender = place.via.as_ref().and_then(|id| report.contacts.iter().find(|other| other.id == *id));
    match (&place.via, sender) {
        (_, Some(sender)) if sender.class == Class::Own => parts.push(text.via_owner.to_owned()),
        (Some(id), _) => parts.push((text.via)(&Plain(id).to_string())),
        (None, _) => {}
    }
    if let Some(alias) = &place.folder {
        let folder = report.coverage.folders.iter().find(|folder| folder.alias == *alias);
        let name = folder.map_or_else(
            || Plain(alias).to_string(),
            |folder| {
                let shown = folder.name.as_deref().unwrap_or_else(|| text.folder(folder.kind));
                format!("{} ({})", Plain(alias), Plain(shown))
            },
        );
        parts.push(name);
    }
    parts.extend(place.automated.then(|| text.automated.to_owned()));
    let dates = [&place.first, &place.last].map(|day| day.as_deref().unwrap_or(text.undated));
    parts.push(if dates[0] == dates[1] {
        Plain(dates[0]).to_string()
    } else {
        format!("{} .. {}", Plain(dates[0]), Plain(dates[1]))
    });
    parts.push((text.messages)(&text.number(place.messages)));
    format!("{}: {}", parts.join(", "), field_names(&place.fields, text))
}

fn becomes(fate: &FateShown, lang: Lang) -> String {
    let text = lang.text();
    let [sent, held_back, too_old, not_read] = text.fates;
    match fate {
        FateShown::Sent { fields, messages, transmissions, .. } => {
            let messages = (text.messages)(&text.number(*messages));
            // An older result does not tell how often.
            let times = (*transmissions > 0).then(|| growth::Words::of(lang).times(*transmissions, text));
            let often = times.map_or_else(String::new, |times| format!(", {times}"));
            format!("{sent}: {} ({messages}{often})", field_names(fields, text))
        }
        FateShown::HeldBack { by } => format!("{held_back}: {}", text.exclusion(*by)),
        FateShown::TooOld => too_old.to_owned(),
        FateShown::NotRead => not_read.to_owned(),
    }
}

fn wrapped(out: &mut dyn Write, indent: &str, text: &str) -> io::Result<()> {
    for (at, line) in wrap(text, 76 - indent.len()).iter().enumerate() {
        writeln!(out, "{indent}{}{line}", if at == 0 { "" } else { "    " })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Evidence, Lang, Level, Meta};
    use super::*;
    use crate::assess::sample::{facts, people};
    use crate::people::Join;
    use crate::profile::builtin;

    /// One person of two joined addresses, who is unsure.
    fn story(lang: Lang, write: fn(&Report, &Contact, Look, &mut dyn Write) -> io::Result<()>) -> String {
        let (mut resolved, mut verdicts) = people(
            "
me own own
  sender sent me@corp.example -3 email=me@corp.example name=Me
tilda unsure inbound
  sender inbox tilda@web.de -5 email=tilda@web.de name=Tilda_Ostervoss
",
        );
        for (person, verdict) in resolved.people.iter_mut().zip(&mut verdicts).filter(|(one, _)| one.key == "tilda") {
            person.joins.push(Join { rule: "signature-prints-address", count: 3 });
            verdict.reasons = vec!["free-mail", "formal-terms"];
        }
        let assessment = crate::assess::assess(resolved, verdicts, &builtin(), facts());
        let evidence = Evidence { level: Level::Pseudonyms, key: b"apart".to_vec(), reason: None };
        let report = Report::new(&assessment, &evidence, &Meta::default());
        let contact = report.contacts.iter().find(|one| one.class != Class::Own).expect("somebody is there");
        let mut out = Vec::new();
        write(&report, contact, Look { lang, ..Look::default() }, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("is UTF-8")
    }

    #[test]
    fn every_rule_and_every_join_is_a_sentence_with_what_was_measured() {
        let told = story(Lang::En, explain).split_whitespace().collect::<Vec<_>>().join(" ");
        for piece in [
            "a free mailbox that anybody can have (free-mail); pointed right for",
            "the person's own signature prints the other address (signature-prints-address), 3 messages",
        ] {
            assert!(told.contains(piece), "no '{piece}' in: {told}");
        }
        let told = story(Lang::De, explain).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("die eigene Signatur nennt die andere Adresse"), "{told}");
    }

    #[test]
    fn what_a_human_judges_by_tells_no_name_below_masked() {
        let told = story(Lang::En, brief);
        assert!(told.contains("the rules hold private for likely by 50 in 100"), "{told}");
        assert!(told.contains("sender (1 message"), "{told}");
        assert!(told.contains("on formal terms"), "{told}");
        assert!(!told.to_lowercase().contains("tilda") && !told.contains('@'), "{told}");
        assert!(story(Lang::De, brief).contains("wahrscheinlich"));
    }
}
