//! A headless browser that loads one file and says how it is laid out.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Nothing but the page itself: no sandbox because tests may run as root, no look at the network, no first-run page.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
];

/// A browser that has not answered by then will not.
const PATIENCE: Duration = Duration::from_secs(90);

/// How the reader looks at the page.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Width of the window. Chromium makes none below 500.
    pub width: u32,
    /// Whether the reader prefers dark surroundings.
    pub dark: bool,
}

/// What the browser found.
#[derive(Debug, Deserialize)]
pub struct Checked {
    /// Width of the window.
    pub width: u32,
    /// Whether the page was drawn for dark surroundings.
    pub dark: bool,
    /// Lines of text that can be seen.
    pub lines: usize,
    /// Rows of the table of operators.
    pub operators: usize,
    /// Boxes in the map of the memory.
    pub boxes: usize,
    /// Frames of the flame graph.
    pub frames: usize,
    /// The model's name in the embedded JSON.
    pub model: Option<String>,
    /// What is wrong, in words.
    pub faults: Vec<String>,
}

/// An installed browser.
pub struct Browser(&'static str);

impl Browser {
    /// The first that starts.
    pub fn find() -> Option<Self> {
        let starts = |name: &&str| {
            let mut command = Command::new(name);
            let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        NAMES.into_iter().find(starts).map(Browser)
    }

    /// Loads an HTML page or an SVG drawing with the checks put into it.
    ///
    /// # Errors
    ///
    /// Where the browser fails, or never comes to the checks.
    pub fn check(&self, text: &str, view: View) -> anyhow::Result<Checked> {
        let folder = tempfile::tempdir()?;
        let is_svg = text.starts_with("<?xml");
        let file = folder.path().join(if is_svg { "page.svg" } else { "page.html" });
        std::fs::write(&file, with_checks(text, is_svg)?)?;
        let document = self.dump(folder.path(), &file, view)?;
        let Some((_, rest)) = document.split_once("id=\"checked\">") else {
            let broken = document.split("data-broken=\"").nth(1).and_then(|rest| rest.split('"').next());
            bail!("the checks did not end: {}", broken.unwrap_or("without a word"));
        };
        let json = rest.split('<').next().unwrap_or_default();
        serde_json::from_str(json).with_context(|| format!("not what the checks write: {json}"))
    }

    fn dump(&self, folder: &Path, file: &Path, view: View) -> anyhow::Result<String> {
        let output = folder.join("document");
        let mut command = Command::new(self.0);
        command.args(FLAGS).arg(format!("--user-data-dir={}", folder.join("browser").display()));
        command.arg(format!("--window-size={},900", view.width));
        command.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!view.dark)));
        command.arg("--dump-dom").arg(format!("file://{}", file.display()));
        command.stdout(std::fs::File::create(&output)?).stderr(Stdio::null()).stdin(Stdio::null());
        let mut browser = command.spawn().context("the browser does not start")?;
        let start = Instant::now();
        let status = loop {
            match browser.try_wait()? {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => {
                    browser.kill()?;
                    bail!("the browser did not answer within {PATIENCE:?}");
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        if !status.success() {
            bail!("the browser failed ({status})");
        }
        Ok(String::from_utf8_lossy(&std::fs::read(output)?).into_owned())
    }
}

/// The text with a script before everything else and one behind everything.
fn with_checks(text: &str, is_svg: bool) -> anyhow::Result<String> {
    let (watch, check) = (include_str!("watch.js"), include_str!("check.js"));
    let (start, end) = if is_svg { ("</defs>", "</svg>") } else { ("<meta charset=\"utf-8\">", "</body>") };
    let script = |code: &str| match is_svg {
        true => format!("<script><![CDATA[{code}]]></script>"),
        false => format!("<script>{code}</script>"),
    };
    let (before, rest) = text.split_once(start).context("no start to put a check at")?;
    let (middle, after) = rest.rsplit_once(end).context("no end to put a check at")?;
    Ok(format!("{before}{start}{}{middle}{}{end}{after}", script(watch), script(check)))
}
