# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import digest_md5, exchange, on_wire


def make(work):
    challenge = b'realm="wonderland.example",nonce="OA6MG9tEQGm2hh",qop="auth,auth-int,auth-conf",algorithm=md5-sess,charset=utf-8'
    proof, server = digest_md5("alice", "wonderland.example", "Mock-Turtle-Soup-3", "OA6MG9tEQGm2hh",
                               "OA6MHXh6VqTrRk", "pop/mail.example", "auth-conf")
    answer = ('charset=utf-8,username="alice",realm="wonderland.example",nonce="OA6MG9tEQGm2hh",nc=00000001,'
              f'cnonce="OA6MHXh6VqTrRk",digest-uri="pop/mail.example",response={proof},qop=auth-conf,cipher=rc4').encode()
    rspauth = f"rspauth={server}".encode()
    inner = b"\r\nUSER mallory\r\nPASS Cheshire-Cat-9\r\n"
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("DIGEST-MD5", (challenge, answer), (rspauth, None)),
             ("c", len(inner).to_bytes(4, "big") + inner), ("s", b"\0\0\0\x16\r\n+OK\r\n+OK Logged in"),
             ("c", len(inner).to_bytes(4, "big") + inner), ("s", b"\0\0\0\x10" + b"\r\n-ERR Rabbit.\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [proof, server, "Cheshire-Cat-9", *on_wire(answer, rspauth)]
