//! Decides how the transmissions follow one another: what the first upload takes, what each later day adds, what an
//! early removal would have spared, and how often each person's record goes out.
//!
//! The finest grain is a day. On the day of the installation everything goes out that the plug-in finds, whatever
//! bears no date included; later a record goes out again on the days on which its profile's trigger fires, gathered
//! to the intervals of its schedule where those are longer than a day.

use std::collections::BTreeMap;

use super::view::{Arrivals, View};
use super::{Class, Facts};
use crate::profile::{Bound, Profile, Setting, Trigger};

/// On what a curve rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// The day of the installation was given.
    Configured,
    /// Installed before the oldest message, as the headline takes it where no day was given.
    Always,
    /// As if installed one year before the newest message: what a decision today would have meant a year ago.
    LastYear,
}

/// One profile through time, under one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    pub scenario: Scenario,
    /// The day of the first upload, and the last day that is read.
    pub start: i32,
    pub end: i32,
    /// Days between two points of a curve.
    pub step_days: u32,
    pub declared: Curve,
    pub permitted: Curve,
}

impl Growth {
    /// One of the two readings.
    pub fn at(&self, bound: Bound) -> &Curve {
        match bound {
            Bound::Declared => &self.declared,
            Bound::Permitted => &self.permitted,
        }
    }
}

/// Natural persons other than the owner, those of them who are leaks, and how often records went out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub people: u64,
    /// Private persons and bystanders; in the permitted reading also the unsure, as in the headline.
    pub leaks: u64,
    pub transmissions: u64,
}

/// One reading of a profile through time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curve {
    /// Persons sent by the end of the first day, and of each step after it.
    pub people: Vec<u64>,
    pub leaks: Vec<u64>,
    pub day_one: Sum,
    /// What had gone out when thirty days had passed; the rest is what removal then would have spared.
    pub thirty_days: Sum,
    pub total: Sum,
    /// Persons whose record went out once, two to five times, six to twenty, more often.
    pub repeats: [u64; 4],
    /// How often the most often sent record went out.
    pub most: u64,
    /// The unsure persons sent: what they count as, a label may still decide.
    pub unsure: Vec<Begun>,
}

/// When a person's record went out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The person's place in [`Assessment::people`](super::Assessment::people).
    pub who: usize,
    /// The first point of the curve that counts the person.
    pub point: usize,
    pub day_one: bool,
    pub thirty_days: bool,
}

/// Points of a curve at most: ten years of weeks.
const POINTS: i32 = 520;
/// 1995-01-01: dates before it are broken clocks, and count as this day.
const OLDEST: i32 = 9_131;
const YEAR: i32 = 365;

/// The scenarios of one profile. `span`: the days of the oldest and the newest message.
///
/// With it comes, for each reading and person, how often the record went out under the first scenario.
pub(super) fn of(
    profile: &Profile,
    views: &[View<'_>],
    facts: &Facts,
    span: Option<(i32, i32)>,
) -> (Vec<Growth>, [Vec<u64>; 2]) {
    let newest = span.map_or(facts.today, |(_, newest)| newest.min(facts.today));
    let oldest = span.map_or(newest, |(oldest, _)| oldest.clamp(OLDEST.min(newest), newest));
    let end = facts.removed_on.map_or(newest, |removed| removed.min(newest));
    let starts: &[(Scenario, Option<i32>, i32)] = &match facts.installed_on {
        Some(day) => vec![(Scenario::Configured, Some(day), day)],
        None => {
            let year_before = end.saturating_sub(YEAR);
            vec![(Scenario::Always, None, oldest), (Scenario::LastYear, Some(year_before), year_before)]
        }
    };
    let mut sent = [const { Vec::new() }; 2];
    let mut all = Vec::with_capacity(starts.len());
    for &(scenario, installed, start) in starts {
        let axis = Axis::new(start, end.max(start));
        let term = Term { installed, removed: facts.removed_on };
        let [declared, permitted] = Bound::BOTH.map(|bound| {
            let setting = profile.setting(bound);
            let course = Course { setting: &setting, bound, term, axis };
            let (curve, counts) = course.run(views);
            if let (true, Some(sent)) = (all.is_empty(), sent.get_mut(bound as usize)) {
                *sent = counts;
            }
            curve
        });
        all.push(Growth {
            scenario,
            start: axis.start,
            end: axis.end,
            step_days: axis.step.unsigned_abs(),
            declared,
            permitted,
        });
    }
    (all, sent)
}

/// From when to when a plug-in is there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Term {
    /// `None`: before the oldest message.
    pub installed: Option<i32>,
    /// The last day it reads; `None`: it stays.
    pub removed: Option<i32>,
}

/// The points of a curve.
#[derive(Clone, Copy)]
struct Axis {
    start: i32,
    end: i32,
    step: i32,
}

impl Axis {
    fn new(start: i32, end: i32) -> Self {
        let span = end.saturating_sub(start);
        let weeks = span / (7 * (POINTS - 1));
        let mut axis = Self { start, end, step: 7 * weeks.max(1) };
        while axis.len() > POINTS {
            axis.step += 7;
        }
        axis
    }

    /// The point by whose end this day has passed.
    fn point(&self, day: i32) -> usize {
        let passed = day.min(self.end).saturating_sub(self.start).max(0);
        usize::try_from(passed / self.step + i32::from(passed % self.step > 0)).unwrap_or(0)
    }

    fn len(&self) -> i32 {
        let span = self.end.saturating_sub(self.start);
        span / self.step + i32::from(span % self.step > 0) + 1
    }
}

/// One reading of one profile over one term.
struct Course<'a> {
    setting: &'a Setting,
    bound: Bound,
    term: Term,
    axis: Axis,
}

impl Course<'_> {
    fn run(&self, views: &[View<'_>]) -> (Curve, Vec<u64>) {
        let first = self.first_upload();
        let mut curve = Curve::default();
        let mut steps: BTreeMap<usize, [u64; 2]> = BTreeMap::new();
        let mut counts = Vec::with_capacity(views.len());
        for (who, view) in views.iter().enumerate() {
            let days = self.sent_on(&view.arrivals(self.setting, self.term));
            let count = days.len() as u64;
            counts.push(count);
            let Some(&begun) = days.first() else { continue };
            if !view.class.person() {
                continue;
            }
            let leak = view.class.leak() || (self.bound == Bound::Permitted && view.class == Class::Unsure);
            let step = steps.entry(self.axis.point(begun)).or_default();
            step[0] += 1;
            step[1] += u64::from(leak);
            let within = |last: i32| days.partition_point(|&day| day <= last) as u64;
            if view.class == Class::Unsure {
                let [day_one, thirty_days] = [first, first.saturating_add(30)].map(|last| within(last) > 0);
                curve.unsure.push(Begun { who, point: self.axis.point(begun), day_one, thirty_days });
            }
            for (sum, sent) in [
                (&mut curve.day_one, within(first)),
                (&mut curve.thirty_days, within(first.saturating_add(30))),
                (&mut curve.total, count),
            ] {
                sum.people += u64::from(sent > 0);
                sum.leaks += u64::from(sent > 0 && leak);
                sum.transmissions += sent;
            }
            let group = match count {
                ..=1 => 0,
                2..=5 => 1,
                6..=20 => 2,
                _ => 3,
            };
            curve.repeats[group] += 1;
            curve.most = curve.most.max(count);
        }
        let mut sum = [0; 2];
        for at in 0..usize::try_from(self.axis.len()).unwrap_or(0) {
            let [people, leaks] = steps.get(&at).copied().unwrap_or_default();
            sum = [sum[0] + people, sum[1] + leaks];
            curve.people.push(sum[0]);
            curve.leaks.push(sum[1]);
        }
        (curve, counts)
    }

    /// A single upload of which no day was given is taken to happen at the end, when there is most to take.
    fn first_upload(&self) -> i32 {
        let at_the_end = self.setting.schedule.trigger == Trigger::Once && self.term.installed.is_none();
        if at_the_end { self.axis.end } else { self.axis.start }
    }

    /// The days on which a record of this person goes out, in order.
    fn sent_on(&self, arrivals: &Arrivals<'_>) -> Vec<i32> {
        let first = self.first_upload();
        let sent_on = |day: Option<i32>| day.map_or(first, |day| self.batch(day, first));
        let Some(begun) = arrivals.names_somebody().map(sent_on) else { return Vec::new() };
        let mut days: Vec<i32> = match self.setting.schedule.trigger {
            Trigger::Once => vec![begun],
            Trigger::NewOrChanged => arrivals.values().map(sent_on).collect(),
            Trigger::EveryMessage => arrivals.values().chain(arrivals.days()).map(sent_on).collect(),
        };
        days.retain(|&day| day >= begun);
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The day on which goes out what came on `day`.
    fn batch(&self, day: i32, first: i32) -> i32 {
        let period = i32::try_from(self.setting.schedule.every_hours.div_ceil(24)).unwrap_or(i32::MAX).max(1);
        let passed = day.saturating_sub(first);
        if passed <= 0 {
            return first;
        }
        let rounded = (passed - 1) / period;
        first.saturating_add(rounded.saturating_add(1).saturating_mul(period)).min(self.axis.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{TODAY, assessed, facts};
    use super::*;
    use crate::assess::{Fate, Run};
    use crate::profile::{Basis, Choice, Schedule, Window, builtin};

    /// Installed on day -60, read until day -2 (the newest message), thirty days back on the first day.
    ///
    /// Worked out by hand, in the declared reading (names, addresses, organisations, titles, business numbers; sender,
    /// to, cc and own signature; no free mail of the large list):
    ///
    /// - Ann: header on -70 and a signature with a number on -70: both within thirty days of -60, so day one. On -40
    ///   the same again: nothing new. On -20 a second number: sent again. On -10 a mobile number, which this reading
    ///   does not take: nothing. Transmissions: -60, -20 = 2.
    /// - Bert: header on -200 only, older than the window: never.
    /// - Cora (private, access provider): header on -50 and -45: new on -50, nothing new on -45. 1.
    /// - Dora (private, gmail): held back by the list: never.
    /// - Emil (private, own domain): on -25 by his address alone; on -5 with his name: sent again. -25, -5 = 2.
    /// - Fred, unsure: on -2. 1, counted as a person and not as a leak in the declared reading.
    /// - info@: on -55; no person, so in no sum.
    const MAILBOX: &str = "
ann business direct
  sender inbox ann@firm.example -70,-40,-20,-10 email=ann@firm.example name=Ann
  signature inbox ann@firm.example -70,-40,-20 name=Ann work=+49511555020
  signature inbox other@firm.example -20 name=Ann work=+49511555021
  signature inbox ann@firm.example+a -10 mobile=+491715550123
bert business direct
  sender inbox bert@firm.example -200 email=bert@firm.example name=Bert
cora private inbound isp
  sender inbox cora@ewetel.net -50,-45 email=cora@ewetel.net name=Cora
dora private inbound
  sender inbox dora@gmail.com -30 email=dora@gmail.com name=Dora
emil private inbound own-domain
  cc inbox ann@firm.example -25 email=emil@emil.example
  sender inbox emil@emil.example -5 name=Emil email=emil@emil.example
fred unsure inbound
  sender inbox fred@fred.example -2 email=fred@fred.example name=Fred
info role inbound
  sender inbox info@firm.example -55 email=info@firm.example
";

    fn installed(on: i32) -> Facts {
        Facts { installed_on: Some(TODAY + on), ..facts() }
    }

    fn run(text: &str, facts: Facts, change: impl Fn(&mut Profile)) -> Run {
        let mut profile = builtin().swap_remove(0);
        change(&mut profile);
        assessed(text, &[profile], facts).runs.swap_remove(0)
    }

    fn scheduled(trigger: Trigger, every_hours: u32) -> impl Fn(&mut Profile) {
        move |profile| {
            let schedule = Schedule { trigger, every_hours };
            let rest = profile.schedule.clone();
            profile.schedule = Choice { declared: schedule, permitted: schedule, basis: Basis::Inferred, ..rest };
        }
    }

    #[test]
    fn a_mailbox_worked_out_by_hand() {
        let run = run(MAILBOX, installed(-60), |_| ());
        let [growth] = run.growth.as_slice() else { panic!("one scenario where the day is given") };
        assert_eq!((growth.scenario, growth.start - TODAY, growth.end - TODAY), (Scenario::Configured, -60, -2));
        let curve = &growth.declared;
        // Points at -60, -53, -46, -39, -32, -25, -18, -11, -4, -2: Ann, then Cora (-50, by -46), Emil (-25), Fred.
        assert_eq!((growth.step_days, &curve.people[..]), (7, &[1, 1, 2, 2, 2, 3, 3, 3, 3, 4][..]));
        assert_eq!(curve.leaks, [0, 0, 1, 1, 1, 2, 2, 2, 2, 2]);
        // Day one: Ann. By -30: Ann and Cora, once each. In all: Ann 2, Cora 1, Emil 2, Fred 1 = 6.
        assert_eq!(curve.day_one, Sum { people: 1, leaks: 0, transmissions: 1 });
        assert_eq!(curve.thirty_days, Sum { people: 2, leaks: 1, transmissions: 2 });
        assert_eq!(curve.total, Sum { people: 4, leaks: 2, transmissions: 6 });
        assert_eq!((curve.repeats, curve.most), ([2, 2, 0, 0], 2));
        // Permitted reads as far back as there is mail: Ann and Bert on day one. The mobile number counts (-70, -20,
        // -10: Ann 3). Gmail is on its list too, so Dora stays held back; the unsure Fred is a possible leak.
        let curve = &growth.permitted;
        assert_eq!(curve.day_one, Sum { people: 2, leaks: 0, transmissions: 2 });
        assert_eq!(curve.total, Sum { people: 5, leaks: 3, transmissions: 3 + 1 + 1 + 2 + 1 });
        let sent = |who: &str| {
            let all = assessed(MAILBOX, &builtin()[..1], installed(-60));
            let at = all.people.iter().position(|one| one.person.key == who).expect("is in the sample");
            all.runs[0].permitted.fates[at].record().map(|record| record.transmissions)
        };
        assert_eq!([sent("ann"), sent("bert"), sent("dora")], [Some(3), Some(1), None]);
    }

    #[test]
    fn the_schedule_gathers_and_the_trigger_decides() {
        let total = |run: &Run| run.growth[0].declared.total;
        // Every message: Ann -60, -40, -20, -10; Cora -50, -45; Emil -25, -5; Fred -2.
        let every = run(MAILBOX, installed(-60), scheduled(Trigger::EveryMessage, 24));
        assert_eq!(total(&every), Sum { people: 4, leaks: 2, transmissions: 9 });
        // Once a week, counted from -60: Ann -60, -39, -18, -4; Cora -46 and -39; Emil -25, -4; Fred -2 (the end).
        let weekly = run(MAILBOX, installed(-60), scheduled(Trigger::EveryMessage, 168));
        assert_eq!(total(&weekly), Sum { people: 4, leaks: 2, transmissions: 9 });
        // Every twenty days: Ann -60, -40, -20, -2 (the end); Cora -40; Emil -20, -2; Fred -2.
        let rare = run(MAILBOX, installed(-60), scheduled(Trigger::EveryMessage, 480));
        assert_eq!(total(&rare), Sum { people: 4, leaks: 2, transmissions: 8 });
        let once = run(MAILBOX, installed(-60), scheduled(Trigger::Once, 0));
        assert_eq!(total(&once), Sum { people: 1, leaks: 0, transmissions: 1 });
        assert_eq!(once.low(), 0, "what comes after the one upload is no leak");
    }

    #[test]
    fn a_removal_spares_whoever_comes_later() {
        let early = run(MAILBOX, Facts { removed_on: Some(TODAY - 30), ..installed(-60) }, |_| ());
        let late = run(MAILBOX, installed(-60), |_| ());
        assert_eq!(early.growth[0].declared.total, late.growth[0].declared.thirty_days);
    }

    #[test]
    fn without_a_day_two_are_supposed_and_named() {
        let run = run(MAILBOX, facts(), |_| ());
        let of: Vec<_> = run.growth.iter().map(|g| (g.scenario, g.start - TODAY, g.end - TODAY)).collect();
        assert_eq!(of, [(Scenario::Always, -200, -2), (Scenario::LastYear, -367, -2)]);
        // The first is what the headline rests on.
        assert_eq!(run.growth[0].declared.total.leaks, run.low());
        assert_eq!(run.growth[0].permitted.total.leaks, run.high());
    }

    #[test]
    fn a_curve_is_bounded_whatever_the_dates() {
        for (from, to) in [(0, 0), (0, 1), (0, 7), (0, 3_633), (0, 3_640), (9_131, 20_269), (i32::MIN, i32::MAX)] {
            let axis = Axis::new(from, to);
            assert!(axis.len() <= POINTS && axis.step % 7 == 0, "{from} {to}");
            assert_eq!(axis.point(to), usize::try_from(axis.len() - 1).expect("is a length"), "{from} {to}");
            assert_eq!(axis.point(from), 0);
        }
        assert_eq!(Axis::new(0, 3_633).step, 7, "ten years by weeks");
        let odd = "x private inbound\n  sender inbox x@own.example -20000,-3,9000 email=x@own.example\n";
        let growth = &run(odd, facts(), |_| ()).growth[0];
        assert_eq!((growth.start, growth.end), (OLDEST, TODAY));
        assert_eq!(growth.declared.total.people, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// The curve ends where the other figures stand, never falls, and no order of people or days changes it.
        #[test]
        fn a_curve_and_the_headline_agree(
            text in super::super::sample::arbitrary_mailbox(),
            on in -900..0i32,
            after in 0..900i32,
            given in prop::bool::ANY,
        ) {
            let removed = Facts { removed_on: Some(TODAY + on + after), ..facts() };
            let facts = if given { Facts { installed_on: Some(TODAY + on), ..removed } } else { removed };
            let all = assessed(&text, &builtin(), facts.clone());
            for run in &all.runs {
                let growth = &run.growth[0];
                prop_assert_eq!(growth.declared.total.leaks, run.low(), "{}", run.profile.id);
                prop_assert_eq!(growth.permitted.total.leaks, run.high(), "{}", run.profile.id);
                for bound in Bound::BOTH {
                    let (curve, reading) = (growth.at(bound), run.at(bound));
                    let people = all.people.iter().zip(&reading.fates);
                    let people = people.filter(|(one, fate)| one.class.person() && matches!(fate, Fate::Sent(_)));
                    prop_assert_eq!(people.clone().count() as u64, curve.total.people, "{}", run.profile.id);
                    let sent = people.filter_map(|(_, fate)| fate.record()).map(|record| record.transmissions);
                    prop_assert_eq!(sent.sum::<u64>(), curve.total.transmissions);
                    prop_assert!(curve.people.is_sorted() && curve.leaks.is_sorted());
                    prop_assert_eq!(curve.people.last().copied(), Some(curve.total.people));
                    prop_assert_eq!(curve.repeats.iter().sum::<u64>(), curve.total.people);
                }
                for growth in &run.growth {
                    prop_assert!(growth.declared.total.people <= growth.permitted.total.people);
                }
            }
            let mut blocks: Vec<String> = Vec::new();
            for line in text.lines() {
                match blocks.last_mut().filter(|_| line.starts_with(' ')) {
                    Some(last) => *last += &format!("\n{line}"),
                    None => blocks.push(line.to_owned()),
                }
            }
            blocks.reverse();
            let again = assessed(&blocks.join("\n"), &builtin(), facts);
            let growth = |all: &crate::assess::Assessment| all.runs.iter().map(|run| run.growth.clone()).collect::<Vec<_>>();
            prop_assert_eq!(growth(&all), growth(&again));
        }
    }

    #[test]
    fn a_window_of_days_is_read_on_the_first_day_alone() {
        let back = |days| {
            let change = |profile: &mut Profile| profile.window_days.declared = Window::Days(days);
            run(MAILBOX, installed(-60), change).growth[0].declared.day_one.people
        };
        assert_eq!([back(9), back(10), back(140)], [0, 1, 2]);
    }
}
