"""Laws of keeping pages as they were fetched."""

import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage_makers import NOW, RUN, article, entry, stored

from storage.pages import Keeping, KeptPages
from storage.store import Store
from storywire.errors import DiskError
from storywire.fetched import Fetched, packed, unpacked
from storywire.identity import digest
from storywire.nouns import EntryState

WORD = b"Unmistakableword"


def page(n: int, body: bytes = b"<p>A page.</p>", **changes: object) -> Fetched:
    made = Fetched(f"https://news.example/page/{n}", f"https://news.example/{n}", "text/html", body, NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def urls(pages: KeptPages) -> list[str]:
    return [found.url for path in pages.files() if (found := pages.read(path))]


@pytest.fixture
def pages(store: Store) -> KeptPages:
    return store.pages


@given(st.text(), st.none() | st.text(), st.binary())
def test_a_kept_page_comes_back_as_it_was(url: str, content_type: str | None, body: bytes) -> None:
    fetched = Fetched(url, url[:3], content_type, body, NOW)
    assert unpacked(packed(fetched)) == fetched
    assert packed(fetched) == packed(fetched)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_no_page_and_breaks_nothing(cut: int, other: bytes) -> None:
    whole = packed(page(1))
    for raw in (whole[:cut], whole[:cut] + other + whole[cut + len(other) :], other):
        assert unpacked(raw) in (None, page(1)) or raw[:10] != whole[:10]


def test_it_lies_under_the_digest_of_the_address_that_was_asked_and_only_its_owner_reads_it(pages: KeptPages) -> None:
    pages.keep(page(1))
    (path,) = pages.files()
    name = digest("page", page(1).url)
    assert path == pages.folder / name[:2] / f"{name}.gz"
    for folder in (pages.folder, path.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert pages.of([page(1).url, page(2).url]) == [path]


def test_a_newer_body_takes_the_place_of_the_older(pages: KeptPages) -> None:
    pages.keep(page(1))
    pages.keep(page(1, b"new", fetched_at=NOW + timedelta(hours=1)))
    (path,) = pages.files()
    found = pages.read(path)
    assert found is not None
    assert found.body == b"new"


def test_a_kill_while_a_page_is_written_leaves_the_old_one_and_its_half_goes(
    pages: KeptPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.keep(page(1))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            pages.keep(page(1, b"new"))
    assert [pages.read(path) for path in pages.files()] == [page(1)]
    assert len(list(pages.folder.rglob("*.new"))) == 1
    pages.prune(NOW)
    assert list(pages.folder.rglob("*.new")) == []
    assert urls(pages) == [page(1).url]


def test_pruning_removes_what_is_too_old_and_then_the_oldest_of_what_is_too_much(store: Store) -> None:
    size = len(packed(page(0, os.urandom(1000))))
    pages = KeptPages(store.pages.folder, Keeping(4 * size + 8, timedelta(days=10)))
    for n in range(8):
        pages.keep(page(n, os.urandom(1000), fetched_at=NOW - timedelta(days=2 * n)))
    pages.prune(NOW)
    assert urls(pages) == [page(n).url for n in (3, 2, 1, 0)]
    pages.prune(NOW + timedelta(days=7))
    assert urls(pages) == [page(n).url for n in (1, 0)]


@pytest.mark.parametrize("keeping", [Keeping(size=0), Keeping(age=timedelta(0))])
def test_nothing_is_kept_where_nothing_shall_be_and_what_was_goes(pages: KeptPages, keeping: Keeping) -> None:
    pages.keep(page(1))
    none = KeptPages(pages.folder, keeping)
    none.keep(page(2))
    assert urls(none) == [page(1).url]
    none.prune(NOW)
    assert urls(none) == []


def test_an_age_without_end_and_a_folder_that_is_not_there_are_no_error(tmp_path: Path) -> None:
    pages = KeptPages(tmp_path / "none", Keeping(age=timedelta(days=999_999)))
    pages.prune(NOW)
    pages.drop([page(1).url])
    assert pages.files() == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file is in the way")
    with pytest.raises(DiskError, match="make room or give access"):
        KeptPages(tmp_path / "pages").keep(page(1))


def test_pages_can_be_asked_for_by_day(pages: KeptPages) -> None:
    for n in range(3):
        pages.keep(page(n, fetched_at=NOW + timedelta(days=n)))
    assert pages.files(NOW + timedelta(days=1)) == [*pages.of([page(1).url]), *pages.of([page(2).url])]


def test_the_pages_of_a_removed_article_are_gone_also_those_under_its_entries_addresses(store: Store) -> None:
    made = article(1)
    link = replace(entry(5), state=EntryState.STORED, article_id=made.article_id)
    store.save_collected([stored(1), (link, made), stored(2)], RUN)
    for n, body in ((1, WORD), (5, WORD), (2, b"another")):
        store.pages.keep(page(n, body))
    store.delete_article(made.article_id)
    kept = {path: path.read_bytes() for path in store.home.rglob("*") if path.is_file()}
    assert not [path for path, raw in kept.items() if WORD in raw or WORD in getattr(unpacked(raw), "body", b"")]
    assert urls(store.pages) == [page(2).url]


def test_a_page_stays_while_another_article_has_its_address(store: Store) -> None:
    other = article(9, article_id="other", url=article(1).url)
    link = replace(entry(9, url=entry(1).url), state=EntryState.STORED, article_id="other")
    store.save_collected([stored(1), (link, other)], RUN)
    store.pages.keep(page(1))
    store.delete_article(article(1).article_id)
    assert urls(store.pages) == [page(1).url]
    store.delete_article("other")
    assert urls(store.pages) == []


def test_a_page_that_was_fetched_while_its_article_was_removed_goes_with_the_run(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], RUN)
    store.delete_article(article(1).article_id)
    for n in (1, 2):
        store.pages.keep(page(n))
    store.prune_pages(NOW)
    assert urls(store.pages) == [page(2).url]


def test_a_page_whose_entries_are_all_silent_goes_also_where_no_article_had_its_address(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    store.delete_article(article(1).article_id)
    link = replace(entry(5), state=EntryState.STORED, article_id=article(1).article_id)
    store.save_collected([(link, article(1)), stored(2)], RUN)  # the removed report, under another link
    for n in (2, 5):
        store.pages.keep(page(n))
    store.prune_pages(NOW)
    assert urls(store.pages) == [page(2).url]


def test_a_removal_that_was_killed_before_the_pages_went_is_done_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save_collected([stored(1)], RUN)
    store.pages.keep(page(1))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(KeptPages, "drop", killed)
        with pytest.raises(KeyboardInterrupt):
            store.delete_article(article(1).article_id)
    assert urls(store.pages) == [page(1).url]
    assert store.delete_article(article(1).article_id) == 0
    assert urls(store.pages) == []
