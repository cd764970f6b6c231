"""Writes small MaxMind DB files (format 2.0, IPv4, 24-bit records) out of {prefix: record}.

    write_mmdb(path, {"127.1.0.0/16": {"country_code": "NL"}})
"""
import ipaddress
import time

POINTER, TEXT, UINT16, UINT32, MAP, UINT64, ARRAY = 1, 2, 5, 6, 7, 9, 11
SEPARATOR = bytes(16)
MARK = b"\xab\xcd\xefMaxMind.com"


def control(kind, size):
    """The bytes before a value; sizes up to 284 are all that is needed."""
    first = size if size < 29 else 29
    more = b"" if size < 29 else bytes([size - 29])
    if kind <= 7:
        return bytes([kind << 5 | first]) + more
    return bytes([first, kind - 7]) + more


def number(kind, value):
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(digits)) + digits


def encode(value):
    if isinstance(value, dict):
        return control(MAP, len(value)) + b"".join(
            encode(key) + encode(item) for key, item in value.items())
    if isinstance(value, list):
        return control(ARRAY, len(value)) + b"".join(map(encode, value))
    if isinstance(value, int):
        return number(UINT32, value)
    text = value.encode()
    return control(TEXT, len(text)) + text


def write_mmdb(path, records):
    nodes, data = [[None, None]], b""
    for prefix, record in records.items():
        network = ipaddress.ip_network(prefix)
        bits = f"{int(network.network_address):032b}"[:network.prefixlen]
        node = 0
        for bit in bits[:-1]:
            if nodes[node][int(bit)] is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = len(nodes) - 1
            node = nodes[node][int(bit)]
        nodes[node][int(bits[-1])] = ("data", len(data))
        data += encode(record)

    def pointer(record):
        if record is None:
            return len(nodes)  # nothing is known
        if isinstance(record, tuple):
            return len(nodes) + len(SEPARATOR) + record[1]
        return record

    tree = b"".join(pointer(side).to_bytes(3, "big") for node in nodes for side in node)
    about = {"database_type": "made for a test", "languages": [], "description": {},
             "ip_version": 4, "node_count": len(nodes), "record_size": 24,
             "binary_format_major_version": 2, "binary_format_minor_version": 0}
    about = control(MAP, len(about) + 1) + b"".join(
        encode(key) + (number(UINT16, value) if key.endswith(("version", "size")) else encode(value))
        for key, value in about.items()) + encode("build_epoch") + number(UINT64, int(time.time()))
    with open(path, "wb") as stream:
        stream.write(tree + SEPARATOR + data + MARK + about)
    return path
