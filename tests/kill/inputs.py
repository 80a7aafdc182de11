"""What the killed runs read: two days of three invented feeds, their pages, seeds and watches. Decides nothing else.

Day one founds an installation. Day two meets one that exists: a new definition, a repeat, a page that recovers, 304,
a report that was corrected and one that was added to, a feed that is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from storywire import identity
from storywire.errors import FetchError
from storywire.nouns import Feed
from storywire.watches import EVERY_FEED, AlertClass, Digest, Timing, Watch
from tasks.fetch import Response
from tests.fakes import Answer

DAY_ONE = datetime(2026, 5, 4, 9, 10, tzinfo=UTC)  # early in an hour: see `checks.content`
DAY_TWO = DAY_ONE + timedelta(days=1)
WHOLE, LINKS, ILL = (f"https://{name}.example/feed.xml" for name in ("whole", "links", "ill"))
HOOK = "hook"
STRIKE, FLOOD = "Harbour strike in Marlow", "Flood in the Orsa valley"

ON_STRIKE = """
Crane drivers at the harbour of Marlow stopped work at dawn on Monday, and not one of the eleven ships at the quays was
unloaded by noon. Their union wants the night allowance back that the harbour board cut in February.

The board's director, Hanne Vik, called the strike unlawful and said that 240 containers with fresh fruit would spoil
by Thursday. She offered talks on shift lengths, but none on the allowance, which costs the board 1.9 million a year.

Lorry drivers queued for six kilometres on the coast road. Several said that they had been told nothing before they
set out. The haulage association asked the government to send a mediator at once, and warned of empty shelves in the
northern towns before the weekend.

The union's secretary, Per Lund, told a crowd at gate four that nobody would climb a crane before the allowance is paid
again. Office staff and tug crews are to vote on Wednesday on whether they join. The last strike at Marlow, in 2009,
went on for nineteen days and ended with a raise of three per cent.
"""
ON_FLOOD = """
Eight days of rain drove the Orsa over its banks on Sunday night, and some 3,400 people left their homes in the lower
valley. Helicopters took 62 of them from roofs in the village of Tallbro, where the water stood two metres high.

The county's governor, Ingrid Sand, declared a state of emergency for four districts. Schools stay shut until Friday,
and the railway between Orsa and Kvam is cut at three places. Soldiers filled sandbags through the night at the
waterworks, which serves 90,000 households further down.

Forecasters expect the rain to ease on Tuesday, but the crest of the flood will only then reach the dam at Kvam. Its
owners have opened all gates. An engineer of theirs, Olav Brekke, said that the dam would hold, and that it was built
for half as much water again.

Farmers reported 2,000 drowned sheep. The interior ministry promised quick help for those without insurance, and a
count of the damage within a month. The valley was last flooded so badly in 1987, when five people died.
"""
STRIKE_SPREADS = """
Tug crews at Marlow voted on Tuesday to join the crane drivers, which leaves the harbour without any way to move a
ship. Per Lund of the dockers' union spoke of a turning point. The harbour board said that it would ask a court to end
the strike, and Hanne Vik no longer ruled out that the night allowance would be discussed with a mediator.
"""
STRIKE_CORRECTED = ON_STRIKE.replace("the eleven ships", "the twelve ships")
STRIKE_SPREADS_ON = f"""{STRIKE_SPREADS.strip()} Lorry drivers on the coast road said that they would wait no longer.
"""
STRIKE_ENDS = """
After nine days the strike at the harbour of Marlow is over. Crane drivers and tug crews get two thirds of the night
allowance back, the union's secretary Per Lund said on Wednesday, and the rest from January if traffic grows. The
harbour board's director Hanne Vik called the settlement costly but fair.

The first of fourteen waiting ships was at the quay within an hour. Hauliers expect that it will take until Sunday to
clear what has piled up, and fruit importers put their loss at four million. The government's mediator, who had brought
both sides to one table on Monday, said that the night had been long and the coffee bad.

Members still have to vote. Few doubt that they will agree, because the strike fund would have been empty by Friday.
The board withdrew its complaint at the labour court. A commission is to look at shift lengths until autumn, the issue
with which all this began, and on which the two sides have not moved at all. Lorries were rolling on the coast road by
the evening, and the shops in the north said that shelves would be full again on Saturday.
"""
ON_TELESCOPE = """
Astronomers at the Sjona observatory have found a comet that will be seen with the naked eye in September. Its orbit
was worked out from plates of four nights. It takes some 7,200 years for one turn around the sun, said Mira Falk, who
saw it first while she was checking a new camera for faults.
"""
FLOOD_CREST = """
The crest of the Orsa flood passed the dam at Kvam in the small hours of Wednesday without breaking anything. Olav
Brekke, an engineer at the dam, said that the gates would stay open for two more days. In Tallbro the first families
went back to see what is left of their houses; governor Ingrid Sand walked with them through the mud.
"""
SEEDS = {
    "strike-one.md": (
        "Dockers threaten to strike over night allowance",
        """
The dockers' union at Marlow gave the harbour board a week to pay the night allowance again. Otherwise the crane
drivers would strike, its secretary Per Lund said. The board cut the allowance in February to save money.
""",
    ),
    "strike-two.md": (
        "Harbour board in Marlow stands by its cut",
        """
The harbour board of Marlow will not take back its cut, director Hanne Vik said. A strike of the crane drivers would
hurt everyone on the quays. She offered the union talks about the length of shifts.
""",
    ),
}
LATER_SEEDS = {
    "flood-one.md": (
        "Orsa valley warned of high water",
        """
The county warned people in the lower Orsa valley on Friday of high water after a week of rain. Tallbro and Kvam may be
cut off, governor Ingrid Sand said, and the dam at Kvam began to lower its lake.
""",
    )
}


@dataclass(frozen=True)
class Day:
    """All that the world says on one day, and the seeds that a person gives."""

    now: datetime
    answers: Mapping[str, Answer]
    seeds: Mapping[str, tuple[str, str]]
    definitions: Mapping[str, tuple[str, ...]]


def feeds(now: datetime) -> list[Feed]:
    """The subscriptions. One was read before, as after a move to another machine: what it lists is news at once."""
    return [
        Feed(WHOLE, now, now, publisher="The Whole"),
        Feed(LINKS, now, now, publisher="The Links", succeeded_at=now - timedelta(days=1)),
        Feed(ILL, now, now, publisher="The Ill"),
    ]


def watches(now: datetime) -> list[Watch]:
    """One each for: all kinds of news, a named storyline, feeds, a cool-down, and a digest.

    The cool-down of day one's messages is over a moment after day two's run began. The digest of day one waits for day
    two. Files are relative, so that ids are the same in every folder.
    """
    strike = identity.seeded_storyline_id(STRIKE)
    news = tuple(kind for kind in AlertClass if kind is not AlertClass.ILL)
    slow = Timing(cool_down=DAY_TWO - DAY_ONE + timedelta(seconds=30))
    return [
        Watch(identity.watch_id(name), name, target, now, **rest)
        for name, target, rest in (
            ("everything", HOOK, {"classes": news}),
            ("strike", "file:strike.jsonl", {"storyline_id": strike}),
            ("feeds", HOOK, {"feed": EVERY_FEED, "classes": (AlertClass.ILL,)}),
            ("slow", "file:slow.jsonl", {"timing": slow}),
            ("digest", HOOK, {"timing": Timing(digest=Digest.HOURLY)}),
        )
    ]


def write_seeds(day: Day, folder: Path) -> None:
    """The day's seeds as a person would write them."""
    folder.mkdir(parents=True)
    for name, (title, text) in day.seeds.items():
        (folder / name).write_text(f"---\ntitle: {title}\npublished: 2026-05-01\n---\n\n{text.strip()}\n")
    for number, (name, members) in enumerate(day.definitions.items()):
        (folder / f"{number}.toml").write_text(f'name = "{name}"\nmembers = {list(members)}\n')


def _feed(url: str, etag: str, items: list[tuple[str, str, str, str]], *, whole: bool) -> Response:
    """RSS of (name, link, title, text); the text stands in it whole, or as its first words."""
    date = "<pubDate>Mon, 04 May 2026 08:00:00 GMT</pubDate>"
    body = "".join(
        f"<item><guid isPermaLink='false'>{name}</guid>{f'<link>{link}</link>' if link else ''}"
        f"<title>{title}</title>{date}{_content(text, whole)}</item>"
        for name, link, title, text in items
    )
    space = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    document = f"<?xml version='1.0'?><rss version='2.0' {space}><channel><title>Feed</title>{body}</channel></rss>"
    return Response(200, url, document.encode(), "application/rss+xml", etag)


def _content(text: str, whole: bool) -> str:
    if whole:
        return f"<content:encoded>{escape(_paragraphs(text))}</content:encoded>"
    return f"<description>{' '.join(text.split()[:8])} ...</description>"


def _page(url: str, title: str, text: str) -> Response:
    document = (
        f"<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1>{_paragraphs(text)}"
        "</article></body></html>"
    )
    return Response(200, url, document.encode(), "text/html; charset=utf-8")


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{' '.join(part.split())}</p>" for part in text.strip().split("\n\n"))


_AT_WHOLE, _AT_LINKS = "https://whole.example/", "https://links.example/"
_WHOLE_ITEMS = [
    ("w1", f"{_AT_WHOLE}strike", "Crane drivers strike at Marlow harbour", ON_STRIKE),
    ("w2", f"{_AT_WHOLE}flood", "Thousands flee flood in the Orsa valley", ON_FLOOD),
    ("w3", "", "In brief", "Nothing more."),
]
_LINK_ITEMS = [
    ("l1", f"{_AT_LINKS}spreads", "Tug crews join strike at Marlow", STRIKE_SPREADS),
    ("l2", f"{_AT_LINKS}copy", "Strike halts harbour", ON_STRIKE),  # syndicated: the wire's text under another title
    ("l3", f"{_AT_LINKS}missing", "A page that is not there", ""),
    ("l4", f"{_AT_LINKS}crest", "Flood crest passes Kvam dam", FLOOD_CREST),
    ("l5", f"{_AT_LINKS}comet", "New comet to be seen in September", ON_TELESCOPE),
]
_LINK_FEED = _feed(LINKS, '"l-1"', _LINK_ITEMS, whole=False)
_PAGES: dict[str, Answer] = {
    link: _page(link, title, text) for _, link, title, text in _LINK_ITEMS if "missing" not in link
}
ONE = Day(
    DAY_ONE,
    {
        WHOLE: _feed(WHOLE, '"w-1"', _WHOLE_ITEMS, whole=True),
        LINKS: _LINK_FEED,
        **_PAGES,
        f"{_AT_LINKS}crest": FetchError("HTTP 503", status=503),  # its entry stays pending
        ILL: _feed(ILL, '"i-1"', [], whole=True),
    },
    SEEDS,
    {STRIKE: tuple(SEEDS)},
)
TWO = Day(
    DAY_TWO,
    {
        WHOLE: _feed(
            WHOLE,
            '"w-2"',
            [
                ("w1", f"{_AT_WHOLE}strike", "Crane drivers strike at Marlow harbour", STRIKE_CORRECTED),
                *_WHOLE_ITEMS[1:],
                ("w2-again", f"{_AT_WHOLE}flood", "Thousands flee flood in the Orsa valley", ON_FLOOD),
                ("w4", f"{_AT_WHOLE}end", "Strike at Marlow harbour is over", STRIKE_ENDS),
            ],
            whole=True,
        ),
        LINKS: _LINK_FEED,
        **_PAGES,
        f"{_AT_LINKS}spreads": _page(f"{_AT_LINKS}spreads", "Tug crews join strike at Marlow", STRIKE_SPREADS_ON),
        ILL: FetchError("HTTP 410", status=410),
    },
    SEEDS | LATER_SEEDS,
    {STRIKE: tuple(SEEDS), FLOOD: tuple(LATER_SEEDS)},
)
