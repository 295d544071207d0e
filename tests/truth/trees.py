"""Random forests by emlearn, m2cgen and micromlgen: builds them for the Cortex-M4 and measures them under the cycle plugin."""

import argparse
import subprocess
from pathlib import Path

import emlearn
import m2cgen
import micromlgen
import numpy as np
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier

import measure

HERE = Path(__file__).parent
FLAGS = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-ffunction-sections", "-fdata-sections"]
LINK = ["-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-T", str(HERE / "link.ld")]
# Features become int16 by these factors; the peers do not say theirs. With these the instruction counts come nearest.
SCALE = {"iris": 100, "digits": 100}
SAMPLES = 50

# What the peers' table says: instructions, cycles.
PEERS = {
    ("iris", "emlearn inline int16"): (648, 849),
    ("iris", "emlearn inline float"): (1674, 2168),
    ("iris", "emlearn loadable int16"): (4674, 6318),
    ("iris", "micromlgen"): (1319, 1798),
    ("iris", "m2cgen"): (27805, 39921),
    ("digits", "emlearn inline int16"): (3922, 5941),
    ("digits", "emlearn inline float"): (5425, 7529),
    ("digits", "emlearn loadable int16"): (10938, 14403),
    ("digits", "micromlgen"): (4720, 6695),
}
PEERS_L4R5 = {
    ("iris", "emlearn inline int16"): 2267,
    ("digits", "emlearn inline int16"): 14005,
    ("digits", "emlearn loadable int16"): 22399,
}


def sources(forest):
    """Back end, suffix, source with `predict`, type of a feature."""
    for method, dtype in (("inline", "int16_t"), ("inline", "float"), ("loadable", "int16_t")):
        code = emlearn.convert(forest, method=method, dtype=dtype).save(name="forest", include_proba=False)
        code += f"\nint predict(const {dtype} *x) {{ return forest_predict(x, FEATURES); }}\n"
        yield f"emlearn {method} {dtype.removesuffix('_t')}", "c", code, dtype
    code = "#include <cstdint>\n" + micromlgen.port(forest).replace("#pragma once", "")
    code += '\nstatic Eloquent::ML::Port::RandomForest forest;\nextern "C" int predict(const float *x) { return forest.predict((float *)x); }\n'
    yield "micromlgen", "cpp", code, "float"
    code = m2cgen.export_to_c(forest)
    code += """
int predict(const double *x)
{
    double votes[CLASSES];
    score((double *)x, votes);
    int best = 0;
    for (int i = 1; i < CLASSES; i++)
        if (votes[i] > votes[best])
            best = i;
    return best;
}
"""
    yield "m2cgen", "c", code, "double"


MAIN = """
#include <stdint.h>
typedef {dtype} Feature;
extern {linkage} int predict(const Feature *x);
static const int16_t samples[{count}][{features}] = {{ {samples} }};
static const uint8_t expected[{count}] = {{ {expected} }};
static Feature x[{features}];
volatile int sink;
int main(void)
{{
    int wrong = 0;
    for (int i = 0; i < {count}; i++) {{
        {load}
        __asm volatile("mark_begin:" : : : "memory");
        int found = predict({x});
        __asm volatile("mark_end:" : "+r"(found) : : "memory");
        wrong += found != expected[i];
    }}
    return wrong;
}}
"""


def build(folder, suffix, code, dtype, x, y, features, classes):
    folder.mkdir(parents=True, exist_ok=True)
    values = ", ".join(str(value) for value in x.ravel())
    labels = ", ".join(str(value) for value in y)
    # Samples of int16 are read where they lie, in flash; others are made of them first.
    direct = dtype == "int16_t"
    load = "" if direct else f"for (int j = 0; j < {features}; j++) x[j] = samples[i][j];"
    text = MAIN.format(load=load, x="samples[i]" if direct else "x", dtype=dtype, linkage="", count=len(x), features=features, samples=values, expected=labels)
    (folder / "main.c").write_text(text)
    (folder / f"forest.{suffix}").write_text(code)
    headers = ["-I", str(Path(emlearn.__file__).parent), f"-DFEATURES={features}", f"-DCLASSES={classes}"]
    objects = []
    for source in (HERE / "startup.c", folder / "main.c", folder / f"forest.{suffix}"):
        compiler = "arm-none-eabi-g++" if source.suffix == ".cpp" else "arm-none-eabi-gcc"
        target = folder / f"{source.stem}.o"
        more = ["-fno-exceptions", "-fno-rtti"] if source.suffix == ".cpp" else []
        subprocess.run([compiler, *FLAGS, *more, "-O2", *headers, "-c", str(source), "-o", str(target)], check=True)
        objects.append(str(target))
    elf = folder / "image.elf"
    subprocess.run(["arm-none-eabi-gcc", *FLAGS, *LINK, *objects, "-lm", "-o", str(elf)], check=True)
    return elf


def mean(inferences, index):
    return sum(inference[index] for inference in inferences) / len(inferences)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build"))
    out = parser.parse_args().out
    for name, load in (("iris", load_iris), ("digits", load_digits)):
        x, y = load(return_X_y=True)
        x = np.round(x * SCALE[name]).astype(np.int16)
        forest = RandomForestClassifier(100, random_state=0).fit(x, y)
        picked = np.arange(SAMPLES) * (len(x) // SAMPLES)
        labels = forest.predict(x[picked])
        for back_end, suffix, code, dtype in sources(forest):
            if (name, back_end) not in PEERS:
                continue
            folder = out / name / back_end.replace(" ", "-")
            elf = build(folder, suffix, code, dtype, x[picked], labels, x.shape[1], len(set(y)))
            inferences, _ = measure.run(elf, measure.ZERO_WAIT_STATES)
            instructions, cycles = mean(inferences, 0), mean(inferences, 1)
            theirs = PEERS[name, back_end]
            slow = ""
            if (name, back_end) in PEERS_L4R5:
                waiting, expected = mean(measure.run(elf, measure.L4R5)[0], 1), PEERS_L4R5[name, back_end]
                slow = f" | L4R5 {waiting:.0f} theirs {expected} {waiting / expected:.4f}"
            print(f"{name} {back_end}: instructions {instructions:.1f} theirs {theirs[0]} {instructions / theirs[0]:.4f} | "
                  f"cycles {cycles:.1f} theirs {theirs[1]} {cycles / theirs[1]:.4f} | cycles per instruction {cycles / instructions:.4f} "
                  f"theirs {theirs[1] / theirs[0]:.4f}{slow}", flush=True)


if __name__ == "__main__":
    main()
