"""Makes a small PKI with the openssl command line tool: a root that the scanner is told to trust,
an intermediate below it, a second root that nobody trusts, and leafs with one fault each.

Files of a leaf NAME: NAME.key, NAME.pem (the leaf alone) and NAME.chain.pem (as a server sends it).
"""
import datetime
import os
import subprocess

EXTENSIONS = """
[ root ]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ intermediate ]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ leaf ]
basicConstraints = critical, CA:false
keyUsage = critical, {usage}
extendedKeyUsage = {purpose}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
{names}
"""

EC_USAGE = "digitalSignature"

# openssl commands for keys that some TLS libraries lack.
_EC = ("genpkey", "-algorithm", "EC", "-pkeyopt")
_RSA = ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
RARE_KEYS = {
    "ed448": ("genpkey", "-algorithm", "ED448"),
    "rsa-pss": ("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
    "exponent": (*_RSA, "-pkeyopt", f"rsa_keygen_pubexp:{2 ** 40 + 15}"),
    "explicit": ("ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout"),
    "brainpool": (*_EC, "ec_paramgen_curve:brainpoolP256r1"),
    "secp256k1": (*_EC, "ec_paramgen_curve:secp256k1"),
    "p224": (*_EC, "ec_paramgen_curve:P-224"),
}

CA = """
[ ca ]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
policy = any
default_md = sha256
[ any ]
organizationName = optional
commonName = optional
"""


class Leaf:
    """A certificate and key as files. `chain` is what a server is to send."""

    def __init__(self, folder, name):
        self.key = os.path.join(folder, name + ".key")
        self.certificate = os.path.join(folder, name + ".pem")
        self.chain = os.path.join(folder, name + ".chain.pem")


class Pki:
    """`root_file` is for --ca-file. Everything lives in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.root_file = self._root("root", "Wire Test Root")
        self.other_root_file = self._root("other_root", "Nobody's Root")
        self.intermediate_file = self._intermediate("intermediate", "root", "Wire Test CA")

    # -- leafs: the healthy one first, then one fault each

    def leaf(self, name, hosts, key="ec", issuer="intermediate", days=(-30, 60), digest="sha256",
             purpose="serverAuth", send=("intermediate",), common_name=None, names=True, more=""):
        """Issues a leaf for `hosts`; `send` are the CA certificates that the server adds to it,
        `more` are lines of further extensions."""
        leaf = Leaf(self.folder, name)
        self._key(leaf.key, key)
        request = self._path(name + ".csr")
        self._openssl("req", "-new", "-key", leaf.key, "-subj",
                      "/O=Wire Test/CN=" + (common_name or hosts[0]), "-out", request)
        self._sign(request, leaf.certificate, issuer, "leaf", days, digest,
                   names="subjectAltName = " + ",".join("DNS:" + host for host in hosts)
                   + "\n" + more if names else more, purpose=purpose,
                   usage=EC_USAGE if key == "ec" else EC_USAGE + ", keyEncipherment")
        self._join(leaf.chain, [leaf.certificate] + [self._path(ca + ".pem") for ca in send])
        return leaf

    def leaf_of_key(self, name, hosts, key_command, issuer="intermediate", send=("intermediate",),
                    usage=EC_USAGE):
        """A leaf; `openssl KEY_COMMAND -out FILE` makes its key."""
        leaf = Leaf(self.folder, name)
        self._openssl(*key_command, "-out", leaf.key)
        request = self._path(name + ".csr")
        self._openssl("req", "-new", "-key", leaf.key, "-subj", "/O=Wire Test/CN=" + hosts[0],
                      "-out", request)
        self._sign(request, leaf.certificate, issuer, "leaf", (-30, 60), "sha256",
                   names="subjectAltName = " + ",".join("DNS:" + host for host in hosts), usage=usage)
        self._join(leaf.chain, [leaf.certificate] + [self._path(ca + ".pem") for ca in send])
        return leaf

    def authority_of_key(self, name, key_command, issuer=None):
        """A root or, with `issuer`, a CA below it; `openssl KEY_COMMAND -out FILE` makes its
        key."""
        key, path = self._path(name + ".key"), self._path(name + ".pem")
        subject = "/O=Wire Test/CN=Authority " + name
        self._openssl(*key_command, "-out", key)
        if issuer is None:
            config = self._write(name + ".cnf", "[ req ]\ndistinguished_name = dn\n[ dn ]\n" +
                                 EXTENSIONS.format(names="", purpose="serverAuth", usage=EC_USAGE))
            self._openssl("req", "-new", "-x509", "-key", key, "-days", "3650", "-subj", subject,
                          "-config", config, "-extensions", "root", "-out", path)
        else:
            request = self._path(name + ".csr")
            self._openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
            self._sign(request, path, issuer, "intermediate", (-300, 1500), "sha256")
        return path

    def expired(self, name, host):
        return self.leaf(name, [host], days=(-120, -30))

    def not_yet_valid(self, name, host):
        return self.leaf(name, [host], days=(30, 120))

    def without_intermediate(self, name, host):
        return self.leaf(name, [host], send=())

    def common_name_only(self, name, host):
        return self.leaf(name, [host], names=False)

    def of_unknown_root(self, name, host):
        return self.leaf(name, [host], issuer="other_root", send=("other_root",))

    def self_signed(self, name, host):
        leaf = Leaf(self.folder, name)
        self._key(leaf.key, "ec")
        self._openssl("req", "-new", "-x509", "-key", leaf.key, "-subj", "/CN=" + host,
                      "-addext", "subjectAltName=DNS:" + host, "-days", "365",
                      "-out", leaf.certificate)
        self._join(leaf.chain, [leaf.certificate])
        return leaf

    # -- how

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError("openssl " + " ".join(arguments) + ":\n" + done.stdout)
        return done.stdout

    def _key(self, path, kind):
        if kind == "ec":
            options = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        else:
            options = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + kind[len("rsa"):]]
        self._openssl("genpkey", *options, "-out", path)

    def _root(self, name, common_name):
        path = self._path(name + ".pem")
        config = self._write(name + ".cnf", "[ req ]\ndistinguished_name = dn\n[ dn ]\n" +
                             EXTENSIONS.format(names="", purpose="serverAuth", usage=EC_USAGE))
        self._key(self._path(name + ".key"), "rsa2048")
        self._openssl("req", "-new", "-x509", "-key", self._path(name + ".key"), "-days", "3650",
                      "-subj", "/O=Wire Test/CN=" + common_name, "-config", config,
                      "-extensions", "root", "-out", path)
        return path

    def _intermediate(self, name, issuer, common_name):
        path = self._path(name + ".pem")
        request = self._path(name + ".csr")
        self._key(self._path(name + ".key"), "rsa2048")
        self._openssl("req", "-new", "-key", self._path(name + ".key"), "-subj",
                      "/O=Wire Test/CN=" + common_name, "-out", request)
        self._sign(request, path, issuer, "intermediate", (-300, 1500), "sha256")
        return path

    def _sign(self, request, out, issuer, extensions, days, digest, names="",
              purpose="serverAuth", usage=EC_USAGE):
        self._write("index", "")
        config = self._write("ca.cnf", CA.format(folder=self.folder))
        extensions_file = self._write("extensions.cnf",
                                      EXTENSIONS.format(names=names, purpose=purpose,
                                                        usage=usage))
        now = datetime.datetime.now(datetime.timezone.utc)
        start, end = (f"{now + datetime.timedelta(days=day):%Y%m%d%H%M%SZ}" for day in days)
        self._openssl("ca", "-batch", "-notext", "-config", config, "-name", "ca",
                      "-in", request, "-out", out, "-cert", self._path(issuer + ".pem"),
                      "-keyfile", self._path(issuer + ".key"), "-md", digest,
                      "-startdate", start, "-enddate", end,
                      "-extfile", extensions_file, "-extensions", extensions)

    def _write(self, name, text):
        path = self._path(name)
        with open(path, "w", encoding="ascii") as stream:
            stream.write(text)
        return path

    @staticmethod
    def _join(out, parts):
        with open(out, "w", encoding="ascii") as stream:
            for part in parts:
                with open(part, encoding="ascii") as source:
                    stream.write(source.read())
