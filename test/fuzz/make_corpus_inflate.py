"""Makes test/fuzz/corpus/inflate: raw deflate streams of every kind, each behind a byte that says how it is given.

Usage: make_corpus_inflate.py FOLDER
"""

import pathlib
import random
import sys
import zlib


def stream(content, level=6, strategy=zlib.Z_DEFAULT_STRATEGY, flush=None):
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 8, strategy)
    half = len(content) // 2
    out = compressor.compress(content[:half])
    if flush is not None:
        out += compressor.flush(flush)
    return out + compressor.compress(content[half:]) + compressor.flush()


def main():
    rng = random.Random(1)
    text = b"".join(b"model-uuid status=%d updated=%d\n" % (rng.randrange(9), rng.randrange(10**6)) for _ in range(60))
    noise = rng.randbytes(600)
    far = noise + bytes(32768 - 600) + noise  # a match at the greatest distance
    good = {
        "nothing": stream(b""),
        "letter": stream(b"a"),
        "dynamic": stream(text),
        "fixed": stream(text, strategy=zlib.Z_FIXED),
        "no-matches": stream(text, strategy=zlib.Z_HUFFMAN_ONLY),
        "runs": stream(text[:300] + bytes(5000), strategy=zlib.Z_RLE),
        "stored": stream(noise, level=0),
        "flushed": stream(text, flush=zlib.Z_FULL_FLUSH),
        "partly-flushed": stream(text, level=1, flush=zlib.Z_SYNC_FLUSH),
        "far": stream(far, level=9),
        "long": stream(bytes(100000)),
    }
    bad = {
        "reserved-type": bytes([0x07]) + bytes(20),
        "stored-complement": bytes([0x01, 4, 0, 0xFA, 0xFF]) + bytes(20),
        "distance-before-begin": bytes([0x03, 0x02, 0x00]),
        "distance-too-far": bytes([0x4B, 0x04, 0x42, 0x00]),
        "distance-symbol-30": bytes([0x4B, 0x04, 0x3E, 0x00]),
        "length-symbol-286": bytes([0x4B, 0x1C, 0x03, 0x00]),
        "too-many-codes": bytes([0x05, 0x00, 0x92, 0x00]) + bytes(40),
        "unused-codes": bytes([0x05, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]) + bytes(300),
        "cut": stream(text)[:-20],
        "trailing": stream(text) + b"what is behind it",
    }
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, data) in enumerate({**good, **bad}.items()):
        (folder / name).write_bytes(bytes([(number * 11) & 0x3F]) + data)


main()
