"""The command lines that are measured: ours, and those of the peers."""

from .measure import Command


class Ours:
    """The program jujubackup. All it writes goes below the runner's folder."""

    def __init__(self, program, out, threads):
        self._program = str(program)
        self._store = out / "store"
        self._out = out
        self._threads = threads

    def with_threads(self, threads):
        return Ours(self._program, self._out, threads)

    def _words(self, command, *arguments):
        return [self._program, command, "--store", f"file:{self._store}", "--threads", str(self._threads), *map(str, arguments)]

    def create(self, tree, level="default"):
        dump = tree / "juju-backup" / "dump"
        words = self._words("create-backup", "--root", tree / "root", "--dump", dump, "--level", level, "benchmark")
        return Command(f"create, {level}", words, output=self._store / "*.tar.gz")

    def verify(self, archive):
        # 3: there were warnings, as other writers' archives may earn them.
        return Command("verify", self._words("verify-backup", archive), good_status=(0, 3))

    def extract(self, archive):
        return Command("extract", self._words("extract-backup", "--to", self._out / "to", archive))

    def list(self, archive):
        return Command("list", self._words("list-files", archive))

    def show(self, archive):
        return Command("show", self._words("show-backup", archive))

    def take_in(self, archive):
        return Command("take in", shell('cat "$0" | "$@"', archive, *self._words("add-backup", "-")))


def peer(name, words, **more):
    return Command(name, words, peer=True, **more)


def shell(script, *arguments):
    """A line of shell, whose $0, $1 ... are the arguments."""
    return ["sh", "-c", script, *map(str, arguments)]


class Peers:
    def __init__(self, runner, go_program, threads):
        self._runner = runner
        self._out = runner.out
        self._go = str(go_program)
        self._threads = threads
        self._archive = runner.out / "archive.tar.gz"

    # --- tar and a compressor: root.tar is ready in the tree, and nothing is hashed ---

    def tar_create(self, tree):
        return peer("tar czf", ["tar", "-czf", self._archive, "-C", tree, "juju-backup"], output=self._archive)

    def bsdtar_create(self, tree):
        return peer("bsdtar czf", ["bsdtar", "-czf", self._archive, "-C", tree, "juju-backup"], output=self._archive)

    def pigz_create(self, tree):
        script = 'tar -cf - -C "$0" juju-backup | pigz -p"$1" > "$2"'
        return peer(f"tar | pigz -p{self._threads}", shell(script, tree, self._threads, self._archive), output=self._archive)

    def igzip_create(self, tree):
        igzip = f"igzip -1 -T{self._threads}"
        return peer(f"tar -I '{igzip}'", ["tar", "-I", igzip, "-cf", self._archive, "-C", tree, "juju-backup"], output=self._archive)

    def tar_extract(self, archive):
        return peer("tar xzf, tar of root.tar", self._extract_twice("tar", archive))

    def bsdtar_extract(self, archive):
        return peer("bsdtar xzf, bsdtar of root.tar", self._extract_twice("bsdtar", archive))

    def _extract_twice(self, program, archive):
        script = '"$0" -xzf "$1" -C "$2" && mkdir "$2/root" && "$0" -xf "$2/juju-backup/root.tar" -C "$2/root"'
        return shell(script, program, archive, self._out)

    def tar_list(self, archive):
        return peer("tar tzf", ["tar", "-tzf", archive])

    # --- Go's standard library, the way Juju uses it ---

    def go_create(self, tree):
        staged = tree / "juju-backup"
        words = [self._go, "create", tree / "root", staged / "dump", staged / "metadata.json", self._out / "workspace", self._archive]
        return peer("Go, Juju's way", words, output=self._archive)

    def go_verify(self, archive):
        return peer("Go: gunzip, untar, SHA-1", [self._go, "verify", archive])

    def go_extract(self, archive):
        return peer("Go: gunzip, untar", [self._go, "extract", archive, self._out / "to"])

    def go_list(self, archive):
        return peer("Go: gunzip, untar", [self._go, "list", archive])

    def go_show(self, archive):
        return peer("Go: gunzip, untar", [self._go, "show", archive])

    def go_take_in(self, archive):
        script = 'cat "$0" | cat > "$1" && "$2" verify "$1"'
        return peer("copy, then Go verify", shell(script, archive, self._archive, self._go))

    # --- programs with repositories: no tar.gz, but the same job for their users ---

    def restic_create(self, tree):
        repository = self._out / "restic"
        words = ["restic", "--quiet", "--repo", repository, "backup", "juju-backup"]
        return peer(
            "restic backup",
            words,
            folder=tree,
            prepare=lambda: self._runner.quiet("restic", "--repo", repository, "init"),
            output=repository,
        )

    def restic_verify(self, repository):
        return peer("restic check --read-data", ["restic", "--quiet", "--repo", repository, "check", "--read-data"])

    def restic_extract(self, repository):
        return peer("restic restore", ["restic", "--quiet", "--repo", repository, "restore", "latest", "--target", self._out / "to"])

    def borg_create(self, tree):
        repository = self._out / "borg"
        return peer(
            "borg create",
            ["borg", "create", f"{repository}::first", "juju-backup"],
            folder=tree,
            prepare=lambda: self._runner.quiet("borg", "init", "--encryption", "none", repository),
            output=repository,
        )

    def borg_verify(self, repository):
        return peer("borg check --verify-data", ["borg", "check", "--verify-data", repository])

    def borg_extract(self, repository):
        return peer("borg extract", ["borg", "extract", f"{repository}::first"])
