//! Decides how a pure function runs over a million people: in parts, side by side. The one place of the core that starts
//! threads; they end before the function returns, and nothing of them can be seen from outside but the time.

/// Fewer than this are done sooner than a thread is started.
const WORTH_A_THREAD: usize = 5_000;
/// A number of the program's own, so that nothing depends on the machine.
const THREADS: usize = 4;

/// So many large things are worked on at once: what the threads hold beside the list is no second list.
const ROUND: usize = 100_000;

/// The same for results that are large.
pub(crate) fn in_rounds<T: Sync, R: Send>(all: &[T], run: impl Fn(usize, &[T]) -> Vec<R> + Sync) -> Vec<R> {
    let mut out = Vec::with_capacity(all.len());
    for (part, at) in all.chunks(ROUND).zip(0usize..) {
        out.append(&mut in_parallel(part, |from, part| run(at * ROUND + from, part)));
    }
    out
}

/// Runs a pure function over the parts of a slice side by side, with the place where each begins; the order stays.
pub(crate) fn in_parallel<T: Sync, R: Send>(all: &[T], run: impl Fn(usize, &[T]) -> Vec<R> + Sync) -> Vec<R> {
    if all.len() < WORTH_A_THREAD {
        return run(0, all);
    }
    let run = &run;
    std::thread::scope(|scope| {
        let size = all.len().div_ceil(THREADS);
        let parts = all.chunks(size).zip(0usize..).map(|(part, at)| scope.spawn(move || run(at * size, part)));
        let handles: Vec<_> = parts.collect();
        let join = |handle: std::thread::ScopedJoinHandle<'_, Vec<R>>| {
            // A panic of a part is the panic of the whole.
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        let mut out = Vec::with_capacity(all.len());
        for handle in handles {
            out.append(&mut join(handle));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_slice() {
        for count in [0, 1, WORTH_A_THREAD - 1, WORTH_A_THREAD, WORTH_A_THREAD + 3, 40_001] {
            let all: Vec<usize> = (0..count).collect();
            let doubled = in_parallel(&all, |from, part| {
                assert_eq!(part.first().copied().unwrap_or_default(), from);
                part.iter().map(|n| n * 2).collect()
            });
            assert_eq!(doubled, all.iter().map(|n| n * 2).collect::<Vec<_>>(), "{count}");
        }
        let all: Vec<usize> = (0..ROUND * 2 + 7).collect();
        let same = in_rounds(&all, |from, part| {
            assert_eq!(part.first().copied(), Some(from));
            part.to_vec()
        });
        assert!(same == all);
    }
}
