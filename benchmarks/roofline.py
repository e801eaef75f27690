"""What this machine can do at most: fp32 and bf16 products, multiply-adds from registers, reading
the second-level cache, and copying memory.

Beside it, where benchmarks/results has them, the speed our kernels reached, as a share of the fastest product
measured here. Products are those of NumPy's and torch's libraries; the bare instructions are a loop of a dozen
independent ones, compiled by whatever ``c++`` is there, at the highest share of the clock the machine then gave.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from record import RESULTS, spread
from sidebyside import Figures, conditions, finish, parser

SIZE = 1024
COPIED = 256 * 2**20
SECONDS = 1.0

# Twelve accumulators hide the latency of the instruction.
_LOOP = r"""
#include <immintrin.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>
static double run() {
    const __m512 one = _mm512_set1_ps(1.0f);
    OPERANDS
    SUMS
    const long turns = 20000000;
    const auto began = std::chrono::steady_clock::now();
    for (long n = 0; n < turns; ++n) {
        BODY
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    return turns * 12.0 * FLOPS / seconds.count() / 1e9;
}
int main(int, char** arguments) {
    const int threads = std::atoi(arguments[1]);
    std::vector<double> rates(threads);
    std::vector<std::thread> team;
    for (auto& rate : rates) team.emplace_back([&rate] { rate = run(); });
    for (auto& member : team) member.join();
    double all = 0;
    for (double rate : rates) all += rate;
    std::printf("%f\n", all);
}
"""
# Reads 256 KB, the recurrent weights of 128 units, again and again, as the walk over a single text does.
_READ = r"""
#include <immintrin.h>
#include <chrono>
#include <cstdio>
#include <vector>
int main() {
    const long floats = 65536, turns = 100000;
    std::vector<float> weights(floats, 1.0f);
    __m512 sums[4] = {};
    const auto began = std::chrono::steady_clock::now();
    for (long n = 0; n < turns; ++n) {
        for (long i = 0; i < floats; i += 64) {
            #pragma GCC unroll 4
            for (int v = 0; v < 4; ++v) sums[v] = _mm512_add_ps(sums[v], _mm512_loadu_ps(&weights[i + 16 * v]));
        }
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    volatile float kept = _mm512_reduce_add_ps(sums[0] + sums[1] + sums[2] + sums[3]);
    (void)kept;
    std::printf("%f\n", turns * 4.0 * floats / seconds.count() / 1e9);
}
"""
_INSTRUCTIONS = {
    "avx512 fma": ("-mavx512f", "", "_mm512_fmadd_ps(one, one, {sum})", 32),
    "avx512 bf16 dot": (
        "-mavx512bf16",
        "const __m512bh pair = _mm512_cvtne2ps_pbh(one, one);",
        "_mm512_dpbf16_ps({sum}, pair, pair)",
        64,
    ),
}


def repeated(run: Callable[[], object], work: float) -> list[float]:
    """Work a second of every repetition within a second, after one that does not count; in billions."""
    run()
    rates, ends = [], time.perf_counter() + SECONDS
    while time.perf_counter() < ends:
        began = time.perf_counter()
        run()
        rates.append(work / (time.perf_counter() - began) / 1e9)
    return rates


def numpy_product() -> list[float]:
    """fp32 product of NumPy's BLAS, in a process whose threads are set by the environment."""
    import numpy as np

    a, b = np.random.default_rng(0).random((2, SIZE, SIZE), dtype=np.float32)
    out = np.empty_like(a)
    return repeated(lambda: np.matmul(a, b, out=out), 2 * SIZE**3)


def torch_product(kind: str) -> list[float]:
    """Product of torch's library."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    a, b = torch.rand(2, SIZE, SIZE).to(getattr(torch, kind))
    return repeated(lambda: a @ b, 2 * SIZE**3)


def copy() -> list[float]:
    """Gigabytes a second written by copying a block to another; as many are read."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    source = torch.zeros(COPIED // 4)
    target = torch.zeros_like(source)
    return repeated(lambda: target.copy_(source), COPIED)


PROBES: dict[str, Callable[[], list[float]]] = {
    "numpy fp32 product, GF/s": numpy_product,
    "torch fp32 product, GF/s": lambda: torch_product("float32"),
    "torch bf16 product, GF/s": lambda: torch_product("bfloat16"),
    "memory copied, GB/s": copy,
}


def probe(name: str, threads: int) -> list[float]:
    """Run one probe in a process of its own."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    command = [sys.executable, __file__, "--probe", name]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment).stdout
    rates: list[float] = json.loads(answer)
    return rates


def bare_instructions(name: str, threads: list[int]) -> Figures:
    """GF/s of a loop of one instruction, by threads; why not, where there is no compiler or no such instruction."""
    flag, operands, instruction, flops = _INSTRUCTIONS[name]
    sums = [f"s{number}" for number in range(12)]
    # The empty asm keeps the compiler from folding the loop.
    body = " ".join(f'{one} = {instruction.format(sum=one)}; asm volatile("" : "+v"({one}));' for one in sums)
    code = _LOOP.replace("OPERANDS", operands).replace("BODY", body).replace("FLOPS", str(flops))
    code = code.replace("SUMS", " ".join(f"__m512 {one} = _mm512_setzero_ps();" for one in sums))
    return run_compiled(code, flag, [[str(number)] for number in threads])


def run_compiled(code: str, flag: str, calls: list[list[str]]) -> Figures:
    """What a C++ program prints, by its arguments, three times each; why not, where it cannot be had."""
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        return {"not measured": "no C++ compiler"}
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "loop.cpp", Path(folder) / "loop"
        source.write_text(code, encoding="utf-8")
        built = subprocess.run(
            [compiler, "-O2", flag, "-pthread", str(source), "-o", str(program)], capture_output=True
        )
        if built.returncode:
            return {"not measured": f"the compiler does not know {flag}"}
        found: Figures = {}
        for arguments in calls:
            runs = [subprocess.run([str(program), *arguments], capture_output=True, text=True) for _ in range(3)]
            if any(run.returncode for run in runs):
                return {"not measured": "this processor does not have it"}
            found[" ".join(arguments) or "1"] = spread([float(run.stdout) for run in runs])
        return found


def shares(peaks: dict[str, float]) -> Figures:
    """Speed of our training steps, where they were measured, as a share of the peak of their number of threads."""
    path = RESULTS / "lstm_training_step.json"
    if not path.exists():
        return {}
    found: Figures = {}
    for case in json.loads(path.read_text(encoding="utf-8"))["memory_as_it_comes"]:
        shape = str(tuple(case["batch_time_inputs_hidden"]))
        for way, rate in case["gigaflops_per_second"].items():
            kind = "bf16" if "bf16" in way else "fp32"
            peak = peaks.get(f"{kind}, {way.split(', ')[-1].split()[0]}")
            if peak:
                found.setdefault(shape, {})[way] = round(rate / peak, 3)
    return found


def main() -> None:
    """All probes, each with every number of threads."""
    own = parser(__doc__, rounds=3)
    own.add_argument("--probe", choices=list(PROBES), help=argparse.SUPPRESS)
    options = own.parse_args()
    if options.probe:
        print(json.dumps(PROBES[options.probe]()))
        return
    figures = conditions(options)
    peaks: dict[str, float] = {}
    for name in PROBES:
        for threads in options.threads:
            rates = [rate for _ in range(options.rounds) for rate in probe(name, threads)]
            figures.setdefault(name, {})[str(threads)] = spread(rates)
            print(f"  {name:28} {threads} threads: {max(rates):8.1f}", flush=True)
            for kind in ("fp32", "bf16"):
                if kind in name:
                    key = f"{kind}, {threads}"
                    peaks[key] = max(peaks.get(key, 0.0), *rates)
    for name in _INSTRUCTIONS:
        figures[f"{name}, GF/s"] = bare_instructions(name, options.threads)
        print(f"  {name:28} {figures[f'{name}, GF/s']}", flush=True)
    figures["256 KB read again and again, GB/s"] = run_compiled(_READ, "-mavx512f", [[]])
    print(f"  {'256 KB read':28} {figures['256 KB read again and again, GB/s']}", flush=True)
    figures["share_of_fastest_product_of_training_steps"] = shares(peaks)
    finish("roofline", options, figures)


if __name__ == "__main__":
    main()
