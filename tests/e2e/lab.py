# SPDX-License-Identifier: GPL-3.0-or-later
"""A private network with a real Dovecot in it, for tests that need real POP3.

    with Network() as network, Dovecot(network, tls="yes"):
        with capture(network, "login.pcap", connections=1):
            curl(network, SERVER_V4, "alice", USERS["alice"])

Two network namespaces are joined by a veth pair: clients live in one, Dovecot in the other, and
nothing leaves the machine. Namespace names are drawn anew each time, so runs may overlap. Needs
root; raises NotPermitted where the kernel or a container forbids namespaces.
"""

import base64
import contextlib
import ctypes
import os
import pathlib
import poplib
import secrets
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

INTERFACE = "veth0"
HOST = "mail.example.org"  # what clients call the server where TLS needs a name
# Addresses set aside for documentation (RFC 5737, RFC 3849): these captures are published.
CLIENT_V4, SERVER_V4 = "192.0.2.10", "192.0.2.110"
CLIENT_V6, SERVER_V6 = "2001:db8::10", "2001:db8::110"
POP3, POP3S = 110, 995

# Everyone here is made up. Every password, the wrong one too, holds the word "Secret", so that one
# grep finds any that leaks.
USERS = {
    "alice": "alice-Secret-4711",
    "bob": "bob-Secret-0815",
    "carol@example.org": "carol-Secret-1337",
    "dave": "dave Secret  inner",
    "erin": "  erin-Secret-leading",
    "frank": "frank-Secret-trailing  ",
    "grace": "grace-Secret-Zürich-秘密",
    "heidi": 'heidi-Secret-"quote\\backslash"',
}
WRONG = "wrong-Secret-9999"

# The second message is there to fool whoever looks for commands and replies inside mail text; its
# line ".stuffed" travels as "..stuffed".
MESSAGES = [
    """\
From: Bob <bob@example.org>
To: Alice <alice@example.org>
Subject: Lunch
Date: Mon, 02 Mar 2026 09:00:00 +0000
Message-ID: <1@example.org>

Noon, the usual place?
""",
    """\
From: Mallory <mallory@example.org>
To: Alice <alice@example.org>
Subject: Not a session
Date: Mon, 02 Mar 2026 09:05:00 +0000
Message-ID: <2@example.org>

+OK Logged in.
-ERR [AUTH] Authentication failed.
USER x
PASS y
AUTH PLAIN AHgAeQ==
+ VXNlcm5hbWU6
.stuffed
..
This line ends in a dot.
STLS
QUIT
""",
    """\
From: Carol <carol@example.org>
To: Alice <alice@example.org>
Subject: Re: Lunch
Date: Mon, 02 Mar 2026 09:10:00 +0000
Message-ID: <3@example.org>

Coming too.
""",
]

CLIENT_TIMEOUT = 20  # seconds; a client that hangs must not hang the test


class LabError(Exception):
    """Something in the lab did not work."""


class NotPermitted(LabError):
    """Network namespaces cannot be made here."""


def wait_until(done, what, tries=400, pause=0.025):
    """Ask done() until it says yes; never waits longer than tries * pause seconds."""
    for _ in range(tries):
        if done():
            return
        time.sleep(pause)
    raise LabError(f"gave up waiting for {what}")


def children(pid):
    """The processes that it started and that are still there, oldest first."""
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_sensor(pid):
    """Whether a child of plainpop is one: a sensor's standard output is nothing, but the writer's is not."""
    return os.readlink(f"/proc/{pid}/fd/1") == "/dev/null"


def sensors_of(pid):
    """The sensors of a plainpop that has no exporter and ships nothing, oldest first."""
    found = []
    for child in children(pid):
        try:
            if is_sensor(child):
                found.append(child)
        except FileNotFoundError:           # it has just ended
            pass
    return sorted(found)


def require(programs):
    """Say at once which programs are missing, and in which Debian package they are."""
    # Daemons live in sbin, which is not on every root's PATH (su without a dash).
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    missing = {name: package for name, package in programs.items() if not shutil.which(name)}
    if missing:
        raise LabError("missing programs (Debian packages): "
                       + ", ".join(f"{name} ({package})" for name, package in missing.items()))


def leave_cleanly_on_signals():
    """Turn SIGTERM and SIGHUP into an exception, so that the with blocks tear everything down."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _frame: sys.exit(128 + caught))


# --- the network ---------------------------------------------------------------------------------

class Namespace:
    """A network namespace, and ways to do things inside it."""

    _CLONE_NEWNET = 0x40000000

    def __init__(self, name):
        self.name = name

    def add(self):
        done = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, text=True)
        if done.returncode:
            raise NotPermitted(done.stderr.strip() or "ip netns add failed")

    def delete(self):
        if not os.path.exists(f"/run/netns/{self.name}"):
            return
        # Only what was started inside this namespace can be in this list.
        pids = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True)
        for pid in pids.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def _inside(self, argv):
        return ["ip", "netns", "exec", self.name, *map(str, argv)]

    def run(self, argv, **options):
        """subprocess.run() in the namespace; output is captured as bytes."""
        options.setdefault("timeout", CLIENT_TIMEOUT)
        return subprocess.run(self._inside(argv), stdin=subprocess.DEVNULL, capture_output=True,
                              **options)

    def popen(self, argv, **options):
        """subprocess.Popen() in the namespace.

        In a session of its own: a Ctrl-C at the terminal reaches this program alone, which then
        stops its children in the right order.
        """
        return subprocess.Popen(self._inside(argv), stdin=subprocess.DEVNULL,
                                start_new_session=True, **options)

    def ip(self, *arguments, failure=LabError):
        done = subprocess.run(["ip", "-n", self.name, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise failure(f"ip {' '.join(arguments)}: {done.stderr.strip()}")

    @contextlib.contextmanager
    def entered(self):
        """Sockets opened in this block belong to the namespace, also after the block."""
        libc = ctypes.CDLL(None, use_errno=True)

        def set_namespace(descriptor):
            if libc.setns(descriptor, self._CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            try:
                set_namespace(there.fileno())
                yield
            finally:
                set_namespace(home.fileno())


class Network(contextlib.ExitStack):
    """Two namespaces, .client and .server, with a veth pair between them."""

    def __enter__(self):
        super().__enter__()
        try:
            token = secrets.token_hex(4)
            self.client = self._namespace(f"plainpop-{token}-c")
            self.server = self._namespace(f"plainpop-{token}-s")
            self.client.ip("link", "add", INTERFACE, "address", "02:00:00:00:00:10", "type", "veth",
                           "peer", "name", INTERFACE, "address", "02:00:00:00:01:10",
                           "netns", self.server.name, failure=NotPermitted)
            self._up(self.client, CLIENT_V4, CLIENT_V6)
            self._up(self.server, SERVER_V4, SERVER_V6)
        except BaseException:
            self.close()
            raise
        return self

    def _namespace(self, name):
        namespace = Namespace(name)
        # Registered first: a signal between the two lines must not leave a namespace behind.
        self.callback(namespace.delete)
        namespace.add()
        return namespace

    @staticmethod
    def _up(namespace, v4, v6):
        namespace.ip("link", "set", "lo", "up")
        # No link-local address: it would only bring router and multicast chatter into captures.
        namespace.ip("link", "set", INTERFACE, "addrgenmode", "none")
        namespace.ip("address", "add", f"{v4}/24", "dev", INTERFACE)
        # Without nodad the address could not be used for its first second or two.
        namespace.ip("address", "add", f"{v6}/64", "dev", INTERFACE, "nodad")
        if shutil.which("ethtool"):
            # A veth leaves checksums and segmentation to a card that is not there; captures should
            # hold packets as they are on a cable.
            namespace.run(["ethtool", "-K", INTERFACE, "rx", "off", "tx", "off", "sg", "off",
                           "tso", "off", "gso", "off", "gro", "off"])
        namespace.ip("link", "set", INTERFACE, "up")


# --- the server ----------------------------------------------------------------------------------

class Dovecot(contextlib.ExitStack):
    """Dovecot in the server namespace, on ports 110 and (unless tls="no") 995.

    tls: "yes" offers STLS, "no" has no TLS, "required" refuses logins before STLS.
    failure_delay: seconds that a wrong password waits for its -ERR.
    All its files live in a temporary directory; the system's own Dovecot is not touched.
    """

    def __init__(self, network, tls="yes", failure_delay=0):
        super().__init__()
        self._network, self._tls, self._failure_delay = network, tls, failure_delay

    def __enter__(self):
        super().__enter__()
        try:
            self._home = pathlib.Path(self.enter_context(
                tempfile.TemporaryDirectory(prefix="plainpop-lab-")))
            # Dovecot's processes run as several users, all of which have to get in here.
            self._home.chmod(0o755)
            self._log = self._home / "dovecot.log"
            self._write_users()
            if self._tls != "no":
                self._write_certificate()
            self._write_configuration()
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def _write_users(self):
        with open(self._home / "users", "w", encoding="ascii") as users:
            for number, (name, password) in enumerate(USERS.items()):
                # In base64 a password may hold what the file's own syntax would trip over.
                encoded = base64.b64encode(password.encode()).decode()
                users.write(f"{name}:{{PLAIN.b64}}{encoded}\n")
                self._write_mailbox(self._home / "mail" / name, number)
        for path in (self._home / "mail", *(self._home / "mail").rglob("*")):
            os.chown(path, 65534, 65534)

    @staticmethod
    def _write_mailbox(home, number):
        for folder in ("cur", "new", "tmp"):
            (home / "Maildir" / folder).mkdir(parents=True)
        for index, text in enumerate(MESSAGES, start=1):
            (home / "Maildir" / "cur" / f"{index}.{number}.lab:2,").write_text(text)

    def _write_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
                        "-keyout", self._home / "key.pem", "-out", self._home / "cert.pem"],
                       check=True, capture_output=True)

    def _write_configuration(self):
        home = self._home
        certificate = "" if self._tls == "no" else f"""
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
"""
        (home / "dovecot.conf").write_text(f"""\
base_dir = {home}/run
state_dir = {home}/state
log_path = {self._log}
protocols = pop3
listen = *, ::
ssl = {self._tls}
{certificate}
auth_mechanisms = plain login
disable_plaintext_auth = {"yes" if self._tls == "required" else "no"}
auth_failure_delay = {self._failure_delay} secs
passdb {{
  driver = passwd-file
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={home}/mail/%u
}}
mail_location = maildir:~/Maildir
first_valid_gid = 65534
# Every session finds the mailbox as the one before did.
pop3_no_flag_updates = yes
# Clients that failed before are made to wait longer and longer; not here.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
""")

    def _start(self):
        with open(self._home / "stderr", "wb") as stderr:
            process = self._network.server.popen(
                ["dovecot", "-F", "-c", self._home / "dovecot.conf"],
                stdout=subprocess.DEVNULL, stderr=stderr)
        self.callback(self._stop, process)
        ports = (POP3,) if self._tls == "no" else (POP3, POP3S)
        try:
            for address in (SERVER_V4, SERVER_V6):
                for port in ports:
                    wait_until(lambda: self._answers(process, address, port), "Dovecot")
        except LabError as error:
            raise LabError(f"{error}\n{self.log()}") from None

    def _answers(self, process, address, port):
        if process.poll() is not None:
            raise LabError(f"Dovecot ended with status {process.returncode}")
        try:
            with self._network.client.entered():
                probe = socket.create_connection((address, port), timeout=5)
            with probe:
                # Wait for the server to hang up: the probe's packets must not trickle into the
                # capture of whatever comes next.
                probe.shutdown(socket.SHUT_WR)
                while probe.recv(4096):
                    pass
        except OSError:
            return False
        return True

    @staticmethod
    def _stop(process):
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self):
        """What Dovecot had to say, for error messages."""
        return "".join(path.read_text(errors="replace")
                       for path in (self._home / "stderr", self._log) if path.exists())


# --- captures ------------------------------------------------------------------------------------

@contextlib.contextmanager
def capture(network, path, connections):
    """Record the block's traffic into path; the block opens exactly that many connections."""
    process = network.client.popen(
        ["tcpdump", "-n", "-i", INTERFACE, "-w", path, "-U", "--immediate-mode", "-Z", "root",
         f"tcp port {POP3} or tcp port {POP3S}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = ""
        while "listening on" not in said:
            line = process.stderr.readline()
            if not line:
                raise LabError(f"tcpdump: {said}")
            said += line
        yield
        # A client returns before its connection's last packets have gone by.
        wait_until(lambda: finished_connections(path) >= connections,
                   f"the end of {connections} connection(s) in {path}")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        process.stderr.close()


def tcp_segments(path):
    """Yield (sender, receiver, flags, seq, ack, length) from a pcap that tcpdump wrote here.

    Ethernet, no VLAN tags, no IPv6 extension headers: the lab makes nothing else. The file may
    still be growing; a packet that is not all there yet ends the iteration.
    """
    data = pathlib.Path(path).read_bytes()
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from("=I", data, at + 8)[0]
        packet = data[at + 16:at + 16 + size]
        if len(packet) < size:
            return
        at += 16 + size
        if packet[12:14] == b"\x08\x00":
            source, destination = packet[26:30], packet[30:34]
            tcp = 14 + (packet[14] & 15) * 4
            end = 14 + struct.unpack_from("!H", packet, 16)[0]
        else:
            source, destination = packet[22:38], packet[38:54]
            tcp = 54
            end = 54 + struct.unpack_from("!H", packet, 18)[0]
        sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", packet, tcp)
        yield (source, sport), (destination, dport), flags, seq, ack, end - tcp - (offset >> 4) * 4


def finished_connections(path):
    """How many connections of a capture are over: reset, or closed and acknowledged both ways."""
    fin, rst, ack_flag = 1, 4, 16
    expected = {}  # (sender, receiver) of a FIN: the number that acknowledges it
    closed = set()  # (sender, receiver) whose FIN has been acknowledged
    over = set()
    for sender, receiver, flags, seq, ack, length in tcp_segments(path):
        if flags & fin:
            expected[sender, receiver] = (seq + length + 1) % 2**32
        if flags & ack_flag and expected.get((receiver, sender)) == ack:
            closed.add((receiver, sender))
        both_ways = {(sender, receiver), (receiver, sender)}
        if flags & rst or both_ways <= closed:
            over.add(frozenset(both_ways))
    return len(over)


# --- clients -------------------------------------------------------------------------------------

def curl(network, address, user, password, *options, scheme="pop3"):
    """Fetch message 2 with curl. Returns the finished process."""
    port = POP3S if scheme == "pop3s" else POP3
    literal = f"[{address}]" if ":" in address else address
    return network.client.run(
        ["curl", "-q", "--silent", "--show-error", "--insecure", "--noproxy", "*",
         "--user", f"{user}:{password}",
         "--resolve", f"{HOST}:{port}:{literal}", *options, f"{scheme}://{HOST}/2"])


def fetchmail(network, address, user, password, *options):
    """Fetch the first message with fetchmail; options as in a fetchmailrc."""
    with tempfile.TemporaryDirectory(prefix="plainpop-lab-") as home:
        settings = pathlib.Path(home, "fetchmailrc")
        settings.touch(mode=0o600)
        settings.write_text(
            f'poll "{address}" protocol pop3 port {POP3} user "{user}" password "{password}"'
            f' mda "cat >/dev/null" keep fetchlimit 1 {" ".join(options)}\n')
        # Its default lock file is one for the whole system: a second fetchmail would refuse to run.
        return network.client.run(
            ["env", f"FETCHMAILHOME={home}", "fetchmail", "--nosyslog",
             "--pidfile", f"{home}/pid", "-f", settings])


def mpop(network, address, user, password, *options):
    """Fetch all messages with mpop; options as lines of an mpoprc."""
    with tempfile.TemporaryDirectory(prefix="plainpop-lab-") as home:
        settings = pathlib.Path(home, "mpoprc")
        settings.touch(mode=0o600)
        settings.write_text("\n".join((
            "account default", f"host {address}", f"port {POP3}", f"user {user}",
            f'password "{password}"', "keep on", f"uidls_file {home}/uidls",
            'delivery mda "cat >/dev/null"', *options)) + "\n")
        return network.client.run(["mpop", f"--file={settings}"])


@contextlib.contextmanager
def pop3_session(network, address):
    """A poplib connection; ends with QUIT."""
    with network.client.entered():
        session = poplib.POP3(address, POP3, timeout=CLIENT_TIMEOUT)
    try:
        yield session
        session.quit()
    finally:
        session.close()


def start_tls(session):
    """STLS through poplib, with the server's name in the handshake rather than its address."""
    session.host = HOST
    session.stls(ssl._create_unverified_context())  # the certificate is self-signed


class RawSession:
    """A POP3 client that sends exactly the lines it is told to.

    Use as a context manager. Leaving it closes the socket and sends no QUIT.
    """

    def __init__(self, network, address):
        with network.client.entered():
            self._socket = socket.create_connection((address, POP3), timeout=CLIENT_TIMEOUT)
        self._replies = self._socket.makefile("rb")
        self._replies.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._replies.close()
        self._socket.close()

    def send(self, line):
        self._socket.sendall(line.encode() + b"\r\n")

    def ask(self, line):
        """Send a line, return the one line that answers it."""
        self.send(line)
        return self._replies.readline().decode().rstrip("\r\n")

    def ask_many(self, line):
        """The same for a multi-line reply; an -ERR is one line nevertheless."""
        lines = [self.ask(line)]
        while lines[0].startswith("+OK") and lines[-1] != ".":
            lines.append(self._replies.readline().decode().rstrip("\r\n"))
        return lines

    def quit(self):
        """QUIT, then wait until the server has closed."""
        self.ask("QUIT")
        self._replies.read()

    def reset(self):
        """Make closing the socket send an RST rather than a FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def b64(text):
    """Base64 of a text, as SASL sends it."""
    return base64.b64encode(text.encode()).decode()
