"""What follows from a change of groups: decides what becomes of all else that names them.

Never changes a group on its own account: `log` does, and what it said is carried on here.
"""

from storage.database import Connection

# An alert keeps its storyline, as its id is derived from that: it is resolved when it is read.
_SETTLE = """
UPDATE private.event SET merged_into = further.merged_into FROM private.event further
    WHERE further.event_id = event.merged_into AND further.merged_into IS NOT NULL;
UPDATE private.storyline SET merged_into = further.merged_into FROM private.storyline further
    WHERE further.storyline_id = storyline.merged_into AND further.merged_into IS NOT NULL;
CREATE OR REPLACE TEMP TABLE merged AS
    SELECT event_id AS old_id, merged_into AS id FROM private.event WHERE merged_into IS NOT NULL
    UNION ALL SELECT storyline_id, merged_into FROM private.storyline WHERE merged_into IS NOT NULL;
UPDATE private.event SET storyline_id = id FROM temp.merged WHERE old_id = storyline_id;
UPDATE private.assignment SET event_id = id FROM temp.merged WHERE old_id = event_id;
UPDATE private.assignment SET storyline_id = e.storyline_id FROM private.event e
    WHERE e.event_id = assignment.event_id AND e.storyline_id <> assignment.storyline_id;

INSERT OR IGNORE INTO private.definition
    SELECT id, article_id, settled FROM private.definition JOIN temp.merged ON old_id = storyline_id;
DELETE FROM private.definition WHERE storyline_id IN (SELECT old_id FROM temp.merged);

CREATE OR REPLACE TEMP TABLE pointed AS
    SELECT kind, coalesce(one.id, one_id) AS one_id, coalesce(other.id, other_id) AS other_id, made_at, by_person
    FROM private.link LEFT JOIN temp.merged one ON one.old_id = one_id
    LEFT JOIN temp.merged other ON other.old_id = other_id WHERE one.id IS NOT NULL OR other.id IS NOT NULL;
DELETE FROM private.link
    WHERE one_id IN (SELECT old_id FROM temp.merged) OR other_id IN (SELECT old_id FROM temp.merged);
INSERT OR IGNORE INTO private.link FROM temp.pointed WHERE one_id <> other_id ORDER BY made_at;

UPDATE private.watch SET storyline_id = id FROM temp.merged WHERE old_id = storyline_id;
DROP TABLE temp.merged; DROP TABLE temp.pointed;
"""

_PRUNE = """
CREATE OR REPLACE TEMP TABLE named AS SELECT unnest([one_id, other_id]) AS id FROM private.link
    UNION ALL SELECT merged_into FROM private.event WHERE merged_into IS NOT NULL
    UNION ALL SELECT merged_into FROM private.storyline WHERE merged_into IS NOT NULL;
DELETE FROM private.event WHERE merged_into IS NULL
    AND event_id NOT IN (SELECT event_id FROM private.assignment) AND event_id NOT IN (FROM temp.named);
DELETE FROM private.storyline WHERE merged_into IS NULL AND NOT pinned AND NOT closed
    AND storyline_id NOT IN (SELECT storyline_id FROM private.event WHERE merged_into IS NULL)
    AND storyline_id NOT IN (FROM temp.named);
DELETE FROM private.core
    WHERE storyline_id NOT IN (SELECT storyline_id FROM private.storyline WHERE merged_into IS NULL);
UPDATE private.event SET central_id = NULL WHERE central_id IS NOT NULL AND NOT EXISTS (
    FROM private.assignment v WHERE v.article_id = event.central_id AND v.event_id = event.event_id
);
UPDATE private.storyline SET central_id = NULL WHERE central_id IS NOT NULL AND NOT EXISTS (
    FROM private.assignment v WHERE v.article_id = storyline.central_id AND v.storyline_id = storyline.storyline_id
);
DROP TABLE temp.named;
"""


def settle(con: Connection) -> None:
    """Carries on to all others what became of merged and moved groups: one look-up resolves an id, for ever."""
    con.execute(_SETTLE)


def prune(con: Connection) -> None:
    """Drops events, and automatic storylines, that have no article left, and what was noted of them.

    What is merged and into what, what a person closed, and what a link names is remembered without articles.
    """
    con.execute(_PRUNE)
