//! A profile to draw in tests: the figures of a small keyword-spotting network (DS-CNN) on a Cortex-M4.
//!
//! Also taken in by integration tests, so it finds the report's types in the module above it.

use super::{ArenaTenant, Cost, CyclesAre, FunctionProfile, OperatorProfile, ProfileReport, StackProfile};

/// Kernel, multiply-accumulates, instructions, cycles, best cycles per multiply-accumulate.
type Operator = (&'static str, &'static str, u64, u64, u64, Option<f64>);

const OPERATORS: [Operator; 12] = [
    ("functional/conv2d/Relu", "conv2d", 320_000, 612_480, 704_310, Some(0.5)),
    ("functional/block_1/depthwise/Relu", "depthwise_conv2d", 72_000, 361_920, 437_184, Some(0.5)),
    ("functional/block_1/pointwise/Relu", "conv2d", 512_000, 742_400, 853_760, Some(0.5)),
    ("functional/block_2/depthwise/Relu", "depthwise_conv2d", 72_000, 361_920, 437_184, Some(0.5)),
    ("functional/block_2/pointwise/Relu", "conv2d", 512_000, 742_400, 853_760, Some(0.5)),
    ("functional/block_3/depthwise/Relu", "depthwise_conv2d", 72_000, 361_920, 437_184, Some(0.5)),
    ("functional/block_3/pointwise/Relu", "conv2d", 512_000, 742_400, 853_760, Some(0.5)),
    ("functional/block_4/depthwise/Relu", "depthwise_conv2d", 72_000, 361_920, 437_184, Some(0.5)),
    ("functional/block_4/pointwise/Relu", "conv2d", 512_000, 742_400, 853_760, Some(0.5)),
    ("functional/average_pooling2d/AvgPool", "average_pool2d", 0, 41_216, 52_480, None),
    ("functional/dense/BiasAdd", "dense", 768, 1_544, 1_902, Some(0.5)),
    ("functional/activation/Softmax", "softmax", 0, 2_210, 2_868, None),
];

const OVERHEAD: Cost = Cost { instructions: 1_180, cycles: Some(1_514) };

/// Functions inside each kernel's operator, outermost first, and each one's own share of the operator in percent.
const CONV: [(&str, u64); 4] = [
    ("peacrab_kernels::conv2d::Conv2d::run", 3),
    ("peacrab_kernels::conv2d::gather_patch", 14),
    ("peacrab_kernels::arch::armv7em::dot_4x2", 78),
    ("peacrab_kernels::requant::Requant::apply", 5),
];
const DEPTHWISE: [(&str, u64); 3] = [
    ("peacrab_kernels::depthwise::DepthwiseConv2d::run", 9),
    ("<core::iter::adapters::zip::Zip<A, B> as core::iter::traits::iterator::Iterator>::fold", 83),
    ("peacrab_kernels::requant::Requant::apply", 8),
];
const OTHER: [(&str, u64); 2] = [("peacrab_runtime::step::run_other", 90), ("compiler_builtins::mem::memcpy", 10)];

/// The report.
pub fn sample_report() -> ProfileReport {
    let operators: Vec<OperatorProfile> = OPERATORS.iter().enumerate().map(operator).collect();
    let instructions = operators.iter().map(|operator| operator.instructions).sum::<u64>() + OVERHEAD.instructions;
    let cycles = operators.iter().filter_map(|operator| operator.cycles).sum::<u64>() + OVERHEAD.cycles.unwrap_or(0);
    let stacks = stacks(&operators);
    ProfileReport {
        model: "kws_ref_model".into(),
        program: "build/kws.pea".into(),
        board: "qemu-mps2-an386".into(),
        core: "cortex-m4f".into(),
        clock_hz: 25_000_000,
        counter: "systick".into(),
        unit: "instructions",
        resolution: 40.0,
        count: instructions / 40 * 40,
        counts: vec![instructions / 40 * 40; 3],
        instructions,
        cycles: Some(cycles),
        cycles_range: Some([cycles, cycles + 212]),
        cycles_are: Some(CyclesAre::Modelled),
        latency_us: Some(cycles as f64 / 25.0),
        wait_states: 0,
        assumptions: assumptions(),
        functions: functions(&stacks, &operators),
        operators,
        overhead: OVERHEAD,
        stacks,
        arena: arena(),
        arena_bytes: 17_280,
        stack_bytes: 1_128,
        flash_bytes: 81_412,
        ram_bytes: 27_904,
        outputs: Vec::new(),
    }
}

fn operator((index, &(name, kernel, macs, instructions, cycles, best)): (usize, &Operator)) -> OperatorProfile {
    OperatorProfile {
        index,
        name: name.into(),
        kernel: kernel.into(),
        macs,
        count: instructions / 40 * 40,
        instructions,
        cycles: Some(cycles),
        cycles_per_mac: (macs > 0).then(|| cycles as f64 / macs as f64),
        best_cycles_per_mac: best,
    }
}

fn assumptions() -> Vec<String> {
    [
        "Instruction timings of the Cortex-M4 Technical Reference Manual (Arm DDI 0439, section 3.3 and table 7-1).",
        "The flash has no wait states; instructions and data come in the cycle in which they are asked for.",
        "The arena and the stack lie in RAM without wait states.",
        "A division takes 7 cycles; the manual gives 2 to 12, by the operands.",
        "Taken branches refill the pipeline in 1 cycle, indirect ones in 2.",
        "No interrupt but the counter's own.",
    ]
    .map(String::from)
    .to_vec()
}

fn stacks(operators: &[OperatorProfile]) -> Vec<StackProfile> {
    let mut stacks = vec![StackProfile {
        frames: vec!["overhead".into(), "peacrab_runtime::model::Model::invoke".into()],
        cost: OVERHEAD,
    }];
    for operator in operators {
        let functions: &[(&str, u64)] = match operator.kernel.as_str() {
            "conv2d" | "dense" => &CONV,
            "depthwise_conv2d" => &DEPTHWISE,
            _ => &OTHER,
        };
        let root = format!("{} {}", operator.index, operator.kernel);
        let mut frames = vec![root, "peacrab_runtime::model::Model::invoke".into()];
        for &(function, percent) in functions {
            frames.push(function.to_owned());
            let of = |value: u64| value * percent / 100;
            let cost = Cost { instructions: of(operator.instructions), cycles: operator.cycles.map(of) };
            stacks.push(StackProfile { frames: frames.clone(), cost });
        }
    }
    stacks
}

/// Own costs of the innermost frames, summed.
fn functions(stacks: &[StackProfile], operators: &[OperatorProfile]) -> Vec<FunctionProfile> {
    let mut functions: Vec<FunctionProfile> = Vec::new();
    for stack in stacks {
        let name = stack.frames.last().cloned().unwrap_or_default();
        let index = stack.frames.first().and_then(|frame| frame.split(' ').next()?.parse().ok());
        let known = functions.iter_mut().find(|function| function.name == name);
        match known {
            Some(function) => {
                function.cost.instructions += stack.cost.instructions;
                function.cost.cycles = function.cost.cycles.zip(stack.cost.cycles).map(|(sum, more)| sum + more);
            }
            None => functions.push(FunctionProfile { name, cost: stack.cost, operator: index }),
        }
    }
    functions.sort_by_key(|function| std::cmp::Reverse(function.cost.cycles));
    assert!(functions.iter().all(|function| function.operator.is_none_or(|index| index < operators.len())));
    functions
}

/// Two halves of the arena in turn, and the convolutions' scratch behind them.
fn arena() -> Vec<ArenaTenant> {
    let tensor = |name: &str, offset, bytes, first_operator, last_operator| ArenaTenant {
        name: name.into(),
        kind: "tensor",
        offset,
        bytes,
        first_operator,
        last_operator,
    };
    let mut arena = vec![tensor("input_1", 16_512, 490, 0, 0), tensor("functional/conv2d/Relu", 0, 8_000, 0, 1)];
    for block in 0..4 {
        let first = 1 + 2 * block;
        let name = |part: &str| format!("functional/block_{}/{part}/Relu", block + 1);
        arena.push(tensor(&name("depthwise"), 8_000, 8_000, first, first + 1));
        arena.push(tensor(&name("pointwise"), 0, 8_000, first + 1, first + 2));
    }
    arena.push(tensor("functional/average_pooling2d/AvgPool", 8_000, 64, 9, 10));
    arena.push(tensor("functional/dense/BiasAdd", 0, 12, 10, 11));
    arena.push(tensor("Identity", 16, 12, 11, 11));
    let scratch = |operator: usize, bytes| ArenaTenant {
        name: format!("scratch of {operator} conv2d"),
        kind: "scratch",
        ..tensor("", 16_000, bytes, operator, operator)
    };
    arena.extend([scratch(0, 320), scratch(2, 512), scratch(4, 512), scratch(6, 512), scratch(8, 512)]);
    arena
}

/// The same on a core that has no model of cycles.
pub fn sample_without_cycles() -> ProfileReport {
    let mut report = sample_report();
    report.board = "qemu-mps2-an500".into();
    report.core = "cortex-m7f".into();
    let costs = report.functions.iter_mut().map(|function| &mut function.cost);
    let costs = costs.chain(report.stacks.iter_mut().map(|stack| &mut stack.cost));
    costs.chain([&mut report.overhead]).for_each(|cost| cost.cycles = None);
    for operator in &mut report.operators {
        (operator.cycles, operator.cycles_per_mac, operator.best_cycles_per_mac) = (None, None, None);
    }
    (report.cycles, report.cycles_range, report.cycles_are, report.latency_us) = (None, None, None, None);
    report.assumptions = vec![
        "Arm publishes no timings of the Cortex-M7, which issues two instructions at once: no model of cycles.".into(),
    ];
    report
}

/// As many operators as asked for, with names as converters make them, and some that try to break out of where they are printed.
pub fn sample_of(count: usize) -> ProfileReport {
    let mut report = sample_report();
    let known = std::mem::take(&mut report.operators);
    for (index, operator) in known.iter().cycle().take(count).enumerate() {
        let block = index / 4 + 1;
        let name = match index % 4 {
            0 => format!("StatefulPartitionedCall/mobilenet_v1/conv_dw_{block}/depthwise;StatefulPartitionedCall/relu"),
            1 => format!("model/block{block}/</script><b>&\"conv'"),
            2 => format!("/features/features.{block}/conv/conv.{}/Conv_output_0_quantized_{index}", block % 3),
            _ => format!("node_{index}"),
        };
        report.operators.push(OperatorProfile { index, name, ..operator.clone() });
    }
    report.stacks = stacks(&report.operators);
    report.functions = functions(&report.stacks, &report.operators);
    let sum = |figure: fn(&OperatorProfile) -> u64| report.operators.iter().map(figure).sum::<u64>();
    let cycles = sum(|operator| operator.cycles.unwrap_or(0)) + OVERHEAD.cycles.unwrap_or(0);
    report.instructions = sum(|operator| operator.instructions) + OVERHEAD.instructions;
    (report.cycles, report.cycles_range) = (Some(cycles), Some([cycles, cycles]));
    report.latency_us = Some(cycles as f64 / 25.0);
    report.arena = chain(&report.operators);
    report
}

/// Every operator writes 8,000 bytes less a few, read by the next one; every fourth is also read three operators later.
fn chain(operators: &[OperatorProfile]) -> Vec<ArenaTenant> {
    let tenant = |(index, operator): (usize, &OperatorProfile)| ArenaTenant {
        name: operator.name.clone(),
        kind: if index % 5 == 4 { "scratch" } else { "tensor" },
        offset: if index % 4 == 3 { 16_000 } else { 8_000 * (index as u64 % 2) },
        bytes: if index % 4 == 3 { 1_280 } else { 8_000 - 100 * (index as u64 % 60) },
        first_operator: index,
        last_operator: (index + if index % 4 == 3 { 3 } else { 1 }).min(operators.len() - 1),
    };
    operators.iter().enumerate().map(tenant).collect()
}
