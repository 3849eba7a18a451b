"""How good a trained GAN is: its poses against real ones, and inference with it."""
