//! Whole evaluations with small functions in place of models.

use std::sync::Mutex;

use super::super::data::{Array, Dtype, InputTransform, Integers, LabelArray, LabelValues, Labels, Numbers, Samples};
use super::*;

/// A model that is a function of the first input.
struct Function<F>(F);

impl<F: Fn(&[f32]) -> Vec<Vec<f32>> + Sync> Predictor for Function<F> {
    fn predict(&self, _index: usize, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError> {
        Ok((self.0)(inputs.first().copied().unwrap_or_default()))
    }
}

fn samples(shape: &[usize], values: Vec<f32>) -> Samples {
    let array = Array { origin: "x".into(), shape: shape.to_vec(), dtype: Dtype::F32, numbers: Numbers::F32(values) };
    Samples::from_array(array, &InputTransform::default()).unwrap()
}

fn labels(arrays: Vec<(Vec<usize>, LabelValues)>) -> Labels {
    let arrays = arrays.into_iter().enumerate();
    let arrays = arrays.map(|(i, (shape, values))| LabelArray { name: Some(format!("arr_{i}")), shape, values });
    Labels { origin: "y".into(), arrays: arrays.collect() }
}

fn classes(values: &[i64]) -> Labels {
    labels(vec![(vec![values.len()], LabelValues::Integers(values.to_vec()))])
}

fn heads(widths: &[usize]) -> Vec<Head> {
    widths.iter().enumerate().map(|(i, &width)| Head { name: format!("out{i}"), width }).collect()
}

fn evaluation<'a>(task: Task, dataset: &'a Dataset, heads: &'a [Head]) -> Evaluation<'a> {
    Evaluation { model: "m.onnx".into(), program: "m.pea".into(), task, dataset, heads, top_k: 5 }
}

fn evaluate(
    evaluation: &Evaluation,
    float: &dyn Predictor,
    fixed: &dyn Predictor,
) -> Result<EvalReport, EvaluateError> {
    run(evaluation, Sides { float, fixed }, &|_| {})
}

#[test]
fn classification_side_by_side() {
    let inputs = samples(&[4, 2], vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7]);
    let dataset = Dataset::new(vec![inputs], Some(classes(&[0, 1, 0, 1])), None).unwrap();
    let heads = heads(&[2]);
    let float = Function(|x: &[f32]| vec![x.to_vec()]);
    let fixed = Function(|x: &[f32]| vec![if x[0] == 0.6 { vec![0.4, 0.6] } else { x.to_vec() }]);
    let seen = Mutex::new(Vec::new());
    let e = evaluation(Task::Classify, &dataset, &heads);
    let report = run(&e, Sides { float: &float, fixed: &fixed }, &|p| seen.lock().unwrap().push(p)).unwrap();
    assert_eq!((report.samples, report.agreement), (4, 0.75));
    assert_eq!((report.float.accuracy, report.fixed.accuracy), (Some(1.0), Some(0.75)));
    assert_eq!(report.fixed.confusion, [[1, 1], [0, 2]]);
    assert!(report.samples_per_second.float > 0.0 && report.samples_per_second.fixed > 0.0);

    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), 8);
    let last = |side| seen.iter().filter(|p| p.side == side).map(|p| p.done).max();
    assert_eq!((last(Side::Float), last(Side::Fixed)), (Some(4), Some(4)));

    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["float"]["accuracy"], 1.0);
    assert_eq!(json["fixed"]["accuracy"], 0.75);
    assert_eq!((&json["samples"], &json["agreement"], &json["task"]), (&4.into(), &0.75.into(), &"classify".into()));
    assert!(json["layers"].as_array().unwrap().is_empty());
    assert_eq!(serde_json::from_value::<EvalReport>(json).unwrap(), report);
}

#[test]
fn reconstruction_by_groups() {
    // Windows are one value; the float side is off by it, so that scores are its square.
    let inputs = samples(&[6, 1], vec![1.0, 3.0, 2.0, 2.0, 0.0, 1.0]);
    let float = Function(|_: &[f32]| vec![vec![0.0]]);
    let fixed = Function(|x: &[f32]| vec![vec![if x[0] == 3.0 { 3.0 } else { 0.0 }]]);
    let groups = vec![5, 5, 2, 2, 9, 9];
    // Means: group 2: 4, group 5: 5 (fixed 0.5), group 9: 0.5. Labels in ascending order of the groups.
    let dataset = Dataset::new(vec![inputs], Some(classes(&[0, 1, 0])), Some((groups, "g".into()))).unwrap();
    let heads = heads(&[1]);
    let report = evaluate(&evaluation(Task::Reconstruct, &dataset, &heads), &float, &fixed).unwrap();
    assert_eq!((report.float.auc, report.fixed.auc), (Some(1.0), Some(0.25)));
    assert_eq!(report.groups, Some(3));
    assert_eq!(report.float.reconstruction_error, Some(19.0 / 6.0));
    // Pairs (2, 5) are in opposite orders; (5, 9) is a tie in fixed point; (2, 9) agrees.
    assert_eq!(report.agreement, 2.0 / 3.0);
}

#[test]
fn reconstruction_needs_matching_labels_and_lengths() {
    let inputs = samples(&[2, 2], vec![0.0; 4]);
    let zero = Function(|x: &[f32]| vec![x.to_vec()]);
    let groups = || Some((vec![1, 1], "g".to_owned()));
    let mixed = Dataset::new(vec![inputs.clone()], Some(classes(&[0, 1])), groups()).unwrap();
    let two = heads(&[2]);
    let error = evaluate(&evaluation(Task::Reconstruct, &mixed, &two), &zero, &zero).unwrap_err();
    assert!(matches!(error, EvaluateError::Data(DataError::GroupLabels { group: 1 })), "{error}");
    let three = heads(&[3]);
    let error = evaluate(&evaluation(Task::Reconstruct, &mixed, &three), &zero, &zero).unwrap_err();
    assert!(matches!(error, EvaluateError::NotReconstruction { .. }), "{error}");
    let unlabelled = Dataset::new(vec![inputs], None, groups()).unwrap();
    let report = evaluate(&evaluation(Task::Reconstruct, &unlabelled, &two), &zero, &zero).unwrap();
    assert_eq!((report.float.auc, report.float.reconstruction_error, report.agreement), (None, Some(0.0), 1.0));
}

#[test]
fn regression() {
    let inputs = samples(&[2, 1], vec![1.0, 3.0]);
    let values = labels(vec![(vec![2], LabelValues::Floats(vec![1.0, 2.0]))]);
    let dataset = Dataset::new(vec![inputs], Some(values), None).unwrap();
    let heads = heads(&[1]);
    let float = Function(|x: &[f32]| vec![vec![x[0]]]);
    let fixed = Function(|x: &[f32]| vec![vec![x[0] + 0.5]]);
    let report = evaluate(&evaluation(Task::Regress, &dataset, &heads), &float, &fixed).unwrap();
    assert_eq!((report.float.mse, report.float.mae), (Some(0.5), Some(0.5)));
    assert_eq!((report.fixed.mse, report.fixed.mae), (Some(1.25), Some(1.0)));
    assert_eq!(report.agreement, 0.75);
    let unlabelled = Dataset { labels: None, ..dataset };
    let error = evaluate(&evaluation(Task::Regress, &unlabelled, &heads), &float, &fixed).unwrap_err();
    assert!(matches!(error, EvaluateError::NoLabels));
}

#[test]
fn several_outputs_have_figures_of_their_own() {
    let inputs = samples(&[2, 3], vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let both = labels(vec![(vec![2], LabelValues::Integers(vec![0, 1])), (vec![2], LabelValues::Integers(vec![1, 1]))]);
    let dataset = Dataset::new(vec![inputs], Some(both), None).unwrap();
    let heads = heads(&[3, 1]);
    let float = Function(|x: &[f32]| vec![x.to_vec(), vec![x[0]]]);
    let report = evaluate(&evaluation(Task::Classify, &dataset, &heads), &float, &float).unwrap();
    assert_eq!(report.float.accuracy, Some(0.5));
    let accuracies: Vec<_> = report.float.heads.iter().map(|head| (head.name.as_deref(), head.accuracy)).collect();
    assert_eq!(accuracies, [(Some("out0"), Some(0.5)), (Some("out1"), Some(0.5))]);
    assert_eq!(report.agreement, 1.0);
}

#[test]
fn failures_name_side_and_sample() {
    struct Fails;
    impl Predictor for Fails {
        fn predict(&self, _index: usize, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError> {
            if inputs[0] == [2.0] { Err("out of memory".into()) } else { Ok(vec![vec![0.0]]) }
        }
    }
    let dataset = Dataset::new(vec![samples(&[3, 1], vec![0.0, 1.0, 2.0])], None, None).unwrap();
    let heads = heads(&[1]);
    let good = Function(|_: &[f32]| vec![vec![0.0]]);
    let e = evaluation(Task::Classify, &dataset, &heads);
    let error = evaluate(&e, &good, &Fails).unwrap_err();
    assert_eq!(error.to_string(), "the fixed-point program failed on sample 2: out of memory");
    let nan = Function(|_: &[f32]| vec![vec![f32::NAN]]);
    assert!(matches!(evaluate(&e, &nan, &good), Err(EvaluateError::NotFinite { side: Side::Float, .. })));
    let long = Function(|_: &[f32]| vec![vec![0.0; 2]]);
    assert!(matches!(evaluate(&e, &good, &long), Err(EvaluateError::OutputLengths { side: Side::Fixed, .. })));
    let mut empty = dataset.clone();
    empty.truncate(0);
    let e = evaluation(Task::Classify, &empty, &heads);
    assert!(matches!(evaluate(&e, &good, &good), Err(EvaluateError::NoSamples)));
}

#[test]
fn several_inputs_reach_the_model() {
    struct Sum;
    impl Predictor for Sum {
        fn predict(&self, _index: usize, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError> {
            Ok(vec![vec![inputs.iter().map(|input| input[0]).sum()]])
        }
    }
    let raw = Array {
        origin: "b".into(),
        shape: vec![2, 1],
        dtype: Dtype::U8,
        numbers: Numbers::Integers(Integers::U8(vec![10, 20])),
    };
    let second = Samples::from_array(raw, &InputTransform::default()).unwrap();
    let values = labels(vec![(vec![2], LabelValues::Integers(vec![11, 23]))]);
    let dataset = Dataset::new(vec![samples(&[2, 1], vec![1.0, 2.0]), second], Some(values), None).unwrap();
    let heads = heads(&[1]);
    let report = evaluate(&evaluation(Task::Regress, &dataset, &heads), &Sum, &Sum).unwrap();
    assert_eq!((report.float.mse, report.float.mae), (Some(0.5), Some(0.5)));
}
