"""Plain: text from outside, which may hold what PostgreSQL cannot."""

MOST = 2_000
"""Characters of what is kept for people to read."""


def plain(told: str) -> str:
    r"""Text that the database can hold, and no more of it than helps.

    Example:
        >>> ascii(plain("a\0b\ud800"))
        "'a\\ufffdb?'"
    """
    return told.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:MOST]


def unwritable(*texts: str) -> str:
    r"""The first of some texts that the database cannot hold, as ASCII; empty: it can hold all.

    Source:
        PostgreSQL 8.3: the character with code zero cannot be in a text; RFC 3629: UTF-8 has no
        surrogates.

    Example:
        >>> unwritable("Ödland", "a\0b"), unwritable("\ud800"), unwritable("Ödland")
        ("'a\\x00b'", "'\\ud800'", '')
    """
    for one in texts:
        if "\0" in one or any("\ud800" <= sign <= "\udfff" for sign in one):
            return ascii(one[:MOST])
    return ""
