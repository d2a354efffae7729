"""Calls a webhook: one POST, signed, that follows no redirect and reads nothing but the status."""

from datetime import datetime

from gateway.domain.webhook import SIGNATURE_HEADER, Call, signature

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 5.0


def post(call: Call, now: datetime) -> str | None:
    """None where it was answered with 2xx; else what went wrong, in words without the address.

    Only an administrator names addresses, so those inside our network are his choice. Nobody else's word leads the
    hub anywhere: redirects are not followed, no proxy or password file of the machine is looked at, no answer is read.
    """
    import requests  # slow to load, and few processes call out

    body = call.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Obmen",
        "Obmen-Event": call.event,
        SIGNATURE_HEADER: signature(call.webhook.secret, now, body),
    }
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                call.webhook.url,
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, UnicodeError) as error:
            return type(error).__name__
        with answer:
            return None if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"
