"""A restore of a controller in HA: three machines with an sshd each, agents as processes.  ha_rehearsal_test.py REHEARSAL_TOOL

What is real: network addresses, ssh with the controller's identity, sudo, processes that are stopped and started. What stands in:
systemctl (hosts/systemctl.py), and a folder for the database, so that there is no replication.
"""
import shutil
import subprocess
import sys
import unittest

import network_hosts
from network_hosts import BASE, HERE, Machine, Network

TOOL = None
network_hosts.enter_namespaces()
LOG = BASE / "log"
DATA = HERE.parent.parent / "data"


class Rehearsal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network(programs=[HERE / "systemctl.py"])
        for name in ("mongodump", "mongorestore"):  # only looked for: the folder does without
            shutil.copy("/bin/true", BASE / "bin" / name)
        cls.machines = [Machine(cls.network, number) for number in range(3)]
        for machine in cls.machines:
            (machine.folder / "name").write_text(str(machine.number))
        for machine in cls.machines[1:]:
            machine.start_sshd()

    @classmethod
    def tearDownClass(cls):
        for machine in cls.machines:
            machine.stop_sshd()

    def setUp(self):
        self.dir = BASE / self.id().rsplit(".", 1)[1]
        self.dir.mkdir()
        self.root, self.archive, self.database = self.dir / "root", self.dir / "backup.tar.gz", self.dir / "database"
        self.here, self.others = self.machines[0], self.machines[1:]
        # The third by IPv6, where there is such.
        addresses = [self.here.address, self.others[0].address, self.others[1].address6 if self.here.has_v6 else self.others[1].address]
        self.addresses = addresses
        self.members = ",".join(f"{number}@{address}" for number, address in enumerate(addresses))
        self.done(self.tool("make", self.root, self.archive))
        shutil.copytree(DATA / "dump", self.database)
        (self.database / "oplog.bson").unlink()
        (self.database / "juju" / "settings.bson").write_bytes(b"")  # lost since the backup
        self.before = self.content()
        identity = self.root / "var/lib/juju/system-identity"
        shutil.copy(self.network.identity, identity)
        identity.chmod(0o600)
        units = self.root / "etc/systemd/system"
        units.mkdir(parents=True)
        (units / "jujud-machine-0.service").write_text("[Service]\n")
        for machine in self.machines:
            self.control(machine, "start")
            self.addCleanup(self.control, machine, "stop")
        LOG.unlink()

    def control(self, machine, verb):
        return subprocess.run(machine.command(BASE / "bin" / "systemctl", verb, f"jujud-machine-{machine.number}.service"),
                              env=machine.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def words(self, verb, **values):
        values = {"root": self.root, "archive": self.archive, "database": self.database, "members": self.members,
                  "identity": self.root / "var/lib/juju/system-identity", "known-hosts": self.dir / "known_hosts", **values}
        return self.tool(verb, *(f"{key}={value}" for key, value in values.items()))

    def tool(self, *words):
        return {"args": self.here.command(TOOL, *words), "env": {**self.here.environment(), "JUJUBACKUP_TEST_DATA": str(DATA)}}

    def call(self, call):
        done = subprocess.run(**call, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def done(self, call):
        code, said = self.call(call)
        self.assertEqual(code, 0, said)
        return said

    def start_and_wait_before(self, step):
        """The tool, which waits before that step."""
        process = subprocess.Popen(**self.words("run", wait=step), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        said = ""
        while not said.endswith("waiting\n"):
            line = process.stdout.readline()
            self.assertTrue(line, said)
            said += line
        return process

    def log(self):
        """(machine, verb) in the order of the monotonic clock, and the times."""
        lines = sorted((int(words[0]), int(words[1]), words[2]) for words in map(str.split, LOG.read_text().splitlines()))
        return [line[1:] for line in lines]

    def content(self):
        return {str(path.relative_to(self.database)): path.read_bytes() for path in self.database.rglob("*.bson")}

    def running(self):
        return [machine.number for machine in self.machines if self.control(machine, "is-active").returncode == 0]

    def assert_before(self, log, first, second):
        self.assertIn(first, log)
        self.assertIn(second, log)
        self.assertLess(log.index(first), log.index(second), log)

    def assert_undone(self, said):
        self.assertIn("state undone", said)
        self.assertEqual(self.running(), [0, 1, 2], said)
        self.assertEqual(self.content(), self.before)

    def target(self, number):
        return f"machine {number}, this one" if number == 0 else f"machine {number} at {self.addresses[number]}"

    def test_agents_stop_secondaries_first_and_start_primary_first(self):
        said = self.done(self.words("run"))
        self.assertIn("state restored", said)
        log = self.log()
        self.assertEqual([entry for entry in log if entry[1] in ("stop", "start")],
                         [(1, "stop"), (2, "stop"), (0, "stop"), (0, "start"), (2, "start"), (1, "start")])
        # Each was down before the next step, and the primary up before the others were started.
        for other in (1, 2):
            self.assert_before(log, (other, "stopped"), (0, "stop"))
            self.assert_before(log, (0, "started"), (other, "start"))
        self.assertEqual(self.running(), [0, 1, 2])
        self.assertEqual(self.content()["juju/settings.bson"], (DATA / "dump/juju/settings.bson").read_bytes())

    def test_an_unreachable_machine_is_a_blocker(self):
        self.others[1].set_link("down")
        self.addCleanup(self.others[1].set_link, "up")
        code, said = self.call(self.words("check"))
        self.assertEqual(code, 1, said)
        blockers = [line for line in said.splitlines() if "other-controllers" in line]
        self.assertEqual(len(blockers), 1, said)
        self.assertIn(f"machine 2 at {self.addresses[2]}: ssh to ubuntu@{self.addresses[2]}: ", said)
        code, said = self.call(self.words("run"))
        self.assertEqual(code, 3, said)
        self.assertIn("the restore is blocked: other-controllers: ", said)
        self.assertFalse(LOG.exists())
        self.assertEqual(self.running(), [0, 1, 2])
        self.assertEqual(self.content(), self.before)

    def test_a_machine_that_is_gone_after_the_checks_leads_to_undo(self):
        process = self.start_and_wait_before("stop-agent " + self.target(2))
        self.others[1].stop_sshd()
        self.addCleanup(self.others[1].start_sshd)
        said, _ = process.communicate("\n", timeout=120)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("Connection refused", said)
        # Whether the agent of that machine runs is not known to the tool, but prepare had failed before anything was done to it.
        self.assert_undone(said)
        self.assertEqual([entry for entry in self.log() if entry[1] in ("stop", "start")], [(1, "stop"), (1, "start")])

    def test_a_service_that_does_not_stop_leads_to_undo(self):
        (self.others[1].folder / "fail-stop").touch()
        code, said = self.call(self.words("run"))
        self.assertEqual(code, 1, said)
        self.assertIn("failed because it was told to", said)
        self.assert_undone(said)
        self.assertNotIn((0, "stop"), self.log())

    def test_a_service_that_does_not_start_leads_to_undo(self):
        (self.others[1].folder / "fail-start").touch()
        code, said = self.call(self.words("run"))
        self.assertEqual(code, 1, said)
        self.assertIn("failed because it was told to", said)
        self.assert_undone(said)

    def test_a_link_that_goes_down_midway_and_comes_back(self):
        process = self.start_and_wait_before("start-agent " + self.target(2))
        self.others[1].set_link("down")
        self.addCleanup(self.others[1].set_link, "up")
        said, _ = process.communicate("\n", timeout=300)
        self.assertEqual(process.returncode, 1, said)
        # Undone as far as it can be: that machine's agent is stopped, and the report says so.
        self.assertIn("state undo-failed", said)
        self.assertEqual(self.running(), [0, 1], said)
        self.assertEqual(self.content(), self.before)
        self.others[1].set_link("up")
        _, said = self.call(self.words("undo"))
        self.assert_undone(said)

    def test_killed_midway_and_undone(self):
        process = self.start_and_wait_before("restore-database localhost:37017")
        self.assertEqual(self.running(), [])
        process.kill()
        process.wait()
        _, said = self.call(self.words("undo"))
        self.assert_undone(said)
        log = self.log()
        for other in (1, 2):
            self.assert_before(log, (0, "started"), (other, "start"))


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
