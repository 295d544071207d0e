//! Boards, image assembly, QEMU and telemetry.
