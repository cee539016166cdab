# SPDX-License-Identifier: GPL-3.0-or-later

from craft import SERVER, Talk, client_hello, dialogue, login, merge, server_hello, write_pcap


def make(work):
    bare = login("alice", "Rabbit-Hole-7")
    bare[1:1] = [("c", b"CAPA\r\n"), ("s", b"+OK\r\nUSER\r\n.\r\n")]
    offer = dialogue("S: +OK POP3 ready\nC: STLS\nS: +OK") + [("c", client_hello()), ("s", server_hello())]

    def session(number, lines, **more):
        return Talk(lines, client=("192.0.2.10", 49152 + number), start=10 * number, **more)

    write_pcap(work / "input.pcap", merge(
        session(0, bare).packets(),
        session(1, offer).packets(),
        session(2, bare, server=("198.51.100.26", 110)).packets(),
        session(3, bare[1:], handshake=False).packets(),
        session(4, bare + [("c", b"NOOP\r\n"), ("s", b"+OK\r\n")]).drop(b"USER alice").packets()))
    return ["Rabbit-Hole-7"]
