# SPDX-License-Identifier: GPL-3.0-or-later

import random

from craft import Talk, client_hello, merge, server_hello, tls_record, write_pcap


def make(work):
    lines = [("c", client_hello()), ("s", server_hello())]
    lines += [(side, tls_record(23, random.Random(number).randbytes(700))) for number, side in enumerate("csscscss" * 9)]
    whole = Talk(lines, server=("198.51.100.25", 443))
    part = Talk(lines[2:], client=("192.0.2.10", 50001), server=("198.51.100.25", 443), handshake=False, start=5)
    write_pcap(work / "input.pcap", merge(whole.packets(), part.packets()))
