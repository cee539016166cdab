# SPDX-License-Identifier: GPL-3.0-or-later

import sasl
from craft import Talk, write_pcap

SERVER = bytes.fromhex("0123456789abcdef")


def make(work):
    lm, nt = sasl.ntlm_v1_extended("Mock-Turtle-Soup-3", SERVER, b"\xaa\xbb\xcc\xdd\xee\xff\x00\x11")
    flags = sasl.UNICODE | sasl.NTLM_KEY | sasl.EXTENDED
    last = sasl.ntlm_authenticate("alice", "WONDERLAND", lm, nt, flags)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *sasl.exchange("NTLM", (None, sasl.ntlm_negotiate(flags)),
                            (sasl.ntlm_challenge(SERVER, flags=flags), last), reply="-ERR [AUTH] no")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [nt.hex(), nt[:16].hex(), *sasl.on_wire(last)]
