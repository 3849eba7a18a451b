"""Pictures of poses: on matplotlib axes, as films, in an OpenGL window, in a browser.

All functions work on arrays and do not depend on where the arrays come from. Each module imports
the library that it draws with; `scene` and `sequence_scene` need none.

The modules `sequence_figure`, `gl.player` and `html` show scenes in three ways with the same
functions: `save(scene, path)`, and, but for `html`, `show(scene)`.
"""
