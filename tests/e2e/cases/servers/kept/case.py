# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    for number, (name, user, password, listed) in enumerate([("first", "alice", "Rabbit-Hole-7", b"STLS\r\nUSER\r\n"),
                                                             ("second", "bill", "Lizard-Ladder-4", b"USER\r\n")]):
        lines = login(user, password)
        lines[1:1] = [("c", b"CAPA\r\n"), ("s", b"+OK\r\n" + listed + b".\r\n")]
        talk = Talk(lines, client=(f"192.0.2.{10 + number}", 49152), start=10 * number)
        write_pcap(work / f"{name}.pcap", talk.packets())
