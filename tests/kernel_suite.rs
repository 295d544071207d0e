//! Every kernel against its naive reference, on every core: the suite of `firmware/kernel-suite`, as a selftest image.

use peacrab::target::{Board, selftest};
use peacrab_tests::{announce, explain};

#[test]
fn every_kernel_agrees_with_its_reference_on_every_board() {
    let mut failures = Vec::new();
    for board in Board::all().expect("the built-in boards are valid") {
        let start = std::time::Instant::now();
        let summary = match selftest::run(&board, &mut |_| ()) {
            Ok(summary) => summary,
            Err(error) => {
                failures.push(format!("{}: {}", board.name, explain(&error)));
                continue;
            }
        };
        let selftest::Summary { cases, elements, skipped } = summary;
        let seconds = start.elapsed().as_secs_f32();
        announce(&format!(
            "kernel suite on {}: {cases} cases, {elements} elements, {skipped} skipped, {seconds:.1} s",
            board.name
        ));
        // The suite is made to fit the smallest board.
        let all = u64::from(peacrab_kernel_suite::case_count());
        assert_eq!((cases, skipped), (all, 0), "{}: {summary:?}", board.name);
        assert!(elements > cases, "{}: {summary:?}", board.name);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
