# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    talks = []
    for number, listed in enumerate([b"STLS\r\nUSER\r\n", b"USER\r\n", b"USER\r\n"]):
        lines = login("bill", "Lizard-Ladder-4")
        if number == 0:
            del lines[1:5]
        lines[1:1] = [("c", b"CAPA\r\n"), ("s", b"+OK\r\n" + listed + b".\r\n")]
        talks.append(Talk(lines, client=("192.0.2.10", 49152 + number), start=10 * number).packets())
    write_pcap(work / "input.pcap", merge(*talks))
