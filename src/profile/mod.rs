//! Decides what one plug-in takes and spares: data in YAML, built in or the user's own, and the one function
//! that applies it to a place.

/// The two readings of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The vendor's own words, read most favourably.
    Declared,
    /// All that the granted permission allows.
    Permitted,
}
