"""Laws of independent sources: who shares a publisher, a site, a group or a text speaks with one voice."""

from hypothesis import given
from hypothesis import strategies as st

from storywire.sources import Source, independent


def source(name: str, publisher: str | None = None, url: str | None = None, copy_of: str | None = None) -> Source:
    return Source(name, publisher, url, copy_of)


def test_no_reports_have_no_source() -> None:
    assert independent([], {}) == 0


def test_reports_of_different_publishers_on_different_sites_are_independent() -> None:
    reports = [source("a", "Northwire", "https://northwire.example/1"), source("b", "The Post", "https://post.test/1")]
    assert independent(reports, {}) == 2


def test_a_publisher_is_one_source_however_it_is_written() -> None:
    reports = [source("a", "Northwire"), source("b", "NORTHWIRE "), source("c", "northwire", "https://n.org/1")]
    assert independent(reports, {}) == 1


def test_a_site_is_one_source_whatever_its_hosts_and_desks_are_called() -> None:
    reports = [
        source("a", "Post World", "https://world.post.co.uk/1"),
        source("b", "Post Sport", "https://www.post.co.uk/2"),
        source("c", "Other", "https://other.co.uk/3"),
    ]
    assert independent(reports, {}) == 2


def test_hosts_without_a_registrable_domain_are_told_apart_by_their_names() -> None:
    reports = [
        source("a", None, "http://127.0.0.1/1"),
        source("b", None, "http://127.0.0.1/2"),
        source("c", None, "http://wire/1"),
    ]
    assert independent(reports, {}) == 2


def test_a_group_is_one_source_by_the_names_and_sites_of_its_members() -> None:
    reports = [
        source("a", "Morning Post", "https://m.test/1"),
        source("b", None, "https://www.evening.org/2"),
        source("c", "Free"),
    ]
    assert independent(reports, {"morning post": "Post Group", "evening.org": "Post Group"}) == 2
    assert independent(reports, {"morning post": "Post Group", "evening.org": "Other Group"}) == 3


def test_publishers_of_one_wire_text_are_one_source() -> None:
    original = source("w", "Northwire")
    copies = [source("a", "A", copy_of="w"), source("b", "B", copy_of="w")]
    assert independent([original, *copies], {}) == 1
    assert independent(copies, {}) == 1, "also where the wire's own report is not among them"
    assert independent([source("a", "A", copy_of="b"), source("b", "B", copy_of="a")], {}) == 1
    assert independent([source("a", "A", copy_of="x"), source("b", "B", copy_of="y")], {}) == 2


def test_what_one_source_shares_with_another_goes_through_to_a_third() -> None:
    chain = [
        source("a", "A"),
        source("b", "A", "https://b.org/1"),
        source("c", "C", "https://b.org/2"),
        source("d", "D", copy_of="c"),
    ]
    assert independent(chain, {}) == 1
    assert independent([chain[0], chain[3]], {}) == 2


def test_a_report_of_nobody_is_a_source_of_its_own() -> None:
    assert independent([source("a"), source("b", ""), source("c", " ", "")], {}) == 3


def test_a_report_counts_once_however_often_it_is_named() -> None:
    assert independent([source("a"), source("a")], {}) == 1


def test_no_address_is_too_odd_to_be_counted() -> None:
    assert independent([source("a", None, "http://["), source("b", None, "\0"), source("c", None, "mailto:x")], {}) == 3


_few = st.sampled_from(["a", "b", "c", "d"])
_reports = st.lists(
    st.builds(Source, _few, st.none() | _few, st.none() | _few.map("https://{}.org/1".format), st.none() | _few)
)


@given(_reports, st.dictionaries(_few, st.sampled_from(["g", "h"])))
def test_the_order_of_reports_does_not_matter_and_one_more_adds_at_most_one(
    reports: list[Source], groups: dict[str, str]
) -> None:
    count = independent(reports, groups)
    assert independent(reports[::-1], groups) == count
    assert independent(reports[1:], groups) + 1 >= count
    assert count <= len({report.article_id for report in reports})
