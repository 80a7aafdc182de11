"""How ids are derived."""

from storywire.identity import alert_id, article_id, entry_id, message_id, slug, watch_id


def test_an_article_is_known_by_guid_then_address_then_words() -> None:
    by_guid = article_id("https://f/", "1", "https://a/", "T", "x")
    assert by_guid == article_id("https://f/", "1", "https://b/", "U", "y")
    by_url = article_id("https://f/", None, "https://a/", "T", "x")
    assert by_url == article_id("https://g/", None, "https://a/", "U", "y") != by_guid
    assert article_id(None, None, None, "T", "x") != article_id(None, None, None, "T", "y")


def test_the_same_guid_in_two_feeds_is_two_entries() -> None:
    assert entry_id("https://f/", "1", None, None, None) != entry_id("https://g/", "1", None, None, None)


def test_a_slug_keeps_letters_of_every_script_and_drops_accents() -> None:
    assert slug("  Aleppo siege: diplomacy! ") == "aleppo-siege-diplomacy"
    assert slug("Élections à São Paulo") == "elections-a-sao-paulo"
    assert slug("Осада Алеппо") == "осада-алеппо"
    assert slug("!!!") == ""


def test_a_watch_is_known_by_its_name_and_an_alert_by_what_it_tells_in_any_order() -> None:
    assert watch_id("floods") == watch_id("floods") != watch_id("fires")
    assert alert_id("w", "s", "report", ["a", "b"]) == alert_id("w", "s", "report", ["b", "a"])
    assert len({alert_id("w", "s", kind, causes) for kind in ("report", "new") for causes in (["a"], ["a", "b"])}) == 4
    assert message_id("w", ["a1", "a2"]) == message_id("w", ["a2", "a1"]) != message_id("w", ["a1"])
