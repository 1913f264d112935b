//! Decides how the many small sets and maps of a person are held: as sorted vectors, because a mailbox has a
//! million people with one or two values each, and a tree for each of them would cost gigabytes.

use std::fmt;
use std::ops::{Bound, Deref, RangeBounds};

/// A small set: sorted, without duplicates. Reads like a slice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Few<T>(Vec<T>);

/// A small map: sorted by key. Reads like a `BTreeMap`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FewMap<K, V>(Vec<(K, V)>);

impl<T: Ord> Few<T> {
    /// An empty set; allocates nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a value; false if it was there. For many values at once collect them.
    pub fn insert(&mut self, value: T) -> bool {
        match self.0.binary_search(&value) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, value);
                true
            }
        }
    }

    /// The values within bounds, as `BTreeSet::range` gives them.
    pub fn range(&self, bounds: impl RangeBounds<T>) -> std::slice::Iter<'_, T> {
        let from = match bounds.start_bound() {
            Bound::Included(start) => self.0.partition_point(|value| value < start),
            Bound::Excluded(start) => self.0.partition_point(|value| value <= start),
            Bound::Unbounded => 0,
        };
        let to = match bounds.end_bound() {
            Bound::Included(end) => self.0.partition_point(|value| value <= end),
            Bound::Excluded(end) => self.0.partition_point(|value| value < end),
            Bound::Unbounded => self.0.len(),
        };
        self.0.get(from..to).unwrap_or_default().iter()
    }

    /// Whether the value is there, by binary search.
    pub fn has(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }
}

impl<K: Ord, V> FewMap<K, V> {
    /// An empty map; allocates nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let at = self.0.binary_search_by(|(have, _)| have.borrow().cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: std::borrow::Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key and returns the one that was there. For many keys at once collect them.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.0.binary_search_by(|(have, _)| have.cmp(&key)) {
            Ok(at) => self.0.get_mut(at).map(|(_, have)| std::mem::replace(have, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Keys with their values, in the order of the keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.into_iter()
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// From entries in any order; `join` says what becomes of two values of one key.
    pub fn summed(mut entries: Vec<(K, V)>, mut join: impl FnMut(&mut V, V)) -> Self {
        if entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.shrink_to_fit();
            return Self(entries);
        }
        // Stable, so that what came first is joined first.
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut out: Vec<(K, V)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match out.last_mut() {
                Some((last, have)) if *last == key => join(have, value),
                _ => out.push((key, value)),
            }
        }
        out.shrink_to_fit();
        Self(out)
    }
}

/// Hashing for tables of the program's own words. What strangers write is only looked up in them, so nobody can make
/// them slow; never for a table that strangers fill.
pub type Fixed = std::hash::BuildHasherDefault<Fnv>;

/// Fowler, Noll and Vo's hash, 1a, of 64 bits.
#[derive(Clone, Copy)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Pair<K, V> = fn(&(K, V)) -> (&K, &V);
/// What [`FewMap::iter`] returns.
pub type Iter<'a, K, V> = std::iter::Map<std::slice::Iter<'a, (K, V)>, Pair<K, V>>;

impl<'a, K, V> IntoIterator for &'a FewMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl<K, V> IntoIterator for FewMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Ord> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut all: Vec<T> = values.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        all.shrink_to_fit();
        Self(all)
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for FewMap<K, V> {
    /// Of two values of one key the later stays.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::summed(entries.into_iter().collect(), |have, value| *have = value)
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Few<T> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for FewMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<T: Ord> Default for Few<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> Default for FewMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0).finish()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for FewMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(key, value)| (key, value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_each_value_once_and_in_order() {
        let mut set: Few<i32> = [3, 1, 3].into_iter().collect();
        assert!(set.insert(2));
        assert!(!set.insert(2));
        assert_eq!(set.to_vec(), [1, 2, 3]);
        assert!(set.has(&3) && !set.has(&4));
        assert_eq!(set.range(2..=3).collect::<Vec<_>>(), [&2, &3]);
        let (from, to) = (4, 1);
        assert_eq!(set.range(from..=to).count(), 0, "an empty range is no panic");
    }

    #[test]
    fn a_map_reads_like_a_tree() {
        let mut map = FewMap::summed(vec![("b", 1), ("a", 1), ("b", 2)], |have, more| *have += more);
        assert_eq!(map.get("b"), Some(&3));
        assert_eq!(map.insert("b", 7), Some(3));
        assert_eq!(map.insert("c", 1), None);
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&"a", &1), (&"b", &7), (&"c", &1)]);
    }
}
