"""Reads a backup archive with Python's tarfile and prints "SHA-256 size name" of every regular file, also of those inside of root.tar."""
import hashlib
import sys
import tarfile

ROOT_TAR = "juju-backup/root.tar"


def show(archive, prefix):
    for member in archive:
        if not member.isreg():
            continue
        name = prefix + member.name.removeprefix("./")
        digest = hashlib.sha256()
        content = archive.extractfile(member)
        while piece := content.read(1 << 16):
            digest.update(piece)
        line = f"{digest.hexdigest()} {member.size} {name}\n"
        sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape"))
        if name == ROOT_TAR:
            with tarfile.open(fileobj=archive.extractfile(member), mode="r:") as inner:
                show(inner, ROOT_TAR + "/")


with tarfile.open(sys.argv[1], mode="r:gz", encoding="utf-8", errors="surrogateescape") as outer:
    show(outer, "")
