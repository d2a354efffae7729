"""Refusals as SOAP 1.1 faults."""

from xml.sax.saxutils import escape

from gateway.domain.errors import AuthenticationFailed, Internal, Refusal
from gateway.soap.front_door import NAMESPACE, SOAP

_FAULT = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<soap:Envelope xmlns:soap="{soap}"><soap:Body><soap:Fault>'
    "<faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring>"
    '<detail><problem xmlns="{namespace}"><code>{code}</code>{more}</problem></detail>'
    "</soap:Fault></soap:Body></soap:Envelope>"
)


def fault(refusal: Refusal) -> tuple[int, list[tuple[str, str]], bytes]:
    """HTTP status, further headers and body (contract, Faults): 401 for authentication, else 500."""
    more, headers, status = "", [], 500
    if refusal.retry_after is not None:
        more += f"<retryAfter>{refusal.retry_after}</retryAfter>"
        headers.append(("Retry-After", str(refusal.retry_after)))
    if isinstance(refusal, Internal):
        more += f"<reference>{refusal.reference}</reference>"
    if isinstance(refusal, AuthenticationFailed):
        status = 401
        headers.append(("WWW-Authenticate", 'Basic realm="Obmen", charset="UTF-8"'))
    text = escape("".join(each if each.isprintable() else " " for each in str(refusal)))
    body = _FAULT.format(soap=SOAP, namespace=NAMESPACE, code=refusal.code, text=text, more=more)
    return status, headers, body.encode()
