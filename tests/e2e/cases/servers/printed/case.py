# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, dialogue, merge, write_pcap

REFUSED = """
S: +OK POP3 ready
C: CAPA
S: +OK
S: STLS
S: .
C: USER alice
C: PASS Rabbit-Hole-7
S: -ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.
S: -ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.
"""

ACCEPTED = r"""
S: +OK \x1b[2J ready
C: CAPA
S: +OK
S: USER
S: .
C: USER alice
S: +OK
C: PASS Rabbit-Hole-7
S: +OK Logged in.
"""


def make(work):
    write_pcap(work / "input.pcap", merge(
        Talk(dialogue(REFUSED.strip())).packets(),
        Talk(dialogue(ACCEPTED.strip()), server=("198.51.100.26", 110), start=1).packets()))
    return ["Rabbit-Hole-7"]
