# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcapng


def make(work):
    write_pcapng(work / "input.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets(), order=">")
