//! Decides what a person is to the owner, how sure that is, and what the contact alone would tell.

use std::collections::BTreeSet;

use crate::people::{Owner, Person};

/// What a person is to the owner of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sphere {
    Own,
    Colleague,
    Business,
    Consumer,
    Private,
    /// A shared address; no person.
    Role,
    /// Nobody writes there; no person.
    Automated,
    Unsure,
}

/// What a contact alone tells that the law protects specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitive {
    Health,
    Legal,
    Union,
    Religion,
    Politics,
    FamilyLaw,
    Minor,
}

/// Why a private person passes the vendor's filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Escape {
    AccessProvider,
    OwnDomain,
    PaidMail,
    ClubSchoolPractice,
    WritesFromWork,
    PrivateNumberInBusinessSignature,
    CcQuoteForward,
    StoredWithCompanyAddress,
}

/// What the rules say of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The sphere; `Unsure` where `private` lies between 0.35 and 0.65.
    pub sphere: Sphere,
    /// How likely the stated sphere is right, 0 to 1, as measured on labelled mailboxes.
    pub certainty: f64,
    /// How likely the person is private, 0 to 1; what makes the headline's interval.
    pub private: f64,
    pub sensitive: BTreeSet<Sensitive>,
    /// Ids of the rules that spoke, the decisive one first.
    pub reasons: Vec<&'static str>,
    /// What would let this person through a free-mail filter; empty for those who are not private.
    pub escapes: BTreeSet<Escape>,
}

/// Judges one person.
pub fn classify(person: &Person, owner: &Owner) -> Verdict {
    let _ = (person, owner);
    Verdict {
        sphere: Sphere::Unsure,
        certainty: 0.0,
        private: 0.5,
        sensitive: BTreeSet::new(),
        reasons: Vec::new(),
        escapes: BTreeSet::new(),
    }
}
