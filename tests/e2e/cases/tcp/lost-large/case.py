# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7", reply="-ERR Authentication failed.")[:-2]
    lines += [("c", b"HELP\r\n"), ("s", b"-ERR " + b"lost" * 365), *[("s", b"kept" * 365)] * 80, ("s", b"\r\n")]
    lines += login("bob", "Looking-Glass-1")[1:]
    talk = Talk(lines).drop(b"lost")
    write_pcap(work / "input.pcap", talk.packets())
