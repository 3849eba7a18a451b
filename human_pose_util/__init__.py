"""What any 3D human pose project needs: skeletons, transforms, data sets, evaluation, pictures.

Nothing in here knows of GANs or of inference, and nothing imports TensorFlow: the functions that
an optimiser needs work on whatever tensors they are given.
"""
