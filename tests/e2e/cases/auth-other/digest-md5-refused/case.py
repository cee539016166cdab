# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import digest_md5, exchange, on_wire


def make(work):
    challenge = b'realm="wonderland.example",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8'
    proof, server = digest_md5("alice", "wonderland.example", "Mock-Turtle-Soup-3", "OA6MG9tEQGm2hh",
                               "OA6MHXh6VqTrRk", "pop/mail.example")
    answer = ('charset=utf-8,username="alice",realm="wonderland.example",nonce="OA6MG9tEQGm2hh",nc=00000001,'
              f'cnonce="OA6MHXh6VqTrRk",digest-uri="pop/mail.example",response={proof},qop=auth').encode()
    rspauth = f"rspauth={server}".encode()
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("DIGEST-MD5", (challenge, answer), reply="-ERR [AUTH] No"),
             ("c", b"USER bob\r\n"), ("s", b"+OK\r\n"), ("c", b"PASS Rabbit-Hole-7\r\n"),
             ("s", b"+OK Logged in.\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [proof, server, *on_wire(answer, rspauth)]
