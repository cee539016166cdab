# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    packets = [(time, packet[:10] + b"\xde\xad" + packet[12:36] + b"\xbe\xef" + packet[38:])
               for time, packet in talk.packets()]
    write_pcap(work / "input.pcap", packets)
