//! What commands print: JSON is the source, terminal tables are rendered from it.
