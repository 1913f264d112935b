//! Decides how the course of time is shown: the curves of a profile in the document, and their figures in words.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::lang::Text;
use super::safe::Plain;
use super::{Lang, ProfileShown};
use crate::assess::{Begun, Curve, Scenario, Sum};

/// One profile through time, under one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthShown {
    pub scenario: Scenario,
    /// The day of the first upload and the last day that is read; the day where the user gave it, else as precise as
    /// the level allows.
    pub installed_on: Option<String>,
    pub until: Option<String>,
    /// Days between two points of a curve: a week, or as many weeks as keep it within 520 points.
    pub step_days: u32,
    pub declared: CurveShown,
    pub permitted: CurveShown,
}

impl GrowthShown {
    /// Declared, then permitted.
    pub fn both(&self) -> [&CurveShown; 2] {
        [&self.declared, &self.permitted]
    }
}

/// One reading through time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurveShown {
    /// Natural persons sent by the end of the first day, then of each step; the last is the total. `null`, at
    /// `counts` alone: fewer than five more than at the last point that is told.
    pub people: Vec<Option<u64>>,
    /// Of these, leaks as the headline counts them.
    pub leaks: Vec<Option<u64>>,
    pub day_one: SumShown,
    pub thirty_days: SumShown,
    pub total: SumShown,
    /// Persons whose record goes out once, two to five times, six to twenty times, more often.
    pub repeats: [u64; 4],
    /// How often the most often sent record goes out.
    pub most: u64,
    /// The unsure persons sent, and from when on; what `review` counts with. Empty at `counts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<BegunShown>,
}

/// When an unsure person's record goes out first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BegunShown {
    pub id: String,
    /// The first point of the curves that counts the person.
    pub point: usize,
    pub day_one: bool,
    pub thirty_days: bool,
}

/// How many persons and leaks, and how often their records went out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumShown {
    pub people: u64,
    pub leaks: u64,
    pub transmissions: u64,
}

impl From<Sum> for SumShown {
    fn from(Sum { people, leaks, transmissions }: Sum) -> Self {
        Self { people, leaks, transmissions }
    }
}

impl CurveShown {
    /// `few`: steps of fewer persons than this are not told. `id`: the pseudonym of a person.
    pub(super) fn new(curve: &Curve, few: Option<u64>, id: impl Fn(usize) -> Option<String>) -> Self {
        let begun = |begun: &Begun| {
            let &Begun { who, point, day_one, thirty_days } = begun;
            Some(BegunShown { id: id(who)?, point, day_one, thirty_days })
        };
        let mut unsure: Vec<BegunShown> = curve.unsure.iter().filter_map(begun).collect();
        unsure.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            unsure,
            people: told(&curve.people, few),
            leaks: told(&curve.leaks, few),
            day_one: curve.day_one.into(),
            thirty_days: curve.thirty_days.into(),
            total: curve.total.into(),
            repeats: curve.repeats,
            most: curve.most,
        }
    }
}

impl CurveShown {
    /// Counts the leaks of those who were labelled as far as `sign` says: 1 to add them, -1 to take them off.
    pub(super) fn shift(&mut self, labelled: impl Fn(&str) -> bool, sign: i64) {
        for begun in self.unsure.iter().filter(|begun| labelled(&begun.id)) {
            let shift = |count: &mut u64| *count = count.saturating_add_signed(sign);
            self.leaks.iter_mut().skip(begun.point).flatten().for_each(shift);
            let sums = [
                (true, &mut self.total),
                (begun.day_one, &mut self.day_one),
                (begun.thirty_days, &mut self.thirty_days),
            ];
            for (_, sum) in sums.into_iter().filter(|(counts, _)| *counts) {
                shift(&mut sum.leaks);
            }
        }
    }
}

impl GrowthShown {
    /// As it is told at the level `counts`.
    pub(super) fn in_counts(&mut self, few: u64) {
        for curve in [&mut self.declared, &mut self.permitted] {
            curve.unsure.clear();
            for points in [&mut curve.people, &mut curve.leaks] {
                if let Some(known) = points.iter().copied().collect::<Option<Vec<u64>>>() {
                    *points = told(&known, Some(few));
                }
            }
        }
    }
}

/// The points that may be told: in which week one single person came is not.
fn told(points: &[u64], few: Option<u64>) -> Vec<Option<u64>> {
    let Some(few) = few else { return points.iter().copied().map(Some).collect() };
    let mut last = 0;
    let tell = |(at, &point): (usize, &u64)| {
        let more = point - last;
        let tells = more == 0 || more >= few || at + 1 == points.len();
        if tells {
            last = point;
        }
        tells.then_some(point)
    };
    points.iter().enumerate().map(tell).collect()
}

/// The words for it.
pub(super) struct Words {
    pub title: &'static str,
    scenarios: [&'static str; 3],
    rows: [&'static str; 9],
    /// Printed in the whole report.
    pub about: &'static str,
    /// Once, and more often.
    times: [&'static str; 2],
}

impl Words {
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::De => &DE,
        }
    }

    /// On what a scenario rests, with its days.
    pub fn scenario(&self, growth: &GrowthShown) -> String {
        let days = [&growth.installed_on, &growth.until].map(|day| day.as_deref().unwrap_or("?"));
        let words = self.scenarios[growth.scenario as usize];
        format!("{words} ({} .. {})", Plain(days[0]), Plain(days[1]))
    }

    /// How often a record goes out.
    pub fn times(&self, count: u64, text: &Text) -> String {
        if count == 1 { self.times[0].to_owned() } else { self.times[1].replace('#', &text.number(count)) }
    }

    /// Label, declared and permitted; `short`: for a screen.
    pub fn rows(&self, growth: &GrowthShown, short: bool) -> Vec<(&'static str, [u64; 2])> {
        let both = |number: fn(&CurveShown) -> u64| growth.both().map(number);
        let values: [[u64; 2]; 9] = [
            both(|curve| curve.day_one.leaks),
            both(|curve| curve.total.leaks),
            both(|curve| curve.total.leaks.saturating_sub(curve.thirty_days.leaks)),
            both(|curve| curve.total.transmissions),
            both(|curve| curve.most),
            both(|curve| curve.day_one.people),
            both(|curve| curve.total.people),
            both(|curve| curve.total.people.saturating_sub(curve.thirty_days.people)),
            both(|curve| curve.repeats[0]),
        ];
        self.rows.into_iter().zip(values).take(if short { 5 } else { 9 }).collect()
    }
}

/// The section of the whole report: every scenario of one profile.
pub(super) fn markdown(profile: &ProfileShown, lang: Lang, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    if profile.growth.is_empty() {
        return Ok(());
    }
    let words = Words::of(lang);
    writeln!(out, "## {}\n\n{}\n", words.title, words.about)?;
    for growth in &profile.growth {
        writeln!(out, "| {} | {} | {} |\n|---|---:|---:|", words.scenario(growth), text.declared, text.permitted)?;
        for (label, [low, high]) in words.rows(growth, false) {
            writeln!(out, "| {label} | {} | {} |", text.number(low), text.number(high))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

const EN: Words = Words {
    title: "Through time",
    scenarios: [
        "installed on the day that was given",
        "as if installed before the oldest message",
        "as if installed one year before the newest message",
    ],
    rows: [
        "private and uninvolved, on the first day",
        "private and uninvolved, in the end",
        "   spared by a removal after 30 days",
        "records transmitted, changes included",
        "   most often of one person",
        "all persons, on the first day",
        "all persons, in the end",
        "   spared by a removal after 30 days",
        "persons transmitted only once",
    ],
    about: "The first upload takes what the mailbox and the address book hold on the day of the installation, as far \
        back as the profile reads. Afterwards a record goes out when its profile says: as a rule when a contact is new \
        or shows something new. All that a plug-in sends of one person within a day counts as one transmission. \
        \"Private and uninvolved\" are the people of the headline, in the permitted reading with the unsure ones.",
    times: ["transmitted once", "transmitted # times"],
};

const DE: Words = Words {
    title: "Im Lauf der Zeit",
    scenarios: [
        "installiert am angegebenen Tag",
        "als wäre es vor der ältesten Nachricht installiert worden",
        "als wäre es ein Jahr vor der neuesten Nachricht installiert worden",
    ],
    rows: [
        "Private und Unbeteiligte, am ersten Tag",
        "Private und Unbeteiligte, am Ende",
        "   erspart bei Entfernung nach 30 Tagen",
        "Übermittlungen, Änderungen eingeschlossen",
        "   am häufigsten von einer Person",
        "alle Personen, am ersten Tag",
        "alle Personen, am Ende",
        "   erspart bei Entfernung nach 30 Tagen",
        "Personen, die nur einmal übermittelt werden",
    ],
    about: "Die erste Übermittlung umfasst, was Postfach und Adressbuch am Tag der Installation enthalten, so weit das \
        Profil zurückliest. Danach geht ein Datensatz hinaus, wann es das Profil sagt: in der Regel, wenn ein Kontakt \
        neu ist oder etwas Neues zeigt. Was an einem Tag von einer Person übermittelt wird, zählt als eine Übermittlung. \
        „Private und Unbeteiligte“ sind die Personen der Schlagzeile, in der erlaubten Lesart mit den unsicheren.",
    times: ["einmal übermittelt", "#-mal übermittelt"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_only_numbers_are_shown_no_week_tells_of_one_person() {
        assert_eq!(
            told(&[1, 1, 3, 6, 6, 7, 12, 13], Some(5)),
            [None, None, None, Some(6), Some(6), None, Some(12), Some(13)]
        );
        assert_eq!(told(&[1, 2], None), [Some(1), Some(2)]);
        assert_eq!(told(&[], Some(5)), []);
    }
}
