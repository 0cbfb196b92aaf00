"""Texts of an XMP packet, found without an XML parser: a stranger's XML is not worth one."""

import html
import re

_FIELDS = {"exif:UserComment": "xmp_comment", "dc:description": "xmp_description"}  # Draw Things writes settings there
_TAG = re.compile(r"<[^<>]*>")


def read(packet: str) -> dict[str, str]:
    """Return the comment and the description of an XMP packet as `xmp_comment` and `xmp_description`."""
    texts = {}
    for field, name in _FIELDS.items():
        start = packet.find(f"<{field}")
        end = packet.find(f"</{field}>", start)
        if 0 <= start < end:
            text = html.unescape(_TAG.sub("", packet[start:end])).strip()
        else:  # an attribute of rdf:Description
            start = packet.find(f'{field}="') + len(field) + 2
            end = packet.find('"', start)
            text = html.unescape(packet[start:end]).strip() if start > len(field) + 1 and end >= 0 else ""
        if text:
            texts[name] = text
    return texts
