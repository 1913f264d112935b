//! `mailglean inspect`: one message (or JSON Lines), line by line.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};

use super::{Failure, Outcome};
use crate::message::Line;
use crate::observe::zones::{LoneNames, Reader, party, signature_lines};
use crate::observe::{FieldKind, FieldSpan, Zone, fields_of_text, fields_of_zones};

#[derive(clap::Args)]
pub struct Args {
    /// Read {"id","text","from"} lines from standard input and answer {"id","sig_lines","zones","fields"} lines.
    #[arg(long)]
    jsonl: bool,
    /// Leave the fields out of the answers.
    #[arg(long, requires = "jsonl")]
    no_fields: bool,
    /// Every text is one signature block as a whole.
    #[arg(long, requires = "jsonl")]
    blocks: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.jsonl {
        return jsonl(args);
    }
    Ok(Outcome::Done)
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

/// Answers line by line; a line that is no question is counted and costs itself.
fn jsonl(args: &Args) -> Result<Outcome, Failure> {
    let mut input = io::BufReader::with_capacity(1 << 20, io::stdin().lock());
    let mut output = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let mut reader = Reader::default();
    let (mut line, mut answer) = (Vec::new(), Vec::new());
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
        let lines: Vec<Line> = question.text.split('\n').map(Line::plain).collect();
        let sender = question.from.as_deref().and_then(party);
        let zones = reader.zones(&lines, sender.as_ref());
        answer.clear();
        let signature = signature_lines(&lines, &zones, sender.as_ref(), LoneNames::Signed);
        write_answer(&mut answer, &question.id, &zones, &signature);
        if !args.no_fields {
            let fields = match args.blocks {
                true => fields_of_text(&question.text, sender.as_ref(), true),
                false => fields_of_zones(&lines, &zones, sender.as_ref()),
            };
            write_fields(&mut answer, &fields);
        }
        answer.extend_from_slice(b"}\n");
        output.write_all(&answer).map_err(broken)?;
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

fn write_answer(out: &mut Vec<u8>, id: &str, zones: &[Zone], signature: &[bool]) {
    out.extend_from_slice(b"{\"id\":");
    // Writing a string into memory cannot fail.
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

/// Fields as the text has them, an address of several lines with its line breaks.
fn write_fields(out: &mut Vec<u8>, fields: &[FieldSpan]) {
    out.extend_from_slice(b",\"fields\":[");
    for (n, field) in fields.iter().enumerate() {
        let kind = match field.kind {
            FieldKind::Name => "name",
            FieldKind::Title => "position",
            FieldKind::Organisation => "organisation",
            FieldKind::Department => "department",
            FieldKind::Phone => "phone",
            FieldKind::Fax => "fax",
            FieldKind::Email => "mail",
            FieldKind::Address => "address",
            FieldKind::Url => "url",
        };
        // Writing a string into memory cannot fail.
        let _ = write!(out, "{}{{\"type\":\"{kind}\",\"line\":{},\"text\":", if n == 0 { "" } else { "," }, field.line);
        let _ = serde_json::to_writer(&mut *out, &field.text);
        out.push(b'}');
    }
    out.push(b']');
}
