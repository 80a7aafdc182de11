"""Searches for plain SQL, as public macros: decides their names, parameters and columns. Never holds data.

They find what `searching` finds, by one kind of ranking each: words, or the meaning of a stored article.
"""

from storage.wordsql import SIGNS, differing, ranked

_ABOUT = """b.article_id, b.{score}, a.title, a.publisher, least(a.published_at, a.first_seen_at) AS reported_at,
    a.url, a.language, v.storyline_id, s.label AS storyline"""
_PLACED = """LEFT JOIN private.duplicate d ON d.article_id = b.article_id
LEFT JOIN private.assignment v ON v.article_id = coalesce(d.canonical_id, b.article_id)
LEFT JOIN private.storyline s ON s.storyline_id = v.storyline_id"""

SEARCH_MACROS = f"""
CREATE MACRO search(question) AS TABLE
WITH {ranked("question::VARCHAR")},
best AS (
    SELECT a.article_id, score FROM scored JOIN private.article a USING (doc)
    ORDER BY score DESC, a.first_seen_at DESC, a.article_id LIMIT 1000
)
SELECT {_ABOUT.format(score="score")}
FROM best b JOIN private.article a USING (article_id) {_PLACED}
ORDER BY b.score DESC, a.first_seen_at DESC, b.article_id;

CREATE MACRO more_like(article) AS TABLE
WITH mine AS (
    SELECT coalesce(d.canonical_id, a.article_id) AS kept_id, {SIGNS}
    FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
    WHERE a.article_id = article::VARCHAR
        OR (length(article::VARCHAR) >= 8 AND starts_with(a.article_id, article::VARCHAR))
    ORDER BY a.article_id LIMIT 1
), near AS (
    SELECT a.article_id FROM private.article a, mine m
    WHERE a.signs0 IS NOT NULL AND a.article_id <> m.kept_id
        AND a.article_id NOT IN (SELECT article_id FROM private.duplicate)
    ORDER BY {differing([f"m.{name}" for name in SIGNS.split(", ")], "a")}, a.article_id LIMIT 50
), best AS (
    SELECT f.article_id, list_dot_product(f.vector, own.vector) AS cosine
    FROM near JOIN private.feature f USING (article_id), mine JOIN private.feature own ON own.article_id = mine.kept_id
)
SELECT {_ABOUT.format(score="cosine")}
FROM best b JOIN private.article a USING (article_id) {_PLACED}
ORDER BY b.cosine DESC, b.article_id;

COMMENT ON MACRO TABLE search IS 'The up to 1,000 articles that have the words of a question, by BM25, best first.';
COMMENT ON MACRO TABLE more_like IS 'Up to 50 kept articles that mean much the same as one, by its id, nearest first.';
"""
