"""What an attacker sends: the public corpora, and contents and requests of our own making.

Whatever is made here carries MARK where a payload would be, so that a log can be searched for it.
"""

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.packets import line, shipment, shipments
from tests.security.watching import Canary
from tests.unit import packings
from tests.unit.envelopes import EXCHANGE, SOAP, envelope, operation, receipt_of
from tests.unit.packings import gzipped_in_pieces, zipped

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "hostile-xml"
MARK = "TAJNA-7c1f09"
MEGABYTE = 1 << 20
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def corpus() -> dict[str, bytes]:
    """Name → bytes of every public attack file; empty where they are not at hand."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.xml"))}


def packet(inner: str = "", **override: object) -> bytes:
    """A packet that is wrong in one row, so that it is looked at twice; `inner` stands before its lines."""
    return shipments("p-1", shipment("РН-1", inner, line(1, batch=MARK, quantity="x"), **override))


def flooded(piece: str, size: int, where: bytes = b"<line", content: bytes | None = None) -> bytes:
    """The packet with so many bytes of the piece at a place."""
    given = packet() if content is None else content
    return given.replace(where, piece.encode() * (size // len(piece)) + where, 1)


def entities(canary: Canary) -> dict[str, bytes]:
    """Packets with a document type, in every disguise."""
    file, url = f"file://{canary.pipe}", f"http://127.0.0.1:{canary.port}/x"
    plain = packet().decode().partition("?>")[2].replace("РН-1", "&x;")
    types = {
        "internal entity": '<!DOCTYPE packet [<!ENTITY x "y">]>',
        "file entity": f'<!DOCTYPE packet [<!ENTITY x SYSTEM "{file}">]>',
        "network entity": f'<!DOCTYPE packet [<!ENTITY x SYSTEM "{url}">]>',
        "path entity": f'<!DOCTYPE packet [<!ENTITY x SYSTEM "{canary.pipe}">]>',
        "parameter entity": f'<!DOCTYPE packet [<!ENTITY % p SYSTEM "{file}">%p;]>',
        "external subset": f'<!DOCTYPE packet SYSTEM "{url}">',
        "public subset": f'<!DOCTYPE packet PUBLIC "-//X" "{file}">',
        "default attribute": '<!DOCTYPE packet [<!ATTLIST line quantity CDATA "1">]>',
    }
    found = {name: (kind + plain).encode() for name, kind in types.items()}
    found["behind a comment"] = b"<!-- -->\n<?pi?>" + found["file entity"]
    found["behind a declaration"] = b'<?xml version="1.0"?>' + found["network entity"]
    found["behind a long declaration"] = b'<?xml version="1.0"' + b" " * 500 + b"?>" + found["file entity"]
    found["version 1.1"] = b'<?xml version="1.1"?>' + found["file entity"]
    found["gzip"] = gzip.compress(found["file entity"])
    found["zip"] = zipped(found["network entity"])
    found["windows-1251"] = b'<?xml version="1.0" encoding="windows-1251"?>' + found["file entity"]
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7"):
        found[encoding] = found["file entity"].decode().encode(encoding)
        declared = f'<?xml version="1.0" encoding="{encoding}"?>' + found["file entity"].decode()
        found[f"{encoding}, declared"] = declared.encode(encoding)
    found["ebcdic"] = ('<?xml version="1.0" encoding="cp037"?>' + types["file entity"]).encode("cp037")
    return found


def including(canary: Canary) -> dict[str, bytes]:
    """Packets that ask a parser to fetch something, and are otherwise good."""
    file, url = f"file://{canary.pipe}", f"http://127.0.0.1:{canary.port}/x"
    good = shipments("p-1", control={"rows": 1})
    found = {}
    for name, place in (("file", file), ("network", url), ("path", str(canary.pipe))):
        for hint in (f'schemaLocation="urn:obmen:packet:v1 {place}"', f'noNamespaceSchemaLocation="{place}"'):
            text = f'<packet xmlns:xsi="{INSTANCE}" xsi:{hint}'
            found[f"{hint[:10]} {name}"] = good.replace(b"<packet", text.encode())
        found[f"stylesheet {name}"] = good.replace(b"<packet", f'<?xml-stylesheet href="{place}"?><packet'.encode())
        found[f"catalogue {name}"] = good.replace(
            b"<packet", f'<?oasis-xml-catalog catalog="{place}"?><packet'.encode()
        )
    return found


def floods() -> dict[str, bytes]:
    """Packets whose cost lies in their shape; none is larger than the limit of unpacked bytes."""
    names = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(3000))
    attributes = " ".join(f'a{n}="1"' for n in range(100_000))
    empty = shipments("p-1", "", empty=True)
    return {
        "comments": flooded("<!---->", 40 * MEGABYTE),
        "comments in a good packet": flooded("<!---->", 40 * MEGABYTE, b"</packet", empty),
        "comments before the packet": flooded("<!---->", 40 * MEGABYTE, b"<packet"),
        "instructions": flooded("<?a?>", 40 * MEGABYTE),
        "white space": flooded(" ", 40 * MEGABYTE),
        "white space in a good packet": flooded(" ", 11 * MEGABYTE, b"</packet", empty),
        "text": flooded(f"{MARK} ", 40 * MEGABYTE),
        "elements": flooded("<a/>", 12 * MEGABYTE),
        "documents": flooded("<shipment/>", 20 * MEGABYTE, b"</packet"),
        "different elements": packet("".join(f"<s{n}/>" for n in range(100_000))),
        "elements within elements": packet("<a><b/></a>" * 200_000),
        "depth": packet("<a>" * 1_000_000),
        "depth within bounds": packet(("<a>" * 200 + "</a>" * 200) * 2000),
        "attributes": packet().replace(b"<line", f"<line {attributes}".encode()),
        "namespaces": packet("<line/>" * 20_000).replace(b"<packet", f"<packet {names}".encode(), 1),
        "namespaces on every element": packet(f"<a {names}/>" * 100),
        "one prefix of many meanings": packet("".join(f'<p:line xmlns:p="urn:{n}"/>' for n in range(50_000))),
        "long element name": packet(f"<{'a' * 9_000_000}/>"),
        "long attribute name": packet().replace(b"<line", f"<line {'a' * 9_000_000}='1'".encode()),
        "long attribute": packet(batch=MARK * 700_000),
        "long attributes": packet(f"<attribute name='a' value='{'v' * 9_000_000}'/>" * 5),
        "character references": packet().replace(MARK.encode(), b"&#65;" * 1_500_000),
        "errors": shipments("p-1", shipment("РН-1", *["<line n='x' product='' amount='y'/>"] * 150_000)),
        "backtracking": packet(currency="A" * 1_000_000, organization="7" * 100),
    }


def bombs() -> dict[str, bytes]:
    """Archives that unpack to more than they should, or to something else."""
    spaces = [b" " * MEGABYTE] * 80
    big = gzipped_in_pieces(spaces)
    entry = zipped(b"")
    start, end = entry.index(b"PK\x01\x02"), entry.index(b"PK\x05\x06")
    central = entry[start:end] * (10 * MEGABYTE // (end - start))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(central), start, 0)
    return {
        "gzip": big,
        "gzip of a gzip": gzip.compress(big),
        "zip": zipped(b"".join(spaces)),
        "zip of a zip": zipped(zipped(b"".join(spaces))),
        "zip of a gzip": zipped(big),
        "zip of many files": zipped(*[b"<packet/>"] * 3000),
        "zip of very many entries": entry[:start] + central + tail,
        "zip that lies about its size": packings.with_size(zipped(b"".join(spaces)), 10),
        "zip, encrypted": packings.with_flag(zipped(packet()), 1),
        "zip of a folder": zipped(b"", name="../../etc/"),
        "zip of a file without a name": packings.nameless_zip(packet()),
        "zip, cut": zipped(packet())[:-30],
        "gzip in members": packings.gzipped_in_members(packet(), packet()),
        "gzip, cut": gzip.compress(packet())[:-9],
    }


def garbage() -> dict[str, bytes]:
    """Contents that are no XML, or hardly."""
    good = packet()
    return {
        "nothing": b"",
        "a zero byte": good.replace(b"<line", b"\0<line"),
        "control characters": good.replace(MARK.encode(), b"\x01\x02\x1f"),
        "references to control characters": good.replace(MARK.encode(), b"&#1;&#8;"),
        "no characters": good.replace(MARK.encode(), b"&#xFFFE;&#xD800;"),
        "broken UTF-8": good.replace(MARK.encode(), b"\xff\xc3("),
        "surrogates in UTF-8": good.replace(MARK.encode(), b"\xed\xa0\x80"),
        "overlong UTF-8": good.replace(b"<line", b"\xc0\xbcline"),
        "a BOM within": good.replace(b"<line", b"\xef\xbb\xbf<line"),
        "a declaration within": good.replace(b"<line", b"<?xml version='1.0' encoding='utf-16'?><line"),
        "two packets": good + good,
        "an envelope": envelope(receipt_of(MARK)).encode(),
        "html": f"<html><body>{MARK}<br></body></html>".encode(),
        "json": f'{{"packet": "{MARK}"}}'.encode(),
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100,
        "a namespace with braces": good.replace(b":packet:", b":}{:"),
        "an element of a namespace with braces": good.replace(b"<line", b"<a:line xmlns:a='}{'/><line"),
        "an attribute of a namespace with braces": good.replace(b"<line", b"<line xmlns:a='x}\"{y' a:b='1'"),
        "a prefix of two meanings": b'<a:packet xmlns:a="urn:obmen:packet:v1"><a:shipment>'
        b'<a:line xmlns:a="urn:other"/></a:shipment></a:packet>',
        "an unknown type": good.replace(b"<line", f'<line xmlns:i="{INSTANCE}" i:type="no:such"'.encode()),
        "a nil": good.replace(b"<line", f'<line xmlns:i="{INSTANCE}" i:nil="true"'.encode()),
    }


def requests(canary: Canary) -> Iterator[tuple[str, bytes, str]]:
    """(name, body, content type) of requests that are none."""
    file = f"file://{canary.pipe}"
    ask = receipt_of(MARK)
    texts = _shapes(file, ask) | _arguments()
    for name, text in texts.items():
        yield name, text.encode(), "text/xml; charset=utf-8"
    for encoding in ("utf-16", "utf-16-le", "utf-32-be"):
        yield encoding, texts["entity"].encode(encoding), "text/xml"
        yield f"{encoding}, declared", envelope(ask).encode(encoding), f"text/xml; charset={encoding}"
    yield "utf-7", envelope(ask).encode("utf-7"), "text/xml; charset=utf-7"
    yield "unknown charset", envelope(ask).encode(), "text/xml; charset=x-unknown"
    yield "multipart", f"--x\r\n\r\n{envelope(ask)}\r\n--x--".encode(), "multipart/related; boundary=x; type=text/xml"
    yield "empty", b"", "text/xml"
    yield "blank", b" \n" * 1000, "text/xml"
    yield "binary", bytes(range(256)) * 1000, "text/xml"
    yield "gzip", gzip.compress(envelope(ask).encode()), "text/xml"


def _shapes(file: str, ask: str) -> dict[str, str]:
    """Envelopes that are not of one operation."""
    return {
        "entity": f'<!DOCTYPE e [<!ENTITY x SYSTEM "{file}">]>{envelope(receipt_of("&x;"), declaration="")}',
        "laughs": '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + envelope(declaration=""),
        "cyclic href": envelope(f'<Ping xmlns="{EXCHANGE}" href="#a" id="a"/>'),
        "href elsewhere": envelope(f'<Ping xmlns="{EXCHANGE}" href="{file}"/>'),
        "two operations": envelope(operation() + ask),
        "two bodies": envelope(operation(), after=f"<e:Body>{ask}</e:Body>"),
        "no body": f'<e:Envelope xmlns:e="{SOAP}"/>',
        "depth": envelope("<a>" * 500_000),
        "elements": envelope(operation("GetReceipt", "<a/>" * 3_000_000)),
        "attributes": envelope(operation(attributes="".join(f' a{n}="1"' for n in range(300_000)))),
        "long name": envelope(f"<{'a' * 9_000_000}/>"),
        "cut": envelope(ask)[:-9],
        "control characters": envelope(receipt_of("\x01")),
        "soap 1.2": envelope(ask).replace(SOAP, "http://www.w3.org/2003/05/soap-envelope"),
        "unknown operation": envelope(operation("Drop", MARK)),
        "foreign operation": envelope(f'<Ping xmlns="urn:other">{MARK}</Ping>'),
        "a response": envelope(operation("PingResponse")),
    }


def _arguments() -> dict[str, str]:
    """Operations whose arguments are not those of the contract."""
    return {
        "no argument": envelope(operation("GetReceipt")),
        "an argument twice": envelope(operation("GetReceipt", "<packetId>1</packetId>" * 2)),
        "a misspelt flag": envelope(
            operation(
                "SendPacketText", f"<feed>stock</feed><packetId>1</packetId><text>{MARK}</text><dryrun>1</dryrun>"
            )
        ),
        "base64 with something between": envelope(
            operation("SendPacket", "<feed>stock</feed><packetId>1</packetId><content>QUJD@@QUJD</content>")
        ),
        "a number in another script": envelope(operation("AckNotices", "<ids>٣</ids>")),
        "a nested argument": envelope(receipt_of(f"<a>{MARK}</a>")),
        "an unknown type": envelope(
            operation("GetReceipt", f'<packetId xmlns:i="{INSTANCE}" i:type="x:y">1</packetId>')
        ),
        "a huge number": envelope(operation("GetProblems", f"<packetId>1</packetId><offset>{'9' * 5000}</offset>")),
        "a large number": envelope(operation("GetProblems", f"<packetId>p-1</packetId><offset>{2**63}</offset>")),
        "a negative number": envelope(operation("GetProblems", "<packetId>p-1</packetId><limit>-1</limit>")),
        "a strange flag": envelope(
            operation(
                "SendPacketText", f"<feed>stock</feed><packetId>1</packetId><text>{MARK}</text><dryRun>maybe</dryRun>"
            )
        ),
        "no base64": envelope(operation("SendPacket", "<feed>stock</feed><packetId>1</packetId><content>Ж</content>")),
        "a long id": envelope(receipt_of(MARK * 100)),
        "an id of control characters": envelope(receipt_of("a&#10;b")),
        "a long feed": envelope(
            operation("SendPacketText", f"<feed>{MARK * 1000}</feed><packetId>1</packetId><text>x</text>")
        ),
    }
