"""A real Postfix that listens on many addresses, each a set-up of its own.

One master process serves them all, from a folder of its own: nothing of the machine's own Postfix
is read or touched. Each set-up is one line of master.cf with its own parameters and its own name in
the log, so that the log says what the scanner did to whom.
"""
import os
import pwd
import grp
import re
import socket

from processes import Process, run, wait_until

DAEMONS = "/usr/lib/postfix/sbin"

# OpenSSL 3 has no signature for TLS 1.0 and 1.1 above security level 0. Postfix asks for that level
# by itself where TLS is opportunistic; here it is said, as part of the list of suites.
LEVEL_0 = {"tls_medium_cipherlist": "ALL:!aNULL:!eNULL:@SECLEVEL=0"}

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.wire.test
mydestination =
local_transport = error:no mail is taken here
local_recipient_maps =
relay_domains = wire.test
mynetworks = 192.0.2.0/24
inet_interfaces = all
inet_protocols = all
biff = no
alias_maps =
alias_database =
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
smtpd_banner = $myhostname ESMTP wire test
smtpd_peername_lookup = no
# A line in the log for every EHLO, with the name that was given.
smtpd_delay_reject = no
smtpd_helo_restrictions = check_helo_access static:{{INFO greeted}}
smtpd_forbid_unauth_pipelining = yes
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_relay_restrictions = reject
# What a set-up of a test takes all the same goes nowhere.
default_transport = discard:
smtpd_client_event_limit_exceptions =
smtpd_timeout = 60
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_tls_exclude_ciphers = aNULL
smtpd_tls_dh1024_param_file = {folder}/dh2048.pem
smtpd_tls_session_cache_database =
tls_random_source = dev:/dev/urandom
postscreen_greet_wait = 1s
postscreen_greet_banner = mail.wire.test please wait
postscreen_greet_action = enforce
postscreen_cache_map =
postscreen_access_list =
"""

MASTER = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
tlsproxy unix - - n - 0 tlsproxy
dnsblog unix - - n - 0 dnsblog
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "private", "saved", "trace", "public", "maildrop", "pid")


class Setup:
    """An address with a behaviour. `host` is its name in the tests' DNS."""

    def __init__(self, name, address, host, leafs=(), postscreen=False, **parameters):
        self.name = name
        self.address = address
        self.host = host
        self.leafs = list(leafs)
        self.postscreen = postscreen
        self.parameters = parameters

    def options(self):
        parameters = dict(self.parameters)
        if self.leafs:
            # Key and chain in turn: Postfix then holds one certificate of each key type.
            parameters["smtpd_tls_chain_files"] = ", ".join(
                f"{leaf.key}, {leaf.chain}" for leaf in self.leafs)
        else:
            parameters["smtpd_tls_security_level"] = "none"
        parameters["syslog_name"] = "postfix/" + self.name
        return "".join(f"  -o {{ {key} = {value} }}\n" for key, value in parameters.items())


class Postfix:
    """Runs while the with statement does. The set-ups are given before."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port
        self.log_file = os.path.join(folder, "maillog")
        self.setups = []
        self.process = None

    def add(self, *arguments, **parameters):
        self.setups.append(Setup(*arguments, **parameters))
        return self.setups[-1]

    def __enter__(self):
        self._write_folders()
        self._write_configuration()
        # -d keeps master in the foreground, with its output where Process wants it.
        self.process = Process("postfix", [f"{DAEMONS}/master", "-d", "-c", self.folder],
                               self.folder)
        try:
            # master opens every socket before it starts its first daemon: one stands for all.
            wait_until(self._is_ready, "Postfix to answer")
        except BaseException:
            self.process.stop()
            raise
        return self

    def __exit__(self, *_):
        self.process.stop()

    # -- the log, as a witness

    def log_mark(self):
        """A place in the log: what is written later is behind it."""
        return os.path.getsize(self.log_file) if os.path.exists(self.log_file) else 0

    def log_lines(self, setup, since=0):
        """The lines of one set-up behind the mark, once all its dialogues have ended."""
        def read():
            with open(self.log_file, "rb") as stream:
                stream.seek(since)
                text = stream.read().decode("utf-8", "replace")
            lines = [line for line in text.splitlines() if f" postfix/{setup.name}/" in line]
            opened = sum(bool(re.search(r"/smtpd\[\d+\]: connect from ", line)) for line in lines)
            closed = sum(bool(re.search(r"/smtpd\[\d+\]: disconnect from ", line))
                         for line in lines)
            return (lines,) if opened <= closed else None
        return wait_until(read, f"the end of all dialogues with {setup.name}")[0]

    # -- how

    def _is_ready(self):
        """A short polite dialogue: the daemons' own start is over when it is."""
        self.process.check()
        try:
            with socket.create_connection((self.setups[0].address, self.port), 5) as probe:
                if self.setups[0].parameters.get("smtpd_tls_wrappermode") == "yes":
                    return True  # it speaks nothing but TLS
                greeting = probe.recv(512)
                probe.sendall(b"QUIT\r\n")
                return greeting.startswith(b"220") and probe.recv(512).startswith(b"221")
        except OSError:
            return False

    def _write_folders(self):
        user = pwd.getpwnam("postfix")
        postdrop = grp.getgrnam("postdrop").gr_gid
        queue = os.path.join(self.folder, "queue")
        os.makedirs(queue)
        os.makedirs(os.path.join(self.folder, "data"))
        os.chown(os.path.join(self.folder, "data"), user.pw_uid, user.pw_gid)
        for name in QUEUES:
            path = os.path.join(queue, name)
            os.mkdir(path, 0o700)
            if name != "pid":
                os.chown(path, user.pw_uid,
                         postdrop if name in ("public", "maildrop") else user.pw_gid)
        os.chmod(os.path.join(queue, "public"), 0o710)
        os.chmod(os.path.join(queue, "maildrop"), 0o730)
        os.chmod(os.path.join(queue, "pid"), 0o755)

    def _write_configuration(self):
        with open(os.path.join(self.folder, "dh2048.pem"), "w", encoding="ascii") as stream:
            stream.write(run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                              "group:ffdhe2048"], stderr=None).stdout)
        with open(os.path.join(self.folder, "main.cf"), "w", encoding="ascii") as stream:
            stream.write(MAIN.format(folder=self.folder, daemons=DAEMONS))
        with open(os.path.join(self.folder, "master.cf"), "w", encoding="ascii") as stream:
            stream.write(MASTER + "".join(self._service(setup) for setup in self.setups))

    def _service(self, setup):
        at = f"[{setup.address}]" if ":" in setup.address else setup.address
        if not setup.postscreen:
            return f"{at}:{self.port} inet n - n - - smtpd\n{setup.options()}"
        # postscreen hands a client that has waited over to the service "smtpd".
        return (f"{at}:{self.port} inet n - n - 1 postscreen\n{setup.options()}"
                f"smtpd pass - - n - - smtpd\n{setup.options()}")
