"""Where alarms go: the server's log, the audit trail, a webhook, a mailbox."""

import logging
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import httpx

from recirc import clock
from recirc.settings import AlarmSettings
from recirc.store.actions import ActionTrail
from recirc.store.ports import StoreError

log = logging.getLogger("recirc.alarm")

SECONDS: Final = 10.0
"""Longest wait for a webhook, and for a mail server."""

ACTION: Final = "alarm"
ACTOR, ROLE = "Recirc", "machine"
"""As whom the audit trail names the program itself."""


class AlarmChannels:
    """Tells alarms everywhere. What one of the places does not take, the others still get."""

    def __init__(self, store: Path, settings: AlarmSettings) -> None:
        """`store`: the file, whose audit trail has every alarm."""
        self._settings = settings
        self._trail = ActionTrail(store)

    def tell(
        self, kind: str, subject: str, text: str, now: int, data: Mapping[str, Any] | None = None
    ) -> None:
        """Tell an alarm of a kind about something (an article, a source), in a sentence, at `now` (ms)."""
        log.warning("%s", text)
        try:
            self._trail.note(ACTOR, ROLE, ACTION, subject, kind, text)
        except StoreError as error:
            log.warning("the alarm could not be noted in the audit trail: %s", error)
        if self._settings.webhook:
            self._post({"alarm": kind, "subject": subject, "text": text, **(data or {})}, now)
        if self._settings.smtp and self._settings.mail_to:
            self._mail(kind, subject, text)

    def _post(self, message: dict[str, Any], now: int) -> None:
        message["time"] = clock.from_ms(now).isoformat()
        try:
            httpx.post(self._settings.webhook, json=message, timeout=SECONDS).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("the webhook of the alarm did not take it: %s", error)

    def _mail(self, kind: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["To"], message["From"] = (
            self._settings.mail_to,
            self._settings.mail_from or self._settings.mail_to,
        )
        message["Subject"] = " ".join(f"Recirc: {kind}: {subject}".split())[:200]
        message.set_content(text)
        host, _, port = self._settings.smtp.rpartition(":")
        try:
            with smtplib.SMTP(host, int(port), timeout=SECONDS) as server:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls()
                server.send_message(message)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            log.warning("the mail server of the alarm did not take it: %s", error)
