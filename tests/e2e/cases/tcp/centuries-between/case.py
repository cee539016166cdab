# SPDX-License-Identifier: GPL-3.0-or-later
"""The same ports after 2^52 microseconds and a second: what a flow record keeps of the time comes round by then."""

import craft


def make(work):
    before = craft.Talk(craft.login("alice", "Old-Hole-1")[:3], close=None).packets()
    after = craft.Talk(craft.login("bob", "Rabbit-Hole-7")).packets()
    craft.write_pcapng(work / "input.pcap", before + [(time + 2**52 * 1000 + 10**9, packet) for time, packet in after])
    return ["Rabbit-Hole-7"]
