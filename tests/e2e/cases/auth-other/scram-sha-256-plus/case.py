# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange, on_wire, scram


def make(work):
    first, challenge = "n=alice,r=rOprNGfwEbeRWgbNEkqO", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    final, proof = scram("sha256", "pencil-Mock-Turtle", first, challenge, b"p=tls-server-end-point,a=queen=2Cof=3Dhearts," + b"\x5a" * 32)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *exchange("SCRAM-SHA-256-PLUS", (challenge.encode(), final),
             (proof, None), initial=b"p=tls-server-end-point,a=queen=2Cof=3Dhearts," + first.encode()),
             ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n"), ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [final.decode().rsplit("p=")[-1], proof.decode()[2:], *on_wire(final, proof)]
