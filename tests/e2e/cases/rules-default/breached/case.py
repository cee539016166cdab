# SPDX-License-Identifier: GPL-3.0-or-later

import hashlib

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    known = hashlib.sha1(b"Dinah-Was-Here-1").hexdigest().upper()
    (work / "breached.txt").write_text(known + ":5\n")
    crowd.login(0, "192.0.2.10", "alice", "Dinah-Was-Here-1")
    crowd.login(0, "192.0.2.20", "bill", "Dinah-Was-Here-1", REFUSED)
    crowd.login(0, "192.0.2.30", "cat", "Rabbit-Hole-7")
    crowd.login(0, "192.0.2.30", "dodo", "Rabbit-Hole-8", REFUSED)
    crowd.write(work / "input.pcap")
