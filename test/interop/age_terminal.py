"""Runs a program that asks for a passphrase on the terminal, which is the only place where age takes one from.

Usage: age_terminal.py PASSPHRASE PROGRAM ARGUMENT...

The program gets a terminal of its own; its standard input and output stay those of this one. It exits as the program does.
"""

import os
import pty
import sys


def main():
    passphrase = sys.argv[1]
    standard_input, standard_output = os.dup(0), os.dup(1)
    child, terminal = pty.fork()
    if child == 0:
        # The pseudo terminal stays the controlling one, which is what /dev/tty is.
        os.dup2(standard_input, 0)
        os.dup2(standard_output, 1)
        os.execvp(sys.argv[2], sys.argv[2:])
    said = b""
    while True:
        try:
            piece = os.read(terminal, 1024)
        except OSError:  # its other end is closed
            break
        if not piece:
            break
        said += piece
        # Asked once when decrypting, and a second time to confirm when encrypting.
        if said.rstrip().endswith(b":"):
            said = b""
            os.write(terminal, passphrase.encode() + b"\n")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        sys.stderr.write(said.decode(errors="replace"))
    return code


sys.exit(main())
