"""Hooks: what is asked of a subscription, what is told of it, and what its address is sent."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from soc_monitor.api.bodies.base import Body
from soc_monitor.errors import BadSubscription
from soc_monitor.store.outbox import Sent
from soc_monitor.store.subscriptions import Subscription

FORM = "application/x-www-form-urlencoded"
ABOUT = (
    "`url`: where to be told, https at a public host. `area` or `objective`: of what. `lang`: en, "
    "fr or es. `kinds`: release, state, late, correction; all if not given. What is sent is a POST "
    "with JSON: `type`, `timestamp` and `data` with the `sentence`, the `page` and the address "
    "that ends it. First comes a `challenge`: answer 200 with this word as the body, or as JSON "
    "under `challenge`, within a day. Signed as Standard Webhooks 1 has it: `webhook-signature` is "
    "`v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, with the base64 "
    "after `whsec_` of the secret as its key. Refuse what is older than five minutes; an id seen "
    "before is the same message again. Any 2xx takes it; else it is sent again after 1, 5 and 30 "
    "minutes, 2 and 8 hours; then the subscription is switched off until a test is taken. "
    "Redirects are not followed."
)
Kind = Literal["release", "state", "late", "correction"]
_WORDS = {
    "challenge": {
        "en": "Answer with the challenge to be told what is new.",
        "fr": "Répondez avec le mot « challenge » reçu pour être tenu au courant.",
        "es": "Responda con la palabra «challenge» recibida para recibir las novedades.",
    },
    "test": {
        "en": "A test: messages arrive here.",
        "fr": "Un essai\u00a0: les messages arrivent ici.",
        "es": "Una prueba: los mensajes llegan aquí.",
    },
}


class Asked(BaseModel):
    """What a reader asks to be told."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    area: Annotated[str, Field(max_length=200)] | None = None
    objective: Annotated[str, Field(max_length=200)] | None = None
    lang: Literal["en", "fr", "es"] = "en"
    kinds: Annotated[list[Kind], Field(max_length=10)] = []

    @model_validator(mode="after")
    def one_thing(self) -> "Asked":
        """An area or an objective; of an objective no inputs are late."""
        if bool(self.area) == bool(self.objective):
            raise ValueError("one of area and objective")
        self.area, self.objective = self.area or None, self.objective or None
        known: tuple[Kind, ...] = ("release", "state", "late", "correction")
        if self.objective:
            known = ("release", "state", "correction")
        wanted = self.kinds or list(known)
        if not set(wanted) <= set(known):
            raise ValueError(f"kinds of an objective: {', '.join(known)}")
        self.kinds = [one for one in known if one in wanted]
        return self


class SentBody(Body):
    """Something that was sent."""

    id: Annotated[str, Field(description="Its `webhook-id`, the same at every try")]
    kind: str
    state: Literal["waiting", "taken", "lost"]
    tries: int
    created_at: datetime
    ended_at: datetime | None
    answer: Annotated[
        str,
        Field(
            description="Of the newest try: taken, confirmed, no-challenge, http-503, too-long, "
            "unreachable; nothing: it was not tried yet"
        ),
    ]


class SubscriptionBody(Body):
    """A subscription."""

    id: str
    state: Annotated[
        Literal["waiting", "on", "off"],
        Field(description="`waiting`: for its answer to the challenge; `off`: after failures"),
    ]
    host: Annotated[str, Field(description="Of the address, which is not told again")]
    area: str | None
    objective: str | None
    lang: str
    kinds: list[Kind]
    created_at: datetime
    confirmed_at: datetime | None
    changed_at: datetime
    sent: list[SentBody]
    self: str
    page: Annotated[str, Field(description="The same for a person")]
    unsubscribe: Annotated[str, Field(description="POST here to be told no more")]


class NewBody(SubscriptionBody):
    """A subscription that was just made."""

    secret: Annotated[str, Field(description="Told now and never again: keep it")]


class EndedBody(Body):
    """A subscription that is no more."""

    ended: str


def is_form(request: Request) -> bool:
    """Whether a request comes from a form of a page."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == FORM


def read(body: bytes, *, form: bool) -> Asked:
    """What was sent, as JSON or by a form.

    Raises:
        BadSubscription: it is not what can be asked; says where.

    Example:
        >>> read(b"url=https%3A%2F%2Fa.org&area=FRA&kinds=state&kinds=late", form=True).kinds
        ['state', 'late']
    """
    try:
        text = body.decode("utf-8")
        found = _fields(text) if form else json.loads(text or "{}")
        asked = Asked.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSubscription(
            ": ".join(part for part in (where, str(first["msg"])) if part)
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadSubscription("neither JSON nor a form") from error
    if "\0" in asked.url + (asked.area or "") + (asked.objective or ""):
        raise BadSubscription("a NUL in a text")
    return asked


def _fields(text: str) -> dict[str, Any]:
    pairs = parse_qsl(text, errors="strict", max_num_fields=50)
    kinds = [value for name, value in pairs if name == "kinds"]
    return {name: value for name, value in pairs if name != "kinds"} | {"kinds": kinds}


def language_of(body: bytes) -> str:
    """The language of the page that a form stands on; empty: it says none."""
    try:
        code = dict(parse_qsl(body.decode(), max_num_fields=50)).get("lang", "")
    except ValueError:
        return ""
    return code if code in {"en", "fr", "es"} else ""


def page_of(found: Subscription, lang: str = "") -> str:
    """Path of the page that looks after a subscription."""
    return f"/{lang or found.lang}/subscribe/{found.capability}"


def tell(found: Subscription, sent: Sequence[Sent]) -> dict[str, Any]:
    """A subscription as it is told of: without its address and its secret."""
    here = f"/api/v1/subscriptions/{found.capability}"
    return {
        "id": found.id,
        "state": found.state,
        "host": found.host,
        "area": found.area,
        "objective": found.objective,
        "lang": found.lang,
        "kinds": list(found.kinds),
        "created_at": found.created_at,
        "confirmed_at": found.confirmed_at,
        "changed_at": found.changed_at,
        "sent": [
            {
                "id": str(one.id),
                "kind": one.kind,
                "state": one.state,
                "tries": one.tries,
                "created_at": one.created_at,
                "ended_at": one.ended_at,
                "answer": one.answer,
            }
            for one in sent
        ],
        "self": here,
        "page": page_of(found),
        "unsubscribe": f"{here}/end",
    }


def note(kind: str, lang: str) -> dict[str, str]:
    """What a challenge or a test says."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"sentence": _WORDS[kind][lang], "at": at, "page": f"/{lang}/subscribe"}


def letter(found: Subscription, kind: str, body: Mapping[str, Any], site: str) -> dict[str, Any]:
    """The JSON that the address of a subscription is sent.

    Args:
        found: the subscription.
        kind: of the message.
        body: what is stored of it: the sentence, the instant, and the path of a page.
        site: scheme and host of this site.
    """
    told = {
        "type": kind,
        "timestamp": body["at"],
        "data": {
            "subscription": found.id,
            "area": found.area,
            "objective": found.objective,
            "lang": found.lang,
            "sentence": body["sentence"],
            "release": body.get("release"),
            "page": f"{site}{body['page']}",
            "unsubscribe": f"{site}{page_of(found)}",
        },
    }
    return told | ({"challenge": body["challenge"]} if "challenge" in body else {})
