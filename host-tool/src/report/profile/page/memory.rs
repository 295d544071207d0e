//! The page's map of the arena: operators from left to right, bytes from bottom to top.

use super::operators::percentage;
use crate::report::figures::{common_folder, grouped, percent, printable, share, size};
use crate::report::profile::{ArenaTenant, ProfileReport};

/// Height of the map in pixels; the page scales its width only.
const MAP_HEIGHT: u64 = 320;
/// Room above the arena's end, of the map's height.
const HEADROOM: f64 = 0.08;
/// A box lower than this has no room for its name.
const LABEL_HEIGHT_MIN: f64 = 15.0;
/// A box at least this high has room for its size as well.
const DETAIL_HEIGHT_MIN: f64 = 34.0;
/// Longer names are known by their ends.
const LABEL_WIDTH_MAX: usize = 24;
/// About so many lines of the scale.
const TICKS: u64 = 4;
/// At most so many operators are numbered below the map.
const NUMBERS_MAX: usize = 20;

/// All that the map shows.
pub(super) struct MemoryMap {
    pub height: u64,
    pub boxes: Vec<Box>,
    pub ticks: Vec<Tick>,
    pub arena: Tick,
    pub columns: Vec<Column>,
    /// Most bytes in use at once.
    pub peak: String,
    /// Least width in pixels at which the boxes can be told apart.
    pub width_min: usize,
}

/// A tenant.
pub(super) struct Box {
    /// The part of the name by which it is known among the others.
    pub label: String,
    pub size: String,
    pub kind: &'static str,
    pub title: String,
    pub left: String,
    pub width: String,
    pub bottom: String,
    pub height: String,
    pub has_label: bool,
    pub has_detail: bool,
}

/// A line of the scale.
pub(super) struct Tick {
    pub bottom: String,
    pub text: String,
}

/// An operator, with the bytes in use while it runs.
pub(super) struct Column {
    pub number: Option<usize>,
    pub title: String,
    pub height: String,
    pub left: String,
    pub width: String,
    pub is_peak: bool,
}

impl MemoryMap {
    /// `None` where nothing is known to live in the arena.
    pub fn of(report: &ProfileReport) -> Option<Self> {
        let steps = report.operators.len();
        if steps == 0 || report.arena.is_empty() {
            return None;
        }
        let end = report.arena.iter().map(|tenant| tenant.offset.saturating_add(tenant.bytes)).max().unwrap_or(0);
        let tensors = report.arena.iter().filter(|tenant| tenant.kind == "tensor" && tenant.name.contains('/'));
        let folder = common_folder(tensors.map(|tenant| tenant.name.as_str()));
        let scale = Scale { steps, bytes: report.arena_bytes.max(end).max(1) as f64 * (1.0 + HEADROOM), folder };
        let live: Vec<u64> = (0..steps).map(|step| live_bytes(&report.arena, step)).collect();
        let peak = (0..steps).rev().max_by_key(|&step| live.get(step)).unwrap_or(0);
        Some(MemoryMap {
            height: MAP_HEIGHT,
            boxes: scale.boxes(&report.arena),
            ticks: scale.ticks(report.arena_bytes),
            arena: Tick {
                bottom: scale.up(report.arena_bytes),
                text: format!("arena {} bytes", grouped(report.arena_bytes)),
            },
            columns: columns(report, &live, peak),
            peak: peak_text(report, &live, peak),
            width_min: steps.saturating_mul(12).min(4_000),
        })
    }
}

/// Where something lies on the map.
struct Scale<'a> {
    steps: usize,
    bytes: f64,
    folder: &'a str,
}

impl Scale<'_> {
    fn up(&self, bytes: u64) -> String {
        percentage(bytes as f64 / self.bytes)
    }

    fn along(&self, steps: usize) -> String {
        percentage(steps as f64 / self.steps as f64)
    }

    /// The larger ones first, so that smaller ones lie on top; those in the very same place at the very same time are one.
    fn boxes(&self, arena: &[ArenaTenant]) -> Vec<Box> {
        let length = |tenant: &ArenaTenant| tenant.last_operator.saturating_sub(tenant.first_operator) as u128 + 1;
        let mut tenants: Vec<&ArenaTenant> = arena.iter().collect();
        tenants.sort_by_key(|tenant| std::cmp::Reverse(length(tenant) * u128::from(tenant.bytes)));
        let mut boxes: Vec<Box> = Vec::new();
        for next in tenants.into_iter().filter_map(|tenant| self.tenant(tenant)) {
            let place = |b: &Box| [&b.left, &b.width, &b.bottom, &b.height].map(String::clone);
            match boxes.iter_mut().find(|known| place(known) == place(&next)) {
                Some(known) => {
                    known.label += &format!(", {}", next.label);
                    known.title += &format!("\n{}", next.title);
                }
                None => boxes.push(next),
            }
        }
        boxes
    }

    fn tenant(&self, tenant: &ArenaTenant) -> Option<Box> {
        let last = tenant.last_operator.min(self.steps - 1);
        if tenant.bytes == 0 || tenant.first_operator > last {
            return None;
        }
        let steps = last - tenant.first_operator + 1;
        let pixels = tenant.bytes as f64 / self.bytes * MAP_HEIGHT as f64;
        let name = printable(&tenant.name);
        let when = match steps {
            1 => format!("at operator {last}"),
            _ => format!("from operator {} to {last}", tenant.first_operator),
        };
        let end = tenant.offset.saturating_add(tenant.bytes);
        let place = format!("{} to {}", grouped(tenant.offset), grouped(end));
        Some(Box {
            title: format!("{name}: {} bytes at {place}, {when}", grouped(tenant.bytes)),
            label: printable(label(tenant.name.strip_prefix(self.folder).unwrap_or(&tenant.name))),
            size: size(tenant.bytes),
            kind: tenant.kind,
            left: self.along(tenant.first_operator),
            width: self.along(steps),
            bottom: self.up(tenant.offset),
            height: self.up(tenant.bytes),
            has_label: pixels >= LABEL_HEIGHT_MIN,
            has_detail: pixels >= DETAIL_HEIGHT_MIN,
        })
    }

    /// Lines at round numbers of bytes.
    fn ticks(&self, arena_bytes: u64) -> Vec<Tick> {
        let step = (arena_bytes / TICKS).max(1).checked_next_power_of_two().unwrap_or(u64::MAX);
        let lines = (0..=arena_bytes / step).map(|line| line * step);
        lines.map(|bytes| Tick { bottom: self.up(bytes), text: size(bytes) }).collect()
    }
}

/// Of a long name the first that was fused, and of that the last two steps of its path.
fn label(name: &str) -> &str {
    if name.chars().count() <= LABEL_WIDTH_MAX {
        return name;
    }
    let (first, _) = name.split_once(';').unwrap_or((name, ""));
    let last_two = first.rmatch_indices('/').nth(1).and_then(|(at, _)| first.get(at + 1..));
    last_two.filter(|label| !label.is_empty()).unwrap_or(first)
}

/// Bytes in use while an operator runs; those of tensors that share memory count once.
fn live_bytes(arena: &[ArenaTenant], step: usize) -> u64 {
    let live = arena.iter().filter(|tenant| (tenant.first_operator..=tenant.last_operator).contains(&step));
    let mut ranges: Vec<(u64, u64)> =
        live.map(|tenant| (tenant.offset, tenant.offset.saturating_add(tenant.bytes))).collect();
    ranges.sort_unstable();
    let (mut bytes, mut covered) = (0, 0);
    for (start, end) in ranges {
        bytes += end.saturating_sub(start.max(covered));
        covered = covered.max(end);
    }
    bytes
}

fn columns(report: &ProfileReport, live: &[u64], peak: usize) -> Vec<Column> {
    let most = live.get(peak).copied().unwrap_or(0);
    let every = report.operators.len().div_ceil(NUMBERS_MAX).max(1);
    let width = percentage(share(1, live.len() as u64));
    let column = |(step, operator): (usize, &crate::report::profile::OperatorProfile)| {
        let bytes = live.get(step).copied().unwrap_or(0);
        Column {
            number: step.is_multiple_of(every).then_some(step),
            title: format!("{step} {}: {} bytes in use", printable(&operator.name), grouped(bytes)),
            height: percentage(share(bytes, most)),
            left: percentage(share(step as u64, live.len() as u64)),
            width: width.clone(),
            is_peak: bytes == most,
        }
    };
    report.operators.iter().enumerate().map(column).collect()
}

fn peak_text(report: &ProfileReport, live: &[u64], peak: usize) -> String {
    let bytes = live.get(peak).copied().unwrap_or(0);
    let name = report.operators.get(peak).map(|operator| printable(&operator.name)).unwrap_or_default();
    let of_arena = percent(share(bytes, report.arena_bytes));
    format!("at most {} bytes in use, {of_arena} of the arena, first at operator {peak} {name}", grouped(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::profile::sample::sample_report;

    fn tenant(offset: u64, bytes: u64, first_operator: usize, last_operator: usize) -> ArenaTenant {
        ArenaTenant { name: "t".into(), kind: "tensor", offset, bytes, first_operator, last_operator }
    }

    #[test]
    fn shared_memory_counts_once() {
        let arena = [tenant(0, 100, 0, 1), tenant(50, 100, 1, 2), tenant(0, 100, 1, 1), tenant(400, 10, 1, 1)];
        assert_eq!([0, 1, 2, 3].map(|step| live_bytes(&arena, step)), [100, 160, 100, 0]);
    }

    #[test]
    fn tenants_in_the_same_place_are_one_and_small_ones_lie_on_top() {
        let mut report = sample_report();
        report.arena = vec![tenant(0, 10, 1, 1), tenant(0, 100, 0, 3), tenant(0, 100, 0, 3), tenant(0, 100, 3, 4)];
        let map = MemoryMap::of(&report).expect("a map");
        let labels: Vec<&str> = map.boxes.iter().map(|b| b.label.as_str()).collect();
        assert_eq!(labels, ["t, t", "t", "t"]);
        assert_eq!(map.boxes[0].title.lines().count(), 2);
    }

    #[test]
    fn long_names_are_known_by_their_ends() {
        assert_eq!(label("block_1/depthwise/Relu"), "block_1/depthwise/Relu");
        assert_eq!(label("Call/mobilenet_v1/conv_dw_1/depthwise;Call/mobilenet_v1/relu"), "conv_dw_1/depthwise");
        assert_eq!(label("a_name_without_any_folder_in_it"), "a_name_without_any_folder_in_it");
        assert_eq!(label("////////////////////////////"), "/");
    }

    #[test]
    fn boxes_lie_to_scale() {
        let map = MemoryMap::of(&sample_report()).expect("a map");
        let find = |label: &str| map.boxes.iter().find(|b| b.label == label).expect("a box");
        let conv = find("conv2d/Relu");
        assert_eq!((conv.left.as_str(), conv.width.as_str(), conv.bottom.as_str()), ("0.000%", "16.667%", "0.000%"));
        let height: f64 = conv.height.trim_end_matches('%').parse().expect("a number");
        let arena: f64 = map.arena.bottom.trim_end_matches('%').parse().expect("a number");
        assert!((height / arena - 8_000.0 / 17_280.0).abs() < 1e-4);
        assert!(conv.has_label && conv.has_detail && !find("input_1").has_label);
        assert_eq!(
            map.peak,
            "at most 16,512 bytes in use, 95.6 % of the arena, first at operator 2 functional/block_1/pointwise/Relu"
        );
        let ticks: Vec<&str> = map.ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(ticks, ["0 B", "8 KiB", "16 KiB"]);
    }

    #[test]
    fn odd_reports_have_no_map_or_a_map_without_the_odd() {
        let mut report = sample_report();
        report.arena = vec![tenant(u64::MAX, u64::MAX, 0, usize::MAX), tenant(0, 0, 0, 0), tenant(0, 1, 40, 50)];
        assert_eq!(MemoryMap::of(&report).expect("a map").boxes.len(), 1);
        report.arena.clear();
        assert!(MemoryMap::of(&report).is_none());
        let mut report = sample_report();
        report.operators.clear();
        assert!(MemoryMap::of(&report).is_none());
    }
}
