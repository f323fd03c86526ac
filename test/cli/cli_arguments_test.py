"""The command line's own rules: names, options, help, exit codes."""
import os
import re
import shutil
import subprocess
import unittest

from cli_support import PROGRAM, CliTest

COMMANDS = {
    "create-backup": "Create a backup.",
    "backups": "Displays information about all backups.",
    "show-backup": "Show metadata for the specified backup.",
    "list-files": "List the files in a backup.",
    "verify-backup": "Check that a backup is complete and undamaged.",
    "extract-backup": "Unpack a backup, or some files of it.",
    "add-backup": "Put an archive file into the store.",
    "get-backup": "Get an archive file.",
    "remove-backup": "Remove the specified backup from the store.",
    "download-backup": "Get an archive file.",
    "upload-backup": "Store a backup archive file remotely in Juju.",
    "keygen": "Make a key pair for encrypted backups.",
    "encrypt-backup": "Encrypt a backup into a file.",
    "decrypt-backup": "Decrypt a backup into a file.",
    "backup-client": "Back up the Juju client's own directory.",
    "show-client-backup": "Show what is in a backup of a client's directory.",
    "restore-client": "Bring the Juju client's own directory back.",
    "check-restore": "Check whether a backup can be restored on this controller machine.",
    "restore-backup": "Restore a controller from a backup.",
    "serve": "Run an embedded controller that speaks Juju's backup API.",
    "help": "Show help on a command.",
    "version": "Print the version.",
    "completion": "Print a script that makes a shell complete commands, options and IDs.",
}
CLASH = '"verbose" and "quiet" flags clash, please use one or the other, not both'

# What is typed, and the message that follows with exit code 2.
WRONG = [
    (["backups", "--x"], "option provided but not defined: --x"),
    (["backups", "--x=1"], "option provided but not defined: --x"),
    (["backups", "-x"], "option provided but not defined: -x"),
    (["backups", "-qx"], "option provided but not defined: -x"),
    (["--x", "backups"], "option provided but not defined: --x"),
    (["get-backup", "id", "--filename"], "option needs an argument: --filename"),
    (["backups", "-m"], "option needs an argument: -m"),
    (["backups", "x"], 'unrecognized args: ["x"]'),
    (["backups", "a b", 'c"d', "\x1b[1m"], 'unrecognized args: ["a b" "c\\"d" "\\x1b[1m"]'),
    (["backups", "--", "--format"], 'unrecognized args: ["--format"]'),
    (["show-backup"], "missing ID"),
    (["show-backup", "a", "b"], 'unrecognized args: ["b"]'),
    (["verify-backup"], "missing ID"),
    (["list-files"], "missing ID"),
    (["extract-backup", "--to", "x"], "missing ID"),
    (["extract-backup", "id"], "missing --to: where to extract to?"),
    (["get-backup"], "missing ID"),
    (["get-backup", "id", "--filename", ""], "missing filename"),
    (["get-backup", "./a"], "missing --filename: where to copy the file to?"),
    (["remove-backup"], "missing ID or --keep-latest option"),
    (["add-backup"], "backup filename not specified"),
    (["--threads", "many", "backups"], 'invalid value "many" for option --threads: not a number'),
    (["verify-backup", "id", "--threads=-1"], 'invalid value "-1" for option --threads: not a number'),
    (["backups", "--threads", ""], 'invalid value "" for option --threads: not a number'),
    (["backups", "--threads", "2x"], 'invalid value "2x" for option --threads: not a number'),
    (["backups", "--threads", "99999999999"], 'invalid value "99999999999" for option --threads: not a number'),
    (["backups", "--threads"], "option needs an argument: --threads"),
    (["backups", "-q", "-v"], CLASH),
    (["-v", "backups", "--quiet"], CLASH),
    (["backups", "-vq"], CLASH),
    (["backups", "--format", "xml"], 'invalid value "xml" for option --format: expected one of text, json, yaml'),
    (["backups", "--quiet=perhaps"], 'invalid boolean value "perhaps" for option --quiet'),
    (["create-backup"], "missing --dump or --mongodump: where does the database come from?"),
    (["create-backup", "--dump", "d", "--mongodump"], "cannot mix --dump and --mongodump"),
    (["create-backup", "--dump", "d", "--mongo-host", "h"], "cannot mix --dump and --mongo-host"),
    (["create-backup", "--dump", "d", "a", "b"], 'unrecognized args: ["b"]'),
    (["create-backup", "--dump", "d", "--filename="], "missing filename"),
    (["create-backup", "--dump", "d", "--ha-nodes", "3x"], 'invalid value "3x" for option --ha-nodes: not a number'),
    (["create-backup", "--dump", "d", "--juju-version", "x"], 'invalid value "x" for option --juju-version: not a Juju version'),
    (["verify-backup", "id", "--sha1", "x"], "--sha1 and --sha256 are for archive files; a backup in the store is compared with its record"),
    (["encrypt-backup"], "missing ID"),
    (["encrypt-backup", "./a"], "missing --encrypt-to, --recipients-file or --passphrase: encrypt to whom?"),
    (["decrypt-backup", "./a"], "missing --filename: the name of the file does not end in .age"),
    (["decrypt-backup", "./.age"], "missing --filename: the name of the file does not end in .age"),
    (["keygen", "--output", ""], "missing filename"),
    (["get-backup", "id", "--identity", "i"], "--identity is for --decrypt"),
    (["create-backup", "--dump", "d", "--encrypt-to", "age1x", "--passphrase"], "cannot mix --encrypt-to and --passphrase: a passphrase stands alone"),
    (["create-backup", "--dump", "d", "--passphrase", "--passphrase-file", "f"], "cannot mix --passphrase and --passphrase-file"),
    (["create-backup", "--dump", "d", "--bare-record"],
     "--bare-record is for encrypted backups: missing --encrypt-to, --recipients-file or --passphrase"),
    (["backup-client", "-c", "prod"], "cannot mix backup-client and --controller: it backs up the whole directory"),
    (["backup-client", "--armor"], "--armor is for encrypted backups: missing --encrypt-to, --recipients-file or --passphrase"),
    (["backup-client", "--client-dir="], "missing folder for --client-dir"),
    (["show-client-backup"], "backup filename not specified"),
    (["restore-client"], "backup filename not specified"),
    (["restore-client", "-m", "m", "./a"], "cannot mix restore-client and --model"),
    (["restore-client", "--undo", "--commit"], "cannot mix --undo and --commit"),
    (["restore-client", "--undo", "./a"], "--undo takes no file: it ends a restore that was made"),
    (["restore-client", "--commit", "--force"], "cannot mix --commit and --force"),
    (["completion", "tcsh"], 'unknown shell "tcsh": expected bash, zsh or fish'),
    (["help", "nothing"], "unknown command or topic for nothing"),
    (["nothing"], "unrecognized command: jujubackup nothing (see jujubackup help)"),
]


class Arguments(CliTest):
    def test_wrong_command_lines(self):
        for words, message in WRONG:
            with self.subTest(words=words):
                self.check(self.run_cli(*words), 2, "", f"ERROR {message}\n")
        self.assertFalse(self.store.exists(), "a wrong command line must not make a store")

    def test_options_stand_anywhere(self):
        for words in (["backups", "--format", "json"], ["backups", "--format=json"], ["--quiet", "backups", "--format=json"],
                      ["list-backups", "--format=yaml", "--format=json"], ["backups", "--format=json", "--quiet=false", "--"]):
            with self.subTest(words=words):
                self.check(self.run_cli(*words), 0, "[]\n")
        result = self.run_cli("show-backup", "nothing", "--format", "json")
        self.assertEqual(result.code, 1, result)

    def test_store_option_wins_over_environment(self):
        other = self.dir / "other"
        result = self.run_cli("show-backup", "x", "--store", other)
        self.assertIn(f"{other}", result.err)
        result = self.run_cli("show-backup", "x", "--store", f"file:{other}")
        self.assertIn(f"{other}", result.err)
        result = self.run_cli("show-backup", "x", env={"JUJUBACKUP_STORE": None})
        self.assertIn(f"{self.dir}/.local/share/jujubackup", result.err)
        result = self.run_cli("backups", "--store", "ftp://x/y")
        self.assertEqual((result.code, result.out), (1, ""))

    def test_every_form_of_the_model_options_is_understood(self):
        # With no client directory there is no controller to speak to.
        for words in (["-m", "prod:controller"], ["-mprod:controller"], ["-m=prod:controller"], ["--model", "prod:controller"],
                      ["--model=prod:controller"], ["-c", "prod"], ["--controller=prod"], ["--controller", "prod"]):
            for line, program in ((["backups", *words], PROGRAM), ([*words, "backups"], PROGRAM), (words, self.link("juju-backups"))):
                with self.subTest(line=line, program=program):
                    result = self.run_cli(*line, program=program)
                    self.assertEqual((result.code, result.out), (2, ""), result)
                    # Juju answers differently where the controller was named.
                    self.assertRegex(result.err, r"\AERROR (No controllers registered\.|controller prod not found)\n")
                    self.check(self.run_cli(*line, "--store=s", program=program), 2, "",
                               f"ERROR cannot mix --store and --{'model' if words[0].startswith(('-m', '--m')) else 'controller'}\n")

    def test_the_store_of_the_environment_wins_over_juju_model(self):
        env = {"JUJU_MODEL": "prod:admin/default", "JUJU_CONTROLLER": "prod"}
        self.check(self.run_cli("backups", env=env), 0, "", "No backups to display.\n")


class Names(CliTest):
    def test_every_command_describes_itself(self):
        for name, summary in COMMANDS.items():
            with self.subTest(name=name):
                self.check(self.run_cli(name, "--description"), 0, summary + "\n")
                self.check(self.run_cli("--description", program=self.link("juju-" + name)), 0, summary + "\n")
        self.check(self.run_cli("--description", program=self.link("juju-list-backups")), 0, COMMANDS["backups"] + "\n")
        self.check(self.run_cli("--description"), 0, "Make, check, keep and unpack Juju controller backups.\n")

    def test_plugin_names_select_the_command(self):
        for name in ("juju-backups", "juju-list-backups"):
            self.check(self.run_cli(program=self.link(name)), 0, "", "No backups to display.\n")
        self.check(self.run_cli(program=self.link("juju-show-backup")), 2, "", "ERROR missing ID\n")
        # `juju help show-backup more` runs juju-show-backup --help more.
        result = self.run_cli("--help", "more", program=self.link("juju-show-backup"))
        self.assertTrue(result.out.startswith("Usage: juju show-backup [options] <ID|FILE>\n"), result)

    def test_other_names_are_the_plain_program(self):
        for name in ("juju-jujubackup", "jb"):
            self.check(self.run_cli("backups", program=self.link(name)), 0, "", "No backups to display.\n")

    def test_version(self):
        result = self.run_cli("version")
        self.assertRegex(result.out, r"^\d+\.\d+\.\d+\n$")
        number, details = self.run_cli("--version").out.splitlines()
        self.assertEqual(number + "\n", result.out)
        for part in ("libarchive", "fast: ", "members: ", "streams: "):
            self.assertIn(part, details)
        self.check(self.run_cli("backups", "--version"), 0, f"{number}\n{details}\n")
        self.assertIn("libarchive", self.run_cli("version", "-v").err)


class Help(CliTest):
    def test_overview(self):
        result = self.run_cli()
        self.check(self.run_cli("help"), 0, result.out)
        self.check(self.run_cli("--help"), 0, result.out)
        for name, summary in COMMANDS.items():
            self.assertRegex(result.out, rf"(?m)^    {name} +{re.escape(summary)}$")

    def test_each_command(self):
        for name, summary in COMMANDS.items():
            with self.subTest(name=name):
                result = self.run_cli("help", name)
                self.assertEqual((result.code, result.err), (0, ""))
                self.assertTrue(result.out.startswith(f"Usage: jujubackup {name} [options]"), result)
                self.assertIn(f"\n\nSummary:\n{summary}\n\nGlobal Options:\n-c, --controller CONTROLLER", result.out)
                self.assertIn("\n\nDetails:\n", result.out)
                self.assertLess(max(map(len, result.out.splitlines())), 130)
                self.check(self.run_cli(name, "--help"), 0, result.out)
                self.check(self.run_cli(name, "-h", "--undefined", "surplus"), 0, result.out)
        self.assertIn("\nAliases: list-backups\n", self.run_cli("help", "list-backups").out)
        self.assertIn("\n    3  there are warnings\n", self.run_cli("help", "verify-backup").out)

    def test_examples_in_the_help_are_accepted(self):
        # Whether the options exist: a wrong command line would be exit code 2.
        for name in COMMANDS:
            for line in self.run_cli("help", name).out.splitlines():
                if not line.startswith("    jujubackup "):
                    continue
                command = line.strip().removeprefix("jujubackup ").split("    ")[0].split(" |")[0]
                # A server would run on, and there is no controller here: of these only the options are looked at.
                if re.search(r"(^serve| -m| -c) ", command):
                    command += " --help"
                with self.subTest(line=line):
                    done = subprocess.run(["sh", "-c", f'"$0" {command}', PROGRAM], cwd=self.dir,
                                          env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
                    self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_manual_page(self):
        result = self.run_cli("help", "--man")
        self.assertTrue(result.out.startswith('.TH JUJUBACKUP 1 '), result)
        for name in COMMANDS:
            self.assertIn(".SS " + name.replace("-", "\\-") + "\n", result.out)
        if shutil.which("man") and shutil.which("groff"):
            page = self.dir / "jujubackup.1"
            page.write_text(result.out)
            done = subprocess.run(["man", "--warnings", "-l", str(page)], env=self.environment(MANROFFSEQ="", LANG="C.UTF-8"),
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("JUJUBACKUP_STORE", done.stdout)


class Completion(CliTest):
    def script(self, shell):
        result = self.run_cli("completion", shell)
        self.assertEqual((result.code, result.err), (0, ""))
        path = self.dir / ("complete." + shell)
        path.write_text(result.out)
        return path

    def test_scripts_parse(self):
        for shell in ("bash", "zsh", "fish"):
            path = self.script(shell)
            for name in COMMANDS:
                self.assertIn(name, path.read_text())
            if shutil.which(shell):
                done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def complete(self, *words):
        """What bash offers for the last of the words."""
        ask = ('source "$1"; shift; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _jujubackup; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
        bindir = self.dir / "bin"
        bindir.mkdir(exist_ok=True)
        if not (bindir / "jujubackup").exists():
            (bindir / "jujubackup").symlink_to(PROGRAM)
        env = self.environment(PATH=f"{bindir}:{os.environ['PATH']}")
        done = subprocess.run(["bash", "-c", ask, "bash", str(self.script("bash")), *words], cwd=self.dir, env=env, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\n")[:-1]

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash_offers_what_fits(self):
        (self.dir / "a file.tar.gz").write_text("")
        self.assertEqual(self.complete("jujubackup", "ver"), ["verify-backup", "version"])
        self.assertEqual(self.complete("jujubackup", "verify-backup", "--depth", ""), ["quick", "full"])
        self.assertEqual(self.complete("jujubackup", "-q", "backups", "--form"), ["--format"])
        self.assertEqual(self.complete("juju-verify-backup", "--depth", "q"), ["quick"])
        self.assertEqual(self.complete("jujubackup", "show-backup", "a"), ["a file.tar.gz"])
        self.assertEqual(self.complete("jujubackup", "completion", "z"), ["zsh"])


if __name__ == "__main__":
    unittest.main()
