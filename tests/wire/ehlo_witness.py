"""What a server's replies to EHLO offer before and inside TLS, as Python's own SMTP client reads
them.
"""
import smtplib
import ssl

EHLO = "witness.test"
SECONDS = 20


class Offers:
    """Keywords in small letters; `in_clear` is None where TLS begins with the first byte."""

    def __init__(self, in_clear, in_tls):
        self.in_clear = in_clear
        self.in_tls = in_tls


def _keywords(client):
    client.ehlo()
    return set(client.esmtp_features)


def offers(service, address, port):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if service == "submissions":
        with smtplib.SMTP_SSL(address, port, EHLO, timeout=SECONDS, context=context) as client:
            return Offers(None, _keywords(client))
    with smtplib.SMTP(address, port, EHLO, timeout=SECONDS) as client:
        in_clear = _keywords(client)
        client.starttls(context=context)
        return Offers(in_clear, _keywords(client))
