"""Mail servers that send: a Postfix and an Exim of their own folders, with the resolver of the system
and the laboratory's root, that deliver one message to many domains and say what became of it.
"""
import os
import re
import shutil
import smtplib
import socket

from postfix import DAEMONS, MASTER, Postfix
from processes import free_port, run, wait_until
from stacks import EXIM_PROGRAM, need_beside

SECONDS = 40
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = sender.wire.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
biff = no
alias_maps =
alias_database =
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = dnssec
smtp_host_lookup = dns
smtp_tls_loglevel = 1
smtp_tls_CAfile = {root}
smtp_connect_timeout = 5s
tls_random_source = dev:/dev/urandom
"""
SMTP = "smtp unix - - n - - smtp\n"


class PostfixSender(Postfix):
    """`parameters` are of main.cf."""

    def __init__(self, folder, root, **parameters):
        super().__init__(folder, free_port("127.0.0.1"))
        self.root = root
        self.parameters = parameters

    def deliver(self, domains):
        """{domain: (status, the host that took it or "none")}, and the log."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            client.sendmail("from@wire.test", ["to@" + domain for domain in domains],
                            "Subject: enforced\n\nHello.\n")
        found = {}

        def all_said():
            with open(self.log_file, encoding="utf-8", errors="replace") as stream:
                text = stream.read()
            for domain, relay, status in re.findall(
                    r"to=<to@([^>]+)>, relay=([^,\[]+)\S*, .*?status=(\w+)", text):
                found[domain] = (status, relay)
            return text if set(domains) <= set(found) else None
        return found, wait_until(all_said, "Postfix to say what became of the mail", SECONDS)

    def _is_ready(self):
        self.process.check()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                greeting = probe.recv(512)
                probe.sendall(b"QUIT\r\n")
                return greeting.startswith(b"220")
        except OSError:
            return False

    def _write_configuration(self):
        text = MAIN.format(folder=self.folder, daemons=DAEMONS, root=self.root) + \
            "".join(f"{key} = {value}\n" for key, value in self.parameters.items())
        with open(os.path.join(self.folder, "main.cf"), "w", encoding="ascii") as stream:
            stream.write(text)
        with open(os.path.join(self.folder, "master.cf"), "w", encoding="ascii") as stream:
            stream.write(MASTER + SMTP + f"127.0.0.1:{self.port} inet n - n - - smtpd\n")


EXIM = """
primary_hostname = sender.wire.test
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
exim_user = mail
exim_group = mail
host_lookup =
keep_environment =
log_selector = +tls_certificate_verified +tls_cipher
remote_max_parallel = 20
{main}
begin acl
begin routers
{routers}
begin transports
{transports}
begin retry
* * F,1h,1m
"""


class EximSender:
    """`main`, `routers` and `transports` are those parts of its configuration."""

    def __init__(self, folder, main, routers, transports):
        self.program = need_beside(EXIM_PROGRAM)
        self.folder = folder
        for name in ("spool", "log"):
            os.makedirs(os.path.join(folder, name))
            shutil.chown(os.path.join(folder, name), "mail", "mail")
        os.chmod(folder, 0o755)
        self.configuration = os.path.join(folder, "exim.conf")
        with open(self.configuration, "w", encoding="ascii") as stream:
            stream.write(EXIM.format(program=self.program, folder=folder, main=main, routers=routers,
                                     transports=transports))
        os.chmod(self.configuration, 0o644)

    def deliver(self, domains):
        """{domain: ("=>", "==" or "**", how the certificate was verified)}, and the log."""
        said = run([self.program, "-C", self.configuration, "-odi", "-oi", "-f", "from@wire.test",
                    *("to@" + domain for domain in domains)], seconds=SECONDS,
                   text_in="Subject: enforced\n\nHello.\n").stdout
        # Exim gives up root for a configuration of -C, and logs to its standard error then.
        found = {}
        for mark, domain, rest in re.findall(r" (=>|->|==|\*\*) to@(\S+?):? (.*)", said):
            verified = re.search(r" CV=(\w+)", rest)
            found[domain] = (mark, verified.group(1) if verified else None)
        return found, said
