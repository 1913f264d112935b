//! `mailglean inspect`: one message (or JSON Lines), line by line: which zone each line is in, and what was taken.

use std::borrow::Cow;
use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::progress::Voice;
use super::walls::Walls;
use super::{Failure, Outcome};
use crate::message::{self, Folder, FolderKind, Line, Locator, Party, RawMessage};
use crate::observe::zones::{Reader, party};
use crate::observe::{FieldKind, FieldSpan, Observer, PhoneKind, Zone, fields_of_text, observe_in};

#[derive(clap::Args)]
pub struct Args {
    /// A message (.eml); `-` is standard input.
    #[arg(value_name = "FILE", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    file: Option<PathBuf>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Form::Text, conflicts_with = "jsonl")]
    format: Form,
    /// Read {"id","text","from"} lines from standard input and answer {"id","sig_lines","zones","fields"} lines.
    #[arg(long)]
    jsonl: bool,
    /// Leave the fields out of the answers.
    #[arg(long, requires = "jsonl")]
    no_fields: bool,
    /// Every text is one signature block as a whole.
    #[arg(long, requires = "jsonl", conflicts_with = "no_fields")]
    blocks: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Text,
    Json,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    args.file.iter().fold(Walls::writing([], false), Walls::reading).close(Voice::Quiet);
    match &args.file {
        Some(file) => one(file, args.format),
        None => jsonl(args),
    }
}

/// Shows one message to its owner: nothing is masked, nothing is kept.
fn one(file: &PathBuf, format: Form) -> Result<Outcome, Failure> {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure {
        outcome: Outcome::NoInput,
        what: format!("cannot read '{}': {}", file.display(), error.kind()),
        hints: Vec::new(),
    })?;
    let folder = Folder { alias: "f01".into(), name: String::new(), kind: FolderKind::Other };
    let raw = RawMessage { at: Locator { folder: Arc::new(folder), number: 1 }, bytes };
    let mut problems = Vec::new();
    let Some(message) = message::parse(&raw, &mut problems) else {
        return Err(Failure {
            outcome: Outcome::BadInput,
            what: format!("'{}' is not a message", file.display()),
            hints: vec!["a message starts with header fields (From:, Date:, ...)".into()],
        });
    };
    let zones = Reader::default().zones(&message.lines, message.from.first());
    let seen = observe_in(&message, &zones);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let lines = message.lines.iter().zip(&zones);
    match format {
        Form::Text => {
            for (line, zone) in lines {
                writeln!(out, "{} {}", zone.letter(), plain(&line.text)).map_err(broken)?;
            }
            writeln!(out, "\ntaken").map_err(broken)?;
            for observation in &seen {
                writeln!(out, "  {}", channel(observation)).map_err(broken)?;
                for (name, value) in card(observation) {
                    writeln!(out, "    {name:<13} {}", plain(&value)).map_err(broken)?;
                }
            }
        }
        Form::Json => {
            let lines: Vec<_> = lines
                .map(|(line, zone)| serde_json::json!({"zone": zone.letter().to_string(), "text": line.text}))
                .collect();
            let taken: Vec<_> = seen
                .iter()
                .map(|observation| {
                    let fields: Vec<_> = card(observation)
                        .into_iter()
                        .map(|(name, value)| serde_json::json!({"field": name, "value": value}))
                        .collect();
                    serde_json::json!({
                        "channel": channel(observation),
                        "of": observation.of.as_ref().map(|address| address.as_str()),
                        "fields": fields,
                    })
                })
                .collect();
            let whole = serde_json::json!({"lines": lines, "taken": taken});
            serde_json::to_writer_pretty(&mut out, &whole).map_err(|error| broken(error.into()))?;
            writeln!(out).map_err(broken)?;
        }
    }
    out.flush().map_err(broken)?;
    if problems.is_empty() {
        return Ok(Outcome::Done);
    }
    eprintln!("warning: {} parts of the message could not be read in full", problems.len());
    Ok(Outcome::Incomplete)
}

/// A stranger's text on its way to a terminal: without control characters.
fn plain(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c.is_control() && c != '\t';
    if text.contains(bad) { Cow::Owned(text.replace(bad, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn channel(observation: &crate::observe::Observation) -> String {
    let name = serde_json::to_value(observation.channel).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A card's fields, one a row.
fn card(observation: &crate::observe::Observation) -> Vec<(&'static str, String)> {
    let card = &observation.card;
    let mut rows = Vec::new();
    let mut add = |name, values: &[String]| rows.extend(values.iter().map(|value| (name, value.clone())));
    add("name", &card.names);
    add("title", &card.titles);
    add("organisation", &card.organisations);
    add("department", &card.departments);
    add("address", &card.addresses);
    add("url", &card.urls);
    rows.extend(card.emails.iter().map(|email| ("email", email.as_str().to_owned())));
    rows.extend(card.phones.iter().map(|phone| {
        let name = match phone.kind {
            PhoneKind::Work => "phone.work",
            PhoneKind::Mobile => "phone.mobile",
            PhoneKind::Home => "phone.home",
            PhoneKind::Fax => "phone.fax",
        };
        (name, phone.number.clone())
    }));
    rows
}

/// A question, one line of input.
#[derive(serde::Deserialize)]
struct Question<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    from: Option<Cow<'a, str>>,
}

/// The lines of a text, in the memory of the last one's.
fn refill(lines: &mut Vec<Line>, text: &str) {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    let (mut count, mut start) = (0, 0);
    for end in ends {
        let one = text.get(start..end).unwrap_or_default();
        match lines.get_mut(count) {
            Some(line) => {
                line.text.clear();
                line.text.push_str(one);
            }
            None => lines.push(Line::plain(one)),
        }
        (start, count) = (end + 1, count + 1);
    }
    lines.truncate(count);
}

/// Answers line by line; a line that is no question is counted and costs itself.
fn jsonl(args: &Args) -> Result<Outcome, Failure> {
    let mut input = io::BufReader::with_capacity(1 << 20, io::stdin().lock());
    let mut output = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let (mut reader, mut observer) = (Reader::default(), Observer::default());
    let (mut line, mut answer, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let mut refused = 0u64;
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|error| Failure {
            outcome: Outcome::NoInput,
            what: format!("cannot read standard input: {}", error.kind()),
            hints: Vec::new(),
        })?;
        if read == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let Ok(question) = serde_json::from_slice::<Question<'_>>(&line) else {
            refused += 1;
            continue;
        };
        let sender = question.from.as_deref().and_then(party);
        refill(&mut lines, &question.text);
        let (zones, signature) = match args.blocks {
            true => (vec![Zone::Signature; lines.len()], vec![true; lines.len()]),
            false => reader.zones_and_list(&lines, sender.as_ref()),
        };
        answer.clear();
        write_zones(&mut answer, &question.id, &zones, &signature);
        if args.blocks {
            write_spans(&mut answer, &fields_of_text(&question.text, sender.as_ref(), true));
        } else if !args.no_fields {
            // Only signatures are looked at for fields.
            let signs = |zone: &Zone| matches!(zone, Zone::Signature | Zone::QuotedSignature);
            let text: Vec<&str> = match zones.iter().any(signs) {
                true => lines.iter().map(|line| line.text.as_str()).collect(),
                false => Vec::new(),
            };
            write_fields(&mut answer, &mut observer, &text, &zones, sender.as_ref());
        }
        answer.extend_from_slice(b"}\n");
        output.write_all(&answer).map_err(broken)?;
        // Whoever asks one question at a time waits for the answer.
        if input.buffer().is_empty() {
            output.flush().map_err(broken)?;
        }
    }
    output.flush().map_err(broken)?;
    if refused > 0 {
        eprintln!("warning: {refused} lines were not {{\"id\",\"text\",\"from\"}} and were left out");
        return Ok(Outcome::Incomplete);
    }
    Ok(Outcome::Done)
}

fn broken(error: io::Error) -> Failure {
    Failure {
        outcome: Outcome::OutputBroken,
        what: format!("cannot write the answer: {}", error.kind()),
        hints: Vec::new(),
    }
}

/// Writing into memory cannot fail, so its results are dropped.
fn write_zones(out: &mut Vec<u8>, id: &str, zones: &[Zone], signature: &[bool]) {
    out.extend_from_slice(b"{\"id\":");
    let _ = serde_json::to_writer(&mut *out, id);
    out.extend_from_slice(b",\"sig_lines\":[");
    let mut first = true;
    for (n, belongs) in signature.iter().enumerate() {
        if *belongs {
            let _ = write!(out, "{}{n}", if first { "" } else { "," });
            first = false;
        }
    }
    out.extend_from_slice(b"],\"zones\":[");
    for (n, zone) in zones.iter().enumerate() {
        let letter = zone.letter() as u8;
        out.extend_from_slice(if n == 0 { b"\"" } else { b",\"" });
        out.extend_from_slice(&[letter, b'"']);
    }
    out.push(b']');
}

fn write_fields(out: &mut Vec<u8>, observer: &mut Observer, text: &[&str], zones: &[Zone], sender: Option<&Party>) {
    out.extend_from_slice(b",\"fields\":[");
    let mut first = true;
    let mut whole = String::new();
    observer.fields(text, zones, sender, |kind, line, parts| {
        whole.clear();
        for (n, part) in parts.enumerate() {
            if n > 0 {
                whole.push('\n');
            }
            whole.push_str(part);
        }
        write_field(out, std::mem::take(&mut first), kind, line, &whole);
    });
    out.push(b']');
}

fn write_spans(out: &mut Vec<u8>, fields: &[FieldSpan]) {
    out.extend_from_slice(b",\"fields\":[");
    for (n, field) in fields.iter().enumerate() {
        write_field(out, n == 0, field.kind, field.line, &field.text);
    }
    out.push(b']');
}

fn write_field(out: &mut Vec<u8>, first: bool, kind: FieldKind, line: usize, text: &str) {
    let (comma, kind) = (if first { "" } else { "," }, label(kind));
    let _ = write!(out, "{comma}{{\"type\":\"{kind}\",\"line\":{line},\"text\":");
    let _ = serde_json::to_writer(&mut *out, text);
    out.push(b'}');
}

/// The names of the fields in the accuracy data.
fn label(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Name => "name",
        FieldKind::Title => "position",
        FieldKind::Organisation => "organisation",
        FieldKind::Department => "department",
        FieldKind::Phone => "phone",
        FieldKind::Fax => "fax",
        FieldKind::Email => "mail",
        FieldKind::Address => "address",
        FieldKind::Url => "url",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_lines_zones_and_fields() {
        let lines: Vec<Line> =
            ["Hello,", "", "see you.", "", "Best regards", "Ann Lee", "Tel. +44 20 7946 0018"].map(Line::plain).into();
        let sender = party("Ann Lee <ann@firm.example>");
        let (zones, signature) = Reader::default().zones_and_list(&lines, sender.as_ref());
        let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let mut out = Vec::new();
        write_zones(&mut out, "a \"b\"", &zones, &signature);
        write_fields(&mut out, &mut Observer::default(), &text, &zones, sender.as_ref());
        out.extend_from_slice(b"}\n");
        let answer: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(answer["id"], "a \"b\"");
        assert_eq!(answer["zones"], serde_json::json!(["B", "B", "B", "B", "C", "S", "S"]));
        assert_eq!(answer["sig_lines"], serde_json::json!([4, 5, 6]), "the closing belongs to a short signature");
        let kinds: Vec<&str> = answer["fields"].as_array().unwrap().iter().filter_map(|f| f["type"].as_str()).collect();
        assert!(kinds.contains(&"name") && kinds.contains(&"phone"), "{kinds:?}");
    }

    #[test]
    fn lines_are_those_of_the_text_whatever_was_before() {
        let mut lines = Vec::new();
        for text in ["a\nb\nc", "", "one line", "x\n\ny\n"] {
            refill(&mut lines, text);
            let have: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(have, text.split('\n').collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_terminal_is_not_commanded() {
        assert_eq!(plain("a\u{1b}[2Jb\tc"), "a\u{fffd}[2Jb\tc");
    }
}
