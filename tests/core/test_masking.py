"""Laws of what nobody may read in a log."""

import pytest

from storywire.masking import masked


@pytest.mark.parametrize(
    ("said", "safe"),
    [
        ("https://ann:geheim@news.example/feed", "https://***@news.example/feed"),
        ("https://ann@news.example/feed", "https://***@news.example/feed"),
        ("https://a:p@ss@news.example/feed", "https://***@news.example/feed"),
        ("https://news.example/feed?api_key=geheim&page=2", "https://news.example/feed?api_key=***&page=2"),
        ("https://news.example/feed?page=2&Token=ge%20heim#top", "https://news.example/feed?page=2&Token=***#top"),
        (
            "https://x.example/?X-Amz-Signature=geheim&X-Amz-Credential=geheim",
            "https://x.example/?X-Amz-Signature=***&X-Amz-Credential=***",
        ),
        ("https://ann:geheim@news.example/?page=2&u=ann", "https://***@news.example/?page=***&u=***"),
        ("GET /feed?sig=geheim HTTP/1.1", "GET /feed?sig=*** HTTP/1.1"),
        ("slack://geheim@geheim/x: HTTP 404", "slack://***@geheim/x: HTTP 404"),
        ("Authorization: Bearer geheim.geheim", "Authorization: Bearer ***"),
        ("authorization: bearer geheim, BEARER geheim", "authorization: bearer ***, BEARER ***"),
        ("authorization: basic Z2VoZWlt", "authorization: basic ***"),
        ("postgresql://u:ge/heim@h/db", "postgresql://***@h/db"),
        ("amqp://u:ge?h#eim@h", "amqp://***@h"),
        ("https://x.example/back#access_token=geheim&page=2", "https://x.example/back#access_token=***&page=2"),
        ("signed with whsec_Z2VoZWlt/+=", "signed with whsec_***"),
        ("('https://ann:geheim@x.example/?key=geheim')", "('https://***@x.example/?key=***')"),
        ("two: https://a:b@x.example, https://c:d@y.example.", "two: https://***@x.example, https://***@y.example."),
    ],
)
def test_users_and_values_that_look_like_keys_are_masked(said: str, safe: str) -> None:
    assert masked(said) == safe
    assert masked(safe) == safe


@pytest.mark.parametrize(
    "said",
    [
        "https://news.example/2026/05/a-report?page=2&section=world",
        "HTTP 404: not found at https://news.example/feed#top",
        "mail to ann@news.example is late",
        "https://news.example/@ann/posts",
        "http://news.example:8080/@ann/posts and http://[::1]:8080/@ann",
        "the basic rules, and #tag=world",
        "x=1 and key=value outside of an address",
        "",
    ],
)
def test_what_has_no_secret_stays_as_it_is(said: str) -> None:
    assert masked(said) == said


def test_words_that_are_to_be_hidden_go_wherever_they_stand_the_longest_first() -> None:
    hidden = {"https://hooks.example/T0/geheim", "geheim", "T0"}
    said = "POST https://hooks.example/T0/geheim: geheim T0"
    assert masked(said, hidden) == "POST ***: *** T0"


@pytest.mark.parametrize(
    "piece",
    [
        "://",
        "?a=",
        "a",
        "?",
        "a.",
        "https://",
        "x://a@",
        "?a",
        "whsec_",
        "Bearer ",
        "x://a:b",
        "authorization: ",
        "#a=",
    ],
)
def test_much_text_is_masked_in_little_time(piece: str) -> None:
    assert masked(piece * 300_000)
