# SPDX-License-Identifier: GPL-3.0-or-later
import struct

from craft import ETHERNET, Talk, as_is, frames, login, merge, vlan, write_pcap


def make(work):
    good = frames(Talk(login("alice", "Rabbit-Hole-7"), step=0.01).packets(), ETHERNET)
    pass_line = next(frame for _, frame in good if b"PASS" in frame)
    runts = [pass_line[:length] for length in range(0, 54)]                     # cut anywhere in the headers
    runts += [pass_line[:14] + bytes([byte]) + pass_line[15:] for byte in (0x00, 0x41, 0x44, 0x4f, 0x55, 0xf5)]
    runts += [pass_line[:16] + struct.pack("!H", length) + pass_line[18:] for length in (1, 19, 20, 39)]
    runts += [pass_line[:46] + bytes([offset << 4]) + pass_line[47:] for offset in (0, 4)]
    tags = vlan(1).wrap(b"\x45")[:15]
    runts += [tags, b"\x81\x00" * 40, pass_line[:12] + b"\x86\xdd" + b"\x60" * 10]
    # From another client, so that not even a packet whose ports can be read belongs to the login.
    runts = [frame[:26] + b"\xcb\x00\x71\x07" + frame[30:] if len(frame) >= 30 else frame for frame in runts]
    times = [good[0][0] + 2_000_000 * number for number in range(len(runts))]
    write_pcap(work / "input.pcap", merge(good, list(zip(times, runts))), link=as_is(1))
