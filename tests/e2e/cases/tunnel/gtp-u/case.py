# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, gtp_u, login, tunnel, write_pcap


def make(work):
    packets = Talk(login("alice", "Rabbit-Hole-7")).packets()
    result = []
    for time, packet in packets:
        teid = 1 if packet[12:16] < packet[16:20] else 2
        result += tunnel([(time, packet)], gtp_u(teid))
    write_pcap(work / "input.pcap", result)
