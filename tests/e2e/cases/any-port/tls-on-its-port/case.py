# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, client_hello, server_hello, write_pcap


def make(work):
    talk = Talk([("c", client_hello()), ("s", server_hello())], server=("198.51.100.25", 10110))
    write_pcap(work / "input.pcap", talk.packets())
