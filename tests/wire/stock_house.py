"""A house is a machine of its own for one mail server, as its package has installed it.

install-stock keeps what an installation has written as a layer. A house lays that layer over this
machine's root, in namespaces for mounts, network, processes and host name. One cable leads from the
house to the street, where the scanner and the resolver are. So the server uses the paths and ports
that its package has chosen, and its clients come from another address.
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

# $1: a folder, $2: the layer, $3: the host name, $4 and $5: addresses of the house and of the
# street, $6: the command to start. The street lays the cable when it reads "ready".
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
    """A context manager: the server runs inside the with statement.

    `number` determines the addresses. `layer` is the name of a folder in LAYERS; None is this
    machine as it is. `files` are {path: (content, mode)} and replace the package's files. `command`
    starts the server in the foreground, as the package's service does. The with statement begins
    when all `ports` are open."""

    def __init__(self, folder, number, name, layer, command, ports, files=None):
        self.name = name
        self.host = f"mx.{name}.stock.test"
        # Each house has a network of its own, because the scanner limits its rate by network.
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
        """unshare ends by SIGKILL only. The house's other processes end with its first one, and the
        cable goes with the house's network."""
        self.process.popen.kill()
        self.process.popen.wait()

    def output(self):
        with open(self.process.output, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def ask(self, command):
        """The output of a command that runs in the house. --root is for tests that run in a chroot, as
        in a bare Debian: without it nsenter would leave that."""
        root = os.path.join(self.folder, "disk/root")
        return run(["nsenter", "--target", str(self.process.popen.pid), "--mount", "--root", "--net",
                    "--uts", "chroot", root, "/bin/sh", "-c", command]).stdout

    @contextlib.contextmanager
    def inside(self):
        """Puts this thread, and what it starts, into the house's network for the time of the with
        statement."""
        with open("/proc/thread-self/ns/net", "rb") as back, \
                open(f"/proc/{self.process.popen.pid}/ns/net", "rb") as there:
            _set_network(there)
            try:
                yield
            finally:
                _set_network(back)

    # -- private

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
