# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, merge, write_pcap
from sasl import apop


def make(work):
    talks, digests = [], []
    for number in range(2):
        stamp = f"<{number}.1700000000@pop.example>"
        digests.append(apop("Mock-Turtle-Soup-3", stamp))
        lines = [("s", f"+OK {stamp}\r\n".encode()), ("c", f"APOP alice {digests[-1]}\r\n".encode()),
                 ("s", b"+OK\r\n")]
        talks.append(Talk(lines, client=("192.0.2.10", 49152 + number), start=number * 0.0005).packets())
    write_pcap(work / "input.pcap", merge(*talks))
    return digests
