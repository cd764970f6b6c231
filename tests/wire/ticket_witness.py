"""Whether a server gives out session tickets, by what OpenSSL's and GnuTLS's clients see in a
connection that is held a while: in TLS 1.3 they come after the handshake (RFC 8446 section 4.6.1).
"""
import re

from processes import run_until

SECONDS = 4  # a ticket comes at once or never, but a busy machine takes its time


def _verdict(text, ticket, handshake):
    if re.search(ticket, text):
        return "yes"
    return "no" if re.search(handshake, text, re.M) else "no handshake"


def openssl_sees(address, port, starttls):
    """ "yes", "no", or "no handshake"."""
    command = ["openssl", "s_client", "-connect", f"{address}:{port}", "-cipher", "ALL:@SECLEVEL=0"]
    if starttls:
        command += ["-starttls", "smtp", "-name", "witness.test"]
    ticket = "TLS session ticket:"
    return _verdict(run_until(command, ticket, SECONDS), ticket, r"Cipher is (?!\(NONE\))")


def gnutls_sees(address, port, starttls):
    command = ["gnutls-cli", "--insecure", "-d", "4", "-p", str(port), address]
    if starttls:
        command.append("--starttls-proto=smtp")
    ticket = r"NEW SESSION TICKET \(4\) was received"
    return _verdict(run_until(command, ticket, SECONDS), ticket, "^- Handshake was completed")
