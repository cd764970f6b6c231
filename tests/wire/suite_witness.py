"""Every suite and group that OpenSSL's client can get from a server, one handshake each."""
import concurrent.futures
import re
import subprocess

SECONDS = 20
# As -groups wants them, by the names of IANA.
CURVES = {"x25519": "X25519", "x448": "X448", "secp256r1": "P-256", "secp384r1": "P-384",
          "secp521r1": "P-521"}
GROUPS = {**CURVES, **{name: name for name in ("ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
                                               "ffdhe8192")}}
CURVES_TLS12 = {**CURVES, **{name: name for name in ("secp256k1", "secp224r1", "brainpoolP256r1",
                                                     "brainpoolP384r1", "brainpoolP512r1")}}
# As it calls the server's ephemeral key, where that is not the name of IANA.
TEMP_KEYS = {"X25519": "x25519", "X448": "x448", "prime256v1": "secp256r1"}


def s_client(address, port, starttls, *options):
    command = ["openssl", "s_client", "-connect", f"{address}:{port}", *options]
    if starttls:
        command += ["-starttls", "smtp", "-name", "witness.test"]
    done = subprocess.run(command, input="", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=SECONDS, check=False)
    return done.stdout


def succeeds(text):
    found = re.search(r"Cipher is (\S+)", text)
    return found is not None and found.group(1) != "(NONE)"


def openssl_suites():
    """{IANA name: OpenSSL's name} of all suites below TLS 1.3 that need no shared secret."""
    text = subprocess.run(["openssl", "ciphers", "-stdname", "-s", "-tls1_2",
                           "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], stdout=subprocess.PIPE, text=True,
                          timeout=SECONDS, check=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return {row[0]: row[2] for row in rows if "PSK" not in row[0] and "SRP" not in row[0]}


def _in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return dict(zip(items, pool.map(function, items)))


def suites(address, port, starttls):
    """The IANA names that handshakes at TLS 1.2 or older end with: all are offered, then all but
    those that were chosen, until none is."""
    left = openssl_suites()
    found = set()
    while left:
        text = s_client(address, port, starttls, "-no_tls1_3", "-cipher",
                        ":".join(left.values()) + ":@SECLEVEL=0")
        if not succeeds(text):
            break
        chosen = re.search(r"Cipher is (\S+)", text).group(1)
        name = next(name for name, openssl in left.items() if openssl == chosen)
        found.add(name)
        del left[name]
    return found


def groups(address, port, starttls):
    """The groups that a handshake at TLS 1.3 succeeds with."""
    def takes(name):
        return succeeds(s_client(address, port, starttls, "-tls1_3", "-groups", GROUPS[name]))

    return {name for name, taken in _in_parallel(takes, list(GROUPS)).items() if taken}


def post_quantum(address, port, starttls):
    """The hybrid group that a server has, or None. It is None as well if this OpenSSL is older than
    3.5, which has no hybrid groups."""
    name = "X25519MLKEM768"
    taken = succeeds(s_client(address, port, starttls, "-tls1_3", "-groups", name))
    return name if taken else None


def curves(address, port, starttls, beside=None):
    """The curves of the server's ephemeral keys at TLS 1.2, each offered alone, or before the one that
    its certificate needs."""
    def takes(name):
        offer = dict.fromkeys(filter(None, (CURVES_TLS12[name], beside)))
        text = s_client(address, port, starttls, "-tls1_2", "-cipher", "kECDHE:@SECLEVEL=0",
                        "-groups", ":".join(offer))
        found = re.search(r"(?:Server|Peer) Temp Key: (?:ECDH, )?([\w-]+)", text)
        return found is not None and TEMP_KEYS.get(found.group(1), found.group(1)) == name

    return {name for name, taken in _in_parallel(takes, list(CURVES_TLS12)).items() if taken}


# modp_2048 of the OpenSSL command line is this group.
MODP_2048 = "RFC 3526 group 14"


def dh_bits(address, port, starttls):
    """Of the ephemeral DH key at TLS 1.2, 0 where there is none."""
    text = s_client(address, port, starttls, "-no_tls1_3", "-cipher", "kDHE:@SECLEVEL=0")
    found = re.search(r"(?:Server|Peer) Temp Key: DH, (\d+) bits", text)
    return int(found.group(1)) if found else 0
