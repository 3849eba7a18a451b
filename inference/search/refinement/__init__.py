"""Refinement: poses leave the generator's surface a little, so that image and body agree.

The poses that a generator makes have the bodies of its data, and hold to them: an arm that is
longer than usual stays too short in a fit, and so its depth is too small, although a film shows it
at full length now and then. From the fit, the refinement moves the joints themselves. `offsets` has
what holds them near the fit, `objective` all terms, `refiner` what the search asks for.
"""
