"""Turns: many runs may wait for their sources at once, and few may compute."""

import threading

AT_ONCE = 2
"""Files that one process reads at once: each may take what a decoder is allowed of memory."""

TURN = threading.BoundedSemaphore(AT_ONCE)
"""Held while a file is read and written, never while a source is waited for."""
