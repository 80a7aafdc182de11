"""Figures of publishers, feeds and single articles, as public views: decides what is counted and from when.

Never holds data, and asks no clock: what depends on the day is as of the last look at a feed.
"""

# What the first look at a feed brought, and a seed, says nothing of how soon a report is stored: it lay there before.
_LATENESS = """
CREATE VIEW private.lateness AS
SELECT feed_url, article_id, epoch_us(first_seen_at - published_at) AS us
FROM private.entry
WHERE read_before IS NOT NULL AND published_precision IN ('second', 'minute') AND published_at <= first_seen_at;
"""

# Storylines are told apart by a hash: a million ids, twice as long as DuckDB holds in place, need too much memory.
_PUBLISHERS = """
CREATE VIEW publishers AS
WITH late AS (
    SELECT article_id, min(us) AS us FROM private.lateness WHERE article_id IS NOT NULL GROUP BY article_id
), revised AS (
    SELECT article_id, count(*) AS revisions, count(*) FILTER (correction) AS corrections
    FROM private.revision GROUP BY article_id
), firsts AS (
    SELECT publisher, count(*) AS first_count FROM first_reports
    WHERE kind = 'event' AND next_article_id IS NOT NULL GROUP BY publisher
), figures AS (
    SELECT a.publisher, min(a.source) AS source, count(*) AS seen_count,
        count(*) FILTER (c.canonical_id IS NULL AND c.article_id IS NOT NULL) AS article_count,
        count(c.canonical_id) AS copy_count, count(*) FILTER (c.reprint) AS reprint_count,
        count(DISTINCT hash(c.storyline_id)) FILTER (c.storyline_id IS NOT NULL) AS storyline_count,
        coalesce(sum(r.revisions), 0)::BIGINT AS revision_count,
        coalesce(sum(r.corrections), 0)::BIGINT AS correction_count,
        to_microseconds(median(l.us)::BIGINT) AS usual_delay,
        list(DISTINCT a.language ORDER BY a.language) AS languages,
        min(a.first_seen_at) AS first_seen_at, max(a.first_seen_at) AS last_seen_at
    FROM private.sourced a LEFT JOIN coverage c USING (article_id)
    LEFT JOIN revised r USING (article_id) LEFT JOIN late l USING (article_id)
    WHERE a.publisher IS NOT NULL GROUP BY a.publisher
)
SELECT f.publisher, f.source, f.seen_count, f.article_count, f.copy_count, f.reprint_count,
    coalesce(n.first_count, 0) AS first_count, f.storyline_count, f.revision_count, f.correction_count, f.usual_delay,
    f.languages, f.first_seen_at, f.last_seen_at
FROM figures f LEFT JOIN firsts n USING (publisher);

COMMENT ON VIEW publishers IS 'Each publisher in figures.';
COMMENT ON COLUMN publishers.publisher IS 'Its name, as feeds and pages have it.';
COMMENT ON COLUMN publishers.source IS 'Its group, else its site (the first by name), else itself.';
COMMENT ON COLUMN publishers.seen_count IS 'Its articles, those without a verdict yet included.';
COMMENT ON COLUMN publishers.article_count IS 'Kept reports, without copies.';
COMMENT ON COLUMN publishers.copy_count IS 'Reports that are copies of kept ones.';
COMMENT ON COLUMN publishers.reprint_count IS 'Reports whose text comes from another article; kept ones too.';
COMMENT ON COLUMN publishers.first_count IS 'Events that it reported first and another source after it.';
COMMENT ON COLUMN publishers.storyline_count IS 'Storylines that it wrote of.';
COMMENT ON COLUMN publishers.revision_count IS 'How often one of its texts was replaced.';
COMMENT ON COLUMN publishers.correction_count IS 'How often that was a correction.';
COMMENT ON COLUMN publishers.usual_delay IS 'Median from publication to first sight; null: not known.';
COMMENT ON COLUMN publishers.languages IS 'ISO 639-1 codes of its articles; und where it is not known.';
COMMENT ON COLUMN publishers.first_seen_at IS 'UTC; when its first article was seen.';
COMMENT ON COLUMN publishers.last_seen_at IS 'UTC; when its last article was first seen.';
"""

_FEEDS = """
CREATE VIEW feed_figures AS
WITH listed AS (
    SELECT e.feed_url, count(*) AS entry_count, count(*) FILTER (e.state = 'pending') AS pending_count,
        count(*) FILTER (e.state = 'stored') AS stored_count, count(*) FILTER (e.state = 'repeat') AS repeat_count,
        count(*) FILTER (e.state = 'unusable') AS unusable_count, count(*) FILTER (e.state = 'failed') AS failed_count,
        count(*) FILTER (e.state = 'stored' AND e.reason IS NOT NULL) AS own_words_count,
        count(v.article_id) AS article_count, count(d.article_id) AS copy_count, max(e.first_seen_at) AS last_seen_at
    FROM private.entry e LEFT JOIN private.assignment v USING (article_id)
    LEFT JOIN private.duplicate d ON d.article_id = e.article_id
    GROUP BY e.feed_url
), late AS (
    SELECT feed_url, median(us) AS usual, quantile_cont(us, 0.9) AS long FROM private.lateness GROUP BY feed_url
)
SELECT f.feed_url, f.title, f.publisher, coalesce(l.entry_count, 0) AS entry_count,
    coalesce(l.pending_count, 0) AS pending_count, coalesce(l.stored_count, 0) AS stored_count,
    coalesce(l.repeat_count, 0) AS repeat_count, coalesce(l.unusable_count, 0) AS unusable_count,
    coalesce(l.failed_count, 0) AS failed_count, coalesce(l.own_words_count, 0) AS own_words_count,
    coalesce(l.article_count, 0) AS article_count, coalesce(l.copy_count, 0) AS copy_count,
    to_microseconds(t.usual::BIGINT) AS usual_delay, to_microseconds(t.long::BIGINT) AS long_delay, l.last_seen_at
FROM private.feed f LEFT JOIN listed l USING (feed_url) LEFT JOIN late t USING (feed_url);

CREATE VIEW quiet_feeds AS
WITH odd AS (
    SELECT feed_url, min(line) AS why FROM (SELECT feed_url, unnest(health) AS line FROM private.feed)
    WHERE starts_with(line, 'quiet:') GROUP BY feed_url
)
SELECT f.feed_url, f.title, f.publisher, f.state,
    coalesce(CASE WHEN f.state IN ('failing', 'gone') THEN f.reason END, o.why) AS why, f.brought_at,
    (SELECT max(checked_at) FROM private.feed) - f.brought_at AS silent_for, f.silence AS longest_before, f.failures
FROM private.feed f LEFT JOIN odd o USING (feed_url)
WHERE NOT f.paused AND (f.state IN ('failing', 'gone') OR o.why IS NOT NULL);

COMMENT ON VIEW feed_figures IS 'What became of what each feed listed.';
COMMENT ON COLUMN feed_figures.feed_url IS 'The address that is polled.';
COMMENT ON COLUMN feed_figures.title IS 'Its name, from a person or the feed; null where there is none.';
COMMENT ON COLUMN feed_figures.publisher IS 'Who publishes it; null where not known.';
COMMENT ON COLUMN feed_figures.entry_count IS 'Entries: all that it listed.';
COMMENT ON COLUMN feed_figures.pending_count IS 'Entries whose page is still to be had.';
COMMENT ON COLUMN feed_figures.stored_count IS 'Entries that became an article.';
COMMENT ON COLUMN feed_figures.repeat_count IS 'Entries of a page that it had listed before.';
COMMENT ON COLUMN feed_figures.unusable_count IS 'Entries with no link and too little text.';
COMMENT ON COLUMN feed_figures.failed_count IS 'Entries whose page could not be had.';
COMMENT ON COLUMN feed_figures.own_words_count IS 'Stored entries of which only the feed''s words could be used.';
COMMENT ON COLUMN feed_figures.article_count IS 'Entries whose article is kept.';
COMMENT ON COLUMN feed_figures.copy_count IS 'Entries whose article is a copy.';
COMMENT ON COLUMN feed_figures.usual_delay IS 'Median from publication to first sight; null: not known.';
COMMENT ON COLUMN feed_figures.long_delay IS 'The delay that one entry in ten exceeds; null: not known.';
COMMENT ON COLUMN feed_figures.last_seen_at IS 'UTC; when its latest entry was first seen; null where it has none.';

COMMENT ON VIEW quiet_feeds IS 'Feeds that bring nothing: silent for longer than ever before, failing or gone.';
COMMENT ON COLUMN quiet_feeds.feed_url IS 'The address that is polled.';
COMMENT ON COLUMN quiet_feeds.title IS 'Its name, from a person or the feed; null where there is none.';
COMMENT ON COLUMN quiet_feeds.publisher IS 'Who publishes it; null where not known.';
COMMENT ON COLUMN quiet_feeds.state IS 'ok (it is read and has nothing new), failing or gone.';
COMMENT ON COLUMN quiet_feeds.why IS 'Why it is here, in words.';
COMMENT ON COLUMN quiet_feeds.brought_at IS 'UTC; when it last had something new, null where it never had.';
COMMENT ON COLUMN quiet_feeds.silent_for IS 'From then to the last look at any feed; null where it never had anything.';
COMMENT ON COLUMN quiet_feeds.longest_before IS 'The longest silence before this one.';
COMMENT ON COLUMN quiet_feeds.failures IS 'Failed polls in a row.';
"""

_FACTS = """
CREATE VIEW article_facts AS
SELECT article_id, 1 AS place, 'title' AS fact, title AS value, NULL::TIMESTAMP AS happened_at FROM private.article
UNION ALL
SELECT article_id, 2, 'url', url, NULL FROM private.article WHERE url IS NOT NULL
UNION ALL
SELECT article_id, 3, 'publisher', publisher, NULL FROM private.article WHERE publisher IS NOT NULL
UNION ALL
SELECT article_id, 4, 'author', author, NULL FROM private.article WHERE author IS NOT NULL
UNION ALL
SELECT article_id, 5, 'language', language, NULL FROM private.article
UNION ALL
SELECT article_id, 6, 'published', 'known to the ' || published_precision || ', from ' || published_source, published_at
FROM private.article WHERE published_at IS NOT NULL
UNION ALL
SELECT article_id, 7, 'listed', coalesce(feed_url, 'a seed') || coalesce(': ' || reason, ''), first_seen_at
FROM private.entry WHERE article_id IS NOT NULL
UNION ALL
SELECT article_id, 8, 'first seen', 'in run ' || run_id, first_seen_at FROM private.article
UNION ALL
SELECT article_id, 9, 'text', CASE WHEN pruned_at IS NULL THEN length(text) || ' characters' ELSE 'pruned' END,
    pruned_at
FROM private.article
UNION ALL
SELECT article_id, 10, 'verdict', kind || ' copy of ' || canonical_id || ': ' || evidence, NULL FROM private.duplicate
UNION ALL
SELECT v.article_id, 11, 'verdict', 'kept, in ' || s.label || ' (' || s.storyline_id || ')', NULL
FROM private.assignment v JOIN private.storyline s USING (storyline_id)
UNION ALL
SELECT v.article_id, 12, 'event', coalesce(nullif(e.label, ''), 'no name') || ' (' || e.event_id || ')', NULL
FROM private.assignment v JOIN private.event e USING (event_id)
UNION ALL
SELECT d.canonical_id, 13, 'copied by', coalesce(a.publisher, a.url, 'not known') || ' (' || a.article_id || ')',
    least(a.published_at, a.first_seen_at)
FROM private.duplicate d JOIN private.article a USING (article_id)
UNION ALL
SELECT kept_id, 14, 'original', origin_id || ': ' || reason, made_at FROM private.origin
UNION ALL
SELECT article_id, 15, CASE WHEN correction THEN 'corrected' ELSE 'revised' END, title, replaced_at
FROM private.revision
UNION ALL
SELECT article_id, 16, 'looked at again', visits || CASE visits WHEN 1 THEN ' time' ELSE ' times' END, visited_at
FROM private.visit
UNION ALL
SELECT cause, 17, 'alert', coalesce(w.name, watch_id) || ': ' || a.kind || ', ' || a.state, a.created_at
FROM (SELECT unnest(causes) AS cause, * FROM private.alert) a LEFT JOIN private.watch w USING (watch_id)
WHERE a.kind <> 'ill';

CREATE MACRO about(article) AS TABLE
SELECT f.article_id, f.fact, f.value, f.happened_at FROM article_facts f
WHERE f.article_id IN (
    SELECT article_id FROM articles
    WHERE article_id = article::VARCHAR OR url = article::VARCHAR
        OR (length(article::VARCHAR) >= 8 AND starts_with(article_id, article::VARCHAR))
    UNION ALL SELECT e.article_id FROM entries e WHERE e.url = article::VARCHAR AND e.article_id IS NOT NULL
)
ORDER BY f.article_id, f.place, f.happened_at, f.value;

COMMENT ON VIEW article_facts IS 'All that is known of each article but its text: one row a fact.';
COMMENT ON COLUMN article_facts.article_id IS 'The article.';
COMMENT ON COLUMN article_facts.place IS 'Orders the facts of one article for reading.';
COMMENT ON COLUMN article_facts.fact IS 'title, url, publisher, listed, verdict, copied by, alert and so on.';
COMMENT ON COLUMN article_facts.value IS 'The fact, in words.';
COMMENT ON COLUMN article_facts.happened_at IS 'UTC; when that was; null where a fact has no time.';

COMMENT ON MACRO TABLE about IS 'article_facts of an article, by its id, at least 8 digits of that, or url.';
"""

FIGURES = _LATENESS + _PUBLISHERS + _FEEDS + _FACTS
"""After the views of `questions`, which they use."""
