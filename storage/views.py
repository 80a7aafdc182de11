"""The public views, which people query: decides their names, columns and comments. Never holds data.

They name only tables of this file's schema `private`, so they work under whatever name the file is attached. CASE, as
clients of DuckDB's 1.5 line cannot read an if() that 2.0 stored (1.5.5: "Scalar Function with name if does not exist").
"""

VIEWS = """
CREATE VIEW articles AS
SELECT article_id, url, title, CASE WHEN pruned_at IS NULL THEN text END AS text, language, publisher, published_at,
    published_precision, first_seen_at, author, published_source, pruned_at, run_id
FROM private.article;

-- One that is kept only because a link or an old id names it is not shown while it has no report.
CREATE VIEW storylines AS
SELECT s.storyline_id, s.label, s.pinned, s.closed,
    coalesce(kept.event_count, 0) AS event_count,
    coalesce(kept.article_count, 0) AS article_count,
    coalesce(copies.copy_count, 0) AS copy_count,
    coalesce(kept.publisher_count, 0) AS publisher_count,
    kept.first_published_at, kept.last_published_at, s.central_id
FROM private.storyline s
LEFT JOIN (
    SELECT v.storyline_id, count(DISTINCT v.event_id) AS event_count, count(*) AS article_count,
        count(DISTINCT a.publisher) AS publisher_count,
        min(a.published_at) AS first_published_at, max(a.published_at) AS last_published_at
    FROM private.assignment v JOIN private.article a USING (article_id)
    GROUP BY v.storyline_id
) kept USING (storyline_id)
LEFT JOIN (
    SELECT v.storyline_id, count(*) AS copy_count
    FROM private.duplicate d JOIN private.assignment v ON v.article_id = d.canonical_id
    GROUP BY v.storyline_id
) copies USING (storyline_id)
WHERE s.merged_into IS NULL AND (s.pinned OR s.closed OR kept.article_count > 0);

-- The title is the founding article's; when that was removed, the earliest remaining one's.
CREATE VIEW events AS
SELECT e.event_id, e.storyline_id,
    first(a.title ORDER BY a.article_id <> e.founder_id, a.first_seen_at, a.article_id) AS title,
    count(*) AS article_count, min(a.published_at) AS first_published_at, max(a.published_at) AS last_published_at,
    e.label, e.central_id
FROM private.event e
JOIN private.assignment v USING (event_id)
JOIN private.article a USING (article_id)
GROUP BY e.event_id, e.storyline_id, e.label, e.central_id;

CREATE VIEW storyline_articles AS
SELECT storyline_id, event_id, article_id, score, margin FROM private.assignment;

CREATE VIEW storyline_log AS
SELECT seq, made_at, CASE WHEN by_person THEN 'person' ELSE 'machine' END AS made_by, run_id, kind, storyline_id,
    event_id, article_id, other_id, label, evidence
FROM private.log;

CREATE VIEW merged AS
SELECT event_id AS old_id, 'event' AS kind, merged_into AS id FROM private.event WHERE merged_into IS NOT NULL
UNION ALL
SELECT storyline_id, 'storyline', merged_into FROM private.storyline WHERE merged_into IS NOT NULL;

CREATE VIEW links AS
SELECT kind, one_id, other_id, made_at, CASE WHEN by_person THEN 'person' ELSE 'machine' END AS made_by
FROM private.link;

CREATE VIEW duplicates AS
SELECT article_id, canonical_id, kind, similarity, evidence FROM private.duplicate;

CREATE VIEW revisions AS
SELECT r.article_id, r.number, r.replaced_at, r.title, CASE WHEN a.pruned_at IS NULL THEN r.text END AS text, r.added,
    r.removed, r.correction
FROM private.revision r JOIN private.article a USING (article_id);

-- The last row of a kept article holds; without one, it is the original itself.
CREATE VIEW originals AS
SELECT kept_id AS article_id, origin_id AS original_id, reason, made_at,
    row_number() OVER (PARTITION BY kept_id ORDER BY made_at DESC, rowid DESC) = 1 AS holds
FROM private.origin;

CREATE VIEW entries AS
SELECT feed_url, guid, url, title, state, reason, entry_id, article_id, first_seen_at, published_at, publisher,
    language, attempts, next_attempt_at, run_id
FROM private.entry;

CREATE VIEW feeds AS
SELECT feed_url, title, publisher, language, folder, paused, state, reason, failures, check_interval,
    added_at, checked_at, succeeded_at, next_check_at, health, items_per_day, brought_at, moved_to
FROM private.feed;

CREATE VIEW runs AS
SELECT run_id, started_at, finished_at, feeds_polled, feeds_failed, entries_new, articles_new, kept_new, copies_new,
    pending, coalesce(flow, 'ingest') AS flow, model_seconds, feeds_changed, feeds_unchanged
FROM private.run;

COMMENT ON VIEW articles IS 'Every article, copies included.';
COMMENT ON COLUMN articles.article_id IS 'Derived from its first identity; never changes.';
COMMENT ON COLUMN articles.url IS 'The page''s canonical address; null where the feed gave no link.';
COMMENT ON COLUMN articles.title IS 'Headline.';
COMMENT ON COLUMN articles.text IS 'Plain text, paragraphs separated by one blank line; null where it was pruned.';
COMMENT ON COLUMN articles.language IS 'ISO 639-1 code, or und where it is not known.';
COMMENT ON COLUMN articles.publisher IS 'Who published it; null where not known.';
COMMENT ON COLUMN articles.published_at IS 'UTC; null where not known, never a guess.';
COMMENT ON COLUMN articles.published_precision IS 'How exactly published_at is known: second, minute, day or none.';
COMMENT ON COLUMN articles.first_seen_at IS 'UTC by our own clock: when Storywire first saw it.';

COMMENT ON COLUMN articles.author IS 'Who wrote it, as the feed or page says, separated by "; "; null where not known.';
COMMENT ON COLUMN articles.published_source IS 'Who said so: feed, json-ld, meta, page, text or seed; null where none.';
COMMENT ON COLUMN articles.pruned_at IS 'UTC; when its text was removed because it was old; null: it is there.';
COMMENT ON COLUMN articles.run_id IS 'The run that stored it.';

COMMENT ON VIEW storylines IS 'Lines of events that belong together, over days to years.';
COMMENT ON COLUMN storylines.storyline_id IS 'The slug of the name a person gave, else from its founding article.';
COMMENT ON COLUMN storylines.label IS 'The name a person gave, or words of its own reports.';
COMMENT ON COLUMN storylines.pinned IS 'True if a person vouches for it: it is not renamed or merged by itself.';
COMMENT ON COLUMN storylines.closed IS 'True if a person closed it: nothing joins it until it is reopened.';
COMMENT ON COLUMN storylines.event_count IS 'Its events.';
COMMENT ON COLUMN storylines.article_count IS 'Kept reports, without their copies.';
COMMENT ON COLUMN storylines.copy_count IS 'Copies of its kept reports.';
COMMENT ON COLUMN storylines.publisher_count IS 'Different publishers of its kept reports, as far as known.';
COMMENT ON COLUMN storylines.first_published_at IS 'UTC; of its kept reports the earliest known, null if none is.';
COMMENT ON COLUMN storylines.last_published_at IS 'UTC; of its kept reports the latest known, null if none is.';
COMMENT ON COLUMN storylines.central_id IS 'The kept report that is most like its others; null where not known.';

COMMENT ON VIEW events IS 'Tight groups of reports of one happening, over hours to days.';
COMMENT ON COLUMN events.event_id IS 'Derived from its founding article; never changes.';
COMMENT ON COLUMN events.storyline_id IS 'The storyline it belongs to.';
COMMENT ON COLUMN events.title IS 'Headline of its founding article.';
COMMENT ON COLUMN events.article_count IS 'Kept reports, without their copies.';
COMMENT ON COLUMN events.first_published_at IS 'UTC; of its kept reports the earliest known, null if none is.';
COMMENT ON COLUMN events.last_published_at IS 'UTC; of its kept reports the latest known, null if none is.';
COMMENT ON COLUMN events.label IS 'Words of its own reports; null where not known.';
COMMENT ON COLUMN events.central_id IS 'The kept report that is most like its others; null where not known.';

COMMENT ON VIEW storyline_articles IS 'Which kept report belongs to which event and storyline; one row a report.';
COMMENT ON COLUMN storyline_articles.storyline_id IS 'The storyline.';
COMMENT ON COLUMN storyline_articles.event_id IS 'The event.';
COMMENT ON COLUMN storyline_articles.article_id IS 'The kept report.';
COMMENT ON COLUMN storyline_articles.score IS 'How well the report fits there; higher is better.';
COMMENT ON COLUMN storyline_articles.margin IS 'How much better than at the runner-up; small: it was a close call.';

COMMENT ON VIEW storyline_log IS 'What became of events and storylines, in order: rows are added and never changed.';
COMMENT ON COLUMN storyline_log.seq IS '1, 2, 3 and so on, without gaps.';
COMMENT ON COLUMN storyline_log.made_at IS 'UTC.';
COMMENT ON COLUMN storyline_log.made_by IS 'machine or person.';
COMMENT ON COLUMN storyline_log.run_id IS 'The run in which it happened; null if a person did it outside of a run.';
COMMENT ON COLUMN storyline_log.kind IS 'created, joined, merged_into, split_from, renamed, closed or reopened.';
COMMENT ON COLUMN storyline_log.storyline_id IS 'What it is about or, with event_id, the storyline of that event then.';
COMMENT ON COLUMN storyline_log.event_id IS 'What it is about or, with article_id, came to; null if about a storyline.';
COMMENT ON COLUMN storyline_log.article_id IS 'The report that joined the event; null for all else.';
COMMENT ON COLUMN storyline_log.other_id IS 'What it was merged into or split from; null for all else.';
COMMENT ON COLUMN storyline_log.label IS 'The name of a storyline that it gave; null where it gave none.';
COMMENT ON COLUMN storyline_log.evidence IS 'Why, as JSON.';

COMMENT ON VIEW merged IS 'What the id of an event or storyline that was merged stands for now; one row an old id.';
COMMENT ON COLUMN merged.old_id IS 'The event or storyline that was merged.';
COMMENT ON COLUMN merged.kind IS 'event or storyline.';
COMMENT ON COLUMN merged.id IS 'The event or storyline that has its reports now.';

COMMENT ON VIEW links IS 'What must stay together and what must never become one, for good.';
COMMENT ON COLUMN links.kind IS 'must (the first stays in the second) or cannot (the two never become one).';
COMMENT ON COLUMN links.one_id IS 'An event or a storyline.';
COMMENT ON COLUMN links.other_id IS 'A storyline or, where both are events, an event.';
COMMENT ON COLUMN links.made_at IS 'UTC.';
COMMENT ON COLUMN links.made_by IS 'machine or person.';

COMMENT ON VIEW duplicates IS 'Which article repeats which kept one; one row a copy.';
COMMENT ON COLUMN duplicates.article_id IS 'The copy.';
COMMENT ON COLUMN duplicates.canonical_id IS 'The kept article that it repeats.';
COMMENT ON COLUMN duplicates.kind IS 'exact (same address or text), near (same wording) or semantic (same meaning).';
COMMENT ON COLUMN duplicates.similarity IS '0 to 1.';
COMMENT ON COLUMN duplicates.evidence IS 'Why, in one sentence.';

COMMENT ON VIEW originals IS 'Which of its copies a kept article comes from, where that is not itself.';
COMMENT ON COLUMN originals.article_id IS 'The kept article.';
COMMENT ON COLUMN originals.original_id IS 'The original: one of its copies, or again itself.';
COMMENT ON COLUMN originals.reason IS 'Why: it is the earliest, or the others name its publisher as the source.';
COMMENT ON COLUMN originals.made_at IS 'UTC; when that was found.';
COMMENT ON COLUMN originals.holds IS 'True for the last row of a kept article: what was thought before is false.';

COMMENT ON VIEW entries IS 'The ledger: what became of each item that a feed listed, and of each seed.';
COMMENT ON COLUMN entries.feed_url IS 'The feed that listed it; null for a seed.';
COMMENT ON COLUMN entries.guid IS 'The feed''s own id of the item; null where it gave none.';
COMMENT ON COLUMN entries.url IS 'The link, without tracking parameters; null where there is none.';
COMMENT ON COLUMN entries.title IS 'The title in the feed; null where there is none, or a person removed the article.';
COMMENT ON COLUMN entries.state IS 'pending, stored, repeat, unusable, failed or deleted.';
COMMENT ON COLUMN entries.reason IS 'Why it is in that state; null if its page was read as usual, or not tried yet.';
COMMENT ON COLUMN entries.entry_id IS 'Derived from the feed and its guid, else its link, else its words.';
COMMENT ON COLUMN entries.article_id IS 'The article that it became; null unless it is stored.';
COMMENT ON COLUMN entries.first_seen_at IS 'UTC by our own clock: when a look at the feed first found it.';
COMMENT ON COLUMN entries.published_at IS 'UTC, as the feed says; null where it does not, never a guess.';
COMMENT ON COLUMN entries.publisher IS 'Who published it, as the feed says; null where not known.';
COMMENT ON COLUMN entries.language IS 'ISO 639-1 code, as the feed says; null where not known.';
COMMENT ON COLUMN entries.attempts IS 'How often its page was asked for.';
COMMENT ON COLUMN entries.next_attempt_at IS 'UTC; the next try is not before this; null: at once, or never again.';
COMMENT ON COLUMN entries.run_id IS 'The run that first saw it.';

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
COMMENT ON COLUMN feeds.health IS 'What is odd though it can be read: a list, each a word, a colon and why.';
COMMENT ON COLUMN feeds.items_per_day IS 'New items a day, the last days counting most; null where not known yet.';
COMMENT ON COLUMN feeds.brought_at IS 'UTC; when it last had something new, null where it never had.';
COMMENT ON COLUMN feeds.moved_to IS 'Where it is asked since it moved for good; null: at feed_url.';

COMMENT ON VIEW revisions IS 'Texts that articles had before; the latest is in articles. One row a text.';
COMMENT ON COLUMN revisions.article_id IS 'The article.';
COMMENT ON COLUMN revisions.number IS '1 for its first text, and so on.';
COMMENT ON COLUMN revisions.replaced_at IS 'UTC; when another text was first seen in its place.';
COMMENT ON COLUMN revisions.title IS 'Headline until then.';
COMMENT ON COLUMN revisions.text IS 'Text until then, paragraphs separated by one blank line; null where pruned.';
COMMENT ON COLUMN revisions.added IS 'Sentences that came with the text that replaced it; none where pruned.';
COMMENT ON COLUMN revisions.removed IS 'Sentences that went with it; none where pruned.';
COMMENT ON COLUMN revisions.correction IS 'True if the next text says so, or a number, date or name was exchanged.';

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
COMMENT ON COLUMN runs.flow IS 'ingest: a whole cycle; else the part of one that ran apart.';
COMMENT ON COLUMN runs.model_seconds IS 'How long the embedding model worked for it; null where it was not noted.';
COMMENT ON COLUMN runs.feeds_changed IS 'Feeds that sent a new document; null where it was not noted.';
COMMENT ON COLUMN runs.feeds_unchanged IS 'Feeds that had not changed; null where it was not noted.';
"""
