"""Domains whose MX host has a certificate of its own. One server has them all and chooses by
SNI."""
import itertools

from laboratory import mint
from laboratory.rows import Row

OTHER = "mx.elsewhere.test"
CA_USAGE = mint.key_usage("keyCertSign", "cRLSign")


def host_of(name):
    return f"mx.{name}.lab.test"


def grade_of(problems):
    """By policy 2026.2 each certificate problem caps the grade at C. Without a problem only
    enforcement is missing, which gives A."""
    return "C" if problems else "A"


class Authorities:
    """The roots and intermediates that most rows share."""

    def __init__(self, make):
        self.make = make
        self.key = make.key("P-256", "leaf")
        self.root = self.ca("Root", "RSA 2048", None, days=(-1000, 3650))
        self.stranger = self.ca("Stranger", "P-256", None, days=(-1000, 3650))
        self.inter = self.ca("Issuer", "P-256", self.root)
        self.rsa_inter = self.ca("RSA Issuer", "RSA 2048", self.root)

    def ca(self, subject, kind, issuer, days=(-300, 1500), digest="sha256", owner=None, pathlen=None,
           extensions=None, **more):
        if extensions is None:
            extensions = [mint.basic_constraints(True, pathlen), CA_USAGE]
        return self.make.certificate(subject, self.make.key(kind, owner or subject), issuer,
                                     extensions, days, digest, **more)

    def leaf(self, issuer=None, names=(), key=None, days=(-30, 60), digest="sha256", extensions=None,
             more=(), common_name=None, itself=False, **others):
        """A leaf; by default it has the extensions that a public CA gives."""
        if extensions is None:
            extensions = [mint.key_usage("digitalSignature"), mint.purposes("serverAuth"),
                          mint.alternative_names(*map(mint.dns_name, names))]
        return self.make.certificate(common_name, key or self.key,
                                     None if itself else issuer or self.inter,
                                     [*extensions, *more], days, digest, **others)


class Served:
    """A row with the chain that its MX host `host` sends."""

    def __init__(self, row, chain, host=None, tlsa=()):
        self.row = row
        self.chain = chain
        self.host = host or host_of(row.name)
        self.tlsa = tlsa


# ---- Trust, dates and names in all combinations


TRUST = {"good": (), "incomplete": ("incomplete_chain",), "itself": ("self_signed",),
         "stranger": ("untrusted_root",)}
DATES = {"now": ((-30, 60), ()), "past": ((-120, -30), ("expired",)),
         "future": ((30, 120), ("not_yet_valid",))}
NAMES = {"own": (), "other": ("name_mismatch",)}


def states(ca):
    for trust, date, match in itertools.product(TRUST, DATES, NAMES):
        name = f"{trust}-{date}-{match}"
        days, dated = DATES[date]
        problems = TRUST[trust] + dated + NAMES[match]
        issuer = ca.stranger if trust == "stranger" else ca.inter
        leaf = ca.leaf(issuer, [host_of(name) if match == "own" else OTHER], days=days,
                       itself=trust == "itself")
        sent = {"good": [ca.inter], "stranger": [ca.stranger]}.get(trust, [])
        yield Served(Row(name, "RFC 5280 sections 6.1.3 (a) and 4.1.2.5; RFC 9525 section 6",
                         grade_of(problems), problems), [leaf, *sent])


# ---- Keys and signatures


def signatures(ca):
    for digest in ("md5", "sha1", "sha256", "sha384", "sha512"):
        for issuer, kind in ((ca.rsa_inter, "rsa"), (ca.inter, "ecdsa")):
            if (digest, kind) == ("md5", "ecdsa"):
                continue  # there is no such algorithm
            name = f"signed-{digest}-{kind}"
            problems = ("weak_signature",) if digest in ("md5", "sha1") else ()
            yield Served(Row(name, "RFC 6151; RFC 9155; RFC 9325 section 4.5: caps at C",
                             grade_of(problems), problems),
                         [ca.leaf(issuer, [host_of(name)], digest=digest), issuer])
    for digest in ("sha1", "sha384"):
        issuer = ca.ca(f"Signed by {digest}", "P-256", ca.root, digest=digest)
        name = f"issuer-signed-{digest}"
        problems = ("weak_signature",) if digest == "sha1" else ()
        yield Served(Row(name, "RFC 9155; the policy looks at each signature of the path",
                         grade_of(problems), problems),
                     [ca.leaf(issuer, [host_of(name)]), issuer])


KEYS = {"RSA 768": "D", "RSA 1024": "C", "RSA 1536": "C", "RSA 2047": "C", "RSA 2048": "A",
        "RSA 3072": "A", "RSA 4096": "A", "P-256": "A", "P-384": "A", "P-521": "A"}


def keys(ca):
    source = "RFC 9325 section 4.5: RSA of at least 2048 bits; below 1024 D by the policy"
    for kind, grade in KEYS.items():
        label = kind.lower().replace(" ", "")
        problems = () if grade == "A" else ("weak_key",)
        name = "key-" + label
        yield Served(Row(name, source, grade, problems),
                     [ca.leaf(ca.inter, [host_of(name)], key=ca.make.key(kind, "leaf")), ca.inter])
        if kind in ("RSA 1024", "RSA 1536", "RSA 3072", "P-384"):
            issuer = ca.ca("Issuer with " + kind, kind, ca.root)
            name = "issuer-key-" + label
            yield Served(Row(name, source + "; of each key of the path", grade, problems),
                         [ca.leaf(issuer, [host_of(name)]), issuer])


# ---- What a key may be used for, in all combinations


PURPOSES = {"none": None, "server": ("serverAuth",), "any": ("any",), "client": ("clientAuth",),
            "mail": ("emailProtection",), "both": ("serverAuth", "clientAuth")}
USAGES = {"none": None, "sign": ("digitalSignature",),
          "both": ("digitalSignature", "keyEncipherment"), "encipher": ("keyEncipherment",),
          "issue": ("keyCertSign",)}


def uses(ca):
    """RFC 5280 section 4.2.1.12: a certificate without the extension, or with anyExtendedKeyUsage,
    serves any purpose. Section 4.2.1.3: a TLS server needs a key that signs, or one that decrypts
    for suites with static RSA. A key that only decrypts rules out all other suites (RFC 8446
    section 4.4.2.2), but the certificate is good: OpenSSL's purpose "sslserver" takes both."""
    key = ca.make.key("RSA 2048", "leaf")
    for purpose, usage in itertools.product(PURPOSES, USAGES):
        name = f"purpose-{purpose}-usage-{usage}"
        extensions = [mint.alternative_names(mint.dns_name(host_of(name)))]
        if PURPOSES[purpose]:
            extensions.append(mint.purposes(*PURPOSES[purpose]))
        if USAGES[usage]:
            extensions.append(mint.key_usage(*USAGES[usage]))
        good = purpose not in ("client", "mail") and usage != "issue"
        problems = () if good else ("bad_purpose",)
        yield Served(Row(name, "RFC 5280 sections 4.2.1.3 and 4.2.1.12", grade_of(problems), problems),
                     [ca.leaf(extensions=extensions, key=key), ca.inter])


# ---- Names (RFC 9525)


# Name of the row, MX host before .lab.test, names in the certificate, whether they match, section.
DNS = mint.dns_name
NAME_CASES = (
    ("exact", "mx.exact", [DNS("mx.exact.lab.test")], True, "6.3"),
    ("upper-case", "mx.upper", [DNS("MX.Upper.LAB.Test")], True, "6.3: case is ignored"),
    ("second-of-two", "mx.second", [DNS(OTHER), DNS("mx.second.lab.test")], True, "6.3"),
    ("last-of-hundred", "mx.hundred", [*(DNS(f"h{n}.elsewhere.test") for n in range(99)),
                                       DNS("mx.hundred.lab.test")], True, "6.3"),
    ("wildcard", "mx.wild", [DNS("*.wild.lab.test")], True, "6.3"),
    ("wildcard-upper", "mx.wildup", [DNS("*.WILDUP.lab.test")], True, "6.3"),
    ("wildcard-two-labels", "a.mx.wild2", [DNS("*.wild2.lab.test")], False, "6.3: one label"),
    ("wildcard-no-label", "wild0", [DNS("*.wild0.lab.test")], False, "6.3: one label"),
    ("wildcard-part-first", "mx.part1", [DNS("m*.part1.lab.test")], False, "6.3: the whole label"),
    ("wildcard-part-last", "mx.part2", [DNS("*x.part2.lab.test")], False, "6.3: the whole label"),
    ("wildcard-second-label", "mx.mid", [DNS("mx.*.lab.test")], False, "6.3: the left-most label"),
    ("wildcard-two", "mx.twowild", [DNS("*.*.lab.test")], False, "6.3: only one"),
    ("wildcard-alone", "mx.star", [DNS("*")], False, "6.3"),
    ("wildcard-beside-exact", "mx.beside", [DNS("*.elsewhere.test"), DNS("mx.beside.lab.test")],
     True, "6.3"),
    ("wildcard-a-label", "xn--bcher-kva.wildidn", [DNS("*.wildidn.lab.test")], True,
     "6.3: a whole A-label"),
    ("a-label", "xn--bcher-kva.idn", [DNS("xn--bcher-kva.idn.lab.test")], True, "6.3 and 2"),
    ("a-label-part", "xn--bcher-kva.idnpart", [DNS("xn--*.idnpart.lab.test")], False,
     "6.3: the whole label"),
    ("u-label", "xn--bcher-kva.ulabel", [DNS("b\u00fccher.ulabel.lab.test".encode())], False,
     "6.3: A-labels are compared"),
    ("other-label", "mx.label", [DNS("my.label.lab.test")], False, "6.3"),
    ("suffix", "mx.suffix", [DNS("suffix.lab.test")], False, "6.3: all labels"),
    ("prefix", "mx.prefix", [DNS("mx.prefix.lab.test.example")], False, "6.3: all labels"),
    ("longer", "mx.longer", [DNS("a.mx.longer.lab.test")], False, "6.3: all labels"),
    ("leading-dot", "mx.dot", [DNS(".dot.lab.test")], False, "6.3"),
    ("empty-name", "mx.emptyname", [DNS("")], False, "6.3"),
    ("nul-inside", "mx.nul", [DNS(b"mx.nul.lab.test\0.elsewhere.test")], False, "6.3"),
    ("address-alone", "mx.address", [mint.address_name(127, 0, 0, 1)], False, "6.1: a DNS-ID"),
    ("mail-alone", "mx.mail", [mint.mail_name("postmaster@mx.mail.lab.test")], False,
     "6.1: a DNS-ID"),
    ("uri-alone", "mx.uri", [mint.uri_name("https://mx.uri.lab.test/")], False, "6.1: a DNS-ID"),
    ("srv-alone", "mx.srv", [mint.srv_name("_smtp.mx.srv.lab.test")], False,
     "6.1: no SRV record led here"),
    ("domain-alone", "mx.domain", [DNS("domain-alone.lab.test")], False,
     "RFC 7817 section 3; the reference identifier is the MX host"),
)


def names(ca):
    for name, host, sans, matches, section in NAME_CASES:
        problems = () if matches else ("name_mismatch",)
        leaf = ca.leaf(extensions=[mint.key_usage("digitalSignature"), mint.purposes("serverAuth"),
                                   mint.alternative_names(*sans)])
        yield Served(Row("name-" + name, "RFC 9525 section " + section, grade_of(problems), problems),
                     [leaf, ca.inter], host + ".lab.test")
    # RFC 9525 section 2: a common name does not identify a host.
    for name, sans, problems in (("alone", (), ("name_mismatch", "cn_only")),
                                 ("beside", (OTHER,), ("name_mismatch", "cn_only"))):
        row = "name-common-" + name
        extensions = [mint.key_usage("digitalSignature"), mint.purposes("serverAuth")]
        if sans:
            extensions.append(mint.alternative_names(*map(DNS, sans)))
        yield Served(Row(row, "RFC 9525 sections 2 and 6.1", "C", problems),
                     [ca.leaf(extensions=extensions, common_name=host_of(row)), ca.inter])
    # OpenSSL and GnuTLS take a wildcard only with two labels behind it.
    yield Served(Row("name-wildcard-top", "RFC 9525 section 7.1; OpenSSL's and GnuTLS's rule",
                     "C", ("name_mismatch",)),
                 [ca.leaf(names=["*.test"]), ca.inter], "labtop.test")


# ---- Paths (RFC 5280 section 6.1)


def paths(ca):
    def row(name, source, problems=()):
        return Row("path-" + name, "RFC 5280 section " + source, grade_of(problems), problems)

    def own(name, issuer, **more):
        return ca.leaf(issuer, [host_of("path-" + name)], **more)

    second = ca.ca("Second", "P-256", ca.inter)
    third = ca.ca("Third", "P-256", second)
    short = ca.ca("No CA below", "P-256", ca.root, pathlen=0)
    below_short = ca.ca("Below none", "P-256", short)
    one = ca.ca("One CA below", "P-256", ca.root, pathlen=1)
    below_one = ca.ca("Below one", "P-256", one)
    below_two = ca.ca("Below two", "P-256", below_one)
    old = ca.ca("Old", "P-256", ca.root, days=(-400, -10))
    young = ca.ca("Young", "P-256", ca.root, days=(10, 400))
    plain = ca.ca("No CA", "P-256", ca.root, extensions=[mint.basic_constraints(False), CA_USAGE])
    bare = ca.ca("No constraints", "P-256", ca.root, extensions=[CA_USAGE])
    first_version = ca.ca("Version 1", "P-256", ca.root, extensions=[], version=1)
    no_sign = ca.ca("Signs no certificates", "P-256", ca.root, extensions=[
        mint.basic_constraints(True), mint.key_usage("cRLSign")])
    no_usage = ca.ca("Says no usage", "P-256", ca.root, extensions=[mint.basic_constraints(True)])
    for_clients = ca.ca("For clients", "P-256", ca.root, extensions=[
        mint.basic_constraints(True), CA_USAGE, mint.purposes("clientAuth")])
    for_servers = ca.ca("For servers", "P-256", ca.root, extensions=[
        mint.basic_constraints(True), CA_USAGE, mint.purposes("serverAuth")])
    odd = ca.ca("Odd", "P-256", ca.root, extensions=[
        mint.basic_constraints(True), CA_USAGE, mint.unknown(True)])
    noted = ca.ca("Noted", "P-256", ca.root, extensions=[
        mint.basic_constraints(True), CA_USAGE, mint.unknown(False)])
    explicit = ca.ca("Wants a policy", "P-256", ca.root, extensions=[
        mint.basic_constraints(True), CA_USAGE, mint.policy_constraints(0)])
    cross = ca.ca("Issuer", "P-256", ca.stranger)  # of the same name and key
    violation = ("constraint_violation",)
    yield from (
        Served(row("two", "6.1"), [own("two", second), second, ca.inter]),
        Served(row("three", "6.1"), [own("three", third), third, second, ca.inter]),
        Served(row("reversed", "6.1; RFC 8446 section 4.4.2 lets the order be any"),
               [own("reversed", second), ca.inter, second]),
        Served(row("with-root", "6.1"), [own("with-root", ca.inter), ca.inter, ca.root]),
        Served(row("with-stranger", "6.1"),
               [own("with-stranger", ca.inter), ca.stranger, ca.inter]),
        Served(row("twice", "6.1"), [own("twice", ca.inter), ca.inter, ca.inter]),
        Served(row("middle-missing", "6.1", ("incomplete_chain",)),
               [own("middle-missing", second), second]),
        Served(row("first-missing", "6.1", ("incomplete_chain",)),
               [own("first-missing", second), ca.inter]),
        Served(row("by-root", "6.1"), [own("by-root", ca.root)]),
        Served(row("cross-first", "6.1: any path that is valid"),
               [own("cross-first", ca.inter), cross, ca.inter]),
        Served(row("cross-last", "6.1: any path that is valid"),
               [own("cross-last", ca.inter), ca.inter, cross, ca.stranger]),
        Served(row("length-0", "4.2.1.9"), [own("length-0", short), short]),
        Served(row("length-0-crossed", "4.2.1.9", violation),
               [own("length-0-crossed", below_short), below_short, short]),
        Served(row("length-1", "4.2.1.9"), [own("length-1", below_one), below_one, one]),
        Served(row("length-1-crossed", "4.2.1.9", violation),
               [own("length-1-crossed", below_two), below_two, below_one, one]),
        Served(row("issuer-old", "6.1.3 (a) (2)", ("expired",)), [own("issuer-old", old), old]),
        Served(row("issuer-young", "6.1.3 (a) (2)", ("not_yet_valid",)),
               [own("issuer-young", young), young]),
        Served(row("issuer-no-ca", "6.1.4 (k)", violation), [own("issuer-no-ca", plain), plain]),
        Served(row("issuer-no-constraints", "6.1.4 (k)", violation),
               [own("issuer-no-constraints", bare), bare]),
        Served(row("issuer-version-1", "6.1.4 (k)", violation),
               [own("issuer-version-1", first_version), first_version]),
        Served(row("issuer-signs-not", "6.1.4 (n)", violation),
               [own("issuer-signs-not", no_sign), no_sign]),
        Served(row("issuer-no-usage", "6.1.4 (n): if a key usage is there"),
               [own("issuer-no-usage", no_usage), no_usage]),
        Served(row("issuer-for-clients", "4.2.1.12, as each implementation has it for CAs",
                   ("bad_purpose",)), [own("issuer-for-clients", for_clients), for_clients]),
        Served(row("issuer-for-servers", "4.2.1.12"),
               [own("issuer-for-servers", for_servers), for_servers]),
        Served(row("issuer-odd", "4.2: an unknown critical extension", violation),
               [own("issuer-odd", odd), odd]),
        Served(row("issuer-noted", "4.2: an unknown extension that is not critical"),
               [own("issuer-noted", noted), noted]),
        Served(row("issuer-wants-policy", "6.1.5 (g): no policy is valid, one has to be", violation),
               [own("issuer-wants-policy", explicit), explicit]),
        Served(row("leaf-odd", "4.2: an unknown critical extension", violation),
               [own("leaf-odd", ca.inter, more=[mint.unknown(True)]), ca.inter]),
        Served(row("leaf-noted", "4.2: an unknown extension that is not critical"),
               [own("leaf-noted", ca.inter, more=[mint.unknown(False)]), ca.inter]),
        Served(row("bad-signature", "6.1.3 (a) (1)", ("untrusted_root",)),
               [own("bad-signature", ca.inter, signed_by=ca.key), ca.inter]),
        Served(row("after-2050", "4.1.2.5: GeneralizedTime"),
               [own("after-2050", ca.inter, days=(-10, 12000)), ca.inter]),
    )


# ---- Name constraints (RFC 5280 section 4.2.1.10) in all combinations


def constraints(ca):
    """Combines each permitted subtree with each excluded one. The leaf has one name. A name is
    inside a subtree if it is the base of the subtree or below it."""
    inside = {"nothing": None, "parent": "lab.test", "elsewhere": "elsewhere.test",
              "label": "ab.test"}
    for permitted, excluded in itertools.product(inside, inside):
        if permitted == excluded == "nothing":
            continue
        name = f"within-{permitted}-without-{excluded}"
        may = permitted in ("nothing", "parent")
        must_not = excluded == "parent"
        problems = () if may and not must_not else ("constraint_violation",)
        issuer = ca.ca(name, "P-256", ca.root, owner="constrained", extensions=[
            mint.basic_constraints(True), CA_USAGE, mint.name_constraints(
                *([DNS(inside[side])] if inside[side] else [] for side in (permitted, excluded)))])
        yield Served(Row(name, "RFC 5280 sections 4.2.1.10 and 6.1.3 (b), (c)",
                         grade_of(problems), problems),
                     [ca.leaf(issuer, [host_of(name)]), issuer])


def everything(ca):
    for part in (states, signatures, keys, uses, names, paths, constraints):
        yield from part(ca)
