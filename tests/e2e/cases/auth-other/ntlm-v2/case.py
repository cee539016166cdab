# SPDX-License-Identifier: GPL-3.0-or-later

import sasl
from craft import Talk, write_pcap

SERVER = bytes.fromhex("0123456789abcdef")


def make(work):
    info = sasl.target_info("WONDERLAND")
    nt = sasl.ntlm_v2("märzhase🐇", "Wunderland", "Mock-Turtle-Soup-3", SERVER, sasl.ntlm_blob(b"\xaa" * 8, info))
    last = sasl.ntlm_authenticate("märzhase🐇", "Wunderland", b"\0" * 24, nt)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *sasl.exchange("NTLM", (None, sasl.ntlm_negotiate()), (sasl.ntlm_challenge(SERVER, info=info), last))]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [nt.hex(), nt[:16].hex(), *sasl.on_wire(last)]
