"""Plain-text documents that were web pages: the report stays, what stood around it goes, and clean ones pass whole."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.plaintext import read_document
from storywire.text import join_paragraphs, paragraphs, words

BODY = [
    "The ferry line between the two islands will run again from Monday, the harbour authority said on Friday.",
    "It was closed for nine weeks after a storm tore away part of the northern pier and damaged two ships.",
    "“We have tested every bolt of the new ramp,” said the engineer in charge, Ines Holm.",
    "Fishermen had complained that they lost half of their customers while the islands were cut off.",
    "“It was hard,” one of them said.",
    "The authority has set aside four million crowns for a second pier, which is to be built next year.",
]
TITLE = "Ferry between the islands returns after nine weeks"
CLEAN = join_paragraphs([TITLE, *BODY])


def shown(raw: str) -> tuple[str, list[str]]:
    document = read_document(raw)
    return document.title, paragraphs(document.text)


def test_a_clean_document_passes_whole() -> None:
    assert shown(CLEAN) == (TITLE, BODY)


def test_a_document_without_empty_lines_has_a_paragraph_a_line() -> None:
    assert shown("\n".join([TITLE, *BODY])) == (TITLE, BODY)


def test_a_document_wrapped_at_a_width_gets_its_paragraphs_back() -> None:
    wrapped = CLEAN.replace("run again from Monday, the", "run again from Monday, the\n").replace("\n ", "\n")
    mail = wrapped.replace("tore away part of the northern", "tore away part of the\nnorthern")
    assert shown(mail) == (TITLE, BODY)


def test_subheadings_and_marked_lists_of_an_article_stay() -> None:
    items = ["- two sailings each morning", "- one at noon, on weekdays", "- a late one on Fridays"]
    parts = [*BODY[:3], "What the fishermen say", *BODY[3:5], "The timetable has three parts:", *items, BODY[5]]
    assert shown(join_paragraphs([TITLE, *parts])) == (TITLE, parts)


def test_a_list_that_lost_its_marks_stays_when_the_report_goes_on() -> None:
    items = ["Morning ferry to both islands", "Noon ferry on weekdays only", "Late ferry for fishermen"]
    parts = [*BODY[:3], "The harbour authority named three sailings:", *items, *BODY[3:]]
    assert shown(join_paragraphs([TITLE, *parts])) == (TITLE, parts)


@pytest.mark.parametrize(
    "parts",
    [
        [
            "La ligne de ferry entre les deux îles reprendra lundi, a annoncé vendredi l’autorité portuaire.",
            "Elle était fermée depuis neuf semaines, après une tempête qui avait emporté une partie de la jetée nord.",
            "« Nous avons vérifié chaque boulon de la nouvelle rampe », a déclaré l’ingénieure.",
        ],
        [
            "Паром между двумя островами снова начнёт ходить с понедельника, сообщило в пятницу управление порта.",
            "Линия была закрыта девять недель после шторма, который разрушил часть северного причала.",
        ],
        [
            "港务局周五表示，两岛之间的渡轮将从下周一起恢复运营，届时每天将有四个班次。",
            "九周前的一场风暴冲毁了北码头的一部分，并损坏了两艘船，航线因此关闭。",
        ],
        [
            "قالت هيئة الميناء يوم الجمعة إن خط العبّارات بين الجزيرتين سيعود إلى العمل اعتبارا من يوم الاثنين المقبل.",
            "وكان الخط قد أغلق تسعة أسابيع بعد عاصفة دمرت جزءا من الرصيف الشمالي وألحقت أضرارا بسفينتين كبيرتين.",
        ],
        [
            "การท่าเรือแถลงเมื่อวันศุกร์ว่าเรือข้ามฟากระหว่างสองเกาะจะกลับมาให้บริการอีกครั้งตั้งแต่วันจันทร์เป็นต้นไป",
            "เส้นทางนี้ปิดมาเก้าสัปดาห์หลังพายุพัดทำลายท่าเรือด้านเหนือบางส่วนและทำให้เรือสองลำได้รับความเสียหาย",
        ],
    ],
    ids=["fr", "ru", "zh", "ar", "th"],
)
def test_a_clean_document_in_another_language_passes_whole(parts: list[str]) -> None:
    assert shown(join_paragraphs([TITLE, *parts])) == (TITLE, parts)


def test_menus_above_the_title_are_not_the_title() -> None:
    menu = [
        "Skip to main content",
        "Menu",
        "Home",
        "World",
        "Harbour and Sea",
        "Your daily paper since nineteen hundred",
    ]
    assert shown("\n".join(menu) + "\n\n" + CLEAN) == (TITLE, BODY)


def test_bylines_places_dates_and_buttons_below_the_title_go() -> None:
    labels = ["By A. Writer", "3 March 2024", "Port Sound", "Share on Facebook", "4 min read", "Listen to this article"]
    document = read_document(join_paragraphs([TITLE, *labels, *BODY]))
    assert paragraphs(document.text) == BODY
    assert document.published.at == datetime(2024, 3, 3, tzinfo=UTC)


def test_a_standfirst_stays_and_a_repeated_title_goes() -> None:
    standfirst = "Fishermen and hotels on both islands count their losses after the storm"
    assert shown(join_paragraphs([TITLE, TITLE, standfirst, *BODY])) == (TITLE, [standfirst, *BODY])


def test_an_appeal_goes_with_what_it_says_of_itself_and_the_sentence_glued_to_it_stays() -> None:
    appeal = [
        "Support our reporting from the coast.",
        "We are a small newsroom, and we go where the boats go, in every weather and at every hour.",
        "Your contribution keeps us afloat." + BODY[0],
    ]
    assert shown(join_paragraphs([TITLE, *appeal, *BODY[1:]])) == (TITLE, BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Click here for a larger map.",
        "Storm leaves islands without power Read more",
        "Read more: How the northern pier was built",
        "Related: The storm in pictures",
        "Advertisement",
        "Sign up for our morning newsletter to get the tides in your inbox.",
        "By clicking 'Subscribe' you agree to our terms.",
        "0:00 / 2:13",
        "Please enable JavaScript to see this video",
        "The new ramp at dawn [Harbour Press]",
        "© 2024 Harbour Press. All rights reserved.",
        "À lire aussi : la tempête en images",
        "Lesen Sie auch: Der Sturm in Bildern",
    ],
)
def test_links_players_and_notices_within_an_article_go(line: str) -> None:
    assert shown(join_paragraphs([TITLE, *BODY[:3], line, *BODY[3:]])) == (TITLE, BODY)


def test_a_player_goes_with_its_title() -> None:
    player = ["Watch video from the pier:", "Storm Night on the Northern Pier", "please wait", "0:00 0:01:10 0:00"]
    assert shown(join_paragraphs([TITLE, *BODY[:2], *player, *BODY[2:]])) == (TITLE, BODY)


def test_a_caption_that_stands_twice_goes() -> None:
    raw = join_paragraphs([TITLE, *BODY[:2], "Port Sound, North Island\nPort Sound, North Island", *BODY[2:]])
    assert shown(raw) == (TITLE, BODY)


@pytest.mark.parametrize(
    "sentence",
    [
        "By continuing the closure, the authority risks a lawsuit from the hotels on the islands, a judge wrote.",
        "The islands could become a member of the ferry union next year, the authority added in its statement.",
        "They support US plans for a new ramp that were made public in a report from the harbour on Tuesday.",
        "“Your support for the islands matters, so donate now,” the bishop told the fishermen on Sunday.",
        "Islanders must register to receive the four hundred crowns that the authority promised for lost sailings.",
    ],
)
def test_news_about_support_and_members_is_no_appeal(sentence: str) -> None:
    parts = [*BODY[:3], sentence, *BODY[3:]]
    assert shown(join_paragraphs([TITLE, *parts])) == (TITLE, parts)


TEASERS = [
    "More from Culture",
    "Orchestra names first woman to lead its strings",
    "The quiet return of the village bakery",
    "Five gardens to visit before autumn",
    "She left banking to mend clocks and has never looked back, writes our columnist",
    "Jobs",
    "Senior Accountant, hybrid working",
    "Competitive: Our client, based in a market town, seeks a...",
    "Is this the best soup in the country?",
    "Terms of Use",
    "Chess prodigy, 9, stuns grandmaster",
]


def test_teasers_and_adverts_after_the_end_go() -> None:
    assert shown(join_paragraphs([TITLE, *BODY, *TEASERS])) == (TITLE, BODY)
    assert shown(join_paragraphs([TITLE, *BODY]) + "\n" + "\n".join(TEASERS)) == (TITLE, BODY)


def test_a_box_of_links_within_the_article_goes_and_the_report_goes_on() -> None:
    parts = [*BODY[:3], *TEASERS[1:5], *BODY[3:]]
    assert shown(join_paragraphs([TITLE, *parts])) == (TITLE, BODY)


def test_a_text_that_stands_twice_is_kept_in_paragraphs_once() -> None:
    giant = " ".join(BODY).replace(",", " ,") + " Topics  Ferries   Islands"
    assert shown(join_paragraphs([TITLE, giant, *BODY])) == (TITLE, BODY)
    assert shown(join_paragraphs([TITLE, *BODY, *BODY])) == (TITLE, BODY)


def test_a_document_without_title_takes_its_first_sentence_and_keeps_it() -> None:
    text = BODY[0] + " " + BODY[1]
    assert shown(join_paragraphs([text, *BODY[2:]])) == (BODY[0], [text, *BODY[2:]])


@given(st.text(max_size=300))
def test_no_text_makes_reading_fail(raw: str) -> None:
    document = read_document(raw)
    assert set(words(document.text)) <= set(words(raw)) | {""}


SEEDS = [
    ("000", "Halt Aleppo massacre, leaders urge Syria", None, 23),
    ("001", "International pressure mounts on Assad to halt Aleppo bombardment", date(2016, 5, 1), 19),
    ("002", "John Kerry decries 'massacre' in Aleppo by Syrian government forces", None, 12),
    ("003", "Diplomats urge Russia and Assad to show grace in Aleppo victory", None, 21),
    ("004", "International Pressure Builds on Syria, Russia Over Aleppo", date(2016, 10, 20), 14),
]
DIRT = (
    *("donat", "your support", "terms of use", "read more", "click here", "min read", "please wait", "media source"),
    *(
        "accessibility",
        "per annum",
        "0:00",
        "topics",
        "pistorius",
        "watch video",
        "breaking news",
        "paywall",
        "enlarge",
    ),
)


@pytest.mark.parametrize(("number", "title", "stated", "count"), SEEDS, ids=[s[0] for s in SEEDS])
def test_real_scraped_documents_become_reports(
    shared: Path, number: str, title: str, stated: date | None, count: int
) -> None:
    path = next((shared / "seeds").glob(f"{number}_*.txt"))
    document = read_document(path.read_text(encoding="utf-8"))
    assert document.title == title
    assert (document.published.at.date() if document.published.at else None) == stated
    parts = paragraphs(document.text)
    assert len(parts) == count
    assert len(set(parts)) == count
    assert not [mark for mark in DIRT if mark in document.text.lower()]


def test_the_first_sentence_after_a_real_appeal_is_kept(shared: Path) -> None:
    path = next((shared / "seeds").glob("002_*.txt"))
    parts = paragraphs(read_document(path.read_text(encoding="utf-8")).text)
    assert any(part.startswith("Secretary of State John Kerry rebuked") for part in parts)
