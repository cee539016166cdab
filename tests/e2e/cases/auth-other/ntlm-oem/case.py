# SPDX-License-Identifier: GPL-3.0-or-later

import sasl
from craft import Talk, write_pcap

SERVER = bytes.fromhex("0123456789abcdef")


def make(work):
    nt = sasl.ntlm_v1("Mock-Turtle-Soup-3", SERVER)
    last = sasl.ntlm_authenticate("ALICE", "WONDERLAND", nt, nt, sasl.OEM | sasl.NTLM_KEY)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *sasl.exchange("NTLM", (None, sasl.ntlm_negotiate(sasl.OEM | sasl.NTLM_KEY)),
                            (sasl.ntlm_challenge(SERVER, flags=sasl.OEM | sasl.NTLM_KEY), last))]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [nt.hex(), nt[:16].hex(), *sasl.on_wire(last)]
