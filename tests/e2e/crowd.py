# SPDX-License-Identifier: GPL-3.0-or-later
"""Many sessions in one capture: what a whole office, or an attacker, does in a day.

    crowd = Crowd()
    crowd.login(0, "192.0.2.10", "alice", "Rabbit-Hole-7")                  # accepted
    crowd.login(60, "192.0.2.10", "alice", "Rabbit-Hole-8", REFUSED)
    crowd.write(work / "input.pcap")

craft.py makes every odd packet there is, and takes its time; this makes plain sessions, a million packets
in some seconds. Checksums are left out, as where a network card makes them after the capture.
"""

import base64
import collections
import hashlib
import socket
import struct

from craft import EPOCH

SERVER = "198.51.100.25"
ACCEPTED, REFUSED = "+OK Logged in.", "-ERR [AUTH] Authentication failed."
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
ETHERNET = bytes.fromhex("020000000002 020000000001 0800")
BANNER = "+OK POP3 ready <1896.697170952@mail.example.org>"


def b64(text):
    return base64.b64encode(text.encode()).decode()


def said(user, password, how, reply):
    """The lines of a login, (side, text) each; reply None: the server does not answer any more."""
    digest = hashlib.md5(f"{BANNER}{password}".encode()).hexdigest()
    if how == "USER/PASS":
        lines = [("c", f"USER {user}"), ("s", "+OK"), ("c", f"PASS {password}")]
    elif how == "PLAIN":
        lines = [("c", "AUTH PLAIN " + b64(f"\0{user}\0{password}"))]
    elif how == "LOGIN":
        lines = [("c", "AUTH LOGIN"), ("s", "+ " + b64("Username:")), ("c", b64(user)),
                 ("s", "+ " + b64("Password:")), ("c", b64(password))]
    elif how == "XOAUTH2":
        lines = [("c", "AUTH XOAUTH2 " + b64(f"user={user}\1auth=Bearer {password}\1\1"))]
    elif how == "APOP":
        lines = [("c", f"APOP {user} {digest}")]
    elif how == "CRAM-MD5":
        lines = [("c", "AUTH CRAM-MD5"), ("s", "+ " + b64("<1896.697170952@mail.example.org>")),
                 ("c", b64(f"{user} {digest}"))]
    elif how == "SCRAM-SHA-256":
        lines = [("c", "AUTH SCRAM-SHA-256 " + b64(f"n,,n={user},r=fyko+d2lbbFgONRv9qkxdawL")),
                 ("s", "+ " + b64("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096")),
                 ("c", b64(f"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p={b64(digest[:20])}"))]
    elif how == "EXTERNAL":
        lines = [("c", "AUTH EXTERNAL " + b64(user))]
    else:
        raise ValueError(how)
    return lines + [("s", reply)] if reply is not None else lines


class Crowd:
    def __init__(self):
        self._packets = []      # (nanoseconds, number, frame)
        self._ports = collections.Counter()

    def login(self, at, client, user, password, reply=ACCEPTED, how="USER/PASS", **more):
        self.talk(at, client, [("s", BANNER)] + said(user, password, how, reply)
                  + ([("c", "QUIT"), ("s", "+OK Bye")] if reply is not None else []), **more)

    def guesses(self, at, client, tries, step=1, reply=REFUSED, **more):
        """A login each for (user, password)."""
        for number, (user, password) in enumerate(tries):
            self.login(at + number * step, client, user, password, reply, **more)

    def talk(self, at, client, lines, server=SERVER, port=110, step=0.004):
        """A session that begins `at` seconds after EPOCH; lines are text, to which CR LF is added, or bytes."""
        self._ports[client] += 1
        # Never the same within a quarter of an hour, when a session that was not closed is over.
        ends = {"c": socket.inet_aton(client) + socket.inet_aton(server),
                "s": socket.inet_aton(server) + socket.inet_aton(client)}
        sport = 1024 + self._ports[client] % 60000
        ports = {"c": (sport, port), "s": (port, sport)}
        seq = {"c": self._ports[client] * 7919 % 2**31, "s": self._ports[client] * 104729 % 2**31}
        now, step = EPOCH * 10**9 + round(at * 10**9), round(step * 10**9)

        def send(side, flags, data=b""):
            nonlocal now
            other = "s" if side == "c" else "c"
            n = len(data)
            self._packets.append((now, len(self._packets), ETHERNET + struct.pack(
                "!BBHHHBBH8sHHIIBBHHH", 0x45, 0, 40 + n, 0, 0x4000, 64, 6, 0, ends[side], *ports[side],
                seq[side], seq[other] if flags & ACK else 0, 0x50, flags, 65535, 0, 0) + data))
            seq[side] += n + (1 if flags & (SYN | FIN) else 0)
            now += step

        send("c", SYN)
        send("s", SYN | ACK)
        send("c", ACK)
        for side, text in lines:
            send(side, PSH | ACK, text if isinstance(text, bytes) else text.encode() + b"\r\n")
        if lines and lines[-1][0] == "c":
            send("c", RST | ACK)        # gave up waiting
            return
        send("s", FIN | ACK)
        send("c", FIN | ACK)
        send("s", ACK)

    def write(self, path):
        self._packets.sort()
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))   # nanoseconds
            out.writelines(struct.pack("<IIII", time // 10**9, time % 10**9, len(frame), len(frame)) + frame
                           for time, _, frame in self._packets)
