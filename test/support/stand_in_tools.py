"""What the stand-ins for mongodump and mongorestore share: the real tools' arguments, a password from standard input, and a connection."""
import argparse
import datetime
import ssl
import sys

import bson
import pymongo
from pymongo.errors import PyMongoError

from stand_in_data import PLAIN, RAW


def say(text):
    print(f"{datetime.datetime.utcnow().isoformat(timespec='milliseconds')}+0000\t{text}", file=sys.stderr, flush=True)


def give_up(text, status=1):
    say(f"Failed: {text}")
    sys.exit(status)


def parser_for(tool):
    parser = argparse.ArgumentParser(prog=tool, allow_abbrev=False)
    parser.add_argument("-v", "--verbose", action="count", default=0)
    for flag in ("--ssl", "--sslAllowInvalidCertificates", "--tlsInsecure", "--journal"):
        parser.add_argument(flag, action="store_true")
    for option in ("--host", "--port", "--username", "--authenticationDatabase", "--sslCAFile", "--sslPEMKeyFile", "--sslPEMKeyPassword",
                   "--db", "--collection"):
        parser.add_argument(option)
    return parser


def parse(parser):
    """Refuses a password where other users of the machine could read it."""
    if any(argument.startswith("--password") or argument == "-p" for argument in sys.argv[1:]):
        print("a password among the arguments is seen by everybody", file=sys.stderr)
        sys.exit(97)
    return parser.parse_args()


def connect(options):
    host = options.host or "localhost"
    if options.port:
        host = f"{host}:{options.port}"
    settings = {"directConnection": True, "serverSelectionTimeoutMS": 5000, "connectTimeoutMS": 5000, "document_class": RAW.document_class,
                "retryWrites": False, "retryReads": False}
    if options.username:
        # As the real tools do it without a terminal: one line.
        password = sys.stdin.readline().rstrip("\n")
        settings.update(username=options.username, password=password, authSource=options.authenticationDatabase or "admin")
    if options.ssl:
        anyone = options.sslAllowInvalidCertificates or options.tlsInsecure
        settings.update(ssl=True, ssl_match_hostname=False, ssl_cert_reqs=ssl.CERT_NONE if anyone else ssl.CERT_REQUIRED)
        settings.update({"ssl_ca_certs": options.sslCAFile} if options.sslCAFile else {})
    client = pymongo.MongoClient(host, **settings)
    try:
        client.admin.command("ping")
    except PyMongoError as error:
        give_up(f"can't create session: could not connect to server: {error}")
    return client


def command(client, database, *arguments, **options):
    """An answer as a dictionary."""
    return client[database].command(*arguments, codec_options=PLAIN, **options)


def read_documents(path):
    with open(path, "rb") as file:
        for document in bson.decode_file_iter(file, RAW):
            yield document
