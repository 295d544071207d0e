//! Fixed-point graph and plan to the bytes of a program (`.pea`).
