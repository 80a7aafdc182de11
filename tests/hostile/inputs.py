"""Where hostile servers are, and what they send. They stand for the public internet.

They are on 127.0.0.2 and 127.0.0.3, the only addresses that are open here; 127.0.0.1 is the inside of the network.
"""

import zlib

from storywire.addresses import networks

GOOD, BAD, INSIDE = "127.0.0.2", "127.0.0.3", "127.0.0.1"
INTERNET = networks(f"{GOOD}/32, {BAD}/32")


def rss(*items: str) -> bytes:
    """An RSS document of these items' insides."""
    listed = "".join(f"<item>{item}</item>\n" for item in items)
    return (
        f'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Harbour</title>\n{listed}</channel></rss>'.encode()
    )


ITEMS = [f"<guid>{n}</guid><title>Ferry {n} returns</title><link>/ferry/{n}</link>" for n in range(11)]
RSS = rss(*ITEMS)


def zeros(megabytes: int) -> bytes:
    """So many megabytes of zeros as gzip, a thousandth of that in size; its end is missing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"x") + packer.flush(zlib.Z_FULL_FLUSH)
    return head + (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)) * megabytes
