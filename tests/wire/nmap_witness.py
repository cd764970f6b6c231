"""What nmap's ssl-enum-ciphers gets from a server: like the scanner it writes its hellos itself, so it
sees what no client library offers any more, SSLv3 and exportable suites among them.
"""
import re
import xml.etree.ElementTree

from processes import Trouble, run

SECONDS = 60
SPELLINGS = {"TLS_NULL_SHA256": "TLS_SHA256_SHA256", "TLS_NULL_SHA384": "TLS_SHA384_SHA384"}


def iana(name):
    """nmap's own names are those of TLS 1.3, of RFC 9150, and of suites that never left a draft."""
    name = re.sub("^TLS_AKE_WITH_", "TLS_", name)
    name = re.sub("-draft$", "_OLD", name)
    return SPELLINGS.get(name, name)


class Enumeration:
    """By version: `suites` and `compressors` as sets, `preference` as "server", "client" or another."""

    def __init__(self, address, port):
        text = run(["nmap", "-Pn", "-n", "-oX", "-", "--script", "ssl-enum-ciphers,sslv2", "-p", str(port),
                    address], seconds=SECONDS, stderr=None).stdout
        root = xml.etree.ElementTree.fromstring(text)
        script = root.find(".//script[@id='ssl-enum-ciphers']")
        if script is None:
            raise Trouble(f"nmap sees no TLS at {address}:{port}:\n{text}")
        self.has_ssl2 = root.find(".//script[@id='sslv2']") is not None
        self.suites, self.compressors, self.preference = {}, {}, {}
        for table in script.findall("table"):
            version = table.get("key")
            names = [row.text for row in table.findall("table[@key='ciphers']/table/elem[@key='name']")]
            # With a shared secret is out of question here.
            self.suites[version] = {iana(name) for name in names if "PSK" not in name}
            self.compressors[version] = {row.text for row in
                                         table.findall("table[@key='compressors']/elem")}
            self.preference[version] = table.findtext("elem[@key='cipher preference']")

    def all_suites(self, *versions):
        chosen = [names for version, names in self.suites.items()
                  if not versions or version in versions]
        return set().union(*chosen)
