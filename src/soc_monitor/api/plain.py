"""Plain: numbers of an address, as JSON writes them.

Python takes `` 2 ``, ``1_000`` and ``+5`` for whole numbers, too: what is half a slip would be
answered as if it had been meant, and one answer would stand under many addresses.
"""

import re
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


def plain(value: object) -> object:
    """The text of a number, if it is written plainly.

    Args:
        value: of a key, or of a part of a path; what is no text is not looked at.

    Raises:
        PydanticCustomError: it has spaces, a plus sign or another thing that JSON does not know.

    Example:
        >>> plain("-1.5e3"), plain(7)
        ('-1.5e3', 7)
        >>> plain("2 ")
        Traceback (most recent call last):
        pydantic_core._pydantic_core.PydanticCustomError: Input should be a number, written plainly
    """
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticCustomError("plain_number", "Input should be a number, written plainly")
    return value


def whole(value: object) -> object:
    """The text of a whole number, if it is written plainly: digits, and no zero before them.

    Args:
        value: of a key, or of a part of a path; what is no text is not looked at.

    Raises:
        PydanticCustomError: it is written in another way.

    Example:
        >>> whole("10"), whole("-3")
        ('10', '-3')
        >>> whole("10.0")
        Traceback (most recent call last):
        pydantic_core._pydantic_core.PydanticCustomError: Input should be a whole number, in digits
    """
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise PydanticCustomError("plain_whole", "Input should be a whole number, in digits")
    return value


Plainly = BeforeValidator(plain)
Wholly = BeforeValidator(whole)
Whole = Annotated[int, Wholly]
"""A whole number of an address."""
