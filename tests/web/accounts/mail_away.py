"""A mail server that does not answer."""

from __future__ import annotations

from django.core.mail.backends.base import BaseEmailBackend


class Away(BaseEmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError
