# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange, on_wire, scram


def make(work):
    first, challenge = "n=alice,r=fyko+d2lbbFgONRv9qkxdawL", "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    final, proof = scram("sha1", "pencil-Mock-Turtle", first, challenge)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *exchange("SCRAM-SHA-1", (challenge.encode(), final), (proof, None), initial=b"n,," + first.encode()),
             ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n"), ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [final.decode().rsplit("p=")[-1], proof.decode()[2:], *on_wire(final, proof)]
