"""Pictures of poses: on axes, as films, in a window, in a browser.

Everything here works on arrays; nothing knows where they come from. matplotlib, glumpy and the
film writers are imported when they are first needed.
"""
