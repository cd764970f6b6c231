"""A house: a machine of its own for one mail server, as its package has installed it.

install-stock has left what the installation changed as a layer over this machine. A house is an
overlay of that layer in a mount, network, process and host name namespace, with one cable to the
street, where the scanner and the resolver are. So the server reads its configuration at the paths
and listens at the ports that its package has chosen, and its clients come from another address.
"""
import contextlib
import ctypes
import os
import shutil
import socket
import subprocess

from processes import Process, Trouble, run, wait_until
from stacks import BESIDE, Missing

LAYERS = os.path.join(BESIDE, "stock")
RESOLVER = "192.0.2.53"
CLONE_NEWNET = 0x40000000  # of <sched.h>

# $1: a folder, $2: the layer, $3: the host name, $4: addresses of the house and the street, $5: what
# to start. The street puts the cable in once it has read "ready".
INSIDE = """
set -e
folder=$1 layer=$2 host=$3 address=$4 street=$5 command=$6
mount -t tmpfs tmpfs "$folder/disk"
cd "$folder/disk"
mkdir upper work root
# Copied, as two layers of an overlay must not lie within each other.
[ -z "$layer" ] || cp -a "$layer/." upper/
mount -t overlay overlay -o "lowerdir=/,upperdir=upper,workdir=work" root
mount --rbind /dev root/dev
mount -t proc proc root/proc
mount -t tmpfs tmpfs root/run
mount -t tmpfs tmpfs root/tmp
chmod 1777 root/tmp
# A link there would lead out of the house.
cp -r --remove-destination --preserve=mode,ownership "$folder/files/." root/
rm -f root/etc/resolv.conf
echo "nameserver RESOLVER" >root/etc/resolv.conf
hostname "$host"
echo ready
read -r _ || true  # it only ends
ip link set lo up
ip link set cable up
ip address add "$address/30" dev cable
ip route add default via "$street"
exec chroot root /bin/sh -c "$command"
""".replace("RESOLVER", RESOLVER)


def _set_network(namespace):
    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise Trouble(f"setns: {os.strerror(ctypes.get_errno())}")


class House:
    """Runs while its with statement does.

    `number` gives it its addresses. `layer` is its folder in LAYERS, None for this machine as it is.
    `files` are {path: (content, mode)} that the house has in place of the package's; `command` starts the
    server in the foreground, as the package's service does. `ports` are waited for."""

    def __init__(self, folder, number, name, layer, command, ports, files=None):
        self.name = name
        self.host = f"mx.{name}.stock.test"
        # A network for each, as the pacer shares its patience by networks.
        self.street = f"198.18.{number}.1"
        self.address = f"198.18.{number}.2"
        self.folder = os.path.join(folder, name)
        self.layer = os.path.join(LAYERS, layer) if layer else None
        self.command = command
        self.ports = ports
        self.files = dict(files or {})
        self.cable = f"house{number}"
        self.process = None

    def __enter__(self):
        if self.layer and not os.path.isdir(self.layer):
            raise Missing(self.layer + " is not there: install-stock makes it")
        os.makedirs(os.path.join(self.folder, "disk"))
        os.makedirs(os.path.join(self.folder, "files"))
        for path, (content, mode) in self.files.items():
            self._write(path, content, mode)
        self.process = Process(
            self.name, ["unshare", "--net", "--mount", "--propagation", "private", "--uts", "--pid",
                        "--fork", "--kill-child", "/bin/sh", "-c", INSIDE, "house", self.folder,
                        self.layer or "", self.host, self.address, self.street, self.command],
            self.folder, stdin=subprocess.PIPE)
        try:
            wait_until(self._is_built, f"the house of {self.name}")
            self._lay_cable()
            self.process.popen.stdin.close()
            wait_until(self._listens, f"{self.name} to listen", 60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        """unshare takes no other signal than this one; all in the house die with its first process, and
        the cable goes with its end in there."""
        self.process.popen.kill()
        self.process.popen.wait()

    def output(self):
        with open(self.process.output, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def ask(self, command):
        """What a command of the house says."""
        root = os.path.join(self.folder, "disk/root")
        return run(["nsenter", "--target", str(self.process.popen.pid), "--mount", "--net", "--uts",
                    "chroot", root, "/bin/sh", "-c", command]).stdout

    @contextlib.contextmanager
    def inside(self):
        """What this thread starts meanwhile comes from the house's own network."""
        with open("/proc/thread-self/ns/net", "rb") as back, \
                open(f"/proc/{self.process.popen.pid}/ns/net", "rb") as there:
            _set_network(there)
            try:
                yield
            finally:
                _set_network(back)

    # -- how

    def _write(self, path, content, mode):
        path = os.path.join(self.folder, "files", path.lstrip("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(content)
        os.chmod(path, mode)

    def _is_built(self):
        self.process.check()
        return "ready" in self.output()

    def _lay_cable(self):
        for command in (f"link add {self.cable} type veth peer name cable netns "
                        f"{self.process.popen.pid}",
                        f"address add {self.street}/30 dev {self.cable}",
                        f"link set {self.cable} up"):
            done = run(["ip", *command.split()])
            if done.returncode != 0:
                raise Trouble(f"ip {command}: {done.stdout}")

    def _listens(self):
        self.process.check()
        for port in self.ports:
            try:
                with socket.create_connection((self.address, port), 2):
                    pass
            except OSError:
                return False
        return True


def have_namespaces():
    return shutil.which("unshare") is not None and \
        run(["unshare", "-n", "-m", "-u", "-p", "-f", "true"]).returncode == 0
