# SPDX-License-Identifier: GPL-3.0-or-later

import sasl
from craft import Talk, write_pcap

SERVER = bytes.fromhex("0123456789abcdef")


def make(work):
    info = sasl.target_info("WONDERLAND")
    nt = sasl.ntlm_v2("alice", "WONDERLAND", "Mock-Turtle-Soup-3", SERVER, sasl.ntlm_blob(b"\xaa" * 8, info))
    last = sasl.ntlm_authenticate("alice", "WONDERLAND", b"\0" * 24, nt)
    lines = [("s", b"+OK POP3 ready\r\n"),
             *sasl.exchange("ntlm", (sasl.ntlm_challenge(SERVER, info=info), last), initial=sasl.ntlm_negotiate()),
             ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n"), ("c", b"QUIT\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [nt.hex(), nt[:16].hex(), *sasl.on_wire(last)]
