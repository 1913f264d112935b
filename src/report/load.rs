//! Decides whether a result file can be read again: its form, its version, and whether its time is up.

use super::{Report, SCHEMA};

/// Why a result file is not read. Tells a place, never what stands there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("not a result of mailglean: {what}")]
    Malformed { what: String },
    #[error("the result has schema {found}; this program reads up to {SCHEMA}")]
    Newer { found: u64 },
    #[error("the result expired on {on} and was to be deleted")]
    Expired { on: String },
}

impl LoadError {
    /// What the user can do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Malformed { .. } => Some("give the result.json that `mailglean audit` wrote"),
            Self::Newer { .. } => Some("use the newer mailglean that wrote it"),
            Self::Expired { .. } => Some("run the audit again, or delete the file"),
        }
    }
}

impl Report {
    /// Reads a result file. `today` (`YYYY-MM-DD`) is what its expiry is held against; `None` reads expired ones too.
    ///
    /// # Errors
    /// If it is no result, of a newer schema, or expired.
    pub fn load(bytes: &[u8], today: Option<&str>) -> Result<Self, LoadError> {
        #[derive(serde::Deserialize)]
        struct Head {
            schema: u64,
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let head: Head = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        if head.schema > u64::from(SCHEMA) {
            return Err(LoadError::Newer { found: head.schema });
        }
        let report: Self = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        match (&report.expires, today) {
            (Some(on), Some(today)) if on.as_str() < today => Err(LoadError::Expired { on: on.clone() }),
            _ => Ok(report),
        }
    }
}

/// The reader's own words hold pieces of the file; the place does not.
fn malformed(error: &serde_json::Error) -> LoadError {
    use serde_json::error::Category;
    let why = match error.classify() {
        Category::Syntax => "no valid JSON",
        Category::Eof => "the file breaks off",
        Category::Data | Category::Io => "a key is missing or holds something else than expected",
    };
    LoadError::Malformed { what: format!("{why} at line {}, column {}", error.line(), error.column()) }
}
