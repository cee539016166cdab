# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    def user(at, client, name, reply):
        crowd.talk(at, client, [("s", "+OK ready"), ("c", "USER " + name), ("s", reply), ("c", "QUIT"), ("s", "+OK")])


    for number in range(10):
        user(number, "192.0.2.10", f"card{number}", "-ERR never heard of")
        user(number, "192.0.2.20", f"heart{number}", "-ERR [AUTH] Plaintext authentication disallowed on non-secure connections")
        user(number, "192.0.2.30", f"heart{number}", "-ERR [SYS/TEMP] Internal error")
        user(number, "192.0.2.50", f"club{number}", "+OK")
    for number in range(100):
        user(number, "192.0.2.40", "bill", "-ERR never heard of")
    crowd.write(work / "input.pcap")
