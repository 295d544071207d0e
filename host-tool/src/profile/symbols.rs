//! Addresses to functions, by the image's symbols and line tables.

use std::collections::HashMap;
use std::io::Write as _;

use addr2line::Loader;
use miette::Diagnostic;
use thiserror::Error;

/// Why there are no symbols.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum SymbolError {
    /// The image cannot be written to where its reader wants it.
    #[error("cannot write the image to a temporary file")]
    #[diagnostic(
        code(symbols::file),
        help("check the space and permissions of the folder for temporary files (TMPDIR)")
    )]
    File(#[from] std::io::Error),
    /// The symbols cannot be read.
    #[error("the image's symbols cannot be read: {message}")]
    #[diagnostic(
        code(symbols::unreadable),
        help("delete the cached runner (`peacrab doctor` says where): it is built again")
    )]
    Unreadable {
        /// The reader's words.
        message: String,
    },
}

/// The functions of an image.
pub struct Symbols {
    loader: Loader,
    known: HashMap<u64, Vec<String>>,
}

impl Symbols {
    /// Reads the symbols of an ELF.
    pub fn read(elf: &[u8]) -> Result<Self, SymbolError> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(elf)?;
        let loader =
            Loader::new(file.path()).map_err(|error| SymbolError::Unreadable { message: error.to_string() })?;
        Ok(Self { loader, known: HashMap::new() })
    }

    /// The function that an instruction belongs to, then the functions inlined there, outermost first. Never empty.
    pub fn frames(&mut self, address: u64) -> &[String] {
        let loader = &self.loader;
        self.known.entry(address).or_insert_with(|| frames(loader, address))
    }
}

fn frames(loader: &Loader, address: u64) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(mut frames) = loader.find_frames(address) {
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.and_then(|function| function.demangle().ok().map(|name| shorten(&name)));
            names.extend(name);
        }
    }
    names.reverse();
    if names.is_empty() {
        // Assembly has symbols alone.
        names.push(loader.find_symbol(address).map_or_else(|| format!("{address:#x}"), shorten_symbol));
    }
    names
}

/// A symbol, demangled where it is Rust's.
fn shorten_symbol(symbol: &str) -> String {
    shorten(&addr2line::demangle_auto(symbol.into(), None))
}

/// Without the hash that Rust ends its symbols with.
fn shorten(name: &str) -> String {
    let is_hash =
        |tail: &str| tail.len() == 17 && tail.starts_with('h') && tail[1..].chars().all(|c| c.is_ascii_hexdigit());
    match name.rsplit_once("::") {
        Some((head, tail)) if is_hash(tail) => head.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_left_out() {
        assert_eq!(shorten("peacrab_kernels::add::run::h0123456789abcdef"), "peacrab_kernels::add::run");
        assert_eq!(shorten("peacrab_kernels::add::run"), "peacrab_kernels::add::run");
        assert_eq!(shorten("<a::B as c::D>::run"), "<a::B as c::D>::run");
    }
}
