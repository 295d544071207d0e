//! `peacrab compare` on real programs and reports: what is printed, exit codes, and the words that scripts rely on.

mod common;

use common::{DIGITS_SCALE, Folder, digits};
use serde_json::{Value, json};

const BOARD: &str = "qemu-mps2-an386";

/// The digits, packed for the board and portable, each with its evaluation and its counts.
fn two_variants() -> Folder {
    let folder = digits();
    for (name, board) in [("packed", format!("--board {BOARD}")), ("portable", String::new())] {
        let convert = format!("convert model.onnx -o {name}.pea --calib calib.npy {DIGITS_SCALE} {board} --json");
        let eval = format!(
            "eval model.onnx {name}.pea --inputs test_inputs.npy --labels test_labels.npy --limit 100 {DIGITS_SCALE} --json"
        );
        let run = format!("run {name}.pea --board {BOARD} --json");
        for (what, arguments) in [("convert", convert), ("eval", eval), ("run", run)] {
            folder.write(&format!("{name}-{what}.json"), folder.succeed(&arguments).as_bytes());
        }
    }
    folder
}

fn row<'a>(comparison: &'a Value, figure: &str) -> &'a Value {
    let rows = comparison["rows"].as_array().expect("a list");
    rows.iter().find(|row| row["figure"] == figure).unwrap_or_else(|| panic!("no {figure} in {comparison}"))
}

fn words<'a>(text: &'a str, label: &str) -> Vec<&'a str> {
    let line = text.lines().find(|line| line.trim_start().starts_with(label)).unwrap_or_else(|| panic!("{text}"));
    line.trim_start().trim_start_matches(label).split_whitespace().collect()
}

#[test]
fn programs_and_reports_stand_side_by_side() {
    let folder = two_variants();
    let columns = "packed.pea,packed-eval.json,packed-run.json portable.pea,portable-eval.json,portable-run.json";
    let comparison = folder.json(&format!("compare {columns}"));
    let run: Value = serde_json::from_slice(&folder.read("portable-run.json")).expect("JSON");
    let base: Value = serde_json::from_slice(&folder.read("packed-run.json")).expect("JSON");
    let cell = &row(&comparison, "instructions")["cells"][1];
    assert_eq!(cell["value"], run["count"]);
    let ratio = run["count"].as_f64().expect("a count") / base["count"].as_f64().expect("a count");
    assert_eq!(cell["ratio"], ratio);
    assert_eq!(row(&comparison, "instructions")["cells"][0]["best"], true, "packed is faster");
    let convert: Value = serde_json::from_slice(&folder.read("portable-convert.json")).expect("JSON");
    assert_eq!(row(&comparison, "program_bytes")["cells"][1]["value"], convert["program_bytes"]);
    assert_eq!(row(&comparison, "macs")["cells"][1]["value"], 287_728);
    assert_eq!((&comparison["caveats"], &comparison["notes"]), (&json!([]), &json!([])));
    assert_eq!(comparison["operators"][0]["figure"], "instructions");

    let text = folder.succeed(&format!("compare {columns} --operators 2"));
    assert_eq!(words(&text, "board"), [BOARD, BOARD], "{text}");
    assert_eq!(words(&text, "packed for"), ["armv7em", "portable"], "{text}");
    let accuracy = words(&text, "accuracy, fixed");
    assert_eq!((accuracy[1], accuracy[3], accuracy.len()), ("%", "%", 5), "{text}");
    let instructions = words(&text, "instructions ");
    assert_eq!((instructions[1], instructions[3]), ("*", format!("{ratio:.2}x").as_str()), "{text}");
    assert!(text.contains("2 of 7 operators"), "{text}");
    assert!(!folder.succeed(&format!("compare {columns} --operators 0")).contains("operator:"));
    assert!(!folder.succeed(&format!("compare {columns} --operators all")).contains(" of 7 operators"));
}

#[test]
fn convert_reports_and_programs_say_the_same() {
    let folder = two_variants();
    let by_report = folder.json("compare packed-convert.json portable-convert.json");
    let by_program = folder.json("compare packed.pea portable.pea");
    for figure in ["arena_bytes", "program_bytes", "macs"] {
        assert_eq!(row(&by_report, figure), row(&by_program, figure));
    }
    assert!(row(&by_report, "flash_bytes")["cells"][0]["value"].as_u64() > Some(10_000));
    let joined = folder.json("compare packed.pea,packed-convert.json,packed-run.json portable.pea");
    assert_eq!(joined["notes"], json!([]), "{joined}");
    assert_eq!(joined["columns"][0]["label"], "packed");
}

#[test]
fn a_threshold_ends_with_3_and_names_what_exceeds_it() {
    let folder = two_variants();
    let reports = "packed-run.json portable-run.json";
    let ran = folder.run(&format!("compare {reports} --fail-above 2%"));
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("`portable-run`: instructions ") && ran.stderr.contains("help: "), "{}", ran.stderr);
    assert!(!ran.stderr.contains("arena"), "portable has a smaller arena: {}", ran.stderr);
    assert!(ran.stdout.contains("worse by more than 2 %: instructions"), "the table is printed: {}", ran.stdout);
    for limit in ["200", "200%", "99.5%"] {
        let text = folder.succeed(&format!("compare {reports} --fail-above {limit}"));
        assert!(text.contains("`portable-run`: within"), "{text}");
    }
    folder.succeed("compare packed-run.json packed-run.json --fail-above 0");
    let ran = folder.run(&format!("compare {reports} --fail-above 2% --json"));
    let comparison: Value = serde_json::from_str(&ran.stdout).expect("JSON before the error");
    let judged = comparison["fail_above"]["judged"].as_array().expect("a list");
    let exceeding: Vec<&Value> = judged.iter().filter(|judged| judged["exceeds"] == true).collect();
    assert_eq!((ran.code, exceeding.len(), &exceeding[0]["figure"]), (Some(3), 1, &json!("instructions")));
}

#[test]
fn accuracy_is_judged_in_points() {
    let folder = two_variants();
    let mut report: Value = serde_json::from_slice(&folder.read("packed-eval.json")).expect("JSON");
    let accuracy = report["fixed"]["accuracy"].as_f64().expect("an accuracy");
    report["fixed"]["accuracy"] = json!(accuracy - 0.03);
    folder.write("worse.json", report.to_string().as_bytes());
    let ran = folder.run("compare packed-eval.json worse.json --fail-above 2");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("fixed accuracy") && ran.stderr.contains("(-3.00 points)"), "{}", ran.stderr);
    folder.succeed("compare packed-eval.json worse.json --fail-above 3.5");
    folder.succeed("compare worse.json packed-eval.json --fail-above 0");
}

#[test]
fn nothing_to_judge_is_no_pass() {
    let folder = two_variants();
    for columns in ["packed-eval.json packed-run.json", "packed.pea portable.pea packed-eval.json"] {
        folder.succeed(&format!("compare {columns}"));
        let ran = folder.run(&format!("compare {columns} --fail-above 50"));
        assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("can be judged against `packed") && ran.stderr.contains("help: "),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn wrong_use_is_2_and_wrong_files_are_1() {
    let folder = two_variants();
    let run = String::from_utf8(folder.read("packed-run.json")).expect("UTF-8");
    folder.write("cut.json", &run.as_bytes()[..run.len() / 2]);
    folder.write("cut.pea", &folder.read("packed.pea")[..1000]);
    folder.write(
        "wrong.json",
        run.replace("\"systick\"", "7").replace("\"arena_bytes\": ", "\"arena_bytes\": -").as_bytes(),
    );
    folder.write("other.json", folder.succeed("boards --json").as_bytes());
    folder.write("inspect.json", folder.succeed("inspect model.onnx --json").as_bytes());
    folder.write("empty.json", b"");
    for (arguments, code, expected) in [
        ("compare", 2, "required"),
        ("compare packed.pea", 2, "only one column"),
        ("compare packed.pea,packed-run.json", 2, "only one column"),
        ("compare x=packed.pea x=portable.pea", 2, "two columns are called `x`"),
        ("compare packed.pea portable.pea,", 2, "empty file name"),
        ("compare packed.pea portable.pea --fail-above -1", 2, "percent"),
        ("compare packed.pea portable.pea --fail-above two", 2, "percent"),
        ("compare packed.pea portable.pea --operators few", 2, "`all`"),
        ("compare packed.pea missing.json", 1, "cannot read `missing.json`"),
        ("compare packed.pea .", 1, "cannot read `.`"),
        ("compare packed.pea cut.json", 1, "`cut.json` is not whole: its JSON stops in line"),
        ("compare packed.pea empty.json", 1, "it is empty"),
        ("compare packed.pea cut.pea", 1, "`cut.pea` is not a usable program"),
        ("compare packed.pea wrong.json", 1, "expected u64 at line"),
        ("compare packed.pea other.json", 1, "it is a list"),
        ("compare packed.pea inspect.json", 1, "an object with the keys"),
        ("compare packed.pea model.onnx", 1, "neither a program nor a JSON report"),
        ("compare packed.pea packed-run.json,portable.pea", 1, "mixes different programs: arena"),
        ("compare packed.pea packed-run.json,portable-run.json", 1, "two files of the same kind"),
    ] {
        for arguments in [arguments.to_owned(), format!("{arguments} --json")] {
            let ran = folder.run(&arguments);
            let said = format!("peacrab {arguments}: {:?}\n{}", ran.code, ran.stderr);
            assert!(ran.code == Some(code) && ran.stderr.contains(expected) && ran.stdout.is_empty(), "{said}");
            assert!(ran.stderr.contains("help: ") || ran.stderr.contains("--help"), "no advice in: {said}");
        }
    }
}
