//! Progress on standard error: a bar where it is a terminal, nothing where it is not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over a known number of steps.
pub struct Bar {
    bar: ProgressBar,
    done: AtomicUsize,
}

impl Bar {
    /// Starts a bar with a title.
    pub fn new(title: &'static str, total: usize) -> Self {
        let bar = ProgressBar::new(total as u64).with_message(title);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {bar:40} {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        Bar { bar, done: AtomicUsize::new(0) }
    }

    /// One more step is done; from any thread.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.set(done);
    }

    /// This many steps are done.
    pub fn set(&self, done: usize) {
        self.bar.set_position(done as u64);
    }

    /// Says what is going on beside the bar.
    pub fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
