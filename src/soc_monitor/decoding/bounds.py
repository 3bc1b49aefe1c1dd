"""Bounds of what is decoded, and how a file is refused."""

MEMORY, CPU_S, FILE = 1536 * 1024**2, 300, 8 * 1024**3
"""Of the process: address space [bytes], processor time where its job says nothing of time [s], a
file that it writes [bytes]."""
PIXELS, BLOCK, RATIO, TEXT = 2**31, 256 * 1024**2, 1000, 512 * 1024**2
"""Of a raster: cells a band, bytes of a decoded block, bytes decoded for one stored. Of a text."""
SMALL = 64 * 1024**2
"""Decoded bytes below which the ratio does not matter."""
OBJECTS = 10_000
"""Groups and variables that a file may hold."""


class Refused(Exception):
    """The file breaks a rule: (rule, what was found)."""


def check_size(pixels: int, block: int, whole: int, stored: int, most: int = PIXELS) -> None:
    """Refuse by its header what would swamp us.

    Args:
        pixels: cells of a band.
        block: bytes of a block, decoded.
        whole: bytes of all that is declared, decoded.
        stored: bytes of the file.
        most: cells of a band that are allowed, where a job says so.

    Example:
        >>> check_size(2**20, 2**20, 2**21, 2**18)
    """
    if pixels > most:
        raise Refused("pixels", f"{pixels} cells in a band, {most} are the most")
    if block > BLOCK:
        raise Refused("block", f"{block} bytes in one block, {BLOCK} are the most")
    if whole > SMALL and whole > RATIO * stored:
        raise Refused("ratio", f"{stored} bytes declare {whole}")
