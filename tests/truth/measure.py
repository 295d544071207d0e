"""Runs an image under the cycle plugin and tells what lies between its symbols `mark_begin` and `mark_end`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from elftools.elf.elffile import ELFFile

PLUGIN = os.environ.get("PLUGIN") or Path(__file__).resolve().parents[2] / "target/plugin/libpeacrab_cycles_plugin.so"
FLASH = ["flash 0 4194304"]
ZERO_WAIT_STATES = FLASH
L4R5 = FLASH + ["wait_states 5", "line_bytes 8", "instruction_cache_lines 128", "data_cache_lines 32"]


def marks(elf):
    with open(elf, "rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab")
        for kind, prefix in ((1, "mark_begin"), (2, "mark_end")):
            for symbol in symbols.iter_symbols():
                if symbol.name.startswith(prefix):
                    yield f"mark {symbol['st_value'] & ~1} {kind}"


def run(elf, memory, core="cortex-m4f", extra=(), machine="mps2-an386"):
    """Instructions and cycles of each inference, and the counts of each address over all of them."""
    with tempfile.TemporaryDirectory() as folder:
        output, settings = Path(folder, "out"), Path(folder, "settings")
        lines = [f"output {output}", "architecture thumb", f"core {core}", *memory, *extra, *marks(elf)]
        settings.write_text("\n".join(lines) + "\n")
        command = ["qemu-system-arm", "-machine", machine, "-nographic", "-monitor", "none", "-serial", "none"]
        command += ["-icount", "shift=0", "-semihosting-config", "enable=on,target=native", "-kernel", str(elf)]
        command += ["-plugin", f"{PLUGIN},settings={settings}"]
        status = subprocess.run(command, check=False).returncode
        if status:
            sys.exit(f"{elf} ended with {status}")
        inferences, addresses, begin = [], [], None
        for line in output.read_text().splitlines():
            word, *values = line.split()
            if word == "event":
                kind, instructions, cycles = map(int, values)
                if kind == 1:
                    begin = instructions, cycles
                else:
                    inferences.append((instructions - begin[0], cycles - begin[1]))
            elif word == "address":
                addresses.append(tuple(values))
            elif word == "unknown" or (word == "lost" and values != ["0"]):
                sys.exit(f"{elf}: {line}")
    return inferences, addresses


if __name__ == "__main__":
    for name, memory in (("0WS", ZERO_WAIT_STATES), ("L4R5", L4R5)):
        inferences, _ = run(sys.argv[1], memory, *sys.argv[2:])
        first, last = inferences[0], inferences[-1]
        print(f"{name}: {len(inferences)} inferences, first {first}, last {last}")
