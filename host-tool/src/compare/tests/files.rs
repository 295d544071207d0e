//! From files to columns: what is understood, what is refused.

use std::path::Path;

use serde_json::{Value, json};

use super::{column, compare, convert, eval, profile, run, with};
use crate::compare::facts::Kind;
use crate::compare::figure::Figure;
use crate::compare::{CompareError, Comparison, from_bytes};
use crate::report::comparison::{offence, render_comparison};

#[test]
fn one_program_gives_each_figure_once_from_the_best_report() {
    let both = column("a", &[convert(), run(), profile(150_000, "modelled"), eval(0.9, 0.8)]).expect("joins");
    let instructions = &both.figures[&Figure::Instructions];
    assert_eq!((instructions.number, instructions.resolution), (99_000.0, None), "the profile's are exact");
    assert_eq!(both.figures[&Figure::Cycles].basis[0], "modelled cycles");
    assert_eq!(both.figures[&Figure::ProgramBytes].number, 20_000.0);
    assert_eq!(
        both.files.iter().map(|file| file.kind).collect::<Vec<_>>(),
        [Kind::Convert, Kind::Run, Kind::Profile, Kind::Eval]
    );
    assert_eq!(both.notes, Vec::<String>::new());
    let other = column("a", &[with(run(), &[("/program", json!("dir/q.pea"))]), eval(0.9, 0.8)]).expect("joins");
    assert!(other.notes[0].contains("p.pea and q.pea"), "{:?}", other.notes);
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let arena = with(convert(), &[("/arena_bytes", json!(1))]);
    let error = column("a", &[run(), arena]).expect_err("another program");
    assert!(matches!(error, CompareError::DifferentPrograms { figure: Figure::ArenaBytes, .. }), "{error}");
    let error = column("a", &[run(), run()]).expect_err("twice the same");
    assert!(matches!(error, CompareError::SameKind { kind: Kind::Run, .. }), "{error}");
    let elsewhere = with(profile(1, "modelled"), &[("/board", json!("m0"))]);
    let error = column("a", &[run(), elsewhere]).expect_err("two boards");
    assert!(matches!(error, CompareError::DifferentBoards { .. }), "{error}");
    assert!(column("a", &[with(run(), &[("/board", json!("m7"))]), convert()]).is_ok(), "converted for m4, runs on m7");
}

#[test]
fn a_coarse_counter_is_noted() {
    let coarse = compare(&[("a", &[run()]), ("b", &[with(run(), &[("/count", json!(2000))])])], None);
    assert_eq!(coarse.notes.len(), 1, "{:?}", coarse.notes);
    assert!(coarse.notes[0].contains("`b` counts in steps of 40 instructions, 2.0 %"), "{:?}", coarse.notes);
}

#[test]
fn outputs_that_differ_on_a_board_are_noted() {
    let mut wrong = eval(0.9, 0.9);
    wrong["board"] = json!("m4");
    wrong["bit_identical"] = json!(false);
    let column = column("a", &[wrong]).expect("joins");
    assert!(column.notes[0].contains("on m4 the outputs differ"), "{:?}", column.notes);
}

#[test]
fn a_file_is_what_its_content_is() {
    let kind = |report: Value| from_bytes(Path::new("x.pea"), report.to_string().as_bytes()).map(|facts| facts.kind);
    for (report, expected) in [
        (run(), Kind::Run),
        (profile(1, "modelled"), Kind::Profile),
        (eval(1.0, 1.0), Kind::Eval),
        (convert(), Kind::Convert),
    ] {
        assert_eq!(kind(report).expect("known"), expected);
    }
    let with_mark = [b"\xEF\xBB\xBF", run().to_string().as_bytes()].concat();
    assert!(from_bytes(Path::new("x"), &with_mark).is_ok(), "a byte order mark is no error");
}

#[test]
fn a_profile_as_the_profiler_writes_it_is_understood() {
    let report = crate::report::profile::ProfileReport {
        model: "main".into(),
        program: "p.pea".into(),
        board: "m4".into(),
        core: "cortex-m4f".into(),
        clock_hz: 80_000_000,
        counter: "systick".into(),
        unit: "instructions",
        resolution: 40.0,
        count: 1000,
        counts: vec![1000],
        instructions: 990,
        cycles: Some(1500),
        cycles_range: Some([1500, 1500]),
        cycles_are: Some(crate::report::profile::CyclesAre::Modelled),
        latency_us: Some(18.75),
        wait_states: 5,
        assumptions: vec!["RAM does not wait.".into()],
        operators: vec![crate::report::profile::OperatorProfile {
            index: 0,
            name: "conv".into(),
            kernel: "conv2d".into(),
            macs: 500,
            count: 960,
            instructions: 950,
            cycles: Some(1400),
            cycles_per_mac: Some(2.8),
            best_cycles_per_mac: None,
        }],
        overhead: Default::default(),
        functions: Vec::new(),
        stacks: Vec::new(),
        arena: Vec::new(),
        arena_bytes: 64,
        stack_bytes: 100,
        flash_bytes: 1000,
        ram_bytes: 200,
        outputs: Vec::new(),
    };
    let column = column("a", &[serde_json::to_value(report).expect("serializes")]).expect("understood");
    assert_eq!(column.files[0].kind, Kind::Profile);
    let figure = |figure| column.figures[&figure].number;
    assert_eq!([Figure::Instructions, Figure::Cycles, Figure::LatencyUs].map(figure), [990.0, 1500.0, 18.75]);
    assert_eq!(figure(Figure::CyclesPerMac), 3.0);
    let basis = ["modelled cycles", "board m4", "5 wait states", "\"RAM does not wait.\""];
    assert_eq!(column.figures[&Figure::Cycles].basis, basis);
    assert_eq!(column.operators[&Figure::Cycles].entries, [("conv".to_owned(), 1400.0)]);
}

/// Every value of a report, by its JSON pointer.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| pointers(value, &format!("{at}/{key}"), all)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), all));
        }
        _ => {}
    }
}

#[test]
fn strange_values_are_errors_or_figures_but_no_panic() {
    let strange = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1e300),
        json!(-1e300),
        json!(u64::MAX),
        json!("text"),
        json!("\u{1b}[2J\u{202e}"),
        json!([]),
        json!({}),
        json!([[1]]),
    ];
    let (mut refused, mut compared) = (0, 0);
    for report in [run(), profile(200_000, "modelled"), eval(0.9, 0.8), convert()] {
        let mut all = Vec::new();
        pointers(&report, "", &mut all);
        for (pointer, value) in all.iter().flat_map(|pointer| strange.iter().map(move |value| (pointer, value))) {
            let changed = with(report.clone(), &[(pointer, value.clone())]);
            match column("a", std::slice::from_ref(&changed)) {
                Ok(strange) => {
                    let plain = column("b", std::slice::from_ref(&report)).expect("a report");
                    for columns in [[strange.clone(), plain.clone()], [plain, strange]] {
                        let comparison = Comparison::of(&columns, Some("1".parse().expect("a limit")));
                        assert!(!render_comparison(&comparison, usize::MAX).contains('\u{1b}'), "{pointer}");
                        serde_json::to_string(&comparison).expect("serializes");
                        comparison.fail_above.iter().flat_map(|verdict| verdict.offenders()).for_each(|judged| {
                            assert!(!offence(judged).is_empty());
                        });
                    }
                    compared += 1;
                }
                Err(CompareError::WrongValue { source, .. }) => {
                    assert!(source.to_string().contains("line 1"), "{pointer}: {source}");
                    refused += 1;
                }
                Err(CompareError::UnknownReport { .. }) => refused += 1,
                Err(error) => panic!("{pointer} = {value}: {error}"),
            }
        }
    }
    assert!(refused > 300 && compared > 100, "{refused} refused, {compared} compared");
}

#[test]
fn a_report_cut_anywhere_is_told_to_be_cut() {
    let text = format!("{:#}", profile(200_000, "modelled"));
    for length in 0..text.len() {
        let error = from_bytes(Path::new("cut.json"), &text.as_bytes()[..length]).expect_err("cut");
        assert!(matches!(error, CompareError::Truncated { .. }), "{length}: {error}");
    }
}

#[test]
fn what_is_no_report_is_said() {
    let read = |bytes: &[u8]| from_bytes(Path::new("x"), bytes).expect_err("no report");
    for text in ["hello", "{} {}", "{'a': 1}", "error: no such board"] {
        assert!(matches!(read(text.as_bytes()), CompareError::NotJson { .. }), "{text}");
    }
    assert!(matches!(read(b"\xFF\xFE{\0}\0"), CompareError::NotText { .. }));
    for (text, found) in [
        ("[]", "a list"),
        ("1", "a number"),
        ("{}", "without keys"),
        (r#"{"opset": 17, "costs": 1}"#, "the keys costs, opset"),
    ] {
        let error = read(text.as_bytes()).to_string();
        assert!(error.contains(found), "{text}: {error}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(read(deep.as_bytes()), CompareError::NotJson { .. }), "no stack overflow");
    assert!(matches!(read(b"PEA1"), CompareError::Program(_)));
}
