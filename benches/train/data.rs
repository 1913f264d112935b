//! Messages with a label a line, and what those labels allow: the corpora do not agree on what a signature is.

use std::path::Path;

use mailglean::message::Line;
use mailglean::observe::zones::facts::{Item, Own};
use mailglean::observe::zones::model::{ANY, BODY, CLOSING, FOOTER, SIGNATURE};

use crate::gold::SET;

/// A message with its labels.
#[derive(Clone)]
pub struct Sample {
    pub id: String,
    /// The file it comes from, without its ending: "forge", "quagga_enron_top".
    pub set: String,
    pub from: String,
    pub lines: Vec<Line>,
    pub labels: Vec<Label>,
    /// The letters of a gold mailbox's lines.
    pub zones: Vec<char>,
}

/// How a line was labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Signature,
    Closing,
    Footer,
    Body,
    /// Someone else's words, not annotated inside.
    Quote,
    Blank,
    /// A rule of dashes, or not annotated at all.
    Unknown,
}

impl Label {
    fn of(name: &str) -> Self {
        match name {
            "sig" => Self::Signature,
            "closing" => Self::Closing,
            "mua" => Self::Footer,
            "blank" => Self::Blank,
            "quote" => Self::Quote,
            "separator" | "other" => Self::Unknown,
            _ => Self::Body,
        }
    }

    /// Whether the scorer looks at the line.
    pub fn scored(self) -> bool {
        matches!(self, Self::Signature | Self::Body | Self::Quote)
    }
}

const fn set(labels: &[usize]) -> u8 {
    let mut set = 0;
    let mut n = 0;
    while n < labels.len() {
        set |= 1 << labels[n];
        n += 1;
    }
    set
}

/// A line that may be a typed name.
const NAMES: [Own; 8] = [
    Own::OneName,
    Own::NameShape,
    Own::SenderAll,
    Own::SenderOnlyOne,
    Own::SenderInitials,
    Own::Initials,
    Own::DashName,
    Own::ClosingName,
];
const FEW: [Own; 4] = [Own::Words1, Own::Words2, Own::Words3, Own::Words5];

/// What the model may say of each line, by its label and by what the corpus means with it.
pub fn allowed(sample: &Sample, item: &Item) -> u8 {
    let label = sample.labels[item.line];
    let closing = item.is(Own::ClosingWhole) || item.is(Own::ThanksWhole);
    let name = !closing && NAMES.iter().any(|&bit| item.is(bit)) && FEW.iter().any(|&bit| item.is(bit));
    let family = family(&sample.set);
    if is_own(&sample.set) {
        return match label {
            Label::Signature => set(&[SIGNATURE]),
            Label::Closing => set(&[CLOSING]),
            Label::Footer => set(&[FOOTER]),
            Label::Body => set(&[BODY]),
            Label::Quote => set(&[BODY, CLOSING]),
            Label::Blank | Label::Unknown => ANY,
        };
    }
    match label {
        // forge counts the sign-off in, quagga_lines every disclaimer and advert.
        Label::Signature if family == "forge" && closing => set(&[CLOSING]),
        Label::Signature if family == "quagga_lines" => set(&[SIGNATURE, FOOTER]),
        Label::Signature => set(&[SIGNATURE]),
        // The typed name is a closing in these corpora; here it is a signature.
        Label::Closing if name => set(&[SIGNATURE]),
        Label::Closing if closing => set(&[CLOSING]),
        Label::Closing => set(&[CLOSING, SIGNATURE]),
        Label::Footer => set(&[FOOTER]),
        // Corpora without a label for closings, typed names and footers have them in the body.
        Label::Body if matches!(family, "quagga_lines" | "newsgroups20") && name => ANY,
        // Annotators tire: a lone first name at the end is a closing in one message and body in the next.
        Label::Body if family != "forge" && name && item.is(Own::Words1) && item.is_near_end() => ANY,
        Label::Body if matches!(family, "forge" | "quagga_lines" | "newsgroups20") => set(&[BODY, CLOSING, FOOTER]),
        Label::Body => set(&[BODY]),
        Label::Quote | Label::Blank | Label::Unknown => ANY,
    }
}

/// What the model of lists may say of each line: what the corpus itself calls a signature, and nothing else.
pub fn listed(sample: &Sample, item: &Item) -> u8 {
    let closing = item.is(Own::ClosingWhole) || item.is(Own::ThanksWhole);
    match sample.labels[item.line] {
        Label::Signature if family(&sample.set) == "forge" && closing => set(&[CLOSING]),
        Label::Signature => set(&[SIGNATURE]),
        Label::Closing if is_own(&sample.set) => set(&[CLOSING]),
        Label::Closing => set(&[CLOSING, SIGNATURE]),
        Label::Footer if is_own(&sample.set) => set(&[FOOTER]),
        Label::Footer => set(&[FOOTER, SIGNATURE]),
        Label::Body | Label::Quote => set(&[BODY, CLOSING, FOOTER]),
        Label::Blank | Label::Unknown => ANY,
    }
}

/// Whether the labels mean what the program means: invented messages, and gold mailboxes.
pub fn is_own(set: &str) -> bool {
    set.starts_with("synthetic") || set.starts_with(SET)
}

/// Files of one origin.
pub fn family(set: &str) -> &str {
    set.strip_suffix("_top").unwrap_or(set)
}

/// Reads one file of `../shared/accuracy`.
pub fn load(path: &Path) -> Vec<Sample> {
    let set = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let set = set.strip_suffix(".jsonl").unwrap_or(set);
    let set = set.strip_suffix(".dev").unwrap_or(set);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| sample(line, set)).collect()
}

#[derive(serde::Deserialize)]
struct Record {
    id: String,
    from: Option<String>,
    lines: Vec<String>,
    labels: Vec<String>,
}

fn sample(line: &str, set: &str) -> Sample {
    let record: Record = serde_json::from_str(line).expect("a labelled message");
    // What one entry holds is one line of `"\n".join(lines)`.
    Sample {
        id: record.id,
        set: set.to_owned(),
        from: record.from.unwrap_or_default(),
        lines: record.lines.iter().map(|line| Line::plain(line)).collect(),
        labels: record.labels.iter().map(|label| Label::of(label)).collect(),
        zones: Vec::new(),
    }
}
