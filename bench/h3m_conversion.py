"""Converts a synthetic Human3.6M folder, against bare reading of the same CDF files.

`--sequences 30 --frames 3000` is the size of the real one (4 GB, and 1.5 GB of cache).
"""

import argparse
import os
import resource
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


def make_tree(root, n_sequences, n_frames, dtype):
    from tests.h3m_tree import write_sequence

    actions = ("Directions", "Discussion", "Eating", "Greeting", "Phoning", "Posing", "Walking")
    for subject in SUBJECTS:
        for i in range(n_sequences):
            name = f"{actions[i % len(actions)]} {i // len(actions) + 1}"
            write_sequence(root, subject, name, n_frames, dtype=dtype, seed=i)


def bare_reading(root):
    from human_pose_util.spacepy_cdf import load_pycdf

    pycdf = load_pycdf()
    paths = sorted(Path(root).rglob("*.cdf"))
    start = time.perf_counter()
    for path in paths:
        with pycdf.CDF(str(path)) as cdf:
            cdf["Pose"][0]
    return time.perf_counter() - start


def conversion(root, cache):
    os.environ["POSE_CACHE"] = str(cache)
    from human_pose_util.dataset import h3m

    start = time.perf_counter()
    h3m.load(root)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    dataset = h3m.load(root)
    again = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds, again, peak, len(dataset)


def in_fresh_process(function, *args):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args).result()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=8, help="per subject (7 subjects)")
    parser.add_argument("--frames", type=int, default=3000, help="per sequence")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "data")
        make_tree(root, args.sequences, args.frames, np.dtype(args.dtype))
        in_fresh_process(bare_reading, root)  # fills the page cache
        os.sync()
        for i in range(args.repeats):
            bare = in_fresh_process(bare_reading, root)
            seconds, again, peak, n_views = in_fresh_process(
                conversion, root, Path(folder, f"cache{i}")
            )
            print(
                f"{n_views} views: conversion {seconds:.2f} s, bare reading {bare:.2f} s, "
                f"ratio {seconds / bare:.2f}, peak RSS {peak:.0f} MB, second load {again:.3f} s"
            )


if __name__ == "__main__":
    main()
