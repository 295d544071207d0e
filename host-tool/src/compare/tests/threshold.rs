//! What exceeds a limit, and what does not.

use serde_json::{Value, json};

use super::{cell, compare, eval, offenders, run, with};
use crate::compare::figure::Figure;
use crate::compare::threshold::{NoPercent, Percent};

#[test]
fn the_limit_is_exact() {
    let judge = |changes: &[(&str, Value)], limit| {
        let comparison = compare(&[("a", &[run()]), ("b", &[with(run(), changes)])], Some(limit));
        offenders(&comparison).into_iter().map(|(_, figure)| figure).collect::<Vec<_>>()
    };
    assert_eq!(judge(&[("/count", json!(102_000))], "2%"), []);
    assert_eq!(judge(&[("/count", json!(102_001))], "2%"), [Figure::Instructions]);
    assert_eq!(judge(&[("/flash_bytes", json!(60_001))], "0"), [Figure::FlashBytes]);
    assert_eq!(judge(&[("/stack_bytes", json!(1)), ("/ram_bytes", json!(9045))], "0.5 %"), []);
    let every = [("/arena_bytes", json!(8000)), ("/stack_bytes", json!(2000)), ("/ram_bytes", json!(18_000))];
    assert_eq!(judge(&every, "99"), [Figure::ArenaBytes, Figure::StackBytes, Figure::RamBytes]);
    assert_eq!(judge(&[("/operators/0/count", json!(1_000_000))], "2"), [], "single operators are not judged");
}

#[test]
fn a_cost_that_was_nothing_may_not_become_something() {
    let none = || with(run(), &[("/stack_bytes", json!(0))]);
    let comparison = compare(&[("a", &[none()]), ("b", &[none()]), ("c", &[run()])], Some("50"));
    assert_eq!(offenders(&comparison), [("c".to_owned(), Figure::StackBytes)]);
    assert_eq!(cell(&comparison, Figure::StackBytes, 2).expect("there").ratio, None);
}

#[test]
fn accuracy_may_fall_by_so_many_points() {
    let judge = |first: Value, later: Value, limit| {
        let comparison = compare(&[("a", &[first]), ("b", &[later])], Some(limit));
        offenders(&comparison).into_iter().map(|(_, figure)| figure).collect::<Vec<_>>()
    };
    assert_eq!(judge(eval(1.0, 0.97), eval(1.0, 0.95), "2%"), []);
    assert_eq!(judge(eval(1.0, 0.97), eval(1.0, 0.949), "2%"), [Figure::AccuracyFixed]);
    assert_eq!(judge(eval(1.0, 0.5), eval(1.0, 0.9), "0"), []);
    let without_labels = |agreement: f64| {
        with(
            eval(0.0, 0.0),
            &[("/agreement", json!(agreement)), ("/float/accuracy", Value::Null), ("/fixed/accuracy", Value::Null)],
        )
    };
    assert_eq!(judge(without_labels(0.99), without_labels(0.9), "2%"), [Figure::Agreement]);
    let reconstruct = |auc: f64| {
        let mut report = with(eval(0.9, 0.9), &[("/task", json!("reconstruct"))]);
        report["fixed"]["auc"] = json!(auc);
        report
    };
    assert_eq!(judge(reconstruct(0.95), reconstruct(0.90), "2%"), [Figure::AucFixed]);
    assert_eq!(judge(eval(1.0, 0.97), without_labels(0.1), "2%"), [], "other figures: not judged");
}

#[test]
fn limits_are_numbers_of_percent() {
    for (text, percent) in
        [("2%", "2 %"), ("2", "2 %"), (" 0.5 % ", "0.5 %"), ("0", "0 %"), ("-0", "0 %"), ("1e2", "100 %")]
    {
        assert_eq!(text.parse::<Percent>().map(|percent| percent.to_string()), Ok(percent.to_owned()), "{text}");
    }
    for text in ["", "%", "2%%", "-1", "nan", "inf", "two", "2 percent", "1,5", "1e999"] {
        assert_eq!(text.parse::<Percent>(), Err(NoPercent), "{text}");
    }
}
