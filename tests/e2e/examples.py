# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of documents, and a place where they can be run exactly as they are written.

In Markdown every block is one, indented or fenced; in a manual page what stands in EXAMPLES. A comment in front says what
else a block is, <!-- ... --> or .\\" in a page:

    not run: WHY             nobody can run it here
    not run, COMMAND: WHY    nor the command that begins so; the others are run
    file: PATH               no commands, but what is in a file
    prints                   no commands, but what those before it print on a terminal
    prints, shortened        likewise; the object of JSON has to be part of the one that is printed
    patch                    no commands, but what is to be changed (tests/e2e/contributing does that)
    red: TEXT, green: TEXT   commands that fail, or do not, and then print that

What has none of these is commands. Each is run by itself, by sh, as somebody would who pastes one after the other.

The place is a mount and a network namespace (and one of processes) with a copy of the checkout to stand in, where
nothing that is written stays: /etc, /usr/local, /var/lib, /var/log and the checkout are overlays. There is an interface
eth1, which gets what a SPAN port would send: copies of packets of both directions.
"""

import contextlib
import itertools
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import tty

import craft
import lab

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT = 120
PASSWORD = "Rabbit-Secret-Hole"
YESTERDAY = "yesterdays-reader"          # who logs in in the captures
OLD_SERVER = ("198.51.100.25", 110)
OVERLAID = ("/etc", "/usr/local", "/var/lib", "/var/log")


# ---------------------------------------------------------------- documents

class Example:
    """A block of a document, and what the comment in front of it says."""

    def __init__(self, path, line, language, text, mark):
        self.path, self.line, self.text = path, line, text
        kind, _, rest = mark.partition(":")
        self.not_run, self.not_run_command, self.file = None, None, None
        self.patch, self.colour, self.says = False, None, None
        self.prints, self.shortened = kind.startswith("prints"), kind == "prints, shortened"
        if kind == "not run":
            self.not_run = rest.strip()
        elif kind.startswith("not run, "):
            self.not_run_command, self.not_run = kind.removeprefix("not run, "), rest.strip()
        elif kind == "file":
            self.file = rest.strip()
        elif kind == "patch":
            self.patch = True
        elif kind in ("red", "green"):
            self.colour, self.says = kind, rest.strip()
        elif not self.prints and language not in ("", "sh"):
            raise ValueError(f"{path.name}:{line}: neither commands, nor does a comment say what it is")

    def __str__(self):
        return f"{os.path.relpath(self.path, ROOT)}:{self.line}"

    def commands(self):
        """Each with the lines that belong to it: behind a backslash, up to the end of a here-document."""
        lines = self.text.splitlines()
        while lines:
            command = lines.pop(0)
            while command.endswith("\\") and lines:
                command += "\n" + lines.pop(0)
            end = re.search(r"<<'?(\w+)'?", command)
            while end and lines:
                command += "\n" + lines.pop(0)
                if command.endswith("\n" + end[1]):
                    break
            if command.strip():
                yield command


def of_markdown(path):
    mark, lines = "", list(enumerate(path.read_text().splitlines(), 1))
    previous = ""
    while lines:
        number, line = lines.pop(0)
        comment = re.fullmatch(r"<!-- (.*) -->", line)
        fence = re.fullmatch(r"```(\w*)", line)
        text = []
        if comment:
            mark = comment[1]
        elif fence:
            while lines and lines[0][1] != "```":
                text.append(lines.pop(0)[1])
            lines.pop(0)
            yield Example(path, number, fence[1], "\n".join(text) + "\n", mark)
        elif line.startswith("    ") and not previous.strip():
            text.append(line[4:])
            while lines and (lines[0][1].startswith("    ") or not lines[0][1].strip()):
                text.append(lines.pop(0)[1][4:])
            yield Example(path, number, "", "\n".join(text).strip("\n") + "\n", mark)
        if line.strip() and not comment:
            mark = ""
        previous = line


def plain(text):
    """What a line of a manual page looks like."""
    for escape, character in (("\\&", ""), ("\\-", "-"), ("\\(ha", "^"), ("\\(ti", "~"), ("\\(aq", "'"), ("\\(dq", '"'),
                              ("\\(ga", "`"), ("\\e", "\\")):
        text = text.replace(escape, character)
    return text


def of_manual(path):
    mark, section, text = "", "", None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith(".Sh "):
            section = line[4:]
        if section != "EXAMPLES":
            continue
        if line.startswith('.\\" '):
            mark = line[4:]
        elif line.startswith(".Dl "):
            yield Example(path, number, "sh", plain(line[4:]) + "\n", mark)
            mark = ""
        elif line.startswith(".Bd -literal"):
            text = []
        elif line == ".Ed":
            yield Example(path, number, "sh", plain("\n".join(text)) + "\n", mark)
            mark, text = "", None
        elif text is not None:
            text.append(line)


def of(path):
    return list(of_markdown(path) if path.suffix == ".md" else of_manual(path))


# ---------------------------------------------------------------- the place

NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


def sh(*argv):
    subprocess.run([str(each) for each in argv], check=True, capture_output=True)


class Terminal:
    """A program whose standard output is a terminal, as it is for who pastes a command."""

    def __init__(self, command, place):
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.output = self.errors = b""
        self.process = subprocess.Popen(["sh", "-c", command], cwd=place.here, env=place.environment, stdin=subprocess.DEVNULL,
                                        stdout=theirs, stderr=subprocess.PIPE, start_new_session=True)
        os.close(theirs)
        self.readers = [threading.Thread(target=self._read, args=(ours,), daemon=True),
                        threading.Thread(target=self._read_errors, daemon=True)]
        for reader in self.readers:
            reader.start()

    def _read(self, descriptor):
        with contextlib.suppress(OSError):      # EIO: nobody has the other end any more
            while data := os.read(descriptor, 65536):
                self.output += data
        os.close(descriptor)

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors += line

    def below(self, pid=None):
        """All that it has started, nearest first."""
        for child in lab.children(pid or self.process.pid):
            yield child
            yield from self.below(child)

    def interrupt(self):
        """SIGINT to the first that is no shell: plainpop, which ends what it has started itself, or whoever feeds it."""
        for pid in [self.process.pid, *self.below()]:
            with contextlib.suppress(FileNotFoundError):
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() not in ("sh", "dash", "bash"):
                    os.kill(pid, signal.SIGINT)
                    return

    def end(self):
        try:
            status = self.process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            status = "it does not end"
        for reader in self.readers:
            reader.join(timeout=TIMEOUT)
        return status


def outputs_of(command):
    """What follows -o, of each plainpop in a command."""
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    program, found, before = None, [], ""
    for word in lexer:
        if before in ("-o", "--output") and program == "plainpop":
            found.append(word)
        if not word.strip("|&;"):
            program = None
        elif program in (None, "sudo"):
            program = word
        before = word
    return found


class Place:
    """Where examples are run. Within NAMESPACES only."""

    def __init__(self, root):
        sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt")
        self.work = pathlib.Path("/mnt")
        tempfile.tempdir = str(self.work)
        for number, path in enumerate(OVERLAID):
            self._overlay(path, path, number)
        self.here = self.work / "plainpop"
        self.here.mkdir()
        self._overlay(root, self.here, len(OVERLAID))
        sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        self._interface()
        bin_ = self.work / "bin"
        bin_.mkdir()
        # Who runs this is root already.
        (bin_ / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (bin_ / "sudo").chmod(0o755)
        # What was built, until an example installs it.
        path = f"{bin_}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{self.here}/build"
        # The documents show text, without the colours that a terminal has.
        self.environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
        self.environment.pop("CI", None)
        self.port = itertools.count(20000)
        self.user = None
        self.receivers = {}

    def _overlay(self, lower, target, number):
        upper, workdir = self.work / f"upper{number}", self.work / f"work{number}"
        upper.mkdir()
        workdir.mkdir()
        sh("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={workdir}", target)

    def _interface(self):
        sh("ip", "link", "set", "lo", "up")
        sh("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "mirror")
        for name in ("eth1", "mirror"):
            sh("ip", "link", "set", name, "addrgenmode", "none", "up")
        self.mirror = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.mirror.bind(("mirror", 0))

    def captures(self):
        """What a user has lying about: yesterday.pcap, a directory of captures, settings."""
        def session(port, server=OLD_SERVER[0]):
            return craft.Talk(craft.login(YESTERDAY, PASSWORD), client=("192.0.2.10", port), server=(server, 110)).packets()

        (self.here / "plainpop.yaml").write_text("interface: eth1\n")
        craft.write_pcap(self.here / "yesterday.pcap", session(20001))
        (self.here / "captures").mkdir()
        craft.write_pcap(self.here / "captures/1.pcap", session(20002))
        craft.write_pcap(self.here / "captures/2.pcap", session(20003, "192.0.2.110"))

    def log_in(self):
        """A session as a SPAN port shows it."""
        talk = craft.Talk(craft.login(self.user, PASSWORD), client=("192.0.2.10", next(self.port)), server=OLD_SERVER)
        for _, packet in talk.packets():
            self.mirror.send(bytes(craft.ETHERNET.wrap(packet)))

    def told(self, target, terminal):
        """Whether the output has the user. Captures of samples/ have others: then, whether there is something."""
        user = self.user.encode() if self.user else b""
        target = re.sub(r"^(eve|ecs|ocsf|cef|text):", "", target).split(",")[0]
        if target == "-":
            return user in terminal.output
        if "://" in target:
            scheme = target.split(":")[0]
            return scheme in self.receivers and user in self.receivers[scheme]()
        path = self.here / target
        return path.exists() and path.stat().st_size > 0 and user in path.read_bytes()

    def run(self, command):
        """(what it printed, what is wrong with it or None)"""
        live = re.search(r"\bplainpop\b.*\s-i\b|\btcpdump\b.*\s-i\b", command, re.DOTALL)
        targets = outputs_of(command) if "plainpop" in command else []
        self.user = YESTERDAY if re.search("yesterday.pcap|captures/", command) else None
        if live:
            self.user = f"reader-{next(self.port)}"
            targets = targets or ["-"]
        terminal = Terminal(command, self)
        wrong = None
        if live:
            def seen():
                self.log_in()
                return terminal.process.poll() is not None or all(self.told(target, terminal) for target in targets)

            try:
                lab.wait_until(seen, f"{self.user} in {', '.join(targets)}")
            except lab.LabError as error:
                wrong = str(error)
            if terminal.process.poll() is not None:
                wrong = "it ended by itself"
            terminal.interrupt()
        status = terminal.end()
        errors = terminal.errors.decode(errors="replace")
        if not wrong and status != 0:
            wrong = f"exit status {status}"
        for target in targets if not wrong and not live else []:
            # What goes to a pipe is for the next one to show.
            if not (target.endswith("-") and "|" in command) and not self.told(target, terminal):
                wrong = f"{target} has no {self.user or 'records'}"
        if PASSWORD.encode() in terminal.output + terminal.errors:
            wrong = "there is the password"
        return terminal.output.decode(errors="replace"), f"{wrong}\n{errors}" if wrong else None


# ---------------------------------------------------------------- running them

def part_of(wanted, found):
    """Whether all that stands in one value of JSON stands in the other as well."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and part_of(value, found[key]) for key, value in wanted.items())
    return wanted == found


def unlike(example, printed):
    """In what the printed text is unlike the document's, or None."""
    if example.shortened:
        return None if part_of(json.loads(example.text), json.loads(printed)) else f"printed was {printed}"
    return None if example.text == printed else f"printed was\n{printed}"


class Runner:
    """Runs the examples of documents, and counts."""

    def __init__(self, place):
        self.place, self.passed, self.failed, self.printed = place, 0, 0, ""

    def note(self, name, wrong):
        if wrong:
            self.failed += 1
            print(f"FAIL {name}: {wrong}")
        else:
            self.passed += 1

    def one(self, example):
        if example.file:
            (self.place.here / example.file).write_text(example.text)
        elif example.prints:
            self.note(f"{example}: what it prints", unlike(example, self.printed))
        elif example.not_run and not example.not_run_command:
            print(f"not run: {example}: {example.not_run}")
        else:
            self.printed = ""
            for command in example.commands():
                if example.not_run_command and command.startswith(example.not_run_command):
                    print(f"not run: {example}: {example.not_run_command}: {example.not_run}")
                    continue
                output, wrong = self.place.run(command)
                self.printed += output
                self.note(f"{example}: {command.strip()}", wrong)

    def document(self, path):
        before = self.passed + self.failed
        for example in of(path):
            self.one(example)
        if self.passed + self.failed == before:
            self.note(path.name, "no example in it was run")
