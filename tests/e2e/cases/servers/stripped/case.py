# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    talks = []
    for number, (user, password, listed) in enumerate([("alice", "Rabbit-Hole-7", b"STLS\r\nUSER\r\n"),
                                                       ("bill", "Lizard-Ladder-4", b"USER\r\n")]):
        lines = login(user, password)
        lines[1:1] = [("c", b"CAPA\r\n"), ("s", b"+OK\r\n" + listed + b".\r\n")]
        talks.append(Talk(lines, client=(f"192.0.2.{10 + number}", 49152), start=10 * number).packets())
    write_pcap(work / "input.pcap", merge(*talks))
