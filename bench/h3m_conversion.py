"""Measures the conversion of a synthetic Human3.6M folder, and bare reading of its CDF files.

`--sequences 30 --frames 3000` is the size of the real data: 2 GB in float32, 1.5 GB of cache.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SUBJECTS = ("S1", "S5", "S6", "S7", "S8", "S9", "S11")
ACTIONS = ("Directions", "Discussion", "Eating", "Greeting", "Phoning", "Posing", "Walking")


def make_tree(root, n_sequences, n_frames, dtype):
    from tests.helpers.h3m_tree import write_sequence

    for subject in SUBJECTS:
        for i in range(n_sequences):
            name = f"{ACTIONS[i % len(ACTIONS)]} {i // len(ACTIONS) + 1}"
            write_sequence(root, subject, name, n_frames, dtype=dtype, seed=i)


def bare_reading(root):
    from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf

    pycdf = load_pycdf()
    paths = sorted(root.rglob("*.cdf"))
    start = time.perf_counter()
    for path in paths:
        with pycdf.CDF(str(path)) as cdf:
            cdf["Pose"][0]
    return time.perf_counter() - start


def conversion(root, cache):
    os.environ["POSE_CACHE"] = str(cache)
    from human_pose_util.dataset import h3m

    start = time.perf_counter()
    n_views = len(h3m.load(root))
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    h3m.load(root)
    again = time.perf_counter() - start
    usage = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = sum(u.ru_maxrss for u in usage) / 1024
    return n_views, seconds, again, peak


def settle(root, cold):
    """Wait for the disk; then read the CDF files into memory, or remove them from it if `cold`."""
    os.sync()
    for path in root.rglob("*.cdf"):
        with path.open("rb") as file:
            if cold:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            else:
                file.read()


def in_fresh_process(function, *args):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args).result()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=8, help="per subject (7 subjects)")
    parser.add_argument("--frames", type=int, default=3000, help="per sequence")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="CDF files not in memory")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder, "data"), Path(folder, "cache")
        make_tree(root, args.sequences, args.frames, np.dtype(args.dtype))
        for _ in range(args.repeats):
            settle(root, args.cold)
            bare = in_fresh_process(bare_reading, root)
            settle(root, args.cold)
            n_views, seconds, again, peak = in_fresh_process(conversion, root, cache)
            shutil.rmtree(cache)
            print(
                f"{n_views} views: conversion {seconds:.2f} s, bare reading {bare:.2f} s, "
                f"ratio {seconds / bare:.2f}, peak RSS {peak:.0f} MB, second load {again:.3f} s"
            )


if __name__ == "__main__":
    main()
