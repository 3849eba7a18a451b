"""What any 3D human pose project needs: skeletons, transforms, data sets, evaluation, pictures.

No module of this package knows GANs or inference, and none imports TensorFlow: the functions that
an optimiser needs accept tensors as well as arrays.
"""
