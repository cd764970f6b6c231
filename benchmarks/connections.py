"""How many connections a server costs, by what kind of server it is."""
from lab import Fleet, scan, table

# (what it is, the fleet's name for it, the most connections at standard depth). A clean server may
# cost 5, one with weak classes 7, as each answer shows one, and any server 12, confirmations and
# controls included; the deep scan 40 of any.
REPEATED = 2  # handshakes under a name, which do not count against its server
KINDS = (
    ("clean, TLS 1.2 and 1.3, ECDSA", "ok_tls12_13", 5),
    ("clean, RSA", "rsa2048", 5),
    ("clean, RSA and ECDSA", "two_leaves", 5),
    ("clean, TLS 1.3 alone", "ok_tls13_only", 5),
    ("clean, TLS 1.2 alone", "ok_tls12_only", 5),
    ("clean, certificate asked for", "client_cert_requested", 5),
    ("TLS 1.0 and 1.1 left on", "tls10_on", 12),
    ("3DES", "tls12_3des", 7),
    ("static RSA", "tls12_static_rsa", 7),
    ("CBC alone", "tls12_cbc_only", 7),
    ("3DES, static RSA, a small key", "rsa1024", 7),
    ("no STARTTLS", "no_starttls", 2),
    ("executes injected commands", "keeps_input", 12),
    ("hangs up on each hello", "close_after_220", 12),
    ("hangs up on hellos with TLS 1.3", "tls13_hello_closed", 12),
    ("hangs up on old hellos", "old_hello_closed", 12),
    ("drops large hellos", "large_hello_dropped", 12),
    ("ends each handshake by an alert", "tls_alert_40", 12 + REPEATED),
    ("... by internal_error", "tls_alert_80", 12 + REPEATED),
)
DEEP = 40


def connections(folder, behaviour, depth):
    with Fleet(folder, 1, f"{behaviour}=1,single=1") as fleet:
        _, summary = scan(fleet, fleet.domains(), "--depth", depth, "--retry-wait", "1")
    return summary["connections"]


def count(folder, bars):
    rows = []
    for title, behaviour, most in KINDS:
        standard, deep = (connections(folder, behaviour, depth) for depth in ("standard", "deep"))
        rows.append((title, standard, deep))
        bars.at_most(f"connections, {title}", standard, most)
        bars.at_most(f"connections, {title}, deep", deep, DEEP)
    table("Connections by kind of server", ["standard", "deep"], rows)
