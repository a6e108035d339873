"""A writer of tiny MMDB files: a binary tree of prefixes, then the records.

After the MaxMind DB file format, version 2.0, with 32-bit records.
"""

from ipaddress import ip_network
from struct import pack

MARKER = b"\xab\xcd\xefMaxMind.com"


def write_mmdb(path, records):
    """Write records by address block; IPv4 blocks lie under ::/96."""
    tree, data = [[None, None]], b""
    for block, record in records.items():
        offset = len(data)
        data += encoded(record)
        put(tree, ip_network(block), offset)
    nodes = b"".join(pack(">II", *(place(tree, side) for side in node)) for node in tree)
    path.write_bytes(nodes + bytes(16) + data + MARKER + encoded(metadata(len(tree))))
    return path


def put(tree, network, offset):
    bits = int(network[0])
    length = network.prefixlen + (96 if network.version == 4 else 0)
    node = 0
    for depth in range(length):
        side = bits >> (127 - depth) & 1
        if depth == length - 1:
            tree[node][side] = ("data", offset)
        elif tree[node][side] is None:
            tree.append([None, None])
            tree[node][side] = node = len(tree) - 1
        else:
            node = tree[node][side]


def place(tree, side):
    if side is None:
        return len(tree)
    return len(tree) + 16 + side[1] if isinstance(side, tuple) else side


def metadata(nodes):
    return {
        "node_count": nodes,
        "record_size": 32,
        "ip_version": 6,
        "database_type": "Tiny",
        "languages": [],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1,
        "description": {},
    }


def encoded(value):
    if isinstance(value, bool):
        return extended(14, int(value))
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, list):
        return extended(11, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, float):
        return control(3, 8) + pack(">d", value)
    if isinstance(value, int):
        return control(6, 4) + pack(">I", value)
    text = value.encode()
    return control(2, len(text)) + text


def control(kind, size):
    return bytes([kind << 5 | size]) if size < 29 else bytes([kind << 5 | 29, size - 29])


def extended(kind, size):
    return bytes([size, kind - 7])
