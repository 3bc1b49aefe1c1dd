"""Decoding: what C libraries make of a stranger's file, in a process of its own.

``python -I -m soc_monitor.decoding KIND FILE FOLDER CPU_S OPTIONS`` decodes one file into an empty
folder. It loads nothing else of this package, so it starts at once and shares nothing with its
parent: a file that crashes or swamps its decoder costs that file and nothing else.
"""
