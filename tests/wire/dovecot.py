"""A real Dovecot with IMAP, POP3 and ManageSieve, in a folder of its own: one for each set-up, as
whether a login is offered before TLS is a setting of the whole process.
"""
import os
import pwd
import socket
import subprocess

from processes import Process, wait_until

# What 2.3, of Debian 12, and 2.4, of Debian 13, call by different names.
SETTINGS_2_3 = """
mail_location = maildir:{folder}/mail/%u
disable_plaintext_auth = {plaintext_refused}
ssl_cert = <{chain}
ssl_key = <{key}
ssl_prefer_server_ciphers = yes
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
SETTINGS_2_4 = """
dovecot_storage_version = 2.4.0
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
auth_allow_cleartext = {plaintext_allowed}
ssl_server_cert_file = {chain}
ssl_server_key_file = {key}
ssl_server_prefer_ciphers = server
passdb static {{
  fields {{
    nopassword = yes
  }}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
instance_name = {name}
protocols = imap pop3 sieve
listen = {address}
default_login_user = dovenull
default_internal_user = dovecot
first_valid_uid = 1
ssl = yes
ssl_min_protocol = {oldest}
ssl_cipher_list = ALL:!aNULL:!eNULL:!kRSA:!SHA1:!SHA256:!SHA384:@SECLEVEL=0
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service managesieve-login {{
  inet_listener sieve {{
    port = {sieve}
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
service stats {{
  client_limit = 100
}}
"""



def configuration():
    """2.4 wants its first line to say for which version the file was written."""
    version = subprocess.run(["dovecot", "--version"], check=True, capture_output=True,
                             text=True).stdout
    if version.startswith("2.3."):
        return SETTINGS_2_3 + CONFIGURATION
    return "dovecot_config_version = 2.4.0\n" + SETTINGS_2_4 + CONFIGURATION


PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "sieve": 4190}


class Dovecot:
    """Runs while the with statement does. `ports` replaces some of PORTS."""

    def __init__(self, folder, name, address, leaf, login_before_tls=False, oldest="TLSv1.2",
                 ports=None):
        self.folder = os.path.join(folder, name)
        self.name = name
        self.address = address
        self.leaf = leaf
        self.login_before_tls = login_before_tls
        self.oldest = oldest
        self.ports = {**PORTS, **(ports or {})}
        self.process = None

    def __enter__(self):
        user = pwd.getpwnam("mail")
        os.makedirs(os.path.join(self.folder, "mail"))
        path = os.path.join(self.folder, "dovecot.conf")
        with open(path, "w", encoding="ascii") as stream:
            stream.write(configuration().format(
                folder=self.folder, name=self.name, address=self.address, chain=self.leaf.chain,
                key=self.leaf.key, oldest=self.oldest, uid=user.pw_uid, gid=user.pw_gid,
                plaintext_refused="no" if self.login_before_tls else "yes",
                plaintext_allowed="yes" if self.login_before_tls else "no", **self.ports))
        self.process = Process("dovecot-" + self.name, ["dovecot", "-F", "-c", path], self.folder)
        try:
            wait_until(self._is_ready, "Dovecot to answer")
        except BaseException:
            self.process.stop()
            raise
        return self

    def __exit__(self, *_):
        self.process.stop()

    def _is_ready(self):
        self.process.check()
        for service in ("imap", "pop3", "sieve"):
            try:
                with socket.create_connection((self.address, self.ports[service]), 5) as probe:
                    if not probe.recv(512):
                        return False
            except OSError:
                return False
        return True
