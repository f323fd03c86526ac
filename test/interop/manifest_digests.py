"""Compares the digests in the manifest of an archive with what the command xxh128sum says of the content, as docs/format.md has it."""

import json
import subprocess
import sys
import tarfile


def xxh128(content):
    out = subprocess.run(["xxh128sum"], input=content, stdout=subprocess.PIPE, check=True).stdout
    return out.split()[0].decode()


def digest_of(content, chunk_bytes):
    if len(content) <= chunk_bytes:
        return xxh128(content)
    chunks = (content[at : at + chunk_bytes] for at in range(0, len(content), chunk_bytes))
    return xxh128(b"".join(bytes.fromhex(xxh128(chunk)) for chunk in chunks))


contents = {}
with tarfile.open(sys.argv[1], "r:gz") as archive:
    for entry in archive:
        if entry.name == "juju-backup/root.tar":
            with tarfile.open(fileobj=archive.extractfile(entry)) as inside:
                for file in inside:
                    if file.isreg():
                        contents[entry.name + "/" + file.name] = inside.extractfile(file).read()
        elif entry.isreg():
            contents[entry.name] = archive.extractfile(entry).read()

manifest = json.loads(contents.pop("juju-backup/manifest.json"))
assert manifest["digest"] == "xxh128-list", manifest["digest"]
assert [file["path"] for file in manifest["files"]] == list(contents), "other files, or another order"
kinds = set()
for file in manifest["files"]:
    content = contents[file["path"]]
    assert file["size"] == len(content), file
    assert file["digest"] == digest_of(content, manifest["chunk-bytes"]), file
    kinds.add("empty" if not content else "chunk" if len(content) <= manifest["chunk-bytes"] else "list")
assert kinds == {"empty", "chunk", "list"}, kinds
