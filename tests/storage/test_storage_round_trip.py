from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from storage_makers import NOW, RUN, article, entry

from storage.store import Store
from storywire.nouns import EntryState, Precision, Published

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones())  # noqa: DTZ001
PUBLISHED = st.builds(
    Published,
    st.none() | TIMES.map(lambda at: at.astimezone(UTC)),
    st.sampled_from(Precision),
    st.none() | st.sampled_from(["feed", "page"]),
)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, TEXTS, st.none() | TEXTS, PUBLISHED, TIMES, st.booleans()), min_size=10, max_size=20),
)
def test_entries_and_articles_come_back_as_they_were_stored(said: list[tuple]) -> None:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        entries, articles = [], []
        for n, (title, text, other, published, at, flag) in enumerate(said):
            seen = at.astimezone(UTC)
            changes = {"publisher": other, "published": published, "first_seen_at": seen, "title": title}
            entries.append(entry(n, None, summary=other, language=other, full_text=flag, attempts=n, **changes))
            articles.append(article(n, text=text, language="und", **changes))
        assert store.add_entries(entries, RUN) == len(entries)
        assert store.pending_entries(NOW) == sorted(entries, key=lambda e: (e.first_seen_at, e.entry_id))
        store.save_collected(
            [
                (replace(e, state=EntryState.STORED, article_id=a.article_id), a)
                for e, a in zip(entries, articles, strict=True)
            ],
            RUN,
        )
        assert store.unanalysed(99) == sorted(articles, key=lambda a: (a.first_seen_at, a.article_id))
