"""restore-backup: on a machine below a root, over the API, and onto a controller that a stand-in for juju bootstraps."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import unittest

from cli_support import PROGRAM, CliTest

DUMP = pathlib.Path(os.environ["TEST_DATA"]) / "dump"
CONTROLLER = "bda3b637-7972-47f7-87fd-a3f2d0c748a5"
MODEL = "1be318f6-9460-4fe1-8eb4-b1df2db23b53"  # that of the dump
SECRETS = ("Invented/State+Password0=", "invented-admin-password", "PRIVATE KEY")
CERT = "-----BEGIN CERTIFICATE-----\nSU5WRU5URUQ=\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nSU5WRU5URUQ=\n-----END RSA PRIVATE KEY-----\n"
WHO = "you must specify either a file or a backup id."
BOTH = "you must specify either a file or a backup id but not both."
NOWHERE = ("nothing to restore onto: this is no controller machine, and no controller is in use: -m names one, --root a machine's disk")
PATIENCE = 60


def block(text):
    return "|\n" + textwrap.indent(text, "  ")


def controller_root(root, version="2.9.50", cert=CERT, key=KEY):
    """A small controller machine's tree; every secret in it is invented."""
    data = root / "var/lib/juju"
    tools = f"{version}-ubuntu-amd64"
    files = {
        data / "agents/machine-0/agent.conf":
            "# format 2.0\ntag: machine-0\ndatadir: /var/lib/juju\nlogdir: /var/log/juju\nnonce: user-admin:bootstrap\n"
            "jobs:\n- JobManageModel\n- JobHostUnits\n"
            f"upgradedToVersion: {version}\ncacert: {block(cert)}stateaddresses:\n- localhost:37017\n"
            f"statepassword: Invented/State+Password0=\ncontroller: controller-{CONTROLLER}\nmodel: model-{MODEL}\n"
            "apiaddresses:\n- 10.9.8.7:17070\napipassword: Invented/Api+Password\noldpassword: invented-old-password\n"
            "values:\n  AGENT_SERVICE_NAME: jujud-machine-0\n"
            f"controllercert: {block(cert)}controllerkey: {block(key)}caprivatekey: {block(key)}"
            "apiport: 17070\nstateport: 37017\nsharedsecret: aW52ZW50ZWQ=\n"
            f"systemidentity: {block(key)}mongoversion: 4.4.30\n",
        data / "system-identity": key, data / "server.pem": cert + key, data / "shared-secret": "aW52ZW50ZWQ=",
        data / "nonce.txt": "user-admin:bootstrap", data / f"tools/{tools}/jujud": "#!/bin/sh\nexit 0\n",
        data / f"tools/{tools}/FORCE-VERSION": version,
        data / "init/jujud-machine-0/jujud-machine-0.service": "[Unit]\nDescription=juju agent for machine-0\n",
        root / "home/ubuntu/.ssh/authorized_keys": "ssh-rsa SU5WRU5URUQ= nobody\n",
        root / "etc/hostname": "juju-b23b53-0\n",
        root / "etc/os-release": 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in (data / "agents/machine-0/agent.conf", data / "system-identity", data / "server.pem", data / "shared-secret"):
        path.chmod(0o600)
    (data / f"tools/{tools}/jujud").chmod(0o755)
    (data / "tools/machine-0").symlink_to(f"/var/lib/juju/tools/{tools}")
    return root


def tree(path):
    """Everything below it with type, mode, owner, content and link; of the work directory of restores nothing."""
    found = {}
    for at in sorted(path.rglob("*")):
        name = str(at.relative_to(path))
        if name.startswith("var/lib/juju/restore"):
            continue
        info = at.lstat()
        content = os.readlink(at) if at.is_symlink() else at.read_bytes() if at.is_file() else b""
        found[name] = (stat.S_IFMT(info.st_mode), stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, content)
    return found


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o700)
    return path


class RestoreTest(CliTest):
    def setUp(self):
        super().setUp()
        self.root = controller_root(self.dir / "root")
        self.database = self.dir / "database"
        shutil.copytree(DUMP, self.database)
        self.archive = self.make_archive()

    def make_archive(self, name="backup.tar.gz"):
        archive = self.dir / name
        result = self.run_cli("create-backup", "--root", self.root, "--dump", self.database, "--instance-id", "i-1", "--ha-nodes", "1",
                              "--filename", archive)
        self.assertEqual(result.code, 0, result)
        return archive

    def restore(self, *words, **options):
        result = self.run_cli("restore-backup", *words, **options)
        for secret in SECRETS:
            self.assertNotIn(secret, result.out + result.err)
        return result


class Arguments(RestoreTest):
    def test_wrong_command_lines(self):
        wrong = [
            ([], WHO), (["--id", ""], WHO), (["backup.tar.gz"], WHO), (["-b"], WHO), (["--yes", "--dry-run"], WHO),
            (["--id", "x", "--file", "y"], BOTH), (["-b", "--id", "x", "--file", "y"], BOTH),
            (["-b", "--id", "x"], "it is not possible to rebootstrap and restore from an id."),
            (["--id", "x"], NOWHERE), (["--file", "backup.tar.gz", "what", "stands", "here"], NOWHERE),
            (["--file", "x", "--root", "r", "-m", "a:b"], "cannot mix --root and --model"),
            (["--file", "x", "--kind", "files-only", "-c", "a"], "cannot mix --kind and --controller"),
            (["--undo", "--commit"], "cannot mix --undo and --commit"), (["--resume", "--status"], "cannot mix --resume and --status"),
            (["--undo", "--dry-run"], "cannot mix --undo and --dry-run"), (["--commit", "-c", "a"], "cannot mix --commit and --controller"),
            (["--resume", "-b", "--file", "x"], "cannot mix --resume and --rebootstrap"), (["--resume"], WHO),
            (["--undo", "--file", "x"], "--undo takes no backup: it is about a restore that was begun"),
            (["--file", "x", "--root", "r", "--database-folder="], "missing folder for --database-folder"),
            (["--file", "x", "--kind", "all"], 'invalid value "all" for option --kind: expected one of database-only, full-machine, '
             "copy-controller, files-only, recover-survivor, single-then-enable-ha"),
            (["-b", "--file", "x"], "missing controller: -m or -c names the one to bootstrap again"),
            (["--file", "x", "--bootstrap"], "option provided but not defined: --bootstrap")]
        for words, message in wrong:
            with self.subTest(words=words):
                self.check(self.restore(*words), 2, "", f"ERROR {message}\n")

    def test_what_only_b_takes_is_named(self):
        self.check(self.restore("--file", "x", "--constraints", "mem=8G", "--upload-tools"), 2, "",
                   f"--constraints has no effect without -b\n--upload-tools has no effect without -b\nERROR {NOWHERE}\n")

    def test_a_controller_that_nobody_knows(self):
        result = self.restore("-c", "prod", "--file", self.archive)
        self.assertEqual((result.code, result.out, result.err), (2, "", "ERROR controller prod not found\n"))


STAND_IN_JUJU = """#!{python}
# Keeps what it is told, and leaves in $JUJU_DATA what juju leaves there.
import json, os, pathlib, shutil, sys
kept = pathlib.Path({kept!r})
words = sys.argv[1:]
if words == ["version"]:
    print("{version}-ubuntu-amd64")
elif words == ["help", "bootstrap"]:
    print("--agent-version (= \\"\\")\\n--bootstrap-base\\n--bootstrap-series\\n--build-agent\\n--constraints\\n--no-default-model")
elif words[0] == "status":
    sys.exit("ERROR no answer")
elif words[0] == "bootstrap":
    (kept / "arguments").write_text(json.dumps(words))
    config = words[words.index("--config") + 1]
    shutil.copy2(config, kept / "config")
    print("Creating Juju controller")
    if (kept / "fails").exists():
        sys.exit("ERROR no quota")
    exec((kept / "made.py").read_text())
"""
MADE_WITHOUT_SERVER = """
pathlib.Path(os.environ["JUJU_DATA"], "controllers.yaml").write_text(
    "controllers:\\n  prod:\\n    uuid: 00000000-1111-4222-8333-444444444444\\n    api-endpoints: ['127.0.0.1:9']\\n")
"""


class Bootstrap(RestoreTest):
    def setUp(self):
        super().setUp()
        self.kept = self.dir / "kept"
        self.kept.mkdir()
        self.client = self.dir / "client"
        self.client.mkdir(mode=0o700)
        self.know_controller("127.0.0.1:1", CERT)
        self.stand_in("2.9.50")
        self.log = self.dir / "log"

    def know_controller(self, endpoint, cert):
        texts = {
            "controllers.yaml": f"controllers:\n  prod:\n    uuid: {CONTROLLER}\n    api-endpoints: ['{endpoint}']\n    cloud: aws\n"
                                "current-controller: prod\n",
            "accounts.yaml": "controllers:\n  prod:\n    user: admin\n    password: invented-admin-password\n",
            "models.yaml": f"controllers:\n  prod:\n    models:\n      admin/controller:\n        uuid: {MODEL}\n"
                           "    current-model: admin/controller\n",
            "bootstrap-config.yaml": "controllers:\n  prod:\n    cloud: aws\n    region: us-east-1\n    credential: mine\n"
                                     "    controller-config: {api-port: 17070}\n    model-config: {vpc-id: vpc-1}\n"}
        for name, text in texts.items():
            (self.client / name).write_text(text)
            (self.client / name).chmod(0o600)

    def stand_in(self, version, made=MADE_WITHOUT_SERVER):
        self.juju = write_program(self.dir / "stand-in-juju",
                                  STAND_IN_JUJU.format(python=sys.executable, kept=str(self.kept), version=version))
        (self.kept / "made.py").write_text(made)

    def stand_in_ssh(self, restore="exit 0"):
        """What is run there is logged; what restore-backup there does is told."""
        self.ssh = write_program(self.dir / "ssh", "#!/bin/sh\nfor word; do last=$word; done\n"
                                 f'echo "$last" >> {self.log}\ncase "$last" in *restore-backup*) echo step 1 of 1; {restore};; esac\n')
        self.scp = write_program(self.dir / "scp", f'#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\necho "copy $2 $3" >> {self.log}\n')

    def rebootstrap(self, *words, env=None):
        return self.restore("-b", "--file", self.archive, *words, env={
            "JUJU_DATA": str(self.client), "JUJUBACKUP_JUJU": str(self.juju), "JUJUBACKUP_STORE": None, **(env or {})})

    def test_a_plan_alone(self):
        before = tree(self.client)
        result = self.rebootstrap("--dry-run", "--constraints", "mem=8G cores=4")
        self.assertEqual(result.code, 0, result)
        self.assertIn(f'  {self.juju} bootstrap aws/us-east-1 prod --config <config> --credential mine --constraints "mem=8G cores=4" '
                      "--bootstrap-base ubuntu@22.04 --agent-version 2.9.50 --no-default-model\n", result.out)
        self.assertEqual(tree(self.client), before)
        self.assertFalse((self.kept / "arguments").exists())

    def test_over_ssh(self):
        self.stand_in_ssh()
        result = self.rebootstrap("--ssh", self.ssh, "--scp", self.scp, "--build-agent")
        self.assertEqual(result.code, 0, result)
        self.assertTrue(result.out.endswith(f'\nrestore from "{self.archive}" completed\n'), result)
        words = json.loads((self.kept / "arguments").read_text())
        self.assertIn("--build-agent", words)
        self.assertNotIn("invented-admin-password", str(words))
        config = (self.kept / "config").read_text()
        for part in ("admin-secret: invented-admin-password\n", "vpc-id: vpc-1\n", "BEGIN RSA PRIVATE KEY", "BEGIN CERTIFICATE"):
            self.assertIn(part, config)
        self.assertEqual(stat.S_IMODE((self.kept / "config").stat().st_mode), 0o600)
        self.assertEqual(self.log.read_text().splitlines(), [
            "mkdir -m 700 -p jujubackup-restore", f"copy {pathlib.Path(PROGRAM).resolve()} ubuntu@127.0.0.1:jujubackup-restore/jujubackup",
            "./jujubackup-restore/jujubackup --version", f"copy {self.archive} ubuntu@127.0.0.1:jujubackup-restore/backup.tar.gz",
            "sudo -n ./jujubackup-restore/jujubackup restore-backup --file jujubackup-restore/backup.tar.gz --yes --kind full-machine",
            "rm -rf -- jujubackup-restore"])
        for line in ("bootstrapping prod", "  Creating Juju controller", "restoring prod on 127.0.0.1", "  step 1 of 1"):
            self.assertIn(line + "\n", result.err)
        # The client knows it now, with the UUID of the backup and the account of before.
        controllers = (self.client / "controllers.yaml").read_text()
        self.assertIn("127.0.0.1:9", controllers)
        self.assertIn(CONTROLLER, controllers)
        self.assertEqual(sorted(p.name for p in self.client.iterdir()),
                         ["accounts.yaml", "bootstrap-config.yaml", "controllers.yaml", "models.yaml"])

    def test_a_bootstrap_that_fails_changes_nothing(self):
        (self.kept / "fails").touch()
        before = tree(self.client)
        result = self.rebootstrap()
        self.assertEqual(result.code, 1, result)
        self.assertIn("  ERROR no quota\n", result.err)
        self.assertRegex(result.err, r"\nERROR the client's directory is as it was; what juju knows of the new controller is in "
                         rf"{re.escape(str(self.client))}/rebootstrap-\w+/juju: cannot bootstrap new instance: juju bootstrap failed with exit code 1\n\Z")
        self.assertEqual({k: v for k, v in tree(self.client).items() if not k.startswith("rebootstrap-")}, before)

    def test_a_restore_that_fails_leaves_the_client_and_says_how_to_go_on(self):
        self.stand_in_ssh(restore="exit 1")
        before = tree(self.client)
        result = self.rebootstrap("--ssh", self.ssh, "--scp", self.scp)
        self.assertEqual(result.code, 1, result)
        self.assertNotIn("completed", result.out)
        self.assertIn("WARNING the new controller is there and the backup is not on it yet", result.err)
        self.assertRegex(result.err, r"  JUJU_DATA=\S+/juju \S+ scp -m prod:controller ")
        self.assertRegex(result.err, r"\nERROR restore-backup failed on 127\.0\.0\.1; [^\n]*\n\Z")
        self.assertEqual({k: v for k, v in tree(self.client).items() if not k.startswith("rebootstrap-")}, before)

    def test_no_juju(self):
        result = self.rebootstrap("--juju", "no-juju-here")
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertIn('ERROR program "no-juju-here" not found: bootstrapping is done by the juju of the user\n', result.err)


if __name__ == "__main__":
    unittest.main()
