# SPDX-License-Identifier: GPL-3.0-or-later
"""Craft packet captures of POP3 dialogues, byte by byte.

Three steps, each usable alone:

    lines   = dialogue("S: +OK ready\nC: QUIT\n")      what is said
    packets = Talk(lines, mss=1).packets()             IP packets: a list of (nanoseconds, bytes)
    write_pcap(path, packets, link=vlan(100))          a capture file

A Talk is a list of TCP segments that a case may reorder, repeat or drop before it asks for the
packets. Times follow the order of that list, so what is swapped in the list is swapped on the wire.
Nothing here is random without a seed: the same case always gives the same bytes.
"""

import dataclasses
import random
import re
import socket
import struct
from typing import Callable, NamedTuple

CLIENT = ("192.0.2.10", 49152)
SERVER = ("198.51.100.25", 110)
CLIENT6 = ("2001:db8::10", 49152)
SERVER6 = ("2001:db8:1::25", 110)

EPOCH = 1704164645            # 2024-01-02T03:04:05Z, when every crafted capture begins
FIN, SYN, RST, PSH, ACK, URG = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


class Skip(Exception):
    """Raised by a case that cannot run here; the text says why."""


# ---------------------------------------------------------------- what is said

def dialogue(text):
    """Parse a transcript into [("c" or "s", bytes), ...].

    "C: " and "S: " start a line of the client or the server; CR LF is added. Escapes: \\xNN, \\r, \\n,
    \\t, \\\\, and \\c at the end of a line, which leaves out the CR LF. Neighbouring lines of one side
    travel in one segment (a multi-line reply, pipelined commands); an empty line between them makes
    two. A line that starts with "#" is a comment.
    """
    lines, apart = [], True
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if not line:
            apart = True
            continue
        match = re.fullmatch(r"([CS]):(?: (.*))?", line)
        if not match:
            raise ValueError(f"transcript line {number}: neither 'C: ' nor 'S: ': {line!r}")
        side, said = match.group(1).lower(), match.group(2) or ""
        end = b"\r\n"
        if said.endswith("\\c"):
            said, end = said[:-2], b""
        said = re.sub(rb"\\(x[0-9a-fA-F]{2}|[rnt\\])", _unescape, said.encode()) + end
        if lines and not apart and lines[-1][0] == side:
            lines[-1] = (side, lines[-1][1] + said)
        else:
            lines.append((side, said))
        apart = False
    return lines


def _unescape(match):
    name = match.group(1)
    if name.startswith(b"x"):
        return bytes([int(name[1:], 16)])
    return {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}[name]


def login(user, password, reply="+OK Logged in."):
    """The dialogue that most cases about packets need: greeting, USER, PASS, QUIT."""
    return [("s", b"+OK POP3 ready\r\n"),
            ("c", b"USER " + user.encode() + b"\r\n"), ("s", b"+OK\r\n"),
            ("c", b"PASS " + password.encode() + b"\r\n"), ("s", reply.encode() + b"\r\n"),
            ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]


def tls_record(kind, body):
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


def _extension(kind, body):
    return struct.pack("!HH", kind, len(body)) + body


def _alpn(names):
    names = b"".join(bytes([len(name)]) + name for name in names)
    return _extension(16, struct.pack("!H", len(names)) + names) if names else b""


def _extensions(data):
    return struct.pack("!H", len(data)) + data if data else b""


def client_hello(name=b"mail.example", alpn=(), versions=()):
    """A ClientHello with a server name; its random bytes are not random. versions: of TLS 1.3, as numbers."""
    extensions = _extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name) if name else b""
    extensions += _alpn(alpn)
    if versions:
        extensions += _extension(43, bytes([2 * len(versions)]) + struct.pack(f"!{len(versions)}H", *versions))
    return _handshake_record(1, b"\3\3" + b"\x5a" * 32 + b"\0" + b"\0\4\xc0\x2f\x13\x01" + b"\1\0"
                             + _extensions(extensions))


def server_hello(version=0x0303, cipher=0xc02f, alpn=(), selected=None):
    """A ServerHello; selected: the version of TLS 1.3, which has an extension for it."""
    extensions = _alpn(alpn)
    if selected is not None:
        extensions += _extension(43, struct.pack("!H", selected))
    return _handshake_record(2, struct.pack("!H", version) + b"\xa5" * 32 + b"\0" + struct.pack("!HB", cipher, 0)
                             + _extensions(extensions))


def tls_alert(description, level=2):
    """An alert in the clear, fatal unless level says otherwise."""
    return tls_record(21, bytes([level, description]))


def _handshake_record(kind, body):
    return tls_record(22, struct.pack("!I", kind << 24 | len(body)) + body)


# ---------------------------------------------------------------- TCP

def checksum(data):
    """The Internet checksum, RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address(text):
    """The 4 or 16 bytes of an address."""
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def tcp(source, target, seq, ack, flags, data=b"", options=b"", urgent=0):
    """One TCP segment between two (address, port) pairs, its checksum right."""
    options += b"\0" * (-len(options) % 4)
    head = struct.pack("!HHIIBBHHH", source[1], target[1], seq, ack,
                       (20 + len(options)) // 4 << 4, flags, 65535, 0, urgent)
    segment = head + options + data
    ends = address(source[0]) + address(target[0])
    if len(ends) == 8:
        pseudo = ends + struct.pack("!BBH", 0, 6, len(segment))
    else:
        pseudo = ends + struct.pack("!IHBB", len(segment), 0, 0, 6)
    return segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]


# ---------------------------------------------------------------- IP

def ip(source, target, payload, ident=0, options=b"", headers=()):
    """An IPv4 or IPv6 packet that carries TCP; the addresses say which.

    options: IPv4 options. headers: IPv6 extension headers as (type, body), body without its two
    leading bytes (next header, length), which are written here.
    """
    if ":" in source:
        return _ipv6(address(source), address(target), payload, headers)
    return _ipv4(address(source), address(target), payload, ident, options)


def _ipv4(source, target, payload, ident, options=b"", offset=0, more=False, protocol=6):
    options += b"\0" * (-len(options) % 4)
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | (20 + len(options)) // 4, 0,
                       20 + len(options) + len(payload), ident,
                       (0x2000 if more else 0) | offset // 8, 64, protocol, 0, source, target) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60


def _ipv6(source, target, payload, headers=(), first=6):
    for kind, body in reversed(headers):
        body += b"\0" * (-(len(body) + 2) % 8)
        payload = struct.pack("!BB", first, (len(body) + 2) // 8 - 1) + body + payload
        first = kind
    return struct.pack("!IHBB", 6 << 28, len(payload), first, 64) + source + target + payload


def fragment(packet, size, ident=0x1234):
    """Cut an IP packet into fragments that carry size bytes each (a multiple of 8).

    An IPv6 packet always gets a fragment header: one that fits in size becomes an "atomic" fragment.
    """
    assert size % 8 == 0
    return (_fragment4 if packet[0] >> 4 == 4 else _fragment6)(packet, size, ident)


def _pieces(payload, size):
    for at in range(0, len(payload), size):
        yield at, payload[at:at + size], at + size < len(payload)


def _fragment4(packet, size, ident):
    head = (packet[0] & 15) * 4
    return [_ipv4(packet[12:16], packet[16:20], piece, ident, packet[20:head] if at == 0 else b"",
                  at, more, packet[9])
            for at, piece, more in _pieces(packet[head:], size)]


def _fragment6(packet, size, ident):
    # Hop-by-hop options and routing belong to every fragment (RFC 8200, section 4.5); the rest is cut.
    kind_at, at, kind = 6, 40, packet[6]
    while kind in (HOP_BY_HOP, ROUTING):
        kind_at, kind, at = at, packet[at], at + (packet[at + 1] + 1) * 8
    shared = bytearray(packet[:at])
    shared[kind_at] = FRAGMENT
    result = []
    for offset, piece, more in _pieces(packet[at:], size):
        header = struct.pack("!BBHI", kind, 0, offset | more, ident)
        shared[4:6] = struct.pack("!H", at - 40 + len(header) + len(piece))
        result.append(bytes(shared) + header + piece)
    return result


def fragments(packets, size, backwards=False, twice=False, atomic=False):
    """Fragment every packet whose payload is longer than size; the others only when atomic."""
    result = []
    for number, (time, packet) in enumerate(packets):
        head = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
        if len(packet) - head <= size and not atomic:
            result.append((time, packet))
            continue
        parts = fragment(packet, size, ident=number + 1)
        if backwards:
            parts.reverse()
        for part in parts:
            result += [(time, part)] * (2 if twice else 1)
    return result


# ---------------------------------------------------------------- a conversation

@dataclasses.dataclass
class Segment:
    side: str                 # "c" or "s": who sent it
    flags: int
    seq: int
    ack: int
    data: bytes = b""
    options: bytes = b""
    wait: float = 0           # seconds of silence before it
    urgent: int = 0           # the urgent pointer, to go with URG


class Talk:
    """A POP3 dialogue as TCP segments. Hooks return the Talk, so that they can be chained.

    mss        bytes a segment carries at most (1: a byte a segment)
    isn        initial sequence numbers of client and server
    handshake  False: capture starts in mid-stream
    acks       False: no segments without data, acknowledgements ride on data
    close      "fin" (server first, as after QUIT), "fin-client", "rst" (server), "rst-client", None
    start      seconds after EPOCH; step: seconds between two segments
    """

    def __init__(self, lines, client=CLIENT, server=SERVER, isn=(1000, 5000), mss=1460,
                 handshake=True, acks=True, close="fin", start=0, step=0.001):
        self.ends = {"c": client, "s": server}
        self.start, self.step = start, step
        self.segments = []
        self._next = {"c": isn[0], "s": isn[1]}
        if handshake:
            self._handshake()
        else:
            self._next = {"c": isn[0] + 1, "s": isn[1] + 1}
        for side, data in lines:
            for at in range(0, len(data), mss):
                self._send(side, PSH | ACK, data[at:at + mss])
                if acks:
                    self._send(_other(side), ACK)
        self._close(close)

    def _send(self, side, flags, data=b"", options=b""):
        ack = self._next[_other(side)] if flags & ACK else 0
        self.segments.append(Segment(side, flags, self._next[side] % 2**32, ack % 2**32, data, options))
        self._next[side] += len(data) + bool(flags & (SYN | FIN))

    def _handshake(self):
        options = struct.pack("!BBHBBBBBB", 2, 4, 1460, 1, 3, 3, 7, 4, 2)   # MSS, window scale, SACK
        self._send("c", SYN, options=options)
        self._send("s", SYN | ACK, options=options)
        self._send("c", ACK)

    def _close(self, how):
        if how in ("fin", "fin-client"):
            first = "s" if how == "fin" else "c"
            self._send(first, FIN | ACK)
            self._send(_other(first), FIN | ACK)
            self._send(first, ACK)
        elif how in ("rst", "rst-client"):
            self._send("s" if how == "rst" else "c", RST | ACK)

    # Hooks.

    def find(self, data, nth=0):
        """The place in the list of the nth segment that holds these bytes."""
        places = [i for i, segment in enumerate(self.segments) if data in segment.data]
        return places[nth]

    def only(self, side):
        """The other direction was not captured."""
        self.segments = [s for s in self.segments if s.side == side]
        return self

    def drop(self, data):
        """The capture missed this segment, its receiver did not."""
        del self.segments[self.find(data)]
        return self

    def swap(self, i, j=None):
        """Two segments trade places; neighbours when only one is named."""
        j = i + 1 if j is None else j
        self.segments[i], self.segments[j] = self.segments[j], self.segments[i]
        return self

    def shuffle(self, reach, seed=1):
        """Segments change places with others up to `reach` places away; the handshake stays first."""
        dice = random.Random(seed)
        head = 3 if self.segments[0].flags & SYN else 0
        moved = sorted(enumerate(self.segments[head:]), key=lambda x: x[0] + dice.uniform(0, reach))
        self.segments[head:] = [segment for _, segment in moved]
        return self

    def twice(self):
        """Every packet captured twice, as on a SPAN port that mirrors both directions."""
        self.segments = [segment for segment in self.segments for _ in (1, 2)]
        return self

    def resend(self, data, after=0, more=b""):
        """A retransmission of a segment, `after` places later; with more bytes of the stream at its end."""
        at = self.find(data)
        again = dataclasses.replace(self.segments[at], data=self.segments[at].data + more)
        self.segments.insert(at + 1 + after, again)
        return self

    def keep_alive(self, data, byte=b"\0"):
        """After the segment with these bytes: a keep-alive of its sender, and the answer to it."""
        at = self.find(data)
        sent = self.segments[at]
        probe = Segment(sent.side, ACK, (sent.seq + len(sent.data) - 1) % 2**32, sent.ack, byte, wait=60)
        answer = Segment(_other(sent.side), ACK, sent.ack, (sent.seq + len(sent.data)) % 2**32)
        place = at + 1
        while place < len(self.segments) and not self.segments[place].data:
            place += 1          # behind the acknowledgement of the segment, as on a real wire
        self.segments[place:place] = [probe, answer]
        return self

    def packets(self, options=b"", headers=()):
        """The IP packets, as (nanoseconds since 1970, bytes)."""
        result, now = [], self.start
        for number, s in enumerate(self.segments):
            now += s.wait
            source, target = self.ends[s.side], self.ends[_other(s.side)]
            segment = tcp(source, target, s.seq, s.ack, s.flags, s.data, s.options, s.urgent)
            time = EPOCH * 10**9 + round(now * 10**9)
            result.append((time, ip(source[0], target[0], segment, number + 1, options, headers)))
            now += self.step
        return result


def _other(side):
    return "s" if side == "c" else "c"


def merge(*lists):
    """Several lists of packets as one, in the order of their times."""
    return sorted((packet for packets in lists for packet in packets), key=lambda packet: packet[0])


# ---------------------------------------------------------------- link layers

def from_each_line(text, port):
    """The packets of a dialogue met with its handshake, and without it from each of its lines on: every
    time both sides, the client alone, and the server (at this port) alone."""
    lines = dialogue("\n".join(line.strip() for line in text.strip().splitlines()))
    packets = []
    for first in [-1, *range(len(lines))]:
        for only in ("cs", "c", "s"):
            talk = Talk(lines[max(first, 0):], client=("192.0.2.10", 50000 + len(packets)),
                        server=("198.51.100.25", port), handshake=first < 0, start=10 * len(packets))
            packets.append((talk if only == "cs" else talk.only(only)).packets())
    return merge(*packets)


class Link(NamedTuple):
    number: int                        # LINKTYPE_ value of the capture file
    wrap: Callable[[bytes], bytes]     # IP packet -> frame


def _ethertype(packet):
    return 0x86dd if packet[0] >> 4 == 6 else 0x0800


def _ethernet(packet, tags=()):
    frame = bytes.fromhex("020000000002 020000000001")
    for tpid, vid in tags:
        frame += struct.pack("!HH", tpid, vid)
    frame += struct.pack("!H", _ethertype(packet)) + packet
    return frame + b"\0" * (60 - len(frame))       # as a network card pads it


def vlan(vid, tpid=0x8100):
    return Link(1, lambda packet: _ethernet(packet, [(tpid, vid)]))


def qinq(outer, inner, tpid=0x88a8):
    return Link(1, lambda packet: _ethernet(packet, [(tpid, outer), (0x8100, inner)]))


def as_is(number):
    """For frames that are complete already."""
    return Link(number, lambda frame: frame)


def frames(packets, link):
    """Wrap packets now, to be merged with others and written through as_is()."""
    return [(time, link.wrap(packet)) for time, packet in packets]


def null(order="<", inet6=30):
    """BSD loopback: the family in the byte order of the machine that captured; AF_INET6 differs by system."""
    return Link(0, lambda packet: struct.pack(order + "I", inet6 if packet[0] >> 4 == 6 else 2) + packet)


ETHERNET = Link(1, _ethernet)
RAW = as_is(101)
IPV4 = as_is(228)
IPV6 = as_is(229)
LOOP = Link(108, lambda packet: struct.pack("!I", 24 if packet[0] >> 4 == 6 else 2) + packet)
SLL = Link(113, lambda packet: struct.pack("!HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1", _ethertype(packet)) + packet)
SLL2 = Link(276, lambda packet: struct.pack("!HHIHBB8s", _ethertype(packet), 0, 2, 1, 0, 6,
                                            b"\2\0\0\0\0\1") + packet)
PPPOE = Link(1, lambda packet: bytes.fromhex("020000000002 020000000001 8864 1100 0001") +
             struct.pack("!HH", len(packet) + 2, 0x57 if packet[0] >> 4 == 6 else 0x21) + packet)


def _snap(packet):
    return bytes.fromhex("aaaa03 000000") + struct.pack("!H", _ethertype(packet)) + packet


def _data_frame(body, qos):
    return struct.pack("!HH", 0x8802, 0) + b"\2\0\0\0\0\1" * 3 + b"\0\0" + struct.pack("<H", qos) + body


IEEE80211 = Link(105, lambda packet: _data_frame(_snap(packet), 0))


def a_msdu(packets, size):
    """802.11 frames (link type 105) that hold size packets each, at the time of the last."""
    result = []
    for at in range(0, len(packets), size):
        body = b""
        for _, packet in packets[at:at + size]:
            body += b"\0" * (-len(body) % 4)
            body += b"\2\0\0\0\0\1" * 2 + struct.pack("!H", len(_snap(packet))) + _snap(packet)
        result.append((packets[at:at + size][-1][0], _data_frame(body, 0x80)))
    return result


# ---------------------------------------------------------------- tunnels

class Tunnel(NamedTuple):
    protocol: int                      # of the IP packet around it
    wrap: Callable[[bytes], bytes]     # IP packet -> what that carries


def _udp(port, data):
    return struct.pack("!HHHH", 50000, port, 8 + len(data), 0) + data


def vxlan(vni, link=ETHERNET):
    return Tunnel(17, lambda packet: _udp(4789, struct.pack("!II", 0x08000000, vni << 8) + link.wrap(packet)))


def gre(key):
    return Tunnel(47, lambda packet: struct.pack("!HHI", 0x2000, _ethertype(packet), key) + packet)


def gtp_u(teid):
    return Tunnel(17, lambda packet: _udp(2152, struct.pack("!BBHI", 0x30, 255, len(packet), teid) + packet))


def erspan(session, link=ETHERNET):
    return Tunnel(47, lambda packet: struct.pack("!HHIHHI", 0x1000, 0x88be, 1, 0x1000, session, 0) +
                  link.wrap(packet))


IP_IN_IP = Tunnel(4, lambda packet: packet)
SIX_IN_FOUR = Tunnel(41, lambda packet: packet)


def tunnel(packets, kind, ends=("203.0.113.1", "203.0.113.2"), mirror=False):
    """Wrap packets. The lower of their addresses is behind the first end; a mirror sends everything one way."""
    result = []
    for number, (time, packet) in enumerate(packets):
        one, other = (packet[12:16], packet[16:20]) if packet[0] >> 4 == 4 else (packet[8:24], packet[24:40])
        source, target = ends if mirror or one < other else ends[::-1]
        result.append((time, _ipv4(address(source), address(target), kind.wrap(packet), 0x4000 + number,
                                   protocol=kind.protocol)))
    return result


# ---------------------------------------------------------------- capture files

def write_pcap(path, packets, link=ETHERNET, snaplen=262144, nano=False, order="<"):
    """A pcap file. order: "<" little or ">" big endian."""
    parts = [struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0,
                         snaplen, link.number)]
    for time, packet in packets:
        frame = link.wrap(packet)
        kept = frame[:snaplen]
        parts.append(struct.pack(order + "IIII", time // 10**9, time % 10**9 // (1 if nano else 1000),
                                 len(kept), len(frame)) + kept)
    path.write_bytes(b"".join(parts))


def write_pcapng(path, packets, link=ETHERNET, snaplen=262144, nano=False, order="<"):
    """A pcapng file: section header, one interface, an enhanced packet block a packet."""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + size + body + size

    resolution = struct.pack(order + "HHB3xHH", 9, 1, 9 if nano else 6, 0, 0)      # if_tsresol
    parts = [block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1)),
             block(1, struct.pack(order + "HHI", link.number, 0, snaplen) + resolution)]
    for time, packet in packets:
        frame = link.wrap(packet)
        kept = frame[:snaplen]
        ticks = time if nano else time // 1000
        parts.append(block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xffffffff,
                                          len(kept), len(frame)) + kept))
    path.write_bytes(b"".join(parts))
