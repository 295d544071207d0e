//! Wrong input of every kind on the command line: the exit code, what is said and where, and nothing left behind.

mod common;

use common::{DIGITS_SCALE, Folder, digits, npy, npy_f32, repository};

/// The output that commands are asked to write; an older one is there already.
const OLD: &[u8] = b"an older file";

/// Digits of the test set.
const DIGITS: usize = 700;

/// `peacrab` refuses: exit code, words on standard error, nothing on standard output, every file as it was.
fn refuses(folder: &Folder, arguments: &str, code: i32, words: &[&str]) {
    folder.write("out.pea", OLD);
    let before = folder.files();
    for arguments in [arguments.to_owned(), format!("{arguments} --json"), format!("-v {arguments}")] {
        let ran = folder.run(&arguments);
        let said = format!("peacrab {arguments}: exit code {:?}\n{}", ran.code, ran.stderr);
        assert_eq!(ran.code, Some(code), "{said}");
        for word in words {
            assert!(ran.stderr.contains(word), "`{word}` is missing in: {said}");
        }
        assert!(ran.stderr.starts_with("error: ") || ran.stderr.contains("\nerror: "), "{said}");
        assert!(ran.stderr.contains("help: ") || ran.stderr.contains("--help"), "no advice in: {said}");
        assert!(!ran.stderr.contains("panicked"), "{said}");
        assert_eq!(ran.stdout, "", "{said}");
        assert!(folder.files() == before, "files changed: {:?}\n{said}", folder.files().keys());
        assert!(folder.left_temporary().is_empty(), "left {:?}: {said}", folder.left_temporary());
    }
}

/// The digits folder with a program packed for `board`, or portable.
fn with_program(board: Option<&str>) -> Folder {
    let folder = digits();
    let board = board.map_or_else(String::new, |board| format!("--board {board}"));
    folder.succeed(&format!("convert model.onnx -o digits.pea --calib calib.npy {DIGITS_SCALE} {board}"));
    folder
}

fn convert(model: &str, calib: &str) -> String {
    format!("convert {model} -o out.pea --calib {calib} {DIGITS_SCALE}")
}

#[test]
fn a_model_that_is_not_there() {
    let folder = digits();
    refuses(
        &folder,
        &convert("missing.onnx", "calib.npy"),
        1,
        &["missing.onnx", "No such file", "check that the file"],
    );
    refuses(&folder, "inspect missing.onnx", 1, &["missing.onnx", "No such file"]);
}

#[test]
fn a_model_that_is_not_whole() {
    let folder = digits();
    let model = folder.read("model.onnx");
    for length in [model.len() / 4, model.len() / 2, model.len() - 1] {
        folder.write("truncated.onnx", &model[..length]);
        refuses(&folder, &convert("truncated.onnx", "calib.npy"), 1, &["truncated.onnx", "export"]);
        refuses(&folder, "inspect truncated.onnx", 1, &["truncated.onnx", "export"]);
    }
}

#[test]
fn a_model_that_is_none() {
    let folder = digits();
    let garbage: Vec<u8> = (0..4096u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for bytes in [&[][..], b"hello", &garbage, &folder.read("calib.npy")] {
        folder.write("garbage.onnx", bytes);
        refuses(&folder, &convert("garbage.onnx", "calib.npy"), 1, &["garbage.onnx"]);
    }
}

#[test]
fn operators_that_are_not_supported_are_all_named() {
    let folder = digits();
    let model = std::fs::read(repository("tests/fixtures/onnx/unsupported_three_operators.onnx")).expect("a fixture");
    folder.write("several.onnx", &model);
    let nodes = ["hardmax_node", "cumsum_node", "erf_node", "Hardmax", "CumSum", "Erf", "docs/operators.md"];
    refuses(&folder, &convert("several.onnx", "random"), 1, &nodes);
    let ran = folder.run("inspect several.onnx --json");
    let survey: serde_json::Value = serde_json::from_str(&ran.stdout).expect("inspect prints the survey first");
    assert_eq!(survey["unsupported"].as_array().map(Vec::len), Some(3), "{survey}");
    assert_eq!(ran.code, Some(1));
}

#[test]
fn samples_of_another_shape() {
    let folder = digits();
    folder.write("flat.npy", &npy("|u1", &[2, 700], &[1; 1400]));
    let words = ["flat.npy", "[2, 700]", "`image`", "[1, 1, 28, 28]"];
    refuses(&folder, &convert("model.onnx", "flat.npy"), 1, &words);
    let folder = with_program(None);
    folder.write("flat.npy", &npy("|u1", &[2, 700], &[1; 1400]));
    refuses(&folder, "run digits.pea --board qemu-mps2-an386 --input flat.npy", 1, &words);
    refuses(
        &folder,
        &format!("eval model.onnx digits.pea --inputs flat.npy --labels test_labels.npy {DIGITS_SCALE}"),
        1,
        &words,
    );
}

#[test]
fn samples_of_another_type() {
    let folder = digits();
    folder.write("complex.npy", &npy("<c8", &[1, 28, 28], &[0; 28 * 28 * 8]));
    refuses(&folder, &convert("model.onnx", "complex.npy"), 1, &["complex.npy", "<c8", "float32"]);
    folder.write("text.npy", &npy("|S4", &[1, 28, 28], &[b'a'; 28 * 28 * 4]));
    refuses(&folder, &convert("model.onnx", "text.npy"), 1, &["text.npy", "S4"]);
    folder.write("float.npy", &npy_f32(&[1, 28, 28], vec![0.5; 28 * 28]));
    refuses(&folder, &convert("model.onnx", "float.npy"), 1, &["float.npy", "f32", "--input-scale"]);
}

#[test]
fn samples_that_are_no_samples() {
    let folder = digits();
    refuses(&folder, &convert("model.onnx", "nowhere.npy"), 1, &["nowhere.npy", "No such file"]);
    folder.write("cut.npy", &folder.read("calib.npy")[..500]);
    refuses(&folder, &convert("model.onnx", "cut.npy"), 1, &["cut.npy", "cut short"]);
    folder.write("none.npy", &npy("|u1", &[0, 28, 28], &[]));
    refuses(&folder, &convert("model.onnx", "none.npy"), 1, &["none.npy", "no samples"]);
    folder.write("nan.npy", &npy_f32(&[1, 28, 28], vec![f32::NAN; 28 * 28]));
    refuses(&folder, "convert model.onnx -o out.pea --calib nan.npy", 1, &["nan.npy", "sample 0"]);
    folder.write("samples.xyz", b"?");
    refuses(&folder, &convert("model.onnx", "samples.xyz"), 1, &["samples.xyz", "known format"]);
}

#[test]
fn no_calibration() {
    let folder = digits();
    refuses(
        &folder,
        "convert model.onnx -o out.pea",
        2,
        &["no calibration samples", "--calib X.npy", "--calib random"],
    );
}

#[test]
fn random_calibration_is_said_loudly() {
    let folder = digits();
    let ran = folder.run("convert model.onnx -o guessed.pea --calib random");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("GUESSED FROM RANDOM DATA"), "{}", ran.stderr);
}

#[test]
fn labels_that_do_not_belong() {
    let folder = with_program(None);
    let eval = format!("eval model.onnx digits.pea --inputs test_inputs.npy {DIGITS_SCALE}");
    folder.write("few.npy", &npy("|u1", &[3], &[1, 2, 3]));
    refuses(&folder, &format!("{eval} --labels few.npy"), 1, &["few.npy", "3 rows", "one row per sample"]);
    folder.write("eleven.npy", &npy("|u1", &[DIGITS], &[11; DIGITS]));
    refuses(&folder, &format!("{eval} --labels eleven.npy"), 1, &["eleven.npy", "sample 0 is 11", "10 classes"]);
    refuses(&folder, &format!("{eval} --labels nowhere.npy"), 1, &["nowhere.npy", "No such file"]);
    refuses(&folder, &format!("{eval} --labels test_labels.npy --groups few.npy"), 1, &["few.npy", "3 rows"]);
}

#[test]
fn a_board_that_does_not_exist() {
    let folder = with_program(None);
    let near = ["qemu-mps2-an38`", "did you mean `qemu-mps2-an38", "use one of qemu-m0plus"];
    for command in ["convert model.onnx -o out.pea --calib calib.npy", "run digits.pea", "image digits.pea -o out.pea"]
    {
        refuses(&folder, &format!("{command} --board qemu-mps2-an38"), 2, &near);
        refuses(&folder, &format!("{command} --board qemu-microbits"), 2, &["`qemu-microbit`"]);
        refuses(&folder, &format!("{command} --board nowhere.toml"), 2, &["nowhere.toml"]);
    }
    let eval = "eval model.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy";
    refuses(&folder, &format!("{eval} --on qemu-mps2-an38"), 2, &near);
}

#[test]
fn a_board_file_with_an_unknown_key() {
    let folder = with_program(None);
    let board = std::fs::read_to_string(repository("boards/qemu-microbit.toml")).expect("in the repository");
    folder.write("own.toml", format!("colour = \"red\"\n{board}").as_bytes());
    refuses(&folder, "run digits.pea --board own.toml", 2, &["own.toml", "colour"]);
}

#[test]
fn a_program_packed_for_another_core() {
    let folder = with_program(Some("qemu-mps2-an386"));
    let words =
        ["armv7em", "qemu-mps2-an385", "peacrab convert MODEL -o OUT.pea --board qemu-mps2-an385", "without --board"];
    refuses(&folder, "run digits.pea --board qemu-mps2-an385", 1, &words);
    refuses(&folder, "image digits.pea --board qemu-mps2-an385 -o out.pea", 1, &words);
    let eval = format!(
        "eval model.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy --limit 2 {DIGITS_SCALE}"
    );
    refuses(&folder, &format!("{eval} --on qemu-mps2-an385"), 1, &words);
}

#[test]
fn a_program_that_is_not_whole() {
    let folder = with_program(None);
    let good = folder.read("digits.pea");
    let mut flipped = good.clone();
    flipped[1000] ^= 1;
    let mut metadata = good.clone();
    *metadata.last_mut().expect("not empty") ^= 1;
    for bad in
        [&[][..], b"PEA1", &good[..good.len() / 2], &good[..good.len() - 1], &flipped, &metadata, b"hello, world"]
    {
        folder.write("bad.pea", bad);
        let words = ["bad.pea", "peacrab convert"];
        refuses(&folder, "run bad.pea --board qemu-mps2-an386", 1, &words);
        refuses(&folder, "image bad.pea --board qemu-mps2-an386 -o out.pea", 1, &words);
        refuses(&folder, "eval model.onnx bad.pea --inputs test_inputs.npy --labels test_labels.npy", 1, &words);
    }
    refuses(&folder, "run nowhere.pea --board qemu-mps2-an386", 1, &["nowhere.pea", "No such file", "peacrab convert"]);
}

#[test]
fn a_program_of_another_model() {
    let folder = with_program(None);
    folder.write("iris.onnx", &std::fs::read(repository("models/iris/model.onnx")).expect("in the repository"));
    let words = ["digits.pea", "iris.onnx", "convert the model again"];
    refuses(&folder, "eval iris.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy", 1, &words);
}

#[test]
fn a_model_that_does_not_fit_the_board() {
    let folder = digits();
    folder.write("large.onnx", &sigmoid_model(64 * 1024));
    let words =
        ["bytes of RAM", "qemu-microbit has 16384", "too many", "large_sigmoid", "65536 bytes", "nothing was written"];
    refuses(&folder, "convert large.onnx -o out.pea --calib random --board qemu-microbit", 3, &words);
    let board = std::fs::read_to_string(repository("boards/qemu-microbit.toml")).expect("in the repository");
    let small = board.replace("bytes = 0x4_0000", "bytes = 0x1_0000");
    assert_ne!(board, small);
    folder.write("small.toml", small.as_bytes());
    let words = ["bytes of flash", "qemu-microbit has 65536", "too many", "nothing was written"];
    refuses(&folder, &format!("{} --board small.toml", convert("model.onnx", "calib.npy")), 3, &words);
}

#[test]
fn an_output_that_cannot_be_written() {
    let folder = with_program(None);
    std::fs::create_dir(folder.path("folder")).expect("writable");
    for output in ["no/such/folder/out.pea", "folder"] {
        let words = ["cannot write", output, "check that the folder exists"];
        refuses(&folder, &format!("convert model.onnx -o {output} --calib calib.npy {DIGITS_SCALE}"), 1, &words);
        refuses(&folder, &format!("image digits.pea --board qemu-mps2-an386 -o {output}"), 1, &words);
    }
    assert_eq!(std::fs::read_dir(folder.path("folder")).expect("there").count(), 0);
}

#[test]
fn options_with_values_that_cannot_be_meant() {
    let folder = with_program(None);
    let convert = "convert model.onnx -o out.pea --calib calib.npy";
    let eval = "eval model.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy";
    let run = "run digits.pea --board qemu-mps2-an386";
    for (arguments, words) in [
        (format!("{convert} --observer best"), ["--observer", "minmax"]),
        (format!("{convert} --input-scale x"), ["`x`", "0.1,0.2"]),
        (format!("{convert} --input-scale 0"), ["scale is 0", "step"]),
        (format!("{convert} --input-zero-point nan"), ["`nan`", "finite"]),
        (format!("{convert} --fast"), ["--fast", "Usage"]),
        (format!("{eval} --task guess"), ["--task", "reconstruct"]),
        (format!("{eval} --limit many"), ["--limit", "many"]),
        (format!("{eval} --limit 0"), ["--limit", "0"]),
        (format!("{eval} --top-k 0"), ["--top-k", "0"]),
        (format!("{eval} --at-least most"), ["--at-least", "most"]),
        (format!("{run} --repeat 0"), ["--repeat", "0"]),
        (format!("{run} --repeat often"), ["--repeat", "often"]),
        ("run digits.pea".into(), ["--board", "Usage"]),
        ("convert model.onnx".into(), ["--output", "Usage"]),
        ("convet model.onnx".into(), ["convet", "convert"]),
    ] {
        refuses(&folder, &arguments, 2, &words);
    }
}

#[test]
fn a_figure_below_the_threshold() {
    let folder = with_program(None);
    let eval = "eval model.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy --limit 20";
    let ran = folder.run(&format!("{eval} {DIGITS_SCALE} --at-least 1.5 --json"));
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("below 1.5"), "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("the report is printed all the same");
    assert_eq!(report["samples"], 20);
}

/// An ONNX model of one Sigmoid, `large_sigmoid`, on this many elements.
///
/// The numbers are the field numbers of onnx.proto (IR version 8).
fn sigmoid_model(elements: u32) -> Vec<u8> {
    let dimension = |extent: u32| field(1, &varint_field(1, extent));
    let shape = [dimension(1), dimension(elements)].concat();
    let tensor_type = [varint_field(1, 1), field(2, &shape)].concat();
    let value = |name: &str| [field(1, name.as_bytes()), field(2, &field(1, &tensor_type))].concat();
    let node = [field(1, b"x"), field(2, b"y"), field(3, b"large_sigmoid"), field(4, b"Sigmoid")].concat();
    let graph = [field(1, &node), field(2, b"large"), field(11, &value("x")), field(12, &value("y"))].concat();
    [varint_field(1, 8), field(7, &graph), field(8, &varint_field(2, 13))].concat()
}

/// A length-delimited field.
fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u32), bytes.to_vec()].concat()
}

fn varint_field(number: u32, value: u32) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
