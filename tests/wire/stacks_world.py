"""The world of the tests on different TLS stacks: the servers, each at an address of its own, and
what scans say of them. The witnesses are the tests' own.
"""
import concurrent.futures
import contextlib

from processes import run
from releases import MBEDTLS_CUT
from stacks import (Compiled, Exim, GnutlsServ, Jsse, Missing, Nginx, Node, OldNode, Selfserv,
                    SServer, Stunnel)

# Inside TLS selfserv takes nothing but HTTP: what is said there is waited for in vain.
OPTIONS = ("--hosts", "--reply-timeout", "6")

OLD_SUITES = ("SSL_RSA_EXPORT_WITH_RC4_40_MD5", "SSL_RSA_WITH_DES_CBC_SHA",
              "SSL_RSA_WITH_RC4_128_SHA", "SSL_DH_anon_WITH_RC4_128_MD5", "SSL_RSA_WITH_NULL_SHA",
              "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA")


# Most connections to a server, confirmations and controls included. A repeated handshake counts for
# the name.
STANDARD_BUDGET = 12
DEEP_BUDGET = 40
REPEATED = 2


def check_suites(differences, server, deep, listed, seen):
    """`listed` are the suites of a deep scan that a witness knows, `seen` those that it gets. Each
    suite takes a connection, so that those of a server with many are cut by the budget: these are
    marked, and what is listed is right."""
    cut = server.knows.get("cut", [])
    differences.equal(f"{server.name}: lists that are cut", deep["tls"]["lists_incomplete"], cut)
    if cut:
        differences.equal(f"{server.name}: suites that nobody else gets", sorted(set(listed) - set(seen)),
                          [])
        differences.equal(f"{server.name}: connections", deep["connections"], DEEP_BUDGET)
    else:
        differences.equal(f"{server.name}: suites", sorted(listed), sorted(seen))


class World:
    def __init__(self, lab):
        self.lab = lab
        rsa = {"key": "rsa2048"}
        self.stacks = [
            Exim(lab, "exim", 10, self.leaf("exim", **rsa), {}),
            Nginx(lab, "nginx", 11, self.leaf("nginx"), {}),
            Stunnel(lab, "stunnel", 12, self.leaf("stunnel", **rsa), {}),
            SServer(lab, "everything", 13, self.leaf("everything", **rsa), {"cut": ["suites"]},
                    options=("-cipher", "AES128:3DES:eNULL:aNULL:@SECLEVEL=0", "-dhparam",
                             self.dh_file())),
            SServer(lab, "dhe", 14, self.leaf("dhe", **rsa),
                    {"dialogue": ("tls_alert", "unknown")},
                    options=("-no_tls1_3", "-cipher", "DHE+AESGCM:!aNULL:@SECLEVEL=0", "-dhparam",
                             self.dh_file())),
            GnutlsServ(lab, "gnutls", 15, self.leaf("gnutls", **rsa), {}, priority="NORMAL"),
            GnutlsServ(lab, "gnutls-old", 16, self.leaf("gnutls-old", **rsa), {},
                       priority="LEGACY:+VERS-TLS1.0:+VERS-TLS1.1:+3DES-CBC:+ANON-DH:+NULL:+RSA:"
                                "%VERIFY_ALLOW_SIGN_WITH_SHA1:+SIGN-RSA-SHA1"),
            Node(lab, "node", 17, self.leaf("node"), {"post_quantum": "X25519MLKEM768"}),
            # In TLS 1.2 its whole first flight is in one record.
            Selfserv(lab, "nss", 18, self.leaf("nss", **rsa),
                     {"one_record": True, "cut": ["suites"]}),
            # DHE is for clients that name a group of RFC 7919, as OpenSSL's does in TLS 1.3 only.
            # It answers more than 150 suites with decode_error, and closes the connection to who
            # sends an x25519 share of 256 bits.
            Compiled(lab, "wolfssl", 22, self.leaf("wolfssl", **rsa),
                     {"dhe_by_name": True, "strict": True},
                     source="wolfssl_server.c", libraries=("wolfssl",)),
            Compiled(lab, "mbedtls", 23, self.leaf("mbedtls", **rsa), {"cut": MBEDTLS_CUT},
                     source="mbedtls_server.c",
                     libraries=("mbedtls", "mbedx509", "mbedcrypto")),
            Jsse(lab, "jsse-old", 19, self.leaf("jsse-old", **rsa),
                 {}, protocols=("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"), suites=OLD_SUITES),
            Jsse(lab, "jsse", 20, self.leaf("jsse", **rsa), {},
                 protocols=("TLSv1.2", "TLSv1.3"),
                 suites=("TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")),
            OldNode(lab, "old-node", 21, self.leaf("old-node", **rsa), {}),
        ]
        self.running_stacks = []
        self.missing = {}
        for stack in self.stacks:
            lab.dns.add(stack.host, "A " + stack.address)
        self.standard = self.deep = self.counted = self.exims_log = None

    def leaf(self, name, **more):
        return self.lab.pki.leaf(name, [f"mx.{name}.stack.test"], **more)

    def dh_file(self):
        path = self.lab.folder + "/dh.pem"
        done = run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                    "group:modp_2048", "-out", path])
        assert done.returncode == 0, done.stdout
        return path

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab.dns)
            for server in self.stacks:
                try:
                    stack.enter_context(server)
                    self.running_stacks.append(server)
                except Missing as why:
                    self.missing[server.name] = str(why)
                    print(f"not here: {server.name}: {why}")
            yield

    def scan(self):
        before = {server.name: server.connections() for server in self.running_stacks}
        self.standard = self.lab.scan(self.list(), *OPTIONS)
        self.counted = {server.name: server.connections() - before[server.name]
                        for server in self.running_stacks if before[server.name] is not None}
        for server in self.running_stacks:
            if server.name == "exim":  # the witnesses come later
                with open(server.folder + "/log/mainlog", encoding="utf-8") as stream:
                    self.exims_log = stream.read()

    def scan_deeply(self):
        self.deep = self.lab.scan(self.list(), *OPTIONS, "--depth", "deep", seconds=240)

    def list(self):
        return "".join(server.host + "\n" for server in self.running_stacks)

    def ask(self, witness, at_once=4):
        """{name of a server: what `witness` says of it}, a server beside the other."""
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            names = [server.name for server in self.running_stacks]
            return dict(zip(names, pool.map(witness, self.running_stacks)))

    def way_to(self, server):
        """How a witness gets there: address, port, whether by STARTTLS."""
        return ((server.address, server.tls, False) if server.tls
                else (server.address, self.lab.port, True))
