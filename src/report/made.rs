//! Decides what a result says of its own making, so that another can be held against it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a result rests on beside the mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// Fingerprints of the program's parts: how mail is read, how people are joined and judged, how a plug-in is
    /// simulated, which free-mail lists there are. They change where a development build keeps its version.
    pub reading: String,
    pub rules: String,
    pub simulation: String,
    pub lists: String,
    /// What the audit was told: dates as they are, everything else as a keyed fingerprint.
    pub settings: BTreeMap<String, String>,
}

impl MadeWith {
    /// This program's parts.
    pub fn this_program(settings: BTreeMap<String, String>) -> Self {
        Self {
            reading: env!("MAILGLEAN_READING").into(),
            rules: env!("MAILGLEAN_RULES").into(),
            simulation: env!("MAILGLEAN_SIMULATION").into(),
            lists: env!("MAILGLEAN_LISTS").into(),
            settings,
        }
    }
}

/// What an audit was told beside the mailbox, as far as it is not in the assessment.
#[derive(Clone, Default)]
pub struct Told {
    /// Day of the oldest message that was wanted.
    pub since: Option<i32>,
    /// Globs over folder names. Personal data: only a fingerprint of them is shown.
    pub folders: Vec<String>,
    pub exclude: Vec<String>,
    /// Addresses and domains that were said to be the owner's; as personal.
    pub owner: Vec<String>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Told({} folders, {} of the owner)", self.folders.len() + self.exclude.len(), self.owner.len())
    }
}
