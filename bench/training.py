"""Training speed of the paper's GAN, side by side in one run.

    python bench/training.py

A step is five updates of the critic and one of the generator ("big" networks, 24 joints, batches of
128 poses). Rates are medians over rounds in which every contender has its turn. "TF1" is a graph of
TensorFlow 1 with one session call for each update, which is how the original trained. "matrix
products" are the matrix products of a step alone, in NumPy: no training can do without them. Poses
are random numbers, because their values do not matter for the speed.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

import itertools

from command_line import Parser, run, start_tensorflow
from gan.params import load_gan_params

GAN_ID, N_POSES, MEMBERS = "mocap_big", 20_000, 8


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="rounds of every contender (default: 5)"
    )
    args = parser.parse_args()
    start_tensorflow()
    params = load_gan_params(GAN_ID)
    few, poses, many = (_random_poses(n) for n in (N_POSES // 10, N_POSES, 10 * N_POSES))
    contenders = {
        "TF1: a session call per update": (session_steps(params, poses), 1),
        "ours, without XLA": (our_steps(params, poses, jit=False), 1),
        "ours": (our_steps(params, poses), 1),
        f"ours, {len(few)} poses instead of {N_POSES}": (our_steps(params, few), 1),
        f"ours, {len(many)} poses": (our_steps(params, many), 1),
        f"ours, {MEMBERS} GANs at once": (our_steps(params, poses, members=MEMBERS), MEMBERS),
        "matrix products in NumPy": (products(params), 1),
    }
    rates = {name: [] for name in contenders}
    for _ in range(args.rounds):
        for name, (steps, _) in contenders.items():
            rates[name].append(steps())
    reference, bare = (np.median(rates[name]) for name in (next(iter(rates)), list(rates)[-1]))
    print(f"{'':40}{'steps/s':>9}{'times TF1':>11}{'of the products':>17}")
    for name, (_, members) in contenders.items():
        rate = np.median(rates[name]) * members
        print(f"{name:40}{rate:9.0f}{rate / reference:11.2f}{100 * rate / bare:15.0f} %")
    alone, together = (np.median(rates[name]) for name in ("ours", f"ours, {MEMBERS} GANs at once"))
    print(f"\n{MEMBERS} GANs take {alone / together:.1f} times as long as one")


def _random_poses(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 24, 3)).astype(np.float32)


def our_steps(params, poses: np.ndarray, jit: bool = True, members: int = 0) -> Callable[[], float]:
    """A function that measures steps/s of our training, the drawing of batches included.

    Args:
        params: the parameters of the GAN.
        poses: [n_poses, 24, 3] the poses that it learns.
        jit: compile the loop with XLA.
        members: the number of GANs that are trained at once; 0 for one GAN without a population.
    """
    import tensorflow as tf

    from gan.training.gan_trainer import BLOCK, GanTrainer
    from human_pose_util.registry import get_skeleton

    population = [params.model_copy(update={"seed": k}) for k in range(members)] or None
    trainer, data = GanTrainer(params, get_skeleton("s24"), jit, population), tf.constant(poses)
    trainer.train(data, BLOCK)  # compiles

    def steps() -> float:
        began = time.perf_counter()
        for _ in range(2):
            trainer.train(data, 10**9)
        return 2 * BLOCK / (time.perf_counter() - began)

    return steps


def session_steps(params, poses: np.ndarray, n: int = 100) -> Callable[[], float]:
    """A function that measures steps/s of the same training in a graph of TensorFlow 1."""
    import tensorflow.compat.v1 as tf

    graph = tf.Graph()
    with graph.as_default():
        data = tf.get_variable("poses", initializer=poses.reshape(len(poses), -1), trainable=False)

        def network(x, name, sizes):
            with tf.variable_scope(name, reuse=tf.AUTO_REUSE):
                for i, size in enumerate(sizes):
                    w = tf.get_variable(f"w{i}", [x.shape[1], size])
                    b = tf.get_variable(f"b{i}", [size], initializer=tf.zeros_initializer())
                    x = x @ w + b
                    x = x if i == len(sizes) - 1 else tf.nn.relu(x)
            return x

        rows = tf.random.uniform([params.batch_size], 0, len(poses), dtype=tf.int32)
        real = tf.gather(data, rows)
        z = tf.random.normal([params.batch_size, params.n_z])
        fake = network(z, "generator", [*params.n_g, real.shape[1]])
        logits = [network(x, "critic", [*params.n_c, 1]) for x in (real, fake)]
        critic_loss = tf.reduce_mean(logits[1]) - tf.reduce_mean(logits[0])
        generator_loss = -tf.reduce_mean(logits[1])
        variables = [
            [v for v in tf.trainable_variables() if v.name.startswith(name)]
            for name in ("critic", "generator")
        ]
        updates = [
            tf.train.RMSPropOptimizer(params.learning_rate).minimize(loss, var_list=own)
            for loss, own in zip((critic_loss, generator_loss), variables, strict=True)
        ]
        clip = params.discriminator_clip_val
        with tf.control_dependencies([updates[0]]):
            clipped = tf.group(*(v.assign(tf.clip_by_value(v, -clip, clip)) for v in variables[0]))
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())

    def steps() -> float:
        began = time.perf_counter()
        for _ in range(n):
            for _ in range(params.n_critic_steps):
                session.run([clipped, critic_loss])
            session.run([updates[1], generator_loss])
        return n / (time.perf_counter() - began)

    steps()
    return steps


def products(params, n: int = 200) -> Callable[[], float]:
    """A function that measures steps/s of the matrix products alone.

    They are those of the forward pass, of the gradients by weights, and of those by inputs.
    """
    rng = np.random.default_rng(0)

    def layers(sizes, batch):
        return [
            tuple(rng.normal(size=s).astype(np.float32) for s in ((batch, i), (i, o), (batch, o)))
            for i, o in itertools.pairwise(sizes)
        ]

    b = params.batch_size
    generator = layers([params.n_z, *params.n_g, 72], b)
    critic, both = (layers([72, *params.n_c, 1], batch) for batch in (b, 2 * b))

    def forward(network):
        for x, w, _ in network:
            x @ w

    def by_weights(network):
        for x, _, y in network:
            x.T @ y

    def by_inputs(network):
        for _, w, y in network:
            y @ w.T

    def step():
        for _ in range(params.n_critic_steps):
            forward(generator)
            forward(both)
            by_weights(both)
            by_inputs(both[1:])
        forward(generator)
        forward(critic)
        by_inputs(critic)
        by_weights(generator)
        by_inputs(generator[1:])

    def steps() -> float:
        began = time.perf_counter()
        for _ in range(n):
            step()
        return n / (time.perf_counter() - began)

    return steps


if __name__ == "__main__":
    run(main)
