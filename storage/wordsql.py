"""SQL for words, phrases and what they are worth: decides what a word is to the index and to those who ask it.

Never runs anything. Its functions take expressions of SQL, and give one.
"""

from collections.abc import Sequence

SIGNS = "signs0, signs1, signs2, signs3"
TERMS = 64  # words of a question that count

# Scripts that are written without spaces between words: each two letters in a row count as a word.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_PIECES = rf"[{_UNSPACED}]+|(?:[^\P{{L}}{_UNSPACED}]|[\p{{N}}\p{{M}}])+"


def words(text: str) -> str:
    """SQL for the words of a text as the index has them: a list, with repeats. `text` is SQL, too.

    Small letters without accents, and without the -s of a plural (Harman, "How Effective Is Suffixing?", 1991, her
    "S" stemmer): that is right for English, and treats words and questions alike in all languages.
    """
    # "U.S." is one word, as "US" is.
    plain = rf"regexp_replace(strip_accents(lower({text})), '\b(\pL)\.(\pL)\.(?:(\pL)\.)?', '\1\2\3', 'g')"
    return f"""list_transform(
        flatten(list_transform(regexp_extract_all({plain}, '{_PIECES}'), lambda w:
            CASE WHEN regexp_matches(w, '^[{_UNSPACED}]')
            THEN list_transform(range(1, greatest(length(w), 2)), lambda i: w[i:i + 1]) ELSE [w] END)),
        lambda w: CASE
            WHEN length(w) < 4 OR NOT suffix(w, 's') OR suffix(w, 'ss') OR suffix(w, 'us') OR suffix(w, 'is') THEN w
            WHEN suffix(w, 'ies') AND length(w) > 4 THEN w[:-4] || 'y'
            ELSE w[:-2] END)"""


def spaced(text: str) -> str:
    """SQL for the letters and digits of a text with one space between runs of them, in which a phrase can be found."""
    return rf"' ' || regexp_replace(strip_accents(lower({text})), '[^\p{{L}}\p{{N}}\p{{M}}]+', ' ', 'g') || ' '"


def phrase(said: str) -> str:
    """SQL for a phrase as `spaced` texts have it: with whole words, where words are spaced."""
    return f"""CASE WHEN regexp_matches({said}, '[{_UNSPACED}]') THEN trim({spaced(said)})
        ELSE ' ' || trim({spaced(said)}) || ' ' END"""


def term(word: str) -> str:
    """SQL for the hash by which the index knows a word; `word` is SQL."""
    return f"md5_number_lower({word})"


def terms(asked: str) -> str:
    """SQL for a query of the different words of a text, as hashes in the column `term`."""
    return f"SELECT DISTINCT {term('word')} AS term FROM (SELECT unnest({words(asked)}) AS word)"


def ranked(asked: str) -> str:
    """SQL for common table expressions that end with `scored`: texts by number, with BM25's score for a question.

    How rare a word is: ln(1 + (N - n + 0.5) / (n + 0.5)), by all texts, whatever is asked of them besides.
    """
    return f"""
    asked AS (SELECT term FROM ({terms(asked)}) LIMIT {TERMS}),
    hit AS MATERIALIZED (SELECT term, doc, weight FROM private.posting WHERE term IN (SELECT term FROM asked)),
    rare AS (
        SELECT term, ln(1 + ((SELECT count(doc) FROM private.article) - count(*) + 0.5) / (count(*) + 0.5)) AS idf
        FROM hit GROUP BY term
    ),
    scored AS (SELECT doc, sum(weight * idf) / 255 AS score FROM hit JOIN rare USING (term) GROUP BY doc)"""


def differing(others: Sequence[str], table: str) -> str:
    """SQL for the number of signs in which the vector of an article, a row of `table`, differs from four others."""
    pairs = zip(SIGNS.split(", "), others, strict=True)
    return " + ".join(f"bit_count(xor({table}.{mine}, {other}))::INTEGER" for mine, other in pairs)
