"""Commands over a real ssh: `ssh_hosts` on one machine, sshd and sudo on another.  ssh_hosts_test.py HOSTS_TOOL"""
import hashlib
import os
import subprocess
import sys
import threading
import unittest

import network_hosts
from network_hosts import BASE, HERE, Machine, Network, processes_of

TOOL = None
network_hosts.enter_namespaces()


class SshHosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network(programs=[HERE / "systemctl.py"])
        cls.client, cls.server = Machine(cls.network, 0), Machine(cls.network, 1)
        cls.server.start_sshd()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop_sshd()

    def setUp(self):
        self.known_hosts = BASE / (self.id().rsplit(".", 1)[1] + "-known_hosts")

    def words(self, verb, *words, address=None, identity=None, options=()):
        return self.client.command(TOOL, "--identity", identity or self.network.identity, "--known-hosts", self.known_hosts, *options, verb,
                                   address or self.server.address, *words)

    def call(self, verb, *words, stdin=b"", **options):
        done = subprocess.run(self.words(verb, *words, **options), env=self.client.environment(), input=stdin, capture_output=True, timeout=120)
        return done.returncode, done.stdout, done.stderr.decode()

    def test_words_input_output_and_exit_code(self):
        words = ["a b", "", "*", "'\"\\", "$(id)", "`id`", "x\ny", "-n", "é", "!"]
        code, out, _ = self.call("run", "sh", "-c", 'printf "%s|" "$@"; exit 7', "sh", *words)
        self.assertEqual((code, out.decode()), (7, "|".join(words) + "|"))
        stdin = os.urandom(3 << 20)
        code, out, _ = self.call("run", "sha256sum", stdin=stdin)
        self.assertEqual((code, out.split()[0].decode()), (0, hashlib.sha256(stdin).hexdigest()))
        code, out, _ = self.call("run", "cat", stdin=stdin)
        self.assertEqual((code, out), (0, stdin))

    def test_root_through_sudo_and_not(self):
        self.assertEqual(self.call("run", "id", "-u"), (0, b"0\n", ""))
        self.assertEqual(self.call("run", "id", "-un", options=["--as-user"]), (0, b"ubuntu\n", ""))
        self.assertEqual(self.call("run", "id", "-un", options=["--user", "root"]), (0, b"root\n", ""))
        self.assertEqual(self.call("reach"), (0, b"", ""))

    def test_ipv6(self):
        if not self.server.has_v6:
            self.skipTest("there is no IPv6 here")
        self.assertEqual(self.call("run", "id", "-u", address=self.server.address6), (0, b"0\n", ""))
        code, _, said = self.call("reach", address="fd73::99")
        self.assertEqual(code, 99)
        self.assertIn("program: ssh to ubuntu@fd73::99: ssh: connect to host fd73::99 port 22: ", said)

    def test_host_keys(self):
        code, _, said = self.call("reach", options=["--strict"])
        self.assertEqual(code, 99)
        self.assertIn("Host key verification failed; compare its host key with what is in " + str(self.known_hosts), said)
        self.assertEqual(self.call("reach")[0], 0)
        self.assertIn("ssh-ed25519", self.known_hosts.read_text())  # the name may be a digest
        self.assertEqual(self.call("reach", options=["--strict"])[0], 0)
        other = (self.client.folder / "host_key.pub").read_text().split()
        self.known_hosts.write_text(f"{self.server.address} {other[0]} {other[1]}\n")
        self.assertEqual(self.call("reach")[0], 99)

    def test_refusals(self):
        stranger = BASE / "stranger"
        self.network.make_key(stranger)
        code, _, said = self.call("reach", identity=stranger)
        self.assertEqual(code, 99)
        self.assertIn(f"Permission denied (publickey); see that the public half of {stranger} is among the authorized keys there", said)
        code, _, said = self.call("run", "sudo", "-n", "-u", "nobody", "sudo", "-n", "true", options=["--as-user"])
        self.assertEqual(code, 1, said)
        code, _, said = self.call("reach", address=self.client.address)
        self.assertEqual(code, 99)
        self.assertIn("Connection refused; see that the machine is up and that its sshd answers", said)

    def test_a_link_that_is_down(self):
        self.server.set_link("down")
        self.addCleanup(self.server.set_link, "up")
        code, _, said = self.call("reach")
        self.assertEqual(code, 99)
        self.assertIn(f"program: ssh to ubuntu@{self.server.address}: ", said)

    def test_time_is_bounded(self):
        code, _, said = self.call("run", "tail", "-f", "/dev/null", options=["--timeout", "2"])
        self.assertEqual(code, 99)
        self.assertIn(f"ssh to ubuntu@{self.server.address}: ssh did not end within 2 s", said)
        self.assertEqual(processes_of("ssh", "m0"), [])

    def test_sshd_killed_meanwhile(self):
        os.mkfifo(BASE / "begun")
        process = subprocess.Popen(self.words("run", "sh", "-c", f"echo > {BASE}/begun; exec tail -f /dev/null", options=["--timeout", "100"]),
                                   env=self.client.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        (BASE / "begun").read_text()
        self.server.stop_sshd()
        _, said = process.communicate(timeout=60)
        self.server.start_sshd()
        self.assertEqual(process.returncode, 99)
        self.assertIn("see that the machine is up and that its sshd answers", said.decode())

    def test_many_at_once(self):
        results = [None] * 8

        def one(i):
            results[i] = self.call("run", "echo", str(i))

        threads = [threading.Thread(target=one, args=(i,)) for i in range(len(results))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [(0, f"{i}\n".encode(), "") for i in range(len(results))])

    def test_agents_of_other_machines_are_told(self):
        other = Machine(self.network, 2)
        other.start_sshd()
        self.addCleanup(other.stop_sshd)
        secret = "apipassword: Invented/Secret\n"
        old = f"# format 2.0\ntag: unit-mysql-0\n{secret}stateaddresses:\n- 10.0.0.1:37017\napiaddresses:\n- 10.0.0.1:17070\n- 10.0.0.2:17070\n"
        new = f"# format 2.0\ntag: unit-mysql-0\n{secret}stateaddresses:\n- 10.9.9.9:37017\napiaddresses:\n- 10.9.9.9:17070\n"
        for machine in (self.server, other):
            (machine.folder / "name").write_text(str(machine.number))
            for agent in ("machine-3", "unit-mysql-0"):
                folder = machine.folder / "juju" / "agents" / agent
                folder.mkdir(parents=True)
                (folder / "agent.conf").write_text(old)
                (folder / "agent.conf").chmod(0o600)
            # Of somebody else, who keeps it.
            os.chown(machine.folder / "juju" / "agents" / "unit-mysql-0" / "agent.conf", 61001, 61002)
            relations = machine.folder / "juju" / "agents" / "unit-mysql-0" / "state" / "relations" / "4"
            relations.mkdir(parents=True)
            (relations / "wordpress-0").write_text("change-version: 12\n")
            self.addCleanup(subprocess.run, machine.command(BASE / "bin" / "systemctl", "stop", "jujud-machine-3"), env=machine.environment())
        machines = [f"3@{self.server.address}", f"4@{other.address}", "5@10.73.0.99", "6@"]
        code, out, said = self.call("update", "10.9.9.9", *machines, address="run/host/juju")
        lines = out.decode().splitlines()
        self.assertEqual((code, len(lines)), (1, 4), said)
        for line, number in zip(lines, "34"):
            self.assertEqual(line, f"{number} updated: told machine-3, unit-mysql-0 of 10.9.9.9")
        self.assertTrue(lines[2].startswith("5 failed: ssh to ubuntu@10.73.0.99: "), lines[2])
        self.assertEqual(lines[3], "6 failed: no address of it is known")
        for machine in (self.server, other):
            folder = machine.folder / "juju" / "agents" / "unit-mysql-0"
            self.assertEqual((folder / "agent.conf").read_text(), new)
            self.assertEqual((folder / "agent.conf.old").read_text(), old)
            status = (folder / "agent.conf").stat()
            self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o7777), (61001, 61002, 0o600))
            self.assertEqual((folder / "state" / "relations" / "4" / "wordpress-0").read_text(), "change-version: 0\n")
        verbs = [line.split()[2:] for line in (BASE / "log").read_text().splitlines() if line.split()[1] == str(other.number)]
        self.assertEqual([words for words in verbs if words[0] in ("stop", "start")],
                         [[verb, f"jujud-{agent}"] for verb in ("stop", "start") for agent in ("machine-3", "unit-mysql-0")])
        self.assertEqual(self.call("update", "10.9.9.9", *machines[:2], address="run/host/juju")[0], 0)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
