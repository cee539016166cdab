# SPDX-License-Identifier: GPL-3.0-or-later

import sasl
from craft import CLIENT6, SERVER6, Talk, write_pcap

SERVER = bytes.fromhex("0123456789abcdef")


def make(work):
    info = sasl.target_info("WONDERLAND")
    nt = sasl.ntlm_v2("Alice", "WONDERLAND", "Mock-Turtle-Soup-3", SERVER, sasl.ntlm_blob(b"\xaa" * 8, info))
    last = sasl.ntlm_authenticate("Alice", "WONDERLAND", b"\0" * 24, nt)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *sasl.exchange("NTLM", (None, sasl.ntlm_negotiate()), (sasl.ntlm_challenge(SERVER, info=info), last))]
    talk = Talk(lines, client=CLIENT6, server=SERVER6, mss=60).shuffle(3, seed=4)
    write_pcap(work / "input.pcap", talk.packets())
    return [nt.hex(), nt[:16].hex(), *sasl.on_wire(last)]
