//! From columns to the table: relations, caveats, operators, and how it looks.

use serde_json::{Value, json};

use super::{cell, compare, convert, eval, offenders, profile, run, with};
use crate::compare::figure::Figure;
use crate::report::comparison::render_comparison;

#[test]
fn costs_have_ratios_and_accuracies_differences() {
    let slow = with(run(), &[("/count", json!(150_000)), ("/arena_bytes", json!(2000))]);
    let comparison = compare(&[("a", &[run(), eval(0.98, 0.97)]), ("b", &[slow, eval(0.98, 0.95)])], None);
    let instructions = cell(&comparison, Figure::Instructions, 1).expect("there");
    assert_eq!((instructions.value, instructions.ratio, instructions.best), (150_000.0, Some(1.5), false));
    assert!(cell(&comparison, Figure::Instructions, 0).expect("there").best);
    let arena = cell(&comparison, Figure::ArenaBytes, 1).expect("there");
    assert_eq!((arena.ratio, arena.difference, arena.best), (Some(0.5), None, true));
    let accuracy = cell(&comparison, Figure::AccuracyFixed, 1).expect("there");
    assert!((accuracy.difference.expect("a difference") + 0.02).abs() < 1e-12 && accuracy.ratio.is_none());
    assert!(cell(&comparison, Figure::AccuracyFixed, 0).expect("there").best);
    let lost = cell(&comparison, Figure::AccuracyLost, 1).expect("there");
    assert!((lost.value - 0.03).abs() < 1e-12 && !lost.best);
    assert_eq!(cell(&comparison, Figure::InstructionsPerMac, 1).expect("there").value, 150_000.0 / 51_000.0);
    assert_eq!((comparison.caveats.len(), cell(&comparison, Figure::Cycles, 0)), (0, None));
    assert!(!cell(&comparison, Figure::StackBytes, 0).expect("there").best, "all are the same");
}

#[test]
fn modelled_and_measured_cycles_are_never_compared_in_silence() {
    let columns: [(&str, &[Value]); 2] =
        [("model", &[profile(200_000, "modelled")]), ("chip", &[profile(220_000, "measured")])];
    let comparison = compare(&columns, Some("2"));
    for figure in [Figure::Cycles, Figure::LatencyUs, Figure::CyclesPerMac] {
        let cell = cell(&comparison, figure, 1).expect("there");
        assert_eq!((cell.caveat, cell.best), (Some(1), false), "{figure:?}");
        assert!(
            !comparison.rows.iter().any(|row| row.figure == figure && row.cells.iter().flatten().any(|cell| cell.best))
        );
    }
    let caveat = &comparison.caveats[0];
    assert!(caveat.first.contains(&"modelled cycles".to_owned()) && caveat.later == ["measured cycles"], "{caveat:?}");
    assert_eq!(offenders(&comparison), []);
    let not = &comparison.fail_above.as_ref().expect("a limit").not_judged;
    assert!(not.iter().any(|not| not.figure == Figure::Cycles), "{not:?}");
    let text = render_comparison(&comparison, 10);
    let cycles = text.lines().find(|line| line.trim_start().starts_with("cycles  ")).expect("a row");
    assert!(cycles.ends_with("1.10x ¹"), "{text}");
    assert!(text.contains("`model` has modelled cycles") && text.contains("`chip` has measured cycles"), "{text}");
    assert!(text.contains("not judged: cycles (not like for like)"), "{text}");
}

#[test]
fn other_circumstances_are_caveats() {
    let base = || profile(200_000, "modelled");
    let cases = [
        ("/board", json!("m0"), Figure::Instructions, "board m0"),
        ("/wait_states", json!(5), Figure::Cycles, "5 wait states"),
        ("/assumptions/0", json!("RAM waits."), Figure::Cycles, "\"RAM waits.\""),
        ("/clock_hz", json!(16_000_000), Figure::LatencyUs, "a clock of 16 MHz"),
    ];
    for (key, value, figure, phrase) in cases {
        let comparison = compare(&[("a", &[base()]), ("b", &[with(base(), &[(key, value)])])], None);
        assert_eq!(cell(&comparison, figure, 1).expect("there").caveat, Some(1), "{key}");
        assert_eq!(comparison.caveats[0].later, [phrase], "{key}");
        assert_eq!(cell(&comparison, Figure::ArenaBytes, 1).expect("there").caveat, None, "{key}");
    }
    for (key, value) in [("/samples", json!(99)), ("/fixed/classes/0/support", json!(61)), ("/task", json!("regress"))]
    {
        let other = with(eval(0.9, 0.9), &[(key, value)]);
        let comparison = compare(&[("a", &[eval(0.9, 0.9)]), ("b", &[other])], Some("0"));
        assert_eq!(cell(&comparison, Figure::AccuracyFixed, 1).expect("there").caveat, Some(1), "{key}");
        assert_eq!(comparison.unjudged().map(|column| column.label.as_str()), Some("b"), "{key}");
    }
}

#[test]
fn instructions_are_no_cycles() {
    let cycles = with(run(), &[("/unit", json!("cycles")), ("/count", json!(123))]);
    let comparison = compare(&[("qemu", &[run()]), ("chip", &[cycles])], Some("2%"));
    assert_eq!(cell(&comparison, Figure::Instructions, 1), None);
    let measured = cell(&comparison, Figure::Cycles, 1).expect("there");
    assert_eq!((measured.value, measured.ratio), (123.0, None));
    assert_eq!(comparison.notes, ["`qemu` counts instructions, `chip` cycles: these cannot be compared"]);
    let comparison = compare(&[("a", &[run()]), ("b", &[eval(1.0, 1.0)])], Some("2%"));
    assert!(comparison.notes[0].contains("no figure in common"), "{:?}", comparison.notes);
    assert!(comparison.unjudged().is_some());
}

#[test]
fn operators_are_matched_by_name_and_those_that_change_most_come_first() {
    let changed = with(
        run(),
        &[
            ("/operators/0/count", json!(79_000)),
            ("/operators/1/name", json!("dense_b")),
            ("/operators/1/count", json!(20_000)),
        ],
    );
    let comparison = compare(&[("a", &[run(), eval(0.9, 0.9)]), ("b", &[changed])], None);
    let [table] = &comparison.operators[..] else { panic!("{:?}", comparison.operators) };
    assert_eq!(table.figure, Figure::Instructions);
    let names: Vec<&str> = table.operators.iter().map(|operator| operator.name.as_str()).collect();
    assert_eq!(names, ["dense_b", "dense", "conv"]);
    assert!(table.operators[0].cells[0].is_none() && table.operators[1].cells[1].is_none());
    assert_eq!(table.operators[2].cells[1].as_ref().and_then(|cell| cell.ratio), Some(79.0 / 80.0));
}

#[test]
fn operators_of_the_same_name_are_matched_one_by_one() {
    let twice = |counts: [u64; 2]| {
        with(
            run(),
            &[
                ("/operators/1/name", json!("conv")),
                ("/operators/0/count", json!(counts[0])),
                ("/operators/1/count", json!(counts[1])),
            ],
        )
    };
    let comparison = compare(&[("a", &[twice([10, 100])]), ("b", &[twice([20, 100])])], None);
    let ratios: Vec<Option<f64>> =
        comparison.operators[0].operators.iter().map(|row| row.cells[1].as_ref().and_then(|cell| cell.ratio)).collect();
    assert_eq!(ratios, [Some(2.0), Some(1.0)]);
}

#[test]
fn the_best_figure_that_all_have_is_shown_for_operators() {
    let figures = |columns: &[(&str, &[Value])]| {
        compare(columns, None).operators.iter().map(|table| table.figure).collect::<Vec<_>>()
    };
    let profile = || profile(200_000, "modelled");
    assert_eq!(
        figures(&[("a", &[profile(), eval(1.0, 1.0)]), ("b", &[profile(), eval(1.0, 1.0)])]),
        [Figure::Cycles, Figure::SqnrDb]
    );
    assert_eq!(figures(&[("a", &[profile()]), ("b", &[run()])]), [Figure::Instructions]);
    assert_eq!(figures(&[("a", &[convert()]), ("b", &[run()])]), [Figure::Macs]);
    assert_eq!(figures(&[("a", &[eval(1.0, 1.0)]), ("b", &[run()])]), []);
}

#[test]
fn it_looks_like_this() {
    let small = with(
        profile(1_250_000, "modelled"),
        &[("/flash_bytes", json!(50_000)), ("/operators/0/name", json!("conv_3x3"))],
    );
    let chip = with(
        profile(2_100_000, "measured"),
        &[("/instructions", json!(0)), ("/unit", json!("cycles")), ("/count", json!(2_100_000))],
    );
    let comparison = compare(
        &[
            ("base", &[profile(2_000_000, "modelled"), eval(0.98, 0.9765), convert()]),
            ("small", &[small, with(eval(0.98, 0.97), &[("/layers/0/sqnr_db", json!(33.25))])]),
            ("chip", &[chip]),
        ],
        Some("2%"),
    );
    let text = render_comparison(&comparison, 2);
    assert_eq!(text, include_str!("table.golden.txt").trim_end(), "\n{text}");
}
