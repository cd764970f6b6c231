"""The street of test_stock.py: the laboratory's DNS in a network namespace of its own, and the
houses (see stock_house.py) with the mail servers as their packages have installed them. Call
enter() first.
"""
import contextlib
import os
import re
from concurrent.futures import ThreadPoolExecutor

from dns import Dns
from enforced_lab import enter
from lab import Lab
from stacks import BESIDE, Missing
from stock_house import RESOLVER, House

SERVICES = "smtp,submission,submissions,imap,imaps,pop3,pop3s,sieve"
PORTS = {"smtp": 25, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "pop3": 110,
         "pop3s": 995, "sieve": 4190}

SNAKEOIL = ("/etc/ssl/certs/ssl-cert-snakeoil.pem", "/etc/ssl/private/ssl-cert-snakeoil.key")

# The commands start the servers as the packages' services do. configure-instance.sh fills the
# chroot.
POSTFIX = "/usr/lib/postfix/configure-instance.sh -; exec postfix start-fg"
EXIM = "mkdir -m 755 /run/exim4; chown Debian-exim: /run/exim4; update-exim4.conf; " \
       "exec exim4 -bdf -q30m"
# By itself it takes no connection while the load average of the whole machine is above 12.
SENDMAIL = "mkdir -p /run/sendmail/mta; m4 /etc/mail/sendmail.mc >/etc/mail/sendmail.cf; " \
           "exec sendmail-mta -ORefuseLA=10000 -bD -q10m"


def contents(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def at_once(function, things):
    """The function's results, in order. The calls run in threads because they mostly wait."""
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(function, things))


class Street(Lab):
    def __init__(self):
        super().__init__()
        self.houses = []
        self.missing = {}

    def __enter__(self):
        super().__enter__()
        self.dns = Dns(self.dns.folder, self.network, port=53,
                       interfaces=("127.0.0.1", RESOLVER))
        for number, (name, make) in enumerate(HOUSES.items()):
            try:
                house = make(self, number, name)
            except Missing as why:
                self.missing[name] = str(why)
                continue
            self.houses.append(house)
            self.dns.add(house.host, "A " + house.address)
            if 25 in house.ports:
                self.dns.add(f"{name}.stock.test", f"MX 10 {house.host}.")
            for service, port in PORTS.items():
                if service != "smtp" and port in house.ports:
                    self.dns.add(f"_{service}._tcp.{name}.stock.test",
                                 f"SRV 0 1 {port} {house.host}.")
        return self

    @contextlib.contextmanager
    def running(self):
        with self.dns, contextlib.ExitStack() as stack:
            stack.push(self._stop)
            at_once(self._start, self.houses)
            for name in self.missing:
                print(f"not here: {name}: {self.missing[name]}")
            self.houses = [house for house in self.houses if house.name not in self.missing]
            yield self

    def _start(self, house):
        try:
            house.__enter__()
        except Missing as why:
            self.missing[house.name] = str(why)

    def _stop(self, *_):
        for house in self.houses:
            if house.process:
                house.__exit__()

    def options(self, *more):
        # No server here limits connections, and all count as one provider.
        return ["--allow-net", "198.18.0.0/15", "--rate", "0", "--provider-rate", "0",
                "--per-provider", "100", "--per-address", "8", "--retry-wait", "1", *super().options(*more)]

    # -- houses

    def house(self, number, name, layer, command, ports, certificate=None, key=None, key_mode=0o640,
              files=(), kind="rsa2048"):
        """Makes a House. `certificate` and `key` are the paths at which the package expects
        them."""
        host = f"mx.{name}.stock.test"
        files = dict(files)
        if certificate:
            leaf = self.pki.leaf(name, [host], key=kind)
            files[certificate] = (contents(leaf.chain), 0o644)
            files[key] = (contents(leaf.key), key_mode)
        return House(self.folder, number, name, layer, command, ports, files)


def changed(layer, path, *changes):
    """The package's file with `changes` (pattern, replacement). Each pattern must occur in the
    file."""
    whole = os.path.join(BESIDE, "stock", layer, path.lstrip("/"))
    if not os.path.exists(whole):
        raise Missing(whole + " is not there: install-stock makes it")
    text = contents(whole)
    for old, new in changes:
        text, found = re.subn(old, new, text)
        assert found > 0, f"{path} has no {old}"
    return {path: (text, 0o644)}


def postfix(street, number, name):
    return street.house(number, name, "postfix", POSTFIX, [25], *SNAKEOIL)


def dovecot(street, number, name):
    """The package's ssl_cert and ssl_key name links to the files of the package ssl-cert."""
    return street.house(number, name, "dovecot", "exec dovecot -F",
                        [587, 143, 993, 110, 995, 4190], *SNAKEOIL)


def exim(street, number, name):
    return street.house(number, name, "exim", EXIM, [25])


def exim_tls(street, number, name):
    """README.Debian, section 2.2: TLS takes exim.crt and exim.key beside the configuration, and one
    macro."""
    files = {"/etc/exim4/exim4.conf.localmacros": ("MAIN_TLS_ENABLE = yes\n", 0o644)}
    return street.house(number, name, "exim", EXIM, [25], "/etc/exim4/exim.crt",
                        "/etc/exim4/exim.key", 0o644, files)


def opensmtpd(street, number, name):
    """The package listens on localhost; a comment in its file says what to write instead."""
    files = changed("opensmtpd", "/etc/smtpd.conf", (r"(?m)^listen on localhost$", "listen on 0.0.0.0"))
    return street.house(number, name, "opensmtpd", "exec smtpd -d", [25], files=files)


def opensmtpd_tls(street, number, name, kind="rsa2048"):
    """smtpd.conf(5): a pki has a certificate and a key; "tls" offers STARTTLS."""
    files = changed("opensmtpd", "/etc/smtpd.conf",
                    (r"(?m)^listen on localhost$",
                     'pki stock cert "/etc/ssl/stock.pem"\npki stock key "/etc/ssl/stock.key"\n'
                     "listen on 0.0.0.0 tls pki stock"))
    return street.house(number, name, "opensmtpd", "exec smtpd -d", [25], "/etc/ssl/stock.pem",
                        "/etc/ssl/stock.key", 0o600, files, kind)


def opensmtpd_ecdsa(street, number, name):
    return opensmtpd_tls(street, number, name, "ec")


# The package listens on loopback addresses. This change makes it listen on all.
SENDMAIL_EVERYWHERE = (r", Addr=127\.0\.0\.1'\)dnl", "')dnl")


def sendmail(street, number, name):
    files = changed("sendmail", "/etc/mail/sendmail.mc", SENDMAIL_EVERYWHERE)
    return street.house(number, name, "sendmail", SENDMAIL, [25], files=files)


def sendmail_tls(street, number, name):
    """Adds the line that README.Debian gives for STARTTLS, and the files that its starttls.m4
    names."""
    files = changed("sendmail", "/etc/mail/sendmail.mc", SENDMAIL_EVERYWHERE,
                    ("MAILER_DEFINITIONS", "include(`/etc/mail/tls/starttls.m4')dnl\n"
                     "MAILER_DEFINITIONS"))
    return street.house(number, name, "sendmail", SENDMAIL, [25],
                        "/etc/mail/tls/sendmail-server.crt", "/etc/mail/tls/sendmail-common.key",
                        0o600, files)


def haraka_house(street, number, name, files):
    program = os.path.join(BESIDE, "haraka/node_modules/Haraka")
    node = os.path.join(BESIDE, "node/node_modules/node/bin/node")
    for path in (program, node):
        if not os.path.exists(path):
            raise Missing(path + " is not there: install-servers puts it there")
    # By its README "haraka -i" writes the configuration of a new server.
    command = (f"{node} {program}/bin/haraka -i /srv/haraka; cp -r /srv/more/. /srv/haraka/config; "
               f"exec {node} {program}/bin/haraka -c /srv/haraka")
    more = {"/srv/more/me": (f"mx.{name}.stock.test\n", 0o644), **files}
    return House(street.folder, number, name, None, command, [25], more)


def haraka(street, number, name):
    return haraka_house(street, number, name, {})


def haraka_tls(street, number, name):
    """docs/plugins/tls.md: adds the plugin to config/plugins, and certificate and key by default
    names."""
    leaf = street.pki.leaf(name, [f"mx.{name}.stock.test"], key="rsa2048")
    path = os.path.join(BESIDE, "haraka/node_modules/Haraka/config/plugins")
    if not os.path.exists(path):
        raise Missing(path + " is not there: install-servers puts it there")
    return haraka_house(street, number, name, {
        "/srv/more/plugins": (contents(path).replace("\n# tls\n", "\ntls\n"), 0o644),
        "/srv/more/tls_cert.pem": (contents(leaf.chain), 0o644),
        "/srv/more/tls_key.pem": (contents(leaf.key), 0o644)})


# The least that the mail module needs. In the package's file mail {} is a comment.
NGINX = """
mail {
  auth_http 127.0.0.1:9;
  server_name HOST;
  ssl_certificate /etc/ssl/certs/ssl-cert-snakeoil.pem;
  ssl_certificate_key /etc/ssl/private/ssl-cert-snakeoil.key;
  server { listen 25; protocol smtp; starttls on; }
  server { listen 143; protocol imap; starttls on; }
  server { listen 110; protocol pop3; starttls on; }
  server { listen 993 ssl; protocol imap; }
  server { listen 995 ssl; protocol pop3; }
}
"""


def nginx(street, number, name):
    files = {"/etc/nginx/modules-enabled/90-mail.conf":
             (NGINX.replace("HOST", f"mx.{name}.stock.test"), 0o644)}
    return street.house(number, name, "nginx", "mkdir -p /var/log/nginx; exec nginx -g 'daemon off;'",
                        [25, 143, 110, 993, 995], *SNAKEOIL, files=files)


HOUSES = {"postfix": postfix, "dovecot": dovecot, "exim": exim, "exim-tls": exim_tls,
          "opensmtpd": opensmtpd, "opensmtpd-tls": opensmtpd_tls,
          "opensmtpd-ecdsa": opensmtpd_ecdsa, "sendmail": sendmail,
          "sendmail-tls": sendmail_tls, "haraka": haraka, "haraka-tls": haraka_tls, "nginx": nginx}
