//! Any bytes as a program: the loader refuses them, or an inference runs without a panic and within its memory.

#![no_main]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use peacrab_hostile::{Outcome, Rng, damage, seal, trial};

static TRIALS: AtomicU64 = AtomicU64::new(0);
static LOADED: AtomicU64 = AtomicU64::new(0);
static RAN: AtomicU64 = AtomicU64::new(0);
static AT_EXIT: Once = Once::new();

unsafe extern "C" {
    safe fn atexit(call: extern "C" fn()) -> i32;
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    AT_EXIT.call_once(|| {
        atexit(print_counts);
    });
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let outcome = trial(bytes, hasher.finish());
    TRIALS.fetch_add(1, Ordering::Relaxed);
    LOADED.fetch_add(u64::from(!matches!(outcome, Outcome::Refused(_))), Ordering::Relaxed);
    RAN.fetch_add(u64::from(outcome == Outcome::Ran), Ordering::Relaxed);
    // What is refused makes a poor start: almost all that comes of it is refused too.
    if matches!(outcome, Outcome::Refused(_)) { Corpus::Reject } else { Corpus::Keep }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut rng = Rng::new(seed.into());
    let size = if rng.below(32) == 0 { fuzzer_mutate(data, size, max_size) } else { size };
    let mut bytes = data[..size].to_vec();
    for _ in 0..=rng.below(2) {
        damage(&mut bytes, &mut rng);
    }
    seal(&mut bytes);
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
});

extern "C" fn print_counts() {
    let [trials, loaded, ran] = [&TRIALS, &LOADED, &RAN].map(|count| count.load(Ordering::Relaxed));
    eprintln!("programs tried: {trials}, loaded: {loaded}, run: {ran}");
}
