//! The results file: what the meter counted. One fact a line; the last line is `end`, so that a file that was cut off is noticed.

use std::fmt::Write as _;

use peacrab_cycles_model::Meter;

/// The file's text.
pub fn text(meter: &mut Meter) -> String {
    let mut text = String::from("peacrab-cycles 1\n");
    // Writing to a string does not fail.
    for event in meter.events() {
        let _ = writeln!(text, "event {} {} {}", event.mark.number(), event.instructions, event.cycles);
    }
    for counted in meter.addresses() {
        let operator = counted.operator.map_or_else(|| "-".to_owned(), |operator| operator.to_string());
        let _ = writeln!(text, "address {operator} {} {} {}", counted.address, counted.count, counted.cycles);
    }
    for address in meter.unknown() {
        let _ = writeln!(text, "unknown {address}");
    }
    let _ = writeln!(text, "lost {}", meter.lost());
    text.push_str("end\n");
    text
}
