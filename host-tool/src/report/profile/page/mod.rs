//! A profile as one HTML page that loads nothing from anywhere.

mod functions;
mod memory;
mod operators;
mod tiles;

use askama::Template;
use miette::Diagnostic;
use thiserror::Error;

use self::functions::FunctionTable;
use self::memory::MemoryMap;
use self::operators::OperatorChart;
use self::tiles::{Tile, memory, time};
use super::ProfileReport;
use super::basis::{Basis, figures_are, wait_states_text};
use super::flame::{FRAMES_TOP, FlameError, Part, frames, render_flame};
use super::grade::{DOMINANT_MIN, NEAR_MAX, NOTABLE_MIN, OFF_MAX};
use crate::report::figures::{frequency, grouped, printable};

/// Why there is no page.
#[derive(Debug, Error, Diagnostic)]
pub enum PageError {
    /// The flame graph cannot be drawn.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Flame(#[from] FlameError),
    /// The figures cannot be written as JSON.
    #[error("the figures cannot be embedded in the page")]
    #[diagnostic(code(profile::page_json), help("this is a fault of Peacrab: please report it with the model"))]
    Json(#[source] serde_json::Error),
    /// The page cannot be put together.
    #[error("the page cannot be put together")]
    #[diagnostic(code(profile::page), help("this is a fault of Peacrab: please report it with the output of `--json`"))]
    Template(#[source] askama::Error),
}

/// The page. Everything is escaped by the template but what its fields say is not.
#[derive(Template)]
#[template(path = "profile/page/page.html")]
struct Page<'a> {
    /// Ours: not escaped.
    style: &'static str,
    /// Ours: not escaped.
    script: &'static str,
    /// Without `<`: not escaped.
    json: String,
    version: &'static str,
    model: String,
    board: String,
    core: String,
    clock: String,
    program: String,
    figures_are: &'static str,
    unit: &'static str,
    unit_title: &'static str,
    tiles: [(&'static str, Vec<Tile>); 2],
    operators: OperatorChart,
    grades: [String; 3],
    memory: Option<MemoryMap>,
    functions: FunctionTable,
    flame: Option<FlameView<'a>>,
    facts: Vec<(&'static str, String)>,
    assumptions: Vec<String>,
}

/// The flame graph in the page.
struct FlameView<'a> {
    /// Inferno's, which escapes names itself: not escaped.
    groups: &'a str,
    height: usize,
    top: usize,
    legend: Vec<(&'static str, String)>,
}

/// The whole page: figures, charts, flame graph, assumptions, and the report itself as JSON.
///
/// # Errors
///
/// Only by a fault of ours; a report without call stacks gives a page without a flame graph.
pub fn render_html(report: &ProfileReport) -> Result<String, PageError> {
    let flame = match render_flame(report) {
        Ok(svg) => Some(svg),
        Err(FlameError::NoStacks { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let page = Page {
        style: include_str!("page.css"),
        script: include_str!("page.js"),
        json: embeddable(&serde_json::to_string(report).map_err(PageError::Json)?),
        version: env!("CARGO_PKG_VERSION"),
        model: printable(&report.title()),
        board: printable(&report.board),
        core: printable(&report.core),
        clock: frequency(report.clock_hz),
        program: printable(&report.program.display().to_string()),
        figures_are: figures_are(report),
        unit: Basis::of(report).unit(),
        unit_title: Basis::of(report).unit_title(),
        tiles: [("Time", time(report)), ("Memory", memory(report))],
        operators: OperatorChart::of(report),
        grades: grades(report),
        memory: MemoryMap::of(report),
        functions: FunctionTable::of(report),
        flame: flame.as_deref().map(flame_view).transpose()?,
        facts: facts(report),
        assumptions: report.assumptions.iter().map(|sentence| printable(sentence)).collect(),
    };
    page.render().map_err(PageError::Template)
}

/// JSON in which no `<` can end the element that it stands in; in JSON it only occurs in strings.
fn embeddable(json: &str) -> String {
    json.replace('<', "\\u003c")
}

fn flame_view(svg: &str) -> Result<FlameView<'_>, FlameError> {
    let frames = frames(svg)?;
    let colour = |part: Part| {
        let [r, g, b] = part.rgb();
        (part.title(), format!("#{r:02x}{g:02x}{b:02x}"))
    };
    let legend = Part::ALL.map(colour).to_vec();
    Ok(FlameView { groups: frames.groups, height: frames.height, top: FRAMES_TOP, legend })
}

/// What the three colours of the bars mean.
fn grades(report: &ProfileReport) -> [String; 3] {
    let has_best = report.operators.iter().any(|operator| operator.best_cycles_per_mac.is_some());
    if has_best && Basis::of(report).is_cycles() {
        let [near, off] = [NEAR_MAX, OFF_MAX];
        return [format!("up to {near}× the best"), format!("up to {off}×"), format!("beyond {off}×")];
    }
    let [notable, dominant] = [NOTABLE_MIN, DOMINANT_MIN].map(|share| 100.0 * share);
    [format!("below {notable} % of the total"), format!("below {dominant} %"), format!("{dominant} % and more")]
}

/// How the figures came about.
fn facts(report: &ProfileReport) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Figures", figures_are(report).to_owned()),
        ("Core", format!("{} at {}", printable(&report.core), frequency(report.clock_hz))),
    ];
    facts.extend(wait_states_text(report).map(|text| ("Flash", text)));
    facts.push(("Inferences", grouped(report.counts.len() as u64)));
    let resolution = match report.resolution {
        1.0 => String::new(),
        resolution => format!(", in steps of {resolution}"),
    };
    let counter = printable(&report.counter);
    facts.push(("Board's counter", format!("{counter}: {} {}{resolution}", grouped(report.count), report.unit)));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::profile::sample::{sample_of, sample_report, sample_without_cycles};

    fn page(report: &ProfileReport) -> String {
        render_html(report).expect("a page")
    }

    /// The page without its JSON.
    fn markup(page: &str) -> String {
        let (before, rest) = page.split_once("id=\"report\">").expect("JSON");
        format!("{before}{}", rest.split_once("</script>").expect("its end").1)
    }

    #[test]
    fn the_figures_are_on_the_page() {
        let page = markup(&page(&sample_report()));
        let texts = [
            "<title>kws on qemu-mps2-an386 · peacrab profile</title>",
            "<p class=\"label\">Modelled cycles</p>",
            "<p class=\"value\">5,926,850</p>",
            "<p class=\"note\">5,926,850 to 5,927,062 in 3 inferences</p>",
            "<p class=\"value\">237 <span class=\"unit\">ms</span></p>",
            "<p class=\"note\">16.9 KiB · activations and scratch</p>",
            "<td class=\"n amount\" data-v=\"704310\">704,310</td>",
            "<td class=\"n times poor\" data-v=\"12.144\">12.1×</td>",
            "arena 17,280 bytes",
            "at most 16,512 bytes in use, 95.6 % of the arena",
            "functional/<wbr>block_1/<wbr>depthwise/<wbr>Relu<wbr>",
            "<li>A division takes 7 cycles; the manual gives 2 to 12, by the operands.</li>",
        ];
        for text in texts {
            assert!(page.contains(text), "{text}");
        }
        assert_eq!(page.matches("<div class=\"box ").count(), sample_report().arena.len());
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        for report in [sample_report(), sample_of(60)] {
            let page = page(&report);
            assert!(page.contains("default-src 'none'"));
            for address in ["http:", "https:", "src=", "@import", "url(", "xlink"] {
                assert!(!page.contains(address), "{address}");
            }
        }
    }

    #[test]
    fn names_cannot_break_out() {
        let mut report = sample_report();
        let evil = "</script><img onerror=alert(1)>\"'<!--\u{1b}\u{202e}";
        report.model = evil.into();
        report.board = evil.into();
        report.core = evil.into();
        report.counter = evil.into();
        report.program = evil.into();
        report.assumptions[0] = evil.into();
        report.operators[0].name = evil.into();
        report.operators[0].kernel = evil.into();
        report.functions[0].name = evil.into();
        report.arena[0].name = evil.into();
        report.stacks[0].frames[1] = evil.into();
        let page = page(&report);
        let harmless = self::page(&sample_report());
        for mark in ["<img", "<!--", "\u{1b}", "\u{202e}"] {
            assert!(!markup(&page).contains(mark), "{mark:?}");
        }
        for tag in ["<script", "</script>"] {
            assert_eq!(page.matches(tag).count(), harmless.matches(tag).count());
        }
    }

    #[test]
    fn the_whole_report_is_in_the_page() {
        for report in [sample_report(), sample_of(60)] {
            let page = page(&report);
            let (_, rest) = page.split_once("id=\"report\">").expect("JSON");
            let (json, _) = rest.split_once("</script>").expect("its end");
            let embedded: serde_json::Value = serde_json::from_str(json).expect("JSON");
            assert_eq!(embedded, serde_json::to_value(&report).expect("JSON"));
        }
    }

    #[test]
    fn what_a_board_does_not_know_is_left_out() {
        let mut report = sample_report();
        assert!(page(&report).contains("id=\"flame\"") && page(&report).contains("id=\"functions\""));
        report.stacks.clear();
        report.functions.clear();
        report.arena.clear();
        report.latency_us = None;
        let page = page(&report);
        for part in ["id=\"flame\"", "id=\"functions\"", "id=\"memory\"", ">Latency<"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn a_core_without_cycles_says_so() {
        let page = markup(&page(&sample_without_cycles()));
        assert!(page.contains("The cortex-m7f has no model of cycles"));
        for text in ["class=\"n best\"", "class=\"mark\"", "modelled", ">Cycles<"] {
            assert!(!page.contains(text), "{text}");
        }
        assert!(page.contains("below 10 % of the total"));
    }

    #[test]
    fn an_empty_report_is_a_page() {
        let mut report = sample_report();
        report.operators.clear();
        report.functions.clear();
        report.stacks.clear();
        report.arena.clear();
        report.assumptions.clear();
        report.counts.clear();
        (report.cycles, report.instructions) = (Some(0), 0);
        (report.arena_bytes, report.stack_bytes, report.latency_us) = (0, 0, Some(0.0));
        assert!(page(&report).contains("</html>"));
    }
}
