# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange, on_wire


def make(work):
    token = b"n,a=alice@example.com,\1host=mail.example\1port=110\1auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"

    why = b'{"status":"invalid_token","scope":"pop","openid-configuration":"https://example.com/.well-known/openid"}'
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("OAUTHBEARER", (None, token),
             (why, b"\1"), reply="-ERR [AUTH] no"),
             ("c", b"STAT\r\n"), ("s", b"-ERR Log in first\r\n"), ("c", b"QUIT\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return ["vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg", *on_wire(token)]
