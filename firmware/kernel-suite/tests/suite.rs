//! The whole suite on the host.

use std::collections::BTreeMap;

use peacrab_kernel_suite::{Workspace, case_count, run_all, run_case};
use proptest::prelude::*;

#[test]
fn every_kernel_agrees_with_its_reference() {
    let (mut bytes, mut words) = ([0; Workspace::BYTES], [0; Workspace::WORDS]);
    let mut workspace = Workspace { bytes: &mut bytes, words: &mut words };
    let mut cases = BTreeMap::<_, u32>::new();
    let summary = run_all(&mut workspace, &mut |case| *cases.entry(case.kernel).or_default() += 1);
    let summary = summary.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{summary:?} {cases:?}");
    assert_eq!((summary.cases, summary.skipped), (case_count(), 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_case_agrees_with_its_reference(number: u32) {
        let (mut bytes, mut words) = ([0; Workspace::BYTES], [0; Workspace::WORDS]);
        let mut workspace = Workspace { bytes: &mut bytes, words: &mut words };
        let outcome = run_case(number, &mut workspace);
        prop_assert!(matches!(outcome, Ok(Some(_))), "{outcome:?}");
    }
}
