"""Writes certificates byte by byte (RFC 5280 section 4.1). So a certificate can have any dates and
any extension, even twice or malformed, which no command line tool makes. openssl makes the keys and
signatures.
"""
import base64
import datetime
import os
import subprocess
from typing import NamedTuple

# ---- DER (X.690)


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*parts):
    return tlv(0x30, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    body = b""
    for number in (40 * first + second, *rest):
        digits = [number & 127]
        while number := number >> 7:
            digits.append(number & 127 | 128)
        body += bytes(reversed(digits))
    return tlv(0x06, body)


def octets(body):
    return tlv(0x04, body)


def bits(body, unused=0):
    return tlv(0x03, bytes([unused]), body)


def moment(time):
    """RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050 on."""
    if time.year < 2050:
        return tlv(0x17, time.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, time.strftime("%Y%m%d%H%M%SZ").encode())


def name(common_name):
    """A distinguished name with an organisation and, if it is given, a common name."""
    parts = [("2.5.4.10", "Laboratory")] + ([("2.5.4.3", common_name)] if common_name else [])
    return sequence(*(tlv(0x31, sequence(oid(kind), tlv(0x0c, text.encode())))
                      for kind, text in parts))


# ---- Extensions (RFC 5280 section 4.2)


def extension(kind, value, critical=False):
    return sequence(oid(kind), boolean(True) if critical else b"", octets(value))


def basic_constraints(is_ca, pathlen=None, critical=True):
    parts = [boolean(True)] if is_ca else []
    if pathlen is not None:
        parts.append(integer(pathlen))
    return extension("2.5.29.19", sequence(*parts), critical)


USAGES = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
          "keyAgreement", "keyCertSign", "cRLSign")


def key_usage(*usages):
    mask = sum(0x80 >> USAGES.index(usage) for usage in usages)
    unused = (mask & -mask).bit_length() - 1 if mask else 0
    return extension("2.5.29.15", bits(bytes([mask]), unused), True)


PURPOSES = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2",
            "codeSigning": "1.3.6.1.5.5.7.3.3", "emailProtection": "1.3.6.1.5.5.7.3.4",
            "any": "2.5.29.37.0"}


def purposes(*kinds, critical=False):
    return extension("2.5.29.37", sequence(*(oid(PURPOSES[kind]) for kind in kinds)), critical)


def dns_name(text):
    return tlv(0x82, text if isinstance(text, bytes) else text.encode("ascii"))


def mail_name(text):
    return tlv(0x81, text.encode())


def uri_name(text):
    return tlv(0x86, text.encode())


def address_name(*octet):
    return tlv(0x87, bytes(octet))


def srv_name(text):
    """An otherName of type SRVName: RFC 4985."""
    return tlv(0xa0, oid("1.3.6.1.5.5.7.8.7"), tlv(0xa0, tlv(0x16, text.encode())))


def alternative_names(*names, critical=False):
    return extension("2.5.29.17", sequence(*names), critical)


def name_constraints(permitted=(), excluded=(), critical=True):
    subtrees = [tlv(tag, *(sequence(base) for base in bases))
                for tag, bases in ((0xa0, permitted), (0xa1, excluded)) if bases]
    return extension("2.5.29.30", sequence(*subtrees), critical)


def policy_constraints(require_explicit, critical=True):
    return extension("2.5.29.36", sequence(tlv(0x80, bytes([require_explicit]))), critical)


def unknown(critical):
    return extension("1.3.6.1.4.1.99999.1", tlv(0x05), critical)


# ---- Keys and signatures

NULL = tlv(0x05)
ALGORITHMS = {
    ("RSA", "md5"): sequence(oid("1.2.840.113549.1.1.4"), NULL),
    ("RSA", "sha1"): sequence(oid("1.2.840.113549.1.1.5"), NULL),
    ("RSA", "sha256"): sequence(oid("1.2.840.113549.1.1.11"), NULL),
    ("RSA", "sha384"): sequence(oid("1.2.840.113549.1.1.12"), NULL),
    ("RSA", "sha512"): sequence(oid("1.2.840.113549.1.1.13"), NULL),
    ("EC", "sha1"): sequence(oid("1.2.840.10045.4.1")),
    ("EC", "sha256"): sequence(oid("1.2.840.10045.4.3.2")),
    ("EC", "sha384"): sequence(oid("1.2.840.10045.4.3.3")),
    ("EC", "sha512"): sequence(oid("1.2.840.10045.4.3.4")),
}
KINDS = {"P-256": ("EC", "ec_paramgen_curve:P-256"), "P-384": ("EC", "ec_paramgen_curve:P-384"),
         "P-521": ("EC", "ec_paramgen_curve:P-521"), "Ed25519": ("ED25519", None),
         **{f"RSA {size}": ("RSA", f"rsa_keygen_bits:{size}") for size in (512, 768, 1024, 1536, 2047,
                                                                        2048, 3072, 4096)}}


def openssl(*arguments, text=b""):
    done = subprocess.run(["openssl", *arguments], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


class Key:
    """A private key in a file."""

    def __init__(self, path, kind):
        self.path = path
        self.algorithm, option = KINDS[kind]
        openssl("genpkey", "-algorithm", self.algorithm,
                *(["-pkeyopt", option] if option else []), "-out", path)
        self.public = openssl("pkey", "-in", path, "-pubout", "-outform", "DER")

    def sign(self, text, digest):
        return openssl("dgst", "-" + digest, "-sign", self.path, text=text)


class Certificate(NamedTuple):
    subject: bytes
    key: Key
    der: bytes

    def pem(self):
        return ("-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(self.der).decode() +
                "-----END CERTIFICATE-----\n")


class Mint:
    """Makes keys, each only once, and certificates, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.keys = {}
        self.serial = 0x1000000000000000
        self.now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)

    def key(self, kind, owner=""):
        """The key of this kind and owner. Callers that give no owner share one key of a kind."""
        if (kind, owner) not in self.keys:
            path = os.path.join(self.folder, f"{owner}-{kind}.key".replace(" ", "-"))
            self.keys[kind, owner] = Key(path, kind)
        return self.keys[kind, owner]

    def certificate(self, subject, key, issuer=None, extensions=(), days=(-30, 60),
                    digest="sha256", version=3, signed_by=None):
        """`issuer` is a Certificate; None makes the certificate self-signed. `days` (first, last)
        count from now. `signed_by`, a key other than the issuer's, makes a bad signature."""
        self.serial += 1
        subject = name(subject)
        signer = signed_by or (issuer.key if issuer else key)
        algorithm = ALGORITHMS[signer.algorithm, digest]
        start, end = (moment(self.now + datetime.timedelta(days=day)) for day in days)
        body = sequence(
            tlv(0xa0, integer(version - 1)) if version > 1 else b"", integer(self.serial), algorithm,
            issuer.subject if issuer else subject, sequence(start, end), subject, key.public,
            tlv(0xa3, sequence(*extensions)) if extensions else b"")
        return Certificate(subject, key, sequence(body, algorithm,
                                                  bits(signer.sign(body, digest))))


# The prime of 1024 bits: the second Oakley group, RFC 2409 section 6.2.
OAKLEY = {
    1024: "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
          "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
          "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
}
NAMED = {1536: "modp_1536", 2048: "ffdhe2048", 3072: "ffdhe3072"}


def write_dh_parameters(path, size):
    if size in OAKLEY:
        text = openssl("dhparam", "-inform", "DER", text=sequence(
            integer(int(OAKLEY[size], 16)), integer(2)))
    else:
        text = openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                       "group:" + NAMED[size])
    with open(path, "wb") as stream:
        stream.write(text)
