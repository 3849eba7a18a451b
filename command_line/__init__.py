"""What the command lines share: the parser, signals, the start of TensorFlow, and workers."""

from command_line.entry import Parser, run, start_tensorflow

__all__ = ["Parser", "run", "start_tensorflow"]
