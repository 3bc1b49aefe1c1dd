"""Channels: how operators are told: by mail, by a hook of theirs, and in the log always."""

import logging
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from soc_monitor.errors import BadSetting, FeedUnreachable, ItemRejected, NotThereYet
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.guard import Reach, own_hosts, plain

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message to operators."""

    subject: str
    text: str
    facts: Mapping[str, object]
    """The same for programs."""


def channels(mail: str, hook: str) -> dict[str, str]:
    """The channels that are set up, by name.

    Args:
        mail: ``smtp://user:password@host:25/?from=a@b.org&to=c@d.org``, ``smtps://`` for TLS from
            the start; empty: none.
        hook: an address that takes JSON by POST; empty: none.
    """
    named = {"mail": mail, "hook": hook}
    return {name: address for name, address in named.items() if address}


def send(name: str, address: str, message: Told) -> None:
    """Tell operators by one channel.

    Raises:
        BadSetting: its address cannot be used.
        FeedUnreachable: nobody took the message.
    """
    if name == "mail":
        _mail(address, message)
    elif name == "hook":
        _post(address, message)
    else:
        log.warning("alert", extra={"subject": message.subject, "text": message.text})


def _mail(address: str, message: Told) -> None:
    parts = _parts("SOC_ALERT_MAIL: smtp://host:25/?from=a@b.org&to=c@d.org is its shape", address)
    host, asked = str(parts.hostname), parse_qs(parts.query)
    sender, to = asked.get("from", [""])[0], asked.get("to", [""])[0]
    if parts.scheme not in {"smtp", "smtps"} or not sender or not to:
        raise BadSetting("SOC_ALERT_MAIL: smtp://host:25/?from=a@b.org&to=c@d.org is its shape")
    mail = EmailMessage()
    mail["Subject"] = message.subject
    try:
        mail["From"], mail["To"] = sender, to
    except Exception as error:  # its parser fails in many ways; a break would begin another header
        raise BadSetting("SOC_ALERT_MAIL: from or to is no address") from error
    mail["Date"], mail["Message-ID"] = formatdate(usegmt=True), make_msgid(domain="soc-monitor")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    secure = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, parts.port or 465, timeout=TIMEOUT_S, context=secure
            )
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_S)
        with server:
            if parts.scheme == "smtp":
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=secure)
            if parts.username:
                # A password goes over a line that nobody reads along, or not at all.
                if not isinstance(server.sock, ssl.SSLSocket):
                    raise FeedUnreachable(f"{host} has no TLS: no password is sent")
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise FeedUnreachable(f"{host}: {type(error).__name__}: {error}") from error
    except ValueError as error:  # what the protocol cannot say, such as a password beyond ASCII
        raise BadSetting("SOC_ALERT_MAIL: user, password or an address cannot be sent") from error


def _post(address: str, message: Told) -> None:
    parts = _parts("SOC_ALERT_HOOK: https://host/path is its shape", address)
    limits = Limits(total_s=TIMEOUT_S, silence_s=TIMEOUT_S, tries=2)
    reach = Reach(own_hosts(address), plain_http=parts.scheme == "http")
    body = {"subject": message.subject, "text": message.text, **message.facts}
    try:
        Client(reach=reach, limits=limits).read(address, method="POST", body=body)
    except (FeedUnreachable, ItemRejected, NotThereYet) as error:
        # Of many a hook the path is the secret: what is told names its host alone.
        raise FeedUnreachable(f"{parts.hostname}: {_without_path(str(error), parts)}") from error


def _without_path(told: str, parts: SplitResult) -> str:
    return told.replace(plain(parts.geturl()), "").removeprefix(": ") or "refused"


def _parts(shape: str, address: str) -> SplitResult:
    """The parts of an address of the operator's.

    Raises:
        BadSetting: it is none; says which shape it has.
    """
    try:
        parts = urlsplit(address)
        usable = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadSetting(shape)
    return parts
