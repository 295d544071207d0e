//! A tiny program on every built-in board: boots, runs, counts, and gives the bytes that the host gives.

use std::time::Duration;

use bytemuck::bytes_of;
use miette::Diagnostic as _;
use peacrab::target::board::BoardError;
use peacrab::target::image::ImageError;
use peacrab::target::{
    Board, BoardRun, RunOptions, Sample, TargetError, run_on_board, run_stand_alone, stand_alone_image,
};
use peacrab_format::{
    Header, KernelId, LutRecord, MAGIC, OperatorRecord, PortRecord, TensorRecord, VERSION, checksum_of_program,
};
use peacrab_runtime::Problem;

/// Elements of the tiny program's input; more than one frame carries.
const ELEMENTS: usize = 600;

/// Two table look-ups, one after the other: `x -> -1 - x -> -1 - x`, with the middle tensor elsewhere.
fn tiny_program(target: u32) -> Vec<u8> {
    let [operands, parameters, table] = [0, 32, 48].map(|offset| (size_of::<Header>() + 200 + offset) as u32);
    let tensor = |offset: u32| TensorRecord { shape: [1, 1, 1, ELEMENTS as u32], offset, zero_point: 0 };
    let operator = |index: u32| OperatorRecord {
        kernel: KernelId::Lut as u16,
        input_count: 1,
        operands: operands + index * 8,
        parameters,
        parameter_bytes: size_of::<LutRecord>() as u32,
        scratch_offset: 0,
        scratch_bytes: 0,
    };
    let port = |tensor| PortRecord { tensor, raw_element: 0, conversion_count: 0, conversions: operands, shift: 0 };
    let header_bytes = size_of::<Header>() as u32;
    let sizes = [3 * 24, 2 * 24, 20, 20];
    let starts = [0, 1, 2, 3].map(|index| header_bytes + sizes[..index].iter().sum::<u32>());
    let mut body = Vec::new();
    [0, 608, 1216].iter().for_each(|offset| body.extend(bytes_of(&tensor(*offset))));
    [0, 1].iter().for_each(|index| body.extend(bytes_of(&operator(*index))));
    [0, 2].iter().for_each(|index| body.extend(bytes_of(&port(*index))));
    body.resize(200, 0);
    [0u32, 1, 1, 2].iter().for_each(|tensor| body.extend(tensor.to_le_bytes()));
    body.resize(232, 0);
    body.extend(bytes_of(&LutRecord { table }));
    body.resize(248, 0);
    body.extend((-128..=127i8).map(|x| (-1 - x) as u8));
    body.resize(body.len().next_multiple_of(16), 0);

    let mut header = Header {
        magic: MAGIC,
        version: VERSION,
        header_bytes: header_bytes as u16,
        target,
        device_bytes: header_bytes + body.len() as u32,
        checksum: 0,
        arena_bytes: 1824,
        tensor_count: 3,
        tensors: starts[0],
        operator_count: 2,
        operators: starts[1],
        input_count: 1,
        inputs: starts[2],
        output_count: 1,
        outputs: starts[3],
        metadata_bytes: 0,
        metadata_checksum: 0,
    };
    header.checksum = checksum_of_program(&[bytes_of(&header), &body].concat());
    [bytes_of(&header), &body].concat()
}

fn sample(seed: i32) -> Vec<Vec<i8>> {
    vec![(0..ELEMENTS as i32).map(|index| (index * 7 + seed * 13) as i8).collect()]
}

fn run(name: &str, inputs: &[Vec<Vec<i8>>], repeat: u32) -> Result<BoardRun, TargetError> {
    let board = Board::find(name).expect("built in");
    let options = RunOptions { repeat, ..RunOptions::default() };
    run_on_board(&board, &tiny_program(0), inputs, options, &mut |_| ())
}

#[test]
fn every_board_gives_outputs_and_counts() {
    let inputs = [sample(1), sample(2), sample(3)];
    for board in Board::all().expect("valid") {
        let name = &board.name;
        let run = run(name, &inputs, 2).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(run.counter.unit, "instructions", "{name}");
        for (input, inference) in inputs.iter().zip(&run.inferences) {
            assert_eq!(&inference.outputs, input, "{name}: two negations give the input back");
            assert_eq!(inference.counts.len(), 2, "{name}");
            let operators: u64 = inference.operator_counts.iter().sum();
            assert_eq!(inference.operator_counts.len(), 2, "{name}");
            let (least, most) = (ELEMENTS as u64 * 2, ELEMENTS as u64 * 100);
            assert!((least..most).contains(&operators), "{name}: {operators}");
            assert!(inference.counts.iter().all(|count| *count + 200 >= operators), "{name}: {inference:?}");
        }
        assert_eq!(run.arena_bytes, 1824, "{name}");
        assert!(run.arena_bytes_used <= run.arena_bytes && run.arena_bytes_used >= 1216, "{name}: {run:?}");
        assert!(run.stack_bytes > 100 && run.stack_bytes < run.stack_bytes_reserved, "{name}: {run:?}");
        assert!(run.flash_bytes <= board.flash.bytes && run.ram_bytes <= board.ram.bytes, "{name}: {run:?}");
    }
}

#[test]
fn a_stand_alone_image_reports_once_and_agrees_with_the_host_driven_run() {
    let board = Board::find("qemu-riscv32").expect("built in");
    let inputs = sample(5);
    let sample = Sample { inputs: &inputs, inferences: 3 };
    let (elf, footprint) = stand_alone_image(&board, &tiny_program(0), sample, false, &mut |_| ()).expect("fits");
    let alone = run_stand_alone(&board, &elf, RunOptions::default()).expect("runs");
    let driven = run(&board.name, std::slice::from_ref(&inputs), 1).expect("runs");
    assert_eq!(alone.inferences, 3);
    assert_eq!(alone.counter, driven.counter);
    // minstret counts every instruction; an image has the kernels of its program only, which the compiler may turn into other code.
    let is_near = |(a, b): (&u64, &u64)| a.abs_diff(*b) * 10 <= *b;
    assert!([alone.count].iter().zip(&driven.inferences[0].counts).all(is_near), "{alone:?} {driven:?}");
    assert!(
        alone.operator_counts.iter().zip(&driven.inferences[0].operator_counts).all(is_near),
        "{alone:?} {driven:?}"
    );
    assert_eq!(alone.total_count, 3 * alone.count);
    assert!(footprint.flash_bytes + 20_000 < driven.flash_bytes, "other kernels are not in the image");
}

#[test]
fn an_image_compiled_for_size_is_smaller_and_runs() {
    let board = Board::find("qemu-mps2-an386").expect("built in");
    let inputs = sample(5);
    let image = |is_small| {
        let sample = Sample { inputs: &inputs, inferences: 1 };
        stand_alone_image(&board, &tiny_program(0), sample, is_small, &mut |_| ()).expect("fits")
    };
    let ((_, fast), (elf, small)) = (image(false), image(true));
    assert!(small.flash_bytes < fast.flash_bytes, "{} and {}", small.flash_bytes, fast.flash_bytes);
    assert_eq!(run_stand_alone(&board, &elf, RunOptions::default()).expect("runs").inferences, 1);
    let options = RunOptions { is_small: true, ..RunOptions::default() };
    let run =
        run_on_board(&board, &tiny_program(0), std::slice::from_ref(&inputs), options, &mut |_| ()).expect("runs");
    assert_eq!(run.inferences[0].outputs, inputs, "two negations give the input back");
}

#[test]
fn an_image_refuses_a_program_whose_kernels_it_does_not_have() {
    let board = Board::find("qemu-mps2-an386").expect("built in");
    let inputs = sample(5);
    let program = tiny_program(0);
    let sample = Sample { inputs: &inputs, inferences: 1 };
    let (mut elf, _) = stand_alone_image(&board, &program, sample, false, &mut |_| ()).expect("fits");
    let at = elf.windows(program.len()).position(|window| window == program).expect("the program is in the image");
    let mut other = program.clone();
    let kernel = size_of::<Header>() + 3 * size_of::<TensorRecord>();
    assert_eq!(other[kernel], KernelId::Lut as u8);
    other[kernel] = KernelId::Softmax as u8;
    let checksum = checksum_of_program(&other);
    let field = std::mem::offset_of!(Header, checksum);
    other[field..field + 4].copy_from_slice(&checksum.to_le_bytes());
    elf[at..at + other.len()].copy_from_slice(&other);
    let error = run_stand_alone(&board, &elf, RunOptions::default()).expect_err("refused");
    let TargetError::Stopped { failure, detail, .. } = &error else { panic!("{error}") };
    assert_eq!((failure.as_str(), *detail), ("the runtime refused the program", Problem::NotCompiled as u64));
}

#[test]
fn what_a_damaged_image_finds_reaches_the_host() {
    let board = Board::find("qemu-riscv32").expect("built in");
    let inputs = sample(5);
    let program = tiny_program(0);
    let (elf, _) = stand_alone_image(&board, &program, Sample { inputs: &inputs, inferences: 1 }, false, &mut |_| ())
        .expect("fits");
    let at = elf.windows(program.len()).position(|window| window == program).expect("the program is in the image");
    let damaged = |position: usize| {
        let mut elf = elf.clone();
        elf[position] ^= 1;
        let error = run_stand_alone(&board, &elf, RunOptions::default()).expect_err("stops");
        let TargetError::Stopped { failure, .. } = &error else { panic!("{error}") };
        failure.clone()
    };
    assert!(damaged(at).contains("no program"));
    assert!(damaged(at + 300).contains("refused the program"));
    assert!(damaged(at + program.len()).contains("sample"), "the trailer's magic");
    assert!(damaged(at + program.len() + 20).contains("sample"), "the sample");
}

#[test]
fn a_program_for_another_core_is_refused_with_the_command_to_use() {
    let board = Board::find("qemu-mps2-an385").expect("built in");
    let error = run_on_board(&board, &tiny_program(1), &[], RunOptions::default(), &mut |_| ()).expect_err("refused");
    assert!(matches!(error, TargetError::Image(ImageError::WrongTarget { .. })), "{error}");
    let help = error.help().expect("help").to_string();
    assert!(help.contains("--board qemu-mps2-an385") && help.contains("without --board"), "{help}");
}

#[test]
fn what_is_not_a_program_is_refused_before_anything_is_built() {
    let board = Board::find("qemu-mps2-an386").expect("built in");
    let good = tiny_program(0);
    let mut damaged = good.clone();
    damaged[300] ^= 1;
    for bytes in [&[][..], b"PEA1", &good[..good.len() - 1], &damaged] {
        let error =
            run_on_board(&board, bytes, &[], RunOptions::default(), &mut |_| panic!("builds")).expect_err("bad");
        assert!(matches!(error, TargetError::Image(ImageError::NotAProgram { .. })), "{error}");
    }
}

#[test]
fn inputs_of_another_shape_are_refused() {
    let mut wrong = sample(1);
    wrong[0].pop();
    let error = run("qemu-mps2-an386", &[sample(0), wrong], 1).expect_err("refused");
    assert!(matches!(error, TargetError::WrongInputs { sample: 1, .. }), "{error}");
}

#[test]
fn a_board_without_memory_says_by_how_much() {
    let mut board = Board::find("qemu-microbit").expect("built in");
    board.ram.bytes = 4096;
    let error = run_on_board(&board, &tiny_program(0), &[], RunOptions::default(), &mut |_| ()).expect_err("full");
    let TargetError::Image(ImageError::RamFull { needed, available, .. }) = error else { panic!("{error}") };
    assert!(available == 4096 && (4097..6000).contains(&needed), "{needed}");
}

#[test]
fn a_machine_that_stalls_is_ended() {
    let mut board = Board::find("qemu-mps2-an386").expect("built in");
    // Stopped before its first instruction.
    board.qemu.as_mut().expect("QEMU").args.push("-S".to_owned());
    let options = RunOptions { stall_limit: Duration::from_millis(300), ..RunOptions::default() };
    let error = run_on_board(&board, &tiny_program(0), &[sample(0)], options, &mut |_| ()).expect_err("stalls");
    assert!(error.to_string().contains("no progress"), "{error}");
}

#[test]
fn qemus_own_words_reach_the_error() {
    let mut board = Board::find("qemu-mps2-an386").expect("built in");
    board.qemu.as_mut().expect("QEMU").machine = "no-such-machine".to_owned();
    let error = run_on_board(&board, &tiny_program(0), &[], RunOptions::default(), &mut |_| ()).expect_err("ends");
    assert!(error.to_string().contains("unsupported machine type"), "{error}");
}

#[test]
fn board_errors_pass_through() {
    let error = TargetError::from(Board::find("qemu-mps2").expect_err("unknown"));
    assert!(matches!(error, TargetError::Board(BoardError::Unknown { .. })));
    assert_eq!(error.code().expect("code").to_string(), "board::unknown");
}
