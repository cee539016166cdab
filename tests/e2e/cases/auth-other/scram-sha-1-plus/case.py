# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange, on_wire, scram


def make(work):
    first = "n=alice,r=fyko+d2lbbFgONRv9qkxdawL"
    challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    final, proof = scram("sha1", "pencil-Mock-Turtle", first, challenge, b"p=tls-unique,,")
    lines = [("s", b"+OK POP3 ready\r\n"),
             *exchange("SCRAM-SHA-1-PLUS", (None, b"p=tls-unique,," + first.encode()), (challenge.encode(), final),
                       reply="-ERR [AUTH] no")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [final.decode().rsplit("p=")[-1], *on_wire(final)]
