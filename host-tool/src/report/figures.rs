//! Figures as people read them.

/// With thousands separators: `1,234,567`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three significant digits or all digits before the point: `0.0123`, `1.23`, `12.3`, `123`, `1,234`.
pub fn significant(value: f64) -> String {
    let magnitude = value.abs();
    match magnitude {
        _ if !value.is_finite() => "-".to_owned(),
        0.0 => "0".to_owned(),
        // Rounding may reach the next power of ten: 9.996 is 10.0.
        _ if magnitude < 0.000_999_5 => format!("{value:.2e}"),
        _ if magnitude < 0.009_995 => format!("{value:.5}"),
        _ if magnitude < 0.099_95 => format!("{value:.4}"),
        _ if magnitude < 0.999_5 => format!("{value:.3}"),
        _ if magnitude < 9.995 => format!("{value:.2}"),
        _ if magnitude < 99.95 => format!("{value:.1}"),
        _ if magnitude < 999.5 => format!("{value:.0}"),
        _ => grouped(value.round() as u64),
    }
}

/// Two decimals, so that the points stand below each other.
pub fn two_decimals(value: f64) -> String {
    format!("{value:.2}")
}

/// A time given in microseconds: number and unit.
pub fn duration(microseconds: f64) -> (String, &'static str) {
    match microseconds {
        us if us < 999.5 => (significant(us), "µs"),
        us if us < 999_500.0 => (significant(us / 1e3), "ms"),
        us => (significant(us / 1e6), "s"),
    }
}

/// A clock: `80 MHz`, `32.768 kHz`.
pub fn frequency(hz: u64) -> String {
    let (scaled, unit) = match hz {
        1_000_000.. => (hz as f64 / 1e6, "MHz"),
        1_000.. => (hz as f64 / 1e3, "kHz"),
        _ => (hz as f64, "Hz"),
    };
    // All digits that the clock has, and no zeros behind them.
    let number = format!("{scaled:.6}");
    format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
}

/// Bytes in the unit that leaves the fewest digits: `512 B`, `16 KiB`, `1.5 MiB`.
pub fn size(bytes: u64) -> String {
    let scaled = |unit: u64, name: &str| {
        let number = format!("{:.1}", bytes as f64 / unit as f64);
        format!("{} {name}", number.trim_end_matches(".0"))
    };
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => scaled(1024, "KiB"),
        _ => scaled(0x10_0000, "MiB"),
    }
}

/// A share with one decimal: `12.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Part of a whole; 0 of nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The text itself, or its two ends around a `…`: names of one model often differ only near their end.
pub fn shorten(text: &str, width_max: usize) -> String {
    let count = text.chars().count();
    // Converters join the names of what they fused by semicolons; the first is the one that people know.
    if let Some((first, _)) = text.split_once(';').filter(|_| count > width_max) {
        return shorten(&format!("{first}…"), width_max);
    }
    if count <= width_max || width_max < 3 {
        return text.to_owned();
    }
    let head = width_max / 3;
    let tail = width_max - head - 1;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{start}…{end}")
}

/// What all of several names start with, up to and with a `/`; nothing for a single one.
pub fn common_folder<'a>(mut names: impl Iterator<Item = &'a str>) -> &'a str {
    let Some(first) = names.next() else { return "" };
    let mut folder = None;
    for name in names {
        let known = folder.unwrap_or(first);
        let same = known
            .char_indices()
            .zip(name.chars())
            .take_while(|((_, a), b)| a == b)
            .map(|((at, a), _)| at + a.len_utf8());
        let same = known.get(..same.last().unwrap_or(0)).unwrap_or_default();
        folder = Some(same.rfind('/').and_then(|at| same.get(..=at)).unwrap_or_default());
    }
    folder.unwrap_or_default()
}

/// The text with control characters replaced, which names from a model may carry: they would command the terminal, and XML has no
/// place for them.
pub fn printable(text: &str) -> String {
    text.chars().map(|character| if is_unprintable(character) { '\u{FFFD}' } else { character }).collect()
}

/// Control characters, the marks that turn the direction of writing, and what is no character for XML.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
        || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let texts = [0, 999, 1_000, 12_345, 123_456, 1_234_567, u64::MAX].map(grouped);
        assert_eq!(
            texts,
            ["0", "999", "1,000", "12,345", "123,456", "1,234,567", "18,446,744,073,709,551,615"].map(String::from)
        );
    }

    #[test]
    fn three_digits_are_significant() {
        let values = [0.0, 0.000_01, 0.012_34, 0.5, 0.999_6, 1.234, 9.996, 12.34, 99.96, 999.6, 123_456.0];
        let texts = values.map(significant);
        assert_eq!(
            texts,
            ["0", "1.00e-5", "0.0123", "0.500", "1.00", "1.23", "10.0", "12.3", "100", "1,000", "123,456"]
                .map(String::from)
        );
        assert_eq!(significant(f64::NAN), "-");
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(
            [0.5, 999.0, 1_500.0, 2_500_000.0].map(duration),
            [("0.500".to_owned(), "µs"), ("999".to_owned(), "µs"), ("1.50".to_owned(), "ms"), ("2.50".to_owned(), "s")]
        );
        assert_eq!(
            [25_000_000, 32_768, 12, 133_333_333].map(frequency),
            ["25 MHz", "32.768 kHz", "12 Hz", "133.333333 MHz"]
        );
        assert_eq!([0, 1023, 1024, 17_408, 1_572_864].map(size), ["0 B", "1023 B", "1 KiB", "17 KiB", "1.5 MiB"]);
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten("conv", 4), "conv");
        assert_eq!(shorten("model/block_12/conv/Relu", 12), "mode…nv/Relu");
        assert_eq!(shorten("äöüäöüäöü", 5), "ä…äöü");
        assert_eq!(shorten("conv_1/depthwise;model/relu;model/bias", 30), "conv_1/depthwise…");
    }

    #[test]
    fn names_in_one_folder_share_it() {
        assert_eq!(common_folder(["a/b/conv", "a/b/relu", "a/bc"].into_iter()), "a/");
        assert_eq!(common_folder(["a/b", "c"].into_iter()), "");
        assert_eq!(common_folder(["ä/ü", "ä/ö"].into_iter()), "ä/");
        assert_eq!(common_folder(["a/b"].into_iter()), "");
        assert_eq!(common_folder([].into_iter()), "");
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\n\u{202e}c é"), "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c é");
    }

    #[test]
    fn shares_of_nothing_are_nothing() {
        assert_eq!(share(5, 0), 0.0);
        assert_eq!(percent(share(1, 8)), "12.5 %");
    }
}
