"""Hosts: decides which addresses share a server's patience, so that all rest when it says that it is asked too often.

Never resolves a name.
"""

from tld import get_fld

from storywire.urls import host


def patience(url: str) -> str:
    """The name under which a server counts requests: the registrable domain, else the host.

    A company that gives each customer a host of its own (a.tumblr.com, b.github.io) is one server, so that the private
    part of publicsuffix.org's list is not used.
    """
    return get_fld(url, fail_silently=True, search_private=False) or host(url)
