"""A stand-in for systemctl: a service is a process of its own, with its state in /run/host, which is another folder on each machine.

Every start and stop is a line of /run/machines/log: monotonic nanoseconds, machine, verb, service. A file /run/host/fail-VERB has the next
such call fail.
"""
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

HOST = pathlib.Path("/run/host")
LOG = pathlib.Path("/run/machines/log")
# It listens where a controller would, says that it is up, and waits for its end.
AGENT = """
import signal, socket, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
try:
    listener = socket.create_server(("127.0.0.1", 17070))
except OSError:
    pass  # another agent of this machine does
sys.stdout.write("up")
sys.stdout.flush()
signal.sigwait([signal.SIGTERM])
"""


def log(verb, service):
    line = f"{time.monotonic_ns()} {(HOST / 'name').read_text()} {verb} {service}\n"
    with LOG.open("ab", buffering=0) as out:
        out.write(line.encode())


def process(service):
    """A descriptor of its process; None if it does not run."""
    try:
        found = os.pidfd_open(int((HOST / f"{service}.pid").read_text()))
    except (FileNotFoundError, ProcessLookupError):
        return None
    # A process that has ended may wait for somebody to ask how.
    return None if select.select([found], [], [], 0)[0] else found


def main(verb, unit):
    service = unit.removesuffix(".service")
    if verb == "is-active":
        active = process(service) is not None
        print("active" if active else "inactive")
        return 0 if active else 3
    if verb not in ("start", "stop"):
        print(f"the stand-in does not know {verb}", file=sys.stderr)
        return 1
    log(verb, service)
    told_to_fail = HOST / f"fail-{verb}"
    if told_to_fail.exists():
        told_to_fail.unlink()
        print(f"Job for {unit} failed because it was told to.", file=sys.stderr)
        return 1
    running = process(service)
    if verb == "start" and running is None:
        started = subprocess.Popen([sys.executable, "-I", "-c", AGENT], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        if started.stdout.read(2) != b"up":
            print(f"{unit} ended", file=sys.stderr)
            return 1
        (HOST / f"{service}.pid").write_text(str(started.pid))
    if verb == "stop" and running is not None:
        signal.pidfd_send_signal(running, signal.SIGTERM)
        select.select([running], [], [])
    log({"start": "started", "stop": "stopped"}[verb], service)
    return 0


sys.exit(main(*sys.argv[1:]))
