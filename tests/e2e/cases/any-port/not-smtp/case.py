# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, dialogue, merge, write_pcap

LINES = r'''
S: 220 mail.example ESMTP
C: EHLO client.example
S: 250-mail.example
S: 250 AUTH PLAIN LOGIN
C: AUTH PLAIN AGFsaWNlAFJhYmJpdC1Ib2xlLTc=
S: 235 2.7.0 Authentication successful
C: QUIT
S: 221 Bye
'''


def make(work):
    lines = dialogue("\n".join(line.strip() for line in LINES.strip().splitlines()))
    packets = []
    # From the beginning with the handshake, and without it from each line on; both sides and one of them.
    for first in [-1, *range(len(lines))]:
        for only in ("cs", "c", "s"):
            talk = Talk(lines[max(first, 0):], client=("192.0.2.10", 50000 + len(packets)),
                        server=("198.51.100.25", 25), handshake=first < 0, start=10 * len(packets))
            packets.append((talk if only == "cs" else talk.only(only)).packets())
    write_pcap(work / "input.pcap", merge(*packets))
