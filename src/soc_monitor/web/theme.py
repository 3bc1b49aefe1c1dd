"""The look's few server-side parts: the script that sets the theme before first paint, the CSP."""

import base64
import hashlib
from collections.abc import Sequence

HEAD_SCRIPT = (
    '(function(r){var t="";try{t=localStorage.getItem("theme")}catch(e){}'
    'if(t==="light"||t==="dark")r.setAttribute("data-theme",t);'
    'r.classList.add("js")})(document.documentElement)'
)
"""Inline, so that a dark page never flashes white."""


def script_hash(script: str) -> str:
    """What a policy says to allow one inline script.

    Example:
        >>> script_hash("")
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(hashes: Sequence[str] = ()) -> str:
    """The content security policy of a page: nothing from elsewhere, no script but ours.

    Args:
        hashes: of the inline scripts that a page has beside the theme's.
    """
    scripts = " ".join(dict.fromkeys((script_hash(HEAD_SCRIPT), *hashes)))
    return (
        f"default-src 'self'; script-src 'self' {scripts}; "
        # Leaflet and charts place things by style attributes.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def strict_policy() -> str:
    """The policy of pages for who has signed in: our own scripts and styles, and nothing more."""
    return (
        f"default-src 'none'; script-src 'self' {script_hash(HEAD_SCRIPT)}; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
