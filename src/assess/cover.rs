//! Decides the smallest set of rules that leaves few enough people: exactly, by branch and bound.
//!
//! Not a set cover. A person is seen in several places, each rule closes some of them, and the person is gone only when
//! *every* place is closed. So a person is a list of masks, one a place: the rules that close it. Counting a rule's
//! people one by one and adding them up claims about twice what is true.

use std::collections::BTreeMap;

/// A set of rules, by their places in the list of candidates.
pub type Mask = u128;

/// As many rules as a [`Mask`] has room for.
pub const MOST: usize = Mask::BITS as usize;

/// People who look the same to every rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// For each place where they are seen, the rules that close it. No place is a part of another: see [`Group::new`].
    pub places: Box<[Mask]>,
    pub people: u64,
}

impl Group {
    /// A group without the places that need not be looked at: whatever closes a place closes one with more rules too.
    pub fn new(mut places: Vec<Mask>, people: u64) -> Self {
        places.sort_unstable_by_key(|place| (place.count_ones(), *place));
        let mut kept: Vec<Mask> = Vec::with_capacity(places.len());
        for place in places {
            if kept.iter().all(|less| less & !place != 0) {
                kept.push(place);
            }
        }
        Self { places: kept.into(), people }
    }

    /// Whether these rules close every place.
    pub fn gone(&self, rules: Mask) -> bool {
        self.places.iter().all(|place| place & rules != 0)
    }
}

/// People who are still there under these rules.
pub fn left(groups: &[Group], rules: Mask) -> u64 {
    groups.iter().filter(|group| !group.gone(rules)).map(|group| group.people).sum()
}

/// What to find.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Those who shall be gone.
    pub people: &'a [Group],
    /// Those whom it costs to lose.
    pub price: &'a [Group],
    /// Which rules may be chosen.
    pub rules: Mask,
    /// How many people may be left.
    pub target: u64,
    /// How many may be lost at most.
    pub most_lost: u64,
    /// Places looked at before the search is given up; the same on every machine, unlike a time.
    pub work: u64,
}

/// A set of rules, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub rules: Mask,
    pub left: u64,
    pub lost: u64,
    /// No set is smaller, and none of the same size costs less. False: the search was given up before that was shown.
    pub proved: bool,
}

impl Task<'_> {
    /// The smallest set that reaches the target, or comes as near to it as any. Of several of one size the one that
    /// loses least, then the one that leaves fewest, then that of the earlier rules.
    pub fn smallest(&self) -> Answer {
        let mut search = Search::new(self);
        let all_left = left(self.people, self.rules);
        let mut target = self.target.max(all_left);
        // Under a limit on the price the nearest is not known beforehand.
        let mut certain = true;
        if self.lost(self.rules) > self.most_lost {
            let best = search.nearest(self.greedy(target));
            (target, certain) = (target.max(best.left), best.proved);
        }
        let answer = search.smallest(target, self.greedy(target));
        Answer { proved: answer.proved && certain, ..answer }
    }

    fn lost(&self, rules: Mask) -> u64 {
        let all: u64 = self.price.iter().map(|group| group.people).sum();
        all - left(self.price, rules)
    }

    /// A good set without any proof: the rule that promises most, again and again, then without those not needed.
    fn greedy(&self, target: u64) -> Answer {
        let mut chosen: Mask = 0;
        loop {
            let now = left(self.people, chosen);
            if now <= target {
                break;
            }
            let free = self.rules & !chosen;
            let worth = |rule: Mask| {
                let part = |group: &Group| {
                    let open = group.places.iter().filter(|place| *place & chosen == 0);
                    let (hit, all) =
                        open.fold((0, 0), |(hit, all), place| (hit + u64::from(place & rule != 0), all + 1));
                    group.people * 1_000 * hit / all.max(1)
                };
                self.people.iter().filter(|group| !group.gone(chosen)).map(part).sum::<u64>()
            };
            let affordable = bits(free).filter(|rule| self.lost(chosen | rule) <= self.most_lost);
            let best = affordable.map(|rule| (worth(rule), rule)).filter(|(worth, _)| *worth > 0);
            match best.max_by_key(|(worth, rule)| (*worth, std::cmp::Reverse(*rule))) {
                Some((_, rule)) => chosen |= rule,
                None => break,
            }
        }
        let reached = left(self.people, chosen).max(target);
        for rule in bits(chosen) {
            if left(self.people, chosen & !rule) <= reached {
                chosen &= !rule;
            }
        }
        Answer { rules: chosen, left: left(self.people, chosen), lost: self.lost(chosen), proved: false }
    }
}

/// What the search tries to make small.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// The price, where few enough are left.
    Price { target: u64 },
    /// Who is left, where the price can be paid.
    Left,
}

struct Search<'a> {
    task: &'a Task<'a>,
    people: Groups,
    price: Groups,
    rules: Mask,
    /// Left whatever is chosen.
    always: u64,
    work: u64,
    best: Option<Answer>,
    aim: Aim,
}

/// One set that is being built, and everybody it has not settled yet.
struct Node {
    chosen: Mask,
    /// Rules that may still be chosen.
    free: Mask,
    /// How many of them.
    room: u32,
    /// People whom no choice from here on removes.
    doomed: u64,
    lost: u64,
    people: Groups,
    price: Groups,
}

/// The search was given up.
struct GivenUp;

impl<'a> Search<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        let people = Groups::new(task.people, task.rules);
        let price = Groups::new(task.price, task.rules);
        let rules = undominated(&people, &price, task.rules);
        let always = left(task.people, rules);
        let (people, price) = (Groups::new(task.people, rules), Groups::new(task.price, rules));
        Self { task, people, price, rules, always, work: task.work, best: None, aim: Aim::Left }
    }

    fn root(&self, people: Groups, room: u32) -> Node {
        let price = self.price.clone();
        Node { chosen: 0, free: self.rules, room, doomed: self.always, lost: 0, people, price }
    }

    /// The fewest people that can be left for the price; `have` is a set that is known.
    fn nearest(&mut self, have: Answer) -> Answer {
        self.aim = Aim::Left;
        self.best = Some(have);
        let root = self.root(self.people.clone(), self.rules.count_ones());
        let proved = self.descend(root).is_ok();
        self.best.map_or(have, |best| Answer { proved, ..best })
    }

    fn smallest(&mut self, target: u64, fallback: Answer) -> Answer {
        self.aim = Aim::Price { target };
        // Where nobody may be left, it does not matter whose a place is.
        let people = if target <= self.always { self.people.flat() } else { self.people.clone() };
        for size in 0..=self.rules.count_ones() {
            self.best = None;
            let done = self.descend(self.root(people.clone(), size)).is_ok();
            if let Some(best) = self.best {
                return Answer { left: left(self.task.people, best.rules), proved: done, ..best };
            }
            if !done {
                break;
            }
        }
        fallback
    }

    /// Looks at every set that holds what is chosen and at most `room` of the free rules.
    fn descend(&mut self, node: Node) -> Result<(), GivenUp> {
        let Node { chosen, free, room, doomed, lost, people, price } = node;
        let cost = (people.places.len() + price.places.len()) as u64 + 1;
        self.work = self.work.checked_sub(cost).ok_or(GivenUp)?;
        if lost > self.task.most_lost {
            return Ok(());
        }
        let (people, weights) = people.settle(free, room);
        let doomed = doomed + weights.doomed;
        let now = doomed + weights.alive;
        // Nobody can do better than this from here on.
        let least = doomed + weights.alive.saturating_sub(weights.most_gone(room));
        let spare = match self.aim {
            Aim::Price { target } => {
                if least > target || self.best.is_some_and(|best| (lost, least) >= (best.lost, best.left)) {
                    return Ok(());
                }
                if now <= target {
                    self.best = Some(Answer { rules: chosen, left: now, lost, proved: true });
                    return Ok(());
                }
                target - doomed
            }
            Aim::Left => {
                let best = self.best.map_or((u64::MAX, u64::MAX), |best| (best.left, best.lost));
                if (least, lost) >= best {
                    return Ok(());
                }
                if (now, lost) < best {
                    self.best = Some(Answer { rules: chosen, left: now, lost, proved: true });
                }
                self.best.map_or(u64::MAX, |best| best.left.saturating_sub(doomed))
            }
        };
        if room == 0 || weights.alive == 0 {
            return Ok(());
        }
        let Some((must, place)) = people.narrowest(spare, room) else { return Ok(()) };
        // If somebody has to go, one of the rules for one of their places is in the set: each is tried in turn, and then
        // no more. If nobody has to, the set holds the rule that promises most, or it does not.
        let mut tried: Vec<Mask> = bits(if must { place } else { free }).collect();
        tried.sort_by_key(|rule| (std::cmp::Reverse(weights.of(*rule)), *rule));
        if !must {
            tried.truncate(1);
        }
        let mut free = free;
        for rule in tried {
            free &= !rule;
            let (people, _) = people.after(rule);
            let (price, newly) = price.after(rule);
            let (chosen, lost) = (chosen | rule, lost + newly);
            self.descend(Node { chosen, free, room: room - 1, doomed, lost, people, price })?;
        }
        if must { Ok(()) } else { self.descend(Node { chosen, free, room, doomed, lost, people, price }) }
    }
}

/// The rules without those that another one replaces: it closes at least the same places of those who shall go, and
/// none more of those who shall stay.
fn undominated(people: &Groups, price: &Groups, rules: Mask) -> Mask {
    // For each rule those that stand in all of its places.
    let together = |groups: &Groups, none: Mask| {
        let mut all = [none; MOST];
        for place in &groups.places {
            for at in places(*place) {
                all[at] &= place;
            }
        }
        all
    };
    let (helps, costs) = (together(people, rules), together(price, rules));
    let used = people.places.iter().fold(0, |all, place| all | place);
    let mut kept = rules & used;
    for at in places(kept) {
        let replaced = places(helps[at] & kept & !(1 << at)).any(|by| {
            // `by` closes all that `at` closes, and wherever `by` costs, so does `at`.
            costs[by] & 1 << at != 0 && (by < at || helps[by] & 1 << at == 0 || costs[at] & 1 << by == 0)
        });
        if replaced {
            kept &= !(1 << at);
        }
    }
    kept
}

/// Groups in one piece of memory: a search makes very many of them.
#[derive(Clone, Default)]
struct Groups {
    places: Vec<Mask>,
    /// Where each group's places end, and how many people it has.
    ends: Vec<(usize, u64)>,
}

/// What the groups of a node weigh.
struct Weights {
    alive: u64,
    /// Of those who came in: cannot be removed with what is free.
    doomed: u64,
    /// For each rule the people it may help to remove, each shared among the rules that at least are needed.
    rules: [u64; MOST],
}

/// People are shared in parts of this size: divisible by one to ten.
const PARTS: u64 = 2_520;

impl Weights {
    fn of(&self, rule: Mask) -> u64 {
        self.rules.get(rule.trailing_zeros() as usize).copied().unwrap_or(0)
    }

    /// No choice of so many rules removes more people.
    fn most_gone(&self, room: u32) -> u64 {
        let mut all: Vec<u64> = self.rules.iter().copied().filter(|weight| *weight > 0).collect();
        all.sort_unstable_by_key(|weight| std::cmp::Reverse(*weight));
        all.iter().take(room as usize).sum::<u64>() / PARTS
    }
}

impl Groups {
    /// The groups as far as these rules can remove them, equal ones together.
    fn new(groups: &[Group], rules: Mask) -> Self {
        let mut all: BTreeMap<Box<[Mask]>, u64> = BTreeMap::new();
        for group in groups {
            let seen = Group::new(group.places.iter().map(|place| place & rules).collect(), 0);
            if seen.places.first().is_some_and(|place| *place != 0) {
                *all.entry(seen.places).or_default() += group.people;
            }
        }
        let mut new = Self::default();
        for (places, people) in all {
            new.places.extend(places);
            new.ends.push((new.places.len(), people));
        }
        new
    }

    /// Each place once, as a group of its own: for a search that may leave nobody.
    fn flat(&self) -> Self {
        let kept = Group::new(self.places.clone(), 1).places;
        Self { ends: (1..=kept.len()).map(|end| (end, 1)).collect(), places: kept.into() }
    }

    fn iter(&self) -> impl Iterator<Item = (&[Mask], u64)> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, people)| {
            let places = self.places.get(start..end).unwrap_or_default();
            start = end;
            (places, people)
        })
    }

    /// The groups without the places that these rules close, and how many people are gone with it.
    fn after(&self, rules: Mask) -> (Self, u64) {
        let mut new = Self::default();
        let mut gone = 0;
        for (places, people) in self.iter() {
            let before = new.places.len();
            new.places.extend(places.iter().filter(|place| *place & rules == 0));
            if new.places.len() == before {
                gone += people;
            } else {
                new.ends.push((new.places.len(), people));
            }
        }
        (new, gone)
    }

    /// The groups that can be removed with so many of these rules, and what they weigh.
    fn settle(&self, free: Mask, room: u32) -> (Self, Weights) {
        let mut new = Self::default();
        let mut weights = Weights { alive: 0, doomed: 0, rules: [0; MOST] };
        for (places, people) in self.iter() {
            let (mut any, mut need, mut apart) = (0, 0, 0);
            let before = new.places.len();
            let mut open = true;
            for place in places {
                let place = place & free;
                open &= place != 0;
                any |= place;
                // Places without a rule in common need a rule each.
                if place & apart == 0 {
                    apart |= place;
                    need += 1;
                }
                new.places.push(place);
            }
            if !open || need > room {
                new.places.truncate(before);
                weights.doomed += people;
                continue;
            }
            new.ends.push((new.places.len(), people));
            weights.alive += people;
            let share = (people * PARTS).div_ceil(u64::from(need.max(1)));
            for at in self::places(any) {
                weights.rules[at] += share;
            }
        }
        (new, weights)
    }

    /// The narrowest place of those who have to go (`true`), since no more than `spare` people may be left; if nobody
    /// has to, any place (`false`). `None`: so few rules cannot remove them all.
    fn narrowest(&self, spare: u64, room: u32) -> Option<(bool, Mask)> {
        let mut must: Vec<Mask> =
            self.iter().filter(|(_, people)| *people > spare).flat_map(|(places, _)| places).copied().collect();
        must.sort_unstable_by_key(|place| (place.count_ones(), *place));
        must.dedup();
        let (mut apart, mut need) = (0, 0);
        for place in &must {
            if place & apart == 0 {
                apart |= place;
                need += 1;
            }
        }
        match must.first() {
            _ if need > room => None,
            Some(place) => Some((true, *place)),
            None => Some((false, 0)),
        }
    }
}

/// The places of a mask's bits.
fn places(mask: Mask) -> impl Iterator<Item = usize> {
    bits(mask).map(|bit| bit.trailing_zeros() as usize)
}

/// A mask's bits one by one, the lowest first.
fn bits(mut mask: Mask) -> impl Iterator<Item = Mask> {
    std::iter::from_fn(move || {
        let bit = mask & mask.wrapping_neg();
        mask &= !bit;
        (bit != 0).then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(all: &[(&[Mask], u64)]) -> Vec<Group> {
        all.iter().map(|(places, people)| Group::new(places.to_vec(), *people)).collect()
    }

    fn task<'a>(people: &'a [Group], price: &'a [Group], rules: u32, target: u64) -> Task<'a> {
        Task { people, price, rules: (1 << rules) - 1, target, most_lost: u64::MAX, work: u64::MAX }
    }

    #[test]
    fn a_person_is_gone_when_every_place_is_closed() {
        // Seen in two folders: closing one of them removes nobody, adding both up would claim one person twice.
        let people = groups(&[(&[0b01, 0b10], 1)]);
        assert_eq!([0b00, 0b01, 0b10, 0b11].map(|rules| left(&people, rules)), [1, 1, 1, 0]);
        let answer = task(&people, &[], 2, 0).smallest();
        assert_eq!((answer.rules, answer.left, answer.proved), (0b11, 0, true));
    }

    #[test]
    fn ties_go_to_the_cheaper_set() {
        let people = groups(&[(&[0b011], 3)]);
        let price = groups(&[(&[0b001], 5), (&[0b110], 2)]);
        let answer = task(&people, &price, 3, 0).smallest();
        assert_eq!((answer.rules, answer.lost), (0b010, 2));
    }

    #[test]
    fn what_cannot_be_reached_is_come_near_to() {
        let people = groups(&[(&[0b01], 3), (&[0], 4), (&[0b10, 0], 2)]);
        let answer = task(&people, &[], 2, 0).smallest();
        assert_eq!((answer.rules, answer.left, answer.proved), (0b01, 6, true));
    }

    #[test]
    fn a_search_that_is_given_up_says_so() {
        let people: Vec<Group> = (0..12u32)
            .flat_map(|a| (0..a).map(move |b| Group::new(vec![1 << a | 1 << b, 1 << ((a + b) % 12)], 1)))
            .collect();
        let short = Task { work: 50, ..task(&people, &[], 12, 20) };
        let (found, best) = (short.smallest(), task(&people, &[], 12, 20).smallest());
        assert!(!found.proved && best.proved && found.left <= 20);
        assert!(best.rules.count_ones() <= found.rules.count_ones());
    }

    fn brute(task: &Task<'_>) -> (u64, u32, u64) {
        let sets: Vec<(u64, u32, u64)> = (0..=task.rules)
            .map(|rules| (left(task.people, rules), rules.count_ones(), task.lost(rules)))
            .filter(|(_, _, lost)| *lost <= task.most_lost)
            .collect();
        let nearest = sets.iter().map(|set| set.0).min().unwrap_or(0).max(task.target);
        let fits = sets.iter().filter(|set| set.0 <= nearest);
        fits.min_by_key(|(left, size, lost)| (*size, *lost, *left)).copied().unwrap_or_default()
    }

    fn some_groups(rules: u32, most: usize) -> impl Strategy<Value = Vec<Group>> {
        let place = (0..1u128 << rules, prop::bool::weighted(0.8)).prop_map(|(place, some)| place * u128::from(some));
        let one = (prop::collection::vec(place, 1..5), 1..6u64);
        prop::collection::vec(one, 0..most)
            .prop_map(|all| all.into_iter().map(|(places, people)| Group::new(places, people)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn nothing_beats_the_answer(
            people in some_groups(8, 14),
            price in some_groups(8, 10),
            target in 0..12u64,
            most_lost in prop::option::of(0..12u64),
        ) {
            let most_lost = most_lost.unwrap_or(u64::MAX);
            let task = Task { most_lost, ..task(&people, &price, 8, target) };
            let answer = task.smallest();
            prop_assert!(answer.proved);
            prop_assert_eq!(answer.left, left(&people, answer.rules));
            prop_assert_eq!(answer.lost, task.lost(answer.rules));
            prop_assert_eq!((answer.left, answer.rules.count_ones(), answer.lost), brute(&task));
        }

        /// More rules never leave more, and a group is what its places are, whatever their order.
        #[test]
        fn more_rules_never_leave_more(people in some_groups(8, 14), few in 0..256u128, more in 0..256u128) {
            prop_assert!(left(&people, few | more) <= left(&people, few));
        }
    }
}
