"""Which alerts an analysis causes, and how ids are derived."""

from datetime import timedelta

from storywire.alerts import alerts_for, due_messages
from storywire.identity import alert_id, article_id, entry_id, slug, watch_id
from storywire.nouns import Assignment, Watch
from tests.core.makers import NOW

ALL = Watch("w-all", None, "file:/tmp/all", NOW)
FLOODS = Watch("w-floods", "floods", "file:/tmp/floods", NOW)
NEW = [Assignment("a1", "e1", "floods", 0.5, 0.1), Assignment("a2", "e1", "floods", 0.5, 0.1)]
OTHER = [Assignment("a3", "e2", "chess", 0.5, 0.1)]


def test_a_watch_is_told_once_of_all_new_reports_of_its_storyline() -> None:
    (found,) = alerts_for(NEW + OTHER, set(), [FLOODS], NOW)
    assert (found.watch_id, found.storyline_id, found.article_ids) == ("w-floods", "floods", ("a1", "a2"))


def test_a_watch_of_all_storylines_gets_one_alert_for_each() -> None:
    assert [a.storyline_id for a in alerts_for(NEW + OTHER, set(), [ALL], NOW)] == ["chess", "floods"]


def test_seeds_raise_no_alert() -> None:
    assert alerts_for(NEW, {"a1", "a2"}, [ALL, FLOODS], NOW) == ()


def test_an_alerts_id_depends_on_its_causes_and_not_on_their_order_or_the_time() -> None:
    first, second = (
        alerts_for(batch, set(), [FLOODS], at) for batch, at in ((NEW, NOW), (NEW[::-1], NOW + timedelta(1)))
    )
    assert first[0].alert_id == second[0].alert_id
    assert alert_id("w", "s", ["a"]) != alert_id("w", "s", ["a", "b"])


def test_messages_are_due_oldest_first_and_not_for_a_removed_watch() -> None:
    later = alerts_for(NEW, set(), [FLOODS, ALL], NOW + timedelta(hours=1))
    earlier = alerts_for(OTHER, set(), [ALL], NOW)
    due = due_messages([*later, *earlier], [ALL], NOW + timedelta(days=1))
    assert [alert.storyline_id for _, alert in due] == ["chess", "floods"]


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


def test_the_same_subject_and_target_are_one_watch() -> None:
    assert watch_id("floods", "file:/a") == watch_id("floods", "file:/a") != watch_id(None, "file:/a")
