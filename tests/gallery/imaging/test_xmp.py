"""Texts of XMP packets, which are found without an XML parser."""

from gallery.imaging import xmp


def test_comments_and_descriptions_are_found_as_elements_and_as_attributes():
    packet = "<rdf:Description><dc:description><rdf:Alt><rdf:li>a &lt;fox&gt;</rdf:li></rdf:Alt></dc:description>"
    assert xmp.read(packet + "</rdf:Description>") == {"xmp_description": "a <fox>"}
    assert xmp.read('<rdf:Description exif:UserComment="{&quot;c&quot;: 1}"/>') == {"xmp_comment": '{"c": 1}'}
    for text in ("", "nonsense", "<exif:UserComment>", '<rdf:Description exif:UserComment="'):
        assert xmp.read(text) == {}
