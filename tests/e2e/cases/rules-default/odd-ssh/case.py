# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    lines = [("s", "SSH-2.0-OpenSSH_9.2"),
             ("c", "SSH-2.0-OpenSSH_9.2")]
    for at in (0, 60):
        crowd.talk(at, "192.0.2.10", lines)
    crowd.login(0, "192.0.2.20", "bill", "Bill-Lizard-1", server="198.51.100.26")
    crowd.write(work / "input.pcap")
