//! Decides whether a profile file is sound: its form, its sources, and that its lower bound is no wider than its
//! upper. What is wrong is told with line, column and, where a name is close to a known one, a suggestion.

use std::collections::{BTreeMap, BTreeSet};

use super::{Basis, Choice, Exclusion, Profile, Read, Source};

/// Larger files are refused unread: the eight built-in profiles take 40 kB.
const LIMIT: usize = 1 << 18;
/// Deeper brackets and longer lines are refused unread: the YAML reader's time grows with the square of the depth.
const DEPTH: usize = 32;
const LINE: usize = 1 << 13;

/// What is wrong with a profile file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ProfileError {
    /// Counted from 1.
    pub line: usize,
    pub column: usize,
    pub what: String,
    pub hint: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    sources: BTreeMap<String, Source>,
    profiles: Vec<Profile>,
}

/// The profiles in the program.
pub fn builtin() -> Vec<Profile> {
    // A test loads them, so that an empty list cannot be shipped.
    load(BUILTIN).unwrap_or_default()
}

const BUILTIN: &str = include_str!("builtin.yaml");

/// Reads a profile file.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn load(text: &str) -> Result<Vec<Profile>, ProfileError> {
    if text.len() > LIMIT {
        let what = format!("the file has {} bytes; a profile file has at most {LIMIT}", text.len());
        return Err(ProfileError { line: 1, column: 1, what, hint: None });
    }
    let mut open = 0;
    let mut refused = |line: &str| {
        open += line.matches(['[', '{']).count();
        let deepest = open + line.matches("- ").count() + line.matches("? ").count();
        open = open.saturating_sub(line.matches([']', '}']).count());
        line.len() > LINE || deepest > DEPTH
    };
    if let Some(line) = text.lines().position(&mut refused) {
        let what = "a line is too long, or nested too deeply, for a profile file".into();
        return Err(ProfileError { line: line + 1, column: 1, what, hint: None });
    }
    let file: File = serde_yaml::from_str(text).map_err(|error| malformed(&error))?;
    let lines = Lines(text);
    if file.version != 1 {
        let hint = (file.version > 1).then(|| "the file is for a newer version of this program".to_owned());
        let what = format!("version {} of the file format is not known; this is version 1", file.version);
        return Err(lines.error("", "version", what, hint));
    }
    let known = if std::ptr::eq(text, BUILTIN) { BTreeMap::new() } else { builtin_sources() };
    let mut ids = BTreeSet::new();
    let mut profiles = file.profiles;
    for profile in &mut profiles {
        check(profile, &lines)?;
        if !ids.insert(profile.id.clone()) {
            return Err(lines.error(&profile.id, "id", "two profiles have this id".into(), None));
        }
        for key in named_sources(profile) {
            let Some(source) = file.sources.get(&key).or_else(|| known.get(&key)) else {
                let hint = closest(&key, file.sources.keys().chain(known.keys()).map(String::as_str));
                return Err(lines.error(&profile.id, &key, format!("source `{key}` is not among the sources"), hint));
            };
            profile.sources.insert(key, source.clone());
        }
    }
    if profiles.is_empty() {
        return Err(lines.error("", "profiles", "the file holds no profile".into(), None));
    }
    Ok(profiles)
}

/// The documents that the built-in profiles rest on: a user's own profile may name them too.
fn builtin_sources() -> BTreeMap<String, Source> {
    builtin().into_iter().flat_map(|profile| profile.sources).collect()
}

/// What the types cannot say.
fn check(profile: &Profile, lines: &Lines<'_>) -> Result<(), ProfileError> {
    let id = profile.id.as_str();
    let bad = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if id.is_empty() || id.len() > 64 || id.contains(bad) {
        let what = "an id is 1 to 64 lower-case letters, digits and hyphens".into();
        return Err(lines.error(id, "id", what, None));
    }
    if let Some(missing) = Read::ALL.iter().find(|read| !profile.channels.contains_key(read)) {
        let what = format!("channel `{}` is missing", missing.name());
        let hint = Some("every channel is stated, so that nothing is decided by being forgotten".to_owned());
        return Err(lines.error(id, "channels", what, hint));
    }
    for (read, choice) in &profile.channels {
        leaf(id, read.name(), choice, choice.declared <= choice.permitted, lines)?;
    }
    for exclusion in Exclusion::ALL {
        if let Some(choice) = profile.exclusion(exclusion) {
            leaf(id, exclusion.name(), choice, choice.permitted <= choice.declared, lines)?;
        }
    }
    let freemail = &profile.exclusions.freemail;
    leaf(id, "freemail", freemail, freemail.permitted <= freemail.declared, lines)?;
    leaf(id, "fields", &profile.fields, profile.fields.declared.is_subset(profile.fields.permitted), lines)?;
    leaf(id, "folders", &profile.folders, profile.folders.declared.is_subset(profile.folders.permitted), lines)?;
    leaf(
        id,
        "window_days",
        &profile.window_days,
        profile.window_days.declared <= profile.window_days.permitted,
        lines,
    )?;
    leaf(id, "recipient", &profile.recipient, true, lines)?;
    leaf(id, "clients", &profile.clients, true, lines)?;
    let schedule = &profile.schedule;
    leaf(id, "schedule", schedule, schedule.declared.trigger <= schedule.permitted.trigger, lines)?;
    if let Some(book) = &profile.address_book_from {
        leaf(id, "address_book_from", book, book.declared <= book.permitted, lines)?;
    }
    leaf(id, "notice_to_person", &profile.notice_to_person, true, lines)?;
    leaf(id, "opt_out", &profile.opt_out, true, lines)?;
    for (key, choice) in [
        ("propagation", &profile.propagation),
        ("publication_gate", &profile.publication_gate),
        ("choice_of_contacts", &profile.choice_of_contacts),
    ] {
        choice.iter().try_for_each(|choice| leaf(id, key, choice, true, lines))?;
    }
    if !profile.fields.declared.names_somebody() {
        let what = "`fields` holds neither name nor email in `declared`: such records would be nobody's".into();
        return Err(lines.error(id, "fields", what, None));
    }
    Ok(())
}

fn leaf<T>(id: &str, key: &str, choice: &Choice<T>, ordered: bool, lines: &Lines<'_>) -> Result<(), ProfileError> {
    if !ordered {
        let what = format!("`{key}`: the declared reading takes more than the permitted one");
        let hint = "declared is the lower bound; swap the two values, or widen `permitted`".to_owned();
        return Err(lines.error(id, key, what, Some(hint)));
    }
    if choice.basis == Basis::Sourced && choice.sources.is_empty() {
        let what = format!("`{key}` is said to be sourced and names no source");
        let hint = "add `sources: [...]`, or set `basis: assumption`".to_owned();
        return Err(lines.error(id, key, what, Some(hint)));
    }
    Ok(())
}

fn named_sources(profile: &Profile) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut add = |sources: &[String]| all.extend(sources.iter().cloned());
    profile.channels.values().for_each(|choice| add(&choice.sources));
    Exclusion::ALL.iter().filter_map(|&e| profile.exclusion(e)).for_each(|choice| add(&choice.sources));
    add(&profile.exclusions.freemail.sources);
    add(&profile.recipient.sources);
    add(&profile.clients.sources);
    add(&profile.fields.sources);
    add(&profile.folders.sources);
    add(&profile.window_days.sources);
    add(&profile.schedule.sources);
    add(&profile.notice_to_person.sources);
    add(&profile.opt_out.sources);
    let others = profile.propagation.iter().chain(&profile.publication_gate).chain(&profile.choice_of_contacts);
    others.for_each(|choice| add(&choice.sources));
    profile.address_book_from.iter().for_each(|choice| add(&choice.sources));
    profile.traces_on_a_pc.iter().for_each(|traces| add(&traces.sources));
    all
}

/// What the YAML reader says, with a suggestion where it lists what it expected.
fn malformed(error: &serde_yaml::Error) -> ProfileError {
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    let mut what = error.to_string();
    if let Some(at) = what.rfind(" at line ") {
        what.truncate(at);
    }
    let mut names = what.split('`').skip(1).step_by(2);
    let hint = (what.contains("unknown field") || what.contains("unknown variant"))
        .then(|| names.next().and_then(|wrong| closest(wrong, names)))
        .flatten();
    if let Some(at) = what.find(", expected one of").filter(|_| hint.is_some()) {
        what.truncate(at);
    }
    ProfileError { line, column, what, hint }
}

fn closest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let near = |name: &'a str| (strsim::jaro_winkler(wrong, name), name);
    let best = known.map(near).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then(|| format!("did you mean `{}`?", best.1))
}

/// Finds where a key of a profile stands: the types have no place for it.
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn error(&self, id: &str, key: &str, what: String, hint: Option<String>) -> ProfileError {
        let (line, column) = self.find(id, key);
        let what = if id.is_empty() { what } else { format!("profile `{id}`: {what}") };
        ProfileError { line, column, what, hint }
    }

    fn find(&self, id: &str, key: &str) -> (usize, usize) {
        let names = |line: &str, key: &str, value: &str| {
            let rest = line.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(':')?;
            (value.is_empty() || rest.trim().trim_matches(['"', '\'']) == value).then_some(())
        };
        let mut lines = self.0.lines().enumerate();
        let mut start = 1;
        if !id.is_empty() {
            start = lines.find(|(_, line)| names(line, "id", id).is_some()).map_or(1, |(at, _)| at + 1);
        }
        if key == "id" {
            return (start, 1);
        }
        let column = |line: &str| line.find(key).map_or(1, |at| line[..at].chars().count() + 1);
        let found = lines.find(|(_, line)| names(line, key, "").is_some() || is_listed(line, key));
        found.map_or((start, 1), |(at, line)| (at + 1, column(line)))
    }
}

/// Whether `key` stands as a whole word in a list of the line (a source).
fn is_listed(line: &str, key: &str) -> bool {
    line.find("sources:").is_some_and(|at| {
        let list = line[at..].split(']').next().unwrap_or_default();
        list.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Bound;

    fn error(from: &str, to: &str) -> String {
        assert!(BUILTIN.contains(from), "the test's own text is gone: {from}");
        let broken = BUILTIN.replacen(from, to, 1);
        let error = load(&broken).map(|all| all.len()).expect_err("is refused");
        format!("{error} / {}", error.hint.clone().unwrap_or_default())
    }

    #[test]
    fn the_built_in_profiles_are_sound() {
        let all = load(BUILTIN).expect("built-in profiles load");
        let ids: Vec<&str> = all.iter().map(|profile| profile.id.as_str()).collect();
        assert_eq!(ids.len(), 8);
        assert_eq!(ids[0], "zoominfo-community-2013");
        for profile in &all {
            let (low, high) = (profile.setting(Bound::Declared), profile.setting(Bound::Permitted));
            assert!(low.fields.is_subset(high.fields), "{}", profile.id);
        }
    }

    /// Half of all values are guesses: the table in the documentation says how many, and this is where it is checked.
    #[test]
    fn what_the_profiles_rest_on_is_counted() {
        let all = builtin();
        let sum = all.iter().map(Profile::bases).fold([0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        let share = |n: usize| 100 * n / (sum[0] + sum[1] + sum[2]);
        assert!((15..30).contains(&share(sum[0])), "{sum:?}");
        assert!(share(sum[2]) > 45, "{sum:?}");
    }

    #[test]
    fn a_misspelt_key_is_told_with_its_place_and_a_suggestion() {
        let shown = error("  folders: {declared: [inbox, sent]", "  folder: {declared: [inbox, sent]");
        assert!(shown.ends_with("unknown field `folder` / did you mean `folders`?"), "{shown}");
        let line = 1 + BUILTIN.lines().position(|line| line.starts_with("  folders:")).expect("is there");
        assert!(shown.contains(&format!("line {line}, column 3")), "{shown}");
        let shown = error("freemail: {declared: portal_max", "freemail: {declared: portal_maxi");
        assert!(shown.ends_with("unknown variant `portal_maxi` / did you mean `portal_max`?"), "{shown}");
        let shown = error("    cc: {declared", "    ccc: {declared");
        assert!(shown.contains("unknown variant `ccc`"), "{shown}");
    }

    #[test]
    fn a_lower_bound_wider_than_the_upper_is_refused() {
        let shown = error("cc: {declared: true, permitted: true", "cc: {declared: true, permitted: false");
        assert!(shown.contains("`cc`: the declared reading takes more"), "{shown}");
        let line = 1 + BUILTIN.lines().position(|line| line.starts_with("    cc:")).expect("is there");
        assert!(shown.contains(&format!("line {line}, column 5")), "{shown}");
        let shown = error("declared: portal_max, permitted: minimal_us", "declared: minimal_us, permitted: portal_max");
        assert!(shown.contains("`freemail`"), "{shown}");
        let shown =
            error("window_days: {declared: 30, permitted: unlimited", "window_days: {declared: 30, permitted: 7");
        assert!(shown.contains("`window_days`"), "{shown}");
    }

    #[test]
    fn a_schedule_and_a_substitute_for_the_book_are_checked_too() {
        let shown = error(
            "trigger: once, every_hours: 0}, permitted: {trigger: new_or_changed",
            "trigger: every_message, every_hours: 0}, permitted: {trigger: once",
        );
        assert!(shown.contains("`schedule`: the declared reading takes more"), "{shown}");
        let line = 1 + BUILTIN
            .lines()
            .position(|line| line.contains("schedule: {declared: {trigger: once"))
            .expect("is there");
        assert!(shown.contains(&format!("line {line}, column 3")), "{shown}");
        let shown = error(
            "address_book_from: {declared: none, permitted: sent_mail",
            "address_book_from: {declared: sent_mail, permitted: none",
        );
        assert!(shown.contains("`address_book_from`: the declared reading takes more"), "{shown}");
        let shown = error("address_book_from: {declared: none", "address_book_from: {declared: sent_mails");
        assert!(shown.ends_with("unknown variant `sent_mails` / did you mean `sent_mail`?"), "{shown}");
        let shown =
            error("schedule: {declared: {trigger: new_or_changed", "schedule: {declared: {triger: new_or_changed");
        assert!(shown.ends_with("unknown field `triger` / did you mean `trigger`?"), "{shown}");
    }

    #[test]
    fn nothing_is_decided_by_being_forgotten() {
        let shown = error("    bcc: {declared: false, permitted: true, basis: assumption}\n", "");
        assert!(shown.contains("channel `bcc` is missing"), "{shown}");
        let shown = error(
            "sender: {declared: true, permitted: true, basis: sourced, says: \"yes\", sources: [S01]}",
            "sender: {declared: true, permitted: true, basis: sourced, says: \"yes\"}",
        );
        assert!(shown.contains("`sender` is said to be sourced and names no source"), "{shown}");
        let shown =
            error("sources: [S45], note: \"lead only: splitting", "sources: [S450], note: \"lead only: splitting");
        assert!(shown.contains("source `S450` is not among the sources / did you mean `S45`?"), "{shown}");
    }

    #[test]
    fn a_file_that_is_no_profile_file_is_refused() {
        for text in ["", "[", "version: 2\nprofiles: []", "version: 1\nprofiles: []", "a: &a [*a]", "\u{0}", "- x"] {
            assert!(load(text).is_err(), "{text:?}");
        }
        assert!(load(&"#".repeat(LIMIT + 1)).is_err());
        assert!(load(&"[".repeat(5_000)).is_err_and(|error| error.what.contains("too deeply")));
        assert!(load(&"[\n".repeat(5_000)).is_err_and(|error| error.what.contains("too deeply")));
        assert!(load(&"- ".repeat(4_000)).is_err_and(|error| error.what.contains("too deeply")));
    }
}
