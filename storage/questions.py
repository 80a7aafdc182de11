"""Ready questions, as public views: decides what coverage, firstness, independence and the like mean in SQL.

Never holds data, and asks no clock: what depends on the day is as of the last look at a feed.

As the other views they name only this file's own schemas, so they work under whatever name the file is attached.
"""

# Who speaks in one article. Alerts (`storywire.sources`) count as one all that share a publisher, a site, a group or a
# text, also through others. One expression an article cannot follow such chains, so it takes the first that is known:
# group, site, publisher's name, else the article itself. They differ where one publisher has several sites, or a site
# several groups, or a group only some of a site's reports; in reprints, which `independence` counts by itself; in
# sites, that here are the last two labels of a host, or three with a usual second level of a country (bbc.co.uk), as
# there is no Public Suffix List; and in letters that casefold() and lower() fold otherwise. Groups are few: one that
# has a site is matched against the whole host.
#
# Of a report known to the day alone the end of that day counts, so that it never seems to be before one that is known
# to the minute.
_SOURCE = r"""
CREATE VIEW private.sourced AS
WITH said AS (
    SELECT *, rowid AS place, trim(regexp_replace(lower(publisher), '[\s\p{Z}]+', ' ', 'g')) AS name,
        regexp_extract(lower(url), '^https?://(?:[^/@]*@)?([^/:?#]+)', 1) AS host
    FROM private.article
)
SELECT s.* EXCLUDE (name, host), coalesce(
    (SELECT min(g.name) FROM private.publisher_group g WHERE g.member = s.name),
    (SELECT min(g.name) FROM private.publisher_group g WHERE s.host = g.member OR ends_with(s.host, '.' || g.member)),
    nullif(regexp_extract(host, '^[0-9.]+$|^[^.]+$|'
        '[^.]+\.(?:(?:ac|co|com|edu|gob|go|gouv|gov|govt|mil|ne|net|nom|or|org|sch)\.[a-z]{2}|[^.]+)$'), ''),
    nullif(name, ''), article_id
) AS source, least(published_at, first_seen_at) AS reported_at,
    CASE published_precision WHEN 'none' THEN first_seen_at
        WHEN 'day' THEN least(published_at + INTERVAL 1 DAY, first_seen_at)
        ELSE least(published_at, first_seen_at) END AS not_after
FROM said s;
"""

_COVERAGE = """
CREATE VIEW coverage AS
WITH origins AS (
    SELECT kept_id, last(origin_id ORDER BY made_at, rowid) AS origin_id FROM private.origin GROUP BY kept_id
)
SELECT v.storyline_id, s.label AS storyline, v.event_id, a.article_id, a.title, a.publisher, a.source, a.url,
    a.language, a.reported_at, a.not_after, a.published_at, a.published_precision, a.first_seen_at, d.canonical_id,
    coalesce(o.origin_id, v.article_id) AS original_id,
    coalesce(o.origin_id, v.article_id) <> a.article_id AS reprint
FROM private.sourced a
LEFT JOIN private.duplicate d USING (article_id)
JOIN private.assignment v ON v.article_id = coalesce(d.canonical_id, a.article_id)
JOIN private.storyline s USING (storyline_id)
LEFT JOIN origins o ON o.kept_id = v.article_id;

COMMENT ON VIEW coverage IS 'Every report of every storyline, copies included: one row an article.';
COMMENT ON COLUMN coverage.storyline_id IS 'The storyline.';
COMMENT ON COLUMN coverage.storyline IS 'Its label.';
COMMENT ON COLUMN coverage.event_id IS 'The event.';
COMMENT ON COLUMN coverage.article_id IS 'The report.';
COMMENT ON COLUMN coverage.title IS 'Headline.';
COMMENT ON COLUMN coverage.publisher IS 'Who published it; null where not known.';
COMMENT ON COLUMN coverage.source IS 'Its publisher''s group, else its site, else the publisher, else itself.';
COMMENT ON COLUMN coverage.url IS 'The page''s canonical address; null where the feed gave no link.';
COMMENT ON COLUMN coverage.language IS 'ISO 639-1 code, or und where it is not known.';
COMMENT ON COLUMN coverage.reported_at IS 'UTC; published_at where that is known, else first_seen_at. Orders coverage.';
COMMENT ON COLUMN coverage.not_after IS 'UTC; when it was surely out: as reported_at, of a day alone its end.';
COMMENT ON COLUMN coverage.published_at IS 'UTC; null where not known, never a guess.';
COMMENT ON COLUMN coverage.published_precision IS 'How exactly published_at is known: second, minute, day or none.';
COMMENT ON COLUMN coverage.first_seen_at IS 'UTC by our own clock: when Storywire first saw it.';
COMMENT ON COLUMN coverage.canonical_id IS 'The kept report that it is a copy of; null: it is kept itself.';
COMMENT ON COLUMN coverage.original_id IS 'The article that its text comes from, as far as known; may be itself.';
COMMENT ON COLUMN coverage.reprint IS 'True if its text comes from another article: it is not the original.';
"""

_BY_DAY = """
CREATE VIEW coverage_by_day AS
SELECT storyline_id, storyline, reported_at::DATE AS day, count(*) FILTER (canonical_id IS NULL) AS article_count,
    count(canonical_id) AS copy_count, count(DISTINCT publisher) AS publisher_count,
    count(DISTINCT event_id) AS event_count
FROM coverage GROUP BY ALL;

COMMENT ON VIEW coverage_by_day IS 'How much was written of each storyline on each day that had any.';
COMMENT ON COLUMN coverage_by_day.storyline_id IS 'The storyline.';
COMMENT ON COLUMN coverage_by_day.storyline IS 'Its label.';
COMMENT ON COLUMN coverage_by_day.day IS 'The day in UTC, of publication where that is known, else of first sight.';
COMMENT ON COLUMN coverage_by_day.article_count IS 'Kept reports, without their copies.';
COMMENT ON COLUMN coverage_by_day.copy_count IS 'Copies.';
COMMENT ON COLUMN coverage_by_day.publisher_count IS 'Different publishers, also of copies, as far as known.';
COMMENT ON COLUMN coverage_by_day.event_count IS 'Events that these reports are of.';
"""

# Of a million reports only numbers are grouped and sorted (800 MB do): names and texts are joined to what is left.
_FIRST = """
CREATE VIEW first_reports AS
WITH events AS MATERIALIZED (
    SELECT s.rowid AS line, e.rowid AS event, hash(a.source) AS source,
        min({'not_after': a.not_after, 'seen': a.first_seen_at, 'place': a.place}) AS told
    FROM private.sourced a LEFT JOIN private.duplicate d USING (article_id)
    JOIN private.assignment v ON v.article_id = coalesce(d.canonical_id, a.article_id)
    JOIN private.event e USING (event_id) JOIN private.storyline s ON s.storyline_id = v.storyline_id
    GROUP BY ALL
), earliest AS (
    FROM events UNION ALL SELECT line, NULL, source, min(told) FROM events GROUP BY line, source
), ranked AS (
    SELECT line, event, told, row_number() OVER run AS nth, lead(told) OVER run AS next
    FROM earliest WINDOW run AS (PARTITION BY line, event ORDER BY told)
)
SELECT CASE WHEN r.event IS NULL THEN 'storyline' ELSE 'event' END AS kind, s.storyline_id, s.label AS storyline,
    e.event_id, a.article_id, a.publisher, a.title, r.told.not_after AS reported_at,
    a.published_precision AS precision, n.article_id AS next_article_id, n.publisher AS next_publisher,
    r.next.not_after AS next_at, r.next.not_after - r.told.not_after AS lead
FROM ranked r JOIN private.storyline s ON s.rowid = r.line LEFT JOIN private.event e ON e.rowid = r.event
JOIN private.article a ON a.rowid = r.told.place LEFT JOIN private.article n ON n.rowid = r.next.place
WHERE r.nth = 1;

COMMENT ON VIEW first_reports IS 'Who reported each event and each storyline first, and the lead over the next source.';
COMMENT ON COLUMN first_reports.kind IS 'event or storyline: of what it was the first.';
COMMENT ON COLUMN first_reports.storyline_id IS 'The storyline.';
COMMENT ON COLUMN first_reports.storyline IS 'Its label.';
COMMENT ON COLUMN first_reports.event_id IS 'The event; null for the first of a whole storyline.';
COMMENT ON COLUMN first_reports.article_id IS 'The first report; may be a copy of a kept one.';
COMMENT ON COLUMN first_reports.publisher IS 'Its publisher; null where not known.';
COMMENT ON COLUMN first_reports.title IS 'Its headline.';
COMMENT ON COLUMN first_reports.reported_at IS 'UTC; not_after of coverage: published, else first seen.';
COMMENT ON COLUMN first_reports.precision IS 'How exactly its publication is known: second, minute, day or none.';
COMMENT ON COLUMN first_reports.next_article_id IS 'The first report of another source; null where there is none.';
COMMENT ON COLUMN first_reports.next_publisher IS 'Its publisher; null where not known.';
COMMENT ON COLUMN first_reports.next_at IS 'UTC; its time, taken in the same way.';
COMMENT ON COLUMN first_reports.lead IS 'next_at less reported_at; null where there is no other source.';
"""

_SOURCES = """
CREATE VIEW storyline_sources AS
SELECT storyline_id, storyline, source,
    coalesce(list(DISTINCT publisher ORDER BY publisher) FILTER (publisher IS NOT NULL), []) AS publishers,
    count(*) FILTER (NOT reprint) AS own_count, count(*) FILTER (reprint) AS reprint_count,
    min(reported_at) AS first_at, max(reported_at) AS last_at
FROM coverage GROUP BY ALL;

CREATE VIEW independence AS
WITH texts AS (
    SELECT storyline_id, original_id, count(DISTINCT source) AS carried_by FROM coverage GROUP BY ALL
), most AS (
    SELECT storyline_id, max_by(original_id, (carried_by, original_id)) AS article_id, max(carried_by) AS carried_by
    FROM texts GROUP BY storyline_id
), counted AS (
    SELECT storyline_id, storyline, count(*) AS source_count, count(*) FILTER (own_count > 0) AS independent_count,
        sum(own_count)::BIGINT AS own_count, sum(reprint_count)::BIGINT AS reprint_count
    FROM storyline_sources GROUP BY ALL
)
SELECT c.*, m.article_id AS most_carried_id, a.publisher AS most_carried_publisher, m.carried_by
FROM counted c LEFT JOIN most m ON m.storyline_id = c.storyline_id AND m.carried_by > 1
LEFT JOIN private.article a ON a.article_id = m.article_id;

COMMENT ON VIEW storyline_sources IS 'Who covers each storyline, with texts of their own or with reprints.';
COMMENT ON COLUMN storyline_sources.storyline_id IS 'The storyline.';
COMMENT ON COLUMN storyline_sources.storyline IS 'Its label.';
COMMENT ON COLUMN storyline_sources.source IS 'A group of publishers, else a site, else a publisher, else one article.';
COMMENT ON COLUMN storyline_sources.publishers IS 'The publishers that are this source; empty where none is known.';
COMMENT ON COLUMN storyline_sources.own_count IS 'Reports whose text is not known to come from elsewhere.';
COMMENT ON COLUMN storyline_sources.reprint_count IS 'Reports whose text is that of another article.';
COMMENT ON COLUMN storyline_sources.first_at IS 'UTC; its first report, by the time that orders coverage.';
COMMENT ON COLUMN storyline_sources.last_at IS 'UTC; its last report.';

COMMENT ON VIEW independence IS 'Of each storyline, how many sources speak for themselves, and how much is reprinted.';
COMMENT ON COLUMN independence.storyline_id IS 'The storyline.';
COMMENT ON COLUMN independence.storyline IS 'Its label.';
COMMENT ON COLUMN independence.source_count IS 'Sources, those that only reprint included.';
COMMENT ON COLUMN independence.independent_count IS 'Sources with at least one text of their own.';
COMMENT ON COLUMN independence.own_count IS 'Reports whose text is not known to come from elsewhere.';
COMMENT ON COLUMN independence.reprint_count IS 'Reports whose text is that of another article.';
COMMENT ON COLUMN independence.most_carried_id IS 'The original that most sources carry; null where none is shared.';
COMMENT ON COLUMN independence.most_carried_publisher IS 'Its publisher, often an agency; null where not known.';
COMMENT ON COLUMN independence.carried_by IS 'How many sources carry it, its own included; null where none is shared.';
"""

# A page may be had long after its entry was first seen: who asks what is new since the last time is to be told then.
# So a report is new when the run began that gave it a verdict, if that was after it was seen. A text that names a zone
# goes through TIMESTAMPTZ, as a cast to TIMESTAMP leaves the zone out without a word.
_CHANGES = """
CREATE VIEW changes AS
SELECT greatest(c.first_seen_at, r.started_at) AS seen_at,
    CASE WHEN c.canonical_id IS NULL THEN 'report' ELSE 'copy' END AS kind, c.storyline_id, c.storyline, c.article_id,
    c.title, c.publisher, c.url
FROM coverage c LEFT JOIN private.duplicate d USING (article_id) LEFT JOIN private.assignment v USING (article_id)
LEFT JOIN private.run r ON r.run_id = coalesce(d.run_id, v.run_id)
UNION ALL
SELECT r.replaced_at, CASE WHEN r.correction THEN 'correction' ELSE 'revision' END, c.storyline_id, c.storyline,
    a.article_id, a.title, a.publisher, a.url
FROM private.revision r JOIN private.article a USING (article_id) LEFT JOIN coverage c USING (article_id)
UNION ALL
SELECT l.made_at, 'storyline', s.storyline_id, s.label, NULL, NULL, NULL, NULL
FROM private.log l JOIN private.storyline s USING (storyline_id)
WHERE l.event_id IS NULL AND l.kind IN ('created', 'split_from') AND s.merged_into IS NULL;

CREATE MACRO new_since(since) AS TABLE
SELECT seen_at, kind, storyline_id, storyline, article_id, title, publisher, url FROM changes
WHERE seen_at >= CASE WHEN regexp_matches(since::VARCHAR, ':[0-9]{2}.*[A-Za-z+-]')
    THEN make_timestamp(epoch_us(since::TIMESTAMPTZ)) ELSE since::TIMESTAMP END
ORDER BY seen_at DESC, storyline_id, article_id;

CREATE VIEW corrections AS
SELECT r.replaced_at, c.storyline_id, c.storyline, a.article_id, a.publisher, a.title, a.url, r.number,
    r.title AS old_title, r.removed, r.added, r.replaced_at - a.first_seen_at AS stood_for
FROM private.revision r JOIN private.article a USING (article_id) LEFT JOIN coverage c USING (article_id)
WHERE r.correction;

COMMENT ON VIEW changes IS 'What Storywire learnt, in order of when: new reports and storylines, revised texts.';
COMMENT ON COLUMN changes.seen_at IS 'UTC; when seen or made; of a report, not before its run began.';
COMMENT ON COLUMN changes.kind IS 'report, copy, revision, correction or storyline.';
COMMENT ON COLUMN changes.storyline_id IS 'The storyline; null for a revised article that is in none yet.';
COMMENT ON COLUMN changes.storyline IS 'Its label.';
COMMENT ON COLUMN changes.article_id IS 'The article; null for a storyline.';
COMMENT ON COLUMN changes.title IS 'Its headline, as it is now; null for a storyline.';
COMMENT ON COLUMN changes.publisher IS 'Its publisher; null where not known, and for a storyline.';
COMMENT ON COLUMN changes.url IS 'Its address; null where it has none, and for a storyline.';

COMMENT ON MACRO TABLE new_since IS 'The rows of changes from a time (UTC) on, the latest first.';

COMMENT ON VIEW corrections IS 'What was corrected, and how: one row a correction.';
COMMENT ON COLUMN corrections.replaced_at IS 'UTC; when the corrected text was first seen.';
COMMENT ON COLUMN corrections.storyline_id IS 'The storyline; null where it is in none yet.';
COMMENT ON COLUMN corrections.storyline IS 'Its label.';
COMMENT ON COLUMN corrections.article_id IS 'The article.';
COMMENT ON COLUMN corrections.publisher IS 'Who published it; null where not known.';
COMMENT ON COLUMN corrections.title IS 'Headline, as it is now.';
COMMENT ON COLUMN corrections.url IS 'The page''s canonical address; null where the feed gave no link.';
COMMENT ON COLUMN corrections.number IS 'Which of its texts was corrected: 1 for its first, as in revisions.';
COMMENT ON COLUMN corrections.old_title IS 'Headline before.';
COMMENT ON COLUMN corrections.removed IS 'Sentences that went.';
COMMENT ON COLUMN corrections.added IS 'Sentences that came.';
COMMENT ON COLUMN corrections.stood_for IS 'From when Storywire first saw the article to the correction.';
"""

QUESTIONS = _SOURCE + _COVERAGE + _BY_DAY + _FIRST + _SOURCES + _CHANGES
"""What was written, when, by whom, and what of it is new; on publishers, feeds and single articles see `figures`."""
