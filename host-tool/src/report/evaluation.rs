//! Terminal tables of an evaluation.

use comfy_table::{Cell, CellAlignment, Table};

use super::table::{bar, numeric_table, plain_table, to_text};
use crate::evaluate::{EvalReport, LayerReport, Metrics, Task};

/// Confusion matrices of more classes are left to the JSON.
const CONFUSION_CLASSES_MAX: usize = 20;

/// Signal-to-noise ratio that fills the bar of a layer, in dB: about what 8 bits of one full-scale sine reach.
const BAR_FULL_DB: f64 = 50.0;

/// All tables of an evaluation, one after the other: summary, confusion matrix of the fixed-point side, layers.
pub fn render_evaluation(report: &EvalReport) -> String {
    join_parts([render_summary(report), render_confusion(report), render_layers(&report.layers)])
}

/// The parts that are not empty, an empty line between them.
fn join_parts(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Float beside fixed, one row per figure, then what holds for both.
pub fn render_summary(report: &EvalReport) -> String {
    let mut table = numeric_table(&["", "float", "fixed", "change"]);
    add_metrics(&mut table, "", &report.float, &report.fixed);
    for (float, fixed) in report.float.heads.iter().zip(&report.fixed.heads) {
        let name = float.name.as_deref().unwrap_or_default();
        add_metrics(&mut table, &format!("{name}: "), float, fixed);
    }
    let speed = report.samples_per_second;
    table.add_row(["samples per second".into(), rate(speed.float), rate(speed.fixed), String::new()]);
    let groups = report.groups.map(|groups| format!(" in {groups} groups")).unwrap_or_default();
    let mut text = format!("{} samples{groups}\n\n{}\n", report.samples, to_text(&table));
    text.push_str(&format!("agreement: {}\n", agreement(report)));
    match (report.bit_identical, &report.board) {
        (Some(true), Some(board)) => text.push_str(&format!("{board}: outputs equal the host's, bit for bit\n")),
        (Some(false), Some(board)) => text.push_str(&format!("{board}: outputs DIFFER from the host's\n")),
        _ => {}
    }
    text
}

fn agreement(report: &EvalReport) -> String {
    let meaning = match report.task {
        Task::Classify => "of the decisions are the same",
        Task::Reconstruct => "of the pairs of scores are in the same order",
        Task::Regress => "of the float outputs' variance is reproduced",
    };
    format!("{} {meaning}", percent(report.agreement))
}

fn add_metrics(table: &mut Table, prefix: &str, float: &Metrics, fixed: &Metrics) {
    type Figure = fn(&Metrics) -> Option<f64>;
    let shares: [(&str, Figure); 4] = [
        ("accuracy", |m| m.accuracy),
        ("precision (macro)", |m| m.macro_precision),
        ("recall (macro)", |m| m.macro_recall),
        ("F1 (macro)", |m| m.macro_f1),
    ];
    let values: [(&str, Figure); 5] = [
        ("AUC", |m| m.auc),
        ("cross-entropy", |m| m.cross_entropy),
        ("mean squared error", |m| m.mse),
        ("mean absolute error", |m| m.mae),
        ("reconstruction error", |m| m.reconstruction_error),
    ];
    for (name, figure) in shares {
        if let (Some(float), Some(fixed)) = (figure(float), figure(fixed)) {
            let change = format!("{:+.2} points", 100.0 * (fixed - float));
            table.add_row([format!("{prefix}{name}"), percent(float), percent(fixed), change]);
        }
    }
    if let (Some(float), Some(fixed)) = (float.top_k, fixed.top_k) {
        let change = format!("{:+.2} points", 100.0 * (fixed.accuracy - float.accuracy));
        table.add_row([format!("{prefix}top-{}", float.k), percent(float.accuracy), percent(fixed.accuracy), change]);
    }
    for (name, figure) in values {
        if let (Some(float), Some(fixed)) = (figure(float), figure(fixed)) {
            table.add_row([format!("{prefix}{name}"), number(float), number(fixed), format!("{:+.4}", fixed - float)]);
        }
    }
}

/// Confusion matrices of the fixed-point side, labels down, decisions across; empty for more than 20 classes.
pub fn render_confusion(report: &EvalReport) -> String {
    let heads = std::iter::once(&report.fixed).chain(&report.fixed.heads);
    let small = heads.filter(|head| (1..=CONFUSION_CLASSES_MAX).contains(&head.confusion.len()));
    join_parts(small.map(|head| {
        let name = head.name.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        format!("confusion{name}, fixed point: label down, decision across\n\n{}", confusion_text(head))
    }))
}

fn confusion_text(head: &Metrics) -> String {
    let header: Vec<String> = (0..head.confusion.len()).map(|class| class.to_string()).collect();
    let header: Vec<&str> =
        std::iter::once("").chain(header.iter().map(String::as_str)).chain(["recall", "precision"]).collect();
    let mut table = numeric_table(&header);
    for ((class, row), figures) in head.confusion.iter().enumerate().zip(&head.classes) {
        let counts = row.iter().map(|&count| if count == 0 { "·".to_owned() } else { count.to_string() });
        let figures = [percent(figures.recall), percent(figures.precision)];
        table.add_row(std::iter::once(class.to_string()).chain(counts).chain(figures));
    }
    let counts = table.column_iter_mut().skip(1).take(head.confusion.len());
    counts.for_each(|column| {
        column.set_padding((0, 1));
    });
    to_text(&table)
}

/// One row per operator, with a bar of its signal-to-noise ratio; empty without operators.
pub fn render_layers(layers: &[LayerReport]) -> String {
    if layers.is_empty() {
        return String::new();
    }
    let mut table = plain_table(&["#", "operator", "kernel", "SQNR dB", "", "cosine", "max error", "LSB"]);
    for layer in layers {
        let lsb = layer.max_error_lsb.map(|lsb| format!("{lsb:.1}")).unwrap_or_default();
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        table.add_row(vec![
            right(layer.index.to_string()),
            Cell::new(&layer.name),
            Cell::new(&layer.kernel),
            right(format!("{:.1}", layer.sqnr_db)),
            Cell::new(bar(layer.sqnr_db / BAR_FULL_DB)),
            right(format!("{:.5}", layer.cosine)),
            right(number(layer.max_error)),
            right(lsb),
        ]);
    }
    to_text(&table)
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Four decimals, or powers of ten where these would show nothing.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:.3e}") } else { format!("{value:.4}") }
}

fn rate(per_second: f64) -> String {
    if per_second < 10.0 { format!("{per_second:.2}") } else { format!("{per_second:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::SamplesPerSecond;
    use crate::evaluate::metrics::classify;

    fn report() -> EvalReport {
        let labels = [0, 1, 1, 0];
        EvalReport {
            model: "m.onnx".into(),
            program: "m.pea".into(),
            task: Task::Classify,
            samples: 4,
            groups: None,
            float: classify(&[0.9, 0.1, 0.8, 0.2], 1, &labels, 5),
            fixed: classify(&[0.4, 0.1, 0.8, 0.2], 1, &labels, 5),
            agreement: 0.75,
            layers: vec![LayerReport {
                index: 0,
                name: "conv".into(),
                kernel: "conv2d_i8".into(),
                sqnr_db: 25.0,
                cosine: 0.99991,
                max_error: 0.00012,
                max_error_lsb: Some(1.5),
            }],
            samples_per_second: SamplesPerSecond { float: 3.25, fixed: 1234.5 },
            bit_identical: Some(false),
            board: Some("qemu-microbit".into()),
        }
    }

    fn row<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
        let line = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
        line.trim_start().trim_start_matches(name).split_whitespace().collect()
    }

    #[test]
    fn summary_puts_the_sides_beside_each_other() {
        let text = render_summary(&report());
        assert!(text.starts_with("4 samples\n"), "{text}");
        assert_eq!(row(&text, "accuracy"), ["50.00", "%", "75.00", "%", "+25.00", "points"], "{text}");
        assert_eq!(row(&text, "samples per second"), ["3.25", "1234"], "{text}");
        assert!(text.contains("75.00 % of the decisions are the same"), "{text}");
        assert!(text.contains("qemu-microbit: outputs DIFFER"), "{text}");
        assert!(!text.contains("mean squared"), "{text}");
    }

    #[test]
    fn confusion_is_compact_and_only_for_few_classes() {
        let mut report = report();
        let text = render_confusion(&report);
        let first: Vec<&str> = text.lines().nth_back(1).unwrap_or_default().split_whitespace().collect();
        assert_eq!(first, ["0", "2", "·", "100.00", "%", "66.67", "%"], "{text}");
        report.fixed.confusion = vec![vec![0; 21]; 21];
        assert_eq!(render_confusion(&report), "");
    }

    #[test]
    fn layers_have_bars() {
        let text = render_layers(&report().layers);
        let cells = ["0", "conv", "conv2d_i8", "25.0", "██████", "0.99991", "1.200e-4", "1.5"];
        let found: Vec<&str> = text.lines().last().unwrap_or_default().split_whitespace().collect();
        assert_eq!(found, cells, "{text}");
        assert_eq!(render_layers(&[]), "");
    }

    #[test]
    fn heads_are_named() {
        let mut report = report();
        report.float.heads = vec![Metrics { name: Some("size".into()), mse: Some(2.0), ..Metrics::default() }];
        report.fixed.heads = vec![Metrics { name: Some("size".into()), mse: Some(2.5), ..Metrics::default() }];
        let text = render_evaluation(&report);
        assert_eq!(row(&text, "size: mean squared error"), ["2.0000", "2.5000", "+0.5000"], "{text}");
    }
}
