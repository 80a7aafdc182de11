"""The public views, which people query: decides their names, columns and comments. Never holds data.

They name only tables of this file's schema `private`, so they work under whatever name the file is attached.
"""

VIEWS = """
CREATE VIEW articles AS
SELECT article_id, url, title, text, language, publisher, published_at, published_precision, first_seen_at
FROM private.article;

CREATE VIEW storylines AS
SELECT s.storyline_id, s.label, s.pinned,
    coalesce(kept.article_count, 0) AS article_count,
    coalesce(copies.copy_count, 0) AS copy_count,
    coalesce(kept.publisher_count, 0) AS publisher_count,
    kept.first_published_at, kept.last_published_at
FROM private.storyline s
LEFT JOIN (
    SELECT v.storyline_id, count(*) AS article_count, count(DISTINCT a.publisher) AS publisher_count,
        min(a.published_at) AS first_published_at, max(a.published_at) AS last_published_at
    FROM private.assignment v JOIN private.article a USING (article_id)
    GROUP BY v.storyline_id
) kept USING (storyline_id)
LEFT JOIN (
    SELECT v.storyline_id, count(*) AS copy_count
    FROM private.duplicate d JOIN private.assignment v ON v.article_id = d.canonical_id
    GROUP BY v.storyline_id
) copies USING (storyline_id);

-- The title is the founding article's; when that was removed, the earliest remaining one's.
CREATE VIEW events AS
SELECT e.event_id, e.storyline_id,
    first(a.title ORDER BY a.article_id <> e.founder_id, a.first_seen_at, a.article_id) AS title,
    count(*) AS article_count, min(a.published_at) AS first_published_at, max(a.published_at) AS last_published_at
FROM private.event e
JOIN private.assignment v USING (event_id)
JOIN private.article a USING (article_id)
GROUP BY e.event_id, e.storyline_id;

CREATE VIEW storyline_articles AS
SELECT storyline_id, event_id, article_id, score FROM private.assignment;

CREATE VIEW duplicates AS
SELECT article_id, canonical_id, kind, similarity FROM private.duplicate;

CREATE VIEW entries AS
SELECT feed_url, guid, url, title, state, reason FROM private.entry;

CREATE VIEW feeds AS
SELECT feed_url, title, publisher, language, folder, paused, state, reason, failures, check_interval,
    added_at, checked_at, succeeded_at, next_check_at
FROM private.feed;

CREATE VIEW runs AS
SELECT run_id, started_at, finished_at, feeds_polled, feeds_failed, entries_new, articles_new, kept_new, copies_new,
    pending
FROM private.run;

COMMENT ON VIEW articles IS 'Every article, copies included.';
COMMENT ON COLUMN articles.article_id IS 'Derived from its first identity; never changes.';
COMMENT ON COLUMN articles.url IS 'The page''s canonical address; null where the feed gave no link.';
COMMENT ON COLUMN articles.title IS 'Headline.';
COMMENT ON COLUMN articles.text IS 'Plain text, paragraphs separated by one blank line.';
COMMENT ON COLUMN articles.language IS 'ISO 639-1 code, or und where it is not known.';
COMMENT ON COLUMN articles.publisher IS 'Who published it; null where not known.';
COMMENT ON COLUMN articles.published_at IS 'UTC; null where not known, never a guess.';
COMMENT ON COLUMN articles.published_precision IS 'How exactly published_at is known: second, minute, day or none.';
COMMENT ON COLUMN articles.first_seen_at IS 'UTC by our own clock: when Storywire first saw it.';

COMMENT ON VIEW storylines IS 'Lines of events that belong together, over days to years.';
COMMENT ON COLUMN storylines.storyline_id IS 'The slug of the name a person gave, else from its founding article.';
COMMENT ON COLUMN storylines.label IS 'The name a person gave, or words of its own reports.';
COMMENT ON COLUMN storylines.pinned IS 'True if a person named it: it never closes.';
COMMENT ON COLUMN storylines.article_count IS 'Kept reports, without their copies.';
COMMENT ON COLUMN storylines.copy_count IS 'Copies of its kept reports.';
COMMENT ON COLUMN storylines.publisher_count IS 'Different publishers of its kept reports, as far as known.';
COMMENT ON COLUMN storylines.first_published_at IS 'UTC; of its kept reports the earliest known, null if none is.';
COMMENT ON COLUMN storylines.last_published_at IS 'UTC; of its kept reports the latest known, null if none is.';

COMMENT ON VIEW events IS 'Tight groups of reports of one happening, over hours to days.';
COMMENT ON COLUMN events.event_id IS 'Derived from its founding article; never changes.';
COMMENT ON COLUMN events.storyline_id IS 'The storyline it belongs to.';
COMMENT ON COLUMN events.title IS 'Headline of its founding article.';
COMMENT ON COLUMN events.article_count IS 'Kept reports, without their copies.';
COMMENT ON COLUMN events.first_published_at IS 'UTC; of its kept reports the earliest known, null if none is.';
COMMENT ON COLUMN events.last_published_at IS 'UTC; of its kept reports the latest known, null if none is.';

COMMENT ON VIEW storyline_articles IS 'Which kept report belongs to which event and storyline; one row a report.';
COMMENT ON COLUMN storyline_articles.storyline_id IS 'The storyline.';
COMMENT ON COLUMN storyline_articles.event_id IS 'The event.';
COMMENT ON COLUMN storyline_articles.article_id IS 'The kept report.';
COMMENT ON COLUMN storyline_articles.score IS 'How well the report fits there; higher is better.';

COMMENT ON VIEW duplicates IS 'Which article repeats which kept one; one row a copy.';
COMMENT ON COLUMN duplicates.article_id IS 'The copy.';
COMMENT ON COLUMN duplicates.canonical_id IS 'The kept article that it repeats.';
COMMENT ON COLUMN duplicates.kind IS 'exact (same address or text), near (same wording) or semantic (same meaning).';
COMMENT ON COLUMN duplicates.similarity IS '0 to 1.';

COMMENT ON VIEW entries IS 'The ledger: what became of each item that a feed listed, and of each seed.';
COMMENT ON COLUMN entries.feed_url IS 'The feed that listed it; null for a seed.';
COMMENT ON COLUMN entries.guid IS 'The feed''s own id of the item; null where it gave none.';
COMMENT ON COLUMN entries.url IS 'The link, without tracking parameters; null where there is none.';
COMMENT ON COLUMN entries.title IS 'The title in the feed; null where there is none, or a person removed the article.';
COMMENT ON COLUMN entries.state IS 'pending, stored, repeat, unusable, failed or deleted.';
COMMENT ON COLUMN entries.reason IS 'Why it is in that state, in words; null if stored, or pending and not tried yet.';

COMMENT ON VIEW feeds IS 'Subscriptions, and how polling them goes.';
COMMENT ON COLUMN feeds.feed_url IS 'The address that is polled.';
COMMENT ON COLUMN feeds.title IS 'Its name, from a person or the feed; null where there is none.';
COMMENT ON COLUMN feeds.publisher IS 'Who publishes it; null where not known.';
COMMENT ON COLUMN feeds.language IS 'ISO 639-1 code; null where not known.';
COMMENT ON COLUMN feeds.folder IS 'Where a person filed it; null at the top level.';
COMMENT ON COLUMN feeds.paused IS 'True if a person paused it: it is not polled.';
COMMENT ON COLUMN feeds.state IS 'new, ok, failing or gone.';
COMMENT ON COLUMN feeds.reason IS 'Why it is failing or gone, in words; null otherwise.';
COMMENT ON COLUMN feeds.failures IS 'Failed polls in a row.';
COMMENT ON COLUMN feeds.check_interval IS 'Time between polls, as it stands now.';
COMMENT ON COLUMN feeds.added_at IS 'UTC; when it was subscribed to.';
COMMENT ON COLUMN feeds.checked_at IS 'UTC; the last poll, null if there was none.';
COMMENT ON COLUMN feeds.succeeded_at IS 'UTC; the last poll that went well, null if there was none.';
COMMENT ON COLUMN feeds.next_check_at IS 'UTC; the next poll is not before this.';

COMMENT ON VIEW runs IS 'Each run of the pipeline and what came of it.';
COMMENT ON COLUMN runs.run_id IS 'The UTC time it began.';
COMMENT ON COLUMN runs.started_at IS 'UTC.';
COMMENT ON COLUMN runs.finished_at IS 'UTC; null while it runs or if it was killed, as are all counts.';
COMMENT ON COLUMN runs.feeds_polled IS 'Feeds asked.';
COMMENT ON COLUMN runs.feeds_failed IS 'Feeds that could not be read.';
COMMENT ON COLUMN runs.entries_new IS 'Entries not seen before.';
COMMENT ON COLUMN runs.articles_new IS 'Articles stored, copies included.';
COMMENT ON COLUMN runs.kept_new IS 'Articles judged and kept, also those that an earlier run stored.';
COMMENT ON COLUMN runs.copies_new IS 'Articles judged to be copies, also those that an earlier run stored.';
COMMENT ON COLUMN runs.pending IS 'Entries still pending at its end.';
"""
