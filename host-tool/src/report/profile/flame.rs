//! A profile's call stacks as a flame graph: an SVG that needs nothing but itself.

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap};
use inferno::flamegraph::{self, Direction, Options, TextTruncateDirection};
use miette::Diagnostic;
use thiserror::Error;

use super::ProfileReport;
use super::basis::{Basis, figures_are};
use crate::report::figures::{frequency, grouped, printable, shorten};

/// Where the drawn frames begin: above is the title, of whose height inferno makes no secret.
pub(super) const FRAMES_TOP: usize = 4 * FONT_SIZE + 4 + 2 * FONT_SIZE;
/// Height of one frame.
pub(super) const FRAME_HEIGHT: usize = 18;
/// Font size of the frames' names.
const FONT_SIZE: usize = 12;
/// Width of a letter as a part of its height: the widest of the usual monospaced fonts, for readers that run no script.
const FONT_WIDTH: f64 = 0.64;
/// A longer title would run into the buttons beside it.
const TITLE_WIDTH_MAX: usize = 70;

/// Inferno's own look is for light surroundings; this follows the reader's.
const STYLE: &str = include_str!("flame.css");

/// Why there is no flame graph.
#[derive(Debug, Error, Diagnostic)]
pub enum FlameError {
    /// The report has no call stacks, or they cost nothing.
    #[error("`{model}` on `{board}` has no call stacks to draw")]
    #[diagnostic(
        code(profile::no_stacks),
        help("call stacks come from the simulator: profile on a board whose name starts with qemu-")
    )]
    NoStacks {
        /// Name of the model.
        model: String,
        /// Board.
        board: String,
    },
    /// Inferno gives up.
    #[error("the flame graph cannot be drawn")]
    #[diagnostic(
        code(profile::flame),
        help("this is a fault of Peacrab: please report it with the output of `--json`")
    )]
    Draw(#[source] std::io::Error),
    /// Inferno draws something that its users do not know.
    #[error("the flame graph that was drawn has no frames")]
    #[diagnostic(
        code(profile::flame_frames),
        help("this is a fault of Peacrab: please report it with the output of `--json`")
    )]
    NoFrames,
}

/// The flame graph as an SVG file, root on top, with inferno's own script for zooming and searching.
///
/// # Errors
///
/// Where the report has no call stacks.
pub fn render_flame(report: &ProfileReport) -> Result<String, FlameError> {
    let basis = Basis::of(report);
    let stacks = folded(report, basis);
    if stacks.is_empty() {
        return Err(FlameError::NoStacks { model: report.title(), board: report.board.clone() });
    }
    let mut palette = palette(&stacks);
    let mut options = Options::default();
    options.title = shorten(&printable(&format!("{} on {}", report.title(), report.board)), TITLE_WIDTH_MAX);
    options.subtitle = Some(subtitle(report, basis));
    options.count_name = basis.unit().to_owned();
    options.palette_map = Some(&mut palette);
    options.bgcolors = Some(BackgroundColor::Flat(Color { r: 0xf6, g: 0xf7, b: 0xf4 }));
    options.direction = Direction::Inverted;
    options.frame_height = FRAME_HEIGHT;
    options.font_size = FONT_SIZE;
    options.font_width = FONT_WIDTH;
    options.text_truncate_direction = TextTruncateDirection::Right;
    // A chart keeps the order of its lines, but takes them last first: operators in order, and not by the letters of their names.
    options.flame_chart = true;
    let lines = stacks.iter().rev().map(|(line, _)| line.as_str());
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines, &mut svg).map_err(FlameError::Draw)?;
    let svg = String::from_utf8(svg).map_err(|error| FlameError::Draw(std::io::Error::other(error)))?;
    let end = svg.rfind("</svg>").ok_or(FlameError::NoFrames)?;
    let (drawing, end) = svg.split_at_checked(end).ok_or(FlameError::NoFrames)?;
    Ok(format!("{drawing}<style>\n{STYLE}</style>{end}"))
}

fn subtitle(report: &ProfileReport, basis: Basis) -> String {
    let core = printable(&report.core);
    format!("{} {}, {core} at {}", grouped(basis.total), figures_are(report), frequency(report.clock_hz))
}

/// Inferno's lines, `frame;frame;frame count`, and the frames: operators in order, then the overhead.
fn folded(report: &ProfileReport, basis: Basis) -> Vec<(String, Vec<String>)> {
    let mut stacks: Vec<(usize, Vec<String>, u64)> = Vec::new();
    for stack in &report.stacks {
        let frames: Vec<String> = stack.frames.iter().map(|frame| frame_text(frame)).collect();
        let amount = basis.amount(stack.cost);
        if amount > 0 && !frames.is_empty() {
            stacks.push((position(&stack.frames), frames, amount));
        }
    }
    // Equal beginnings have to be neighbours to be drawn as one frame.
    stacks.sort();
    stacks.into_iter().map(|(_, frames, amount)| (format!("{} {amount}", frames.join(";")), frames)).collect()
}

/// The operator's index, by which the first frame starts; what has none comes last.
fn position(frames: &[String]) -> usize {
    let word = frames.first().and_then(|frame| frame.split(' ').next());
    word.and_then(|word| word.parse().ok()).unwrap_or(usize::MAX)
}

/// A frame that inferno takes as one: no separator in it, and no number at its end, which would be a second count.
fn frame_text(frame: &str) -> String {
    let text = printable(frame.trim()).replace(';', ",");
    match text.rsplit_once(' ') {
        Some((start, end)) if end.chars().all(|character| character.is_ascii_digit() || character == '.') => {
            format!("{start}\u{a0}{end}")
        }
        _ if text.is_empty() => "?".to_owned(),
        _ => text,
    }
}

/// A colour for every frame, by the part of the image that it belongs to.
fn palette(stacks: &[(String, Vec<String>)]) -> PaletteMap {
    let mut palette = PaletteMap::default();
    palette.insert("", Color { r: 0xd5, g: 0xd9, b: 0xd2 });
    for (_, frames) in stacks {
        for (depth, frame) in frames.iter().enumerate() {
            palette.insert(frame, colour(Part::of(depth, frame), frame));
        }
    }
    palette
}

/// The part of the image that a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An operator of the model, or what is outside of them.
    Operator,
    /// A kernel.
    Kernels,
    /// The runtime or the runner.
    Runtime,
    /// The language's own library.
    Library,
    /// Anything else.
    Other,
}

impl Part {
    /// All, in the order of a legend.
    pub const ALL: [Part; 5] = [Part::Operator, Part::Kernels, Part::Runtime, Part::Library, Part::Other];

    fn of(depth: usize, frame: &str) -> Self {
        // `<crate::Type as other_crate::Trait>::function` belongs to the crate that is named first.
        let name = frame.trim_start_matches(['<', '&', '*', '[', '(']);
        let starts = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
        match depth {
            0 => Part::Operator,
            _ if starts(&["peacrab_kernels"]) => Part::Kernels,
            _ if starts(&["peacrab"]) => Part::Runtime,
            _ if starts(&["core::", "alloc::", "compiler_builtins", "mem", "__aeabi", "__"]) => Part::Library,
            _ => Part::Other,
        }
    }

    /// What the legend calls it.
    pub fn title(self) -> &'static str {
        match self {
            Part::Operator => "operator",
            Part::Kernels => "kernels",
            Part::Runtime => "runtime and runner",
            Part::Library => "core library",
            Part::Other => "other",
        }
    }

    /// Light enough for black letters.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Part::Operator => [0xbf, 0xdc, 0xc6],
            Part::Kernels => [0xf3, 0xa9, 0x82],
            Part::Runtime => [0xa9, 0xc7, 0xe8],
            Part::Library => [0xd3, 0xc1, 0xe8],
            Part::Other => [0xf0, 0xd9, 0x8c],
        }
    }
}

/// The part's colour, a little lighter or darker by the name, so that neighbours can be told apart.
fn colour(part: Part, frame: &str) -> Color {
    let hash = frame.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let shift = (hash >> 16) % 23;
    let shifted = |value: u8| value.saturating_sub(11).saturating_add(shift as u8);
    let [r, g, b] = part.rgb().map(shifted);
    Color { r, g, b }
}

/// The drawn frames alone, to be put into a page's own `<svg>`: inferno's style and script rule the whole document that they are in.
pub(super) struct Frames<'a> {
    /// Groups of a title, a rectangle and a text.
    pub groups: &'a str,
    /// Height of all of them.
    pub height: usize,
}

/// Takes the frames out of a flame graph.
pub(super) fn frames(svg: &str) -> Result<Frames<'_>, FlameError> {
    let (_, inner) = svg.split_once("<svg id=\"frames\"").ok_or(FlameError::NoFrames)?;
    let (_, inner) = inner.split_once('>').ok_or(FlameError::NoFrames)?;
    let (groups, _) = inner.split_once("</svg>").ok_or(FlameError::NoFrames)?;
    let tops = groups.split(" y=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<usize>().ok());
    let height = tops.max().ok_or(FlameError::NoFrames)? + FRAME_HEIGHT;
    Ok(Frames { groups, height: height.saturating_sub(FRAMES_TOP) })
}

#[cfg(test)]
mod tests {
    use super::super::StackProfile;
    use super::super::sample::{sample_of, sample_report, sample_without_cycles};
    use super::*;

    fn titles(svg: &str) -> Vec<&str> {
        svg.split("<title>").skip(1).filter_map(|rest| rest.split("</title>").next()).collect()
    }

    #[test]
    fn every_operator_is_drawn_in_order_with_its_cycles() {
        let report = sample_report();
        let svg = render_flame(&report).expect("a flame graph");
        let titles = titles(&svg);
        assert!(
            titles.iter().any(|title| title.starts_with("all (") && title.contains(" cycles, 100%)")),
            "{titles:?}"
        );
        let drawn: Vec<usize> = titles.iter().filter_map(|title| title.split_once(' ')?.0.parse().ok()).collect();
        let mut ordered = drawn.clone();
        ordered.sort_unstable();
        ordered.dedup();
        assert_eq!(ordered, (0..12).collect::<Vec<_>>(), "each once");
        assert!(titles.iter().any(|title| title.starts_with("overhead (1,514 cycles")), "{titles:?}");
        assert!(svg.contains("kws on qemu-mps2-an386"));
    }

    #[test]
    fn operators_lie_from_left_to_right() {
        let svg = render_flame(&sample_of(12)).expect("a flame graph");
        let mut lefts = Vec::new();
        for group in svg.split("<g>").skip(1) {
            let title = group.split("<title>").nth(1).unwrap_or_default();
            let left = group.split("<rect x=\"").nth(1).and_then(|rest| rest.split('%').next()?.parse::<f64>().ok());
            if let Some(index) = title.split(' ').next().and_then(|word| word.parse::<usize>().ok()) {
                lefts.push((index, left.expect("a rectangle")));
            }
        }
        lefts.sort_by_key(|(index, _)| *index);
        assert!(lefts.is_sorted_by_key(|(_, left)| *left), "{lefts:?}");
        assert_eq!(lefts.len(), 12);
    }

    #[test]
    fn instructions_where_there_are_no_cycles() {
        let svg = render_flame(&sample_without_cycles()).expect("a flame graph");
        assert!(titles(&svg).iter().any(|title| title.starts_with("all (") && title.contains(" instructions, 100%)")));
    }

    #[test]
    fn names_cannot_break_out_or_be_taken_for_counts() {
        let mut report = sample_report();
        let stack = |frames: &[&str]| StackProfile {
            frames: frames.iter().map(|&frame| frame.to_owned()).collect(),
            cost: report.overhead,
        };
        report.stacks = vec![
            stack(&["0 conv 12 7"]),
            stack(&["0 conv 12 7", "<[u8; 8] as T>::f</title><script>\u{1b}"]),
            stack(&["0 conv 12 7", ""]),
            stack(&[]),
        ];
        let svg = render_flame(&report).expect("a flame graph");
        let expected = [
            "all (4,542 cycles, 100%)",
            "0 conv 12\u{a0}7 (4,542 cycles, 100.00%)",
            "&lt;[u8, 8] as T&gt;::f&lt;/title&gt;&lt;script&gt;\u{fffd} (1,514 cycles, 33.33%)",
            "? (1,514 cycles, 33.33%)",
        ];
        let mut titles = titles(&svg);
        titles.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(titles, expected);
    }

    #[test]
    fn no_stacks_are_an_error_with_advice() {
        let mut report = sample_report();
        report.stacks.clear();
        assert!(matches!(render_flame(&report), Err(FlameError::NoStacks { .. })));
        let mut report = sample_report();
        report.stacks.iter_mut().for_each(|stack| stack.cost = super::super::Cost::default());
        assert!(matches!(render_flame(&report), Err(FlameError::NoStacks { .. })));
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let report = sample_report();
        assert_eq!(render_flame(&report).expect("a flame graph"), render_flame(&report).expect("a flame graph"));
    }

    #[test]
    fn frames_are_taken_out_whole() {
        let svg = render_flame(&sample_report()).expect("a flame graph");
        let frames = frames(&svg).expect("frames");
        assert_eq!(frames.groups.matches("<g>").count(), frames.groups.matches("</g>").count());
        assert_eq!(frames.groups.matches("<title>").count(), titles(&svg).len());
        assert!(!frames.groups.contains("script"));
        // All, operator, `invoke`, and up to four functions inlined into each other.
        assert_eq!(frames.height, 7 * FRAME_HEIGHT);
    }
}
