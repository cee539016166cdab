# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.login(0, "192.0.2.10", "alice", "Rabbit-Hole-7", "-ERR [IN-USE] Mailbox is locked")
    crowd.login(0, "192.0.2.20", "bill", "Rabbit-Hole-8", REFUSED)
    crowd.write(work / "input.pcap")
