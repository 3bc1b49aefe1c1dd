"""Sessions: who has signed in with a key. A signed cookie for two hours; nothing is stored.

What the cookie says is checked at every request: a key that was revoked ends its sessions.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.errors import NotAllowed, NotSignedIn
from soc_monitor.store import editors
from soc_monitor.store.editors import Editor

COOKIE = "soc_session"
HOLDS_S = 2 * 3600
TOKEN = "token"  # noqa: S105  # the name of a form's field
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads cookies, and the tokens that forms carry."""

    secret: bytes

    def start(self, key_id: str, now: float) -> str:
        """A cookie for who has shown their key."""
        told = f"{key_id}.{int(now) + HOLDS_S}.{secrets.token_urlsafe(16)}"
        return f"{told}.{self._sign('session', told)}"

    def read(self, cookie: str, now: float) -> str:
        """The id of the key that a cookie is for; empty: it is none of ours, or too old.

        Example:
            >>> sessions = Sessions(b"secret")
            >>> sessions.read(sessions.start("ab12", 0.0), 60.0), sessions.read("ab12.9.x.y", 60.0)
            ('ab12', '')
        """
        told, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(self._sign("session", told).encode(), signature.encode()):
            return ""
        parts = cookie.split(".")
        return parts[0] if len(parts) == _PARTS and now < int(parts[1]) else ""

    def token(self, cookie: str) -> str:
        """What a form must send back: another site can neither read nor make it."""
        return self._sign("form", cookie)

    def _sign(self, use: str, text: str) -> str:
        return hmac.new(self.secret, f"{use}\n{text}".encode(), hashlib.sha256).hexdigest()


def open_sessions(secret: str) -> Sessions:
    """Sessions signed with the deployment's secret; without one they end with the process."""
    return Sessions((secret or secrets.token_hex(32)).encode())


def reader(request: Request) -> Editor:
    """Who asks to read: by ``Authorization: Bearer KEY``, or by the cookie of a session.

    Raises:
        NotSignedIn: neither is there, or it holds no more.
        NotAllowed: a key that is sent along is not known.
    """
    store = catalogue_of(request).store
    key = _bearer(request)
    if key is not None:
        return editors.identify(store, key)
    sessions: Sessions = request.app.state.sessions
    key_id = sessions.read(request.cookies.get(COOKIE, ""), time.time())
    if not key_id:
        raise NotSignedIn("sign in with a key", hint="soc-monitor keys create makes one")
    try:
        return editors.find(store, key_id)
    except NotAllowed as error:
        raise NotSignedIn(error.detail) from error


def _bearer(request: Request) -> str | None:
    """The key that a request carries; None: it has none, whatever else it may carry.

    A proxy's own ``Authorization: Basic`` is no key, and takes no check away.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" else None


def writer(request: Request, sent: Mapping[str, str]) -> Editor:
    """Who asks to change something; by a session only with the token of its form.

    Args:
        sent: the fields of the form.

    Raises:
        NotSignedIn: see ``reader``.
        NotAllowed: the request does not come from a form of this site.
    """
    found = reader(request)
    if _bearer(request) is None:
        own_site(request)
        sessions: Sessions = request.app.state.sessions
        wanted = sessions.token(request.cookies.get(COOKIE, ""))
        if not hmac.compare_digest(wanted.encode(), sent.get(TOKEN, "").encode()):
            raise NotAllowed("the form is not of this session: open its page again")
    return found


def own_site(request: Request) -> None:
    """Refuse what a browser says is sent from another site.

    Raises:
        NotAllowed: it is.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowed("this comes from another site")


def keep(request: Request, answer: Response, key_id: str) -> None:
    """Give an answer the cookie of a new session."""
    sessions: Sessions = request.app.state.sessions
    answer.set_cookie(
        COOKIE,
        sessions.start(key_id, time.time()),
        max_age=HOLDS_S,
        httponly=True,
        samesite="strict",
        secure=is_https(request),
    )


def end(request: Request, answer: Response) -> None:
    """Take the cookie away."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=is_https(request))


def is_https(request: Request) -> bool:
    """Whether the reader came by https, here or at a proxy in front."""
    public: str = request.app.state.public_url
    return request.url.scheme == "https" or public.startswith("https:")
