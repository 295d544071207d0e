//! The page and the flame graph of a profile, as a browser lays them out: nothing is loaded, no text is cut off, lies over another or
//! cannot be read, and what a reader can click does what it says.

use peacrab::report::profile::*;
use peacrab_tests::announce;
use peacrab_tests::browser::{Browser, Checked, View};

#[path = "../host-tool/src/report/profile/sample.rs"]
mod sample;

use sample::{sample_of, sample_report, sample_without_cycles};

const WIDE: View = View { width: 1280, dark: false };

/// A browser, or a word that there is none.
fn browser(what: &str) -> Option<Browser> {
    let browser = Browser::find();
    if browser.is_none() {
        announce(&format!(
            "SKIPPED: {what}: no Chromium here (Debian: apt-get install --no-install-recommends chromium)"
        ));
    }
    browser
}

/// A report as reports of hardware are: no instructions, no functions, no call stacks, and names that are hard to lay out.
fn measured() -> ProfileReport {
    let mut report = sample_report();
    report.model = "a_model_whose_name_has_no_place_at_which_a_line_could_break_".repeat(4);
    report.board = "nucleo-l4r5zi".into();
    report.cycles_are = Some(CyclesAre::Measured);
    report.instructions = 0;
    report.functions.clear();
    report.stacks.clear();
    report.overhead.instructions = 0;
    for operator in &mut report.operators {
        operator.instructions = 0;
    }
    report.operators[0].name = "x".repeat(300);
    report
}

fn check(browser: &Browser, text: &str, view: View) -> Checked {
    let checked = browser.check(text, view).unwrap_or_else(|error| panic!("{view:?}: {error:#}"));
    assert_eq!((checked.width, checked.dark), (view.width, view.dark), "the browser takes the view");
    checked
}

#[test]
fn pages_are_laid_out_well_at_every_width() {
    let Some(browser) = browser("the layout of a profile's page") else { return };
    let reports = [sample_report(), sample_without_cycles(), sample_of(60), sample_of(1), measured()];
    for (number, report) in reports.iter().enumerate() {
        let page = render_html(report).expect("a page");
        for (width, dark) in [(1600, true), (1280, false), (900, true), (500, false)] {
            let view = View { width, dark };
            let checked = check(&browser, &page, view);
            assert_eq!(checked.faults, Vec::<String>::new(), "report {number}, {view:?}");
            assert_eq!(checked.operators, report.operators.len());
            assert_eq!(checked.boxes, report.arena.len());
            assert_eq!(checked.frames > 3, !report.stacks.is_empty());
            assert_eq!(checked.model.as_ref(), Some(&report.model));
            assert!(checked.lines > 30, "report {number}: {} lines of text", checked.lines);
        }
    }
}

#[test]
fn pages_are_whole_without_scripts() {
    let Some(browser) = browser("a profile's page without its script") else { return };
    let page = render_html(&sample_report()).expect("a page");
    let start = page.rfind("<script>").expect("a script");
    let end = page.rfind("</script>").expect("its end");
    let page = format!("{}{}", &page[..start], &page[end + "</script>".len()..]);
    for width in [1280, 500] {
        let checked = check(&browser, &page, View { width, dark: false });
        assert_eq!(checked.faults, Vec::<String>::new(), "{width}");
        assert!(checked.operators == 12 && checked.frames > 12);
    }
}

#[test]
fn flame_graphs_are_laid_out_well() {
    let Some(browser) = browser("the layout of a flame graph") else { return };
    for report in [sample_report(), sample_without_cycles(), sample_of(60), sample_of(1)] {
        let svg = render_flame(&report).expect("a flame graph");
        for (width, dark) in [(1280, false), (800, true)] {
            let view = View { width, dark };
            let checked = check(&browser, &svg, view);
            assert_eq!(checked.faults, Vec::<String>::new(), "{view:?}");
            assert!(checked.frames > 3 && checked.lines > 3);
        }
    }
}

#[test]
fn the_checks_see_what_is_wrong() {
    let Some(browser) = browser("the checks of a profile's page") else { return };
    let page = render_html(&sample_report()).expect("a page");
    let spoilt = |style: &str| page.replacen("</style>", &format!("{style}</style>"), 1);
    let cases = [
        (spoilt(".tile .value { white-space: nowrap; font-size: 90px }"), "beside its box"),
        (spoilt(".kernel { margin-top: -1em }"), "overlap"),
        (spoilt(".lead { color: #ddd }"), "contrast"),
        (spoilt("main { max-width: none; width: 2000px }"), "wider than its window"),
        (spoilt("h2 { overflow: hidden; width: 20px; white-space: nowrap }"), "cut off"),
        (page.replacen("<main>", "<main><img src=\"https://example.invalid/x.png\">", 1), "policy"),
        (page.replacen("body.append", "body.nothing", 1), "is not a function"),
    ];
    for (page, fault) in cases {
        let checked = check(&browser, &page, WIDE);
        assert!(checked.faults.iter().any(|found| found.contains(fault)), "{fault}: {:?}", checked.faults);
    }
}
