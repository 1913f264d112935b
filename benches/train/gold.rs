//! Gold mailboxes as lines with their zones: what whole mailboxes are measured on, and what `tests/gold` teaches.

use std::path::{Path, PathBuf};

use mailglean::message::Line;
use mailglean::observe::Zone;
use serde_yaml::Value;

use crate::data::{Label, Sample};

/// A mailbox that was written by hand; its messages are a set of their own.
pub struct Mailbox {
    pub name: String,
    pub messages: Vec<Sample>,
}

/// How the sets of gold mailboxes begin.
pub const SET: &str = "gold_";

/// All mailboxes of a folder, by name.
pub fn load(folder: &Path) -> Vec<Mailbox> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files.iter().map(|file| mailbox(file)).collect()
}

fn mailbox(file: &Path) -> Mailbox {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mailbox: Value = serde_yaml::from_str(&text).expect("a gold mailbox");
    let sample = |message: &Value| {
        let body = message["body"].as_str().unwrap_or_default();
        let pairs: Vec<(char, &str)> =
            body.lines().map(|line| (line.chars().next().unwrap_or('B'), line.get(2..).unwrap_or_default())).collect();
        Sample {
            id: format!("{name}-{}", message["id"].as_str().unwrap_or_default()),
            set: format!("{SET}{name}"),
            from: sender(&mailbox, message).unwrap_or_default(),
            lines: pairs.iter().map(|(_, text)| Line::plain(text)).collect(),
            labels: pairs.iter().map(|(zone, text)| label(*zone, text)).collect(),
            zones: pairs.iter().map(|(zone, _)| *zone).collect(),
        }
    };
    let messages = mailbox["messages"].as_sequence().into_iter().flatten().map(sample).collect();
    Mailbox { name, messages }
}

/// The From field of a message.
fn sender(mailbox: &Value, message: &Value) -> Option<String> {
    let who = message["from"].as_str()?;
    let person = &mailbox["people"][who];
    let written = |key: &str| message.get(key).and_then(|all| all.get(who)).and_then(Value::as_str);
    let address = written("addresses").or_else(|| match &person["emails"] {
        Value::Sequence(all) => all.first().and_then(Value::as_str),
        one => one.as_str(),
    });
    let name = written("names").or_else(|| person["name"].as_str()).unwrap_or_default();
    Some(format!("{name} <{}>", address.unwrap_or_default()))
}

/// Right lines of those that are scored: with text, and no closing.
#[derive(Clone, Copy, Default)]
pub struct Share {
    pub right: u32,
    pub all: u32,
}

impl Share {
    pub fn add(&mut self, message: &Sample, zones: &[Zone]) {
        for ((truth, line), zone) in message.zones.iter().zip(&message.lines).zip(zones) {
            if *truth != 'C' && !line.text.trim().is_empty() {
                self.all += 1;
                self.right += u32::from(*truth == zone.letter());
            }
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.all += other.all;
    }

    pub fn of_one(self) -> f64 {
        f64::from(self.right) / f64::from(self.all.max(1))
    }
}

fn label(zone: char, text: &str) -> Label {
    match zone {
        _ if text.trim_matches(['>', ' ']).is_empty() => Label::Blank,
        'S' | 'T' => Label::Signature,
        'C' => Label::Closing,
        'D' => Label::Footer,
        'I' => Label::Unknown,
        'Q' => Label::Quote,
        _ => Label::Body,
    }
}
