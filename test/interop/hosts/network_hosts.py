"""Machines for tests: network namespaces on one bridge, each with a real sshd, a user `ubuntu` with sudo, and a folder of its own.

The test program runs itself again in namespaces of its own (network, mounts, processes), so that whatever is set up here is gone when it
ends, also when it is killed: the kernel takes it down.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

BASE = pathlib.Path("/run/machines")  # on a tmpfs of the test's own
INSIDE = "NETWORK_HOSTS_INSIDE"
HERE = pathlib.Path(__file__).parent
SKIPPED = 77
NEEDED = ("unshare", "nsenter", "ip", "sshd", "ssh", "ssh-keygen", "sudo", "mount")


def skip(why):
    print("skipped:", why)
    sys.exit(SKIPPED)


def enter_namespaces():
    """Returns inside; elsewhere the program is replaced, or ends with 77 where namespaces cannot be had."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if os.environ.get(INSIDE) == "yes":
        # This is process 1, which no signal ends by itself; all others end with it.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
        return
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        skip("these programs are not installed: " + " ".join(missing))
    if os.geteuid() != 0:
        skip("only root may make network namespaces")
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    try_out = "mount -t tmpfs tmpfs /run && mkdir /run/netns && ip netns add try0 && " \
              "ip link add name try1 type bridge && ip link add name try2 type veth peer name try3 netns try0"
    tried = subprocess.run(unshare + ["sh", "-c", try_out], capture_output=True, text=True)
    if tried.returncode != 0:
        skip("network namespaces are not allowed here: " + tried.stderr.strip().replace("\n", "; "))
    os.environ[INSIDE] = "yes"
    os.execvp("unshare", unshare + [sys.executable, *sys.argv])


def must(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stdout}{done.stderr}")
    return done.stdout


class Network:
    """The bridge, the user `ubuntu` and the programs that every machine has; once in a test program."""

    def __init__(self, programs=()):
        must("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        for folder in ("/run/netns", "/run/sshd", "/run/host", BASE, BASE / "bin"):
            os.makedirs(folder, mode=0o755)
        must("ip", "link", "set", "lo", "up")
        must("ip", "link", "add", "name", "bridge", "type", "bridge")
        must("ip", "link", "set", "bridge", "up")
        self.make_user()
        for program in programs:
            target = BASE / "bin" / program.stem
            target.write_text(f"#!{sys.executable} -I\n" + program.read_text())
            target.chmod(0o755)
        self.path = f"{BASE / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
        sudoers = f'Defaults secure_path="{self.path}"\nroot ALL=(ALL:ALL) ALL\nubuntu ALL=(ALL:ALL) NOPASSWD: ALL\n'
        self.replace("/etc/sudoers", sudoers, 0o440)
        self.identity = BASE / "identity"
        self.make_key(self.identity)
        shutil.copy(str(self.identity) + ".pub", BASE / "authorized_keys")

    @staticmethod
    def make_key(path):
        # PEM, the shape of Juju's system identity.
        must("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", path)

    @staticmethod
    def replace(path, text, mode):
        """For the processes of this test alone."""
        made = BASE / path[1:].replace("/", "-")
        made.write_text(text)
        made.chmod(mode)
        must("mount", "--bind", made, path)

    def make_user(self):
        for path, line in (("/etc/passwd", "ubuntu:x:61000:61000::/:/bin/sh\n"), ("/etc/group", "ubuntu:x:61000:\n"),
                           ("/etc/shadow", "ubuntu:*:19000:0:99999:7:::\n")):
            lines = [each for each in pathlib.Path(path).read_text().splitlines(True) if not each.startswith("ubuntu:")]
            self.replace(path, "".join(lines) + line, os.stat(path).st_mode & 0o777)


class Machine:
    def __init__(self, network, number):
        self.network, self.number, self.name = network, number, f"m{number}"
        self.address, self.address6 = f"10.73.0.{number + 1}", f"fd73::{number + 1}"
        self.folder = BASE / self.name  # what is /run/host on that machine
        self.folder.mkdir()
        self.sshd = None
        must("ip", "netns", "add", self.name)
        must("ip", "link", "add", "name", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        must("ip", "link", "set", self.name, "master", "bridge", "up")
        self.ip("link", "set", "lo", "up")
        self.ip("addr", "add", self.address + "/24", "dev", "eth0")
        self.has_v6 = pathlib.Path("/proc/sys/net/ipv6").exists()
        if self.has_v6:
            self.ip("addr", "add", self.address6 + "/64", "dev", "eth0", "nodad")
        self.ip("link", "set", "eth0", "up")
        self.host_key = self.folder / "host_key"
        must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.host_key)
        self.config = self.folder / "sshd_config"
        self.config.write_text(
            "Port 22\nListenAddress 0.0.0.0\n" + ("ListenAddress ::\n" if self.has_v6 else "") +
            f"HostKey {self.host_key}\nPidFile none\nAuthorizedKeysFile {BASE / 'authorized_keys'}\nStrictModes no\nUsePAM no\n"
            f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nSetEnv PATH={network.path}\n")

    def ip(self, *words):
        must("nsenter", f"--net=/run/netns/{self.name}", "ip", *words)

    def command(self, *words):
        """What runs there as root, in its network and with its folder as /run/host."""
        inside = f'mount --bind {self.folder} /run/host && exec "$@"'
        return ["nsenter", f"--net=/run/netns/{self.name}", "unshare", "--mount", "sh", "-c", inside, "sh", *map(str, words)]

    def environment(self):
        return {"PATH": self.network.path, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TMPDIR": str(BASE)}

    def start_sshd(self):
        self.sshd = subprocess.Popen(self.command(shutil.which("sshd"), "-D", "-e", "-f", self.config), env=self.environment(),
                                     stderr=subprocess.PIPE, text=True, start_new_session=True)
        said = ""
        while said.count("Server listening on") < (2 if self.has_v6 else 1):
            line = self.sshd.stderr.readline()
            if not line:
                raise RuntimeError("sshd ended: " + said)
            said += line

    def stop_sshd(self):
        """With all its connections."""
        if self.sshd is None:
            return
        self.sshd.kill()
        for pid in processes_of("sshd", self.name):
            os.kill(pid, signal.SIGKILL)
        self.sshd.communicate()
        self.sshd = None

    def set_link(self, state):
        must("ip", "link", "set", self.name, state)


def processes_of(program, name):
    """Those in the network of machine `name`."""
    network = os.stat(f"/run/netns/{name}").st_ino
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.stat(entry / "ns" / "net").st_ino == network and (entry / "comm").read_text().strip() == program:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
